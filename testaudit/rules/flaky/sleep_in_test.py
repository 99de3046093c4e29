"""A fixed sleep before a check.

The test waits a guessed time and hopes that something has happened by then. On a slow machine it has not: the test
fails without a defect. On a fast one the time is wasted, in every run.

Wait for the thing itself: an event, a queue, `join()`, a condition that is polled with a deadline, a clock that the
test controls. A polling loop with a deadline is the remedy, not the disease, and is left alone; so are `sleep(0)`,
sleeps that play something slow inside a double, and sleeps whose reason stands beside them. Sure is a sleep after which
the test looks at something at once; one between two acts, or in a test that is about time, is a suspicion.

The guide's anti-pattern 3, "Flaky tests (timing issues)".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from testaudit.rules.interface import Code, Hit, Rule, RunEvidence, Settings, qualified, with_evidence
from testaudit.source.sleeps import BLOCKING, check_follows, fixed_sleeps, looks_right_after

if TYPE_CHECKING:
    from collections.abc import Iterator

    from testaudit.model import Finding
    from testaudit.source.interface import SourceFile, Sources


def find(file: SourceFile, sources: Sources, _settings: Settings) -> Iterator[Hit]:
    """Sleeps that stand as statements before a check; blocking ones in coroutines are TA302's."""
    for sleep in fixed_sleeps(file, sources):
        function = sleep.statement.function
        if (function.is_async and sleep.dotted in BLOCKING) or not check_follows(sleep):
            continue
        if sleep.doubt.startswith("a comment"):
            continue
        length = f"{sleep.seconds:g} s" if sleep.seconds is not None else "a fixed time"
        yield Hit(
            sleep.statement.line,
            sleep.statement.end_line,
            qualified(function, sources),
            f"Sleeps {length} and then checks: too short on a slow machine, wasted on a fast one.",
            (f"{sleep.dotted} before a check", *([f"but {sleep.doubt}"] if sleep.doubt else [])),
            None if not sleep.doubt and looks_right_after(sleep) else "medium",
        )


def weigh(finding: Finding, evidence: RunEvidence) -> Finding | None:
    """What it cost in this run."""
    slept = [
        sleep.seconds
        for test in evidence.tests
        for attempt in test.attempts[-1:]
        for sleep in attempt.sleeps
        if sleep.path == finding.path and finding.line <= sleep.line <= finding.end_line
    ]
    if not slept:
        return finding
    whole = sum(test.duration_s for test in evidence.tests)
    return with_evidence(finding, "runtime", f"slept {sum(slept):.2g} s of {whole:.2g} s in this run")


RULE = Rule(
    code="TA301",
    slug="sleep-in-test",
    antipattern="flaky",
    severity="warning",
    confidence=(("static", "high"), ("runtime", "medium")),
    remedy="Wait for the thing itself: an event, a join, or a condition polled with a deadline.",
    find=find,
    weigh=weigh,
    bad=(
        Code("""
import time

def test_worker(worker):
    worker.start()
    time.sleep(2)  # <-
    assert worker.done
"""),
        Code("""
import asyncio
from time import sleep
import pytest

@pytest.fixture
def server():
    server = launch()
    sleep(1.5)  # <-
    yield server
    server.stop()

async def test_message(bus):
    bus.send("x")
    await asyncio.sleep(0.1)  # <-
    assert bus.received == ["x"]
"""),
    ),
    good=(
        Code("""
import time

def test_worker(worker):
    worker.start()
    deadline = time.monotonic() + 5
    while not worker.done and time.monotonic() < deadline:
        time.sleep(0.01)
    assert worker.done
"""),
        Code("""
import asyncio
import time

def test_slow_answer(server):
    def slow(request):
        time.sleep(0.2)
        return "late"
    server.answer = slow
    assert server.call() == "late"

async def test_turn(bus):
    bus.send("x")
    await asyncio.sleep(0)
    assert bus.received
"""),
        Code("""
import time

def test_file_time(tmp_path):
    before = stamp(tmp_path)
    # The file system's clock ticks once a second.
    time.sleep(1.1)
    touch(tmp_path)
    assert stamp(tmp_path) > before
"""),
        Code("""
import asyncio
import time
import pytest
from freezegun import freeze_time

@freeze_time("2024-01-01")
def test_frozen(cache):
    time.sleep(5)
    assert cache.get("x") is None

async def test_cancel():
    with pytest.raises(TimeoutError):
        await asyncio.sleep(10)
    assert True
"""),
    ),
)
