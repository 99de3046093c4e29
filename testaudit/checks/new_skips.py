"""`new-skips`: no test that ran at the baseline is skipped now without a tracked issue."""

from __future__ import annotations

from typing import TYPE_CHECKING

from testaudit.checks.interface import allowed, many, named
from testaudit.model import Check

if TYPE_CHECKING:
    from testaudit.checks.interface import Question


def ask(question: Question) -> Check | None:
    """Skips by a condition count where Python and the platform are those of the baseline."""
    against = question.against
    if against is None:
        return None
    skips, limit = against.new_skips, allowed(question, "new-skips")
    elsewhere = f" ({len(against.elsewhere):,} by a condition of this environment)" if against.elsewhere else ""
    if len(skips) <= limit:
        why = "no test that ran is skipped now" if not skips else many(len(skips), "new skip")
        return Check("new-skips", passed=True, actual=len(skips), limit=limit, why=f"{why}{elsewhere}")
    is_ = "is" if len(skips) == 1 else "are"
    return Check(
        "new-skips",
        passed=False,
        actual=len(skips),
        limit=limit,
        why=f"{many(len(skips), 'test')} that ran at the baseline {is_} skipped now, without an issue: "
        f"{named(skips)}{elsewhere}",
        what_to_do='Run them again, or name the issue in the reason, as skip(reason="#123: …"). If this is another '
        "environment than the baseline's, give it a name: --env NAME",
    )
