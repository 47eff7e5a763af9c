"""The command line: flags, their errors, and what they change."""

from harness.daemon import read
from harness.suite import case
from harness.wait import wait_for

# In a user namespace without a map a process is nobody for itself, and root's for the files that it reads.
NOT_ROOT = ["unshare", "--user"]
SLEEPER = "[program:a]\ncommand=sleep 1000\n"


@case(differences=["help-in-own-words"])
def help_is_printed(t):
    for flag in ("-h", "--help", "-?"):
        t.command(flag)


@case
def version_is_printed(t):
    for flag in ("-v", "--version"):
        t.command(flag)


@case(differences=["help-in-own-words"])
def help_and_version_need_no_config_and_come_first_or_not(t):
    t.command("-h", "-Z")
    t.command("-Z", "-h")
    t.command("-h", "-v")
    t.command("-v", "-h")
    t.command("-v", "positional")
    t.command("-v", "-n", "-n")
    t.command("-n", "-n", "-v")
    t.command("-e", "foo", "-v")
    t.command("-v", "-c", t.path("missing"))


@case
def unknown_options_are_refused(t):
    for flag in ("-Z", "--nope", "-nZ", "--nope=3", "-", "---"):
        t.command(flag)


@case
def positional_arguments_are_refused(t):
    t.command("foo")
    t.command("-n", "foo", "bar")
    t.command("foo", "-n")
    t.command("--", "-n")
    t.command("it's")
    t.command("-c", "missing", "foo")


@case
def the_same_option_twice_is_refused(t):
    t.config(SLEEPER)
    conf = t.path("supervisord.conf")
    t.command("-n", "-n")
    t.command("-n", "--nodaemon")
    t.command("--nodaemon", "-n")
    t.command("-c", conf, "-c", conf)
    t.command("-c", conf, "--configuration", conf)
    t.command("-e", "info", "-e", "debug")
    t.command("-tt")
    t.command("--minprocs=1", "--minprocs=1")


@case(differences=["help-in-own-words"])
def long_options_may_be_shortened(t):
    t.command("--ver")
    t.command("--h")
    t.command("--conf", "missing")
    t.command("--conf=missing")
    t.command("--log")
    t.command("--logfile", t.path("nowhere/x"))
    t.command("--n")
    t.command("--no")
    t.command("--s")
    t.command("--mi", "3")


@case
def options_want_their_arguments(t):
    t.command("-c")
    t.command("--configuration")
    t.command("--nodaemon=1")
    t.command("--version=1")
    t.command("-e")
    t.command("--loglevel")


@case
def values_on_the_command_line_are_checked(t):
    t.config(SLEEPER)
    values = (
        ("-e", "foo"),
        ("-e", "warning"),
        ("-e", ""),
        ("-y", "1M"),
        ("-y", "x"),
        ("-z", "x"),
        ("-z", "1.5"),
        ("-m", "999"),
        ("-m", "rwx"),
        ("-a", "many"),
        ("--minprocs", "many"),
        ("-d", "ROOT/nowhere"),
        ("-d", "ROOT/supervisord.conf"),
        ("-l", "ROOT/nowhere/log"),
        ("-j", "ROOT/nowhere/pid"),
        ("-q", "ROOT/nowhere"),
        ("-u", "no-such-user"),
        ("-u", "987654"),
    )
    for flag, value in values:
        t.command("-c", t.path("supervisord.conf"), flag, value.replace("ROOT", str(t.root)))


@case
def values_in_long_form_are_named_as_given(t):
    t.config(SLEEPER)
    t.command("-c", t.path("supervisord.conf"), "--loglevel=foo")
    t.command("-c", t.path("supervisord.conf"), "--logl", "foo")
    t.command("-c", t.path("supervisord.conf"), "--umask=9")
    t.command("-c", t.path("supervisord.conf"), "-efoo")
    t.command("-c", t.path("supervisord.conf"), "-nefoo")


@case
def config_file_must_be_there(t):
    (t.root / "folder").mkdir()
    t.command("-c", "missing.conf")
    t.command("-c", t.path("missing.conf"))
    t.command("-c", t.path("folder"))
    t.command("--configuration=missing.conf", "-n")
    t.command("-nc", "missing.conf")
    t.command("-cmissing.conf")


@case
def config_file_must_be_readable(t):
    t.config(SLEEPER).chmod(0)
    t.command("-c", t.path("supervisord.conf"), wrapper=["setpriv", "--bounding-set=-all", "--inh-caps=-all"])


@case
def flags_may_be_joined(t):
    t.config(SLEEPER, nodaemon=None)
    daemon = t.run(f"-nkc{t.path('supervisord.conf')}", "-etrace")
    daemon.wait_running("a")
    daemon.stop(without="^(TRAC|BLAT)")


@case
def nodaemon_flag_wins_over_the_file(t):
    t.config(SLEEPER, nodaemon="false")
    daemon = t.run("-n", "-c", t.path("supervisord.conf"))
    daemon.wait_running("a")
    daemon.stop()


@case
def silent_keeps_the_log_off_stdout(t):
    t.config(SLEEPER)
    daemon = t.run("-s", "-c", t.path("supervisord.conf"))
    daemon.wait_running("a")
    daemon.stop()


@case
def silent_in_the_file(t):
    t.config(SLEEPER, silent="true")
    daemon = t.run()
    daemon.wait_running("a")
    daemon.stop()


@case
def log_pidfile_and_level_on_the_command_line_win(t):
    t.config(SLEEPER, logfile="ROOT/unused.log", pidfile="ROOT/unused.pid", loglevel="critical")
    daemon = t.start(
        "-c", t.path("supervisord.conf"), "-l", t.path("log"), "-j", t.path("pid"), "-e", "debug"
    )
    daemon.wait_running("a")
    t.record("pid file holds the pid", t.pid_path.read_text() == f"{daemon.pid}\n")
    daemon.stop()
    t.record_file("unused.log")
    t.record_file("unused.pid")


@case
def relative_names_on_the_command_line(t):
    t.config(SLEEPER, logfile=None, pidfile=None)
    (t.root / "work").mkdir()
    daemon = t.start("-c", "../supervisord.conf", "-l", "../log", "-j", "./pid", cwd=t.root / "work")
    daemon.wait_running("a")
    t.record_tree("work", "pid*")
    daemon.stop()
    t.record_tree("work", "*")


@case
def default_names_are_in_the_working_directory(t):
    t.config(SLEEPER, logfile=None, pidfile=None)
    (t.root / "work").mkdir()
    t.log_path, t.pid_path = t.root / "work/supervisord.log", t.root / "work/supervisord.pid"
    daemon = t.run("-c", "../supervisord.conf", cwd=t.root / "work")
    daemon.wait_running("a")
    t.record("names", sorted(path.name for path in (t.root / "work").iterdir()))
    daemon.stop()
    t.record("names", sorted(path.name for path in (t.root / "work").iterdir()))


@case
def childlogdir_and_identifier_on_the_command_line(t):
    (t.root / "elsewhere").mkdir()
    t.config(f"[program:a]\ncommand={t.puppet('a', 'out:hello')}\n", identifier="of-the-file")
    daemon = t.run("-c", t.path("supervisord.conf"), "-q", t.path("elsewhere"), "-i", "mine")
    daemon.wait_running("a")
    wait_for("output", lambda: any(path.stat().st_size for path in (t.root / "elsewhere").iterdir()))
    daemon.stop()
    t.record_tree("elsewhere")
    t.record_tree("childlogs")


@case
def log_rotation_on_the_command_line(t):
    t.config(f"[program:a]\ncommand={t.puppet('a')}\n", logfile_maxbytes="50MB", logfile_backups="10")
    daemon = t.start("-c", t.path("supervisord.conf"), "-y", "200", "-z", "2")
    t.wait_event("a up")
    wait_for("the second rotated log", lambda: t.path("log.2").exists() or not daemon.running())
    t.record("names", sorted(path.name for path in t.root.glob("log*")))
    daemon.stop(record=False)
    t.record("names", sorted(path.name for path in t.root.glob("log*")))


@case
def strip_ansi_on_the_command_line(t):
    child = t.puppet("a", r"out:x\x1b[31mred\x1b[0m")
    t.config(f"[program:a]\ncommand={child}\nstdout_logfile=ROOT/a.out\n")
    daemon = t.run("-t", "-c", t.path("supervisord.conf"))
    daemon.wait_running("a")
    wait_for("output", lambda: t.path("a.out").stat().st_size)
    daemon.stop(record=False)
    t.record("a.out", repr(t.path("a.out").read_bytes()))


@case
def minfds_and_minprocs_reach_the_child(t):
    t.config("[program:a]\ncommand=ROOT/probe ROOT/report limits\n")
    daemon = t.run(
        "-a",
        "777",
        "--minprocs=333",
        "-c",
        t.path("supervisord.conf"),
        wrapper=["prlimit", "--nofile=300:4000", "--nproc=200:4000"],
    )
    t.record("report", t.wait_file("report").splitlines())
    daemon.wait_running("a")
    daemon.stop()


@case(differences=["limit-errors-tell-the-limit"])
def minfds_out_of_reach_is_refused(t):
    t.config(SLEEPER)
    away = ["setpriv", "--bounding-set=-sys_resource", "--inh-caps=-sys_resource"]
    t.command(
        "-c", t.path("supervisord.conf"), "-a", "5000000", wrapper=["prlimit", "--nofile=300:300", *away]
    )
    t.command(
        "-c",
        t.path("supervisord.conf"),
        "--minprocs",
        "5000",
        wrapper=["prlimit", "--nproc=1000:1000", *away],
    )
    t.record("log", "there" if t.log_path.exists() else "none")


@case
def user_on_the_command_line(t):
    t.root.chmod(0o777)
    t.config("[program:a]\ncommand=ROOT/probe ROOT/report ids env=HOME env=USER env=LOGNAME\n")
    daemon = t.run("-u", "nobody", "-c", t.path("supervisord.conf"))
    t.record("report", t.wait_file("report").splitlines())
    daemon.wait_running("a")
    daemon.stop()


@case
def config_files_without_sections(t):
    t.command("-c", "-")
    t.command("-c", "/dev/null")


@case(differences=["errors-instead-of-crashes"])
def config_file_without_a_name(t):
    for args in (["-c", ""], ["--configuration="]):
        t.command(*args, record=False)
        error = read(t.path(f".err.{t.serial}"))
        t.differs(
            "errors-instead-of-crashes",
            f"an empty name of a file, {args[0]}",
            error.splitlines()[0],
            theirs="Traceback (most recent call last):",
            ours="Error: could not find config file ",
        )


@case(differences=["warning-names-the-program"])
def search_as_root_is_warned_of(t):
    t.command()
    t.command("-n")


@case
def no_config_file_anywhere(t):
    t.command(wrapper=NOT_ROOT)
    t.command("-n", wrapper=NOT_ROOT)
    t.command("--", wrapper=NOT_ROOT)
