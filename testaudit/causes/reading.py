"""What several causes ask of a failure: which exceptions speak in it, who raised them, and whether that was meant."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, NamedTuple

from testaudit.causes.signature import is_assertion
from testaudit.model import Frame
from testaudit.source.index import terminal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from testaudit.causes.interface import Group

DOUBLES = re.compile(
    r"(?:^|[/\\])(?:unittest[/\\]mock\.py|mock[/\\]mock\.py|mock\.py"
    r"|(?:responses|httpretty|requests_mock|respx|pytest_httpx|aioresponses|moto|fakeredis|vcr|pook|pyfakefs|mocket"
    r"|pytest_socket|freezegun|flexmock|doublex|pytest_mock|mongomock|betamax)(?:[/\\]|\.py))"
)
"""Files of the libraries that stand in for something real: what they raise was ordered by the test."""
_MEANT = re.compile(
    r"non[-_ ]?exist|not[-_ ]?exist|doesn'?t[-_ ]?exist|does[-_ ]?not|no[-_ ]such|missing|absent|bogus|dummy|fake"
    r"|invalid"
    r"|unknown|nowhere|nope|wrong|unreachable|path/to|foo(?:bar)?\b|not[-_ ]?found|not[-_ ]?installed|not[-_ ]?there",
    re.IGNORECASE,
)
SUPERUSER = re.compile(
    r"\bsuper-?user (?:privileges|rights|permissions)|\b(?:running|run|runs|started|executed|used?|work) (?:\w+ )?as "
    r"(?:the )?(?:root|super-?user)\b|\bby (?:the )?(?:root user|super-?user)\b",
    re.IGNORECASE,
)
"""Words of a program that refuses to run with all rights."""
_COMPARES = re.compile(
    r"expect|\bwant|\bgot\b|assert|should|to (?:equal|be|match|contain)|not equal|[!=]=|mismatch", re.IGNORECASE
)
_LAST_PLACE = re.compile(
    r"^(?P<path>[^\s:>](?:[A-Za-z]:)?[^:\n]*|<[^>\n]+>):(?P<line>\d+): (?:in )?(?P<what>\S+)", re.MULTILINE
)
_MARKED = re.compile(r"^>\s+(\S.*)$", re.MULTILINE)


class Spoken(NamedTuple):
    """One exception of a failure: the one that ended the test, or the one that it was made of."""

    type: str
    message: str
    raised: Frame | None
    """The deepest frame, whoever's code it is; None where it is not known."""

    @property
    def name(self) -> str:
        """The last part of its type."""
        return self.type.rpartition(".")[2]


def spoken(group: Group) -> tuple[Spoken, ...]:
    """The exceptions that may name what is missing: never a failed assertion, and never one that was meant.

    An exception that a double or the project's own `raise` made is somebody's words, not the machine's; what it was
    made of is looked at all the same.
    """
    said = all_spoken(group)
    root_is_made = len(said) > 1 and made(group, said[1].raised)
    return tuple(
        one
        for one in said
        if not is_assertion(one.type)
        and not made(group, one.raised)
        and not (root_is_made and one is said[0])
        and (one.type or not compares(one.message))
    )


def all_spoken(group: Group) -> tuple[Spoken, ...]:
    """The exception that ended the test and, where it was made of another one, that one."""
    trouble = group.trouble
    found = [Spoken(trouble.type, trouble.message, trouble.raised or _place_in(trouble.text, trouble.type))]
    if (
        trouble.root
        and trouble.wrapped
        and trouble.type not in {"AssertionError", "AssertionFailedError"}
        and _translates(group)
    ):
        kind, _, message = trouble.root.partition(": ")
        found.append(Spoken(kind, message, trouble.root_raised))
    return tuple(found)


def _place_in(text: str, kind: str) -> Frame | None:
    """Where pytest's long text says that the exception was raised: its last `path:line: Type`."""
    name = kind.rpartition(".")[2]
    places = [found for found in _LAST_PLACE.finditer(text) if found["what"].rpartition(".")[2] == name]
    if not places or not name:
        return None
    return Frame(places[-1]["path"], int(places[-1]["line"][:8]), "")


def made(group: Group, raised: Frame | None) -> bool:
    """Whether an exception was raised by a double, or by a `raise` of the project's own code.

    What a set-up raises by hand is meant to end it: nobody tests there how a refusal is dealt with.
    """
    if raised is None:
        return False
    sets_up = group.trouble.phase in {"setup", "collect"}
    return bool(DOUBLES.search(raised.path)) or (not sets_up and is_own_raise(group, raised))


def _translates(group: Group) -> bool:
    """Whether the last exception was raised on purpose; a mistake inside an `except` block is nobody's translation."""
    statement = group.facts.statement(group.trouble.raised)
    if statement is None or isinstance(statement.node, ast.Raise):
        return True
    return isinstance(statement.node, ast.Expr) and terminal(statement.node.value) in {"fail", "exit"}


def is_own_raise(group: Group, raised: Frame | None) -> bool:
    """Whether a `raise` of the project's own code made it, and not out of an exception that it had caught."""
    statement = group.facts.statement(raised)
    if statement is not None:
        if not isinstance(statement.node, ast.Raise):
            return False
        given = statement.node.cause is not None and not isinstance(statement.node.cause, ast.Constant)
        return not given and not any(isinstance(around.node, ast.ExceptHandler) for around in statement.ancestors())
    if raised is None or raised != group.trouble.frame:
        return False
    marked = _MARKED.findall(group.trouble.text)
    return bool(marked) and marked[-1].startswith("raise")


def function_around(group: Group, frame: Frame | None) -> str:
    """The source of the function around a place in the project's code; empty where it cannot be read."""
    file = group.facts.file(frame.path) if frame is not None else None
    if file is None or frame is None:
        return ""
    function = file.function_at(frame.line)
    return "" if function is file.module else file.lines_of(function.line, function.end_line)


def compares(text: str) -> bool:
    """Whether words of an unknown kind tell of a comparison, in the manner of any runner: `got "x", want "y"`."""
    return bool(_COMPARES.search(text.split("\n", 1)[0]))


def is_meant(name: str) -> bool:
    """Whether a name says that there is no such thing: `/nonexistent`, `no-such-host`, `path/to/file`."""
    return bool(_MEANT.search(name))


def strings_near(group: Group) -> Iterator[tuple[str, str]]:
    """(text, name of the call around it) of the string literals in the test's own function."""
    function = group.test_function
    if function is None:
        return
    for inner in function.inside:
        for constant, statement in inner.strings:
            call = next((node for node in reversed(statement.way_to(constant)) if isinstance(node, ast.Call)), None)
            name = ""
            if call is not None:
                name = ast.unparse(call.func)
            elif isinstance(statement.node, ast.Expr) and isinstance(statement.node.value, ast.Call):
                name = ast.unparse(statement.node.value.func)
            yield str(constant.value), name


def first_line(text: str) -> str:
    """The first line that says something, at most 300 characters."""
    return next((line.strip()[:300] for line in text.splitlines() if line.strip()), "")


def words_of(one: Spoken) -> str:
    """`Type: message`, on one line."""
    said = " ".join(one.message.split())[:300]
    return f"{one.type}: {said}" if one.type and said else one.type or said


def place(frame: Frame | None) -> str:
    """`path:line`, empty without a frame."""
    return f"{frame.path}:{frame.line}" if frame is not None else ""
