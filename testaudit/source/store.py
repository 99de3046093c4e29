"""The suite's files behind `Sources`: read and parsed on demand, the last used ones kept, and who asked for what."""

from __future__ import annotations

import hashlib
import os
import threading
from collections import OrderedDict
from contextlib import contextmanager
from typing import TYPE_CHECKING

from testaudit.source.files import SourceFile
from testaudit.source.reading import Unreadable, collector_off, decode, parse, read_data

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

KEPT_CHARACTERS = 3_000_000
"""About 75,000 lines of trees stay in memory; a tree costs some thirty times its text."""


class Store:
    """Reads and parses on demand, keeps what was used last. The one mutable thing behind `Sources`."""

    def __init__(self, root: Path, texts: Mapping[str, str] | None = None) -> None:
        self._root = root
        self._texts = texts
        self._kept: OrderedDict[str, SourceFile] = OrderedDict()
        self._size = 0
        self._data: tuple[str, bytes] = ("", b"")
        """The bytes read last: whoever asked for their digest is about to ask for their tree."""
        self._digests: dict[str, str] = {}
        self._listings: dict[str, frozenset[str]] = {}
        self._examined = ""
        self.lock = threading.RLock()
        self.broken: dict[str, str] = {}
        self.read: set[str] = set()
        self.shared: set[str] = set()
        """Files that were asked about while another one was examined: what was said there depends on them."""

    @property
    def on_disk(self) -> bool:
        """Whether the files are those of the project's folder, as they are now."""
        return self._texts is None and type(self) is Store

    def get(self, path: str) -> SourceFile | None:
        """The parsed file, or None when it does not exist or is broken."""
        with self.lock:
            if self._examined and path != self._examined:
                self.shared.add(path)
            kept = self._kept.get(path)
            if kept is not None:
                self._kept.move_to_end(path)
                return kept
            if path in self.broken:
                return None
            return self._read(path)

    def text(self, path: str) -> str:
        """What a file holds, unparsed: to see whether a word stands in it at all; empty where it cannot be read."""
        with self.lock:
            if self._examined and path != self._examined:
                self.shared.add(path)
            kept = self._kept.get(path)
            text = kept.text if kept is not None else self._text(path)
            return text if isinstance(text, str) else ""

    @contextmanager
    def examining(self, path: str) -> Iterator[None]:
        """While it lasts, other files that are asked for count as shared."""
        self._examined = path
        try:
            yield
        finally:
            self._examined = ""

    def _read(self, path: str) -> SourceFile | None:
        text = self._text(path)
        tree = parse(text, path) if isinstance(text, str) else text
        self.read.add(path)
        if isinstance(tree, Unreadable) or isinstance(text, Unreadable):
            self.broken[path] = tree.why if isinstance(tree, Unreadable) else ""
            return None
        with collector_off:
            file = SourceFile(path, text, tree)
        self._kept[path] = file
        self._size += len(text)
        return file

    def trim(self, limit: int = KEPT_CHARACTERS) -> list[str]:
        """Drop what was not used for longest, down to the limit; the paths of what was dropped.

        An index refers to itself in circles. They are opened here, because finding them is the collector's most
        expensive work: on a large suite it took as long as everything else together.
        """
        dropped = []
        with self.lock:
            while self._size > limit and self._kept:
                path, file = self._kept.popitem(last=False)
                self._size -= len(file.text)
                file.release()
                dropped.append(path)
        return dropped

    def _text(self, path: str) -> str | Unreadable:
        if self._texts is not None:
            found = self._texts.get(path)
            return found if found is not None else Unreadable(path, "does not exist")
        at, data = self._data
        self._data = ("", b"")
        read = data if at == path else self._bytes(path)
        return decode(read, path) if isinstance(read, bytes) else read

    def _bytes(self, path: str) -> bytes | Unreadable:
        data = read_data(self._root / path, path)
        known = hashlib.blake2b(data, digest_size=16).hexdigest() if isinstance(data, bytes) else data.why
        self._digests[path] = known
        return data

    def digest(self, path: str) -> str:
        """What a file held when it was read (now, if it was not yet), in 32 characters; or why it cannot be read."""
        if path not in self._digests:
            data = self._bytes(path)
            if isinstance(data, bytes):
                self._data = (path, data)
        return self._digests[path]

    def size(self, path: str) -> int:
        """Bytes of a file on disk; 0 where it cannot be told."""
        try:
            return (self._root / path).stat().st_size
        except (OSError, ValueError):
            return 0

    def exists(self, path: str) -> bool:
        """Whether there is such a file. Each folder is listed once: names are followed by many guesses."""
        if self._texts is not None:
            return path in self._texts
        folder, _, name = path.rpartition("/")
        names = self._listings.get(folder)
        if names is None:
            try:
                with os.scandir(self._root / folder) as entries:
                    names = frozenset(entry.name for entry in entries if entry.is_file())
            except (OSError, ValueError):
                names = frozenset()
            self._listings[folder] = names
        return name in names
