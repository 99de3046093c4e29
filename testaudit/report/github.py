"""GitHub's annotations: workflow commands that put failures and findings beside the lines of a pull request.

GitHub shows ten annotations of a level for a step, whichever come first; so at most ten of each are written, the worst
first: what fails newly, the gate's checks, new findings. Failures that share a cause are one annotation, old findings
and known failures are none, and what is left out is counted. The whole story is the job summary's.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from testaudit.report.headline import headline
from testaudit.report.standing import (
    BLOCKING,
    failed_checks,
    in_repository,
    new_first,
    place_of,
    warnings,
    worst_first,
)
from testaudit.report.words import count, first_line, one_line, shorten, shown, why_of
from testaudit.report.workflow_commands import SHOWN, Level, command

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from testaudit.model import Audit, Check, Failure, Finding, Severity
    from testaudit.report.standing import Standing

_TESTS = 5
"""Names of tests in one annotation."""
_NAME = 200
_RESERVED = {"check": 3, "finding": 1}
"""Of the ten errors, so many are kept for these where failures alone would take them all."""
_LEVELS: dict[Severity, Level] = {"error": "error", "warning": "warning", "info": "notice"}


class _Note(NamedTuple):
    """One annotation before it is written."""

    kind: str
    """`failure`, `check`, `finding`, `verdict`."""
    title: str
    message: str
    path: str = ""
    line: int = 0


def dump(audit: Audit) -> str:
    """The annotations, one a line."""
    notes: dict[Level, list[_Note]] = {"error": [], "warning": [], "notice": list(_verdict(audit))}
    notes["error"] += [*_failures(audit), *(_check(check) for check in failed_checks(audit))]
    notes["warning"] += [_check(check) for check in warnings(audit)]
    for finding in worst_first(shown(audit)):
        if finding.new is not False:
            notes[_LEVELS[finding.severity]].append(_finding(finding))
    left: Counter[str] = Counter()
    kept: dict[Level, list[_Note]] = {}
    for level, entries in notes.items():
        kept[level], cut = _cut(entries, SHOWN - (level == "notice"))
        left.update(note.kind for note in cut)
    if left:
        what = ", ".join(count(number, kind) for kind, number in left.items())
        message = f"GitHub shows {SHOWN} annotations of a kind; {what} more are in the job summary and the report."
        kept["notice"].append(_Note("verdict", "testaudit: not annotated", message))
    return "".join(
        command(level, note.message, title=note.title, path=in_repository(audit, note.path), line=note.line) + "\n"
        for level, entries in kept.items()
        for note in entries
    )


def _cut(notes: Sequence[_Note], room: int) -> tuple[list[_Note], list[_Note]]:
    """The first ones that GitHub shows, with a place for the other kinds; and the rest."""
    if len(notes) <= room:
        return list(notes), []
    numbers = Counter(note.kind for note in notes)
    promised = {kind: min(reserved, numbers[kind]) for kind, reserved in _RESERVED.items()}
    kept: list[_Note] = []
    cut: list[_Note] = []
    for note in notes:
        owed = sum(number for kind, number in promised.items() if kind != note.kind)
        if len(kept) + owed < room:
            kept.append(note)
            promised[note.kind] = max(promised.get(note.kind, 0) - 1, 0)
        else:
            cut.append(note)
    return kept, cut


def _verdict(audit: Audit) -> Iterator[_Note]:
    said = headline(audit)
    yield _Note("verdict", f"testaudit: {said.title}", said.sentence)
    fixed = audit.comparison.fixed if audit.comparison is not None else ()
    if fixed:
        message = f"{_named(fixed)}\nRaise the bar: testaudit baseline write"
        yield _Note("verdict", f"{count(len(fixed), 'known failure')} fixed", message)


def _failures(audit: Audit) -> Iterator[_Note]:
    """What fails and blocks: one annotation a cause, at its first test."""
    tests = {test.node_id: test for test in audit.tests}
    for group in new_first(audit):
        if group.standing in BLOCKING:
            failure = replace(group.failure, node_ids=group.failure.node_ids[: group.blocking])
            path, line = place_of(failure, tests)
            yield _Note("failure", _title(failure, group.standing), _story(failure), path, line)


def _title(failure: Failure, standing: Standing) -> str:
    new = "new: " if standing == "new" else ""
    number = len(failure.node_ids)
    what = "1 test fails" if number == 1 else f"{number:,} tests fail alike"
    return f"{new}{what} ({one_line(failure.cause)})"


def _story(failure: Failure) -> str:
    message = first_line(failure.message) or one_line(failure.signature) or "no message"
    lines = [shorten(message, 500), _named(failure.node_ids)]
    if failure.advice:
        lines.append(shorten(one_line(failure.advice), 300))
    whose = [f"owners: {', '.join(failure.owners[:5])}" if failure.owners else "", failure.blame]
    lines += [shorten(one_line(text), _NAME) for text in whose if text]
    return "\n".join(lines)


def _named(names: Sequence[str]) -> str:
    lines = [shorten(one_line(name), _NAME) for name in names[:_TESTS]]
    return "\n".join([*lines, f"… {len(names) - _TESTS:,} more"] if len(names) > _TESTS else lines)


def _check(check: Check) -> _Note:
    failed = "failed" if check.blocking else "warns"
    parts = [one_line(why_of(check)), one_line(check.what_to_do)]
    return _Note("check", f"gate: {one_line(check.name)} {failed}", "\n".join(filter(None, parts)) or "it failed")


def _finding(finding: Finding) -> _Note:
    text = "\n".join(filter(None, (one_line(finding.message), one_line(finding.remedy))))
    return _Note("finding", f"{finding.rule} {finding.name}", text, finding.path, finding.line)
