"""An assertion that can never be reached.

It stands after `return` or `raise`, in `if False`, or in a `pytest.raises` block below the statement that raises: the
block ends there. The test passes whatever the value is, and reads as if it had been checked.

Move the assertion out: below the `with` block, or above the `return`.

`assert False` and `pytest.fail()` as a guard ("must not come here") are meant to be unreachable and are left alone.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from testaudit.rules.interface import Code, Hit, Rule, Settings, qualified
from testaudit.source.index import chain, terminal
from testaudit.source.vocabulary import assertion_call, is_check, names_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from testaudit.source.index import Statement
    from testaudit.source.interface import SourceFile, Sources

_LEAVES = (ast.Return, ast.Raise, ast.Continue, ast.Break)
_ENDS = "the block ends where the expected exception is raised, and that is above"
_SKIPS = frozenset({"SkipTest", "Skipped"})
_CATCH_ALL = frozenset({"AssertionError", "Exception", "BaseException", "Failed", "failureException"})


def find(file: SourceFile, sources: Sources, _settings: Settings) -> Iterator[Hit]:
    """Checks that follow what always leaves their block."""
    for function in file.functions:
        dead: list[tuple[Statement, str, bool]] = []
        said: set[tuple[int, str]] = set()
        previous: dict[tuple[int, str], Statement] = {}
        for statement in function.statements:
            place = (id(statement.parent), statement.block)
            before = previous.get(place)
            previous.setdefault(place, statement)
            if before is not None and isinstance(before.node, _LEAVES):
                if _is_real_check(statement) and place not in said and not _skips(before.node):
                    said.add(place)
                    dead.append((statement, f"line {before.line} has left already", True))
                continue
            previous[place] = statement
            if not _is_real_check(statement) or statement.parent is None or place in said:
                continue
            around = statement.parent
            if _never(around, statement) and not _says_why(around, file):
                said.add(place)
                dead.append((statement, "the condition is never true", True))
            elif isinstance(around.node, ast.With | ast.AsyncWith) and before is not None:
                why = _after_raise(around.node, before, statement)
                why = why if _is_rest_checks(around.node, statement, why) else ""
                if why:
                    said.add(place)
                    dead.append((statement, why, not _is_guard(statement.node, before.node)))
        for statement, why, sure in dead:
            yield Hit(
                statement.line,
                statement.end_line,
                qualified(function, sources),
                f"This assertion is never reached: {why}.",
                (why,),
                None if sure else "medium",
            )


def _is_real_check(statement: Statement) -> bool:
    node = statement.node
    if isinstance(node, ast.Assert):
        return not isinstance(node.test, ast.Constant) and not (
            isinstance(node.test, ast.UnaryOp) and isinstance(node.test.operand, ast.Constant)
        )
    call = assertion_call(node)
    return call is not None and terminal(call) != "fail" and is_check(node) and isinstance(call.func, ast.Attribute)


def _skips(node: ast.AST) -> bool:
    """A test that is skipped by its first words: another rule asks why."""
    return isinstance(node, ast.Raise) and node.exc is not None and terminal(node.exc) in _SKIPS


def _is_guard(check: ast.AST, before: ast.AST) -> bool:
    """`assert not found` below `found = look()`: it fails should nothing be raised, as `assert False` would."""
    if not isinstance(before, ast.Assign) or not isinstance(check, ast.Assert):
        return False
    test = check.test
    return (
        isinstance(test, ast.UnaryOp)
        and isinstance(test.op, ast.Not)
        and isinstance(test.operand, ast.Name)
        and any(isinstance(target, ast.Name) and target.id == test.operand.id for target in before.targets)
    )


def _never(around: Statement, statement: Statement) -> bool:
    node = around.node
    if not isinstance(node, ast.If | ast.While) or statement.block != "body":
        return False
    return isinstance(node.test, ast.Constant) and not node.test.value


def _says_why(around: Statement, file: SourceFile) -> bool:
    """A check that is switched off with a comment is known to its author."""
    return bool(file.comments_near(around.line, around.line, 1) or file.comment_block_above(around.line))


def _is_rest_checks(block: ast.With | ast.AsyncWith, statement: Statement, why: str) -> bool:
    """Only checks follow in the block: otherwise what follows may be what raises, and the check is reached."""
    if not why:
        return False
    rest = block.body[block.body.index(statement.node) + 1 :]  # type: ignore[arg-type]  # a block holds statements
    return all(is_check(node) or isinstance(node, ast.Pass) for node in rest)


def _after_raise(block: ast.With | ast.AsyncWith, before: Statement, statement: Statement) -> str:
    """Why the check is dead: the block expects an exception, and the statement before it is what raises."""
    raising = next((item for item in block.items if _expects(item.context_expr)), None)
    if raising is None or not isinstance(raising.context_expr, ast.Call) or not _calls_something(before.node):
        return ""
    info = raising.optional_vars.id if isinstance(raising.optional_vars, ast.Name) else ""
    uses_info = bool(info) and info in names_in(statement.node)
    catches = {terminal(name) for argument in raising.context_expr.args[:1] for name in _alternatives(argument)}
    if uses_info:
        return _ENDS
    if catches & _CATCH_ALL or not catches or "" in catches:
        return ""
    if _can_raise(statement.node):
        return ""
    return _ENDS


def _alternatives(node: ast.expr) -> list[ast.expr]:
    return list(node.elts) if isinstance(node, ast.Tuple) else [node]


def _expects(expression: ast.expr) -> bool:
    return isinstance(expression, ast.Call) and (
        chain(expression.func)[-1:] in (["raises"], ["assertRaises"], ["assertRaisesRegex"])
    )


def _calls_something(node: ast.AST) -> bool:
    if not isinstance(node, ast.Expr | ast.Assign | ast.AnnAssign):
        return False
    value = node.value.value if isinstance(node.value, ast.Await) else node.value
    return isinstance(value, ast.Call)


def _can_raise(node: ast.AST) -> bool:
    """Whether the check itself may be what raises: it calls, subscripts or reads attributes."""
    inner = node.test if isinstance(node, ast.Assert) else node
    if not isinstance(node, ast.Assert):
        call = assertion_call(node)
        return call is None or any(_active(argument) for argument in call.args)
    return _active(inner)


def _active(node: ast.AST) -> bool:
    return any(
        isinstance(found, ast.Call | ast.Subscript | ast.Attribute | ast.Await | ast.BinOp) for found in ast.walk(node)
    )


RULE = Rule(
    code="TA804",
    slug="dead-assert",
    antipattern="never-runs",
    severity="error",
    confidence=(("static", "high"),),
    remedy="Move the assertion to where it is reached: out of the `with` block, or above the `return`.",
    find=find,
    bad=(
        Code("""
import pytest

def test_parse():
    with pytest.raises(ValueError) as info:
        parse("x")
        assert "x" in str(info.value)  # <-
"""),
        Code("""
def test_values():
    for value in values():
        return
        assert value > 0  # <-

def test_off():
    if False:
        assert total() == 3  # <-
"""),
        Code("""
import pytest

def test_limit(pool):
    with pytest.raises(PoolError):
        size = pool.grow(99)
        assert size == 99  # <-
"""),
    ),
    good=(
        Code("""
import pytest

def test_parse():
    with pytest.raises(ValueError) as info:
        parse("x")
    assert "x" in str(info.value)
"""),
        Code("""
import pytest

def test_guard():
    with pytest.raises(ValueError):
        parse("x")
        assert False, "must not come here"

def test_compare():
    with pytest.raises(TypeError):
        value = make()
        assert value < other()
"""),
        Code("""
import pytest

def test_branches(flag):
    if flag:
        return
    assert not flag

def test_own_check():
    with pytest.raises(AssertionError):
        check = build()
        assert check
"""),
        Code("""
import pytest

async def test_second(pool):
    with pytest.raises(PoolError):
        first = await pool.connect()
        assert first
        await pool.connect()

def test_later():
    # Not implemented yet.
    if False:
        assert total() == 3
"""),
        Code("""
import pytest

def test_loop():
    with pytest.raises(ValueError):
        for item in items:
            parse(item)
        assert items
"""),
        Code("""
from unittest import SkipTest

def test_proxy(client):
    raise SkipTest("Times out regularly")
    answer = client.get("/")
    assert answer.status == 200
"""),
    ),
)
