"""`timeout`: the test ran longer than a test may and was ended, by testaudit, pytest-timeout or its own runner.

A time-out that the code under test raises by itself (`TimeoutError`, `asyncio.TimeoutError`) is no such thing.
"""

from __future__ import annotations

import re

from testaudit.causes.interface import Example, Explanation, Group
from testaudit.causes.reading import place
from testaudit.causes.signature import shown_statement
from testaudit.model import Evidence

_PLUGIN = re.compile(
    r"^(?:Failed: )?Timeout (?:\(?>? ?[\d.]+ ?s\)?)(?: from pytest-timeout)?\.?$|^Test timed out after \d+"
)
_RUNNER = re.compile(
    r"^(?:Error: )?(?:Test timeout of \d+ ?ms exceeded"  # Playwright
    r"|(?:thrown: \"?)?Exceeded timeout of \d+ ?ms for a (?:test|hook)"  # jest
    r"|(?:Test|Hook) timed out in \d+ ?ms"  # vitest
    r"|Timeout of \d+ ?ms exceeded\. For async tests and hooks"  # mocha
    r"|test timed out after \d+)"  # Go, node
)


def explain(group: Group) -> Explanation | None:
    """Proven by the engine, which ended it, or by pytest-timeout's own words."""
    trouble = group.trouble
    first = trouble.message.strip().split("\n", 1)[0]
    by_plugin = trouble.type.rpartition(".")[2] == "Failed" and _PLUGIN.match(first)
    by_runner = _RUNNER.match(first) is not None
    if group.tests[0].outcome != "timed-out" and not by_plugin and not by_runner:
        return None
    who = "pytest-timeout" if by_plugin else "its runner"
    said = f": {who} ended it: {first}" if by_plugin or by_runner else " was still running when its time was up"
    evidence = [Evidence("runtime", f"{group.tests[0].node_id}{said}")]
    where = place(trouble.frame)
    statement = group.facts.source_of(trouble.frame) or shown_statement(trouble.text)
    if where:
        evidence.append(Evidence("runtime", f"it stood at {where}" + (f": `{statement[:120]}`" if statement else "")))
    bound = f"Bound the wait at {where}" if where else "Bound what it waits for"
    limit = "the runner's limit" if by_runner else "`--timeout`"
    return Explanation("timeout", tuple(evidence), f"{bound}, or raise {limit} if it really needs that long.")


PROVEN = (
    Example("testaudit ended it", "", "ran longer than a test may (--timeout)", outcome="timed-out", says="--timeout"),
    Example("pytest-timeout ended it", "Failed", "Timeout >1.0s", says="pytest-timeout"),
    Example("pytest-timeout, newer words", "Failed", "Timeout (>2.0s) from pytest-timeout.", says="pytest-timeout"),
    Example(
        "where it stood is named",
        "Failed",
        "Timeout >1.0s",
        code="def test_example():\n    queue.get()  # <-\n",
        says="queue.get()",
    ),
    Example("Playwright ended it", "Error", "Test timeout of 300ms exceeded.", says="its runner"),
    Example("jest ended it", "", 'thrown: "Exceeded timeout of 5000 ms for a test.', says="the runner's limit"),
)
SILENT = (
    Example("a time-out of another kind", "TimeoutError", "page.click: Timeout 300ms exceeded."),
    Example("the code's own time-out", "TimeoutError", "timed out"),
    Example("an assertion about time-outs", message="assert 'Timeout >1.0s' == ''"),
    Example("asyncio's", "asyncio.exceptions.TimeoutError", ""),
    Example("a test that fails in words", "Failed", "Timeout waiting for the queue"),
)
