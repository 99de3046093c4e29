"""`quarantine`: its entries are complete, in date, and few. A quarantine that only grows is a suite given up."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from testaudit.model import Check
from testaudit.quarantine import RELEASE

MOST = 20
"""Entries that are allowed unless configured."""

if TYPE_CHECKING:
    from testaudit.checks.interface import Question


def ask(question: Question) -> Check | None:
    """Asked where tests are quarantined, or an entry tries to."""
    entries = question.comparison.quarantined if question.comparison is not None else ()
    problems = question.quarantine_problems
    total = max(len(entries), len(problems))  # the incomplete ones are among the entries
    if not total:
        return None
    set_by_user = question.limit("quarantine")
    limit = MOST if set_by_user is None else set_by_user
    expired = [entry for entry in entries if entry.expired]
    released = [entry for entry in entries if entry.passes >= RELEASE and not entry.expired]
    wrong, to_do = [], []
    if expired:
        more = f" and {len(expired) - 1} more" if len(expired) > 1 else ""
        wrong.append(f"expired: {expired[0].node_id} ({expired[0].owner}, until {expired[0].until}){more}")
        to_do.append("Mend the expired tests, or agree on a new day with their owner.")
    if problems:
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        wrong.append(f"{problems[0]}{more}")
        to_do.append("Give each entry an owner, an issue and a day.")
    if total > limit:
        wrong.append(f"{total} entries, {total - limit:g} more than are allowed")
        to_do.append("Mend tests and take them out: testaudit quarantine remove NODEID")
    why = "; ".join(wrong) or f"{total} {'test is' if total == 1 else 'tests are'} quarantined"
    if released:
        more = f" and {len(released) - 1} more" if len(released) > 1 else ""
        why += f"; to be released after {RELEASE} passes in a row: {released[0].node_id}{more}"
        to_do.append(f"testaudit quarantine remove {shlex.quote(released[0].node_id)}")
    return Check("quarantine", passed=not wrong, actual=total, limit=limit, why=why, what_to_do=" ".join(to_do))
