"""A daemon of either side in a folder of its own, and either supervisorctl run against it."""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile

from harness.wait import TimedOut, wait_for

from .lines import ANY_ORDER, CONFIG, EXTRA

BESIDE = os.path.dirname(sys.executable)
ONEVISOR = os.path.abspath(os.environ.get("ONEVISOR", ""))
DAEMONS = {
    "theirs": [os.environ.get("SUPERVISORD", os.path.join(BESIDE, "supervisord"))],
    "ours": [ONEVISOR, "supervisord"],
}
THEIR_CTL = os.environ.get("SUPERVISORCTL", os.path.join(os.path.dirname(DAEMONS["theirs"][0]), "supervisorctl"))
CLIENTS = {"theirs": [THEIR_CTL], "ours": [ONEVISOR, "supervisorctl"]}
DEADLINE = 40.0


class Daemon:
    """One fresh daemon."""

    def __init__(self, side="theirs", credentials="", client=""):
        self.side = side
        self.folder = tempfile.mkdtemp(prefix="ctl")
        os.mkdir(self.path("conf.d"))
        with open(self.path("s.conf"), "w", encoding="utf-8") as file:
            file.write(CONFIG.format(credentials=credentials, client=client))
        os.chmod(self.path("s.conf"), 0o644)
        self.process = subprocess.Popen(
            [*DAEMONS[side], "-n", "-c", self.path("s.conf")],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            stdin=subprocess.DEVNULL,
        )
        wait_for("the daemon's socket", lambda: os.path.exists(self.path("s.sock")), DEADLINE)
        if not credentials:
            self.settle()

    def path(self, name):
        """A file in the daemon's folder."""
        return os.path.join(self.folder, name)

    def settle(self):
        """Waits until everything has started that will, and has said what it has to say."""
        wait_for("settled programs", self.is_settled, DEADLINE)

    def is_settled(self):
        """Whether it has."""
        text = self.run("ours", "status").stdout
        done = "FATAL" in text and not re.search(r" (STARTING|BACKOFF) ", text) and text.count("RUNNING") >= 8
        if not done:
            return False
        said = self.run("ours", "tail talker").stdout + self.run("ours", "tail talker stderr").stdout
        return "wörld" in said and "oops" in said

    def command(self, client, line, more=()):
        """What to execute for a command line, and how."""
        options = ["-c", self.path("s.conf")] if not line.startswith("-c") else []
        words = [*CLIENTS[client], *options, *more, *(line.split(" ") if line else [])]
        env = {**os.environ, "PYTHONIOENCODING": "utf-8", "PYTHONUNBUFFERED": "1", "TZ": "UTC"}
        return words, {"env": env, "cwd": self.folder}

    def run(self, client, line, stdin="", more=()):
        """Runs one command line to its end."""
        words, how = self.command(client, line, more)
        return subprocess.run(
            words, input=stdin, capture_output=True, text=True, timeout=DEADLINE * 2, check=False, **how
        )

    def follow(self, client, line, wanted, stdin="", then=None):
        """Runs a command line that goes on until Ctrl-C, which comes once `wanted` has been printed; gives exit code,
        standard output and standard error. `then` is done as soon as the first line has come."""
        words, how = self.command(client, line)
        pipes = {name: subprocess.PIPE for name in ("stdin", "stdout", "stderr")}
        with subprocess.Popen(words, **pipes, **how) as process:
            out = b""
            os.set_blocking(process.stdout.fileno(), False)
            if stdin:
                with contextlib.suppress(BrokenPipeError):  # what it printed tells why it has left
                    process.stdin.write(stdin.encode())
                    process.stdin.flush()

            def printed():
                nonlocal out, then
                out += process.stdout.read() or b""
                if then and b"\n" in out:
                    then = then()
                return wanted in out or process.poll() is not None

            try:
                wait_for(f"{wanted!r} from {line!r}", printed, DEADLINE)
            except TimedOut:
                process.kill()
                return "killed", out, process.stderr.read()
            interrupt(process)
            os.set_blocking(process.stdout.fileno(), True)
            with contextlib.suppress(BrokenPipeError):
                process.stdin.close()
            return process.returncode, out + process.stdout.read(), process.stderr.read()

    def configure(self, name):
        """Puts another included file in place."""
        with open(self.path("conf.d/x.conf"), "w", encoding="utf-8") as file:
            file.write(EXTRA[name])

    def stop(self):
        """Ends the daemon and removes its folder."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(DEADLINE)
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


def interrupt(process):
    """Presses Ctrl-C until the process ends: the original loses one that comes while it prints."""
    for _ in range(6):
        process.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(DEADLINE / 6)
            return
    process.kill()
    process.wait()


def normal(text, daemon, line):
    """Output with its chances taken out."""
    text = text.replace(daemon.folder, "ROOT").replace(THEIR_CTL, "CTL")
    text = text.replace(f"{os.path.dirname(ONEVISOR)}/supervisorctl", "CTL")
    text = re.sub(r"pid \d+, uptime \d+:\d\d:\d\d", "pid PID, uptime TIME", text)
    text = re.sub(r"[A-Z][a-z]{2} \d\d \d\d:\d\d [AP]M", "DATE", text)
    text = re.sub(r": file: .* line: \d+$", ": file: PLACE", text, flags=re.M)
    if line.startswith("pid"):
        text = re.sub(r"^[1-9]\d*$", "PID", text, flags=re.M)
    if ANY_ORDER.search(line):
        text = "\n".join(sorted(text.split("\n")))
    return text
