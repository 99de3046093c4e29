"""The audit file, version 1: every field with its description and unit. The contract's JSON object, and what we add.

Typed dictionaries, so that one definition serves three ends: pydantic makes the JSON Schema of it and checks files
that are read, mypy checks the code that writes them, and writing builds plain dictionaries, which costs nothing extra
for 62,000 tests. A field marked `NotRequired` is left out where it would say nothing.

Within version 1 fields are added, never removed or changed in meaning; readers ignore the ones they do not know.

1.0  first version
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import NotRequired, TypedDict

# pydantic reads the annotations at run time.
from testaudit.model import Confidence, EvidenceKind, Kind, Level, Outcome, PhaseName, Severity  # noqa: TC001 - read at run time
from testaudit.report.json_comparison import ComparisonEntry  # noqa: TC001 - read at run time

SCHEMA_VERSION = "1.0"

Count = Annotated[int, Field(ge=0)]
Ratio = Annotated[float, Field(ge=0, le=1)]
Seconds = Annotated[float, Field(allow_inf_nan=False)]


def _about(text: str) -> object:
    return Field(description=text)


class Tool(TypedDict):
    """What wrote the file."""

    name: Annotated[str, _about("Always `testaudit`.")]
    version: Annotated[str, _about("Version of the program.")]


class ProjectEntry(TypedDict):
    """The audited project and its revision."""

    root: Annotated[str, _about("Always `.`: the place on somebody's disk is left out.")]
    name: Annotated[str, _about("Name of the project, empty where unknown.")]
    commit: Annotated[str | None, _about("Commit that was audited; null outside git.")]
    branch: Annotated[str | None, _about("Branch; null outside git or on a detached head.")]
    dirty: Annotated[bool | None, _about("Whether the working tree differed from the commit.")]
    folder: NotRequired[Annotated[str, _about("The project's folder within its repository; absent: its top.")]]


class EnvironmentEntry(TypedDict):
    """What ran the tests."""

    python: Annotated[str, _about("Version of the target's Python; empty: nothing was run.")]
    pytest: Annotated[str, _about("Version of the target's pytest.")]
    platform: Annotated[str, _about("Operating system and machine.")]
    plugins: Annotated[list[str], _about("`name version` of pytest's installed plugins.")]
    label: NotRequired[Annotated[str, _about("What the user calls it (`--env`).")]]


class GapEntry(TypedDict):
    """One reason why the audit is not complete."""

    what: Annotated[str, _about("What could not be examined.")]
    where: Annotated[str, _about("File, test or process; may be empty.")]
    why: Annotated[str, _about("The reason.")]


class LevelsEntry(TypedDict):
    """Tests by level of the pyramid."""

    unit: Annotated[Count, _about("Number of unit tests.")]
    integration: Annotated[Count, _about("Number of integration tests.")]
    e2e: Annotated[Count, _about("Number of end-to-end tests.")]


class CostEntry(TypedDict):
    """What the suite's time went to."""

    slept_s: Annotated[Seconds, _about("Seconds slept inside tests and fixtures.")]
    setup_s: Annotated[Seconds, _about("Seconds of fixture set-up.")]
    reruns_s: Annotated[Seconds, _about("Seconds that re-runs took.")]


class SummaryEntry(TypedDict):
    """The counts: one outcome a test."""

    collected: Annotated[Count, _about("Selected tests; deselected ones are not among them.")]
    deselected: Annotated[Count, _about("Tests that `-k`, `-m` or the configuration deselected.")]
    passed: Annotated[Count, _about("Tests that passed.")]
    failed: Annotated[Count, _about("Tests whose own check failed.")]
    error: Annotated[Count, _about("Tests whose set-up, teardown or collection failed.")]
    skipped: Annotated[Count, _about("Tests that were skipped.")]
    xfailed: Annotated[Count, _about("Tests that failed as their xfail marker expects.")]
    xpassed: Annotated[Count, _about("Tests that passed against a non-strict xfail marker.")]
    crashed: Annotated[Count, _about("Tests during which the interpreter died.")]
    timed_out: Annotated[Count, _about("Tests that were stopped at the time limit.")]
    flaky: Annotated[Count, _about("Tests with different outcomes under one tree, order and condition.")]
    expected: Annotated[
        Count, _about("Selected, less those skipped or xfailed by a condition or with a tracked issue.")
    ]
    executed: Annotated[Count, _about("Selected, less everything skipped or xfailed, as CI servers count.")]
    pass_rate: Annotated[Ratio | None, _about("(passed + xpassed) / expected; null: nothing was expected or run.")]
    pass_rate_executed: Annotated[Ratio | None, _about("(passed + xpassed) / executed; null as above.")]
    unknown_skips: Annotated[Count, _about("Skips whose kind the results do not tell, taken as conditional.")]
    duration_s: Annotated[Seconds, _about("Seconds from pytest's start to its end.")]
    levels: Annotated[LevelsEntry, _about("Tests by level.")]
    cost: Annotated[CostEntry, _about("What the time went to.")]


class FrameEntry(TypedDict):
    """A place in running code."""

    path: Annotated[str, _about("Relative to the project where it lies inside.")]
    line: Annotated[int, _about("1-based; 0 where unknown.")]
    function: Annotated[str, _about("Name of the function.")]


class TroubleEntry(TypedDict):
    """An exception that decided a phase: of a failure, an xfail or a skip. Its texts are capped and masked."""

    phase: Annotated[PhaseName | Literal["collect"], _about("Where it came up.")]
    type: Annotated[str, _about("Qualified name of the exception.")]
    message: Annotated[str, _about("Its message.")]
    frame: Annotated[FrameEntry | None, _about("The deepest first-party frame.")]
    text: Annotated[str, _about("pytest's own long text, at most 20 kB.")]
    root: NotRequired[Annotated[str, _about("`Type: message` of the innermost cause.")]]
    output: NotRequired[Annotated[str, _about("Captured output of the test, at most 64 kB.")]]
    raised: NotRequired[Annotated[FrameEntry, _about("The deepest frame, whoever's code it is.")]]
    root_raised: NotRequired[Annotated[FrameEntry, _about("The deepest frame of the root.")]]
    wrapped: NotRequired[Annotated[bool, _about("The exception was made of its root.")]]
    unset: NotRequired[Annotated[list[str], _about("Names in the message that were no environment variable then.")]]
    fixture: NotRequired[Annotated[FrameEntry, _about("The fixture or set-up that it went through, by name.")]]


class PhaseEntry(TypedDict):
    """One of the three phases of an attempt."""

    name: Annotated[PhaseName, _about("Which one.")]
    outcome: Annotated[Literal["passed", "failed", "skipped"], _about("How it ended.")]
    seconds: Annotated[Seconds, _about("Seconds it took.")]


class SleepEntry(TypedDict):
    """Seconds slept at one place."""

    seconds: Annotated[Seconds, _about("Seconds, summed over the calls.")]
    calls: Annotated[Count, _about("Number of calls.")]
    path: Annotated[str, _about("File that sleeps.")]
    line: Annotated[int, _about("1-based line.")]
    function: Annotated[str, _about("Function that sleeps.")]


class AttemptEntry(TypedDict):
    """One execution of one test in one run."""

    outcome: Annotated[Outcome, _about("How it ended.")]
    duration_s: Annotated[Seconds, _about("Seconds, all phases.")]
    condition: Annotated[str, _about("`main`, `after-restart`, or the experiment's name.")]
    phases: NotRequired[Annotated[list[PhaseEntry], _about("Its phases, in order.")]]
    troubles: NotRequired[Annotated[list[TroubleEntry], _about("Its exceptions, in the order of the phases.")]]
    sleeps: NotRequired[Annotated[list[SleepEntry], _about("Where it slept.")]]
    worker: NotRequired[Annotated[str, _about("xdist's worker.")]]


class SelectedEntry(TypedDict):
    """One selected test."""

    node_id: Annotated[str, _about("pytest's `path::Class::test[param]`, relative to the project.")]
    junit_key: Annotated[str, _about("`classname::name`, as pytest's JUnit XML writes them.")]
    path: Annotated[str, _about("File, relative to the project, with `/`.")]
    line: Annotated[int, _about("1-based line of the definition; 0 where unknown.")]
    level: Annotated[Level, _about("Level in the pyramid.")]
    outcome: Annotated[Outcome | None, _about("How it ended in the main run; null: nothing was run.")]
    flaky: Annotated[bool, _about("Different outcomes under one tree, order and condition.")]
    reason: Annotated[str, _about("Reason of a skip or xfail.")]
    skip_kind: Annotated[Kind | None, _about("Of a skip or xfail: does a condition decide it?")]
    attempts: Annotated[
        list[AttemptEntry],
        _about("Its executions: the main run's, the deciding one last, then testaudit's own re-runs."),
    ]
    failure: Annotated[str | None, _about("Id of its entry among the failures.")]
    order_dependence: NotRequired[
        Annotated[
            Literal["candidate", "proven"],
            _about("Fails in the suite and passes without the tests before it; proven: it fails behind them again."),
        ]
    ]
    passes: NotRequired[Annotated[Count, _about("Of a quarantined test: attempts that it passed in a row.")]]
    passed_before: NotRequired[Annotated[str, _about("Of a failing test: where it passed, by an earlier audit.")]]
    skip_site: NotRequired[Annotated[FrameEntry, _about("Where the skip was raised or declared.")]]
    skip_by: NotRequired[Annotated[str, _about("How it was skipped: `skipif`, `skip`, `call`, `importorskip`, …")]]
    tracked: NotRequired[Annotated[bool, _about("The skip or xfail names an issue.")]]
    markers: NotRequired[Annotated[list[Count], _about("Places in the audit's `markers`.")]]
    fixtures: NotRequired[
        Annotated[
            list[tuple[Count, Seconds | None]],
            _about("[place in the audit's `fixtures`, seconds of set-up in this test or null], in order of use."),
        ]
    ]


class MarkerEntry(TypedDict):
    """A marker as it stands on one or more tests; arguments as Python source."""

    name: Annotated[str, _about("Its name.")]
    args: Annotated[list[str], _about("Positional arguments.")]
    kwargs: Annotated[list[tuple[str, str]], _about("[name, value] of keyword arguments.")]


class FixtureEntry(TypedDict):
    """A fixture that one or more tests used."""

    name: Annotated[str, _about("Its name.")]
    scope: Annotated[str, _about("Its scope.")]
    path: Annotated[str, _about("File that defines it.")]
    line: Annotated[int, _about("1-based line; 0 where unknown.")]


class EvidenceEntry(TypedDict):
    """What a finding or a failure cites."""

    kind: Annotated[EvidenceKind, _about("Read in the source, seen in the run, or known from earlier runs.")]
    text: Annotated[str, _about("The evidence in words.")]


class FindingEntry(TypedDict):
    """One defect of one test as one rule saw it."""

    rule: Annotated[str, _about("Code: `TA301`.")]
    name: Annotated[str, _about("Slug: `sleep-in-test`.")]
    antipattern: Annotated[str, _about("Slug of the anti-pattern.")]
    severity: Annotated[Severity, _about("How bad it is.")]
    confidence: Annotated[Confidence, _about("How sure the rule is.")]
    path: Annotated[str, _about("File, relative to the project, with `/`.")]
    line: Annotated[int, _about("1-based first line.")]
    end_line: Annotated[int, _about("1-based last line.")]
    function: Annotated[str, _about("Qualified function, `<module>`, `<fixture name>` or `<suite>`.")]
    node_ids: Annotated[list[str], _about("Tests that it concerns.")]
    message: Annotated[str, _about("What is wrong.")]
    remedy: Annotated[str, _about("What to do.")]
    evidence: Annotated[list[EvidenceEntry], _about("What it rests on.")]
    fingerprint: Annotated[str, _about("Its identity across commits.")]
    new: Annotated[bool | None, _about("Whether it is new; null: nothing to compare with.")]
    fixable: Annotated[bool, _about("`testaudit fix` can repair it.")]


class FailureEntry(TypedDict):
    """Failing tests that share one cause."""

    id: Annotated[str, _about("Its identity in this audit.")]
    antipattern: Annotated[str | None, _about("Slug, where the evidence supports one.")]
    cause: Annotated[str, _about("The first cause that was proven; `unknown` is an honest answer.")]
    signature: Annotated[str, _about("Exception, normalised message and deepest first-party frame.")]
    node_ids: Annotated[list[str], _about("The tests, in the run's order.")]
    message: Annotated[str, _about("The message of its first test.")]
    evidence: Annotated[list[EvidenceEntry], _about("What the cause rests on.")]
    advice: Annotated[str, _about("What to do.")]
    frame: NotRequired[Annotated[FrameEntry, _about("The deepest first-party frame.")]]
    text: NotRequired[Annotated[str, _about("The long text of its first test.")]]
    owners: NotRequired[Annotated[list[str], _about("Who answers for its tests, by CODEOWNERS.")]]
    blame: NotRequired[Annotated[str, _about("Who changed the failing test last.")]]


class RepairEntry(TypedDict):
    """One step of the plan, the one that pays most first."""

    failure: Annotated[str, _about("Id of the failure that it mends.")]
    tests: Annotated[Count, _about("So many tests pass again.")]
    hidden: Annotated[Count, _about("So many test functions stand in modules that did not import, uncounted.")]
    places: Annotated[Count, _about("So many places have to be touched, as far as the evidence tells.")]
    wasted_s: Annotated[Seconds, _about("Seconds that its tests take to fail, each run.")]
    pass_rate: Annotated[Ratio | None, _about("Once this step and those before it are done.")]


class CheckEntry(TypedDict):
    """One question of the gate and its answer."""

    name: Annotated[str, _about("Name of the check.")]
    passed: Annotated[bool, _about("The answer.")]
    actual: Annotated[str | int | Seconds | None, _about("What was found; rates as ratios.")]
    limit: Annotated[str | int | Seconds | None, _about("What is allowed; rates as ratios.")]
    why: Annotated[str, _about("The answer in words.")]
    what_to_do: Annotated[str, _about("The next step, where it failed.")]
    blocking: NotRequired[Annotated[bool, _about("False: it warns, the gate passes whatever its answer.")]]


class GateEntry(TypedDict):
    """The gate's verdict."""

    passed: Annotated[bool, _about("Every check passed.")]
    checks: Annotated[list[CheckEntry], _about("The checks, in order.")]


class AuditDocument(TypedDict):
    """One audit of one test suite, as testaudit saves it. Times are seconds, rates are ratios between 0 and 1."""

    schema_version: Annotated[str, Field(pattern=r"^\d+\.\d+$"), _about("`major.minor` of this format.")]
    tool: Tool
    project: ProjectEntry
    environment: EnvironmentEntry
    complete: Annotated[bool, _about("Everything that belongs to the suite was examined.")]
    incomplete: Annotated[list[GapEntry], _about("What was not, and why.")]
    partial: Annotated[bool, _about("Only a part of the suite was selected.")]
    summary: SummaryEntry
    tests: Annotated[list[SelectedEntry], _about("Every selected test.")]
    findings: Annotated[list[FindingEntry], _about("Findings of both confidences, worst first.")]
    failures: Annotated[list[FailureEntry], _about("Groups of failing tests, the largest first.")]
    gate: Annotated[GateEntry | None, _about("The verdict; null: nothing was judged.")]
    comparison: NotRequired[Annotated[ComparisonEntry, _about("Against baseline and merge base.")]]
    notes: NotRequired[Annotated[list[str], _about("What a reader should know besides.")]]
    repairs: NotRequired[Annotated[list[RepairEntry], _about("The plan: what to repair first.")]]
    slowest: NotRequired[Annotated[list[tuple[str, Seconds]], _about("[node id, seconds] of the slowest tests.")]]
    fixture_setup: NotRequired[
        Annotated[
            list[tuple[str, str, Count, Seconds]],
            _about("[fixture, path, number of set-ups, seconds in all], the most expensive first."),
        ]
    ]
    sleeps: NotRequired[Annotated[list[SleepEntry], _about("Where the suite slept, longest first.")]]
    markers: NotRequired[Annotated[list[MarkerEntry], _about("The markers that tests refer to.")]]
    fixtures: NotRequired[Annotated[list[FixtureEntry], _about("The fixtures that tests refer to.")]]
    generated: NotRequired[Annotated[str, _about("ISO 8601 with zone, when the audit ended.")]]
    command: NotRequired[Annotated[str, _about("How pytest was called.")]]
    probe_s: NotRequired[Annotated[Seconds, _about("Seconds that watching cost inside the tests' process.")]]
    members: NotRequired[Annotated[list[str], _about("Roots of a monorepo's projects that this audit covers.")]]
    impossible: NotRequired[Annotated[str, _about("Why nothing can be said of the suite; absent where something can.")]]
    ended_by: NotRequired[Annotated[int, _about("Signal that ended the run early; absent where it ran to its end.")]]
    confidence: NotRequired[Annotated[Confidence, _about("Lowest confidence that was shown and gated.")]]
