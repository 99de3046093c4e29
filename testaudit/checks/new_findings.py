"""`new-findings`: this change brings no finding that gates (by default: severity `error`, confidence `high`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from testaudit.checks.interface import allowed, many, named
from testaudit.model import SEVERITIES, Check

if TYPE_CHECKING:
    from testaudit.checks.interface import Question


def ask(question: Question) -> Check | None:
    """New is decided by fingerprint; what was there before is counted, and does not block."""
    against = question.comparison
    if against is None or not (against.baseline or against.since):
        return None
    worst = SEVERITIES.index(question.settings.new_findings.severity)
    new = [finding for finding in question.findings if finding.new]
    gating = [finding for finding in new if SEVERITIES.index(finding.severity) <= worst]
    limit = allowed(question, "new-findings")
    milder = f"; {many(len(new) - len(gating), 'milder new one')}" if len(new) > len(gating) else ""
    # Of those that are shown: `old_findings` counts what is only suspected, too.
    older = sum(finding.new is False for finding in question.findings)
    old = f" ({many(older, 'older finding')})" if older else ""
    if len(gating) <= limit:
        why = "no new finding gates" if not gating else many(len(gating), "new finding")
        return Check("new-findings", passed=True, actual=len(gating), limit=limit, why=f"{why}{milder}{old}")
    return Check(
        "new-findings",
        passed=False,
        actual=len(gating),
        limit=limit,
        why=f"{many(len(gating), 'new finding')}: "
        f"{named(f'{finding.name} at {finding.path}:{finding.line}' for finding in gating)}{milder}{old}",
        what_to_do=f"Mend them: testaudit explain {gating[0].name}",
    )
