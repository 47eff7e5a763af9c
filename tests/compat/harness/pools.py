"""Pools of event listeners in cases: their sections, the events they noted, and events that the case sends itself."""

import re

from . import normalise
from .wait import wait_for

PID = re.compile(r"(?<=\bpid:)\d+")
TALK = re.compile(r"^(DEBG|WARN|ERRO) (\S+: (event was|\w+ -> |bad result|has entered)|event \d|pool )")


def section(t, name, events, *answers, options="", startsecs=0, command=None):
    """A pool whose listeners answer as told."""
    command = command or t.listener(name, *answers)
    return f"[eventlistener:{name}]\ncommand={command}\nevents={events}\nstartsecs={startsecs}\n{options}\n"


def wait_heard(t, name, count):
    """Waits until a listener has noted that many events."""
    wait_for(f"{count} events of {name}", lambda: len(t.heard(name)) >= count)


def wait_type(t, name, event, count=1):
    """Waits until a listener has noted that many events of a type."""
    wait_for(f"{count} x {event} at {name}", lambda: types(t, name).count(event) >= count)


def types(t, name):
    """The types of the events that a listener noted."""
    return [dict(tokens)["eventname"] for tokens, _, _ in t.heard(name)]


def payloads(t, name):
    """The payloads of the events that a listener noted."""
    return [payload for _, payload, _ in t.heard(name)]


def steady(t, daemon, text):
    """A payload without the numbers that change from run to run."""
    names = normalise.pid_names(daemon.log())
    return t.tidy(PID.sub(lambda found: f"<{names.get(found.group(), found.group())}>", text))


def record_heard(t, daemon, *listeners, serials=True, sort=False):
    """Records every event that listeners noted, header and payload."""
    for name in listeners:
        rows = []
        for tokens, payload, size in t.heard(name):
            rows.append(row(tokens, size, steady(t, daemon, payload), serials))
        t.record(f"events of {name}", rows, sort=sort)


def row(tokens, size, payload, serials):
    """One event as a line. Where a pid is in the payload, the length is not the same in two runs."""
    changes = ("serial", "poolserial") if not serials else ()
    shown = [f"{key}:{value}" for key, value in tokens if key not in changes and not (key == "len" and "<" in payload)]
    length = "" if "<" in payload else f" ({size} bytes)"
    return f"{' '.join(shown)} {payload!r}{length}"


def talk_lines(daemon):
    """What the activity log, at level debug, says about listeners.

    How often Supervisor rebuffers an event for which nobody is READY is chance, so those lines are left out.
    """
    return [line for line in daemon.log_lines() if TALK.match(line)]


def record_talk(t, daemon, *listeners):
    """Waits until the log tells of all that the listeners noted and of their answers, and records it."""
    noted = sum(len(t.heard(name)) for name in listeners or ("l",))

    def said_all():
        lines = talk_lines(daemon)
        if sum(" sent to listener " in line for line in lines) < noted:
            return False
        return not lines or lines[-1].endswith(("-> READY", "protocol")) or " pool " in lines[-1]

    daemon.wait("an end of the talk", said_all)
    t.record("talk", talk_lines(daemon))


def send(control, kind, data=""):
    """Sends an event of the case's own."""
    assert control.ask("supervisor.sendRemoteCommEvent", kind, data) is True


def wait_ready(daemon, name, count=1):
    """Waits until a listener has been found READY (the activity log is at level debug) that many times."""
    daemon.wait_log(rf"DEBG {re.escape(name)}: ACKNOWLEDGED -> READY$", count)


def wait_up(control, *names):
    """Waits until processes are RUNNING."""
    for name in names:
        control.until(name, "RUNNING")
