"""Sockets and ports: permissions, owners, left-overs, what is taken, several servers, refusals at start-up."""

import os
import socket
import stat

from harness.daemon import read

from . import http, values
from .control import INTERFACE, UNIX, Control, answers, control_of, free_port, program, scenario, start

STATE = values.call("supervisor.getState")


def without_port(text, port):
    """Takes a chosen port out of a text."""
    return text.replace(str(port), "<port>")


def mode(path):
    """Type, permissions and owner of a file."""
    about = os.lstat(path)
    return [stat.filemode(about.st_mode), f"{about.st_uid}:{about.st_gid}"]


@scenario
def socket_permissions(t):
    for number, options in enumerate(
        ("", "chmod=0770\n", "chmod=777\n", "chmod=0\n", "chown=nobody\n", "chown=nobody:nogroup\n", "chown=65534:0\n")
    ):
        t.config(f"[unix_http_server]\nfile=ROOT/sock{number}\n{options}{INTERFACE}", logfile=f"ROOT/log{number}")
        t.log_path = t.path(f"log{number}")
        control = control_of(t, t.run(), t.path(f"sock{number}"))
        t.record(f"with {options.strip()!r}", mode(control.address))
        control.step("getState", title=f"call with {options.strip()!r}")
        control.end()
        t.record("afterwards", "there" if control.address.exists() else "gone")


@scenario
def refused_settings(t):
    for title, text in {
        "bad chmod": "[unix_http_server]\nfile=ROOT/s\nchmod=999\n",
        "bad owner": "[unix_http_server]\nfile=ROOT/s\nchown=no-such-user\n",
        "bad group": "[unix_http_server]\nfile=ROOT/s\nchown=root:no-such-group\n",
        "no file": "[unix_http_server]\nchmod=0700\n",
        "no port": "[inet_http_server]\nusername=x\npassword=y\n",
        "half a login": "[inet_http_server]\nport=127.0.0.1:9001\nusername=x\n",
        "the other half": "[unix_http_server]\nfile=ROOT/s\npassword=x\n",
        "bad port": "[inet_http_server]\nport=127.0.0.1:x\n",
        "no folder": "[unix_http_server]\nfile=ROOT/nope/s\n",
    }.items():
        t.config(text + INTERFACE, silent="true")
        t.command("-c", t.path("supervisord.conf"))


@scenario
def stale_socket(t):
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(t.path("sock")))
    control = start(t)
    control.step("getState")
    control.daemon.stop(without="RPC interface|HTTP authentication")


@scenario
def a_file_in_the_way(t):
    t.write("sock", "a file")
    control = start(t)
    control.step("getState")
    t.record("standard error", read(control.daemon.err).splitlines())
    control.end()


@scenario
def socket_in_use(t):
    control = start(t)
    t.config(UNIX + INTERFACE, name="second.conf", logfile="ROOT/second.log", pidfile="ROOT/second.pid", silent="true")
    t.command("-c", t.path("second.conf"))
    control.step("getState", title="the first one lives on")
    control.end()


@scenario
def port_in_use(t):
    port = free_port()
    inet = f"[inet_http_server]\nport=127.0.0.1:{port}\n"
    control = start(t, server=inet, address=("127.0.0.1", port))
    t.config(inet + INTERFACE, name="second.conf", logfile="ROOT/second.log", pidfile="ROOT/second.pid", silent="true")
    t.command("-c", t.path("second.conf"))
    control.step("getState", title="the first one lives on")
    control.end()


@scenario
def port_that_is_not_ours(t):
    t.config("[inet_http_server]\nport=127.0.0.1:1\n" + INTERFACE, user="nobody", logfile="ROOT/tmp/log", pidfile="ROOT/tmp/pid", silent="true")
    t.path("childlogs").chmod(0o777)
    t.command("-c", t.path("supervisord.conf"), wrapper=("setpriv", "--reuid=nobody", "--clear-groups", "--bounding-set=-all"))
    t.config("[inet_http_server]\nport=127.0.0.1:1\n" + INTERFACE, logfile="ROOT/tmp/log", pidfile="ROOT/tmp/pid", silent="true")
    t.command("-c", t.path("supervisord.conf"), wrapper=("setpriv", "--reuid=nobody", "--clear-groups", "--bounding-set=-all"))


@scenario
def several_servers(t):
    first, second = free_port(), free_port()
    text = (
        "[unix_http_server:b]\nfile=ROOT/sock.b\nchmod=0777\nusername=u\npassword=p\n"
        f"[inet_http_server]\nport=127.0.0.1:{first}\n"
        f"[inet_http_server:second]\nport=127.0.0.1:{second}\nusername=x\npassword=y\n"
    )
    control = start(t, program("p", "/bin/cat"), UNIX + text)
    for title, address in {
        "unix": t.path("sock"),
        "unix b": t.path("sock.b"),
        "port": ("127.0.0.1", first),
        "second port": ("127.0.0.1", second),
    }.items():
        for credentials in (None, "u:p", "x:y"):
            headers = (http.basic(credentials),) if credentials else ()
            t.record(f"{title}, {credentials}", Control(t, control.daemon, address, headers).answer("supervisor.getState"))
    lines = [line for line in control.daemon.log_lines() if "HTTP authentication" in line or "RPC interface" in line]
    t.record("log", lines)
    control.end()


@scenario
def every_address(t):
    port = free_port()
    control = start(t, server=f"[inet_http_server]\nport=*:{port}\n", address=("127.0.0.1", port))
    control.step("getState")
    control.end()
    t.log_path = t.path("log2")
    t.config(f"[inet_http_server]\nport={port}\n" + INTERFACE, logfile="ROOT/log2")
    control = control_of(t, t.run(), ("127.0.0.1", port))
    control.step("getState", title="without a host")
    control.end()


@scenario
def an_address_that_is_not_here(t):
    t.config("[inet_http_server]\nport=192.0.2.1:9001\n" + INTERFACE, silent="true")
    t.command("-c", t.path("supervisord.conf"))


@scenario
def server_urls(t):
    port = free_port()
    show = "/bin/sh -c 'echo $SUPERVISOR_SERVER_URL > %(here)s/%(program_name)s.new; mv %(here)s/%(program_name)s.new %(here)s/%(program_name)s.url'"
    for title, server in {
        "none": "",
        "unix": UNIX,
        "inet": f"[inet_http_server]\nport=127.0.0.1:{port}\n",
        "both": UNIX + f"[inet_http_server]\nport=127.0.0.1:{port}\n",
        "any": f"[inet_http_server]\nport=*:{port}\n",
    }.items():
        t.log_path = t.path(f"log-{title}")
        t.config(
            server + INTERFACE + program(title, show, "autostart=true\nstartsecs=0\nautorestart=false"),
            logfile=f"ROOT/log-{title}",
        )
        daemon = t.run()
        t.record(f"url with {title}", without_port(t.wait_file(f"{title}.url"), port))
        daemon.stop(record=False)


@scenario(differences=["ipv6-servers"])
def ipv6(t):
    port = free_port()
    t.config(f"[inet_http_server]\nport=[::1]:{port}\n" + INTERFACE)
    daemon = t.start()
    control = Control(t, daemon, ("::1", port))
    daemon_ends = t.subject == "theirs"
    if daemon_ends:
        got = [daemon.wait_exit()]
    else:
        daemon.wait("an answer", lambda: answers(control))
        got = control.answer("supervisor.getState")
        control.end()
    t.differs("ipv6-servers", "a server on [::1]", got, [2], ["{statecode: int 1, statename: 'RUNNING'}"])
