"""Listeners that pass on what happens: web hooks, syslog, a library for Node, the manual's example, lines of shell."""

import re
import shlex

import sinks
from harness.daemon import read
from harness.suite import case
from harness.wait import wait_for
from rpc import control
from scene import INSTALLED, PYTHON, any_listener, listener, started, trusted


@case
def superhooks(t):
    # It sends what it has gathered once a minute.
    with sinks.hook() as server:
        url = f"http://127.0.0.1:{server.server_address[1]}/hook"
        plane = started(
            t,
            control.puppet(t, "a", options="autorestart=false")
            + listener(
                "hooks", "PROCESS_STATE,TICK_60", "superhooks", "-u", url, "-e", "EXITED,FATAL", "-d", "key^value",
                "-H", "X-Who^me",
            ),
        )
        t.wait_event("a up")
        plane.until("a", "RUNNING")
        t.tell("a", "exit 4")
        wait_for("a web hook", lambda: server.got, seconds=100)
        path, headers, form = server.got[0]
        t.record("request", [path, headers.get("X-Who", "")])
        t.record("form", [f"{key}={re.sub(r'pid:[0-9]+', 'pid:<pid>', value[0])}" for key, value in sorted(form.items())])
        trusted(t, plane)


@case
def supervisor_logging(t):
    with sinks.datagrams() as server:
        port = server.server_address[1]
        plane = started(
            t,
            control.puppet(t, "a", options="stdout_events_enabled=true\nstderr_events_enabled=true")
            + listener(
                "syslog", "PROCESS_LOG", "supervisor_logging",
                options=f'environment=SYSLOG_SERVER="127.0.0.1",SYSLOG_PORT="{port}",SYSLOG_PROTO="udp"',
            ),
        )
        t.wait_event("a up")
        for count, order in enumerate((r"out one\n", r"err two\nlines\n", r"out h\xc3\xa9\n"), 1):
            t.tell("a", order)
            wait_for("a message", lambda count=count: len(server.got) >= count)
        texts = [re.sub(r"^(<\d+>)\S+ \S+ a\[\d+\]", r"\1TIME HOST a[PID]", data.decode()) for data in server.got]
        t.record("messages", [repr(text) for text in texts])
        trusted(t, plane)


@case
def supervisord_eventlistener_for_node(t):
    t.write(
        "listener.js",
        "var listener = require('supervisord-eventlistener');\n"
        "var fs = require('fs');\n"
        "listener.on('event', function (type, headers, data) {\n"
        "  fs.appendFileSync('ROOT/seen', type + ' ' + headers.len + ' ' + JSON.stringify(data) + '\\n');\n"
        "});\n"
        "listener.listen(process.stdin, process.stdout);\n",
    )
    modules = INSTALLED / "npm/node_modules"
    plane = started(
        t,
        control.puppet(t, "a", autostart=False)
        + any_listener("node", "PROCESS_STATE_STARTING,PROCESS_STATE_STOPPED,SUPERVISOR_STATE_CHANGE,REMOTE_COMMUNICATION", "node ROOT/listener.js",
                       options=f'environment=NODE_PATH="{modules}"'),
    )
    plane.ask("supervisor.startProcess", "a")
    plane.ask("supervisor.stopProcess", "a")
    plane.ask("supervisor.sendRemoteCommEvent", "kind", "key:value")
    wait_for("all events", lambda: "REMOTE_COMMUNICATION" in read(t.path("seen")))
    seen = re.sub(r'"pid":"\d+"', '"pid":"<pid>"', read(t.path("seen")))
    t.record("seen", [line for line in re.sub(r"STOPPED \d+", "STOPPED LEN", seen).splitlines() if '"node"' not in line])
    trusted(t, plane)


@case
def the_manuals_example(t):
    # The listener of Supervisor's manual, and of half the answers on the web.
    t.write(
        "example.py",
        "import sys\n"
        "def write_stdout(s):\n"
        "    sys.stdout.write(s)\n"
        "    sys.stdout.flush()\n"
        "def write_stderr(s):\n"
        "    sys.stderr.write(s)\n"
        "    sys.stderr.flush()\n"
        "while 1:\n"
        "    write_stdout('READY\\n')\n"
        "    line = sys.stdin.readline()\n"
        "    write_stderr(line)\n"
        "    headers = dict([x.split(':') for x in line.split()])\n"
        "    data = sys.stdin.read(int(headers['len']))\n"
        "    write_stderr(data + '\\n')\n"
        "    write_stdout('RESULT 2\\nOK')\n",
    )
    plane = started(t, any_listener("l", "REMOTE_COMMUNICATION", f"{PYTHON} ROOT/example.py"))
    for number in range(3):
        plane.ask("supervisor.sendRemoteCommEvent", "number", f"{number} h\u00e9")
    wait_for("all events", lambda: read(t.path("l.err")).count("type:number") == 3)
    t.record("seen", read(t.path("l.err")).splitlines())
    trusted(t, plane)


@case
def childutils_of_the_original(t):
    t.write(
        "listener.py",
        "import sys\n"
        "from supervisor import childutils\n"
        "while True:\n"
        "    headers, payload = childutils.listener.wait()\n"
        "    pairs, data = childutils.eventdata(payload)\n"
        "    sys.stderr.write(f\"{headers['eventname']} {pairs['processname']} {pairs['channel']} {data!r}\\n\")\n"
        "    sys.stderr.flush()\n"
        "    childutils.listener.ok()\n",
    )
    plane = started(
        t,
        control.puppet(t, "a", options="stdout_events_enabled=true")
        + any_listener("l", "PROCESS_LOG", f"{PYTHON} ROOT/listener.py"),
    )
    t.wait_event("a up")
    for count, order in enumerate((r"out one\n", r"out h\xc3\xa9 \xe2\x82\xac\n", r"out \xff\n"), 1):
        t.tell("a", order)
        wait_for("the event", lambda count=count: read(t.path("l.err")).count("\n") == count)
    t.record("seen", read(t.path("l.err")).splitlines())
    trusted(t, plane)


@case
def a_program_that_sends_events_of_its_own(t):
    # As the manual shows it, with an ordinary listener for it.
    t.write(
        "sender.py",
        "import sys\n"
        "sys.stdout.write('<!--XSUPERVISOR:BEGIN-->')\n"
        "sys.stdout.write('the data')\n"
        "sys.stdout.write('<!--XSUPERVISOR:END-->')\n"
        "sys.stdout.flush()\n"
        "sys.stdin.read()\n",
    )
    t.write(
        "listener.py",
        "import sys\n"
        "from supervisor import childutils\n"
        "while True:\n"
        "    headers, payload = childutils.listener.wait()\n"
        "    sys.stderr.write(headers['eventname'] + ' ' + payload.partition('\\n')[2] + '\\n')\n"
        "    sys.stderr.flush()\n"
        "    childutils.listener.ok()\n",
    )
    plane = started(
        t,
        f"[program:a]\ncommand={PYTHON} ROOT/sender.py\nstartsecs=0\nautostart=false\nstdout_capture_maxbytes=1MB\n"
        + any_listener("l", "PROCESS_COMMUNICATION", f"{PYTHON} ROOT/listener.py"),
    )
    plane.ask("supervisor.startProcess", "a")
    wait_for("the event", lambda: "\n" in read(t.path("l.err")))
    t.record("seen", read(t.path("l.err")).splitlines())
    trusted(t, plane)


# Python 3 cannot import its handler, so there is nothing to compare with.
@case(sides=("ours",))
def supervisor_stdout_with_our_handler(t):
    # Its listener as it is; its handler, which makes it a file of Python 2, is left out.
    source = next((INSTALLED / "venv").glob("lib/python*/site-packages/supervisor_stdout.py"))
    text = source.read_text(encoding="utf-8")
    half = text[: text.index("def event_handler")] + text[text.index("if __name__") :]
    t.write("listener.py", half)
    plane = started(
        t,
        control.puppet(t, "a", options="stdout_events_enabled=true\nstderr_events_enabled=true")
        + any_listener(
            "out", "PROCESS_LOG", f"{PYTHON} ROOT/listener.py", options="result_handler=supervisor_stdout:event_handler"
        ),
    )
    t.wait_event("a up")
    t.tell("a", r"out one\ntwo\n")
    plane.daemon.wait_log("out: event was processed")
    t.tell("a", r"err three\n")
    plane.daemon.wait_log("out: event was processed", 2)
    printed = [line for line in read(plane.daemon.out).splitlines() if re.match(r"\w+ std(out|err) \| ", line)]
    assert printed == ["a stdout | one", "a stdout | two", "a stderr | three"], printed
    trusted(t, plane)


@case
def a_shell_listener_that_ends_the_container(t):
    t.config(
        f"[program:main]\ncommand={t.puppet('main')}\nstartsecs=0\nautorestart=false\n"
        + any_listener(
            "leave",
            "PROCESS_STATE_EXITED,PROCESS_STATE_FATAL",
            "sh -c "
            + shlex.quote("echo READY; while read -r line; do echo \"$line\" >&2; kill -TERM $PPID; done"),
        )
    )
    daemon = t.run()
    daemon.wait_running("leave")
    t.wait_event("main up")
    t.tell("main", "exit 1")
    t.record("exit code", daemon.wait_exit())
    t.record("asked to leave", "WARN received SIGTERM indicating exit request" in daemon.log_lines())
    t.record("header", re.sub(r"len:\d+", "len:N", read(t.path("leave.err")).splitlines()[0]).partition("serial")[0])
