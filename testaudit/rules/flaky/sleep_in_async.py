"""`time.sleep` in a coroutine: it stops the event loop, and everything that the test waits for with it.

While a coroutine sleeps so, nothing else on its loop runs: the task that the test gives time to makes no progress. The
test passes or fails by accident, or only waits.

Await what you wait for (`asyncio.wait_for(...)`, an event), or run what blocks in a thread (`asyncio.to_thread`).

The guide's anti-pattern 3, "Flaky tests (timing issues)".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from testaudit.rules.interface import Code, Hit, Rule, Settings, qualified
from testaudit.source.sleeps import BLOCKING, fixed_sleeps

if TYPE_CHECKING:
    from collections.abc import Iterator

    from testaudit.source.interface import SourceFile, Sources


def find(file: SourceFile, sources: Sources, _settings: Settings) -> Iterator[Hit]:
    """Blocking sleeps in `async def` tests and fixtures."""
    for sleep in fixed_sleeps(file, sources):
        function = sleep.statement.function
        if not function.is_async or sleep.dotted not in BLOCKING or sleep.doubt.startswith("a comment"):
            continue
        length = f"{sleep.seconds:g} s" if sleep.seconds is not None else "a while"
        yield Hit(
            sleep.statement.line,
            sleep.statement.end_line,
            qualified(function, sources),
            f"Blocks the event loop for {length}: nothing that the test waits for can happen meanwhile.",
            (f"{sleep.dotted} in async def {function.name}",),
        )


RULE = Rule(
    code="TA302",
    slug="sleep-in-async",
    antipattern="flaky",
    severity="error",
    confidence=(("static", "medium"),),
    remedy="Await what you wait for, or run what blocks in a thread.",
    find=find,
    bad=(
        Code("""
import time

async def test_execution(service):
    run = await service.start()

    # Wait an arbitrary time: what if the server is slow?
    time.sleep(2)  # <-
    assert (await service.get(run)).status == "completed"
"""),
        Code("""
from time import sleep
import pytest

@pytest.fixture
async def server():
    server = await launch()
    sleep(1)  # <-
    yield server
"""),
    ),
    good=(
        Code("""
import asyncio

async def test_execution(service):
    run = await service.start()
    done = await asyncio.wait_for(run.wait(), timeout=5)
    assert done.status == "completed"
"""),
        Code("""
import asyncio
import time

async def test_thread(pool):
    await asyncio.to_thread(time.sleep, 0.1)
    assert pool.idle
"""),
        Code("""
import time

async def test_watchdog(loop_watchdog):
    # Block the loop on purpose: this is what the watchdog must report.
    time.sleep(0.2)
    assert loop_watchdog.reports
"""),
    ),
)
