"""The audit file's `comparison`: what changed against baseline and merge base. Its fields, writing and reading."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field
from typing_extensions import NotRequired, TypedDict

from testaudit.model import Bar, Comparison, Gone, Loosened, NodeId, Quarantined, StillFailing
from testaudit.model import Level as Level  # noqa: PLC0414 - pydantic reads the annotations at run time

if TYPE_CHECKING:
    from collections.abc import Iterable

Count = Annotated[int, Field(ge=0)]


def _about(text: str) -> object:
    return Field(description=text)


class BarEntry(TypedDict):
    """What the suite reached when the baseline was written, in this environment."""

    label: Annotated[str, _about("Name of the environment (`--env`).")]
    passed: Annotated[Count, _about("Tests that passed.")]
    expected: Annotated[Count, _about("Tests that were expected to pass.")]
    pass_rate: Annotated[float | None, _about("passed / expected; null: nothing was expected.")]
    collected: Annotated[Count, _about("Selected tests.")]
    deselected: Annotated[Count, _about("Deselected tests.")]
    duration_s: Annotated[float, Field(allow_inf_nan=False), _about("Seconds from pytest's start to its end.")]
    levels: Annotated[list[tuple[Level, Count, Count]], _about("[level, passed, expected].")]
    python: Annotated[str, _about("Its Python, major.minor.")]
    platform: Annotated[str, _about("Its operating system.")]
    commit: Annotated[str, _about("The commit that was measured.")]
    date: Annotated[str, _about("When, ISO 8601.")]


class StillFailingEntry(TypedDict):
    """A failure that the baseline knows."""

    node_id: Annotated[str, _about("The test.")]
    issue: Annotated[str, _about("What tracks it.")]
    owner: Annotated[str, _about("Who answers for it.")]
    until: Annotated[str, _about("The last day on which it is excused.")]
    expired: Annotated[bool, _about("That day is over.")]
    untracked: Annotated[bool, _about("The record names neither an issue nor a day.")]


class GoneEntry(TypedDict):
    """A test function of which there are fewer cases than before."""

    node_id: Annotated[str, _about("Without parameters.")]
    before: Annotated[Count, _about("Cases then.")]
    now: Annotated[Count, _about("Cases now.")]
    accepted: Annotated[str, _about("Why that is right, by a record; empty: there is none.")]


class LoosenedEntry(TypedDict):
    """A test that checks less than at the merge base."""

    node_id: Annotated[str, _about("The test.")]
    path: Annotated[str, _about("Its file.")]
    line: Annotated[int, _about("Line of the assertion, or of the test where it is gone.")]
    what: Annotated[str, _about("What was loosened.")]
    before: Annotated[str, _about("The assertion then.")]
    now: Annotated[str, _about("The assertion now; empty: gone.")]


class QuarantinedEntry(TypedDict):
    """An entry of the quarantine, and how its test did."""

    node_id: Annotated[str, _about("The test.")]
    owner: Annotated[str, _about("Who answers for it.")]
    issue: Annotated[str, _about("What tracks it.")]
    until: Annotated[str, _about("The last day of its quarantine.")]
    outcome: Annotated[str, _about("How its test ended; empty: it was not run.")]
    expired: Annotated[bool, _about("That day is over.")]
    passes: Annotated[Count, _about("Attempts that it passed in a row.")]


class ComparisonEntry(TypedDict):
    """What changed. Node ids are today's, unless said otherwise; empty lists are left out."""

    baseline: Annotated[str, _about("The baseline's file; empty: none.")]
    since: Annotated[str, _about("The revision as typed; empty: none.")]
    merge_base: Annotated[str, _about("Its commit.")]
    bar: NotRequired[Annotated[BarEntry, _about("The baseline's figures for this environment.")]]
    changed: NotRequired[Annotated[list[str], _about("Files that differ from the merge base; absent: not known.")]]
    new_failures: NotRequired[Annotated[list[str], _about("Failing tests that block.")]]
    known_failures: NotRequired[Annotated[list[StillFailingEntry], _about("Failing tests that the baseline knows.")]]
    fixed: NotRequired[Annotated[list[str], _about("Known failures that pass now.")]]
    accepted_now: NotRequired[Annotated[list[str], _about("Known failures that this change accepts.")]]
    new_flaky: NotRequired[Annotated[list[str], _about("Flaky failures that block.")]]
    other_flaky: NotRequired[Annotated[list[str], _about("Flaky failures that do not block.")]]
    quarantined: NotRequired[Annotated[list[QuarantinedEntry], _about("The quarantine's entries.")]]
    gone: NotRequired[Annotated[list[GoneEntry], _about("Tests that disappeared, accepted or not.")]]
    moved: NotRequired[Annotated[list[tuple[str, str]], _about("[then, now] of renamed and moved tests.")]]
    unselected: NotRequired[Annotated[list[GoneEntry], _about("Tests in the source that are no longer selected.")]]
    missed_more: NotRequired[Annotated[Count, _about("Expected tests that do not pass, beyond the baseline's.")]]
    new_skips: NotRequired[Annotated[list[str], _about("Tests that ran before and are skipped now.")]]
    new_xfails: NotRequired[Annotated[list[str], _about("Tests that are newly expected to fail.")]]
    elsewhere: NotRequired[Annotated[list[str], _about("Skipped by a condition in another environment.")]]
    loosened: NotRequired[Annotated[list[LoosenedEntry], _about("Tests that check less; absent: not known.")]]
    old_findings: Annotated[Count, _about("Findings that were there before.")]
    fixed_findings: Annotated[Count, _about("Findings that are gone.")]
    edited: NotRequired[Annotated[str, _about("What in the baseline was not measured by testaudit.")]]
    lowered: NotRequired[Annotated[list[str], _about("What this change takes from the bar without a record.")]]
    lowered_why: NotRequired[Annotated[list[str], _about("Why this change lowers the bar, by its records.")]]


def write(value: Comparison) -> ComparisonEntry:
    """The value as it stands in the file."""
    entry: ComparisonEntry = {
        "baseline": value.baseline,
        "since": value.since,
        "merge_base": value.merge_base,
        "old_findings": value.old_findings,
        "fixed_findings": value.fixed_findings,
    }
    if value.changed is not None:
        entry["changed"] = list(value.changed)
    if value.known_failures:
        entry["known_failures"] = [
            {
                "node_id": known.node_id,
                "issue": known.issue,
                "owner": known.owner,
                "until": known.until,
                "expired": known.expired,
                "untracked": known.untracked,
            }
            for known in value.known_failures
        ]
    if value.quarantined:
        entry["quarantined"] = [
            {
                "node_id": one.node_id,
                "owner": one.owner,
                "issue": one.issue,
                "until": one.until,
                "outcome": one.outcome,
                "expired": one.expired,
                "passes": one.passes,
            }
            for one in value.quarantined
        ]
    if value.loosened is not None:
        entry["loosened"] = [
            {
                "node_id": one.node_id,
                "path": one.path,
                "line": one.line,
                "what": one.what,
                "before": one.before,
                "now": one.now,
            }
            for one in value.loosened
        ]
    _the_bar(entry, value)
    _lists(entry, value)
    return entry


def _the_bar(entry: ComparisonEntry, value: Comparison) -> None:
    if value.bar is not None:
        entry["bar"] = _bar(value.bar)
    if value.missed_more:
        entry["missed_more"] = value.missed_more
    if value.edited:
        entry["edited"] = value.edited
    if value.lowered:
        entry["lowered"] = list(value.lowered)
    if value.lowered_why:
        entry["lowered_why"] = list(value.lowered_why)


def _lists(entry: ComparisonEntry, value: Comparison) -> None:
    if value.new_failures:
        entry["new_failures"] = list(value.new_failures)
    if value.fixed:
        entry["fixed"] = list(value.fixed)
    if value.accepted_now:
        entry["accepted_now"] = list(value.accepted_now)
    if value.new_flaky:
        entry["new_flaky"] = list(value.new_flaky)
    if value.other_flaky:
        entry["other_flaky"] = list(value.other_flaky)
    if value.new_skips:
        entry["new_skips"] = list(value.new_skips)
    if value.new_xfails:
        entry["new_xfails"] = list(value.new_xfails)
    if value.elsewhere:
        entry["elsewhere"] = list(value.elsewhere)
    if value.gone:
        entry["gone"] = [_gone(one) for one in value.gone]
    if value.unselected:
        entry["unselected"] = [_gone(one) for one in value.unselected]
    if value.moved:
        entry["moved"] = list(value.moved)


def _bar(bar: Bar) -> BarEntry:
    return {
        "label": bar.label,
        "passed": bar.passed,
        "expected": bar.expected,
        "pass_rate": bar.pass_rate,
        "collected": bar.collected,
        "deselected": bar.deselected,
        "duration_s": bar.duration_s,
        "levels": list(bar.levels),
        "python": bar.python,
        "platform": bar.platform,
        "commit": bar.commit,
        "date": bar.date,
    }


def _gone(gone: Gone) -> GoneEntry:
    return {"node_id": gone.node_id, "before": gone.before, "now": gone.now, "accepted": gone.accepted}


def read(entry: ComparisonEntry) -> Comparison:
    """The value of a checked file."""
    bar = entry.get("bar")
    changed, loosened = entry.get("changed"), entry.get("loosened")
    return Comparison(
        baseline=entry["baseline"],
        since=entry["since"],
        merge_base=entry["merge_base"],
        bar=_read_bar(bar) if bar is not None else None,
        changed=tuple(changed) if changed is not None else None,
        new_failures=_ids(entry.get("new_failures", ())),
        known_failures=tuple(
            StillFailing(
                NodeId(one["node_id"]), one["issue"], one["owner"], one["until"], one["expired"], one["untracked"]
            )
            for one in entry.get("known_failures", ())
        ),
        fixed=_ids(entry.get("fixed", ())),
        accepted_now=_ids(entry.get("accepted_now", ())),
        new_flaky=_ids(entry.get("new_flaky", ())),
        other_flaky=_ids(entry.get("other_flaky", ())),
        quarantined=tuple(
            Quarantined(
                NodeId(one["node_id"]),
                one["owner"],
                one["issue"],
                one["until"],
                one["outcome"],
                one["expired"],
                one["passes"],
            )
            for one in entry.get("quarantined", ())
        ),
        gone=tuple(map(_read_gone, entry.get("gone", ()))),
        moved=tuple((NodeId(then), NodeId(now)) for then, now in entry.get("moved", ())),
        unselected=tuple(map(_read_gone, entry.get("unselected", ()))),
        missed_more=entry.get("missed_more", 0),
        new_skips=_ids(entry.get("new_skips", ())),
        new_xfails=_ids(entry.get("new_xfails", ())),
        elsewhere=_ids(entry.get("elsewhere", ())),
        loosened=tuple(
            Loosened(NodeId(one["node_id"]), one["path"], one["line"], one["what"], one["before"], one["now"])
            for one in loosened
        )
        if loosened is not None
        else None,
        old_findings=entry["old_findings"],
        fixed_findings=entry["fixed_findings"],
        edited=entry.get("edited", ""),
        lowered=tuple(entry.get("lowered", ())),
        lowered_why=tuple(entry.get("lowered_why", ())),
    )


def _ids(values: Iterable[str]) -> tuple[NodeId, ...]:
    return tuple(map(NodeId, values))


def _read_bar(entry: BarEntry) -> Bar:
    return Bar(
        label=entry["label"],
        passed=entry["passed"],
        expected=entry["expected"],
        collected=entry["collected"],
        deselected=entry["deselected"],
        duration_s=entry["duration_s"],
        levels=tuple((level, passed, expected) for level, passed, expected in entry["levels"]),
        python=entry["python"],
        platform=entry["platform"],
        commit=entry["commit"],
        date=entry["date"],
    )


def _read_gone(entry: GoneEntry) -> Gone:
    return Gone(NodeId(entry["node_id"]), entry["before"], entry["now"], entry["accepted"])
