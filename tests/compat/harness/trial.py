"""One case running against one subject: its folder, its configuration, its transcript."""

import json
import os
import pathlib
import shlex
import shutil
import signal
import sys

from . import normalise
from .daemon import Daemon, children, read, start_process
from .wait import wait_for

PROGRAMS = pathlib.Path(__file__).resolve().parent.parent / "programs"
MARK = "COMPAT_TRIAL"
SEARCH_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class Trial:
    """What a case function gets: it acts through this and records what it saw."""

    def __init__(self, subject, executable, root, differences):
        self.subject = subject
        self.root = pathlib.Path(root)
        self.differences = differences
        self.shown = set()
        self.transcript = []
        self.serial = 0
        self.log_path = self.root / "log"
        self.pid_path = self.root / "pid"
        self.install(executable)
        for folder in ("tmp", "childlogs"):
            (self.root / folder).mkdir(mode=0o777)
            (self.root / folder).chmod(0o777)
        for program in ("probe", "puppet", "listener"):
            shutil.copy(PROGRAMS / program, self.root / program)

    # Files

    def install(self, executable):
        """Makes the program reachable as ROOT/usr/bin/supervisord, for both subjects alike."""
        self.program = self.root / "usr/bin/supervisord"
        self.program.parent.mkdir(parents=True)
        self.program.symlink_to(executable)

    def path(self, name):
        """A file of the case's folder."""
        return self.root / name

    def hidden(self, name):
        """A new file name for the harness's own use."""
        self.serial += 1
        return self.root / f".{name}.{self.serial}"

    def write(self, name, text, mode=0o644):
        """Writes a file of the case; ROOT in its text is the case's folder."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.replace("ROOT", str(self.root)))
        path.chmod(mode)
        return path

    def script(self, name, text):
        """Writes an executable shell script."""
        return self.write(name, "#!/bin/sh\n" + text + "\n", 0o755)

    def config(self, text="", name="supervisord.conf", **options):
        """Writes a configuration: a `[supervisord]` section that keeps to the case's folder, then `text`."""
        settings = {
            "nodaemon": "true",
            "logfile": "ROOT/log",
            "pidfile": "ROOT/pid",
            "childlogdir": "ROOT/childlogs",
        }
        settings.update(options)
        lines = [f"{key}={value}" for key, value in settings.items() if value is not None]
        return self.write(name, "\n".join(["[supervisord]", *lines, text.strip("\n"), ""]))

    def puppet(self, name, *actions):
        """A command line for `programs/puppet`: a child that does what the case tells it."""
        return shlex.join([sys.executable, "-I", "-S", f"{self.root}/puppet", str(self.root), name, *actions])

    def listener(self, name, *answers):
        """A command line for `programs/listener`: an event listener that answers as the case tells it."""
        words = [sys.executable, "-I", "-S", f"{self.root}/listener", str(self.root), name, *answers]
        return shlex.join(words).replace("%", "%%")

    def heard(self, name):
        """The events that a listener noted: (header tokens in their order, payload, its size in bytes)."""
        return [json.loads(line) for line in read(self.root / f"{name}.heard").splitlines()]

    def tell(self, name, order):
        """Gives a running puppet or listener an order."""
        with open(self.root / f"{name}.orders", "w", encoding="utf-8") as orders:
            orders.write(order + "\n")

    def pid_of(self, name):
        """The pid of a puppet that is up."""
        return int(read(self.root / f"{name}.pid"))

    def events(self):
        """What the puppets noted, in order."""
        return read(self.root / "events").splitlines()

    def wait_event(self, event, count=1):
        """Waits until puppets have noted `event` that many times."""
        wait_for(f"{count} x event {event!r}", lambda: self.events().count(event) >= count)

    def wait_file(self, name):
        """Waits for a file, and gives its text."""
        wait_for(f"file {name}", (self.root / name).exists)
        return read(self.root / name)

    # Running

    def environment(self, extra=None):
        """The whole environment of the program under test: nothing of the caller's gets in."""
        env = {
            "PATH": SEARCH_PATH,
            "LANG": "C.UTF-8",
            "HOME": "/root",
            "TMPDIR": f"{self.root}/tmp",
            MARK: str(self.root),
        }
        env.update(extra or {})
        return {key: value for key, value in env.items() if value is not None}

    def command(self, *args, env=None, cwd=None, wrapper=(), program=None, record=True, **how):
        """Runs the program to its end and records what it said and its exit code."""
        argv = [*wrapper, str(program or self.program), *map(str, args)]
        process, out, err, _ = start_process(self, argv, self.environment(env), cwd=cwd or self.root, **how)
        wait_for("the program's end", lambda: process.poll() is not None)
        if record:
            words = " ".join(self.tidy(str(arg)) for arg in args)
            self.record(f"$ supervisord {words}".rstrip(), f"exit code {process.returncode}")
            self.record_output("stdout", read(out))
            self.record_output("stderr", read(err))
        return process.returncode

    def start(self, *args, env=None, cwd=None, wrapper=(), forks=False, program=None, **how):
        """Starts the program in the foreground; `forks` when the wrapper stays as its parent."""
        argv = [
            *wrapper,
            str(program or self.program),
            *(map(str, args) if args else ["-c", self.path("supervisord.conf")]),
        ]
        process, out, err, collector = start_process(
            self, argv, self.environment(env), cwd=cwd or self.root, **how
        )
        pid = process.pid
        if forks:
            wait_for("the wrapped program", lambda: children(process.pid) or process.poll() is not None)
            pid = children(process.pid)[0]
        return Daemon(self, pid, process, out, err, collector)

    def run(self, *args, **how):
        """`start`, and then waits until the daemon has said that it started."""
        daemon = self.start(*args, **how)
        daemon.wait_log("supervisord started with pid")
        return daemon

    def daemonised(self, *args, **how):
        """Starts the program in the background, as its pid file tells."""
        self.command(*(args or ["-c", self.path("supervisord.conf")]), **how)
        wait_for("the pid file", lambda: read(self.pid_path).endswith("\n"))
        return Daemon(self, int(read(self.pid_path)))

    # The transcript

    def tidy(self, text):
        """Takes the case's folder out of a text."""
        return normalise.paths(text, self.root)

    def record(self, title, value, sort=False):
        """Adds a piece to the transcript: a word, a number or a list of lines."""
        lines = value if isinstance(value, list) else str(value).splitlines()
        lines = [self.tidy(str(line)) for line in lines]
        self.transcript.append((title, sorted(lines) if sort else lines))

    def record_output(self, title, text):
        """Records stdout or stderr of the program under test."""
        if text:
            self.record(title, normalise.pids(text, normalise.pid_names(read(self.log_path))).splitlines())

    def record_file(self, name, sort=False):
        """Records a file's text, or that there is none."""
        path = self.root / name
        self.record(f"file {name}", read(path).splitlines() if path.is_file() else "missing", sort=sort)

    def record_tree(self, folder, pattern="*"):
        """Records the names, modes and sizes of the files in a folder."""
        rows = [
            f"{path.name} {path.lstat().st_mode:o} {path.lstat().st_size}"
            for path in (self.root / folder).glob(pattern)
        ]
        self.record(f"folder {folder}", [self.tidy(row) for row in rows], sort=True)

    def differs(self, name, title, got, theirs, ours):
        """Records something that we want different from Supervisor; both sides must be as said."""
        assert name in self.differences, f"the case does not name the difference {name}"
        expected = theirs if self.subject == "theirs" else ours
        assert got == expected, f"{name}: {title}: {self.subject} gave {got!r}, expected {expected!r}"
        self.shown.add(name)
        self.record(title, f"as the table of differences says: {name}")

    # The end

    def clean_up(self):
        """Kills every process that carries this trial's mark."""
        mark = f"{MARK}={self.root}\0".encode()

        def survivors():
            return [pid for pid in map(int, filter(str.isdigit, os.listdir("/proc"))) if marked(pid, mark)]

        def none_left():
            left = survivors()
            for pid in left:
                kill(pid)
            return not left

        wait_for("the end of all processes of the case", none_left)

    def tail(self):
        """The last lines of what the daemon wrote, for a failure's report."""
        pieces = [self.log_path, *sorted(self.root.glob(".err.*"))]
        return "\n".join(line for piece in pieces for line in read(piece).splitlines()[-25:])


def marked(pid, mark):
    """True when a live process has the trial's mark in its environment."""
    try:
        with open(f"/proc/{pid}/environ", "rb") as file:
            return mark in file.read() + b"\0"
    except OSError:
        return False


def kill(pid):
    """Kills a process that may be gone."""
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
