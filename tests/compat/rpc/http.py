"""A plain HTTP client over a TCP or unix socket that hides nothing: headers in order, what follows, when it closes."""

import base64
import collections
import socket

TIMEOUT = 40.0  # seconds after which a silent server counts as one that never answers

Reply = collections.namedtuple("Reply", "line headers body")


class Closed(Exception):
    """The server closed the connection before a whole answer."""


def status(reply):
    """The code in an answer's first line."""
    return int(reply.line.split()[1])


def header(reply, name):
    """One header of an answer, or None."""
    return next((value for key, value in reply.headers if key.lower() == name.lower()), None)


class Connection:
    """One connection; `address` is a path or a (host, port)."""

    def __init__(self, address):
        inet = isinstance(address, tuple)
        family = socket.AF_UNIX
        if inet:
            family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        self.socket = socket.socket(family, socket.SOCK_STREAM)
        self.socket.settimeout(TIMEOUT)
        self.socket.connect(address if inet else str(address))
        self.buffer = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data):
        """Sends bytes; a server that has closed shows itself when it is read from."""
        try:
            self.socket.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            pass

    def more(self):
        """Reads more into the buffer."""
        try:
            data = self.socket.recv(65536)
        except ConnectionResetError:
            data = b""
        if not data:
            raise Closed
        self.buffer += data

    def until(self, mark):
        """Takes what comes up to and including a mark."""
        while mark not in self.buffer:
            self.more()
        taken, _, self.buffer = self.buffer.partition(mark)
        return taken + mark

    def exactly(self, count):
        """Takes so many bytes."""
        while len(self.buffer) < count:
            self.more()
        taken, self.buffer = self.buffer[:count], self.buffer[count:]
        return taken

    def rest(self):
        """Takes everything until the server closes."""
        try:
            while True:
                self.more()
        except Closed:
            taken, self.buffer = self.buffer, b""
            return taken

    def chunk(self):
        """Takes one chunk; the last one is empty."""
        size = int(self.until(b"\r\n"), 16)
        data = self.exactly(size)
        self.until(b"\r\n")
        return data

    def head(self):
        """Takes the first line and the headers of an answer."""
        lines = self.until(b"\r\n\r\n").decode("latin-1").split("\r\n")[:-2]
        return lines[0], [tuple(line.split(": ", 1)) for line in lines[1:]]

    def reply(self, bodyless=False):
        """Takes one whole answer."""
        line, headers = self.head()
        reply = Reply(line, headers, b"")
        if bodyless or status(reply) in (204, 304):
            return reply
        if header(reply, "Transfer-Encoding") == "chunked":
            pieces = list(iter(self.chunk, b""))
            return reply._replace(body=b"".join(pieces))
        length = header(reply, "Content-Length")
        return reply._replace(body=self.rest() if length is None else self.exactly(int(length)))

    def closed(self):
        """Whether the server closes without another word; waits for it."""
        return self.rest() == b""


def basic(credentials):
    """The header for a user:password."""
    return "Authorization: Basic " + base64.b64encode(credentials.encode()).decode()


def request(target="/RPC2", method="POST", version=" HTTP/1.1", headers=(), body=b""):
    """A request as bytes; a body brings its length along."""
    lines = [f"{method} {target}{version}", *headers]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def exchange(address, data, bodyless=False):
    """One request on a connection of its own."""
    with Connection(address) as connection:
        connection.send(data)
        return connection.reply(bodyless)
