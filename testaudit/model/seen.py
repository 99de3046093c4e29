"""What a run showed: tests, attempts, exceptions, and whatever kept the record from being whole."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from testaudit.model.frame import Frame
    from testaudit.model.leaks import Bind, Connection, Double, Leak, LeakKind, OpenedFile
    from testaudit.model.reached import Deep, Reached
    from testaudit.model.words import Kind, Level, NodeId, OrderDependence, Outcome, PhaseName


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
    raised: Frame | None = None
    """The deepest frame, whoever's code it is."""
    root_raised: Frame | None = None
    """The deepest frame of the root."""
    wrapped: bool = False
    """The exception was made of its root: raised `from` it, or by the function that had caught it."""
    unset: tuple[str, ...] = ()
    """The words of the message (and the root) in the manner of environment variables that were none at that moment."""
    fixture: Frame | None = None
    """The fixture, or xunit-style set-up or teardown, that the exception went through: its name, and where it is
    defined."""


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
    """A warning that pytest recorded, once for each text and place.

    Those that are evidence (`never awaited`, ResourceWarning, unraisable and thread exceptions) once for each test too.
    """

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
    """`main`, `after-restart` (a crash before it: no evidence about order), or what a re-run varied:
    `together`, `alone`, `replay`, `file`."""
    phases: tuple[Phase, ...] = ()
    troubles: tuple[Trouble, ...] = ()
    """In the order of the phases; the first one decides the signature."""
    sleeps: tuple[Sleep, ...] = ()
    worker: str = ""
    """xdist's worker, empty without xdist."""
    leaks: tuple[Leak, ...] = ()
    """What it left otherwise than it was (as `sleeps`: told of all its attempts where the runner made several)."""
    connections: tuple[Connection, ...] = ()
    binds: tuple[Bind, ...] = ()
    opened: tuple[OpenedFile, ...] = ()
    doubles: tuple[Double, ...] = ()


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
    """Of the main run; the last one decides the outcome."""
    flaky: bool = False
    """Proven: different outcomes under one order and one condition."""
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
    reruns: tuple[Attempt, ...] = ()
    """testaudit's own, in the order in which they were made: evidence, they never change the outcome."""
    order: OrderDependence = ""
    passes: int = 0
    """Of a quarantined test: attempts that it passed in a row, this run's and those that are remembered."""
    reached: tuple[Reached, ...] | None = None
    """The first-party lines that ran in it; None: that was not measured (`--deep`)."""
    passed_before: str = ""
    """Of a failing test: where it passed (`commit abc1234, 2026-11-20`), as far as an earlier audit tells."""

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
    label: str = ""
    """What the user calls it (`--env`): the row of a CI matrix."""


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
    watched: frozenset[LeakKind] = frozenset()
    """The kinds of leaks that were looked for; empty with `--no-leaks`, and where the results are somebody else's. As
    long as it is empty nothing is known of connections, opened files and doubles either."""
    probe_s: float = 0.0
    """Seconds that the probe spent, by its own account."""
    reruns_s: float = 0.0
    """Seconds that testaudit's own re-runs took."""
    start_s: float = 0.0
    """Seconds from the start of the interpreter to the end of the collection."""
    orders: tuple[tuple[NodeId, ...], ...] = ()
    """For each process (one, and one more a restart) its tests in the order in which they ended. With xdist a worker's
    are those with its name on their attempts."""
    rootdir: str = ""
    """pytest's, absolute: its own node ids start there."""
    further_args: tuple[str, ...] = ()
    """pytest's arguments with which a further run stays in one process and writes none of the user's files."""
    reported: str = ""
    """pytest's own closing line."""
    selection: tuple[str, ...] = ()
    """What selected a part of the suite beyond its configuration (`-k`, `-m`, paths): the audit is partial."""
    ended_by: int | None = None
    """The signal that ended testaudit's own wait."""
    deep: Deep | None = None
    """How coverage per test was measured; None: nobody asked for it."""
    diagnosis: str = ""
    """Why there are no results at all, where the probe or the runner could tell."""
