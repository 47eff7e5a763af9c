"""Calls that start, stop and signal processes, and what getProcessInfo says of every state."""

from harness.wait import wait_for

from . import http, values
from .control import fill, program, puppet, scenario, start


def info(control, *names):
    """Records what is known of processes."""
    for name in names:
        control.step("getProcessInfo", name, title=f"info of {name}")


@scenario
def start_and_stop(t):
    control = start(t, program("a", "/bin/cat", "startsecs=0") + program("b", "/bin/cat", "startsecs=1"))
    info(control, "a")
    control.steps(
        ("stopProcess", "a"),
        ("stopProcess", "a", False),
        ("startProcess", "a"),
        ("startProcess", "a"),
        ("startProcess", "a:a", False),
    )
    info(control, "a")
    control.step("startProcess", "b", True)
    info(control, "b")
    control.step("stopProcess", "a:a")
    info(control, "a")
    control.step("stopProcess", "b", False)
    control.until("b", "STOPPED")
    info(control, "b")
    control.step("startProcess", "b", False)
    control.step("startProcess", "b", title="start of one that is starting")
    info(control, "b")
    control.until("b", "RUNNING")
    control.step("getAllProcessInfo")
    control.end()


@scenario
def ends_of_all_kinds(t):
    control = start(
        t,
        program("seven", "/bin/sh -c 'exit 7'", "startsecs=0\nautorestart=false\nexitcodes=0")
        + program("seven_expected", "/bin/sh -c 'exit 7'", "startsecs=0\nautorestart=unexpected\nexitcodes=7")
        + program("killed", "/bin/sh -c 'kill -9 $$'", "startsecs=0\nautorestart=false")
        + program("quick", "/bin/false", "startsecs=5\nstartretries=0")
        + program("waits", "/bin/false", "startsecs=5\nstartretries=100"),
    )
    for name in ("seven", "seven_expected", "killed"):
        control.step("startProcess", name, False)
        control.until(name, "EXITED")
    control.step("startProcess", "quick")
    control.until("quick", "FATAL")
    control.step("startProcess", "waits", title="start that waits and fails")
    control.until("waits", "BACKOFF")
    info(control, "seven", "seven_expected", "killed", "quick", "waits")
    control.step("startProcess", "waits", title="start of one that is backing off")
    control.steps(("signalProcess", "waits", "HUP"), ("signalProcess", "quick", "HUP"))
    control.step("sendProcessStdin", "waits", "x")
    control.step("removeProcessGroup", "waits")
    control.step("stopProcess", "waits")
    info(control, "waits")
    control.step("stopProcess", "quick")
    control.step("removeProcessGroup", "quick")
    control.end()


@scenario
def what_cannot_start(t):
    t.write("plain", "text")
    t.path("folder").mkdir()
    t.path("locked").mkdir()
    control = start(
        t,
        program("missing", "/does/not/exist")
        + program("unknown", "does-not-exist")
        + program("plain", t.path("plain"))
        + program("folder", t.path("folder"))
        + program("quotes", "/bin/sh 'a")
        + program("no_folder", "/bin/cat", "directory=/does/not/exist")
        + program("no_format", t.write("noformat", "\x01\x02", 0o755), "startretries=0")
        + "[group:g]\nprograms=missing,plain\n",
    )
    for name in ("g:missing", "unknown", "g:plain", "folder", "quotes", "no_folder", "no_format"):
        control.step("startProcess", name)
        # Whether the original notices at once that a child could not execute its program is chance.
        if name != "no_format":
            control.step("startProcess", name, False)
    control.until("no_format", "FATAL")
    info(control, "g:missing", "quotes", "no_format")
    control.step("startProcess", "g:*", sort=True)
    control.step("startProcessGroup", "g", sort=True)
    control.end()


@scenario
def stopping(t):
    control = start(t, puppet(t, "slow", "ignore:TERM", options="stopwaitsecs=60"))
    t.wait_event("slow up")
    control.step("stopProcess", "slow", False)
    info(control, "slow")
    control.step("stopProcess", "slow", title="stop of one that is stopping")
    control.step("startProcess", "slow", title="start of one that is stopping")
    control.step("sendProcessStdin", "slow", "x")
    control.step("signalProcess", "slow", "CONT")
    control.step("removeProcessGroup", "slow")
    control.steps(("stopProcessGroup", "slow"), ("stopAllProcesses",))
    control.step("signalProcess", "slow", "KILL")
    control.until("slow", "STOPPED")
    info(control, "slow")
    control.end()


@scenario
def groups(t):
    members = "".join(program(name, "/bin/cat", "startsecs=0") for name in ("a", "b", "c", "alone"))
    control = start(t, members + "[group:grp]\nprograms=a,b,c\n")
    control.step("stopProcessGroup", "grp", title="stop of a group that is down")
    control.step("startProcess", "grp:a")
    control.step("startProcessGroup", "grp", sort=True)
    control.step("startProcessGroup", "grp", title="again")
    control.step("startProcess", "grp:*", False, title="again, as a process")
    control.step("signalProcess", "grp:*", "CONT", sort=True)
    control.step("signalProcessGroup", "grp", "CONT", sort=True)
    control.step("stopProcess", "grp:*", sort=True)
    control.step("startProcess", "grp:*", False, sort=True)
    control.step("stopProcessGroup", "grp", False, sort=True)
    for name in ("grp:a", "grp:b", "grp:c"):
        control.until(name, "STOPPED")
    control.step("startAllProcesses", sort=True)
    control.step("startAllProcesses", title="start of all that run")
    control.step("signalAllProcesses", "CONT", sort=True)
    control.step("signalAllProcesses", "nope", sort=True)
    control.step("stopAllProcesses", sort=True)
    control.step("stopAllProcesses", title="stop of all that are down")
    control.step("signalAllProcesses", "CONT", title="signal to none")
    control.step("startAllProcesses", False, sort=True, title="start of all without waiting")
    for name in ("grp:a", "grp:b", "grp:c", "alone"):
        control.until(name, "RUNNING")
    control.step("stopAllProcesses", False, sort=True, title="stop of all without waiting")
    control.end()


@scenario
def a_group_that_fails_in_part(t):
    control = start(
        t,
        program("good", "/bin/cat", "startsecs=0")
        + program("quick", "/bin/false", "startsecs=5\nstartretries=0")
        + program("missing", "/does/not/exist")
        + "[group:grp]\nprograms=good,quick,missing\n",
    )
    control.step("startProcessGroup", "grp", sort=True)
    control.until("grp:quick", "FATAL")
    control.step("stopProcessGroup", "grp", sort=True)
    control.end()


@scenario
def order_of_lists(t):
    members = "".join(program(name, "/bin/cat") for name in ("z", "m", "a", "B"))
    many = program("n", "/bin/cat", "numprocs=3\nprocess_name=%(program_name)s_%(process_num)02d")
    control = start(t, members + many + "[group:y]\nprograms=z,m\npriority=1\n")
    control.step("getAllProcessInfo")
    control.step("getAllConfigInfo")
    control.end()


@scenario
def signals(t):
    control = start(
        t,
        puppet(t, "p", "note:USR1", "note:HUP", "note:USR2", "note:RTMIN", options="autorestart=false")
        + program("down", "/bin/cat"),
    )
    t.wait_event("p up")
    for sig, seen in (("USR1", "USR1"), ("SIGUSR2", "USR2"), ("hup", "HUP"), ("10", "USR1"), (12, "USR2")):
        before = t.events().count(f"p SIG{seen}")
        control.step("signalProcess", "p", sig)
        t.wait_event(f"p SIG{seen}", before + 1)
    for sig in ("0", "nope", "", "SIG", "99", "-1", "usr", 0, 99, "RTMIN", " USR1", "1.5"):
        control.step("signalProcess", "p", sig)
        control.step("signalProcessGroup", "p", sig)
    control.steps(("signalProcess", "down", "USR1"), ("signalProcess", "down", "nope"))
    control.step("signalProcessGroup", "down", "nope", title="bad signal to a group that is down")
    control.step("signalProcess", "p", "KILL")
    control.until("p", "EXITED")
    info(control, "p")
    control.end()


@scenario
def standard_input(t):
    control = start(
        t,
        program("cat", "/bin/cat", "startsecs=0")
        + program("down", "/bin/cat")
        + puppet(t, "closed", "note:USR1")
        + program("shut", f"/bin/sh -c 'exec 0<&-; echo shut > {t.path('closed.now')}; exec sleep 1000'"),
    )
    control.ask("supervisor.startProcess", "cat")
    control.steps(("sendProcessStdin", "cat", "one\n"), ("sendProcessStdin", "cat", "äöü €\n"), ("sendProcessStdin", "cat", ""))
    t.wait_file("cat.out")
    wait_for("the echo", lambda: t.path("cat.out").read_bytes().endswith("€\n".encode()))
    t.record_file("cat.out")
    control.steps(("sendProcessStdin", "down", "x"), ("sendProcessStdin", "down:*", "x"))
    control.ask("supervisor.startProcess", "shut", False)
    t.wait_file("closed.now")
    control.step("sendProcessStdin", "shut", "x")
    control.step("sendProcessStdin", "shut", "x", title="again")
    control.end()


@scenario
def deferred_answers(t):
    control = start(t, puppet(t, "p", "ignore:TERM", options="stopwaitsecs=60\nautorestart=false"))
    t.wait_event("p up")
    with http.Connection(control.address) as waiting, http.Connection(control.address) as other:
        waiting.send(http.request(body=values.call("supervisor.stopProcess", "p")))
        control.until("p", "STOPPING")
        other.send(http.request(body=values.call("supervisor.getState")))
        t.record("another client meanwhile", values.result(other.reply().body))
        t.record("nothing yet", waiting.buffer)
        waiting.send(http.request(body=values.call("supervisor.getAPIVersion")))
        t.tell("p", "exit 0")
        t.record("the deferred answer", values.result(waiting.reply().body))
        t.record("the call behind it", values.result(waiting.reply().body))
    control.end()


@scenario
def clients_that_leave(t):
    control = start(t, program("slow", "/bin/cat", "startsecs=2") + puppet(t, "p"))
    with http.Connection(control.address) as leaver:
        leaver.send(http.request(body=values.call("supervisor.startProcess", "slow")))
        control.until("slow", "STARTING")
    control.until("slow", "RUNNING")
    with http.Connection(control.address) as leaver:
        leaver.send(http.request(body=values.call("supervisor.stopProcessGroup", "slow")))
        control.until("slow", "STOPPING", "STOPPED")
    control.until("slow", "STOPPED")
    info(control, "slow")
    with http.Connection(control.address) as leaver:
        leaver.send(b"POST /RPC2 HTTP/1.1\r\nContent-Length: 1000\r\n\r\n<methodCall>")
    control.step("getState", title="after half a call")
    control.end()


@scenario
def long_answers(t):
    control = start(t, program("p", "/bin/cat"))
    fill(t.path("p.out"), b"0123456789abcde\n" * 65536)
    body = values.plain(control.post(values.call("supervisor.readProcessStdoutLog", "p", 0, 0)).body)
    t.record("a megabyte", [len(body), body == "0123456789abcde\n" * 65536])
    call = http.request(body=values.call("supervisor.getState"))
    with http.Connection(control.address) as connection:
        said = set()
        for _ in range(200):
            connection.send(call)
            said.update(values.result(connection.reply().body))
        t.record("200 calls on one connection", sorted(said))
    control.end()
