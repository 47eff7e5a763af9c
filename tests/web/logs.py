"""The log viewer: what a log has, what comes to it, and that nothing in it is more than text."""

import os
import signal

from browser import wait


def content(world):
    return world.browser.js("return log.textContent")


def comes(world, text):
    wait(f"{text!r} in the log", lambda: text in content(world))


def append(world, data, name="file.log"):
    with open(world.path(name), "ab", buffering=0) as file:
        file.write(data)


def follow_and_search(world):
    """What is there, what comes, matches, both channels; a script in it does not run."""
    browser = world.browser
    browser.reaches("talk", "running")
    browser.click("tr[data-id=talk] [data-action=log]")
    comes(world, "needle")
    comes(world, "<script>document.title=1</script>")
    assert browser.js("return log.children.length") == 0
    with open(world.path("talk.fifo"), "wb", buffering=0) as fifo:
        fifo.write(b"Needle again \xff\n")
        comes(world, "Needle again \ufffd")
        browser.keys("/NEEDLE")
        found = browser.js("return log.textContent").lower().count("needle")
        wait("all found", lambda: browser.text("#hits") == f"{found} found")
        browser.keys("\ue007")  # Enter
        wait("the last one", lambda: browser.text("#hits") == f"{found} of {found}")
        assert browser.js("return document.querySelector('mark.current').textContent") == "Needle"
        browser.click("#previous")
        assert browser.text("#hits") == f"{found - 1} of {found}"
        fifo.write(b"needle thrice\n")
        wait("one more", lambda: browser.text("#hits").endswith(f"of {found + 1}"))
    world.shot("log")
    browser.click("#err")
    comes(world, "oops")
    assert browser.text("#title") == "talk stderr" and "needle" not in content(world)
    assert browser.js("return document.title") == "Supervisor Status"
    browser.click("#close")


def rotation_and_truncation(world):
    """A log that is moved away or emptied is followed further, without a gap."""
    append(world, b"first\n")
    world.browser.click("tr[data-id=file] [data-action=log]")
    comes(world, "first\n")
    os.rename(world.path("file.log"), world.path("file.log.1"))
    append(world, b"second\n")
    comes(world, "first\nsecond\n")
    os.truncate(world.path("file.log"), 0)
    comes(world, "second\n==> File truncated <==\n")
    append(world, b"third\n")
    comes(world, "==> File truncated <==\nthird\n")
    world.browser.click("#close")


def a_long_log(world):
    """A long log begins near its end; scrolling up stops following, and the button begins it again."""
    browser = world.browser
    append(world, b"".join(b"line %07d\n" % n for n in range(40_000)))
    browser.click("tr[data-id=file] [data-action=log]")
    comes(world, "line 0039999\n")
    assert "line 0000000\n" not in content(world)
    at_end = "return log.scrollHeight - log.scrollTop - log.clientHeight < 8"
    pressed = "return follow.getAttribute('aria-pressed')"
    wait("the end", lambda: browser.js(at_end))
    browser.js("log.scrollTop = 0")
    wait("not following", lambda: browser.js(pressed) == "false")
    append(world, b"while reading\n")
    comes(world, "while reading\n")
    assert browser.js("return log.scrollTop") == 0, "the text runs away from its reader"
    browser.click("#follow")
    wait("the end again", lambda: browser.js(at_end))
    append(world, b"more\n")
    comes(world, "more\n")
    wait("still the end", lambda: browser.js(at_end) and browser.js(pressed) == "true")
    browser.click("#wrap")
    assert browser.js("return getComputedStyle(log).whiteSpace") == "pre"
    browser.click("#wrap")
    browser.click("#close")
    browser.js("document.querySelector('tr[data-id=file]').focus()")
    browser.keys("l")
    comes(world, "more\n")
    browser.keys("f")
    wait("not following", lambda: browser.js(pressed) == "false")
    browser.keys("\ue00c")


def daemons_log(world):
    """The daemon's own log, and that it can be downloaded whole."""
    browser = world.browser
    browser.click("#mainlog")
    comes(world, "supervisord started with pid")
    assert browser.text("#title") == "daemon log" and browser.js("return channels.hidden")
    browser.click("#close")
    browser.keys("d")
    before = world.pid("web")
    os.kill(before, signal.SIGKILL)
    wait("another pid", lambda: world.pid("web") not in (0, before))
    comes(world, f"spawned: 'web' with pid {world.pid('web')}")
    at = browser.js("return new URL(download.href).pathname")
    status, text, answer = world.get(at)
    assert status == 200 and "exited: web" in text
    assert answer.headers["Content-Disposition"] == "attachment"
    browser.click("#close")


def survives_the_daemon(world):
    """An open log goes on after the daemon was restarted."""
    append(world, b"before\n")
    world.browser.click("tr[data-id=file] [data-action=log]")
    comes(world, "before\n")
    world.stop()
    comes(world, "connection lost")
    world.start()
    wait("the log again", lambda: "connection lost" not in content(world) and "before\n" in content(world))
    append(world, b"after\n")
    comes(world, "after\n")
    world.browser.click("#close")


CASES = [follow_and_search, rotation_and_truncation, a_long_log, daemons_log, survives_the_daemon]
