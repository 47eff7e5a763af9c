"""supervisord as PID 1: how it is stopped, what it stops, and with which status it ends."""

import os
import select
import signal
import time

from containers import BASE, Answer, Container, descendants, state_of, wait_for

ORDERED = """
[program:first]
command=/bin/helper slow 0
priority=1
[program:last]
command=/bin/helper slow 0
priority=2
"""
DEAF = "[program:deaf]\ncommand=/bin/helper deaf\nstartsecs=0\nstopwaitsecs=3600\n"


def ended(world, config, flags=()):
    """A supervisord that ends by itself."""
    with Container(world, config=config, flags=flags) as container:
        code = container.wait()
        return Answer(code, container.output())


def program(name, command, **options):
    """A section of a program that is up at once and never started again."""
    options = {"startsecs": 0, "autorestart": "false", "startretries": 0, **options}
    return f"[program:{name}]\ncommand={command}\n" + "".join(
        f"{key}={value}\n" for key, value in options.items()
    )


def case_every_stop_signal_stops_in_order(world):
    """C1, C9: what docker, podman, nspawn and LXC send stops everything by priority, in the foreground without being told."""
    for name in ("TERM", "INT", "QUIT", "PWR", "RTMIN+3", "RTMIN+4"):
        with Container(world, config=ORDERED, flags=("--stop-signal", name)) as container:
            container.reaches(first="RUNNING", last="RUNNING")
            assert container.stop() == 0, name
            text = container.output()
            assert text.index("stopped: last (exit status 0)") < text.index(
                "stopped: first (exit status 0)"
            ), text


def case_stopped_at_any_moment(world):
    """C1: a stop 0, 1, 10 ms after the start is never lost, not even before the configuration is read."""
    for moment in (0, 0.001, 0.01):
        with Container(world, config=ORDERED, start=False) as container:
            container.start()
            time.sleep(moment)
            assert container.stop() == 0, moment


def case_a_signal_before_the_configuration_is_read(world):
    """C1: while it waits for its configuration, here from a fifo, a stop signal waits too."""
    script = "mkdir -p /tmp/c; mkfifo /tmp/c/conf; exec supervisord -c /tmp/c/conf"
    with Container(world, "sh", "-c", script) as container:
        pid = container.pid
        wait_for("supervisord", lambda: state_of(pid)[1] == "supervisord")
        container.signal(signal.SIGTERM)
        feed = f"cat > /tmp/c/conf <<'END'\n{BASE}{ORDERED}\nEND\n"
        container.execute("sh", "-c", feed)
        assert container.wait() == 0
        assert "received SIGTERM" in container.output()


def case_exit_as_soon_as_the_last_one_is_gone(world):
    """C9: with 0, 1 and 100 programs; told, not judged: machines differ."""
    told = []
    for count in (0, 1, 100):
        config = (
            f"[program:many]\ncommand=/bin/helper sleep\nnumprocs={count}\nprocess_name=p%(process_num)d\n"
            if count
            else ""
        )
        with Container(world, config=config) as container:
            container.says("success: " if count else "supervisord started", times=max(count, 1))
            pid = container.pid
            pidfd = os.pidfd_open(pid)
            began = time.monotonic()
            os.kill(pid, signal.SIGTERM)
            assert select.select([pidfd], [], [], 30)[0], f"{count} programs do not end"
            os.close(pidfd)
            told.append(f"{count}: {(time.monotonic() - began) * 1000:.0f} ms")
            assert container.wait() == 0
    return ", ".join(told)


def case_a_second_signal_hurries(world):
    """C10: the second SIGTERM does not wait for stopwaitsecs."""
    with Container(world, config=DEAF) as container:
        container.says("spawned: 'deaf'")
        container.reaches(deaf="RUNNING")
        container.signal(signal.SIGTERM)
        container.says("waiting for deaf to die")
        container.signal(signal.SIGTERM)
        assert container.wait() == 0


def case_shutdown_timeout_ends_before_the_runtime(world):
    """C9: shutdown_timeout is over before podman's patience: an orderly end with 0, not 137."""
    with Container(
        world, config=DEAF.replace("[program", "[supervisord]\nshutdown_timeout=1\n[program")
    ) as container:
        container.reaches(deaf="RUNNING")
        assert container.stop(seconds=40) == 0
        assert "the shutdown takes longer than 1 seconds" in container.output(), container.output()


def case_escapees_are_stopped(world):
    """C7: what double-forked into a session of its own is told to end, and killed if it is deaf."""
    config = program("daemon", "/bin/sh -c 'helper escape 1000; exec helper sleep'") + program(
        "rude", "/bin/sh -c '(setsid helper deaf &); exec helper sleep'"
    )
    with Container(world, config=config) as container:
        container.reaches(daemon="RUNNING")
        wait_for(
            "the escapee", lambda: any(state_of(pid)[1] == "escapee" for pid in descendants(container.pid))
        )
        assert container.stop() == 0
        assert "stopping processes that programs have left behind" in container.output()


def case_a_grandchild_that_ignores_sigterm(world):
    """C7: stopasgroup and killasgroup reach a deaf grandchild."""
    config = program(
        "tree",
        "/bin/sh -c 'helper deaf & exec helper slow 0'",
        stopasgroup="true",
        killasgroup="true",
        stopwaitsecs=1,
    )
    with Container(world, config=config) as container:
        container.reaches(tree="RUNNING")
        wait_for("the grandchild", lambda: len(descendants(container.pid)) == 2)
        assert container.stop() == 0


def case_the_end_of_an_essential_program(world):
    """C8, C19: the container ends with its status, and says why."""
    essential = {"essential": "true", "startsecs": 1}
    for command, options, code in (
        ("/bin/sh -c 'sleep 1.2; exit 3'", essential, 3),
        ("/bin/sh -c 'sleep 1.2; kill -9 $$'", essential, 137),
        ("/no/such/program", essential, 127),
        ("/shared/supervisord.conf", essential, 126),
    ):
        config = program("main", command, **options) + "[program:other]\ncommand=/bin/helper slow 1\n"
        answer = ended(world, config)
        assert answer.code == code, (command, answer)
        assert "essential program main" in answer.text, answer.text


def case_exit_when_and_exit_status(world):
    """C8: exit_when= and exit_status= as podman sees them."""
    quick = program("quick", "/bin/sh -c 'exit 5'", exitcodes="5")
    bad = program("bad", "/bin/sh -c 'exit 9'", startsecs=1)
    stays = "[program:stays]\ncommand=/bin/helper slow 0\n"
    for settings, programs, code in (
        ("exit_when=any_exit", quick + stays, 5),
        ("exit_when=all_exited", quick + program("well", "/bin/true"), 0),
        ("exit_when=any_fatal", bad + stays, 9),
        ("exit_when=any_fatal\nexit_status=fatal:44", bad + stays, 44),
    ):
        answer = ended(world, f"[supervisord]\n{settings}\n{programs}")
        expected = {0, 5} if settings == "exit_when=all_exited" else {code}
        assert answer.code in expected, (settings, answer)


def case_exit_status_of_a_stop(world):
    """C8: 0 by default; 143 where the configuration says so."""
    for settings, code in (("", 0), ("[supervisord]\nexit_status=stopped:143\n", 143)):
        with Container(world, config=settings + ORDERED) as container:
            container.says("supervisord started")
            assert container.stop() == code


def case_the_termination_log(world):
    """C19: the reason and the program's last words are where Kubernetes looks for them."""
    file = world.folder() / "termination-log"
    file.write_text("", encoding="ascii")
    file.chmod(0o666)
    script = "/bin/sh -c 'echo no database at db:5432 >&2; sleep 1.2; exit 4'"
    config = program("main", script, essential="true", startsecs=1, stderr_logfile="/shared/err")
    answer = ended(world, config, flags=("-v", f"{file}:/dev/termination-log"))
    assert answer.code == 4, answer
    text = file.read_text(encoding="utf-8")
    assert "essential program main has ended: exit status 4" in text and "no database at db:5432" in text, (
        text
    )


def case_a_configuration_that_is_wrong(world):
    """C14: an error line, exit code 2 and no hanging container."""
    answer = ended(world, "[program:x]\n")
    assert answer.code == 2 and "program:x" in answer.text, answer
