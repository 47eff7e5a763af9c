"""Containers for the tests: an image FROM scratch with our binary in it, and what a case does with a container of it."""

import dataclasses
import http.client
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tarfile
import tempfile
import xmlrpc.client

HERE = pathlib.Path(__file__).resolve().parent
TOP = HERE.parent.parent
sys.path.insert(0, str(HERE.parent / "compat"))

from harness.wait import wait_for  # noqa: E402

# Machines differ in what podman's defaults may raise.
LIMITS = ("--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1000:1000")
PLACE = ("--runtime", "runc", "--network", "none")
PATIENCE = 60.0  # seconds that a command of podman may take
SHELL_TOOLS = (
    "sh",
    "sleep",
    "cat",
    "ps",
    "true",
    "kill",
    "stty",
    "rm",
    "mkdir",
    "mkfifo",
    "env",
    "grep",
    "setsid",
)
NAMES = ("supervisord", "supervisorctl", "tini", "dumb-init")

BASE = """\
[supervisord]
logfile=/dev/stdout
logfile_maxbytes=0
pidfile=/shared/pid
loglevel=debug
[unix_http_server]
file=/shared/sock
[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
[supervisorctl]
serverurl=unix:///shared/sock
"""


class Skip(Exception):
    """This machine cannot show it; the text says what is missing. Counted and printed, never silent."""


def podman(*words, check=True, **more):
    """Runs podman; gives the completed process."""
    done = subprocess.run(
        ["podman", "--log-level=error", *map(str, words)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        timeout=PATIENCE,
        check=False,
        # conmon leaves a file named oom in the folder where it was started.
        cwd=tempfile.gettempdir(),
        **more,
    )
    if check and done.returncode != 0:
        raise AssertionError(f"podman {' '.join(map(str, words))}: {done.stderr.strip()}")
    return done


class World:
    """What all cases share: the image, the same files as a folder, and a place for each case's files."""

    def __init__(self, binary, work):
        self.binary = os.path.abspath(binary)
        self.work = pathlib.Path(work)
        self.image = f"localhost/onevisor-test:{os.getpid()}"
        self.root = self.work / "root"
        self.count = 0
        self.fill_root()
        archive = self.work / "image.tar"
        with tarfile.open(archive, "w") as tar:
            tar.add(self.root, arcname=".")
        podman("import", "-q", archive, self.image)
        archive.unlink()

    def fill_root(self):
        """The files of the image."""
        for folder in ("bin", "dev", "proc", "sys", "tmp", "run", "etc", "shared"):
            (self.root / folder).mkdir(parents=True)
        (self.root / "tmp").chmod(0o1777)
        places = self.root / "bin"
        shutil.copy(self.binary, places / "onevisor")
        shutil.copy(shutil.which("busybox"), places / "busybox")
        command = ["cc", "-O1", "-Wall", "-static", "-o", str(places / "helper"), str(HERE / "helper.c")]
        subprocess.run(command, check=True)
        for name in SHELL_TOOLS:
            (places / name).symlink_to("busybox")
        for name in NAMES:
            (places / name).symlink_to("onevisor")

    def folder(self):
        """A new folder that everybody may write to: a case's /shared."""
        self.count += 1
        folder = self.work / f"place-{self.count}"
        folder.mkdir()
        folder.chmod(0o777)
        return folder

    def close(self):
        """Removes the image."""
        podman("rmi", "-f", self.image, check=False)


@dataclasses.dataclass
class Answer:
    """What a container that has ended said."""

    code: int
    text: str


class Container:
    """One container. With `config` it runs supervisord as PID 1, else the command; `flags` go to podman."""

    def __init__(self, world, *command, flags=(), config=None, limits=LIMITS, start=True):
        self.name = f"onevisor-test-{os.getpid()}-{world.count}"
        self.shared = world.folder()
        if config is not None:
            (self.shared / "supervisord.conf").write_text(BASE + config, encoding="utf-8")
            command = command or ("/bin/supervisord", "-c", "/shared/supervisord.conf")
        volume = ("-v", f"{self.shared}:/shared")
        podman("create", "--name", self.name, *PLACE, *limits, *volume, *flags, world.image, *command)
        if start:
            self.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        podman("rm", "-f", "-t", "0", self.name, check=False)

    def start(self):
        """Starts it."""
        podman("start", self.name)

    def inspect(self, field):
        """A field of podman's state."""
        return podman("inspect", "-f", "{{" + field + "}}", self.name).stdout.strip()

    @property
    def pid(self):
        """The number of its PID 1 outside."""
        return int(self.inspect(".State.Pid"))

    def output(self):
        """What it has written so far, to both channels."""
        done = podman("logs", self.name)
        return done.stdout + done.stderr

    def says(self, text, seconds=30.0, times=1):
        """Waits until its output has that text."""
        try:
            wait_for(repr(text), lambda: self.output().count(text) >= times, seconds)
        except Exception as error:
            raise AssertionError(f"{error}; it said:\n{self.output()}") from error

    def signal(self, number):
        """Sends a signal to its PID 1, as a runtime does."""
        os.kill(self.pid, number)

    def wait(self):
        """Waits for its end, as an orchestrator does; gives its exit code."""
        return int(podman("wait", "-i", "20ms", self.name).stdout)

    def stop(self, seconds=30):
        """podman stop, and the exit code; 137 means that the runtime had to kill it."""
        podman("stop", "-t", seconds, self.name)
        return self.wait()

    def execute(self, *command, check=True):
        """podman exec."""
        return podman("exec", self.name, *command, check=check).stdout

    def control(self):
        """The XML-RPC methods of its supervisord."""
        return xmlrpc.client.ServerProxy(
            "http://unix", transport=UnixTransport(self.shared / "sock")
        ).supervisor

    def states(self):
        """The state of every process, by name."""
        return {info["name"]: info["statename"] for info in self.control().getAllProcessInfo()}

    def reaches(self, seconds=30.0, **wanted):
        """Waits until processes have these states."""

        def there():
            try:
                states = self.states()
            except (OSError, http.client.HTTPException):
                return False
            return all(states.get(name) == state for name, state in wanted.items())

        try:
            wait_for(str(wanted), there, seconds)
        except Exception as error:
            raise AssertionError(f"{error}; it said:\n{self.output()}") from error

    def info(self, name):
        """What supervisord tells of a process."""
        return self.control().getProcessInfo(name)

    def get(self, path):
        """A page of its HTTP server on the Unix socket: status and text."""
        connection = UnixTransport(self.shared / "sock").make_connection("unix")
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()


class UnixTransport(xmlrpc.client.Transport):
    """XML-RPC over a Unix socket."""

    def __init__(self, path):
        super().__init__()
        self.path = str(path)

    def make_connection(self, host):
        connection = http.client.HTTPConnection(host, timeout=PATIENCE)
        connection.sock = socket.socket(socket.AF_UNIX)
        connection.sock.settimeout(PATIENCE)
        connection.sock.connect(self.path)
        return connection


def once(world, *command, flags=(), limits=LIMITS):
    """Runs a container to its end."""
    with Container(world, *command, flags=flags, limits=limits) as container:
        code = container.wait()
        return Answer(code, container.output())


def descendants(pid):
    """Everything below a process, zombies too."""
    found = []
    waiting = [pid]
    while waiting:
        parent = waiting.pop(0)
        try:
            text = pathlib.Path(f"/proc/{parent}/task/{parent}/children").read_text(encoding="ascii")
        except (FileNotFoundError, ProcessLookupError):
            continue
        found += map(int, text.split())
        waiting += map(int, text.split())
    return found


def state_of(pid):
    """The letter of a process's state, and its name; nothing when it is gone."""
    try:
        text = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return "", ""
    name, _, rest = text.partition("(")[2].rpartition(")")
    return rest.split()[0], name


def zombies(pid):
    """The zombies below a process."""
    return [child for child in descendants(pid) if state_of(child)[0] == "Z"]


def no_zombies(pid, seconds=10.0):
    """Waits until there is none; a process may be one for the moment that its parent needs."""
    wait_for("the last zombie to go", lambda: not zombies(pid), seconds)


def configuration(folder, text):
    """A configuration with everything in that folder, for a supervisord outside of podman; gives its path."""
    path = folder / "supervisord.conf"
    path.write_text((BASE + text).replace("/shared", str(folder)), encoding="utf-8")
    return path


def in_namespace(*command, **more):
    """Starts a command as PID 1 of a namespace of its own."""
    return subprocess.Popen(["unshare", "--pid", "--fork", "--kill-child", *map(str, command)], **more)


def outside(world, *command, root=False, seconds=60.0, **more):
    """Runs a command as PID 1 of a namespace of its own without podman: what podman cannot arrange."""
    words = ["unshare", "--pid", "--fork", "--kill-child"]
    if root:
        words += [f"--root={world.root}"]
    return subprocess.run(
        [*words, *map(str, command)],
        stdin=subprocess.DEVNULL,
        stdout=more.pop("stdout", subprocess.PIPE),
        stderr=more.pop("stderr", subprocess.STDOUT),
        timeout=seconds,
        check=False,
        **more,
    )


def end_of(process):
    """Ends a process that a case has started itself."""
    if process.poll() is None:
        process.send_signal(signal.SIGKILL)
    process.wait()
