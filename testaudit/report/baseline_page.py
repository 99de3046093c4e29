"""A baseline for a person at a terminal: the bar of each environment, and what is excused until when."""

from __future__ import annotations

from typing import TYPE_CHECKING

from testaudit.report.words import count, percent

if TYPE_CHECKING:
    from datetime import date

    from testaudit.baseline.interface import Baseline
    from testaudit.report.page import Page

_NAMED = 20


def render(page: Page, baseline: Baseline, name: str, today: date) -> None:
    """Print it."""
    page.title(name, count(len(baseline.functions), "test function"))
    rows = [tuple(page.text((title, "bold")) for title in ("environment", "pass rate", "passed", "tests", "of"))]
    for bar in baseline.bars:
        where = " ".join(part for part in (f"Python {bar.python}" if bar.python else "", bar.platform) if part)
        rows.append(
            (
                page.text(page.name(bar.label)),
                page.text(percent(bar.pass_rate)),
                page.text(f"{bar.passed:,} of {bar.expected:,}"),
                page.text(f"{bar.collected:,}"),
                page.text(" ".join(part for part in (bar.date, bar.commit[:10], where) if part)),
            )
        )
    page.rows(rows, right=frozenset({1, 3}))
    if baseline.edited:
        page.line((f"edited by hand: {', '.join(baseline.edited)}", "red"), indent=2)
    _known(page, baseline, today)
    if baseline.findings:
        page.blank()
        page.line(f"{count(len(baseline.findings), 'finding')} accepted", indent=2)
    if baseline.removed:
        page.title("Meant to go", count(len(baseline.removed), "record"))
        for one in baseline.removed:
            page.line(f"{one.date}  {page.name(one.node_id)}  {one.why}", indent=2)
    if baseline.lowered:
        page.title("Lowered", count(len(baseline.lowered), "time"))
        for low in baseline.lowered:
            page.line(f"{low.date}  {low.why}", indent=2)
    page.blank()


def _known(page: Page, baseline: Baseline, today: date) -> None:
    if not baseline.known:
        return
    page.title("Known failures", count(len(baseline.known), "test"))
    listed = sorted(baseline.known, key=lambda known: (known.until, known.node_id))
    shown = page.limit(_NAMED, len(listed))
    rows = []
    for known in listed[:shown]:
        over = bool(known.until) and known.until < today.isoformat()
        rows.append(
            (
                page.text((f"{known.until}{', over' if over else ''}", "red" if over else "")),
                page.text(known.issue or ("no issue", "yellow")),
                page.text(known.owner),
                page.text(page.name(known.node_id)),
            )
        )
    page.rows(rows)
    page.cut(len(listed) - shown, "known failure")
