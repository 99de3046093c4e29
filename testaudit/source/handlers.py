"""What an `except` handler does with a failed assertion: which one it ends in, and whether anything comes of it."""

from __future__ import annotations

import ast

from testaudit.source.index import chain, terminal
from testaudit.source.wording import word_set

CATCH_ALL = frozenset({"Exception", "BaseException"})
CATCH = CATCH_ALL | {"AssertionError", "failureException", "FailTest"}
_TALK = word_set(
    "print pprint debug info warning warn error exception critical log msg print_exc print_exception write echo"
)
_CLEANS = word_set("close stop cancel shutdown rollback cleanup kill terminate")
_SKIPS = frozenset({"skip", "skipTest", "SkipTest"})


def catcher(node: ast.Try) -> ast.ExceptHandler | None:
    """The handler that an AssertionError ends in."""
    for handler in node.handlers:
        if handler.type is None or any(chain(kind)[-1:] and chain(kind)[-1] in CATCH for kind in _kinds(handler.type)):
            return handler
    return None


def _kinds(node: ast.expr) -> list[ast.expr]:
    return list(node.elts) if isinstance(node, ast.Tuple) else [node]


def catches_all(handler: ast.ExceptHandler) -> bool:
    """Whether a handler takes any exception."""
    return handler.type is None or any(
        chain(kind)[-1:] and chain(kind)[-1] in CATCH_ALL for kind in _kinds(handler.type)
    )


def drops(handler: ast.ExceptHandler, *, is_test: bool) -> str:
    """What a handler does with the failure, where that is nothing; empty where it does something."""
    how = "passes"
    for node in handler.body:
        match node:
            case ast.Pass() | ast.Continue() | ast.Break() | ast.Import() | ast.ImportFrom():
                continue
            case ast.Return(value=value):
                if not is_test and value is not None:
                    # A helper that answers whether something holds.
                    return ""
                how = "returns"
            case ast.Expr(value=ast.Constant()):
                continue
            case ast.Expr(value=ast.Call() as call) if terminal(call) in _CLEANS:
                how = "cleans up"
            case ast.Expr(value=ast.Call() as call) if terminal(call) in _TALK:
                how = "only says so"
            case ast.Expr(value=ast.Call() as call) if terminal(call) in _SKIPS:
                how = "skips"
            case ast.Expr(value=ast.Call() as call) if terminal(call) == "xfail":
                how = "marks it as an xfail"
            case ast.Raise(exc=ast.Call() as call) if terminal(call) == "SkipTest":
                how = "skips"
            case _:
                return ""
    return how
