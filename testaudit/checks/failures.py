"""`failures`: no test fails. Asked as long as there is no baseline and the user set no rate of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from testaudit.checks.interface import allowed, many
from testaudit.model import RED, Check

if TYPE_CHECKING:
    from testaudit.checks.interface import Question

_ACCEPT = "Or accept today's state, so that from then on only what is new blocks: testaudit baseline write"


def ask(question: Question) -> Check | None:
    """A flaky failure fails like any other here; a quarantined one does not."""
    if not question.ran or question.fail_under is not None or question.against is not None:
        return None
    summary = question.summary
    red = summary.failed + summary.error + summary.crashed + summary.timed_out
    quarantined = question.comparison.quarantined if question.comparison is not None else ()
    aside = sum(entry.outcome in RED and not entry.expired for entry in quarantined)
    red = red if question.comparison is None else len(question.comparison.new_failures)
    limit = allowed(question, "failures")
    if red <= limit:
        why = "no test fails" if not red else f"{many(red, 'test')} fail"
        why += f" but for {many(aside, 'quarantined one')}" if aside else ""
        return Check("failures", passed=True, actual=red, limit=limit, why=why)
    causes = len(question.failures)
    return Check(
        "failures",
        passed=False,
        actual=red,
        limit=limit,
        why=f"{many(red, 'failure')}, {many(causes, 'cause')}, none recorded",
        what_to_do="Mend them, the largest group first. "
        + ("First of all what `complete` names: without it there is no state to accept." if question.gaps else _ACCEPT),
    )
