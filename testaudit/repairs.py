"""What to repair first: the failures in the order that pays, and what the pass rate is after each.

A failure of many tests with one place to mend comes before one of as many tests in as many places; what broke while it
was collected comes first of all, because its tests were not even counted. So the guide's triage went: few causes, from
84.6 % to 93.9 %.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from testaudit.model import RED, Repair

if TYPE_CHECKING:
    from collections.abc import Sequence

    from testaudit.model import AuditedTest, Failure, Summary

_ONE_PLACE = frozenset({"collection", "environment", "fixture"})
"""Causes that lie outside the tests which fail by them."""


def repairs(failures: Sequence[Failure], tests: Sequence[AuditedTest], summary: Summary) -> tuple[Repair, ...]:
    """One step for each failure, best first, with the pass rate once it and those before it are repaired.

    Args:
        failures: what failed, by cause.
        tests: the run's tests, each with the id of its failure.
        summary: their counts; without a pass rate there is nothing to gain.

    """
    by_failure: dict[str, list[AuditedTest]] = {failure.id: [] for failure in failures}
    for test in tests:
        if test.failure in by_failure and test.outcome in RED:
            by_failure[test.failure].append(test)
    ranked = sorted(
        ((failure, by_failure[failure.id], _places(failure, by_failure[failure.id])) for failure in failures),
        key=lambda row: (row[0].cause != "collection", -len(row[1]) / row[2], -len(row[1]), row[0].signature),
    )
    steps = []
    repaired = 0
    passed = summary.passed + summary.xpassed
    for failure, members, places in ranked:
        repaired += len(members)
        rate = (passed + repaired) / summary.expected if summary.expected else None
        wasted_s = round(sum(test.duration_s for test in members), 6)
        steps.append(Repair(failure.id, len(members), places, wasted_s, rate))
    return tuple(steps)


def _places(failure: Failure, tests: Sequence[AuditedTest]) -> int:
    """So many places a repair has to touch, as far as the evidence tells: one, or each failing test function."""
    functions = {test.node_id.partition("[")[0] for test in tests}
    in_product = failure.frame is not None and all(failure.frame.path != test.path for test in tests)
    return 1 if failure.cause in _ONE_PLACE or in_product else max(len(functions), 1)
