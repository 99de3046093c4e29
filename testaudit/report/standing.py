"""How a failing test stands: new, known, quarantined, or flaky without blocking; and where it lies in the repository.

Every view for people and every format for a server asks the same questions here, so that none of them calls a test
new that another one calls known.
"""

from __future__ import annotations

import posixpath
from dataclasses import replace
from typing import TYPE_CHECKING, Literal, NamedTuple

from testaudit.model import RED, SEVERITIES
from testaudit.paths import function_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from testaudit.model import Audit, AuditedTest, Check, Failure, Finding, NodeId

Standing = Literal["new", "known", "quarantined", "flaky", ""]
"""Empty: there is no baseline to hold the failure against. `flaky`: known as such, or nothing that was changed."""
BLOCKING: frozenset[Standing] = frozenset({"new", ""})


class Group(NamedTuple):
    """Failures that share a cause, and how they stand; the tests that block come first."""

    failure: Failure
    standing: Standing
    blocking: int
    """So many of its tests block."""

    @property
    def label(self) -> str:
        """`new`, `2 of 5 new`, `known, does not block`; empty where nobody can tell."""
        number = len(self.failure.node_ids)
        if self.standing and self.standing not in BLOCKING:
            return f"{self.standing}, does not block"
        return f"{self.blocking:,} of {number:,} new" if self.standing and self.blocking < number else self.standing


def standings(audit: Audit) -> dict[NodeId, Standing]:
    """Each red test -> how it stands."""
    seen = audit.comparison
    red = [test for test in audit.tests if test.outcome in RED]
    if seen is None:
        return {test.node_id: "" for test in red}
    rest: Standing = "new" if seen.baseline else ""
    # An expired entry excuses nothing. An entry may name a test with all its cases, and in the words of JUnit.
    held = {entry.node_id for entry in seen.quarantined if not entry.expired}
    known: dict[NodeId, Standing] = {}
    for test in red:
        names = (test.node_id, function_of(test.node_id), test.junit_key, function_of(test.junit_key))
        known[test.node_id] = rest if held.isdisjoint(names) else "quarantined"
    known.update((still.node_id, "known") for still in seen.known_failures if still.node_id in known)
    known.update((node_id, "flaky") for node_id in seen.other_flaky if node_id in known)
    known.update((node_id, rest) for node_id in (*seen.new_failures, *seen.new_flaky) if node_id in known)
    return known


def standing_of(failure: Failure, standings: dict[NodeId, Standing]) -> Standing:
    """A group of failures is as new as its newest test."""
    seen = {standings.get(node_id, "") for node_id in failure.node_ids}
    order: tuple[Standing, ...] = ("new", "", "flaky", "known", "quarantined")
    return next((standing for standing in order if standing in seen), "")


def new_first(audit: Audit) -> tuple[Group, ...]:
    """The failures with their standing: those that block, then those that do not, each in the audit's order."""
    how = standings(audit)
    groups = []
    for failure in audit.failures:
        standing = standing_of(failure, how)
        blocking = tuple(node_id for node_id in failure.node_ids if how.get(node_id, "") in BLOCKING)
        if 0 < len(blocking) < len(failure.node_ids):
            first = frozenset(blocking)
            rest = tuple(node_id for node_id in failure.node_ids if node_id not in first)
            groups.append(Group(replace(failure, node_ids=(*blocking, *rest)), standing, len(blocking)))
        else:
            groups.append(Group(failure, standing, len(blocking)))
    return tuple(sorted(groups, key=lambda group: group.standing not in BLOCKING))


def failed_checks(audit: Audit) -> tuple[Check, ...]:
    """The checks that made the gate fail."""
    checks = audit.verdict.checks if audit.verdict is not None else ()
    return tuple(check for check in checks if check.blocking and not check.passed)


def warnings(audit: Audit) -> tuple[Check, ...]:
    """The checks that did not pass, and let the gate pass."""
    checks = audit.verdict.checks if audit.verdict is not None else ()
    return tuple(check for check in checks if not check.blocking and not check.passed)


def worst_first(findings: Iterable[Finding]) -> list[Finding]:
    """New before old, severe before mild, certain before likely; then by place."""
    return sorted(
        findings,
        key=lambda finding: (
            finding.new is False,
            SEVERITIES.index(finding.severity),
            finding.confidence != "high",
            finding.path,
            finding.line,
            finding.rule,
        ),
    )


def in_repository(audit: Audit, path: str) -> str:
    """A path of the project as the repository names it; empty where it lies outside."""
    path = path.replace("\\", "/")
    if not path or path.startswith("/") or path[1:2] == ":":
        return ""
    joined = posixpath.normpath(posixpath.join(audit.project.folder, path))
    return "" if joined in {".", ".."} or joined.startswith("../") else joined


def place_of(failure: Failure, tests: dict[NodeId, AuditedTest]) -> tuple[str, int]:
    """Path and line where a reader of the change looks first: the failing line of the test, else its definition."""
    test = tests.get(failure.node_ids[0]) if failure.node_ids else None
    if test is None:
        return (failure.frame.path, failure.frame.line) if failure.frame is not None else ("", 0)
    if failure.frame is not None and failure.frame.path == test.path:
        return test.path, failure.frame.line
    return test.path, test.line
