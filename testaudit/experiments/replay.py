"""One test behind the tests that ran before it: what fails again there, and passes alone, depends on them.

The order that failed is the one to start from, not the order of the files: MECHANISMS of order dependence are found in
the test's own prefix (Lam et al., "iDFlakies", ICST 2019, call the test that needs it the victim).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from testaudit.experiments.interface import Experiment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from testaudit.model import AuditedTest


def replay(victims: Sequence[AuditedTest], prefix: Sequence[AuditedTest]) -> Experiment:
    """All of `prefix`, in which the victims stand at their own places; everything is collected, as in the main run.

    One run serves every victim of a process: each sees exactly the tests that were before it.
    """
    return Experiment(
        "replay",
        tuple(test.node_id for test in prefix),
        tuple(test.node_id for test in victims),
        narrow=False,
        seconds=sum(test.duration_s for test in prefix),
    )


def replay_file(victim: AuditedTest, prefix: Sequence[AuditedTest]) -> Experiment:
    """The same with the tests of its own file alone, where the whole prefix takes too long."""
    before = [test for test in prefix if test.path == victim.path]
    return Experiment(
        "file",
        tuple(test.node_id for test in before),
        (victim.node_id,),
        narrow=True,
        seconds=sum(test.duration_s for test in before),
    )
