"""Every button, the keyboard, and what the page shows without being asked."""

import http.client
import os
import re
import signal

from browser import DEADLINE, wait

# The names of the processes that the table shows.
VISIBLE = """
return [...document.querySelectorAll('tr[data-id]')].filter(line => line.checkVisibility()).map(line => line.dataset.id)
"""


def message(world, text):
    world.browser.shows("#message", text)


def one_process(world):
    """Start, stop, restart and clear a process."""
    browser = world.browser
    browser.reaches("web", "running")
    browser.click("tr[data-id=web] [data-action=stop]")
    browser.reaches("web", "stopped")
    message(world, "Process web stopped")
    browser.click("tr[data-id=web] [data-action=start]")
    browser.reaches("web", "running")
    message(world, "Process web started")
    before = world.pid("web")
    browser.click("tr[data-id=web] [data-action=restart]")
    message(world, "Process web restarted")
    assert world.pid("web") != before and world.info("web")["statename"] == "RUNNING"
    log = world.info("web")["stdout_logfile"]
    with open(log, "ab") as file:
        file.write(b"something\n")
    browser.click("tr[data-id=web] [data-action=clearlog]")
    message(world, "Log for web cleared")
    assert os.path.getsize(log) == 0
    browser.click("tr[data-id=fails] [data-action=start]")
    message(world, "ERROR: Process fails: no such file")
    assert "error" in browser.js("return message.className")


def a_group(world):
    """Start, restart, stop and clear a group."""
    browser = world.browser
    members = ("pair:left", "pair:right")
    for action, told, state in (
        ("start", "Group pair started", "running"),
        ("restart", "Group pair restarted", "running"),
        ("stop", "Group pair stopped", "stopped"),
        ("clearlog", "Logs of group pair cleared", "stopped"),
    ):
        before = [world.pid(name) for name in members]
        browser.click(f"tbody[data-group=pair] tr.group [data-action={action}]")
        message(world, told)
        for name in members:
            browser.reaches(name, state)
        if action == "restart":
            assert all(world.pid(name) != pid for name, pid in zip(members, before))
        if action == "start":
            browser.shows("tbody[data-group=pair] .summary", "2 of 2 running")
    # A group of one has its buttons in its only row.
    assert browser.js("return document.querySelector('tbody[data-group=web] tr.group').hidden")


def everything(world):
    """Stop, start, restart and clear everything."""
    browser = world.browser
    browser.click("#buttons [value=stopall]")
    message(world, "All stopped at ")
    browser.reaches("talk", "stopped")
    browser.reaches("web", "stopped")
    browser.click("#buttons [value=startall]")
    # Two programs cannot be started, and that is told.
    message(world, "ERROR: not started: fails (NO_FILE)")
    browser.reaches("web", "running")
    browser.reaches("pair:left", "running")
    browser.click("#buttons [value=clearall]")
    message(world, "All logs cleared at ")
    before = world.pid("web")
    browser.click("#buttons [value=restartall]")
    wait("another pid", lambda: world.pid("web") not in (0, before))
    wait("an end", lambda: "restarted" in browser.text("#message"))
    for name in ("idle", "tree", "file", "pair:left", "pair:right", "<script>\"&'bad"):
        world.order("stop", name)
        assert world.info(name)["statename"] == "STOPPED", name


def live_update(world):
    """A death shows without a click or a reload, and so do a process's descendants."""
    browser = world.browser
    browser.reaches("web", "running")
    browser.js("window.stays = true")
    before = world.pid("web")
    os.kill(before, signal.SIGKILL)
    wait("another pid", lambda: world.pid("web") not in (0, before))
    browser.shows("tr[data-id=web] .description", f"pid {world.pid('web')}")
    wait("memory", lambda: "MB" in browser.text("tr[data-id=web]"))
    browser.click("tr[data-id=tree] [data-action=start]")
    tree = "return document.querySelector('tr[data-id=tree] td:nth-child(6)').title"
    wait("its descendants", lambda: browser.js(tree) == "3 processes")
    wait("a rate", lambda: "%" in browser.text("tr[data-id=tree] td:nth-child(5)"))
    used = r'process_cpu_seconds_total{group="tree",name="tree"} ([\d.]+)'
    wait("their time", lambda: float(re.search(used, world.get("/metrics")[1]).group(1)) > 0.1)
    browser.click("tr[data-id=tree] [data-action=stop]")
    browser.reaches("tree", "stopped")
    assert browser.js("return window.stays") is True, "the page was loaded anew"


def several_watchers(world):
    """Two windows and twenty other watchers are all told of a change."""
    browser = world.browser
    first = browser.open_window()
    try:
        world.open()
        streams = [http.client.HTTPConnection("127.0.0.1", world.port, timeout=DEADLINE) for _ in range(20)]
        answers = []
        for stream in streams:
            stream.request("GET", "/events")
            answers.append(stream.getresponse())
        browser.click("tr[data-id=idle] [data-action=start]")
        browser.reaches("idle", "running")
        for answer in answers:
            part = b""
            while (
                b'"id":"idle"' not in part
                or b'"state":"RUNNING"' not in part.split(b'"id":"idle"')[1].split(b"}")[0]
            ):
                part = answer.readline()
                assert part, "a watcher was dropped"
        for stream in streams:
            stream.close()
    finally:
        browser.close_window(first)
    browser.reaches("idle", "running")
    browser.click("tr[data-id=idle] [data-action=stop]")
    browser.reaches("idle", "stopped")


def keyboard(world):
    """Everything goes without a mouse."""
    browser = world.browser
    browser.keys("/idle")
    wait("the filter", lambda: browser.js(VISIBLE) == ["idle"])
    browser.keys("\ue004")  # Tab leaves the field
    browser.keys("j")
    assert browser.js("return document.activeElement.dataset.id") == "idle"
    browser.keys("s")
    browser.reaches("idle", "running")
    browser.keys("r")
    message(world, "Process idle restarted")
    browser.keys("c")
    message(world, "Log for idle cleared")
    browser.keys("l")
    browser.shows("#title", "idle stdout")
    browser.keys("\ue00c")  # Esc
    wait("the log closed", lambda: browser.js("return viewer.hidden"))
    assert browser.js("return document.activeElement.closest('tr')?.dataset.id") == "idle", "the focus is back"
    browser.keys("x")
    browser.reaches("idle", "stopped")
    browser.keys("/\ue00c")
    wait("all rows", lambda: browser.js("return document.getElementById('filter').value") == "")
    browser.keys("\ue00c?")
    wait("help", lambda: not browser.js("return keys.hidden"))
    browser.keys("?")
    wait("no help", lambda: browser.js("return keys.hidden"))
    # Tab alone reaches every button of the page, and what has the focus is seen.
    reached = {"mainlog"}
    browser.js("mainlog.focus()")
    for _ in range(14):
        browser.keys("\ue004")
        reached.add(browser.js("let e = document.activeElement; return e.id || e.value || e.dataset.state || ''"))
        assert browser.js("return getComputedStyle(document.activeElement).outlineStyle") == "solid"
    assert {
        "mainlog",
        "theme",
        "help",
        "startall",
        "restartall",
        "stopall",
        "clearall",
        "filter",
    } <= reached, reached


def filters(world):
    """The counts are right, and choosing one shows only that state."""
    browser = world.browser
    browser.shows("#counts [data-state=running]", "2 running")
    browser.click("#counts [data-state=running]")
    assert browser.js(VISIBLE) == ["talk", "web"]
    browser.click("#counts [data-state=running]")
    assert len(browser.js(VISIBLE)) == 9
    browser.js("let f = document.getElementById('filter'); f.value = 'nobody'; f.oninput()")
    browser.shows(".nothing", "No process matches")


def daemon_comes_back(world):
    """A page that stays open finds the daemon again after a restart, and can order things."""
    browser = world.browser
    browser.js("window.stays = true")
    world.stop()
    browser.shows("#live", "connection lost")
    world.start()
    wait("live again", lambda: browser.text("#live") == "live")
    browser.reaches("web", "running")
    browser.click("tr[data-id=web] [data-action=stop]")
    message(world, "Process web stopped")
    browser.reaches("web", "stopped")
    browser.click("tr[data-id=web] [data-action=start]")
    browser.reaches("web", "running")
    assert browser.js("return window.stays") is True


def without_scripts(world):
    """Forms do what scripts do: order, then the page with a message."""
    browser = world.browser
    browser.devtools("Emulation.setScriptExecutionDisabled", value=True)
    form = "form:has([value='%s']) [value=%s]"
    try:
        browser.go(world.url())
        for name, action, told in (
            ("idle", "start", "Process idle started"),
            ("idle", "restart", "Process idle restarted"),
            ("idle", "stop", "Process idle stopped"),
            ("idle", "clearlog", "Log for idle cleared"),
            ("pair:*", "start", "Group pair started"),
            ("pair:*", "stop", "Group pair stopped"),
            ("fails", "start", "ERROR: Process fails: no such file"),
        ):
            browser.click(form % (name, action))
            message(world, told)
            assert browser.js("return location.pathname") == "/"
        for action, told in (
            ("clearall", "All logs cleared at "),
            ("stopall", "All stopped at "),
            ("startall", "not started: fails"),
        ):
            browser.click(f"#buttons [value={action}]")
            message(world, told)
        assert "/tail.html?processname=pair%3Aleft" in browser.js(
            "return [...document.links].map(a => a.href).join()"
        )
        world.shot("without-scripts")
        assert browser.js("return theme.hidden"), "nothing is offered that does not work"
    finally:
        browser.devtools("Emulation.setScriptExecutionDisabled", value=False)
    world.order("stopall")
    world.order("start", "web")
    world.order("start", "talk")


CASES = [
    one_process,
    a_group,
    live_update,
    several_watchers,
    keyboard,
    filters,
    everything,
    daemon_comes_back,
    without_scripts,
]
