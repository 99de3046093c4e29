"""Several projects of one repository -> one audit: each is scanned where it lives, paths are written from the top."""

from __future__ import annotations

import contextlib
import os
from dataclasses import replace
from typing import TYPE_CHECKING

from testaudit import gate
from testaudit.checks.interface import Question
from testaudit.comparison.together import together
from testaudit.config import load
from testaudit.errors import ImpossibleError, UsageError
from testaudit.model import (
    Attempt,
    Audit,
    AuditedTest,
    Check,
    Environment,
    Failure,
    Finding,
    Frame,
    Gap,
    NodeId,
    Project,
    Run,
    Sleep,
    Summary,
    Verdict,
)
from testaudit.projects import members
from testaudit.repairs import ranked
from testaudit.summary import add, slowest, where_it_slept

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
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
        return _scan(options, listener, environ)
    names = {root: root.relative_to(options.root).as_posix() for root in roots}
    configured = []
    for root, name in names.items():
        with _naming(name):
            configured.append(options.at(root, load(root)))
    audits: list[Audit] = []
    for member in configured:
        listener.note(f"scanning {names[member.root]}")
        before = sum(audit.summary.collected for audit in audits)
        with _naming(names[member.root]):
            audits.append(_scan_member(member, _Onward(listener, before), environ))
        if audits[-1].ended_by:
            break
    return combine(audits, options.root, options)


class _Onward:
    """A listener that goes on counting: a member's tests come on top of those of the members before it."""

    def __init__(self, listener: Listener, before: int) -> None:
        self.started, self.finished, self.note = listener.started, listener.finished, listener.note
        self._listener, self._before = listener, before

    def collected(self, count: int) -> None:
        """So many tests of this member are selected."""
        self._listener.collected(self._before + count)


@contextlib.contextmanager
def _naming(member: str) -> Iterator[None]:
    """A member's wrong configuration is said with the member's name."""
    try:
        yield
    except UsageError as error:
        raise UsageError(f"{member}: {error.message}", error.hint) from error


def _scan(options: Options, listener: Listener, environ: Mapping[str, str]) -> Audit:
    # Not above: `lint` comes to this file as well, and needs nothing of what runs tests.
    from testaudit.audit import scan

    return scan(options, listener, environ)


def _scan_member(options: Options, listener: Listener, environ: Mapping[str, str]) -> Audit:
    """One member; where no audit of it is possible, the others are scanned all the same."""
    try:
        return _scan(options, listener, environ)
    except ImpossibleError as error:
        why = f"{error.message} ({error.hint})" if error.hint else error.message
        return Audit(
            project=Project(str(options.root), options.root.name),
            environment=Environment(),
            complete=False,
            incomplete=(Gap("no-run", "the suite", why),),
            partial=False,
            summary=Summary(),
            tests=(),
            findings=(),
            failures=(),
            verdict=None,
            confidence=options.confidence,
            impossible=why,
        )


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
        environment=next((audit.environment for audit in moved if audit.environment.python), first.environment),
        project=replace(first.project, root=str(top), name=top.name, folder=_above(audits[0].project, top)),
        complete=not gaps,
        incomplete=gaps,
        partial=any(audit.partial for audit in moved),
        summary=summary,
        tests=tests,
        findings=tuple(finding for audit in moved for finding in audit.findings),
        failures=failures,
        repairs=ranked((step for audit in moved for step in audit.repairs), failures, summary),
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
    compared = [
        (member, audit.comparison)
        for member, audit in zip(combined.members, audits, strict=True)
        if audit.comparison is not None
    ]
    if compared:
        return replace(combined, verdict=_together(audits, combined.members), comparison=together(compared))
    run = Run(tests=tests) if any(audit.summary.collected for audit in moved) or options.run else None
    executed = options.config.pass_rate == "executed"
    question = Question(
        summary, gaps, failures, run, options.fail_under, executed=executed, settings=options.config.gate
    )
    asked = gate.judge(question).checks
    runners = [check for audit in moved if audit.verdict for check in audit.verdict.checks if check.name == "runner"]
    runner = next((check for check in runners if not check.passed), next(iter(runners), None))
    verdict = Verdict((*asked[:1], *([runner] if runner else []), *asked[1:]))
    # A member's own limit decided nothing: the top's did.
    notes = [note for note in combined.notes if gate.RED_BUT_GREEN not in note]
    return replace(combined, verdict=verdict, notes=(*notes, *gate.said_first(verdict, question, None)))


def _above(member: Project, top: Path) -> str:
    """The folder of `top` in the repository, by that of a member."""
    inside = os.path.relpath(member.root, top).replace(os.sep, "/")
    return member.folder[: -len(inside)].rstrip("/") if member.folder.endswith(inside) else member.folder


def _together(audits: Sequence[Audit], members: Sequence[str]) -> Verdict:
    """Members that have a baseline are judged where it lies: a check passes when it passes for each of them."""
    by_name: dict[str, list[tuple[str, Check]]] = {}
    for audit, member in zip(audits, members, strict=True):
        checks = audit.verdict.checks if audit.verdict is not None else ()
        for check in checks or (Check("complete", False, 1, 0, audit.impossible or "not judged"),):
            by_name.setdefault(check.name, []).append((member, check))
    found = []
    for told in by_name.values():
        red = [(member, check) for member, check in told if not check.passed]
        blocking = [pair for pair in red if pair[1].blocking] or red
        pairs = blocking or told
        same = not blocking and len({check.why for _, check in pairs}) == 1
        said = pairs[0][1].why if same else "; ".join(f"{member}: {check.why}" for member, check in pairs)
        found.append(replace(pairs[0][1], why=said))
    return Verdict(tuple(found))


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

    def attempt(value: Attempt) -> Attempt:
        troubles = tuple(replace(trouble, frame=frame(trouble.frame)) for trouble in value.troubles)
        return replace(value, troubles=troubles, sleeps=tuple(map(sleep, value.sleeps)))

    def ids(values: tuple[NodeId, ...]) -> tuple[NodeId, ...]:
        return tuple(NodeId(before + value) for value in values)

    def test(value: AuditedTest) -> AuditedTest:
        return replace(
            value,
            node_id=NodeId(before + value.node_id),
            path=path(value.path),
            skip_site=frame(value.skip_site),
            failure=names.get(value.failure or ""),
            attempts=tuple(map(attempt, value.attempts)),
            reruns=tuple(map(attempt, value.reruns)),
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
        repairs=tuple(replace(step, failure=names[step.failure]) for step in audit.repairs),
        incomplete=tuple(map(gap, audit.incomplete)),
        fixture_setup=tuple((name, path(where), times, seconds) for name, where, times, seconds in audit.fixture_setup),
        notes=tuple(f"{folder}: {note}" for note in audit.notes),
    )
