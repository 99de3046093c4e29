r"""Which failures are the same one: what varies from run to run and from test to test is taken out of the message.

A signature is `Type: message @ file:function`: the exception, its message without what varies, the deepest first-party
frame. Names tell failures apart (variables, packages, files, fixtures, attributes, hosts, the port of a service);
addresses, ids, times, durations, sizes, numbers, temporary and personal folders, ephemeral ports, line numbers,
parameters of a node id, path and query of a URL, and the order of sets do not.

A failing assertion is signed by its own statement, where the source or the traceback shows it, and not by the values
that pytest explains it with: two cases of one assertion are one failure, two assertions of one helper are two. Where
the statement is not known, the values stand by their shape.

Python words some messages differently from version to version; what differs is left out.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from testaudit.masking.interface import mask

if TYPE_CHECKING:
    from testaudit.model import Frame, Trouble

_READ = 2_000
"""Characters of a message that are looked at."""
_LENGTH = 300
_EPHEMERAL = 32_768
"""Linux hands out the ports from here on; macOS and Windows from 49152."""
_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]{0,6}"
_CLOCK = r"\d{1,2}:\d\d(?::\d\d(?:[.,]\d+)?)?(?: ?[AaPp][Mm]\b)?"
_ZONE = r"(?: ?(?:Z|UTC|GMT|[+-]\d\d:?\d\d))?"
_SOURCE_FILE = r"\.(?:pyx?|[jt]sx?|mjs|java|kt|go|rb|rs|cs|php|cc?|cpp|hpp|h|swift|scala|feature|robot)"
_VARYING = re.compile(
    r"(?P<kept><[a-z]+>|\[(?:Errno|WinError) -?\d+\])"
    r"|(?P<uuid>\b[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\b)"
    r"|(?P<ulid>\b[0-7](?=[0-9A-HJKMNP-TV-Z]{0,24}[A-Z])[0-9A-HJKMNP-TV-Z]{25}\b)"
    r"|(?P<address>\b0[xX][0-9a-fA-F]+\b)"
    r"|(?P<called>\b(?:datetime\.)?(?:datetime|date|time|timedelta)\((?:[\w.]+ ?= "
    r"?)?-?\d[^()]{0,80}(?:\([^()]{0,60}\))?\))"
    rf"|(?P<time>\b\d{{4}}-\d\d-\d\d(?:[T ]{_CLOCK}{_ZONE})?(?!\d)"
    rf"|\b\d{{8}}T\d{{4,6}}Z?\b"
    rf"|\b(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]{{0,6}},? )?\d{{1,2}}[ -]{_MONTH}[ -]\d{{4}}(?:,? {_CLOCK}{_ZONE})?"
    rf"|\b(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]{{0,6}},? )?{_MONTH} {{1,2}}\d{{1,2}},? (?:{_CLOCK}{_ZONE} )?\d{{4}}\b"
    rf"|\b\d{{1,4}}[/.]\d{{1,2}}[/.]\d{{4}}(?!\.\d)(?: {_CLOCK})?|\b\d{{4}}/\d\d/\d\d(?: {_CLOCK})?"
    rf"|(?<![\w.:])(?:\d+ days?, )?{_CLOCK}{_ZONE}(?!\w|:\d))"
    rf"|(?P<line>(?<=[\w)]){_SOURCE_FILE}:\d+(?::\d+)?\b)"
    r"|(?P<param>(?<=::)(?P<test>[A-Za-z_]\w*)\[[^\]\n]*\])"
    r"|(?P<windows>\b[A-Za-z]:(?:\\{1,2}|/)(?:[^\\/:*?\"'<>|\s]+(?:\\{1,2}|/))*[^\\/:*?\"'<>|\s]*)"
    r"|(?P<path>(?<![\w.:/>])~?(?:/[\w.@%+~=-]+){2,}/?)"
    r"|(?P<net>(?:\b\d{1,3}(?:\.\d{1,3}){3}|\blocalhost|(?<=//)[\w.-]+|\b(?:[\w-]+\.)+[A-Za-z]{2,}"
    r"|\[[0-9a-fA-F:]{2,39}\])"
    r"(?::(?P<port>\d{2,5})(?!\d|\.\d|:))?|\bport(?:[ =:]+)['\"]?(?P<said>\d{1,5})\b"
    r"|\(['\"][\w.:-]+['\"], ?(?P<pair>\d{2,5})(?:, ?\d+)*\))"
    r"|(?P<hash>\b(?=[0-9a-fA-F]*\d)(?=[0-9a-fA-F]*[a-fA-F])(?:[0-9a-f]{12,}|[0-9A-F]{12,})\b)"
    r"|(?P<duration>(?<![\w.])\d+(?:\.\d+)?(?:[eE][+-]?\d+)? ?(?:ns|[uµ]s|ms|secs?|seconds?|s|mins?|minutes?|hours?"
    r"|h|days?)\b)"
    r"|(?P<size>(?<![\w.])\d+(?:\.\d+)? ?(?:[KMGTkmgt]i?[Bb]|[Bb]ytes?|B)\b)"
    r"|(?P<word>\b[A-Za-z][A-Za-z0-9]*[-_][A-Za-z0-9_-]*\b|\btmp[a-z0-9_]{8}\b)"
    r"|(?P<number>(?<![\w.])[-+]?\d[\d_]*(?:,\d{3})*(?:\.\d+)?(?:[eE][+-]?\d+)?%?(?![\w]))"
)
_PLACEHOLDER = {"called": "time", "windows": "path"}
_REPEATED = re.compile(r"(<[a-z]+>)(?:,? \1)+")
_TEMPORARY = re.compile(r"~?/(?:private/)?(?:tmp|var/tmp|var/folders|dev/shm|run/user/\d+)(?:/|$)")
_PERSONAL = re.compile(r"~/|/(?:home|Users|root|builds|workspace|github|runner|app|srv|code|src)/")
_INSTALLED = re.compile(r".*/(?:site-packages|dist-packages|python\d[\d.]*)/")
_PYTEST_TMP = re.compile(r".*/pytest-of-[^/]+/pytest-[^/]+(?:/[^/]*)?/?")
_SET = re.compile(r"\{([^{}\[\]()]{3,1000})\}")
_RANDOM = re.compile(r"[a-z]+|\d+", re.IGNORECASE)

_WORDINGS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"(\b[A-Za-z][A-Za-z0-9+.-]{1,20}://[^\s'\"<>/?#()\[\]{},]+)[/?#][^\s'\"<>()\[\]{},]*"), r"\1/<path>"),
    (re.compile(r"(\b(?:GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) )/[^\s'\"<>()]*"), r"\1<path>"),
    (re.compile(r"(\burl: )[^\s<>()]+"), r"\1<path>"),
    (re.compile(r"\.? Did you (?:mean|forget)[^?]*\?"), ""),
    (re.compile(r"\b(?:[A-Za-z_][\w<>]*\.)+(?=[A-Za-z_<][\w>]*\(\) (?:missing|takes|got|argument))"), ""),
    (re.compile(r"(expected string or bytes-like object|expected str, bytes or os\.PathLike object).*"), r"\1"),
    (re.compile(r"can't set attribute.*|property '\w+' of '\w+' object has no setter"), "can't set attribute"),
    (re.compile(r"can't delete attribute.*|property '\w+' of '\w+' object has no deleter"), "can't delete attribute"),
    (re.compile(r"(cannot import name '[^']*' from '[^']*') \([^()]*\)"), r"\1"),
    (re.compile(r"(argument of type '\w+' is not )a container or iterable"), r"\1iterable"),
    (re.compile(r"cannot access local variable '(\w+)' where it is not associated with a value"),
     r"local variable '\1' referenced before assignment"),
    (re.compile(r"cannot access free variable '(\w+)' where it is not associated with a value in enclosing scope"),
     r"free variable '\1' referenced before assignment in enclosing scope"),
    (re.compile(r"\b(?:to be called once|to have been called once)\b"), "to be called once"),
    (re.compile(r"input_value=.*?(?=, input_type)"), "input_value=<value>"),
    (re.compile(r"((?:invalid literal for int\(\) with base \d+|could not convert string to \w+"
                r"|Invalid isoformat string|Unknown string format): ).*"), r"\1<text>"),
    (re.compile(r"(time data )(?:'[^']*'|\"[^\"]*\")( does not match format)"), r"\1<text>\2"),
    (re.compile(r"(codec can't (?:de|en)code (?:byte|character)s? ).*?( in position )[\d-]+"), r"\1<value>\2<number>"),
    (re.compile(r"\bid='\d+'"), "id=<number>"),
)  # fmt: skip
"""What Python's versions and libraries word differently, and values in messages of known form."""
_BACKEND = re.compile(
    r"(?<![A-Za-z0-9])(?:asyncio\+uvloop|asyncio|trio|curio|uvloop|gevent|eventlet|twisted|tornado|threads?"
    r"|async|sync)(?![A-Za-z0-9])"
)
"""What tests are often run upon, one parameter each."""

_LITERAL = re.compile(
    r"[bru]{0,2}'(?:[^'\\]|\\.)*'|[bru]{0,2}\"(?:[^\"\\]|\\.)*\"|\b(?:None|True|False|nan)\b|(?<![\w.])-?inf\b"
    r"|<[A-Za-z_][\w.]*(?:: [^<>]*| object at [^<>]*| at 0x[^<>]*)>"
    r"|(?<![\w.])-?\d[\w.+-]*|\.\.\."
)
_BRACKETS = re.compile(r"(?<![\w>])[\[({][^\[\](){}]*[\])}]")
_VALUES = re.compile(r"<value>(?:(?:, |: | )?<value>)*")


def normalise(message: str) -> str:
    """The first lines of a message without what varies.

    >>> normalise("port 5432 refused at 0x7f3a, tried 3 times in 1.5 s")
    'port 5432 refused at <address>, tried <number> times in <duration>'
    >>> normalise("no such row: 123e4567-e89b-12d3-a456-426614174000 (2024-01-02 10:00:00)")
    'no such row: <uuid> (<time>)'
    >>> normalise("cannot read /tmp/pytest-of-me/pytest-3/test_a0/in.csv:12")
    'cannot read <tmp>/in.csv:<number>'
    """
    text = " ".join(message[:_READ].split())
    for pattern, by in _WORDINGS:
        text = pattern.sub(by, text)
    text = _VARYING.sub(_placeholder, text)
    text = _SET.sub(_sorted, text)
    return _REPEATED.sub(r"\1", text)[:_LENGTH]


def _placeholder(found: re.Match[str]) -> str:
    """What stands for a thing that varies; itself where it tells failures apart."""
    kind, text = found.lastgroup or "", found[0]
    if found["path"] is not None or found["windows"] is not None:
        return _path(text)
    if found["param"] is not None:
        return f"{found['test']}[<param>]"
    if found["line"] is not None or (found["net"] is not None and re.search(_SOURCE_FILE + r":\d+$", text)):
        return text.partition(":")[0] + ":<line>"
    if found["net"] is not None:
        port = found["port"] or found["said"] or found["pair"]
        return text.replace(port, "<port>") if port and int(port) >= _EPHEMERAL else text
    if found["word"] is not None or kind == "kept":
        return text if kind == "kept" else _word(text)
    return f"<{_PLACEHOLDER.get(kind, kind)}>"


def _path(path: str) -> str:
    """A path by what is the same on every machine."""
    plain = path.replace("\\\\", "/").replace("\\", "/")
    folder, _, name = plain.rstrip("/").rpartition("/")
    name = _word(name)
    if (at := _PYTEST_TMP.match(plain)) is not None:
        rest = plain[at.end() :].strip("/").rpartition("/")[2]
        return f"<tmp>/{_word(rest)}" if rest else "<tmp>"
    if _TEMPORARY.match(plain) or "/Temp/" in plain:
        return "<tmp>" if name == "<random>" or not folder.strip("/") else f"<tmp>/{name}"
    if _INSTALLED.match(plain):
        return "<lib>/" + _INSTALLED.sub("", plain)
    if _PERSONAL.match(plain) or plain[1:3] == ":/":
        return f"<path>/{name}"
    return "/".join("<number>" if part.isdigit() else _word(part) for part in plain.split("/"))


def _word(word: str) -> str:
    """A word without a random end: `job-7f3k2j9a`, `tmpab12cd_e`; other words tell failures apart."""
    if re.fullmatch(r"tmp[a-z0-9_]{8}", word):
        return "<random>"
    stem, dot, ending = word.rpartition(".")
    if not dot or not ending.isalpha():
        stem, dot, ending = word, "", ""
    head, mark, tail = stem.rpartition("-") if "-" in stem else stem.rpartition("_")
    if tail.isdigit() and mark == "-":
        return f"{head}-<number>{dot}{ending}"
    is_random = len(tail) >= 6 and tail.isalnum() and len(_RANDOM.findall(tail)) >= 4
    return f"{head}{mark}<random>{dot}{ending}" if is_random else word


def _sorted(found: re.Match[str]) -> str:
    """A set or dict without the order of its elements."""
    return "{" + ", ".join(sorted(set(found[1].split(", ")))) + "}"


def shape(message: str) -> str:
    """The first line of an assertion's explanation, its values by their shape; calls and names stay.

    >>> shape("assert 3 == 4")
    'assert <value> == <value>'
    >>> shape("assert total([1, 2]) == {'a': [1]}")
    'assert total(<value>) == <value>'
    """
    text = message.strip().split("\n", 1)[0][:_READ]
    text = _LITERAL.sub("<value>", text)
    for _ in range(10):
        before, text = text, _BRACKETS.sub("<value>", text)
        if text == before:
            break
    text = _VALUES.sub("<value>", text)
    return normalise(text)


_MARKED = re.compile(r"^>\s+(\S.*)$", re.MULTILINE)
_CHECK = re.compile(r"assert\b|(?:await )?[\w.\[\]()'\"]*\bassert\w*\(|(?:self\.)?fail\w*\(")


def is_assertion(kind: str) -> bool:
    """Whether an exception is a failed assertion, in whatever language.

    >>> is_assertion("AssertionError"), is_assertion("org.opentest4j.AssertionFailedError"), is_assertion("ValueError")
    (True, True, False)
    """
    last = kind.rpartition(".")[2]
    return "Assertion" in last or last in {"ComparisonFailure", "ExpectationNotMetError", "Failed"}


def shown_statement(text: str) -> str:
    """The statement that pytest's long text marks last (`>    assert a == b`), empty where it marks none."""
    found = _MARKED.findall(text[-_READ * 5 :])
    return " ".join(found[-1].split()) if found else ""


def without_backend(trouble: Trouble, node_id: str) -> Trouble:
    """The trouble, its message without the backend that the test's parameters name: twins are one failure."""
    named = set(_BACKEND.findall(node_id.partition("[")[2]))
    if not named:
        return trouble
    message = _BACKEND.sub(lambda found: "<backend>" if found[0] in named else found[0], trouble.message[:_READ])
    return replace(trouble, message=message)


def signature(trouble: Trouble, statement: str = "") -> str:
    """`Type: message @ file:function`, without what varies, and without secrets: a statement may hold one.

    Args:
        trouble: what decided a test's outcome.
        statement: the source of the statement that failed, where it is known.

    """
    frame = trouble.frame
    place = f" @ {_place(frame)}" if frame is not None and frame.function else ""
    kind = trouble.type or ("" if trouble.phase != "collect" else "collection error")
    said = _said(trouble, " ".join(statement.split()))
    return mask(f"{kind}: {said}{place}" if kind else f"{said}{place}")


def _said(trouble: Trouble, statement: str) -> str:
    if not is_assertion(trouble.type) or trouble.type.endswith("Failed"):
        return normalise(trouble.message)
    statement = statement or shown_statement(trouble.text)
    if not _CHECK.match(statement):
        return shape(trouble.message) if _explains(trouble.message) else normalise(trouble.message)
    if statement.startswith("assert") and not _explains(trouble.message):
        return f"{statement[:_LENGTH]} | {normalise(trouble.message.split(chr(10), 1)[0])}"
    return statement[:_LENGTH]


def _explains(message: str) -> bool:
    """Whether a message is the explanation of values, and not somebody's own words."""
    return not message or message.startswith("assert ") or " != " in message or " == " in message


def _place(frame: Frame) -> str:
    """File and function; of installed code without the folders that differ from machine to machine."""
    path = frame.path
    if path.startswith("/") or path[1:2] == ":":
        path = _path(path)
    return f"{path}:{frame.function}"
