"""The glossary: the values that the steps hand to each other. Frozen to the bottom; behaviour is small properties.

words.py      node ids, outcomes, severities, anti-patterns
seen.py       what a run showed
leaks.py      what a test left behind, and what it reached for
concluded.py  what was concluded from it
compared.py   what changed against baseline and merge base

Paths are relative to the project's root with `/`, times are seconds, ratios lie between 0 and 1. No class here
begins with `Test`: pytest would try to collect it from the suites that import it.
"""

from testaudit.model.compared import Bar, Comparison, Gone, Loosened, Quarantined, StillFailing
from testaudit.model.concluded import (
    Audit,
    Check,
    Cost,
    Evidence,
    Failure,
    Finding,
    Project,
    Repair,
    Summary,
    Verdict,
)
from testaudit.model.frame import Frame
from testaudit.model.leaks import LEAK_KINDS, Bind, Connection, Double, Leak, LeakKind, OpenedFile
from testaudit.model.reached import Deep, Reached
from testaudit.model.seen import (
    Attempt,
    AuditedTest,
    Environment,
    FixtureUse,
    Gap,
    Marker,
    Phase,
    Run,
    SeenWarning,
    Sleep,
    Trouble,
)
from testaudit.model.words import (
    ANTIPATTERNS,
    GREEN,
    OUTCOMES,
    RED,
    SEVERITIES,
    Confidence,
    EvidenceKind,
    Kind,
    Level,
    NodeId,
    OrderDependence,
    Outcome,
    PhaseName,
    Severity,
)

__all__ = [
    "ANTIPATTERNS",
    "GREEN",
    "LEAK_KINDS",
    "OUTCOMES",
    "RED",
    "SEVERITIES",
    "Attempt",
    "Audit",
    "AuditedTest",
    "Bar",
    "Bind",
    "Check",
    "Comparison",
    "Confidence",
    "Connection",
    "Cost",
    "Deep",
    "Double",
    "Environment",
    "Evidence",
    "EvidenceKind",
    "Failure",
    "Finding",
    "FixtureUse",
    "Frame",
    "Gap",
    "Gone",
    "Kind",
    "Leak",
    "LeakKind",
    "Level",
    "Loosened",
    "Marker",
    "NodeId",
    "OpenedFile",
    "OrderDependence",
    "Outcome",
    "Phase",
    "PhaseName",
    "Project",
    "Quarantined",
    "Reached",
    "Repair",
    "Run",
    "SeenWarning",
    "Severity",
    "Sleep",
    "StillFailing",
    "Summary",
    "Trouble",
    "Verdict",
]
