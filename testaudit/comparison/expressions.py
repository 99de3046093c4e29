"""What an expression of a test says: what it calls, what it asks about, whether it is written out."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_WRAPPERS = frozenset(
    {"len", "str", "list", "set", "sorted", "tuple", "dict", "bool", "any", "all", "repr", "bytes", "Path"}
)
_ASKING = frozenset({"startswith", "endswith", "search", "match", "fullmatch", "issubset", "issuperset", "decode"})


def names_in(node: ast.AST) -> frozenset[str]:
    """All names and arguments that occur below a node."""
    found = {below.id for below in ast.walk(node) if isinstance(below, ast.Name)}
    return frozenset(found | {below.arg for below in ast.walk(node) if isinstance(below, ast.arg)})


def called(node: ast.expr) -> str:
    """The last name of what is called; empty where nothing is."""
    if isinstance(node, ast.Call):
        if isinstance(node.func, ast.Attribute):
            return node.func.attr
        if isinstance(node.func, ast.Name):
            return node.func.id
    return ""


def is_literal(node: ast.expr) -> bool:
    """Written out: no name in it."""
    return not any(isinstance(below, ast.Name | ast.Call) for below in ast.walk(node))


def unwrapped(node: ast.expr) -> Iterator[ast.expr]:
    """The expression, and what it asks about: `len(x)` and `x.startswith(y)` are about `x`."""
    yield node
    if isinstance(node, ast.Await):
        yield from unwrapped(node.value)
    elif isinstance(node, ast.Call):
        if called(node) in _WRAPPERS and len(node.args) == 1:
            yield from unwrapped(node.args[0])
        elif called(node) in _ASKING and isinstance(node.func, ast.Attribute):
            for asked in (node.func.value, *node.args):
                yield from unwrapped(asked)


def operands(node: ast.expr) -> Iterator[ast.expr]:
    """The operands of the comparisons below a node."""
    for below in ast.walk(node):
        if isinstance(below, ast.Compare):
            yield from (below.left, *below.comparators)


def acts(body: list[ast.stmt]) -> Iterator[ast.expr]:
    """The calls that a `with pytest.raises` makes."""
    for statement in body:
        for below in ast.walk(statement):
            if isinstance(below, ast.Call):
                yield below
                break


def swallows(handler: ast.ExceptHandler) -> bool:
    """Whether a failing assertion ends here, and nothing comes of it."""
    caught = "" if handler.type is None else ast.unparse(handler.type)
    quiet = all(isinstance(one, ast.Pass | ast.Continue | ast.Return) or _says(one) for one in handler.body)
    return quiet and (not caught or bool(re.search(r"\b(?:AssertionError|Exception|BaseException)\b", caught)))


def _says(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and (isinstance(node.value, ast.Constant) or called(node.value) == "print")


def suppresses(node: ast.expr) -> bool:
    """Whether it is `contextlib.suppress` of failing assertions."""
    if not isinstance(node, ast.Call) or called(node) != "suppress":
        return False
    return any(re.search(r"\b(?:AssertionError|Exception|BaseException)$", ast.unparse(arg)) for arg in node.args)


def first_line(node: ast.stmt) -> str:
    """A statement on one line; of a block, its head."""
    return ast.unparse(node).split("\n", 1)[0]
