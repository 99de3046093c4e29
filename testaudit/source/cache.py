"""What was said of each file, kept from run to run: an unchanged file of an unchanged suite is not read again.

One SQLite file for each project, in the user's own cache folder. Not in the project: whoever may change the project
could otherwise change what is said of it. What it holds is JSON, never a pickle.

A *generation* is everything that decides what is said of a file beside its own text: the program, the rules, the
configuration, which files the suite has, what the files that others asked about hold (conftest files, helpers, base
classes), and where names led. If any of it differs, the whole generation is said anew.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import sqlite3
import time
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from testaudit.source.project import Sources

KEPT = 4
"""Generations of a project: another selection of rules, another part of the suite."""
_SCHEMA = """
CREATE TABLE IF NOT EXISTS generation (key TEXT PRIMARY KEY, used REAL NOT NULL, ground TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS said (
    key TEXT NOT NULL, path TEXT NOT NULL, digest TEXT NOT NULL, text TEXT NOT NULL, PRIMARY KEY (key, path)
) WITHOUT ROWID;
"""
_FAILS = (sqlite3.Error, OSError, ValueError, TypeError, LookupError, AttributeError, RecursionError)
"""In how many ways it may be damaged."""
_WAIT_S = 2.0
"""How long a run waits for another one that writes. It is a cache: then it goes without."""


class Cache:
    """One generation of one project's cache. Nothing here raises: whatever is wrong with it, the files are read."""

    def __init__(self, file: Path, key: str) -> None:
        self._file = file
        self._key = key
        self._known: dict[str, tuple[str, str]] = {}
        self._new: dict[str, tuple[str, str]] = {}

    def open(self, sources: Sources) -> None:
        """Take up what an earlier run said, if its ground is still the same."""
        try:
            with _connected(self._file) as database:
                row = database.execute("SELECT ground FROM generation WHERE key = ?", (self._key,)).fetchone()
                if row is None or not _stands(json.loads(row[0]), sources):
                    return
                rows = database.execute("SELECT path, digest, text FROM said WHERE key = ?", (self._key,))
                self._known = {path: (digest, text) for path, digest, text in rows}
        except sqlite3.DatabaseError as error:
            self._known = {}
            if not isinstance(error, sqlite3.OperationalError):
                _remove(self._file)
        except _FAILS:
            self._known = {}

    def said(self, path: str, digest: str) -> str | None:
        """What was said of the file when it held the same; None: it has to be read."""
        known = self._known.get(path)
        return known[1] if known is not None and known[0] == digest else None

    def keep(self, path: str, digest: str, text: str) -> None:
        """Remember what is said of the file now."""
        self._new[path] = (digest, text)

    def close(self, sources: Sources) -> None:
        """Write down what is new, in one step: another run sees all of it or nothing."""
        if not self._new:
            return
        kept = {path: one for path, one in self._known.items() if path not in self._new}
        ground = json.dumps(_ground(sources))
        with contextlib.suppress(*_FAILS), _connected(self._file) as database:
            database.execute("BEGIN IMMEDIATE")
            if not kept:
                database.execute("DELETE FROM said WHERE key = ?", (self._key,))
            row = database.execute("SELECT ground FROM generation WHERE key = ?", (self._key,)).fetchone()
            if kept and row is not None:
                ground = json.dumps(_joined(json.loads(row[0]), json.loads(ground)))
            database.execute("REPLACE INTO generation VALUES (?, ?, ?)", (self._key, time.time(), ground))
            rows = ((self._key, path, digest, text) for path, (digest, text) in self._new.items())
            database.executemany("REPLACE INTO said VALUES (?, ?, ?, ?)", rows)
            old = database.execute("SELECT key FROM generation ORDER BY used DESC LIMIT -1 OFFSET ?", (KEPT,))
            for (key,) in old.fetchall():
                database.execute("DELETE FROM said WHERE key = ?", (key,))
                database.execute("DELETE FROM generation WHERE key = ?", (key,))
            database.execute("COMMIT")


def cache_of(root: Path, key: Iterable[str]) -> Cache:
    """The cache of a project, for what `key` names."""
    folder = Path(platformdirs.user_cache_dir("testaudit", appauthor=False)) / "lint"
    return Cache(folder / f"{_digest((str(root),))}.sqlite", _digest(key))


def _digest(parts: Iterable[str]) -> str:
    found = hashlib.blake2b(digest_size=16)
    for part in parts:
        found.update(part.encode("utf-8", "surrogatepass"))
        found.update(b"\0")
    return found.hexdigest()


@contextlib.contextmanager
def _connected(file: Path) -> Iterator[sqlite3.Connection]:
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    database = sqlite3.connect(file, timeout=_WAIT_S, isolation_level=None)
    try:
        database.executescript(_SCHEMA)
        yield database
    finally:
        database.close()


def _remove(file: Path) -> None:
    with contextlib.suppress(OSError):
        file.unlink()


Ground = dict[str, list[list[str]]]
"""`shared`: (path, digest) of the files that others asked about; `names`: (module, folder, path or empty)."""


def _ground(sources: Sources) -> Ground:
    store = sources.store
    shared = sorted({*store.shared, *sources.conftests})
    return {
        "shared": [[path, store.digest(path)] for path in shared],
        "names": [[*name, path or ""] for name, path in sorted(sources.followed.items())],
    }


def _joined(earlier: Ground, now: Ground) -> Ground:
    return {
        "shared": [list(pair) for pair in dict([*earlier["shared"], *now["shared"]]).items()],
        "names": [list(one) for one in dict.fromkeys(map(tuple, [*earlier["names"], *now["names"]]))],
    }


def _stands(ground: Ground, sources: Sources) -> bool:
    """Whether everything that the generation rests on is as it was."""
    return all(sources.store.digest(path) == digest for path, digest in ground["shared"]) and all(
        (sources.follow(module, folder) or "") == path for module, folder, path in ground["names"]
    )
