"""The comment for a pull request: the verdict first, then why, what is new against what is fixed, and the rest folded.

GitHub takes 65,536 characters of a comment. The same text is tried with ever shorter lists until it fits, and each
list says how much of it is not shown. The text itself is the template `comment.md`; everything that it prints is
escaped unless it is Markdown of ours.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING

from testaudit import __version__
from testaudit.report import changes, headline
from testaudit.report.markdown_text import Markdown, code, prose
from testaudit.report.standing import BLOCKING, failed_checks, new_first, warnings, worst_first
from testaudit.report.words import count, first_line, one_line, percent, ran, red, seconds, shown, why_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import TypeVar

    from jinja2 import Template

    from testaudit.model import Audit, Check, Finding, Gap
    from testaudit.report.standing import Group

    Item = TypeVar("Item")

COMMENT_BYTES = 65_000
"""Under GitHub's 65,536 characters, in bytes, however characters are counted."""
MARKER = "<!-- testaudit -->"
"""Begins the comment, so that whoever posts it finds the one to replace."""
_ROOM = ((200, 400), (60, 400), (30, 300), (15, 240), (8, 160), (4, 120), (2, 80), (1, 60), (0, 40))
"""(entries of a list, characters of a text), tried in turn."""
_TESTS = 3
"""Tests of one cause that are named."""
_STEPS = 5
_OPEN = 20
_FOLDED = 1_000
"""Entries of a list that lies open, and of one that a reader has to open."""


@dataclass(frozen=True, slots=True)
class Cut:
    """The beginning of a list, and how much of it is not shown."""

    entries: tuple[object, ...]
    left: int
    number: int


@dataclass(frozen=True, slots=True)
class Row:
    """A figure beside that of the baseline."""

    name: str
    now: str
    then: str = ""
    trend: str = ""


def dump(audit: Audit) -> str:
    """The comment."""
    return render(audit, COMMENT_BYTES)


def render(audit: Audit, limit_bytes: int) -> str:
    """The same as Markdown of at most so many bytes; a job summary may be longer than a comment."""
    said = changes.changes(audit)
    text = ""
    for entries, characters in _ROOM:
        text = _Writer(audit, said, entries, characters).text()
        if len(text.encode("utf-8", "backslashreplace")) <= limit_bytes:
            break
    return text


def _listed(cut: Cut, noun: str) -> Markdown:
    """A list, and how much of it is not shown."""
    lines = [f"- {entry}" for entry in cut.entries]
    if cut.left:
        lines.append(f"- … {cut.left:,} {'more' if cut.entries else noun}")
    return Markdown("\n".join(lines))


@cache
def _template() -> Template:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    from testaudit.templates_folder import templates_folder

    environment = Environment(  # noqa: S701 - it writes no HTML; `finalize` escapes for Markdown
        loader=FileSystemLoader(templates_folder()),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=lambda value: value if isinstance(value, Markdown) else prose(str(value)),
    )
    return environment.get_template("comment.md")


class _Writer:
    """One audit with lists and texts of one length."""

    def __init__(self, audit: Audit, said: tuple[changes.Change, ...], entries: int, characters: int) -> None:
        self.audit = audit
        self.said = said
        self.entries = entries
        self.characters = characters

    def text(self) -> str:
        """The whole comment."""
        audit = self.audit
        told = headline.headline(audit)
        fresh = worst_first(finding for finding in shown(audit) if finding.new is not False)
        text = _template().render(
            marker=Markdown(MARKER),
            listed=_listed,
            mark={"passed": "✅", "failed": "❌", "unjudged": "⚠️"}[told.state],
            title=told.title,
            project=self.prose(audit.project.name),
            sentence=self.prose(told.sentence),
            rows=rows(audit),
            failed=self.cut(failed_checks(audit), self.check),
            warned=self.cut(warnings(audit), self.check),
            gaps=self.cut(audit.incomplete, self.gap),
            since=self.prose(changes.since(audit)),
            changes=[
                (it.title, it.kind == "bad", self.cut(it.lines, self.line, _OPEN if it.kind == "bad" else _FOLDED))
                for it in self.said
            ],
            fixed_findings=audit.comparison.fixed_findings if audit.comparison is not None else 0,
            failing=count(red(audit.summary), "failure"),
            groups=self.cut(new_first(audit), self.group),
            judged=any(finding.new is not None for finding in audit.findings),
            findings=self.cut(fresh, self.finding),
            older=len(shown(audit)) - len(fresh),
            promise=self.prose(headline.promise(audit)),
            plan=self.cut(headline.plan(audit)[:_STEPS], lambda step: self.prose(step.action)),
            commands=self.cut(headline.commands(audit), lambda entry: (self.code(entry.line), entry.gives)),
            notes=self.cut(audit.notes, lambda note: self.prose(first_line(note))),
            foot=self.foot(),
        )
        return re.sub(r"\n{3,}", "\n\n", text)

    def prose(self, text: str) -> Markdown:
        """Text as prose, as long as texts may be here."""
        return prose(text, self.characters)

    def code(self, text: str) -> Markdown:
        """Text as code."""
        return code(text, min(240, self.characters))

    def cut(self, entries: Sequence[Item], shape: Callable[[Item], object], most: int = _FOLDED) -> Cut:
        """The first of a list in their shape; the rest is counted."""
        kept = tuple(shape(entry) for entry in islice(entries, min(most, self.entries)))
        return Cut(kept, len(entries) - len(kept), len(entries))

    def check(self, check: Check) -> tuple[Markdown, Markdown, Markdown]:
        """(name, why, what to do)."""
        return prose(one_line(check.name), 40), self.prose(why_of(check)), self.prose(check.what_to_do)

    def gap(self, gap: Gap) -> Markdown:
        """What could not be examined."""
        return self.prose(": ".join(part for part in (gap.what, gap.where, first_line(gap.why)) if part))

    def line(self, line: changes.Line) -> Markdown:
        """A test that changed."""
        name = " → ".join(self.code(text) for text in (line.name, line.now) if text)
        said: list[str] = [self.prose(line.said)] if line.said else []
        said += [" → ".join(self.code(text) for text in (line.before, line.after) if text)] if line.before else []
        return Markdown(": ".join([name, *said]))

    def group(self, group: Group) -> dict[str, object]:
        """Failures of one cause."""
        failure = group.failure
        facts: list[str] = [prose(failure.cause, 40)]
        if group.label:
            facts.insert(0, f"**{group.label}**" if group.standing in BLOCKING else group.label)
        if failure.frame is not None:
            facts.append(f"at {self.code(f'{failure.frame.path}:{failure.frame.line}')}")
        if failure.owners:
            facts.append("owners " + ", ".join(code(owner, 60) for owner in failure.owners[:5]))
        if failure.blame:
            facts.append(f"last changed by {prose(failure.blame, 100)}")
        return {
            "tests": len(failure.node_ids),
            "message": self.code(first_line(failure.message) or failure.signature or "no message"),
            "facts": Markdown(" · ".join(facts)),
            "names": self.cut(failure.node_ids, self.code, _TESTS),
            "advice": self.prose(failure.advice),
        }

    def finding(self, finding: Finding) -> Markdown:
        """One finding on one line."""
        where = f"{finding.path}:{finding.line}" if finding.line else finding.path
        rule = self.code(f"{finding.rule} {finding.name}")
        place = f" at {self.code(where)}" if where else ""
        return Markdown(f"{finding.severity} {rule}{place}: {self.prose(finding.message)}")

    def foot(self) -> Markdown:
        """What made this, of what."""
        audit, run = self.audit, self.audit.environment
        facts = [f"testaudit {__version__}", f"commit {audit.project.commit[:12]}" if audit.project.commit else ""]
        facts += [name + value for name, value in (("Python ", run.python), ("pytest ", run.pytest)) if value]
        return Markdown(" · ".join(prose(fact, 60) for fact in (*facts, run.label) if fact))


# ---------------------------------------------------------------- figures


def rows(audit: Audit) -> tuple[Row, ...]:
    """Pass rate, tests and duration beside those of the baseline."""
    if not ran(audit):
        return ()
    summary, bar = audit.summary, audit.comparison.bar if audit.comparison is not None else None
    if bar is None:
        return (
            Row("Pass rate", percent(summary.pass_rate)),
            Row("Tests", f"{summary.collected:,}"),
            Row("Duration", seconds(summary.duration_s)),
        )
    return (
        Row("Pass rate", percent(summary.pass_rate), percent(bar.pass_rate), _points(summary.pass_rate, bar.pass_rate)),
        Row("Tests", f"{summary.collected:,}", f"{bar.collected:,}", _more(summary.collected - bar.collected)),
        Row(
            "Duration", seconds(summary.duration_s), seconds(bar.duration_s), _share(summary.duration_s, bar.duration_s)
        ),
    )


def _arrow(change: float) -> str:
    return "↑" if change > 0 else "↓" if change < 0 else "→"


def _points(now: float | None, then: float | None) -> str:
    if now is None or then is None:
        return ""
    # Of the figures as they are shown: rounded down to one digit.
    tenths = math.floor(now * 1000 + 1e-9) - math.floor(then * 1000 + 1e-9)
    if tenths == 0:
        return "→" if now == then else f"{_arrow(now - then)} under 0.1 points"
    return f"{_arrow(tenths)} {abs(tenths) / 10:.1f} points"


def _more(change: int) -> str:
    return f"{_arrow(change)} {abs(change):,}" if change else "→"


def _share(now_s: float, then_s: float) -> str:
    if then_s <= 0 or now_s <= 0:
        return ""
    share = round((now_s / then_s - 1) * 100)
    return f"{_arrow(share)} {abs(share):,} %" if share else "→"
