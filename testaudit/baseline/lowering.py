"""What one baseline takes from another without a record: the bar only rises, unless somebody says why."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from testaudit.paths import function_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from testaudit.baseline.interface import Baseline, Lowering
    from testaudit.model import Bar

_NAMED = 20
"""Entries that are named; the rest are counted."""


def records(old: Baseline, new: Baseline) -> tuple[Lowering, ...]:
    """The records of `new` that `old` has not: each says why the bar was lowered."""
    return tuple((Counter(new.lowered) - Counter(old.lowered)).elements())


def lowering(old: Baseline, new: Baseline) -> tuple[str, ...]:
    """In words, what is lower in `new`; nothing where `new` has a record more than `old` that says why."""
    if records(old, new):
        return ()
    said = [*_bars(old, new), *_tests(old, new), *_known(old, new)]
    more = len(said) - _NAMED
    return (*said[:_NAMED], *([f"and {more:,} more"] if more > 0 else []))


def _bars(old: Baseline, new: Baseline) -> Iterator[str]:
    for bar in old.bars:
        now = new.bar(bar.label)
        if now is None:
            yield f"the environment {bar.label} is gone"
        elif _lower(bar, now):
            yield f"the pass rate of {bar.label} falls from {bar.pass_rate:.4f} to {now.pass_rate or 0:.4f}"


def _lower(old: Bar, new: Bar) -> bool:
    """A lower rate with more that does not pass; fewer tests alone are a question of the tests."""
    worse = (new.pass_rate or 0) < (old.pass_rate or 0)
    return worse and new.expected - new.passed > old.expected - old.passed


def _tests(old: Baseline, new: Baseline) -> Iterator[str]:
    removed = {entry.node_id for entry in (*old.removed, *new.removed)}
    single = Counter(function_of(node_id) for node_id in removed if function_of(node_id) != node_id)
    functions = {function.node_id: function for function in new.functions}
    names = {function.node_id for function in old.functions}
    bodies = {function.body for function in new.functions if function.node_id not in names and function.body}
    for function in old.functions:
        if function.node_id in removed or (function.node_id not in functions and function.body in bodies):
            continue
        now = functions.get(function.node_id)
        for label, count in function.counts:
            here = now.count(label) if now is not None else None
            cases = here.cases if here is not None else 0
            if cases + single[function.node_id] < count.cases and new.bar(label) is not None:
                yield f"{function.node_id}: {count.cases} cases, {cases} now"
                break


def _known(old: Baseline, new: Baseline) -> Iterator[str]:
    before = {entry.node_id for entry in old.known}
    for entry in new.known:
        if entry.node_id not in before and not entry.issue:
            yield f"{entry.node_id} is recorded as failing, without an issue"
