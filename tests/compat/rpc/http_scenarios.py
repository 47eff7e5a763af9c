"""HTTP around the calls: keep-alive, status lines and headers, passwords, log streams."""

import os
import select

from harness.wait import wait_for

from . import http, values
from .control import fill, free_port, program, puppet, scenario, start

STATE = values.call("supervisor.getState")
INET = "[inet_http_server]\nport=127.0.0.1:{port}\n"
SHA = "{SHA}82ab876d1387bfafe46cc1c8a2ef074eae50cb1d"  # of thepassword


def over_tcp(t, programs="", options="", credentials=None):
    """A daemon whose control plane is on a port of the loopback interface."""
    port = free_port()
    address = ("127.0.0.1", port)
    return start(t, programs, INET.format(port=port) + options, address, credentials)


def call(version=" HTTP/1.1", *headers):
    """A getState as a request."""
    return http.request(version=version, headers=headers, body=STATE)


def keep_alive(control):
    """Two calls on one connection, for every version and wish."""
    for version in (" HTTP/1.1", " HTTP/1.0"):
        for wish in (None, "close", "keep-alive", "Keep-Alive", "CLOSE"):
            headers = [f"Connection: {wish}"] if wish else []
            data = call(version, *headers)
            control.raw(f"{version.strip()}, {wish}", data, data)


@scenario
def keep_alive_on_a_socket(t):
    control = start(t)
    keep_alive(control)
    control.end()


@scenario
def keep_alive_on_a_port(t):
    control = over_tcp(t)
    keep_alive(control)
    control.end()


@scenario
def methods_and_targets(t):
    control = over_tcp(t)
    for version in (" HTTP/1.1", " HTTP/1.0"):
        for method, target in (
            ("GET", "/RPC2"),
            ("HEAD", "/RPC2"),
            ("PUT", "/RPC2"),
            ("GET", "/nope"),
            ("GET", "/nope/nope"),
            ("GET", "/RPC3"),
            ("GET", "/../../etc/passwd"),
            ("GET", "/%2e%2e/%2e%2e/etc/passwd"),
            ("POST", "/logtail/p"),
            ("POST", "/mainlogtail"),
        ):
            body = STATE if method in ("POST", "PUT") else b""
            data = http.request(target, method, version, body=body)
            control.raw(f"{method} {target}{version}", data, bodyless=method == "HEAD")
    control.end()


@scenario
def header_names_in_any_case(t):
    control = start(t)
    for name in ("Content-Length", "content-length", "CONTENT-LENGTH"):
        data = f"POST /RPC2 HTTP/1.1\r\n{name}: {len(STATE)}\r\n\r\n".encode() + STATE
        control.raw(name, data, data)
    control.raw("many headers", http.request(headers=[f"X-{n}: y" for n in range(50)], body=STATE))
    control.end()


@scenario
def bodies_in_pieces(t):
    control = start(t)
    whole = call()
    with http.Connection(control.address) as connection:
        for at in range(len(whole)):
            connection.send(whole[at : at + 1])
        t.record("byte by byte", values.result(connection.reply().body))
        connection.send(whole + whole + whole[:40])
        said = [values.result(connection.reply().body) for _ in range(2)]
        connection.send(whole[40:])
        t.record("three at once, the last in halves", [*said, values.result(connection.reply().body)])
    control.end()


def passwords(control, rows):
    """Who is let in: rows of (title, header)."""
    for title, line in rows:
        headers = [line] if line else []
        for target, method in (("/RPC2", "POST"), ("/mainlogtail/x", "POST"), ("/nope", "GET")):
            data = http.request(target, method, headers=headers, body=STATE if method == "POST" else b"")
            control.raw(f"{title}: {target}", data)


@scenario
def clear_passwords(t):
    control = over_tcp(t, options="username=user\npassword=pa:ss wörd\n", credentials="user:pa:ss wörd")
    passwords(
        control,
        (
            ("right", http.basic("user:pa:ss wörd")),
            ("none", None),
            ("wrong", http.basic("user:wrong")),
            ("wrong user", http.basic("other:pa:ss wörd")),
            ("empty", http.basic(":")),
            ("half", http.basic("user:pa:ss")),
            ("lower case scheme", http.basic("user:pa:ss wörd").replace("Basic", "basic")),
            ("another scheme", "Authorization: Bearer abc"),
        ),
    )
    control.end()


@scenario
def hashed_passwords(t):
    control = over_tcp(t, options=f"username=user\npassword={SHA}\n", credentials="user:thepassword")
    passwords(
        control,
        (
            ("right", http.basic("user:thepassword")),
            ("wrong", http.basic("user:Thepassword")),
            ("the hash itself", http.basic("user:" + SHA)),
            ("the hash alone", http.basic("user:" + SHA[5:])),
        ),
    )
    control.end()


@scenario
def hashes_in_capitals(t):
    control = over_tcp(t, options=f"username=user\npassword={SHA[:5] + SHA[5:].upper()}\n", credentials="user:thepassword")
    control.step("getState", title="a hash in capitals")
    control.end()


# Log streams


def follow(control, target, version=" HTTP/1.1"):
    """Opens a log stream; gives the connection and records what it begins with."""
    connection = http.Connection(control.address)
    connection.send(http.request(target, "GET", version, control.headers))
    line, headers = connection.head()
    control.trial.record(f"stream {target}", http_lines(line, headers))
    return connection


def http_lines(line, headers):
    """The head of a stream as lines."""
    return [line, *(f"{key}: {'<date>' if key in ('Date', 'Last-Modified') else value}" for key, value in headers)]


def heard(connection, count):
    """So many bytes of a stream, however they are cut into chunks."""
    data = b""
    while len(data) < count:
        data += connection.chunk()
    return data.decode("utf-8", "backslashreplace")


@scenario
def streams_that_are_not_there(t):
    none = "[program:none]\ncommand=/bin/cat\nautostart=false\nstdout_logfile=NONE\nstderr_logfile=NONE\n"
    control = start(t, program("p", "/bin/cat") + none + "[group:g]\nprograms=none\n")
    for target in (
        "/logtail/nope",
        "/logtail/p",
        "/logtail/p/stdout",
        "/logtail/p/nope",
        "/logtail/p/stdout/x",
        "/logtail/g:none",
        "/logtail/g:*",
        "/logtail/g%3Anone/stderr",
        "/logtail/",
        "/logtail//p",
        "/logtail/..%2f..%2fetc/passwd",
    ):
        control.raw(f"GET {target}", http.request(target, "GET"))
    control.end()


@scenario
def stream_of_a_log(t):
    control = start(t, program("p", "/bin/cat") + program("q", "/bin/cat") + "[group:g]\nprograms=q\n")
    for name in ("p", "q"):
        fill(t.path(f"{name}.out"), b"first\n")
        fill(t.path(f"{name}.err"), b"error\n")
    for target in ("/logtail/p", "/logtail/p/stdout", "/logtail/p:p", "/logtail/p%3Ap", "/logtailx/p", "/logtail/g:q?x=y"):
        with follow(control, target) as stream:
            t.record("begins with", heard(stream, 6))
    for target in ("/logtail/p/stderr", "/logtail/g:q/stderr"):
        with follow(control, target) as stream:
            t.record("begins with", heard(stream, 6))
    with follow(control, "/logtail/p") as stream:
        heard(stream, 6)
        for data in (b"more\n", b"and more\n", "äöü\n".encode()):
            fill(t.path("p.out"), data)
            t.record("grows by", heard(stream, len(data)))
    control.end()


@scenario
def stream_begins_with_the_last_kilobyte(t):
    control = start(t, program("p", "/bin/cat"))
    for size in (1023, 1024, 1025, 5000):
        data = b"".join(b"%07d\n" % n for n in range(size))[-size:]
        t.path("p.out").write_bytes(data)
        with follow(control, "/logtail/p") as stream:
            fill(t.path("p.out"), b"END\n")
            got = heard(stream, min(size, 1024) + 4)
            t.record(f"of {size} bytes", [len(got), got == (data[-1024:] + b"END\n").decode()])
    control.end()


@scenario(differences=["truncated-log-streams-on"])
def stream_of_a_truncated_log(t):
    control = start(t, program("p", "/bin/cat"))
    fill(t.path("p.out"), b"a long first line\n")
    with follow(control, "/logtail/p") as stream:
        t.record("before", heard(stream, 18))
        os.truncate(t.path("p.out"), 0)
        try:
            got = heard(stream, 23)
            fill(t.path("p.out"), b"new\n")
            got += heard(stream, 4)
        except http.Closed:
            got = "closed"
        t.differs("truncated-log-streams-on", "truncation", got, "closed", "==> File truncated <==\nnew\n")
    control.end()


@scenario
def stream_of_a_rotated_log(t):
    control = start(t, program("p", "/bin/cat"))
    fill(t.path("p.out"), b"old\n")
    with follow(control, "/logtail/p") as stream:
        t.record("before", heard(stream, 4))
        t.path("p.new").write_bytes(b"the new file\n")
        os.rename(t.path("p.out"), t.path("p.out.1"))
        os.rename(t.path("p.new"), t.path("p.out"))
        t.record("the new file", heard(stream, 13))
        fill(t.path("p.out"), b"grows\n")
        t.record("it grows", heard(stream, 6))
    control.end()


@scenario
def stream_of_a_removed_log(t):
    control = start(t, program("p", "/bin/cat"))
    fill(t.path("p.out"), b"old\n")
    with follow(control, "/logtail/p") as stream:
        heard(stream, 4)
        t.path("p.out").unlink()
        control.ask("supervisor.getState")
        fill(t.path("p.out"), b"new\n")
        t.record("after it is back", heard(stream, 4))
    control.end()


@scenario
def stream_of_a_running_program(t):
    control = start(t, puppet(t, "p"))
    t.wait_event("p up")
    with follow(control, "/logtail/p") as stream, follow(control, "/logtail/p/stderr") as errors:
        t.tell("p", r"out said\n")
        t.record("output", heard(stream, 5))
        t.tell("p", r"err complained\n")
        t.record("errors", heard(errors, 11))
        control.step("clearProcessLogs", "p")
        t.tell("p", r"out again\n")
        t.record("after clearing", heard(stream, 6))
    control.end()


@scenario
def stream_of_the_main_log(t):
    control = start(t, program("p", "/bin/cat", "startsecs=0"))
    t.path("log").write_bytes(b"x" * 2000 + b"\n")
    for target in ("/mainlogtail", "/mainlogtail/", "/mainlogtailx?y=z"):
        with follow(control, target) as stream:
            t.record("begins with", heard(stream, 1024))
    with follow(control, "/mainlogtail") as stream:
        heard(stream, 1024)
        fill(t.path("log"), b"more\n")
        t.record("grows by", heard(stream, 5))
    t.path("log").unlink()
    control.raw("without a log", http.request("/mainlogtail", "GET"))
    control.end()


@scenario
def stream_for_an_old_client(t):
    control = start(t, program("p", "/bin/cat"))
    fill(t.path("p.out"), b"y" * 100)
    with http.Connection(control.address) as connection:
        connection.send(http.request("/logtail/p", "GET", " HTTP/1.0"))

        def comes_while_the_log_grows():
            fill(t.path("p.out"), b"z" * 4096)
            return select.select([connection.socket], [], [], 0)[0]

        wait_for("the stream", comes_while_the_log_grows)
        t.record("head", http_lines(*connection.head()))
        t.record("no chunks", set(connection.exactly(5)) <= set(b"yz"))
    control.end()


@scenario
def many_followers(t):
    control = start(t, program("p", "/bin/cat"))
    fill(t.path("p.out"), b"first\n")
    streams = [follow(control, "/logtail/p") for _ in range(20)]
    said = {heard(stream, 6) for stream in streams}
    fill(t.path("p.out"), b"second\n")
    said |= {heard(stream, 7) for stream in streams}
    t.record("all hear the same", sorted(said))
    control.step("getState")
    for stream in streams:
        stream.socket.close()
    control.step("getState", title="after all have left")
    control.end()


@scenario
def followers_that_leave_do_no_harm(t):
    control = start(t, puppet(t, "p"))
    t.wait_event("p up")
    t.tell("p", r"out one\n")
    with follow(control, "/logtail/p") as stream:
        heard(stream, 4)
    t.tell("p", r"out two\n")
    with follow(control, "/logtail/p") as stream:
        heard(stream, 4)
    control.step("getProcessInfo", "p")
    control.end()
