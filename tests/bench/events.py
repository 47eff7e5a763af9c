"""Events through one listener: how many a second, and what one costs the daemon. Only for who speaks Supervisor's protocol.

Each round fills the pool's buffer through the control plane while the listener is not READY, which is not measured;
then the listener takes all of it, one event after the other. It is a C program that does nothing but answer.
"""

import os
import socket
import statistics
import time
import xmlrpc.client

from measure import Failed, LIMIT, Running, apart, cpu_seconds

EVENTS = 10_000
PORTION = 500  # events of one call
ROUNDS = 7


class Talking:
    """A supervisor with one pool of one listener."""

    def __init__(self, supervisor, folder, fifo, helpers):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        gate = folder / "go"
        os.mkfifo(gate)
        (folder / "supervisord.conf").write_text(
            f"[supervisord]\nnodaemon=true\nsilent=true\nuser=root\nlogfile={folder}/log\npidfile={folder}/pid\n"
            f"[inet_http_server]\nport=127.0.0.1:{port}\n[rpcinterface:supervisor]\n"
            "supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface\n"
            f"[eventlistener:l]\ncommand={helpers}/listen {EVENTS} {gate}\nevents=REMOTE_COMMUNICATION\n"
            f"buffer_size={2 * EVENTS}\nstdout_logfile=NONE\nstderr_logfile=NONE\nstartsecs=0\n",
            encoding="ascii",
        )
        self.name = supervisor.name
        self.fifo = fifo
        self.running = Running(supervisor, folder, fifo)
        self.go = os.open(gate, os.O_RDWR)
        self.proxy = xmlrpc.client.ServerProxy(f"http://127.0.0.1:{port}")

    def warm_up(self):
        """Waits until the listener is RUNNING; each then has a processor of its own."""
        deadline = time.monotonic() + LIMIT
        while True:
            try:
                info = self.proxy.supervisor.getProcessInfo("l:l")
            except OSError:
                info = {"statename": "not there"}
            if info["statename"] == "RUNNING":
                break
            if time.monotonic() > deadline:
                raise Failed(f"{self.name}: the listener is {info['statename']}")
            time.sleep(0.05)
        apart(info["pid"], self.running.pid)
        self.round()

    def round(self):
        """One round: (events per second, microseconds of the daemon's processor time for each)."""
        for _ in range(EVENTS // PORTION):
            calls = [
                {"methodName": "supervisor.sendRemoteCommEvent", "params": ["kind", f"event {number} of a portion"]}
                for number in range(PORTION)
            ]
            if self.proxy.system.multicall(calls) != [True] * PORTION:
                raise Failed(f"{self.name}: not all events were taken")
        began, cpu = time.monotonic(), cpu_seconds(self.running.pid)
        os.write(self.go, b"x")
        self.fifo.pids(1, f"{self.name}: {EVENTS} events")
        took, cpu = time.monotonic() - began, cpu_seconds(self.running.pid) - cpu
        return EVENTS / took, cpu / EVENTS * 1e6

    def end(self):
        """Stops it."""
        self.running.kill()
        os.close(self.go)


def measure_all(supervisors, folder_for, fifo, helpers, figures):
    """All in turn, several rounds, medians; ours and theirs compared."""
    runners = {}
    try:
        for supervisor in supervisors:
            folder = folder_for(f"events-{supervisor.name[:5]}")
            runners[supervisor.name] = Talking(supervisor, folder, fifo, helpers)
        results = {name: [] for name in runners}
        for runner in runners.values():
            runner.warm_up()
        for _ in range(ROUNDS):
            for name, runner in runners.items():
                results[name].append(runner.round())
    finally:
        for runner in runners.values():
            runner.end()
    for name, rounds in results.items():
        figures[name]["events_rounds_per_s"] = [round(rate) for rate, _ in rounds]
        figures[name]["events_per_s"] = statistics.median(rate for rate, _ in rounds)
        figures[name]["event_cpu_us"] = statistics.median(cpu for _, cpu in rounds)
    ours, theirs = (figures[supervisor.name] for supervisor in supervisors)
    ours["event_times"] = ours["events_per_s"] / theirs["events_per_s"]
