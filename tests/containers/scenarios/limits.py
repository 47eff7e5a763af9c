"""Little of everything: processes, memory, descriptors."""

import contextlib
import resource
import signal
import xmlrpc.client

from containers import Container, Skip, descendants, no_zombies, once, wait_for

STAYS = "[program:stays]\ncommand=/bin/helper sleep\nstartsecs=0\n"
TO_STDOUT = "stdout_logfile=/dev/stdout\nstdout_logfile_maxbytes=0\n"


def case_pids_max_exhausted(world):
    """C2: with no process to be had a program's start fails and is tried again; it recovers by itself."""
    config = (
        STAYS
        + f"[program:forks]\ncommand=/bin/helper forks 1000\nstartsecs=0\nautostart=false\nautorestart=false\n{TO_STDOUT}"
    )
    with Container(world, config=config, flags=("--pids-limit", "40")) as container:
        container.reaches(stays="RUNNING")
        container.control().startProcess("forks")
        container.says("Resource temporarily unavailable")
        container.control().signalProcess("stays", "KILL")
        container.reaches(stays="RUNNING")
        container.signal(signal.SIGCHLD)
        # Its own place was free again; now nothing is.
        container.control().stopProcess("stays")
        container.control().signalProcess("forks", "KILL")
        wait_for("its children to be gone", lambda: len(descendants(container.pid)) == 0)
        container.control().startProcess("stays")
        container.reaches(stays="RUNNING")
        no_zombies(container.pid)
        assert container.stop() == 0


def case_no_process_to_start_with(world):
    """C2: where a program cannot be forked at all it is retried with growing pauses, and comes up when there is room."""
    config = f"[program:forks]\ncommand=/bin/helper forks 1000\nstartsecs=0\n{TO_STDOUT}" + (
        "[program:late]\ncommand=/bin/helper sleep\nstartsecs=0\nautostart=false\nstartretries=20\n"
    )
    with Container(world, config=config, flags=("--pids-limit", "30")) as container:
        container.says("Resource temporarily unavailable")
        with contextlib.suppress(xmlrpc.client.Fault):  # SPAWN_ERROR
            container.control().startProcess("late", False)
        container.reaches(late="BACKOFF")
        container.control().stopProcess("forks")
        container.reaches(late="RUNNING")
        assert container.stop() == 0


def case_run_without_a_process_to_be_had(world):
    """C2: `run` says that it cannot start its command."""
    answer = once(world, "/bin/onevisor", "run", "--", "sh", "-c", "exit 3", flags=("--pids-limit", "1"))
    if answer.code == 3:
        raise Skip("this runtime does not hold the container to one process")
    assert "cannot start the command" in answer.text, answer


def case_out_of_memory(world):
    """C16: the kernel kills the program that eats the memory, not us; it is started again and the others never notice."""
    config = (
        STAYS
        + f"[program:hog]\ncommand=/bin/helper hog 200\nstartsecs=0\nautostart=false\nautorestart=false\n{TO_STDOUT}"
    )
    with Container(world, config=config, flags=("--memory", "64m", "--memory-swap", "64m")) as container:
        if container.inspect(".HostConfig.Memory") == "0":
            raise Skip("no memory cgroup here")
        container.reaches(stays="RUNNING")
        before = container.info("stays")["pid"]
        for _ in range(3):
            container.control().startProcess("hog")
            container.reaches(hog="EXITED")
            assert "SIGKILL" in container.output() or "terminated by SIGKILL" in container.output(), (
                container.output()
            )
        assert container.info("stays")["pid"] == before
        assert container.stop() == 0


def case_run_tells_of_no_memory(world):
    """C16: `run` ends with 137 when the kernel has killed its command."""
    flags = ("--memory", "64m", "--memory-swap", "64m")
    assert once(world, "/bin/onevisor", "run", "--", "helper", "hog", "200", flags=flags).code == 137


def case_few_descriptors(world):
    """C15: with 256 descriptors supervisord starts, and goes on when they are used up."""
    limits = ("--ulimit", "nofile=256:256", "--ulimit", "nproc=1000:1000")
    config = (
        STAYS
        + "[program:many]\ncommand=/bin/helper sleep\nnumprocs=150\nprocess_name=p%(process_num)d\nstartsecs=0\nautostart=false\n"
    )
    with Container(world, config=config, limits=limits) as container:
        container.reaches(stays="RUNNING")
        container.control().startProcessGroup("many", False)
        wait_for("the limit", lambda: "too many open files to spawn" in container.output())
        container.control().stopProcessGroup("many")
        container.control().startProcess("many:p149")
        assert container.stop() == 0


def case_many_descriptors(world):
    """C15: nothing takes longer because a limit is high."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = max(hard, 1_048_576)
    limits = ("--ulimit", f"nofile={wanted}:{wanted}", "--ulimit", "nproc=1000:1000")
    try:
        container = Container(world, config=STAYS, limits=limits)
    except AssertionError as refused:
        if "rlimit" not in str(refused):
            raise
        limits = ("--ulimit", f"nofile={hard}:{hard}", "--ulimit", "nproc=1000:1000")
        with Container(world, config=STAYS, limits=limits) as container:
            container.reaches(stays="RUNNING")
            assert container.stop() == 0
        raise Skip(f"a limit of {wanted} cannot be had here; shown with {hard}") from None
    with container:
        container.reaches(stays="RUNNING")
        assert container.stop() == 0
    return f"with {wanted}"
