"""Walks over the expressions of one statement, by tables: `ast.walk` looks every field of every node up by its name."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

_PLAIN = frozenset(
    [
        "ctx",
        "op",
        "ops",
        "kind",
        "conversion",
        "type_comment",
        "id",
        "attr",
        "n",
        "s",
        "module",
        "level",
        "simple",
        "is_async",
        "asname",
        "names",
        "rest",
        "tag",
    ]
)
"""Fields that hold no expression, in whatever class."""
_BLOCKS = frozenset({"body", "orelse", "finalbody", "handlers", "cases"})
_STATEMENTS = (ast.stmt, ast.excepthandler, ast.match_case, ast.mod)


def _parts(kind: type[ast.AST], *, blocks: bool) -> tuple[str, ...]:
    if issubclass(kind, ast.Constant | ast.operator | ast.unaryop | ast.boolop | ast.cmpop | ast.expr_context):
        return ()
    skipped = _PLAIN if blocks or not issubclass(kind, _STATEMENTS) else _PLAIN | _BLOCKS
    return tuple(name for name in kind._fields if name not in skipped)


_KINDS = [kind for kind in vars(ast).values() if isinstance(kind, type) and issubclass(kind, ast.AST)]
_OWN: dict[type[ast.AST], tuple[str, ...]] = {kind: _parts(kind, blocks=False) for kind in _KINDS}
_ALL: dict[type[ast.AST], tuple[str, ...]] = {kind: _parts(kind, blocks=True) for kind in _KINDS}
_EXPRESSIONS = frozenset(kind for kind in _KINDS if issubclass(kind, ast.expr))
_TEXT = frozenset({str, int, type(None)})
"""What stands where another class has a node: `arg` of a keyword, `name` of a handler, the key of `**rest`."""


def own_expressions(node: ast.AST) -> Iterator[ast.AST]:
    """The expressions of a statement itself: not those of the statements in its blocks, nor of lambdas (functions)."""
    return _walk(node, _OWN, ast.Lambda)


def read_names(node: ast.AST) -> Iterator[ast.Name]:
    """The plain names that a statement itself reads, lambdas included; a nested definition reads what it holds."""
    whole = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
    for found in _walk(node, _ALL if whole else _OWN, None):
        if isinstance(found, ast.Name) and isinstance(found.ctx, ast.Load):
            yield found


def unparsed(node: ast.AST) -> str:
    """The expression as source; a mark of omission where it is nested too deep for that."""
    try:
        return ast.unparse(node)
    except RecursionError:
        return "…"


def dumped(node: ast.AST) -> str:
    """What tells an expression from others; where it is nested too deep, it equals no other."""
    try:
        return ast.dump(node)
    except RecursionError:
        return f"… {id(node)}"


def _walk(node: ast.AST, parts: dict[type[ast.AST], tuple[str, ...]], left_out: type | None) -> Iterator[ast.AST]:
    todo: list[ast.AST] = [node]
    pop, push = todo.pop, todo.append
    while todo:
        current = pop()
        kind = current.__class__
        if kind in _EXPRESSIONS:
            yield current
        for name in parts.get(kind, ()):
            value: Any = getattr(current, name, None)
            if value.__class__ is list:
                for child in value:
                    if child.__class__ not in _TEXT and child.__class__ is not left_out:
                        push(child)
            elif value.__class__ not in _TEXT and value.__class__ is not left_out:
                push(value)
