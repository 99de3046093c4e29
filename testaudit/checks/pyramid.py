"""`pyramid`: the share of unit tests does not fall. It warns; the guide asks for 70 %, 20 % and 10 %."""

from __future__ import annotations

from typing import TYPE_CHECKING

from testaudit.model import Check

if TYPE_CHECKING:
    from testaudit.checks.interface import Question

POINTS = 0.1
"""By so much the share may fall under the baseline's, unless a limit is configured."""
_FEW = 20
"""Tests under which shares say nothing."""


def ask(question: Question) -> Check | None:
    """The limit is the least share of unit tests, in percent where it is configured."""
    against = question.against
    if against is None or against.bar is None or question.partial:
        return None
    now = {level: expected for level, _, expected in question.levels}
    then = {level: expected for level, _, expected in against.bar.levels}
    if sum(now.values()) < _FEW or sum(then.values()) < _FEW:
        return None
    share, before = now.get("unit", 0) / sum(now.values()), then.get("unit", 0) / sum(then.values())
    percent = question.limit("pyramid")
    limit = percent / 100 if percent is not None else max(0.0, before - POINTS)
    fallen = share < limit
    return Check(
        "pyramid",
        passed=not fallen,
        actual=round(share, 4),
        limit=round(limit, 4),
        why=f"{share * 100:.0f} % of the tests are unit tests, at the baseline {before * 100:.0f} %",
        what_to_do="Check at the lowest level that can show it: 70 % unit, 20 % integration, 10 % end to end"
        if fallen
        else "",
    )
