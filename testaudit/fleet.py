"""Several projects of one repository -> one audit: each is scanned where it lives, paths are written from the top."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

from testaudit import gate
from testaudit.audit import scan
from testaudit.checks.interface import Question
from testaudit.config import load, members
from testaudit.model import Audit, AuditedTest, Failure, Finding, Frame, Gap, NodeId, Run, Sleep, Verdict
from testaudit.summary import add, slowest, where_it_slept

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from testaudit.collect import Options
    from testaudit.engine.interface import Listener


def scan_all(options: Options, listener: Listener, environ: Mapping[str, str]) -> Audit:
    """Scan the project, or each member of a monorepo and then all of them as one audit.

    A member's own configuration decides how it runs; the options and the top's limits decide how all are judged.
    """
    # Given results, or a named part, are of one project whatever lies beside it.
    roots = () if options.parts or options.junit else members(options.root, options.config)
    if not roots:
        return scan(options, listener, environ)
    audits = []
    for root in roots:
        listener.note(f"scanning {root.relative_to(options.root).as_posix()}")
        audits.append(scan(options.at(root, load(root)), listener, environ))
        if audits[-1].ended_by:
            break
    return combine(audits, options.root, options)


def combine(audits: Sequence[Audit], top: Path, options: Options | None = None) -> Audit:
    """One audit of several projects, paths relative to `top`; judged again as one where `options` say how."""
    moved = [_moved(audit, os.path.relpath(audit.project.root, top).replace(os.sep, "/")) for audit in audits]
    first = moved[0]
    tests = tuple(test for audit in moved for test in audit.tests)
    gaps = tuple(gap for audit in moved for gap in audit.incomplete)
    failures = tuple(
        sorted((failure for audit in moved for failure in audit.failures), key=lambda failure: -len(failure.node_ids))
    )
    summary = add([audit.summary for audit in moved])
    combined = replace(
        first,
        project=replace(first.project, root=str(top), name=top.name),
        complete=not gaps,
        incomplete=gaps,
        partial=any(audit.partial for audit in moved),
        summary=summary,
        tests=tests,
        findings=tuple(finding for audit in moved for finding in audit.findings),
        failures=failures,
        notes=tuple(note for audit in moved for note in audit.notes),
        slowest=slowest(tests),
        fixture_setup=tuple(sorted((row for audit in moved for row in audit.fixture_setup), key=lambda row: -row[3])),
        sleeps=where_it_slept(tests),
        probe_s=sum(audit.probe_s for audit in moved),
        members=tuple(os.path.relpath(audit.project.root, top).replace(os.sep, "/") for audit in audits),
        impossible="; ".join(audit.impossible for audit in moved) if all(audit.impossible for audit in moved) else "",
        ended_by=next((audit.ended_by for audit in moved if audit.ended_by), None),
    )
    if options is None:
        return combined
    run = Run(tests=tests) if any(audit.summary.collected for audit in moved) or options.run else None
    executed = options.config.pass_rate == "executed"
    asked = gate.judge(Question(summary, gaps, failures, run, options.fail_under, executed=executed)).checks
    runners = [check for audit in moved if audit.verdict for check in audit.verdict.checks if check.name == "runner"]
    runner = next((check for check in runners if not check.passed), next(iter(runners), None))
    return replace(combined, verdict=Verdict((*asked[:1], *([runner] if runner else []), *asked[1:])))


def _moved(audit: Audit, folder: str) -> Audit:
    """The audit with its paths as seen from above: `folder` before each of them."""
    if folder == ".":
        return audit
    before = f"{folder}/"
    names = {failure.id: f"{failure.id}-{folder}" for failure in audit.failures}

    def path(value: str) -> str:
        return value if value.startswith(("/", "<")) or not value else before + value

    def frame(value: Frame | None) -> Frame | None:
        return None if value is None else replace(value, path=path(value.path))

    def sleep(value: Sleep) -> Sleep:
        return replace(value, path=path(value.path))

    def ids(values: tuple[NodeId, ...]) -> tuple[NodeId, ...]:
        return tuple(NodeId(before + value) for value in values)

    def test(value: AuditedTest) -> AuditedTest:
        return replace(
            value,
            node_id=NodeId(before + value.node_id),
            path=path(value.path),
            skip_site=frame(value.skip_site),
            failure=names.get(value.failure or ""),
            attempts=tuple(replace(entry, sleeps=tuple(map(sleep, entry.sleeps))) for entry in value.attempts),
            fixtures=tuple(replace(fixture, path=path(fixture.path)) for fixture in value.fixtures),
        )

    def finding(value: Finding) -> Finding:
        return replace(value, path=path(value.path), node_ids=ids(value.node_ids))

    def failure(value: Failure) -> Failure:
        return replace(value, id=names[value.id], node_ids=ids(value.node_ids), frame=frame(value.frame))

    def gap(value: Gap) -> Gap:
        return replace(value, where=f"{folder}: {value.where}")

    return replace(
        audit,
        tests=tuple(map(test, audit.tests)),
        findings=tuple(map(finding, audit.findings)),
        failures=tuple(map(failure, audit.failures)),
        incomplete=tuple(map(gap, audit.incomplete)),
        fixture_setup=tuple((name, path(where), times, seconds) for name, where, times, seconds in audit.fixture_setup),
        notes=tuple(f"{folder}: {note}" for note in audit.notes),
    )
