"""`deselected`: no test that ran at the baseline is left out by configuration, by a hook, or by missing results."""

from __future__ import annotations

from typing import TYPE_CHECKING

from testaudit.checks.interface import allowed, many, named
from testaudit.model import Check

if TYPE_CHECKING:
    from testaudit.checks.interface import Question


def ask(question: Question) -> Check | None:
    """They stand in the source and have no outcome."""
    against = question.against
    if against is None:
        return None
    missing = [one for one in against.unselected if not one.accepted]
    cases, limit = sum(one.before - one.now for one in missing), allowed(question, "deselected")
    then = against.bar.deselected if against.bar is not None else 0
    if cases <= limit:
        why = "no test of the baseline is left out" if not cases else f"{many(cases, 'test')} left out"
        return Check("deselected", passed=True, actual=cases, limit=limit, why=why)
    count = question.summary.deselected
    pytest = f"; pytest deselected {count:,}, at the baseline {then:,}" if count != then else ""
    return Check(
        "deselected",
        passed=False,
        actual=cases,
        limit=limit,
        why=f"{many(cases, 'test')} {'stands' if cases == 1 else 'stand'} in the source and did not run: "
        f"{named(one.node_id for one in missing)}{pytest}",
        what_to_do="Find what leaves them out: addopts (-k, -m, --ignore), testpaths, python_files, collect_ignore, "
        "pytest_collection_modifyitems, or a JUnit file that is missing",
    )
