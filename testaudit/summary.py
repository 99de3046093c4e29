"""The counts and the pass rate, as the contract defines them."""

from __future__ import annotations

from collections import Counter
from dataclasses import fields
from typing import TYPE_CHECKING

from testaudit.model import GREEN, Cost, Level, Sleep, Summary

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from testaudit.model import AuditedTest, NodeId, Run

_LEVELS: tuple[Level, ...] = ("unit", "integration", "e2e")


def excused(test: AuditedTest) -> bool:
    """Whether a skip or xfail is no part of what is expected to pass: by a condition, or with a tracked issue.

    A skip whose kind is not known is taken as conditional, and counted (`unknown_skips`).
    """
    return test.outcome in {"skipped", "xfailed"} and (test.tracked or test.skip_kind in {"conditional", "unknown"})


def summarise(tests: Sequence[AuditedTest], run: Run | None) -> Summary:
    """Count the tests; without a run (`--no-run`) nothing was collected and there is no rate."""
    levels = Counter(test.level for test in tests)
    if run is None:
        return Summary(levels=tuple((level, levels[level]) for level in _LEVELS))
    counts = Counter(test.outcome for test in tests)
    passed = sum(counts[outcome] for outcome in GREEN)
    expected = sum(1 for test in tests if not excused(test))
    executed = len(tests) - counts["skipped"] - counts["xfailed"] - counts[None]
    return Summary(
        collected=len(tests),
        deselected=run.deselected,
        passed=counts["passed"],
        failed=counts["failed"],
        error=counts["error"],
        skipped=counts["skipped"],
        xfailed=counts["xfailed"],
        xpassed=counts["xpassed"],
        crashed=counts["crashed"],
        timed_out=counts["timed-out"],
        flaky=sum(1 for test in tests if test.flaky),
        expected=expected,
        executed=executed,
        pass_rate=passed / expected if expected else None,
        pass_rate_executed=passed / executed if executed else None,
        unknown_skips=sum(1 for test in tests if test.skip_kind == "unknown"),
        duration_s=run.duration_s,
        levels=tuple((level, levels[level]) for level in _LEVELS),
        cost=Cost(slept_s=_slept(tests), setup_s=sum(row[3] for row in run.fixture_setup), reruns_s=run.reruns_s),
    )


def add(summaries: Sequence[Summary]) -> Summary:
    """The counts of several projects as one; the rates are of the sums, not of the rates."""
    counts = {
        field.name: sum(getattr(summary, field.name) for summary in summaries)
        for field in fields(Summary)
        if field.name not in {"pass_rate", "pass_rate_executed", "levels", "cost"}
    }
    levels = Counter(dict.fromkeys(_LEVELS, 0))
    for summary in summaries:
        levels.update(dict(summary.levels))
    passed = counts["passed"] + counts["xpassed"]
    return Summary(
        **counts,
        pass_rate=passed / counts["expected"] if counts["expected"] else None,
        pass_rate_executed=passed / counts["executed"] if counts["executed"] else None,
        levels=tuple((level, levels[level]) for level in _LEVELS),
        cost=Cost(
            sum(summary.cost.slept_s for summary in summaries),
            sum(summary.cost.setup_s for summary in summaries),
            sum(summary.cost.reruns_s for summary in summaries),
        ),
    )


def _slept(tests: Iterable[AuditedTest]) -> float:
    """Seconds slept; tasks that sleep at the same time cost a test no more than it took."""
    return sum(
        min(sum(sleep.seconds for sleep in attempt.sleeps), attempt.duration_s)
        for test in tests
        for attempt in test.attempts
        if attempt.sleeps
    )


def slowest(tests: Sequence[AuditedTest], most: int = 20) -> tuple[tuple[NodeId, float], ...]:
    """The tests that took longest, with their seconds (all phases of the deciding attempt)."""
    ranked = sorted(((test.node_id, test.duration_s) for test in tests if test.attempts), key=lambda pair: -pair[1])
    return tuple(ranked[:most])


def where_it_slept(tests: Iterable[AuditedTest], most: int = 20) -> tuple[Sleep, ...]:
    """The places where the suite slept, summed over the tests, longest first."""
    places: dict[tuple[str, int, str], tuple[float, int]] = {}
    for test in tests:
        for attempt in test.attempts:
            for sleep in attempt.sleeps:
                seconds, calls = places.get((sleep.path, sleep.line, sleep.function), (0.0, 0))
                places[sleep.path, sleep.line, sleep.function] = (seconds + sleep.seconds, calls + sleep.calls)
    ranked = sorted(places.items(), key=lambda place: -place[1][0])[:most]
    return tuple(Sleep(seconds, calls, path, line, function) for (path, line, function), (seconds, calls) in ranked)
