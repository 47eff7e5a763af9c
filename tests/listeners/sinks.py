"""Where listeners send what they have to say: servers of mail, web hooks and syslog on loopback, each for one case."""

import contextlib
import http.server
import socketserver
import threading
import urllib.parse


@contextlib.contextmanager
def serving(server):
    """A server at work in the background; its `got` fills."""
    server.got = []
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class Mail(socketserver.StreamRequestHandler):
    """As much of SMTP as it takes to be given a mail."""

    def handle(self):
        self.say(220)
        while line := self.rfile.readline():
            word = line.split()[0].upper()
            if word == b"DATA":
                self.say(354)
                text = b"".join(iter(self.rfile.readline, b".\r\n"))
                self.server.got.append(text.decode().replace("\r\n", "\n"))
            self.say(221 if word == b"QUIT" else 250)
            if word == b"QUIT":
                return

    def say(self, code):
        """One line of answer."""
        self.wfile.write(b"%d ok\r\n" % code)


class Hook(http.server.BaseHTTPRequestHandler):
    """Takes forms."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.server.got.append((self.path, dict(self.headers), urllib.parse.parse_qs(body)))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


class Datagram(socketserver.BaseRequestHandler):
    """Takes what comes."""

    def handle(self):
        self.server.got.append(self.request[0])


def mail():
    """A mail server; `got` has whole mails."""
    return serving(socketserver.ThreadingTCPServer(("127.0.0.1", 0), Mail))


def hook():
    """A web server; `got` has (path, headers, form)."""
    return serving(http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hook))


def datagrams():
    """A syslog server; `got` has messages."""
    return serving(socketserver.UDPServer(("127.0.0.1", 0), Datagram))
