"""`.testaudit/quarantine.toml`: tests that run and do not block, each with an owner, an issue and a last day.

    [[quarantine]]
    test = "tests/test_a.py::test_b"  # node id or junit_key; without [param] it means every case
    owner = "payments"
    issue = "PAY-12"
    until = 2026-12-31                # the last day on which it is excused
    reason = "race in the stub server"  # may be left out

The file is read strictly, because what it says lets failures through: what cannot be understood is an error with file
and line, and an entry that nobody answers for excuses nothing. It is written as text, so that comments and layout
stay as they are.
"""

from __future__ import annotations

import difflib
import re
import stat
import sys
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

from testaudit.errors import UsageError
from testaudit.masking.interface import MASK, mask, mask_id
from testaudit.paths import function_of

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

if TYPE_CHECKING:
    from testaudit.model import AuditedTest

FILE = Path(".testaudit/quarantine.toml")
"""Relative to the project's root; committed by the project."""
DAYS = 30
"""For so long an entry excuses its test where no day is given."""
RELEASE = 20
"""Attempts passed in a row after which a test is proposed for release."""
LIMIT_BYTES = 1_000_000

_KEYS: Final = ("test", "owner", "issue", "until", "reason")
_REQUIRED: Final = ("owner", "issue", "until")
_CONFLICT = re.compile(r"^(?:<{7}|={7}|>{7}|\|{7})(?: |$)", re.MULTILINE)
_HEADER = re.compile(r"""\s*\[\[\s*["']?quarantine["']?\s*\]\]""")
_KEY = re.compile(r"""\s*["']?(\w+)["']?\s*=""")


@dataclass(frozen=True, slots=True)
class Entry:
    """One test that the quarantine names."""

    test: str
    """Node id or `junit_key`, as written."""
    owner: str = ""
    issue: str = ""
    until: date | None = None
    """The last day on which it is excused."""
    reason: str = ""
    line: int = 0
    """Where it begins in the file, 1-based."""

    @property
    def missing(self) -> tuple[str, ...]:
        """What an entry needs and this one lacks. With anything missing it excuses nothing."""
        return tuple(key for key in _REQUIRED if not getattr(self, key))

    def expired(self, today: date) -> bool:
        """Whether its last day is over."""
        return self.until is not None and self.until < today


@dataclass(frozen=True)
class Quarantine:
    """What the file says."""

    entries: tuple[Entry, ...] = ()
    """In the order of the file, the incomplete ones among them."""

    @cached_property
    def problems(self) -> tuple[str, ...]:
        """Entries that are not complete, as `file, line 3: tests/test_a.py::test_b has no owner`."""
        return tuple(
            f"{FILE.as_posix()}, line {entry.line}: {entry.test} has no {_listed(entry.missing)}"
            for entry in self.entries
            if entry.missing
        )

    @cached_property
    def _by_name(self) -> dict[str, Entry]:
        return {entry.test: entry for entry in self.entries if not entry.missing}

    @cached_property
    def _masked(self) -> bool:
        """Whether an entry names a case whose parameters hold a secret: while a suite runs, its ids still do."""
        return any(MASK in name for name in self._by_name)

    def covers(self, test: AuditedTest) -> Entry | None:
        """The complete entry that names this test, also when it has expired: the caller knows the day.

        Its node id decides before its `junit_key`, the case before the function.
        """
        names = self._by_name
        if not names:
            return None
        for name in (test.node_id, test.junit_key):
            found = names.get(name) or names.get(function_of(name))
            if found is None and self._masked:
                found = names.get(mask_id(name))
            if found is not None:
                return found
        return None


def read_quarantine(root: Path) -> Quarantine:
    """The quarantine of the project in `root`; an empty one where it has no such file.

    Raises:
        UsageError: the file cannot be read or understood.

    """
    return parse(read_text(root))


def read_text(root: Path) -> str:
    """The file's text, with line feeds alone at the ends of lines; empty where there is no file."""
    path = root / FILE
    try:
        if not _is_there(path):
            return ""
        with path.open("rb") as stream:
            data = stream.read(LIMIT_BYTES + 1)
    except OSError as error:
        raise UsageError(
            f"{FILE.as_posix()} cannot be read: {error.strerror or error}", "make it readable for this user"
        ) from None
    if len(data) > LIMIT_BYTES:
        raise UsageError(
            f"{FILE.as_posix()} is larger than {LIMIT_BYTES // 1_000_000} MB",
            "a quarantine is short: remove what has expired",
        )
    try:
        return data.decode("utf-8").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise _wrong(line, "not UTF-8 (TOML always is)", "save the file as UTF-8") from None


def _is_there(path: Path) -> bool:
    try:
        about = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        if not path.is_symlink():
            return False
        about = path.lstat()
    if not stat.S_ISREG(about.st_mode):  # a FIFO would block for ever
        raise UsageError(f"{FILE.as_posix()} is not a regular file", "replace it by a file, or remove it")
    return True


def parse(text: str) -> Quarantine:
    """The quarantine that a text holds.

    Raises:
        UsageError: it is not TOML, or not a quarantine.

    """
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        _refuse_conflict(text)
        at = re.search(r" \(at (?:line (\d+), column \d+|end of document)\)$", str(error))
        line = int(at[1]) if at and at[1] else text.count("\n") + 1
        what = str(error)[: at.start()] if at else str(error)
        raise _wrong(line, f"not valid TOML: {what}", "correct the file: it decides which failures block") from None
    except (RecursionError, ValueError) as error:  # ten thousand brackets; a number of ten thousand digits
        raise _wrong(1, f"not valid TOML: {type(error).__name__}", "correct the file") from None
    places = Places(text)
    for key in document:
        if key != "quarantine":
            near = _nearest(key, ("quarantine",))
            hint = "it holds [[quarantine]] entries, and nothing else"
            raise _wrong(places.of_top(key), f"unknown key `{_short(key)}`{near}", hint)
    tables = document.get("quarantine", [])
    if not isinstance(tables, list):
        raise _wrong(places.of_top("quarantine"), "`quarantine` is no array", "begin each entry with [[quarantine]]")
    entries = tuple(_entry(table, number, places) for number, table in enumerate(tables))
    seen: dict[str, Entry] = {}
    for entry in entries:
        if (first := seen.setdefault(entry.test, entry)) is not entry:
            what = f"{_short(entry.test)} is quarantined twice, first on line {first.line}"
            raise _wrong(entry.line, what, "keep one of the two entries")
    return Quarantine(entries)


def _entry(table: object, number: int, places: Places) -> Entry:
    """One entry of the file, judged."""
    if not isinstance(table, dict):
        raise _wrong(places.of(number), "an entry is no table", "begin each entry with [[quarantine]]")
    for key, value in table.items():
        if key not in _KEYS:
            what = f"unknown key `{_short(key)}` in [[quarantine]]{_nearest(key, _KEYS)}"
            raise _wrong(places.of(number, key), what, f"known keys of [[quarantine]]: {', '.join(_KEYS)}")
        if key == "until" and (not isinstance(value, date) or isinstance(value, datetime)):
            what = f"`until` is {_kind(value)}"
            raise _wrong(places.of(number, key), what, "allowed is a date without quotes, as 2026-12-31")
        if key != "until" and not isinstance(value, str):
            hint = f'allowed is a string, as "{"#12" if key == "issue" else "..."}"'
            raise _wrong(places.of(number, key), f"`{key}` is {_kind(value)}", hint)
    test = table.get("test", "").strip()
    if not test:
        hint = 'add a line like test = "tests/test_a.py::test_b"'
        raise _wrong(places.of(number), "the entry does not name its test", hint)
    return Entry(
        test=mask_id(test),  # as every audit names it
        owner=mask(table.get("owner", "").strip()),
        issue=mask(table.get("issue", "").strip()),
        until=table.get("until"),
        reason=mask(table.get("reason", "").strip()),
        line=places.of(number),
    )


# ---------------------------------------------------------------- places and words


class Places:
    """On which lines the entries of a text stand: the parser of TOML does not tell."""

    def __init__(self, text: str) -> None:
        self.lines = text.split("\n")
        self.headers: list[int] = []
        """Indexes into `lines`: where an entry begins."""
        self.keys: list[dict[str, int]] = []
        """By entry: key -> index into `lines`."""
        self.ends: list[int] = []
        """By entry: the index behind the last line that belongs to it, comments below it left out."""
        self._top: dict[str, int] = {}
        self._scan()

    def _scan(self) -> None:
        inside = ""
        for index, line in enumerate(self.lines):
            if inside:  # a string over several lines: nothing in it is a key
                inside = "" if inside in line else inside
                self._extend(index)
                continue
            if _HEADER.match(line):
                self.headers.append(index)
                self.keys.append({})
                self.ends.append(index + 1)
                self._top.setdefault("quarantine", index)
            elif line.strip() and not line.lstrip().startswith("#"):
                self._extend(index)
                if key := _KEY.match(line) or re.match(r"\s*\[+\s*([\w-]+)", line):
                    (self.keys[-1] if self.keys else self._top).setdefault(key[1], index)
            for quotes in ('"""', "'''"):
                if line.count(quotes) % 2:
                    inside = quotes

    def _extend(self, index: int) -> None:
        if self.ends:
            self.ends[-1] = index + 1

    def of(self, number: int, key: str = "") -> int:
        """The line of an entry, or of a key in it, 1-based; the nearest line that is known."""
        if number >= len(self.headers):
            return self.of_top("quarantine")
        return self.keys[number].get(key, self.headers[number]) + 1

    def of_top(self, key: str) -> int:
        """The line of a key outside of the entries."""
        named = next((keys[key] for keys in (self._top, *self.keys) if key in keys), 0)
        return named + 1


def _wrong(line: int, what: str, hint: str) -> UsageError:
    return UsageError(f"{FILE.as_posix()}, line {line}: {what}", hint)


def _refuse_conflict(text: str) -> None:
    if marker := _CONFLICT.search(text):
        line = text.count("\n", 0, marker.start()) + 1
        raise _wrong(line, "a merge was not finished here", "keep the entries of both sides, and remove the markers")


def _kind(value: object) -> str:
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, int | float):
        return f"{value:.10g}" if abs(value) < 10**15 else "a huge number"
    if isinstance(value, date):
        return "a date and time" if isinstance(value, datetime) else "a date"
    names: dict[type, str] = {str: "a string", list: "an array", dict: "a table"}
    return names.get(type(value), "a time")


def _nearest(word: str, known: tuple[str, ...]) -> str:
    near = difflib.get_close_matches(word[:80].lower(), known, n=1, cutoff=0.55)
    return f"; did you mean `{near[0]}`?" if near else ""


def _short(name: str) -> str:
    return name if len(name) <= 200 else f"{name[:199]}…"


def _listed(words: tuple[str, ...]) -> str:
    return " and no ".join(filter(None, (", no ".join(words[:-1]), words[-1])))
