#!/usr/bin/env python3
"""Lays our supervisorctl beside that of Supervisor 4.3.0: the same command lines, two identical fresh daemons.

    ONEVISOR=path/to/onevisor SUPERVISORD=…/supervisord SUPERVISORCTL=…/supervisorctl python3 tests/compat/ctl_oracle.py

environment: ONEVISOR (our binary); SUPERVISORD and SUPERVISORCTL (the original's scripts; by default beside the Python
that runs this); DAEMON=theirs|ours, the daemon that both talk to; a word as argument runs only the lines with it in.

Standard output, standard error and the exit code must be the same once pids, times and places are words. Then come what
only ours can do, and interactive sessions through a pseudo terminal. The last line is `N passed, N failed`.
"""

import contextlib
import json
import os
import pty
import re
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.dont_write_bytecode = True

from harness.wait import wait_for  # noqa: E402

BESIDE = os.path.dirname(sys.executable)
ONEVISOR = os.path.abspath(os.environ.get("ONEVISOR", ""))
THEIR_DAEMON = os.environ.get("SUPERVISORD", os.path.join(BESIDE, "supervisord"))
THEIR_CTL = os.environ.get("SUPERVISORCTL", os.path.join(BESIDE, "supervisorctl"))
DAEMON = os.environ.get("DAEMON", "theirs")
DEADLINE = 30.0

CONFIG = """
[unix_http_server]
file=%(here)s/s.sock
{credentials}
[supervisord]
logfile=%(here)s/main.log
pidfile=%(here)s/s.pid
childlogdir=%(here)s
loglevel=info
[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
[supervisorctl]
serverurl=unix://%(here)s/s.sock
prompt=ask
history_file=%(here)s/history
{client}
[program:cat]
command=/bin/cat
startsecs=0
[program:talker]
command=/bin/sh -c "echo hello; echo wörld; echo oops >&2; exec sleep 1000"
startsecs=0
[program:stopped]
command=/bin/cat
autostart=false
startsecs=0
[program:fatal]
command=/bin/sh -c "exit 3"
startretries=0
startsecs=5
[program:missing]
command=/nonexistent/program
autostart=false
[program:notexec]
command=%(here)s/s.conf
autostart=false
[program:nolog]
command=/bin/cat
startsecs=0
stdout_logfile=NONE
stderr_logfile=NONE
[program:num]
command=/bin/cat
process_name=%(program_name)s_%(process_num)02d
numprocs=3
startsecs=0
[program:quick]
command=/bin/cat
autostart=false
startsecs=0
[program:ga]
command=/bin/cat
startsecs=0
priority=2
[program:gb]
command=/bin/cat
autostart=false
startsecs=0
[group:grp]
programs=ga,gb
priority=500
[program:a-rather-long-name-of-a-program-that-widens]
command=/bin/cat
startsecs=0
[include]
files=conf.d/*.conf
"""

# Command lines; a tuple is a step of the test itself, done on both sides.
LINES = """
status
status all
status cat
status cat talker
status talker cat cat
status grp:*
status grp:
status grp:ga
status grp
status ga
status nope
status nope:*
status nope cat
status nope stopped
status num:num_00 num:*
status all nope
status:
?
help
help help
help add
help avail
help clear
help exit
help fg
help maintail
help open
help pid
help quit
help reload
help remove
help reread
help restart
help shutdown
help signal
help start
help status
help stop
help tail
help update
help version
help nope
help start stop
help EOF
?start
EOF
quit
exit
foo
foo bar baz
!ls
:x
stat
version
version x
avail
avail x
pid
pid all
pid cat
pid cat talker stopped
pid nope
pid grp:*
pid grp:ga
start
start nope
start nope:*
start cat
start stopped
start stopped
start missing
start notexec
start fatal
start grp:*
start grp:*
start grp:gb nope cat
start num:num_01 num:nope
stop
stop nope
stop nope:*
stop stopped
stop stopped
stop grp:gb
stop grp:*
stop grp:*
stop num:*
stop num:num_00 cat
status
start num:*
start cat grp:ga
restart
restart cat
restart nope
restart nope:*
restart grp:*
restart num:*
restart stopped
stop stopped
signal
signal HUP
signal HUP nope
signal HUP nope:*
signal NOPE cat
signal CONT cat
signal 18 cat
signal sigcont cat
signal CONT stopped
signal CONT grp:*
signal CONT num:*
signal NOPE num:*
tail
tail talker
tail talker stdout
tail talker stderr
tail talker STDERR
tail -5 talker
tail -5 talker stderr
tail -0 talker
tail --5 talker
tail -x talker
tail - talker
tail -f
tail talker foo
tail talker foo stderr
tail a b c d
tail nope
tail nope stderr
tail nolog
tail nolog stderr
tail grp:*
tail-5 talker
tail -99999999999 talker
tail -f nope
tail -f nolog
tail -f talker foo
maintail -x
maintail x
maintail -1 -2
maintail -1
fg
fg a b
fg nope
fg stopped
fg grp:*
clear
clear nope
clear talker
clear talker nope cat
clear grp:ga
tail talker
clear all
reread
reread x
update
update nope
update all
add
add cat
add nope
add nope cat
remove
remove cat
remove nope
remove quick nope
status quick
add quick
status quick
CONF a
reread
update nope
update added
update
status added
CONF b
reread
update
CONF none
reread
update
CONF bad
reread
update
CONF none
reload x
shutdown x
open
open foo
open https://x
open http://127.0.0.1:1
open unix:///nonexistent/s
-s http://127.0.0.1:1 status
-s http://127.0.0.1:1 start cat
-s http://127.0.0.1:1 reread
-s http://127.0.0.1:1 shutdown
-s http://127.0.0.1:1 tail -f cat
-s unix:///nonexistent/s status
-s unix:///nonexistent/s start cat
-s unix:///nonexistent/s reread
-s unix:///nonexistent/s avail
-s unix:///nonexistent/s shutdown
-s unix:///nonexistent/s pid
-s unix:///nonexistent/s fg cat
-s https://x status
-s https://x pid
-s http://127.0.0.1:x status
-s http://127.0.0.1:99999 status
-s foo status
-s
-Z
--nope
--history_file
-i -i
-c /nonexistent status
-c /dev/null status
-u x -p y status
start all
stop all
start all
stop cat talker stopped nolog
status
restart all
shutdown
"""

EXTRA = {
    "a": "[program:added]\ncommand=/bin/cat\nstartsecs=0\n",
    "b": "[program:added]\ncommand=/bin/cat -u\nstartsecs=0\n",
    "bad": "[program:added]\nnothing=1\n",
    "none": "",
}

# Lines about which the order of the results is chance.
ANY_ORDER = re.compile(r"(all|:\*)$|^update|^restart|^start grp|^stop grp")

passed, failed = [], []


def check(name, good, detail=""):
    """Counts one check."""
    (passed if good else failed).append(name)
    if not good:
        print(f"FAILED {name}\n{detail}")


class Daemon:
    """One fresh daemon in a folder of its own."""

    def __init__(self, credentials="", client=""):
        self.folder = tempfile.mkdtemp(prefix="ctl")
        os.mkdir(self.path("conf.d"))
        with open(self.path("s.conf"), "w", encoding="utf-8") as file:
            file.write(CONFIG.format(credentials=credentials, client=client))
        os.chmod(self.path("s.conf"), 0o644)
        program = [THEIR_DAEMON] if DAEMON == "theirs" else [ONEVISOR, "supervisord"]
        self.process = subprocess.Popen(
            [*program, "-n", "-c", self.path("s.conf")],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            stdin=subprocess.DEVNULL,
        )
        wait_for("the daemon's socket", lambda: os.path.exists(self.path("s.sock")), DEADLINE)
        if not credentials:
            wait_for("settled programs", self.is_settled, DEADLINE)

    def path(self, name):
        """A file in the daemon's folder."""
        return os.path.join(self.folder, name)

    def is_settled(self):
        """Whether all has started that will, and has said what it has to say."""
        text = self.run("theirs", "status").stdout
        done = "fatal" in text and not re.search(r" (STARTING|BACKOFF) ", text) and text.count("RUNNING") >= 8
        said = self.run("theirs", "tail talker").stdout + self.run("theirs", "tail talker stderr").stdout
        return done and "wörld" in said and "oops" in said

    def run(self, side, line, stdin="", more=()):
        """Runs one command line."""
        program = [THEIR_CTL] if side == "theirs" else [ONEVISOR, "supervisorctl"]
        options = ["-c", self.path("s.conf")] if not line.startswith("-c") else []
        words = line.split(" ") if line else []
        return subprocess.run(
            [*program, *options, *more, *words],
            input=stdin,
            capture_output=True,
            text=True,
            timeout=DEADLINE * 2,
            env={**os.environ, "PYTHONIOENCODING": "utf-8", "TZ": "UTC"},
            cwd=self.folder,
            check=False,
        )

    def configure(self, name):
        """Puts another included file in place."""
        with open(self.path("conf.d/x.conf"), "w", encoding="utf-8") as file:
            file.write(EXTRA[name])

    def stop(self):
        """Ends the daemon and removes its folder."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(DEADLINE)
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


def normal(text, daemon, line):
    """Output with its chances taken out."""
    text = text.replace(daemon.folder, "ROOT").replace(THEIR_CTL, "CTL")
    text = text.replace(f"{os.path.dirname(ONEVISOR)}/supervisorctl", "CTL")
    text = re.sub(r"pid \d+, uptime \d+:\d\d:\d\d", "pid PID, uptime TIME", text)
    text = re.sub(r"[A-Z][a-z]{2} \d\d \d\d:\d\d [AP]M", "DATE", text)
    text = re.sub(r": file: .* line: \d+$", ": file: PLACE", text, flags=re.M)
    if line.startswith("pid"):
        text = re.sub(r"^[1-9]\d*$", "PID", text, flags=re.M)
    if ANY_ORDER.search(line):
        text = "\n".join(sorted(text.split("\n")))
    return text


def compare(word):
    """The same lines against two daemons."""
    theirs, ours = Daemon(), Daemon()
    try:
        for line in LINES.strip().split("\n"):
            if line.startswith("CONF "):
                for daemon in (theirs, ours):
                    daemon.configure(line[5:])
                continue
            if word and word not in line:
                continue
            results = []
            for side, daemon in (("theirs", theirs), ("ours", ours)):
                result = daemon.run(side, line)
                out, err = normal(result.stdout, daemon, line), normal(result.stderr, daemon, line)
                results.append((result.returncode, out, err))
            detail = "".join(
                f"  {side}: exit {code}\n    out {out!r}\n    err {err!r}\n"
                for side, (code, out, err) in zip(("theirs", "ours"), results)
            )
            check(line, results[0] == results[1], detail)
        # Nobody is left to talk to.
        for daemon in (theirs, ours):
            with contextlib.suppress(subprocess.TimeoutExpired):
                daemon.process.wait(DEADLINE)
    finally:
        theirs.stop()
        ours.stop()


def authentication():
    """Passwords: none, the wrong one, the right one."""
    daemon = Daemon("username=u\npassword=p:w")
    try:
        for line, more in (
            ("status", ()),
            ("version", ("-u", "u", "-p", "p:w")),
            ("version", ("-u", "u", "-p", "no")),
            ("version", ("-u", "u")),
            ("reread", ()),
            ("tail -f cat", ()),
            ("tail -f nope", ("-u", "u", "-p", "p:w")),
        ):
            both = []
            for side in ("theirs", "ours"):
                result = daemon.run(side, line, more=more)
                both.append(
                    (result.returncode, normal(result.stdout, daemon, line), normal(result.stderr, daemon, line))
                )
            check(f"authentication {line} {more}", both[0] == both[1], f"  {both[0]}\n  {both[1]}\n")
        session = Terminal(daemon)
        session.expect("Username:")
        session.send("u\n")
        session.expect("Password:")
        session.send("p:w\n")
        text = session.expect("ask> ")
        check("a password that is typed does not show", "p:w" not in text and "RUNNING" in text, text)
        session.send("quit\n")
        check("a session with a password ends with 0", session.end() == 0)
    finally:
        daemon.stop()


class Terminal:
    """Our shell on a pseudo terminal."""

    def __init__(self, daemon, *options):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.environ.update(TERM="xterm", NO_COLOR="1", TZ="UTC")
            arguments = [ONEVISOR, "supervisorctl", "-c", daemon.path("s.conf"), *options]
            os.execv(ONEVISOR, arguments)
        self.text = ""

    def send(self, text):
        """Types."""
        os.write(self.fd, text.encode())

    def read(self):
        """Reads what is there; whether there may be more."""
        if not select.select([self.fd], [], [], 0.05)[0]:
            return True
        try:
            data = os.read(self.fd, 65536)
        except OSError:
            return False
        self.text += re.sub(r"\x1b\[[?0-9;]*[A-Za-z]", "", data.decode("utf-8", "replace"))
        return bool(data)

    def expect(self, wanted):
        """Waits for a text; gives what came up to its end, and goes on behind it."""
        until = time.monotonic() + DEADLINE
        while wanted not in self.text:
            more = self.read()
            if time.monotonic() > until or not more and wanted not in self.text:
                return f"NOT SEEN {wanted!r}: {self.text!r}"
        at = self.text.index(wanted) + len(wanted)
        seen, self.text = self.text[:at], self.text[at:]
        return seen

    def end(self):
        """Waits for the end; the exit code."""
        until = time.monotonic() + DEADLINE
        while self.read() and time.monotonic() < until:
            pass
        if time.monotonic() >= until:
            os.kill(self.pid, signal.SIGKILL)
        _, status = os.waitpid(self.pid, 0)
        os.close(self.fd)
        return os.waitstatus_to_exitcode(status)


def seen(name, text):
    """A check that something came."""
    check(name, "NOT SEEN" not in text, text)


def sessions():
    """Interactive sessions of ours."""
    daemon = Daemon()
    try:
        shell = Terminal(daemon)
        first = shell.expect("ask> ")
        check("status comes first", "cat  " in first and "RUNNING" in first, first)
        shell.send("vers\t")
        seen("an action is completed", shell.expect("version "))
        shell.send("\n")
        seen("a completed action runs", shell.expect("4.3.0"))
        shell.expect("ask> ")
        shell.send("status talk\t")
        seen("a process is completed", shell.expect("talker "))
        shell.send("\n")
        seen("and shown", shell.expect("RUNNING"))
        shell.expect("ask> ")
        shell.send("status grp:g\t\t")
        seen("several names are listed", shell.expect("grp:gb"))
        shell.send("\x15foo\n")
        seen("an unknown action", shell.expect("*** Unknown syntax: foo"))
        shell.expect("ask> ")
        shell.send("\n")
        seen("an empty line does nothing", shell.expect("ask> "))
        shell.send("\x1b[A\n")
        seen("history comes back", shell.expect("*** Unknown syntax: foo"))
        shell.expect("ask> ")
        shell.send("tail -f talker\n")
        seen("a log is followed", shell.expect("hello"))
        shell.send("\x03")
        seen("Ctrl-C ends following, not the shell", shell.expect("ask> "))
        shell.send("fg cat\n")
        seen("the foreground", shell.expect("==> Press Ctrl-C to exit <=="))
        shell.send("echoed\n")
        shell.expect("echoed")
        seen("what is typed comes back from the program", shell.expect("echoed"))
        shell.send("\x03")
        seen("Ctrl-C leaves the foreground", shell.expect("Exiting foreground"))
        shell.expect("ask> ")
        shell.send("shutdown\n")
        seen("a shutdown is confirmed", shell.expect("y/N? "))
        shell.send("n\n")
        shell.expect("ask> ")
        shell.send("quit\n")
        check("quit ends with 0", shell.end() == 0)
        with open(daemon.path("history"), encoding="utf-8") as file:
            history = file.read()
        check("history is written", "version" in history and "tail -f talker" in history, history)
        for key, name in (("\x04", "Ctrl-D"), ("\x03", "Ctrl-C")):
            shell = Terminal(daemon)
            shell.expect("ask> ")
            shell.send(key)
            check(f"{name} at the prompt ends with 0", shell.end() == 0)
        shell = Terminal(daemon, "-i", "version")
        seen("-i runs the action", shell.expect("4.3.0"))
        seen("ctl-interactive-after-action", shell.expect("ask> "))
        shell.send("\x04")
        check("and ends with 0", shell.end() == 0)
        own = daemon.path("own-history")
        shell = Terminal(daemon, "-r", own)
        shell.expect("ask> ")
        shell.send("version\n")
        shell.expect("ask> ")
        shell.send("quit\n")
        shell.end()
        check("ctl-history-option", os.path.exists(own) and "version" in open(own, encoding="utf-8").read())
        for text in ("status cat\nfoo\nquit\n", "version\n", "shutdown\nn\n", "shutdown\n", "EOF\n"):
            both = [normal(daemon.run(side, "", text).stdout, daemon, "") for side in ("theirs", "ours")]
            check(f"a piped session {text!r}", both[0] == both[1], f"  {both[0]!r}\n  {both[1]!r}\n")
    finally:
        daemon.stop()


def extras():
    """What only ours can do."""
    daemon = Daemon()
    ours = lambda line: daemon.run("ours", line)  # noqa: E731
    try:
        result = ours("status --json")
        rows = json.loads(result.stdout)
        check("status --json", result.returncode == 3 and {"name", "group", "pid"} <= set(rows[0]), result.stdout)
        result = ours("status --json cat nope")
        good = len(json.loads(result.stdout)) == 1 and result.stderr == "nope: ERROR (no such process)\n"
        check("status --json of what is not there", good and result.returncode == 4, str(result))
        check("avail --json", json.loads(ours("avail --json").stdout)[0].get("group_prio") is not None)
        result = ours("stop --wait=10 cat grp:ga")
        check("stop --wait", (result.returncode, result.stdout) == (0, "cat: stopped\ngrp:ga: stopped\n"), str(result))
        result = ours("start --wait=10 cat grp:ga")
        check("start --wait", (result.returncode, result.stdout) == (0, "cat: started\ngrp:ga: started\n"), str(result))
        result = ours("start --wait=10 fatal")
        check("start --wait of a failure", result.returncode == 7, str(result))
        result = ours("start --wait=0 fatal")
        said = (result.returncode, result.stdout)
        check("start --wait that times out", said == (1, "fatal: ERROR (timed out)\n"), str(result))
        result = ours("stop --no-wait cat")
        check("stop --no-wait", (result.returncode, result.stdout) == (0, "cat: stopping\n"), str(result))
        result = ours("start --wait=x cat")
        check("a bad number of seconds", result.returncode == 2, str(result))
        result = ours("clear grp:*")
        said = (result.returncode, result.stdout)
        check("ctl-clears-groups: clear of a group", said == (0, "grp:ga: cleared\ngrp:gb: cleared\n"), str(result))
        result = ours("clear nope:*")
        check("clear of no group", (result.returncode, result.stdout) == (1, "nope: ERROR (no such group)\n"))
        result = ours("-s https://x status")
        check("ctl-error-place", result.stdout.endswith(": file: supervisorctl line: 0\n"), str(result))
        names = ours("__complete processes").stdout.split()
        check("names to complete", {"cat", "grp:ga", "grp:*"} <= set(names), str(names))
        check("groups to complete", "num" in ours("__complete groups").stdout.split())
        silent = ours("-s unix:///nonexistent __complete processes")
        check("no names, no noise", (silent.returncode, silent.stdout, silent.stderr) == (0, "", ""), str(silent))
        check("no colours in a pipe", "\x1b" not in ours("status").stdout)
        with open(daemon.path("conf.d/ctl.conf"), "w", encoding="utf-8") as file:
            file.write("[supervisorctl]\nserverurl=unix:///nonexistent/included\n")
        result = ours("status")
        check("ctl-reads-included-files", "/nonexistent/included no such file" in result.stdout, str(result))
    finally:
        daemon.stop()


def plugins():
    """What supervisorctl says of commands from Python packages."""
    daemon = Daemon()
    section = "[supervisorctl]\nserverurl=unix://%(here)s/s.sock\n[ctlplugin:x]\n"

    def said(side, lines):
        with open(daemon.path("p.conf"), "w", encoding="utf-8") as file:
            file.write(section + lines)
        result = daemon.run(side, f"-c {daemon.path('p.conf')} version")
        return result.returncode, result.stdout, normal(result.stderr, daemon, "")

    try:
        for lines in ("", "supervisor.ctl_factory=supervisor.supervisorctl:DefaultControllerPlugin\n"):
            both = [said(side, lines) for side in ("theirs", "ours")]
            check(f"[ctlplugin:x] with {lines!r}", both[0] == both[1], f"  {both[0]!r}\n  {both[1]!r}\n")
        theirs, ours = (said(side, "supervisor.ctl_factory=no.such:plugin\n") for side in ("theirs", "ours"))
        place = "ROOT/p.conf:4: supervisor.ctl_factory: Python packages cannot be loaded here"
        good = ours[:2] == theirs[:2] and ours[2].startswith(theirs[2] + place) and theirs[0] == 2
        check("built-in-plugins-only: [ctlplugin:x]", good, f"  {theirs!r}\n  {ours!r}\n")
    finally:
        daemon.stop()


def main():
    """Runs everything; the exit code tells whether all was well."""
    word = sys.argv[1] if len(sys.argv) > 1 else None
    compare(word)
    if not word:
        authentication()
        extras()
        plugins()
        sessions()
    print(f"{len(passed)} passed, {len(failed)} failed")
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
