"""An audit -> the baseline that records it; what people accept -> the baseline with their record.

Refused is whatever would make the bar mean less: an audit that is not whole, and a bar below the one that stands,
unless somebody says why.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from testaudit.baseline.interface import DAYS, Baseline, KnownFailure, Removal
from testaudit.baseline.made import Measure, Terms, made
from testaudit.comparison.bodies import bodies
from testaudit.comparison.hidden import missed, place
from testaudit.comparison.interface import by_function
from testaudit.errors import ImpossibleError, UsageError
from testaudit.report.words import telling_line
from testaudit.summary import excused

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date

    from testaudit.comparison.interface import Grounds
    from testaudit.model import Audit, Check, NodeId
    from testaudit.source.interface import Sources

BAR_CHECKS = (
    "pass-rate",
    "new-failures",
    "new-flaky",
    "disappeared-tests",
    "new-skips",
    "new-xfails",
    "deselected",
    "new-findings",
)
"""The checks that fail where a baseline of today would be lower than the one that stands."""


@dataclass(frozen=True)
class Written:
    """A baseline that was made, and what it takes from the bar."""

    baseline: Baseline
    lowers: tuple[str, ...] = ()
    """What is lower than before, in words."""


def record(audit: Audit, sources: Sources, grounds: Grounds, terms: Terms) -> Written:
    """The baseline of an audit that was judged against the one that stands.

    Raises:
        ImpossibleError: the audit is not of the whole suite, or not complete.

    """
    refuse_incomplete(audit)
    own = {node_id: tests[0] for node_id, tests in by_function(audit.tests).items()}
    measure = Measure(missed=missed, excused=excused, place=place(audit.environment), quarantined=grounds.covers)
    old = grounds.baseline
    lowers = tuple(_lower(audit, grounds)) if old is not None else ()
    return Written(made(audit, bodies(own.items(), sources), measure, terms, old), lowers)


def refuse_incomplete(audit: Audit) -> None:
    """Only what was wholly examined can be a bar.

    Raises:
        ImpossibleError: it was not.

    """
    again = "Scan the whole suite first: testaudit scan"
    if audit.members:
        raise ImpossibleError(
            "This is a repository of several projects; each has a baseline of its own.",
            f"Write them one by one: testaudit baseline write {audit.members[0]}",
        )
    if audit.impossible:
        raise ImpossibleError(f"There is nothing to record: {audit.impossible}.", again)
    if not audit.summary.collected:
        raise ImpossibleError("There is nothing to record: no test was run.", again)
    if audit.partial:
        raise ImpossibleError("A baseline is written from the whole suite, and this audit is of a part.", again)
    if not audit.complete:
        gap = audit.incomplete[0] if audit.incomplete else None
        why = f"{gap.where}: {telling_line(gap.why).rstrip('.')}" if gap is not None else "something was not examined"
        if gap is not None and gap.what in {"not-collected", "not-parsed"}:
            again = f"Mend {gap.where}, or leave it out in pytest's configuration (--ignore). Then: testaudit scan"
        raise ImpossibleError(f"A baseline is written from a complete audit, and this one is not: {why}.", again)


def _lower(audit: Audit, grounds: Grounds) -> Iterator[str]:
    """What the audit has less of than the baseline that stands: the words of the checks that ask for it."""
    compared = audit.comparison
    if grounds.baseline is None or compared is None:
        return
    if grounds.baseline.edited:
        yield f"{grounds.name} was edited by hand: {compared.edited}"
    known_here = grounds.bar is not None
    for check in audit.verdict.checks if audit.verdict is not None else ():
        if check.name in BAR_CHECKS and not check.passed and (known_here or check.name != "pass-rate"):
            yield f"{check.name}: {_why(check)}"


def _why(check: Check) -> str:
    return check.why or f"{check.actual}, limit {check.limit}"


# ---------------------------------------------------------------- what people accept


def with_known(
    baseline: Baseline, node_ids: Iterable[NodeId], *, issue: str, owner: str, until: str, today: date
) -> Baseline:
    """The baseline with these failures accepted until a day; what is said of one that is known already is renewed.

    Raises:
        UsageError: there is no issue.

    """
    if not issue.strip():
        raise UsageError("A known failure needs an issue.", "Say which: --issue PAY-12")
    labels = tuple(bar.label for bar in baseline.bars)
    entries = {entry.node_id: entry for entry in baseline.known}
    last = until or (today + timedelta(days=DAYS)).isoformat()
    for node_id in node_ids:
        entry = entries.get(node_id, KnownFailure(node_id, ()))
        everywhere = tuple(sorted({*entry.environments, *labels}))  # it may be another row where it fails now
        entries[node_id] = replace(
            entry, environments=everywhere, issue=issue.strip(), owner=owner.strip() or entry.owner, until=last
        )
    return replace(baseline, known=tuple(entries.values()))


def with_removed(baseline: Baseline, node_ids: Iterable[NodeId], *, why: str, today: date) -> Baseline:
    """The baseline with a record that these tests were meant to go.

    Raises:
        UsageError: there is no reason.

    """
    if not why.strip():
        raise UsageError("A removal needs a reason.", 'Say why: --why "the feature is gone, #12"')
    entries = {entry.node_id: entry for entry in baseline.removed}
    entries.update({node_id: Removal(node_id, why.strip(), today.isoformat()) for node_id in node_ids})
    return replace(baseline, removed=tuple(entries.values()))
