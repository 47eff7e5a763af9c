"""Sockets of FastCGI programs: when they are made and closed, what they are like, and what a child gets of them."""

import os
import re
import socket
import stat
import subprocess

from harness.daemon import read
from harness.suite import case
from harness.wait import wait_for
from rpc import control

SOCKET_LINE = re.compile(r"socket|\bspawned\b|\bstopped\b|\bexited\b|\bsuccess\b|gave up")


def fcgi(t, name, url, *actions, options="", startsecs=0):
    """A FastCGI program that does what it is told."""
    return (
        f"[fcgi-program:{name}]\ncommand={t.puppet(name, *actions)}\nsocket={url}\nstartsecs={startsecs}\n"
        f"autorestart=false\n{options}\n"
    )


def record_sockets(t, daemon, title="sockets and processes"):
    """Records what the log says of sockets and of processes."""
    t.record(title, [line for line in daemon.log_lines() if SOCKET_LINE.search(line) and "http" not in line])


def up(t, daemon, *names):
    """Waits until programs are up."""
    for name in names:
        daemon.wait_running(name)
        t.wait_event(f"{name} up")


def kind(t, name="s.sock"):
    """A file's type, mode and owner."""
    if not os.path.lexists(t.path(name)):
        return "missing"
    status = os.lstat(t.path(name))
    return f"{stat.filemode(status.st_mode)} {status.st_uid}:{status.st_gid}"


def listening(where):
    """What the kernel says of a listening socket: its queue's length."""
    option = "-lnxH" if where.startswith("/") else "-lntH"
    rows = subprocess.run(["ss", option], text=True, check=True, stdout=subprocess.PIPE).stdout.splitlines()
    return [row.split()[3 if where.startswith("/") else 2] for row in rows if where in row.split()]


@case
def a_unix_socket(t):
    t.config(fcgi(t, "f", "unix://ROOT/s.sock"))
    daemon = t.run()
    up(t, daemon, "f")
    t.record("file", kind(t))
    t.tell("f", "fds f.fds")
    t.wait_file("f.fds")
    t.record_file("f.fds")
    t.record("queue", listening(str(t.path("s.sock"))))
    daemon.stop(record=False)
    record_sockets(t, daemon)
    t.record("file afterwards", kind(t))


@case
def a_tcp_socket(t):
    port = control.free_port()
    t.config(fcgi(t, "f", f"tcp://127.0.0.1:{port}"))
    daemon = t.run()
    up(t, daemon, "f")
    t.record("queue", listening(f"127.0.0.1:{port}"))
    t.tell("f", "fds f.fds")
    t.wait_file("f.fds")
    t.record_file("f.fds")
    daemon.stop(record=False)
    t.record("log", [line.replace(str(port), "PORT") for line in daemon.log_lines() if "socket" in line])


@case
def a_tcp_socket_by_name(t):
    port = control.free_port()
    t.config(fcgi(t, "f", f"tcp://localhost:{port}"))
    daemon = t.run()
    up(t, daemon, "f")
    t.record("queue", listening(f"127.0.0.1:{port}"))
    daemon.stop(record=False)
    t.record("log", [line.replace(str(port), "PORT") for line in daemon.log_lines() if "socket" in line])


@case
def a_queue_of_its_own_length(t):
    port = control.free_port()
    t.config(
        fcgi(t, "f", f"tcp://127.0.0.1:{port}", options="socket_backlog=37")
        + fcgi(t, "g", "unix://ROOT/s.sock", options="socket_backlog=38")
    )
    daemon = t.run()
    up(t, daemon, "f", "g")
    t.record("queues", listening(f"127.0.0.1:{port}") + listening(str(t.path("s.sock"))))
    daemon.stop(record=False)


@case
def a_mode_and_an_owner(t):
    t.config(
        fcgi(t, "f", "unix://ROOT/f.sock", options="socket_mode=0777")
        + fcgi(t, "g", "unix://ROOT/g.sock", options="socket_owner=nobody:daemon\nsocket_mode=660")
        + fcgi(t, "h", "unix://ROOT/h.sock", options="socket_owner=nobody")
        + f"[fcgi-program:i]\ncommand=ROOT/probe ROOT/tmp/i\nsocket=unix://ROOT/i.sock\nuser=nobody\nstartsecs=0\n"
    )
    daemon = t.run()
    up(t, daemon, "f", "g", "h")
    daemon.wait_running("i")
    for name in "fghi":
        t.record(name, kind(t, f"{name}.sock"))
    daemon.stop(record=False)


@case
def one_socket_for_all_processes(t):
    t.config(
        "[fcgi-program:f]\ncommand="
        + t.puppet("NAME").replace("NAME", "%(process_num)d")
        + "\nsocket=unix://ROOT/s.sock\nnumprocs=3\nprocess_name=f%(process_num)d\nstartsecs=0\nautorestart=false\n"
    )
    daemon = t.run()
    daemon.wait_running("f0", "f1", "f2")
    for name in "012":
        t.wait_event(f"{name} up")
    links = {os.readlink(f"/proc/{daemon.child(f'f{name}')}/fd/0") for name in "012"}
    t.record("different sockets", len(links))
    daemon.stop(record=False)
    # Supervisor notes RUNNING in a later turn.
    t.record("log", [line for line in daemon.log_lines() if SOCKET_LINE.search(line) and "success" not in line])


@case
def closed_after_the_last_process_and_made_anew(t):
    plane = control.start(t, fcgi(t, "f", "unix://ROOT/s.sock"))
    up(t, plane.daemon, "f")
    plane.ask("supervisor.stopProcess", "f")
    t.record("file of no process", kind(t))
    t.record("listeners of no process", len(listening(str(t.path("s.sock")))))
    plane.ask("supervisor.startProcess", "f")
    t.wait_event("f up", 2)
    t.tell("f", "exit 0")
    plane.daemon.wait_log("exited: f")
    plane.end()
    record_sockets(t, plane.daemon)


@case
def closed_when_it_ends_by_itself(t):
    t.config(fcgi(t, "f", "unix://ROOT/s.sock").replace("autorestart=false", "autorestart=true"))
    daemon = t.run()
    up(t, daemon, "f")
    t.tell("f", "die KILL")
    daemon.wait_log("success: f", 2)
    t.wait_event("f up", 2)
    daemon.stop(record=False)
    record_sockets(t, daemon)


@case
def a_command_that_is_not_there(t):
    t.config("[fcgi-program:f]\ncommand=ROOT/no/such\nsocket=unix://ROOT/s.sock\nstartretries=1\nstartsecs=20\n")
    daemon = t.run()
    daemon.wait_log("gave up: f")
    daemon.stop(record=False)
    record_sockets(t, daemon)


@case
def not_started_automatically(t):
    t.config(fcgi(t, "f", "unix://ROOT/s.sock", options="autostart=false") + fcgi(t, "g", "unix://ROOT/g.sock"))
    daemon = t.run()
    up(t, daemon, "g")
    t.record("file", kind(t))
    daemon.stop(record=False)
    record_sockets(t, daemon)


@case
def an_old_socket_gives_way(t):
    with socket.socket(socket.AF_UNIX) as old:
        old.bind(str(t.path("s.sock")))
        old.listen()
        t.config(fcgi(t, "f", "unix://ROOT/s.sock"))
        daemon = t.run()
        up(t, daemon, "f")
        t.record("file", kind(t))
        daemon.stop(record=False)
    record_sockets(t, daemon)


@case(differences=["only-sockets-are-replaced"])
def a_file_has_the_name(t):
    t.write("s.sock", "precious\n")
    t.config(fcgi(t, "f", "unix://ROOT/s.sock"))
    daemon = t.start()
    if t.subject == "theirs":
        up(t, daemon, "f")
        daemon.stop(record=False)
    else:
        daemon.wait_exit()
    t.differs(
        "only-sockets-are-replaced",
        "the file afterwards",
        kind(t)[0],
        theirs="s",
        ours="-",
    )


@case(differences=["errors-instead-of-crashes"])
def an_impossible_folder(t):
    t.config(fcgi(t, "f", "unix://ROOT/no/such/s.sock"))
    daemon = t.start()
    t.differs("errors-instead-of-crashes", "exit code", daemon.wait_exit(), theirs=1, ours=2)
    t.record("says why", "Could not create FastCGI socket" in read(daemon.err) + daemon.log())


@case(differences=["errors-instead-of-crashes"])
def a_port_that_is_taken(t):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        t.config(fcgi(t, "f", f"tcp://127.0.0.1:{taken.getsockname()[1]}"))
        daemon = t.start()
        t.differs("errors-instead-of-crashes", "exit code", daemon.wait_exit(), theirs=1, ours=2)


@case(differences=["impossible-sockets-are-faults"])
def an_impossible_socket_in_an_added_group(t):
    plane = control.start(t, "")
    t.config(control.UNIX + control.INTERFACE + fcgi(t, "f", "unix://ROOT/no/such/s.sock"))
    plane.ask("supervisor.reloadConfig")
    answer = plane.answer("supervisor.addProcessGroup", "f")
    t.differs(
        "impossible-sockets-are-faults",
        "addProcessGroup",
        answer[0].split(",")[0][:30],
        theirs="HTTP/1.1 500 Internal Server Error"[:30],
        ours="fault faultCode: int 30",
    )
    t.record("it lives", str(plane.ask("supervisor.getState")))
    plane.end()


@case
def a_group_is_added_and_removed(t):
    plane = control.start(t, "")
    t.config(control.UNIX + control.INTERFACE + fcgi(t, "f", "unix://ROOT/s.sock"))
    plane.ask("supervisor.reloadConfig")
    plane.ask("supervisor.addProcessGroup", "f")
    up(t, plane.daemon, "f")
    plane.ask("supervisor.stopProcess", "f")
    plane.ask("supervisor.removeProcessGroup", "f")
    plane.end()
    record_sockets(t, plane.daemon)


@case(differences=["grouped-fastcgi-programs-have-sockets"])
def in_a_group(t):
    t.config(
        fcgi(t, "f", "unix://ROOT/s.sock") + fcgi(t, "g", "unix://ROOT/g.sock") + "[group:all]\nprograms=f,g\n"
    )
    daemon = t.run()
    up(t, daemon, "f", "g")
    t.differs(
        "grouped-fastcgi-programs-have-sockets",
        "standard input",
        [os.readlink(f"/proc/{daemon.child(name)}/fd/0").split(":")[0] for name in "fg"],
        theirs=["pipe", "pipe"],
        ours=["socket", "socket"],
    )
    daemon.stop(record=False)


@case
def its_input_takes_nothing(t):
    plane = control.start(t, fcgi(t, "f", "unix://ROOT/s.sock"))
    up(t, plane.daemon, "f")
    t.record("sendProcessStdin", plane.answer("supervisor.sendProcessStdin", "f", "text"))
    plane.end()


@case
def output_of_a_fastcgi_program(t):
    t.config(
        fcgi(t, "f", "unix://ROOT/s.sock", r"out:hello\n", r"err:bad\n", options="stdout_logfile=ROOT/o\nstderr_logfile=ROOT/e")
    )
    daemon = t.run()
    up(t, daemon, "f")
    wait_for("its words", lambda: read(t.path("e")) == "bad\n")
    daemon.stop(record=False)
    t.record_file("o")
    t.record_file("e")
