"""What the cases of listeners share: their sections, and where they are installed."""

import os
import pathlib
import re
import shlex

from rpc import control

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
INSTALLED = pathlib.Path(os.environ.get("LISTENERS", TOP / ".build/listeners")).absolute()
PYTHON = str(INSTALLED / "venv/bin/python")


def listener(name, events, *words, options=""):
    """The section of a listener that is installed as a command, given with its arguments."""
    command = shlex.join([str(INSTALLED / "venv/bin" / words[0]), *words[1:]]).replace("%", "%%")
    return any_listener(name, events, command, options)


def any_listener(name, events, command, options=""):
    """The section of a listener that is any command."""
    return (
        f"[eventlistener:{name}]\ncommand={command}\nevents={events}\nbuffer_size=200\nstartsecs=0\n"
        f"stderr_logfile=ROOT/{name}.err\n{options}\n"
    )


def started(t, programs):
    """A daemon with a control plane, and listeners that are READY."""
    plane = control.start(t, programs, loglevel="debug")
    for name in re.findall(r"^\[eventlistener:(.*)\]$", programs, re.M):
        plane.daemon.wait_log(rf"DEBG {name}: ACKNOWLEDGED -> READY")
        plane.until(f"{name}:{name}", "RUNNING")
    return plane


def trusted(t, plane):
    """Records that no listener broke the protocol, and ends the daemon."""
    lines = plane.daemon.log_lines()
    t.record("broken protocol", [line for line in lines if "UNKNOWN" in line or "rejected" in line])
    plane.end()


def ups(t, name):
    """How often a puppet came up."""
    return t.events().count(f"{name} up")
