"""`duration`: the suite does not take much longer than at the baseline. It warns: machines differ."""

from __future__ import annotations

from typing import TYPE_CHECKING

from testaudit.model import Check

if TYPE_CHECKING:
    from testaudit.checks.interface import Question

TIMES = 2.0
"""So many times the baseline's seconds, unless configured."""
_NOISE_S = 30.0
"""Seconds more that say nothing, whatever the ratio."""


def ask(question: Question) -> Check | None:
    """Asked of a whole suite in an environment that the baseline knows."""
    against = question.against
    if against is None or against.bar is None or question.partial or not against.bar.duration_s:
        return None
    then, now = against.bar.duration_s, question.summary.duration_s
    set_by_user = question.limit("duration")
    times = TIMES if set_by_user is None else set_by_user
    limit = then * times if set_by_user is not None else max(then * times, then + _NOISE_S)
    slow = now > limit
    return Check(
        "duration",
        passed=not slow,
        actual=round(now, 3),
        limit=round(limit, 3),
        why=f"{now:,.1f} s, at the baseline {then:,.1f} s",
        what_to_do="Look at the slowest tests and the sleeps; if it grew by intent: testaudit baseline write"
        if slow
        else "",
    )
