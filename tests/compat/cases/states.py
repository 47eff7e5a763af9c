"""The life of a process: start, too quick an exit, back-off, FATAL, restart."""

from harness.suite import case


@case
def runs_and_stops(t):
    t.config(f"[program:a]\ncommand={t.puppet('a')}")
    daemon = t.run()
    daemon.wait_running("a")
    t.wait_event("a up")
    daemon.stop()
    t.record("events", t.events())
