"""What is gone: test functions of the baseline and of the merge base of which there is less today.

A test that was renamed or moved is recognised by its body, or by git's rename of its file; one that still stands in
the source and is not run was deselected; the rest disappeared, unless a record says why.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from testaudit.comparison.bodies import bodies, body_tokens, function_in
from testaudit.comparison.merged import merged
from testaudit.comparison.records import accepted_by
from testaudit.model import RED, Gone, NodeId
from testaudit.source.before import functions_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from testaudit.baseline.interface import TestedFunction
    from testaudit.comparison.interface import Grounds
    from testaudit.model import AuditedTest
    from testaudit.source.before import FunctionBefore
    from testaudit.source.interface import Sources

LIKE = 0.7
"""Share of its tokens that a renamed and edited test keeps."""
_SHORT = 12
"""Tokens under which a likeness proves nothing, unless it is whole."""
_COMPARED = 20_000
"""Pairs of bodies that are compared at most: a bound on the work, beyond which tests count as gone."""


@dataclass(frozen=True)
class Lost:
    """The test functions of which there is less."""

    gone: tuple[Gone, ...] = ()
    moved: tuple[tuple[NodeId, NodeId], ...] = ()
    merged: tuple[tuple[NodeId, NodeId], ...] = ()
    """(then, now) of tests that are part of others now."""
    unselected: tuple[Gone, ...] = ()
    modules: tuple[NodeId, ...] = ()
    """Modules that skip themselves now, and whose tests ran."""


@dataclass(frozen=True)
class Scope:
    """What of the suite was looked at."""

    selected: Callable[[str], bool]
    """Whether a file belongs to what was asked for."""
    by_hand: bool = False
    """`-k` or `-m`: what was not selected says nothing."""
    more_deselected: bool = False
    """More tests are deselected than at the baseline."""


def lost(
    now: Mapping[NodeId, tuple[AuditedTest, ...]],
    joined: Mapping[NodeId, TestedFunction],
    grounds: Grounds,
    sources: Sources,
    scope: Scope,
) -> tuple[Lost, dict[NodeId, TestedFunction]]:
    """What is gone, and the functions of today joined with what they were called then.

    Args:
        now: today's functions.
        joined: those that have their name still, with their function at the baseline.
        grounds: baseline and merge base.
        sources: the suite of today.
        scope: what was asked for.

    """
    functions = grounds.baseline.functions if grounds.baseline is not None else ()
    kept = {function.node_id for function in joined.values()}
    missing = {
        function.node_id: (function, count.cases)
        for function in functions
        if function.node_id not in kept and (count := grounds.then(function)) is not None
    }
    mentioned = {function.node_id for function in functions}
    younger = {
        node_id: before
        for before in grounds.before
        if (node_id := _id_of(before)) not in now and not {node_id, _id_then(before)} & mentioned
    }
    moves: dict[NodeId, NodeId] = {}
    if missing or younger:
        free = {node_id: tests[0] for node_id, tests in now.items() if node_id not in joined}
        moves = _Moves(free, grounds, sources).of({name: entry for name, (entry, _) in missing.items()}, younger)
    then_of = {**joined, **{new: missing[old][0] for old, new in moves.items() if old in missing}}
    gone: list[Gone] = []
    unselected: list[Gone] = []
    modules: dict[NodeId, None] = {}
    sizes = {**{name: cases for name, (_, cases) in missing.items()}, **dict.fromkeys(younger, 1)}
    for old, cases in sizes.items():
        path = old.partition("::")[0]
        module = now.get(NodeId(path))
        if old in moves or not scope.selected(path):
            continue
        if module is not None:  # it does not import, or skips itself: its tests are neither here nor gone
            if module[0].outcome not in RED and (old in missing or _imported(younger[old], grounds)):
                modules[NodeId(path)] = None
        elif stands(sources, old):
            # That one ran which the baseline does not know is not known either.
            if not scope.by_hand and old in missing:
                unselected.append(Gone(old, cases, 0))
        else:
            gone.append(Gone(old, cases, 0))
    others = _merged(gone, then_of, now, grounds, sources)
    elsewhere = _standing_elsewhere([one.node_id for one in gone if one.node_id not in others], grounds, sources)
    unselected += [one for one in gone if one.node_id in elsewhere and one.node_id in missing and not scope.by_hand]
    gone = [one for one in gone if one.node_id not in {*others, *elsewhere}]
    for new, function in then_of.items():
        count, here = grounds.then(function), len(now[new])
        if count is not None and here < count.cases and not scope.by_hand and scope.selected(new.partition("::")[0]):
            (unselected if scope.more_deselected else gone).append(Gone(new, count.cases, here))
    found = Lost(
        gone=tuple(accepted_by(grounds, gone)),
        moved=tuple(sorted(moves.items())),
        merged=tuple(sorted(others.items())),
        unselected=tuple(accepted_by(grounds, unselected)),
        modules=tuple(modules),
    )
    return found, then_of


def _merged(
    gone: Sequence[Gone],
    then_of: Mapping[NodeId, TestedFunction],
    now: Mapping[NodeId, tuple[AuditedTest, ...]],
    grounds: Grounds,
    sources: Sources,
) -> dict[NodeId, NodeId]:
    """Of the tests that are gone those whose work others do now."""
    texts = {node_id: one for one in grounds.before for node_id in (_id_of(one), _id_then(one))}
    left = {one.node_id: (texts[one.node_id], one.before) for one in gone if one.node_id in texts}
    before = dict.fromkeys(map(_id_of, grounds.before), 1)
    for node_id, function in then_of.items():
        count = grounds.then(function)
        before[node_id] = count.cases if count is not None else 0
    return merged(left, now, before, grounds, sources)


def _standing_elsewhere(left: Sequence[NodeId], grounds: Grounds, sources: Sources) -> set[NodeId]:
    """Of these tests, which did not run, those that stand unchanged in another file."""
    texts = {node_id: one for one in grounds.before for node_id in (_id_of(one), _id_then(one)) if node_id in set(left)}
    if not texts or grounds.since is None:
        return set()
    suite = grounds.since.changed.intersection(sources.discovery.tests)
    there = {(one.qualname.rpartition(".")[2], one.tokens) for path in suite for one in functions_of(sources, path)}
    return {node_id for node_id, one in texts.items() if (one.qualname.rpartition(".")[2], one.tokens) in there}


def _imported(before: FunctionBefore, grounds: Grounds) -> bool:
    """Whether the module of a test that the baseline does not know cannot have skipped itself at the merge base."""
    text = grounds.since.text(before.then) if grounds.since is not None else None
    return text is not None and b"skip" not in text.lower()


def _id_of(before: FunctionBefore) -> NodeId:
    return NodeId(f"{before.path}::{before.qualname.replace('.', '::')}")


def _id_then(before: FunctionBefore) -> NodeId:
    return NodeId(f"{before.then}::{before.qualname.replace('.', '::')}")


def stands(sources: Sources, node_id: NodeId) -> bool:
    """Whether the source still has this test function, collected or not."""
    path, _, rest = node_id.partition("::")
    with sources.store.lock:
        file = sources.file(path) if path.endswith(".py") else None
        if file is None:
            return bool(not rest and path and sources.store.exists(path))
        if function_in(file, node_id, 0) is not None:
            return True
        owner, _, name = rest.rpartition("::")
        klass = sources.find_class(path, owner.replace("::", ".")) if owner else None
        return klass is not None and any(name in relative.methods for relative in sources.family(klass))


class _Moves:
    """Pairs tests that are missing with tests that are new: each new one is one old one at most."""

    def __init__(self, free: Mapping[NodeId, AuditedTest], grounds: Grounds, sources: Sources) -> None:
        self._free = dict(free)
        self._grounds = grounds
        self._sources = sources

    def of(
        self, missing: Mapping[NodeId, TestedFunction], younger: Mapping[NodeId, FunctionBefore]
    ) -> dict[NodeId, NodeId]:
        """Name then -> name now."""
        moves: dict[NodeId, NodeId] = {}

        def take(old: NodeId, new: NodeId) -> None:
            moves[old] = new
            del self._free[new]

        for old in (*missing, *younger):
            if (new := self._by_file(old)) is not None:
                take(old, new)
        digests: defaultdict[str, list[NodeId]] = defaultdict(list)
        for node_id, digest in bodies(self._free.items(), self._sources).items():
            digests[digest].append(node_id)
        for old, function in missing.items():
            candidates = [new for new in digests.get(function.body, ()) if function.body and new in self._free]
            if old not in moves and candidates:
                take(old, max(candidates, key=lambda new: _alike(old, new)))
        for old, new in self._by_likeness({*missing, *younger} - set(moves)):
            take(old, new)
        return moves

    def _by_file(self, old: NodeId) -> NodeId | None:
        """The same name in the file that git says was renamed."""
        path, colons, rest = old.partition("::")
        renamed = self._grounds.since.renamed.get(path) if self._grounds.since is not None else None
        new = NodeId(f"{renamed}{colons}{rest}") if renamed is not None else None
        return new if new in self._free else None

    def _by_likeness(self, left: set[NodeId]) -> list[tuple[NodeId, NodeId]]:
        """Renamed and edited in one change: the body at the merge base and today's share most of their tokens."""
        before = {
            node_id: one.tokens
            for one in self._grounds.before
            for node_id in (_id_of(one), _id_then(one))
            if node_id in left
        }
        if not before or not self._free or len(before) * len(self._free) > _COMPARED:
            return []
        tokens = {node_id: self._tokens(node_id, test) for node_id, test in self._free.items()}
        pairs = []
        for old, then in before.items():
            for new, now in tokens.items():
                if len(then) < _SHORT and then != now:
                    continue
                matcher = SequenceMatcher(None, then, now, autojunk=False)
                if matcher.real_quick_ratio() >= LIKE and matcher.quick_ratio() >= LIKE:
                    pairs.append((matcher.ratio(), old, new))
        found: dict[NodeId, NodeId] = {}
        for ratio, old, new in sorted(pairs, reverse=True):
            if ratio >= LIKE and old not in found and new not in found.values():
                found[old] = new
        return list(found.items())

    def _tokens(self, node_id: NodeId, test: AuditedTest) -> tuple[str, ...]:
        with self._sources.store.lock:
            file = self._sources.file(test.path) if test.path.endswith(".py") else None
            function = function_in(file, node_id, test.line) if file is not None else None
            return body_tokens(file, function) if file is not None and function is not None else ()


def _alike(old: NodeId, new: NodeId) -> tuple[bool, bool]:
    return old.rpartition("::")[2] == new.rpartition("::")[2], old.partition("::")[0] == new.partition("::")[0]
