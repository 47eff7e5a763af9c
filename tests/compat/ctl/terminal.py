"""Our interactive shell on a pseudo terminal: what is typed and what is seen."""

import os
import pty
import re
import select
import signal
import time

from .daemons import DEADLINE, ONEVISOR


class Terminal:
    """Our shell on a pseudo terminal."""

    def __init__(self, daemon, *options, **environment):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.environ.update({"TERM": "xterm", "NO_COLOR": "1", "TZ": "UTC", **environment})
            arguments = [ONEVISOR, "supervisorctl", "-c", daemon.path("s.conf"), *options]
            os.execv(ONEVISOR, arguments)
        self.text = ""
        self.colours = False

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
        self.colours |= b"\x1b[32mRUNNING" in data
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
