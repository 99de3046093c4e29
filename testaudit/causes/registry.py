"""The failing tests -> failures: grouped by signature, each explained by the first cause that is proven.

Grouping comes first: a cause is asked once for a group, however many tests stand in it. Groups whose cause names the
same subject (a service, a package, a variable, a fixture) are one failure then, from wherever they were seen.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from testaudit.causes import (
    collection,
    crash,
    environment,
    fixture,
    flaky,
    hard_coded_data,
    missing_await,
    order_dependent,
    over_mocked,
    regression,
    timeout,
    unexpected_pass,
    unknown,
)
from testaudit.causes.interface import Explanation, Facts, Group, deciding
from testaudit.causes.needs import network, service
from testaudit.causes.signature import signature, without_backend
from testaudit.model import RED, Failure, Trouble

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from testaudit.causes.interface import Cause
    from testaudit.model import AuditedTest, Evidence, Frame, NodeId, SeenWarning
    from testaudit.source.interface import Sources

CAUSES: tuple[Cause, ...] = (
    collection,
    crash,
    timeout,
    environment,
    fixture,
    order_dependent,
    flaky,
    missing_await,
    over_mocked,
    hard_coded_data,
    unexpected_pass,
    regression,
    unknown,
)
"""In the contract's order."""
_SHARED = frozenset({"collection", "environment", "fixture"})
"""Causes whose subject makes one failure of several signatures."""
_LOCAL = re.compile(r"(?<= at )(?:127\.0\.0\.1|0\.0\.0\.0|::1)(?=:\d)")
_EVIDENCE = 6


def classify_failures(
    tests: Sequence[AuditedTest],
    *,
    sources: Sources | None = None,
    warnings: Sequence[SeenWarning] = (),
    passed_before: Mapping[NodeId, str] | None = None,
) -> tuple[tuple[Failure, ...], tuple[AuditedTest, ...], dict[str, str]]:
    """Group and explain the red tests.

    Args:
        tests: the whole suite, with what re-runs showed.
        sources: the test sources, where they are there.
        warnings: what pytest recorded.
        passed_before: node id -> where it passed, as people say it (`commit abc1234, 2026-11-20`), beyond what the
            tests themselves know of it.

    Returns:
        The failures, most tests first; the tests, each red one with the id of its failure; and, by id of a failure, the
        subject of an environment cause (`PostgreSQL at localhost:5432`).

    """
    remembered = {test.node_id: test.passed_before for test in tests if test.passed_before}
    facts = Facts(tuple(tests), sources, tuple(warnings), {**remembered, **(passed_before or {})})
    entries: dict[str, list[tuple[Group, Explanation]]] = {}
    for group in _groups(facts):
        explanation = _explain(group)
        shared = _LOCAL.sub("localhost", explanation.subject) if explanation.cause in _SHARED else ""
        sign = f"{explanation.cause}: {shared}" if shared else group.signature
        key = _key(group.tests[0], sign)
        entries.setdefault(key, []).append((group, explanation))
    place = {id(test): at for at, test in enumerate(tests)}
    failures, subjects, ids = [], {}, {}
    for key, parts in entries.items():
        failure = _failure(key, parts, place)
        failures.append(failure)
        ids.update({id(test): failure.id for group, _ in parts for test in group.tests})
        group, explanation = parts[0]
        if subject := _lacking(explanation, group):
            subjects[failure.id] = subject
    failures.sort(key=lambda failure: (-len(failure.node_ids), failure.signature))
    stamped = tuple(replace(test, failure=ids[id(test)]) if id(test) in ids else test for test in tests)
    return tuple(failures), stamped, subjects


def _groups(facts: Facts) -> list[Group]:
    """The red tests by signature, and by whether they are flaky or depend on order."""
    groups: defaultdict[tuple[str, str, str], list[AuditedTest]] = defaultdict(list)
    statements: dict[Frame | None, str] = {None: ""}
    for test in facts.tests:
        if test.outcome in RED:
            trouble = deciding(test)
            frame = trouble.frame
            if frame not in statements:
                statements[frame] = facts.source_of(frame)
            sign = signature(without_backend(trouble, test.node_id), statements[frame])
            groups[_key(test, sign), service.address_of(trouble) or network.address_of(trouble), sign].append(test)
    return [Group(sign, tuple(members), deciding(members[0]), facts) for (_, _, sign), members in groups.items()]


def _key(test: AuditedTest, sign: str) -> str:
    """What makes one failure: the signature, whether a test or an import ended so, and its steadiness."""
    ended = f"{test.outcome}: " if test.outcome in {"crashed", "timed-out"} else ""
    if deciding(test).phase == "collect" and not ended and not sign.startswith("collection"):
        ended = "collection: "
    unsteady = f"{' (flaky)' if test.flaky else ''}{f' ({test.order})' if test.order else ''}"
    return f"{ended}{sign}{unsteady}"


def _explain(group: Group) -> Explanation:
    for cause in CAUSES:
        explanation = cause.explain(group)
        if explanation is not None:
            return explanation
    return Explanation("unknown", (), "")


def _failure(key: str, parts: list[tuple[Group, Explanation]], place: Mapping[int, int]) -> Failure:
    """One entry of one or several groups; the largest speaks for all."""
    group, explanation = max(parts, key=lambda part: len(part[0].tests))
    tests = sorted((test for group, _ in parts for test in group.tests), key=lambda test: place[id(test)])
    return Failure(
        id="f-" + hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:10],
        cause=explanation.cause,
        signature=group.signature if len(parts) == 1 and key == _key(group.tests[0], group.signature) else key,
        node_ids=tuple(test.node_id for test in tests),
        message=_headline(group.trouble),
        antipattern=explanation.antipattern,
        evidence=_evidence(explanation, parts, len(tests)),
        advice=explanation.advice,
        frame=group.trouble.frame,
        text=group.trouble.text,
    )


def _evidence(explanation: Explanation, parts: list[tuple[Group, Explanation]], count: int) -> tuple[Evidence, ...]:
    """The evidence of the largest group, what the others add, and from how many places it comes."""
    if len(parts) == 1:
        return explanation.evidence
    others = [item for _, other in parts for item in other.evidence]
    listed = tuple(dict.fromkeys((*explanation.evidence, *others)))[:_EVIDENCE]
    places = {(group.trouble.frame.path, group.trouble.frame.function) for group, _ in parts if group.trouble.frame}
    if len(places) < 2:
        return listed
    said = replace(listed[0], text=f"{count} tests met it in {len(places)} places")
    return (*listed, said)


def _lacking(explanation: Explanation, group: Group) -> str:
    """What an environment cause lacks; a module's missing package may as well be the project's own."""
    if explanation.cause == "environment":
        return explanation.subject
    if explanation.cause != "collection" or not explanation.subject or explanation.subject.startswith("package "):
        return ""
    found = environment.explain(group)
    return found.subject if found is not None else ""


def _headline(trouble: Trouble) -> str:
    first = trouble.message.strip().split("\n", 1)[0]
    return f"{trouble.type}: {first}" if trouble.type and first else trouble.type or first
