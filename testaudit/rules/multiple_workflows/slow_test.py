"""A test that takes longer than its level allows, and does not say so.

A suite that takes long is run seldom. Mostly a handful of tests takes most of the time: each waits for something, or
does ten things in a row, or works on data that is bigger than its point needs.

Cut it, give it less data, or mark it `slow`, so that `-m "not slow"` leaves it out while one works.

What counts is the call alone, as the run measured it: 5 seconds for an integration test, 30 for an end-to-end test, 10
for any other. A test that is marked slow (or nightly, stress, performance) has said so. The budget of unit tests
(`unit-budget`, 0.1 seconds would be the guide's) is off unless it is set.

The guide's sections "Naming conventions" and "Test markers": `slow` is what takes more than ten seconds.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from testaudit.rules.interface import Code, Option, Rule, Settings, Sighting
from testaudit.source.wording import word_set, words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from testaudit.model import AuditedTest, Run
    from testaudit.source.interface import Sources

_SLOW = word_set("slow slowtest slowtests long nightly weekly stress soak heavy expensive performance perf benchmark")


def observe(run: Run, sources: Sources, settings: Settings) -> Iterator[Sighting]:
    """Functions of which a case passed in more than its budget."""
    over: dict[tuple[str, int], list[tuple[float, float, AuditedTest]]] = defaultdict(list)
    for test in run.tests:
        seconds = _call_s(test)
        budget = _budget(test, settings)
        if budget and seconds > budget and test.line and not _says_slow(test):
            over[test.path, test.line].append((seconds, budget, test))
    if not over:
        return
    known = _marks_slow_ones(run, sources)
    for (path, line), slow in over.items():
        seconds, budget, test = max(slow, key=lambda case: (case[0] / case[1], case[2].node_id))
        whose = {"integration": "an integration test", "e2e": "an end-to-end test"}.get(test.level, "a test")
        many = f"; {len(slow)} of its cases take more" if len(slow) > 1 else ""
        yield Sighting(
            path,
            line,
            "",
            f"This test took {seconds:.1f} s and is not marked slow: {budget:g} s are what {whose} may take{many}.",
            (f"{seconds:.2f} s in the call phase of {test.node_id}",),
            tuple(case.node_id for _, _, case in slow),
            confidence=None if known else "medium",
        )


def _call_s(test: AuditedTest) -> float:
    """Seconds of the call of a test that passed: one that failed may have waited for what never came."""
    if test.outcome != "passed" or not test.attempts:
        return 0.0
    return sum(phase.seconds for phase in test.attempts[-1].phases if phase.name == "call")


def _budget(test: AuditedTest, settings: Settings) -> float:
    if test.level == "e2e":
        return settings.number("e2e-budget")
    if test.level == "integration":
        return settings.number("integration-budget")
    return settings.number("unit-budget") or settings.number("slow-after")


def _says_slow(test: AuditedTest) -> bool:
    return any(words(marker.name) & _SLOW for marker in test.markers)


def _marks_slow_ones(run: Run, sources: Sources) -> bool:
    """Whether the project has such a marker: then a slow test without it was forgotten."""
    if any(words(line.partition(":")[0]) & _SLOW for line in sources.discovery.settings.markers):
        return True
    return any(_says_slow(test) for test in run.tests)


RULE = Rule(
    code="TA503",
    slug="slow-test",
    antipattern="multiple-workflows",
    severity="info",
    confidence=(("runtime", "medium"),),
    remedy="Cut it, give it less data, or mark it slow, so that it can be left out while one works.",
    observe=observe,
    options=(
        Option("slow-after", 10.0, "seconds after which a test is to be marked slow"),
        Option("integration-budget", 5.0, "seconds that the call of an integration test may take"),
        Option("e2e-budget", 30.0, "seconds that the call of an end-to-end test may take"),
        Option("unit-budget", 0.0, "seconds that the call of a unit test may take; 0: as slow-after"),
    ),
    bad=(
        Code(
            """
import time

def test_wait():  # <-
    time.sleep(0.3)
    assert time.monotonic() > 0
""",
            options=(("slow-after", 0.1),),
        ),
        Code(
            """
import time

import pytest

@pytest.mark.parametrize("pause", [0, 0.3, 0.4])  # <-
def test_wait(pause):
    time.sleep(pause)
    assert time.monotonic() > 0
""",
            path="tests/integration/test_queue.py",
            options=(("integration-budget", 0.2),),
        ),
    ),
    good=(
        Code(
            """
import time

import pytest

@pytest.mark.slow
def test_wait():
    time.sleep(0.3)
    assert time.monotonic() > 0
""",
            beside=(("pytest.ini", "[pytest]\nmarkers =\n    slow: takes its time\n"),),
            options=(("slow-after", 0.1),),
        ),
        Code(
            """
import time

import pytest

@pytest.fixture(scope="module")
def server():
    time.sleep(0.3)
    return "up"

def test_server(server):
    assert server == "up"
""",
            options=(("slow-after", 0.1),),
        ),
        Code(
            """
import time

def test_shop():
    time.sleep(0.3)
    assert time.monotonic() > 0
""",
            path="tests/e2e/test_shop.py",
            options=(("slow-after", 0.1), ("integration-budget", 0.1)),
        ),
        Code(
            """
import time

def test_broken():
    time.sleep(0.3)
    assert time.monotonic() < 0
""",
            options=(("slow-after", 0.1),),
        ),
    ),
)
