"""A virtual machine: boots the initramfs, talks to its console, to the agent in it (over virtio-serial) and to QEMU."""

import json
import os
import subprocess

from stream import Stream, TimedOut

# TCG on a loaded host is slow; this only bounds how long a failure takes.
PATIENCE = 60


class Machine:
    """One boot, from power-on to its end."""

    def __init__(self, place, kernel, initramfs, words="", disk=None):
        self.console, self._agent, self._qmp = (
            Stream(os.path.join(place, name)) for name in ("console", "agent", "qmp")
        )
        self._asked = 0
        chardev = "socket,id={0},path={1}/{0}".format
        command = ["qemu-system-x86_64", "-accel", "tcg", "-m", "256", "-smp", "1", "-nodefaults", "-no-user-config",
                   "-display", "none", "-no-reboot", "-kernel", kernel, "-initrd", initramfs,
                   "-append", f"console=ttyS0 quiet panic=-1 {words}",
                   "-chardev", chardev("console", place), "-serial", "chardev:console",
                   "-chardev", chardev("qmp", place), "-mon", "chardev=qmp,mode=control",
                   "-chardev", chardev("agent", place), "-device", "virtio-serial-pci",
                   "-device", "virtserialport,chardev=agent,name=agent"]
        if disk:
            command += ["-drive", f"file={disk},format=raw,if=none,id=disk", "-device", "virtio-blk-pci,drive=disk"]
        self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL)
        self._tell_qemu("qmp_capabilities")

    def _tell_qemu(self, order, **arguments):
        self._qmp.send(json.dumps({"execute": order, "arguments": arguments}).encode() + b"\n")

    def press(self, *keys):
        """Presses keys together."""
        self._tell_qemu("send-key", keys=[{"type": "qcode", "data": key} for key in keys])

    # The console.

    def expect(self, pattern, seconds=PATIENCE):
        """Waits for a pattern on the console, behind those that were expected before; the match and its groups."""
        return self.console.wait_for(pattern, seconds)[0]

    def type(self, line):
        """Types a line on the console."""
        self.console.send(line.encode() + b"\n")

    def shell_is_there(self, seconds=PATIENCE):
        """Waits for a shell that has just started on the console; the number of its process."""
        self.expect(r"built-in commands\.", seconds)
        self._asked += 1
        self.type(f"echo shell-{self._asked}-$((40+2))-$$-")
        return int(self.expect(rf"shell-{self._asked}-42-(\d+)-", seconds)[1])

    # The agent.

    def agent_is_there(self, seconds=PATIENCE):
        """Waits for an agent that has just started."""
        self._agent.wait_for("#ready\n", seconds)

    def ask(self, command, seconds=PATIENCE):
        """Has the agent run a command; its output. A failure of the command is told in the output."""
        self.order(command)
        (_, status), answer = self._agent.wait_for(r"#done (\d+)\n", seconds)
        return answer if status == "0" else f"{answer}[status {status}]\n"

    def ask_until(self, command, words, seconds=PATIENCE):
        """Has the agent run a command until its output has the words; its last output."""
        again = f"[ $i = {seconds * 10} ] || echo \"$out\" | grep -qe '{words}'"
        return self.ask(f"i=0; until out=$({command}); {again}; do usleep 100000; i=$((i+1)); done; echo \"$out\"")

    def order(self, command):
        """Has the agent run a command after which it may never answer."""
        self._agent.send(command.encode() + b"\n")

    # The end.

    def end(self, seconds=PATIENCE):
        """Waits for the end of the machine: the reason that QEMU gives."""
        self._qmp.wait_for('"SHUTDOWN"', seconds)
        self._process.wait(seconds)
        self.console.wait_for_end(seconds)
        for line in self._qmp.text().splitlines():
            event = json.loads(line)
            if event.get("event") == "SHUTDOWN":
                return event["data"]["reason"]
        raise TimedOut("no SHUTDOWN event")

    def is_running(self):
        return self._process.poll() is None

    def close(self):
        if self.is_running():
            self._process.kill()
            self._process.wait()
        for stream in (self.console, self._agent, self._qmp):
            stream.close()
