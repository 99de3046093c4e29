"""`pass-rate`: the share of expected tests that passed is at least the limit, in all and at each level that has one.

The limit is the user's own (`fail-under`); else the baseline's rate; else 95 %. Against the baseline's rate, what was
accepted is no fall: where fewer tests are left by a record, or a known flaky one failed, the rate may be lower and yet
nothing misses that did not.
"""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

from testaudit.checks.interface import DEFAULT_FAIL_UNDER, many, named
from testaudit.model import RED, Check

if TYPE_CHECKING:
    from testaudit.checks.interface import Question
    from testaudit.model import Comparison


def ask(question: Question) -> Check | None:
    """Compared as a ratio, never rounded: 94.96 % is under 95 %."""
    if not question.ran:
        return None
    against = question.against
    answer = _against_bar(question, against) if against is not None and question.fail_under is None else None
    answer = answer or _threshold(question)
    if against is not None and (against.edited or against.lowered):
        return _tampered(answer, against)
    if answer.passed and (low := _low_levels(question)):
        return replace(answer, passed=False, why=f"{answer.why}; {'; '.join(low)}", what_to_do="Mend that level first.")
    return answer


def _counts(question: Question) -> tuple[int, int, float | None]:
    summary = question.summary
    passed = summary.passed + summary.xpassed
    if question.executed:
        return passed, summary.executed, summary.pass_rate_executed
    return passed, summary.expected, summary.pass_rate


def _threshold(question: Question) -> Check:
    percent = DEFAULT_FAIL_UNDER if question.fail_under is None else question.fail_under
    passed, total, rate = _counts(question)
    if rate is None:
        return _no_rate(percent / 100)
    kind = "executed" if question.executed else "expected"
    aside = _excused(question)
    # As the decimal that the user wrote: 95.1 % of 1,000 are 951, whatever binary floats make of it.
    missing = math.ceil(Fraction(str(percent)) * total / 100) - passed - aside
    enough = missing <= 0
    unmeasured, low = _unmeasured(question), rate < percent / 100
    more = f"{missing} more test{'s have' if missing > 1 else ' has'} to pass."
    return Check(
        "pass-rate",
        passed=enough,
        actual=rate,
        limit=percent / 100,
        why=f"{passed:,} of {total:,} {kind} tests passed"
        + (f", {aside:,} that failed are {'known' if unmeasured else 'quarantined'}" if low and aside else "")
        + (f"; the baseline has no figures for {question.label} yet" if unmeasured else ""),
        what_to_do="" if enough else more,
    )


def _no_rate(limit: float) -> Check:
    return Check(
        "pass-rate",
        passed=False,
        actual=None,
        limit=limit,
        why="no test was expected to pass, so there is no rate",
        what_to_do="Select tests that run here, or track the skips with an issue.",
    )


def _excused(question: Question) -> int:
    """Failing tests that this check lets pass too: quarantined ones, and known ones before there is a rate."""
    against = question.comparison
    if against is None:
        return 0
    known = sum(not entry.expired for entry in against.known_failures) if _unmeasured(question) else 0
    return known + sum(entry.outcome in RED and not entry.expired for entry in against.quarantined)


def _unmeasured(question: Question) -> bool:
    """There is a baseline, and this environment has no figures in it yet."""
    against = question.against
    return against is not None and against.bar is None and question.fail_under is None


def _against_bar(question: Question, against: Comparison) -> Check | None:
    """Against what the suite reached; None where the baseline knows no rate for this environment."""
    bar = against.bar
    if bar is None or bar.pass_rate is None:
        return None
    passed, total, rate = _counts(question)
    if rate is None:
        return _no_rate(bar.pass_rate)
    kind = "executed" if question.executed else "expected"
    why = f"{passed:,} of {total:,} {kind} tests passed, at the baseline {bar.passed:,} of {bar.expected:,}"
    more = against.missed_more
    if Fraction(passed, total) >= Fraction(bar.passed, bar.expected) or not more:
        lower = Fraction(passed, total) < Fraction(bar.passed, bar.expected)
        why += ": none misses that did not, or that nobody answers for" if lower else ""
        return Check("pass-rate", passed=True, actual=rate, limit=bar.pass_rate, why=why)
    return Check(
        "pass-rate",
        passed=False,
        actual=rate,
        limit=bar.pass_rate,
        why=f"{why}; {many(more, 'test')} more {'does' if more == 1 else 'do'} not pass",
        what_to_do="Mend what the other checks name: the bar only rises.",
    )


def _tampered(answer: Check, against: Comparison) -> Check:
    """The bar itself was moved: a figure and a limit would say nothing."""
    answer = replace(answer, passed=False, actual=None, limit=None)
    if against.edited:
        return replace(
            answer,
            why=f"{against.baseline} was edited by hand: {against.edited}",
            what_to_do="Restore it from git. What was measured is changed by `testaudit baseline write` alone, what is "
            "accepted by `testaudit baseline accept`.",
        )
    return replace(
        answer,
        why=f"this change lowers the bar: {named(against.lowered)}",
        what_to_do="Restore it from git; or lower it with a reason: testaudit baseline write --lower --why TEXT",
    )


def _low_levels(question: Question) -> list[str]:
    """The levels under a limit of their own."""
    limits = question.settings.pass_rate
    found = []
    for level, passed, expected in question.levels:
        percent: float | None = getattr(limits, level)
        if percent is not None and expected and Fraction(passed, expected) < Fraction(str(percent)) / 100:
            found.append(f"{level}: {passed:,} of {expected:,} passed, under {percent:g} %")
    return found
