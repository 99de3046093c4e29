"""`runner`: the outcomes explain the exit status that pytest ended with.

A plugin may fail a run whose tests all pass (`--cov-fail-under`); scan is never green where pytest is red.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from testaudit.model import Check

if TYPE_CHECKING:
    from testaudit.checks.interface import Question


def ask(question: Question) -> Check | None:
    """Asked where pytest ended by itself; a run that died is a question of `complete`."""
    run = question.run
    if run is None and question.saved:
        return question.saved_runner
    if run is None or run.exit_status is None or run.ended_by:
        return None
    status = run.exit_status
    summary = question.summary
    red = summary.failed + summary.error + summary.crashed + summary.timed_out
    explained = (
        status == 0
        or (status == 1 and red > 0)
        or (status == 5 and not summary.collected)
        or (status in {1, 2, 5} and summary.crashed + summary.timed_out > 0)
    )
    if explained or (status == 2 and run.broken_files):
        return Check(
            "runner",
            passed=True,
            actual=status,
            limit=0 if not red else 1,
            why="the outcomes explain pytest's exit status",
        )
    return Check(
        "runner",
        passed=False,
        actual=status,
        limit=0 if not red else 1,
        why=f"pytest ended with status {status}, which the outcomes of the tests do not explain",
        what_to_do="Run pytest itself and read its last lines: a plugin, such as a coverage limit, failed the run.",
    )
