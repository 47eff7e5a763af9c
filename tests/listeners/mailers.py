"""Listeners that write mails: superlance's crashmail, crashmailbatch, fatalmailbatch and crashsms."""

import email
import re

import sinks
from harness.daemon import read
from harness.suite import case
from harness.wait import wait_for
from scene import listener, started, trusted

TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}")
PID = re.compile(r"(?<=pid )\d+|(?<=\()\d+(?=\))")


def crashing(t):
    """A program that dies, and one that cannot start."""
    return (
        f"[program:dies]\ncommand={t.puppet('dies')}\nstartsecs=0\nautorestart=false\n"
        f"[program:ends]\ncommand={t.puppet('ends')}\nstartsecs=0\nautorestart=false\n"
        "[program:bad]\ncommand=false\nstartretries=0\nstartsecs=20\nautostart=false\n"
    )


def crash(t, plane):
    """One program ends well, one does not, one does not even come up."""
    for name, code in (("ends", 0), ("dies", 3)):
        plane.until(name, "RUNNING")
        t.wait_event(f"{name} up")
        t.tell(name, f"exit {code}")
        plane.daemon.wait_log(f"exited: {name}")
    # A fault, after all its attempts.
    plane.answer("supervisor.startProcess", "bad")


def steady(text):
    """A text without the time and the pid."""
    return PID.sub("<pid>", TIME.sub("<time>", text))


def record_mail(t, text):
    """Records a mail's address, subject and text."""
    mail = email.message_from_string(text)
    t.record("headers", [f"{key}: {steady(mail[key])}" for key in ("From", "To", "Subject") if mail[key]])
    t.record("text", steady(mail.get_payload()))


def batch(t, command, events):
    """A listener that sends a mail for each batch."""
    with sinks.mail() as server:
        host = f"127.0.0.1:{server.server_address[1]}"
        plane = started(
            t,
            crashing(t)
            + listener(
                "mailer", events, command, "-t", "you@example", "-f", "me@example", "-H", host, "-e", "TICK_5", "-i", "0.05"
            ),
        )
        crash(t, plane)
        wait_for("a mail", lambda: server.got, seconds=60)
        record_mail(t, server.got[0])
        trusted(t, plane)


@case
def superlance_crashmail(t):
    plane = started(
        t,
        crashing(t)
        + listener("mailer", "PROCESS_STATE", "crashmail", "-a", "-o", "host", "-m", "me@example", "-s", f"cat >> {t.root}/mail"),
    )
    crash(t, plane)
    wait_for("a mail", lambda: "unexpectedly" in read(t.path("mail")))
    record_mail(t, read(t.path("mail")))
    trusted(t, plane)


@case
def superlance_crashmailbatch(t):
    batch(t, "crashmailbatch", "PROCESS_STATE,TICK_5")


@case
def superlance_fatalmailbatch(t):
    batch(t, "fatalmailbatch", "PROCESS_STATE_FATAL,TICK_5")


@case
def superlance_crashsms(t):
    batch(t, "crashsms", "PROCESS_STATE_EXITED,TICK_5")
