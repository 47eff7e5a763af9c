"""What the page refuses: foreign pages, wrong passwords, links that order something, scripts in what it shows."""

import re
from urllib.parse import unquote

from browser import wait


def foreign_orders(world):
    """An order needs the token and must not come from elsewhere."""
    body = "token=" + world.token() + "&action=stop&processname=idle"
    for headers in (
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Referer": "http://evil.example/"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ):
        assert world.post(body, headers)[0] == 403, headers
    for wrong in ("token=" + "0" * 32, "token=", "x=y"):
        assert world.post(re.sub(r"token=\w+", wrong, body))[0] == 403, wrong
    status, _, answer = world.post(body, {"Origin": f"http://127.0.0.1:{world.port}"})
    assert (status, unquote(answer.headers["Location"])) == (
        303,
        "./?message=unexpected rpc fault [70] NOT_RUNNING: idle",
    )
    # A real foreign page cannot do it either.
    browser = world.browser
    browser.go(world.url("/ok.html", port=world.linked))
    script = """
        const form = Object.assign(document.createElement('form'), {method: 'post', action: arguments[0]});
        for (const [name, value] of Object.entries(arguments[1])) {
          form.append(Object.assign(document.createElement('input'), {name, value}));
        }
        document.body.append(form);
        form.submit();"""
    browser.devtools("Page.setBypassCSP", enabled=True)
    browser.go(world.url("/ok.html", port=world.linked))
    browser.js(script, world.url(), {"token": world.token(), "action": "stop", "processname": "web"})
    browser.shows("body", "403")
    assert world.info("web")["statename"] == "RUNNING"
    browser.devtools("Page.setBypassCSP", enabled=False)


def rebound_names(world):
    """A foreign name that is made to lead here gets neither the page nor the token, and cannot call methods."""
    browser = world.browser
    browser.go(world.url(host="evil.example"))
    browser.shows("body", "allowed_hosts=evil.example")
    assert browser.js("return document.querySelector('meta[name=token]')") is None
    browser.go(world.url("/ok.html", host="evil.example"))
    browser.js(
        "window.done = null; fetch('/api/v1/supervisor.stopAllProcesses', {method: 'POST'}).then(r => done = r.status)"
    )
    assert wait("an answer", lambda: browser.js("return window.done")) == 403
    browser.js(
        "window.done = null; fetch('/logtail/talk', {referrerPolicy: 'no-referrer'}).then(r => done = r.status)"
    )
    assert wait("an answer", lambda: browser.js("return window.done")) == 403
    # Clients that are no browsers pass, as ever; so do names that are listed, and those of this machine.
    foreign = {"Host": "evil.example"}
    assert world.get("/api/v1/supervisor.getState", foreign)[0] == 200
    for host in ("localhost", f"localhost:{world.port}", "127.0.0.1", "[::1]:80"):
        assert world.get("/", {"Host": host})[0] == 200, host
    world.open(host="status.example", port=world.linked)
    assert world.get("/", foreign, port=world.linked)[0] == 403
    browser.click("tr[data-id=idle] [data-action=start]")
    browser.shows("#message", "Process idle started")
    browser.click("tr[data-id=idle] [data-action=stop]")
    browser.shows("#message", "Process idle stopped")


def links_that_order(world):
    """Following a link orders nothing, unless the server's section says that it may."""
    browser = world.browser
    for path in ("/?action=stopall", "/index.html?action=stopall", "/?processname=web&action=stop"):
        status, _, answer = world.get(path)
        assert (status, answer.headers["Allow"]) == (405, "POST"), path
    assert world.info("web")["statename"] == "RUNNING"
    for link, told in (
        ("processname=idle&action=start", "Process idle started"),
        ("processname=idle&action=start", "ERROR: Process idle: already started"),
        ("processname=idle&action=restart", "Process idle restarted"),
        ("processname=idle&action=clearlog", "Log for idle cleared"),
        ("processname=idle&action=stop", "Process idle stopped"),
        ("processname=idle&action=stop", "unexpected rpc fault [70] NOT_RUNNING: idle"),
        ("processname=nobody&action=start", "No such process named nobody"),
        ("action=refresh", "Page refreshed at "),
    ):
        browser.go(world.url("/index.html?" + link, port=world.linked))
        assert told in browser.text("#message"), (link, browser.text("#message"))
        # Loading the page again must not order it again.
        assert "action=" not in browser.js("return location.search")
    assert world.get("/?processname=idle&action=dance", port=world.linked)[0] == 400


def scripts_in_what_is_shown(world):
    """Markup in a message, a log or a name stays text."""
    browser = world.browser
    bad = "<img src=x onerror=document.title=1><script>document.title=2</script>"
    browser.go(world.url("/?message=" + bad.replace("=", "%3D").replace("<", "%3C")))
    assert browser.text("#message") == bad
    browser.go(world.url("/tail.html?processname=talk"))
    browser.shows("pre", "<script>document.title=1</script>")
    browser.go(world.url("/tail.html?processname=%3Cscript%3Edocument.title=3%3C/script%3E"))
    browser.shows("pre", "BAD_NAME: <script>")
    assert browser.js("return document.title") == "Supervisor tail of process <script>document.title=3</script>"
    browser.go(world.url("/?message=x"))
    assert browser.js("return document.title") == "Supervisor Status"
    policy = world.get("/")[2].headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy
    # Even a script that got into the page would not run.
    world.open()
    browser.js(
        "let s = document.createElement('script'); s.textContent = 'document.title = 4'; document.body.append(s)"
    )
    assert browser.js("return document.title") == "Supervisor Status"


def wrong_password(world):
    """Without the right password there is nothing at all."""
    for path in ("/", "/events", "/web/mainlog", "/web/page.js"):
        status, _, answer = world.get(path, port=world.closed)
        assert (status, answer.headers["WWW-Authenticate"]) == (401, 'Basic realm="default"'), path
    # Few tries: a client that goes on guessing is answered ever more slowly.
    for wrong in ("u:x", "x:p"):
        assert world.get("/", world.basic(wrong), port=world.closed)[0] == 401, wrong
    browser = world.browser
    browser.log("performance")
    browser.go(f"http://u:x@127.0.0.1:{world.closed}/")
    assert 401 in browser.statuses()
    assert browser.js("return document.getElementById('groups')") is None
    browser.go(f"http://u:p@127.0.0.1:{world.closed}/")
    wait("live", lambda: browser.text("#live") == "live")
    browser.click("tr[data-id=idle] [data-action=start]")
    browser.shows("#message", "Process idle started")
    browser.click("tr[data-id=idle] [data-action=stop]")
    browser.shows("#message", "Process idle stopped")


def original_pages(world):
    """The original's addresses stay."""
    for path in ("/", "/index.html"):
        status, text, answer = world.get(path)
        assert status == 200 and "<title>Supervisor Status</title>" in text
        assert answer.headers["Content-Type"] == "text/html;charset=utf-8"
        assert answer.headers["Cache-Control"] == "no-cache"
    assert world.get("/ok.html")[1] == "OK"
    assert "needle" in world.get("/tail.html?processname=talk")[1]
    assert "No process name found" in world.get("/tail.html")[1]
    assert "--good" in world.get("/stylesheets/supervisor.css")[1]


CASES = [foreign_orders, rebound_names, links_that_order, scripts_in_what_is_shown, wrong_password, original_pages]
