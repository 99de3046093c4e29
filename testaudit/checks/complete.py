"""`complete`: everything that was selected was examined. Nothing is green by accident."""

from __future__ import annotations

from typing import TYPE_CHECKING

from testaudit.model import Check

if TYPE_CHECKING:
    from testaudit.checks.interface import Question


def ask(question: Question) -> Check | None:
    """Counts what could not be examined."""
    gaps = question.gaps
    if not gaps:
        return Check("complete", passed=True, actual=0, limit=0, why="everything selected was examined")
    first = f"{gaps[0].where}: {gaps[0].why}".splitlines()[0]
    more = f" (and {len(gaps) - 1} more)" if len(gaps) > 1 else ""
    return Check(
        "complete",
        passed=False,
        actual=len(gaps),
        limit=0,
        why=f"{first}{more}",
        what_to_do="Mend what is listed as not examined, and scan again.",
    )
