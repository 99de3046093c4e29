"""`lint` with all its rules, cold and warm, beside parsing alone and beside other linters of tests: CPU seconds.

    python tests/benchmarks/bench_lint.py PROJECT... [--rounds 3]

Everything runs as whole processes over the same files, in turn, in each round; shown are medians over the rounds, and
how many times parsing alone each takes. The other linters (ruff's pytest rules, zorilla, pytest-tidy) are installed
into an environment of the benchmark's own.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import venv
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from testaudit.collect import Options, read_suite
from testaudit.config import load

PARSE = """
import ast, gc, sys, warnings
gc.disable()
warnings.simplefilter("ignore")
for name in sys.stdin.read().splitlines():
    try:
        ast.parse(open(name, "rb").read())
    except (SyntaxError, ValueError, RecursionError):
        pass
"""
PEERS = {
    "ruff (PT rules)": ("ruff", "check", "--isolated", "--no-cache", "--quiet", "--exit-zero", "--select", "PT"),
    "zorilla": ("zorilla", "check"),
    "pytest-tidy": ("pytest-tidy", "--no-config"),
}
MOST_FILES = 1500
"""Names on one command line."""


@dataclass(frozen=True)
class Suite:
    """A project and the files of its suite, absolute."""

    root: Path
    files: tuple[str, ...]
    lines: int


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("projects", nargs="+", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    suites = [_suite(project.resolve()) for project in asked.projects]
    print(f"{len(suites)} projects, {sum(len(suite.files) for suite in suites):,} files, ", end="")
    print(f"{sum(suite.lines for suite in suites):,} lines", flush=True)
    with tempfile.TemporaryDirectory() as scratch:
        peers = _installed(Path(scratch) / "peers")
        taken: dict[str, list[float]] = defaultdict(list)
        for number in range(asked.rounds):
            for name, seconds in _round(suites, peers, Path(scratch) / f"cache-{number}"):
                taken[name].append(seconds)
                print(f"  {name}: {seconds:.2f} s", flush=True)
    parsing = statistics.median(taken["parsing alone"])
    for name, seconds in taken.items():
        median = statistics.median(seconds)
        print(f"{name:24} {median:8.2f} CPU s   {median / parsing:6.2f} times parsing")


def _suite(root: Path) -> Suite:
    sources = read_suite(Options(root=root, config=load(root), run=False))
    files = tuple(str(root / path) for path in (*sources.tests, *sources.conftests))
    return Suite(root, files, sum(Path(file).read_bytes().count(b"\n") for file in files))


def _installed(folder: Path) -> dict[str, tuple[str, ...]]:
    """The other linters, as far as they can be had."""
    venv.create(folder, with_pip=True)
    found = {}
    for name, (command, *args) in PEERS.items():
        install = (str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", command)
        if subprocess.run(install, capture_output=True, check=False).returncode == 0:
            found[name] = (str(folder / "bin" / command), *args)
        else:
            print(f"  {name} could not be installed")
    return found


def _round(suites: list[Suite], peers: dict[str, tuple[str, ...]], cache: Path) -> list[tuple[str, float]]:
    names = "\n".join(file for suite in suites for file in suite.files)
    found = [("parsing alone", _cpu_s((sys.executable, "-c", PARSE), stdin=names))]
    for temperature in ("cold", "warm"):
        seconds = sum(
            _cpu_s((sys.executable, "-m", "testaudit", "lint", "--fail-on", "never"), cwd=suite.root, cache=cache)
            for suite in suites
        )
        found.append((f"testaudit lint, {temperature}", seconds))
    for name, command in peers.items():
        seconds = 0.0
        for suite in suites:
            for at in range(0, len(suite.files), MOST_FILES):
                seconds += _cpu_s((*command, *suite.files[at : at + MOST_FILES]))
        found.append((name, seconds))
    return found


def _cpu_s(command: tuple[str, ...], stdin: str = "", cwd: Path | None = None, cache: Path | None = None) -> float:
    """CPU seconds of a command and its children, user's and system's."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    env = {**os.environ, "XDG_CACHE_HOME": str(cache)} if cache is not None else None
    subprocess.run(command, input=stdin.encode(), cwd=cwd, env=env, capture_output=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    main()
