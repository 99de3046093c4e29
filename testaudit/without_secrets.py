"""An audit -> the same audit, as it may be kept and shown: no secret in its names and texts."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from testaudit.masking.interface import mask, mask_id, mask_together
from testaudit.model import NodeId, Verdict

if TYPE_CHECKING:
    from testaudit.model import Audit, AuditedTest, Check, Comparison, Failure


def seen_without_secrets(audit: Audit) -> Audit:
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


def judged_without_secrets(audit: Audit) -> Audit:
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
        lowered_why=tuple(map(mask, compared.lowered_why)),
    )
