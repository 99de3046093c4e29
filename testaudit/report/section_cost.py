"""The terminal report's cost: what the suite's time goes to, and where; and the notes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from testaudit.report.words import count, first_line, percent, ran, seconds

if TYPE_CHECKING:
    from rich.text import Text

    from testaudit.model import Audit, Sleep
    from testaudit.report.page import Page

_ROWS = 4
_NOTES = 6
_WORTH_S = 0.02
_WORTH_SHARE = 0.002
"""A place that costs less, in seconds or as a share of the run, is not worth a line."""
_SLOW_S = 0.1
_SLOW_SHARE = 0.01
"""The same for a test: it may take its share."""
_LABEL = 9


def cost(page: Page, audit: Audit) -> None:
    """Seconds slept, the slowest tests, set-up by fixture."""
    summary = audit.summary
    if not ran(audit):
        return
    worth_s = max(_WORTH_S, _WORTH_SHARE * summary.duration_s)
    slow_s = max(_SLOW_S, _SLOW_SHARE * summary.duration_s)
    slowest = [entry for entry in audit.slowest if entry[1] >= slow_s]
    setups = [entry for entry in audit.fixture_setup if entry[3] >= worth_s]
    sleeps = [entry for entry in audit.sleeps if entry.seconds >= worth_s]
    if not (slowest or setups or sleeps):
        return
    page.title("Cost", f"{seconds(summary.duration_s)} a run" if summary.duration_s else "")
    parts = [
        _part("slept", summary.cost.slept_s, summary.duration_s) if sleeps else "",
        _part("set-up", summary.cost.setup_s, summary.duration_s) if setups else "",
        f"re-runs {seconds(summary.cost.reruns_s)}" if summary.cost.reruns_s else "",
    ]
    if page.verbose and audit.probe_s:
        parts.append(_part("watching", audit.probe_s, summary.duration_s))
    said = [part for part in parts if part]
    if said:
        page.line(f" {page.glyphs.dot} ".join(said), indent=2)
    margin = _LABEL + 17
    _table(
        page,
        "Slept",
        "place",
        [
            (seconds(sleep.seconds), f"{sleep.calls:,}{page.glyphs.times}", _sleeper(page, sleep, margin))
            for sleep in sleeps
        ],
    )
    _table(page, "Slowest", "test", [(seconds(took), "", page.name(node_id, margin)) for node_id, took in slowest])
    _table(
        page,
        "Set-up",
        "fixture",
        [
            (seconds(took), f"{times:,}{page.glyphs.times}", page.name(f"{name}  {_nearby(path)}", margin))
            for name, path, times, took in setups
        ],
    )


def _sleeper(page: Page, sleep: Sleep, margin: int) -> str:
    return page.name(f"{sleep.path}:{sleep.line} {sleep.function}", margin)


def _part(label: str, spent: float, whole: float) -> str:
    if not spent:
        return ""
    share = f" ({percent(spent / whole)})" if whole > 0 and spent <= whole else ""
    return f"{label} {seconds(spent)}{share}"


def _nearby(path: str) -> str:
    """A plugin's fixture lies far away: the end of its path says enough."""
    if not path.startswith("/"):
        return path
    _, installed, rest = path.rpartition("/site-packages/")
    return rest if installed else "/".join(path.split("/")[-2:])


def _table(page: Page, label: str, noun: str, entries: list[tuple[str, str, str]]) -> None:
    if not entries:
        return
    shown = page.limit(_ROWS, len(entries))
    rows: list[tuple[Text, ...]] = []
    for place, (time, times, name) in enumerate(entries[:shown]):
        head = page.text((label if place == 0 else "", "bold"))
        head.pad_right(max(_LABEL - 2 - head.cell_len, 0))
        rows.append((head, page.text(f"{time:>6}"), page.text((f"{times:>4}", "dim")), page.text((name, "cyan"))))
    page.rows(rows)
    page.cut(len(entries) - shown, noun, 2 + _LABEL)


def notes(page: Page, audit: Audit) -> None:
    """What a reader should know besides."""
    if not audit.notes:
        return
    page.title("Notes", count(len(audit.notes), "note") if len(audit.notes) > 1 else "")
    shown = page.limit(_NOTES, len(audit.notes))
    for note in audit.notes[:shown]:
        page.hang((page.glyphs.dot, "dim"), note if page.verbose else first_line(note), indent=2)
    page.cut(len(audit.notes) - shown, "note")
