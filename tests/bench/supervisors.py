"""The supervisors that are measured: how each is told what to run, started and stopped."""

import os
import pathlib
import shutil
import signal
import subprocess


class Supervisor:
    """Ours and Supervisor 4.3.0: one supervisord.conf."""

    def __init__(self, name, executable):
        self.name = name
        self.executable = pathlib.Path(executable)

    def write(self, folder, count, program):
        """Writes what is to run: `count` programs."""
        lines = [
            "[supervisord]",
            "nodaemon=true",
            "silent=true",
            "user=root",
            f"logfile={folder}/log",
            f"pidfile={folder}/pid",
        ]
        for number in range(count):
            lines += [
                f"[program:p{number}]",
                f"command={program}",
                "autorestart=true",
                "stdout_logfile=NONE",
                "stderr_logfile=NONE",
            ]
        (folder / "supervisord.conf").write_text("\n".join(lines) + "\n", encoding="ascii")

    def write_served(self, folder, count, program):
        """Writes what is to run: `count` programs, a control plane at a socket, and one program more with a log."""
        self.write(folder, count, program)
        with open(folder / "supervisord.conf", "a", encoding="ascii") as config:
            config.write(
                f"[unix_http_server]\nfile={folder}/socket\n[supervisorctl]\nserverurl=unix://{folder}/socket\n"
                "[rpcinterface:supervisor]\n"
                "supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface\n"
                f"[program:logged]\ncommand=/bin/cat\nstdout_logfile={folder}/followed\n"
            )
        (folder / "followed").write_text("a first line\n" * 100, encoding="ascii")

    def control(self, folder, *words):
        """The command line of its supervisorctl."""
        return [str(self.executable.parent / "supervisorctl"), "-c", f"{folder}/supervisord.conf", *words]

    def write_logged(self, folder, command, log):
        """Writes what is to run: one program whose output goes to a file, without rotation."""
        (folder / "supervisord.conf").write_text(
            f"[supervisord]\nnodaemon=true\nsilent=true\nuser=root\nlogfile={folder}/log\n"
            f"pidfile={folder}/pid\n[program:p]\ncommand={command}\nstdout_logfile={log}\n"
            "stdout_logfile_maxbytes=0\nstderr_logfile=NONE\n",
            encoding="ascii",
        )

    def command(self, folder):
        """The command line that starts it."""
        return [str(self.executable), "-c", f"{folder}/supervisord.conf"]

    def writer(self, pid):
        """The pid of the process that writes the log."""
        return pid

    stop_signal = signal.SIGTERM


class Runit:
    """runit: a folder for each program, and a runsv for each; svlogd writes logs."""

    name = "runit"
    write_served = None
    stop_signal = signal.SIGHUP

    def write(self, folder, count, program):
        for number in range(count):
            service = folder / f"services/p{number}"
            service.mkdir(parents=True)
            (service / "run").symlink_to(program)

    def write_logged(self, folder, command, log):
        service = folder / "services/p"
        (service / "log").mkdir(parents=True)
        script(service / "run", f"exec {command}")
        script(service / "log/run", f"exec svlogd {log}.d")
        log_folder = pathlib.Path(f"{log}.d")
        log_folder.mkdir()
        (log_folder / "config").write_text("s0\n", encoding="ascii")
        log.symlink_to(log_folder / "current")

    def command(self, folder):
        return ["runsvdir", str(folder / "services")]

    def writer(self, pid):
        return next(process for process in descendants(pid) if command_name(process) == "svlogd")


class S6:
    """s6: a folder for each program, and an s6-supervise for each; it is not told to write logs here."""

    name = "s6"
    stop_signal = signal.SIGTERM
    write_logged = None

    def write(self, folder, count, program):
        for number in range(count):
            service = folder / f"services/p{number}"
            service.mkdir(parents=True)
            (service / "run").symlink_to(program)

    def command(self, folder):
        return ["s6-svscan", "-c", "2000", "-t", "0", str(folder / "services")]


class Dinit:
    """dinit: a file for each program. It writes no logs itself: a program writes its file directly."""

    name = "dinit"
    stop_signal = signal.SIGTERM
    write_logged = None
    write_served = None

    def __init__(self, executable):
        self.executable = executable

    def write(self, folder, count, program):
        services = folder / "services"
        services.mkdir()
        for number in range(count):
            (services / f"p{number}").write_text(
                f"type = process\ncommand = {program}\nrestart = true\nrestart-limit-count = 0\n"
                "smooth-recovery = true\nrestart-delay = 0\nlog-type = none\n",
                encoding="ascii",
            )
        wanted = "".join(f"waits-for: p{number}\n" for number in range(count))
        (services / "boot").write_text("type = internal\n" + wanted, encoding="ascii")

    def command(self, folder):
        return [
            str(self.executable),
            "--user",
            "--quiet",
            "--services-dir",
            str(folder / "services"),
            "--socket-path",
            str(folder / "control"),
            "boot",
        ]


def script(path, line):
    """Writes an executable shell script of one line."""
    path.write_text(f"#!/bin/sh\n{line}\n", encoding="ascii")
    path.chmod(0o755)


def descendants(pid):
    """The pids of all processes below one, nearest first."""
    found = []
    waiting = [pid]
    while waiting:
        parent = waiting.pop(0)
        try:
            children = (
                pathlib.Path(f"/proc/{parent}/task/{parent}/children").read_text(encoding="ascii").split()
            )
        except FileNotFoundError:
            continue
        found += map(int, children)
        waiting += map(int, children)
    return found


def command_name(pid):
    """The short name of a process."""
    try:
        return pathlib.Path(f"/proc/{pid}/comm").read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return ""


def available(ours, theirs):
    """Who can be measured here: the supervisors, and a word for each that cannot."""
    found = [Supervisor("onevisor", ours), Supervisor("Supervisor 4.3.0", theirs)]
    words = []
    if shutil.which("runsvdir"):
        found.append(Runit())
    else:
        words.append("runit: not installed (package runit)")
    dinit = os.environ.get("DINIT") or shutil.which("dinit") or shutil.which("dinit", path="/usr/sbin:/sbin")
    if dinit:
        found.append(Dinit(dinit))
    else:
        words.append("dinit: skipped, this Debian has no package of it (set DINIT to a build to measure it)")
    return found, words


def compile_helpers(folder):
    """Builds the helpers; gives the folder with their names."""
    here = pathlib.Path(__file__).parent
    plain = ["cc", "-O2", "-Wall", "-static"]
    bare = [*plain, "-nostdlib", "-fno-stack-protector", "-fno-builtin"]
    subprocess.run([*bare, "-o", folder / "up", here / "up.c"], check=True)
    subprocess.run([*plain, "-o", folder / "flood", here / "helpers.c"], check=True)
    for name in ("copy", "listen"):
        (folder / name).symlink_to(folder / "flood")
    subprocess.run([*plain, "-o", folder / "ask", here / "client.c"], check=True)
    for name in ("follow", "run"):
        (folder / name).symlink_to(folder / "ask")
    return folder
