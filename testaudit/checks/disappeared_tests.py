"""`disappeared-tests`: every test of the baseline is still there, or a record says why it is not."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from testaudit.checks.interface import allowed, many, named
from testaudit.model import Check

if TYPE_CHECKING:
    from testaudit.checks.interface import Question
    from testaudit.model import Gone

_LONGEST = 120
"""Characters of a node id that a hint repeats."""


def ask(question: Question) -> Check | None:
    """Renamed and moved tests are recognised; fewer cases of a parametrised test count as gone."""
    against = question.comparison
    if against is None or not question.ran or not (against.baseline or against.since):
        return None
    missing = [one for one in against.gone if not one.accepted]
    recorded = len(against.gone) - len(missing)
    cases, limit = sum(one.before - one.now for one in missing), allowed(question, "disappeared-tests")
    aside = [
        *([f"{many(recorded, 'removal')} on record"] if recorded else []),
        *([f"{many(len(against.moved), 'test')} renamed or moved"] if against.moved else []),
    ]
    if cases <= limit:
        why = "every test is still there" if not against.gone else f"{many(cases, 'test')} gone without a record"
        why += f" ({', '.join(aside)})" if aside else ""
        return Check("disappeared-tests", passed=True, actual=cases, limit=limit, why=why)
    known = against.bar.collected if against.bar is not None else 0
    share = f" of {known:,}" if known else ""
    return Check(
        "disappeared-tests",
        passed=False,
        actual=cases,
        limit=limit,
        why=f"{many(cases, 'test')}{share} {'is' if cases == 1 else 'are'} gone: {named(map(_shown, missing))}",
        what_to_do="Restore what still has a purpose. A removal that is meant needs a record: "
        f"testaudit baseline accept --removed {_typed(missing[0])} --why TEXT; or a commit message that names it, with "
        "the lines Reason:, Issue:, Coverage: and Risk:",
    )


def _typed(one: Gone) -> str:
    """As the record names it: a function that is gone as a whole, or one of its cases."""
    name = shlex.quote(f"{one.node_id}[CASE]" if one.now else one.node_id)
    return name if len(name) <= _LONGEST else "NODEID"


def _shown(one: Gone) -> str:
    return f"{one.node_id} ({one.before} cases, {one.now} now)" if one.now or one.before > 1 else one.node_id
