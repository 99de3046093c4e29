"""The failing tests -> failures: grouped by signature, each explained by the first cause that is proven."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from testaudit.causes import collection, crash, environment, fixture, timeout, unexpected_pass
from testaudit.causes.interface import Explanation, Group
from testaudit.causes.signature import signature
from testaudit.model import RED, Failure, Trouble

if TYPE_CHECKING:
    from collections.abc import Sequence

    from testaudit.causes.interface import Cause
    from testaudit.model import AuditedTest

CAUSES: tuple[Cause, ...] = (collection, crash, timeout, environment, fixture, unexpected_pass)
"""In the contract's order, as far as they exist."""

_NOBODY = Trouble("call", "", "the runner said that it failed, and not why", None, "")


def deciding(test: AuditedTest) -> Trouble:
    """The trouble that decided a red test's outcome: of an `error`, the phase that is not the body."""
    troubles = test.attempts[-1].troubles if test.attempts else ()
    if test.outcome == "error":
        troubles = tuple(trouble for trouble in troubles if trouble.phase != "call") or troubles
    return troubles[0] if troubles else _NOBODY


def classify_failures(
    tests: Sequence[AuditedTest],
) -> tuple[tuple[Failure, ...], tuple[AuditedTest, ...], dict[str, str]]:
    """Group and explain the red tests.

    Returns:
        The failures, most tests first; the tests, each red one with the id of its failure; and, by id of a failure, the
        subject of an environment cause (`PostgreSQL at localhost:5432`).

    """
    groups: defaultdict[str, list[AuditedTest]] = defaultdict(list)
    for test in tests:
        if test.outcome in RED:
            key = signature(deciding(test))
            groups[f"{test.outcome}: {key}" if test.outcome in {"crashed", "timed-out"} else key].append(test)
    failures = []
    subjects = {}
    ids = {}
    for key, members in groups.items():
        group = Group(key, tuple(members), deciding(members[0]))
        name = "f-" + hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:10]
        explanation = _explain(group)
        ids.update({id(test): name for test in members})
        if subject := explanation.subject or _lacking(group):
            subjects[name] = subject
        failures.append(
            Failure(
                id=name,
                cause=explanation.cause,
                signature=key,
                node_ids=tuple(test.node_id for test in members),
                message=_headline(group.trouble),
                antipattern=explanation.antipattern,
                evidence=explanation.evidence,
                advice=explanation.advice,
                frame=group.trouble.frame,
                text=group.trouble.text,
            )
        )
    failures.sort(key=lambda failure: (-len(failure.node_ids), failure.signature))
    stamped = tuple(replace(test, failure=ids[id(test)]) if id(test) in ids else test for test in tests)
    return tuple(failures), stamped, subjects


def _explain(group: Group) -> Explanation:
    for cause in CAUSES:
        explanation = cause.explain(group)
        if explanation is not None:
            return explanation
    return Explanation("unknown", (), "")


def _lacking(group: Group) -> str:
    """The service that a module lacked while it was imported; a missing package may as well be the project's own."""
    found = environment.explain(group) if group.trouble.phase == "collect" else None
    return "" if found is None or found.subject.startswith("package ") else found.subject


def _headline(trouble: Trouble) -> str:
    first = trouble.message.strip().split("\n", 1)[0]
    return f"{trouble.type}: {first}" if trouble.type and first else trouble.type or first
