"""Values -> the dictionaries of the audit file. The other direction is `json_read.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from testaudit.report import json_comparison

if TYPE_CHECKING:
    from collections.abc import Hashable

    from testaudit.model import (
        Attempt,
        Audit,
        AuditedTest,
        Check,
        Evidence,
        Failure,
        Finding,
        Frame,
        Marker,
        Repair,
        Sleep,
        Summary,
        Trouble,
        Verdict,
    )
    from testaudit.report.json_schema import (
        AttemptEntry,
        AuditDocument,
        CheckEntry,
        EvidenceEntry,
        FailureEntry,
        FindingEntry,
        FixtureEntry,
        FrameEntry,
        GateEntry,
        MarkerEntry,
        RepairEntry,
        SelectedEntry,
        SleepEntry,
        SummaryEntry,
        TroubleEntry,
    )

K = TypeVar("K", bound="Hashable")


def document(audit: Audit, tool_version: str, schema_version: str) -> AuditDocument:
    """The whole audit."""
    project, environment = audit.project, audit.environment
    markers: dict[Marker, int] = {}
    fixtures: dict[tuple[str, str, str, int], int] = {}
    tests = [_test(test, markers, fixtures) for test in audit.tests]
    entry: AuditDocument = {
        "schema_version": schema_version,
        "tool": {"name": "testaudit", "version": tool_version},
        "generated": audit.generated,
        "project": {
            "root": ".",
            "name": project.name,
            "commit": project.commit,
            "branch": project.branch,
            "dirty": project.dirty,
        },
        "environment": {
            "python": environment.python,
            "pytest": environment.pytest,
            "platform": environment.platform,
            "plugins": list(environment.plugins),
        },
        "command": audit.command,
        "members": list(audit.members),
        "complete": audit.complete,
        "incomplete": [{"what": gap.what, "where": gap.where, "why": gap.why} for gap in audit.incomplete],
        "partial": audit.partial,
        "confidence": audit.confidence,
        "notes": list(audit.notes),
        "gate": _gate(audit.verdict) if audit.verdict is not None else None,
        "summary": _summary(audit.summary),
        "failures": [_failure(failure) for failure in audit.failures],
        "findings": [_finding(finding) for finding in audit.findings],
        "repairs": [_repair(step) for step in audit.repairs],
        "slowest": list(audit.slowest),
        "sleeps": [_sleep(sleep) for sleep in audit.sleeps],
        "fixture_setup": list(audit.fixture_setup),
        "probe_s": audit.probe_s,
        "tests": tests,
        "markers": [_marker(marker) for marker in markers],
        "fixtures": [_fixture(*fixture) for fixture in fixtures],
    }
    if project.folder:
        entry["project"]["folder"] = project.folder
    if environment.label:
        entry["environment"]["label"] = environment.label
    if audit.comparison is not None:
        entry["comparison"] = json_comparison.write(audit.comparison)
    if audit.impossible:
        entry["impossible"] = audit.impossible
    if audit.ended_by is not None:
        entry["ended_by"] = audit.ended_by
    return entry


def _place(table: dict[K, int], key: K) -> int:
    """The key's place in a table that keeps every key once: 62,000 tests share a handful of fixtures."""
    return table.setdefault(key, len(table))


def _repair(step: Repair) -> RepairEntry:
    return {
        "failure": step.failure,
        "tests": step.tests,
        "hidden": step.hidden,
        "places": step.places,
        "wasted_s": step.wasted_s,
        "pass_rate": step.pass_rate,
    }


def _marker(marker: Marker) -> MarkerEntry:
    return {"name": marker.name, "args": list(marker.args), "kwargs": list(marker.kwargs)}


def _fixture(name: str, scope: str, path: str, line: int) -> FixtureEntry:
    return {"name": name, "scope": scope, "path": path, "line": line}


def _frame(frame: Frame) -> FrameEntry:
    return {"path": frame.path, "line": frame.line, "function": frame.function}


def _sleep(sleep: Sleep) -> SleepEntry:
    return {
        "seconds": sleep.seconds,
        "calls": sleep.calls,
        "path": sleep.path,
        "line": sleep.line,
        "function": sleep.function,
    }


def _trouble(trouble: Trouble) -> TroubleEntry:
    entry: TroubleEntry = {
        "phase": trouble.phase,
        "type": trouble.type,
        "message": trouble.message,
        "frame": _frame(trouble.frame) if trouble.frame is not None else None,
        "text": trouble.text,
    }
    if trouble.root:
        entry["root"] = trouble.root
    if trouble.output:
        entry["output"] = trouble.output
    if trouble.raised is not None:
        entry["raised"] = _frame(trouble.raised)
    if trouble.root_raised is not None:
        entry["root_raised"] = _frame(trouble.root_raised)
    if trouble.wrapped:
        entry["wrapped"] = True
    if trouble.unset:
        entry["unset"] = list(trouble.unset)
    if trouble.fixture is not None:
        entry["fixture"] = _frame(trouble.fixture)
    return entry


def _attempt(attempt: Attempt) -> AttemptEntry:
    entry: AttemptEntry = {
        "outcome": attempt.outcome,
        "duration_s": attempt.duration_s,
        "condition": attempt.condition,
    }
    if attempt.phases:
        entry["phases"] = [
            {"name": phase.name, "outcome": phase.outcome, "seconds": phase.seconds} for phase in attempt.phases
        ]
    if attempt.troubles:
        entry["troubles"] = [_trouble(trouble) for trouble in attempt.troubles]
    if attempt.sleeps:
        entry["sleeps"] = [_sleep(sleep) for sleep in attempt.sleeps]
    if attempt.worker:
        entry["worker"] = attempt.worker
    return entry


def _test(
    test: AuditedTest, markers: dict[Marker, int], fixtures: dict[tuple[str, str, str, int], int]
) -> SelectedEntry:
    entry: SelectedEntry = {
        "node_id": test.node_id,
        "junit_key": test.junit_key,
        "path": test.path,
        "line": test.line,
        "level": test.level,
        "outcome": test.outcome,
        "flaky": test.flaky,
        "reason": test.reason,
        "skip_kind": test.skip_kind,
        "attempts": [_attempt(attempt) for attempt in (*test.attempts, *test.reruns)],
        "failure": test.failure,
    }
    if test.skip_site is not None:
        entry["skip_site"] = _frame(test.skip_site)
    if test.skip_by:
        entry["skip_by"] = test.skip_by
    if test.order:
        entry["order_dependence"] = test.order
    if test.passes:
        entry["passes"] = test.passes
    if test.passed_before:
        entry["passed_before"] = test.passed_before
    if test.tracked:
        entry["tracked"] = True
    if test.markers:
        entry["markers"] = [_place(markers, marker) for marker in test.markers]
    if test.fixtures:
        entry["fixtures"] = [
            (_place(fixtures, (use.name, use.scope, use.path, use.line)), use.setup_s) for use in test.fixtures
        ]
    return entry


def _evidence(evidence: tuple[Evidence, ...]) -> list[EvidenceEntry]:
    return [{"kind": item.kind, "text": item.text} for item in evidence]


def _finding(finding: Finding) -> FindingEntry:
    return {
        "rule": finding.rule,
        "name": finding.name,
        "antipattern": finding.antipattern,
        "severity": finding.severity,
        "confidence": finding.confidence,
        "path": finding.path,
        "line": finding.line,
        "end_line": finding.end_line,
        "function": finding.function,
        "node_ids": list(finding.node_ids),
        "message": finding.message,
        "remedy": finding.remedy,
        "evidence": _evidence(finding.evidence),
        "fingerprint": finding.fingerprint,
        "new": finding.new,
        "fixable": finding.fixable,
    }


def _failure(failure: Failure) -> FailureEntry:
    entry: FailureEntry = {
        "id": failure.id,
        "antipattern": failure.antipattern,
        "cause": failure.cause,
        "signature": failure.signature,
        "node_ids": list(failure.node_ids),
        "message": failure.message,
        "evidence": _evidence(failure.evidence),
        "advice": failure.advice,
    }
    if failure.frame is not None:
        entry["frame"] = _frame(failure.frame)
    if failure.text:
        entry["text"] = failure.text
    if failure.owners:
        entry["owners"] = list(failure.owners)
    if failure.blame:
        entry["blame"] = failure.blame
    return entry


def _gate(verdict: Verdict) -> GateEntry:
    return {
        "passed": verdict.passed,
        "checks": [_check(check) for check in verdict.checks],
    }


def _check(check: Check) -> CheckEntry:
    entry: CheckEntry = {
        "name": check.name,
        "passed": check.passed,
        "actual": check.actual,
        "limit": check.limit,
        "why": check.why,
        "what_to_do": check.what_to_do,
    }
    if not check.blocking:
        entry["blocking"] = False
    return entry


def _summary(summary: Summary) -> SummaryEntry:
    levels = dict(summary.levels)
    cost = summary.cost
    return {
        "collected": summary.collected,
        "deselected": summary.deselected,
        "passed": summary.passed,
        "failed": summary.failed,
        "error": summary.error,
        "skipped": summary.skipped,
        "xfailed": summary.xfailed,
        "xpassed": summary.xpassed,
        "crashed": summary.crashed,
        "timed_out": summary.timed_out,
        "flaky": summary.flaky,
        "expected": summary.expected,
        "executed": summary.executed,
        "pass_rate": summary.pass_rate,
        "pass_rate_executed": summary.pass_rate_executed,
        "unknown_skips": summary.unknown_skips,
        "duration_s": summary.duration_s,
        "levels": {
            "unit": levels.get("unit", 0),
            "integration": levels.get("integration", 0),
            "e2e": levels.get("e2e", 0),
        },
        "cost": {"slept_s": cost.slept_s, "setup_s": cost.setup_s, "reruns_s": cost.reruns_s},
    }
