#!/usr/bin/env python3
"""Lays our supervisorctl beside that of Supervisor 4.3.0: the same command lines, and identical fresh daemons of both.

    ONEVISOR=path/to/onevisor SUPERVISORD=…/supervisord python3 tests/compat/ctl_oracle.py [-v] [WORD]

environment: ONEVISOR (our binary); SUPERVISORD and SUPERVISORCTL (the original's scripts; by default beside the Python
that runs this). A WORD as argument runs only the lines with it in.

Every line runs in four pairings: either supervisorctl against either daemon. Standard output, standard error and the exit
code must be those of the original against the original, once pids, times and places are words. Then come what only ours
can do, and interactive sessions through a pseudo terminal. The last line is `N passed, N failed`.
"""

import concurrent.futures
import contextlib
import json
import os
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.dont_write_bytecode = True

from ctl.daemons import DEADLINE, Daemon, normal  # noqa: E402
from ctl.lines import ANY_ERROR, LINES  # noqa: E402
from ctl.terminal import Terminal  # noqa: E402
from harness.wait import wait_for  # noqa: E402

# Which supervisorctl talks to which daemon; the first pairing is what the others are compared with.
PAIRINGS = (("theirs", "theirs"), ("ours", "theirs"), ("theirs", "ours"), ("ours", "ours"))

passed, failed = [], []


def check(name, good, detail=""):
    """Counts one check."""
    (passed if good else failed).append(name)
    if not good:
        print(f"FAILED {name}\n{detail}", flush=True)


# Steps between the lines: they begin with a word in capitals.


def configure(_client, daemon, name):
    """CONF NAME: puts another included file in place."""
    daemon.configure(name)


def settled(_client, daemon, _rest):
    """SETTLED: waits until a daemon that was reloaded is up again."""
    daemon.settle()


def follow(client, daemon, rest):
    """FOLLOW TEXT LINE: runs a line until the text was printed, then comes Ctrl-C."""
    wanted, _, line = rest.partition(" ")
    code, out, err = daemon.follow(client, line, wanted.encode())
    return code, normal(out.decode(), daemon, line), normal(err.decode(), daemon, line)


def typed(client, daemon, rest):
    """TYPE TEXT LINE: types the text into a line that goes on until Ctrl-C, which comes when the text is printed."""
    text, _, line = rest.partition(" ")
    code, out, err = daemon.follow(client, line, text.encode() + b"\n", stdin=text + "\n")
    return code, normal(out.decode(), daemon, line), normal(err.decode(), daemon, line)


def whole_log(client, daemon, line):
    """LOG LINE: what is printed is the end of the main log."""
    with open(daemon.path("main.log"), "rb") as file:
        log = file.read()
    if line.endswith(" -f"):
        first = b"==> Press Ctrl-C to exit <==\n"
        code, out, err = daemon.follow(client, line, log[-40:])
        return code, out == first + log[-1024:] + b"\n" or out, err
    result = daemon.run(client, line)
    return result.returncode, result.stdout == log[-1600:].decode() + "\n" or result.stdout, result.stderr


STEPS = {"CONF": configure, "SETTLED": settled, "FOLLOW": follow, "TYPE": typed, "LOG": whole_log}


def outcome(pairing, daemon, line):
    """Does one line in one pairing; gives what came of it."""
    verb, _, rest = line.partition(" ")
    if verb in STEPS:
        return STEPS[verb](pairing[0], daemon, rest)
    result = daemon.run(pairing[0], line)
    code = "an error" if result.returncode and ANY_ERROR.search(line) else result.returncode
    return code, normal(result.stdout, daemon, line), normal(result.stderr, daemon, line)


def judge(line, outcomes):
    """Compares the outcomes of a line with the original's."""
    theirs = outcomes[0]
    for (client, side), got in zip(PAIRINGS[1:], outcomes[1:]):
        title = f"{line!r}, {client} against {side}"
        check(title, got == theirs, f"  expected {theirs!r}\n  got      {got!r}\n")


def compare(word):
    """The same lines in all pairings at once."""
    with concurrent.futures.ThreadPoolExecutor(len(PAIRINGS)) as pool:
        daemons = list(pool.map(lambda pairing: Daemon(pairing[1]), PAIRINGS))
        try:
            for line in LINES.strip().split("\n"):
                if word and word not in line and not line.startswith("CONF "):
                    continue
                began = time.monotonic()
                outcomes = list(pool.map(lambda *what: outcome(*what, line), PAIRINGS, daemons))
                if outcomes[0] is not None:
                    judge(line, outcomes)
                if "-v" in sys.argv:
                    print(f"{time.monotonic() - began:.2f}s {line!r}: {outcomes[0]!r}", flush=True)
            if not word:
                for pairing, daemon in zip(PAIRINGS, daemons):
                    with contextlib.suppress(subprocess.TimeoutExpired):
                        daemon.process.wait(DEADLINE)
                    check(f"{pairing}: shutdown ends the daemon", daemon.process.poll() == 0)
        finally:
            list(pool.map(Daemon.stop, daemons))


def authentication():
    """Passwords: none, the wrong one, the right one."""
    daemon = Daemon(credentials="username=u\npassword=p:w")
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
        shell = Terminal(daemon, NO_COLOR="")
        shell.expect("ask> ")
        check("ctl-colours", shell.colours)
        shell.send("\x04")
        shell.end()
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
        # They are told as they end.
        said = (result.returncode, sorted(result.stdout.splitlines()))
        check("stop --wait", said == (0, ["cat: stopped", "grp:ga: stopped"]), str(result))
        result = ours("start --wait=10 cat grp:ga")
        said = (result.returncode, sorted(result.stdout.splitlines()))
        check("start --wait", said == (0, ["cat: started", "grp:ga: started"]), str(result))
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


def raw_logs():
    """Bytes of a followed log that are no text."""
    daemon = Daemon()
    try:
        def talk():
            with open(daemon.path("stopped.log"), "ab") as file:
                file.write(b"a\x88b\n")

        for client, wanted in (("theirs", b"Undecodable: b'a\\x88b\\n'"), ("ours", b"a\x88b\n")):
            talk()
            _, out, _ = daemon.follow(client, "tail -f stopped", wanted, then=talk)
            check(f"ctl-raw-logs: {client}", wanted in out, repr(out))
    finally:
        daemon.stop()


PARTS = {"authentication": authentication, "extras": extras, "sessions": sessions, "raw logs": raw_logs, "plugins": plugins}


def part(name):
    """Runs one part in a process of its own; gives its counts."""
    passed.clear()
    failed.clear()
    try:
        PARTS[name]()
    except Exception as error:  # noqa: BLE001 - whatever a part dies of is a failure
        check(f"{name}: {error!r}", False)
    return len(passed), len(failed)


def main():
    """Runs everything; the exit code tells whether all was well."""
    words = [word for word in sys.argv[1:] if word != "-v"]
    # Processes, not threads: terminals fork.
    with concurrent.futures.ProcessPoolExecutor(2) as pool:
        parts = [] if words else [pool.submit(part, name) for name in PARTS]
        compare(words[0] if words else None)
        counts = [one.result() for one in parts]
    good, bad = (sum(column) for column in zip((len(passed), len(failed)), *counts))
    print(f"{good} passed, {bad} failed")
    return 0 if good and not bad else 1


if __name__ == "__main__":
    sys.exit(main())
