"""supervisord as PID 1 at its daily work: reaping, starting, health checks, readers that do not read."""

import os
import platform
import signal
import socket
import subprocess
import time

from containers import (
    Container,
    Skip,
    configuration,
    descendants,
    end_of,
    in_namespace,
    no_zombies,
    outside,
    podman,
    state_of,
    wait_for,
)

STAYS = "[program:stays]\ncommand=/bin/helper sleep\nstartsecs=0\n"
TO_STDOUT = "stdout_logfile=/dev/stdout\nstdout_logfile_maxbytes=0\n"


def case_ten_thousand_orphans(world):
    """C2: no zombie is left, supervisord answers meanwhile, and no exit code of its own programs is lost."""
    config = STAYS + f"[program:orphans]\ncommand=/bin/helper orphans 10000\nautorestart=false\n{TO_STDOUT}"
    with Container(world, config=config) as container:
        container.reaches(stays="RUNNING")
        container.reaches(orphans="EXITED", seconds=120)
        assert container.info("orphans")["exitstatus"] == 0
        no_zombies(container.pid)
        assert len(descendants(container.pid)) == 1


def case_zombies_from_before(world):
    """C2: children that died before supervisord was executed in their parent's place are reaped."""
    command = ("/bin/helper", "child", "/bin/supervisord", "-c", "/shared/supervisord.conf")
    with Container(world, *command, config=STAYS) as container:
        container.reaches(stays="RUNNING")
        no_zombies(container.pid)


def case_every_quick_end_is_seen(world):
    """C4: 500 programs that end at once, each with a code of its own."""
    config = (
        "[program:q]\ncommand=/bin/sh -c 'exit %(process_num)d'\nnumprocs=250\nprocess_name=%(process_num)d\n"
        "startsecs=0\nautorestart=false\n"
    )
    with Container(world, config=config) as container:
        wait_for("all to have ended", lambda: ended(container, 250), 60)
        infos = container.control().getAllProcessInfo()
        wrong = [info["name"] for info in infos if info["exitstatus"] != int(info["name"])]
        assert not wrong, wrong


def ended(container, count):
    """Whether so many processes are EXITED."""
    try:
        return list(container.states().values()).count("EXITED") == count
    except OSError:
        return False


def case_reused_numbers_are_never_confused(world):
    """C3: where process numbers are reused within a second, nobody but the right ones is signalled or reported."""
    if tuple(map(int, platform.release().split(".")[:2])) < (6, 14):
        raise Skip("before Linux 6.14 pid_max is the whole machine's, and stays alone")
    churn = "[program:churn]\ncommand=/bin/true\nnumprocs=3\nprocess_name=c%(process_num)d\nstartsecs=0\nautorestart=true\n"
    script = "echo 400 > /proc/sys/kernel/pid_max && exec supervisord -c /shared/supervisord.conf"
    flags = ("--privileged",)
    with Container(world, "sh", "-c", script, config=STAYS + churn, flags=flags) as container:
        try:
            container.reaches(stays="RUNNING")
        except AssertionError:
            if "pid_max" in container.output():
                raise Skip("this kernel has no pid_max of a namespace's own") from None
            raise
        bystander = container.info("stays")["pid"]
        control = container.control()
        for _ in range(60):
            for number in range(3):
                try:
                    control.signalProcess(f"churn:c{number}", "KILL")
                except Exception as fault:  # noqa: BLE001 - one that is not running cannot be signalled
                    assert "NOT_RUNNING" in str(fault), fault
            time.sleep(0.02)
        assert container.info("stays")["pid"] == bystander
        no_zombies(container.pid)


def case_health_checks_are_adopted(world):
    """C20: what podman exec leaves behind is reaped, and told at DEBG alone (orphans-told-at-debug)."""
    with Container(world, config=STAYS) as container:
        container.reaches(stays="RUNNING")
        before = container.output()
        for _ in range(3):
            assert "RUNNING" in container.execute("supervisorctl", "-c", "/shared/supervisord.conf", "status")
            container.execute("sh", "-c", "helper orphans 5; helper escape 0")
        wait_for("the left ones to be gone", lambda: len(descendants(container.pid)) == 1)
        told = container.output()[len(before) :]
        assert not [line for line in told.splitlines() if "DEBG" not in line], told


def case_programs_start_clean(world):
    """C11, C12: default signals, nothing blocked, no descriptors beyond three, whatever supervisord was given."""
    reader, writer = os.pipe()
    folder = world.folder()
    once = "autorestart=false\nstartsecs=0\nstdout_logfile="
    conf = configuration(
        folder,
        f"[program:status]\ncommand=/bin/cat /proc/self/status\n{once}{folder}/status\n"
        f"[program:fds]\ncommand={world.root}/bin/helper fds\n{once}{folder}/fds\n",
    )
    careless = (
        "env",
        "--ignore-signal=PIPE",
        "--block-signal=TERM",
        world.root / "bin/supervisord",
        "-c",
        conf,
    )
    process = in_namespace(*careless, pass_fds=[writer], stdout=subprocess.DEVNULL)
    outputs = [folder / name for name in ("status", "fds")]
    try:
        wait_for("both", lambda: all(path.exists() and path.stat().st_size for path in outputs))
        status, fds = (path.read_text(encoding="utf-8") for path in outputs)
        fields = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
        assert int(fields["SigBlk"], 16) == 0 and int(fields["SigIgn"], 16) == 0, fields
        assert fds.strip() == "0 1 2 open", fds
    finally:
        end_of(process)
        os.close(reader)
        os.close(writer)


def case_a_reader_that_stops_reading(world):
    """C13: with our output's reader stopped, everything else goes on: restarts, orders, the end."""
    config = STAYS + f"[program:flood]\ncommand=/bin/helper flood\nstartsecs=0\n{TO_STDOUT}"
    with Container(world, config=config) as container:
        container.reaches(stays="RUNNING", flood="RUNNING")
        reader = int(container.inspect(".State.ConmonPid"))
        init = container.pid
        os.kill(reader, signal.SIGSTOP)
        try:
            first = container.info("stays")["pid"]
            control = container.control()
            control.signalProcess("stays", "KILL")
            wait_for("the restart", lambda: container.info("stays")["pid"] not in (0, first))
            wait_for("the full pipe", lambda: flood_waits(container))
            control.stopProcess("stays")
            control.startProcess("stays")
            os.kill(init, signal.SIGTERM)
            wait_for("the end", lambda: state_of(init)[0] in ("", "Z"))
        finally:
            os.kill(reader, signal.SIGCONT)
        assert container.wait() == 0


def flood_waits(container):
    """Whether the flooding program has stopped writing, since nobody takes its output."""
    pids = [pid for pid in descendants(container.pid) if state_of(pid)[1] == "helper"]
    return all(state_of(pid)[0] == "S" for pid in pids)


def case_an_output_that_takes_nothing(world):
    """C13: standard output closed, or full: supervisord runs and ends as ever."""
    ends = (
        "[supervisord]\nexit_when=all_exited\n"
        f"[program:p]\ncommand=/bin/sh -c 'echo text; exit 6'\nautorestart=false\nstartsecs=0\n{TO_STDOUT}"
    )
    for redirection in (">&- 2>&-", ">/dev/full 2>&1", ">/dev/null 2>/dev/null <&-"):
        conf = configuration(world.folder(), ends)
        done = outside(world, "sh", "-c", f"exec {world.root}/bin/supervisord -c {conf} {redirection}")
        assert done.returncode == 6, (redirection, done)


def case_shared_output_stays_blocking(world):
    """C13: O_NONBLOCK is never set on what others hold too."""
    reader, writer = os.pipe()
    conf = configuration(
        world.folder(), f"[program:p]\ncommand=/bin/sh -c 'echo text; sleep 1000'\n{TO_STDOUT}"
    )
    process = in_namespace(world.root / "bin/supervisord", "-c", conf, stdout=writer, stderr=writer)
    try:
        text = b""
        while b"text\n" not in text:
            text += os.read(reader, 65536)
        assert os.get_blocking(writer)
    finally:
        end_of(process)
        os.close(reader)
        os.close(writer)


def case_podman_pause(world):
    """C23: after a pause of 6 s no deadline has passed unfairly: a program that needs its time to end gets it."""
    config = "[program:slow]\ncommand=/bin/helper slow 15\nstartsecs=0\nstopwaitsecs=4\n" + STAYS
    with Container(world, config=config) as container:
        container.reaches(slow="RUNNING", stays="RUNNING")
        before = container.info("stays")["pid"]
        container.control().stopProcess("slow", False)
        podman("pause", container.name)
        unfair = time.monotonic() + 6
        wait_for("the program's time to end is over", lambda: time.monotonic() > unfair)
        podman("unpause", container.name)
        container.reaches(slow="STOPPED", stays="RUNNING")
        assert container.info("stays")["pid"] == before
        assert container.info("slow")["exitstatus"] == 0, container.output()
        assert "stood still for" in container.output(), container.output()
        assert container.stop() == 0


def case_the_manager_above_is_told(world):
    """C24: READY=1 and STOPPING=1 go to NOTIFY_SOCKET, which programs do not see."""
    with Container(
        world,
        config=STAYS
        + "[program:env]\ncommand=/bin/env\nautorestart=false\nstartsecs=0\nstdout_logfile=/shared/env\n",
        flags=("-e", "NOTIFY_SOCKET=/shared/notify"),
        start=False,
    ) as container:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
            notify.bind(str(container.shared / "notify"))
            notify.settimeout(20)
            container.start()
            assert b"READY=1" in notify.recv(4096)
            container.reaches(env="EXITED")
            assert "NOTIFY_SOCKET" not in (container.shared / "env").read_text(encoding="utf-8")
            container.signal(signal.SIGTERM)
            assert b"STOPPING=1" in notify.recv(4096)
            assert container.wait() == 0


def case_beside_the_host(world):
    """C5, C14: supervisord -n with --pid=host is not PID 1: it takes care of its own, and leaves the host alone."""
    bystander = subprocess.Popen(["sleep", "1000"])
    config = "[program:daemon]\ncommand=/bin/sh -c 'helper escape 1000; exec helper sleep'\nstartsecs=0\n"
    command = ("/bin/supervisord", "-n", "-c", "/shared/supervisord.conf")
    try:
        with Container(world, *command, config=config, flags=("--pid=host",)) as container:
            container.reaches(daemon="RUNNING")
            escapee = wait_for(
                "the escapee",
                lambda: [pid for pid in descendants(container.pid) if state_of(pid)[1] == "escapee"],
            )
            assert container.stop() == 0
            wait_for("its end", lambda: state_of(escapee[0])[1] != "escapee")
            assert bystander.poll() is None
    finally:
        end_of(bystander)


def case_probes(world):
    """Kubernetes: /livez, /readyz and /healthz follow the states, without the password of the server."""
    config = (
        "[unix_http_server]\nusername=u\npassword=p\nprobe_paths=true\n"
        "[program:stays]\ncommand=/bin/helper sleep\nstartsecs=2\n"
    )
    with Container(world, config=config) as container:
        wait_for("the socket", (container.shared / "sock").exists)
        status, text = container.get("/readyz")
        assert (status, text) == (503, "stays STARTING\n"), (status, text)
        assert container.get("/livez") == (200, "ok\n") == container.get("/healthz")
        wait_for("ready", lambda: container.get("/readyz")[0] == 200)
        assert container.get("/RPC2")[0] in (401, 405)
