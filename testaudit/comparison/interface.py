"""What an audit is held against, and the suite of today as the comparison sees it: by function.

A comparison is pure: it starts nothing and writes nothing. Its questions have a file each: which failures are new
(`failing.py`), what is gone, moved or no longer selected (`lost.py`), what is skipped or expected to fail and was not
(`hidden.py`), which findings are new (`findings.py`), which tests check less (`loosened.py`).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from testaudit.baseline.interface import DEFAULT_LABEL, Baseline, Count
from testaudit.baseline.lowering import records
from testaudit.paths import function_of, junit_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from testaudit.baseline.interface import KnownFailure, Lowering, TestedFunction
    from testaudit.model import AuditedTest, Bar, NodeId
    from testaudit.quarantine import Quarantine
    from testaudit.revision.interface import Since
    from testaudit.source.before import FunctionBefore


@dataclass(frozen=True)
class Grounds:
    """What an audit is held against."""

    today: date
    label: str = DEFAULT_LABEL
    """Of the environment (`--env`)."""
    baseline: Baseline | None = None
    name: str = ""
    """The baseline's file, as messages call it."""
    base: Baseline | None = None
    """The merge base's baseline: the bar that this change may raise, and lower only with a record."""
    deleted: bool = False
    """This change deletes the baseline; the merge base's judges."""
    switched: tuple[str, ...] = ()
    """What the configuration of the merge base asked for, and this change's does not."""
    quarantine: Quarantine | None = None
    since: Since | None = None
    before: tuple[FunctionBefore, ...] = ()
    """Test functions of the merge base, in the files that differ."""
    notes: tuple[str, ...] = ()

    def covers(self, test: AuditedTest) -> bool:
        """Whether the quarantine excuses this test today."""
        entry = self.quarantine.covers(test) if self.quarantine is not None else None
        return entry is not None and not entry.expired(self.today)

    @property
    def any(self) -> bool:
        """Whether there is anything to compare with."""
        return self.baseline is not None or self.since is not None or bool(self.quarantine and self.quarantine.entries)

    @property
    def bar(self) -> Bar | None:
        """The baseline's figures for this environment."""
        return self.baseline.bar(self.label) if self.baseline is not None else None

    def then(self, function: TestedFunction) -> Count | None:
        """A function's cases at the baseline; None where this environment had none.

        An environment that the baseline does not know has to keep what every known one had: another label is no way
        round it.
        """
        if self.bar is not None:
            return function.count(self.label)
        counts = [count for _, count in function.counts]
        if self.baseline is None or len(counts) < len(self.baseline.bars):
            return None
        return Count(
            min(count.cases for count in counts),
            max(count.skipped for count in counts),
            max(count.xfailed for count in counts),
            max(count.missed for count in counts),
        )

    @property
    def lowerings(self) -> tuple[Lowering, ...]:
        """The records with which this change lowers the merge base's bar on purpose."""
        if self.baseline is None or self.base is None:
            return ()
        return records(self.base, self.baseline)

    def known(self) -> tuple[KnownFailure, ...]:
        """The failures that are known in this environment; in one that the baseline does not know, all of them."""
        if self.baseline is None:
            return ()
        return tuple(known for known in self.baseline.known if self.bar is None or self.label in known.environments)


@dataclass(frozen=True)
class Today:
    """The suite as it is, by function."""

    functions: Mapping[NodeId, tuple[AuditedTest, ...]]
    then_of: Mapping[NodeId, TestedFunction] = field(default_factory=dict)
    """A function of today -> the same one at the baseline, renamed or not."""


def by_function(tests: Iterable[AuditedTest]) -> dict[NodeId, tuple[AuditedTest, ...]]:
    """The tests by node id without parameters; a module that stands for its tests is one of its own."""
    found: defaultdict[NodeId, list[AuditedTest]] = defaultdict(list)
    for test in tests:
        found[function_of(test.node_id)].append(test)
    return {node_id: tuple(listed) for node_id, listed in found.items()}


def joined(
    functions: Iterable[TestedFunction], now: Mapping[NodeId, tuple[AuditedTest, ...]]
) -> dict[NodeId, TestedFunction]:
    """Function of today -> the baseline's: by node id, then by file and name, then by `junit_key` (contract).

    What several could mean is left unjoined.
    """
    then = {function.node_id: function for function in functions}
    found = {node_id: then[node_id] for node_id in now if node_id in then}
    left = [function for node_id, function in then.items() if node_id not in now]
    free = [node_id for node_id in now if node_id not in then]
    if not left or not free:
        return found
    named: defaultdict[tuple[str, str], list[NodeId]] = defaultdict(list)
    keyed: defaultdict[str, list[NodeId]] = defaultdict(list)
    for node_id in free:
        path, _, rest = node_id.partition("::")
        named[path, rest.rpartition("::")[2]].append(node_id)
        keyed[function_of(now[node_id][0].junit_key)].append(node_id)
    wanted: defaultdict[NodeId, list[TestedFunction]] = defaultdict(list)
    for function in left:
        path, _, rest = function.node_id.partition("::")
        candidates = named.get((path, rest.rpartition("::")[2])) or keyed.get(junit_key(function.node_id)) or ()
        if len(candidates) == 1:
            wanted[candidates[0]].append(function)
    return {**found, **{node_id: claims[0] for node_id, claims in wanted.items() if len(claims) == 1}}
