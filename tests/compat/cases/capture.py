"""Capture mode: what stands between two tags in a program's output is told to event listeners."""

from harness.daemon import read
from harness.pools import payloads, record_heard, section, steady, wait_heard, wait_ready
from harness.suite import case
from harness.wait import wait_for
from rpc import control

BEGIN = "<!--XSUPERVISOR:BEGIN-->"
END = "<!--XSUPERVISOR:END-->"
TAIL = r" and a text that is longer than a tag\n"


def captured(t, *orders, count=1, options="stdout_capture_maxbytes=1000", log="a.out", ends=TAIL, events="PROCESS_COMMUNICATION"):
    """A program writes tagged text; the events and the log are recorded."""
    plane = control.start(
        t,
        section(t, "l", events, options="buffer_size=100") + control.puppet(t, "a", options=options),
        loglevel="debug",
    )
    wait_ready(plane.daemon, "l")
    plane.until("l:l", "RUNNING")
    t.wait_event("a up")
    for order in orders:
        t.tell("a", order)
    wait_heard(t, "l", count)
    text = ends.removesuffix(r"\n") + "\n"
    wait_for("the end of the log", lambda: read(t.path(log)).endswith(text))
    record_heard(t, plane.daemon, "l")
    t.record_file(log)
    plane.end()


@case
def one_text(t):
    captured(t, f"out before {BEGIN}inner{END}{TAIL}")


@case
def two_texts_in_one_write(t):
    captured(t, rf"out 1\n{BEGIN}one{END}2\n{BEGIN}two\n{END}{TAIL}", count=2)


@case
def an_empty_text(t):
    captured(t, f"out {BEGIN}{END}{TAIL}")


@case
def on_standard_error(t):
    captured(
        t, f"err x{BEGIN}inner{END}{TAIL}", options="stderr_capture_maxbytes=1000", log="a.err"
    )


@case
def not_without_the_option(t):
    captured(t, f"out x{BEGIN}inner{END}{TAIL}", options="", count=0)


@case
def a_begin_tag_inside(t):
    captured(t, f"out {BEGIN}one{BEGIN}two{END}{TAIL}")


@case
def an_end_tag_without_a_beginning(t):
    captured(t, f"out x{END}y{BEGIN}inner{END}{TAIL}")


@case
def text_that_is_no_text(t):
    captured(t, rf"out {BEGIN}\xff\x00\xfe{END}{BEGIN}h\xc3\xa9{END}{TAIL}", count=2)


@case
def more_than_is_kept(t):
    captured(t, f"out {BEGIN}{'0123456789' * 5}{END}{TAIL}", options="stdout_capture_maxbytes=20")


@case
def more_than_is_kept_in_several_writes(t):
    # Each is longer than a tag, so that Supervisor does not hold it back.
    captured(
        t,
        "drip " + BEGIN,
        *(f"piece {letter * 30}" for letter in "abcde"),
        f"piece {END}{TAIL}",
        options="stdout_capture_maxbytes=70",
    )


@case
def in_many_writes(t):
    captured(t, f"drip before {BEGIN}inner{END}after", f"piece {TAIL}")


@case
def tags_and_lookalikes_in_many_writes(t):
    captured(t, f"drip <!--XSUPERVISOR:BEGIN--{BEGIN}<!--XSUPERVISOR:END--{END}<<!--", f"piece {TAIL}")


@case
def captured_output_is_output_too(t):
    captured(
        t,
        rf"piece first, some plain output that is long enough\n",
        rf"piece {BEGIN}and then the captured text, long enough too{END}{TAIL}",
        options="stdout_capture_maxbytes=1000\nstdout_events_enabled=true",
        events="PROCESS_COMMUNICATION,PROCESS_LOG",
        count=4,
    )


@case(differences=["capture-holds-back-little"])
def short_output_with_capture(t):
    plane = control.start(
        t, control.puppet(t, "a", options="stdout_capture_maxbytes=1000"), loglevel="debug"
    )
    t.wait_event("a up")
    t.tell("a", r"piece short\n")
    if t.subject == "ours":
        wait_for("the log", lambda: read(t.path("a.out")) == "short\n")
    t.differs(
        "capture-holds-back-little", "the log", read(t.path("a.out")), theirs="", ours="short\n"
    )
    plane.end()


@case(differences=["capture-holds-back-little"])
def the_last_words_with_capture(t):
    plane = control.start(
        t, control.puppet(t, "a", options="stdout_capture_maxbytes=1000\nautorestart=false"), loglevel="debug"
    )
    t.wait_event("a up")
    t.tell("a", r"piece last words\n")
    t.tell("a", "exit 0")
    plane.daemon.wait_log("exited: a")
    t.differs(
        "capture-holds-back-little", "the log of an ended program", read(t.path("a.out")), theirs="", ours="last words\n"
    )
    plane.end()


@case(differences=["capture-holds-back-little"])
def a_text_without_an_end(t):
    plane = control.start(
        t,
        section(t, "l", "PROCESS_COMMUNICATION")
        + control.puppet(t, "a", options="stdout_capture_maxbytes=1000\nautorestart=false"),
        loglevel="debug",
    )
    wait_ready(plane.daemon, "l")
    t.wait_event("a up")
    t.tell("a", rf"piece some plain output that is long enough\n{BEGIN}abandoned\n")
    t.tell("a", "exit 0")
    plane.daemon.wait_log("exited: a")
    t.record("events", [steady(t, plane.daemon, text) for text in payloads(t, "l")])
    plain = "some plain output that is long enough\n"
    t.differs(
        "capture-holds-back-little", "the log", read(t.path("a.out")), theirs=plain, ours=plain + "abandoned\n"
    )
    plane.end()
