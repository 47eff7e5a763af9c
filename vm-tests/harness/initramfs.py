"""Makes the archive from which a machine boots (cpio, "newc"), without files or rights that the host would need."""

import stat


class Initramfs:
    """Files, links and folders, and the archive of them."""

    def __init__(self):
        self._entries = {}

    def folder(self, path, mode=0o755):
        self._add(path, stat.S_IFDIR | mode, b"")

    def file(self, path, content, mode=0o644):
        data = content.encode() if isinstance(content, str) else content
        self._add(path, stat.S_IFREG | mode, data)

    def link(self, path, target):
        self._add(path, stat.S_IFLNK | 0o777, target.encode())

    def _add(self, path, mode, data):
        path = path.strip("/")
        parent = path.rpartition("/")[0]
        if parent and parent not in self._entries:
            self.folder(parent)
        self._entries[path] = (mode, data)

    def write(self, target):
        with open(target, "wb") as out:
            for number, (path, (mode, data)) in enumerate(self._entries.items(), 1):
                out.write(_entry(number, path, mode, data))
            out.write(_entry(0, "TRAILER!!!", 0, b""))


def _entry(number, path, mode, data):
    name = path.encode() + b"\0"
    fields = (number, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name), 0)
    head = b"070701" + b"".join(b"%08X" % field for field in fields) + name
    return _padded(head) + _padded(data)


def _padded(data):
    return data + b"\0" * (-len(data) % 4)
