"""An init that is started without descriptors, in a machine with an empty /dev; then the power fails."""

# What an initramfs may leave: no console, no /dev/null, nothing open. Rust's own start-up code would abort.
INIT = """#!/bin/busybox sh
/bin/busybox rm -rf /dev
/bin/busybox mkdir /dev
exec /sbin/onevisor <&- >&- 2>&-
"""


def run(lab):
    lab.files.file("/init", INIT, 0o755)
    lab.files.file("/etc/supervisord.conf", lab.guest("supervisord.conf"))
    machine = lab.boot()
    machine.expect("supervisord started with pid 1")
    lab.check("it speaks on the console all the same", True)
    machine.agent_is_there()
    fds = machine.ask("for n in 0 1 2; do readlink /proc/1/fd/$n; done")
    lab.equal("its descriptors are the console", fds, "/dev/console\n" * 3)
    machine.order("kill -PWR 1")
    lab.equal("SIGPWR switches the machine off", machine.end(), "guest-shutdown")
