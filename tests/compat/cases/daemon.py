"""The daemon itself: background, pid file, activity log, signals, reload, PID 1."""

import datetime
import os

from harness.daemon import alive, children, read
from harness.suite import case
from harness.wait import wait_for

SLEEPER = "[program:a]\ncommand=sleep 1000\n"


@case
def in_the_background(t):
    t.config("[program:a]\ncommand=ROOT/probe ROOT/report cwd umask\n", nodaemon=None)
    daemon = t.daemonised(umask=0o077)
    daemon.wait_running("a")
    t.record("report", t.wait_file("report").splitlines())
    t.record("stdin, stdout, stderr", [os.readlink(f"/proc/{daemon.pid}/fd/{fd}") for fd in range(3)])
    state = read(f"/proc/{daemon.pid}/stat").rpartition(")")[2].split()
    t.record("group, session leader", [int(state[2]) == daemon.pid, int(state[3]) == daemon.pid])
    t.record("terminal", state[4])
    t.record("umask", read(f"/proc/{daemon.pid}/status").split("Umask:\t")[1].split()[0])
    t.record("modes", f"{t.log_path.stat().st_mode:o} {t.pid_path.stat().st_mode:o}")
    daemon.stop()


@case
def umask_and_directory_in_the_background(t):
    (t.root / "dir").mkdir()
    t.config(
        "[program:a]\ncommand=ROOT/probe ROOT/report cwd umask\n",
        nodaemon=None,
        umask="027",
        directory="ROOT/dir",
    )
    daemon = t.daemonised()
    daemon.wait_running("a")
    t.record("report", t.wait_file("report").splitlines())
    daemon.stop()


@case
def umask_and_directory_on_the_command_line(t):
    (t.root / "dir").mkdir()
    t.config(
        "[program:a]\ncommand=ROOT/probe ROOT/report cwd umask\n", nodaemon=None, umask="077", directory="/"
    )
    daemon = t.daemonised("-c", t.path("supervisord.conf"), "-m", "002", "-d", t.path("dir"))
    daemon.wait_running("a")
    t.record("report", t.wait_file("report").splitlines())
    daemon.stop()


@case
def relative_names_in_the_background(t):
    (t.root / "dir").mkdir()
    t.config(SLEEPER, nodaemon=None, logfile="log", pidfile="pid", directory="ROOT/dir")
    daemon = t.daemonised("-c", "supervisord.conf")
    daemon.wait_running("a")
    daemon.stop()
    t.record_tree("dir")


@case
def error_before_the_background(t):
    t.config("[program:a]\n", nodaemon=None)
    t.command("-c", t.path("supervisord.conf"))


@case
def pid_file_is_overwritten_and_removed(t):
    t.write("pid", "999999\nstale, and longer\n")
    t.config(SLEEPER)
    daemon = t.run()
    daemon.wait_running("a")
    t.record("holds the pid", read(t.pid_path) == f"{daemon.pid}\n")
    daemon.stop()


@case
def pid_file_that_somebody_removed(t):
    t.config(SLEEPER)
    daemon = t.run()
    daemon.wait_running("a")
    t.pid_path.unlink()
    daemon.stop()


@case
def pid_file_that_cannot_be_written(t):
    t.config(SLEEPER, pidfile="ROOT/tmp")
    daemon = t.start()
    daemon.wait_running("a")
    daemon.stop()
    t.record("the folder is there", t.path("tmp").is_dir())


@case(differences=["unwritable-log-clear-error"])
def main_log_that_cannot_be_opened(t):
    t.config(SLEEPER, logfile="ROOT/tmp")
    process = t.start()
    code = process.wait_exit()
    error = read(process.err)
    got = f"exit code {code}, {'a traceback' if 'Traceback' in error else 'one line naming the file'}"
    if "Traceback" not in error:
        assert error.startswith("Error: ") and str(t.root / "tmp") in error.splitlines()[0], error
    t.differs(
        "unwritable-log-clear-error",
        "a main log that is a directory",
        got,
        theirs="exit code 1, a traceback",
        ours="exit code 2, one line naming the file",
    )


@case
def exit_codes_do_not_tell_of_programs(t):
    t.config("[program:a]\ncommand=false\nstartretries=0\nstartsecs=20\n")
    daemon = t.run()
    daemon.wait_log("gave up: a")
    daemon.stop()


@case
def ends_on_int(t):
    t.config(SLEEPER)
    daemon = t.run()
    daemon.wait_running("a")
    daemon.stop("INT")


@case
def ends_on_quit(t):
    t.config(SLEEPER)
    daemon = t.run()
    daemon.wait_running("a")
    daemon.stop("QUIT")


@case
def ends_at_once_without_programs(t):
    t.config()
    t.run().stop()


@case
def usr1_is_not_handled(t):
    t.config(SLEEPER)
    daemon = t.run()
    daemon.wait_running("a")
    daemon.stop("USR1")


@case
def children_survive_the_kill_of_the_daemon(t):
    t.config(f"[program:a]\ncommand={t.puppet('a')}\n")
    daemon = t.run()
    daemon.wait_running("a")
    t.wait_event("a up")
    daemon.signal("KILL")
    daemon.wait_exit()
    t.tell("a", "note USR1")
    t.record("child", "alive" if alive(t.pid_of("a")) else "dead")
    t.record("pid file", "left behind" if t.pid_path.exists() else "gone")


@case
def levels_of_the_log(t):
    for level in ("critical", "error", "warn", "info"):
        t.log_path = t.root / f"log.{level}"
        t.config(
            "[program:a]\ncommand=nope\nstartretries=0\n[program:b]\ncommand=ROOT/probe ROOT/report\n"
            "startsecs=0\n",
            name=f"{level}.conf",
            loglevel=level,
            logfile=f"ROOT/log.{level}",
        )
        daemon = t.start("-c", t.path(f"{level}.conf"))
        t.wait_file("report")
        t.path("report").unlink()
        daemon.signal("TERM")
        daemon.wait_exit()
        t.record(level, sorted(line for line in daemon.log_lines() if " b " not in line))


@case
def level_debug(t):
    t.config(f"[program:a]\ncommand={t.puppet('a', 'out:hello')}\nautorestart=false\n", loglevel="debug")
    daemon = t.run()
    daemon.wait_running("a")
    t.wait_event("a up")
    t.tell("a", "exit 0")
    daemon.wait_log("exited: a")
    daemon.wait_log("received SIGCH?LD indicating a child quit")
    t.record("SIGCHLD is logged", "DEBG received SIGCHLD indicating a child quit" in daemon.log())
    daemon.stop()


@case
def rotation_of_the_main_log(t):
    t.config(SLEEPER, logfile_maxbytes="150", logfile_backups="3")
    daemon = t.start()
    wait_for("the success", lambda: "success: a" in read(daemon.out))
    daemon.signal("USR2")
    wait_for("the reopening", lambda: "logreopen" in read(daemon.out))
    daemon.signal("TERM")
    daemon.wait_exit()
    for path in sorted(t.root.glob("log*")):
        lines = read(path).splitlines()
        t.record(path.name, [line.split(" ", 2)[2].split(" ")[0:3] for line in lines])


@case
def rotation_of_the_main_log_without_backups(t):
    t.config(SLEEPER, logfile_maxbytes="100", logfile_backups="0")
    daemon = t.start()
    wait_for("the success", lambda: "success: a" in read(daemon.out))
    daemon.signal("TERM")
    daemon.wait_exit()
    t.record("names", sorted(path.name for path in t.root.glob("log*")))
    t.record("left", [line.split(" ", 2)[2] for line in read(t.log_path).splitlines()])


@case
def main_log_is_appended_to(t):
    t.write("log", "from before\n")
    t.config()
    daemon = t.run()
    daemon.signal("TERM")
    daemon.wait_exit()
    t.record("log", daemon.log_lines())


@case(differences=["stdout-lines-once"])
def main_log_on_stdout(t):
    t.config(SLEEPER, logfile="/dev/stdout", logfile_maxbytes="0")
    daemon = t.start(stdout="pipe")
    wait_for("the success", lambda: "success: a" in read(daemon.out))
    daemon.signal("TERM")
    daemon.wait_exit()
    lines = [line.split(" ", 2)[2] for line in read(daemon.out).splitlines()]
    t.differs(
        "stdout-lines-once",
        "times that a line is printed",
        sorted({lines.count(line) for line in lines}),
        theirs=[2],
        ours=[1],
    )
    t.record("exit code", daemon.process.returncode)


@case
def main_log_on_stdout_with_silent(t):
    t.config(SLEEPER, logfile="/dev/stdout", logfile_maxbytes="0", silent="true")
    daemon = t.start(stdout="pipe")
    t.log_path = daemon.out
    daemon.wait_running("a")
    daemon.signal("TERM")
    daemon.wait_exit()
    t.record("stdout", daemon.log_lines())


@case(differences=["device-logs-never-sought"])
def main_log_on_a_pipe_with_rotation_on(t):
    t.config(SLEEPER, logfile="/dev/stdout", silent="true")
    daemon = t.start(stdout="pipe")
    t.log_path = daemon.out
    if t.subject == "ours":
        daemon.wait_running("a")
        daemon.signal("TERM")
    code = daemon.wait_exit()
    t.differs(
        "device-logs-never-sought",
        "a main log on a pipe with the usual 50 MB limit",
        f"exit code {code}, {'a traceback' if 'Illegal seek' in read(daemon.err) else 'no traceback'}",
        theirs="exit code 1, a traceback",
        ours="exit code 0, no traceback",
    )
    t.record("first line", daemon.log_lines()[0])


@case
def reopened_main_log(t):
    t.config(SLEEPER)
    daemon = t.run()
    daemon.wait_running("a")
    t.log_path.rename(t.path("log.old"))
    daemon.signal("USR2")
    t.wait_file("log")
    t.record("before", [line.split(" ", 2)[2] for line in read(t.path("log.old")).splitlines()[-2:]])
    daemon.stop(record=False)
    t.record("after", daemon.log_lines())


@case
def reload_reads_the_changed_file(t):
    t.config(
        f"[program:a]\ncommand={t.puppet('a', 'leave:TERM:0')}\n"
        f"[program:b]\ncommand={t.puppet('b', 'leave:TERM:0')}\npriority=1\n"
    )
    daemon = t.run()
    daemon.wait_running("a", "b")
    t.wait_event("a up")
    t.wait_event("b up")
    t.config(
        f"[program:a]\ncommand={t.puppet('a', 'leave:TERM:3')}\n"
        f"[program:c]\ncommand={t.puppet('c')}\npriority=1\n"
    )
    daemon.signal("HUP")
    daemon.wait_running("c")
    daemon.wait_log("success: a ", 2)
    t.wait_event("a up", 2)
    t.wait_event("c up")
    t.record("same pid in the pid file", read(t.pid_path) == f"{daemon.pid}\n")
    daemon.stop()
    t.record("events", t.events(), sort=True)


@case
def reload_of_an_unchanged_file_restarts_all(t):
    t.config(f"[program:a]\ncommand={t.puppet('a')}\nstartsecs=0\n")
    daemon = t.run()
    for count in (1, 2):
        daemon.wait_log("success: a ", count)
        t.wait_event("a up", count)
        daemon.signal("HUP")
    daemon.wait_log("success: a ", 3)
    t.wait_event("a up", 3)
    daemon.stop()


@case
def reload_changes_the_log_file_and_level(t):
    t.config(SLEEPER)
    daemon = t.run()
    daemon.wait_running("a")
    t.config(SLEEPER, logfile="ROOT/other.log", loglevel="debug", pidfile="ROOT/other.pid")
    daemon.signal("HUP")
    wait_for("the new log", lambda: "success: a" in read(t.path("other.log")))
    t.record("pid files", sorted(path.name for path in t.root.glob("*pid")))
    t.record("first log", daemon.log_lines())
    t.log_path = t.path("other.log")
    daemon.signal("TERM")
    daemon.wait_exit()
    t.record("second log", daemon.log_lines())


@case
def reload_makes_new_automatic_logs(t):
    t.config(f"[program:a]\ncommand={t.puppet('a')}\nstartsecs=0\n")
    daemon = t.run()
    daemon.wait_running("a")
    before = {path.name for path in (t.root / "childlogs").iterdir()}
    t.wait_event("a up")
    daemon.signal("HUP")
    daemon.wait_log("success: a ", 2)
    after = {path.name for path in (t.root / "childlogs").iterdir()}
    t.record("before, after, both", [len(before), len(after), len(before & after)])
    daemon.stop(record=False)


@case
def reload_in_the_background(t):
    t.config(f"[program:a]\ncommand={t.puppet('a')}\nstartsecs=0\n", nodaemon=None)
    daemon = t.daemonised()
    daemon.wait_running("a")
    t.wait_event("a up")
    daemon.signal("HUP")
    daemon.wait_log("success: a ", 2)
    t.wait_event("a up", 2)
    t.record("same process", alive(daemon.pid))
    daemon.stop()


@case
def reload_clears_a_fatal_program(t):
    t.config("[program:a]\ncommand=ROOT/later\nstartretries=0\n")
    daemon = t.run()
    daemon.wait_log("gave up: a")
    t.script("later", "exec cat")
    daemon.signal("HUP")
    daemon.wait_running("a")
    daemon.stop()


@case(differences=["bad-reload-keeps-running"])
def reload_of_a_bad_file(t):
    t.config(f"[program:a]\ncommand={t.puppet('a')}\nstartsecs=0\n")
    daemon = t.run()
    daemon.wait_running("a")
    t.wait_event("a up")
    t.config("[program:a]\ncommand=x\nautostart=maybe\n")
    daemon.signal("HUP")
    if t.subject == "ours":
        daemon.wait_log("not a valid boolean value: 'maybe'")
        state = "runs on with its programs" if daemon.running() and alive(t.pid_of("a")) else "ended"
        t.record("starts of a", t.events().count("a up"))
        daemon.signal("TERM")
        code = daemon.wait_exit()
    else:
        code = daemon.wait_exit()
        state = f"ended with exit code {code}"
        t.record("starts of a", t.events().count("a up"))
        assert "not a valid boolean value: 'maybe'" in read(daemon.err)
        code = 0
    t.differs(
        "bad-reload-keeps-running",
        "after SIGHUP with a bad file",
        state,
        theirs="ended with exit code 2",
        ours="runs on with its programs",
    )
    t.record("exit code in the end", code)


@case
def signals_before_the_first_program(t):
    t.config(SLEEPER + "autostart=false\n")
    daemon = t.run()
    daemon.signal("USR2")
    daemon.wait_log("supervisord logreopen")
    daemon.signal("HUP")
    daemon.wait_log("supervisord started", 2)
    daemon.stop("INT")


@case
def strangers_are_reaped_by_pid_1(t):
    t.script("orphan", "read x < ROOT/gate; exit 3")
    t.script("parent", "(ROOT/orphan &) && touch ROOT/up && exec cat")
    t.config("[program:a]\ncommand=ROOT/parent\n")
    os.mkfifo(t.path("gate"))
    daemon = t.start(wrapper=["unshare", "-p", "-f", "--mount-proc", "--kill-child"], forks=True)
    t.wait_file("up")
    daemon.wait_running("a")
    wait_for("the orphan", lambda: len(children(daemon.pid)) == 2)
    t.path("gate").write_text("\n", encoding="ascii")
    daemon.wait_log("reaped unknown pid")
    t.record("its own pid", read(t.pid_path).strip())
    daemon.stop()


@case
def orphans_go_to_the_machines_init(t):
    t.script("parent", "(sleep 1000 & echo $! > ROOT/new && mv ROOT/new ROOT/orphan) && exec cat")
    t.config("[program:a]\ncommand=ROOT/parent\n")
    daemon = t.run()
    orphan = int(t.wait_file("orphan"))
    daemon.wait_running("a")
    daemon.stop()
    t.record("the orphan at the end", "alive" if alive(orphan) else "dead")


@case
def many_programs_start_and_stop(t):
    t.config("[program:a]\ncommand=sleep 1000\nnumprocs=40\nprocess_name=%(process_num)02d\n")
    daemon = t.run()
    daemon.wait_log("success: ", 40)
    daemon.stop()


@case
def warning_about_root_goes_with_user_root(t):
    t.config(SLEEPER, user="root")
    daemon = t.run()
    daemon.wait_running("a")
    daemon.stop()


@case
def not_root(t):
    t.config(SLEEPER)
    daemon = t.run(wrapper=["unshare", "--user"])
    daemon.wait_running("a")
    daemon.stop()


@case
def times_are_local(t):
    t.config()
    daemon = t.run(env={"TZ": "XYZ-5:30"})
    daemon.stop(record=False)
    stamp = datetime.datetime.strptime(daemon.log()[:19], "%Y-%m-%d %H:%M:%S")
    ahead = stamp - datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None)
    t.record("half hours ahead of UTC", round(ahead / datetime.timedelta(minutes=30)))
