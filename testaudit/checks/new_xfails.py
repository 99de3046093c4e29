"""`new-xfails`: no test is newly expected to fail without a tracked issue."""

from __future__ import annotations

from typing import TYPE_CHECKING

from testaudit.checks.interface import allowed, many, named
from testaudit.model import Check

if TYPE_CHECKING:
    from testaudit.checks.interface import Question


def ask(question: Question) -> Check | None:
    """A failure that is expected is a failure that nobody looks at."""
    against = question.against
    if against is None:
        return None
    xfails, limit = against.new_xfails, allowed(question, "new-xfails")
    if len(xfails) <= limit:
        why = "no test is newly expected to fail" if not xfails else many(len(xfails), "new xfail")
        return Check("new-xfails", passed=True, actual=len(xfails), limit=limit, why=why)
    return Check(
        "new-xfails",
        passed=False,
        actual=len(xfails),
        limit=limit,
        why=f"{many(len(xfails), 'test')} {'is' if len(xfails) == 1 else 'are'} newly expected to fail, no issue: "
        f"{named(xfails)}",
        what_to_do='Mend the failure, or name the issue in the reason, as xfail(reason="#123: …", strict=True)',
    )
