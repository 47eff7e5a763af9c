"""`onevisor run` (and tini, dumb-init) as PID 1."""

import os
import pathlib
import signal
import subprocess

from containers import Container, descendants, end_of, no_zombies, once, outside, podman, state_of, wait_for

RUN = ("/bin/onevisor", "run", "--")
CANNOT_BE_CAUGHT = (signal.SIGKILL, signal.SIGSTOP)


def case_run_passes_every_signal_on(world):
    """C1, C6: every number from 1 to 64 that can be passed on arrives."""
    with Container(world, *RUN, "/bin/helper", "signals") as container:
        container.says("ready")
        pid = container.pid
        # SIGUSR2 ends the helper. SIGCHLD is ours: it tells of our children.
        numbers = [n for n in range(1, 65) if n not in (*CANNOT_BE_CAUGHT, signal.SIGCHLD, signal.SIGUSR2)]
        for number in numbers:
            os.kill(pid, number)
            if number == signal.SIGCONT:
                # The kernel drops one that waits as soon as a signal that stops comes.
                container.says(f"got {number}")
        container.says(f"got {numbers[-1]}")
        os.kill(pid, signal.SIGUSR2)
        assert container.wait() == 0
        got = sorted(
            int(line.split()[1]) for line in container.output().splitlines() if line.startswith("got ")
        )
        assert got == sorted([*numbers, signal.SIGUSR2]), sorted(set(numbers) - set(got))


def case_run_passes_on_what_the_runtime_sends(world):
    """C1: podman kill, by name."""
    with Container(world, *RUN, "/bin/helper", "signals") as container:
        container.says("ready")
        for name, number in (("TERM", 15), ("SIGWINCH", 28), ("RTMIN+3", 37), ("PWR", 30)):
            podman("kill", "-s", name, container.name)
            container.says(f"got {number}")


def case_run_rewrites_signals(world):
    """C6: --signal, and SIGTERM that becomes nothing at all."""
    words = ("run", "--signal", "15:3", "--signal", "INT:0", "--", "/bin/helper", "signals")
    with Container(world, "/bin/onevisor", *words) as container:
        container.says("ready")
        pid = container.pid
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGUSR2):
            os.kill(pid, number)
        assert container.wait() == 0
        got = [line for line in container.output().splitlines() if line.startswith("got")]
        assert got == ["got 3", "got 12"], got


def case_run_ends_with_every_exit_status(world):
    """C8: 0 to 255, each as PID 1 of a namespace of its own."""
    for code in range(256):
        got = outside(world, world.binary, "run", "--", "/bin/sh", "-c", f"exit {code}").returncode
        assert got == code, (code, got)


def case_run_ends_with_the_status_that_podman_sees(world):
    """C8: samples through the runtime; exec errors; a remapped status."""
    for words, code in (
        (("sh", "-c", "exit 0"), 0),
        (("sh", "-c", "exit 7"), 7),
        (("sh", "-c", "exit 255"), 255),
        (("/no/such/program",), 127),
        (("no-such-program",), 127),
        (("/shared",), 126),
    ):
        assert once(world, *RUN, *words).code == code, words
    remapped = ("/bin/onevisor", "run", "--remap-exit", "143:0", "--", "sh", "-c", "exit 143")
    assert once(world, *remapped).code == 0


def case_run_tells_the_signal_that_ended_the_command(world):
    """C8: 128 and the number, for every signal that ends a process."""
    harmless = (signal.SIGCHLD, signal.SIGCONT, signal.SIGURG, signal.SIGWINCH)
    stops = (signal.SIGSTOP, signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU)
    numbers = [number for number in range(1, 65) if number not in (*harmless, *stops, 32, 33)]
    for number in numbers:
        done = (
            outside(
                world,
                world.binary,
                "run",
                "--",
                "/usr/bin/python3",
                "-SEc",
                f"import os; os.kill(os.getpid(), {number})",
            )
            if number not in (signal.SIGPIPE, signal.SIGXFSZ, signal.SIGINT)
            else outside(world, world.binary, "run", "--", "/bin/sh", "-c", f"kill -{number} $$")
        )
        assert done.returncode == 128 + number, (number, done)


def case_run_reaps_ten_thousand_orphans(world):
    """C2: none is left, and the command's own status is not lost among them."""
    command = ("sh", "-c", "helper orphans 10000; sleep 1000 & exec helper slow 0")
    with Container(world, *RUN, *command) as container:
        container.says("orphans done", seconds=90)
        container.says("up")
        no_zombies(container.pid)
        container.signal(signal.SIGTERM)
        assert container.wait() == 0


def case_run_is_stopped_at_any_moment(world):
    """C1: podman stop 0, 1, 10 ms after the start never ends with SIGKILL."""
    for moment in (0, 0.001, 0.01):
        with Container(world, *RUN, "sleep", "1000", start=False) as container:
            container.start()
            subprocess.run(["sleep", str(moment)], check=True)
            assert container.stop() == 143, moment


def case_run_gives_orphans_their_time(world):
    """C7, C9: with --grace what the command leaves behind, in sessions of its own, is told to end too."""
    command = ("run", "--grace", "5", "--", "sh", "-c", "helper escape 1000; exec helper slow 0")
    with Container(world, "/bin/onevisor", *command) as container:
        container.says("escaped")
        container.says("up")
        left = [pid for pid in descendants(container.pid) if state_of(pid)[1] == "escapee"]
        assert left
        container.signal(signal.SIGTERM)
        assert container.wait() == 0
        assert not any(state_of(pid)[1] == "escapee" for pid in left)


def case_run_kills_who_does_not_end(world):
    """C10: --grace is the most that a deaf command gets."""
    with Container(world, "/bin/onevisor", "run", "--grace", "0.5", "--", "helper", "deaf") as container:
        container.says("deaf")
        container.signal(signal.SIGTERM)
        assert container.wait() == 137
        # The kernel's SIGKILL of the whole container gives the same number; then nobody was there to say it.
        assert container.inspect(".State.OOMKilled") == "false"


def case_run_passes_sockets_on(world):
    """C12: descriptors with LISTEN_FDS reach the command, which finds its own number in LISTEN_PID."""
    reader, writer = os.pipe()
    script = 'echo "pid $$ listen $LISTEN_PID $LISTEN_FDS"; echo through >&3'
    done = subprocess.run(
        [
            *("unshare", "--pid", "--fork"),
            "sh",
            "-c",
            'LISTEN_PID=$$ LISTEN_FDS=1 exec "$0" run -- sh -c "$1" 3>&$2',
        ]
        + [world.binary, script, str(writer)],
        pass_fds=[writer],
        stdout=subprocess.PIPE,
        text=True,
        check=False,
        timeout=30,
    )
    os.close(writer)
    with os.fdopen(reader) as stream:
        through = stream.read()
    words = done.stdout.split()
    assert words[1] == words[3] and words[4] == "1" and words[1] != "1", done.stdout
    assert through == "through\n", through


def case_run_starts_the_command_clean(world):
    """C11: nothing blocked or ignored, whatever our own mask is; no further descriptors."""
    answer = once(world, *RUN, "cat", "/proc/self/status")
    fields = dict(line.split(":\t", 1) for line in answer.text.splitlines() if ":\t" in line)
    assert int(fields["SigBlk"], 16) == 0 and int(fields["SigIgn"], 16) == 0, fields
    assert once(world, *RUN, "helper", "fds").text.strip() == "0 1 2 open"


def case_run_beside_the_host(world):
    """C5: not PID 1 (--pid=host): orphans come to it all the same, and the host's processes are left alone."""
    bystander = subprocess.Popen(["sleep", "1000"])
    command = (
        "run",
        "--grace",
        "3",
        "--",
        "sh",
        "-c",
        "helper orphans 50; helper escape 1000; exec helper slow 0",
    )
    try:
        with Container(world, "/bin/onevisor", *command, flags=("--pid=host",)) as container:
            container.says("up")
            ours = descendants(container.pid)
            escapee = [pid for pid in ours if state_of(pid)[1] == "escapee"]
            assert escapee, ours
            no_zombies(container.pid)
            container.signal(signal.SIGTERM)
            assert container.wait() == 0
            wait_for("the escapee to be gone", lambda: state_of(escapee[0])[1] != "escapee")
            assert bystander.poll() is None
    finally:
        end_of(bystander)


def case_run_as_the_runtimes_own_init(world):
    """podman run --init with our binary in the place of catatonit."""
    link = pathlib.Path(world.work) / "podman-init"
    if not link.exists():
        os.link(world.root / "bin/onevisor", link)
    flags = ("--init", "--init-path", str(link))
    answer = once(world, "sh", "-c", "exit 9", flags=flags)
    assert answer.code == 9, answer
    with Container(world, "helper", "signals", flags=flags) as container:
        container.says("ready")
        container.signal(signal.SIGTERM)
        container.says("got 15")


def case_tini_and_dumb_init_by_name(world):
    """C6: what images with those names in ENTRYPOINT expect."""
    assert once(world, "/bin/tini", "-e", "143", "--", "sh", "-c", "kill -TERM $$").code == 0
    assert once(world, "/bin/tini", "-g", "--", "sh", "-c", "exit 4").code == 4
    with Container(world, "/bin/dumb-init", "--rewrite", "15:10", "--", "helper", "signals") as container:
        container.says("ready")
        container.signal(signal.SIGTERM)
        container.says("got 10")


def case_run_reaps_what_exec_leaves(world):
    """C20: processes that podman exec left behind, as health checks do, are adopted and reaped without a word."""
    with Container(world, *RUN, "helper", "slow", "0") as container:
        container.says("up")
        before = container.output()
        for _ in range(3):
            container.execute("sh", "-c", "helper orphans 5; helper escape 0")
        no_zombies(container.pid)
        wait_for("the left ones to be gone", lambda: len(descendants(container.pid)) == 1)
        assert container.output() == before
        container.signal(signal.SIGTERM)
        assert container.wait() == 0
