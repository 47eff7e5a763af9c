"""What a child really gets: directory, umask, user, groups, descriptors, signals, limits, environment."""

import os

from harness.daemon import read
from harness.suite import case
from harness.wait import wait_for

NOT_ROOT = ["unshare", "--user"]


def probed(t, topics, options="", wrapper=(), start_env=None, supervisord=None, **how):
    """Runs a probe and records what it reports, and the whole log."""
    t.config(f"[program:a]\ncommand=ROOT/probe ROOT/tmp/report {topics}\n{options}\n", **(supervisord or {}))
    daemon = t.run(wrapper=wrapper, env=start_env, **how)
    t.record("report", t.wait_file("tmp/report").splitlines())
    daemon.wait_running("a")
    daemon.stop()


def not_spawned(t, options, command="cat", wrapper=(), **supervisord):
    """A child whose set-up fails: what it says in its log, and its exit code."""
    t.config(
        f"[program:a]\ncommand={command}\nstderr_logfile=ROOT/err\nstartsecs=20\nstartretries=0\n{options}\n",
        **supervisord,
    )
    daemon = t.run(wrapper=wrapper)
    daemon.wait_log("gave up: a ")
    daemon.stop()
    t.record_file("err")


@case
def directory_of_a_program(t):
    (t.root / "d with blank").mkdir()
    probed(t, "cwd env=PWD", "directory=ROOT/d with blank")


@case
def directory_with_expansions(t):
    (t.root / "a-0").mkdir()
    probed(t, "cwd", "directory=%(here)s/%(program_name)s-%(process_num)d")


@case
def directory_is_the_daemons(t):
    probed(t, "cwd")


@case
def umask_of_a_program(t):
    probed(t, "umask", "umask=0027")


@case
def umask_is_inherited(t):
    probed(t, "umask", umask=0o031)


@case(differences=["foreground-umask-directory"])
def umask_and_directory_of_the_daemon_in_the_foreground(t):
    (t.root / "dir").mkdir()
    t.config("[program:a]\ncommand=ROOT/probe ROOT/report cwd umask\n", umask="027", directory="ROOT/dir")
    daemon = t.run(umask=0o022)
    report = t.tidy(t.wait_file("report")).split()
    daemon.wait_running("a")
    daemon.stop(record=False)
    t.differs(
        "foreground-umask-directory",
        "cwd and umask of a child in the foreground",
        report,
        theirs=["cwd", "ROOT", "umask", "0022"],
        ours=["cwd", "ROOT/dir", "umask", "0027"],
    )


@case
def user_of_a_program(t):
    probed(t, "ids env=HOME env=USER env=LOGNAME", "user=nobody")


@case(differences=["output-belongs-to-the-user"])
def user_opens_its_output_by_name(t):
    t.config(
        "[program:a]\ncommand=sh -c 'echo mine > /dev/stdout; exec sleep 100'\nuser=nobody\n"
        "stdout_logfile=ROOT/out\nstderr_logfile=ROOT/err\n"
    )
    daemon = t.run()
    wait_for("either", lambda: read(t.path("out")) or "ermission denied" in read(t.path("err")))
    t.differs(
        "output-belongs-to-the-user",
        "what a program of another user wrote to /dev/stdout",
        read(t.path("out")),
        theirs="",
        ours="mine\n",
    )
    daemon.stop(record=False)


@case
def user_by_number(t):
    probed(t, "ids", "user=65534")


@case
def user_root(t):
    probed(t, "ids", "user=root", supervisord={"user": "root"})


@case
def user_with_supplementary_groups(t):
    # A private copy of /etc where the user `games` is a member of two more groups.
    files = {name: open(f"/etc/{name}", encoding="utf-8").read() for name in ("passwd", "group")}
    rows = files["group"].splitlines() + [
        "extra1:x:60123:games",
        "extra2:x:60124:nobody,games",
        "none:x:60125:",
    ]
    t.write("etc/group", "\n".join(rows) + "\n")
    private = 'mount --bind "$0/etc/group" /etc/group && exec "$@"'
    probed(t, "ids", "user=games", wrapper=["unshare", "-m", "sh", "-c", private, t.root])


@case
def user_of_the_daemon(t):
    t.root.chmod(0o777)
    probed(t, "ids", supervisord={"user": "nobody"})


@case
def user_same_as_the_daemons_unprivileged_one(t):
    probed(t, "arg=x", "user=65534", wrapper=NOT_ROOT)


@case
def user_of_the_daemon_needs_root(t):
    t.config("[program:a]\ncommand=cat\n", user="root")
    t.command("-c", t.path("supervisord.conf"), wrapper=NOT_ROOT)
    t.config("[program:a]\ncommand=cat\n", user="65534")
    daemon = t.run(wrapper=NOT_ROOT)
    daemon.wait_running("a")
    daemon.stop()


@case
def user_cannot_be_changed(t):
    not_spawned(t, "user=root", wrapper=NOT_ROOT)


@case
def directory_is_missing(t):
    not_spawned(t, "directory=/no/such/directory")


@case
def directory_is_a_file(t):
    not_spawned(t, "directory=ROOT/supervisord.conf")


@case
def directory_is_closed_to_the_user(t):
    (t.root / "closed").mkdir(mode=0o700)
    not_spawned(t, "directory=ROOT/closed\nuser=nobody")


@case
def program_is_closed_to_the_user(t):
    t.script("closed", "exec cat").chmod(0o700)
    not_spawned(t, "user=nobody", command="ROOT/closed an argument")


@case
def failure_text_with_stderr_redirected(t):
    t.config(
        "[program:a]\ncommand=cat\ndirectory=/no/such\nredirect_stderr=true\nstdout_logfile=ROOT/out\n"
        "startsecs=20\nstartretries=0\n"
    )
    daemon = t.run()
    daemon.wait_log("gave up: a ")
    daemon.stop()
    t.record_file("out")


@case
def descriptors(t):
    t.config(
        f"[program:a]\ncommand={t.puppet('a', 'fds:fds')}\n[program:b]\ncommand={t.puppet('b', 'fds:more')}\n"
        "redirect_stderr=true\n"
    )
    extra = [os.open("/dev/null", os.O_RDONLY) for _ in range(3)]
    try:
        daemon = t.run(pass_fds=extra)
        t.record("a", t.wait_file("fds").splitlines())
        t.record("b", t.wait_file("more").splitlines())
    finally:
        for fd in extra:
            os.close(fd)
    daemon.wait_running("a", "b")
    daemon.stop(record=False)


@case
def own_process_group_in_the_daemons_session(t):
    probed(t, "group")


@case(differences=["sigpipe-default"])
def signal_dispositions(t):
    t.config("[program:a]\ncommand=ROOT/probe ROOT/report signals\n")
    daemon = t.run()
    report = dict(line.split(":\t") for line in t.wait_file("report").splitlines())
    daemon.wait_running("a")
    daemon.stop(record=False)
    t.record("blocked", report["SigBlk"])
    t.record("caught", report["SigCgt"])
    t.differs(
        "sigpipe-default",
        "ignored signals of a child",
        report["SigIgn"],
        theirs="0000000001001000",
        ours="0000000000000000",
    )


@case(differences=["sigpipe-default"])
def pipeline_ends_when_its_reader_does(t):
    t.config(
        "[program:a]\ncommand=sh -c 'yes 2>/dev/null | head -n 1; touch ROOT/done; exec cat'\n"
        "stdout_logfile=ROOT/out\n"
        "[program:b]\ncommand=sh -c 'kill -s PIPE $$; echo survived > ROOT/b; exec cat'\nstartsecs=20\n"
        "startretries=0\n"
    )
    daemon = t.run()
    t.wait_file("done")
    daemon.wait("the end of b or its word", lambda: t.path("b").exists() or "gave up: b" in daemon.log())
    t.differs(
        "sigpipe-default",
        "a shell that sends itself SIGPIPE",
        "survives" if t.path("b").exists() else "ends",
        theirs="survives",
        ours="ends",
    )
    daemon.stop(record=False)
    t.record_file("out")


@case(differences=["sigpipe-default"])
def signals_that_the_daemon_was_started_to_ignore(t):
    t.config("[program:a]\ncommand=ROOT/probe ROOT/report signals\n")
    daemon = t.run(wrapper=["sh", "-c", "trap '' USR1 WINCH; exec \"$@\"", "sh"])
    ignored = int(t.wait_file("report").split("SigIgn:\t")[1].split()[0], 16)
    daemon.wait_running("a")
    daemon.stop(record=False)
    t.differs(
        "sigpipe-default",
        "USR1 and WINCH (bits 9 and 27) ignored",
        [bool(ignored & 1 << 9), bool(ignored & 1 << 27)],
        theirs=[True, True],
        ours=[False, False],
    )


@case
def limits_are_inherited(t):
    probed(t, "limits", wrapper=["prlimit", "--nofile=512:2048", "--nproc=1000:3000"])


@case
def limits_are_raised(t):
    probed(
        t,
        "limits",
        wrapper=["prlimit", "--nofile=512:2048", "--nproc=100:3000"],
        supervisord={"minfds": "1500", "minprocs": "900"},
    )


@case
def high_limits_stay(t):
    probed(t, "limits", wrapper=["prlimit", "--nofile=1900:2048", "--nproc=2900:3000"])


@case
def whole_environment(t):
    probed(
        t,
        "environ",
        'environment=OWN="own value"',
        start_env={"INHERITED": "yes", "EMPTY": ""},
        supervisord={"environment": 'GLOBAL="global value"'},
    )


@case
def order_of_the_environment(t):
    names = "env=A env=B env=SUPERVISOR_ENABLED env=SUPERVISOR_PROCESS_NAME env=SUPERVISOR_GROUP_NAME"
    probed(
        t,
        names,
        "environment=B=program,SUPERVISOR_GROUP_NAME=program\n[group:g]\nprograms=a",
        start_env={"A": "outside", "B": "outside", "SUPERVISOR_PROCESS_NAME": "outside"},
        supervisord={"environment": "A=global,B=global,SUPERVISOR_ENABLED=global"},
    )


@case
def process_and_group_names(t):
    t.config(
        "[program:a]\nnumprocs=2\nprocess_name=n%(process_num)d\ncommand=ROOT/probe ROOT/r%(process_num)d"
        " env=SUPERVISOR_PROCESS_NAME env=SUPERVISOR_GROUP_NAME"
        " env=NUM\nenvironment=NUM=%(process_num)d\n[group:g]\nprograms=a\n"
    )
    daemon = t.run()
    for number in (0, 1):
        t.record(f"r{number}", t.wait_file(f"r{number}").splitlines())
    daemon.wait_running("n0", "n1")
    daemon.stop()


@case
def percent_signs_in_the_environment(t):
    probed(
        t,
        "env=A env=B env=OUT",
        'environment=A="100%%",B="%(ENV_OUT)s"',
        start_env={"OUT": "foo_%s_%_%%_%%%_%2_bar"},
    )


@case
def environment_values_of_all_kinds(t):
    probed(
        t,
        "env=A env=B env=C env=D env=E env=F",
        'environment=A="with, comma",B=\'single "quoted"\',C=plain/path-1.2+3:4,\n    D="",E=a;F=$HOME',
    )


@case
def server_url_of_a_program(t):
    probed(t, "env=SUPERVISOR_SERVER_URL", "serverurl=http://example:1")


@case
def server_url_is_not_set_without_a_server(t):
    probed(t, "env=SUPERVISOR_SERVER_URL", "serverurl=AUTO")


@case
def arguments_of_a_command(t):
    probed(
        t,
        r"""argv0 'arg=two words' "arg=it's" arg=back\\slash arg=a\ b """
        r"""arg='' 'arg="q"' arg=$HOME arg=* arg=~""",
    )


@case
def stdin_stays_open(t):
    t.config("[program:a]\ncommand=sh -c 'cat; touch ROOT/ended'\nstopasgroup=true\n")
    daemon = t.run()
    daemon.wait_running("a")
    t.record("cat has ended", t.path("ended").exists())
    daemon.stop()
