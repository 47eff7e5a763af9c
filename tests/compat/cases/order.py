"""Orders: by priority and name at the start, by priority at the end, and inside groups."""

from harness.suite import case


def programs(t, *specs):
    """Sections for programs given as (name, priority)."""
    return "".join(
        f"[program:{name}]\ncommand={t.puppet(name, 'leave:TERM:0')}\npriority={priority}\n"
        for name, priority in specs
    )


def spawned(daemon):
    """The names in the order of their start."""
    return [line.split("'")[1] for line in daemon.log_lines() if line.startswith("INFO spawned")]


def up(t, daemon, *names):
    """Waits until all are up and RUNNING."""
    daemon.wait_running(*names)
    for name in names:
        t.wait_event(f"{name} up")


@case
def start_and_stop_by_priority(t):
    t.config(programs(t, ("b", 30), ("a", 10), ("c", 20)))
    daemon = t.run()
    up(t, daemon, "a", "b", "c")
    daemon.stop(exact=True)
    t.record("signals", [event for event in t.events() if "SIG" in event])


@case
def negative_and_large_priorities(t):
    t.config(programs(t, ("b", 100000), ("a", 0), ("c", -7)))
    daemon = t.run()
    up(t, daemon, "a", "b", "c")
    daemon.stop(exact=True)


@case
def equal_priorities_start_by_name(t):
    t.config(programs(t, ("c", 5), ("a", 5), ("b", 5), ("B", 5)))
    daemon = t.run()
    up(t, daemon, "a", "b", "c", "B")
    daemon.stop(record=False)
    t.record("starts", spawned(daemon))


@case
def members_start_as_listed(t):
    t.config(programs(t, ("a", 1), ("b", 3), ("c", 2)) + "[group:g]\nprograms=c,a,b\n")
    daemon = t.run()
    up(t, daemon, "a", "b", "c")
    daemon.stop(record=False)
    t.record("starts", spawned(daemon))


@case
def members_are_stopped_by_priority_down(t):
    t.config(programs(t, ("a", 1), ("b", 3), ("c", 2)) + "[group:g]\nprograms=c,a,b\n", loglevel="debug")
    daemon = t.run()
    up(t, daemon, "a", "b", "c")
    daemon.stop(record=False)
    t.record("kills", [line for line in daemon.log_lines() if "killing" in line])


@case
def groups_have_their_own_priority(t):
    t.config(
        programs(t, ("a", 1), ("b", 2), ("c", 3), ("d", 4))
        + "[group:late]\nprograms=a,b\npriority=50\n[group:early]\nprograms=c,d\npriority=40\n"
    )
    daemon = t.run()
    up(t, daemon, "a", "b", "c", "d")
    daemon.stop()
    t.record("starts", spawned(daemon))


@case
def processes_of_one_program_start_by_name(t):
    t.config(
        "[program:p]\ncommand=ROOT/probe ROOT/r%(process_num)d\nnumprocs=4\nnumprocs_start=8\nstartsecs=0\n"
        "process_name=n%(process_num)d\n"
    )
    daemon = t.run()
    daemon.wait_running("n8", "n9", "n10", "n11")
    daemon.stop(record=False)
    t.record("starts", spawned(daemon))


@case(differences=["no-tick-delay"])
def what_is_due_at_once(t):
    t.config("".join(f"[program:{name}]\ncommand={t.puppet(name)}\nstartsecs=0\n" for name in "ab"))
    daemon = t.run()
    up(t, daemon, "a", "b")
    daemon.stop(record=False)
    words = [
        line.split(" ")[1] for line in daemon.log_lines() if line.startswith(("INFO spawned", "INFO success"))
    ]
    t.differs(
        "no-tick-delay",
        "spawned and RUNNING with startsecs=0",
        words,
        theirs=["spawned:", "spawned:", "success:", "success:"],
        ours=["spawned:", "success:", "spawned:", "success:"],
    )


@case
def a_group_waits_for_the_one_before(t):
    t.config(
        f"[program:a]\ncommand={t.puppet('a', 'note:TERM')}\npriority=1\n"
        f"[program:b]\ncommand={t.puppet('b', 'note:TERM')}\npriority=2\n"
    )
    daemon = t.run()
    up(t, daemon, "a", "b")
    daemon.signal("TERM")
    t.wait_event("b SIGTERM")
    daemon.signal("HUP")
    daemon.wait_log("ignored SIGHUP")
    t.record("signals before b ended", [event for event in t.events() if "SIG" in event])
    t.tell("b", "exit 0")
    t.wait_event("a SIGTERM")
    t.tell("a", "exit 0")
    daemon.ended(exact=True)


@case(differences=["equal-priorities-stop-together"])
def equal_priorities_at_the_end(t):
    t.config(
        f"[program:a]\ncommand={t.puppet('a', 'note:TERM')}\n"
        f"[program:b]\ncommand={t.puppet('b', 'note:TERM')}\n"
    )
    daemon = t.run()
    up(t, daemon, "a", "b")
    daemon.signal("TERM")
    t.wait_event("b SIGTERM")
    daemon.signal("HUP")
    daemon.wait_log("ignored SIGHUP")
    if t.subject == "ours":
        t.wait_event("a SIGTERM")
    t.differs(
        "equal-priorities-stop-together",
        "signals before anything ended",
        sorted(event for event in t.events() if "SIG" in event),
        theirs=["b SIGTERM"],
        ours=["a SIGTERM", "b SIGTERM"],
    )
    t.tell("b", "exit 0")
    t.wait_event("a SIGTERM")
    t.tell("a", "exit 0")
    daemon.ended()


@case
def groups_that_never_ran(t):
    idle = "".join(
        f"[program:idle{number}]\ncommand=cat\nautostart=false\npriority={number}\n" for number in range(3)
    )
    t.config(programs(t, ("a", 1)) + idle)
    daemon = t.run()
    up(t, daemon, "a")
    daemon.stop()
