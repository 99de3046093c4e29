"""A record of an exception -> Trouble: what was raised, in which phase, where, and what it says of its surroundings."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, TypedDict

from testaudit.endings import last_error
from testaudit.masking.interface import cap, mask, mask_together
from testaudit.model import Frame, Trouble

if TYPE_CHECKING:
    from typing import Any, Literal

    from testaudit.engine.log import Record
    from testaudit.model import PhaseName
    from testaudit.paths import Paths

_MESSAGE = 4_000
_TEXT = 20_000
_OUTPUT = 64_000
"""Characters that are kept (contract)."""
_WRAPPER = "Collector.CollectError"
"""pytest's own exception around what a module's import raised."""
_ERROR_LINES = re.compile(r"(?:^E(?: .*)?\n?)+", re.MULTILINE)
_RAISED = re.compile(r"(?P<type>[A-Za-z_][\w.]*)(?:: (?P<message>.*))?", re.DOTALL)
_PLACE = re.compile(r"^(?P<path>[^\s:>](?:[A-Za-z]:)?[^:\n]*):(?P<line>\d{1,8}): in (?P<function>\S+)", re.MULTILINE)


def of_phase(phase: Record, name: PhaseName, paths: Paths) -> Trouble:
    """Why a phase of a test did not pass."""
    seen = phase.get("x") or {}
    text = phase.get("text", "")
    said = seen["message"] if "type" in seen else text.strip().partition("\n")[0]
    return _trouble(name, seen, said, text, phase.get("out", ""), paths)


def of_module(record: Record, paths: Paths) -> Trouble:
    """Why a module could not be collected."""
    seen = record.get("x") or {}
    message = seen.get("message") or last_error(record["text"])
    trouble = _trouble("collect", seen, message, record["text"], "", paths)
    return _unwrapped(trouble, seen, paths) if trouble.type.endswith(_WRAPPER) else trouble


def _unwrapped(trouble: Trouble, seen: Record, paths: Paths) -> Trouble:
    """What the import raised, as pytest's text tells it; pytest's own exception only says that there was one."""
    kind, message = last_raised(trouble.text)
    if not kind:
        return replace(trouble, type="")
    places = [found for found in _PLACE.finditer(trouble.text) if not found["path"].startswith("..")]
    frame = paths.deepest([found["path"], int(found["line"]), found["function"]] for found in places)
    unwrapped = replace(trouble, type=kind, message=cap(message, _MESSAGE), frame=frame or trouble.frame, raised=None)
    if trouble.root.partition(": ")[0] != kind:
        return unwrapped
    raised = _deepest(seen.get("root_at"), paths)
    return replace(unwrapped, root="", root_raised=None, wrapped=False, raised=raised)


def last_raised(text: str) -> tuple[str, str]:
    r"""Type and message of the last exception that pytest's text shows; empty where it shows none.

    >>> last_raised("a.py:1: in <module>\n    import redis\nE   ModuleNotFoundError: No module named 'redis'")
    ('ModuleNotFoundError', "No module named 'redis'")
    """
    blocks = _ERROR_LINES.findall(text)
    if not blocks:
        return "", ""
    lines = [line[1:].removeprefix("   ") for line in blocks[-1].splitlines()]
    if lines[0].startswith(" "):  # a syntax error shows its place first
        lines = lines[-1:]
    found = _RAISED.fullmatch("\n".join(lines).strip())
    return (found["type"], (found["message"] or "").strip()) if found else ("", "")


def of_death(record: Record, paths: Paths, *, timed_out: bool) -> Trouble:
    """How a process died in a test, and where it stood."""
    how = record.get("how", "")
    message = "ran longer than a test may (--timeout)" if timed_out else "its process died while it ran"
    if how and not timed_out:
        message = mask(f"{message} ({how})")
    return Trouble(
        "call", "", message, paths.deepest(record.get("frames", ())), mask(cap(record.get("text", ""), _TEXT))
    )


def _trouble(
    name: PhaseName | Literal["collect"], seen: Record, message: str, text: str, output: str, paths: Paths
) -> Trouble:
    kind, message, text, root, output = mask_together(
        seen.get("type", ""), cap(message, _MESSAGE), cap(text, _TEXT), seen.get("root", ""), cap(output, _OUTPUT)
    )
    return Trouble(
        phase=name,
        type=kind,
        message=message,
        frame=paths.deepest(seen.get("frames", ())),
        text=text,
        root=root,
        output=output,
        **_surroundings(seen, paths),
    )


class _Surroundings(TypedDict):
    """Where an exception came from, as fields of a `Trouble`."""

    raised: Frame | None
    root_raised: Frame | None
    wrapped: bool
    unset: tuple[str, ...]
    fixture: Frame | None


def _surroundings(seen: Record, paths: Paths) -> _Surroundings:
    """What a record says of where an exception came from; an empty one says nothing."""
    fixture = seen.get("fixture")
    return {
        "raised": _deepest(seen.get("frames"), paths),
        "root_raised": _deepest(seen.get("root_at"), paths),
        "wrapped": bool(seen.get("wrapped")),
        # A key of AWS is written like a variable, and is none.
        "unset": tuple(name for name in map(str, seen.get("unset", ())) if mask(name) == name),
        "fixture": Frame(paths.relative(fixture[2]), fixture[3], fixture[0]) if fixture else None,
    }


def _deepest(frames: list[list[Any]] | None, paths: Paths) -> Frame | None:
    """The last of some frames, whoever's code it is."""
    if not frames:
        return None
    path, line, function = frames[-1]
    return Frame(paths.relative(path), line, function)
