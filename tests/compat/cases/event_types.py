"""What event listeners are told: every type of event, with its header and its payload."""

import re

from harness.pools import (
    payloads,
    record_heard,
    section,
    send,
    steady,
    types,
    wait_heard,
    wait_ready,
    wait_type,
    wait_up,
)
from harness.suite import case
from harness.wait import wait_for
from rpc import control


def started(t, programs, **options):
    """A daemon with a control plane, and listeners that are READY."""
    options.setdefault("loglevel", "debug")
    plane = control.start(t, programs, **options)
    for name in re.findall(r"^\[eventlistener:(.*)\]$", programs, re.M):
        wait_ready(plane.daemon, name)
        plane.until(f"{name}:{name}", "RUNNING")
    return plane


def finish(t, plane, *listeners, **how):
    """Ends the daemon and records what listeners noted until then."""
    record_heard(t, plane.daemon, *listeners, **how)
    plane.end()


def state_of(t, actions, retries=1):
    """What a listener hears of a program's states while the case acts."""
    plane = started(
        t,
        section(t, "l", "PROCESS_STATE", options="buffer_size=100")
        + control.puppet(t, "a", autostart=False, options="autorestart=false")
        + control.program("bad", "false", f"startretries={retries}\nstartsecs=20"),
    )
    actions(plane)
    # The listener hears of itself, too; how many of that get lost before it is READY is not the case's matter.
    rows = [pair for pair in zip(types(t, "l"), payloads(t, "l")) if " groupname:l " not in pair[1]]
    t.record("states", [f"{kind} {steady(t, plane.daemon, payload)}" for kind, payload in rows])
    plane.end()


@case
def a_program_is_started_and_stopped(t):
    def actions(plane):
        plane.ask("supervisor.startProcess", "a")
        plane.ask("supervisor.stopProcess", "a")
        wait_type(t, "l", "PROCESS_STATE_STOPPED")

    state_of(t, actions)


@case
def a_program_ends_as_expected_or_not(t):
    def actions(plane):
        for count, code in enumerate((0, 3), 1):
            plane.ask("supervisor.startProcess", "a")
            t.wait_event("a up", count)
            t.tell("a", f"exit {code}")
            wait_type(t, "l", "PROCESS_STATE_EXITED", count)

    state_of(t, actions)


@case
def a_program_does_not_come_up(t):
    def actions(plane):
        plane.ask("supervisor.startProcess", "bad", False)
        wait_type(t, "l", "PROCESS_STATE_FATAL")

    state_of(t, actions)


@case
def a_program_is_stopped_while_it_backs_off(t):
    def actions(plane):
        plane.ask("supervisor.startProcess", "bad", False)
        # Supervisor may tell of it late, but not three seconds late, which is when the next attempt follows.
        wait_type(t, "l", "PROCESS_STATE_BACKOFF", 3)
        plane.ask("supervisor.stopProcess", "bad")
        wait_type(t, "l", "PROCESS_STATE_STOPPED")

    state_of(t, actions, retries=50)


@case
def a_group_has_its_name_in_the_payload(t):
    plane = started(
        t,
        section(t, "l", "PROCESS_STATE_STOPPED")
        + control.puppet(t, "a")
        + control.puppet(t, "b")
        + "[group:g]\nprograms=a,b\n",
    )
    wait_up(plane, "g:a", "g:b")
    plane.ask("supervisor.stopProcess", "g:b")
    plane.ask("supervisor.stopProcess", "g:a")
    wait_heard(t, "l", 2)
    finish(t, plane, "l")


@case
def remote_communication(t):
    plane = started(t, section(t, "l", "REMOTE_COMMUNICATION"), identifier="me-1")
    texts = [("type", "data"), ("", ""), ("two\nlines", "a\nb\n"), ("a b:c", " "), ("h\u00e9", "\u20ac \U0001f600")]
    for kind, data in texts:
        send(plane, kind, data)
    wait_heard(t, "l", len(texts))
    finish(t, plane, "l")


@case
def serials_count_for_all_and_for_each_pool(t):
    plane = started(
        t,
        section(t, "one", "REMOTE_COMMUNICATION")
        + section(t, "two", "PROCESS_STATE_STOPPED,REMOTE_COMMUNICATION")
        + section(t, "three", "PROCESS_STATE_STOPPED")
        + control.puppet(t, "a"),
    )
    wait_up(plane, "a")
    send(plane, "first")
    wait_heard(t, "two", 1)
    plane.ask("supervisor.stopProcess", "a")
    wait_heard(t, "three", 1)
    send(plane, "last")
    wait_heard(t, "one", 2)
    wait_heard(t, "two", 3)
    finish(t, plane, "one", "two", "three")


@case
def general_types_stand_for_special_ones(t):
    plane = started(
        t,
        section(t, "all", "EVENT", options="buffer_size=100")
        + section(t, "states", "process_state", options="buffer_size=100")
        + section(t, "groups", "PROCESS_GROUP")
        + control.puppet(t, "a", autostart=False),
    )
    before = {name: len(t.heard(name)) for name in ("all", "states", "groups")}
    plane.ask("supervisor.startProcess", "a")
    send(plane, "x", "y")
    wait_type(t, "all", "REMOTE_COMMUNICATION")
    wait_type(t, "all", "PROCESS_STATE_RUNNING", 4)
    wait_for("a's states", lambda: sum(":a " in text for text in payloads(t, "states")) >= 2)
    for name, count in before.items():
        new = [pair for pair in zip(types(t, name), payloads(t, name)) if ":a " in pair[1] or "x\n" in pair[1]]
        # A TICK may come at any time.
        t.record(f"new at {name}", [kind for kind, _ in new], sort=True)
        t.record(f"none of a before at {name}", count > 0 or name == "groups")
    plane.end()


@case
def a_pool_gets_an_event_once_for_each_subscription(t):
    plane = started(
        t, section(t, "l", "REMOTE_COMMUNICATION,EVENT", options="buffer_size=100") + section(t, "m", "remote_communication")
    )
    send(plane, "one")
    send(plane, "two")
    wait_type(t, "l", "REMOTE_COMMUNICATION", 4)
    wait_heard(t, "m", 2)
    mine = [pair for pair in t.heard("l") if dict(pair[0])["eventname"] == "REMOTE_COMMUNICATION"]
    t.record("both", [f"{payload!r}" for _, payload, _ in mine])
    t.record("each copy has the same numbers", [mine[0][0] == mine[1][0], mine[2][0] == mine[3][0]])
    plane.end()


@case
def the_same_subscription_twice(t):
    plane = started(t, section(t, "l", "REMOTE_COMMUNICATION,remote_communication"))
    send(plane, "one")
    send(plane, "two")
    wait_for("the second", lambda: "type:two\n" in payloads(t, "l"))
    send(plane, "three")
    wait_for("the third", lambda: "type:three\n" in payloads(t, "l"))
    finish(t, plane, "l")


@case
def a_tick_of_five_seconds(t):
    plane = started(t, section(t, "l", "TICK_5"))
    wait_heard(t, "l", 2)
    plane.end()
    first, second = t.heard("l")[:2]
    when = [int(payload.removeprefix("when:")) for payload in (first[1], second[1])]
    t.record("boundaries", [number % 5 for number in when])
    t.record("apart", when[1] - when[0])
    t.record("headers", [" ".join(f"{key}:{value}" for key, value in event[0]) for event in (first, second)])


@case
def groups_come_and_go(t):
    plane = started(
        t, section(t, "l", "PROCESS_GROUP", options="buffer_size=100") + control.puppet(t, "a", autostart=False)
    )
    wait_heard(t, "l", 2)
    t.config(
        control.UNIX
        + control.INTERFACE
        + section(t, "l", "PROCESS_GROUP", options="buffer_size=100")
        + control.puppet(t, "b", autostart=False)
        + control.puppet(t, "c", autostart=False),
        loglevel="debug",
    )
    t.record("reloadConfig", str(plane.ask("supervisor.reloadConfig")))
    for method, name in (("remove", "a"), ("add", "b"), ("add", "c"), ("remove", "b")):
        plane.ask(f"supervisor.{method}ProcessGroup", name)
    wait_heard(t, "l", 6)
    finish(t, plane, "l")


@case
def a_pool_is_removed_and_another_one_added(t):
    plane = started(t, section(t, "l", "PROCESS_GROUP,REMOTE_COMMUNICATION", options="buffer_size=100"))
    t.config(
        control.UNIX + control.INTERFACE + section(t, "m", "PROCESS_GROUP,REMOTE_COMMUNICATION"), loglevel="debug"
    )
    plane.ask("supervisor.reloadConfig")
    plane.ask("supervisor.stopProcess", "l:l")
    plane.ask("supervisor.addProcessGroup", "m")
    wait_ready(plane.daemon, "m")
    plane.ask("supervisor.removeProcessGroup", "l")
    send(plane, "to m alone")
    wait_for("the last", lambda: "type:to m alone\n" in payloads(t, "m"))
    finish(t, plane, "l", "m")


@case
def the_supervisor_starts_and_stops(t):
    plane = started(
        t,
        section(t, "l", "SUPERVISOR_STATE_CHANGE")
        + control.puppet(t, "a", "leave:TERM:0"),
    )
    wait_up(plane, "a")
    wait_heard(t, "l", 1)
    plane.end()
    record_heard(t, plane.daemon, "l")


def talks(t, options, *actions, listener="PROCESS_LOG", global_options=None):
    """A program whose output is told to a listener."""
    plane = started(
        t,
        section(t, "l", listener) + control.puppet(t, "a", options=options),
        **(global_options or {}),
    )
    t.wait_event("a up")
    wait_up(plane, "a")
    for count, action in enumerate(actions, 1):
        t.tell("a", action)
        wait_heard(t, "l", count)
    finish(t, plane, "l")


@case
def output_of_both_channels(t):
    talks(
        t,
        "stdout_events_enabled=true\nstderr_events_enabled=true",
        r"out one\n",
        r"err two\nlines",
        r"out three",
    )


@case
def output_of_the_enabled_channel_only(t):
    plane = started(
        t, section(t, "l", "PROCESS_LOG") + control.puppet(t, "a", options="stderr_events_enabled=true")
    )
    t.wait_event("a up")
    t.tell("a", r"out unheard\n")
    wait_for("the log", lambda: t.path("a.out").read_text() == "unheard\n")
    t.tell("a", r"err heard\n")
    wait_heard(t, "l", 1)
    finish(t, plane, "l")


@case
def output_with_stderr_redirected(t):
    talks(
        t, "stdout_events_enabled=true\nstderr_events_enabled=true\nredirect_stderr=true", r"err one\n", r"out two\n"
    )


@case
def output_of_one_type(t):
    talks(
        t,
        "stdout_events_enabled=true\nstderr_events_enabled=true",
        r"out one\n",
        listener="PROCESS_LOG_STDOUT",
    )


@case
def output_that_is_not_ascii(t):
    talks(t, "stdout_events_enabled=true", r"out h\xc3\xa9llo \xe2\x82\xac\n", r"out plain\n")


@case
def output_that_is_no_text(t):
    talks(t, "stdout_events_enabled=true", r"out \x88\xff\n", "out it's \\x88", r"out nul \x00\n")


@case
def output_without_escape_sequences(t):
    talks(
        t,
        "stdout_events_enabled=true",
        r"out \x1b[31mred\x1b[0m\n",
        r"out plain\n",
        global_options={"strip_ansi": "true"},
    )


@case
def output_without_a_log(t):
    talks(
        t,
        "stdout_events_enabled=true\nstdout_logfile=NONE",
        r"out heard all the same\n",
    )
