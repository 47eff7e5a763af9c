"""Logs over RPC: every offset rule, logs that are not there, text that is no text, clearing."""

from harness.wait import wait_for

from .control import INTERFACE, UNIX, control_of, fill, program, puppet, scenario, start

TEXT = b"0123456789\nabcdefghij\n"

# Offsets and lengths: before, at, in, at the end of and behind a log of 22 bytes.
READS = [(offset, length) for offset in (0, 1, 11, 21, 22, 23, 1000) for length in (0, 1, 11, 22, 23, 1000)]
READS += [(-1, 0), (-11, 0), (-22, 0), (-23, 0), (-1000, 0), (-1, 1), (-22, 22), (-1, -1)]
READS += [(0, -1), (5, -5), (22, -1)]


@scenario
def process_logs(t):
    control = start(t, program("p", "/bin/cat"))
    fill(t.path("p.out"), TEXT)
    fill(t.path("p.err"), TEXT[::-1])
    for offset, length in READS:
        control.step("readProcessStdoutLog", "p", offset, length)
        control.step("tailProcessStdoutLog", "p", offset, length)
    for offset, length in READS[::5]:
        control.step("readProcessStderrLog", "p", offset, length)
        control.step("tailProcessStderrLog", "p", offset, length)
    control.steps(
        ("readProcessLog", "p", 0, 0),
        ("tailProcessLog", "p", 0, 100),
        ("readProcessLog", "p:p", -5, 0),
        ("readProcessStdoutLog", "p", 2**31 - 1, 0),
        ("readProcessStdoutLog", "p", -(2**31), 0),
    )
    control.end()


@scenario
def no_logs(t):
    t.write("gone/x", "")
    control = start(
        t,
        "[program:none]\ncommand=/bin/cat\nautostart=false\nstdout_logfile=NONE\nstderr_logfile=NONE\n"
        "[program:gone]\ncommand=/bin/cat\nautostart=false\nstdout_logfile=ROOT/gone/out\n"
        "stderr_logfile=ROOT/gone/err\n"
        "[program:merged]\ncommand=/bin/cat\nautostart=false\nredirect_stderr=true\nstdout_logfile=ROOT/merged\n",
    )
    for name in ("none", "gone", "merged"):
        control.steps(
            ("readProcessStdoutLog", name, 0, 0),
            ("readProcessStderrLog", name, 0, 0),
            ("readProcessStderrLog", name, -1, 1),
            ("tailProcessStdoutLog", name, 0, 10),
            ("tailProcessStderrLog", name, 0, 10),
            ("clearProcessLogs", name),
            ("clearProcessLog", name),
        )
        control.step("getProcessInfo", name)
    control.step("clearAllProcessLogs", sort=True)
    control.end()


@scenario
def logs_that_are_folders(t):
    control = start(t, program("p", "/bin/cat"))
    t.path("p.out").mkdir()
    control.steps(
        ("readProcessStdoutLog", "p", 0, 0),
        ("readProcessStdoutLog", "p", -1, 0),
        ("tailProcessStdoutLog", "p", 0, 10),
        ("tailProcessStdoutLog", "p", 7, 10),
    )
    control.end()


@scenario
def texts(t):
    control = start(t, program("p", "/bin/cat"))
    for title, data in {
        "umlauts": "äöü €\n".encode(),
        "markup": b"<a href='x'>&amp;</a> ]]>\n",
        "white space": b" \t x \n\n  \n",
        "carriage returns": b"a\r\nb\rc\n",
    }.items():
        t.path("p.out").write_bytes(data)
        control.step("readProcessStdoutLog", "p", 0, 0, title=f"read {title}")
        control.step("tailProcessStdoutLog", "p", 0, 100, title=f"tail {title}")
    control.end()


@scenario(differences=["log-text-always-readable"])
def bytes_that_are_no_text(t):
    control = start(t, program("p", "/bin/cat"))
    for title, data, offset, length, ours in (
        ("not UTF-8", b"a\x88b\n", 0, 0, "a\N{REPLACEMENT CHARACTER}b\n"),
        ("half a character", "€uro\n".encode(), 1, 0, "uro\n"),
    ):
        t.path("p.out").write_bytes(data)
        got = control.answer("supervisor.readProcessStdoutLog", "p", offset, length)
        t.differs("log-text-always-readable", title, got, ["HTTP/1.1 500 Internal Server Error"], [repr(ours)])
    t.path("p.out").write_bytes(b"a\x1b[1m\x00b\n")
    got = control.answer("supervisor.readProcessStdoutLog", "p", 0, 0)
    ours = [repr("a\N{REPLACEMENT CHARACTER}[1m\N{REPLACEMENT CHARACTER}b\n")]
    t.differs("log-text-always-readable", "control characters", got, ["not XML"], ours)
    control.end()


@scenario
def clearing(t):
    control = start(t, puppet(t, "p") + program("q", "/bin/cat"))
    t.wait_event("p up")
    t.tell("p", r"out one\n")
    wait_for("output", lambda: t.path("p.out").read_bytes() == b"one\n")
    control.step("readProcessStdoutLog", "p", 0, 0, title="before")
    control.step("clearProcessLogs", "p")
    control.step("readProcessStdoutLog", "p", 0, 0, title="after")
    t.tell("p", r"out three\n")
    wait_for("output", lambda: t.path("p.out").read_bytes() == b"three\n")
    control.step("readProcessStdoutLog", "p", 0, 0, title="afterwards")
    fill(t.path("q.err"), b"x")
    control.step("clearProcessLog", "q")
    fill(t.path("q.err"), b"x")
    control.step("clearAllProcessLogs", sort=True)
    control.step("readProcessStderrLog", "q", 0, 0, title="after clearing all")
    control.end()


@scenario
def main_log(t):
    control = start(t, program("p", "/bin/cat"))
    control.step("clearLog")
    t.record("the log after clearing", control.daemon.log_lines())
    t.path("log").write_bytes(TEXT)
    for offset, length in READS[::3]:
        control.step("readLog", offset, length)
        control.step("readMainLog", offset, length)
    t.path("log").unlink()
    control.steps(("readLog", 0, 0), ("readLog", -1, 1), ("clearLog",))
    control.end()


@scenario
def no_main_log(t):
    t.config(UNIX + INTERFACE, logfile="syslog")
    control = control_of(t, t.start())
    control.steps(("readLog", 0, 0), ("readMainLog", -1, 1), ("clearLog",))
    control.end()


@scenario
def a_main_log_that_is_a_device(t):
    t.config(UNIX + INTERFACE, logfile="/dev/null", logfile_maxbytes="0")
    control = control_of(t, t.start())
    # Not clearLog: the original would remove the device.
    control.steps(("readLog", 0, 0), ("readMainLog", -10, 0))
    control.end()
