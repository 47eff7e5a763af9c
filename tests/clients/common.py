"""What the client tests share: a daemon of the side under test, and checks that are counted."""

import concurrent.futures
import contextlib
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import xmlrpc.client

HERE = pathlib.Path(__file__).resolve().parent
TOP = HERE.parent.parent
sys.path.insert(0, str(HERE.parent / "compat"))
sys.dont_write_bytecode = True

from harness.wait import wait_for  # noqa: E402

ORACLE = pathlib.Path(os.environ.get("SUPERVISORD", TOP / ".build/oracle/bin/supervisord")).absolute().parent
ONEVISOR = os.environ.get("ONEVISOR", str(TOP / "target/release/onevisor"))
PROGRAMS = "".join(
    f"[program:{name}]\ncommand=/bin/cat\nautostart={auto}\nstartsecs=0\nstdout_logfile=ROOT/{name}.out\n"
    for name, auto in (("up", "true"), ("down", "false"))
)


def sides():
    """The sides to run against: theirs, ours or both."""
    wanted = os.environ.get("UNDER_TEST", "both")
    return ("theirs", "ours") if wanted == "both" else (wanted,)


def tool(side, name):
    """A side's executable; ours is a link with that name."""
    if side == "theirs":
        return str(ORACLE / name)
    link = pathlib.Path(tempfile.mkdtemp(prefix="clients-")) / name
    link.symlink_to(os.path.abspath(ONEVISOR))
    return str(link)


class Daemon:
    """A daemon with a unix socket and a port, in a folder of its own."""

    def __init__(self, side, programs=""):
        self.side = side
        self.programs = PROGRAMS + programs

    def __enter__(self):
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="clients-"))
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.config = self.root / "supervisord.conf"
        self.config.write_text(
            "[supervisord]\nnodaemon=true\nsilent=true\nuser=root\nlogfile=ROOT/log\npidfile=ROOT/pid\n"
            f"[unix_http_server]\nfile=ROOT/sock\n[inet_http_server]\nport=127.0.0.1:{self.port}\n"
            "[rpcinterface:supervisor]\n"
            "supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface\n"
            f"[supervisorctl]\nserverurl=unix://ROOT/sock\n{self.programs}".replace("ROOT", str(self.root)),
            encoding="utf-8",
        )
        self.process = subprocess.Popen([tool(self.side, "supervisord"), "-c", self.config])
        wait_for("the daemon", lambda: self.up() or self.process.poll() is not None)
        return self

    def up(self):
        """Whether the first program runs."""
        log = self.root / "log"
        return log.exists() and "success: up entered RUNNING" in log.read_text(encoding="utf-8")

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(timeout=40)
        shutil.rmtree(self.root)


class Checks:
    """Counts what was checked and prints what was wrong."""

    def __init__(self):
        self.passed = self.failed = 0

    def equal(self, what, got, wanted):
        """One check."""
        if got == wanted:
            self.passed += 1
        else:
            self.failed += 1
            print(f"failed: {what}: got {got!r}, expected {wanted!r}", flush=True)

    def close(self):
        """The closing line; the exit code."""
        print(f"{self.passed} passed, {self.failed} failed", flush=True)
        return 1 if self.failed or not self.passed else 0


@contextlib.contextmanager
def proxy(daemon):
    """The methods of the daemon's own namespace."""
    with xmlrpc.client.ServerProxy(daemon.url + "/RPC2") as server:
        yield server.supervisor


def against_each(check, programs=""):
    """Runs a client's checks against each side, whose daemon has these programs as well; the exit code."""
    checks = Checks()

    def against(side):
        try:
            with Daemon(side, programs) as daemon:
                check(checks, daemon)
        except Exception as error:  # noqa: BLE001 - whatever a client dies of is a failure
            checks.equal(f"{side}: the client", repr(error), "no error")

    with concurrent.futures.ThreadPoolExecutor() as pool:
        list(pool.map(against, sides()))
    return checks.close()
