"""An audit held against its grounds -> Comparison, and the findings with what is new among them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from testaudit.baseline.lowering import lowering
from testaudit.comparison.failing import failing
from testaudit.comparison.findings import against
from testaudit.comparison.hidden import hidden, missed
from testaudit.comparison.interface import Today, by_function, joined
from testaudit.comparison.lost import Lost, Scope, lost
from testaudit.comparison.weakened import weakened
from testaudit.model import Comparison, NodeId
from testaudit.paths import function_of

if TYPE_CHECKING:
    from testaudit.comparison.failing import Failing
    from testaudit.comparison.findings import Then
    from testaudit.comparison.interface import Grounds
    from testaudit.model import AuditedTest, Environment, Finding, Gap
    from testaudit.source.interface import Sources

HARMLESS_GAPS = frozenset({"not-collected", "not-parsed", "rule-crashed"})
"""With these alone the list of tests is whole: a module that does not import is one of them."""


@dataclass(frozen=True)
class Seen:
    """What an audit saw, as far as it is compared."""

    tests: tuple[AuditedTest, ...]
    findings: tuple[Finding, ...]
    gaps: tuple[Gap, ...]
    environment: Environment
    deselected: int
    ran: bool
    """Tests were run, or results given."""
    parts: tuple[str, ...] = ()
    """Files and folders that were asked for; empty: the whole suite."""
    by_hand: bool = False
    """`-k` or `-m` selected a part."""
    rules: frozenset[str] | None = None
    """Codes of the rules that were asked; None: all that the baseline knows."""

    def selected(self, path: str) -> bool:
        """Whether a file belongs to what was asked for."""
        return not self.parts or any(path == part or path.startswith(f"{part}/") for part in self.parts)


def compare(
    seen: Seen, grounds: Grounds, sources: Sources, findings_then: tuple[Finding, ...] | None
) -> tuple[Comparison | None, tuple[Finding, ...]]:
    """What changed; None where there is nothing to compare with.

    Args:
        seen: what the audit saw.
        grounds: baseline, merge base, quarantine.
        sources: the suite of today.
        findings_then: the merge base's; None: no `--since`.

    """
    if not grounds.any:
        return None, seen.findings
    now = by_function(seen.tests)
    same = joined(grounds.baseline.functions if grounds.baseline is not None else (), now)
    gone, today = Lost(), Today(now, same)
    whole = all(gap.what in HARMLESS_GAPS for gap in seen.gaps)
    if seen.ran and whole:
        gone, then_of = lost(now, same, grounds, sources, _scope(seen, grounds))
        today = Today(now, then_of)
    failed = failing(seen.tests, today, grounds)
    hid = hidden(now, today.then_of, gone.modules, grounds, seen.environment)
    findings, fixed = _findings(seen, grounds, findings_then, gone)
    base = grounds.base
    base_known = {entry.node_id for entry in base.known} if base is not None else set()
    return Comparison(
        baseline=grounds.name,
        since=grounds.since.revision if grounds.since is not None else "",
        merge_base=grounds.since.merge_base if grounds.since is not None else "",
        bar=grounds.bar,
        changed=tuple(sorted(grounds.since.changed | grounds.since.deleted)) if grounds.since is not None else None,
        new_failures=failed.new,
        known_failures=failed.known,
        fixed=failed.fixed,
        accepted_now=tuple(one.node_id for one in failed.known if base is not None and one.node_id not in base_known),
        new_flaky=failed.new_flaky,
        other_flaky=failed.other_flaky,
        quarantined=failed.quarantined,
        gone=gone.gone,
        moved=(*gone.moved, *gone.merged),
        unselected=gone.unselected,
        missed_more=_missed_more(today, failed, grounds),
        new_skips=hid.skips,
        new_xfails=hid.xfails,
        elsewhere=hid.elsewhere,
        loosened=weakened(now, gone.moved, grounds, sources) if grounds.since is not None else None,
        old_findings=sum(finding.new is False for finding in findings),
        fixed_findings=fixed,
        edited=_edited(grounds),
        lowered=_lowered(grounds),
        lowered_why=tuple(entry.why for entry in grounds.lowerings),
    ), findings


def _scope(seen: Seen, grounds: Grounds) -> Scope:
    then = grounds.bar.deselected if grounds.bar is not None else 0
    return Scope(seen.selected, by_hand=seen.by_hand, more_deselected=seen.deselected > then)


def _findings(
    seen: Seen, grounds: Grounds, then: tuple[Finding, ...] | None, gone: Lost
) -> tuple[tuple[Finding, ...], int]:
    """Today's findings with what is new among them, and how many of then are gone from what was looked at."""
    moved = dict(gone.moved)
    if then is not None:
        # The merge base's findings stand under today's names of their files.
        renamed = grounds.since.renamed if grounds.since is not None else {}
        for old, new in gone.moved:
            path, colons, rest = old.partition("::")
            moved[NodeId(f"{renamed.get(path, path)}{colons}{rest}")] = new
        findings, left = _with_seen(seen.findings, then, grounds, moved)
    elif grounds.baseline is not None:
        findings, left = against(seen.findings, grounds.baseline.findings, moved)
    else:
        return seen.findings, 0
    asked = seen.rules
    return findings, sum(seen.selected(one.path) and (asked is None or one.rule in asked) for one in left)


def _with_seen(
    findings: tuple[Finding, ...], then: tuple[Finding, ...], grounds: Grounds, moved: dict[NodeId, NodeId]
) -> tuple[tuple[Finding, ...], tuple[Then, ...]]:
    """As `against`; what only a run shows has no past in git: there the merge base's baseline knows, or nobody."""
    silent = frozenset(finding.fingerprint for finding in findings if not _from_source(finding))
    judged, left = against([one for one in findings if one.fingerprint not in silent], then, moved)
    baseline = grounds.base or grounds.baseline
    known = {entry.fingerprint for entry in baseline.findings} if baseline is not None else None
    news = {finding.fingerprint: finding for finding in judged}
    return tuple(
        news.get(one.fingerprint) or replace(one, new=None if known is None else one.fingerprint not in known)
        for one in findings
    ), left


def _from_source(finding: Finding) -> bool:
    """Whether the source alone shows it."""
    return any(item.kind == "static" for item in finding.evidence)


def _missed_more(today: Today, failed: Failing, grounds: Grounds) -> int:
    """Misses beyond the baseline's, function by function: what was gained elsewhere makes up for none of them."""
    if grounds.baseline is None:
        return 0
    known = Counter(function_of(one.node_id) for one in failed.known)
    more = 0
    for node_id, tests in today.functions.items():
        here = missed(test for test in tests if test.node_id not in failed.excused)
        function = today.then_of.get(node_id)
        then = grounds.then(function) if function is not None else None
        more += max(0, here - max(0, then.missed - known[node_id] if then is not None else 0))
    return more


def _lowered(grounds: Grounds) -> tuple[str, ...]:
    if grounds.deleted:
        return (f"{grounds.name} is gone",)
    base, baseline = grounds.base, grounds.baseline
    if base is None or baseline is None:
        return ()
    return (*lowering(base, baseline), *(() if grounds.lowerings else grounds.switched))


def _edited(grounds: Grounds) -> str:
    labels = grounds.baseline.edited if grounds.baseline is not None else ()
    return f"the figures or tests of {', '.join(labels)} are not the ones that were measured" if labels else ""
