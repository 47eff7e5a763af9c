"""The measurements: made of what the measured processes and the kernel say, never of what a log says."""

import os
import pathlib
import select
import signal
import statistics
import struct
import subprocess
import time

from supervisors import command_name, descendants

LIMIT = 120.0  # seconds that any one step may take
STOP_LIMIT = 20.0  # seconds after which a stop counts as not done
SETTLE = (
    3.0  # seconds until all programs count as RUNNING (startsecs=1, and a second that Supervisor is late)
)
IDLE = 8.0  # seconds of watching an idle daemon
KILLS = 25  # restarts to measure
PIECE = 96 << 20  # bytes of output in one round of the log measurement
ROUNDS = 15
PARTS = ("runsv", "s6-supervise")  # of supervisors that are made of several processes


class Failed(Exception):
    """A measurement could not be made."""


class Fifo:
    """The fifo into which the helper programs write their pids."""

    def __init__(self, path):
        self.path = path
        os.mkfifo(path)
        self.fd = os.open(path, os.O_RDWR)

    def pids(self, count, what):
        """Reads `count` pids, waiting for them."""
        data = b""
        deadline = time.monotonic() + LIMIT
        while len(data) < 4 * count:
            if not select.select([self.fd], [], [], max(0, deadline - time.monotonic()))[0]:
                raise Failed(f"{what}: {len(data) // 4} of {count} after {LIMIT:g} s")
            data += os.read(self.fd, 4 * count - len(data))
        return list(struct.unpack(f"{count}i", data))


class Running:
    """A supervisor that has been started."""

    def __init__(self, supervisor, folder, fifo):
        self.supervisor = supervisor
        self.fifo = fifo
        env = {"PATH": os.environ["PATH"], "HOME": "/root", "LANG": "C.UTF-8", "BENCH_FIFO": str(fifo.path)}
        self.began = time.monotonic()
        self.process = subprocess.Popen(
            supervisor.command(folder),
            env=env,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=open(folder / "stderr", "wb"),
            start_new_session=True,
        )
        self.pid = self.process.pid

    def own_processes(self):
        """The pids that are the supervisor itself: for runit and s6 that of each program too."""
        return [self.pid] + [pid for pid in descendants(self.pid) if command_name(pid) in PARTS]

    def pss(self):
        """The proportional memory of the supervisor itself, in MB."""
        total = 0
        for pid in self.own_processes():
            rows = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
            total += next(int(row.split()[1]) for row in rows if row.startswith("Pss:"))
        return total / 1024

    def switches(self):
        """How often the supervisor's processes have been given the processor."""
        total = 0
        for pid in self.own_processes():
            rows = pathlib.Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
            total += sum(int(row.split()[1]) for row in rows if "ctxt_switches" in row)
        return total

    def stop(self):
        """Seconds from the signal until nothing is left, or None when that took too long."""
        pids = [self.pid, *descendants(self.pid)]
        fds = [os.pidfd_open(pid) for pid in pids]
        poller = select.poll()
        for fd in fds:
            poller.register(fd, select.POLLIN)
        began, left = time.monotonic(), len(fds)
        os.kill(self.pid, self.supervisor.stop_signal)
        while left and time.monotonic() - began < STOP_LIMIT:
            for fd, _ in poller.poll(1000):
                poller.unregister(fd)
                left -= 1
        took = time.monotonic() - began if not left else None
        self.kill(pids)
        for fd in fds:
            os.close(fd)
        return took

    def kill(self, pids=()):
        """Ends whatever is left; the supervisor goes first, so that it restarts nothing."""
        for pid in [self.pid, *(pids or descendants(self.pid))]:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.process.wait()


def started(supervisor, folder, fifo, count, program, write=None):
    """Starts `count` programs; gives the running supervisor, the programs' pids and the seconds."""
    (write or supervisor.write)(folder, count, program)
    running = Running(supervisor, folder, fifo)
    try:
        pids = fifo.pids(count, f"{supervisor.name}: programs up")
    except Failed:
        running.kill()
        raise
    return running, pids, time.monotonic() - running.began


def wakeups(running):
    """Wake-ups per second of an idle supervisor."""
    time.sleep(SETTLE)
    before = running.switches()
    time.sleep(IDLE)
    return (running.switches() - before) / IDLE


def restart(running, pids):
    """Milliseconds from kill -9 of a program to the first word of its successor: the median."""
    times = []
    for pid in pids[:KILLS]:
        began = time.monotonic()
        os.kill(pid, signal.SIGKILL)
        running.fifo.pids(1, f"{running.supervisor.name}: restart")
        times.append(time.monotonic() - began)
    return statistics.median(times) * 1000


def hundred(supervisor, folder, fifo, program, figures):
    """All that is measured with 100 programs."""
    running, pids, seconds = started(supervisor, folder, fifo, 100, program)
    figures["up_100_ms"] = seconds * 1000
    figures["wakeups_per_s"] = wakeups(running)
    figures["pss_100_mb"] = running.pss()
    figures["restart_ms"] = restart(running, pids)
    took = running.stop()
    figures["stop_100_ms"] = took and took * 1000


def thousand(supervisor, folder, fifo, program, figures):
    """All that is measured with 1,000 programs."""
    running, _, seconds = started(supervisor, folder, fifo, 1000, program)
    figures["up_1000_ms"] = seconds * 1000
    figures["pss_1000_mb"] = running.pss()
    took = running.stop()
    figures["stop_1000_ms"] = took and took * 1000


def cpu_seconds(pid):
    """The processor time that a process has used."""
    return int(pathlib.Path(f"/proc/{pid}/schedstat").read_text(encoding="ascii").split()[0]) / 1e9


class Logged:
    """A supervisor with one program that writes on request into a log file."""

    def __init__(self, supervisor, folder, fifo, helpers):
        self.log = folder / "out"
        self.gate = folder / "go"
        os.mkfifo(self.gate)
        self.fifo = fifo
        self.name = supervisor.name
        supervisor.write_logged(folder, f"{helpers}/flood {PIECE} {self.gate}", self.log)
        self.running = Running(supervisor, folder, fifo)
        self.go = os.open(self.gate, os.O_RDWR)
        self.find_writer = supervisor.writer

    def warm_up(self):
        """The first output shows that everything runs."""
        os.write(self.go, b"x")
        (pid,) = self.fifo.pids(1, f"{self.name}: first output")
        emptied(self.log)
        self.writer = self.find_writer(self.running.pid)
        apart(pid, self.writer)

    def round(self):
        """One round: (MB per second, CPU seconds per GB)."""
        began, cpu = time.monotonic(), cpu_seconds(self.writer)
        os.write(self.go, b"x")
        self.fifo.pids(1, f"{self.name}: output taken")
        return figures_of(began, cpu, self.writer, self.log)

    def end(self):
        """Stops it."""
        self.running.kill()
        os.close(self.go)


class Copy:
    """The plain loop: a pipe, the same writer, and a read and a write of 64 KiB."""

    def __init__(self, folder, fifo, helpers):
        self.log = folder / "out"
        self.gate = folder / "go"
        os.mkfifo(self.gate)
        self.fifo = fifo
        env = {**os.environ, "BENCH_FIFO": str(fifo.path)}
        self.writer = subprocess.Popen(
            [helpers / "flood", str(PIECE), self.gate], env=env, stdout=subprocess.PIPE
        )
        self.copier = subprocess.Popen([helpers / "copy", self.log], stdin=self.writer.stdout)
        self.go = os.open(self.gate, os.O_RDWR)

    def warm_up(self):
        """The first output, as for the others."""
        os.write(self.go, b"x")
        (pid,) = self.fifo.pids(1, "copy loop: first output")
        emptied(self.log)
        apart(pid, self.copier.pid)

    def round(self):
        """One round: (MB per second, CPU seconds per GB)."""
        began, cpu = time.monotonic(), cpu_seconds(self.copier.pid)
        os.write(self.go, b"x")
        self.fifo.pids(1, "copy loop: output taken")
        return figures_of(began, cpu, self.copier.pid, self.log)

    def end(self):
        """Stops it."""
        self.writer.kill()
        self.writer.wait()
        self.copier.wait()
        os.close(self.go)


def figures_of(began, cpu, writer, log):
    """The figures of a round, as soon as the writing program is done (a pipe holds 64 KiB at most)."""
    took, cpu = time.monotonic() - began, cpu_seconds(writer) - cpu
    emptied(log)
    return PIECE / 1e6 / took, cpu / (PIECE / 1e9)


def apart(program, writer):
    """Gives the program and the writer of its log a processor each, so that all have the same luck."""
    processors = sorted(os.sched_getaffinity(0))
    if len(processors) > 1:
        os.sched_setaffinity(program, {processors[0]})
        os.sched_setaffinity(writer, {processors[1]})


def emptied(log):
    """Waits until the log has every byte, and empties it."""
    deadline = time.monotonic() + LIMIT
    while os.path.getsize(log) < PIECE:
        if time.monotonic() > deadline:
            raise Failed(f"{log}: {os.path.getsize(log)} bytes of {PIECE}")
        time.sleep(0.001)
    os.truncate(log, 0)


def logs(supervisors, folder_for, fifo, helpers, figures):
    """Log throughput and its cost: all in turn, several rounds, medians."""
    runners = {"copy loop": Copy(folder_for("copy"), fifo, helpers)}
    for supervisor in supervisors:
        if supervisor.write_logged:
            runners[supervisor.name] = Logged(
                supervisor, folder_for(f"log-{supervisor.name[:5]}"), fifo, helpers
            )
    results = {name: [] for name in runners}
    try:
        for runner in runners.values():
            runner.warm_up()
        turns = list(runners.items())
        for _ in range(ROUNDS):
            for name, runner in turns:
                results[name].append(runner.round())
            turns.append(turns.pop(0))
    finally:
        for runner in runners.values():
            runner.end()
    for name, rounds in results.items():
        figures[name]["log_rounds_mb_per_s"] = [round(rate) for rate, _ in rounds]
        figures[name]["log_mb_per_s"] = statistics.median(rate for rate, _ in rounds)
        figures[name]["log_cpu_s_per_gb"] = statistics.median(cpu for _, cpu in rounds)
