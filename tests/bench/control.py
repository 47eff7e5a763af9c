"""The control plane: what calls cost the daemon, what supervisorctl takes, what followers of a log cost.

Every call comes on a connection of its own, as most clients make them. The client is the same static C program for all, with
several calls under way at once; its own processor time is printed, to show that it is not what is measured.
"""

import os
import statistics
import subprocess
import time

import measure

PROGRAMS = 100
AT_ONCE = 8
CALLS = {  # method: (name of the figures, calls of ours, calls of theirs)
    "supervisor.getState": ("state", 5_000, 500),
    "supervisor.getAllProcessInfo": ("info", 1_000, 60),
}
ROUNDS = 9
STATUS_RUNS = 12
FOLLOWERS = (1_000, 100)  # of ours and theirs
QUIET = 4.0  # seconds during which nobody writes to the followed log


def request(method):
    """A call as bytes, as Supervisor's own client sends it."""
    body = (
        f"<?xml version='1.0'?>\n<methodCall>\n<methodName>{method}</methodName>\n<params>\n</params>\n</methodCall>\n"
    )
    return (
        "POST /RPC2 HTTP/1.1\r\nHost: localhost\r\nUser-Agent: benchmark\r\nContent-Type: text/xml\r\nAccept: text/xml\r\n"
        f"Content-Length: {len(body)}\r\n\r\n{body}"
    )


def calls(running, folder, helpers, method, times):
    """One round: (calls per second, microseconds of the daemon a call, those of the client)."""
    file = folder / f"{method}.request"
    file.write_text(request(method), encoding="ascii")
    before = measure.cpu_seconds(running.pid)
    said = subprocess.run(
        [helpers / "ask", str(times), str(AT_ONCE), folder / "socket", file], stdout=subprocess.PIPE, check=True
    ).stdout.split()
    daemon = measure.cpu_seconds(running.pid) - before
    return times / float(said[0]), daemon / times * 1e6, float(said[1]) / times * 1e6


def status(supervisor, folder, helpers):
    """Milliseconds of `supervisorctl status` as a whole process: the median."""
    command = [helpers / "run", str(STATUS_RUNS), *supervisor.control(folder, "status")]
    said = subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout.split()
    return statistics.median(map(float, said))


def followers(running, folder, helpers, count, figures):
    """What followers cost in memory, and how often they wake the daemon while nobody writes."""
    before = running.pss()
    command = [helpers / "follow", str(count), folder / "socket", "/logtail/logged"]
    client = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    if client.stdout.readline() != b"ready\n":
        raise measure.Failed(f"{running.supervisor.name}: no {count} followers")
    figures["followers"] = count
    figures["follower_kb"] = (running.pss() - before) * 1024 / count
    figures["followers_mb"] = running.pss() - before
    switches, cpu = running.switches(), measure.cpu_seconds(running.pid)
    time.sleep(QUIET)
    figures["follow_wakeups"] = (running.switches() - switches) / QUIET
    figures["follow_cpu"] = (measure.cpu_seconds(running.pid) - cpu) / QUIET * 100
    client.stdin.close()
    client.wait()


def settled(supervisor, folder, fifo, program):
    """A running supervisor whose hundred programs all count as running."""
    running, _, _ = measure.started(supervisor, folder, fifo, PROGRAMS - 1, program, supervisor.write_served)
    deadline = time.monotonic() + measure.LIMIT
    while True:
        said = subprocess.run(supervisor.control(folder, "status"), stdout=subprocess.PIPE, check=False)
        if said.stdout.count(b" RUNNING ") == PROGRAMS:
            return running
        if time.monotonic() > deadline:
            raise measure.Failed(f"{supervisor.name}: not all programs are running")


class Served:
    """A supervisor whose control plane is measured, and what came out so far."""

    def __init__(self, supervisor, ours, folder, fifo, helpers):
        self.supervisor, self.ours, self.folder, self.helpers = supervisor, ours, folder, helpers
        self.running = settled(supervisor, folder, fifo, helpers / "up")
        self.results = {name: [] for name, *_ in CALLS.values()}
        self.runs = []

    def round(self):
        """One round of everything."""
        for method, (name, our_times, their_times) in CALLS.items():
            times = our_times if self.ours else their_times
            self.results[name].append(calls(self.running, self.folder, self.helpers, method, times))
        self.runs.append(status(self.supervisor, self.folder, self.helpers))

    def add_to(self, figures):
        """The medians."""
        for name, rounds in self.results.items():
            for at, figure in enumerate(("per_s", "us", "client_us")):
                figures[f"{name}_{figure}"] = statistics.median(one[at] for one in rounds)
        figures["status_ms"] = statistics.median(self.runs)


def control(supervisors, folder_for, fifo, helpers, figures):
    """All that is measured at the control plane: all in turn, several rounds, medians. Ours is the first."""
    served = []
    processors = sorted(os.sched_getaffinity(0))
    try:
        for supervisor in supervisors:
            folder = folder_for(f"{supervisor.name}-control")
            served.append(Served(supervisor, not served, folder, fifo, helpers))
        # The clients follow us.
        os.sched_setaffinity(0, {processors[0]})
        for one in served:
            os.sched_setaffinity(one.running.pid, {processors[-1]})
        for _ in range(ROUNDS):
            for one in served:
                one.round()
        for one in served:
            one.add_to(figures[one.supervisor.name])
            count = FOLLOWERS[0 if one.ours else 1]
            followers(one.running, one.folder, one.helpers, count, figures[one.supervisor.name])
    finally:
        os.sched_setaffinity(0, processors)
        for one in served:
            one.running.kill()
    compare(*(figures[one.supervisor.name] for one in served))


def compare(ours, theirs):
    """How many times less processor time a call takes."""
    for name in ("state", "info"):
        ours[f"{name}_times_less"] = theirs[f"{name}_us"] / ours[f"{name}_us"]
