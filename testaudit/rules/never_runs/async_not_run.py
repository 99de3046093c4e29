"""An `async def` test that no plugin ran: pytest called it, got a coroutine and threw it away.

pytest runs coroutines only through a plugin (anyio, pytest-asyncio, pytest-trio) that knows the test as one of its own.
Up to pytest 8.3 such a test was skipped with a warning; from 8.4 on it fails. In a plain `unittest.TestCase` it passes:
the coroutine is made, and nobody awaits it.

Mark it for the plugin that is installed (`asyncio_mode = "auto"`, `@pytest.mark.anyio`), install one, or use
`unittest.IsolatedAsyncioTestCase`. Run it then: a test that never ran may fail.
https://docs.pytest.org/en/stable/changelog.html (8.4: "Async tests will now fail, instead of warning+skipping")
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from testaudit.rules.interface import Code, Rule, Settings, Sighting

if TYPE_CHECKING:
    from collections.abc import Iterator

    from testaudit.model import AuditedTest, NodeId, Run
    from testaudit.source.interface import Sources

_SKIPPED = "async def function and no async plugin installed"
_FAILED = "async def functions are not natively supported"
_NEVER_AWAITED = re.compile(r"coroutine '(?P<name>[^']+)' was never awaited")


def observe(run: Run, sources: Sources, _settings: Settings) -> Iterator[Sighting]:
    """Tests that pytest skipped, failed or passed without running their coroutine."""
    dropped = _dropped(run)
    found: dict[tuple[str, int], list[NodeId]] = {}
    how: dict[tuple[str, int], str] = {}
    for test in run.tests:
        said = _not_run(test, dropped)
        if not said or not test.line:
            continue
        function = sources.function_at(test.path, test.line)
        if function is None or not function.is_async:
            continue
        place = (test.path, function.line)
        found.setdefault(place, []).append(test.node_id)
        how[place] = said
    for (path, line), ids in found.items():
        yield Sighting(
            path,
            line,
            "",
            f"This async test was never run: {how[path, line]}.",
            ("no plugin ran its coroutine",),
            tuple(ids),
        )


def _dropped(run: Run) -> frozenset[tuple[NodeId, str]]:
    """(test, function) of the coroutines that nobody awaited."""
    return frozenset(
        (warning.node_id, found["name"].rpartition(".")[2])
        for warning in run.warnings
        if warning.node_id is not None and (found := _NEVER_AWAITED.search(warning.message))
    )


def _not_run(test: AuditedTest, dropped: frozenset[tuple[NodeId, str]]) -> str:
    if test.outcome == "skipped" and test.reason.startswith(_SKIPPED):
        return "pytest skipped it"
    if test.outcome == "failed" and any(
        _FAILED in trouble.message for attempt in test.attempts[-1:] for trouble in attempt.troubles
    ):
        return "pytest failed it before its first line"
    name = test.node_id.rpartition("::")[2].partition("[")[0]
    if test.outcome == "passed" and (test.node_id, name) in dropped:
        return "it passed, and its coroutine was thrown away"
    return ""


RULE = Rule(
    code="TA803",
    slug="async-not-run",
    antipattern="never-runs",
    severity="error",
    confidence=(("runtime", "medium"),),
    remedy="Mark it for an installed async plugin, or use `unittest.IsolatedAsyncioTestCase`.",
    observe=observe,
    bad=(
        Code("""
async def test_answer():  # <-
    assert 1 == 2

class TestAgent:
    async def test_stop(self):  # <-
        assert 1 == 2
"""),
        Code("""
import unittest

class TestAgent(unittest.TestCase):
    async def test_stop(self):  # <-
        self.assertEqual(1, 2)
"""),
    ),
    good=(
        Code("""
import unittest

class TestAgent(unittest.IsolatedAsyncioTestCase):
    async def test_stop(self):
        self.assertEqual(1, 1)
"""),
        Code("""
import asyncio

def test_answer():
    async def answer():
        return 1
    assert asyncio.run(answer()) == 1
"""),
        Code(
            """
async def test_answer():
    assert 1 == 1
""",
            beside=(
                (
                    "conftest.py",
                    """
import asyncio
import inspect

def pytest_pyfunc_call(pyfuncitem):
    if inspect.iscoroutinefunction(pyfuncitem.obj):
        asyncio.run(pyfuncitem.obj())
        return True
""",
                ),
            ),
        ),
        Code("""
import pytest

@pytest.mark.skip(reason="#12: no loop yet")
async def test_later():
    assert 1 == 1
"""),
    ),
)
