"""`# testaudit: ignore[slug] reason`: read from comments, applied to findings, and called to account."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from testaudit.model import Finding
    from testaudit.source.interface import SourceFile

WORD = "testaudit:"
_COMMENT = re.compile(r"#\s*testaudit:\s*(?P<verb>ignore(?:-file)?)\b\s*(?:\[(?P<names>[^\]]*)\])?(?P<reason>[^#]*)")


@dataclass(frozen=True, slots=True)
class Suppression:
    """One comment that silences rules on its line, or in its file."""

    path: str
    line: int
    names: tuple[str, ...]
    """Rule slugs, codes or anti-pattern slugs, as typed."""
    whole_file: bool
    reason: str
    covers: tuple[int, int]
    """First and last line of the statement that it stands in, or above."""

    def names_rule(self, finding: Finding) -> bool:
        """Whether it names the finding's rule."""
        known = {finding.rule.lower(), finding.name, finding.antipattern}
        return any(name.lower() in known for name in self.names)

    def silences(self, finding: Finding) -> bool:
        """Whether it silences the finding. Without a reason it silences nothing."""
        if not self.reason or not self.names_rule(finding):
            return False
        return self.whole_file or (self.covers[0] <= finding.line <= self.covers[1])


def suppressions_in(file: SourceFile) -> tuple[Suppression, ...]:
    """The suppression comments of a file, in line order."""
    if WORD not in file.text:
        return ()
    found = []
    below = _code_below(file)
    for line, comment in sorted(file.comments.items()):
        match = _COMMENT.search(comment)
        if match is None:
            continue
        names = tuple(name.strip() for name in (match["names"] or "").split(",") if name.strip())
        reason = match["reason"].strip().lstrip("-:").strip()
        found.append(
            Suppression(file.path, line, names, match["verb"] == "ignore-file", reason, _covered(file, below[line - 1]))
        )
    return tuple(found)


def _code_below(file: SourceFile) -> list[tuple[int, int]]:
    """For each line itself and where a comment on it points to: its own line, or below it where it stands alone."""
    at = max(len(file.lines), 1)
    found = []
    for line in range(len(file.lines), 0, -1):
        if file.lines[line - 1].lstrip()[:1] not in {"", "#"}:
            at = line
        found.append((line, at))
    found.reverse()
    return found


def _covered(file: SourceFile, where: tuple[int, int]) -> tuple[int, int]:
    """A comment on its own line covers the statement below it, another one its own statement."""
    line, at = where
    first, last = at, at
    statement = file.statement_at(at)
    if statement is not None and not hasattr(statement.node, "body"):
        first, last = statement.line, statement.end_line
    return min(line, first), max(line, last)


def silenced(comments: Iterable[Suppression], findings: Iterable[Finding]) -> tuple[list[Finding], set[Suppression]]:
    """The findings that no comment silences, and the comments that silence one. Both may be many."""
    spans: dict[tuple[int, int], list[Suppression]] = {}
    whole: dict[tuple[str, str, str], list[Suppression]] = {}
    everywhere = []
    for comment in comments:
        if comment.whole_file:
            everywhere.append(comment)
        else:
            spans.setdefault(comment.covers, []).append(comment)
    lines: dict[int, list[list[Suppression]]] = {}
    for (first, last), found in spans.items():
        for line in range(first, last + 1):
            lines.setdefault(line, []).append(found)
    kept: list[Finding] = []
    used: set[Suppression] = set()
    for finding in findings:
        about = (finding.rule, finding.name, finding.antipattern)
        if about not in whole:
            whole[about] = [comment for comment in everywhere if comment.silences(finding)]
        near = (comment for found in lines.get(finding.line, ()) for comment in found)
        here = [comment for comment in near if comment.silences(finding)]
        used.update(here, whole[about])
        if not here and not whole[about]:
            kept.append(finding)
    return kept, used


def unused(suppressions: Iterable[Suppression], used: Iterable[Suppression]) -> tuple[Suppression, ...]:
    """Those that silence nothing."""
    taken = set(used)
    return tuple(suppression for suppression in suppressions if suppression not in taken)
