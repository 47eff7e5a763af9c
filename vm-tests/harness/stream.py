"""One connection from QEMU to us: a socket that it connects to, read by a thread of its own."""

import os
import re
import socket
import threading
import time


class TimedOut(Exception):
    """What was waited for did not come."""


class Stream:
    """Bytes from and to the machine. What came stays, for `text`; what was found is not found again."""

    def __init__(self, path):
        self._server = socket.socket(socket.AF_UNIX)
        self._server.bind(path)
        self._server.listen(1)
        self._path = path
        self._connection = None
        self._came = bytearray()
        self._seen = 0
        self._news = threading.Condition()
        self._closed = False
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        try:
            connection = self._server.accept()[0]
            with self._news:
                self._connection = connection
                self._news.notify_all()
            while data := connection.recv(65536):
                with self._news:
                    # A console ends its lines with both.
                    self._came += data.replace(b"\r", b"")
                    self._news.notify_all()
        except OSError:
            pass
        with self._news:
            self._closed = True
            self._news.notify_all()

    def send(self, data):
        self._wait("a connection", lambda: self._connection, 60)
        self._connection.sendall(data)

    def text(self):
        with self._news:
            return self._came.decode(errors="replace")

    def wait_for(self, pattern, seconds):
        """Waits for the pattern behind what was found before; the match, and what came before it."""
        wanted = re.compile(pattern.encode())

        def found():
            return wanted.search(self._came, self._seen)

        match = self._wait(repr(pattern), found, seconds)
        before = self._came[self._seen : match.start()].decode(errors="replace")
        self._seen = match.end()
        return [(group or b"").decode(errors="replace") for group in (match[0], *match.groups())], before

    def wait_for_end(self, seconds):
        """Waits until everything has come that ever will."""
        self._wait("the end of the connection", lambda: self._closed, seconds)

    def _wait(self, what, condition, seconds):
        deadline = time.monotonic() + seconds
        with self._news:
            while True:
                if answer := condition():
                    return answer
                left = deadline - time.monotonic()
                if left <= 0:
                    raise TimedOut(f"waited {seconds:g} s for {what}")
                self._news.wait(left)

    def close(self):
        self._server.close()
        if self._connection:
            self._connection.close()
        if os.path.exists(self._path):
            os.unlink(self._path)
