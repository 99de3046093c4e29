"""Expressions that are always true, whatever the code under test does."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from testaudit.source.index import terminal
from testaudit.source.vocabulary import number
from testaudit.source.wording import word_set

if TYPE_CHECKING:
    from testaudit.source.files import SourceFile
    from testaudit.source.index import Function

MOCKS = word_set("Mock MagicMock AsyncMock NonCallableMock NonCallableMagicMock PropertyMock create_autospec")


def why_always_true(node: ast.expr) -> str:
    """Why an expression cannot be false; empty when it can. `True` and numbers say so openly: `is_plain_truth`."""
    why = ""
    match node:
        case ast.Tuple(elts=elements) if elements:
            why = "a tuple that holds something is always true"
        case ast.List(elts=elements) | ast.Set(elts=elements):
            if any(not isinstance(element, ast.Starred) for element in elements):
                why = "a list or set that is written with elements is always true"
        case ast.Dict(keys=keys) if any(keys):
            why = "a dict that is written with keys is always true"
        case ast.Constant(value=str() | bytes() as text) if text:
            why = "a text that is not empty is always true"
        case ast.JoinedStr(values=parts):
            if any(isinstance(part, ast.Constant) and part.value for part in parts):
                why = "a text that is not empty is always true"
        case ast.GeneratorExp():
            why = "a generator is always true, whatever it would yield"
        case ast.Lambda():
            why = "a function is always true: it is not called"
        case ast.Compare(left=left, ops=[operator], comparators=[right]):
            if _is_length_at_least_zero(left, operator, right):
                why = "a length is never negative"
    return why


def is_plain_truth(node: ast.expr) -> bool:
    """`True`, `1`, `...`: a placeholder for a check."""
    return isinstance(node, ast.Constant) and not isinstance(node.value, str | bytes) and bool(node.value)


def _is_length_at_least_zero(left: ast.expr, operator: ast.cmpop, right: ast.expr) -> bool:
    if _is_length(left):
        limit = _signed(right)
        return (isinstance(operator, ast.GtE) and limit == 0) or (isinstance(operator, ast.Gt) and limit == -1)
    limit = _signed(left)
    return _is_length(right) and (
        (isinstance(operator, ast.LtE) and limit == 0) or (isinstance(operator, ast.Lt) and limit == -1)
    )


def _is_length(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "len"


def _signed(node: ast.expr) -> float | None:
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        value = number(node.operand)
        return -value if value is not None else None
    return number(node)


def is_mock(node: ast.expr, function: Function, file: SourceFile) -> bool:
    """Whether a name is a `Mock()` that the function itself made and binds to nothing else."""
    if not isinstance(node, ast.Name) or node.id in function.parameters or "__bool__" in file.text:
        return False
    values = [value for value, _ in function.assignments.get(node.id, ())]
    return bool(values) and all(isinstance(value, ast.Call) and terminal(value) in MOCKS for value in values)
