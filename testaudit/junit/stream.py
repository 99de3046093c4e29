"""A JUnit file -> its cases, one by one, in memory that does not grow with the file.

expat is driven directly, so that the limits are ours: a document type is refused before anything in it is read (no
entity is ever resolved), a single tag is refused before it is held, and captured output is cut while it streams.
Raw control characters are replaced on the way. What else runners are known to get wrong costs a second reading:
expat cannot go on after an error, so the file is read again, mended (`repair.py`), without the cases that are known.
"""

from __future__ import annotations

import os
import re
import stat
from typing import TYPE_CHECKING
from xml.parsers import expat

from testaudit.junit.events import Builder, RefusedError
from testaudit.junit.repair import Repair

if TYPE_CHECKING:
    from collections.abc import Iterator
    from io import FileIO
    from pathlib import Path

    from testaudit.junit.cases import Case, Totals

CHUNK_BYTES = 1 << 16
TAG_BYTES = 8 << 20
"""The largest tag, attributes included. pytest writes whole assertion messages into an attribute."""
CONTROL = bytes({*range(32)} - {9, 10, 13})
"""What XML does not allow and some writers write raw: pytest 7.0 in the message of an error."""
WIDE = (b"\xff\xfe", b"\xfe\xff", b"<\0", b"\0<")
"""How a file in UTF-16 begins: half of its bytes are zero."""


class Reading:
    """Iterate it once for the cases; afterwards it knows how the file ended."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.problem = ""
        """Why the file was not read to its end; empty: it was."""
        self.cases = 0
        """So many were read."""
        self.repaired = 0
        """So many characters that XML does not allow were replaced, as newer versions of pytest write them: `#x07`."""
        self.documents = 1
        """So many stood in the file, one after the other."""
        self.words = False
        """Something stood before the first of them."""
        self._builder = Builder(wrapped=False)

    @property
    def root(self) -> dict[str, str]:
        """Attributes of the root element."""
        return self._builder.root

    @property
    def suite_names(self) -> list[str]:
        """Names of the outermost suites, the first ones."""
        return self._builder.suite_names

    @property
    def totals(self) -> Totals:
        """What the outermost suites say about themselves."""
        return self._builder.totals

    def __iter__(self) -> Iterator[Case]:
        try:
            # Non-blocking: a pipe without a writer would wait for ever.
            descriptor = os.open(self.path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        except (OSError, ValueError) as error:
            self.problem = f"it cannot be read: {(error.strerror if isinstance(error, OSError) else None) or error}"
            return
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            self.problem = "it is not a file"
            return
        with os.fdopen(descriptor, "rb", buffering=0) as stream:
            yield from self._read(stream, None)
            if self._builder.parser.ErrorCode in MENDABLE and self.problem and stream.seek(0) == 0:
                yield from self._again(stream)

    def _again(self, stream: FileIO) -> Iterator[Case]:
        """The cases that the first reading did not come to; what it found stays where the second fails as early."""
        known, first, problem, counted = self.cases, self._builder, self.problem, self.repaired
        repair = Repair()
        self.problem, self.cases, self.repaired, self._builder = "", 0, 0, Builder(wrapped=True)
        for at, case in enumerate(self._read(stream, repair)):
            if at >= known:
                yield case
        if not self.cases or (self.problem and self.cases <= known):
            self.problem, self.cases, self.repaired, self._builder = problem, known, counted, first
            return
        self.repaired += repair.characters
        self.documents, self.words = max(repair.documents, 1), repair.words

    def _read(self, stream: FileIO, repair: Repair | None) -> Iterator[Case]:
        builder = self._builder
        parser, ready = builder.parser, builder.ready
        fed = waiting = 0
        wide = False
        while not self.problem:
            chunk = b""
            try:
                # While a long tag is incomplete, expat begins it anew at each call: growing pieces keep that linear.
                chunk = piece = stream.read(max(CHUNK_BYTES, waiting)) or b""
                wide = wide or (not fed and chunk.startswith(WIDE))
                if not wide and len(chunk.translate(None, CONTROL)) != len(chunk):
                    piece, count = re.subn(b"[%b]" % re.escape(CONTROL), _escaped, chunk)
                    self.repaired += count
                piece = repair.feed(piece) if repair is not None else piece
                parser.Parse(piece, not chunk)
            except RefusedError as error:
                self.problem = str(error)
            except expat.ExpatError as error:
                at = parser.ErrorByteIndex - fed
                self.problem = self._said(error, piece[at : at + 1] if at >= 0 else b"", empty=not fed, ended=not chunk)
            except OSError as error:
                self.problem = f"it cannot be read: {error.strerror or error}"
            except (LookupError, ValueError) as error:  # pyexpat's own, about the encoding in the first line
                if builder.started:
                    raise
                self.problem = f"its encoding is not one that XML can have here ({error})"
            self.cases += len(ready)
            yield from ready
            ready.clear()
            if not chunk or (repair is not None and repair.hopeless):
                return
            fed += len(piece)
            waiting = fed - max(parser.CurrentByteIndex, 0)
            if waiting > TAG_BYTES and not self.problem:
                self.problem = f"one tag in it is longer than {TAG_BYTES >> 20} MB ({self._progress()})"

    def _progress(self) -> str:
        count = self.cases + len(self._builder.ready)
        return f"after {count:,} case{'s' if count > 1 else ''}" if count else "before its first case"

    def _said(self, error: expat.ExpatError, byte: bytes, *, empty: bool, ended: bool) -> str:
        if empty and not byte:
            return "it is empty"
        reason, progress = expat.errors.messages[error.code], self._progress()
        where = f"line {error.lineno}, {progress}"
        if error.code in ENCODING or byte >= b"\x80":
            return f"its encoding is not the one that it declares ({where})"
        if not self._builder.started:
            return f"it is not XML ({reason}, line {error.lineno})"
        if error.code in TRUNCATED or (ended and self._builder.wrapped):
            return f"it is truncated: it ends {progress}"
        return f"it is not well-formed: {reason} ({where})"


def _escaped(match: re.Match[bytes]) -> bytes:
    return b"#x%02X" % match[0][0]


def read_junit(path: Path) -> Reading:
    """The cases of a JUnit file, in its order. Nothing is raised: `problem` says what went wrong, after the cases."""
    return Reading(path)


def _codes(*messages: str) -> frozenset[int]:
    return frozenset(expat.errors.codes[message] for message in messages)


TRUNCATED = _codes(
    expat.errors.XML_ERROR_NO_ELEMENTS,
    expat.errors.XML_ERROR_UNCLOSED_TOKEN,
    expat.errors.XML_ERROR_UNCLOSED_CDATA_SECTION,
    expat.errors.XML_ERROR_PARTIAL_CHAR,
)
ENCODING = _codes(expat.errors.XML_ERROR_UNKNOWN_ENCODING, expat.errors.XML_ERROR_INCORRECT_ENCODING)
MENDABLE = _codes(
    expat.errors.XML_ERROR_INVALID_TOKEN,
    expat.errors.XML_ERROR_BAD_CHAR_REF,
    expat.errors.XML_ERROR_JUNK_AFTER_DOC_ELEMENT,
    expat.errors.XML_ERROR_MISPLACED_XML_PI,
    expat.errors.XML_ERROR_SYNTAX,
)
"""What the second reading may have mended."""
