"""Bodies: too long, endless, and small ones that want to be large."""

from victim import STATE, case, check, equal, http, values

GIGABYTE = 1 << 30
CALL = "<methodCall><methodName>supervisor.getState</methodName><params>{}</params></methodCall>"


def post(*headers):
    """The head of a call."""
    return "\r\n".join(["POST /RPC2 HTTP/1.1", *headers, "", ""]).encode()


def push(client, pieces):
    """Sends for as long as the server takes it; gives the number of bytes."""
    sent = 0
    try:
        for piece in pieces:
            client.socket.sendall(piece)
            sent += len(piece)
    except (BrokenPipeError, ConnectionResetError):
        pass
    return sent


@case()
def a_gigabyte_is_refused_before_it_comes(victim):
    with victim.connect(post(f"Content-Length: {GIGABYTE}")) as client:
        equal("the answer", http.status(client.reply()), 413)
        check("the connection ends", client.closed())
    with victim.connect(post(f"Content-Length: {GIGABYTE}", "Expect: 100-continue")) as client:
        equal("the answer", http.status(client.reply()), 413)
    victim.unharmed()


@case()
def a_gigabyte_that_comes_all_the_same(victim):
    with victim.bounded(8):
        with victim.connect(post(f"Content-Length: {GIGABYTE}")) as client:
            sent = push(client, (b"x" * 65536 for _ in range(GIGABYTE // 65536)))
        check(f"{sent} bytes were taken", sent < 64 << 20)
        victim.unharmed()


@case()
def endless_chunks(victim):
    with victim.bounded(24):
        for chunk in (b"10000\r\n" + b"x" * 65536 + b"\r\n", b"1\r\nx\r\n" * 10_000):
            with victim.connect(post("Transfer-Encoding: chunked")) as client:
                sent = push(client, (chunk for _ in range(GIGABYTE // len(chunk))))
            check(f"{sent} bytes were taken", sent < 96 << 20)
        victim.unharmed()


@case()
def what_stands_around_chunks_is_bounded(victim):
    head = post("Transfer-Encoding: chunked")
    for what, begin, more in (
        ("extensions", b"1;", b"x" * 65536),
        ("trailers", b"0\r\n", b"a: b\r\n" * 10_000),
        ("digits", b"", b"0" * 65536),
    ):
        with victim.connect(head + begin + more) as client:
            equal(what, http.status(client.reply()), 400)
    for size in (b"-1", b"+5", b"0x5", b"5 5", b"ffffffffffffffff", b"1" * 40, b"\xd9\xa3", b""):
        equal(f"a size of {size!r}", victim.statuses(head + size + b"\r\nhello\r\n0\r\n\r\n"), [400])
    with victim.connect(head + b"fffffffffffffff\r\nhello") as client:
        victim.unharmed()


@case()
def endless_heads(victim):
    with victim.bounded(8):
        for begin, more in ((b"GET /", b"x"), (b"GET / HTTP/1.1\r\nX: ", b"x"), (b"GET / HTTP/1.1\r\n", b"a: b\r\n"), (b"", b"\r\n")):
            with victim.connect(begin) as client:
                push(client, (more * (65536 // len(more)) for _ in range(1000)))
        with victim.connect(b"GET / HTTP/1.1\r\n" + b"X: " + b"x" * 65536) as client:
            equal("a long head", http.status(client.reply()), 431)
        with victim.connect(b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 200 + b"\r\n") as client:
            equal("many headers", http.status(client.reply()), 431)
        victim.unharmed()


def laughs():
    """The billion laughs."""
    lines = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    return f'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY l0 "ha">{lines}]>' + CALL.format("<param><value>&l9;</value></param>")


@case()
def xml_that_wants_to_be_large(victim):
    nested = "<value><array><data>" * 100_000
    texts = {
        "a billion laughs": laughs(),
        "one long entity": f'<!DOCTYPE a [<!ENTITY a "{"x" * 100_000}">]>' + CALL.format("&a;" * 100_000),
        "a file": '<!DOCTYPE a [<!ENTITY a SYSTEM "file:///etc/passwd">]>' + CALL.format("&a;"),
        "another host": '<!DOCTYPE a SYSTEM "http://127.0.0.1:1/a.dtd">' + CALL.format(""),
        "deep nesting": CALL.format(nested),
        "deep nesting that ends": CALL.format("<value>" * 100_000 + "</value>" * 100_000),
        "many elements": CALL.format("<param><i/></param>" * 200_000),
        "many attributes": CALL.format("<param " + " ".join(f"a{n}='x'" for n in range(100_000)) + "/>"),
        "the same attribute": CALL.format("<param " + "a='x' " * 100_000 + "/>"),
    }
    with victim.bounded(48):
        for title, text in texts.items():
            reply = victim.post("/RPC2", text.encode()[: 4 << 20])
            # Attributes mean nothing to anybody, so they do no harm.
            wanted = (200, 400) if "many attributes" in title else (400,)
            check(f"{title}: {http.status(reply)}", http.status(reply) in wanted)
        victim.unharmed()
    log = (victim.root / "log").stat().st_size
    check(f"the log has {log} bytes", log < 1 << 20)


@case()
def json_that_wants_to_be_large(victim):
    half = 1 << 20
    texts = {
        "zeros": "[" + "0," * half + "0]",
        "empty arrays": "[" + "[]," * half + "[]]",
        "objects": "[" + '{"a":{}},' * (half // 4) + "0]",
        "nesting": "[" * half + "]" * half,
        "an open string": '["' + "x" * half,
    }
    with victim.bounded(32):
        for title, text in texts.items():
            reply = victim.post("/api/v1/supervisor.startProcess", text.encode(), "Content-Type: application/json")
            equal(title, http.status(reply), 400)
        victim.unharmed()


@case(programs="".join(f"[program:p{n}]\ncommand=/bin/cat\nautostart=false\n" for n in range(100)))
def calls_that_want_large_answers(victim):
    """A multicall of many large ones ends at a limit, and a number of clients that want the same are no worse."""
    calls = [{"methodName": "supervisor.getAllProcessInfo", "params": []}] * 3_000
    body = values.call("system.multicall", calls)
    request = http.request(headers=("Connection: close",), body=body)
    # Results of 64 MB, as values and as text.
    with victim.bounded(400):
        with victim.connect(request) as client, client.socket.makefile("rb") as stream:
            check("the last results are refused", b"too large" in stream.read()[-2000:])
        clients = [victim.connect(request) for _ in range(6)]
        victim.unharmed()
    for client in clients:
        client.socket.close()


@case()
def a_body_is_never_taken_for_a_request(victim):
    inner = http.request(body=STATE)
    for method in ("GET", "HEAD", "PUT", "DELETE", "OPTIONS"):
        data = http.request("/nope", method, body=inner)
        equal(f"{method} with a body", len(victim.statuses(data)), 1)
