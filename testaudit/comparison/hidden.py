"""What is hidden: tests that ran and are skipped now, tests that are newly expected to fail.

Parameters may change from run to run, so skips are counted by function: more of them than before are new. A skip with
a tracked issue hides nothing. One by a condition is new as well where Python, the platform and the label are those of
the baseline (a condition may be made true by hand, and a lost service skips a suite in silence); elsewhere it only says
that this is another place.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from testaudit.model import RED
from testaudit.summary import excused

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from testaudit.baseline.interface import Count, TestedFunction
    from testaudit.comparison.interface import Grounds
    from testaudit.model import AuditedTest, Environment, NodeId
    from testaudit.source.before import FunctionBefore


@dataclass(frozen=True)
class Hidden:
    """Newly hidden tests."""

    skips: tuple[NodeId, ...] = ()
    xfails: tuple[NodeId, ...] = ()
    elsewhere: tuple[NodeId, ...] = ()


def hidden(
    now: Mapping[NodeId, tuple[AuditedTest, ...]],
    then_of: Mapping[NodeId, TestedFunction],
    modules: Iterable[NodeId],
    grounds: Grounds,
    environment: Environment,
) -> Hidden:
    """Compare the skips and xfails of each function.

    Args:
        now: today's functions.
        then_of: the same ones at the baseline.
        modules: modules that skip themselves and whose tests ran.
        grounds: baseline and merge base.
        environment: what ran the tests.

    """
    same_place = _same_place(grounds, environment)
    before = {f"{one.path}::{one.qualname.replace('.', '::')}": one for one in grounds.before}
    skips: list[NodeId] = []
    xfails: list[NodeId] = []
    elsewhere: list[NodeId] = []
    whole = set(modules)
    for node_id, tests in now.items():
        skipped = [test for test in tests if test.outcome == "skipped" and not test.tracked]
        xfailed = [test for test in tests if test.outcome == "xfailed" and not test.tracked]
        if not skipped and not xfailed:
            continue
        function = then_of.get(node_id)
        then = grounds.then(function) if function is not None else None
        if node_id in whole or _more_skips(skipped, then, before.get(node_id)):
            here = {test.node_id for test in skipped if same_place or test.skip_kind != "conditional"}
            skips += [test.node_id for test in skipped if test.node_id in here]
            elsewhere += [test.node_id for test in skipped if test.node_id not in here]
        if _more_xfails(xfailed, then, before.get(node_id), known=grounds.baseline is not None):
            judged = same_place and then is not None
            xfails += [test.node_id for test in xfailed if judged or test.skip_kind != "conditional"]
    return Hidden(tuple(skips), tuple(xfails), tuple(elsewhere))


def _more_skips(skipped: list[AuditedTest], then: Count | None, before: FunctionBefore | None) -> bool:
    if then is None:
        return bool(skipped) and _added(before, "skip")
    return then.cases > then.skipped and len(skipped) > then.skipped


def _more_xfails(xfailed: list[AuditedTest], then: Count | None, before: FunctionBefore | None, *, known: bool) -> bool:
    """With a baseline a test may not be born with an untracked xfail either."""
    if then is None:
        return bool(xfailed) and (known or _added(before, "xfail"))
    return len(xfailed) > then.xfailed


def _added(before: FunctionBefore | None, word: str) -> bool:
    """A test that is younger than the baseline, and at the merge base did not speak of skipping."""
    return before is not None and word not in f"{before.decorators}\n{before.body}".lower()


def _same_place(grounds: Grounds, environment: Environment) -> bool:
    """Python, platform and label are those of the baseline, as far as both are known."""
    bar = grounds.bar
    if grounds.baseline is None:
        return True  # what changed since the merge base is known, and it was changed by hand
    if bar is None:
        return False
    python, platform = place(environment)
    return (not bar.python or not python or bar.python == python) and (
        not bar.platform or not platform or bar.platform == platform
    )


def place(environment: Environment) -> tuple[str, str]:
    """(`3.11`, `linux`) of what ran the tests; empty where results came from files."""
    return ".".join(environment.python.split(".")[:2]), environment.platform.partition("-")[0].lower()


def missed(tests: Iterable[AuditedTest]) -> int:
    """How many were expected to pass and did not."""
    return sum(
        1 for test in tests if test.outcome in RED or (test.outcome in {"skipped", "xfailed"} and not excused(test))
    )
