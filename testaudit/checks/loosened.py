"""`loosened`: no changed test checks less than it did. It warns: a reviewer has to look."""

from __future__ import annotations

from typing import TYPE_CHECKING

from testaudit.checks.interface import allowed, many, named
from testaudit.model import Check

if TYPE_CHECKING:
    from testaudit.checks.interface import Question


def ask(question: Question) -> Check | None:
    """Asked with `--since`, where the assertions of the merge base are known."""
    against = question.comparison
    if against is None or against.loosened is None:
        return None
    found, limit = against.loosened, allowed(question, "loosened")
    if len(found) <= limit:
        why = "no changed test checks less than before" if not found else many(len(found), "assertion") + " loosened"
        return Check("loosened", passed=True, actual=len(found), limit=limit, why=why)
    return Check(
        "loosened",
        passed=False,
        actual=len(found),
        limit=limit,
        why=f"{many(len(found), 'assertion')} of changed tests {'checks' if len(found) == 1 else 'check'} less: "
        f"{named(f'{one.path}:{one.line} ({one.what})' for one in found)}",
        what_to_do="Look whether the weaker assertion still proves what the test is named for",
    )
