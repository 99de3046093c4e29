"""`failures`: no test fails. Asked as long as there is no baseline and the user set no rate of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from testaudit.model import Check

if TYPE_CHECKING:
    from testaudit.checks.interface import Question


def ask(question: Question) -> Check | None:
    """A flaky failure fails like any other here."""
    if question.run is None or question.fail_under is not None:
        return None
    summary = question.summary
    red = summary.failed + summary.error + summary.crashed + summary.timed_out
    if not red:
        return Check("failures", passed=True, actual=0, limit=0, why="no test fails")
    causes = len(question.failures)
    tests = "test fails" if red == 1 else "tests fail"
    return Check(
        "failures",
        passed=False,
        actual=red,
        limit=0,
        why=f"{red} {tests}, {causes} {'cause' if causes == 1 else 'causes'}",
        what_to_do="Mend the failures below, the largest group first.",
    )
