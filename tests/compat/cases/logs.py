"""Logs of children: files, rotation, automatic names, redirection, reopening, special files."""

import os
import stat

from harness.daemon import read
from harness.suite import case
from harness.wait import wait_for


def talker(t, options, *actions, name="a"):
    """A program that says what it is told."""
    return f"[program:{name}]\ncommand={t.puppet(name, *actions)}\nstartsecs=0\n{options}\n"


def heard(daemon, count):
    """Waits until the daemon has read that many pieces of output (the main log is at level debug)."""
    daemon.wait_log(r"^[-0-9]+ [0-9:,]+ DEBG '.*' std(out|err) output:$", count)


def say(t, daemon, *texts, name="a", verb="out", before=0):
    """Lets a program write pieces, each read before the next one is written."""
    for number, text in enumerate(texts):
        t.tell(name, f"{verb} {text}")
        heard(daemon, before + number + 1)


def up(t, daemon, *names):
    """Waits until the programs are up and RUNNING."""
    for name in names or ("a",):
        daemon.wait_running(name)
        t.wait_event(f"{name} up")


@case
def two_files(t):
    t.config(talker(t, "stdout_logfile=ROOT/out\nstderr_logfile=ROOT/err"), loglevel="debug")
    daemon = t.run()
    up(t, daemon)
    say(t, daemon, r"one\ntwo")
    say(t, daemon, r"bad\n", verb="err", before=1)
    daemon.stop()
    t.record_file("out")
    t.record_file("err")


@case
def redirected_stderr(t):
    t.config(talker(t, "stdout_logfile=ROOT/out\nredirect_stderr=true"), loglevel="debug")
    daemon = t.run()
    up(t, daemon)
    say(t, daemon, r"out\n")
    say(t, daemon, r"err\n", verb="err", before=1)
    daemon.stop()
    t.record_file("out")
    t.record_tree("childlogs")


@case
def no_log_at_all(t):
    t.config(talker(t, "stdout_logfile=NONE\nstderr_logfile=none"), loglevel="debug")
    daemon = t.run()
    up(t, daemon)
    say(t, daemon, r"out\n")
    daemon.stop()
    t.record_tree("childlogs")
    t.record("names", sorted(path.name for path in t.root.iterdir() if path.name.lower() == "none"))


@case
def automatic_names(t):
    t.config(
        talker(t, "", r"out:hello\n") + "[program:idle]\ncommand=cat\nautostart=false\nstderr_logfile=NONE\n",
        identifier="me",
    )
    daemon = t.run()
    up(t, daemon)
    wait_for("output", lambda: any(path.stat().st_size for path in (t.root / "childlogs").iterdir()))
    t.record_tree("childlogs")
    daemon.stop()
    t.record_tree("childlogs")


def junk(t):
    """Files that may look like automatic logs of an earlier run."""
    for name in (
        "x-stdout---supervisor-abcdefgh.log",
        "x-stderr---supervisor-abcdefgh.log.1",
        "not-mine.log",
        "x-stdout---other-abcdefgh.log",
        "x-stdout---supervisor-a.log.12345",
        "x---supervisor-b.log.old",
        "---supervisor-abc.log",
        "x---supervisor-abc.txt",
    ):
        t.write(f"childlogs/{name}", "old\n")


@case
def old_automatic_logs_are_removed(t):
    junk(t)
    t.config("")
    t.run().stop()
    t.record("left", sorted(path.name for path in (t.root / "childlogs").iterdir()))


@case
def old_automatic_logs_are_kept(t):
    junk(t)
    t.config("", nocleanup="true")
    t.run().stop()
    t.record("left", sorted(path.name for path in (t.root / "childlogs").iterdir()))


@case
def old_automatic_logs_kept_by_flag(t):
    junk(t)
    t.config("")
    t.run("-k", "-c", t.path("supervisord.conf")).stop()
    t.record("left", len(list((t.root / "childlogs").iterdir())))


@case(differences=["special-files-kept"])
def clean_up_meets_a_fifo(t):
    os.mkfifo(t.root / "childlogs/x-stdout---supervisor-abcdefgh.log")
    (t.root / "childlogs/y-stdout---supervisor-abcdefgh.log").mkdir()
    t.config("")
    t.run().stop(record=False)
    t.differs(
        "special-files-kept",
        "a fifo with the name of an old automatic log",
        (t.root / "childlogs/x-stdout---supervisor-abcdefgh.log").exists(),
        theirs=False,
        ours=True,
    )
    t.record(
        "a directory with such a name stays",
        (t.root / "childlogs/y-stdout---supervisor-abcdefgh.log").exists(),
    )


def rotated(t, maxbytes, backups, *texts):
    """A program writes pieces into a small log."""
    t.config(
        talker(
            t,
            f"stdout_logfile=ROOT/out\nstdout_logfile_maxbytes={maxbytes}\nstdout_logfile_backups={backups}\n"
            "stderr_logfile=NONE",
        ),
        loglevel="debug",
    )
    daemon = t.run()
    up(t, daemon)
    say(t, daemon, *texts)
    daemon.stop(record=False)
    for path in sorted(t.root.glob("out*")):
        t.record_file(path.name)


@case
def rotation_with_one_backup(t):
    rotated(t, 10, 1, r"11111\n", r"22222\n", r"33333\n", r"44444\n", r"55555\n")


@case
def rotation_with_three_backups(t):
    rotated(t, 5, 3, *(rf"{number}{number}{number}{number}\n" for number in range(1, 7)))


@case
def rotation_without_backups(t):
    rotated(t, 10, 0, r"11111\n", r"22222\n", r"33333\n")


@case
def rotation_after_a_long_piece(t):
    rotated(t, 10, 2, "x" * 50 + r"\n", r"short\n", r"and more\n")


@case
def rotation_exactly_at_the_limit(t):
    rotated(t, 10, 2, "123456789", "0", "next")


@case
def no_rotation(t):
    rotated(t, 0, 2, "x" * 100, "y" * 100)


@case(differences=["negative-sizes-mean-no-rotation"])
def negative_limit_means_no_rotation(t):
    t.config(talker(t, "stdout_logfile=ROOT/out\nstdout_logfile_maxbytes=-5"), loglevel="debug")
    daemon = t.run()
    up(t, daemon)
    say(t, daemon, r"one\n")
    daemon.stop(record=False)
    t.differs("negative-sizes-mean-no-rotation", "the log", read(t.path("out")), theirs="", ours="one\n")


@case
def rotation_of_a_file_that_was_already_long(t):
    t.write("out", "0" * 50 + "\n")
    rotated(t, 20, 2, r"one\n", r"two\n")


@case
def rotation_fills_a_gap(t):
    t.write("out.2", "an old backup\n")
    rotated(t, 5, 3, r"11111\n", r"22222\n")


@case
def rotation_when_the_log_was_removed(t):
    t.config(
        talker(t, "stdout_logfile=ROOT/out\nstdout_logfile_maxbytes=10\nstdout_logfile_backups=2"),
        loglevel="debug",
    )
    daemon = t.run()
    up(t, daemon)
    say(t, daemon, r"1\n")
    t.path("out").unlink()
    say(t, daemon, r"22222222222\n", r"3\n", before=1)
    daemon.stop(record=False)
    for path in sorted(t.root.glob("out*")):
        t.record_file(path.name)


@case
def appended_at_a_restart(t):
    t.write("out", "from before\n")
    t.config(talker(t, "stdout_logfile=ROOT/out\nautorestart=true", r"out:hello\n"))
    daemon = t.run()
    up(t, daemon)
    t.tell("a", "exit 0")
    daemon.wait_log("success: a", 2)
    t.wait_event("a up", 2)
    daemon.stop()
    t.record_file("out")


@case
def mode_and_owner_of_a_log(t):
    t.config(
        talker(t, "stdout_logfile=ROOT/out\nuser=nobody").replace(
            t.puppet("a"), "ROOT/probe ROOT/tmp/report arg=x"
        )
    )
    daemon = t.run(umask=0o027)
    daemon.wait_running("a")
    daemon.stop(record=False)
    status = t.path("out").stat()
    t.record("mode and owner", f"{status.st_mode:o} {status.st_uid}:{status.st_gid}")


@case
def strip_ansi(t):
    t.config(talker(t, "stdout_logfile=ROOT/out"), loglevel="debug", strip_ansi="true")
    daemon = t.run()
    up(t, daemon)
    say(
        t,
        daemon,
        r"\x1b[31mred\x1b[0m \x1b[1;32mgreen\x1b[m\n",
        r"\x1b[2J\x1b[1;1Hcleared\x1b[K\n",
        r"\x1b]0;title\x07kept\n",
        r"plain\n",
    )
    daemon.stop()
    t.record("out", repr(t.path("out").read_bytes()))


@case(differences=["ansi-sequences-whole"])
def strip_ansi_over_two_reads(t):
    t.config(talker(t, "stdout_logfile=ROOT/out"), loglevel="debug", strip_ansi="true")
    daemon = t.run()
    up(t, daemon)
    say(t, daemon, r"tail \x1b[3", r"1mnext\n")
    daemon.stop(record=False)
    t.differs("ansi-sequences-whole", "out", read(t.path("out")), theirs="tail 1mnext\n", ours="tail next\n")


@case
def ansi_is_kept_by_default(t):
    t.config(talker(t, "stdout_logfile=ROOT/out"), loglevel="debug")
    daemon = t.run()
    up(t, daemon)
    say(t, daemon, r"\x1b[31mred\x1b[0m\n")
    daemon.stop(record=False)
    t.record("out", repr(t.path("out").read_bytes()))


@case
def output_in_the_main_log(t):
    t.config(talker(t, "stdout_logfile=ROOT/out\nstderr_logfile=NONE"), loglevel="debug")
    daemon = t.run()
    up(t, daemon)
    say(
        t,
        daemon,
        r"line\n",
        r"two\nlines",
        r"caf\xc3\xa9\n",
        r"bad \x88 \xff 'quoted' \t tab\n",
        r"100% \\ done\n",
    )
    say(t, daemon, r"on stderr\n", verb="err", before=5)
    daemon.stop()
    t.record("out", repr(t.path("out").read_bytes()))


@case
def name_with_unusual_letters_in_the_main_log(t):
    t.config(
        f"[program:it's_ö]\ncommand={t.puppet('a')}\nstartsecs=0\nstdout_logfile=ROOT/out\n",
        loglevel="debug",
    )
    daemon = t.run()
    daemon.wait_running("it's_ö")
    t.wait_event("a up")
    t.tell("a", r"out hello\n")
    daemon.wait_log("stdout output:")
    daemon.stop()


@case
def output_stays_out_of_the_main_log(t):
    t.config(talker(t, "stdout_logfile=ROOT/out", r"out:hello\n"), loglevel="info")
    daemon = t.run()
    up(t, daemon)
    wait_for("output", lambda: read(t.path("out")))
    daemon.stop()


@case
def child_log_on_stdout_that_is_a_pipe(t):
    t.config(
        talker(t, "stdout_logfile=/dev/stdout\nstdout_logfile_maxbytes=0"), silent="true", loglevel="debug"
    )
    daemon = t.run(stdout="pipe")
    up(t, daemon)
    say(t, daemon, r"one\n", r"two\n")
    daemon.stop(without="^DEBG|output|^    ")
    t.record("stdout in full", read(daemon.out).splitlines())


@case
def child_log_on_stdout_that_is_a_file(t):
    t.config(
        talker(t, "stdout_logfile=/dev/stdout\nstdout_logfile_maxbytes=0\nredirect_stderr=true"),
        silent="true",
        loglevel="debug",
    )
    daemon = t.run()
    up(t, daemon)
    say(t, daemon, r"one\n")
    say(t, daemon, r"two\n", verb="err", before=1)
    daemon.stop(record=False)
    t.record("stdout in full", read(daemon.out).splitlines())


@case
def child_log_on_stderr(t):
    t.config(
        talker(t, "stderr_logfile=/dev/stderr\nstderr_logfile_maxbytes=0"), silent="true", loglevel="debug"
    )
    daemon = t.run()
    up(t, daemon)
    say(t, daemon, r"one\n", verb="err")
    daemon.stop(record=False)
    t.record("stderr in full", read(daemon.err).splitlines())


@case(differences=["device-logs-never-sought"])
def child_log_on_a_pipe_with_rotation_on(t):
    t.config(talker(t, "stdout_logfile=/dev/stdout"), silent="true", loglevel="debug")
    daemon = t.run(stdout="pipe")
    up(t, daemon)
    t.tell("a", r"out one\n")
    if t.subject == "theirs":
        daemon.wait_log("CRIT uncaptured python exception, closing channel")
    else:
        heard(daemon, 1)
        say(t, daemon, r"two\n", before=1)
    daemon.stop(record=False)
    t.differs(
        "device-logs-never-sought",
        "a child's log on a pipe with the usual 50 MB limit",
        read(daemon.out),
        theirs="one\n",
        ours="one\ntwo\n",
    )


def device(t):
    """A copy of /dev/null in the case's folder, so that nothing can hurt the machine's."""
    os.mknod(t.path("null"), stat.S_IFCHR | 0o666, os.makedev(1, 3))
    t.path("null").chmod(0o666)


def device_is_there(t):
    """Records whether it is still a device."""
    t.record("null is a device", stat.S_ISCHR(t.path("null").stat().st_mode))
    t.record("its backups", sorted(path.name for path in t.root.glob("null.*")))


@case
def child_log_on_a_device(t):
    device(t)
    t.config(
        talker(t, "stdout_logfile=ROOT/null\nstdout_logfile_maxbytes=5\nstdout_logfile_backups=2"),
        loglevel="debug",
    )
    daemon = t.run()
    up(t, daemon)
    say(t, daemon, r"one two three\n", r"four five six\n")
    daemon.signal("USR2")
    daemon.wait_log("supervisord logreopen")
    say(t, daemon, r"seven\n", before=2)
    daemon.stop(without="^    ")
    device_is_there(t)


@case
def main_log_on_a_device(t):
    device(t)
    t.config("[program:a]\ncommand=cat\n", logfile="ROOT/null", logfile_maxbytes="10", logfile_backups="1")
    daemon = t.start()
    wait_for("the start", lambda: "RUNNING" in read(daemon.out))
    daemon.signal("USR2")
    wait_for("the reopening", lambda: "logreopen" in read(daemon.out))
    daemon.stop()
    device_is_there(t)


@case
def reopened_after_a_rename(t):
    t.config(talker(t, "stdout_logfile=ROOT/out\nstderr_logfile=ROOT/err"), loglevel="debug")
    daemon = t.run()
    up(t, daemon)
    say(t, daemon, r"one\n")
    for name in ("out", "log"):
        t.path(name).rename(t.path(name + ".old"))
    daemon.signal("USR2")
    t.wait_file("log")
    say(t, daemon, r"two\n")
    for name in ("out", "out.old", "err"):
        t.record_file(name)
    daemon.stop()
    t.record("old main log's end", read(t.path("log.old")).splitlines()[-1].split(" ", 2)[2])


@case
def not_reopened_without_a_signal(t):
    t.config(talker(t, "stdout_logfile=ROOT/out"), loglevel="debug")
    daemon = t.run()
    up(t, daemon)
    say(t, daemon, r"one\n")
    t.path("out").rename(t.path("out.old"))
    say(t, daemon, r"two\n", before=1)
    t.record_file("out")
    t.record_file("out.old")
    daemon.stop(record=False)


@case
def last_output_is_kept(t):
    t.config(
        "[program:a]\ncommand=sh -c 'head -c 300000 /dev/zero | tr \"\\\\0\" x; echo; echo end; exit 3'\n"
        "stdout_logfile=ROOT/out\nstartsecs=0\nautorestart=false\n"
    )
    daemon = t.run()
    daemon.wait_log("exited: a")
    daemon.stop(record=False)
    text = t.path("out").read_bytes()
    t.record("bytes and end", f"{len(text)} {text[-6:]!r}")


@case
def output_without_a_newline_at_the_end(t):
    t.config(
        "[program:a]\ncommand=printf %%s"
        " unfinished\nstdout_logfile=ROOT/out\nstartsecs=0\nautorestart=false\n"
    )
    daemon = t.run()
    daemon.wait_log("exited: a")
    daemon.stop(record=False)
    t.record("out", repr(t.path("out").read_bytes()))


@case
def closed_output_does_not_end_the_program(t):
    t.config(f"[program:a]\ncommand={t.puppet('a', 'close')}\n")
    daemon = t.run()
    t.wait_event("a up")
    daemon.wait_running("a")
    daemon.stop()


@case
def nul_bytes_and_long_lines(t):
    t.config(talker(t, "stdout_logfile=ROOT/out"), loglevel="debug")
    daemon = t.run()
    up(t, daemon)
    say(t, daemon, r"a\x00b\n", "z" * 3000)
    daemon.stop(record=False)
    t.record("out", repr(t.path("out").read_bytes()))


@case
def two_programs_share_a_log(t):
    t.config(
        talker(t, "stdout_logfile=ROOT/out") + talker(t, "stdout_logfile=ROOT/out", name="b"),
        loglevel="debug",
    )
    daemon = t.run()
    up(t, daemon, "a", "b")
    say(t, daemon, r"from a\n")
    say(t, daemon, r"from b\n", name="b", before=1)
    say(t, daemon, r"a again\n", before=2)
    daemon.stop(record=False)
    t.record_file("out")
