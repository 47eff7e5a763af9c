"""A machine with a configuration: what init prepared, what it survives, its console, and `poweroff`."""

import re

MOUNTS = {"/proc": "proc", "/sys": "sysfs", "/dev": "devtmpfs", "/dev/pts": "devpts", "/dev/shm": "tmpfs",
          "/run": "tmpfs", "/sys/fs/cgroup": "cgroup2"}

CONTAINER = """[supervisord]
logfile=/run/container.log
pidfile=/run/container.pid
exit_when=all_exited
exit_status=*:7
[program:once]
command=/bin/true
startsecs=0
autorestart=false
"""


def run(lab):
    lab.files.file("/etc/supervisord.conf", lab.guest("supervisord.conf"))
    lab.files.file("/etc/hostname", "from-the-file\n")
    lab.files.file("/test/container/etc/supervisord.conf", CONTAINER)
    lab.files.link("/test/container/bin/init", "/sbin/onevisor")
    machine = lab.boot("junk variable=left")
    machine.agent_is_there()
    prepared(lab, machine)
    survives(lab, machine)
    console(lab, machine)
    in_a_container(lab, machine)
    machine.order("/sbin/poweroff")
    lab.equal("poweroff switches the machine off", machine.end(), "guest-shutdown")
    stopped = re.findall(r"stopped: (\w+)", machine.console.text())
    lab.equal("programs stopped in order", stopped[-3:], ["second", "first", "agent"])


def prepared(lab, machine):
    table = [line.split() for line in machine.ask("cat /proc/mounts").splitlines()]
    for target, kind in MOUNTS.items():
        found = [fields[2] for fields in table if fields[1] == target]
        lab.equal(f"{target} is mounted once", found, [kind])
    options = {fields[1]: fields[3].split(",") for fields in table}
    lab.check("terminals belong to their group", "gid=5" in options["/dev/pts"], options["/dev/pts"])
    lab.check("cgroups are delegated", "nsdelegate" in options["/sys/fs/cgroup"], options["/sys/fs/cgroup"])
    lab.equal("/dev/shm is for everybody", machine.ask("stat -c %a /dev/shm"), "1777\n")
    lab.equal("/dev has its links", machine.ask("echo ok | cat /dev/stdin; ls /dev/fd/0"), "ok\n/dev/fd/0\n")
    pings = machine.ask("ping -q -c1 127.0.0.1 >/dev/null && ping -q -c1 ::1 >/dev/null && echo ok")
    lab.equal("loopback is up", pings, "ok\n")
    lab.equal("the configuration names the machine", machine.ask("hostname"), "first-light\n")
    stat = machine.ask("cat /proc/1/stat").rpartition(")")[2].split()
    lab.equal("init has a session of its own and no terminal", stat[2:5], ["1", "1", "0"])
    environment = machine.ask("tr '\\0' '\\n' </proc/self/environ")
    lab.check("programs have a PATH", "PATH=/usr/local/sbin:" in environment, environment)
    lab.check("words of the kernel's command line go nowhere", "variable=" not in environment, environment)


def survives(lab, machine):
    for signal in ("KILL", "STOP", "SEGV", "QUIT"):
        machine.ask(f"kill -{signal} 1")
    lab.check("init heeds no deadly signal", "Name:\tinit" in machine.ask("cat /proc/1/status"))
    machine.ask("i=0; while [ $i -lt 100 ]; do (true &); i=$((i+1)); done")
    zombies = "grep -l '^State:.Z' /proc/[0-9]*/status 2>/dev/null | wc -l"
    lab.equal("orphans are reaped", machine.ask_until(zombies, "^0$"), "0\n")
    machine.order("kill -HUP 1")
    machine.agent_is_there()
    state = machine.ask_until("supervisorctl status second", "RUNNING")
    lab.check("SIGHUP starts everything anew", "RUNNING" in state, state)


def console(lab, machine):
    first = machine.shell_is_there()
    machine.type("tty; cat /proc/self/stat | cut -d' ' -f7,8")
    lab.check("its shell has the terminal", machine.expect(r"/dev/ttyS0\n1088 \d+\n"))
    machine.type("exit")
    second = machine.shell_is_there()
    lab.check("another shell follows the first", second != first, (first, second))
    lab.check("jobs can be controlled", "job control turned off" not in machine.console.text())
    machine.type("kill -9 -1; kill -9 $$")
    machine.agent_is_there()
    third = machine.shell_is_there()
    lab.check("init outlives everything it started", third not in (first, second), third)
    state = machine.ask_until("supervisorctl status | grep -c RUNNING", "3")
    lab.equal("and starts it again", state, "3\n")


def in_a_container(lab, machine):
    answer = machine.ask("unshare -p -f /test/container/bin/init >/dev/null 2>&1; echo $?")
    lab.equal("in a container init is supervisord, and ends", answer, "7\n")
