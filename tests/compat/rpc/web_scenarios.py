"""The web page's addresses and its action links, followed as a browser would."""

import re
from urllib.parse import unquote

from . import http
from .control import free_port, program, puppet, scenario, start

PORT = "[inet_http_server]\nport=127.0.0.1:{port}\n"
DATE = re.compile(r"[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4}$")


def served(t, programs, options=""):
    """A daemon whose page is on a port of the loopback interface."""
    port = free_port()
    return start(t, programs, PORT.format(port=port) + options, ("127.0.0.1", port))


def get(control, target, method="GET"):
    """A page."""
    return http.exchange(control.address, http.request(target, method))


def told(reply):
    """The message that a redirect carries."""
    message = unquote((http.header(reply, "Location") or "").partition("?message=")[2])
    return DATE.sub("<date>", message)


@scenario(differences=["web-redirects-not-cached", "web-restart-tells-failures", "web-bad-actions-are-400"])
def action_links(t):
    programs = (
        program("p", "/bin/cat", "startsecs=0")
        + program("missing", "/no/such/file", "startsecs=0")
        + program("plain", "/etc/hostname", "startsecs=0")
        + program("dies", "/bin/false", "startretries=0")
        + puppet(t, "up")
    )
    control = served(t, programs, "allow_get_actions=true\n")
    t.wait_event("up up")

    def link(target):
        reply = get(control, target)
        t.record(target, [told(reply), "Location" in dict(reply.headers)])
        return reply

    reply = link("/?processname=p&action=start")
    t.differs("web-redirects-not-cached", "status", http.status(reply), 301, 303)
    for target in (
        "/index.html?processname=p&action=start",
        "/index.html?processname=p&action=restart",
        "/index.html?processname=p&action=clearlog",
        "/index.html?action=stop&processname=p:p",
        "/index.html?processname=p&action=stop",
        "/index.html?processname=missing&action=start",
        "/index.html?processname=plain&action=start",
        "/index.html?processname=dies&action=start",
        "/index.html?processname=nobody&action=start",
        "/index.html?processname=nobody%3Anone&action=clearlog",
        "/index.html?action=refresh",
        "/index.html?action=refresh&processname=p",
        "/index.html?action=stopall",
    ):
        link(target)
    t.record("what ran is stopped", control.state("up"))
    reply = get(control, "/?processname=missing&action=restart")
    t.differs(
        "web-restart-tells-failures",
        "restart",
        told(reply),
        "Process missing restarted",
        "ERROR: Process missing: no such file",
    )
    for target in ("/?action=dance", "/?action=start", "/?processname=p&action=dance"):
        t.differs("web-bad-actions-are-400", target, http.status(get(control, target)), 500, 400)
    control.end()


@scenario(differences=["web-actions-need-post"])
def action_links_by_default(t):
    control = served(t, puppet(t, "up"))
    t.wait_event("up up")
    for target, message in (
        ("/?processname=up&action=stop", "Process up stopped"),
        ("/index.html?action=stopall", "All stopped at <date>"),
    ):
        reply = get(control, target)
        got = [http.status(reply), told(reply)]
        t.differs("web-actions-need-post", target, got, [301, message], [405, ""])
    t.differs("web-actions-need-post", "state", control.state("up"), "STOPPED", "RUNNING")
    control.end()


@scenario
def pages(t):
    control = served(t, program("p", "/bin/cat"))
    t.path("p.out").write_bytes(b"x" * 2000 + b"\nlast <line>\n")
    for target in ("/", "/index.html", "/?message=hello%20%3Cb%3E", "/ok.html", "/tail.html", "/nothing.html"):
        reply = get(control, target)
        kept = ("Content-Type", "Cache-Control", "Pragma", "Expires")
        t.record(target, [reply.line, *(f"{name}: {http.header(reply, name)}" for name in kept)])
        body = reply.body.decode()
        t.record(
            f"body of {target}",
            [
                word
                for word in (
                    "<title>Supervisor Status</title>",
                    "<title>Supervisor tail of process p</title>",
                    "hello &lt;b",
                    ">p</a>",
                    "OK",
                    "No process name found",
                )
                if word in body
            ],
        )
    for target in (
        "/tail.html?processname=p",
        "/tail.html?processname=p&limit=1500",
        "/tail.html?processname=nobody",
    ):
        body = get(control, target).body.decode()
        t.record(
            target,
            [
                "<title>Supervisor tail of process " in body,
                body.count("x") > 1000,
                "last &lt;line" in body,
                "BAD_NAME: nobody" in body,
            ],
        )
    control.end()


@scenario(differences=["web-foreign-names-refused"])
def names_that_lead_here(t):
    control = served(t, program("p", "/bin/cat"))
    for host in ("evil.example:80", "localhost", "127.0.0.1:1"):
        reply = http.exchange(control.address, http.request("/", "GET", headers=[f"Host: {host}"]))
        if "evil" in host:
            t.differs("web-foreign-names-refused", host, http.status(reply), 200, 403)
        else:
            t.record(host, http.status(reply))
    control.raw("a client that is no browser", http.request(headers=["Host: evil.example"], body=b"x"))
    control.end()
