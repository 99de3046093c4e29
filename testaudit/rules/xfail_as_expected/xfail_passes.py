"""A test that is expected to fail, and passes: the defect is mended, the marker is not gone.

Whoever mended it was not told, or did not look. From now on the marker excuses whatever breaks here next: the test may
fail again and stay green.

Remove the marker; close the issue that it names. With `strict=True` (or `xfail_strict = true`) pytest says so by
itself: then this is a failing test, and the marker is all that is wrong with it.

A marker that stands for several tests of which others still fail is too wide: narrow it to those. One whose reason says
that the test fails only sometimes is named with less confidence: one pass proves little.

The guide's anti-pattern 7, "Ignoring test failures as expected".
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from testaudit.rules.interface import Code, Rule, Settings, Sighting
from testaudit.source.index import terminal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from testaudit.model import AuditedTest, Run
    from testaudit.source.interface import Sources

_SOMETIMES = re.compile(
    r"flak|sometimes|occasional|intermittent|random|unstable|unreliable|may fail|might fail|can fail|\brac[ey]|timing"
    r"|sporadic|non-?determinis|often|usually",
    re.IGNORECASE,
)
_STRICT = "XPASS(strict)"
_EXPECTED = frozenset({"xfail", "expectedFailure"})


def observe(run: Run, sources: Sources, _settings: Settings) -> Iterator[Sighting]:
    """Tests that passed against their xfail, by the place of the marker."""
    passed: dict[tuple[str, int], list[AuditedTest]] = {}
    failed: dict[tuple[str, int], int] = {}
    for test in run.tests:
        if not test.line or not test.attempts:
            continue
        if test.outcome == "xpassed" or _is_strict_pass(test):
            passed.setdefault((test.path, test.line), []).append(test)
        elif test.outcome == "xfailed":
            failed[test.path, test.line] = failed.get((test.path, test.line), 0) + 1
    for (path, line), tests in passed.items():
        others = failed.get((path, line), 0)
        reason = next((test.reason for test in tests if test.reason), "")
        yield Sighting(
            path,
            _marker(path, line, sources),
            "",
            _message(len(tests), others),
            (f"passed in this run against its xfail{f': “{reason[:80]}”' if reason else ''}",),
            tuple(test.node_id for test in tests),
            confidence="medium" if others or _SOMETIMES.search(reason) else None,
            remedy="Narrow the marker to the cases that fail." if others else "",
        )


def _is_strict_pass(test: AuditedTest) -> bool:
    return test.outcome == "failed" and any(
        _STRICT in trouble.text or trouble.text.startswith("Unexpected success")
        for trouble in test.attempts[-1].troubles
    )


def _message(passing: int, failing: int) -> str:
    if failing:
        return f"Expected to fail, but {passing} of {passing + failing} tests under this xfail pass."
    what = "This test passes" if passing == 1 else f"These {passing} tests pass"
    return f"{what} now, and the xfail still excuses whatever breaks here next."


def _marker(path: str, line: int, sources: Sources) -> int:
    """The line of the marker: on the test, or on a class around it; the test's own where none stands there."""
    function = sources.function_at(path, line)
    if function is None:
        return line
    decorators = list(function.decorators)
    klass = function.owner
    while klass is not None:
        decorators += klass.decorators
        klass = klass.owner
    return next((one.lineno for one in decorators if terminal(one) in _EXPECTED), function.line)


RULE = Rule(
    code="TA703",
    slug="xfail-passes",
    antipattern="xfail-as-expected",
    severity="error",
    confidence=(("runtime", "medium"),),
    remedy="Remove the marker, and close the issue that it names.",
    observe=observe,
    bad=(
        Code("""
import pytest

@pytest.mark.xfail(reason="#12: the sum is wrong")  # <-
def test_sum():
    assert 1 + 1 == 2

@pytest.mark.xfail(reason="#13: the product is wrong", strict=True)  # <-
def test_product():
    assert 2 * 2 == 4
"""),
        Code("""
import unittest
import pytest

class TestNumbers(unittest.TestCase):
    @unittest.expectedFailure  # <-
    def test_minus(self):
        self.assertEqual(3 - 1, 2)

@pytest.mark.parametrize("number", [1, 2])
@pytest.mark.xfail(reason="#14")  # <-
def test_number(number):
    assert number == 1
"""),
    ),
    good=(
        Code("""
import pytest

@pytest.mark.xfail(reason="#12: the sum is wrong")
def test_sum():
    assert 1 + 1 == 3
"""),
        Code("""
import pytest

def test_call():
    pytest.xfail("#12: not there yet")

@pytest.mark.xfail(False, reason="#13: other platforms")
def test_elsewhere():
    assert True
"""),
        Code("""
import unittest

class TestNumbers(unittest.TestCase):
    @unittest.expectedFailure
    def test_minus(self):
        self.assertEqual(3 - 1, 1)

def test_broken():
    assert 1 == 2
"""),
    ),
)
