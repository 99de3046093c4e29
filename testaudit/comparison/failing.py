"""Which failures are new: not known to the baseline, not quarantined, not flaky in a way that is excused."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from testaudit.baseline.interface import steady
from testaudit.model import GREEN, RED, NodeId, Quarantined, StillFailing
from testaudit.paths import function_of, junit_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from testaudit.baseline.interface import KnownFailure
    from testaudit.comparison.interface import Grounds, Today
    from testaudit.model import AuditedTest


@dataclass(frozen=True)
class Failing:
    """The failing tests, each in one place."""

    new: tuple[NodeId, ...] = ()
    known: tuple[StillFailing, ...] = ()
    fixed: tuple[NodeId, ...] = ()
    new_flaky: tuple[NodeId, ...] = ()
    other_flaky: tuple[NodeId, ...] = ()
    quarantined: tuple[Quarantined, ...] = ()
    excused: frozenset[NodeId] = frozenset()
    """Failing tests that do not block, whatever the reason; and whatever the quarantine covers."""


class _Knowledge:
    """The known failures, found by node id, then by file and name, then by `junit_key`, each for so many cases."""

    def __init__(self, known: Sequence[KnownFailure], tests: Iterable[AuditedTest], today: Today) -> None:
        self._left: dict[NodeId, int] = {entry.node_id: entry.cases for entry in known}
        self._entries = {entry.node_id: entry for entry in known}
        self._others: defaultdict[str, list[KnownFailure]] = defaultdict(list)
        names = {function.node_id: now for now, function in today.then_of.items() if function.node_id != now}
        there = {test.node_id for test in tests}
        for entry in known:
            if entry.node_id in there:
                continue  # its own test is there: no other may claim its record
            renamed = names.get(function_of(entry.node_id))
            if renamed is not None:
                self._others[renamed + entry.node_id[len(function_of(entry.node_id)) :]].append(entry)
            self._others[_file_and_name(entry.node_id)].append(entry)
            self._others[junit_key(entry.node_id)].append(entry)
            if (calm := steady(entry.node_id)) != entry.node_id or "*" in entry.node_id:
                self._others[calm].append(entry)

    def take(self, test: AuditedTest) -> KnownFailure | None:
        """The entry that knows this test; an entry is used up by its cases."""
        entry = self._entries.get(test.node_id)
        if entry is None:
            entry = next(
                (
                    candidate
                    for name in (test.node_id, _file_and_name(test.node_id), test.junit_key, steady(test.node_id))
                    for candidate in self._others.get(name, ())
                    if self._left[candidate.node_id] > 0
                ),
                None,
            )
        if entry is not None:
            self._left[entry.node_id] -= 1
        return entry


def _file_and_name(node_id: str) -> str:
    path, _, rest = node_id.partition("::")
    function = rest.partition("[")[0]
    return f"{path}::{rest[len(function.rpartition('::')[0]) :].removeprefix('::')}"


def failing(tests: Iterable[AuditedTest], today: Today, grounds: Grounds) -> Failing:
    """Sort the failing tests. Exact names are taken first, so that a rename never claims another test's record."""
    tests = tuple(tests)
    known = grounds.known()
    knowledge = _Knowledge(known, tests, today)
    exact = {entry.node_id for entry in known}
    red = sorted((test for test in tests if test.outcome in RED), key=lambda test: test.node_id not in exact)
    flaky_then = _flaky_then(grounds, today)
    new: list[NodeId] = []
    still: list[StillFailing] = []
    new_flaky: list[NodeId] = []
    other_flaky: list[NodeId] = []
    for test in red:
        if grounds.covers(test):
            continue
        entry = knowledge.take(test)
        if entry is not None:
            still.append(_still(test, entry, grounds))
        elif test.flaky and grounds.baseline is not None:
            familiar = function_of(test.node_id) in flaky_then or not _touched(test, grounds)
            (other_flaky if familiar else new_flaky).append(test.node_id)
        else:
            new.append(test.node_id)
    order = {test.node_id: place for place, test in enumerate(tests)}
    quarantined = _quarantined(tests, grounds)
    excused = {one.node_id for one in still} | set(other_flaky)
    excused |= {test.node_id for test in tests if grounds.covers(test)}
    return Failing(
        new=tuple(sorted(new, key=order.__getitem__)),
        known=tuple(sorted(still, key=lambda one: order[one.node_id])),
        fixed=_fixed(known, tests, today),
        new_flaky=tuple(new_flaky),
        other_flaky=tuple(other_flaky),
        quarantined=quarantined,
        excused=frozenset(excused),
    )


def _flaky_then(grounds: Grounds, today: Today) -> set[NodeId]:
    """Functions of today that were flaky at the baseline."""
    if grounds.baseline is None:
        return set()
    known = set(grounds.baseline.flaky)
    if grounds.base is not None and not grounds.lowerings:
        known &= set(grounds.base.flaky)  # what this change itself calls flaky was not known
    then = {function_of(node_id) for node_id in known}
    return then | {now for now, function in today.then_of.items() if function.node_id in then}


def _touched(test: AuditedTest, grounds: Grounds) -> bool:
    """Whether the test or its file is in the diff, or no diff is known (contract)."""
    return grounds.since is None or bool({test.path, test.node_id.partition("::")[0]} & grounds.since.changed)


def _still(test: AuditedTest, entry: KnownFailure, grounds: Grounds) -> StillFailing:
    expired = bool(entry.until) and date.fromisoformat(entry.until) < grounds.today
    fresh = grounds.base is not None and entry.node_id not in {known.node_id for known in grounds.base.known}
    untracked = not entry.issue and (not entry.until or (fresh and not grounds.lowerings))
    return StillFailing(test.node_id, entry.issue, entry.owner, entry.until, expired, untracked)


def _fixed(known: Sequence[KnownFailure], tests: Sequence[AuditedTest], today: Today) -> tuple[NodeId, ...]:
    """Known failures that pass: every case, where the record stands for several."""
    if not known:
        return ()
    wanted = {entry.node_id for entry in known}
    knowledge = _Knowledge(known, tests, today)
    passed: Counter[NodeId] = Counter()
    shown: dict[NodeId, NodeId] = {}
    failed: set[NodeId] = set()
    # What fails takes its record first: one that passes beside it mended nothing.
    for test in sorted(tests, key=lambda test: (test.node_id not in wanted, test.outcome not in RED)):
        if test.outcome not in GREEN | RED:
            continue
        entry = knowledge.take(test)
        if entry is None:
            continue
        if test.outcome in RED or test.flaky:
            failed.add(entry.node_id)
        else:
            passed[entry.node_id] += 1
            shown.setdefault(entry.node_id, test.node_id)
    return tuple(shown[node_id] for node_id in passed if node_id not in failed)


def _quarantined(tests: Sequence[AuditedTest], grounds: Grounds) -> tuple[Quarantined, ...]:
    if grounds.quarantine is None:
        return ()
    covered: defaultdict[str, list[AuditedTest]] = defaultdict(list)
    for test in tests:
        entry = grounds.quarantine.covers(test)
        if entry is not None:
            covered[entry.test].append(test)
    found = []
    for entry in grounds.quarantine.entries:
        own = covered.get(entry.test, [])
        worst = next((test.outcome for test in own if test.outcome in RED), own[0].outcome if own else None)
        found.append(
            Quarantined(
                node_id=own[0].node_id if len(own) == 1 else NodeId(entry.test),
                owner=entry.owner,
                issue=entry.issue,
                until=entry.until.isoformat() if entry.until is not None else "",
                outcome=worst or "",
                expired=entry.expired(grounds.today),
                passes=min((test.passes for test in own), default=0),
            )
        )
    return tuple(found)
