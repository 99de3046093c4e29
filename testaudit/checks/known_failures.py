"""`known-failures`: what the baseline excuses is still tracked, and its day is not over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from testaudit.checks.interface import allowed, many, named
from testaudit.model import Check

if TYPE_CHECKING:
    from testaudit.checks.interface import Question


def ask(question: Question) -> Check | None:
    """One that passes is reported and never blocks."""
    against = question.against
    if against is None:
        return None
    known, fixed = against.known_failures, against.fixed
    expired = [one.node_id for one in known if one.expired]
    untracked = [one.node_id for one in known if one.untracked and not one.expired]
    over, limit = len(expired) + len(untracked), allowed(question, "known-failures")
    accepted = f"; accepted by this change: {named(against.accepted_now)}" if against.accepted_now else ""
    if over <= limit:
        why = f"{many(len(known), 'known failure')} left" if known else "no known failure is left"
        why += f", {len(fixed):,} mended" if fixed else ""
        todo = "Raise the bar: testaudit baseline write" if fixed else ""
        return Check("known-failures", True, over, limit, f"{why}{accepted}", todo)
    said = []
    if expired:
        said.append(
            f"{many(len(expired), 'known failure')} past {'its' if len(expired) == 1 else 'their'} last day: "
            f"{named(expired)}"
        )
    if untracked:
        said.append(f"{many(len(untracked), 'known failure')} without an issue: {named(untracked)}")
    return Check(
        "known-failures",
        passed=False,
        actual=over,
        limit=limit,
        why="; ".join(said) + accepted,
        what_to_do="Mend them, or say who tracks them and until when: "
        "testaudit baseline accept NODEID --issue REF --until DATE",
    )
