"""Which findings are new: by fingerprint, against the merge base where one is given, else against the baseline."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from testaudit.paths import function_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from testaudit.baseline.interface import AcceptedFinding
    from testaudit.model import Finding, NodeId


def against_merge_base(findings: Iterable[Finding], then: frozenset[str]) -> tuple[Finding, ...]:
    """A finding is old exactly if the merge base's files show it too."""
    return tuple(replace(finding, new=finding.fingerprint not in then) for finding in findings)


def against_baseline(
    findings: Sequence[Finding], accepted: Sequence[AcceptedFinding], moved: Mapping[NodeId, NodeId]
) -> tuple[Finding, ...]:
    """By fingerprint; one whose test was renamed or moved is found by its rule there, each record for one finding.

    Args:
        findings: today's.
        accepted: the baseline's.
        moved: function then -> function now.

    """
    known = {entry.fingerprint for entry in accepted}
    here = {finding.fingerprint for finding in findings}
    spare: Counter[tuple[str, str, str]] = Counter()
    for entry in accepted:
        if entry.fingerprint in here:
            continue
        old = f"{entry.path}::{entry.function.replace('.', '::')}"
        new = next((now for then, now in moved.items() if then == old), None)
        if new is not None:
            path, _, rest = function_of(new).partition("::")
            spare[entry.rule, path, rest.replace("::", ".")] += 1
    judged = []
    for finding in findings:
        key = (finding.rule, finding.path, finding.function)
        old_one = finding.fingerprint in known
        if not old_one and spare[key]:
            spare[key] -= 1
            old_one = True
        judged.append(replace(finding, new=not old_one))
    return tuple(judged)
