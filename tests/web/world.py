"""The daemon that the page belongs to, its programs, and the browser that looks at it."""

import base64
import json
import os
import re
import shutil
import socket
import subprocess
import tempfile
from urllib.parse import urlencode

from browser import Browser, call, wait

QUIET = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}

# Uses some processor time, then none.
WORK = "i=0; while [ $i -lt 500000 ]; do i=$((i+1)); done; exec sleep 1000\n"

CONFIG = """
[supervisord]
logfile=%(here)s/main.log
pidfile=%(here)s/pid
nodaemon=true
silent=true
childlogdir=%(here)s
[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
[inet_http_server]
port=127.0.0.1:PORT
[inet_http_server:closed]
port=127.0.0.1:CLOSED
username=u
password=p
[inet_http_server:linked]
port=127.0.0.1:LINKED
allow_get_actions=true
allowed_hosts=status.example
[program:web]
command=sleep 1000
startsecs=0
[program:talk]
command=sh -c 'echo "<script>document.title=1</script><img src=x onerror=alert(1)>"; echo needle; echo oops >&2; exec cat talk.fifo'
directory=%(here)s
startsecs=0
[program:idle]
command=sleep 1000
autostart=false
startsecs=0
[program:file]
command=sleep 1000
autostart=false
stdout_logfile=%(here)s/file.log
[program:fails]
command=/no/such/program
autostart=false
[program:tree]
command=sh -c "sh work.sh & sleep 1000 & wait"
directory=%(here)s
autostart=false
stopasgroup=true
startsecs=0
[program:left]
command=sleep 1000
autostart=false
startsecs=0
[program:right]
command=sleep 1000
autostart=false
startsecs=0
[group:pair]
programs=left,right
[program:<script>"&'bad]
command=sleep 1000
autostart=false
stdout_logfile=NONE
stderr_logfile=NONE
"""


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class World:
    """Everything that a case needs."""

    def __init__(self, binary, shots):
        self.binary = os.path.abspath(binary)
        self.shots = shots
        self.folder = tempfile.mkdtemp(prefix="web")
        self.port, self.closed, self.linked, self.driver_port = (free_port() for _ in range(4))
        os.mkfifo(self.path("talk.fifo"))
        text = CONFIG
        for name, port in (("PORT", self.port), ("CLOSED", self.closed), ("LINKED", self.linked)):
            text = text.replace(name, str(port))
        with open(self.path("supervisord.conf"), "w", encoding="utf-8") as file:
            file.write(text)
        with open(self.path("work.sh"), "w", encoding="utf-8") as file:
            file.write(WORK)
        self.browser = self.driver = self.daemon = None

    def path(self, name):
        return os.path.join(self.folder, name)

    def __enter__(self):
        self.start()
        self.driver = subprocess.Popen(["chromedriver", f"--port={self.driver_port}"], **QUIET)
        self.browser = Browser(self.driver_port, self.path("profile"))
        self.browser.size(1280, 900)
        return self

    def __exit__(self, *_):
        try:
            if self.browser:
                self.browser.ask("DELETE", "")
        finally:
            for process in (self.driver, self.daemon):
                if process:
                    process.terminate()
                    process.wait()
            self.clean()

    def start(self):
        """Starts the daemon and waits until it answers."""
        self.daemon = subprocess.Popen([self.binary, "supervisord", "-n", "-c", self.path("supervisord.conf")])
        wait("the daemon", lambda: call(self.port, "GET", "/ok.html")[0] == 200)

    def stop(self):
        self.daemon.terminate()
        self.daemon.wait()

    def clean(self):
        shutil.rmtree(self.folder, ignore_errors=True)

    def url(self, path="/", host="127.0.0.1", port=None):
        return f"http://{host}:{port or self.port}{path}"

    def open(self, **where):
        """Opens the page and waits until it is live."""
        self.browser.go(self.url(**where))
        wait("live updates", lambda: self.browser.text("#live") == "live")

    def shot(self, name):
        if self.shots:
            self.browser.shot(os.path.join(self.shots, name + ".png"))

    def get(self, path, headers=None, port=None):
        return call(port or self.port, "GET", path, None, headers)

    def post(self, body, headers=None, port=None):
        return call(port or self.port, "POST", "/", body, headers)

    def order(self, action, name=""):
        """Has something done as the page would, and waits for its end."""
        fields = {"token": self.token(), "action": action, "processname": name}
        assert self.post(urlencode(fields))[0] == 303, action

    def token(self):
        return re.search(r'name="token" content="(\w{32})"', self.get("/")[1]).group(1)

    def info(self, name):
        """What the JSON interface says of a process."""
        return json.loads(self.get(f"/api/v1/supervisor.getProcessInfo?{urlencode({'name': name})}")[1])["result"]

    def pid(self, name):
        return self.info(name)["pid"]

    @staticmethod
    def basic(name_and_password):
        return {"Authorization": "Basic " + base64.b64encode(name_and_password.encode()).decode()}
