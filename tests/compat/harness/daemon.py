"""One running daemon: what a case may do to it and see of it."""

import os
import re
import signal
import subprocess

from . import normalise
from .wait import wait_for


def read(path):
    """The text of a file that may not exist yet. Bytes that are not UTF-8 stay visible."""
    try:
        with open(path, "rb") as file:
            return file.read().decode("utf-8", "backslashreplace")
    except (FileNotFoundError, NotADirectoryError):
        return ""


def alive(pid):
    """True for a process that exists and is not a zombie."""
    status = read(f"/proc/{pid}/stat")
    return bool(status) and status.rpartition(")")[2].split()[0] not in "ZX"


def children(pid):
    """The pids of the direct children of a process."""
    return [int(child) for child in read(f"/proc/{pid}/task/{pid}/children").split()]


class Daemon:
    """A daemon under test, in the foreground (`process`) or known by its pid only."""

    def __init__(self, trial, pid, process=None, out=None, err=None, collector=None):
        self.trial = trial
        self.pid = pid
        self.process = process
        self.out = out
        self.err = err
        self.collector = collector

    def log(self):
        """The raw activity log."""
        return read(self.trial.log_path)

    def log_lines(self, without=None, exact=False):
        """The activity log, normalised; `without` leaves out the lines that match."""
        return normalise.activity_log(self.log(), self.trial.root, exact, without)

    def wait_log(self, pattern, count=1):
        """Waits until the activity log has `count` matches of a regular expression."""
        regex = re.compile(pattern, re.M)
        self.wait(f"{count} x {pattern!r} in the log", lambda: len(regex.findall(self.log())) >= count)

    def wait_running(self, *names):
        """Waits until programs are RUNNING for the first time."""
        for name in names:
            self.wait_log(rf"success: {re.escape(name)} entered RUNNING")

    def wait(self, what, condition):
        """Waits for a condition, and gives up early when the daemon has ended."""

        def met_or_gone():
            return condition() or not self.running()

        wait_for(what, met_or_gone)
        if not condition():
            raise AssertionError(f"the daemon ended before there was {what}")

    def running(self):
        """True until the daemon has ended."""
        return self.process.poll() is None if self.process else alive(self.pid)

    def signal(self, name):
        """Sends a signal to the daemon."""
        os.kill(self.pid, getattr(signal, "SIG" + name))

    def child(self, name):
        """The pid of the newest process of a program, from the log."""
        return int(re.findall(rf"spawned: '{re.escape(name)}' with pid (\d+)$", self.log(), re.M)[-1])

    def wait_exit(self):
        """Waits for the end; the exit code, or None for a daemon that is nobody's child."""
        wait_for("the daemon's end", lambda: not self.running())
        if self.collector:
            self.collector.wait(timeout=40)
        return self.process.returncode if self.process else None

    def stop(self, name="TERM", record=True, sort=False, without=None, exact=False):
        """Ends the daemon with a signal and records all that it left."""
        self.signal(name)
        self.ended(record, sort, without, exact)

    def ended(self, record=True, sort=False, without=None, exact=False):
        """Waits for the end and records all that the daemon left."""
        code = self.wait_exit()
        if not record:
            return
        self.trial.record("activity log", self.log_lines(without, exact), sort=sort)
        if self.process:
            self.record_output(without)
            self.trial.record("exit code", code)
        self.trial.record("pid file", "left behind" if self.trial.pid_path.exists() else "gone")

    def record_output(self, without=None):
        """Records stdout and stderr; stdout is only named when it is the log again."""
        out = read(self.out)
        if out and out == self.log():
            self.trial.record("stdout", "the activity log again")
        else:
            self.trial.record("stdout", normalise.activity_log(out, self.trial.root, without=without))
        self.trial.record_output("stderr", read(self.err))


def start_process(trial, argv, env, stdout=None, **how):
    """Starts the program with its output in files; `stdout="pipe"` puts a pipe between."""
    out, err = trial.hidden("out"), trial.hidden("err")
    collector = None
    with open(err, "wb") as stderr, open(out, "wb") as target:
        if stdout == "pipe":
            collector = subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=target, env=env)
            target = collector.stdin
        process = subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=target,
            stderr=stderr,
            env=env,
            start_new_session=True,
            **how,
        )
        if collector:
            collector.stdin.close()
    return process, out, err, collector
