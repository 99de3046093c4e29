"""Checks that ask what a double was asked: `m.assert_called_once()`, `assert m.call_count == 2`."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import Literal, TypeAlias

from testaudit.source.index import chain, terminal
from testaudit.source.vocabulary import assertion_call
from testaudit.source.wording import word_set

Question: TypeAlias = Literal["called", "not called", "with", "order"]
"""Was it called at all, was it never called, with what, in what order."""

_METHOD = re.compile(
    r"assert_(called|called_once|called_with|called_once_with|any_call|has_calls|not_called"
    r"|awaited|awaited_once|awaited_with|awaited_once_with|any_await|has_awaits|not_awaited)$"
)
_COUNTS = word_set("called call_count awaited await_count")
_RECORDS = word_set("call_args call_args_list mock_calls method_calls await_args await_args_list calls")
API = _COUNTS | _RECORDS | word_set("return_value side_effect reset_mock configure_mock attach_mock mock_add_spec")
"""What a mock has of its own."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One check of a double."""

    double: str
    """How the test names what it asks: `m`, `self.client.send`."""
    question: Question


def is_of_mock(name: str) -> bool:
    """Whether an attribute is a mock's own, and no part of what it stands for."""
    return name in API or _METHOD.match(name) is not None


def asked_of_double(node: ast.AST) -> Asked | None:
    """What a check asks of a double, where it asks nothing else; None for any other statement."""
    call = assertion_call(node)
    if call is not None and isinstance(call.func, ast.Attribute) and _METHOD.match(call.func.attr):
        name = ".".join(chain(call.func.value))
        return Asked(name, _question(call.func.attr)) if name else None
    if isinstance(node, ast.Assert):
        return _in_expression(node.test)
    if call is not None and isinstance(call.func, ast.Attribute) and call.args and call.func.attr in _COMPARES:
        found = _in_expression(call.args[0])
        if found is not None and found.question == "called" and _says_never(call):
            return Asked(found.double, "not called")
        return found
    return None


def _says_never(call: ast.Call) -> bool:
    """`assertFalse(m.called)`, `assertEqual(m.call_count, 0)`."""
    name = terminal(call)
    if name == "assertFalse":
        return True
    return name in _EQUALS and any(isinstance(other, ast.Constant) and not other.value for other in call.args[1:2])


_COMPARES = word_set(
    """
    assertTrue assertFalse assertEqual assertEquals assertIs assertIsNone assertIsNotNone assertIn assertNotIn
    assertGreater assertGreaterEqual assertLess assertLessEqual assertListEqual assertDictEqual assertCountEqual
    """
)

_EQUALS = word_set("assertEqual assertEquals assertIs")


def _question(method: str) -> Question:
    if "not_" in method:
        return "not called"
    if "has_" in method:
        return "order"
    return "with" if method.endswith("_with") or "any_" in method else "called"


def _in_expression(expression: ast.expr) -> Asked | None:
    if isinstance(expression, ast.UnaryOp) and isinstance(expression.op, ast.Not):
        found = _in_expression(expression.operand)
        return Asked(found.double, "not called") if found is not None and found.question == "called" else found
    if isinstance(expression, ast.BoolOp):
        parts = [_in_expression(value) for value in expression.values]
        return parts[0] if all(part is not None for part in parts) else None
    if isinstance(expression, ast.Compare):
        sides = [expression.left, *expression.comparators]
        found = next((asked for asked in map(_recorded, sides) if asked is not None), None)
        is_zero = any(isinstance(side, ast.Constant) and not side.value for side in sides)
        if (
            found is not None
            and found.question == "called"
            and is_zero
            and isinstance(expression.ops[0], ast.Eq | ast.Is)
        ):
            return Asked(found.double, "not called")
        return found
    return _recorded(expression)


def _recorded(expression: ast.expr) -> Asked | None:
    """`m.called`, `m.call_args[0][1]`, `len(m.mock_calls)`, `m.send.call_args.kwargs["to"]`."""
    at: ast.AST = expression
    while True:
        if isinstance(at, ast.Subscript):
            at = at.value
        elif isinstance(at, ast.Call) and isinstance(at.func, ast.Name) and len(at.args) == 1:
            at = at.args[0]
        elif isinstance(at, ast.Attribute) and at.attr in _COUNTS | _RECORDS:
            name = ".".join(chain(at.value))
            if not name:
                return None
            return Asked(name, "called" if at.attr in _COUNTS else "with")
        elif isinstance(at, ast.Attribute):
            at = at.value
        else:
            return None
