"""Logs to syslog, heard at a socket of our own in the place of /dev/log, in a private mount namespace."""

import os
import re
import socket
import stat

from harness import normalise
from harness.suite import case
from harness.wait import wait_for

NODES = {"null": (1, 3), "zero": (1, 5), "random": (1, 8), "urandom": (1, 9)}
WRAPPER = ["unshare", "-m", "sh", "-c", 'mount --bind "$0" /dev && exec "$@"']


class Syslog:
    """A /dev with a log in it."""

    def __init__(self, t):
        self.t = t
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(t.path("syslog")))
        self.socket.setblocking(False)
        self.heard = []
        self.dev = t.path("dev")
        self.dev.mkdir()
        for name, (major, minor) in NODES.items():
            os.mknod(self.dev / name, stat.S_IFCHR | 0o666, os.makedev(major, minor))
        (self.dev / "log").symlink_to(t.path("syslog"))
        self.wrapper = [*WRAPPER, str(self.dev)]

    def receive(self):
        """Takes what has come; gives all so far."""
        while True:
            try:
                self.heard.append(self.socket.recv(65536).decode("utf-8", "backslashreplace"))
            except BlockingIOError:
                return self.heard

    def wait(self, text):
        """Waits until a message has the text."""
        wait_for(f"{text!r} in syslog", lambda: any(text in message for message in self.receive()))

    def messages(self):
        """All messages as `<priority> ident: text`, without the time."""
        return [
            re.sub(r"^(<\d+>)[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d ", r"\1 ", message).rstrip("\n\0")
            for message in self.receive()
        ]


@case
def output_to_syslog(t):
    syslog = Syslog(t)
    t.config(
        f"[program:a]\ncommand={t.puppet('a')}\nstdout_syslog=true\nstderr_syslog=true\n"
        "stdout_logfile=ROOT/out\n"
        "stderr_logfile=NONE\nstartsecs=0\n"
    )
    daemon = t.run(wrapper=syslog.wrapper)
    daemon.wait_running("a")
    t.wait_event("a up")
    for order, last in (
        (r"out one\n", "one"),
        (r"out two\n\nthree\n", "three"),
        (r"err bad\n", "bad"),
        (r"out caf\xc3\xa9 %s\n", "caf"),
    ):
        t.tell("a", order)
        syslog.wait(last)
    daemon.stop()
    t.record("syslog", syslog.messages())
    t.record_file("out")


@case
def syslog_as_a_file_name(t):
    syslog = Syslog(t)
    t.config(
        f"[program:a]\ncommand={t.puppet('a')}\nstdout_logfile=syslog\nstderr_logfile=NONE\nstartsecs=0\n"
    )
    daemon = t.run(wrapper=syslog.wrapper)
    daemon.wait_running("a")
    t.wait_event("a up")
    t.tell("a", r"out one\n")
    syslog.wait("one")
    daemon.stop()
    t.record("syslog", syslog.messages())
    t.record_tree("childlogs")


@case
def main_log_to_syslog(t):
    syslog = Syslog(t)
    t.config("[program:a]\ncommand=cat\n", logfile="syslog")
    daemon = t.start(wrapper=syslog.wrapper)
    syslog.wait("success: a")
    daemon.signal("TERM")
    daemon.wait_exit()
    syslog.wait("stopped: a")
    lines = [re.match(r"(<\d+> [^:]*: )(.*)", message).groups() for message in syslog.messages()]
    log = "\n".join(line for _, line in lines)
    t.record("prefixes", sorted({prefix for prefix, _ in lines}))
    t.record("lines", normalise.activity_log(log, t.root))
    t.record("files", sorted(path.name for path in t.root.glob("*syslog*")))
