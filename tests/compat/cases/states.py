"""The life of a process: start, too quick an exit, back-off, FATAL, restart."""

from harness.suite import case


def fails(t, command, retries=1, extra="", **options):
    """A program whose start fails until the daemon gives up.

    Supervisor may see the end of a process a second late, so startsecs is long.
    """
    t.config(f"[program:a]\ncommand={command}\nstartretries={retries}\nstartsecs=20\n{extra}", **options)
    daemon = t.run()
    daemon.wait_log("gave up: a ")
    daemon.stop()


def exits(t, order, options="", restarts=False, starts=0):
    """A program that is RUNNING, ends as told, and is restarted or not."""
    t.config(
        f"[program:a]\ncommand={t.puppet('a')}\nstartsecs={starts}\n{options}\n"
        f"[program:watch]\ncommand={t.puppet('watch')}\nautorestart=true\nstartsecs=0\npriority=1000\n"
    )
    daemon = t.run(wrapper=["prlimit", "--core=0"])
    daemon.wait_running("a", "watch")
    t.wait_event("a up")
    t.wait_event("watch up")
    t.tell("a", order)
    daemon.wait_log(r"exited: a \(")
    if restarts:
        daemon.wait_log("success: a ", 2)
        t.wait_event("a up", 2)
    # A program that is always restarted shows that a restart of the other would have happened by now.
    for count in (1, 2):
        t.tell("watch", "exit 0")
        daemon.wait_log("success: watch", count + 1)
        t.wait_event("watch up", count + 1)
    daemon.signal("TERM")
    daemon.wait_exit()
    t.record("activity log", daemon.log_lines("watch"))
    t.record("starts", t.events().count("a up"))


@case
def runs_and_stops(t):
    t.config(f"[program:a]\ncommand={t.puppet('a')}")
    daemon = t.run()
    daemon.wait_running("a")
    t.wait_event("a up")
    daemon.stop()
    t.record("events", t.events())


@case
def too_quick_exits_end_in_fatal(t):
    fails(t, "sh -c 'exit 3'", retries=2)


@case
def too_quick_exit_with_code_zero(t):
    fails(t, "true", retries=0)


@case
def too_quick_end_by_a_signal(t):
    fails(t, "sh -c 'kill -KILL $$'", retries=1)


@case
def expected_exit_code_does_not_help_when_too_quick(t):
    fails(t, "sh -c 'exit 3'", retries=0, extra="exitcodes=3\nautorestart=true\n")


@case
def no_retries_below_zero(t):
    fails(t, "false", retries=-5)


@case
def back_off_grows(t):
    fails(t, "false", retries=3)


@case
def command_not_found(t):
    fails(t, "no-such-command arg", retries=1)


@case
def command_file_not_found(t):
    fails(t, "ROOT/no/such/file", retries=0)


@case
def command_not_executable(t):
    t.write("data", "text")
    fails(t, "ROOT/data", retries=0)


@case
def command_is_a_directory(t):
    fails(t, "ROOT/tmp", retries=0)


@case
def command_cannot_be_parsed(t):
    fails(t, "sh -c \"it's", retries=0)


@case
def command_with_one_kind_of_quote(t):
    fails(t, "echo 'open", retries=0)


@case
def command_is_empty(t):
    fails(t, "''", retries=0)


@case
def command_with_a_backslash_at_its_end(t):
    fails(t, "echo \\", retries=0)


@case
def command_is_searched_in_the_programs_path(t):
    t.script("bin1/tool", "exit 1").chmod(0o644)
    t.script("bin2/tool", "touch ROOT/two; exec cat")
    t.config(
        '[program:a]\ncommand=tool\nstartretries=0\nenvironment=PATH="ROOT/bin1:ROOT/bin2:/bin"\n'
        '[program:b]\ncommand=tool\nstartretries=0\nenvironment=PATH="ROOT/nowhere:ROOT/bin2:/bin:/usr/bin"\n'
        "[program:c]\ncommand=bin2/tool\nstartretries=0\nstartsecs=20\ndirectory=/\n"
        "[program:d]\ncommand=tool\nstartretries=0\n"
    )
    daemon = t.run()
    daemon.wait_running("b")
    daemon.wait_log("gave up: a ")
    daemon.wait_log("gave up: c ")
    daemon.wait_log("gave up: d ")
    daemon.stop(sort=True)


@case
def interpreter_not_found(t):
    t.write("script", "#!/no/such/interpreter\n", 0o755)
    fails(t, "ROOT/script", retries=0, extra="stderr_logfile=ROOT/err\n")
    t.record_file("err")


@case
def file_without_an_interpreter_line(t):
    t.write("script", "echo not run by a shell\n", 0o755)
    fails(t, "ROOT/script", retries=0, extra="stderr_logfile=ROOT/err\n")
    t.record_file("err")


@case
def empty_file(t):
    t.write("script", "", 0o755)
    fails(t, "ROOT/script an argument", retries=0, extra="stderr_logfile=ROOT/err\n")
    t.record_file("err")


@case
def log_file_is_a_directory(t):
    fails(t, "cat", retries=0, extra="stdout_logfile=ROOT/tmp\n")


@case
def not_started_automatically(t):
    t.config(f"[program:a]\ncommand={t.puppet('a')}\nautostart=false\n[program:b]\ncommand={t.puppet('b')}\n")
    daemon = t.run()
    daemon.wait_running("b")
    t.wait_event("b up")
    daemon.stop()
    t.record("events", t.events())


@case
def startsecs_zero(t):
    t.config(f"[program:a]\ncommand={t.puppet('a')}\nstartsecs=0\nautorestart=false\n")
    daemon = t.run()
    daemon.wait_running("a")
    t.wait_event("a up")
    t.tell("a", "exit 0")
    daemon.wait_log("exited: a")
    daemon.stop()


@case
def startsecs_two(t):
    t.config(f"[program:a]\ncommand={t.puppet('a')}\nstartsecs=2\n")
    daemon = t.run()
    daemon.wait_running("a")
    daemon.stop()


@case
def still_starting_at_the_end(t):
    t.config(f"[program:a]\ncommand={t.puppet('a')}\nstartsecs=600\n")
    daemon = t.run()
    t.wait_event("a up")
    daemon.stop()


@case
def expected_exit(t):
    exits(t, "exit 0", starts=1)


@case
def unexpected_exit_restarts(t):
    exits(t, "exit 3", restarts=True, starts=1)


@case
def autorestart_true(t):
    exits(t, "exit 0", "autorestart=true", restarts=True)


@case
def autorestart_false(t):
    exits(t, "exit 3", "autorestart=false")


@case
def several_exit_codes(t):
    exits(t, "exit 5", "exitcodes=2, 5")


@case
def zero_is_not_among_the_exit_codes(t):
    exits(t, "exit 0", "exitcodes=2", restarts=True)


@case
def no_exit_codes_at_all(t):
    exits(t, "exit 0", "exitcodes=", restarts=True)


@case
def end_by_a_signal_is_unexpected(t):
    exits(t, "die SEGV", "exitcodes=0,11,139", restarts=True)


@case
def end_by_a_real_time_signal(t):
    exits(t, "die RTMIN", "autorestart=false")


@case
def exit_code_255(t):
    exits(t, "exit 255", "exitcodes=255")


@case
def shutdown_during_back_off(t):
    t.config("[program:a]\ncommand=false\nstartretries=50\nstartsecs=20\n")
    daemon = t.run()
    daemon.wait_log("exited: a", 2)
    daemon.stop(record=False)
    # How many more attempts there were is chance.
    t.record(
        "lines", [line for line in daemon.log_lines() if not line.endswith(">") and "exited: a" not in line]
    )
    t.record("attempts", sorted(set(daemon.log_lines()) & {"WARN exited: a (exit status 1; not expected)"}))


@case
def back_off_count_is_cleared_by_running(t):
    t.config(
        "[program:a]\n"
        "command=sh -c 'echo x >> ROOT/tries; [ $(wc -l < ROOT/tries) -ge 3 ] && exec %s || exit 1'\n"
        % t.puppet("a")
        + "startretries=2\nstartsecs=3\nautorestart=true\n"
    )
    daemon = t.run()
    daemon.wait_running("a")
    t.wait_event("a up")
    t.tell("a", "exit 7")
    daemon.wait_log("success: a ", 2)
    daemon.stop()
