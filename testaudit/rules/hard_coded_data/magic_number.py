"""A number in an assertion that nobody can tell the meaning of.

`assert total == 4217` says what came out once, not why it is right. Who changes the code cannot see whether the new
number is right as well, and copies it over.

Compute it from what the test puts in, give it a name, or say in a comment where it comes from. Numbers of up to two
digits, status codes, round numbers, and numbers that stand elsewhere in the test or beside a comment are left alone.
Off by default: many a number is plain to those who know the field.

The guide's anti-pattern 6, "Hard-coded test data" (its pattern 4: magic numbers without context).
"""

from __future__ import annotations

import ast
import math
from typing import TYPE_CHECKING

from testaudit.rules.interface import Code, Hit, Rule, Settings, qualified
from testaudit.source.comparisons import comparisons
from testaudit.source.vocabulary import is_check, names_in, number
from testaudit.source.wording import words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from testaudit.source.index import Function, Statement
    from testaudit.source.interface import SourceFile, Sources

_LEAST = 100
_STATUS = frozenset({"status", "code", "errno", "returncode", "port", "year"})


def find(file: SourceFile, sources: Sources, _settings: Settings) -> Iterator[Hit]:
    """Literal numbers that a test compares with and that stand nowhere else in it."""
    for test in file.functions:
        if not sources.is_test(test):
            continue
        for statement in test.statements:
            if not is_check(statement.node):
                continue
            unexplained = (value for value in _numbers(statement) if not _is_explained(value, statement, test, file))
            found = next(unexplained, None)
            if found is not None:
                yield Hit(
                    statement.line,
                    statement.end_line,
                    qualified(test, sources),
                    f"Wants {found.value!r}, and nothing says where that comes from.",
                    ("stands nowhere else in the test, and no comment is beside it",),
                )


def _numbers(statement: Statement) -> Iterator[ast.Constant]:
    for comparison in comparisons(statement.node):
        for side in (comparison, comparison.swapped()):
            found = number(side.right)
            if (
                comparison.operator is ast.Eq
                and isinstance(side.right, ast.Constant)
                and found is not None
                and abs(found) >= _LEAST
                and not _is_round(found)
                and not _is_a_code(side.left)
            ):
                yield side.right


def _is_round(value: float) -> bool:
    """1200, 25000, 1024, 65535: read as what they are."""
    if not math.isfinite(value) or value != int(value):
        return not math.isfinite(value)
    whole = abs(int(value))
    return len(str(whole).rstrip("0")) <= 2 or whole.bit_count() == 1 or (whole + 1).bit_count() == 1


def _is_a_code(node: ast.expr) -> bool:
    named = set(names_in(node))
    named |= {found.attr for found in ast.walk(node) if isinstance(found, ast.Attribute)}
    named |= {str(found.value) for found in ast.walk(node) if isinstance(found, ast.Constant)}
    return any(words(name) & _STATUS for name in named)


def _is_explained(value: ast.Constant, statement: Statement, test: Function, file: SourceFile) -> bool:
    text = file.lines_of(test.line, test.end_line)
    if text.count(str(value.value)) > 1 or file.comments_near(statement.line, statement.end_line):
        return True
    return isinstance(statement.node, ast.Assert) and statement.node.msg is not None


RULE = Rule(
    code="TA605",
    slug="magic-number",
    antipattern="hard-coded-data",
    severity="info",
    confidence=(("static", "medium"),),
    remedy="Compute it from what the test puts in, name it, or say where it comes from.",
    find=find,
    on_by_default=False,
    bad=(
        Code("""
def test_total(cart):
    cart.fill()
    assert cart.total == 4217  # <-
"""),
        Code("""
import unittest

class TestStock(unittest.TestCase):
    def test_weight(self):
        self.assertEqual(load("stock").weight, 317.25)  # <-
"""),
    ),
    good=(
        Code("""
def test_total(cart):
    price = 4217
    cart.add(price)
    assert cart.total == price
    assert cart.items == 12
"""),
        Code("""
def test_answer(client):
    assert client.get("/").status_code == 404
    assert client.get("/x").json()["code"] == 1213
"""),
        Code("""
def test_said(cart):
    # Three items of 1,405 and one of 2.
    assert cart.total == 4217
    assert cart.weight == 25000
    assert cart.limit == 65535
    assert cart.sum == 1337, "the sum of all squares below 16"
"""),
    ),
)
