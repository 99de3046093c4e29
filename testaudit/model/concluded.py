"""What was concluded: findings, failures and their causes, counts, the verdict, and the Audit that holds it all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from testaudit.model.compared import Comparison
    from testaudit.model.frame import Frame
    from testaudit.model.seen import AuditedTest, Environment, Gap, Sleep
    from testaudit.model.words import Confidence, EvidenceKind, Level, NodeId, Severity


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a finding, a failure or a cause cites."""

    kind: EvidenceKind
    text: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One defect of one test as one rule saw it."""

    rule: str
    """Code: `TA301`."""
    name: str
    """Slug: `sleep-in-test`."""
    antipattern: str
    severity: Severity
    confidence: Confidence
    path: str
    line: int
    end_line: int
    message: str
    remedy: str
    function: str
    """Qualified name without parameters: `TestCase.test_x`, `<module>`, `<fixture name>`, `<suite>`."""
    evidence: tuple[Evidence, ...] = ()
    node_ids: tuple[NodeId, ...] = ()
    fingerprint: str = ""
    new: bool | None = None
    fixable: bool = False


@dataclass(frozen=True, slots=True)
class Failure:
    """Failing tests that share one cause: same exception, same normalised message, same deepest first-party frame."""

    id: str
    cause: str
    signature: str
    node_ids: tuple[NodeId, ...]
    message: str
    antipattern: str | None = None
    evidence: tuple[Evidence, ...] = ()
    advice: str = ""
    frame: Frame | None = None
    text: str = ""
    """The long text of its first test."""
    owners: tuple[str, ...] = ()
    """Who answers for its tests, as CODEOWNERS names them."""
    blame: str = ""
    """Who changed the failing test last: `Jane Doe in abc1234, 2026-11-20`."""


@dataclass(frozen=True, slots=True)
class Repair:
    """One step of the plan: a failure, and what mending it gives."""

    failure: str
    """Its id."""
    tests: int
    """So many tests pass again."""
    hidden: int
    """So many test functions stand in modules that did not import, and were not counted."""
    places: int
    """So many places have to be touched, as far as the evidence tells."""
    wasted_s: float
    """Seconds that its tests take to fail, each run."""
    pass_rate: float | None
    """Once this step and those before it are done."""


@dataclass(frozen=True, slots=True)
class Check:
    """One question of the gate and its answer."""

    name: str
    passed: bool
    actual: str | float | int | None
    limit: str | float | int | None
    why: str
    what_to_do: str = ""
    blocking: bool = True
    """False: it warns. Whatever its answer, the gate passes."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The gate's answer: passed when every check passed that can block."""

    checks: tuple[Check, ...]

    @property
    def passed(self) -> bool:
        """Every check passed that can block."""
        return all(check.passed for check in self.checks if check.blocking)


@dataclass(frozen=True, slots=True)
class Project:
    """The audited project on disk, and its revision."""

    root: str
    """Absolute, on this machine. Never written into the audit file."""
    name: str = ""
    commit: str | None = None
    branch: str | None = None
    dirty: bool | None = None
    folder: str = ""
    """The project's folder within its repository, with `/`; empty: it is the top, or there is no repository."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What the suite's time went to, in seconds."""

    slept_s: float = 0.0
    setup_s: float = 0.0
    reruns_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Summary:
    """The counts. One outcome a test; `deselected` are not among the `collected`."""

    collected: int = 0
    deselected: int = 0
    passed: int = 0
    failed: int = 0
    error: int = 0
    skipped: int = 0
    xfailed: int = 0
    xpassed: int = 0
    crashed: int = 0
    timed_out: int = 0
    flaky: int = 0
    expected: int = 0
    """Selected, less those skipped or xfailed by a condition or with a tracked issue."""
    executed: int = 0
    """Selected, less everything skipped or xfailed: as CI servers count."""
    pass_rate: float | None = None
    pass_rate_executed: float | None = None
    unknown_skips: int = 0
    """Skips whose kind the results do not tell, taken as conditional."""
    duration_s: float = 0.0
    levels: tuple[tuple[Level, int], ...] = ()
    cost: Cost = Cost()


@dataclass(frozen=True, slots=True)
class Audit:
    """Everything that one audit found; every output is a pure function of it."""

    project: Project
    environment: Environment
    complete: bool
    incomplete: tuple[Gap, ...]
    partial: bool
    summary: Summary
    tests: tuple[AuditedTest, ...]
    findings: tuple[Finding, ...]
    """Both confidences, worst first."""
    failures: tuple[Failure, ...]
    """Most tests first."""
    verdict: Verdict | None
    """None: nothing was judged (`lint`)."""
    repairs: tuple[Repair, ...] = ()
    """The plan: what to repair first."""
    notes: tuple[str, ...] = ()
    slowest: tuple[tuple[NodeId, float], ...] = ()
    fixture_setup: tuple[tuple[str, str, int, float], ...] = ()
    """(fixture name, path, number of set-ups, seconds in all), the most expensive first."""
    sleeps: tuple[Sleep, ...] = ()
    """Where the suite slept, longest first, summed over the tests."""
    generated: str = ""
    """ISO 8601 with zone, when the audit ended."""
    command: str = ""
    """How pytest was called: arguments as typed."""
    probe_s: float = 0.0
    """Seconds that the probe spent inside the tests' process, by its own account."""
    members: tuple[str, ...] = ()
    """Roots of the projects of a monorepo that this audit covers; empty for one project."""
    confidence: Confidence = "high"
    """The lowest confidence that is shown and gated."""
    impossible: str = ""
    """Why nothing can be said of the suite (exit 3): nothing was collected, a service is down."""
    comparison: Comparison | None = None
    """Against baseline and merge base; None: there is neither, and no quarantine."""
    ended_by: int | None = None
    """The signal that ended testaudit's own run (SIGINT, SIGTERM); what was seen until then is in the audit."""
