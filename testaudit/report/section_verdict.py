"""The terminal report's beginning and end: the answer and its figures; what to do first and what to type next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from testaudit.model import OUTCOMES, RED
from testaudit.report import headline
from testaudit.report.standing import failed_checks, warnings
from testaudit.report.words import count, first_line, green, of_outcome, percent, ran, seconds, shorten, why_of

if TYPE_CHECKING:
    from testaudit.model import Audit, Check, Outcome
    from testaudit.report.interface import Stays
    from testaudit.report.page import Page, Span

_STATE_STYLE = {"passed": "bold green", "failed": "bold red", "unjudged": "bold yellow"}
_GAPS = 5
_REASON = 8
"""Lines of another program's words that are shown."""
_STEPS = 5


def answer(page: Page, audit: Audit) -> None:
    """The verdict: the first thing that is read, and under `--quiet` the only one."""
    said = headline.headline(audit)
    style = _STATE_STYLE[said.state]
    mark = {"passed": page.glyphs.tick, "failed": page.glyphs.cross, "unjudged": page.glyphs.dot}[said.state]
    about = _about(page, audit)
    if page.detail != "quiet":
        page.blank()
    page.line((f"{mark} {said.title}", style), (f"  {about}" if about else "", "dim"))
    page.line(said.sentence, indent=2 if page.detail != "quiet" else 0)


def _about(page: Page, audit: Audit) -> str:
    """What was audited, in a few words."""
    summary = audit.summary
    parts = [page.name(audit.project.name, 50)] if audit.project.name else []
    if audit.members:
        parts.append(count(len(audit.members), "project"))
    if summary.collected or ran(audit):
        parts.append(count(summary.collected, "test"))
    if summary.duration_s:
        parts.append(seconds(summary.duration_s))
    if audit.partial:
        parts.append("a part of the suite")
    if not audit.complete:
        parts.append("incomplete")
    return f" {page.glyphs.dot} ".join(parts)


# ---------------------------------------------------------------- figures


def figures(page: Page, audit: Audit) -> None:
    """The pass rate both ways with the counts that it comes from, and every outcome."""
    if not ran(audit):
        if audit.summary.collected:
            page.blank()
            page.line((f"{count(audit.summary.collected, 'test')} read, none run: no outcomes.", "dim"), indent=2)
        return
    summary = audit.summary
    page.blank()
    passed = green(summary)
    bar = _bar(page, summary.pass_rate)
    rows = [
        (
            page.text("Pass rate"),
            page.text((percent(summary.pass_rate), "bold")),
            *((page.text(*bar),) if bar else ()),
            page.text(f"{passed:,} of {summary.expected:,} expected"),
        ),
        (
            page.text(""),
            page.text((percent(summary.pass_rate_executed), "dim")),
            *((page.text(),) if bar else ()),
            page.text((f"{passed:,} of {summary.executed:,} executed, as CI servers count", "dim")),
        ),
    ]
    page.rows(rows, right=frozenset({1}))
    page.blank()
    page.rows([(page.text("Outcomes "), page.text(*_outcomes(page, audit)))])
    levels = [f"{number:,} {level}" for level, number in summary.levels if number]
    if levels:
        page.rows([(page.text("Levels   "), page.text((f" {page.glyphs.dot} ".join(levels), "")))])
    ran_on = _environment(page, audit)
    if ran_on:
        page.rows([(page.text("Ran on   "), page.text((f" {page.glyphs.dot} ".join(ran_on), "dim")))])
    if summary.unknown_skips:
        said = (
            f"{count(summary.unknown_skips, 'skip')} of unknown kind counted as conditional: the results do not tell."
        )
        page.rows([(page.text("         "), page.text((said, "yellow")))])


def _environment(page: Page, audit: Audit) -> list[str]:
    environment = audit.environment
    system = environment.platform if page.verbose else environment.platform.partition("-")[0]
    named = (("Python ", environment.python), ("pytest ", environment.pytest), ("", system))
    return [page.name(name + value, 20) for name, value in named if value]


def _bar_width(page: Page) -> int:
    if page.width < 78:
        return 0
    return 24 if page.width >= 100 else 15


def _bar(page: Page, rate: float | None) -> tuple[Span, ...]:
    """The rate as a bar, where there is room for one."""
    width = _bar_width(page)
    if rate is None or not width:
        return ()
    full = min(max(int(rate * width + 1e-9), 1 if rate > 0 else 0), width)
    style = "green" if rate >= 0.95 else "yellow" if rate >= 0.8 else "red"
    return ((page.glyphs.full * full, style), (page.glyphs.empty * (width - full), "dim"))


def _outcomes(page: Page, audit: Audit) -> list[Span]:
    spans: list[Span] = []
    for outcome in OUTCOMES:
        if number := of_outcome(audit.summary, outcome):
            spans += [*_dot(page, spans), (f"{number:,} {outcome}", _outcome_style(outcome))]
    if audit.summary.flaky:
        spans += [*_dot(page, spans), (f"{audit.summary.flaky:,} flaky", "yellow")]
    if audit.summary.deselected:
        spans += [*_dot(page, spans), (f"{audit.summary.deselected:,} deselected", "dim")]
    return spans


def _dot(page: Page, spans: list[Span]) -> list[Span]:
    return [(f" {page.glyphs.dot} ", "dim")] if spans else []


def _outcome_style(outcome: Outcome) -> str:
    if outcome in RED:
        return "red"
    return "green" if outcome == "passed" else "yellow"


# ---------------------------------------------------------------- completeness and gate


def gaps(page: Page, audit: Audit) -> None:
    """What could not be examined: never passed over."""
    if audit.complete and not audit.incomplete:
        return
    page.title("Not examined", count(len(audit.incomplete), "gap"))
    shown = page.limit(_GAPS, len(audit.incomplete))
    for gap in audit.incomplete[:shown]:
        where = f"  {page.name(gap.where, 20)}" if gap.where else ""
        page.hang((page.glyphs.cross, "red"), (first_line(gap.what), "bold"), (where, "cyan"), indent=2)
        _why_not(page, gap.why, 2 + len(page.glyphs.cross) + 1)
    page.cut(len(audit.incomplete) - shown, "gap")
    if not audit.incomplete:
        page.line("The audit does not say what is missing.", indent=2)


def _why_not(page: Page, why: str, indent: int) -> None:
    """A reason; where it is what another program said, its first and last lines, as that program set them."""
    lines = [line for line in why.splitlines() if line.strip()]
    if len(lines) < 2:
        if lines:
            page.line(lines[0], indent=indent)
        return
    if not page.verbose and len(lines) > _REASON:
        tail = _REASON - 2
        lines = [*lines[:1], page.glyphs.ellipsis, *lines[-tail:]]
    page.raw("\n".join(shorten(line, 400) for line in lines), indent=indent)


def gate(page: Page, audit: Audit) -> None:
    """Each check, its figure, its limit, and what to do about it; nothing where there was nothing to judge."""
    if audit.verdict is None or audit.impossible:
        return
    checks = audit.verdict.checks
    failed, warned = len(failed_checks(audit)), len(warnings(audit))
    passed = count(len(checks) - warned, "check")
    aside = f"{failed} of {count(len(checks), 'check')} failed" if failed else f"{passed} passed"
    aside += f", {count(warned, 'warning')}" if warned else ""
    page.title("Gate", aside)
    width = max((len(check.name) for check in checks), default=0)
    if not checks:
        page.line(("No check was asked.", "dim"), indent=2)
    for check in checks:
        _check(page, check, width)


def _check(page: Page, check: Check, width: int) -> None:
    mark, style = (page.glyphs.tick, "green") if check.passed else (page.glyphs.cross, "bold red")
    if not check.passed and not check.blocking:
        mark, style = page.glyphs.warn, "yellow"
    lead = f"{mark:<{len(page.glyphs.tick)}} {page.name(check.name, 40):<{width}}"
    why = why_of(check)
    page.hang((lead, style), (why, "dim" if check.passed else ""), indent=2, lead_width=len(lead) + 2)
    if not check.passed and check.what_to_do:
        margin = 2 + len(page.glyphs.tick) + 1 + width + 2
        page.hang((page.glyphs.arrow, "dim"), check.what_to_do, indent=margin if page.width >= 60 else 4)


# ---------------------------------------------------------------- what now


def first(page: Page, audit: Audit) -> None:
    """What to do first, in the order that pays."""
    steps = headline.plan(audit)
    page.title("What to do first")
    if not steps:
        page.line("Nothing needs repair. Let the same command keep it so in CI.", indent=2)
        return
    if said := headline.promise(audit):
        page.line((said, "bold"), indent=2)
    shown = page.limit(_STEPS, len(steps))
    for number, step in enumerate(steps[:shown], start=1):
        page.hang((f"{number}.", "bold"), (step.action, "bold" if number == 1 else ""), indent=2)
        if step.why:
            page.line((step.why if page.verbose else _brief(step.why), "dim"), indent=5)


def _brief(text: str) -> str:
    """The first sentence of an advice."""
    sentence, stop, _ = text.partition(". ")
    return sentence + ("." if stop else "")


def following(page: Page, audit: Audit, *, stays: Stays) -> None:
    """The next command to type; what refers to the project or the saved audit only where it stays."""
    lines = list(headline.commands(audit))
    if stays == "nothing":
        lines = [command for command in lines if command.line.startswith("testaudit explain")]
        lines.append(headline.Command("testaudit scan", "your own suite: type it in its folder"))
    elif stays == "audit" and not page.verbose:
        lines.append(headline.Command("testaudit report --verbose", "everything, uncut; runs nothing"))
    if not lines:
        return
    page.title("Next")
    # What a command gives stands beside it where there is room, one below the other as far as they fit.
    rooms = [page.width - len(command.gives) - 10 for command in lines]
    fitting = [
        len(page.safe(it.line)) for it, room in zip(lines, rooms, strict=True) if len(page.safe(it.line)) <= room
    ]
    width = max(fitting, default=0)
    for command, room in zip(lines, rooms, strict=True):
        line = page.safe(command.line)
        spans = page.text("  ", ("$ ", "dim"), (line, "cyan"))
        if len(line) <= room:
            gap = max(width - len(line), 0) if width <= room else 0
            spans.append(" " * (gap + 3)).append(page.safe(command.gives), style="dim")
        # Never wrapped: a command that is broken over lines cannot be copied.
        page.console.print(spans, soft_wrap=True)


def closing(page: Page, audit: Audit) -> None:
    """The answer again, where the first line has left the screen."""
    if not page.console.is_terminal or page.printed < page.console.height:
        return
    said = headline.headline(audit)
    failed = [check.name for check in failed_checks(audit)]
    page.blank()
    page.line((said.title, _STATE_STYLE[said.state]), (f"  {', '.join(failed)}" if failed else "", ""))
