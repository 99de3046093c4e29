"""`pytest.raises(Exception)`: whatever goes wrong in the block makes the test pass, a misspelt name included.

The test was written for one error. When the code stops before it gets there (an argument was renamed, an import moved,
the connection failed), something is raised all the same, and the test stays green. With an assertion inside the block
it is worse: where that fails, its AssertionError is the exception that was expected.

Name the exception that is meant, or add `match=` with a part of its message. Keep the block to the call that raises.

The guide asks that each test verify an outcome; ruff (PT011, B017) and flake8-bugbear name the same shape. Silent where
the exception is examined afterwards, or what else came of the call; where the test itself raises a plain `Exception`
and expects it back; and where a comment or the docstring says why any will do.
"""

from __future__ import annotations

import ast
import re
from itertools import islice
from typing import TYPE_CHECKING

from testaudit.rules.interface import Code, Hit, Rule, Settings, qualified
from testaudit.source.expressions import own_expressions
from testaudit.source.fixtures import fixture_closure, set_ups
from testaudit.source.index import chain
from testaudit.source.vocabulary import is_check

if TYPE_CHECKING:
    from collections.abc import Iterator

    from testaudit.source.interface import Function, SourceFile, Sources, Statement

_BROAD = frozenset({"Exception", "BaseException"})
MAX_GAP = 4
"""Lines between a block and the check of its effect."""
_NARROWED = frozenset({"match", "check", "msg"})
_WHY = re.compile(
    r"(?i:\bany\b|whatever|platform|depend|specific|exact|unspecified|vari(es|ous)|different|some (kind|sort)|either"
    r"|type of|generic|broad|deliberate|(not|n't) (care|matter)|nicer|currently|(can|may|might|could) (also )?raise)"
    r"|\bException\b|EXCEPTION|B017|PT011|W0719"
)


def find(file: SourceFile, sources: Sources, _settings: Settings) -> Iterator[Hit]:
    """Blocks and calls that any error satisfies."""
    if not any(name in file.text for name in _BROAD):
        return
    for node, statement in file.calls("raises", "assertRaises"):
        name = _expected(node, statement, file)
        if not name or _is_examined(statement) or _says_why(statement, file):
            continue
        if _is_raised_by_hand(node, statement.function, sources):
            continue
        swallows = _swallows_check(statement)
        if not swallows and _is_effect_checked(statement):
            continue
        what = "a failed assertion in the block as well" if swallows else "a misspelt name as well"
        yield Hit(
            statement.line,
            statement.end_line,
            qualified(statement.function, sources),
            f"Whatever is raised satisfies {name} here, {what}.",
            ("no match=, and nothing examines the exception",),
        )


def _expected(node: ast.Call, statement: Statement, file: SourceFile) -> str:
    """`Exception` or `BaseException`, where nothing narrows it."""
    if any(word.arg in _NARROWED for word in node.keywords):
        return ""
    is_method = isinstance(node.func, ast.Attribute) and node.func.attr == "assertRaises"
    if not is_method and file.dotted(node.func, statement.function) != "pytest.raises":
        return ""
    named = [word.value for word in node.keywords if word.arg == "expected_exception"]
    expected = next(iter([*node.args[:1], *named]), None)
    for one in expected.elts if isinstance(expected, ast.Tuple) else [expected]:
        if isinstance(one, ast.Name) and one.id in _BROAD and one.id not in file.imports:
            return one.id
    return ""


def _is_examined(statement: Statement) -> bool:
    """Whether what was raised gets a name, or is handed on."""
    node = statement.node
    if isinstance(node, ast.With | ast.AsyncWith):
        return any(item.optional_vars is not None for item in node.items)
    return not isinstance(node, ast.Expr) or isinstance(node.value, ast.Attribute)


def _says_why(statement: Statement, file: SourceFile) -> bool:
    """A comment beside it or above the first of several such blocks, or the docstring; a linter's code will do."""
    if _WHY.search(statement.function.docstring):
        return True
    if "#" not in file.text:
        return False
    first = _first_of_run(statement)
    lines = (*range(first - 3, first + 1), statement.line, statement.line + 1)
    said = [file.comments[line] for line in lines if line in file.comments]
    return _WHY.search("\n".join((*said, file.comment_block_above(first)))) is not None


def _first_of_run(statement: Statement) -> int:
    """The line where an unbroken run of like statements begins: one comment stands above them all."""
    ends = {
        sibling.end_line: sibling.line
        for sibling in statement.function.statements
        if sibling.parent is statement.parent and type(sibling.node) is type(statement.node)
    }
    first = statement.line
    while first - 1 in ends:
        first = ends[first - 1]
    return first


def _is_effect_checked(statement: Statement) -> bool:
    """Whether a check follows at once: what the call did is what the test is about, not how it ended."""
    after = [
        sibling
        for sibling in statement.function.statements
        if sibling.parent is statement.parent and sibling.block == statement.block and sibling.line > statement.end_line
    ]
    following = after[:2]
    return any(is_check(sibling.node) and sibling.line <= statement.end_line + MAX_GAP for sibling in following)


def _is_raised_by_hand(node: ast.Call, function: Function, sources: Sources) -> bool:
    """Whether the test, its fixtures or its set-up raise the plain exception that is expected back."""
    around = [fixture.function for fixture in fixture_closure(sources, function).values() if fixture is not None]
    makers = (
        maker
        for home in (function, *around, *set_ups(sources, function))
        for inner in home.inside
        for maker in _makers_of(inner, sources)
    )
    return any(maker is not node for maker in makers)


def _makers_of(function: Function, sources: Sources) -> list[ast.AST]:
    """The first two suffice: one of them may be the call that is asked about."""
    key = ("makes_broad", function)
    if key not in sources.held:
        sources.held[key] = list(islice(_making_broad(function), 2))
    known: list[ast.AST] = sources.held[key]
    return known


def _making_broad(function: Function) -> Iterator[ast.AST]:
    """Where a function makes a plain exception: `raise Exception`, `Exception("x")`, `side_effect=Exception`."""
    for statement in function.statements:
        if isinstance(statement.node, ast.ExceptHandler):
            continue
        for expression in own_expressions(statement.node):
            given: list[ast.AST] = []
            if isinstance(expression, ast.Call) and chain(expression.func)[-1:] not in (["raises"], ["assertRaises"]):
                given = [expression.func, *expression.args, *(word.value for word in expression.keywords)]
            elif isinstance(statement.node, ast.Raise | ast.Assign):
                given = [expression]
            if any(isinstance(one, ast.Name) and one.id in _BROAD for one in given):
                yield expression


def _swallows_check(statement: Statement) -> bool:
    return isinstance(statement.node, ast.With | ast.AsyncWith) and any(map(is_check, statement.node.body))


RULE = Rule(
    code="TA904",
    slug="broad-raises",
    antipattern="cannot-fail",
    severity="warning",
    confidence=(("static", "medium"),),
    remedy="Name the exception that is meant, or add match= with a part of its message.",
    find=find,
    bad=(
        Code("""
import pytest
from pytest import raises

def test_unknown_item(cart):
    with pytest.raises(Exception):  # <-
        cart.add("unknown")

def test_open(cart):
    with raises((ValueError, BaseException)):  # <-
        cart.open()
"""),
        Code("""
from unittest import TestCase

class TestCart(TestCase):
    def test_unknown(self):
        self.assertRaises(Exception, self.cart.add, "unknown")  # <-

    def test_total(self):
        with self.assertRaises(Exception):  # <-
            assert self.cart.total == 3
"""),
    ),
    good=(
        Code("""
import pytest

def test_named(cart):
    with pytest.raises(KeyError):
        cart.add("unknown")

def test_message(cart):
    with pytest.raises(Exception, match="no such item"):
        cart.add("unknown")

def test_examined(cart):
    with pytest.raises(Exception) as info:
        cart.add("unknown")
    assert "unknown" in str(info.value)

def test_effect(cart):
    with pytest.raises(Exception):
        cart.send()

    # All of them were tried.
    assert cart.attempts == 6

def test_returned(cart):
    error = pytest.raises(Exception, cart.add, "unknown")
    assert error.value.item == "unknown"
"""),
        Code("""
from unittest.mock import Mock
import pytest

@pytest.fixture
def broken():
    return Mock(side_effect=Exception)

def test_error_goes_through(cart):
    cart.store = Mock(side_effect=Exception("boom"))
    with pytest.raises(Exception):
        cart.save()

def test_rollback(cart):
    with pytest.raises(Exception):
        with cart.transaction():
            raise Exception

def test_broken(cart, broken):
    with pytest.raises(Exception):
        cart.save(broken)
"""),
        Code("""
import pytest
from unittest import TestCase

def test_socket(socket):
    # The exact error depends on the platform.
    with pytest.raises(Exception):
        socket.read()
    with pytest.raises(Exception):
        socket.write()

def test_versions(client):
    # Can raise ValueError on one version and an ExceptionGroup on the other
    with pytest.raises((ValueError, Exception)):
        client.get()

def test_linter(socket):
    with pytest.raises(Exception):  # noqa: B017
        socket.read()

def test_documented(parser):
    \"\"\"An unclosed bracket raises L{Exception}.\"\"\"
    with pytest.raises(Exception):
        parser.parse("(")

def test_own_exception(pytester):
    with pytest.raises(pytest.fail.Exception):
        pytester.run()
"""),
    ),
)
