"""What a check compares: `assert a == b`, `self.assertEqual(a, b)`, each link of `a < b < c`, each part of an `and`."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, NamedTuple

from testaudit.source.index import terminal
from testaudit.source.vocabulary import assertion_call

if TYPE_CHECKING:
    from testaudit.source.index import Function, Statement

_OPERATORS: dict[str, type[ast.cmpop]] = {
    "assertEqual": ast.Eq,
    "assertEquals": ast.Eq,
    "assertListEqual": ast.Eq,
    "assertTupleEqual": ast.Eq,
    "assertSequenceEqual": ast.Eq,
    "assertDictEqual": ast.Eq,
    "assertNotEqual": ast.NotEq,
    "assertLess": ast.Lt,
    "assertLessEqual": ast.LtE,
    "assertGreater": ast.Gt,
    "assertGreaterEqual": ast.GtE,
    "assertIs": ast.Is,
    "assertIn": ast.In,
    "assert_equal": ast.Eq,
}
_SWAPPED: dict[type[ast.cmpop], type[ast.cmpop]] = {ast.Lt: ast.Gt, ast.LtE: ast.GtE, ast.Gt: ast.Lt, ast.GtE: ast.LtE}
_TRUE = frozenset({"assertTrue", "assert_", "failUnless"})
MAX_PARTS = 50
"""Parts of one check that are looked at."""


class Comparison(NamedTuple):
    """Two values that a check compares."""

    left: ast.expr
    operator: type[ast.cmpop]
    right: ast.expr

    def swapped(self) -> Comparison:
        """The same said from the other side: `a < b` -> `b > a`."""
        return Comparison(self.right, _SWAPPED.get(self.operator, self.operator), self.left)


def comparisons(node: ast.AST) -> list[Comparison]:
    """The comparisons that a check makes, all of which must hold; none for any other statement."""
    if isinstance(node, ast.Assert):
        return _of_condition(node.test)
    call = assertion_call(node)
    if call is None:
        return []
    name = terminal(call)
    if name in _TRUE and call.args:
        return _of_condition(call.args[0])
    if name in _OPERATORS and len(call.args) >= 2:
        return [Comparison(call.args[0], _OPERATORS[name], call.args[1])]
    return []


def _of_condition(test: ast.expr) -> list[Comparison]:
    found: list[Comparison] = []
    todo = [test]
    while todo and len(found) < MAX_PARTS:
        node = todo.pop(0)
        if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.And):
            todo += node.values
        elif isinstance(node, ast.Compare):
            left = node.left
            for operator, right in zip(node.ops, node.comparators, strict=True):
                found.append(Comparison(left, type(operator), right))
                left = right
    return found


def value_before(name: str, statement: Statement) -> tuple[ast.expr, Statement] | None:
    """What a plain name was last assigned above a statement of the same function, with where; None where nothing was.

    An assignment below, in a loop around both, is not seen: this is about what stands in order.
    """
    found = None
    for value, where in statement.function.assignments.get(name, ()):
        if where.line < statement.line:
            found = (value, where)
    return found


def reads_of(name: str, function: Function) -> list[tuple[ast.Name, Statement]]:
    """Where a function's own statements read a plain name, in source order; nested functions left out."""
    return function.reads.get(name, [])
