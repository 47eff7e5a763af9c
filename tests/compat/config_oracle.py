#!/usr/bin/env python3
"""Lays our reading of configurations beside that of Supervisor 4.3.0.

Run with a Python in which supervisor==4.3.0 is installed, and with the path of our executable in ONEVISOR:

    ONEVISOR=target/debug/onevisor path/to/python tests/compat/config_oracle.py [--random N] [--seed S] [NAME...]

Each case is a handful of files, an environment and a command line. Supervisor's own ServerOptions reads it in this
process, our `onevisor check --format dump` in another; first error, values, warnings and information lines must be the
same. WANTED tells how to know a wanted difference by the table in differences.py. The last line is `N passed, N failed`.

--random also compares N configurations put together from pieces of the cases, from a seed that is printed.
"""

import argparse
import ast
import io
import json
import os
import random
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import warnings

from config_cases import CASES, COMMAND_LINES, pieces
from differences import DIFFERENCES

from supervisor import events, options
from supervisor.datatypes import Automatic, RestartUnconditionally, RestartWhenExitUnexpected

warnings.simplefilter("ignore")
ONEVISOR = os.path.abspath(os.environ.get("ONEVISOR", ""))
MARK = "@DIR@"


class Left(Exception):
    """The original called exit."""


# ---------------------------------------------------------------- the original


def options_of(kind, args, progname="supervisord"):
    """Realizes the original's options; returns them with what went to stdout and stderr, and the exit code."""
    tempfile.tempdir = None
    sys.argv[0] = progname
    read = kind()
    out, err = io.StringIO(), io.StringIO()
    read.stdout, read.stderr = out, err
    code = []

    def leave(status=0):
        code.append(status)
        raise Left()

    read.exit = leave
    try:
        read.realize(args=args, doc="supervisord help", progname=progname)
    except Left:
        pass
    return read, out.getvalue(), err.getvalue(), code[0] if code else None


def original(path):
    """What the original makes of a configuration file."""
    try:
        read, _, err, code = options_of(options.ServerOptions, ["-c", path])
    except Exception as error:  # noqa: BLE001 - whatever it is, it is a crash of the original
        return {"crash": "%s: %s" % (type(error).__name__, error)}
    if code is not None:
        message = re.fullmatch(r"Error: (.*)\nFor help, use supervisord -h\n", err, re.S)
        return {"error": message.group(1) if message else err}
    return {
        "error": None,
        "warnings": unique(read.parse_warnings),
        "infos": read.parse_infos,
        "configuration": {
            "settings": settings_of(read),
            "groups": groups_of(read),
            "servers": [server_of(config) for config in read.server_configs],
            "rpcinterfaces": [[name, extras] for name, _, extras in read.rpcinterface_factories],
        },
    }


def unique(items):
    return list(dict.fromkeys(items))


def settings_of(read):
    names = (
        "logfile logfile_maxbytes logfile_backups loglevel pidfile minfds minprocs childlogdir directory identifier"
    ).split()
    shown = {name: getattr(read, name) for name in names}
    for name in "nodaemon silent nocleanup strip_ansi".split():
        shown[name] = bool(getattr(read, name))
    umask = read.umask
    shown["umask"] = (int(umask, 8) if isinstance(umask, str) else umask) & 0o7777
    shown["uid"] = read.uid
    shown["environment"] = read.configroot.supervisord.environment
    for name in ("minfds", "minprocs"):
        shown[name] = max(shown[name], 0)
    return shown


def groups_of(read):
    shown, seen = [], set()
    for config in read.process_group_configs:
        if config.name in seen:  # add_process_group refuses it
            continue
        seen.add(config.name)
        members = {}
        for process in config.process_configs:
            members[process.name] = process_of(process)
        group = {"name": config.name, "priority": config.priority, "processes": list(members.values())}
        if isinstance(config, options.EventListenerPoolConfig):
            names = sorted(events.getEventNameByType(event) for event in config.pool_events)
            group.update(kind="listeners", events=names, buffer_size=config.buffer_size)
        elif isinstance(config, options.FastCGIGroupConfig):
            socket = config.socket_config
            owner = getattr(socket, "owner", None)
            owner = owner and [owner[0], None if owner[1] == -1 else owner[1]]
            mode = getattr(socket, "mode", None)
            group.update(kind="fastcgi", url=socket.url, backlog=socket.backlog, owner=owner, mode=mode)
        else:
            group.update(kind="programs")
        shown.append(group)
    return shown


def process_of(process):
    names = (
        "name command directory priority autostart startsecs startretries uid stopsignal stopwaitsecs stopasgroup"
        " killasgroup exitcodes redirect_stderr environment serverurl"
    ).split()
    shown = {name: getattr(process, name) for name in names}
    shown["umask"] = None if process.umask is None else process.umask & 0o7777
    shown["stopsignal"] = int(process.stopsignal)
    kinds = {RestartUnconditionally: "always", RestartWhenExitUnexpected: "unexpected", False: "never"}
    shown["autorestart"] = kinds[process.autorestart]
    try:
        shown["words"] = shlex.split(process.command)
    except ValueError as error:
        shown["words"] = str(error)
    for channel in ("stdout", "stderr"):
        for name in "logfile logfile_maxbytes logfile_backups syslog capture_maxbytes events_enabled".split():
            shown["%s_%s" % (channel, name)] = getattr(process, "%s_%s" % (channel, name))
        log = "%s_logfile" % channel
        shown[log] = "AUTO" if shown[log] is Automatic else shown[log] or None
    return shown


def server_of(config):
    credentials = None if config["username"] is None else [config["username"], config["password"]]
    shown = {"section": config["section"], "credentials": credentials}
    if "file" in config:
        uid, gid = config["chown"]
        owner = None if uid == -1 else [uid, None if gid == -1 else gid]
        shown.update(file=config["file"], chmod=config["chmod"] & 0o7777, chown=owner)
    else:
        shown.update(host=config["host"], port=config["port"])
    return shown


def original_control(path):
    """What supervisorctl makes of it."""
    try:
        read, _, err, code = options_of(options.ClientOptions, ["-c", path])
    except Exception:  # noqa: BLE001
        return None
    if code is not None:
        return None
    names = "serverurl username password prompt history_file".split()
    return {name: getattr(read.configroot.supervisorctl, name) for name in names}


# ---------------------------------------------------------------- ours


def ours(path, environment):
    done = subprocess.run(
        [ONEVISOR, "check", "--format", "dump", path],
        env=environment, capture_output=True, text=True, timeout=60, check=False,
    )
    if done.returncode not in (0, 2):
        return {"crash": "exit code %s: %s" % (done.returncode, done.stderr)}
    found = json.loads(done.stdout)
    if (found["error"] is None) == (done.returncode == 2):
        return {"crash": "exit code %s does not fit %r" % (done.returncode, found["error"])}
    return found


# What we warn of and the original does not.
OWN_WARNINGS = re.compile(
    r"unknown (option|section) .* is ignored|is beyond 64 bits|there is another group named|several processes named"
)


def comparable(found):
    """Our answer in the form of the original's."""
    if found.get("error") is not None or "crash" in found:
        return {name: found[name] for name in ("error", "crash") if name in found}
    configuration = dict(found["configuration"])
    configuration.pop("supervisorctl")
    if configuration["settings"]["umask"] is None:
        configuration["settings"]["umask"] = 0o22
    return {
        "error": None,
        "warnings": [line for line in found["warnings"] if not OWN_WARNINGS.search(line)],
        "infos": found["infos"],
        "configuration": configuration,
    }


# ---------------------------------------------------------------- wanted differences

# A name of the table in differences.py, and a test on (the original's answer, ours).
WANTED = [
    (
        "bare-percent-s-refused",
        lambda theirs, mine: "not enough arguments for format string" in (mine.get("error") or ""),
    ),
    (
        "absurd-widths-refused",
        lambda theirs, mine: re.search(r"(width|precision|result) too big", mine.get("error") or ""),
    ),
    (
        "no-tuples-in-errors",
        lambda theirs, mine: "error" in mine and tuple_text(theirs.get("error") or "") == mine["error"],
    ),
    (
        "numbers-of-64-bits",
        lambda theirs, mine: theirs.get("error") is None and mine.get("error") is None and has_huge(theirs),
    ),
    (
        "a-million-processes",
        lambda theirs, mine: "processes that there may be in all" in (mine.get("error") or ""),
    ),
    (
        "errors-instead-of-crashes",
        lambda theirs, mine: "crash" in theirs and "crash" not in mine,
    ),
    (
        "no-python-attributes",
        lambda theirs, mine: "__" in (mine.get("error") or ""),
    ),
    (
        "built-in-plugins-only",
        lambda theirs, mine: "cannot be resolved within" in (mine.get("error") or ""),
    ),
    (
        "expansions-with-defaults",
        lambda theirs, mine: re.search(r"contains names \('ENV_[^']*:-", theirs.get("error") or "")
        and mine.get("error") != theirs["error"],
    ),
    (
        "unknown-events-in-order",
        lambda theirs, mine: both(theirs, mine, lambda error: error.startswith("Unknown event type")),
    ),
]
assert all(name in DIFFERENCES for name, _ in WANTED)


def both(theirs, mine, test):
    return all(test(answer.get("error") or "") for answer in (theirs, mine))


def tuple_text(message):
    found = re.fullmatch(r"(\('.*%s.*\))( in .*)", message, re.S)
    if found is None:
        return "no tuple"
    text, value = ast.literal_eval(found.group(1))
    return text % value + found.group(2)


def has_huge(answer):
    return re.search(r"\d{19,}", json.dumps(answer, default=str)) is not None


def excuse(theirs, mine):
    return next((name for name, test in WANTED if test(theirs, mine)), None)


# ---------------------------------------------------------------- comparing


def write(folder, files):
    for name, text in files.items():
        path = os.path.join(folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        if isinstance(text, bytes):
            data = text
        else:
            data = text.replace(MARK, folder).encode("utf-8", "surrogateescape")
        with open(path, "wb") as file:
            file.write(data)


def compare(name, files, environment):
    """Differences of one case as lines; empty where there are none."""
    folder = os.path.realpath(tempfile.mkdtemp(prefix="config-oracle-", dir=WORK))
    try:
        write(folder, files)
        path = os.path.join(folder, "main.conf")
        variables = {"PATH": "/usr/bin:/bin", "HOME": folder}
        variables.update({key: value.replace(MARK, folder) for key, value in environment.items()})
        os.environ.clear()
        os.environ.update(variables)
        os.chdir(folder)
        theirs = json.loads(json.dumps(original(path)))
        found = ours(path, variables)
        mine = comparable(found)
        lines = differences(theirs, mine)
        if lines:
            reason = excuse(theirs, mine)
            if reason is not None:
                EXCUSED.setdefault(reason, []).append(name)
                lines = []
        if not lines and found.get("configuration"):
            lines = compare_control(path, found["configuration"]["supervisorctl"])
        return lines
    finally:
        os.chdir("/")
        shutil.rmtree(folder)


def compare_control(path, mine):
    theirs = original_control(path)
    # What only stands in an included file is not seen by the original's supervisorctl.
    if theirs is None or mine is None:
        return []
    return differences(theirs, mine)


def differences(theirs, mine, at=""):
    if isinstance(theirs, dict) and isinstance(mine, dict):
        keys = unique(list(theirs) + list(mine))
        return [line for key in keys for line in differences(theirs.get(key), mine.get(key), "%s.%s" % (at, key))]
    if isinstance(theirs, list) and isinstance(mine, list) and len(theirs) == len(mine):
        pairs = enumerate(zip(theirs, mine))
        return [line for index, (a, b) in pairs for line in differences(a, b, "%s[%d]" % (at, index))]
    return [] if theirs == mine else ["%s\n  theirs %r\n  ours   %r" % (at, theirs, mine)]


def compare_command_line(args):
    """Differences of a command line that ends in an error."""
    folder = tempfile.mkdtemp(prefix="config-oracle-", dir=WORK)
    try:
        os.environ.clear()
        os.environ.update({"PATH": "/usr/bin:/bin", "HOME": folder})
        os.chdir(folder)
        program = "/nowhere/bin/supervisord"
        _, out, err, code = options_of(options.ServerOptions, list(args), program)
        done = subprocess.run(
            [program, *args], executable=ONEVISOR, env=dict(os.environ), capture_output=True, text=True, timeout=60,
            check=False,
        )
        # Python prints the warning for root with a line of source; its text is the daemon's business.
        mine_err = "".join(
            line for line in done.stderr.splitlines(True) if "UserWarning" not in line and "warnings.warn" not in line
        )
        theirs = {"out": out if "help" not in out else "help", "err": err, "code": code}
        is_help = done.stdout.startswith("supervisord -- run a set of applications")
        mine = {"out": "help" if is_help else done.stdout, "err": mine_err, "code": done.returncode}
        return differences(theirs, mine)
    finally:
        os.chdir("/")
        shutil.rmtree(folder)


def random_case(source, parts):
    """A configuration put together by chance."""
    sections = source.sample(parts, source.randint(1, 4))
    text = "\n".join(sections)
    lines = text.split("\n")
    for _ in range(source.randint(0, 3)):
        at = source.randrange(len(lines))
        line = lines[at]
        edit = source.randrange(8)
        if edit == 0:
            lines.insert(at, source.choice(lines))
        elif edit == 1:
            lines[at] = "  " + line
        elif edit == 2:
            lines[at] = line.lstrip()
        elif edit == 3 and line:
            cut = source.randrange(len(line))
            lines[at] = line[:cut] + source.choice(" ;#%%=:[]()\"'\\,\t\u00a0\u00f6") + line[cut:]
        elif edit == 4 and line:
            cut = source.randrange(len(line))
            lines[at] = line[:cut] + line[cut + 1:]
        elif edit == 5:
            lines.insert(at, "")
        elif edit == 6:
            lines[at] = line + source.choice([" ; x", " # x", ";x", "%(here)s", "%(ENV_A)s", "%(process_num)02d", "%"])
        else:
            lines[at] = line.upper()
    base = "" if any(line.startswith("[supervisord]") for line in lines) else "[supervisord]\n"
    return {"main.conf": base + "\n".join(lines) + "\n", "inc/a.conf": source.choice(parts), "inc/b.conf": "[program:b]\ncommand=b\n"}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--random", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("names", nargs="*")
    chosen = parser.parse_args()
    if not os.access(ONEVISOR, os.X_OK):
        sys.exit("ONEVISOR has to name our executable")
    passed = failed = 0

    def settle(name, lines):
        nonlocal passed, failed
        if lines:
            failed += 1
            print("FAILED %s\n%s" % (name, "\n".join(lines)))
        else:
            passed += 1

    for name, files, environment in CASES:
        if not chosen.names or name in chosen.names:
            settle(name, compare(name, files, environment))
    if not chosen.names:
        for args in COMMAND_LINES:
            settle("supervisord " + shlex.join(args), compare_command_line(args))
    source, parts = random.Random(chosen.seed), pieces()
    for number in range(chosen.random):
        files = random_case(source, parts)
        lines = compare("random %d" % number, files, {"A": "1", "B": "x%y"})
        if lines:
            lines.append("--- main.conf\n%s\n--- inc/a.conf\n%s" % (files["main.conf"], files["inc/a.conf"]))
        settle("random %d of seed %d" % (number, chosen.seed), lines)
    for reason, names in EXCUSED.items():
        print("wanted difference, %s: %d (%s)" % (reason, len(names), ", ".join(names[:6])))
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    EXCUSED = {}
    WORK = tempfile.mkdtemp(prefix="config-oracle-")
    try:
        sys.exit(main())
    finally:
        shutil.rmtree(WORK, ignore_errors=True)
