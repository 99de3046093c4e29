"""The terminal report's comparison: what changed since the baseline; nothing where nothing changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from testaudit.report.changes import changes, since
from testaudit.report.words import count, one_line, shorten

if TYPE_CHECKING:
    from testaudit.model import Audit
    from testaudit.report.changes import Change, Line
    from testaudit.report.page import Page

_NAMED = {"bad": 5, "good": 3, "same": 0}
"""Tests of one kind that are named."""
_STYLES = {"bad": "bold yellow", "good": "green", "same": "dim"}
_TEXT = 200


def comparison(page: Page, audit: Audit, *, changes_alone: bool = False) -> None:
    """New failures, what was fixed, what is gone, what checks less, and how the quarantine does.

    Args:
        page: where to.
        audit: what was compared.
        changes_alone: what is as it was is counted, and not named on any page.

    """
    seen = audit.comparison
    if seen is None:
        return
    said = changes(audit)
    if all(change.kind == "same" for change in said) and not seen.fixed_findings:
        return
    page.title(one_line(since(audit)))
    for change in said:
        if changes_alone and change.kind == "same":
            page.line((change.title, _STYLES[change.kind]), indent=2)
        else:
            _change(page, change)
    if seen.fixed_findings:
        page.line((count(seen.fixed_findings, "finding") + " gone", "green"), indent=2)


def _change(page: Page, change: Change) -> None:
    page.line((change.title, _STYLES[change.kind]), indent=2)
    shown = page.limit(_NAMED[change.kind], len(change.lines))
    for line in change.lines[:shown]:
        _line(page, line)
    if shown:
        page.cut(len(change.lines) - shown, "test", 4)


def _line(page: Page, line: Line) -> None:
    said = one_line(line.said) if page.verbose else shorten(one_line(line.said), _TEXT)
    name = page.name(line.name, 4)
    if len(name) + len(said) + 6 <= page.width:
        page.line((name, "cyan"), (f"  {said}" if said else "", "dim"), indent=4)
    else:
        page.line((name, "cyan"), indent=4)
        page.line((said, "dim"), indent=6)
    if line.now:
        page.line((f"{page.glyphs.arrow} {page.name(line.now, 8)}", "cyan"), indent=6)
    if line.before:
        page.line((page.name(f"- {one_line(line.before)}", 6), "red"), indent=6)
        page.line((page.name(f"+ {one_line(line.after)}" if line.after else "+ (nothing)", 6), "green"), indent=6)
