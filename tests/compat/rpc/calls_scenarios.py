"""Calls that change nothing: identity, introspection, wrong names, wrong parameters, bodies that are no calls."""

import re

from . import values
from .control import program, puppet, scenario, start

GROUP = "[group:grp]\nprograms=a,b\n"

# The methods, with parameters that fit.
METHODS = {
    "addProcessGroup": ("grp",),
    "clearAllProcessLogs": (),
    "clearLog": (),
    "clearProcessLog": ("alone",),
    "clearProcessLogs": ("alone",),
    "getAPIVersion": (),
    "getAllConfigInfo": (),
    "getAllProcessInfo": (),
    "getIdentification": (),
    "getPID": (),
    "getProcessInfo": ("alone",),
    "getState": (),
    "getSupervisorVersion": (),
    "getVersion": (),
    "readLog": (0, 0),
    "readMainLog": (0, 0),
    "readProcessLog": ("alone", 0, 0),
    "readProcessStderrLog": ("alone", 0, 0),
    "readProcessStdoutLog": ("alone", 0, 0),
    "reloadConfig": (),
    "removeProcessGroup": ("grp",),
    "restart": (),
    "sendProcessStdin": ("alone", "x"),
    "sendRemoteCommEvent": ("x", "y"),
    "shutdown": (),
    "signalAllProcesses": ("USR1",),
    "signalProcess": ("alone", "USR1"),
    "signalProcessGroup": ("grp", "USR1"),
    "startAllProcesses": (True,),
    "startProcess": ("alone", True),
    "startProcessGroup": ("grp", True),
    "stopAllProcesses": (True,),
    "stopProcess": ("alone", True),
    "stopProcessGroup": ("grp", True),
    "tailProcessLog": ("alone", 0, 10),
    "tailProcessStderrLog": ("alone", 0, 10),
    "tailProcessStdoutLog": ("alone", 0, 10),
}
SYSTEM = ("listMethods", "methodHelp", "methodSignature", "multicall")

# Methods that take the name of a process, and those that take the name of a group.
OF_PROCESSES = sorted(name for name, params in METHODS.items() if params[:1] == ("alone",))
OF_GROUPS = sorted(name for name, params in METHODS.items() if params[:1] == ("grp",))


def programs():
    """A group of two and one alone, none of them running."""
    members = "".join(program(name, "/bin/cat") for name in ("a", "b", "alone"))
    return members + GROUP


@scenario
def identity(t):
    control = start(t, programs(), identifier="someone")
    control.steps(
        ("getAPIVersion",),
        ("getVersion",),
        ("getSupervisorVersion",),
        ("getIdentification",),
        ("getState",),
    )
    t.record("getPID is the daemon", control.ask("supervisor.getPID") == control.daemon.pid)
    t.record("system.listMethods", control.answer("system.listMethods"))
    control.end()


# The facts in a method's help: types of parameters with their names, and the type of the result.
FACTS = re.compile(r"@(?:param +\w+ +\w+|return +\w+)")


@scenario(differences=["method-help-in-own-words"])
def introspection(t):
    control = start(t, programs())
    for name in control.ask("system.listMethods"):
        text = control.ask("system.methodHelp", name)
        t.record(f"words of {name}", f"words: {' '.join(text.split())}")
        t.record(f"facts of {name}", [" ".join(fact.split()) for fact in FACTS.findall(text)])
        t.record(f"signature of {name}", control.answer("system.methodSignature", name))
    for name in ("supervisor.nope", "nope.nope", "nope", "", "supervisor.", "system._x"):
        t.record(f"help of {name!r}", control.answer("system.methodHelp", name))
        t.record(f"signature of {name!r}", control.answer("system.methodSignature", name))
    control.end()


@scenario
def unknown_methods(t):
    control = start(t, programs())
    for name in (
        "supervisor.nope",
        "nope.getState",
        "getState",
        "supervisor.getState.x",
        "supervisor._update",
        "supervisor.__init__",
        "supervisor.supervisord",
        "supervisor.",
        ".getState",
        "system.nope",
        "SUPERVISOR.getState",
        "supervisor.getstate",
        "twiddler.getAPIVersion",
    ):
        t.record(f"call of {name}", control.answer(name))
    control.end()


@scenario
def wrong_counts(t):
    control = start(t, programs())
    for name, params in METHODS.items():
        if name not in ("sendRemoteCommEvent",):
            control.step(name, *params, "one", "more")
        if params and params != (True,):
            control.step(name, title=f"{name} without parameters")
    for name in SYSTEM:
        t.record(f"system.{name}, too many", control.answer(f"system.{name}", [], [], []))
    for name in SYSTEM[1:]:
        t.record(f"system.{name}, too few", control.answer(f"system.{name}"))
    control.end()


@scenario
def wrong_types(t):
    control = start(t, programs())
    for name in ("getProcessInfo", "addProcessGroup", "removeProcessGroup", "startProcessGroup"):
        for wrong in (5, True, [], {}, 1.5):
            control.step(name, wrong)
    control.steps(
        ("readProcessStdoutLog", "alone", "x", 0),
        ("readProcessStdoutLog", "alone", "0", "0"),
        ("readProcessStdoutLog", "alone", 0.9, 0),
        ("tailProcessStdoutLog", "alone", "x", 0),
        ("tailProcessStdoutLog", "alone", [], 0),
        ("readLog", [], 0),
        ("readLog", "x", 0),
        ("sendProcessStdin", "alone", 5),
        ("sendProcessStdin", "alone", []),
        ("signalProcess", "alone", []),
        ("signalProcess", "alone", ""),
        ("startProcess", "nope", "yes"),
    )
    control.end()


@scenario
def bad_names(t):
    control = start(t, programs())
    for method in OF_PROCESSES:
        for name in ("nope", "nope:a", "grp:nope", "nope:*", "a", "", ":", "*"):
            params = (name, *METHODS[method][1:])
            control.step(method, *params)
    for method in OF_PROCESSES:
        if method not in ("startProcess", "stopProcess", "signalProcess"):
            for name in ("grp:*", "grp:", "grp"):
                control.step(method, name, *METHODS[method][1:])
    for method in OF_GROUPS:
        for name in ("nope", "grp:*", "a", "grp:a", ""):
            control.step(method, name, *METHODS[method][1:])
    control.end()


@scenario(differences=["undecodable-calls-refused"])
def no_calls(t):
    control = start(t, programs())
    for name, body in {
        "not XML": b"hello",
        "half of it": b"<methodCall><methodName>supervisor.getState",
        "no method": b"<methodCall></methodCall>",
        "an empty method": b"<methodCall><methodName></methodName></methodCall>",
        "no parameters element": b"<methodCall><methodName>supervisor.getState</methodName></methodCall>",
        "an answer": b"<methodResponse><params></params></methodResponse>",
        "a bare text": b"<methodCall><methodName>supervisor.getProcessInfo</methodName><params><param><value>alone"
        b"</value></param></params></methodCall>",
        "an i4": b"<methodCall><methodName>supervisor.readProcessLog</methodName><params><param><value>nope</value>"
        b"</param><param><value><i4>0</i4></value></param><param><value><i4>0</i4></value></param></params></methodCall>",
        "a nil": b"<methodCall><methodName>supervisor.getProcessInfo</methodName><params><param><value><nil/></value>"
        b"</param></params></methodCall>",
        "a bad integer": b"<methodCall><methodName>supervisor.getProcessInfo</methodName><params><param><value>"
        b"<int>x</int></value></param></params></methodCall>",
    }.items():
        t.record(name, control.said(body))
    for name, body in {
        "Latin-1": "<?xml version='1.0' encoding='iso-8859-1'?><methodCall><methodName>supervisor.getProcessInfo"
        "</methodName><params><param><value>ä</value></param></params></methodCall>".encode("latin-1"),
        "no UTF-8": b"<methodCall><methodName>\xff</methodName></methodCall>",
    }.items():
        t.differs("undecodable-calls-refused", name, control.said(body), ["closed"], ["HTTP/1.1 400 Bad Request"])
    text = values.call("supervisor.getState")
    for target in ("/RPC2/", "/RPC2x", "/RPC2?a=b", "/RPC2#x", "//RPC2", "/rpc2"):
        t.record(f"posted to {target}", control.said(text, target=target))
    control.end()


@scenario
def multicall(t):
    control = start(t, programs())

    def call(title, *calls):
        t.record(title, control.answer("system.multicall", list(calls)))

    state = {"methodName": "supervisor.getState", "params": []}
    call("none")
    call("two", state, {"methodName": "supervisor.getAPIVersion", "params": []})
    call("without parameters", {"methodName": "supervisor.getIdentification"})
    call("no method", {"params": []}, state)
    call("itself", {"methodName": "system.multicall", "params": [[]]}, state)
    call("other system methods", {"methodName": "system.methodSignature", "params": ["supervisor.getState"]})
    call("a fault", {"methodName": "supervisor.startProcess", "params": ["nope"]}, state)
    call("an unknown method", {"methodName": "supervisor.nope", "params": []}, {"methodName": "x"})
    call("wrong parameters", {"methodName": "supervisor.getState", "params": [1]})
    call("other keys", dict(state, extra="x"))
    call(
        "deferred ones in order",
        {"methodName": "supervisor.startProcess", "params": ["alone"]},
        {"methodName": "supervisor.getProcessInfo", "params": ["alone"]},
        {"methodName": "supervisor.stopProcess", "params": ["alone"]},
        {"methodName": "supervisor.getProcessInfo", "params": ["alone"]},
    )
    call("an array within", {"methodName": "supervisor.startProcessGroup", "params": ["grp"]})
    call("a deferred fault", {"methodName": "supervisor.startProcess", "params": ["grp:a"]}, state)
    for wrong in (5, "x", {}, [5], ["x"], [[]]):
        t.record(f"multicall({wrong!r})", control.answer("system.multicall", wrong))
    control.end()


@scenario
def remote_events(t):
    control = start(t, programs())
    control.steps(
        ("sendRemoteCommEvent", "kind", "data"),
        ("sendRemoteCommEvent", "", ""),
        ("sendRemoteCommEvent", "ä", "ö\nü"),
    )
    control.end()


@scenario
def shutting_down(t):
    control = start(t, puppet(t, "slow", "ignore:TERM", options="stopwaitsecs=30"))
    t.wait_event("slow up")
    control.step("shutdown")
    for method, params in METHODS.items():
        control.step(method, *params, title=f"{method} in shutdown")
    t.record("system.listMethods in shutdown", control.answer("system.listMethods"))
    state = [{"methodName": "supervisor.getState"}]
    t.record("multicall in shutdown", control.answer("system.multicall", state))
    control.daemon.signal("KILL")
    control.daemon.wait_exit()
