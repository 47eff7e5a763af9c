"""Runs the scenarios, one machine at a time, and prints what each check found."""

import glob
import importlib.util
import os
import subprocess
import sys
import tempfile
import time
import traceback

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

from initramfs import Initramfs  # noqa: E402
from machine import Machine  # noqa: E402

ROOT = os.path.dirname(HERE)
BUSYBOX = "/usr/bin/busybox"

# In the order in which they need each other.
MODULES = ["virtio_ring", "virtio", "virtio_pci_modern_dev", "virtio_pci_legacy_dev", "virtio_pci", "virtio_console",
           "virtio_blk"]

# What the machine's commands come from us, not from busybox.
OURS = ["init", "poweroff", "reboot", "halt", "shutdown", "supervisorctl", "supervisord"]


class Lab:
    """What a scenario is given: a machine to boot, and a place to say what it found."""

    # Prints the sessions that have a terminal. The kernel's own processes and the agent have none.
    ON_TERMINALS = "awk '$7 != 0 { print $6 }' /proc/[0-9]*/stat | sort -u"

    def __init__(self, name, executable, kernel, place):
        self.name = name
        self.place = place
        self.files = Initramfs()
        self.machine = None
        self.passed = self.failed = 0
        self._kernel = glob.glob(os.path.join(kernel, "boot/vmlinuz-*"))[0]
        self._fill(executable, kernel)

    def _fill(self, executable, kernel):
        for folder in ("bin", "sbin", "etc", "root", "dev", "mnt", "tmp"):
            self.files.folder(folder)
        with open(executable, "rb") as binary:
            self.files.file("/sbin/onevisor", binary.read(), 0o755)
        with open(BUSYBOX, "rb") as binary:
            self.files.file("/bin/busybox", binary.read(), 0o755)
        applets = subprocess.run([BUSYBOX, "--list"], stdout=subprocess.PIPE, text=True, check=True).stdout.split()
        for applet in set(applets) - set(OURS) - {"busybox"}:
            self.files.link(f"/bin/{applet}", "busybox")
        for name in OURS:
            self.files.link(f"/sbin/{name}", "onevisor")
        self.files.link("/init", "sbin/onevisor")
        self.files.file("/etc/passwd", "root:x:0:0:root:/root:/bin/sh\n")
        self.files.file("/etc/group", "root:x:0:\ntty:x:5:\n")
        for module in MODULES:
            found = glob.glob(os.path.join(kernel, f"lib/modules/*/kernel/**/{module}.ko"), recursive=True)
            with open(found[0], "rb") as content:
                self.files.file(f"/lib/modules/{module}.ko", content.read())
        self.files.file("/test/agent", self.guest("agent"), 0o755)

    def guest(self, name):
        """The text of one of the files for the guest."""
        with open(os.path.join(ROOT, "guest", name), encoding="utf-8") as content:
            return content.read()

    def boot(self, words="", disk=None):
        archive = os.path.join(self.place, "initramfs")
        self.files.write(archive)
        self.machine = Machine(self.place, self._kernel, archive, words, disk)
        return self.machine

    def check(self, what, truth, shown=""):
        """One finding."""
        if truth:
            self.passed += 1
            print(f"ok   {self.name}: {what}")
        else:
            self.failed += 1
            print(f"FAIL {self.name}: {what}: {shown!r}")
        sys.stdout.flush()

    def equal(self, what, found, wanted):
        self.check(what, found == wanted, f"found {found!r}, wanted {wanted!r}")


def run(path, executable, kernel):
    name = os.path.splitext(os.path.basename(path))[0]
    spec = importlib.util.spec_from_file_location(name, path)
    scenario = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(scenario)
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="vm-") as place:
        lab = Lab(name, executable, kernel, place)
        try:
            scenario.run(lab)
            console = lab.machine.console.text()
            lab.check("the kernel did not panic", "Kernel panic" not in console)
        except Exception:  # A scenario that falls over has failed; the next one may not.
            lab.check("it went to its end", False, traceback.format_exc(limit=3))
        finally:
            if lab.machine:
                lab.machine.close()
        if lab.machine and lab.failed:
            print(f"---- console of {name}\n{lab.machine.console.text()}\n----")
    print(f"     {name}: {time.monotonic() - began:.1f} s")
    return lab.passed, lab.failed


def main(executable, kernel, *wanted):
    paths = sorted(glob.glob(os.path.join(ROOT, "scenarios", "*.py")))
    names = {os.path.splitext(os.path.basename(path))[0]: path for path in paths}
    unknown = [name for name in wanted if name not in names]
    if unknown:
        print(f"vm-tests/run: no scenario is called {unknown[0]}; there are {', '.join(names)}")
        return 2
    results = [run(path, executable, kernel) for name, path in names.items() if not wanted or name in wanted]
    passed, failed = (sum(column) for column in zip(*results))
    print(f"{passed} passed, {failed} failed")
    return 0 if passed and not failed else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
