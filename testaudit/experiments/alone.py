"""One test in a process of its own, its own module imported and no other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from testaudit.experiments.interface import Experiment

if TYPE_CHECKING:
    from testaudit.model import AuditedTest


def alone(test: AuditedTest) -> Experiment:
    """As `pytest NODEID` would run it."""
    return Experiment("alone", (test.node_id,), (test.node_id,), narrow=True, seconds=test.duration_s)
