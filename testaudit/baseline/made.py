"""An audit -> the baseline that records it, over what the old one knew of other environments and of its failures."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from testaudit.baseline.interface import (
    DAYS,
    AcceptedFinding,
    Baseline,
    Count,
    KnownFailure,
    Lowering,
    Removal,
    TestedFunction,
    steady,
)
from testaudit.model import RED, Bar, NodeId
from testaudit.paths import function_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from testaudit.model import Audit, AuditedTest, Level


@dataclass(frozen=True, slots=True)
class Terms:
    """How today's failures are recorded."""

    label: str
    today: date
    issue: str = ""
    owner: str = ""
    until: str = ""
    why: str = ""
    """Why the bar is lowered; empty: it is not."""


@dataclass(frozen=True, slots=True)
class Measure:
    """How the tests of an audit are counted: the questions that this room does not answer itself."""

    missed: Callable[[Iterable[AuditedTest]], int]
    """How many were expected to pass and did not."""
    excused: Callable[[AuditedTest], bool]
    """Whether a skip or xfail is no part of what is expected."""
    place: tuple[str, str]
    """(Python, platform)."""
    quarantined: Callable[[AuditedTest], bool]


def made(audit: Audit, bodies: Mapping[NodeId, str], measure: Measure, terms: Terms, old: Baseline | None) -> Baseline:
    """The baseline of this audit.

    Args:
        audit: complete, of the whole suite.
        bodies: the digest of each test function's body.
        measure: how tests are counted.
        terms: under which label, and how failures are recorded.
        old: what stood there; other environments, and the records of failures that remain, are kept.

    """
    functions = _functions(audit, bodies, measure, terms.label, old)
    there = {function.node_id for function in functions}
    flaky = {NodeId(test.node_id) for test in audit.tests if test.flaky}
    flaky |= {node_id for node_id in (old.flaky if old is not None else ()) if function_of(node_id) in there}
    others = tuple(bar for bar in old.bars if bar.label != terms.label) if old is not None else ()
    lowered = old.lowered if old is not None else ()
    if terms.why:
        lowered = (*lowered, Lowering(terms.today.isoformat(), terms.why))
    return Baseline(
        bars=(*others, _bar(audit, measure, terms)),
        functions=functions,
        known=_known(audit, measure, terms, old),
        flaky=tuple(sorted(flaky)),
        findings=tuple(
            AcceptedFinding(finding.fingerprint, finding.rule, finding.path, finding.function)
            for finding in audit.findings
        ),
        removed=_removed(old, there, terms.today),
        lowered=lowered,
    )


def _bar(audit: Audit, measure: Measure, terms: Terms) -> Bar:
    summary = audit.summary
    passed: Counter[Level] = Counter()
    expected: Counter[Level] = Counter()
    for test in audit.tests:
        if not measure.excused(test):
            expected[test.level] += 1
            passed[test.level] += test.outcome in {"passed", "xpassed"}
    levels: tuple[Level, ...] = ("unit", "integration", "e2e")
    python, platform = measure.place
    return Bar(
        label=terms.label,
        passed=summary.passed + summary.xpassed,
        expected=summary.expected,
        collected=summary.collected,
        deselected=summary.deselected,
        duration_s=round(summary.duration_s, 3),
        levels=tuple((level, passed[level], expected[level]) for level in levels if expected[level]),
        python=python,
        platform=platform,
        commit=(audit.project.commit or "")[:12],
        date=terms.today.isoformat(),
    )


def _functions(
    audit: Audit, bodies: Mapping[NodeId, str], measure: Measure, label: str, old: Baseline | None
) -> tuple[TestedFunction, ...]:
    by_function: defaultdict[NodeId, list[AuditedTest]] = defaultdict(list)
    for test in audit.tests:
        by_function[function_of(test.node_id)].append(test)
    now = {
        node_id: Count(
            len(tests),
            sum(test.outcome == "skipped" for test in tests),
            sum(test.outcome == "xfailed" for test in tests),
            measure.missed(tests),
        )
        for node_id, tests in by_function.items()
    }
    before = {function.node_id: function for function in old.functions} if old is not None else {}
    found = []
    for node_id in sorted(now.keys() | before.keys()):
        then = before.get(node_id)
        counts = [(name, count) for name, count in (then.counts if then is not None else ()) if name != label]
        if node_id in now:
            counts.append((label, now[node_id]))
        body = bodies.get(node_id) or (then.body if then is not None else "")
        if counts:
            found.append(TestedFunction(node_id, body, tuple(sorted(counts))))
    return tuple(found)


def _removed(old: Baseline | None, there: set[NodeId], today: date) -> tuple[Removal, ...]:
    """A record has served once the test is no longer expected, and nobody compares with a merge base that had it."""
    since = (today - timedelta(days=DAYS)).isoformat()
    entries = old.removed if old is not None else ()
    return tuple(entry for entry in entries if function_of(entry.node_id) in there or entry.date >= since)


def _known(audit: Audit, measure: Measure, terms: Terms, old: Baseline | None) -> tuple[KnownFailure, ...]:
    """Today's failures; what passes here now is no longer excused here."""
    before = {entry.node_id: entry for entry in old.known} if old is not None else {}
    compared = audit.comparison.known_failures if audit.comparison is not None else ()
    renamed = {one.node_id: one for one in compared}
    causes = {node_id: failure.cause for failure in audit.failures for node_id in failure.node_ids}
    failing: Counter[NodeId] = Counter()
    named: dict[NodeId, NodeId] = {}
    for test in audit.tests:
        if test.outcome in RED and not test.flaky and not measure.quarantined(test):
            calm = steady(test.node_id)
            # Addresses are never the same again; a date or a UUID may be part of the test.
            name = (
                calm if "0x" in test.node_id and calm != test.node_id and test.node_id not in before else test.node_id
            )
            failing[name] += 1
            named.setdefault(name, test.node_id)
    until = terms.until or (terms.today + timedelta(days=DAYS)).isoformat()
    found = []
    for name, cases in failing.items():
        then = before.get(name)
        labels = {*(then.environments if then is not None else ()), terms.label}
        entry = then or KnownFailure(name, (), "", terms.owner, until)
        if then is None and (same := renamed.get(named[name])) is not None:  # another name is no new excuse
            entry = replace(entry, issue=same.issue, owner=same.owner or terms.owner, until=same.until)
        if terms.issue and not entry.issue:
            entry = replace(entry, issue=terms.issue, until=until, owner=terms.owner or entry.owner)
        cause = causes.get(named[name], "") or entry.cause
        found.append(replace(entry, environments=tuple(sorted(labels)), cause=cause, cases=cases))
    for name, then in before.items():
        elsewhere = tuple(label for label in then.environments if label != terms.label)
        if name not in failing and elsewhere:
            found.append(replace(then, environments=elsewhere))
    return tuple(sorted(found, key=lambda entry: entry.node_id))
