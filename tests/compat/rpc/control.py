"""A daemon under test with its control plane: what a scenario calls, reads and records."""

import os
import re
import socket

from harness.suite import case
from harness.wait import wait_for

from . import http, values

scenario = case  # a scenario is a case whose every record is a comparison

INTERFACE = """
[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
"""
UNIX = "[unix_http_server]\nfile=ROOT/sock\n"

STEADY_HEADERS = (
    (re.compile(r"^(Date|Last-Modified): .*"), r"\1: <date>"),
    (re.compile(r"^Content-Length: .*"), "Content-Length: <length>"),
)


def free_port():
    """A port of the loopback interface that nobody has."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Control:
    """A running daemon, reached at one address; steps that are recorded carry what was asked."""

    def __init__(self, trial, daemon, address, headers=()):
        self.trial = trial
        self.daemon = daemon
        self.address = address
        self.headers = tuple(headers)

    def post(self, body, headers=(), target="/RPC2"):
        """Sends a call's body; gives the whole answer."""
        return http.exchange(self.address, http.request(target, headers=(*self.headers, *headers), body=body))

    def ask(self, method, *params):
        """A call whose result is needed, not recorded."""
        return values.plain(self.post(values.call(method, *params)).body)

    def answer(self, method, *params):
        """A call's answer as lines."""
        return self.said(values.call(method, *params))

    def said(self, body, **how):
        """What a call's body is answered with, as lines; the end of the connection is an answer too."""
        try:
            return self.lines(self.post(body, **how))
        except http.Closed:
            return ["closed"]

    @staticmethod
    def lines(reply):
        """A reply as lines: the status where it is not 200, else the result."""
        return values.result(reply.body) if http.status(reply) == 200 else [reply.line]

    def step(self, method, *params, title=None, sort=False):
        """A call that is recorded."""
        words = ", ".join(repr(param) for param in params)
        self.trial.record(title or f"{method}({words})", self.answer("supervisor." + method, *params), sort)

    def steps(self, *calls):
        """Several calls, each recorded."""
        for method, *params in calls:
            self.step(method, *params)

    def state(self, name):
        """The state of a program, by name."""
        return self.ask("supervisor.getProcessInfo", name)["statename"]

    def until(self, name, *states):
        """Waits until a program has one of the states."""
        wait_for(f"{name} in {states}", lambda: self.state(name) in states)

    def raw(self, title, *requests, bodyless=False):
        """Sends requests on one connection and records all answers, and whether the connection lives on."""
        with http.Connection(self.address) as connection:
            lines = []
            for data in requests:
                connection.send(data)
                try:
                    lines += reply_lines(connection.reply(bodyless))
                except http.Closed:
                    lines.append("closed")
            self.trial.record(title, lines)

    def end(self):
        """Stops the daemon; nothing of its log is compared here."""
        self.daemon.stop(record=False)


def reply_lines(reply):
    """An answer as lines: first line, headers in order, and the result or the text."""
    lines = [reply.line]
    for name, value in reply.headers:
        line = f"{name}: {value}"
        for pattern, text in STEADY_HEADERS:
            line = pattern.sub(text, line)
        lines.append(line)
    if http.header(reply, "Content-Type") == "text/xml":
        return lines + values.result(reply.body)
    return lines + reply.body.decode("utf-8", "backslashreplace").splitlines()


def start(trial, programs="", server=UNIX, address=None, credentials=None, **options):
    """Starts a daemon with its control plane and waits until it answers."""
    trial.config(server + INTERFACE + programs, **options)
    return control_of(trial, trial.run(), address, credentials)


def control_of(trial, daemon, address=None, credentials=None):
    """The control plane of a daemon that is starting."""
    headers = (http.basic(credentials),) if credentials else ()
    control = Control(trial, daemon, address or trial.path("sock"), headers)
    daemon.wait("an answer", lambda: answers(control))
    return control


def answers(control):
    """Whether the control plane can be connected to and is done with starting."""
    try:
        with http.Connection(control.address):
            return True
    except (ConnectionRefusedError, FileNotFoundError):
        return False


def puppet(trial, name, *actions, options="", autostart=True):
    """A program that does what it is told."""
    return (
        f"[program:{name}]\ncommand={trial.puppet(name, *actions)}\nstartsecs=0\n"
        f"stdout_logfile=ROOT/{name}.out\nstderr_logfile=ROOT/{name}.err\n"
        f"autostart={str(autostart).lower()}\n{options}\n"
    )


def program(name, command, options=""):
    """A program that is any command, not started by itself, with logs."""
    return (
        f"[program:{name}]\ncommand={command}\nautostart=false\nstdout_logfile=ROOT/{name}.out\n"
        f"stderr_logfile=ROOT/{name}.err\n{options}\n"
    )


def fill(path, data):
    """Makes a log say something of our own; logs are opened for appending."""
    with open(path, "ab") as file:
        file.write(data)
        os.fsync(file.fileno())
