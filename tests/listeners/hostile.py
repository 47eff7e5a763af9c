"""Listeners that mean no good, or are broken: the daemon stays small, and nobody else notices.

Only for us: Supervisor keeps whatever a listener says until it has seen the end of the line.
"""

import pathlib

from harness.daemon import alive
from harness.pools import payloads, section, send
from harness.suite import case
from harness.wait import wait_for
from rpc import control
from scene import any_listener

OURS = ("ours",)
GROWTH = 24 << 10  # KiB that the daemon may grow by; what is thrown at it is a multiple of that
FLOOD = 200 << 20  # bytes

# Says READY, reads one event where it is to, says `before`, and then `words` until FLOOD bytes are said.
FLOODER = """
import os
os.write(1, b'READY\\n')
if EVENT:
    os.read(0, 65536)
os.write(1, BEFORE)
piece = (WORDS * 65536)[:65536]
for _ in range(FLOOD // 65536):
    left = piece
    while left:
        left = left[os.write(1, left):]
open('ROOT/flooded', 'w').close()
while True:
    os.read(0, 65536) or os._exit(0)
"""


def pss(daemon):
    """The daemon's own memory in KiB."""
    rows = pathlib.Path(f"/proc/{daemon.pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    return next(int(row.split()[1]) for row in rows if row.startswith("Pss:"))


def among_others(t, bad):
    """A daemon with a bad listener, a good one, and a program."""
    plane = control.start(
        t, bad + section(t, "good", "REMOTE_COMMUNICATION", options="buffer_size=100") + control.puppet(t, "a")
    )
    plane.until("good:good", "RUNNING")
    wait_for("the good listener", lambda: t.path("good.starts").exists())
    t.wait_event("a up")
    return plane


def nobody_else_notices(t, plane, name):
    """Events reach the good listener, and programs are started and stopped."""
    send(plane, name)
    wait_for("the event", lambda: f"type:{name}\n" in payloads(t, "good"))
    ups = t.events().count("a up")
    plane.ask("supervisor.stopProcess", "a")
    plane.ask("supervisor.startProcess", "a")
    t.wait_event("a up", ups + 1)


def end(t, plane, before):
    """The daemon is as small as before, and leaves when it is told to."""
    grown = pss(plane.daemon) - before
    assert grown < GROWTH, f"the daemon has grown by {grown} KiB"
    nobody_else_notices(t, plane, "last")
    t.record("small, and well", True)
    plane.end()


def flood(t, words, event, before="b''", says=None):
    """A listener that says far too much."""
    t.write(
        "flooder.py",
        FLOODER.replace("FLOOD", str(FLOOD)).replace("EVENT", str(event)).replace("BEFORE", before).replace("WORDS", words),
    )
    plane = among_others(
        t, any_listener("bad", "REMOTE_COMMUNICATION", "python3 ROOT/flooder.py", "stdout_logfile=NONE\nautorestart=false")
    )
    plane.until("bad:bad", "RUNNING")
    size = pss(plane.daemon)
    nobody_else_notices(t, plane, "first")
    if says:
        plane.daemon.wait_log(says)
    nobody_else_notices(t, plane, "between")
    wait_for("the end of the flood", t.path("flooded").exists, seconds=120)
    end(t, plane, size)


@case(sides=OURS)
def an_answer_without_a_newline(t):
    flood(t, "b'x'", event=True, says="WARN bad: bad result line: 'x{4096}'$")


@case(sides=OURS)
def an_answer_that_never_ends(t):
    flood(t, "b'x\\n'", event=True, before=r"b'RESULT 99999999999\n'")


@case(sides=OURS)
def an_answer_with_an_absurd_length(t):
    flood(t, "b'x\\n'", event=True, before=r"b'RESULT ' + b'9' * 4000 + b'\n'")


@case(sides=OURS)
def ready_over_and_over(t):
    flood(t, "b'READY\\n'", event=False, says="bad: has entered the UNKNOWN state")


@case(sides=OURS)
def answers_over_and_over(t):
    flood(t, "b'RESULT 2\\nOKREADY\\n'", event=True, says="bad: has entered the UNKNOWN state")


@case(sides=OURS)
def zeros(t):
    flood(t, "b'\\0'", event=False, says="bad: has entered the UNKNOWN state")


def many_events(t, plane, count=20_000):
    """Thousands of events, of two kilobytes each."""
    call = {"methodName": "supervisor.sendRemoteCommEvent", "params": ["flood", "x" * 2000]}
    for _ in range(count // 500):
        assert plane.ask("system.multicall", [call] * 500) == [True] * 500


def stuck(t, script):
    """A listener that does not take what it is sent, with a full buffer and ticks."""
    t.script("stuck", script)
    plane = control.start(
        t,
        any_listener("bad", "REMOTE_COMMUNICATION,TICK_5,PROCESS_STATE", "ROOT/stuck").replace("buffer_size=200", "buffer_size=50")
        + section(t, "good", "PROCESS_STATE_STOPPED")
        + control.puppet(t, "a"),
    )
    for name in ("bad:bad", "good:good", "a"):
        plane.until(name, "RUNNING")
    wait_for("the good listener", lambda: t.path("good.starts").exists())
    many_events(t, plane, 1000)
    size = pss(plane.daemon)
    many_events(t, plane)
    grown = pss(plane.daemon) - size
    assert grown < GROWTH, f"the daemon has grown by {grown} KiB"
    plane.ask("supervisor.stopProcess", "a")
    wait_for("the event", lambda: payloads(t, "good"))
    pid = plane.daemon.child("bad")
    assert alive(pid)
    # It does not keep the daemon from leaving.
    plane.end()
    t.record("gone with the daemon", not alive(pid))


@case(sides=OURS)
def one_that_never_says_ready(t):
    stuck(t, "exec sleep 3600")


@case(sides=OURS)
def one_that_never_reads(t):
    stuck(t, "echo READY; exec sleep 3600")


@case(sides=OURS)
def one_that_never_answers(t):
    stuck(t, "echo READY; exec cat >/dev/null")


@case(sides=OURS)
def one_that_closed_its_input(t):
    stuck(t, "exec <&-; echo READY; exec sleep 3600")


@case(sides=OURS)
def an_event_larger_than_a_pipe_and_nobody_reads(t):
    plane = among_others(t, any_listener("bad", "REMOTE_COMMUNICATION", "sh -c 'echo READY; exec sleep 3600'"))
    plane.until("bad:bad", "RUNNING")
    text = "y" * 700_000
    send(plane, "large", text)
    wait_for("the event", lambda: f"type:large\n{text}" in payloads(t, "good"))
    nobody_else_notices(t, plane, "after")
    plane.ask("supervisor.stopProcess", "bad:bad")
    t.record("still well", True)
    plane.end()
