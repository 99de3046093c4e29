"""A check of a mock that is none: a name that mocks do not have, or a check that is named but not called.

A mock answers every name that it does not know with another mock, and a mock is true. `m.called_with(1)` records a call
and passes; `assert m.called_once` and `assert m.assert_called_once` hold before anything was called; `m.assert_called`
alone on its line does nothing. (Python 3.12 refuses the first kind, and Python 3.5 most misspelt `assert_…`; a mock
that is `unsafe`, a `call` object and other doubles accept them still.)

Call the mock's own check: `m.assert_called_once_with(1)`. A `spec` or `autospec` lets such a slip fail at once.

The documentation of `unittest.mock` warns of it ("Autospeccing"). The suite's own spies with such a method, and checks
that are handed on (`addCallback(m.assert_called)`), are left alone.
"""

from __future__ import annotations

import ast
import re
from functools import lru_cache
from typing import TYPE_CHECKING

from testaudit.rules.interface import Code, Hit, Rule, Settings, qualified
from testaudit.source.index import root
from testaudit.source.wording import word_set

if TYPE_CHECKING:
    from collections.abc import Iterator

    from testaudit.source.index import Statement
    from testaudit.source.interface import SourceFile, Sources

_CHECKS = word_set(
    """
    assert_called assert_called_once assert_called_with assert_called_once_with assert_any_call assert_has_calls
    assert_not_called assert_awaited assert_awaited_once assert_awaited_with assert_awaited_once_with assert_any_await
    assert_has_awaits assert_not_awaited
    """
)
_WITHOUT_ASSERT = frozenset(name.removeprefix("assert_") for name in _CHECKS) - {"called", "awaited"}
"""`called` and `awaited` are attributes of a mock; the others are made up when they are asked for."""
_COMMON = frozenset({"has_calls", "any_call"})
"""Others have such methods, too: the thing must be called a mock."""
_LIKE = re.compile(r"(ass?ert|assret|aseert|assrt|asert)s?_?\w*(call|await)")
MAX_SLIPS = 2
_TRUE = "what a mock makes up is always true"
_TRUTH = word_set("assertTrue assertFalse assert_ assertIsNotNone")


def find(file: SourceFile, sources: Sources, _settings: Settings) -> Iterator[Hit]:
    """Names that no mock has, and checks that are named but not called."""
    if "mock" not in file.text.lower() and "patch" not in file.text:
        return
    own = {function.name for function in file.functions}
    for node, statement in file.calls(*sorted(_WITHOUT_ASSERT - own)):
        if _name(node) and _is_judged(node, statement) and _may_be_mock(node.func):
            yield _hit(statement, sources, f"{_name(node)}() is no check: a mock answers it with another mock.", _TRUE)
    for attribute, statement in file.attributes(*sorted((_CHECKS | _WITHOUT_ASSERT) - own)):
        if _is_judged(attribute, statement) and _may_be_mock(attribute):
            yield _hit(statement, sources, f"{attribute.attr} is only named here: nothing is checked.", _TRUE)
    for name in sorted(file.called_names() - own):
        meant = _misspelt(name)
        for node, statement in file.calls(name) if meant else ():
            if _name(node) and _may_be_mock(node.func):
                yield _hit(statement, sources, f"{name}() is no check of a mock: {meant}() is meant.", "misspelt")


def _name(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else ""


def _is_judged(node: ast.expr, statement: Statement) -> bool:
    """Whether the expression stands alone on its line, or is what an assertion asks about."""
    around = statement.node
    if isinstance(around, ast.Expr):
        value = around.value.value if isinstance(around.value, ast.Await) else around.value
        if value is node:
            return True
        if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute) and value.func.attr in _TRUTH:
            return bool(value.args) and node in _parts(value.args[0])
        return False
    return isinstance(around, ast.Assert) and node in _parts(around.test)


def _parts(test: ast.expr) -> list[ast.expr]:
    """What decides: through `not`, `and`, `or`."""
    found, todo = [], [test]
    while todo:
        part = todo.pop()
        if isinstance(part, ast.BoolOp):
            todo += part.values
        elif isinstance(part, ast.UnaryOp) and isinstance(part.op, ast.Not):
            todo.append(part.operand)
        else:
            found.append(part)
    return found


def _may_be_mock(called: ast.expr) -> bool:
    """`self.assert_calls()` is the test case's own; what another library returns from a call is nobody's we know."""
    if not isinstance(called, ast.Attribute):
        return False
    of = called.value
    if called.attr in _COMMON and not any("mock" in _named(part).lower() for part in ast.walk(of)):
        return False
    return isinstance(root(of), ast.Name) and not (isinstance(of, ast.Name) and of.id in {"self", "cls"})


def _named(node: ast.AST) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


@lru_cache(maxsize=2_000)
def _misspelt(name: str) -> str:
    """The check that a name means, when one or two letters are wrong."""
    if name in _CHECKS or not _LIKE.match(name):
        return ""
    distance, nearest = min((_distance(name, check), check) for check in _CHECKS)
    return nearest if distance <= MAX_SLIPS else ""


def _distance(one: str, other: str) -> int:
    """Letters to insert, delete, replace or swap, to come from one to the other."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        previous, row = row, [i]
        for j, wanted in enumerate(other, 1):
            cost = min(previous[j] + 1, row[j - 1] + 1, previous[j - 1] + (letter != wanted))
            if before and i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == wanted:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        before = previous
    return row[-1]


def _hit(statement: Statement, sources: Sources, message: str, evidence: str) -> Hit:
    return Hit(statement.line, statement.end_line, qualified(statement.function, sources), message, (evidence,))


RULE = Rule(
    code="TA903",
    slug="mock-assert-typo",
    antipattern="cannot-fail",
    severity="error",
    confidence=(("static", "high"),),
    remedy="Call the mock's own check, m.assert_called_once_with(...); a spec lets a slip fail.",
    find=find,
    bad=(
        Code("""
from unittest.mock import Mock

def test_send(mailer):
    transport = Mock()
    mailer.send(transport)
    transport.called_once_with(1)  # <-
    assert transport.write.called_with("x")  # <-
    assert not transport.close.called_once()  # <-
"""),
        Code("""
from unittest import TestCase, mock

class TestMailer(TestCase):
    @mock.patch("shop.transport")
    def test_send(self, transport):
        transport.write.assert_called_once  # <-
        assert transport.write.assert_called_with  # <-
        assert transport.write.called_once and transport.open  # <-
        self.assertTrue(transport.not_called)  # <-
        self.assertTrue(transport.mock_calls[0].called_with(1))  # <-
"""),
        Code("""
from unittest.mock import patch

def test_send(mailer):
    with patch("shop.transport") as transport:
        mailer.send()
    transport.assert_not_callled()  # <-
    transport.assert_called_once_wiht(1)  # <-
    transport.assret_called_once()  # <-
    transport.assert_has_call(1)  # <-
"""),
    ),
    good=(
        Code("""
from unittest.mock import Mock

def test_send(mailer):
    transport = Mock()
    mailer.send(transport)
    transport.assert_called_once_with(1)
    transport.write.assert_not_called()
    assert transport.called
    assert transport.call_count == 1
    assert transport.close.called
    assert transport.awaited
"""),
        Code("""
from unittest.mock import Mock

class Spy:
    def called_with(self, *wanted):
        return wanted in self.seen

    def assert_call(self):
        assert self.seen

def test_send(mailer):
    spy = Spy()
    mailer.send(spy)
    assert spy.called_with(1)
    spy.assert_call()
"""),
        Code("""
from unittest.mock import Mock

def test_later(deferred, responses):
    callback = Mock()
    deferred.addCallback(callback.assert_called_once)
    check = callback.assert_called_once_with
    check(1)
    responses.assert_call_count("/", 1)
    responses.assert_all_requests_are_fired()
"""),
        Code("""
from unittest.mock import Mock

class TestRun:
    def test_args(self):
        self.run(Mock())
        self.assert_called_wit(["svn", "up"])

    def test_calls(self, names):
        with assert_calls(0):
            names.has_calls("x")
        value = names.any_call
        print(value, Mock().called_with)
"""),
    ),
)
