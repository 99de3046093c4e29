"""The literal that a failing assertion compares with: in it, in a name that only assertions use, in a parameter.

A literal that the test also puts in (as an argument, in what it arranges) is none: then what came back is an answer.
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, NamedTuple

from testaudit.source.index import Function, Statement, terminal
from testaudit.source.literals import dates_in, literal_texts
from testaudit.source.vocabulary import is_check

if TYPE_CHECKING:
    from testaudit.causes.interface import Group
    from testaudit.source.interface import SourceFile


class Literal(NamedTuple):
    """A literal of the test that the failing assertion compares with."""

    text: str
    path: str
    line: int


def literal_of(text: str, group: Group, file: SourceFile, statement: Statement) -> Literal | None:
    """The literal with this text that the failing assertion compares with; None where the test puts it in as well."""
    function = group.test_function or statement.function
    homes = [statement.function] if statement.function is function else [statement.function, function]
    if any(_is_put_in(text, home) for home in homes):
        return None
    found = _holding(text, statement.node)
    if found is not None:
        return Literal(text, file.path, found)
    test_file = group.facts.file(group.tests[0].path) or file
    names = {node.id for node in ast.walk(statement.node) if isinstance(node, ast.Name)}
    if statement.function is not function:
        # A helper that asserts: what it was called with stands in the test.
        for inner in function.statements:
            if isinstance(inner.node, ast.Expr) and (line := _holding(text, inner.node)) is not None:
                return Literal(text, test_file.path, line)
    for home in dict.fromkeys((*homes, test_file.module, file.module)):
        for name in sorted(names):
            for value, _ in home.assignments.get(name, ()):
                line = _holding(text, value)
                if line is not None and not _is_used(name, function, statement):
                    return Literal(text, home.path, line)
    return _parameter(text, function, statement, names, test_file)


def _parameter(
    text: str, function: Function, statement: Statement, names: set[str], file: SourceFile
) -> Literal | None:
    """A value of `parametrize` that only assertions use."""
    for decorator in function.decorators:
        if terminal(decorator) != "parametrize" or not isinstance(decorator, ast.Call) or len(decorator.args) < 2:
            continue
        spelled = decorator.args[0]
        given = (
            [name.strip() for name in spelled.value.split(",")]
            if isinstance(spelled, ast.Constant) and isinstance(spelled.value, str)
            else [str(getattr(element, "value", "")) for element in getattr(spelled, "elts", ())]
        )
        asserted = [name for name in given if name in names and not _is_used(name, function, statement)]
        rows = getattr(decorator.args[1], "elts", ())
        for name in asserted:
            for row in rows:
                cells = getattr(row, "elts", None) or (row.args if isinstance(row, ast.Call) else [row])
                at = given.index(name)
                if at < len(cells) and (line := _holding(text, cells[at])) is not None:
                    if any(_holding(text, cell) is not None for place, cell in enumerate(cells) if place != at):
                        return None
                    return Literal(text, file.path, line)
    return None


def _holding(text: str, node: ast.AST) -> int | None:
    """The line of the literal that holds this text."""
    wanted = text.rstrip(")") if text.startswith("datetime.") else text
    for value, inner in literal_texts(node):
        plain = value == wanted or (not wanted.isdigit() and wanted in value)
        inside = wanted.isdigit() and isinstance(inner, ast.Constant) and isinstance(inner.value, str)
        if plain or (inside and re.search(rf"(?<![\d.]){wanted}(?![\d.])", value)):
            return int(getattr(inner, "lineno", 0))
    return None


def _is_put_in(text: str, function: Function) -> bool:
    """Whether a statement of the test that is no assertion holds the literal, an assignment of a bare one excepted."""
    for statement in function.statements:
        node = statement.node
        if is_check(node) or hasattr(node, "body"):
            continue
        if isinstance(node, ast.Assign) and _is_bare(node.value):
            continue
        if (
            isinstance(node, ast.Expr)
            and statement.function is function
            and terminal(node.value).startswith(("assert", "check", "verify"))
        ):
            continue
        if _holding(text, node) is not None:
            return True
    return False


def _is_bare(node: ast.expr) -> bool:
    """A literal, or a dictionary or list of them: an expectation that is written down before it is compared."""
    if isinstance(node, ast.Call):
        return terminal(node) in {"datetime", "date", "UUID", "Path", "PurePath"}
    return isinstance(node, ast.Constant | ast.Dict | ast.List | ast.Tuple | ast.Set)


def _is_used(name: str, function: Function, failing: Statement) -> bool:
    """Whether the test uses a name in more than its assertions."""
    for statement in function.statements:
        if statement is failing or is_check(statement.node) or hasattr(statement.node, "body"):
            continue
        for node in ast.walk(statement.node):
            if isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load):
                return True
    return False


def other_dates(group: Group, literal: Literal) -> bool:
    """Whether the test holds another date, from which the one that came may be computed."""
    function = group.test_function
    if function is None:
        return False
    return any(
        dates_in(text) and literal.text not in text
        for statement in function.statements
        for text, _ in literal_texts(statement.node)
    )
