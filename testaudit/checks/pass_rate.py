"""`pass-rate`: the share of expected tests that passed is at least the limit."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING

from testaudit.checks.interface import DEFAULT_FAIL_UNDER
from testaudit.model import Check

if TYPE_CHECKING:
    from testaudit.checks.interface import Question


def ask(question: Question) -> Check | None:
    """Compared as a ratio, never rounded: 94.96 % is under 95 %."""
    if question.run is None:
        return None
    summary = question.summary
    percent = DEFAULT_FAIL_UNDER if question.fail_under is None else question.fail_under
    limit = percent / 100
    rate = summary.pass_rate_executed if question.executed else summary.pass_rate
    total = summary.executed if question.executed else summary.expected
    passed = summary.passed + summary.xpassed
    if rate is None:
        return Check(
            "pass-rate",
            passed=False,
            actual=None,
            limit=limit,
            why="no test was expected to pass, so there is no rate",
            what_to_do="Select tests that run here, or track the skips with an issue.",
        )
    kind = "executed" if question.executed else "expected"
    # As the decimal that the user wrote: 95.1 % of 1,000 are 951, whatever binary floats make of it.
    missing = math.ceil(Fraction(str(percent)) * total / 100) - passed
    enough = missing <= 0
    more = f"{missing} more test{'s have' if missing > 1 else ' has'} to pass."
    return Check(
        "pass-rate",
        passed=enough,
        actual=rate,
        limit=limit,
        why=f"{passed} of {total} {kind} tests passed",
        what_to_do="" if enough else more,
    )
