"""The text of a failure that no pytest wrote -> type, message and place, so that failures of one cause are told alike.

One pattern for each language; the first that fits the text decides. A place is named only where the trace is clear
about it: the deepest line that is not the language's own, a framework's or an installed package's. Absolute paths are
another machine's: only the file's name is kept of them.
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

from testaudit.model import Frame

if TYPE_CHECKING:
    from collections.abc import Iterator

CHARACTERS = 20_000
"""Of a text, that are looked at."""
_SAYS_NOTHING = frozenset(
    {"", "test failure", "failed", "test failed", "assertion failed", "failure", "fail", "exception"}
    | {"unexpected exception"}
)
_OURS_NOT = re.compile(
    r"(?:^|/)(?:node_modules|site-packages|dist-packages|vendor|gems|rustc|\.cargo)/|^(?:node:|internal/|<|native)"
    r"|/lib/(?:python|ruby)\d?|/rustlib/|/go/src/|^/usr/"
)
_JAVA_OWN = re.compile(
    r"(?:java|javax|jdk|sun|junit|kotlin|groovy|scala|com\.sun|org\.(?:junit|gradle|hamcrest|assertj|opentest4j"
    r"|testng|mockito|codehaus|apache\.maven|springframework|scalatest))\."
)
_NUMBER = r"(?P<line>\d{1,8})"
_JAVA = re.compile(
    r"^[ \t]*at (?:[\w.@-]+/{1,2})*(?P<function>[\w.$<>]+)\((?P<path>[\w$-]+\.(?:java|kt|scala|groovy)):"
    + _NUMBER
    + r"\)",
    re.MULTILINE,
)
_SCRIPT = re.compile(
    "^[ \t]*(?:at|\N{HEAVY RIGHT-POINTING ANGLE QUOTATION MARK ORNAMENT}) "
    r"(?:(?:async )?(?P<function>[^()\n]{1,200}?) \(?)?(?:file://)?"
    rf"(?P<path>[^\s():]{{1,300}}):{_NUMBER}:\d{{1,8}}\)?$",
    re.MULTILINE,
)
_PYTHON = re.compile(rf'^[ \t]*File "(?P<path>[^"\n]+)", line {_NUMBER}, in (?P<function>\S+)', re.MULTILINE)
_GO = re.compile(rf"^[ \t]*(?P<path>[\w./-]+\.go):{_NUMBER}: (?P<message>.*)", re.MULTILINE)
_RUST = re.compile(
    rf"panicked at (?:'(?P<message>[^\n]*)', )?(?P<path>[^\s:',]+\.rs):{_NUMBER}:\d+:?(?:\n(?P<below>[^\n]+))?"
)
_RUBY = re.compile(rf"^[ \t]*(?:# )?(?P<path>[^\s:]+\.rb):{_NUMBER}(?::in [`'](?P<function>[^'\n]+)')?", re.MULTILINE)
_PHP = re.compile(rf"^(?P<path>[^\s:]+\.php):{_NUMBER}$", re.MULTILINE)
_CPP = re.compile(
    r"^(?:at |- file +: )?(?P<path>[^\s:()]+\.(?:c|cc|cpp|cxx|h|hpp|hh)(?=[:(\n]))"
    rf"(?:[:(]{_NUMBER}\)?:?|\n- line +: (?P<below>\d{{1,8}}))",
    re.MULTILINE,
)
_BATS = re.compile(
    rf"^\((?:in|from)[^\n]{{0,200}}? test file (?P<path>[^,\n]+), line {_NUMBER}\)\n\s*(?P<message>[^\n]+)",
    re.MULTILINE,
)
_BOOST = re.compile(r"^(?:- message: |EXCEPTION STACK TRACE: -*\n)(?P<message>[^\n]+)", re.MULTILINE)
_NODE = re.compile(r"^[ \t]*cause: (?P<type>[A-Z]\w*)(?: \[\w+\])?: (?P<message>[^\n]+)", re.MULTILINE)
_RAISED = re.compile(
    r"^[ \t]*(?:Uncaught )?"
    r"(?P<type>(?:[A-Za-z_]\w{0,99}[.\\]{1,2}){0,9}(?:[A-Z]\w{0,99})?(?:Error|Exception|Failure|Failed)\w{0,99})"
    r"(?: \[\w+\])?:(?: (?P<message>[^\n]*))?",
    re.MULTILINE,
)
_RUST_THREAD = re.compile(r"thread '[^'\n]*'(?: \(\d+\))? panicked at ")
_NO_WORD = re.compile(
    "\\s*(?:$|---$|\\.\\.\\.$|\N{BLACK CIRCLE} Test suite failed to run$|FAILED:$|=== |--- |Failing step: |Location: "
    r"|[\w\\]+::\w+(?: with data set [^\n]*)?$)"
)
"""Lines above the reason that only say which test failed: of jest, Catch2, Go, behave, PHPUnit."""


class Told(NamedTuple):
    """What a foreign trace tells."""

    type: str
    message: str
    frame: Frame | None


def read_trace(kind: str, message: str, text: str) -> Told:
    r"""Type, message and place of a failure by its attributes and text.

    >>> read_trace("", "Failed", "    a_test.go:7: first\n")
    Told(type='', message='first', frame=Frame(path='a_test.go', line=7, function=''))
    """
    text = text[:CHARACTERS] or message
    frame, beside = _place(text)
    if place := _CPP.match(message):
        message = message[place.end() :].strip() or message
    said = message.strip()
    panic = _RUST.search(text)
    if panic is not None and (_RUST_THREAD.match(said) or said.lower() in _SAYS_NOTHING):
        kind, said = "panic", (panic["message"] or panic["below"] or said).strip()
    elif cause := _NODE.search(text):
        kind, said = cause["type"], cause["message"]
    elif said.lower() not in _SAYS_NOTHING:
        kind, said = _split(kind, said)
    else:
        kind, said = _from_text(kind, text, beside)
    return Told(kind, said, frame)


def read_reason(message: str, text: str) -> str:
    r"""Why a test was skipped: without the place and the stack that some runners put around it.

    >>> read_reason("=== RUN   TestSkip\n    a_test.go:5: why\n--- SKIP: TestSkip (0.00s)\n", "")
    'why'
    """
    said = message.strip() or text.strip()
    logged = _GO.search(said)
    if logged is not None and "--- SKIP: " in said:
        return logged["message"].strip()
    if place := _CPP.match(said):
        said = said[place.end() :].strip()
    told, stack, _ = said.partition("\n\tat ")
    return _split("", told)[1] if stack else said


def _from_text(kind: str, text: str, beside: str) -> tuple[str, str]:
    """Type and message, where no attribute holds a message."""
    if boost := _BOOST.search(text):
        return kind, boost["message"]
    if beside:
        return kind, beside
    lines = [line.strip() for line in text.splitlines() if not _NO_WORD.match(line)]
    if lines and _PYTHON.search(text) is not None:
        return _split(kind, lines[-1])
    if raised := _RAISED.search(text):
        return kind or raised["type"], (raised["message"] or "").strip() or raised["type"]
    return kind, lines[0] if lines else ""


def _split(kind: str, message: str) -> tuple[str, str]:
    """`Type: message` -> its halves, where the type is that of an exception."""
    found = _RAISED.match(message)
    if found is None or (kind and kind.rpartition(".")[2] != found["type"].rpartition(".")[2]):
        return kind, message
    rest = message[found.end("type") :].partition(":")[2].strip()
    return kind or found["type"], rest or message


def _place(text: str) -> tuple[Frame | None, str]:
    """The deepest place that is somebody's own, and what stands beside it."""
    for pattern, deepest_last in ((_PYTHON, True), (_JAVA, False), (_SCRIPT, False)):
        frames = list(_own(pattern.finditer(text)))
        if frames:
            return frames[-1 if deepest_last else 0], ""
    for pattern in (_RUST, _GO, _BATS, _CPP, _PHP, _RUBY):
        for found in pattern.finditer(text):
            groups = found.groupdict()
            path = _relative(found["path"])
            if path and not _OURS_NOT.search(found["path"]):
                line = int(groups["line"] or groups.get("below") or 0)
                return Frame(path, line, groups.get("function") or ""), (groups.get("message") or "").strip()
    return None, ""


def _own(places: Iterator[re.Match[str]]) -> Iterator[Frame]:
    for found in places:
        function, path = (found["function"] or "").strip(), found["path"]
        if found.re is _JAVA:
            if not _JAVA_OWN.match(function):
                package = function.rpartition(".")[0].rpartition(".")[0].replace(".", "/")
                yield Frame(f"{package}/{path}" if package else path, int(found["line"]), function)
        elif not _OURS_NOT.search(path):
            named = "" if "<" in function or "(" in function else function
            yield Frame(_relative(path), int(found["line"]), named)


def _relative(path: str) -> str:
    path = path.replace("\\", "/").removeprefix("./")
    return PurePosixPath(path).name if path.startswith(("/", "..")) or path[1:2] == ":" else path
