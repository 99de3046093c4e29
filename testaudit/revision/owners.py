"""Whose a file is, as CODEOWNERS says: the last line that matches wins, as on GitHub.

A matcher of our own: the package `codeowners` refuses a whole file for one malformed pattern, reads no section with
default owners, and turns patterns into regular expressions whose time explodes on hostile ones. Here a line that
cannot be read is skipped, and matching takes time in proportion to pattern and path.

GitHub's rules, which are gitignore's with exceptions: a slash at the beginning or inside anchors the pattern at the
top; `*` and `?` stay within a folder, `**` does not; a folder owns all below it, but `docs/*` only what lies directly
in it; `!` and `[...]` do not work, lines with them are skipped. GitLab's sections are read, their default owners
too; where sections disagree, the last line that matches wins all the same.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from testaudit.masking.interface import clean, mask

PLACES = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS")
"""The first that exists counts."""
LIMIT_BYTES = 3_000_000
"""GitHub reads no larger file."""
MAX_LINES = 20_000
MAX_PATTERN = 500
MAX_OWNERS = 20
_SECTION = re.compile(r"\^?\[[^\]]{1,200}\](?:\[\d{1,4}\])?(?:[ \t]+(?P<owners>.*))?")
_COMMENT = re.compile(r"(?:^|\s)#")
_OWNER = re.compile(r"@[\w./-]{1,100}|[^\s@]{1,100}@[^\s@]{1,100}")


_Part: TypeAlias = "tuple[str, ...]"
"""The signs of one part of a pattern: `*`, `?`, a letter, or a backslash with the sign whose meaning it takes."""
_FOLDERS: _Part = ("**",)
"""Matches any number of folders."""


@dataclass(frozen=True, slots=True)
class _Line:
    parts: tuple[_Part, ...]
    """The pattern, cut at its slashes."""
    below: bool
    """It owns what lies below what it matches, too."""
    folder: bool
    """It matches folders alone."""
    owners: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Owners:
    """The owners of a repository's files."""

    lines: tuple[_Line, ...] = ()
    """Last first."""
    folder: str = ""
    """The project's in the repository, ending in `/`, or empty."""

    def of(self, path: str) -> tuple[str, ...]:
        """The owners of a file of the project: `@name`, `@organisation/team` or an address. Empty: nobody."""
        names = tuple(f"{self.folder}{path}".split("/"))
        for line in self.lines:
            if _matches(line, names):
                return line.owners
        return ()


def read_owners(root: Path, folder: str = "") -> Owners:
    """The owners that the repository names; `folder` is the project's within it (`Project.folder`)."""
    top = Path(os.path.realpath(root))
    for _ in [part for part in folder.split("/") if part]:
        top = top.parent
    prefix = f"{folder.strip('/')}/" if folder.strip("/") else ""
    for place in PLACES:
        file = top / place
        try:
            if not file.is_file() or file.stat().st_size > LIMIT_BYTES:
                continue
            text = file.read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
        return Owners(_lines(text), prefix)
    return Owners(folder=prefix)


def _lines(text: str) -> tuple[_Line, ...]:
    found: list[_Line] = []
    defaults: tuple[str, ...] = ()
    for raw in text.split("\n")[:MAX_LINES]:
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        section = _SECTION.fullmatch(line)
        if section is not None:
            defaults = _owners(section["owners"] or "")
            continue
        pattern, _, rest = _cut(line)
        read = _pattern(pattern)
        owners = _owners(rest)
        if read is not None and (owners or not _COMMENT.split(rest, maxsplit=1)[0]):
            # With no owner at all the line takes the files from everybody, save in a section that has default ones.
            found.append(_Line(*read, owners or defaults))
    found.reverse()
    return tuple(found)


def _cut(line: str) -> tuple[str, str, str]:
    """Pattern, space, rest; a space or number sign of a name is written with a backslash."""
    match = re.match(r"((?:\\.|[^\\\s])+)(\s*)(.*)", line, re.DOTALL)
    return (match[1], match[2], match[3]) if match is not None else ("", "", "")


def _owners(text: str) -> tuple[str, ...]:
    words = _COMMENT.split(text, maxsplit=1)[0].split()
    owners = (mask(clean(word)) for word in words if _OWNER.fullmatch(word))
    return tuple(dict.fromkeys(owners))[:MAX_OWNERS]


def _pattern(pattern: str) -> tuple[tuple[_Part, ...], bool, bool] | None:
    """Parts, whether it owns what is below, whether it means folders alone; None for what is no pattern."""
    if not pattern or len(pattern) > MAX_PATTERN or pattern.startswith("!") or re.search(r"(?<!\\)\[", pattern):
        return None
    folder = pattern.endswith("/")
    anchored = "/" in pattern[:-1]
    parts = [part for part in pattern.split("/") if part]
    if not anchored:
        parts.insert(0, "**")
    cut = tuple(_FOLDERS if part == "**" else tuple(re.findall(r"\\?.", part, re.DOTALL)) for part in parts)
    return cut, not pattern.endswith("/*"), folder


def _matches(line: _Line, names: tuple[str, ...]) -> bool:
    """Whether the line means the file. Step by step over all ways at once: time is pattern times path."""
    states = _skip(line.parts, {0})
    for depth, name in enumerate(names):
        following = set()
        for state in states:
            if state == len(line.parts):
                continue
            part = line.parts[state]
            if part == _FOLDERS:
                following.add(state)
            elif _same(part, name):
                following.add(state + 1)
        states = _skip(line.parts, following)
        last = depth == len(names) - 1
        if len(line.parts) in states and _ends(line, last=last):
            return True
        if not states:
            return False
    return False


def _ends(line: _Line, *, last: bool) -> bool:
    if last:
        # The file itself: a pattern for folders does not mean it.
        return not line.folder
    return line.below


def _skip(parts: tuple[_Part, ...], states: set[int]) -> set[int]:
    """`**` may stand for no folder at all, so long as something follows."""
    todo, found = list(states), set(states)
    while todo:
        state = todo.pop()
        if state < len(parts) and parts[state] == _FOLDERS and state + 1 not in found:
            found.add(state + 1)
            todo.append(state + 1)
    return found


def _same(signs: _Part, name: str) -> bool:
    """One folder's or file's name against one part of a pattern; a star takes as little as possible, then more."""
    at = place = 0
    star = mark = -1
    while place < len(name):
        sign = signs[at] if at < len(signs) else ""
        if sign == "*":
            star, mark = at, place
            at += 1
        elif sign and (sign == "?" or sign[-1] == name[place]):
            at += 1
            place += 1
        elif star >= 0:
            mark += 1
            at, place = star + 1, mark
        else:
            return False
    return all(sign == "*" for sign in signs[at:])
