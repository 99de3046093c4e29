"""Which findings are new, and which are gone: by fingerprint, against the merge base's files or the baseline's list."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from testaudit.model import NodeId
from testaudit.paths import function_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from testaudit.baseline.interface import AcceptedFinding
    from testaudit.model import Finding

    Then = AcceptedFinding | Finding
    """A finding of the baseline, or of the merge base's files."""


def against(
    findings: Sequence[Finding], then: Sequence[Then], moved: Mapping[NodeId, NodeId]
) -> tuple[tuple[Finding, ...], tuple[Then, ...]]:
    """Today's findings with what is new among them, and those of then that are gone.

    One whose test was renamed or moved is found by its rule there; each finding of then stands for one of today.

    Args:
        findings: today's.
        then: those that were there before.
        moved: function then -> function now.

    """
    here = {finding.fingerprint for finding in findings}
    known = {entry.fingerprint for entry in then}
    left = [entry for entry in then if entry.fingerprint not in here]
    places = [_place(entry, moved) for entry in left]
    spare = Counter(place for place in places if place is not None)
    judged = []
    for finding in findings:
        place = (finding.rule, finding.path, finding.function)
        old = finding.fingerprint in known
        if not old and spare[place]:
            spare[place] -= 1
            old = True
        judged.append(replace(finding, new=not old))
    gone = []
    for entry, place_now in zip(left, places, strict=True):
        if place_now is None or spare[place_now] > 0:
            gone.append(entry)
            if place_now is not None:
                spare[place_now] -= 1
    return tuple(judged), tuple(gone)


def _place(entry: Then, moved: Mapping[NodeId, NodeId]) -> tuple[str, str, str] | None:
    """Where a finding would be today, as its test has another name now: (rule, path, function)."""
    new = moved.get(NodeId(f"{entry.path}::{entry.function.replace('.', '::')}"))
    if new is None:
        return None
    path, _, rest = function_of(new).partition("::")
    return entry.rule, path, rest.replace("::", ".")
