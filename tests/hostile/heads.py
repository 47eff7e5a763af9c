"""Heads that two readers may understand differently, and paths that want to lead elsewhere."""

from victim import STATE, case, check, equal, http

INNER = b"GET /ok.html HTTP/1.1\r\n\r\n"


def smuggled(*lines, body=b"0\r\n\r\n", version="HTTP/1.1"):
    """A call with these header lines, and a second request hidden behind it."""
    head = "\r\n".join([f"POST /RPC2 {version}", *lines, "", ""])
    return head.encode("latin-1") + body + INNER


@case()
def lengths_that_contradict_each_other(victim):
    length = f"Content-Length: {len(STATE)}"
    for status, lines in (
        (400, ("Content-Length: 5", "Transfer-Encoding: chunked")),
        (400, ("Transfer-Encoding: chunked", "Content-Length: 5")),
        (400, ("Content-Length: 5", "Content-Length: 6")),
        (400, ("Content-Length: 5, 6",)),
        (400, ("Content-Length: -1",)),
        (400, ("Content-Length: +5",)),
        (400, ("Content-Length: 0x5",)),
        (400, ("Content-Length: 5 5",)),
        (400, ("Content-Length: 5\xa0",)),
        (400, ("Content-Length: ",)),
        (413, ("Content-Length: 18446744073709551621",)),
        (413, (f"Content-Length: {'9' * 400}",)),
        (501, ("Transfer-Encoding: chunked, identity",)),
        (501, ("Transfer-Encoding: identity, chunked",)),
        (501, ("Transfer-Encoding: identity",)),
        (501, ("Transfer-Encoding: xchunked",)),
        (501, ("Transfer-Encoding: \"chunked\"",)),
        (501, ("Transfer-Encoding: chunked", "Transfer-Encoding: identity")),
        (501, ("Transfer-Encoding:\tgzip",)),
        (400, ("Transfer-Encoding : chunked",)),
        (400, ("Content-Length : 5",)),
        (400, (length, " Transfer-Encoding: chunked")),
        (400, (length, "\tfolded: yes")),
        (400, ("X: a\n" + length,)),
        (400, ("X: a\n\n" + INNER.decode(), length)),
        (400, ("X: a\r" + length,)),
        (400, ("X: \0", length)),
        (400, ("X\0: a", length)),
        (400, ("X(: a", length)),
        (400, (": a", length)),
        (400, ("no colon", length)),
        (411, ()),
    ):
        answers = victim.statuses(smuggled(*lines))
        check(f"{lines}: {answers}", answers == [status] or (answers == [] and "\xa0" in lines[0]))
    equal("chunked in HTTP/1.0", victim.statuses(smuggled("Transfer-Encoding: chunked", version="HTTP/1.0")), [501])
    victim.unharmed()


@case()
def what_is_well_formed_is_served(victim):
    for lines in (
        (f"Content-Length: {len(STATE)}",),
        (f"Content-Length:{len(STATE)}",),
        (f"content-length: \t {len(STATE)}\t",),
        (f"Content-Length: {len(STATE)}", f"Content-Length: {len(STATE)}"),
        (f"Content-Length: 00{len(STATE)}",),
    ):
        equal(f"{lines}", victim.statuses(smuggled(*lines, body=STATE)), [200, 200])
    chunks = b"%x\r\n%s\r\n0\r\n\r\n" % (len(STATE), STATE)
    equal("chunks", victim.statuses(smuggled("Transfer-Encoding: CHUNKED", body=chunks)), [200, 200])


@case()
def first_lines_that_are_none(victim):
    for line in (
        b"GET / HTTP/1.1\n\n",
        b"GET  / HTTP/1.1\r\n\r\n",
        b"GET\t/\tHTTP/1.1\r\n\r\n",
        b" GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1 x\r\n\r\n",
        b"GET / http/1.1\r\n\r\n",
        b"\0\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"\xff\xfe\r\n\r\n",
        b"\r\n\r\n\r\n",
    ):
        answers = victim.statuses(line)
        check(f"{line!r}: {answers}", answers in ([], [505]))
    victim.unharmed()


@case()
def paths_that_want_to_lead_elsewhere(victim):
    (victim.root / "secret").write_text("a secret")
    (victim.root / "link.out").symlink_to("secret")
    for path in (
        "/logtail/../../etc/passwd",
        "/logtail/..%2f..%2fetc%2fpasswd",
        "/logtail/%2e%2e/%2e%2e/etc/passwd",
        "/logtail/%2e%2e%2f%2e%2e%2fsecret",
        "/logtail/counter/../../secret",
        "/logtail/counter%00/stdout",
        "/logtail/counter/stdout%00",
        "/logtail/counter/stdout/../../secret",
        "/logtail//etc/passwd",
        "/logtail/%2fetc%2fpasswd",
        "/logtail/link",
        "/logtail/*",
        "/logtail/counter:*",
        "/logtail/%ff%fe",
        "/logtail/" + "a" * 20_000,
        "/../../etc/passwd",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/stylesheets/../../etc/passwd",
        "/stylesheets/%2e%2e/supervisor.css",
        "/web/log/../../../etc/passwd",
        "/web/log/..%2f..%2fetc%2fpasswd",
        "/web/log/counter/../../secret",
        "/web/../web/mainlog/x",
        "//etc/passwd",
        "http://127.0.0.1/etc/passwd",
        "*",
        "\\..\\..\\etc\\passwd",
    ):
        reply = victim.post(path, b"", method="GET")
        equal(f"{path[:60]}", http.status(reply), 404)
        check(f"{path[:60]}: {reply.body!r}", b"secret" not in reply.body and b"root:" not in reply.body)
    for name in ("../../etc/passwd", "counter/../x", "counter\\x", "", "*"):
        reply = victim.post(f"/tail.html?processname={name}", b"", method="GET")
        check(f"tail of {name!r}", b"root:" not in reply.body)
    victim.unharmed()


@case()
def values_that_want_to_become_headers(victim):
    for target in ("/?message=a%0d%0aSet-Cookie:%20x=y", "/%0d%0aSet-Cookie:%20x=y", "/logtail/%0d%0aSet-Cookie:x"):
        reply = victim.post(target, b"", method="GET")
        equal(target, http.header(reply, "Set-Cookie"), None)
