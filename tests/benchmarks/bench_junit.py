"""How fast JUnit files are read, and in how much memory: run by hand or at night, never as a test.

    python tests/benchmarks/bench_junit.py [CASES]

One run, everything in turn, three rounds of CPU seconds (the middle one counts), so that the ratios can be compared
on any machine. Rates are cases a CPU second. Memory is the reader's own: what it yields is thrown away.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
import tracemalloc
from pathlib import Path
from typing import TYPE_CHECKING
from xml.parsers import expat

from junitparser import JUnitXml

from testaudit.junit import read_junit, run_from_junit

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS = 3
KINDS = ("bare", "mixed")


def main() -> None:
    """Print one table for each kind of file."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 300_000
    known = [f"tests/unit/test_{at}.py" for at in range(500)]
    with tempfile.TemporaryDirectory() as folder:
        for kind in KINDS:
            path = Path(folder) / f"{kind}.xml"
            generate(path, count, failing=kind == "mixed")
            subjects: dict[str, Callable[[], object]] = {
                "raw expat, empty handlers": lambda path=path: raw(path),
                "read_junit": lambda path=path: drain(path),
                "run_from_junit, grouped into a Run": lambda path=path: run_from_junit([path], known_files=known),
                "junitparser, fromfile and iterate": lambda path=path: whole(path),
            }
            rates = measure(subjects, count)
            ours = rates["read_junit"]
            sys.stdout.write(f"\n{kind}: {count:,} cases, {path.stat().st_size / 1e6:.0f} MB\n")
            for name, rate in rates.items():
                sys.stdout.write(
                    f"  {name:38}{rate:>12,.0f} cases/s   read_junit is {ours / rate:5.2f} times as fast\n"
                )
            for name in ("read_junit", "junitparser, fromfile and iterate"):
                sys.stdout.write(f"  {name:38}{peak(subjects[name]) / 1e6:>12,.1f} MB at its peak\n")


def generate(path: Path, count: int, *, failing: bool) -> None:
    """A file as pytest writes it: all passed; or 2 % failed with a long text, 3 % skipped, 5 % with output."""
    failure = (
        '><failure message="AssertionError: assert 1 == 2">' + "E       assert 1 == 2\n" * 40 + "</failure></testcase>"
    )
    skip = '><skipped type="pytest.skip" message="why">tests/unit/test_1.py:3: why</skipped></testcase>'
    output = "><system-out>" + "a line of output\n" * 20 + "</system-out></testcase>"
    endings = [failure] * 2 + [skip] * 3 + [output] * 5 + [" />"] * 90
    with path.open("w", encoding="utf-8") as file:
        file.write('<?xml version="1.0" encoding="utf-8"?><testsuites name="pytest tests"><testsuite name="pytest">')
        for at in range(count):
            ending = endings[at % 100] if failing else " />"
            where = f'classname="tests.unit.test_{at // 100 % 500}.TestThing" name="test_something[{at}]"'
            file.write(f'<testcase {where} time="0.00{at % 10}"{ending}')
        file.write("</testsuite></testsuites>")


def measure(subjects: dict[str, Callable[[], object]], count: int) -> dict[str, float]:
    """Cases a CPU second, the subjects in turn."""
    taken: dict[str, list[float]] = {name: [] for name in subjects}
    for _ in range(ROUNDS):
        for name, act in subjects.items():
            began = time.process_time()
            act()
            taken[name].append(time.process_time() - began)
    return {name: count / statistics.median(seconds) for name, seconds in taken.items()}


def peak(act: Callable[[], object]) -> float:
    """Bytes that Python and expat hold at most while it runs, over what was there before."""
    tracemalloc.start()
    act()
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most


def drain(path: Path) -> int:
    """Read, and throw away."""
    return sum(1 for _ in read_junit(path))


def raw(path: Path) -> None:
    """What no reader in Python can be faster than."""
    parser = expat.ParserCreate()
    parser.StartElementHandler = lambda _tag, _attributes: None
    parser.EndElementHandler = lambda _tag: None
    with path.open("rb") as stream:
        parser.ParseFile(stream)


def whole(path: Path) -> int:
    """What junitparser does by itself: the whole tree, then its cases with their results."""
    return sum(len(case.result) >= 0 for suite in JUnitXml.fromfile(str(path)) for case in suite)


if __name__ == "__main__":
    main()
