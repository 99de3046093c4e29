"""The words: node ids, outcomes, severities, anti-patterns."""

from __future__ import annotations

from typing import Literal, NewType

NodeId = NewType("NodeId", str)
"""pytest's `path::Class::test[param]`, relative to the project's root, with `/`."""

Outcome = Literal["passed", "failed", "error", "skipped", "xfailed", "xpassed", "crashed", "timed-out"]
PhaseName = Literal["setup", "call", "teardown"]
Kind = Literal["conditional", "unconditional", "unknown"]
Severity = Literal["error", "warning", "info"]
Confidence = Literal["high", "medium"]
EvidenceKind = Literal["static", "runtime", "history"]
OrderDependence = Literal["", "candidate", "proven"]
"""`candidate`: fails in the suite, passes without the tests before it. `proven`: and it fails again behind them."""
Level = Literal["unit", "integration", "e2e"]

OUTCOMES: tuple[Outcome, ...] = ("passed", "failed", "error", "skipped", "xfailed", "xpassed", "crashed", "timed-out")
RED: frozenset[Outcome] = frozenset({"failed", "error", "crashed", "timed-out"})
"""Outcomes that make a suite red."""
GREEN: frozenset[Outcome] = frozenset({"passed", "xpassed"})
"""Outcomes that count as passed in the pass rate."""
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")

ANTIPATTERNS: dict[str, str] = {
    "implementation-details": "Testing implementation details",
    "over-mocked": "Over-mocking",
    "flaky": "Flaky test",
    "missing-cleanup": "Missing test cleanup",
    "multiple-workflows": "Multiple workflows in one test",
    "hard-coded-data": "Hard-coded test data",
    "xfail-as-expected": 'Failures ignored as "expected"',
    "never-runs": "Test that never runs",
    "cannot-fail": "Test that cannot fail",
    "organisation": "Suite organisation",
}
"""Slug -> the name shown to people, in the guide's order."""
