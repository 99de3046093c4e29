"""The dictionaries of a checked audit file -> values. The other direction is `json_write.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from testaudit.experiments.interface import CONDITIONS
from testaudit.model import (
    Attempt,
    Audit,
    AuditedTest,
    Check,
    Cost,
    Environment,
    Evidence,
    Failure,
    Finding,
    FixtureUse,
    Frame,
    Gap,
    Level,
    Marker,
    NodeId,
    Phase,
    Project,
    Repair,
    Sleep,
    Summary,
    Trouble,
    Verdict,
)
from testaudit.report import json_comparison

if TYPE_CHECKING:
    from testaudit.report.json_schema import (
        AttemptEntry,
        AuditDocument,
        EvidenceEntry,
        FailureEntry,
        FindingEntry,
        FixtureEntry,
        FrameEntry,
        GateEntry,
        SelectedEntry,
        SleepEntry,
        SummaryEntry,
        TroubleEntry,
    )

_LEVELS: tuple[Level, ...] = ("unit", "integration", "e2e")


def audit(document: AuditDocument) -> Audit:
    """The whole audit; the project's root is `.`, as the file says."""
    project, environment, gate = document["project"], document["environment"], document["gate"]
    markers = tuple(
        Marker(name=entry["name"], args=tuple(entry["args"]), kwargs=tuple(entry["kwargs"]))
        for entry in document.get("markers", [])
    )
    fixtures = document.get("fixtures", [])
    return Audit(
        project=Project(
            root=project["root"],
            name=project["name"],
            commit=project["commit"],
            branch=project["branch"],
            dirty=project["dirty"],
            folder=project.get("folder", ""),
        ),
        environment=Environment(
            python=environment["python"],
            pytest=environment["pytest"],
            platform=environment["platform"],
            plugins=tuple(environment["plugins"]),
            label=environment.get("label", ""),
        ),
        complete=document["complete"],
        incomplete=tuple(Gap(entry["what"], entry["where"], entry["why"]) for entry in document["incomplete"]),
        partial=document["partial"],
        summary=_summary(document["summary"]),
        tests=tuple(_test(entry, markers, fixtures) for entry in document["tests"]),
        findings=tuple(_finding(entry) for entry in document["findings"]),
        failures=tuple(_failure(entry) for entry in document["failures"]),
        verdict=_verdict(gate) if gate is not None else None,
        notes=tuple(document.get("notes", ())),
        comparison=json_comparison.read(document["comparison"]) if "comparison" in document else None,
        repairs=tuple(
            Repair(step["failure"], step["tests"], step["hidden"], step["places"], step["wasted_s"], step["pass_rate"])
            for step in document.get("repairs", ())
        ),
        slowest=tuple((NodeId(node_id), seconds) for node_id, seconds in document.get("slowest", ())),
        fixture_setup=tuple(document.get("fixture_setup", ())),
        sleeps=tuple(_sleep(entry) for entry in document.get("sleeps", ())),
        generated=document.get("generated", ""),
        command=document.get("command", ""),
        probe_s=document.get("probe_s", 0.0),
        members=tuple(document.get("members", ())),
        confidence=document.get("confidence", "high"),
        impossible=document.get("impossible", ""),
        ended_by=document.get("ended_by"),
    )


def _frame(entry: FrameEntry | None) -> Frame | None:
    return Frame(entry["path"], entry["line"], entry["function"]) if entry is not None else None


def _sleep(entry: SleepEntry) -> Sleep:
    return Sleep(entry["seconds"], entry["calls"], entry["path"], entry["line"], entry["function"])


def _trouble(entry: TroubleEntry) -> Trouble:
    return Trouble(
        phase=entry["phase"],
        type=entry["type"],
        message=entry["message"],
        frame=_frame(entry["frame"]),
        text=entry["text"],
        root=entry.get("root", ""),
        output=entry.get("output", ""),
        raised=_frame(entry.get("raised")),
        root_raised=_frame(entry.get("root_raised")),
        wrapped=entry.get("wrapped", False),
        unset=tuple(entry.get("unset", ())),
        fixture=_frame(entry.get("fixture")),
    )


def _attempt(entry: AttemptEntry) -> Attempt:
    return Attempt(
        outcome=entry["outcome"],
        duration_s=entry["duration_s"],
        condition=entry["condition"],
        phases=tuple(Phase(phase["name"], phase["outcome"], phase["seconds"]) for phase in entry.get("phases", ())),
        troubles=tuple(_trouble(trouble) for trouble in entry.get("troubles", ())),
        sleeps=tuple(_sleep(sleep) for sleep in entry.get("sleeps", ())),
        worker=entry.get("worker", ""),
    )


def _fixture(entry: FixtureEntry, setup_s: float | None) -> FixtureUse:
    return FixtureUse(entry["name"], entry["scope"], entry["path"], entry["line"], setup_s)


def _test(entry: SelectedEntry, markers: tuple[Marker, ...], fixtures: list[FixtureEntry]) -> AuditedTest:
    attempts = tuple(_attempt(attempt) for attempt in entry["attempts"])
    return AuditedTest(
        node_id=NodeId(entry["node_id"]),
        junit_key=entry["junit_key"],
        path=entry["path"],
        line=entry["line"],
        outcome=entry["outcome"],
        attempts=tuple(attempt for attempt in attempts if attempt.condition not in CONDITIONS),
        flaky=entry["flaky"],
        reason=entry["reason"],
        skip_kind=entry["skip_kind"],
        skip_site=_frame(entry.get("skip_site")),
        skip_by=entry.get("skip_by", ""),
        tracked=entry.get("tracked", False),
        level=entry["level"],
        failure=entry["failure"],
        markers=tuple(markers[place] for place in entry.get("markers", ())),
        fixtures=tuple(_fixture(fixtures[place], setup_s) for place, setup_s in entry.get("fixtures", ())),
        reruns=tuple(attempt for attempt in attempts if attempt.condition in CONDITIONS),
        order=entry.get("order_dependence", ""),
        passes=entry.get("passes", 0),
        passed_before=entry.get("passed_before", ""),
    )


def _evidence(entries: list[EvidenceEntry]) -> tuple[Evidence, ...]:
    return tuple(Evidence(entry["kind"], entry["text"]) for entry in entries)


def _finding(entry: FindingEntry) -> Finding:
    return Finding(
        rule=entry["rule"],
        name=entry["name"],
        antipattern=entry["antipattern"],
        severity=entry["severity"],
        confidence=entry["confidence"],
        path=entry["path"],
        line=entry["line"],
        end_line=entry["end_line"],
        message=entry["message"],
        remedy=entry["remedy"],
        function=entry["function"],
        evidence=_evidence(entry["evidence"]),
        node_ids=tuple(NodeId(node_id) for node_id in entry["node_ids"]),
        fingerprint=entry["fingerprint"],
        new=entry["new"],
        fixable=entry["fixable"],
    )


def _failure(entry: FailureEntry) -> Failure:
    return Failure(
        id=entry["id"],
        cause=entry["cause"],
        signature=entry["signature"],
        node_ids=tuple(NodeId(node_id) for node_id in entry["node_ids"]),
        message=entry["message"],
        antipattern=entry["antipattern"],
        evidence=_evidence(entry["evidence"]),
        advice=entry["advice"],
        frame=_frame(entry.get("frame")),
        text=entry.get("text", ""),
        owners=tuple(entry.get("owners", ())),
        blame=entry.get("blame", ""),
    )


def _verdict(entry: GateEntry) -> Verdict:
    return Verdict(
        tuple(
            Check(
                name=check["name"],
                passed=check["passed"],
                actual=check["actual"],
                limit=check["limit"],
                why=check["why"],
                what_to_do=check["what_to_do"],
                blocking=check.get("blocking", True),
            )
            for check in entry["checks"]
        )
    )


def _summary(entry: SummaryEntry) -> Summary:
    levels, cost = entry["levels"], entry["cost"]
    return Summary(
        collected=entry["collected"],
        deselected=entry["deselected"],
        passed=entry["passed"],
        failed=entry["failed"],
        error=entry["error"],
        skipped=entry["skipped"],
        xfailed=entry["xfailed"],
        xpassed=entry["xpassed"],
        crashed=entry["crashed"],
        timed_out=entry["timed_out"],
        flaky=entry["flaky"],
        expected=entry["expected"],
        executed=entry["executed"],
        pass_rate=entry["pass_rate"],
        pass_rate_executed=entry["pass_rate_executed"],
        unknown_skips=entry["unknown_skips"],
        duration_s=entry["duration_s"],
        levels=tuple((level, levels[level]) for level in _LEVELS),
        cost=Cost(slept_s=cost["slept_s"], setup_s=cost["setup_s"], reruns_s=cost["reruns_s"]),
    )
