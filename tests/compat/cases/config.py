"""Configuration end to end: errors, where the file is looked for, includes, expansions."""

import socket

from harness.daemon import read
from harness.suite import case

NOT_ROOT = ["unshare", "--user"]
SLEEPER = "[program:a]\ncommand=sleep 1000\n"


def refused(t, *texts, **options):
    """Starts with each text as configuration and records the error."""
    for number, text in enumerate(texts):
        t.config(text, name=f"{number}.conf", **options)
        t.command("-c", t.path(f"{number}.conf"))


@case
def files_that_are_no_configuration(t):
    for number, text in enumerate(
        (
            "",
            "[program:a]\ncommand=x\n",
            "key=value\n",
            "[supervisord\n",
            "[supervisord]\nnodaemon\n",
            "[supervisord]\nnodaemon=maybe\n",
            "[]\n",
            "\ufeff[supervisord]\n",
            "[Supervisord]\nnodaemon=true\n",
            "   [supervisord]\n  key\n",
        )
    ):
        t.write(f"{number}.conf", text)
        t.command("-c", t.path(f"{number}.conf"))


@case
def errors_in_the_supervisord_section(t):
    for option, value in (
        ("logfile_maxbytes", "1M"),
        ("logfile_backups", "x"),
        ("loglevel", "warning"),
        ("umask", "9"),
        ("minfds", "x"),
        ("minprocs", "1.5"),
        ("nocleanup", "perhaps"),
        ("directory", "ROOT/nowhere"),
        ("childlogdir", "ROOT/nowhere"),
        ("logfile", "ROOT/nowhere/log"),
        ("silent", ""),
        ("pidfile", "ROOT/nowhere/pid"),
        ("user", "no-such-user"),
        ("environment", "A"),
        ("environment", "A='"),
        ("strip_ansi", "2"),
        ("identifier", "%(nope)s"),
        ("logfile", "ROOT/%H"),
    ):
        refused(t, "", **{option: value})


@case
def errors_in_a_program(t):
    start = "[program:a]\ncommand=sleep 1\n"
    refused(
        t,
        "[program:a]\n",
        start + "autostart=maybe\n",
        start + "autorestart=always\n",
        start + "startsecs=1s\n",
        start + "exitcodes=0,256\n",
        start + "exitcodes=0,\n",
        start + "stopsignal=FOO\n",
        start + "stopsignal=99\n",
        start + "numprocs=2\n",
        start + "user=no-such-user\n",
        start + "umask=rwx\n",
        start + "stdout_logfile=ROOT/nowhere/x\n",
        start + "stderr_logfile_maxbytes=1M\n",
        start + "stopasgroup=true\nkillasgroup=false\n",
        start + "environment=A\n",
        start + "environment=A=\n",
        start + "environment=B='z # cut'\n",
        start + "process_name=%(nope)s\n",
        start + "directory=%(nope)s\n",
        start + "priority=high\n",
    )


@case
def errors_in_names(t):
    refused(
        t,
        "[program:a b]\ncommand=x\n",
        "[program:a:b]\ncommand=x\n",
        "[program:a/b]\ncommand=x\n",
        "[program:a]\ncommand=x\nprocess_name=x:y\n",
        "[group:g h]\nprograms=a\n" + SLEEPER,
    )


@case
def errors_in_expansions(t):
    start = "[program:a]\ncommand="
    refused(
        t,
        start + "x %(nope)s\n",
        start + "x %(here)\n",
        start + "x %H\n",
        start + "100%\n",
        start + "x %(process_num)q\n",
        start + "x\npriority=%(process_num)d\n",
        start + "%(ENV_NOT_THERE)s\n",
    )


@case
def errors_in_groups(t):
    refused(
        t,
        "[group:g]\nprograms=nope\n",
        "[group:g]\nprograms=a,\n" + SLEEPER,
        "[group:g]\npriority=x\nprograms=a\n" + SLEEPER,
        SLEEPER + "[fcgi-program:a]\ncommand=x\nsocket=unix://ROOT/s\n[group:g]\nprograms=a\n",
    )


@case(differences=["built-in-plugins-only"])
def errors_in_listeners_and_fcgi(t):
    listener = "[eventlistener:l]\ncommand=x\n"
    fcgi = "[fcgi-program:f]\ncommand=x\n"
    refused(
        t,
        listener,
        listener + "events=FOO\n",
        listener + "events=TICK_5\nbuffer_size=0\n",
        listener + "events=TICK_5\nredirect_stderr=true\n",
        listener + "events=TICK_5\nresult_handler=foo:bar\n",
        fcgi,
        fcgi + "socket=tcp://localhost:1\nsocket_mode=0700\n",
        fcgi + "socket=unix:///s\nsocket_backlog=70000\n",
        fcgi + "socket=unix:///s\nsocket_mode=9\n",
        fcgi + "socket=unix:///s\nsocket_owner=no-such-user\n",
    )


@case(differences=["no-tuples-in-errors"])
def socket_of_a_fcgi_program_is_not_absolute(t):
    refused(t, "[fcgi-program:f]\ncommand=x\nsocket=unix://s\n")


@case(differences=["built-in-plugins-only"])
def errors_in_servers(t):
    refused(
        t,
        "[inet_http_server]\n",
        "[inet_http_server]\nport=abc\n",
        "[inet_http_server]\nport=99999\n",
        "[inet_http_server]\nport=127.0.0.1:1\nusername=u\n",
        "[unix_http_server]\n",
        "[unix_http_server]\nfile=ROOT/s\nchmod=9\n",
        "[unix_http_server]\nfile=ROOT/s\nchown=no-such-user\n",
        "[unix_http_server]\nfile=ROOT/s\npassword=p\n",
        "[rpcinterface:x]\n",
        "[rpcinterface:x]\nsupervisor.rpcinterface_factory=foo:bar\n",
    )


@case
def errors_in_included_files_name_the_file(t):
    t.write("conf.d/bad.conf", "[program:a]\ncommand=x\nautostart=maybe\n")
    t.write("conf.d/worse.ini", "key=value\n")
    refused(
        t,
        "[include]\nfiles=conf.d/*.conf\n",
        "[include]\nfiles=conf.d/*.ini\n",
        "[include]\n",
        "[include]\nfiles=%(nope)s\n",
    )


@case
def search_order_of_the_file(t):
    (t.root / "work").mkdir()
    places = (
        "usr/etc/supervisord.conf",
        "usr/supervisord.conf",
        "work/supervisord.conf",
        "work/etc/supervisord.conf",
    )
    for number, place in enumerate(places):
        t.config(logfile=f"ROOT/log.{number}", name=place)
    for number, place in enumerate(places):
        t.log_path = t.root / f"log.{number}"
        started = t.start("-n", wrapper=NOT_ROOT, cwd=t.root / "work")
        started.wait_log("supervisord started")
        started.stop(record=False)
        t.record(place, sorted(path.name for path in t.root.glob("log.*")))
        t.path(place).unlink()


@case
def file_in_etc_is_found(t):
    t.config(SLEEPER, name="etc/supervisor/supervisord.conf")
    (t.root / "etc/work").mkdir()
    hide = 'mount -t overlay -o "lowerdir=$0:/etc" compat /etc && exec "$@"'
    daemon = t.run("-n", wrapper=["unshare", "-m", "sh", "-c", hide, t.root / "etc"])
    daemon.wait_running("a")
    daemon.signal("TERM")
    daemon.wait_exit()
    t.record("activity log", daemon.log_lines())


@case
def includes_are_read_in_order(t):
    for name in ("b", "a", "c"):
        t.write(f"conf.d/{name}.conf", f"[program:{name}]\ncommand={t.puppet(name)}\n")
    t.write(
        "more/x.ini", f"[program:x]\ncommand={t.puppet('x')}\npriority=1\n[supervisord]\nloglevel=debug\n"
    )
    t.write("more/not.me", "[program:y]\ncommand=x\n")
    t.config("[include]\nfiles = more/*.ini nothing/*.conf\n  ROOT/conf.d/[ab].conf\n")
    daemon = t.run()
    daemon.wait_running("x", "a", "b")
    daemon.stop(without="^DEBG killing")


@case
def includes_of_includes_are_not_followed(t):
    t.write("one.conf", "[include]\nfiles=two.conf\n[program:one]\ncommand=sleep 1000\n")
    t.write("two.conf", "[program:two]\ncommand=sleep 1000\n")
    t.config("[include]\nfiles=one.conf\n")
    daemon = t.run()
    daemon.wait_running("one")
    daemon.stop()


@case
def here_in_an_included_file(t):
    t.write(
        "sub/a.conf",
        "[program:a]\ncommand=ROOT/probe ROOT/report arg=%(here)s env=WHERE\nenvironment=WHERE=%(here)s\n",
    )
    t.config(
        "[include]\nfiles=%(here)s/sub/*.conf\n[program:b]\ncommand=ROOT/probe ROOT/other arg=%(here)s\n"
    )
    daemon = t.run()
    t.record("a", t.wait_file("report").splitlines())
    t.record("b", t.wait_file("other").splitlines())
    daemon.wait_running("a", "b")
    daemon.stop()


@case
def host_name_in_an_include(t):
    host = socket.gethostname()
    t.write(f"{host}.conf", SLEEPER)
    t.config("[include]\nfiles=%(host_node_name)s.conf %(ENV_EXTRA)s.conf\n")
    t.write("extra.conf", "[program:b]\ncommand=sleep 1000\n")
    daemon = t.run(env={"EXTRA": "extra"})
    daemon.wait_running("a", "b")
    daemon.stop(record=False)
    t.record("activity log", [line.replace(host, "HOST") for line in daemon.log_lines()])


@case
def expansions_of_a_command(t):
    host = socket.gethostname()
    t.config(
        "[program:a]\nnumprocs=2\nnumprocs_start=5\nprocess_name=%(program_name)s_%(process_num)02d\n"
        "command=ROOT/probe ROOT/report.%(process_num)d arg=%(program_name)s arg=%(group_name)s arg=%(here)s "
        "arg=%(host_node_name)s arg=%(process_num)03d arg=%(numprocs)d arg=100%% arg=%(ENV_FROM_OUTSIDE)s "
        'arg=%(ENV_GLOBAL)s arg=%(ENV_OWN)s\nenvironment=OWN="own"\n'
        "[group:g]\nprograms=a\n",
        environment='GLOBAL="global"',
    )
    daemon = t.run(env={"FROM_OUTSIDE": "50% %(here)s"})
    for number in (5, 6):
        rows = t.wait_file(f"report.{number}").splitlines()
        t.record(f"process {number}", [row.replace(host, "HOST") for row in rows])
    daemon.wait_running("a_05", "a_06")
    daemon.stop()


@case
def expansions_of_log_file_names(t):
    t.config(
        "[program:a]\nnumprocs=2\nprocess_name=p%(process_num)d\n"
        "command=sh -c 'echo out; echo err >&2; exec cat'\nstdout_logfile=%(here)s/out.%(process_num)d\n"
        "stderr_logfile=ROOT/100%%%%.%(program_name)s\n"
    )
    daemon = t.run()
    daemon.wait_running("p0", "p1")
    daemon.stop()
    t.record_tree(".", "out.*")
    t.record_tree(".", "100*")


@case
def quotes_and_comments_in_values(t):
    t.config(
        "; a comment\n# another\n[program:a] ; of a section\ncommand=ROOT/probe ROOT/report 'arg=a b' arg=x;y"
        " \"arg=q'q\" arg=h#h arg=\\$HOME arg=* arg='' ; comment\nenvironment=A=\"x,y\",B='z#no comment',\n "
        " C=3 ; comment\n"
    )
    daemon = t.run()
    t.record("report", t.wait_file("report").splitlines())
    daemon.wait_running("a")
    daemon.stop(record=False)


@case
def command_over_several_lines(t):
    t.config(
        "[program:a]\ncommand = ROOT/probe\n    ROOT/report\n    ; not this\n    arg=one\n\n    arg=two\n"
        "startsecs : 0\n"
    )
    daemon = t.run()
    t.record("report", t.wait_file("report").splitlines())
    daemon.wait_running("a")
    daemon.stop()


@case
def default_section_and_repeated_keys(t):
    t.config(
        '[DEFAULT]\nstartsecs=2\nenvironment=WHO="default"\n'
        "[program:a]\ncommand=false\ncommand=ROOT/probe ROOT/report env=WHO\n"
        "[program:b]\ncommand=ROOT/probe ROOT/other env=WHO\n[program:b]\nenvironment=WHO=b\n"
    )
    daemon = t.run()
    t.record("a", t.wait_file("report").splitlines())
    t.record("b", t.wait_file("other").splitlines())
    daemon.wait_running("a", "b")
    daemon.stop()


@case(differences=["unknown-option-warned"])
def unknown_options_and_sections(t):
    t.config(
        "[program:a]\ncommand=sleep 1000\nstart_secs=0\n[programm:b]\ncommand=sleep 1000\n",
        no_such_option="1",
    )
    daemon = t.run()
    daemon.wait_running("a")
    daemon.stop(record=False)
    lines = daemon.log_lines()
    t.differs(
        "unknown-option-warned",
        "warnings about unknown names",
        sorted(
            name
            for name in ("no_such_option", "start_secs", "programm:b")
            if any(line.startswith("WARN ") and name in line for line in lines)
        ),
        theirs=[],
        ours=["no_such_option", "programm:b", "start_secs"],
    )
    names = ("no_such_option", "start_secs", "programm:b")
    t.record("the rest of the log", [line for line in lines if not any(name in line for name in names)])


@case
def strange_but_accepted(t):
    t.config(
        "[program:none]\ncommand=x\nnumprocs=0\n[program:minus]\ncommand=x\nnumprocs=-1\n[group:empty]\n"
        "[program:a]\ncommand=sleep 1000\nstartsecs=-1\nstopwaitsecs=1_0\n"
        "[group:g]\nprograms=a\n[group:h]\nprograms=a\n"
    )
    daemon = t.run()
    daemon.wait_log("success: a entered", 2)
    daemon.stop(sort=True)


@case(differences=["repeated-name-warned"])
def a_program_twice_in_a_group(t):
    t.config("[program:a]\ncommand=sleep 1000\n[group:g]\nprograms=a,a\n")
    daemon = t.run()
    daemon.wait_running("a")
    daemon.stop(record=False)
    lines = daemon.log_lines()
    warning = "WARN [group:g] has several processes named a, of which the last one counts"
    t.differs(
        "repeated-name-warned",
        "warning",
        [line for line in lines if "[group:g]" in line],
        theirs=[],
        ours=[warning],
    )
    t.record("the rest of the log", [line for line in lines if line != warning])


@case(differences=["built-in-plugins-only"])
def plugins(t):
    t.config("[rpcinterface:x]\nsupervisor.rpcinterface_factory=os:getcwd\n" + SLEEPER)
    daemon = t.start()
    if t.subject == "theirs":
        daemon.wait_running("a")
        daemon.signal("TERM")
    code = daemon.wait_exit()
    t.differs(
        "built-in-plugins-only", "exit code with a factory from another package", code, theirs=0, ours=2
    )
    if t.subject == "ours":
        assert read(daemon.err).startswith("Error: os:getcwd cannot be resolved within [rpcinterface:x]\n")


@case
def warnings_of_the_configuration(t):
    t.config(
        "[program:a]\ncommand=sleep 1000\nredirect_stderr=true\nstderr_logfile=ROOT/e\n"
        "[program:b]\ncommand=sleep 1000\nstdout_logfile_maxbytes=0\nstderr_logfile_maxbytes=0\n"
        "[include]\nfiles=nothing.conf\n"
    )
    daemon = t.run()
    daemon.wait_running("a", "b")
    daemon.stop()


@case
def servers_listeners_and_ctl_are_accepted(t):
    # The filters are for what comes with the servers themselves.
    t.config(
        "[unix_http_server]\nfile=ROOT/sock\nusername=u\npassword=p\n"
        "[supervisorctl]\nserverurl=unix://ROOT/sock\n"
        "[rpcinterface:supervisor]\n"
        "supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface\n"
        + SLEEPER
    )
    t.record("address", "accepted")
    daemon = t.start()
    daemon.wait_log("success: a entered")
    daemon.stop(record=False)
    t.record("activity log", daemon.log_lines("RPC interface|serves no HTTP yet"))
