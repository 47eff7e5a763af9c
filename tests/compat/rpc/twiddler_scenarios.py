"""Members of groups that come and go: supervisor_twiddler 1.0.0 beside Supervisor, and its methods here."""

from harness.wait import wait_for

from . import http
from .control import INTERFACE, UNIX, control_of, program, scenario

FACTORY = "supervisor.rpcinterface_factory=supervisor_twiddler.rpcinterface:make_twiddler_rpcinterface\n"
TWIDDLER = f"[rpcinterface:twiddler]\n{FACTORY}"
ADD, REMOVE = "twiddler.addProgramToGroup", "twiddler.removeProcessFromGroup"


def start(trial, programs="", interfaces=TWIDDLER):
    """A daemon with a group that is empty."""
    trial.config(UNIX + INTERFACE + interfaces + programs + "[group:dyn]\nprograms=\n", environment='GLOB="yes"')
    return control_of(trial, trial.run())


def wait_output(trial, name, text):
    """Waits until a log says something."""
    path = trial.path(name)
    wait_for(f"{text} in {name}", lambda: path.exists() and text in path.read_text())


def step(control, method, *params, title=None):
    """A call that is recorded; what the environment happens to have is not."""
    words = ", ".join(repr(param) for param in params)
    control.trial.record(title or f"{method}({words})", control.answer(method, *params))


def members(control, title):
    """Who there is, and in which state."""
    found = control.ask("supervisor.getAllProcessInfo")
    lines = [f"{one['group']}:{one['name']} {one['statename']}" for one in found]
    control.trial.record(title, lines)


def known(control, title):
    """Of whom the configuration knows."""
    found = control.ask("supervisor.getAllConfigInfo")
    control.trial.record(title, [f"{one['group']}:{one['name']} {one['inuse']}" for one in found])


@scenario
def introspection(t):
    control = start(t)
    step(control, "system.listMethods")
    for method in ("getAPIVersion", "getGroupNames", "log", "addProgramToGroup", "removeProcessFromGroup"):
        step(control, "system.methodSignature", f"twiddler.{method}")
    step(control, "twiddler.getAPIVersion")
    step(control, "twiddler.getAPIVersion", 1)
    step(control, "twiddler.getGroupNames")
    step(control, "twiddler.nothing")
    control.end()


@scenario
def whitelist(t):
    control = start(t, interfaces=f"[rpcinterface:tight]\n{FACTORY}whitelist = getAPIVersion, log\n")
    step(control, "tight.getAPIVersion")
    step(control, "tight.getGroupNames")
    step(control, "tight.addProgramToGroup")
    step(control, "tight.addProgramToGroup", "dyn", "x", {"command": "/bin/cat"}, title="add")
    step(control, "tight.log", "x")
    step(control, "system.listMethods")
    control.end()


@scenario
def coming_and_going(t):
    control = start(t, program("fixed", "/bin/cat"))
    cat = {"command": "/bin/cat", "startsecs": "0", "autostart": "false"}
    step(control, ADD, "dyn", "one", cat)
    step(control, ADD, "dyn", "many", {**cat, "numprocs": "3", "process_name": "%(program_name)s_%(process_num)02d"})
    step(control, ADD, "fixed", "more", {"command": t.puppet("more"), "startsecs": "0"}, title="one that starts")
    t.wait_event("more up")
    control.until("fixed:more", "RUNNING")
    members(control, "who there is")
    known(control, "what the configuration knows")
    control.step("startProcess", "dyn:many_01")
    step(control, REMOVE, "dyn", "many_01", title="remove what runs")
    control.step("stopProcess", "dyn:many_01")
    step(control, REMOVE, "dyn", "many_01")
    step(control, REMOVE, "dyn", "many_01", title="remove it twice")
    control.step("startProcessGroup", "dyn")
    members(control, "who there is then")
    control.step("reloadConfig")
    known(control, "what a reread knows")
    # In the order in which they came to rest.
    control.step("stopProcessGroup", "dyn", sort=True)
    control.step("removeProcessGroup", "dyn")
    control.step("addProcessGroup", "dyn")
    control.step("reloadConfig", title="nothing is different")
    step(control, ADD, "dyn", "one", cat, title="add to what was added anew")
    known(control, "what the configuration knows of that")
    control.step("stopProcess", "fixed:more")
    step(control, REMOVE, "fixed", "more")
    step(control, REMOVE, "fixed", "fixed")
    control.step("reloadConfig", title="a member less")
    members(control, "who is left")
    step(control, "twiddler.getGroupNames")
    control.end()


@scenario
def what_a_program_is_given(t):
    control = start(t)
    command = "/bin/sh -c 'echo %(ENV_GLOB)s %(group_name)s; echo ${GLOB:-none} $SUPERVISOR_GROUP_NAME; exec sleep 99'"
    step(control, ADD, "dyn", "p", {"command": command, "startsecs": "0", "stdout_logfile": str(t.path("p.out"))}, title="add")
    wait_output(t, "p.out", "none dyn")
    t.record("its output", t.path("p.out").read_text().splitlines())
    control.step("getProcessInfo", "dyn:p")
    control.end()


@scenario
def refusals(t):
    control = start(t)
    cat = {"command": "/bin/cat", "autostart": "false"}
    for title, params in {
        "no such group": ("none", "x", cat),
        "a number as group": (5, "x", cat),
        "a list as group": ([], "x", cat),
        "no command": ("dyn", "x", {}),
        "a name with a space": ("dyn", "a b", cat),
        "a name with a colon": ("dyn", "a:b", cat),
        "text for options": ("dyn", "x", "text"),
        "a number for options": ("dyn", "x", 5),
        "empty text for options": ("dyn", "x", ""),
        "bad number": ("dyn", "x", {**cat, "priority": "abc"}),
        "numprocs alone": ("dyn", "x", {**cat, "numprocs": 2}),
        "no such user": ("dyn", "x", {**cat, "user": "nosuchuser"}),
        "bad signal": ("dyn", "x", {**cat, "stopsignal": "NOPE"}),
        "stopasgroup without killasgroup": ("dyn", "x", {**cat, "stopasgroup": True, "killasgroup": False}),
        "bad exit codes": ("dyn", "x", {**cat, "exitcodes": "256"}),
        "good": ("dyn", "x", cat),
        "twice": ("dyn", "x", cat),
        "pairs": ("dyn", "pairs", [["command", "/bin/cat"], ["autostart", "false"]]),
        "a number as name": ("dyn", 7, cat),
        "truth values and numbers": ("dyn", "typed", {**cat, "autostart": False, "startsecs": 3}),
    }.items():
        step(control, ADD, *params, title=title)
    step(control, REMOVE, "none", "x")
    step(control, REMOVE, "dyn", "none")
    step(control, REMOVE, "dyn", 5)
    step(control, REMOVE, "dyn", [])
    members(control, "who there is")
    control.end()


@scenario
def lines_for_the_log(t):
    control = start(t)
    for params in (
        ("plain",), ("warned", "WARN"), ("lower", "erro"), ("number", 50), ("blather", "BLAT"), ("x", 51),
        ("x", "warning"), ("x", True), ("x", []), ("double", 20.0), ("two\nlines", "CRIT"),
    ):
        step(control, "twiddler.log", *params)
    lines = t.log_path.read_text().splitlines()
    words = ("plain", "warned", "lower", "number", "blather", "double", "two", "lines")
    t.record("the log", [line.split(" ", 2)[-1] for line in lines if line.split(" ")[-1] in words])
    control.end()


@scenario
def members_of_pools_are_programs(t):
    pool = "[eventlistener:l]\ncommand=/bin/cat\nevents=TICK_3600\nautostart=false\n"
    control = start(t, pool)
    out = str(t.path("p.out"))
    step(control, ADD, "l", "p", {"command": "/bin/sh -c 'echo READY; exec sleep 99'", "startsecs": "0", "stdout_logfile": out}, title="add")
    wait_output(t, "p.out", "READY")
    step(control, REMOVE, "l", "l")
    members(control, "who there is")
    control.end()


@scenario(differences=["twiddler-options-as-text"])
def options_that_are_no_text(t):
    control = start(t)
    cat = {"command": "/bin/cat", "autostart": "false"}
    got = control.answer(ADD, "dyn", "x", {**cat, "exitcodes": 2})
    theirs = (
        "fault faultCode: int 2, faultString: \"INCORRECT_PARAMETERS: not a valid list of exit codes: 2 in section"
        f" 'program:x' (file: '{t.path('supervisord.conf')}')\""
    )
    t.differs("twiddler-options-as-text", "a number for text", got, [theirs], ["boolean 1"])
    try:
        got = control.answer(ADD, "dyn", "y", {"command": ["/bin/cat"]})
    except (OSError, http.Closed):
        assert t.subject == "theirs", "the daemon does not answer"
    if t.subject == "theirs":
        # It ends with a traceback, sometimes before it has answered.
        got = control.daemon.wait_exit()
    ours = ["fault faultCode: int 2, faultString: 'INCORRECT_PARAMETERS: option command must be text'"]
    t.differs("twiddler-options-as-text", "a list as command", got, 1, ours)
    if t.subject == "ours":
        control.end()
