"""`lint` with all its rules, cold and warm, beside parsing and one walk and beside other linters of tests.

    python tests/benchmarks/bench_lint.py PROJECT... [--rounds 3]

Everything runs as whole processes over the same files, in turn, in each round; shown are medians over the rounds: CPU
seconds (of all processes), seconds on the clock, and how many times parsing and one walk each takes. The other linters
(ruff's pytest rules, zorilla, pytest-tidy) are installed into an environment of the benchmark's own.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from testaudit.collect import Options, read_suite
from testaudit.config import load

PARSE = """
import ast, gc, sys, warnings
from testaudit.source.files import SourceFile
gc.disable()
warnings.simplefilter("ignore")
for name in sys.stdin.read().splitlines():
    try:
        text = open(name, encoding="utf-8").read()
        tree = ast.parse(text)
        if "walk" in sys.argv:
            SourceFile(name, text, tree).release()
    except (SyntaxError, ValueError, RecursionError):
        pass
"""
PEERS = {
    "ruff (PT rules)": ("ruff", "check", "--isolated", "--no-cache", "--quiet", "--exit-zero", "--select", "PT"),
    "zorilla": ("zorilla", "check"),
    "pytest-tidy": ("pytest-tidy", "--no-config"),
}
BASE = "parsing and one walk"
MOST_FILES = 1500
"""Names on one command line."""


class Cost(NamedTuple):
    """Seconds."""

    cpu: float
    """Of a command and its children, user's and system's."""
    clock: float

    def __add__(self, other: object) -> Cost:
        return Cost(self.cpu + other.cpu, self.clock + other.clock) if isinstance(other, Cost) else NotImplemented


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
        taken: dict[str, list[Cost]] = defaultdict(list)
        for number in range(asked.rounds):
            for name, cost in _round(suites, peers, Path(scratch) / f"cache-{number}"):
                taken[name].append(cost)
                print(f"  {name}: {cost.cpu:.2f} CPU s, {cost.clock:.2f} s", flush=True)
    base = statistics.median(cost.cpu for cost in taken[BASE])
    for name, costs in taken.items():
        cpu, clock = statistics.median(cost.cpu for cost in costs), statistics.median(cost.clock for cost in costs)
        print(f"{name:24} {cpu:8.2f} CPU s {clock:8.2f} s   {cpu / base:6.2f} times {BASE}")


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


def _round(suites: list[Suite], peers: dict[str, tuple[str, ...]], cache: Path) -> list[tuple[str, Cost]]:
    names = "\n".join(file for suite in suites for file in suite.files)
    found = [
        ("parsing alone", _cost((sys.executable, "-c", PARSE), stdin=names)),
        (BASE, _cost((sys.executable, "-c", PARSE, "walk"), stdin=names)),
    ]
    for temperature in ("cold", "warm"):
        lint = (sys.executable, "-m", "testaudit", "lint", "--fail-on", "never")
        costs = (_cost(lint, cwd=suite.root, cache=cache) for suite in suites)
        found.append((f"testaudit lint, {temperature}", sum(costs, Cost(0, 0))))
    for name, command in peers.items():
        cost = Cost(0, 0)
        for suite in suites:
            for at in range(0, len(suite.files), MOST_FILES):
                cost += _cost((*command, *suite.files[at : at + MOST_FILES]))
        found.append((name, cost))
    return found


def _cost(command: tuple[str, ...], stdin: str = "", cwd: Path | None = None, cache: Path | None = None) -> Cost:
    started = time.perf_counter()
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    env = {**os.environ, "XDG_CACHE_HOME": str(cache)} if cache is not None else None
    subprocess.run(command, input=stdin.encode(), cwd=cwd, env=env, capture_output=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(cpu, time.perf_counter() - started)


if __name__ == "__main__":
    main()
