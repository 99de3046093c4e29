"""Numbers, times and names as people read them; what every view for people shares. No colours, no layout."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from testaudit.masking.interface import clean
from testaudit.model import GREEN, RED

if TYPE_CHECKING:
    from testaudit.model import Audit, Check, Finding, Outcome, Summary

_MINUTE = 60
_HOUR = 3600
_PERCENT_CHECKS = frozenset({"pass-rate"})
_SECONDS_CHECKS = frozenset({"duration"})


@dataclass(frozen=True, slots=True)
class Glyphs:
    """The signs of a report; a console that holds ASCII alone gets words and punctuation."""

    tick: str
    cross: str
    arrow: str
    dot: str
    ellipsis: str
    times: str
    rule: str
    full: str
    empty: str
    warn: str


UNICODE = Glyphs(
    tick="✓", cross="✗", arrow="→", dot="·", ellipsis="…", times="\u00d7", rule="─", full="█", empty="░", warn="!"
)
ASCII = Glyphs(
    tick="ok", cross="x", arrow="->", dot="-", ellipsis="...", times="x", rule="-", full="#", empty=".", warn="!"
)


def count(number: int, noun: str, many: str = "") -> str:
    """`1 test`, `1,204 tests`."""
    return f"{number:,} {noun if number == 1 else many or noun + 's'}"


def percent(ratio: float | None) -> str:
    """`94.9 %`, always rounded down: a rate under its limit never looks as if it met it."""
    if ratio is None:
        return "no rate"
    tenths = math.floor(ratio * 1000 + 1e-9) / 10
    return f"{tenths:.1f} %".replace(".0 %", " %")


def seconds(duration_s: float) -> str:
    """`3 ms`, `0.21 s`, `3.4 s`, `2 min 5 s`, `1 h 3 min`."""
    if duration_s < 0.0005:
        return "0 s"
    if duration_s < 0.1:
        return f"{duration_s * 1000:.0f} ms"
    if duration_s < 1:
        return f"{duration_s:.2f} s"
    if duration_s < _MINUTE:
        return f"{duration_s:.1f} s"
    whole = round(duration_s)
    if whole < _HOUR:
        minutes, rest = divmod(whole, _MINUTE)
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, rest = divmod(whole, _HOUR)
    return f"{hours} h {rest // _MINUTE} min"


def one_line(text: str) -> str:
    """Hostile text on one line: control characters and line ends visible."""
    return clean(text).replace("\n", "\\n").replace("\t", "\\t")


def first_line(text: str, ellipsis: str = UNICODE.ellipsis) -> str:
    """The first line that says something; an ellipsis tells that there are more."""
    lines = [line.strip() for line in clean(text).replace("\t", " ").splitlines() if line.strip()]
    if not lines:
        return ""
    return lines[0] if len(lines) == 1 else f"{lines[0]} {ellipsis}"


def telling_line(text: str) -> str:
    """The line that names an error, in what a program said before it stopped: the last that is no pointer to a page."""
    lines = [line.strip() for line in clean(text).splitlines() if line.strip()]
    told = [line for line in lines if not re.match(r"(?:E +)?See https?://", line)]
    return (told or lines or [""])[-1].removeprefix("E ").strip()


def shorten(text: str, limit: int, ellipsis: str = UNICODE.ellipsis) -> str:
    """At most `limit` characters; what is cut is cut near the middle, because the end of a test's id names the test."""
    if len(text) <= limit:
        return text
    room = max(limit - len(ellipsis), 1)
    tail = room * 3 // 5
    return text[: room - tail] + ellipsis + (text[-tail:] if tail else "")


def limit_of(check: Check, value: str | float | None) -> str:
    """A check's figure or limit as people say it: rates in percent, times in seconds."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return one_line(value)
    if check.name in _PERCENT_CHECKS:
        return percent(value)
    if check.name in _SECONDS_CHECKS:
        return seconds(value)
    return f"{value:,}"


def why_of(check: Check) -> str:
    """The check's words, with its figure and its limit where they do not hold them already."""
    if check.actual is None or check.limit is None:
        return check.why
    actual, limit = limit_of(check, check.actual), limit_of(check, check.limit)
    if not check.why:
        return f"{actual}, limit {limit}"
    if check.passed or limit in check.why or actual == limit or not isinstance(check.limit, float):
        return check.why
    return f"{check.why}: {f'limit {limit}' if actual in check.why else f'{actual}, limit {limit}'}"


def red(summary: Summary) -> int:
    """How many tests make the suite red."""
    return sum(of_outcome(summary, outcome) for outcome in RED)


def green(summary: Summary) -> int:
    """How many tests count as passed."""
    return sum(of_outcome(summary, outcome) for outcome in GREEN)


def of_outcome(summary: Summary, outcome: Outcome) -> int:
    """How many tests ended so."""
    match outcome:
        case "timed-out":
            return summary.timed_out
        case _:
            return int(getattr(summary, outcome))


def ran(audit: Audit) -> bool:
    """Whether there are outcomes at all: `--no-run` and `lint` have none."""
    summary = audit.summary
    known = green(summary) + red(summary) + summary.skipped + summary.xfailed
    return known > 0


def shown(audit: Audit) -> tuple[Finding, ...]:
    """The findings at or above the confidence that is shown."""
    if audit.confidence == "medium":
        return audit.findings
    return tuple(finding for finding in audit.findings if finding.confidence == "high")
