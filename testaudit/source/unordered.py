"""Values that come in no order: folders as they are listed, sets as they are walked."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, NamedTuple

from testaudit.source.comparisons import value_before
from testaudit.source.index import Function, Statement, terminal
from testaudit.source.wording import word_set

if TYPE_CHECKING:
    from testaudit.source.files import SourceFile

LISTINGS = word_set("os.listdir os.scandir glob.glob glob.iglob")
_METHODS = word_set("iterdir glob rglob")
"""Of `pathlib.Path`."""
_SETS = frozenset({"set", "frozenset"})
_SET_METHODS = word_set("union intersection difference symmetric_difference")
_KEEP = word_set("list tuple enumerate map filter reversed zip iter")
"""Calls that leave the order as it came."""
_ORDERS = word_set("sorted sort min max natsorted humansorted sort_values")
_DEEPEST = 8


class Unordered(NamedTuple):
    """A value in no order."""

    source: str
    """What it was made by, as people write it: `os.listdir()`, `set()`."""
    node: ast.AST
    where: Statement


def unordered(  # noqa: PLR0911 - a case a shape
    node: ast.AST, statement: Statement, file: SourceFile, depth: int = 0
) -> Unordered | None:
    """Where a sequence got its order from no one: a listing or a set, through `list()`, comprehensions and names."""
    if depth > _DEEPEST:
        return None
    made = _made_by(node, statement, file)
    if made and depth:
        return Unordered(made, node, statement)
    if made and made not in {"set()", "a set"}:
        return Unordered(made, node, statement)
    match node:
        case ast.Call(func=ast.Name(id=name), args=[value]) if name in _KEEP:
            return unordered(value, statement, file, depth + 1)
        case ast.Call(func=ast.Name(id=("map" | "filter")), args=[_, value]):
            return unordered(value, statement, file, depth + 1)
        case ast.Call(func=ast.Attribute(attr="join", value=ast.Constant()), args=[value]):
            return unordered(value, statement, file, depth + 1)
        case ast.ListComp(generators=[only]) | ast.GeneratorExp(generators=[only]):
            return unordered(only.iter, statement, file, depth + 1)
        case ast.Name(id=name):
            bound = value_before(name, statement)
            if (
                bound is None
                or not isinstance(bound[1].node, ast.Assign | ast.AnnAssign)
                or _is_put_in_order(name, bound[1], file)
            ):
                return None
            return unordered(bound[0], bound[1], file, depth)
    return None


def _made_by(node: ast.AST, statement: Statement, file: SourceFile) -> str:
    if isinstance(node, ast.Set | ast.SetComp):
        return "a set"
    if not isinstance(node, ast.Call):
        return ""
    dotted = file.dotted(node.func, statement.function)
    if dotted in LISTINGS:
        return f"{dotted}()"
    if dotted in _SETS:
        return "set()"
    if isinstance(node.func, ast.Attribute) and node.func.attr in _METHODS and terminal(node.func.value) != "glob":
        return f".{node.func.attr}()"
    return ""


def _is_put_in_order(name: str, bound: Statement, file: SourceFile) -> bool:
    """`files.sort()`, in the function that binds the name or in one nested there."""
    for found, where in file.attributes("sort", "reverse"):
        if isinstance(found.value, ast.Name) and found.value.id == name:
            at: Function | None = where.function
            while at is not None and at is not bound.function:
                at = at.outer
            if at is not None:
                return True
    return False
