"""Adding to the quarantine and taking from it, as text; and what the last audit knows of the tests in it.

Comments and layout of the file stay as they are: an entry is put at its end, or its lines are taken out. Whatever was
done is read again before anyone writes it.
"""

from __future__ import annotations

import contextlib
import difflib
import json
import os
import stat
import sys
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from testaudit.earlier import LAST
from testaudit.errors import ImpossibleError, UsageError
from testaudit.model import OUTCOMES
from testaudit.paths import function_of
from testaudit.quarantine import FILE, Places, parse

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from testaudit.quarantine import Entry, Quarantine

_LARGEST = 400 << 20
"""Bytes. A larger audit is not read for a hint."""
_CANDIDATES = 5_000
"""Names that are compared with a misspelt one; each takes some microseconds."""
_WORST_FIRST = ("crashed", "timed-out", "error", "failed", "xfailed", "skipped", "xpassed", "passed")


@contextlib.contextmanager
def locked(root: Path) -> Iterator[None]:
    """One at a time: two that add at once would each write a file without the other's entry.

    Raises:
        ImpossibleError: the folder of the file cannot be made.

    """
    folder = root / FILE.parent
    try:
        folder.mkdir(exist_ok=True)
        fd = os.open(folder, os.O_RDONLY)
    except OSError as error:
        raise ImpossibleError(
            f"{FILE.parent.as_posix()} cannot be made in {root.name or root}: {error.strerror or error}.",
            "Run this in a checkout that can be written.",
        ) from None
    try:
        _lock(fd)
        yield
    finally:
        os.close(fd)


def _lock(fd: int) -> None:
    """Ends with the process, whatever becomes of it; where a file system has no locks, there is none."""
    if sys.platform != "win32":
        import fcntl

        with contextlib.suppress(OSError):
            fcntl.flock(fd, fcntl.LOCK_EX)


# ---------------------------------------------------------------- text


def with_entry(text: str, entry: Entry) -> str:
    """The file's text with one entry more.

    Raises:
        UsageError: the file cannot be understood, it names the test already, or the entry cannot be written as TOML.

    """
    import tomlkit

    before = parse(text)
    if (known := _find(before, entry.test)) is not None:
        raise UsageError(
            f"{entry.test} is quarantined already ({FILE.as_posix()}, line {known.line}).",
            "Change that entry, or take it out first: testaudit quarantine remove NODEID",
        )
    written = {key: getattr(entry, key) for key in ("test", "owner", "issue", "until", "reason")}
    written = {key: value for key, value in written.items() if value}
    try:
        "".join(str(value) for value in written.values()).encode()
    except UnicodeEncodeError:
        raise UsageError("The entry holds bytes that are no text.", "Give names and words in UTF-8.") from None
    if before.entries and not Places(text).headers:  # one array: quarantine = [{…}]
        document = tomlkit.parse(text)
        table = tomlkit.inline_table()
        table.update(written)
        document["quarantine"].append(table)
        new = tomlkit.dumps(document)
    else:
        tables = tomlkit.aot()
        tables.append(tomlkit.item(written))
        body = tomlkit.dumps({"quarantine": tables}).strip("\n")
        start = text if text.endswith("\n") or not text else text + "\n"
        gap = "\n" if start.strip() and not start.endswith("\n\n") else ""
        new = f"{'' if _says_nothing(text) else start}{gap}{body}\n"
    return _checked(new, (*before.entries, entry))


def _says_nothing(text: str) -> bool:
    """Nothing but `quarantine = []`, to which a table cannot be added."""
    return text.split() == ["quarantine", "=", "[]"]


def without_entry(text: str, test: str) -> str:
    """The file's text without the entry of this test; comments stay.

    Raises:
        UsageError: the file cannot be understood, or has no such entry.

    """
    import tomlkit

    before = parse(text)
    entry = _find(before, test)
    if entry is None:
        names = [other.test for other in before.entries]
        raise UsageError(f"{test} is not quarantined.", _or_list(difflib.get_close_matches(test[:400], names, n=3)))
    number = before.entries.index(entry)
    places = Places(text)
    if places.headers:
        start, end = places.headers[number], places.ends[number]
        after = places.lines[end:]
        while after and not after[0].strip() and not (start and places.lines[start - 1].strip()):
            after = after[1:]
        new = "\n".join([*places.lines[:start], *after])
    else:
        document = tomlkit.parse(text)
        del document["quarantine"][number]
        new = tomlkit.dumps(document)
    return _checked(new, tuple(other for other in before.entries if other is not entry))


def _or_list(near: list[str]) -> str:
    return f"Nearest: {', '.join(near)}" if near else "See what is: testaudit quarantine list"


def _find(quarantine: Quarantine, test: str) -> Entry | None:
    return next((entry for entry in quarantine.entries if entry.test == test), None)


def _checked(text: str, expected: tuple[Entry, ...]) -> str:
    """The text, if it says what it has to say."""

    def said(entries: tuple[Entry, ...]) -> list[Entry]:
        return [replace(entry, line=0) for entry in entries]

    try:
        right = said(parse(text).entries) == said(expected)
    except UsageError:
        right = False
    if not right:
        raise UsageError(
            f"{FILE.as_posix()} is laid out in a way that testaudit cannot edit.",
            "Write each entry as a [[quarantine]] table, or edit the file by hand.",
        )
    return text


# ---------------------------------------------------------------- what the last audit knows


@dataclass(frozen=True, slots=True)
class LastSeen:
    """How the tests of the last audit did."""

    whole: bool = False
    """It saw the whole suite: what it does not know does not exist."""
    cases: dict[str, tuple[tuple[str, int], ...]] = field(default_factory=dict)
    """Node id, `junit_key`, or either without parameters -> (outcome, passes in a row) of each case."""
    functions: frozenset[str] = frozenset()
    """Node ids without parameters."""

    def how(self, name: str) -> tuple[str, int]:
        """The worst outcome among the cases of a name, and how often in a row all of them passed."""
        cases = self.cases.get(name, ())
        outcomes = {outcome for outcome, _ in cases}
        worst = next((outcome for outcome in _WORST_FIRST if outcome in outcomes), "")
        return worst, min((passes for _, passes in cases), default=0)

    def refuse_unknown(self, name: str) -> None:
        """Raise a UsageError where the suite has no such test."""
        if not self.whole or name in self.cases:
            return
        near = self._near(name)
        names = f"Nearest: {', '.join(near)}" if near else "See its names: pytest --collect-only -q"
        raise UsageError(f"The last audit of this project has no test {name}.", f"{names}. After a change, scan first.")

    def _near(self, name: str) -> list[str]:
        function = function_of(name)
        last = function.rpartition("::")[2]
        called_alike = sorted(known for known in self.functions if known.rpartition("::")[2] == last)
        if called_alike:
            return called_alike[:3]
        path = function.partition("::")[0]
        beside = [known for known in self.functions if known.startswith(f"{path}::")]
        return difflib.get_close_matches(function[:400], sorted(beside or self.functions)[:_CANDIDATES], n=3)


def read_last(root: Path) -> LastSeen:
    """What the last audit of this checkout knows; nothing where there is none that can be read."""
    path = root / LAST
    cases: dict[str, list[tuple[str, int]]] = {}
    functions = set()
    try:
        about = path.stat()
        if not stat.S_ISREG(about.st_mode) or about.st_size > _LARGEST:
            return LastSeen()
        document = json.loads(path.read_bytes())
        whole = document["complete"] is True and document["partial"] is False
        for test in document["tests"]:
            node_id, key, outcome, passes = test["node_id"], test["junit_key"], test["outcome"], test.get("passes", 0)
            seen = (outcome if outcome in OUTCOMES else "", passes if isinstance(passes, int) else 0)
            for name in {node_id, key, function_of(node_id), function_of(key)}:
                cases.setdefault(name, []).append(seen)
            functions.add(function_of(node_id))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return LastSeen()
    return LastSeen(whole, {name: tuple(seen) for name, seen in cases.items()}, frozenset(functions))
