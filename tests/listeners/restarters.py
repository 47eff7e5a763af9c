"""Listeners that restart what is not well: superlance's memmon and httpok, supervisor_checks, dependent startup."""

from harness.daemon import read
from harness.suite import case
from harness.wait import wait_for
from rpc import control
from scene import any_listener, listener, started, trusted, ups

# Holds 80 MB when it is started for the first time, and little later.
GROWER = """
import os, pathlib, sys, time
starts = pathlib.Path('ROOT/NAME.starts')
first = not starts.exists()
with starts.open('a') as file:
    file.write('x')
held = bytearray(os.urandom(1) * 80_000_000) if first else b''
pathlib.Path('ROOT/NAME.up').touch()
while True:
    time.sleep(3600)
"""

# Takes connections and never answers when it is started for the first time; answers later.
SERVER = """
import http.server, pathlib, sys
starts = pathlib.Path('ROOT/server.starts')
hangs = not starts.exists()
with starts.open('a') as file:
    file.write('x')
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        while hangs:
            sys.stdin.read()
        self.send_response(200)
        self.send_header('Content-Length', '5')
        self.end_headers()
        self.wfile.write(b'well\\n')
http.server.HTTPServer.allow_reuse_address = True
http.server.HTTPServer(('127.0.0.1', int(sys.argv[1])), Handler).serve_forever()
"""


def grower(t, name="grow"):
    """A program that is too big at first."""
    t.write(f"{name}.py", GROWER.replace("NAME", name))
    return f"[program:{name}]\ncommand=python3 ROOT/{name}.py\nstartsecs=0\nstdout_logfile=NONE\nstderr_logfile=NONE\n"


def restarted(t, name):
    """Waits until a program has been started for the second time."""
    wait_for(f"the second start of {name}", lambda: read(t.path(f"{name}.starts")) == "xx", seconds=80)


def steps(t, plane, name):
    """What the log says of a program's restarts."""
    lines = plane.daemon.log_lines()
    return [line for line in lines if f"spawned: '{name}'" in line or f"stopped: {name} " in line]


def record_restart(t, plane, name):
    """Records the first restart: on a busy machine a server may be looked at again before it answers."""
    plane.daemon.wait_log(rf"spawned: '{name}'", 2)
    plane.until(name, "RUNNING")
    t.record("restart", steps(t, plane, name)[:3])


@case
def superlance_memmon(t):
    plane = started(
        t,
        grower(t)
        + grower(t, "small")
        + listener("memmon", "TICK_5", "memmon", "-p", "grow=50MB", "-g", "small=900MB", "-m", "me@example", "-s",
                   f"cat >> {t.root}/mail"),
    )
    restarted(t, "grow")
    wait_for("a mail", lambda: "bytes RSS" in read(t.path("mail")))
    record_restart(t, plane, "grow")
    t.record("mail", [line for line in read(t.path("mail")).splitlines() if line.startswith(("To", "Subject"))])
    t.record("starts of the other one", read(t.path("small.starts")))
    trusted(t, plane)


@case
def superlance_httpok(t):
    port = control.free_port()
    t.write("server.py", SERVER)
    plane = started(
        t,
        f"[program:server]\ncommand=python3 ROOT/server.py {port}\nstartsecs=2\n"
        + listener("httpok", "TICK_5", "httpok", "-p", "server", "-t", "2", "-b", "well", "-m", "me@example", "-s",
                   f"cat >> {t.root}/mail", f"http://127.0.0.1:{port}/"),
    )
    restarted(t, "server")
    wait_for("a mail", lambda: "server restarted" in read(t.path("mail")))
    record_restart(t, plane, "server")
    first = read(t.path("mail")).partition("server restarted")[0].replace(str(port), "PORT")
    t.record("mail", [line for line in first.splitlines() if line.startswith(("To", "Subject", "server"))])
    trusted(t, plane)


@case
def supervisor_checks_memory(t):
    plane = started(
        t,
        grower(t)
        + listener("check", "TICK_5", "supervisor_memory_check", "-n", "memory", "-g", "grow", "-m", "50000"),
    )
    restarted(t, "grow")
    record_restart(t, plane, "grow")
    trusted(t, plane)


@case
def supervisor_checks_http(t):
    port = control.free_port()
    t.write("server.py", SERVER)
    plane = started(
        t,
        f"[program:server]\ncommand=python3 ROOT/server.py {port}\nstartsecs=0\n"
        + listener("check", "TICK_5", "supervisor_http_check", "-n", "http", "-g", "server", "-u", "/", "-t", "1",
                   "-r", "1", "-p", str(port)),
    )
    restarted(t, "server")
    record_restart(t, plane, "server")
    trusted(t, plane)


def depends(t, name, options):
    """A program that is started by supervisord-dependent-startup."""
    return f"[program:{name}]\ncommand={t.puppet(name)}\nautostart=false\nautorestart=false\nstartsecs=0\n{options}\n"


@case
def supervisord_dependent_startup(t):
    config = t.path("supervisord.conf")
    plane = control.start(
        t,
        depends(t, "web", "dependent_startup=true\ndependent_startup_wait_for=db:running setup:exited")
        + depends(t, "db", "dependent_startup=true")
        + depends(t, "setup", "dependent_startup=true\ndependent_startup_wait_for=db:running")
        + depends(t, "idle", "")
        + listener("startup", "PROCESS_STATE", "supervisord-dependent-startup", "-c", str(config), options="autorestart=unexpected"),
        loglevel="debug",
    )
    t.wait_event("setup up")
    t.record("before the set-up is done", t.events())
    t.tell("setup", "exit 0")
    t.wait_event("web up")
    t.record("order", t.events())
    plane.until("web", "RUNNING")
    t.record("states", [f"{name} {plane.state(name)}" for name in ("db", "setup", "web", "idle")])
    trusted(t, plane)


@case
def a_shell_listener_that_restarts_together(t):
    # Pasted in many forums: when one program dies, another one is restarted too.
    t.script(
        "together",
        "while printf 'READY\\n' && read -r header; do\n"
        "  size=${header##*len:}\n"
        "  payload=$(head -c \"$size\")\n"
        "  case $payload in\n"
        "    'processname:one '*) kill -TERM \"$(cat ROOT/two.pid)\";;\n"
        "  esac\n"
        "  printf 'RESULT 2\\nOK'\n"
        "done",
    )
    plane = started(
        t,
        f"[program:one]\ncommand={t.puppet('one')}\nstartsecs=0\nautorestart=true\n"
        f"[program:two]\ncommand={t.puppet('two')}\nstartsecs=0\nautorestart=true\n"
        + any_listener("sh", "PROCESS_STATE_EXITED", "ROOT/together"),
    )
    for name in ("one", "two"):
        t.wait_event(f"{name} up")
    t.tell("one", "exit 1")
    t.wait_event("two up", 2)
    t.wait_event("one up", 2)
    t.record("starts", [ups(t, "one"), ups(t, "two")])
    trusted(t, plane)
