"""What the attempts of one test prove: that it is flaky, that it depends on the tests before it, or neither.

Flaky: different outcomes under one tree, one order (the same tests before it in its process) and one condition. A test
that fails in the suite and passes without the tests before it is a candidate for order dependence; it is proven when it
fails behind them again: twice each way, in fresh processes.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from testaudit.model import GREEN, RED

if TYPE_CHECKING:
    from collections.abc import Iterable

    from testaudit.experiments.interface import Condition
    from testaudit.model import Attempt, AuditedTest, OrderDependence

TWICE = 2


def judged(test: AuditedTest) -> AuditedTest:
    """The test with what its attempts, the runner's own and testaudit's, prove of it."""
    flaky = test.flaky or is_flaky(test)
    return replace(test, flaky=flaky, order="" if flaky else _order(test))


def is_flaky(test: AuditedTest) -> bool:
    """Different outcomes under one order: of one condition, or of the main run and the replay of its whole prefix."""
    if any(_differ(_of(test, condition)) for condition in ("together", "alone", "replay", "file")):
        return True
    if _differ(test.attempts):
        return True
    # A worker's prefix is replayed in a process of its own: the same order, under another condition.
    plain = [attempt for attempt in test.attempts if attempt.condition == "main" and not attempt.worker]
    return bool(plain) and _differ([*plain, *_of(test, "replay")])


def _order(test: AuditedTest) -> OrderDependence:
    """Whether a failing test passes without the tests before it, and fails behind them."""
    if test.outcome not in RED or not test.reruns:
        return ""
    main = [attempt for attempt in test.attempts[-1:] if attempt.condition == "main"]
    behind = [attempt.outcome in RED for attempt in (*main, *_of(test, "replay"))]
    shorter = [attempt.outcome in RED for attempt in _of(test, "file")]
    alone = [attempt.outcome in GREEN for attempt in _of(test, "alone")]
    if len(alone) >= TWICE and all(alone):
        reduced = [attempt.outcome in RED for attempt in _of(test, "together")]
        if any(len(fails) >= TWICE and all(fails) for fails in (behind, shorter, reduced)):
            return "proven"
    passes = any(attempt.outcome in GREEN for attempt in test.reruns)
    return "candidate" if passes else ""


def _of(test: AuditedTest, condition: Condition) -> list[Attempt]:
    return [attempt for attempt in test.reruns if attempt.condition == condition]


def _differ(attempts: Iterable[Attempt]) -> bool:
    outcomes = {attempt.outcome for attempt in attempts}
    return bool(outcomes & RED) and bool(outcomes & GREEN)
