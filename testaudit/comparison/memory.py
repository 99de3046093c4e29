"""What the baseline remembers of tests that fail now: that they passed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from testaudit.comparison.interface import by_function, joined
from testaudit.model import RED
from testaudit.paths import function_of

if TYPE_CHECKING:
    from testaudit.comparison.interface import Grounds
    from testaudit.model import Run


def with_baseline(run: Run, grounds: Grounds) -> Run:
    """The run, its failing tests with the baseline at which their function passed wholly."""
    bar, baseline = grounds.bar, grounds.baseline
    failing = {function_of(test.node_id) for test in run.tests if test.outcome in RED and not test.passed_before}
    if bar is None or baseline is None or not failing:
        return run
    commit = f" (commit {bar.commit[:10]})" if bar.commit else ""
    where = f"the baseline of {bar.date}{commit}"
    passed = set()
    for node_id, function in joined(baseline.functions, by_function(run.tests)).items():
        count = function.count(bar.label)
        if (
            node_id in failing
            and count is not None
            and count.missed == 0
            and count.cases > count.skipped + count.xfailed
        ):
            passed.add(node_id)
    return replace(
        run,
        tests=tuple(
            replace(test, passed_before=where)
            if test.outcome in RED and not test.passed_before and function_of(test.node_id) in passed
            else test
            for test in run.tests
        ),
    )
