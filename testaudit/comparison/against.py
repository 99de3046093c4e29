"""An audit held against its grounds -> Comparison, and the findings with what is new among them."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING

from testaudit.baseline.lowering import lowering
from testaudit.comparison.bodies import function_in
from testaudit.comparison.failing import failing
from testaudit.comparison.findings import against_baseline, against_merge_base
from testaudit.comparison.hidden import hidden, missed
from testaudit.comparison.interface import Today, by_function, joined
from testaudit.comparison.loosened import loosened
from testaudit.comparison.lost import Lost, Scope, lost
from testaudit.model import Comparison, Loosened, NodeId
from testaudit.paths import function_of
from testaudit.source.before import body_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from testaudit.comparison.failing import Failing
    from testaudit.comparison.interface import Grounds
    from testaudit.model import AuditedTest, Environment, Finding, Gap
    from testaudit.source.before import FunctionBefore
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


def compare(
    seen: Seen, grounds: Grounds, sources: Sources, findings_then: frozenset[str] | None
) -> tuple[Comparison | None, tuple[Finding, ...]]:
    """What changed; None where there is nothing to compare with.

    Args:
        seen: what the audit saw.
        grounds: baseline, merge base, quarantine.
        sources: the suite of today.
        findings_then: fingerprints at the merge base; None: no `--since`.

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
    findings = _findings(seen, grounds, findings_then, gone)
    base, baseline = grounds.base, grounds.baseline
    base_known = {entry.node_id for entry in base.known} if base is not None else set()
    old = sum(finding.new is False for finding in findings)
    before = len(findings_then) if findings_then is not None else len(baseline.findings) if baseline else old
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
        moved=gone.moved,
        unselected=gone.unselected,
        missed_more=_missed_more(today, failed, grounds),
        new_skips=hid.skips,
        new_xfails=hid.xfails,
        elsewhere=hid.elsewhere,
        loosened=_loosened(now, gone, grounds, sources) if grounds.since is not None else None,
        old_findings=old,
        fixed_findings=max(0, before - old),
        edited=_edited(grounds),
        lowered=_lowered(grounds),
    ), findings


def _scope(seen: Seen, grounds: Grounds) -> Scope:
    parts = seen.parts

    def selected(path: str) -> bool:
        return not parts or any(path == part or path.startswith(f"{part}/") for part in parts)

    then = grounds.bar.deselected if grounds.bar is not None else 0
    return Scope(selected, by_hand=seen.by_hand, more_deselected=seen.deselected > then)


def _findings(seen: Seen, grounds: Grounds, then: frozenset[str] | None, gone: Lost) -> tuple[Finding, ...]:
    if then is not None:
        return against_merge_base(seen.findings, then)
    if grounds.baseline is not None:
        return against_baseline(seen.findings, grounds.baseline.findings, dict(gone.moved))
    return seen.findings


def _missed_more(today: Today, failed: Failing, grounds: Grounds) -> int:
    """Misses beyond the baseline's, function by function: what was gained elsewhere makes up for none of them."""
    if grounds.baseline is None:
        return 0
    more = 0
    for node_id, tests in today.functions.items():
        here = missed(test for test in tests if test.node_id not in failed.excused)
        function = today.then_of.get(node_id)
        then = grounds.then(function) if function is not None else None
        excused = sum(1 for one in failed.known if function_of(one.node_id) == node_id) if then is not None else 0
        more += max(0, here - max(0, (then.missed if then is not None else 0) - excused))
    return more


def _lowered(grounds: Grounds) -> tuple[str, ...]:
    if grounds.deleted:
        return (f"{grounds.name} is gone",)
    base, baseline = grounds.base, grounds.baseline
    if base is None or baseline is None:
        return ()
    recorded = len(baseline.lowered) > len(base.lowered)
    return (*lowering(base, baseline), *(() if recorded else grounds.switched))


def _edited(grounds: Grounds) -> str:
    labels = grounds.baseline.edited if grounds.baseline is not None else ()
    return f"the figures or tests of {', '.join(labels)} are not the ones that were measured" if labels else ""


# ---------------------------------------------------------------- assertions


def _loosened(
    now: Mapping[NodeId, tuple[AuditedTest, ...]], gone: Lost, grounds: Grounds, sources: Sources
) -> tuple[Loosened, ...]:
    """Changed tests that check less than at the merge base."""
    names = dict(gone.moved)
    found: list[Loosened] = []
    for before in grounds.before:
        name = before.qualname.replace(".", "::")
        old, same = NodeId(f"{before.then}::{name}"), NodeId(f"{before.path}::{name}")
        node_id = next((one for one in (names.get(old), names.get(same), same) if one is not None and one in now), None)
        if node_id is not None:
            found += _in_test(before, node_id, now[node_id], sources)
    return tuple(found)


def _in_test(before: FunctionBefore, node_id: NodeId, tests: Sequence[AuditedTest], sources: Sources) -> list[Loosened]:
    path, line = tests[0].path, tests[0].line
    with sources.store.lock:
        file = sources.file(path)
        function = function_in(file, node_id, line) if file is not None else None
        if file is None or function is None:
            return []
        body = body_of(function, file)
        sources.trim()
    if body == before.body:
        return []
    # The body begins below the `def`; its first line is found again by its text.
    first = next(
        (at for at in range(function.line, function.end_line + 1) if file.lines[at - 1] == body.split("\n", 1)[0]),
        function.line,
    )
    return [
        Loosened(node_id, path, first + max(0, at - 2), what, then, here)
        for what, then, here, at in loosened(_function(before.body), _function(body))
    ]


def _function(body: str) -> str:
    return "def test():\n" + textwrap.indent(textwrap.dedent(body), "    ")
