"""Whose a failure is: the owners that CODEOWNERS names, and who changed the failing test last."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from testaudit.comparison.bodies import function_in
from testaudit.paths import function_of
from testaudit.revision.blame import NOT_COMMITTED, blame
from testaudit.revision.owners import read_owners

if TYPE_CHECKING:
    from collections.abc import Callable

    from testaudit.model import Audit, AuditedTest
    from testaudit.source.interface import Sources

_OWNERS = 5
"""Owners that stand beside one failure."""


def with_owners(audit: Audit, sources: Sources) -> Audit:
    """The audit, its failures with their owners; as it is where there is no repository, or nothing fails."""
    if not audit.failures or audit.project.commit is None:
        return audit
    root = sources.root
    owners = read_owners(root, audit.project.folder)
    tests = {test.node_id: test for test in audit.tests}
    blocking = set(audit.comparison.new_failures) if audit.comparison is not None else set()
    places: dict[str, tuple[str, int, int]] = {}
    # The new ones first: only so many are asked of git.
    for failure in sorted(audit.failures, key=lambda failure: blocking.isdisjoint(failure.node_ids)):
        test = next((tests[node_id] for node_id in failure.node_ids if node_id in tests), None)
        place = _place(test, sources) if test is not None else None
        if place is not None:
            places[failure.id] = place
    said = {place: who for place, who in blame(root, places.values()).items() if who != NOT_COMMITTED}
    return replace(
        audit,
        failures=tuple(
            replace(
                failure,
                owners=_of({tests[one].path for one in failure.node_ids if one in tests}, owners.of),
                blame=said.get(places[failure.id], "") if failure.id in places else "",
            )
            for failure in audit.failures
        ),
    )


def _place(test: AuditedTest, sources: Sources) -> tuple[str, int, int] | None:
    """The lines of the test: decorators, name and body."""
    if not test.path.endswith(".py") or not test.line:
        return None
    with sources.store.lock:
        file = sources.file(test.path)
        function = function_in(file, function_of(test.node_id), test.line) if file is not None else None
        sources.trim()
    if function is None:
        return None
    first = min([function.line, *(decorator.lineno for decorator in function.decorators)])
    return test.path, first, function.end_line


def _of(paths: set[str], owners: Callable[[str], tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for path in sorted(paths) for name in owners(path)))[:_OWNERS]
