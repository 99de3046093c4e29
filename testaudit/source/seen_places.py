"""Where in the suite something stands that the run showed."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from testaudit.model import Attempt, AuditedTest, Frame, NodeId, Run
    from testaudit.source.project import Sources

Seen = TypeVar("Seen")


class Place(NamedTuple):
    """A line of the suite, and what was seen there."""

    path: str
    line: int


def by_place(
    run: Run, sources: Sources, what: Callable[[Attempt], Iterable[Seen]], at: Callable[[Seen], Frame | None]
) -> dict[Place, list[tuple[Seen, AuditedTest]]]:
    """What the attempts of the run saw, by the line of the suite that did it, in order.

    Args:
        run: the run.
        sources: the suite.
        what: what of an attempt is meant.
        at: the frame that did it; where that is none of the suite's, it stands at the test itself.

    """
    found: dict[Place, list[tuple[Seen, AuditedTest]]] = defaultdict(list)
    for test in run.tests:
        for attempt in test.attempts:
            for seen in what(attempt):
                place = place_of(at(seen), test, sources)
                if place is not None:
                    found[place].append((seen, test))
    return dict(sorted(found.items()))


def place_of(frame: Frame | None, test: AuditedTest, sources: Sources) -> Place | None:
    """The frame's line where it lies in the suite, else the test's; None where neither can be told."""
    if frame is not None and sources.is_suite_file(frame.path) and frame.line > 0:
        return Place(frame.path, frame.line)
    return Place(test.path, test.line) if test.line > 0 and sources.is_suite_file(test.path) else None


def ids_of(seen: Iterable[tuple[object, AuditedTest]]) -> tuple[NodeId, ...]:
    """The tests behind some sightings, each once."""
    return tuple(dict.fromkeys(test.node_id for _, test in seen))
