"""What was seen -> what it means: the tests with their kinds and levels, failures, findings, verdict, as one Audit."""

from __future__ import annotations

import shlex
from collections import Counter
from dataclasses import replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from testaudit import classify, collect, gate
from testaudit.causes.registry import classify_failures
from testaudit.excuses import settle
from testaudit.judgement import judged
from testaudit.levels import level_of
from testaudit.masking import mask, mask_id, mask_together
from testaudit.model import Audit, NodeId, Project, Verdict
from testaudit.repairs import repairs
from testaudit.summary import slowest, summarise, where_it_slept

if TYPE_CHECKING:
    from testaudit.classify import Suspicions
    from testaudit.collect import Options
    from testaudit.judgement import Held
    from testaudit.model import AuditedTest, Check, Comparison, Failure, Finding, Run
    from testaudit.source.interface import Sources


def conclude(
    options: Options,
    run: Run | None,
    sources: Sources,
    suspected: Suspicions,
    held: Held,
    revision: tuple[str | None, str | None, bool | None, str],
) -> Audit:
    """Evidence -> conclusions -> verdict."""
    tests = collect.static_tests(suspected) if run is None else run.tests
    tests = tuple(replace(settle(test, sources), level=level_of(test, options.config.levels)) for test in tests)
    failures, tests, subjects = classify_failures(
        tests,
        sources=sources,
        warnings=run.warnings if run is not None else (),
        passed_before={test.node_id: test.passed_before for test in tests if test.passed_before},
    )
    if run is not None:
        run = replace(run, tests=tests)
    gaps, notes = collect.unread(suspected, run)
    summary = summarise(tests, run)
    gaps = (*(run.gaps if run is not None else ()), *gaps)
    impossible = gate.impossible(run, summary, tests, subjects)
    if impossible is not None:
        gaps = (impossible, *gaps)
    by_hand = bool(collect.selected_by_hand(run, options.config))
    audit = Audit(
        project=Project(str(options.root), options.root.name, *revision),
        environment=replace(run.environment if run is not None else collect.NOWHERE, label=options.label),
        complete=not gaps,
        incomplete=gaps,
        partial=bool(options.parts) or by_hand,
        summary=summary,
        tests=tests,
        findings=tuple(map(_masked, classify.weigh(suspected, run, sources, options.config))),
        failures=failures,
        verdict=None,
        repairs=repairs(failures, tests, summary, Counter(path for path, _, _ in suspected.tests)),
        notes=(*(run.notes if run is not None else ()), *notes),
        slowest=slowest(tests),
        fixture_setup=run.fixture_setup if run is not None else (),
        sleeps=where_it_slept(tests),
        generated=datetime.now(timezone.utc).isoformat(timespec="seconds"),
        command=shlex.join(["pytest", *options.pytest_args]) if run is not None and not options.junit else "",
        probe_s=run.probe_s if run is not None else 0.0,
        confidence=options.confidence,
        impossible=impossible.why if impossible is not None else "",
        ended_by=run.ended_by if run is not None else None,
    )
    # What is compared is named as the baseline names it; what the baseline and git say in turn is masked after.
    return without_secrets(judged(_named_for_keeping(audit), held, options, run, by_hand=by_hand))


def _masked(finding: Finding) -> Finding:
    """Without the secrets of the source that it quotes."""
    evidence = tuple(replace(item, text=mask(item.text)) for item in finding.evidence)
    return replace(finding, message=mask(finding.message), remedy=mask(finding.remedy), evidence=evidence)


# ---------------------------------------------------------------- what may be kept


def _named_for_keeping(audit: Audit) -> Audit:
    """The audit without secrets in the names and texts of what was seen.

    While a suite runs its ids are as pytest knows them, because a re-run needs them. From here on they are what every
    file of ours and every comparison says.
    """
    return replace(
        audit,
        project=replace(audit.project, name=mask(audit.project.name), branch=_or_none(audit.project.branch)),
        incomplete=tuple(replace(gap, where=mask_id(gap.where), why=mask(gap.why)) for gap in audit.incomplete),
        tests=tuple(map(_test, audit.tests)),
        findings=tuple(replace(finding, node_ids=_ids(finding.node_ids)) for finding in audit.findings),
        failures=tuple(map(_failure, audit.failures)),
        notes=tuple(map(mask, audit.notes)),
        slowest=tuple((NodeId(mask_id(node_id)), seconds) for node_id, seconds in audit.slowest),
        command=mask(audit.command),
        impossible=mask(audit.impossible),
    )


def _or_none(text: str | None) -> str | None:
    return None if text is None else mask(text)


def _ids(node_ids: tuple[NodeId, ...]) -> tuple[NodeId, ...]:
    return tuple(NodeId(mask_id(node_id)) for node_id in node_ids)


def _test(test: AuditedTest) -> AuditedTest:
    node_id, junit_key = mask_id(test.node_id), mask_id(test.junit_key)
    if node_id == test.node_id and junit_key == test.junit_key:
        return test
    return replace(test, node_id=NodeId(node_id), junit_key=junit_key)


def _failure(failure: Failure) -> Failure:
    message, text, signature, advice, *evidence = mask_together(
        failure.message, failure.text, failure.signature, failure.advice, *(item.text for item in failure.evidence)
    )
    return replace(
        failure,
        node_ids=_ids(failure.node_ids),
        message=message,
        text=text,
        signature=signature,
        advice=advice,
        evidence=tuple(replace(item, text=said) for item, said in zip(failure.evidence, evidence, strict=True)),
    )


def without_secrets(audit: Audit) -> Audit:
    """A judged audit without secrets in its comparison and verdict: what baseline, quarantine, git and people say."""
    return replace(
        audit,
        comparison=_compared(audit.comparison) if audit.comparison is not None else None,
        verdict=Verdict(tuple(map(_check, audit.verdict.checks))) if audit.verdict is not None else None,
        notes=tuple(map(mask, audit.notes)),
    )


def _check(check: Check) -> Check:
    actual = mask(check.actual) if isinstance(check.actual, str) else check.actual
    limit = mask(check.limit) if isinstance(check.limit, str) else check.limit
    return replace(check, actual=actual, limit=limit, why=mask(check.why), what_to_do=mask(check.what_to_do))


def _compared(compared: Comparison) -> Comparison:
    known = (replace(one, issue=mask(one.issue), owner=mask(one.owner)) for one in compared.known_failures)
    loosened = compared.loosened
    if loosened is not None:
        loosened = tuple(replace(one, before=mask(one.before), now=mask(one.now)) for one in loosened)
    return replace(
        compared,
        baseline=mask(compared.baseline),
        since=mask(compared.since),
        known_failures=tuple(known),
        quarantined=tuple(replace(one, issue=mask(one.issue), owner=mask(one.owner)) for one in compared.quarantined),
        gone=tuple(replace(one, accepted=mask(one.accepted)) for one in compared.gone),
        unselected=tuple(replace(one, accepted=mask(one.accepted)) for one in compared.unselected),
        loosened=loosened,
        edited=mask(compared.edited),
        lowered=tuple(map(mask, compared.lowered)),
    )
