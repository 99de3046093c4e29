"""What changed since the baseline, kind by kind, in the order in which a reviewer wants to know. No layout.

The terminal and the comment show the same kinds; what is nothing but good news, or known, comes last.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from testaudit.report.words import count

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from testaudit.model import Audit, Comparison, Gone, NodeId, Quarantined, StillFailing

_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
RELEASE = 20
"""Attempts that a quarantined test has to pass in a row before its release is proposed."""


@dataclass(frozen=True, slots=True)
class Line:
    """One test that changed, in words that come from the project: whoever shows them escapes them."""

    name: str
    now: str = ""
    """What it is called now, where that changed."""
    said: str = ""
    before: str = ""
    """Source that was there,"""
    after: str = ""
    """and what stands there now."""


@dataclass(frozen=True, slots=True)
class Change:
    """One kind of change, and every test that changed so."""

    title: str
    """With its number: `2 new failures`."""
    lines: tuple[Line, ...]
    kind: Literal["bad", "good", "same"] = "bad"
    """A reviewer should look at it; it is fine; it is as it was."""


def since(audit: Audit) -> str:
    """What the audit is held against: `Since the baseline of 2026-11-01 (12 files changed since main)`."""
    seen = audit.comparison
    if seen is None:
        return ""
    revision = seen.since[:12] if _COMMIT.fullmatch(seen.since) else seen.since
    changed = f"{count(len(seen.changed), 'file')} changed since {revision}" if seen.changed is not None else ""
    if seen.baseline:
        date = seen.bar.date[:10] if seen.bar is not None else ""
        facts = [changed] if seen.since else []
        if seen.bar is None:
            facts.append(f"it does not know the environment {audit.environment.label or 'without a name'}")
        start = f"Since the baseline of {date}" if date else "Since the baseline"
        return f"{start} ({'; '.join(facts)})" if any(facts) else start
    if seen.since:
        return (
            f"Since {revision} ({count(len(seen.changed), 'file')} changed)"
            if seen.changed is not None
            else f"Since {revision}"
        )
    return "Quarantine"


def changes(audit: Audit) -> tuple[Change, ...]:
    """Each kind of which there is any."""
    seen = audit.comparison
    return tuple(change for change in _kinds(audit, seen) if change.lines) if seen is not None else ()


def _kinds(audit: Audit, seen: Comparison) -> Iterator[Change]:
    owners = _owners(audit)

    def owned(names: Iterable[NodeId]) -> tuple[Line, ...]:
        return tuple(Line(name, said=", ".join(owners.get(name, ())[:3])) for name in names)

    def plain(names: Iterable[NodeId]) -> tuple[Line, ...]:
        return tuple(Line(name) for name in names)

    expired = [entry for entry in seen.known_failures if entry.expired or entry.untracked]
    known = [entry for entry in seen.known_failures if not (entry.expired or entry.untracked)]
    gone = [entry for entry in seen.gone if not entry.accepted]
    due = [entry for entry in seen.quarantined if entry.expired]
    free = [entry for entry in seen.quarantined if not entry.expired and entry.passes >= RELEASE]
    held = [entry for entry in seen.quarantined if not entry.expired and entry.passes < RELEASE]
    if seen.edited:
        yield Change("The baseline was not written by testaudit alone", (Line(seen.edited),))
    yield _change(
        tuple(Line(text) for text in seen.lowered), "way in which the bar is lower", "ways in which the bar is lower"
    )
    yield _change(
        tuple(Line(text) for text in seen.lowered_why),
        "reason given to lower the bar",
        "reasons given to lower the bar",
    )
    # Without a baseline every failure would be new: they stand among the failures.
    yield _change(owned(seen.new_failures if seen.baseline else ()), "new failure")
    yield _change(owned(seen.new_flaky), "new flaky failure")
    yield _change(
        tuple(map(_gone, gone)),
        "test function gone or shrunk",
        "test functions gone or shrunk",
    )
    yield _change(tuple(map(_gone, seen.unselected)), "test no longer selected", "tests no longer selected")
    yield _change(plain(seen.new_skips), "new skip without an issue", "new skips without an issue")
    yield _change(plain(seen.new_xfails), "new xfail without an issue", "new xfails without an issue")
    yield _change(
        tuple(map(_still, expired)),
        "known failure past its day, or untracked",
        "known failures past their day, or untracked",
    )
    yield _change(tuple(map(_quarantined, due)), "quarantine entry past its day", "quarantine entries past their day")
    loosened = tuple(Line(it.node_id, said=it.what, before=it.before, after=it.now) for it in seen.loosened or ())
    yield _change(loosened, "test that checks less", "tests that check less")
    accepted = {*seen.accepted_now}
    yield _change(
        tuple(_still(entry) for entry in seen.known_failures if entry.node_id in accepted),
        "failure accepted by this change",
        "failures accepted by this change",
    )
    yield _change(owned(seen.fixed), "known failure fixed", "known failures fixed", kind="good")
    release = tuple(
        Line(it.node_id, said=f"passed {it.passes:,} times in a row: testaudit quarantine remove") for it in free
    )
    yield _change(release, "quarantined test to release", "quarantined tests to release", kind="good")
    removed = tuple(Line(it.node_id, said=it.accepted) for it in seen.gone if it.accepted)
    yield _change(removed, "test removed for a reason", "tests removed for a reason", kind="good")
    moved = tuple(Line(then, now) for then, now in seen.moved)
    yield _change(moved, "test moved or renamed", "tests moved or renamed", kind="good")
    yield _change(tuple(map(_quarantined, held)), "test in quarantine", "tests in quarantine", kind="good")
    yield _change(tuple(map(_still, known)), "known failure", kind="same")
    yield _change(
        plain(seen.other_flaky), "flaky failure that does not block", "flaky failures that do not block", kind="same"
    )
    yield _change(
        plain(seen.elsewhere),
        "test skipped on this Python or platform",
        "tests skipped on this Python or platform",
        kind="same",
    )


def _change(
    lines: tuple[Line, ...], noun: str, many: str = "", *, kind: Literal["bad", "good", "same"] = "bad"
) -> Change:
    return Change(count(len(lines), noun, many), lines, kind)


def _gone(entry: Gone) -> Line:
    """One that was a single test needs no figures."""
    several = entry.now or entry.before > 1
    return Line(entry.node_id, said=f"{count(entry.before, 'case')} then, {entry.now:,} now" if several else "")


def _still(entry: StillFailing) -> Line:
    facts = [entry.owner, entry.issue, f"until {entry.until}" if entry.until else ""]
    return Line(entry.node_id, said=", ".join(fact for fact in facts if fact))


def _quarantined(entry: Quarantined) -> Line:
    facts = [entry.outcome or "not run", entry.owner, entry.issue, f"until {entry.until}" if entry.until else ""]
    return Line(entry.node_id, said=", ".join(fact for fact in facts if fact))


def _owners(audit: Audit) -> dict[NodeId, tuple[str, ...]]:
    return {node_id: failure.owners for failure in audit.failures if failure.owners for node_id in failure.node_ids}
