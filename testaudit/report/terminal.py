"""The audit for a person at a terminal: the answer, the figures behind it, what is wrong, what it costs, what to do.

Every section says its part and knows no other; they stand in reading order here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from testaudit.report import (
    lint_lines,
    section_comparison,
    section_cost,
    section_failures,
    section_findings,
    section_verdict,
)
from testaudit.report.page import Page, console
from testaudit.report.workflow_commands import stopped

if TYPE_CHECKING:
    from rich.console import Console

    from testaudit.model import Audit
    from testaudit.report.interface import Detail, Stays

__all__ = ["console", "render", "render_findings"]


def render(audit: Audit, console: Console, *, detail: Detail = "normal", stays: Stays = "audit") -> None:
    """Print the report of an audit.

    Args:
        audit: what was found.
        console: where to print, best one made by `console()` of this module.
        detail: how much of it.
        stays: what the commands that it ends with can refer to.

    """
    with stopped(console.file):
        _render(Page(console, detail), audit, stays=stays)


def render_findings(audit: Audit, console: Console, *, detail: Detail = "normal") -> None:
    """Print the findings alone, one a line, and the line that counts them; `quiet` prints the count alone."""
    with stopped(console.file):
        lint_lines.render_findings(audit, console, detail=detail)


def _render(page: Page, audit: Audit, *, stays: Stays) -> None:
    section_verdict.answer(page, audit)
    if page.detail == "quiet":
        return
    section_verdict.figures(page, audit)
    section_verdict.gaps(page, audit)
    section_verdict.gate(page, audit)
    section_comparison.comparison(page, audit)
    section_failures.failures(page, audit)
    section_failures.flaky(page, audit)
    section_findings.findings(page, audit)
    section_cost.cost(page, audit)
    section_cost.notes(page, audit)
    section_verdict.first(page, audit)
    section_verdict.following(page, audit, stays=stays)
    section_verdict.closing(page, audit)
    page.blank()
