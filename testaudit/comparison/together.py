"""The comparisons of a repository's members as one: paths from the top, figures added up."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from testaudit.model import Bar, Comparison, NodeId

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from testaudit.model import Gone, Level


def together(members: Sequence[tuple[str, Comparison]]) -> Comparison:
    """One comparison of several.

    Args:
        members: (folder as seen from the top, its comparison), one at least.

    """
    parts = [_from_above(comparison, "" if folder == "." else f"{folder}/") for folder, comparison in members]
    named = list(zip((folder for folder, _ in members), parts, strict=True))
    first = next((part for part in parts if part.since), parts[0])
    known = all(part.changed is not None for part in parts)
    looked = [part.loosened for part in parts if part.loosened is not None]
    return Comparison(
        baseline=", ".join(part.baseline for part in parts if part.baseline),
        since=first.since,
        merge_base=first.merge_base,
        bar=_bar([part.bar for part in parts]),
        changed=tuple(sorted({path for part in parts for path in part.changed or ()})) if known else None,
        new_failures=tuple(one for part in parts for one in part.new_failures),
        known_failures=tuple(one for part in parts for one in part.known_failures),
        fixed=tuple(one for part in parts for one in part.fixed),
        accepted_now=tuple(one for part in parts for one in part.accepted_now),
        new_flaky=tuple(one for part in parts for one in part.new_flaky),
        other_flaky=tuple(one for part in parts for one in part.other_flaky),
        quarantined=tuple(one for part in parts for one in part.quarantined),
        gone=tuple(one for part in parts for one in part.gone),
        moved=tuple(one for part in parts for one in part.moved),
        unselected=tuple(one for part in parts for one in part.unselected),
        missed_more=sum(part.missed_more for part in parts),
        new_skips=tuple(one for part in parts for one in part.new_skips),
        new_xfails=tuple(one for part in parts for one in part.new_xfails),
        elsewhere=tuple(one for part in parts for one in part.elsewhere),
        loosened=tuple(one for found in looked for one in found) if looked else None,
        old_findings=sum(part.old_findings for part in parts),
        fixed_findings=sum(part.fixed_findings for part in parts),
        edited="; ".join(f"{folder}: {part.edited}" for folder, part in named if part.edited),
        lowered=tuple(f"{folder}: {text}" for folder, part in named for text in part.lowered),
        lowered_why=tuple(f"{folder}: {text}" for folder, part in named for text in part.lowered_why),
    )


def _from_above(own: Comparison, before: str) -> Comparison:
    """With `before` in front of each path."""

    def ids(names: Iterable[NodeId]) -> tuple[NodeId, ...]:
        return tuple(NodeId(before + name) for name in names)

    def gone(listed: Iterable[Gone]) -> tuple[Gone, ...]:
        return tuple(replace(one, node_id=NodeId(before + one.node_id)) for one in listed)

    if not before:
        return own
    return replace(
        own,
        baseline=before + own.baseline if own.baseline else "",
        changed=tuple(before + path for path in own.changed) if own.changed is not None else None,
        new_failures=ids(own.new_failures),
        known_failures=tuple(replace(one, node_id=NodeId(before + one.node_id)) for one in own.known_failures),
        fixed=ids(own.fixed),
        accepted_now=ids(own.accepted_now),
        new_flaky=ids(own.new_flaky),
        other_flaky=ids(own.other_flaky),
        quarantined=tuple(replace(one, node_id=NodeId(before + one.node_id)) for one in own.quarantined),
        gone=gone(own.gone),
        moved=tuple((NodeId(before + then), NodeId(before + now)) for then, now in own.moved),
        unselected=gone(own.unselected),
        new_skips=ids(own.new_skips),
        new_xfails=ids(own.new_xfails),
        elsewhere=ids(own.elsewhere),
        loosened=tuple(
            replace(one, node_id=NodeId(before + one.node_id), path=before + one.path) for one in own.loosened
        )
        if own.loosened is not None
        else None,
    )


def _bar(bars: Sequence[Bar | None]) -> Bar | None:
    """The figures of all; None where a member has none."""
    known = [bar for bar in bars if bar is not None]
    if not known or len(known) < len(bars):
        return None
    levels: dict[Level, tuple[int, int]] = {}
    for bar in known:
        for level, passed, expected in bar.levels:
            before = levels.get(level, (0, 0))
            levels[level] = before[0] + passed, before[1] + expected
    oldest = min(known, key=lambda bar: bar.date)
    return replace(
        oldest,
        passed=sum(bar.passed for bar in known),
        expected=sum(bar.expected for bar in known),
        collected=sum(bar.collected for bar in known),
        deselected=sum(bar.deselected for bar in known),
        duration_s=sum(bar.duration_s for bar in known),
        levels=tuple((level, passed, expected) for level, (passed, expected) in levels.items()),
    )
