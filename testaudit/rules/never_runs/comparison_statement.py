"""A comparison that stands alone: `x == 1` where `assert x == 1` was meant.

Python computes it and throws the answer away. It reads like a check, and checks nothing; nobody notices, because the
test passes.

Put `assert` before it, and see whether it holds.

Comparisons that are made for what they do are left alone: inside `raises` and its like, in `try`, in tests of the
comparison itself. flake8-bugbear knows it as B015, Pylint as `expression-not-assigned`; both look at all code.
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from testaudit.rules.interface import Code, Hit, Rule, Settings, qualified
from testaudit.source.expressions import dumped
from testaudit.source.index import terminal
from testaudit.source.wording import word_set, words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from testaudit.source.index import Function, Statement
    from testaudit.source.interface import SourceFile, Sources


_AROUND = re.compile(
    r"rais|warn|error|except|expect|assert|suppress|fail|record|quer|profil|timer|benchmark", re.IGNORECASE
)
"""Names of context managers that watch what a comparison does."""
_ABOUT = word_set(
    """
    eq equal equals equality unequal identity not lt le gt ge ne cmp in op ops operator operators compare compares
    comparing comparison comparisons comparable comparator comparators richcompare order ordering ordered orderable
    hash hashable contains containment membership bool recursion recursive bench benchmark perf
    """
)
"""Words of tests whose subject is the comparison itself."""
_MEANT = re.compile(
    r"rais|error|crash|warn|fail|trigger|evaluat|forc|must not|does not|shouldn.t|smoke"
    r"|B015|pointless|expression-not|W0104|W0106",
    re.IGNORECASE,
)
"""What a comment beside a comparison says that is made for what it does."""
_SMOKE = re.compile(r"smoke|\bno \w*errors?\b|not (raise|fail|crash)|recursion", re.IGNORECASE)


def find(file: SourceFile, sources: Sources, _settings: Settings) -> Iterator[Hit]:
    """Expression statements that are nothing but a comparison."""
    for statement in file.statements_of(ast.Compare, ast.BoolOp):
        function = statement.function
        if function.outer is not file.module or isinstance(function.node, ast.Lambda):
            # Nested: a callback that something else calls.
            continue
        node = statement.node.value if isinstance(statement.node, ast.Expr) else statement.node
        compared = _comparisons(node)
        if (
            not compared
            or all(_has_effect(part, function) for part in compared)
            or _is_watched(statement)
            or _is_meant(statement, file)
            or _is_subject(function)
        ):
            continue
        yield Hit(
            statement.line,
            statement.end_line,
            qualified(function, sources),
            "This comparison is computed and thrown away: `assert` is missing.",
            ("an expression statement",),
        )


def _comparisons(node: ast.AST) -> list[ast.Compare]:
    """The comparisons that an expression is made of; empty where it is anything else."""
    parts = node.values if isinstance(node, ast.BoolOp) else [node]
    found = [part for part in parts if isinstance(part, ast.Compare)]
    return found if len(found) == len(parts) else []


def _has_effect(compared: ast.Compare, function: Function) -> bool:
    """Whether it looks like an operator that is called for its effect: overloaded, or the same thing on both sides."""
    left, right = compared.left, compared.comparators[0]
    if dumped(left) == dumped(right):
        return True
    if isinstance(compared.ops[0], ast.In | ast.NotIn):
        # A look-up in a plain object: caches and proxies are tried like that.
        return isinstance(left, ast.Name | ast.Constant) and isinstance(right, ast.Name)
    if isinstance(left, ast.Attribute):
        # `User.name == "ed"` builds a query.
        return isinstance(left.value, ast.Name) and left.value.id[:1].isupper()
    if not isinstance(left, ast.Name):
        return False
    # An object that was just built is compared with something of another kind.
    return any(
        isinstance(value, ast.Call) and terminal(value)[:1].isupper()
        for value, _ in function.assignments.get(left.id, ())
    )


def _is_watched(statement: Statement) -> bool:
    """Whether something around it waits for what the comparison does."""
    for around in statement.ancestors():
        node = around.node
        if isinstance(node, ast.Try) or (hasattr(ast, "TryStar") and isinstance(node, ast.TryStar)):
            return True
        if isinstance(node, ast.With | ast.AsyncWith) and any(
            _AROUND.search(terminal(item.context_expr)) for item in node.items
        ):
            return True
    return False


def _is_meant(statement: Statement, file: SourceFile) -> bool:
    """Whether a comment beside it, or the docstring, says that it is there for what it does."""
    if _SMOKE.search(statement.function.docstring):
        return True
    if "#" not in file.text:
        return False
    said = [file.comments.get(line, "") for line in range(statement.line - 1, statement.end_line + 1)]
    return _MEANT.search(" ".join(said)) is not None


def _is_subject(function: Function) -> bool:
    return bool((words(function.qualname)) & _ABOUT)


RULE = Rule(
    code="TA805",
    slug="comparison-statement",
    antipattern="never-runs",
    severity="error",
    confidence=(("static", "high"),),
    remedy="Put `assert` before it, and see whether it holds.",
    find=find,
    bad=(
        Code("""
def test_total(cart):
    cart.add("book")
    cart.total() == 12  # <-

def test_message(client):
    answer = client.get("/")
    "welcome" in answer.text  # <-
    assert answer.ok
"""),
        Code("""
from unittest.mock import call

class TestMail:
    async def test_sent(self, outbox, send):
        for mail in outbox:
            mail.sender == "shop" and mail.size < 100  # <-
        send.call_args_list == [  # <-
            call("one"),
            call("two"),
        ]
        (await outbox.last()) is None  # <-
"""),
    ),
    good=(
        Code("""
import pytest

def test_versions():
    with pytest.raises(TypeError):
        version("1") < None

def test_unordered(warned):
    with warned.expect_warning():
        first() == 1
    pytest.raises(TypeError, lambda: first() < "a")
"""),
        Code("""
def test_equals_none(host):
    host == None
    None != host

class TestComparison:
    def test_odd(self):
        odd() == "even"
"""),
        Code("""
def test_guard(price):
    try:
        price.net == 3
    except TypeError:
        handled()

def test_nested(check):
    def compare():
        return_value() == 1
    check(compare)

def test_parts(parts):
    for part in parts:
        part.schema == other()  # will raise where they do not fit
"""),
        Code("""
from shop import Column, User

def test_expressions(index):
    column = Column("x")
    column == 5
    User.name == "ed"
    90 in index
    hash(column) == hash(column)
    index.ready and index.close()
"""),
        Code("""
def test_long_chain():
    \"\"\"Smoke test: no RecursionError in long chains.\"\"\"
    build(10_000) == [1]
"""),
        Code("""
def test_total(cart):
    assert cart.total() == 12
    same = cart.total() == 12
    assert same
"""),
    ),
)
