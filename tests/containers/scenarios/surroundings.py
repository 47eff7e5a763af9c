"""Places without comfort: read-only, without rights, without names, without /proc, with calls refused."""

import json
import signal
import subprocess

from containers import BASE, Container, end_of, once, wait_for

STAYS = "[program:stays]\ncommand=/bin/helper sleep\nstartsecs=0\n"
NO_RIGHTS = ("--cap-drop", "all", "--security-opt", "no-new-privileges", "--user", "12345:6789")
# What profiles older than a kernel's newest calls refuse, with EPERM or ENOSYS.
NEW_CALLS = (
    "clone3",
    "close_range",
    "pidfd_open",
    "pidfd_send_signal",
    "openat2",
    "faccessat2",
    "statx",
    "epoll_pwait2",
    "rseq",
    "io_uring_setup",
    "getrandom",
)
EPERM, ENOSYS = 1, 38


def runs_and_stops(world, flags=(), config=STAYS):
    """supervisord starts its program, answers, and stops in order."""
    with Container(world, config=config, flags=flags) as container:
        container.reaches(stays="RUNNING")
        assert container.stop() == 0, container.output()
        return container.output()


def case_read_only_root(world):
    """C14: --read-only."""
    runs_and_stops(world, ("--read-only", "--read-only-tmpfs=false"))


def case_no_rights_and_no_name(world):
    """C14: no capability, no new privileges, a user and a group that no file knows."""
    text = runs_and_stops(world, NO_RIGHTS)
    assert "Traceback" not in text and "panicked" not in text, text


def case_nowhere_to_write(world):
    """C14: all of it at once, and neither log, pid file nor socket can be had: it runs."""
    conf = world.folder() / "c"
    conf.write_text("[supervisord]\n" + STAYS, encoding="ascii")
    flags = ("--read-only", "--read-only-tmpfs=false", *NO_RIGHTS, "-v", f"{conf}:/c:ro")
    with Container(world, "/bin/supervisord", "-c", "/c", flags=flags) as container:
        container.says("stays entered RUNNING state")
        assert container.stop() == 0, container.output()


def case_calls_refused(world):
    """C14: seccomp profiles that refuse what newer kernels brought."""
    for errno in (EPERM, ENOSYS):
        profile = world.folder() / "seccomp.json"
        rules = [{"names": list(NEW_CALLS), "action": "SCMP_ACT_ERRNO", "errnoRet": errno}]
        profile.write_text(
            json.dumps({"defaultAction": "SCMP_ACT_ALLOW", "syscalls": rules}), encoding="ascii"
        )
        flags = ("--security-opt", f"seccomp={profile}")
        runs_and_stops(world, flags)
        assert once(world, "/bin/onevisor", "run", "--", "sh", "-c", "exit 3", flags=flags).code == 3


def case_without_proc(world):
    """C14: no /proc, no /dev, no /sys: a bare folder as root."""
    conf = world.root / "shared/bare.conf"
    conf.write_text(BASE + STAYS, encoding="ascii")
    process = subprocess.Popen(
        [
            "unshare",
            "--pid",
            "--fork",
            "--kill-child",
            f"--root={world.root}",
            "/bin/supervisord",
            "-c",
            "/shared/bare.conf",
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        lines = []
        for line in process.stdout:
            lines.append(line)
            if "entered RUNNING state" in line:
                break
        assert lines and "RUNNING" in lines[-1], lines
        children = open(f"/proc/{process.pid}/task/{process.pid}/children", encoding="ascii").read().split()
        subprocess.run(["kill", "-TERM", *children], check=True)
        rest = process.stdout.read()
        assert process.wait(timeout=30) == 0, (lines, rest)
    finally:
        end_of(process)


def case_run_without_proc(world):
    """C14: `run` in the same place."""
    from containers import outside

    done = outside(
        world,
        "/bin/onevisor",
        "run",
        "--grace",
        "1",
        "--",
        "/bin/sh",
        "-c",
        "helper escape 100; exit 3",
        root=True,
    )
    assert done.returncode == 3, done


def case_memory_and_devices_absent(world):
    """C14: a volume over /dev hides every device."""
    with Container(
        world,
        config=STAYS,
        flags=(
            "--tmpfs",
            "/dev:mode=755",
        ),
    ) as container:
        container.reaches(stays="RUNNING")
        container.signal(signal.SIGTERM)
        assert container.wait() == 0


def case_a_volume_that_fills(world):
    """C13: the log's file system is full: programs run, and the end is in order."""
    config = "[supervisord]\nlogfile=/small/log\n" + STAYS
    with Container(
        world,
        config=config,
        flags=(
            "--tmpfs",
            "/small:size=4k",
        ),
    ) as container:
        container.reaches(stays="RUNNING")
        for _ in range(20):
            container.control().stopProcess("stays")
            container.control().startProcess("stays")
        wait_for("the answer", lambda: container.states() == {"stays": "RUNNING"})
        assert container.stop() == 0
