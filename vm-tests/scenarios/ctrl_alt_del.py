"""Ctrl-Alt-Del: everything is stopped in order, what does not want to end is killed, disks are let go, and it reboots."""

import os
import re
import subprocess

# Nobody supervises it, it ignores SIGTERM, and it works on the disk.
STUBBORN = "(trap '' TERM HUP; cd /mnt; while :; do echo x >>kept; sleep 0.2; done) >/dev/null 2>&1 &"


def run(lab):
    disk = os.path.join(lab.place, "disk")
    with open(disk, "wb") as image:
        image.truncate(16 << 20)
    subprocess.run(["/sbin/mkfs.ext4", "-q", disk], check=True)
    lab.files.file("/etc/supervisord.conf", lab.guest("supervisord.conf"))
    machine = lab.boot(disk=disk)
    machine.agent_is_there()
    lab.equal("a disk is there", machine.ask("mount -t ext4 /dev/vda /mnt && mkdir /mnt/over && echo ok"), "ok\n")
    lab.equal("and one upon it", machine.ask("mount -t tmpfs none /mnt/over && echo ok"), "ok\n")
    machine.ask(STUBBORN)
    machine.ask_until("ls /mnt", "kept")
    machine.ask_until("supervisorctl status second", "RUNNING")
    machine.press("ctrl", "alt", "delete")
    lab.equal("Ctrl-Alt-Del reboots", machine.end(), "guest-reset")
    console = machine.console.text()
    lab.equal("programs stopped in order", re.findall(r"stopped: (\w+)", console), ["second", "first", "agent"])
    lab.check("the stubborn one was killed", "init: killing what is left" in console)
    lab.check("nothing was in the way", "cannot" not in console, console)
    lab.check("the disk was let go", is_clean(disk))


def is_clean(disk):
    tell = subprocess.run(["/sbin/dumpe2fs", "-h", disk], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    return re.search(r"state:\s+clean\n", tell.stdout) and "needs_recovery" not in tell.stdout
