"""The failing tests again, in their order, without the others: what passes now did not fail by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from testaudit.experiments.interface import Experiment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from testaudit.model import AuditedTest


def together(tests: Sequence[AuditedTest]) -> Experiment:
    """The tests, as they stood in the main run. Made several times, it shares one order among its attempts."""
    names = tuple(test.node_id for test in tests)
    return Experiment("together", names, names, narrow=True, seconds=sum(test.duration_s for test in tests))
