"""The glossary: the values that the steps hand to each other. Frozen to the bottom; behaviour is small properties.

Paths are relative to the project's root with `/`, times are seconds, ratios lie between 0 and 1. No class here
begins with `Test`: pytest would try to collect it from the suites that import it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NewType

NodeId = NewType("NodeId", str)
"""pytest's `path::Class::test[param]`, relative to the project's root, with `/`."""

Outcome = Literal["passed", "failed", "error", "skipped", "xfailed", "xpassed", "crashed", "timed-out"]
PhaseName = Literal["setup", "call", "teardown"]
Kind = Literal["conditional", "unconditional", "unknown"]
Severity = Literal["error", "warning", "info"]
Confidence = Literal["high", "medium"]
EvidenceKind = Literal["static", "runtime", "history"]
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


# ---------------------------------------------------------------- what the run showed


@dataclass(frozen=True, slots=True)
class Frame:
    """A place in running code."""

    path: str
    """Relative to the project's root where it lies inside, else absolute."""
    line: int
    function: str


@dataclass(frozen=True, slots=True)
class Trouble:
    """An exception that decided a phase: of a failure, an xfail or a skip."""

    phase: PhaseName | Literal["collect"]
    type: str
    """Qualified name, `builtins.` left out: `AssertionError`, `requests.exceptions.ConnectionError`."""
    message: str
    frame: Frame | None
    """The deepest first-party frame."""
    text: str
    """pytest's own long text, at most 20 kB, masked."""
    root: str = ""
    """`Type: message` of the innermost `__cause__`/`__context__`, where there is one."""
    output: str = ""
    """Captured output of the test, at most 64 kB, masked."""


@dataclass(frozen=True, slots=True)
class Phase:
    """One of the three phases of an attempt."""

    name: PhaseName
    outcome: Literal["passed", "failed", "skipped"]
    seconds: float


@dataclass(frozen=True, slots=True)
class Sleep:
    """Seconds that a test slept at one place, summed over its calls."""

    seconds: float
    calls: int
    path: str
    line: int
    function: str


@dataclass(frozen=True, slots=True)
class FixtureUse:
    """A fixture that a test used."""

    name: str
    scope: str
    path: str
    """The file that defines it (absolute where it lies outside the project: a plugin's)."""
    line: int
    setup_s: float | None = None
    """Seconds of its set-up in this test; None when another test had set it up."""


@dataclass(frozen=True, slots=True)
class Marker:
    """A marker on a test, its arguments as Python source (`repr`), at most 200 characters each."""

    name: str
    args: tuple[str, ...] = ()
    kwargs: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class SeenWarning:
    """A warning that pytest recorded."""

    category: str
    message: str
    path: str
    line: int
    node_id: NodeId | None
    """None: it came while collecting or configuring."""
    count: int = 1


@dataclass(frozen=True, slots=True)
class Attempt:
    """One execution of one node id in one run."""

    outcome: Outcome
    duration_s: float
    condition: str = "main"
    """`main`, `after-restart` (a crash before it: no evidence about order), or an experiment's name."""
    phases: tuple[Phase, ...] = ()
    troubles: tuple[Trouble, ...] = ()
    """In the order of the phases; the first one decides the signature."""
    sleeps: tuple[Sleep, ...] = ()
    worker: str = ""
    """xdist's worker, empty without xdist."""


@dataclass(frozen=True, slots=True)
class AuditedTest:
    """One selected test with everything that the run told about it."""

    node_id: NodeId
    junit_key: str
    """`classname::name`, as pytest's JUnit XML writes them."""
    path: str
    line: int
    """Of its definition, 1-based; 0 where it is not known (results from JUnit)."""
    outcome: Outcome | None
    """None: it was not run (`--no-run`), or the run ended before it."""
    attempts: tuple[Attempt, ...] = ()
    flaky: bool = False
    reason: str = ""
    """Of a skip or xfail."""
    skip_kind: Kind | None = None
    """Of a skip or xfail; None for other outcomes."""
    skip_site: Frame | None = None
    """Where the skip was raised, or the decorated function stands."""
    skip_by: str = ""
    """How: `skipif`, `skip`, `call`, `importorskip`, `unittest`, `xfail`, `xfail-call`, `module`, `junit`, or empty."""
    tracked: bool = False
    """The skip or xfail names an issue."""
    level: Level = "unit"
    failure: str | None = None
    """Id of its entry among the failures."""
    markers: tuple[Marker, ...] = ()
    fixtures: tuple[FixtureUse, ...] = ()

    @property
    def duration_s(self) -> float:
        """Seconds of its deciding attempt, all phases."""
        return self.attempts[-1].duration_s if self.attempts else 0.0


@dataclass(frozen=True, slots=True)
class Gap:
    """One reason why an audit is not complete."""

    what: str
    where: str
    why: str


@dataclass(frozen=True, slots=True)
class Environment:
    """What ran the tests."""

    python: str = ""
    pytest: str = ""
    platform: str = ""
    executable: str = ""
    plugins: tuple[str, ...] = ()
    """`name version` of pytest's installed plugins."""


@dataclass(frozen=True, slots=True)
class Run:
    """One pytest process (and its restarts) on one revision, or the results of foreign JUnit files."""

    tests: tuple[AuditedTest, ...]
    deselected: int = 0
    environment: Environment = Environment()
    exit_status: int | None = None
    """pytest's, of the last process; None: it did not end by itself, or nothing was run here."""
    duration_s: float = 0.0
    gaps: tuple[Gap, ...] = ()
    notes: tuple[str, ...] = ()
    warnings: tuple[SeenWarning, ...] = ()
    collected_files: frozenset[str] = frozenset()
    """Test modules that pytest collected, whether or not their tests were selected."""
    broken_files: tuple[str, ...] = ()
    """Modules that failed to collect."""
    fixture_setup: tuple[tuple[str, str, int, float], ...] = ()
    """(fixture name, path, number of set-ups, seconds in all), the most expensive first."""
    probe_s: float = 0.0
    """Seconds that the probe spent, by its own account."""
    reported: str = ""
    """pytest's own closing line."""
    selection: tuple[str, ...] = ()
    """What selected a part of the suite beyond its configuration (`-k`, `-m`, paths): the audit is partial."""
    ended_by: int | None = None
    """The signal that ended testaudit's own wait."""
    diagnosis: str = ""
    """Why there are no results at all, where the probe or the runner could tell."""


# ---------------------------------------------------------------- what was concluded


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


@dataclass(frozen=True, slots=True)
class Check:
    """One question of the gate and its answer."""

    name: str
    passed: bool
    actual: str | float | int | None
    limit: str | float | int | None
    why: str
    what_to_do: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The gate's answer: passed when every check passed."""

    checks: tuple[Check, ...]

    @property
    def passed(self) -> bool:
        """Every check passed."""
        return all(check.passed for check in self.checks)


@dataclass(frozen=True, slots=True)
class Project:
    """The audited project on disk, and its revision."""

    root: str
    """Absolute, on this machine. Never written into the audit file."""
    name: str = ""
    commit: str | None = None
    branch: str | None = None
    dirty: bool | None = None


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
    ended_by: int | None = None
    """The signal that ended testaudit's own run (SIGINT, SIGTERM); what was seen until then is in the audit."""
