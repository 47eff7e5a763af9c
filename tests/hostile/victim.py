"""A daemon under attack: one program that counts, and what must hold whatever anybody sends."""

import contextlib
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "compat"))
sys.dont_write_bytecode = True

from harness.wait import wait_for  # noqa: E402
from rpc import http, values  # noqa: E402

STATE = values.call("supervisor.getState")
COUNTER = """
import itertools, time
for number in itertools.count(1):
    print(number, flush=True)
    time.sleep(0.01)
"""
CASES = []


class Wrong(Exception):
    """Something that must hold does not."""


def case(**how):
    """Makes a function a case: it gets a daemon that was started with these options."""

    def register(function):
        CASES.append((function, how))
        return function

    return register


def check(what, truth):
    """One thing that must hold."""
    if not truth:
        raise Wrong(what)


def equal(what, got, wanted):
    """Two things that must be the same."""
    check(f"{what}: got {got!r}, expected {wanted!r}", got == wanted)


class Victim:
    """A daemon with a unix socket and a port."""

    def __init__(self, binary, credentials=None, descriptors=1024, programs=""):
        self.grown = 0.0
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="hostile-"))
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.address = probe.getsockname()
        self.unix = self.root / "sock"
        self.headers = (http.basic(credentials),) if credentials else ()
        self.write_config(credentials, programs)
        os.symlink(os.path.abspath(binary), self.root / "supervisord")
        self.process = subprocess.Popen(
            ["prlimit", f"--nofile={descriptors}:{descriptors}", self.root / "supervisord", "-c", self.root / "conf"],
            stdin=subprocess.DEVNULL,
        )

    def write_config(self, credentials, programs):
        """The configuration; the counter's output goes through the daemon into a log."""
        login = "username={}\npassword={}\n".format(*credentials.split(":", 1)) if credentials else ""
        (self.root / "counter.py").write_text(COUNTER)
        (self.root / "conf").write_text(
            f"[supervisord]\nnodaemon=true\nsilent=true\nuser=root\nminfds=1\nlogfile=ROOT/log\npidfile=ROOT/pid\n"
            f"[unix_http_server]\nfile=ROOT/sock\n{login}"
            f"[inet_http_server]\nport=127.0.0.1:{self.address[1]}\n{login}"
            "[rpcinterface:supervisor]\n"
            "supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface\n"
            f"[program:counter]\ncommand={sys.executable} ROOT/counter.py\nstdout_logfile=ROOT/counter.out\n"
            f"stdout_logfile_maxbytes=0\nstartsecs=0\n{programs}".replace("ROOT", str(self.root))
        )

    def __enter__(self):
        wait_for("the counter", lambda: self.process.poll() is not None or self.count() > 0)
        wait_for("an answer", self.answers)
        self.program = self.ask("supervisor.getProcessInfo", "counter")["pid"]
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(timeout=40)
        shutil.rmtree(self.root)

    def answers(self):
        """Whether the daemon answers a call."""
        try:
            return self.ask("supervisor.getState")["statename"] == "RUNNING"
        except (OSError, http.Closed):
            return False

    def ask(self, method, *params, address=None):
        """A call on a connection of its own."""
        data = http.request(headers=self.headers, body=values.call(method, *params))
        return values.plain(http.exchange(address or self.address, data).body)

    def post(self, target, body, *headers, method="POST"):
        """A request that is not XML-RPC; gives the answer."""
        return http.exchange(self.address, http.request(target, method, headers=(*self.headers, *headers), body=body))

    def count(self):
        """How far the counter's log has got."""
        with contextlib.suppress(FileNotFoundError, IndexError, ValueError):
            return int((self.root / "counter.out").read_bytes()[-64:].split(b"\n")[-2])
        return 0

    def unharmed(self):
        """The programs have noticed nothing, and the daemon serves everybody."""
        before = self.count()
        wait_for("more of the counter's output", lambda: self.count() > before)
        for address in (self.address, self.unix):
            info = self.ask("supervisor.getProcessInfo", "counter", address=address)
            equal("the counter's pid", info["pid"], self.program)
            equal("the counter's state", info["statename"], "RUNNING")
        equal("the daemon's end", self.process.poll(), None)

    def memory(self, which="Rss"):
        """The daemon's memory in MB, as its status tells it: now, or the most there ever was (`HWM`)."""
        rows = pathlib.Path(f"/proc/{self.process.pid}/status").read_text(encoding="utf-8").splitlines()
        return next(int(row.split()[1]) for row in rows if row.startswith(f"Vm{which.upper()}:")) / 1024

    @contextlib.contextmanager
    def bounded(self, growth):
        """Whatever happens within, the daemon never takes more than so many MB on top of what it has."""
        pathlib.Path(f"/proc/{self.process.pid}/clear_refs").write_text("5", encoding="ascii")
        before = self.memory()
        yield
        grown = self.memory("Hwm") - before
        check(f"memory grew by {grown:.1f} MB, {growth} are allowed", grown <= growth)
        self.grown = max(self.grown, grown)

    def connect(self, data=b"", address=None):
        """A connection on which something has been said."""
        connection = http.Connection(address or self.address)
        connection.send(data)
        return connection

    def statuses(self, data):
        """The status of each answer to some bytes, behind which nothing comes."""
        with self.connect(data) as connection:
            connection.socket.shutdown(socket.SHUT_WR)
            rest = connection.rest()
        return [int(piece.split()[1]) for piece in rest.split(b"HTTP/1.")[1:]]
