"""Stopping: signals, patience, process groups, and a second request."""

from harness.daemon import alive
from harness.suite import case
from harness.wait import wait_for


def stopped(t, actions, options="", stop="TERM", sort=False, **more):
    """One program that is up gets the shutdown."""
    t.config(f"[program:a]\ncommand={t.puppet('a', *actions)}\nstartsecs=0\n{options}\n", **more)
    daemon = t.run(wrapper=["prlimit", "--core=0"])
    daemon.wait_running("a")
    t.wait_event("a up")
    daemon.stop(stop, sort=sort)
    t.record("events", t.events())


@case
def obeys_with_code_zero(t):
    stopped(t, ["leave:TERM:0"])


@case
def obeys_with_another_code(t):
    stopped(t, ["leave:TERM:3"])


@case
def obeys_with_an_expected_code(t):
    stopped(t, ["leave:TERM:3"], "exitcodes=3")


@case
def dies_of_the_signal(t):
    stopped(t, [], loglevel="debug")


@case
def ignores_and_is_killed(t):
    stopped(t, ["ignore:TERM"], "stopwaitsecs=2", loglevel="debug")


@case
def no_patience_at_all(t):
    stopped(t, ["ignore:TERM"], "stopwaitsecs=0", sort=True)


@case
def stop_signal_by_name(t):
    stopped(t, ["leave:USR1:0", "ignore:TERM"], "stopsignal=USR1", loglevel="debug")


@case
def stop_signal_in_full(t):
    stopped(t, ["leave:HUP:0"], "stopsignal=sighup", loglevel="debug")


@case
def stop_signal_int(t):
    stopped(t, ["leave:INT:0"], "stopsignal=INT")


@case
def stop_signal_by_number(t):
    stopped(t, [], "stopsignal=9", loglevel="debug")


@case
def stop_signal_quit(t):
    stopped(t, [], "stopsignal=QUIT", loglevel="debug")


@case
def stop_signal_real_time(t):
    stopped(t, ["leave:RTMIN:0"], "stopsignal=RTMIN", loglevel="debug")


def with_a_child(t, options, actions=(), child="note+TERM"):
    """A program with a child in its process group gets the shutdown; the child may outlive it."""
    t.config(
        f"[program:a]\ncommand={t.puppet('a', *actions, f'fork:{child}')}\nstartsecs=0\nstopwaitsecs=2\n"
        f"{options}\n",
        loglevel="debug",
    )
    daemon = t.run()
    daemon.wait_running("a")
    t.wait_event("a up")
    t.wait_event("a.child up")
    child = t.pid_of("a.child")
    daemon.stop()
    return child


@case
def only_the_leader_is_stopped(t):
    child = with_a_child(t, "", ["leave:TERM:0"])
    t.record("child", "alive" if alive(child) else "dead")
    t.record("events", t.events(), sort=True)


@case
def stop_as_group(t):
    child = with_a_child(t, "stopasgroup=true", ["leave:TERM:0"], "leave+TERM+0")
    wait_for("the child's end", lambda: not alive(child))
    t.record("events", t.events(), sort=True)


@case
def only_the_leader_is_killed(t):
    child = with_a_child(t, "", ["ignore:TERM"])
    t.record("child", "alive" if alive(child) else "dead")
    t.record("events", t.events(), sort=True)


@case
def kill_as_group(t):
    child = with_a_child(t, "killasgroup=true", ["ignore:TERM"])
    wait_for("the child's end", lambda: not alive(child))
    t.record("events", t.events(), sort=True)


@case
def stop_as_group_kills_as_group(t):
    child = with_a_child(t, "stopasgroup=true", ["ignore:TERM"], "note+TERM")
    wait_for("the child's end", lambda: not alive(child))
    t.record("events", t.events(), sort=True)


@case
def output_of_the_last_moment(t):
    t.config(
        '[program:a]\ncommand=sh -c \'trap "echo bye; echo bad >&2; exit 0" TERM; touch ROOT/up; sleep 1000'
        " & wait'\nstartsecs=0\nstdout_logfile=ROOT/out\nstderr_logfile=ROOT/err\nstopasgroup=false\n"
    )
    daemon = t.run()
    t.wait_file("up")
    daemon.wait_running("a")
    daemon.stop()
    t.record_file("out")
    t.record_file("err")


@case(differences=["second-term-kills"])
def second_request(t):
    t.config(f"[program:a]\ncommand={t.puppet('a', 'note:TERM')}\nstopwaitsecs=600\n")
    daemon = t.run()
    daemon.wait_running("a")
    t.wait_event("a up")
    daemon.signal("TERM")
    t.wait_event("a SIGTERM")
    daemon.signal("TERM")
    daemon.wait_log("received SIGTERM", 2)
    if t.subject == "ours":
        daemon.wait_exit()
    else:
        # Two more signals take two more turns of its loop: time enough to have acted.
        daemon.signal("HUP")
        daemon.wait_log("ignored SIGHUP")
    t.differs(
        "second-term-kills",
        "the program after a second SIGTERM",
        "alive" if alive(t.pid_of("a")) else "killed",
        theirs="alive",
        ours="killed",
    )
    if t.subject == "theirs":
        t.tell("a", "die KILL")
        daemon.wait_exit()
    t.record("last line", daemon.log_lines()[-1])
    t.record("exit code", daemon.process.returncode)
    t.record("events", t.events())


@case
def reload_is_ignored_during_the_shutdown(t):
    t.config(f"[program:a]\ncommand={t.puppet('a', 'note:TERM')}\n")
    daemon = t.run()
    daemon.wait_running("a")
    t.wait_event("a up")
    daemon.signal("TERM")
    t.wait_event("a SIGTERM")
    daemon.signal("HUP")
    daemon.wait_log("ignored SIGHUP")
    t.tell("a", "exit 0")
    daemon.ended()


@case
def no_restart_during_the_shutdown(t):
    t.config(
        f"[program:a]\ncommand={t.puppet('a', 'note:TERM')}\npriority=9\nautorestart=true\n"
        f"[program:b]\ncommand={t.puppet('b')}\nautorestart=true\npriority=1\n"
    )
    daemon = t.run()
    daemon.wait_running("a", "b")
    t.wait_event("a up")
    t.wait_event("b up")
    daemon.signal("TERM")
    t.wait_event("a SIGTERM")
    t.tell("b", "exit 4")
    daemon.wait_log("exited: b")
    t.tell("a", "exit 0")
    daemon.ended(exact=True)
    t.record("events", t.events(), sort=True)
