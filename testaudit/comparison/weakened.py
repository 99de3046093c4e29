"""Which changed tests check less than at the merge base: each test of then beside the same one of today."""

from __future__ import annotations

from typing import TYPE_CHECKING

from testaudit.comparison.bodies import function_in
from testaudit.comparison.loosened import loosened
from testaudit.model import Loosened, NodeId
from testaudit.source.before import first_line_of, source_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from testaudit.comparison.interface import Grounds
    from testaudit.model import AuditedTest
    from testaudit.source.interface import Sources

_REMOVED = " removed"
_LARGEST = 2_000
"""New functions among which a check that is gone is looked for; of more, nobody could say that it went there."""


def weakened(
    now: Mapping[NodeId, tuple[AuditedTest, ...]],
    moved: Sequence[tuple[NodeId, NodeId]],
    grounds: Grounds,
    sources: Sources,
) -> tuple[Loosened, ...]:
    """The assertions that check less.

    Args:
        now: today's functions.
        moved: (then, now) of the renamed and moved ones.
        grounds: with the tests of the merge base.
        sources: the suite of today.

    """
    names = dict(moved)
    found: list[Loosened] = []
    new: tuple[str, ...] | None = None
    for before in grounds.before:
        name = before.qualname.replace(".", "::")
        old, same = NodeId(f"{before.then}::{name}"), NodeId(f"{before.path}::{name}")
        node_id = next((one for one in (names.get(old), names.get(same), same) if one is not None and one in now), None)
        if node_id is None:
            continue
        path = now[node_id][0].path
        first, text = _today(node_id, now[node_id][0], sources)
        if not text or text == before.source:
            continue
        said = loosened(before.source, text)
        if any(one.what.endswith(_REMOVED) for one in said):
            new = tuple(_new_functions(grounds, sources)) if new is None else new
            said = loosened(before.source, text, new)
        found += [Loosened(node_id, path, first + max(0, one.line - 1), *one[:3]) for one in said]
    return tuple(found)


def _today(node_id: NodeId, test: AuditedTest, sources: Sources) -> tuple[int, str]:
    """The first line of a test's function, and its source; (0, "") where it is not to be had."""
    with sources.store.lock:
        file = sources.file(test.path)
        function = function_in(file, node_id, test.line) if file is not None else None
        if file is None or function is None:
            return 0, ""
        found = first_line_of(function), source_of(function, file)
        sources.trim()
        return found


def _new_functions(grounds: Grounds, sources: Sources) -> Iterator[str]:
    """Functions in changed files of the suite that are no tests of the merge base: a check may have moved there."""
    then = {(one.path, one.qualname) for one in grounds.before}
    changed = grounds.since.changed if grounds.since is not None else frozenset()
    discovery = sources.discovery
    left = _LARGEST
    for path in sorted(changed.intersection((*discovery.tests, *discovery.conftests, *discovery.helpers))):
        with sources.store.lock:
            file = sources.file(path)
            for function in file.functions if file is not None else ():
                if (path, function.qualname) not in then and left > 0:
                    left -= 1
                    yield source_of(function, file) if file is not None else ""
            sources.trim()
