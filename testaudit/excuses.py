"""Skips and xfails: does a condition decide, and does an issue track them? The pass rate hangs on both answers.

What the run shows outranks what the source suggests: a marker's kind is pytest's own; only a call (`pytest.skip()` in a
body, `unittest.skip`) is looked up in the source.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from testaudit.engine.log import Record
    from testaudit.model import Attempt, AuditedTest, Kind, Marker
    from testaudit.source.interface import Sources

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
            called = bool(troubles) and troubles[0].type.endswith("XFailed")
            frames = (phase.get("x") or {}).get("frames") if called else None
            reason = str(phase["xfail"]).removeprefix("reason: ")
            return reason, "xfail-call" if called else "xfail", frames[-1][:2] if frames else None
        if "skip" in phase:
            return _skip(phase, markers)
    return "", "", None


def _skip(phase: Record, markers: Sequence[Marker]) -> tuple[str, str, list[Any]]:
    path, line, reason = phase["skip"]
    reason = reason.removeprefix("Skipped: ")
    seen = phase.get("x") or {}
    place = [path, line]
    names = {marker.name for marker in markers}
    by = "skipif" if "skipif" in names else "skip" if "skip" in names else "call"
    if reason.startswith("could not import"):
        by = "importorskip"
    elif seen.get("frames"):
        by, place = "call", seen["frames"][-1][:2]
    elif "unittest" in seen.get("root", "") or "unittest" in seen.get("type", ""):
        by = "unittest"
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
            return "unconditional"
        case "xfail":
            marks = [marker for marker in test.markers if marker.name == "xfail"]
            # `expectedFailure` has no marker; a marker without a condition applies whatever else stands there.
            free = [mark for mark in marks if not mark.args and "condition" not in dict(mark.kwargs)]
            return "unconditional" if free or not marks else "conditional"
        case _:
            site = test.skip_site
            answer = None if site is None else sources.is_unconditional(site.path, site.line)
            if answer is None and test.skip_by == "unittest" and test.line:
                answer = sources.is_unconditional(test.path, test.line)
            return "unknown" if answer is None else "unconditional" if answer else "conditional"
