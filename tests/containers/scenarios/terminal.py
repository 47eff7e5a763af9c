"""A container with a terminal: podman run -it under a pseudo-terminal, as somebody at a keyboard has it."""

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import termios
import time

from containers import LIMITS, PLACE, end_of, podman

CTRL_C = b"\x03"
CTRL_Z = b"\x1a"


class Keyboard:
    """podman run -it with a terminal of which this is the other end."""

    count = 0

    def __init__(self, world, *command, flags=()):
        Keyboard.count += 1
        self.name = f"onevisor-test-tty-{os.getpid()}-{Keyboard.count}"
        self.end, inner = pty.openpty()
        self.size(24, 80)
        self.text = b""
        words = [
            "podman",
            "run",
            "--rm",
            "-it",
            "--name",
            self.name,
            *PLACE,
            *LIMITS,
            *flags,
            world.image,
            *command,
        ]
        self.process = subprocess.Popen(
            words, stdin=inner, stdout=inner, stderr=inner, start_new_session=True
        )
        os.close(inner)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        podman("rm", "-f", "-t", "0", self.name, check=False)
        end_of(self.process)
        os.close(self.end)

    def size(self, rows, columns):
        """Resizes the terminal."""
        fcntl.ioctl(self.end, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def press(self, keys):
        """Types."""
        os.write(self.end, keys)

    def shows(self, text, seconds=30.0):
        """Waits until that text has come since the last time."""
        deadline = time.monotonic() + seconds
        while text not in self.text:
            left = deadline - time.monotonic()
            if left < 0 or not select.select([self.end], [], [], left)[0]:
                raise AssertionError(f"waited {seconds:g} s for {text!r}; it shows {self.text!r}")
            try:
                self.text += os.read(self.end, 65536)
            except OSError:
                raise AssertionError(f"ended without {text!r}; it shows {self.text!r}") from None
        self.text = self.text.partition(text)[2]

    def wait(self):
        """The exit code."""
        while self.process.poll() is None:
            if select.select([self.end], [], [], 0.1)[0]:
                try:
                    self.text += os.read(self.end, 65536)
                except OSError:
                    break
        return self.process.wait(timeout=30)


def case_ctrl_c_ends_the_command(world):
    """C21: Ctrl-C reaches the command alone, which is in the foreground."""
    with Keyboard(world, "/bin/onevisor", "run", "--", "sh", "-c", "echo up; exec sleep 1000") as keyboard:
        keyboard.shows(b"up")
        keyboard.press(CTRL_C)
        assert keyboard.wait() == 130


def case_ctrl_z_does_not_hang(world):
    """C6: what PID 1 runs cannot be continued by anybody, so it goes on; Ctrl-C still works."""
    command = ("sh", "-c", "echo up; while :; do sleep 0.2; echo on; done")
    with Keyboard(world, "/bin/onevisor", "run", "--", *command) as keyboard:
        keyboard.shows(b"up")
        keyboard.press(CTRL_Z)
        keyboard.shows(b"on\r\n")
        keyboard.shows(b"on\r\n")
        keyboard.press(CTRL_C)
        assert keyboard.wait() == 130


def case_a_shell_has_job_control(world):
    """C21: an interactive shell stops a job with Ctrl-Z and continues it; its exit status comes out."""
    with Keyboard(world, "/bin/onevisor", "run", "--", "sh", "-i") as keyboard:
        keyboard.shows(b"# ")
        keyboard.press(b"sleep 1000\r")
        keyboard.shows(b"sleep 1000\r\n")
        wait_in_foreground(keyboard, "sleep")
        keyboard.press(CTRL_Z)
        keyboard.shows(b"Stopped")
        keyboard.press(b"fg\r")
        keyboard.shows(b"sleep 1000")
        wait_in_foreground(keyboard, "sleep")
        keyboard.press(CTRL_C)
        keyboard.shows(b"# ")
        keyboard.press(b"exit 7\r")
        assert keyboard.wait() == 7


def case_the_size_of_the_window_arrives(world):
    """C21: SIGWINCH reaches the command, and the new size is the terminal's."""
    with Keyboard(
        world,
        "/bin/onevisor",
        "run",
        "--",
        "sh",
        "-c",
        "trap 'stty size' WINCH; echo up; while :; do sleep 0.1; done",
    ) as keyboard:
        keyboard.shows(b"up")
        keyboard.size(50, 132)
        os.kill(keyboard.process.pid, signal.SIGWINCH)
        keyboard.shows(b"50 132")


def case_ctrl_c_stops_supervisord_in_order(world):
    """C21: supervisord at a terminal ends with Ctrl-C as with SIGINT."""
    config = world.folder() / "supervisord.conf"
    config.write_text(
        "[supervisord]\nlogfile=/dev/null\nlogfile_maxbytes=0\n[program:one]\ncommand=/bin/helper slow 1\n",
        encoding="ascii",
    )
    with Keyboard(world, "/bin/supervisord", "-c", "/c", flags=("-v", f"{config}:/c:ro")) as keyboard:
        keyboard.shows(b"entered RUNNING state")
        keyboard.press(CTRL_C)
        keyboard.shows(b"stopped: one (exit status 0)")
        assert keyboard.wait() == 0


def wait_in_foreground(keyboard, name):
    """Waits until the terminal's foreground is that program: keys pressed before would go to the shell."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        group = podman(
            "exec",
            keyboard.name,
            "sh",
            "-c",
            f"ps -o pid,stat,args | grep ' {name}' | grep -v grep",
            check=False,
        ).stdout
        if f"{name}" in group:
            return
    raise AssertionError(f"{name} does not come to the foreground")
