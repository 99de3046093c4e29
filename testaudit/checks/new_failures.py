"""`new-failures`: no test fails that did not at the baseline. One that was mended makes up for none that broke."""

from __future__ import annotations

from typing import TYPE_CHECKING

from testaudit.checks.interface import allowed, many, named
from testaudit.model import Check

if TYPE_CHECKING:
    from testaudit.checks.interface import Question


def ask(question: Question) -> Check | None:
    """Known, quarantined and excused flaky failures are no new ones."""
    against = question.against
    if against is None:
        return None
    new, limit = against.new_failures, allowed(question, "new-failures")
    if len(new) <= limit:
        aside = len(against.known_failures)
        why = "no test fails that did not at the baseline" if not new else f"{many(len(new), 'new failure')}"
        why += f" ({many(aside, 'known failure')} left)" if aside else ""
        return Check("new-failures", passed=True, actual=len(new), limit=limit, why=why)
    ids = set(new)
    causes = sum(1 for failure in question.failures if ids & set(failure.node_ids))
    return Check(
        "new-failures",
        passed=False,
        actual=len(new),
        limit=limit,
        why=f"{many(len(new), 'test')} {'fails' if len(new) == 1 else 'fail'} that did not at the baseline"
        f" ({many(causes, 'cause')}): {named(new)}",
        what_to_do="Mend what broke. A failure that has to wait needs an issue: "
        "testaudit baseline accept NODEID --issue REF",
    )
