"""Collects the cases, runs them against the subjects, compares the transcripts and reports."""

import argparse
import collections
import concurrent.futures
import difflib
import importlib
import os
import pathlib
import re
import shutil
import sys
import tempfile
import time
import traceback

from .trial import Trial

HERE = pathlib.Path(__file__).resolve().parent.parent

Case = collections.namedtuple("Case", "name function differences sides")
Run = collections.namedtuple("Run", "transcript shown problem seconds")

CASES = {}


def case(function=None, *, differences=(), sides=("theirs", "ours")):
    """Makes a function a case. It names the wanted differences that it shows, and the sides that can do it at all."""

    def add(function):
        name = f"{function.__module__.rpartition('.')[2]}.{function.__name__}"
        assert name not in CASES, name
        CASES[name] = Case(name, function, tuple(differences), sides)
        return function

    return add(function) if function else add


def load():
    """Imports all case files."""
    for path in sorted((HERE / "cases").glob("*.py")):
        if path.stem != "__init__":
            importlib.import_module(f"cases.{path.stem}")
    return CASES


def run_once(case, subject, executable):
    """Runs a case against one subject in a fresh folder."""
    root = pathlib.Path(tempfile.mkdtemp(prefix="compat-"))
    root.chmod(0o755)
    trial = Trial(subject, executable, root, case.differences)
    began, problem = time.monotonic(), None
    try:
        case.function(trial)
        if not trial.transcript:
            problem = "the case recorded nothing"
    except Exception as error:  # noqa: BLE001 - whatever a case raises is its result
        problem = "".join(traceback.format_exception_only(error)).strip()
        place = traceback.extract_tb(error.__traceback__)
        inside = [frame for frame in place if "/cases/" in frame.filename] or place
        problem += f"\n  at {pathlib.Path(inside[-1].filename).name}:{inside[-1].lineno}: {inside[-1].line}"
    try:
        trial.clean_up()
        if problem:
            problem += "\n" + "\n".join("  | " + line for line in trial.tail().splitlines())
    except Exception as error:  # noqa: BLE001
        problem = f"{problem or ''}\nclean-up: {error}"
    shutil.rmtree(root, ignore_errors=True)
    return Run(trial.transcript, trial.shown, problem, time.monotonic() - began)


def render(transcript):
    """A transcript as lines of text."""
    lines = []
    for title, rows in transcript:
        lines.append(f"-- {title}")
        lines.extend("   " + row for row in rows)
    return lines


def rewrite(lines, names, side, table):
    """Applies the rules of the named differences for one side; a rule that answers nothing drops the line."""
    for name in names:
        for pattern, replacement in getattr(table[name], side):
            changed = [re.sub(pattern, replacement, line) for line in lines]
            lines = [new for new, old in zip(changed, lines) if new or not old]
    return lines


def idle_differences(case, first, second, table):
    """The differences that a case names and does not show: without their rules the transcripts are equal too."""
    left, right = render(first.transcript), render(second.transcript)

    def is_idle(name):
        others = [other for other in case.differences if other != name]
        return rewrite(left, others, "theirs", table) == rewrite(right, others, "ours", table)

    return [name for name in case.differences if name not in first.shown and is_idle(name)]


def compare(case, first, second, table):
    """Compares two runs; gives the problem as text, or None."""
    idle = idle_differences(case, first, second, table)
    if idle:
        return f"the difference {idle[0]} does not show any more"
    left, right = render(first.transcript), render(second.transcript)
    left = rewrite(left, case.differences, "theirs", table)
    right = rewrite(right, case.differences, "ours", table)
    if left == right:
        return None
    return "\n".join(difflib.unified_diff(left, right, "theirs", "ours", lineterm="", n=4))


def check_table(cases, table, top):
    """Every difference is shown by a case and told in the README, and no case names an unknown one."""
    used = {name for case in cases.values() for name in case.differences}
    used |= {
        name
        for name, entry in table.items()
        if entry.shown_by and name in (top / entry.shown_by).read_text(encoding="utf-8")
    }
    text = (top / "README.md").read_text(encoding="utf-8").partition("## Differences from Supervisor")[2]
    problems = [f"{name}: named by a case, but not in the table" for name in sorted(used - set(table))]
    problems += [f"{name}: in the table, but nothing shows it" for name in sorted(set(table) - used)]
    problems += [
        f"{name}: not in README.md under 'Differences from Supervisor'"
        for name in sorted(table)
        if f"`{name}`" not in text
    ]
    return problems


def run_sides(cases, subjects, verbose=False):
    """Runs each side of each case at the same time; the sides must be equal. Gives (passed, failed names)."""
    passed, failed = 0, []
    with concurrent.futures.ThreadPoolExecutor(2 * len(cases) or 1) as pool:
        futures = {
            case.name: {
                side: pool.submit(run_once, case, side, path)
                for side, path in subjects.items()
                if side in case.sides
            }
            for case in cases
        }
        for case in cases:
            runs = {side: future.result() for side, future in futures[case.name].items()}
            problems = [f"{side}: {run.problem}" for side, run in runs.items() if run.problem]
            if not problems and len(runs) == 2:
                problems = list(filter(None, [compare(case, runs["theirs"], runs["ours"], {})]))
            passed, failed = (passed, [*failed, case.name]) if problems else (passed + 1, failed)
            report(case, "\n".join(problems), runs, verbose)
    return passed, failed


def run_case(case, subjects, table, twice):
    """Runs one case against all subjects; gives (problem or None, runs)."""
    runs = {subject: run_once(case, subject, executable) for subject, executable in subjects.items()}
    for subject, run in runs.items():
        if run.problem:
            return f"{subject}: {run.problem}", runs
    if len(runs) == 2:
        return compare(case, runs["theirs"], runs["ours"], table), runs
    if twice:
        subject, executable = next(iter(subjects.items()))
        again = run_once(case, subject, executable)
        if again.problem:
            return f"second run: {again.problem}", runs
        diff = list(
            difflib.unified_diff(
                render(runs[subject].transcript),
                render(again.transcript),
                "first run",
                "second run",
                lineterm="",
                n=4,
            )
        )
        return "\n".join(diff) or None, runs
    return None, runs


def run_all(cases, subjects, table, jobs, twice=False, verbose=False):
    """Runs the cases in parallel and reports each as it ends; gives (passed, failed names)."""
    passed, failed = 0, []
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        futures = {pool.submit(run_case, case, subjects, table, twice): case for case in cases}
        for future in concurrent.futures.as_completed(futures):
            case = futures[future]
            problem, runs = future.result()
            if problem:
                failed.append(case.name)
            else:
                passed += 1
            report(case, problem, runs, verbose)
    return passed, sorted(failed)


def report(case, problem, runs, verbose):
    """Prints what became of a case."""
    seconds = " ".join(f"{subject} {run.seconds:.1f}s" for subject, run in runs.items())
    if problem:
        print(f"FAIL {case.name} ({seconds})\n{problem}\n", flush=True)
    else:
        print(f"ok   {case.name} ({seconds})", flush=True)
    if verbose:
        for subject, run in runs.items():
            print(f"== {case.name}, {subject}\n" + "\n".join(render(run.transcript)) + "\n", flush=True)


def executables():
    """The executables under test, by side, as the environment says."""
    top = HERE.parent.parent
    found = {
        "theirs": os.environ.get("SUPERVISORD", str(top / ".build/oracle/bin/supervisord")),
        "ours": os.environ.get("ONEVISOR", str(top / "target/release/onevisor")),
    }
    wanted = os.environ.get("UNDER_TEST", "both")
    found = {side: os.path.abspath(path) for side, path in found.items() if wanted in (side, "both")}
    for side, path in found.items():
        if not os.access(path, os.X_OK):
            sys.exit(f"{sys.argv[0]}: no executable for {side}: {path} (tests/run sets everything up)")
    return found


def main(words):
    """Runs the cases that are loaded, or some of them, each side at the same time; gives the exit code."""
    parser = argparse.ArgumentParser(description=words, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("words", nargs="*", metavar="WORD")
    parser.add_argument("-v", "--verbose", action="store_true")
    parser.add_argument("--list", action="store_true")
    options = parser.parse_args()
    cases = [
        case
        for name, case in CASES.items()
        if not options.words or any(word in name for word in options.words)
    ]
    if options.list:
        print("\n".join(case.name for case in cases))
        return 0
    began = time.monotonic()
    passed, failed = run_sides(cases, executables(), options.verbose)
    print(f"{len(cases)} cases, {time.monotonic() - began:.0f} s")
    print(f"{passed} passed, {len(failed)} failed")
    return 1 if failed or not passed else 0


def jobs_by_default():
    """Cases mostly wait, so many fit on few cores."""
    return 4 * (os.cpu_count() or 2)
