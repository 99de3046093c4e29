"""`regression`: it passed before, and fails alike on every attempt now: the change broke it.

Needs at least one further execution that failed with the same signature, and a commit at which the test passed.
"""

from __future__ import annotations

from testaudit.causes.interface import Example, Explanation, Group
from testaudit.causes.reading import place
from testaudit.causes.signature import signature
from testaudit.model import RED, Evidence


def explain(group: Group) -> Explanation | None:
    """Proven by the re-runs, and by the baseline or the history."""
    before = [test for test in group.tests if test.node_id in group.facts.passed_before]
    executions = [attempt for attempt in group.executions() if attempt.outcome != "skipped"]
    again = sum(len(test.attempts) - 1 + len(test.reruns) for test in group.tests)
    if (
        not before
        or not again
        or group.flaky
        or group.order
        or any(attempt.outcome not in RED for attempt in executions)
    ):
        return None
    seen = {signature(attempt.troubles[0]) for attempt in executions if attempt.troubles}
    if len(seen) > 1:
        return None
    where = group.facts.passed_before[before[0].node_id]
    total = len(group.tests)
    many = f"{len(before)} of {total} tests" if total > 1 else str(before[0].node_id)
    evidence = (
        Evidence("history", f"{many} passed at {where}"),
        Evidence("runtime", f"failed alike in all of {len(executions)} executions, {again} of them re-runs"),
    )
    at = place(group.trouble.frame)
    advice = f"Look at what changed since {where}" + (f", beginning at {at}" if at else "") + "."
    return Explanation("regression", evidence, advice)


_PAST = "commit abc1234, 2026-11-20"
PROVEN = (
    Example(
        "fails alike again", message="assert 1 == 2", reruns=("together failed",), passed_before=_PAST, says="abc1234"
    ),
    Example(
        "an exception of the code's own",
        "KeyError",
        "'total'",
        reruns=("together failed", "alone failed"),
        passed_before=_PAST,
        says="3 executions",
    ),
    Example(
        "the runner's own re-runs count", "ValueError", "x", attempts=("failed",), passed_before=_PAST, says="1 of them"
    ),
)
SILENT = (
    Example("no further execution", message="assert 1 == 2", passed_before=_PAST),
    Example("nothing is known of the past", message="assert 1 == 2", reruns=("together failed",)),
    Example("it passed again", message="assert 1 == 2", reruns=("alone passed",), passed_before=_PAST),
    Example("flaky", message="assert 1 == 2", reruns=("together failed",), flaky=True, passed_before=_PAST),
)
