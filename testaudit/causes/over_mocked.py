"""`over-mocked`: the failing line is a mock's assertion, or a mock leaked into a result.

A patch of a name that the code does not have any more is the mock's own check of its target, and counts as one.

A mock in the arguments of what failed is no leak: only the compared value, or the operand that an exception names.
"""

from __future__ import annotations

import re

from testaudit.causes.interface import Example, Explanation, Group
from testaudit.causes.reading import Spoken, all_spoken, place, words_of
from testaudit.causes.signature import is_assertion, shown_statement
from testaudit.model import Evidence

_KIND = r"(?:Magic|Async|NonCallable|NonCallableMagic|Property|Callable)?Mock(?:Mixin)?"
_REPR = rf"<{_KIND}(?: name='(?P<name>[^']*)')?(?: spec(?:_set)?='[^']*')? id='[^']*'>"
_SAID = re.compile(
    r"^(?:Expected ['\"]?(?P<mock>[\w.()\[\]<>']+?)['\"]? (?:to have been |to be |to not have been |not to have "
    r"been |have been )(?:called|awaited)"
    r"|[Ee]xpected (?:call|await)s? not found|Expected (?:call|await):|Not called\b|Calls not found|Awaits not found"
    r"|(?:call|await)\([^\n]*\) (?:call|await) not found|[\w.]+\([^\n]*\) (?:call|await) not found"
    r"|Expected '?\w+'? to (?:have been|be) (?:called|awaited)|Error processing expected calls)"
)
_IN_MOCK = re.compile(r"(?:unittest[/\\]mock|(?:^|[/\\])mock[/\\]mock|(?:^|[/\\])mock|pytest_mock[/\\]\w+)\.py$")
_TEXT_IN_MOCK = re.compile(r"(?:unittest[/\\]mock|mock[/\\]mock|pytest_mock[/\\]\w+)\.py:\d+: ")
_COUNTS = re.compile(
    rf"(?:where|and)\s+(?:[^\n]{{1,200}}? = )?{_REPR}(?:\.\w+(?:\(\))?)*\.(?P<what>called|call_count"
    rf"|call_args(?:_list)?|mock_calls|method_calls|await_count|awaited|await_args(?:_list)?)\b"
)
_CALLS = re.compile(r"(?:assert )?\[?call(?:\.\w+)*\(.* (?:==|!=) |assert .* (?:==|in) \[?call(?:\.\w+)*\(")
_NO_TARGET = re.compile(r"does not have the attribute '(?P<name>[^']+)'")
_COUNTED = re.compile(
    r"\.(?P<what>called|call_count|call_args(?:_list)?|mock_calls|method_calls|await_count|await_args(?:_list)?)\b"
)
_COMPARED = re.compile(rf"(?:^assert (?:not )?|\(|\[|, |: |== |!= |[<>]=? |\bis (?:not )?|\bin (?:not )?|^){_REPR}")
_OPERAND = re.compile(
    rf"['\"]{_KIND}['\"]|\bobject {_KIND} can't be used|\b{_KIND} found\b|\bof type {_KIND}\b|\bnon-iterable {_KIND}\b"
    rf"|^Mock object has no attribute|\btype\(s\)[^\n]*{_KIND}|{_REPR}|\bunittest\.mock\.{_KIND}\b|\bnot {_KIND}$"
    rf"|\bgot {_KIND}\b"
    rf"|\b{_KIND}\.__\w+__|['\"](?:[^'\"]*/)?{_KIND}/[\w.()]+/\d{{6,}}"
)
_KINDS = re.compile(
    r"TypeError|AttributeError|ValueError|InterfaceError|ProgrammingError|ArgumentError|EncodeError"
    r"|SerializationError|PicklingError|ValidationError|InvalidSpecError|KeyError|FileNotFoundError|NotADirectoryError"
)


def explain(group: Group) -> Explanation | None:
    """Proven by who raised it, or by the mock in the value."""
    trouble = group.trouble
    first = trouble.message.strip().split("\n", 1)[0]
    for one in reversed(all_spoken(group)):
        in_mock = bool(one.raised is not None and _IN_MOCK.search(one.raised.path)) or bool(
            one.raised is None and _TEXT_IN_MOCK.search(trouble.text)
        )
        if is_assertion(one.type):
            found = _checked(one, group, first, in_mock=in_mock)
        elif one.name in {"StopIteration", "StopAsyncIteration"} and in_mock:
            found = _answer(group, "the mock's list of answers (`side_effect`) ran out", "asks more often")
        else:
            found = _gone(one, group, in_mock=in_mock) or _leaked(one, group)
        if found is not None:
            return found
    return None


def _checked(one: Spoken, group: Group, first: str, *, in_mock: bool) -> Explanation | None:
    """A mock's assertion, or a comparison of what a mock counted; or a mock in the compared value."""
    said = _SAID.match(one.message)
    if said is not None and (in_mock or one.raised is None):
        lines = [line.strip() for line in one.message.splitlines() if line.strip()][:3]
        return _answer(group, "; ".join(lines)[:300], "calls it otherwise")
    return None if one.type.endswith("Failed") else _compared(one, group, first)


def _compared(one: Spoken, group: Group, first: str) -> Explanation | None:
    """A plain assertion about what a mock counted, or with a mock in the compared value."""
    statement = group.facts.source_of(group.trouble.frame) or shown_statement(group.trouble.text)
    asks = not statement or bool(_COUNTED.search(statement))
    counted = _COUNTS.search(one.message)
    leaked = _COMPARED.search(first)
    if asks and counted is not None:
        return _answer(
            group, f"the assertion asks a mock for its `{counted['what']}`: {first[:200]}", "calls it otherwise"
        )
    if (asks and _CALLS.match(first)) or (statement and asks and leaked is not None):
        return _answer(group, f"the assertion compares a mock's calls: {first[:200]}", "calls it otherwise")
    return _leak(group, leaked["name"] or "", first[:300]) if leaked is not None else None


def _gone(one: Spoken, group: Group, *, in_mock: bool) -> Explanation | None:
    """A patch of a name that the code does not have any more: the mock's own check of its target."""
    found = _NO_TARGET.search(one.message) if one.name == "AttributeError" and in_mock else None
    if found is None:
        return None
    said = f"{words_of(one)}: the test patches `{found['name']}`, which is not there"
    return _answer(group, said, "renames what it patches")


def _leaked(one: Spoken, group: Group) -> Explanation | None:
    """A mock where an operation wanted the real thing."""
    if not _KINDS.search(one.name):
        return None
    found = _OPERAND.search(one.message[:1_000])
    if found is None or re.search(r"does not have the attribute|Cannot (?:spec|autospec)", one.message):
        return None
    return _leak(group, found.groupdict().get("name") or "", words_of(one))


def _leak(group: Group, name: str, said: str) -> Explanation:
    which = f"`{name}`" if name else "a mock"
    at = place(group.trouble.frame)
    return Explanation(
        "over-mocked",
        (Evidence("runtime", said), Evidence("runtime", f"{which} stands where a real value should")),
        f"Give {which} a real return value, or use the real object: what is compared"
        + (f" at {at}" if at else "")
        + " came out of the mock.",
        "over-mocked",
    )


def _answer(group: Group, said: str, otherwise: str) -> Explanation:
    at = place(group.trouble.frame)
    statement = group.facts.source_of(group.trouble.frame) or shown_statement(group.trouble.text)
    evidence = [Evidence("runtime", said)]
    if statement and at:
        evidence.append(Evidence("static", f"{at}: `{statement[:160]}`"))
    return Explanation(
        "over-mocked",
        tuple(evidence),
        f"Assert what comes out instead of how the code gets there{f' ({at})' if at else ''}: any change that "
        f"{otherwise} breaks this test.",
        "over-mocked",
    )


_MOCK = "/usr/lib/python3.11/unittest/mock.py:assert_called_once"
PROVEN = (
    Example(
        "called never", message="Expected 'send' to have been called once. Called 0 times.", raised=_MOCK, says="'send'"
    ),
    Example(
        "other arguments",
        message="expected call not found.\nExpected: send('a')\n  Actual: send('b')",
        raised=_MOCK,
        says="send('b')",
    ),
    Example(
        "an older Python", message="Expected call: send('a')\nActual call: send('b')", raised=_MOCK, says="send('b')"
    ),
    Example(
        "awaited never",
        message="Expected mock to have been awaited once. Awaited 0 times.",
        raised=_MOCK,
        says="Awaited 0",
    ),
    Example("from a JUnit file", message="Expected 'send' to be called once. Called 2 times.", says="Called 2"),
    Example(
        "its count is compared",
        message="assert 1 == 2\n +  where 1 = <MagicMock name='send' id='1399'>.call_count",
        says="call_count",
    ),
    Example(
        "what is patched is not there",
        "AttributeError",
        "<module 'shop' from 'shop.py'> does not have the attribute 'pay'",
        raised="/usr/lib/python3.11/unittest/mock.py:get_original",
        says="`pay`",
    ),
    Example("its calls are compared", message="assert call('bob') == call('Bob')", says="calls"),
    Example(
        "a leak into the compared value",
        message="assert <MagicMock name='api.total()' id='1399'> == 42",
        says="`api.total()`",
    ),
    Example(
        "a leak into an operator",
        "TypeError",
        "'>' not supported between instances of 'MagicMock' and 'int'",
        says="a mock",
    ),
    Example("a leak into an await", "TypeError", "object MagicMock can't be used in 'await' expression", says="a mock"),
    Example("a leak into JSON", "TypeError", "Object of type MagicMock is not JSON serializable", says="a mock"),
    Example(
        "a leak into SQL",
        "sqlite3.ProgrammingError",
        "Error binding parameter 1: type 'MagicMock' is not supported",
        says="a mock",
    ),
    Example(
        "a spec forbids it", "AttributeError", "Mock object has no attribute 'refund'", raised=_MOCK, says="refund"
    ),
    Example(
        "its answers ran out",
        "StopIteration",
        "",
        raised="/usr/lib/python3.11/unittest/mock.py:_execute_mock_call",
        says="side_effect",
    ),
)
SILENT = (
    Example("an attribute that the code asks for", "AttributeError", "'Shop' object does not have the attribute 'pay'"),
    Example("a mock in an argument", message="assert 3 == 4\n +  where 3 = total(<MagicMock name='cart' id='1399'>)"),
    Example("the application's own class", "AttributeError", "'MockPayment' object has no attribute 'refund'"),
    Example("the application's own words", "ValueError", "Mock mode is switched off"),
    Example(
        "somebody's words",
        "Failed",
        "Expected 'send' to be called once",
        code="def test_example():\n    check()  # <-\n",
    ),
    Example(
        "a mock's side effect is the code's exception",
        "ValueError",
        "no such order",
        raised="/usr/lib/python3.11/unittest/mock.py:_execute_mock_call",
    ),
    Example("a plain comparison", message="assert 'MagicMock' == 'Mock'"),
)
