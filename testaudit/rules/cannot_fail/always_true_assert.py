"""An assertion that is always true, or that compares nothing because a comma stands where `==` was meant.

`assert (x == 1, "message")` asserts a tuple of two, `assert "text"` a text, `assert len(x) >= 0` what no list can
break, `assert (ok(x) for x in xs)` a generator. `assert x, [1, 2]` and `assertTrue(x, 7)` ask only whether `x` is
truthy: what follows the comma is the message. Each reads as a check, and passes when the code answers something else.

Take the parentheses away, write the comparison, or say what the text was to be found in. `assert True` as the only
check of a test is a placeholder: assert what should have happened, or say in a comment that running through is all.

The guide asks each test to verify an outcome; a check that cannot be false verifies none. `x == x` (a test of `__eq__`)
and what a mock counts (`m.called`) are left alone, and so are messages of any kind beside a comparison.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from testaudit.rules.interface import Code, Hit, Rule, Settings, qualified
from testaudit.source.checks import checks_of
from testaudit.source.contracts import is_put_off, promises_only_to_run
from testaudit.source.truths import is_mock, is_plain_truth, why_always_true

if TYPE_CHECKING:
    from collections.abc import Iterator

    from testaudit.source.index import Function, Statement
    from testaudit.source.interface import SourceFile, Sources

_FIXED = (
    ast.Constant,
    ast.Tuple,
    ast.List,
    ast.Set,
    ast.Dict,
    ast.Compare,
    ast.UnaryOp,
    ast.cmpop,
    ast.unaryop,
    ast.expr_context,
)
_METHODS = ("assertTrue", "assertFalse", "assert_", "failUnless")


def find(file: SourceFile, sources: Sources, _settings: Settings) -> Iterator[Hit]:
    """Assertions that hold whatever happens, and those in which a comma stands where a comparison was meant."""
    placeholders: dict[Function, list[Statement]] = {}
    for statement, test, message, method in _assertions(file):
        why = "" if method == "assertFalse" else _why_true(test, statement, file)
        if why:
            yield _hit(statement, sources, f"This assertion is always true: {why}.", why)
        elif is_plain_truth(test) and method != "assertFalse":
            placeholders.setdefault(statement.function, []).append(statement)
        elif message is not None and _meant_to_compare(test, message):
            why = "a value stands where a message would, and nothing looks at it"
            yield _hit(
                statement, sources, "This assertion compares nothing: what follows the comma is its message.", why
            )
    for function, statements in placeholders.items():
        if _is_only_check(function, statements, file, sources):
            why = "no other check in the test, its helpers or its fixtures"
            yield _hit(statements[-1], sources, "The only check of this test is a constant: it cannot fail.", why)


def _why_true(test: ast.expr, statement: Statement, file: SourceFile) -> str:
    why = why_always_true(test)
    return why or ("a mock is always true" if is_mock(test, statement.function, file) else "")


def _assertions(file: SourceFile) -> Iterator[tuple[Statement, ast.expr, ast.expr | None, str]]:
    """Statement, what is asserted, the message, and the method's name."""
    for statement in file.statements_of(ast.Assert):
        if isinstance(statement.node, ast.Assert):
            yield statement, statement.node.test, statement.node.msg, ""
    for node, statement in file.calls(*_METHODS):
        if node.args and isinstance(node.func, ast.Attribute):
            yield statement, node.args[0], node.args[1] if len(node.args) > 1 else None, node.func.attr


def _meant_to_compare(test: ast.expr, message: ast.expr) -> bool:
    if isinstance(message, ast.Compare):
        return True
    if isinstance(test, ast.Compare | ast.BoolOp | ast.UnaryOp | ast.Constant):
        return False
    match message:
        case ast.Constant(value=value):
            return isinstance(value, bytes | int | float | complex) and not isinstance(value, bool)
        case ast.Tuple(elts=elements) | ast.List(elts=elements) | ast.Set(elts=elements):
            return bool(elements) and all(_is_fixed(element) for element in elements)
        case ast.Dict(keys=keys, values=values):
            return all(key is not None and _is_fixed(key) for key in keys) and all(map(_is_fixed, values))
    return False


def _is_fixed(node: ast.expr) -> bool:
    """Literals, down to the bottom; and comparisons of them, which a search and replace left behind."""
    return all(isinstance(part, _FIXED) for part in ast.walk(node))


def _is_only_check(function: Function, statements: list[Statement], file: SourceFile, sources: Sources) -> bool:
    if not sources.is_test(function) or is_put_off(function) or promises_only_to_run(sources, file, function):
        return False
    own = {statement.line for statement in statements}
    return all(check.path == function.path and check.line in own for check in checks_of(sources, function))


def _hit(statement: Statement, sources: Sources, message: str, evidence: str) -> Hit:
    return Hit(statement.line, statement.end_line, qualified(statement.function, sources), message, (evidence,))


RULE = Rule(
    code="TA902",
    slug="always-true-assert",
    antipattern="cannot-fail",
    severity="error",
    confidence=(("static", "high"),),
    remedy="Write the comparison that is meant; without the parentheses, and with == instead of the comma.",
    find=find,
    bad=(
        Code("""
def test_total(cart):
    assert (cart.total == 3, "a total")  # <-
    assert "3 books"  # <-
    assert f"{cart.total} books"  # <-
    assert len(cart.items) >= 0  # <-
    assert 0 <= len(cart.items)  # <-
    assert (item.price > 0 for item in cart.items)  # <-
    assert [cart.total]  # <-
    assert lambda: cart.total == 3  # <-
"""),
        Code("""
def test_shape(cart):
    assert cart.shape, (2, 1)  # <-
    assert list(cart), [1, 2 == 3]  # <-
    assert cart.total(), 42  # <-
    assert cart.first, cart.last == "book"  # <-

class TestCart:
    def test_total(self):
        self.assertTrue(len(self.cart), 7)  # <-
        self.assertTrue("a book")  # <-
"""),
        Code("""
from unittest.mock import Mock

def test_send(mailer):
    sent = Mock()
    mailer.send(sent)
    assert sent  # <-

def test_close(mailer):
    mailer.close()
    assert True  # <-
"""),
    ),
    good=(
        Code("""
def test_equality(cart):
    assert cart == cart
    assert cart.mock.called
    assert cart.mock.call_count
    assert len(cart.items) >= 1
    assert len(cart.items) > 0
    assert [item for item in cart.items]
    assert all(item.price > 0 for item in cart.items)
    assert (cart.total == 3), "a total"
"""),
        Code("""
def test_messages(cart, response):
    assert response.status == 200, response.text
    assert cart.total == 3, (cart.total, 3)
    assert not cart.items, ["kept", 3]
    assert cart.find("book"), cart.items
    assert cart.is_open(), True
    assert 0 < cart.total < 5, 3

class TestCart:
    def test_form(self):
        self.assertTrue(self.form.is_valid(), self.form.errors)
        self.assertTrue(self.cart.open, "must be open")
        self.assertFalse(self.cart.failed, self.cart.failed)
"""),
        Code("""
import pytest

def test_close_twice(pool):
    pool.close()
    # If we get here, it worked.
    assert True

def test_branches(pool):
    if pool.closed:
        assert True
    else:
        pytest.fail("still open")

@pytest.mark.skip(reason="#12")
def test_later():
    assert True
"""),
        Code("""
from unittest.mock import MagicMock

def test_truth():
    thing = MagicMock()
    thing.__bool__.return_value = False
    assert thing

def test_rebound(make):
    thing = MagicMock()
    thing = make(thing)
    assert thing
    assert ()
    assert ""
"""),
    ),
)
