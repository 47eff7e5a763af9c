"""Waiting for a condition with a deadline: the one place of the test-suite that sleeps."""

import time

PAUSE = 0.02


class TimedOut(Exception):
    """A condition did not come true before its deadline."""


def wait_for(what, condition, seconds=40.0):
    """Asks `condition` until it answers something true, and returns that."""
    deadline = time.monotonic() + seconds
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise TimedOut(f"waited {seconds:g} s for {what}")
        time.sleep(PAUSE)
