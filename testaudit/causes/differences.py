"""Where two values of a failed comparison differ: in an id, a time, a path, a number, and nowhere else.

Read from pytest's explanation (`assert 'a' == 'b'`, its diff, its differing items) or unittest's (`'a' != 'b'`).
"""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from testaudit.source.literals import MONTH

Kind = Literal["uuid", "ulid", "time", "path", "hex", "number"]

_CLOCK = r"\d{1,2}:\d\d(?::\d\d(?:\.\d+)?)?"
_ATOM = re.compile(
    r"(?P<uuid>\b[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\b"
    r"|\b[0-9a-f]{12}[1-7][0-9a-f]{3}[89ab][0-9a-f]{15}\b)"
    r"|(?P<ulid>\b[0-7][0-9A-HJKMNP-TV-Z]{25}\b)"
    r"|(?P<time>\bdatetime\.(?:datetime|date)\(\d{4}, \d{1,2}, \d{1,2}[^()]*(?:\([^()]*\))?\)"
    rf"|\b\d{{4}}-\d\d-\d\d(?:[T ]{_CLOCK}(?:Z|[+-]\d\d:?\d\d)?)?"
    rf"|\b\d{{1,2}} {MONTH} \d{{4}}\b|\b{MONTH} \d{{1,2}},? \d{{4}}\b|\b\d{{1,2}}[/.]\d{{1,2}}[/.]\d{{4}}\b"
    rf"|\b\d{{4}}/\d\d/\d\d\b|\b20[0-3]\d[01]\d[0-3]\d(?:T?\d{{4,6}}Z?)?\b)"
    r"|(?P<path>(?<![\w.:])(?:/[\w.@+~-]+){2,}|\b[A-Z]:\\+(?:[\w.@+~ -]+\\+)*[\w.@+~-]+)"
    r"|(?P<hex>\b(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{24}\b)"
    r"|(?P<number>(?<![\w.])\d+(?:\.\d+)?(?![\w.]*\w)|(?<=[A-Za-z][-_])\d+\b)"
)
_DETAIL = re.compile(
    r"^\s*(?:\{(?P<key>[^:{}]+): (?P<l>.+)\} != \{(?P<key2>[^:{}]+): (?P<r>.+)\}|At index \d+ diff: (?P<l2>.+) != "
    r"(?P<r2>.+)|(?P<attr>\w+): (?P<l3>.+) != (?P<r3>.+))$",
    re.MULTILINE,
)
_MORE = re.compile(
    r"(?:Left|Right) contains|contains one more item|Extra items in|Use -v to get|items?, use -vv to "
    r"show\n\s*(?:Left|Right) contains"
)


class Difference(NamedTuple):
    """One place in which the two sides differ."""

    kind: Kind
    left: str
    right: str
    before: str
    """What stands right before it, at most 40 characters: the key."""


def differences(message: str, text: str = "") -> tuple[Difference, ...]:
    """Every difference of a comparison, or nothing where one of them is in other words than ids, times, paths, numbers.

    Args:
        message: the exception's message.
        text: pytest's long text, which holds the diff of long strings.

    """
    pairs = list(_pairs(message, text))
    found: list[Difference] = []
    for left, right in pairs:
        one = compare(left, right)
        if one is None:
            return ()
        found += one
    return tuple(found)


def _pairs(message: str, text: str) -> list[tuple[str, str]]:
    first = message.strip().split("\n", 1)[0]
    first = first.removeprefix("assert ")
    sides = _split(first)
    if sides is not None and "..." not in first:
        return [sides]
    if _MORE.search(message):
        return []
    details = []
    for found in _DETAIL.finditer(message):
        left, right = found["l"] or found["l2"] or found["l3"], found["r"] or found["r2"] or found["r3"]
        key = found["key"] or (f"{found['attr']}=" if found["attr"] else "")
        details.append((f"{key}: {left}", f"{key}: {right}") if key else (left, right))
    return (
        details or _diff(message) or _diff("\n".join(line[1:] for line in text.splitlines() if line.startswith("E ")))
    )


def _diff(message: str) -> list[tuple[str, str]]:
    """The `-` and `+` lines of a diff, in pairs."""
    minus = [found[1] for found in re.finditer(r"^\s*- (?!\.\.\.)(.*)$", message, re.MULTILINE)]
    plus = [found[1] for found in re.finditer(r"^\s*\+ (?! *where| *and)(.*)$", message, re.MULTILINE)]
    return list(zip(plus, minus, strict=True)) if len(plus) == len(minus) else []


def _split(line: str) -> tuple[str, str] | None:
    """The two sides of `left == right`, outside of quotes and brackets."""
    depth, quote, at = 0, "", 0
    while at < len(line):
        character = line[at]
        if quote:
            if character == "\\":
                at += 1
            elif character == quote:
                quote = ""
        elif character in "'\"":
            quote = character
        elif character in "([{":
            depth += 1
        elif character in ")]}":
            depth -= 1
        elif depth == 0:
            for operator in (" == ", " != ", " in "):
                if line.startswith(operator, at):
                    return line[:at], line[at + len(operator) :]
        at += 1
    return None


def atoms(text: str) -> list[tuple[Kind, str, int]]:
    """(kind, text, place) of the ids, times, paths and numbers in a text."""
    return [(found.lastgroup, found[0], found.start()) for found in _ATOM.finditer(text)]  # type: ignore[misc]  # the groups are the kinds


def compare(left: str, right: str) -> list[Difference] | None:
    """The differences of two texts; None where they differ in anything else, or not at all."""
    ours, theirs = atoms(left), atoms(right)
    if len(ours) != len(theirs) or _skeleton(left) != _skeleton(right):
        return None
    found = []
    for (kind, one, at), (other_kind, other, _) in zip(ours, theirs, strict=True):
        if one == other:
            continue
        if kind != other_kind:
            return None
        numbers = _numbers_in_path(one, other) if kind == "path" else []
        found += numbers or [Difference(kind, one, other, left[max(at - 40, 0) : at])]
    return found or None


def _numbers_in_path(one: str, other: str) -> list[Difference]:
    """The numbers in which two paths differ, where nothing else does: `/orders/57`."""
    ours, theirs = one.split("/"), other.split("/")
    if len(ours) != len(theirs):
        return []
    found = []
    for at, (left, right) in enumerate(zip(ours, theirs, strict=True)):
        if left == right:
            continue
        if not (left.isdigit() and right.isdigit()):
            return []
        found.append(Difference("number", left, right, "/".join(ours[:at]) + "/"))
    return found


def _skeleton(text: str) -> str:
    plain = _ATOM.sub(lambda found: f"<{found.lastgroup}>", text.strip())
    return plain.replace('"', "'")
