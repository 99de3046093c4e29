"""What a run showed of what its tests leave behind: proof or disproof of a suspicion, and what nobody suspected.

Only what belongs to the function scope is seen (see `model/leaks.py`): of a fixture with a wider scope nothing follows.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeVar

from testaudit.model import LEAK_KINDS
from testaudit.source.restores import SET_UPS

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from testaudit.model import AuditedTest, Leak, NodeId, Outcome, Run
    from testaudit.source.files import SourceFile
    from testaudit.source.project import Sources

    FunctionsIn = Callable[[str], Collection[str]]
    """Path -> the functions of the file that the source alone makes suspect, as findings name them."""


Asked = TypeVar("Asked")
"""A rule's settings."""


class Named(Protocol):
    """What a rule finds: it names the function."""

    @property
    def function(self) -> str:
        """As findings name it."""


_LASTS = LEAK_KINDS - {"thread", "process", "descriptor", "file"}
"""There is one of each: who changes it again to the same leaves no trace."""
_MADE_UP = re.compile(r"(?<=/tmp)[a-z0-9_]{8}(?![a-z0-9_])|(?<=/pytest-)\d+(?=/)")
"""`/tmp/tmpab12cd_3.py`, `/tmp/pytest-of-me/pytest-17/`."""
_FAILED: frozenset[Outcome] = frozenset({"failed", "error", "crashed", "timed-out"})


@dataclass(frozen=True, slots=True)
class Leftover:
    """Something that one or more tests left at one place."""

    path: str
    line: int
    leaks: tuple[Leak, ...]
    node_ids: tuple[NodeId, ...]


def suspects_of(
    find: Callable[[SourceFile, Sources, Asked], Iterator[Named]], sources: Sources, settings: Asked
) -> FunctionsIn:
    """The functions of a file that a rule's `find` speaks of; each file is asked once."""
    known: dict[str, frozenset[str]] = {}

    def functions(path: str) -> frozenset[str]:
        if path not in known:
            with sources.store.lock:
                file = sources.file(path)
                hits = find(file, sources, settings) if file is not None else ()
                known[path] = frozenset(hit.function for hit in hits)
        return known[path]

    return functions


def leaks_of(test: AuditedTest) -> tuple[Leak, ...]:
    """What a test left, in the attempt that decided its outcome."""
    return test.attempts[-1].leaks if test.attempts else ()


def shown(
    run: Run, tests: tuple[AuditedTest, ...], function: str, is_it: Callable[[Leak], bool], *kinds: str
) -> tuple[Leak, ...] | None:
    """What the run says of a suspicion: its leaks (proof), none (disproof), or None where it cannot tell.

    It cannot tell when nothing watched, when no test of it passed, when it is a fixture of a wider scope, and when
    another test left the same: then this one found it changed already.
    """
    if not kinds or not run.watched.issuperset(kinds):
        return None
    found = tuple(_matching(tests, is_it, kinds))
    if found:
        return found
    ran = [test for test in tests if test.outcome == "passed"]
    name = function.strip("<>").rpartition(".")[2] if function.startswith("<") else ""
    if not ran or any(use.name == name and use.scope != "function" for test in ran for use in test.fixtures):
        return None
    changed_already = _LASTS.issuperset(kinds) and any(True for _ in _matching(run.tests, is_it, kinds))
    return None if changed_already else ()


def _matching(tests: tuple[AuditedTest, ...], is_it: Callable[[Leak], bool], kinds: tuple[str, ...]) -> Iterator[Leak]:
    for test in tests:
        for leak in leaks_of(test):
            if leak.kind in kinds and is_it(leak):
                yield leak


def names_of(leaks: tuple[Leak, ...]) -> str:
    """What was left, by names that are the same in the next run: what `tempfile` and pytest make up is left out."""
    return ", ".join(sorted({_MADE_UP.sub("…", leak.what) for leak in leaks}))


def said(leaks: tuple[Leak, ...]) -> str:
    """The leaks in a few words: `DEBUG was unset, is '1'`."""
    parts = []
    for leak in tuple(dict.fromkeys(leaks))[:3]:
        before, after = leak.before or "not there", leak.after or "gone"
        parts.append(f"{leak.what} ({before} before, {after} after)"[:160])
    more = f", and {len(leaks) - 3} more" if len(leaks) > len(parts) else ""
    return f"{', '.join(parts)}{more}"


def unsuspected(
    run: Run, sources: Sources, is_it: Callable[[Leak], bool], suspects: FunctionsIn, *kinds: str
) -> list[Leftover]:
    """The leaks that no suspicion covers, by the place that made them; the test's own line where that is not known.

    A test that failed may never have come to what takes them back.
    """
    found: dict[tuple[str, int], tuple[dict[Leak, None], dict[NodeId, None]]] = {}
    for test in run.tests:
        leaks = [leak for leak in leaks_of(test) if leak.kind in kinds and is_it(leak)]
        if not leaks or test.outcome in _FAILED or _is_suspected(test, suspects, sources):
            continue
        for leak in leaks:
            at = leak.at
            place = (at.path, at.line) if at is not None and sources.is_suite_file(at.path) else (test.path, test.line)
            if place[1] < 1 or not sources.is_suite_file(place[0]):
                continue
            held, tests = found.setdefault(place, ({}, {}))
            held[leak] = None
            tests[test.node_id] = None
    return [Leftover(*place, tuple(held), tuple(tests)) for place, (held, tests) in found.items()]


def _is_suspected(test: AuditedTest, suspects: FunctionsIn, sources: Sources) -> bool:
    """Whether the source speaks already: of the test, of a fixture that it uses, of a set-up of its class."""
    path, _, rest = test.node_id.partition("::")
    function = rest.partition("[")[0].replace("::", ".")
    owner = function.rpartition(".")[0]
    for home in dict.fromkeys((path, test.path)):
        named = suspects(home) if sources.is_suite_file(home) else ()
        if function in named or any(f"{owner}.{name}".strip(".") in named for name in SET_UPS):
            return True
    return any(
        f"<{use.name}>" in suspects(use.path) or any(name.endswith(f".{use.name}>") for name in suspects(use.path))
        for use in test.fixtures
        if sources.is_suite_file(use.path)
    )
