"""A real browser, Debian's chromium, driven by W3C WebDriver. Nothing from outside the standard library."""

import base64
import http.client
import json
import time

DEADLINE = 20
ARGUMENTS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # A name that leads to this machine without being its own, as in DNS rebinding.
    "--host-resolver-rules=MAP evil.example 127.0.0.1, MAP status.example 127.0.0.1",
]


def wait(what, check, seconds=DEADLINE):
    """Asks until the answer is true; gives the answer."""
    end = time.monotonic() + seconds
    while True:
        try:
            answer = check()
        except OSError:
            answer = None
        if answer:
            return answer
        if time.monotonic() > end:
            raise AssertionError("never came: " + what)
        time.sleep(0.02)


def call(port, method, path, body=None, headers=None):
    """One request without a browser; gives status, text and the answer itself."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=DEADLINE)
    try:
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        return answer.status, answer.read().decode(), answer
    finally:
        connection.close()


class Browser:
    """One window of a browser that was started for it."""

    def __init__(self, port, folder):
        self.port = port
        self.base = ""
        wait("chromedriver", lambda: call(port, "GET", "/status")[0] == 200)
        options = {"args": [*ARGUMENTS, "--user-data-dir=" + folder]}
        logs = {"browser": "ALL", "performance": "ALL"}
        wanted = {"alwaysMatch": {"goog:chromeOptions": options, "goog:loggingPrefs": logs}}
        self.base = "/session/" + self.ask("POST", "/session", {"capabilities": wanted})["sessionId"]

    def ask(self, method, path, body=None):
        """A WebDriver command."""
        text = json.dumps(body or {}) if method == "POST" else None
        _, answer, _ = call(self.port, method, self.base + path, text, {"Content-Type": "application/json"})
        value = json.loads(answer)["value"]
        if isinstance(value, dict) and "error" in value:
            raise AssertionError(f"{value['error']}: {value['message'].splitlines()[0]}")
        return value

    def go(self, url):
        self.ask("POST", "/url", {"url": url})

    def js(self, script, *args):
        return self.ask("POST", "/execute/sync", {"script": script, "args": list(args)})

    def devtools(self, command, **params):
        return self.ask("POST", "/goog/cdp/execute", {"cmd": command, "params": params})

    def log(self, kind):
        """What the browser noted since this was asked last."""
        return self.ask("POST", "/se/log", {"type": kind})

    def events(self, method):
        """The parameters of such DevTools events since this was asked last."""
        events = (json.loads(entry["message"])["message"] for entry in self.log("performance"))
        return [event["params"] for event in events if event["method"] == method]

    def statuses(self):
        """The status codes that came, those of asking for a password included."""
        return [event["statusCode"] for event in self.events("Network.responseReceivedExtraInfo")]

    def find(self, css):
        return next(iter(self.ask("POST", "/element", {"using": "css selector", "value": css}).values()))

    def click(self, css):
        self.ask("POST", f"/element/{self.find(css)}/click")

    def text(self, css):
        """The text of an element, the empty text where there is none."""
        return self.js("return document.querySelector(arguments[0])?.textContent ?? ''", css)

    def shows(self, css, part):
        """Waits until an element has such a text."""
        return wait(f"{part!r} in {css}", lambda: part in self.text(css))

    def keys(self, text):
        steps = [{"type": kind, "value": key} for key in text for kind in ("keyDown", "keyUp")]
        self.ask("POST", "/actions", {"actions": [{"type": "key", "id": "k", "actions": steps}]})

    def size(self, width, height):
        """The size of what the page has, phones included."""
        self.devtools(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=width < 600,
        )

    def prefers(self, scheme):
        """What the system prefers, `dark` or `light`."""
        feature = {"name": "prefers-color-scheme", "value": scheme}
        self.devtools("Emulation.setEmulatedMedia", features=[feature])

    def shot(self, path):
        with open(path, "wb") as file:
            file.write(base64.b64decode(self.ask("GET", "/screenshot")))

    def windows(self):
        return self.ask("GET", "/window/handles")

    def switch(self, window):
        self.ask("POST", "/window", {"handle": window})

    def open_window(self):
        """Opens a second window and goes on with it; gives the first one."""
        first = self.ask("GET", "/window")
        self.switch(self.ask("POST", "/window/new", {"type": "window"})["handle"])
        return first

    def close_window(self, back):
        self.ask("DELETE", "/window")
        self.switch(back)

    def state(self, name):
        """The state that the page shows of a process."""
        return self.text(f"tr[data-id='{name}'] .status")

    def reaches(self, name, *states):
        wait(f"{name} {states}", lambda: self.state(name) in states)
