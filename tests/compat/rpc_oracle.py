#!/usr/bin/env python3
"""Compares the control plane with the original's, step by step: the same calls over raw HTTP against both.

usage: tests/compat/rpc_oracle.py [-v] [--list] [WORD…]
  WORD   only scenarios with this in their name (files in tests/compat/rpc/)
  -v     print what was recorded
Every recorded step is one comparison: results with their types, faults, status lines, headers, order of keys.
environment: UNDER_TEST=both|theirs (theirs: the original twice, which must say the same), SUPERVISORD (the original's
script), ONEVISOR (our binary)
"""

import argparse
import concurrent.futures
import difflib
import importlib
import os
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
TOP = HERE.parent.parent
sys.path.insert(0, str(HERE))
sys.dont_write_bytecode = True

from differences import DIFFERENCES  # noqa: E402
from harness import suite  # noqa: E402


def arguments():
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("words", nargs="*", metavar="WORD")
    parser.add_argument("-v", "--verbose", action="store_true")
    parser.add_argument("--list", action="store_true")
    return parser.parse_args()


def sides():
    """The two that are compared: (subject, executable) each."""
    wanted = os.environ.get("UNDER_TEST", "both")
    theirs = ("theirs", os.path.abspath(os.environ.get("SUPERVISORD", TOP / ".build/oracle/bin/supervisord")))
    if wanted not in ("both", "theirs"):
        sys.exit(f"rpc_oracle.py: UNDER_TEST={wanted} is neither both nor theirs")
    second = theirs
    if wanted == "both":
        second = ("ours", os.path.abspath(os.environ.get("ONEVISOR", TOP / "target/release/onevisor")))
    for _, path in (theirs, second):
        if not os.access(path, os.X_OK):
            sys.exit(f"rpc_oracle.py: no executable at {path} (tests/run sets everything up)")
    return theirs, second


def scenarios(words):
    """All scenarios, or those that have one of the words in their name."""
    for path in sorted((HERE / "rpc").glob("*_scenarios.py")):
        importlib.import_module(f"rpc.{path.stem}")
    return [one for one in suite.CASES.values() if not words or any(word in one.name for word in words)]


def rewritten(scenario, step, side):
    """A step's lines in the form that both sides have in common."""
    return suite.rewrite(step[1], scenario.differences, side, DIFFERENCES)


def compare(scenario, runs, pair):
    """Compares two runs step by step; gives (number of equal steps, problems)."""
    for (subject, _), run in zip(pair, runs):
        if run.problem:
            return 0, [f"{subject}: {run.problem}"]
    left, right = (run.transcript for run in runs)
    problems = [
        f"{scenario.name}: the difference {name} does not show any more"
        for name in suite.idle_differences(scenario, *runs, DIFFERENCES)
    ]
    if [title for title, _ in left] != [title for title, _ in right]:
        return 0, [*problems, "the steps are not the same"]
    equal = 0
    for one, other in zip(left, right):
        texts = [rewritten(scenario, step, subject) for step, (subject, _) in zip((one, other), pair)]
        if texts[0] == texts[1]:
            equal += 1
        else:
            diff = difflib.unified_diff(*texts, "theirs", "ours", lineterm="", n=1)
            problems.append("\n".join([f"step {one[0]}", *list(diff)[2:]]))
    return equal, problems


def run(scenario, pair):
    """Runs one scenario against both sides, one after the other."""
    runs = [suite.run_once(scenario, subject, executable) for subject, executable in pair]
    return runs, *compare(scenario, runs, pair)


def report(scenario, runs, equal, problems, verbose):
    """Prints what came out."""
    seconds = " ".join(f"{run.seconds:.1f}s" for run in runs)
    print(f"{'FAIL' if problems else 'ok  '} {scenario.name}: {equal} equal ({seconds})", flush=True)
    for problem in problems:
        print("  " + problem.replace("\n", "\n  "), flush=True)
    if verbose:
        for run in runs:
            print("\n".join(suite.render(run.transcript)), flush=True)


def main():
    """Runs everything; the exit code tells whether all was equal."""
    options = arguments()
    chosen = scenarios(options.words)
    if options.list:
        print("\n".join(scenario.name for scenario in chosen))
        return 0
    pair, passed, failed = sides(), 0, 0
    with concurrent.futures.ThreadPoolExecutor(suite.jobs_by_default()) as pool:
        futures = {pool.submit(run, scenario, pair): scenario for scenario in chosen}
        for future in concurrent.futures.as_completed(futures):
            runs, equal, problems = future.result()
            report(futures[future], runs, equal, problems, options.verbose)
            passed += equal
            failed += len(problems)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
