"""`new-flaky`: no test that this change touches fails now and then, unless that was known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from testaudit.checks.interface import allowed, many, named
from testaudit.model import Check

if TYPE_CHECKING:
    from testaudit.checks.interface import Question


def ask(question: Question) -> Check | None:
    """Flaky failures of tests that nothing touched, or that were known, are noise: they are reported."""
    against = question.against
    if against is None:
        return None
    new, limit = against.new_flaky, allowed(question, "new-flaky")
    others = f" ({many(len(against.other_flaky), 'flaky failure')} not by this change)" if against.other_flaky else ""
    if len(new) <= limit:
        why = "no new flaky failure" if not new else many(len(new), "new flaky failure")
        return Check("new-flaky", passed=True, actual=len(new), limit=limit, why=f"{why}{others}")
    touched = "in what this change touches" if against.changed is not None else "and no --since says what was changed"
    return Check(
        "new-flaky",
        passed=False,
        actual=len(new),
        limit=limit,
        why=f"{many(len(new), 'test')} {'is' if len(new) == 1 else 'are'} flaky, {touched}: {named(new)}{others}",
        what_to_do="Make them deterministic. One that has to wait needs an owner and an issue: "
        "testaudit quarantine add NODEID --owner WHO --issue REF",
    )
