"""Makes two runs comparable: times, pids, paths and random names become words."""

import itertools
import re

STAMP = re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} (?=(CRIT|ERRO|WARN|INFO|DEBG|TRAC|BLAT) )")
SPAWNED = re.compile(r"spawned: '(.+)' with pid (\d+)$", re.M)
STARTED = re.compile(r"supervisord started with pid (\d+)$", re.M)
PID_PLACES = (
    re.compile(r"(?<=\bpid )\d+"),
    re.compile(r"(?<=' \()\d+(?=\))"),
)
AUTO_NAME = re.compile(r"(-(?:stdout|stderr)---[^\s/]+?-)[a-z0-9_]{8}(?=\.log)")

# Lines at debug level that are chance: how many SIGCHLD one wake-up saw, and Python object ids.
CHANCE = re.compile(r"^DEBG (received SIGCH?LD indicating a child quit|fd \d+ closed, stopped monitoring )")

END = re.compile(r"^(INFO|WARN) (stopped|exited): ")

AGAIN = re.compile(r"^(INFO waiting for |WARN killing '.*' \(<.*>\) with SIGKILL$)")
REQUEST = re.compile(r"^WARN received SIG")


def pid_names(log):
    """Names the pids that a raw activity log announces: the daemon, each program's first, second, … process."""
    names = {pid: "daemon" for pid in STARTED.findall(log)}
    counts = {}
    for name, pid in SPAWNED.findall(log):
        counts[name] = counts.get(name, 0) + 1
        names[pid] = name if counts[name] == 1 else f"{name}#{counts[name]}"
    return names


def pids(text, names):
    """Replaces pids where a message has one; a pid that nobody announced is `<pid>`."""
    for place in PID_PLACES:
        text = place.sub(lambda found: f"<{names.get(found.group(), 'pid')}>", text)
    return text


def paths(text, root):
    """Replaces the case's folder and the random part of automatic log names."""
    return AUTO_NAME.sub(r"\1RANDOM", text.replace(str(root), "ROOT"))


def stamps(text):
    """Takes the time off each line; a line that has none is indented, so that a missing stamp shows."""
    return [
        STAMP.sub("", line, count=1) if STAMP.match(line) else "    " + line for line in text.splitlines()
    ]


def settle(lines):
    """Sorts each run of neighbouring ends: processes that end at the same time are reaped in any order."""
    settled = []
    for ends, run in itertools.groupby(lines, lambda line: bool(END.match(line))):
        settled.extend(sorted(run) if ends else run)
    return settled


def without_repeats(lines):
    """Leaves out what is said again while something takes long: how often is a matter of time."""
    said, kept = set(), []
    for line in lines:
        again = AGAIN.match(line)
        if REQUEST.match(line):
            said.clear()
        if not again or again.group(1) not in said:
            kept.append(line)
        if again:
            said.add(again.group(1))
    return kept


def activity_log(text, root, exact=False, without=None):
    """A whole activity log as comparable lines.

    `exact` keeps the order in which processes ended; `without` leaves out the lines that match.
    """
    lines = stamps(pids(paths(text, root), pid_names(text)))
    lines = without_repeats([line for line in lines if not CHANCE.match(line)])
    lines = [line for line in lines if without is None or not re.search(without, line)]
    return lines if exact else settle(lines)
