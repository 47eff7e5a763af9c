"""reloadConfig, adding and removing groups, what getAllConfigInfo says, restart and shutdown by call."""

from .control import INTERFACE, UNIX, program, puppet, scenario, start


def rewrite(t, programs, **options):
    """A new configuration for a running daemon."""
    t.config(UNIX + INTERFACE + programs, **options)


@scenario
def reread(t):
    one, two, three = (program(name, "/bin/cat", "startsecs=0") for name in ("one", "two", "three"))
    control = start(t, one + two)
    control.step("reloadConfig", title="nothing new")
    rewrite(t, one + three)
    control.step("reloadConfig", title="one added, one removed")
    control.step("reloadConfig", title="once more")
    control.step("getAllConfigInfo", title="what there could be")
    control.step("getAllProcessInfo", title="what there is")
    control.steps(
        ("addProcessGroup", "one"),
        ("addProcessGroup", "three"),
        ("addProcessGroup", "three"),
        ("addProcessGroup", "two"),
        ("startProcess", "two"),
        ("removeProcessGroup", "two"),
    )
    control.step("stopProcess", "two")
    control.step("removeProcessGroup", "two", title="remove it stopped")
    control.step("removeProcessGroup", "two", title="remove it twice")
    control.step("reloadConfig", title="all done")
    control.step("getAllProcessInfo", title="what there is now")
    control.end()


@scenario
def changes(t):
    control = start(t, program("a", "/bin/cat") + program("b", "/bin/cat") + "[group:g]\nprograms=a,b\n")
    for title, text in {
        "a command": program("a", "/bin/true") + program("b", "/bin/cat") + "[group:g]\nprograms=a,b\n",
        "an option": program("a", "/bin/cat", "startsecs=7") + program("b", "/bin/cat") + "[group:g]\nprograms=a,b\n",
        "a priority": program("a", "/bin/cat") + program("b", "/bin/cat") + "[group:g]\nprograms=a,b\npriority=5\n",
        "a member less": program("a", "/bin/cat") + program("b", "/bin/cat") + "[group:g]\nprograms=a\n",
        "no group": program("a", "/bin/cat") + program("b", "/bin/cat"),
        "an environment": program("a", "/bin/cat", "environment=A=1") + program("b", "/bin/cat") + "[group:g]\nprograms=a,b\n",
        "the order": program("b", "/bin/cat") + program("a", "/bin/cat") + "[group:g]\nprograms=b,a\n",
        "nothing at all": program("a", "/bin/cat") + program("b", "/bin/cat") + "[group:g]\nprograms=a,b\n",
    }.items():
        rewrite(t, text)
        control.step("reloadConfig", title=title)
    control.end()


@scenario
def a_changed_group_is_replaced(t):
    control = start(t, puppet(t, "p", options="autorestart=false"))
    t.wait_event("p up")
    rewrite(t, program("p", "/bin/cat", "startsecs=0\npriority=3"))
    control.step("reloadConfig")
    control.step("addProcessGroup", "p", title="add what runs")
    control.step("removeProcessGroup", "p", title="remove what runs")
    control.step("stopProcessGroup", "p")
    control.step("removeProcessGroup", "p")
    control.step("getAllProcessInfo", title="none")
    control.step("addProcessGroup", "p")
    control.step("startProcess", "p")
    control.step("getProcessInfo", "p", title="the new one")
    control.end()


@scenario
def added_groups_start(t):
    control = start(t, program("a", "/bin/cat"))
    rewrite(t, program("a", "/bin/cat") + puppet(t, "auto"))
    control.step("reloadConfig")
    control.step("addProcessGroup", "auto")
    control.until("auto", "RUNNING")
    control.step("getAllProcessInfo")
    control.end()


@scenario
def broken_configurations(t):
    control = start(t, program("a", "/bin/cat"))
    for title, text in {
        "no command": "[program:x]\nautostart=true\n",
        "bad value": "[program:x]\ncommand=/bin/cat\nstartsecs=x\n",
        "unknown member": "[group:x]\nprograms=nope\n",
        "expansion": "[program:x]\ncommand=%(nope)s\n",
        "bad signal": "[program:x]\ncommand=/bin/cat\nstopsignal=NOPE\n",
    }.items():
        rewrite(t, text)
        control.step("reloadConfig", title=title)
    rewrite(t, program("a", "/bin/cat"))
    control.step("reloadConfig", title="mended")
    control.step("getAllProcessInfo")
    control.end()


@scenario
def what_can_be_configured(t):
    control = start(
        t,
        program("plain", "/bin/cat")
        + "[program:auto]\ncommand=/bin/cat -u\nautostart=false\n"
        + "[program:none]\ncommand=/bin/cat\nautostart=false\nstdout_logfile=NONE\nstderr_logfile=NONE\n"
        + program(
            "full",
            "/bin/sh -c 'echo %%s'",
            "directory=/tmp\nuser=root\npriority=7\nexitcodes=0,2,99\nstopsignal=USR1\nstopwaitsecs=3\nstartretries=9\n"
            "startsecs=4\nkillasgroup=true\nstopasgroup=true\nredirect_stderr=true\nserverurl=http://localhost:9\n"
            "stdout_logfile_maxbytes=3KB\nstdout_logfile_backups=2\nstdout_capture_maxbytes=1MB\n"
            "stdout_events_enabled=true\nstderr_capture_maxbytes=5\n",
        )
        + program("syslog", "/bin/cat", "stdout_syslog=true\nstderr_syslog=true")
        + "[group:g]\nprograms=plain,full\npriority=12\n",
    )
    control.step("getAllConfigInfo")
    control.step("reloadConfig")
    control.step("getAllConfigInfo", title="after a reread")
    control.end()


@scenario
def shutdown(t):
    control = start(t, puppet(t, "p"))
    t.wait_event("p up")
    control.step("shutdown")
    control.daemon.ended(without="RPC interface|HTTP authentication")
    t.record("the socket", "there" if t.path("sock").exists() else "gone")


@scenario
def restart(t):
    control = start(t, puppet(t, "p"))
    t.wait_event("p up")
    rewrite(t, puppet(t, "q"))
    control.step("restart")
    t.wait_event("q up")
    control.daemon.wait_log("supervisord started with pid", 2)
    control.until("q", "RUNNING")
    control.step("getAllProcessInfo")
    t.record("the same process", control.ask("supervisor.getPID") == control.daemon.pid)
    control.end()
