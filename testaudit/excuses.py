"""Skips and xfails: does a condition decide, and does an issue track them? The pass rate hangs on both answers.

What the run shows outranks what the source suggests: a marker's kind is pytest's own; only a call (`pytest.skip()` in a
body, `unittest.skip`) is looked up in the source.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from testaudit.source.index import terminal

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from testaudit.engine.log import Record
    from testaudit.model import Attempt, AuditedTest, Kind, Marker
    from testaudit.source.interface import Class, Sources

EXCUSED = ("skipped", "xfailed")


def settle(test: AuditedTest, sources: Sources) -> AuditedTest:
    """The test with the kind of its skip or xfail, and whether it names an issue; other tests as they are."""
    if test.outcome not in EXCUSED:
        return test
    kind = test.skip_kind or _kind(test, sources)
    path, line = (test.skip_site.path, test.skip_site.line) if test.skip_site else (test.path, test.line)
    return replace(test, skip_kind=kind, tracked=sources.issue_reference_near(path, line, test.reason))


def excuse(
    phases: Sequence[Record], markers: Sequence[Marker], attempt: Attempt | None
) -> tuple[str, str, list[Any] | None]:
    """Reason of a skip or xfail in the log, by what means it came, and the place (path, line) that raised it."""
    for phase in phases:
        if "xfail" in phase:
            troubles = attempt.troubles if attempt is not None else ()
            # `expectedFailure` ends in the same exception, but no line of the project raises it.
            raised = bool(troubles) and troubles[0].type.endswith("XFailed")
            frames = (phase.get("x") or {}).get("frames") if raised else None
            reason = str(phase["xfail"]).removeprefix("reason: ")
            return reason, "xfail-call" if frames else "xfail", frames[-1][:2] if frames else None
        if "skip" in phase:
            return _skip(phase, markers)
    return "", "", None


def _skip(phase: Record, markers: Sequence[Marker]) -> tuple[str, str, list[Any]]:
    path, line, reason = phase["skip"]
    reason = reason.removeprefix("Skipped: ")
    seen = phase.get("x") or {}
    place = [path, line]
    names = {marker.name for marker in markers}
    by = "skipif" if "skipif" in names else "skip" if "skip" in names else "unittest"
    if reason.startswith("could not import"):
        by = "importorskip"
    elif seen.get("frames"):
        by, place = "call", seen["frames"][-1][:2]
    elif {"skipif", "skip"} <= names:
        # pytest does not say which of the two spoke; the reason does.
        said = {value for mark in markers if mark.name == "skip" for value in (*mark.args, *dict(mark.kwargs).values())}
        by = "skip" if repr(reason) in said else "skipif"
    return reason, by, place


def _kind(test: AuditedTest, sources: Sources) -> Kind:
    """`conditional`, `unconditional`, or `unknown` where neither the run nor the source tells."""
    match test.skip_by:
        case "skipif" | "importorskip":
            return "conditional"
        case "skip":
            # A hook may have added it (`--runslow`): then some option decides, and no source of the test shows it.
            return "unconditional" if _stands_in_source(test, sources, "skip") else "unknown"
        case "xfail":
            return _xfail(test, sources)
        case "unittest":
            return _spoken(unconditional=_by_decorator(test, sources))
        case _:
            site = test.skip_site
            return _spoken(unconditional=None if site is None else _by_source(site.path, site.line, sources))


def _xfail(test: AuditedTest, sources: Sources) -> Kind:
    marks = [marker for marker in test.markers if marker.name == "xfail"]
    if marks:
        # A marker without a condition applies whatever else stands there.
        free = any(not mark.args and "condition" not in dict(mark.kwargs) for mark in marks)
        return (
            "conditional" if not free else "unconditional" if _stands_in_source(test, sources, "xfail") else "unknown"
        )
    decorated = _by_decorator(test, sources)
    if decorated is not None:
        return _spoken(unconditional=decorated)
    # `request.node.add_marker(pytest.mark.xfail)` while the test ran.
    function = sources.function_at(test.path, test.line) if test.line else None
    answers = {
        _by_source(test.path, call.lineno, sources)
        for call, _ in (() if function is None else function.calls)
        if terminal(call) in {"add_marker", "applymarker"}
    }
    return _spoken(unconditional=answers.pop() if len(answers) == 1 else None)


def _by_decorator(test: AuditedTest, sources: Sources) -> bool | None:
    """What decorates the function, or else its class or a base of it."""
    places = [(test.path, test.line)] if test.line else []
    if test.skip_site is not None:
        places.append((test.skip_site.path, test.skip_site.line))
    for path, line in places:
        answer = _by_source(path, line, sources)
        if answer is not None:
            return answer
    for klass in _family(test, sources):
        answer = _by_source(klass.path, klass.node.lineno, sources)
        if answer is not None:
            return answer
    return None


def _by_source(path: str, line: int, sources: Sources) -> bool | None:
    """What the project's own source says; a place outside it (pytest's, a plugin's) says nothing about the test."""
    return None if path.startswith(("/", "<")) else sources.is_unconditional(path, line)


def _stands_in_source(test: AuditedTest, sources: Sources, word: str) -> bool:
    """Whether the test's own module, or one that its classes come from, names the marker."""
    paths = {test.path, *(klass.path for klass in _family(test, sources))}
    files = [file for path in paths if (file := sources.file(path)) is not None]
    return not files or any(re.search(rf"\b{word}\b", file.text) for file in files)


def _family(test: AuditedTest, sources: Sources) -> list[Class]:
    """The classes around the test, and their bases as far as the project defines them."""
    names = test.node_id.partition("[")[0].split("::")[1:-1]
    klass = sources.find_class(test.path, ".".join(names)) if names else None
    return [] if klass is None else sources.family(klass)


def _spoken(*, unconditional: bool | None) -> Kind:
    return "unknown" if unconditional is None else "unconditional" if unconditional else "conditional"
