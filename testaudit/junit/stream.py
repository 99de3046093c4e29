"""A JUnit file -> its cases, one by one, in memory that does not grow with the file.

expat is driven directly, so that the limits are ours: a document type is refused before anything in it is read (no
entity is ever resolved), a single tag is refused before it is held, and captured output is cut while it streams.
Cases that have results are rebuilt as small elements and interpreted by junitparser; a bare case needs nobody.
"""

from __future__ import annotations

import os
import re
import stat
from typing import TYPE_CHECKING, NamedTuple
from xml.etree.ElementTree import Element, SubElement
from xml.parsers import expat

from junitparser.xunit2 import TestCase

if TYPE_CHECKING:
    from collections.abc import Iterator
    from io import FileIO
    from pathlib import Path

CHUNK_BYTES = 1 << 16
TAG_BYTES = 8 << 20
"""The largest tag, attributes included. pytest writes whole assertion messages into an attribute."""
MESSAGE_CHARACTERS = 4_000
TEXT_CHARACTERS = 16_000
"""With the message the 20 kB that are kept of a failure."""
OUTPUT_CHARACTERS = 64_000
"""Kept of the output of a test, both streams together."""
RESULTS = 50
"""Kept of the results of one case."""
SUITES = 100
"""Names of outermost suites that are kept."""
DEPTH = 200
CONTROL = bytes({*range(32)} - {9, 10, 13})
"""What XML does not allow and some writers write raw: pytest 7.0 in the message of an error."""
WIDE = (b"\xff\xfe", b"\xfe\xff", b"<\0", b"\0<")
"""How a file in UTF-16 begins: half of its bytes are zero."""
ROOTS = ("testsuites", "testsuite")
FINAL = ("failure", "error", "skipped")
INTERIM = ("rerunFailure", "rerunError", "flakyFailure", "flakyError")
TOLD = ("type", "message")
OUTPUT = ("system-out", "system-err")


class Result(NamedTuple):
    """A `<failure>`, `<error>`, `<skipped>` or a child that tells of an earlier attempt."""

    tag: str
    type: str
    message: str
    text: str


class Case(NamedTuple):
    """A `<testcase>` as it stands there. What it means is the dialect's to say."""

    classname: str
    name: str
    time_s: float
    file: str = ""
    line: str = ""
    """As written; who counts from what is the dialect's to say."""
    results: tuple[Result, ...] = ()
    output: str = ""
    suite: str = ""
    """Name of the suite that it stands in."""


class Totals(NamedTuple):
    """What the outermost suites say about themselves, summed; None where one does not say it."""

    tests: int | None = 0
    failures: int | None = 0
    errors: int | None = 0
    skipped: int | None = 0
    time_s: float = 0.0

    def plus(self, suite: dict[str, str]) -> Totals:
        """With one suite more."""
        get = suite.get
        return Totals(
            _sum(self.tests, get("tests", "")),
            _sum(self.failures, get("failures", "")),
            _sum(self.errors, get("errors", "")),
            _sum(self.skipped, get("skipped", get("skips", ""))),  # pytest wrote `skips` once
            self.time_s + _seconds(get("time", "")),
        )


class RefusedError(Exception):
    """The file is not read on: it is dangerous, or no JUnit file."""


class Reading:
    """Iterate it once for the cases; afterwards it knows how the file ended."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.problem = ""
        """Why the file was not read to its end; empty: it was."""
        self.root_name = ""
        """The `name` of the root element: `pytest tests` in newer versions of pytest."""
        self.suite_names: list[str] = []
        """Names of the outermost suites, the first ones."""
        self.cases = 0
        """So many were read."""
        self.repaired = 0
        """So many raw control characters were replaced, as newer versions of pytest write them: `#x07`."""
        self.totals = Totals()

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
            yield from self._read(stream)

    def _read(self, stream: FileIO) -> Iterator[Case]:
        builder = _Builder(self)
        parser, ready = builder.parser, builder.ready
        fed = waiting = 0
        wide = False
        while not self.problem:
            chunk = b""
            try:
                # While a long tag is incomplete, expat begins it anew at each call: growing pieces keep that linear.
                chunk = stream.read(max(CHUNK_BYTES, waiting)) or b""
                wide = wide or (not fed and chunk.startswith(WIDE))
                if not wide and len(chunk.translate(None, CONTROL)) != len(chunk):
                    chunk, count = re.subn(b"[%b]" % re.escape(CONTROL), _escaped, chunk)
                    self.repaired += count
                parser.Parse(chunk, not chunk)
            except RefusedError as error:
                self.problem = str(error)
            except expat.ExpatError as error:
                at = parser.ErrorByteIndex - fed
                self.problem = self._said(error, builder, chunk[at : at + 1] if at >= 0 else b"", empty=not fed)
            except OSError as error:
                self.problem = f"it cannot be read: {error.strerror or error}"
            except (LookupError, ValueError) as error:  # pyexpat's own, about the encoding in the first line
                if builder.started:
                    raise
                self.problem = f"its encoding is not one that XML can have here ({error})"
            self.cases += len(ready)
            yield from ready
            ready.clear()
            if not chunk:
                return
            fed += len(chunk)
            waiting = fed - max(parser.CurrentByteIndex, 0)
            if waiting > TAG_BYTES and not self.problem:
                self.problem = f"one tag in it is longer than {TAG_BYTES >> 20} MB ({self._progress(ready)})"

    def _progress(self, ready: list[Case]) -> str:
        count = self.cases + len(ready)
        return f"after {count:,} case{'s' if count > 1 else ''}" if count else "before its first case"

    def _said(self, error: expat.ExpatError, builder: _Builder, byte: bytes, *, empty: bool) -> str:
        if empty and not byte:
            return "it is empty"
        reason, progress = expat.errors.messages[error.code], self._progress(builder.ready)
        where = f"line {error.lineno}, {progress}"
        if error.code in ENCODING or byte >= b"\x80":
            return f"its encoding is not the one that it declares ({where})"
        if not builder.started:
            return f"it is not XML ({reason}, line {error.lineno})"
        if error.code in TRUNCATED:
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


# ---------------------------------------------------------------- events to cases


class _Kept:
    """Text that streams in: the beginning and the end of it, at most so many characters."""

    __slots__ = ("dropped", "head", "limit", "room", "tail", "tail_size")

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.room = limit // 2
        self.head: list[str] = []
        self.tail: list[str] = []
        self.tail_size = self.dropped = 0

    def add(self, text: str) -> None:
        if self.room > 0:
            self.head.append(text[: self.room])
            text, self.room = text[self.room :], self.room - len(text)
        if text:
            self.tail.append(text)
            self.tail_size += len(text)
            if self.tail_size > 2 * self.limit:
                self._shorten()

    def _shorten(self) -> str:
        half, joined = self.limit // 2, "".join(self.tail)
        if len(joined) > half:
            self.dropped += len(joined) - half
            joined = joined[-half:]
        self.tail, self.tail_size = [joined], len(joined)
        return joined

    def text(self) -> str:
        tail = self._shorten()
        if not self.dropped:
            return "".join(self.head) + tail
        # A word that is cut in half could be the end of a secret whose name is gone.
        cut = tail.find("\n", 0, len(tail) // 4)
        cut = cut if cut >= 0 else tail.find(" ")
        return f"{''.join(self.head)}\n[... {self.dropped + cut + 1:,} characters left out ...]\n{tail[cut + 1 :]}"


class _Builder:
    """expat's events -> cases. Only what stands inside a case and means something is kept."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.ready: list[Case] = []
        self.started = False
        self.open: list[str] = []
        """Names of the open elements around the cases."""
        self.suites = 0
        """So many of them are suites."""
        self.case: dict[str, str] | None = None
        self.element: Element | None = None
        """The case's, once it has a child that means something."""
        self.inside = 0
        """Depth below the case."""
        self.text: _Kept | None = None
        """What text goes to now."""
        self.result: Element | None = None
        self.output: _Kept | None = None
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.buffer_size = CHUNK_BYTES
        self.parser.StartDoctypeDeclHandler = self._doctype
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end

    def _doctype(self, *_: object) -> None:
        raise RefusedError("it has a document type (DOCTYPE), which can pull in other files; refused unread")

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        if self.case is not None:
            self._start_inside(tag, attributes)
        elif tag == "testcase" and self.open:
            self.case = attributes
        else:
            self._start_around(tag, attributes)

    def _end(self, tag: str) -> None:
        case = self.case
        if case is None:
            self.open.pop()
            self.suites -= tag == "testsuite"
        elif self.inside:
            self._end_inside()
        else:
            self.case = None
            get = case.get
            if self.element is None:
                told = (get("classname", ""), get("name", ""), _seconds(get("time", "")))
                self.ready.append(_new(Case, (*told, get("file", ""), get("line", ""), (), "", self.open[-1])))
            else:
                self.ready.append(self._interpreted(case, self.element))
                self.element = self.output = None

    def _start_around(self, tag: str, attributes: dict[str, str]) -> None:
        reading, name = self.reading, attributes.get("name", "")
        if not self.open:
            if tag not in ROOTS:
                raise RefusedError(f"it is no JUnit file: its root is <{tag[:40]}>, not <testsuites> or <testsuite>")
            self.started = True
            reading.root_name = name
        elif len(self.open) > DEPTH:
            raise RefusedError(f"elements in it are nested over {DEPTH} deep")
        if tag == "testsuite":
            if not self.suites:
                reading.totals = reading.totals.plus(attributes)
                reading.suite_names = [*reading.suite_names[:SUITES], name]
            self.suites += 1
        self.open.append(name)

    def _start_inside(self, tag: str, attributes: dict[str, str]) -> None:
        self.inside += 1
        if self.inside > DEPTH:
            raise RefusedError(f"elements in it are nested over {DEPTH} deep")
        if self.inside > 1:
            return
        if tag in OUTPUT:
            self.output = self.text = self.output or _Kept(OUTPUT_CHARACTERS)
        elif tag in FINAL or tag in INTERIM:
            self.text = _Kept(TEXT_CHARACTERS)
        else:
            return
        self.parser.CharacterDataHandler = self.text.add
        if self.element is None:
            self.element = Element("testcase")
        if self.text is not self.output and len(self.element) < RESULTS:
            kept = {key: _kept(text, MESSAGE_CHARACTERS) for key, text in attributes.items() if key in TOLD}
            self.result = SubElement(self.element, tag, kept)

    def _end_inside(self) -> None:
        self.inside -= 1
        if not self.inside and self.text is not None:
            self.parser.CharacterDataHandler = None
            if self.result is not None:
                self.result.text = self.text.text()
            self.text = self.result = None

    def _interpreted(self, case: dict[str, str], element: Element) -> Case:
        get = case.get
        output = self.output.text() if self.output is not None else ""
        results: tuple[Result, ...] = ()
        if len(element):
            told = TestCase.fromelem(element)  # type: ignore[no-untyped-call]  # junitparser is untyped
            results = tuple(
                Result(child._tag, child.type or "", child.message or "", child.text or "")  # noqa: SLF001 - no other name
                for child in (*told.result, *told.interim_result)
            )
        time_s, suite = _seconds(get("time", "")), self.open[-1]
        return Case(
            get("classname", ""), get("name", ""), time_s, get("file", ""), get("line", ""), results, output, suite
        )


_new = tuple.__new__  # a NamedTuple's own constructor takes twice as long


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        try:
            seconds = float(text.replace(",", ""))
        except ValueError:
            return 0.0
    return seconds if 0 <= seconds < 1e12 else 0.0  # neither infinite nor no number


def _sum(count: int | None, text: str) -> int | None:
    return count + int(text) if count is not None and text.isdecimal() and len(text) < 12 else None


def _kept(text: str, limit: int) -> str:
    if len(text) <= limit:
        return text
    kept = _Kept(limit)
    kept.add(text)
    return kept.text()
