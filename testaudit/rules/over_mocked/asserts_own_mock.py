"""The asserted value is the one that the test itself put into a mock.

Nothing of the project stands between: the mock was made here, handed to nobody, and asked here. Such a test passes
whatever the code does, and is about the mock library alone.

Hand the double to the code under test, and check what that code makes of it.

Left alone: mocks that are handed to anything, values that went through code of the project, checks of what a mock was
asked, expectations that are read from a mock to compare a result with them.

The guide's anti-pattern 2, "Over-Mocking in Integration Tests".
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from testaudit.rules.interface import Code, Hit, Rule, Settings, qualified
from testaudit.source.expressions import own_expressions
from testaudit.source.index import chain
from testaudit.source.interactions import is_of_mock
from testaudit.source.patches import makes_mock, speaks_of_doubles
from testaudit.source.vocabulary import assertion_call

if TYPE_CHECKING:
    from collections.abc import Iterator

    from testaudit.source.interface import Function, SourceFile, Sources

_COMPARES = frozenset({"assertEqual", "assertEquals", "assertIs", "assertTrue", "assertFalse", "assertIsNone"})


def find(file: SourceFile, sources: Sources, _settings: Settings) -> Iterator[Hit]:
    """Checks of a mock's own answer."""
    if not speaks_of_doubles(file):
        return
    for test in sources.tests_in(file):
        mocks = _kept_mocks(test, file)
        if not mocks or test.nested:
            continue
        told = _told(test, mocks)
        answers = _answers(test, told)
        for statement in test.statements:
            sides = _compared(statement.node)
            if not sides or not any(_is_answer(side, told, answers) for side in sides):
                continue
            if all(_is_answer(side, told, answers) or _is_plain(side) for side in sides):
                yield Hit(
                    statement.line,
                    statement.end_line,
                    qualified(test, sources),
                    "Checks the answer that this test has put into a mock: no code of the project stands between.",
                    ("the mock is made here, handed to nobody, and asked here",),
                )


def _kept_mocks(test: Function, file: SourceFile) -> frozenset[str]:
    """The mocks that the test makes and keeps to itself."""
    made = {
        name
        for name, values in test.assignments.items()
        if len(values) == 1 and makes_mock(values[0][0], file, test) and isinstance(values[0][1].node, ast.Assign)
    }
    if not made:
        return frozenset()
    for statement in test.statements:
        reached: set[int] = set()
        names: list[ast.Name] = []
        for node in own_expressions(statement.node):
            if isinstance(node, ast.Attribute):
                reached.add(id(node.value))
            elif isinstance(node, ast.Call):
                reached.add(id(node.func))
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
                names.append(node)
        made -= {name.id for name in names if id(name) not in reached}
    return frozenset(made)


def _told(test: Function, mocks: frozenset[str]) -> frozenset[str]:
    """What the test has put into its mocks: `m.total.return_value = 3` -> `m.total()`, `m.size = 3` -> `m.size`."""
    found: set[str] = set()
    for target, statement in test.writes:
        names = chain(target)
        if names and names[0] in mocks and isinstance(statement.node, ast.Assign):
            found.add(".".join(names[:-1]) + "()" if names[-1] == "return_value" else ".".join(names))
    for name in mocks:
        value = test.assignments[name][0][0]
        for word in value.keywords if isinstance(value, ast.Call) else ():
            if word.arg == "return_value":
                found.add(f"{name}()")
            elif word.arg and word.arg not in {"spec", "spec_set", "wraps", "name", "side_effect"}:
                found.add(f"{name}.{word.arg}")
    return frozenset(found)


def _answers(test: Function, told: frozenset[str]) -> frozenset[str]:
    """Local names that hold nothing but such an answer: `result = m.total()`."""
    return frozenset(
        name
        for name, values in test.assignments.items()
        if len(values) == 1 and isinstance(values[0][1].node, ast.Assign) and _asks(values[0][0]) in told
    )


def _asks(node: ast.AST) -> str:
    node = node.value if isinstance(node, ast.Await) else node
    if isinstance(node, ast.Call):
        name = ".".join(chain(node.func))
        return f"{name}()" if name else ""
    names = chain(node)
    return ".".join(names) if len(names) > 1 and not any(map(is_of_mock, names)) else ""


def _is_answer(node: ast.AST, told: frozenset[str], answers: frozenset[str]) -> bool:
    while isinstance(node, ast.Subscript):
        node = node.value
    return (isinstance(node, ast.Name) and node.id in answers) or (_asks(node) in told)


def _is_plain(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) or (
        isinstance(node, ast.List | ast.Tuple | ast.Dict) and not any(isinstance(at, ast.Name) for at in ast.walk(node))
    )


def _compared(node: ast.AST) -> list[ast.expr]:
    """The two sides of an equality that a check asserts, or its one operand."""
    if isinstance(node, ast.Assert):
        if isinstance(node.test, ast.Compare):
            same = all(isinstance(sign, ast.Eq | ast.Is) for sign in node.test.ops)
            return [node.test.left, *node.test.comparators] if same else []
        return [node.test]
    call = assertion_call(node)
    if call is not None and isinstance(call.func, ast.Attribute) and call.func.attr in _COMPARES:
        return list(call.args[:2])
    return []


RULE = Rule(
    code="TA203",
    slug="asserts-own-mock",
    antipattern="over-mocked",
    severity="error",
    confidence=(("static", "medium"),),
    remedy="Hand the double to the code under test, and check what that code makes of it.",
    find=find,
    bad=(
        Code("""
from unittest.mock import Mock

def test_total():
    basket = Mock()
    basket.total.return_value = 3
    result = basket.total()
    assert result == 3  # <-
"""),
        Code("""
from unittest import TestCase
from unittest.mock import MagicMock

class TestBasket(TestCase):
    def test_size(self):
        basket = MagicMock(size=2)
        self.assertEqual(basket.size, 2)  # <-
"""),
    ),
    good=(
        Code("""
from unittest.mock import Mock
from shop import checkout

def test_total():
    basket = Mock()
    basket.total.return_value = 3
    assert checkout.run(basket) == 3
    assert basket.total() == 3
"""),
        Code("""
from unittest.mock import Mock
from shop import checkout

def test_asked():
    basket = Mock()
    basket.total.return_value = 3
    assert basket.total.call_count == 0
    assert checkout.empty() == basket.total()
"""),
        Code("""
from unittest.mock import Mock
from shop import instrument

def test_wrapped():
    client = Mock()
    client.chat.return_value = "yes"
    instrument(client)
    assert client.chat() == "yes"

def test_nested():
    basket = Mock(size=2)
    def grow():
        basket.size = 3
    grow()
    assert basket.size == 3
"""),
    ),
)
