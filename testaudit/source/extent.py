"""How much code a function holds: its lines without blanks, comments, docstrings and data."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from testaudit.source.expressions import own_expressions

if TYPE_CHECKING:
    from testaudit.source.files import SourceFile
    from testaudit.source.index import Function, Statement

_DISPLAYS = (ast.List, ast.Tuple, ast.Set, ast.Dict, ast.JoinedStr)


def code_lines(function: Function, file: SourceFile) -> list[int]:
    """The numbers of the lines that hold code of the function's body, nested functions included, in order.

    A display (list, tuple, set, dictionary) or a text over several lines is data, and counts as the line on which it
    begins. Docstrings and other texts that stand alone do not count.
    """
    if function.end_line <= function.line:
        return []
    found: set[int] = set()
    for inner in function.inside:
        for statement in inner.statements:
            if isinstance(statement.node, ast.stmt | ast.excepthandler | ast.match_case):
                found.update(_lines_of(statement))
    lines = file.lines
    return sorted(line for line in found if _holds_code(lines[line - 1] if line <= len(lines) else ""))


def _holds_code(text: str) -> bool:
    stripped = text.strip()
    return bool(stripped) and not stripped.startswith("#")


def _lines_of(statement: Statement) -> set[int]:
    node = statement.node
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return set()
    first, last = statement.line, statement.end_line
    if isinstance(node, ast.match_case):
        first = node.pattern.lineno
    body = node.cases[0].body if isinstance(node, ast.Match) else getattr(node, "body", None)
    if isinstance(body, list) and body:
        last = max(first, body[0].lineno - 1)
    found = set(range(first, last + 1))
    for part in own_expressions(node):
        end = getattr(part, "end_lineno", None) or 0
        begin = getattr(part, "lineno", end)
        if end > begin and (isinstance(part, _DISPLAYS) or _is_text(part)):
            found.difference_update(range(begin + 1, end + 1))
    return found


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str | bytes)
