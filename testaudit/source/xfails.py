"""Where a suite expects tests to fail: marks by decorator, `pytestmark`, `param(marks=)`, `add_marker`, and calls."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from testaudit.source.index import Class, Function, Statement, chain
from testaudit.source.skips import call_is_unconditional
from testaudit.source.vocabulary import text_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from testaudit.source.files import SourceFile


def xfail_places(file: SourceFile) -> Iterator[tuple[ast.expr, Statement]]:
    """Every xfail of a file, `expectedFailure` included: the mark or call, and the statement that holds it."""
    for node, statement in file.calls("xfail"):
        if "mark" in chain(node.func) or file.dotted(node.func, statement.function) == "pytest.xfail":
            yield node, statement
    definitions: list[Function | Class] = [*file.functions, *file.classes]
    for definition in definitions:
        for decorator in definition.decorators:
            if (
                definition.home is not None
                and not isinstance(decorator, ast.Call)
                and (
                    chain(decorator)[-2:] == ["mark", "xfail"]
                    or file.dotted(decorator) in {"unittest.expectedFailure", "expectedFailure"}
                )
            ):
                yield decorator, definition.home
    for node, statement in file.calls("param"):
        for word in node.keywords:
            if word.arg == "marks":
                marks = word.value.elts if isinstance(word.value, ast.List | ast.Tuple) else [word.value]
                yield from ((mark, statement) for mark in marks if chain(mark)[-2:] == ["mark", "xfail"])


def is_material(statement: Statement, home: Function | None, file: SourceFile) -> bool:
    """A decorated class or function inside a test: what the test is about."""
    return (home is not None or isinstance(statement.node, ast.ClassDef)) and statement.function is not file.module


def is_xfail_call(node: ast.Call) -> bool:
    """`pytest.xfail("reason")`: its argument is the reason, not a condition."""
    return "mark" not in chain(node.func)


def always_applies(called: ast.Call | None, statement: Statement) -> bool:
    """Whether nothing around the mark or call decides if it is reached."""
    if isinstance(statement.node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return True
    around = [ancestor for ancestor in statement.ancestors() if not isinstance(ancestor.node, ast.ClassDef)]
    if any(
        isinstance(ancestor.node, ast.If | ast.For | ast.Try | ast.While | ast.ExceptHandler) for ancestor in around
    ):
        return False
    if called is not None and (is_xfail_call(called) or statement.function.outer is not None):
        return call_is_unconditional(statement) is True and _is_direct(called, statement)
    return True


def _is_direct(called: ast.Call, statement: Statement) -> bool:
    """The call is the statement, or handed straight to something like `add_marker`: not chosen by an expression."""
    return not any(isinstance(node, ast.IfExp | ast.BoolOp) for node in statement.way_to(called))


def decorated_function(file: SourceFile, statement: Statement) -> Function | None:
    """The function that a statement defines, where it defines one."""
    if isinstance(statement.node, ast.FunctionDef | ast.AsyncFunctionDef):
        return next((function for function in file.functions if function.node is statement.node), None)
    return None


def xfail_reason(called: ast.Call | None, file: SourceFile, function: Function) -> str | None:
    """The reason as far as it is literal; None when it cannot be told."""
    if called is None:
        return ""
    value = next((word.value for word in called.keywords if word.arg in {"reason", "msg"}), None)
    if value is None and is_xfail_call(called) and called.args:
        value = called.args[0]
    if any(word.arg is None for word in called.keywords) or any(isinstance(arg, ast.Starred) for arg in called.args):
        return None
    return text_of(value, file, function)
