"""expat's events -> cases. Only what stands inside a case and means something is kept, within limits.

Cases that have results are rebuilt as small elements and interpreted by junitparser; a bare case needs nobody.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, SubElement
from xml.parsers import expat

from junitparser.xunit2 import TestCase

from testaudit.junit.cases import (
    FINAL,
    INTERIM,
    MESSAGE_CHARACTERS,
    OUTPUT_CHARACTERS,
    RESULTS,
    TEXT_CHARACTERS,
    Case,
    Result,
    Suite,
    Totals,
    seconds,
    whole,
)
from testaudit.junit.dialects import by_case, by_suite

if TYPE_CHECKING:
    from collections.abc import Callable

SUITES = 100
"""Names of outermost suites that are kept."""
DEPTH = 200
BUFFER_BYTES = 1 << 16
"""So much text comes in one piece."""
PROPERTIES = 50
"""Names of properties that are kept of a case, and of the suites before the first case."""
ROOTS = ("testsuites", "testsuite")
TOLD = ("type", "message")
OUTPUT = ("system-out", "system-err")


class RefusedError(Exception):
    """The file is not read on: it is dangerous, or no JUnit file."""


class Kept:
    """Text that streams in: the beginning and the end of it, at most so many characters."""

    __slots__ = ("dropped", "head", "limit", "room", "tail", "tail_size")

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.room = limit // 2
        self.head: list[str] = []
        self.tail: list[str] = []
        self.tail_size = self.dropped = 0

    def add(self, text: str) -> None:
        """More of it."""
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
        """All that is kept, and how much is not."""
        tail = self._shorten()
        if not self.dropped:
            return "".join(self.head) + tail
        # A word that is cut in half could be the end of a secret whose name is gone.
        cut = tail.find("\n", 0, len(tail) // 4)
        cut = cut if cut >= 0 else tail.find(" ")
        return f"{''.join(self.head)}\n[... {self.dropped + cut + 1:,} characters left out ...]\n{tail[cut + 1 :]}"


class Builder:
    """expat's events -> cases, in `ready` until they are taken."""

    def __init__(self, *, wrapped: bool) -> None:
        self.ready: list[Case] = []
        self.started = False
        self.root: dict[str, str] = {}
        """Attributes of the root element."""
        self.totals = Totals()
        self.suite_names: list[str] = []
        """Of the outermost suites, the first ones."""
        self.wrapped = wrapped
        """The outermost element is no part of the file."""
        self.open = 0
        """So many elements are open around the cases."""
        self.suites: list[Suite] = [Suite()]
        """Those that are open, after one that stands for none."""
        self.suite = self.suites[0]
        self.seen_suites = 0
        self.properties: list[str] = []
        """Names of properties since the outermost suite began."""
        self.case: dict[str, str] | None = None
        self.element: Element | None = None
        """The case's, once it has a child that means something."""
        self.implied = 0
        """So many results of a suite itself were seen: each is read as a case."""
        self.of_suite: dict[str, str] | None = None
        """The latest one."""
        self.inside = 0
        """Depth below the case."""
        self.text: Kept | None = None
        """What text goes to now."""
        self.result: Element | None = None
        self.output: Kept | None = None
        self.named: list[str] = []
        """Names of the case's properties."""
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.buffer_size = BUFFER_BYTES
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
        elif tag in ("error", "failure") and self.open and len(self.suites) > 1:
            self.implied += 1
            self.case = self.of_suite = {
                "classname": self.suite.names[-1],
                "name": f"(outside its tests, {self.implied})",
            }
            self._start_inside(tag, attributes)
        else:
            self._start_around(tag, attributes)

    def _end(self, tag: str) -> None:
        case = self.case
        if case is None:
            self.open -= 1
            if tag == "testsuite":
                self.suites.pop()
                self.suite = self.suites[-1]
        elif self.inside:
            self._end_inside()
            if case is self.of_suite and not self.inside:
                self._end(tag)
        else:
            self.case = None
            get, suite = case.get, self.suite
            if not suite.dialect and case is not self.of_suite:
                suite = self._recognised(case)
            told = (get("classname", ""), get("name", ""), seconds(get("time", "")), get("file", ""), get("line", ""))
            if self.element is None:
                self.ready.append(_new(Case, (*told, get("status", ""), suite, (), "", (), "", False, False)))
            else:
                results, output = self._interpreted(self.element)
                self.ready.append(Case(*told, get("status", ""), suite, results, output, tuple(self.named)))
                self.element = self.output = None
                self.named.clear()

    def _recognised(self, case: dict[str, str]) -> Suite:
        """The suite, and those around it, with the dialect that its first case shows; `?` where it shows none."""
        found = by_case(self.root, self.suite, case, self.properties) or "?"
        self.suites = [suite._replace(dialect=found) for suite in self.suites]
        self.suite = self.suites[-1]
        return self.suite

    def _start_around(self, tag: str, attributes: dict[str, str]) -> None:
        name = attributes.get("name", "")
        if not self.open and not self.wrapped:
            if tag not in ROOTS:
                raise RefusedError(f"it is no JUnit file: its root is <{tag[:40]}>, not <testsuites> or <testsuite>")
        elif self.open > DEPTH:
            raise RefusedError(f"elements in it are nested over {DEPTH} deep")
        if tag == "testsuites" or not self.open:
            self.root, self.started = attributes, True
        if tag == "property" and len(self.properties) < PROPERTIES:
            self.properties.append(name)
        elif tag == "testsuite":
            self._start_suite(name, attributes)
        self.open += 1

    def _start_suite(self, name: str, attributes: dict[str, str]) -> None:
        above = self.suites[-1]
        dialect = above.dialect
        if len(self.suites) == 1:
            self.totals = self.totals.plus(attributes)
            self.suite_names = [*self.suite_names[:SUITES], name]
            self.properties = []
            dialect = by_suite(self.root, attributes)
        self.seen_suites += 1
        hostname, tests = attributes.get("hostname", ""), whole(attributes.get("tests", ""))
        self.suite = Suite((*above.names, name), hostname, tests, dialect, self.seen_suites)
        self.suites.append(self.suite)

    def _start_inside(self, tag: str, attributes: dict[str, str]) -> None:
        self.inside += 1
        if self.inside > DEPTH:
            raise RefusedError(f"elements in it are nested over {DEPTH} deep")
        if self.inside > 1:
            self._start_deeper(tag, attributes)
            return
        if tag in OUTPUT:
            self.output = self.text = self.output or Kept(OUTPUT_CHARACTERS)
        elif tag in FINAL or tag in INTERIM:
            self.text = Kept(TEXT_CHARACTERS)
        elif tag != "properties":
            return
        if self.element is None:
            self.element = Element("testcase")
        if self.text is None:
            return
        self._hear(self.text.add)
        if self.text is not self.output and len(self.element) < RESULTS:
            kept = {key: _kept(text, MESSAGE_CHARACTERS) for key, text in attributes.items() if key in TOLD}
            self.result = SubElement(self.element, tag, kept)

    def _start_deeper(self, tag: str, attributes: dict[str, str]) -> None:
        """Inside a result: its trace is text of it, its output the case's."""
        if self.inside == 2 and self.text is None and tag == "property" and len(self.named) < PROPERTIES:
            self.named.append(attributes.get("name", ""))
        elif self.inside == 2 and tag in OUTPUT and self.result is not None:
            self.output = self.output or Kept(OUTPUT_CHARACTERS)
            self._hear(self.output.add)

    def _end_inside(self) -> None:
        self.inside -= 1
        if self.text is None:
            return
        if not self.inside:
            self._hear(None)
            if self.result is not None:
                self.result.text = self.text.text()
            self.text = self.result = None
        elif self.inside == 1:
            self._hear(self.text.add)

    def _hear(self, listener: Callable[[str], object] | None) -> None:
        self.parser.CharacterDataHandler = listener

    def _interpreted(self, element: Element) -> tuple[tuple[Result, ...], str]:
        output = self.output.text() if self.output is not None else ""
        if not len(element):
            return (), output
        told = TestCase.fromelem(element)  # type: ignore[no-untyped-call]  # junitparser is untyped
        results = tuple(
            Result(child._tag, child.type or "", child.message or "", child.text or "")  # noqa: SLF001 - no other name
            for child in (*told.result, *told.interim_result)
        )
        return results, output


_new = tuple.__new__  # a NamedTuple's own constructor takes twice as long


def _kept(text: str, limit: int) -> str:
    if len(text) <= limit:
        return text
    kept = Kept(limit)
    kept.add(text)
    return kept.text()
