"""Pools of event listeners: who gets an event, what waits and what is lost, and when pools start and stop."""

import os
import pathlib
import shlex

from harness.pools import payloads, record_heard, section, send, types, wait_heard, wait_ready, wait_type
from harness.suite import case
from harness.wait import wait_for
from rpc import control

REMOTE = "REMOTE_COMMUNICATION"


def plane_of(t, programs, **options):
    """A daemon with a control plane, whose log tells of the talk with listeners."""
    options.setdefault("loglevel", "debug")
    return control.start(t, programs, **options)


def several(t, name, *answers, options="", events=REMOTE, first=None):
    """A pool of two listeners, called NAME0 and NAME1; the first may have other orders."""
    commands = [t.listener(f"{name}0", *(first or answers)), t.listener(f"{name}1", *answers)]
    t.script(f"start-{name}", f'case $1 in 0) exec {commands[0]};; 1) exec {commands[1]};; esac')
    return section(
        t,
        name,
        events,
        command=f"ROOT/start-{name} %(process_num)d",
        options=f"numprocs=2\nprocess_name={name}%(process_num)d\n{options}",
    )


def ready(plane, *names):
    """Waits until listeners are READY and RUNNING."""
    for name in names:
        wait_ready(plane.daemon, name)
        pool = name.rstrip("01")
        plane.until(f"{pool}:{name}", "RUNNING")


def wait_payload(t, name, *texts):
    """Waits until a listener has noted events of the case's own."""
    for text in texts:
        wait_for(f"{text} at {name}", lambda text=text: f"type:{text}\n" in payloads(t, name))


@case
def the_first_one_that_is_ready_gets_it(t):
    plane = plane_of(t, several(t, "l", "hold"))
    ready(plane, "l0", "l1")
    for count, event in enumerate(("one", "two", "three")):
        send(plane, event)
        if event != "three":
            wait_payload(t, f"l{count}", event)
    t.tell("l1", "ok")
    wait_payload(t, "l1", "three")
    t.tell("l0", "ok")
    wait_ready(plane.daemon, "l0", 2)
    send(plane, "four")
    wait_payload(t, "l0", "four")
    record_heard(t, plane.daemon, "l0", "l1")
    plane.end()


@case
def a_rejected_event_goes_to_the_next_one(t):
    plane = plane_of(t, several(t, "l", "ok", first=(r"say:RESULT+4\nFAIL;wait", "ok")))
    ready(plane, "l0", "l1")
    send(plane, "one")
    wait_payload(t, "l1", "one")
    record_heard(t, plane.daemon, "l0", "l1")
    t.record("told", [line for line in plane.daemon.log_lines() if "rejected" in line or "rebuffering" in line])
    plane.end()


@case
def one_that_dies_leaves_its_event_to_the_next_one(t):
    plane = plane_of(t, several(t, "l", "ok", first=("exit:1", "ok"), options="autorestart=false"))
    ready(plane, "l0", "l1")
    send(plane, "one")
    wait_payload(t, "l1", "one")
    record_heard(t, plane.daemon, "l0", "l1")
    plane.end()


@case
def one_that_closed_its_input_is_passed_over(t):
    plane = plane_of(t, several(t, "l", "ok", first=(r"greet=deaf;say:READY\n;wait",)))
    ready(plane, "l0", "l1")
    send(plane, "one")
    send(plane, "two")
    wait_payload(t, "l1", "one", "two")
    record_heard(t, plane.daemon, "l0", "l1")
    t.record("told", sorted({line for line in plane.daemon.log_lines() if "epipe" in line and "event 0" in line}))
    plane.end()


@case
def all_have_closed_their_input(t):
    plane = plane_of(t, section(t, "l", REMOTE, r"greet=deaf;say:READY\n;wait,say:READY\n", "ok"))
    ready(plane, "l")
    send(plane, "one")
    plane.daemon.wait_log("epipe occurred while sending event 0 to listener l, listener state unchanged")
    plane.ask("supervisor.stopProcess", "l:l")
    plane.ask("supervisor.startProcess", "l:l")
    wait_payload(t, "l", "one")
    record_heard(t, plane.daemon, "l")
    plane.end()


@case
def one_that_closed_its_output_keeps_its_event(t):
    plane = plane_of(t, section(t, "l", REMOTE, "mute;wait") + section(t, "m", REMOTE))
    ready(plane, "l", "m")
    send(plane, "one")
    send(plane, "two")
    wait_payload(t, "m", "two")
    wait_payload(t, "l", "one")
    record_heard(t, plane.daemon, "l", "m")
    t.record("state", plane.state("l:l"))
    plane.end()


@case
def each_pool_gets_every_event(t):
    plane = plane_of(t, section(t, "l", REMOTE, "wait", options="buffer_size=1") + section(t, "m", REMOTE))
    ready(plane, "l", "m")
    for count, event in enumerate(("one", "two", "three", "four"), 1):
        send(plane, event)
        wait_heard(t, "m", count)
    record_heard(t, plane.daemon, "l", "m")
    t.record("lost", [line for line in plane.daemon.log_lines() if "overflowed" in line])
    plane.end()


@case(differences=["rejected-events-stay-in-their-pool"])
def a_rejected_event_and_another_pool(t):
    plane = plane_of(t, section(t, "l", REMOTE, "fail", "ok") + section(t, "m", "PROCESS_STATE_STOPPED," + REMOTE))
    ready(plane, "l", "m")
    send(plane, "one")
    wait_heard(t, "l", 2)
    send(plane, "two")
    wait_payload(t, "m", "two")
    wait_payload(t, "l", "two")
    record_heard(t, plane.daemon, "l", serials=False)
    t.differs(
        "rejected-events-stay-in-their-pool",
        "in a pool that did not reject it",
        payloads(t, "m"),
        theirs=["type:one\n", "type:one\n", "type:two\n"],
        ours=["type:one\n", "type:two\n"],
    )
    plane.end()


@case(differences=["rejected-events-stay-in-their-pool"])
def a_rejected_event_and_a_pool_that_never_asked_for_it(t):
    plane = plane_of(t, section(t, "l", REMOTE, "fail", "ok") + section(t, "m", "TICK_3600,PROCESS_GROUP_REMOVED"))
    ready(plane, "l", "m")
    send(plane, "one")
    wait_heard(t, "l", 2)
    plane.ask("supervisor.stopProcess", "l:l")
    plane.ask("supervisor.removeProcessGroup", "l")
    wait_type(t, "m", "PROCESS_GROUP_REMOVED")
    t.differs(
        "rejected-events-stay-in-their-pool",
        "in a pool without a subscription",
        [kind for kind in types(t, "m") if not kind.startswith("TICK")],
        theirs=[REMOTE, "PROCESS_GROUP_REMOVED"],
        ours=["PROCESS_GROUP_REMOVED"],
    )
    plane.end()


@case
def other_priorities_keep_a_rejected_event_apart(t):
    plane = plane_of(
        t,
        section(t, "l", REMOTE, "fail", "ok", options="priority=7")
        + section(t, "m", "PROCESS_GROUP_REMOVED," + REMOTE, options="priority=8"),
    )
    ready(plane, "l", "m")
    send(plane, "one")
    wait_heard(t, "l", 2)
    send(plane, "two")
    wait_payload(t, "m", "two")
    wait_payload(t, "l", "two")
    record_heard(t, plane.daemon, "l", "m")
    plane.end()


@case
def more_events_at_the_start_than_a_buffer_holds(t):
    programs = "".join(f"[program:p{number:02}]\ncommand={t.puppet(f'p{number:02}')}\n" for number in range(14))
    plane = plane_of(t, section(t, "l", "PROCESS_STATE_STARTING", startsecs=1) + programs)
    wait_ready(plane.daemon, "l")
    # Its own start, and those of 14 programs; it can have none before it has run for a second.
    wait_heard(t, "l", 10)
    record_heard(t, plane.daemon, "l")
    t.record("lost", [line for line in plane.daemon.log_lines() if "overflowed" in line])
    plane.end()


@case
def a_buffer_of_one(t):
    plane = plane_of(t, section(t, "l", REMOTE, "hold", "ok", options="buffer_size=1"))
    ready(plane, "l")
    for event in ("one", "two", "three"):
        send(plane, event)
    wait_payload(t, "l", "one")
    plane.daemon.wait_log("discarding event 1")
    t.tell("l", "fail")
    # The rejected one takes the place of the one that waits.
    wait_heard(t, "l", 2)
    record_heard(t, plane.daemon, "l")
    t.record("lost", [line for line in plane.daemon.log_lines() if "overflowed" in line])
    plane.end()


@case
def events_wait_in_order(t):
    plane = plane_of(t, section(t, "l", REMOTE, "hold", "ok", options="buffer_size=100"))
    ready(plane, "l")
    for number in range(40):
        send(plane, f"n{number}")
    t.tell("l", "ok")
    wait_heard(t, "l", 40)
    record_heard(t, plane.daemon, "l")
    plane.end()


@case
def events_wait_while_nobody_runs(t):
    plane = plane_of(t, section(t, "l", REMOTE, options="autostart=false"))
    send(plane, "one")
    send(plane, "two")
    plane.ask("supervisor.startProcess", "l:l")
    wait_heard(t, "l", 2)
    record_heard(t, plane.daemon, "l")
    plane.end()


def program(t, name, priority=None):
    """A program that notes when it is stopped."""
    line = "" if priority is None else f"priority={priority}\n"
    return f"[program:{name}]\ncommand={t.puppet(name, 'leave:TERM:0')}\nstartsecs=0\n{line}"


def record_order(t, options=""):
    """Starts and stops a listener between a program of a low and one of a high priority number; records in which order."""
    t.config(
        program(t, "a", 1)
        + section(t, "l", "TICK_3600", command=t.puppet("l", "leave:TERM:0"), options=options)
        + program(t, "b", 2000)
    )
    daemon = t.run()
    for name in ("a", "b", "l"):
        daemon.wait_running(name)
        t.wait_event(f"{name} up")
    daemon.stop(record=False)
    lines = daemon.log_lines(exact=True)
    t.record("starts", [line for line in lines if "spawned" in line])
    t.record("ends", [line for line in lines if "stopped" in line])


@case
def listeners_start_first_and_stop_last(t):
    record_order(t)


@case
def listeners_with_another_priority(t):
    record_order(t, options="priority=5")


@case
def the_end_of_a_program_is_told_at_shutdown(t):
    slow = "".join(
        f"[program:{name}]\ncommand={t.puppet(name, 'note:TERM')}\nstartsecs=0\npriority={priority}\n"
        for name, priority in (("a", 1), ("b", 2))
    )
    plane = plane_of(t, section(t, "l", "SUPERVISOR_STATE_CHANGE_STOPPING,PROCESS_STATE_STOPPING") + slow)
    ready(plane, "l")
    for name in ("a", "b"):
        plane.until(name, "RUNNING")
        t.wait_event(f"{name} up")
    plane.daemon.signal("TERM")
    # Each ends when it has been told that it is to stop, and the listener has been told of that.
    for count, name in ((2, "b"), (3, "a")):
        wait_heard(t, "l", count)
        t.wait_event(f"{name} SIGTERM")
        t.tell(name, "exit 0")
    plane.daemon.wait_exit()
    record_heard(t, plane.daemon, "l")


@case(differences=["last-events-are-delivered"])
def the_last_events_of_a_shutdown(t):
    plane = plane_of(t, section(t, "l", "SUPERVISOR_STATE_CHANGE_STOPPING"))
    ready(plane, "l")
    plane.end()
    t.differs(
        "last-events-are-delivered",
        "told of a shutdown that stops listeners alone",
        types(t, "l"),
        theirs=[],
        ours=["SUPERVISOR_STATE_CHANGE_STOPPING"],
    )


@case
def a_listener_that_never_answers_does_not_stop_a_shutdown(t):
    plane = plane_of(t, section(t, "l", REMOTE, "wait") + program(t, "a"))
    ready(plane, "l")
    send(plane, "one")
    wait_payload(t, "l", "one")
    t.wait_event("a up")
    plane.daemon.signal("TERM")
    t.record("exit code", plane.daemon.wait_exit())
    t.record("ends", [line for line in plane.daemon.log_lines(exact=True) if "stopped" in line])


@case
def numbers_go_on_after_a_reload(t):
    plane = plane_of(t, section(t, "l", REMOTE))
    ready(plane, "l")
    send(plane, "one")
    wait_payload(t, "l", "one")
    plane.daemon.signal("HUP")
    wait_ready(plane.daemon, "l", 3)
    plane = control.control_of(t, plane.daemon)
    plane.until("l:l", "RUNNING")
    send(plane, "two")
    wait_payload(t, "l", "two")
    record_heard(t, plane.daemon, "l")
    plane.end()


@case
def a_listener_may_call_back(t):
    # What superlance and its like do: a listener acts through the control plane while it works on an event.
    helper = t.write(
        "helper.py",
        "import os, sys, xmlrpc.client\n"
        "from supervisor import childutils\n"
        "rpc = childutils.getRPCInterface(os.environ)\n"
        "while True:\n"
        "    headers, payload = childutils.listener.wait()\n"
        "    if payload.startswith('type:go'):\n"
        "        rpc.supervisor.stopProcess('a')\n"
        "        rpc.supervisor.startProcess('a')\n"
        "        open('ROOT/done', 'w').close()\n"
        "    childutils.listener.ok()\n",
    )
    python = read_python(t)
    plane = plane_of(
        t,
        f"[eventlistener:l]\ncommand={shlex.join([python, str(helper)])}\nevents={REMOTE}\nstartsecs=0\n"
        + program(t, "a"),
    )
    ready(plane, "l")
    plane.until("a", "RUNNING")
    t.wait_event("a up")
    send(plane, "go")
    wait_for("the listener's work", t.path("done").exists)
    t.wait_event("a up", 2)
    wait_ready(plane.daemon, "l", 2)
    plane.end()
    lines = plane.daemon.log_lines()
    t.record("starts of a", [line for line in lines if line.startswith("INFO spawned: 'a'")])
    t.record("ends of a", [line for line in lines if line.startswith("INFO stopped: a ")])


def read_python(t):
    """The interpreter that has the original's childutils."""
    top = pathlib.Path(__file__).resolve().parents[3]
    script = os.environ.get("SUPERVISORD", str(top / ".build/oracle/bin/supervisord"))
    return str(pathlib.Path(script).absolute().parent / "python3")


@case
def one_line_of_shell_ends_the_supervisor(t):
    # What people paste to make a container leave when a program is given up (issue 733 of Supervisor).
    t.config(
        "[program:bad]\ncommand=ROOT/no/such\nstartretries=0\n"
        "[eventlistener:l]\nevents=PROCESS_STATE_FATAL\nstartsecs=0\n"
        "command=bash -c \"printf 'READY\\n' && while read line; do kill -SIGTERM $PPID; done < /dev/stdin\"\n"
    )
    daemon = t.run()
    t.record("exit code", daemon.wait_exit())
    daemon.record_output()
    t.record("activity log", [line for line in daemon.log_lines() if "l" not in line.split()], sort=True)
