"""`missing-await`: something asynchronous was called and not awaited; what the test holds is the coroutine itself.

Proven where a coroutine stands in the exception or in the compared value, where pytest says that nothing runs its
`async def` tests, and where Python warned in this test that a coroutine was never awaited, and a check failed then.
Awaiting what is no coroutine is the opposite mistake, and left alone.
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from testaudit.causes.interface import Example, Explanation, Group
from testaudit.causes.reading import all_spoken, place, words_of
from testaudit.causes.signature import is_assertion
from testaudit.model import Evidence
from testaudit.source.index import Function, terminal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from testaudit.source.interface import SourceFile

_OPERAND = re.compile(
    r"['\"](?:coroutine|async_generator)['\"]|\b(?:type|non-iterable|object) (?:coroutine|async_generator)\b"
)
_OPPOSITE = re.compile(
    r"was expected|is required|can't be used in 'await'|cannot reuse already awaited|already running"
)
_VALUE = re.compile(
    r"<(?:coroutine|async_generator) "
    r"(?:object (?P<name>[\w.<>]+) at 0x|o[\w.<> ]*\.\.\.[\w.<> ]*>|object [\w.<> ]*\.\.\.)"
)
_AT_INDEX = re.compile(r"^\s*(?:At index \d+ diff|First differing element)[^\n]*(?:\n[^\n]*)?", re.MULTILINE)
_NEVER = re.compile(r"coroutine '(?P<name>[^']+)' was never awaited")
_NOT_RUN = re.compile(
    r"async def functions? (?:are|is) not natively supported|requested an async fixture '(?P<fixture>[^']+)'"
)
_TYPES = re.compile(
    r"TypeError|AttributeError|ValueError|InterfaceError|ProgrammingError|SerializationError|EncodeError|ValidationError"
)
_PLUGINS = {"asyncio": "pytest-asyncio", "anyio": "anyio", "trio": "pytest-trio", "tornado": "pytest-tornasync"}


def explain(group: Group) -> Explanation | None:
    """Proven by the coroutine in the exception, in the value, or in a warning of this test."""
    trouble = group.trouble
    first = trouble.message.split("\n", 1)[0]
    if trouble.type.endswith("Failed") or not trouble.type:
        return _not_run(group)
    for one in reversed(all_spoken(group)):
        if (found := _NEVER.search(one.message)) is not None and "Warning" in one.name:
            return _answer(group, found["name"], words_of(one))
        if is_assertion(one.type):
            value = _VALUE.search(first) if one.message == trouble.message else None
            if value is not None and "coroutine object" not in group.test_text:
                element = _AT_INDEX.search(trouble.message)
                named = _VALUE.search(element[0]) if element is not None else None
                return _answer(group, value["name"] or (named and named["name"]) or "", first[:300])
        elif _TYPES.search(one.name) and _OPERAND.search(one.message) and not _OPPOSITE.search(one.message):
            named = _VALUE.search(one.message)
            return _answer(group, named["name"] if named else "", words_of(one))
    return _warned(group)


def _not_run(group: Group) -> Explanation | None:
    found = _NOT_RUN.search(group.trouble.message[:2_000])
    if found is None:
        return None
    names = {marker.name for test in group.tests for marker in test.markers}
    plugin = next((plugin for mark, plugin in _PLUGINS.items() if mark in names), "")
    count = len(group.tests)
    if plugin:
        advice = f"Install `{plugin}` in the tests' environment: the marker is there, and nothing runs it."
    else:
        advice = "Install a plugin that runs `async def` tests (pytest-asyncio, anyio) and mark them for it."
    said = f"{found[0]}: {count} test{'s' if count > 1 else ''} never ran"
    return Explanation("missing-await", (Evidence("runtime", said),), advice, "flaky")


def _warned(group: Group) -> Explanation | None:
    """A check that failed in a test in which Python warned."""
    kind = group.trouble.type
    if not (is_assertion(kind) or kind in {"TypeError", "AttributeError", "KeyError", "IndexError"}):
        return None
    for test in group.tests:
        for warning in group.facts.warned.get(test.node_id, ()):
            found = _NEVER.search(warning.message)
            if found is None or "Mock" in found["name"]:
                continue
            line = _call_line(group, found["name"])
            if _is_about(group, found["name"]) if line else is_assertion(kind):
                return _answer(group, found["name"], f"{warning.category} in {test.node_id}: {found[0]}")
    return None


def _answer(group: Group, name: str, said: str) -> Explanation:
    short = name.rpartition(".")[2]
    line = _call_line(group, short) if short else ""
    if not line:
        guessed, line_of = _guess(group)
        short, line = (short or guessed), line_of
    at = line or place(group.trouble.frame)
    evidence = [Evidence("runtime", said)]
    if line:
        evidence.append(Evidence("static", f"`{short}(...)` at {line} is not awaited"))
    called = f"`{short}(...)`" if short else "the coroutine"
    return Explanation(
        "missing-await",
        tuple(evidence),
        f"Await {called}" + (f" at {at}" if at else "") + "; the function that awaits it has to be `async` itself.",
        "flaky",
    )


def _functions(group: Group) -> Iterator[tuple[SourceFile, Function]]:
    """The test's own function, and the one around the failing line."""
    facts = group.facts
    file = facts.file(group.tests[0].path)
    if file is not None and group.test_function is not None:
        yield file, group.test_function
    frame = group.trouble.frame
    other = facts.file(frame.path) if frame is not None else None
    if other is not None and frame is not None:
        yield other, other.function_at(frame.line)


def _call_line(group: Group, name: str) -> str:
    """Where a coroutine function of this name is called and not awaited."""
    short = name.rpartition(".")[2]
    for file, function in _functions(group):
        for inner in function.inside:
            for call, _ in inner.calls:
                if terminal(call) == short and not _is_awaited(call, inner):
                    return f"{file.path}:{call.lineno}"
    return ""


def _is_about(group: Group, name: str) -> bool:
    """Whether the failing line asks for something that the call which nobody awaited could have changed."""
    statement = group.facts.statement(group.trouble.frame)
    if statement is None:
        return True
    asked = _names(statement.node)
    for _ in range(3):
        for known in tuple(asked):
            for value, _ in statement.function.assignments.get(known, ()):
                asked |= _names(value)
    short = name.rpartition(".")[2]
    for _, function in _functions(group):
        for inner in function.inside:
            for call, _ in inner.calls:
                if terminal(call) == short and not _is_awaited(call, inner):
                    touched = _names(call)
                    for nested in function.inside:
                        if nested.name == short:
                            touched |= _names(nested.node)
                    if touched & asked - {short, "self"}:
                        return True
    return False


def _names(node: ast.AST) -> set[str]:
    return {inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)}


def _is_awaited(call: ast.Call, function: Function) -> bool:
    """Whether the call is awaited, or handed to something that does (`asyncio.run`, `gather`, `create_task`)."""
    for statement in function.statements:
        if not statement.line <= call.lineno <= statement.end_line:
            continue
        for node in (statement.node, *statement.way_to(call)):
            if isinstance(node, ast.Await):
                return True
            if isinstance(node, ast.Call) and terminal(node) in {
                "run",
                "gather",
                "create_task",
                "ensure_future",
                "wait_for",
                "run_until_complete",
                "shield",
                "start_soon",
            }:
                return True
    return False


def _guess(group: Group) -> tuple[str, str]:
    """The call whose result the failing line uses: `resp = client.get()`, then `resp.status`."""
    frame = group.trouble.frame
    statement = group.facts.statement(frame)
    if frame is None or statement is None or hasattr(statement.node, "body"):
        return "", ""
    used = [node for node in ast.walk(statement.node) if isinstance(node, ast.Attribute | ast.Subscript)]
    for node in used:
        if isinstance(node.value, ast.Call) and not _is_awaited(node.value, statement.function):
            return terminal(node.value), f"{frame.path}:{node.value.lineno}"
    names = {node.id for node in ast.walk(statement.node) if isinstance(node, ast.Name)}
    for name in sorted(names):
        for value, home in reversed(statement.function.assignments.get(name, [])):
            is_before = home.line <= statement.line
            if is_before and isinstance(value, ast.Call) and not _is_awaited(value, statement.function):
                if terminal(value)[:1].isupper():
                    continue
                return terminal(value), f"{frame.path}:{value.lineno}"
    return "", ""


_CODE = "import app\n\nasync def test_example():\n    answer = app.fetch(1)\n    assert answer.status == 200  # <-\n"
PROVEN = (
    Example(
        "an attribute of the coroutine",
        "AttributeError",
        "'coroutine' object has no attribute 'status'",
        code=_CODE,
        says="`fetch(...)` at tests/test_example.py:4",
    ),
    Example("an item of the coroutine", "TypeError", "'coroutine' object is not subscriptable", says="Await"),
    Example(
        "the coroutine is compared",
        message="assert <coroutine object fetch at 0x7f3a> == 3",
        code="def test_example():\n    assert fetch() == 3  # <-\n",
        says="`fetch(...)`",
    ),
    Example("unittest compares it", message="<coroutine object Shop.total at 0x7f3a> != 3", says="`total(...)`"),
    Example(
        "it was warned of, and what it does is missing",
        message="assert [] == ['a']",
        code="async def test_example(store):\n    store.save('a')\n    assert await store.all() == ['a']  # <-\n",
        warnings=("RuntimeWarning: coroutine 'Store.save' was never awaited",),
        says="test_example.py:2",
    ),
    Example(
        "nothing runs async tests",
        "Failed",
        "async def functions are not natively supported.\nYou need to install a suitable plugin",
        says="pytest-asyncio",
    ),
    Example("a warning that is an error", "RuntimeWarning", "coroutine 'fetch' was never awaited", says="fetch"),
    Example("JSON", "TypeError", "Object of type coroutine is not JSON serializable", says="Await"),
    Example("an operator", "TypeError", "unsupported operand type(s) for +: 'coroutine' and 'int'", says="Await"),
    Example(
        "an async fixture that nothing runs",
        "AttributeError",
        "'async_generator' object has no attribute 'get'",
        says="Await",
    ),
)
SILENT = (
    Example(
        "it was warned of, and has no part in what failed",
        message="assert 'a' == 'b'",
        code="async def test_example(store, draft):\n    store.save('a')\n    assert draft.end() == 'b'  # <-\n",
        warnings=("RuntimeWarning: coroutine 'Store.save' was never awaited",),
    ),
    Example("awaiting what is no coroutine", "TypeError", "object dict can't be used in 'await' expression"),
    Example("a coroutine was wanted", "ValueError", "a coroutine was expected, got 3"),
    Example(
        "a double that nobody awaited",
        message="assert 1 == 2",
        warnings=("RuntimeWarning: coroutine 'AsyncMockMixin._execute_mock_call' was never awaited",),
    ),
    Example(
        "a coroutine in an argument",
        message="assert False\n +  where False = iscoroutine(<coroutine object fetch at 0x7f>)",
    ),
    Example(
        "a test about coroutines",
        message="assert '<coroutine object f at 0x7f3a>' == ''",
        code="def test_example():\n    assert show(f()) == '<coroutine object f>'  # <-\n",
    ),
    Example(
        "a failing async test",
        message="assert 1 == 2",
        code="async def test_example():\n    assert await one() == 2  # <-\n",
    ),
    Example("the application's own words", "ValueError", "the coroutine of the scheduler stopped"),
)
