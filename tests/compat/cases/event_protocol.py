"""How a listener and the daemon talk: what is an answer, what ends the trust, and what becomes of the event then."""

import sys

from harness.daemon import read
from harness.pools import (
    payloads,
    record_heard,
    record_talk,
    section,
    send,
    wait_heard,
    wait_ready,
)
from harness.suite import case
from harness.wait import wait_for
from rpc import control

REMOTE = "REMOTE_COMMUNICATION"


def plane_of(t, programs, **options):
    """A daemon with a control plane."""
    options.setdefault("loglevel", "debug")
    return control.start(t, programs, **options)


def talk(t, *answers, events=("one", "two"), heard=None, options="", until=None, finish=True):
    """A listener that answers as told is sent events; what both said is recorded."""
    plane = plane_of(t, section(t, "l", REMOTE, *answers, options=options))
    plane.until("l:l", "RUNNING")
    if not answers or not answers[0].startswith("greet="):
        wait_ready(plane.daemon, "l")
    for event in events:
        send(plane, event)
    wait_heard(t, "l", len(events) if heard is None else heard)
    if until:
        plane.daemon.wait_log(until)
    if not finish:
        return plane
    record_heard(t, plane.daemon, "l")
    record_talk(t, plane.daemon)
    plane.end()
    return plane


LOST = "has entered the UNKNOWN state"
PROCESSED = "l: event was processed"


@case
def answered_well(t):
    talk(t, "ok", until=rf"(?s){PROCESSED}.*{PROCESSED}.*-> READY")


@case
def answered_in_parts(t):
    talk(t, r"parts:RESULT+2\nOKREADY\n", until=rf"(?s){PROCESSED}.*{PROCESSED}.*-> READY")


@case
def the_greeting_comes_in_parts(t):
    talk(t, r"greet=parts:READY\n", "ok", until=rf"(?s){PROCESSED}.*{PROCESSED}.*-> READY")


@case
def rejected_and_tried_again(t):
    plane = talk(
        t, "fail", "ok", heard=2, until=rf"(?s){PROCESSED}.*-> READY", finish=False, events=("one",)
    )
    record_heard(t, plane.daemon, "l")
    record_talk(t, plane.daemon)
    t.record("rebuffered", [line for line in plane.daemon.log_lines() if "rebuffering event 0" in line])
    plane.end()


@case
def rejected_and_tried_again_before_the_others(t):
    talk(t, "fail", "ok", heard=3, until=rf"(?s){PROCESSED}.*{PROCESSED}.*-> READY")


@case
def an_answer_that_is_neither(t):
    talk(t, r"say:RESULT+5\nOK OKREADY\n", "ok", heard=3, until=rf"(?s){PROCESSED}.*{PROCESSED}.*-> READY")


@case
def an_answer_with_a_newline_in_it(t):
    talk(t, r"say:RESULT+3\nOK\nREADY\n", "ok", heard=3, until=rf"(?s){PROCESSED}.*{PROCESSED}.*-> READY")


@case
def an_empty_answer(t):
    talk(t, r"say:RESULT+0\nREADY\n", "ok", heard=3, until=rf"(?s){PROCESSED}.*{PROCESSED}.*-> READY")


@case
def the_word_does_not_matter(t):
    talk(t, r"say:xxxxxx+2\nOKREADY\n", r"say:ANSWER:2\nOKREADY\n", until=rf"(?s){PROCESSED}.*{PROCESSED}.*-> READY")


@case
def numbers_as_python_reads_them(t):
    talk(
        t,
        r"say:RESULT++2+\nOKREADY\n",
        r"say:RESULT+\x2b2\r\nOKREADY\n",
        r"say:RESULT+0_2\nOKREADY\n",
        r"say:RESULT+\t002\nOKREADY\n",
        events=("one", "two", "three", "four"),
        until=rf"(?s)({PROCESSED}.*){{4}}-> READY",
    )


def broken(t, answer, *more, events=("one",), **how):
    """An answer that ends the trust; a new process gets another chance."""
    plane = talk(t, answer, *more, events=events, until=LOST, finish=False, **how)
    # Nothing more is sent to it.
    send(plane, "kept")
    plane.ask("supervisor.stopProcess", "l:l")
    plane.ask("supervisor.startProcess", "l:l")
    wait_for("the kept one", lambda: "type:kept\n" in payloads(t, "l"))
    record_heard(t, plane.daemon, "l")
    record_talk(t, plane.daemon)
    plane.end()


@case
def a_newline_too_many(t):
    broken(t, r"say:RESULT+2\nOK\nREADY\n", "ok")


@case
def ready_in_small_letters(t):
    broken(t, r"say:RESULT+2\nOKready\n", "ok")


@case
def no_number(t):
    broken(t, r"say:RESULT+two\nOKREADY\n", "ok")


@case
def no_number_at_all(t):
    broken(t, r"say:RESULT\nOKREADY\n", "ok")


@case
def a_short_line(t):
    broken(t, r"say:OK\n", "ok")


@case
def an_empty_line(t):
    broken(t, r"say:\n", "ok")


@case
def a_line_that_is_no_text(t):
    broken(t, r"say:\xff\xfe\xfa it's\n", "ok")


@case
def a_line_with_quotes(t):
    broken(t, r"say:it's+\x22so\x22\n", "ok")


@case
def a_number_with_a_point(t):
    broken(t, r"say:RESULT+2.0\nOKREADY\n", "ok")


@case
def words_before_ready(t):
    broken(t, r"greet=say:hello+there\n,say:READY\n", "ok", events=(), heard=0)


@case
def ready_with_a_carriage_return(t):
    broken(t, r"greet=say:READY\r\n,say:READY\n", "ok", events=(), heard=0)


@case
def ready_twice(t):
    broken(t, r"greet=say:READY\nREADY\n,say:READY\n", "ok", events=(), heard=0)


@case
def words_while_nothing_was_asked(t):
    broken(t, r"greet=say:READY\nx,say:READY\n", "ok", events=(), heard=0)


@case
def an_answer_too_much(t):
    broken(t, r"say:RESULT+2\nOKREADY\nRESULT+2\nOKREADY\n", "ok")


@case
def a_result_longer_than_announced(t):
    broken(t, r"say:RESULT+2\nOKOK\nREADY\n", "ok")


@case(differences=["negative-result-lengths-are-bad"])
def a_negative_number(t):
    plane = talk(t, r"say:RESULT+-1\nOKREADY\n", "ok", events=("one",), finish=False)
    gone_bad = r"bad result line|uncaptured python exception"
    plane.daemon.wait_log(gone_bad)
    bad = "WARN l: bad result line: 'RESULT -1'" in plane.daemon.log_lines()
    t.differs("negative-result-lengths-are-bad", "a bad line", bad, theirs=False, ours=True)
    plane.end()


@case(differences=["result-lines-have-an-end"])
def a_line_without_an_end(t):
    long = "x" * 5000
    plane = talk(t, f"say:{long};wait", "ok", events=("one",), finish=False)
    plane.daemon.wait_log("xxxx")
    if t.subject == "ours":
        plane.daemon.wait_log(LOST)
    # Supervisor would wait for the end of the line for ever: a newline shows that it still does.
    t.tell("l", r"say:\n")
    plane.daemon.wait_log("bad result line")
    line = [line for line in plane.daemon.log_lines() if "bad result line" in line][0]
    t.differs("result-lines-have-an-end", "bytes of the bad line", line.count("x"), theirs=5000, ours=4096)
    plane.end()


@case
def it_dies_at_work(t):
    plane = talk(t, "exit:3", "ok", events=("one",), finish=False, options="autorestart=true")
    send(plane, "two")
    wait_heard(t, "l", 3)
    plane.daemon.wait_log(rf"(?s){PROCESSED}.*{PROCESSED}")
    record_heard(t, plane.daemon, "l")
    record_talk(t, plane.daemon)
    plane.end()


@case
def it_answers_and_dies_in_one_breath(t):
    talk(
        t,
        r"say:RESULT+2\nOK;exit:0",
        "ok",
        options="autorestart=true",
        until=rf"(?s){PROCESSED}.*{PROCESSED}",
    )


@case
def it_dies_without_work(t):
    plane = talk(t, "ok;exit:0", "ok", events=("one",), options="autorestart=true", finish=False)
    wait_ready(plane.daemon, "l", 2)
    send(plane, "two")
    wait_heard(t, "l", 2)
    record_heard(t, plane.daemon, "l")
    plane.end()


@case
def it_is_stopped_at_work(t):
    plane = talk(t, "hold", "ok", events=("one",), finish=False)
    plane.ask("supervisor.stopProcess", "l:l")
    plane.ask("supervisor.startProcess", "l:l")
    wait_heard(t, "l", 2)
    plane.daemon.wait_log(PROCESSED)
    record_heard(t, plane.daemon, "l")
    record_talk(t, plane.daemon)
    plane.end()


@case
def it_never_answers(t):
    plane = talk(t, "wait", "ok", events=("one",), finish=False, options="buffer_size=2")
    for event in ("two", "three", "four", "five"):
        send(plane, event)
    plane.daemon.wait_log("discarding event 2")
    plane.ask("supervisor.stopProcess", "l:l")
    plane.ask("supervisor.startProcess", "l:l")
    # The first one came back into the full buffer, in the place of the oldest.
    wait_heard(t, "l", 3)
    record_heard(t, plane.daemon, "l")
    record_talk(t, plane.daemon)
    plane.end()


@case
def it_was_never_ready(t):
    plane = plane_of(t, section(t, "l", REMOTE, "greet=say:_;wait", options="buffer_size=3"))
    plane.until("l:l", "RUNNING")
    for number in range(5):
        send(plane, f"n{number}")
    t.tell("l", "err:x")
    record_heard(t, plane.daemon, "l")
    record_talk(t, plane.daemon)
    plane.end()


@case
def it_is_not_running_yet(t):
    plane = plane_of(t, section(t, "l", REMOTE, startsecs=600) + section(t, "m", REMOTE))
    wait_ready(plane.daemon, "l")
    wait_ready(plane.daemon, "m")
    for number in range(3):
        send(plane, f"n{number}")
    wait_heard(t, "m", 3)
    record_heard(t, plane.daemon, "l", "m")
    plane.end()


@case
def its_standard_error_is_free(t):
    talk(
        t,
        r"greet=err:hello\n;say:READY\n",
        r"ok;err:heard\n",
        options="stdout_logfile=ROOT/out\nstderr_logfile=ROOT/err",
        until=rf"(?s){PROCESSED}.*{PROCESSED}.*-> READY",
    )
    t.record_file("out")
    t.record_file("err")


@case
def its_output_is_no_event(t):
    plane = plane_of(
        t,
        section(
            t, "l", "PROCESS_LOG,REMOTE_COMMUNICATION", r"ok;err:said\n",
            options="stdout_events_enabled=true\nstderr_events_enabled=true\nbuffer_size=50",
        )
        + section(t, "m", "PROCESS_LOG", "ok", options="stdout_events_enabled=true\nstdout_capture_maxbytes=1000"),
    )
    wait_ready(plane.daemon, "l")
    wait_ready(plane.daemon, "m")
    plane.until("l:l", "RUNNING")
    plane.until("m:m", "RUNNING")
    send(plane, "one")
    # Each event of its own words makes it say more.
    wait_heard(t, "l", 4)
    wait_heard(t, "m", 3)
    t.record("l", [repr(text).replace(str(plane.daemon.child("l")), "PID") for text in payloads(t, "l")[:4]])
    t.record("m", [repr(text).replace(str(plane.daemon.child("l")), "PID") for text in payloads(t, "m")[:3]])
    plane.end()


@case
def capture_on_its_standard_error(t):
    tagged = r"err:a<!--XSUPERVISOR:BEGIN-->inner<!--XSUPERVISOR:END-->and+a+long+enough+text+behind+it\n"
    plane = plane_of(
        t,
        section(t, "l", REMOTE, f"ok;{tagged}", options="stderr_capture_maxbytes=100\nstderr_logfile=ROOT/err")
        + section(t, "m", "PROCESS_COMMUNICATION"),
    )
    wait_ready(plane.daemon, "l")
    wait_ready(plane.daemon, "m")
    send(plane, "one")
    wait_heard(t, "m", 1)
    record_heard(t, plane.daemon, "m")
    wait_for("the log", lambda: read(t.path("err")).endswith("\n"))
    t.record_file("err")
    plane.end()


@case
def escape_sequences_count(t):
    talk(
        t,
        r"greet=say:\x1b[0mREADY\n",
        events=(),
        heard=0,
        options="stdout_logfile=ROOT/out",
        until=LOST,
    )


@case(differences=["built-in-plugins-only"])
def answers_that_are_printed(t):
    # The listener of the supervisor_stdout package answers with the payload that it got.
    t.write(
        "echo.py",
        "import sys\n"
        "while True:\n"
        "    print('READY', flush=True)\n"
        "    head = dict(word.split(':') for word in sys.stdin.readline().split())\n"
        "    text = sys.stdin.read(int(head['len']))\n"
        "    print(f'RESULT {len(text.encode())}\\n{text}', end='', flush=True)\n",
    )
    t.config(
        f"[program:a]\ncommand={t.puppet('a')}\nstartsecs=0\nstdout_events_enabled=true\nstderr_events_enabled=true\n"
        f"[eventlistener:l]\ncommand={sys.executable} ROOT/echo.py\nevents=PROCESS_LOG\nstartsecs=0\n"
        "result_handler=supervisor_stdout:event_handler\n",
        loglevel="debug",
    )
    daemon = t.start()
    printed = "refused"
    if t.subject == "theirs":
        daemon.wait_exit()
    else:
        wait_ready(daemon, "l")
        t.wait_event("a up")
        t.tell("a", r"out one\ntwo\xc3\xa9\n")
        daemon.wait_log("l: event was processed")
        t.tell("a", r"err without an end")
        daemon.wait_log("l: event was processed", 2)
        daemon.stop(record=False)
        printed = [line for line in read(daemon.out).splitlines() if " | " in line]
    t.differs(
        "built-in-plugins-only",
        "printed by the handler of supervisor_stdout",
        printed,
        theirs="refused",
        ours=["a stdout | one", "a stdout | two\u00e9", "a stderr | without an end"],
    )


@case(differences=["built-in-plugins-only"])
def answers_that_cannot_be_printed(t):
    t.config(
        section(t, "l", "PROCESS_STATE_RUNNING", "ok", options="result_handler=supervisor_stdout:event_handler"),
        loglevel="debug",
    )
    daemon = t.start()
    if t.subject == "theirs":
        daemon.wait_exit()
    else:
        daemon.wait_log(LOST)
        daemon.stop(record=False)
    t.differs(
        "built-in-plugins-only",
        "an answer that the handler of supervisor_stdout does not know",
        [line for line in daemon.log_lines() if line.startswith("WARN l: event")],
        theirs=[],
        ours=["WARN l: event caused an error"],
    )
