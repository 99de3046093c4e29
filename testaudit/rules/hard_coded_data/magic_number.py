"""A number in an assertion that nobody can tell the meaning of.

`assert total == 4217` says what came out once, not why it is right. Who changes the code cannot see whether the new
number is right as well, and copies it over.

Compute it from what the test puts in, give it a name, or say in a comment where it comes from. Left alone are numbers
of up to two digits, status codes, round numbers, those of the calendar and those that say that they stand for any
(12345); what is written in hex, octal or binary, where the digits say what is meant; what a function answers to
literals that stand beside it; numbers that stand elsewhere in the test, its decorators, the file's set-up and fixtures
(or whose neighbour, sum, difference, product or quotient does), and those beside a comment. Off by default: many a
number is plain to those who know the field.

The guide's anti-pattern 6, "Hard-coded test data" (its pattern 4: magic numbers without context).
"""

from __future__ import annotations

import ast
import math
import re
from typing import TYPE_CHECKING

from testaudit.rules.interface import Code, Hit, Rule, Settings, qualified
from testaudit.source.comparisons import comparisons
from testaudit.source.index import terminal
from testaudit.source.vocabulary import is_check, names_in, number
from testaudit.source.wording import words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from testaudit.source.index import Function, Statement
    from testaudit.source.interface import SourceFile, Sources

_LEAST = 100
_NUMBER = re.compile(r"(?<![\w.])\d[\d_]*(?:,\d{3})*(?:\.\d+)?(?![\w])")
_CALENDAR = frozenset({"365", "366", "144", "1008", "864", "6048"})
"""Days of a year, minutes and seconds of a day and of a week, in any unit."""
_MOST = 60
_STATUS = frozenset({"status", "code", "codes", "srid", "errno", "returncode", "port", "year"})


def find(file: SourceFile, sources: Sources, _settings: Settings) -> Iterator[Hit]:
    """Literal numbers that a test compares with and that stand nowhere else in it."""
    around: set[float] | None = None
    for test in file.functions:
        if not sources.is_test(test):
            continue
        for statement in test.statements:
            if not is_check(statement.node):
                continue
            found = None
            for value in _numbers(statement, file):
                if not _is_explained(value, statement, test, file):
                    around = _numbers_in(_around(file)) if around is None else around
                    if number(value) not in around:
                        found = value
                        break
            if found is not None:
                yield Hit(
                    statement.line,
                    statement.end_line,
                    qualified(test, sources),
                    f"Wants {found.value!r}, and nothing says where that comes from.",
                    ("stands nowhere else in the test, and no comment is beside it",),
                )


def _numbers(statement: Statement, file: SourceFile) -> Iterator[ast.Constant]:
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
                and not _is_known_answer(side.left, file)
            ):
                yield side.right


def _is_round(value: float) -> bool:
    """1200, 25000, 1024, 65535, 12345: read as what they are."""
    if not math.isfinite(value) or value != int(value):
        return not math.isfinite(value)
    whole = abs(int(value))
    if str(whole) in "1234567890":
        return True
    digits = _digits(whole)
    return len(digits) <= 2 or digits in _CALENDAR or whole.bit_count() == 1 or (whole + 1).bit_count() == 1


def _digits(value: float) -> str:
    """What stays the same in other units: 567, 0.567 and 567000 have one."""
    return f"{value:.15g}".replace(".", "").strip("0") if abs(value) < 1e15 else str(int(value)).strip("0")


def _is_known_answer(node: ast.expr, file: SourceFile) -> bool:
    """`checksum(b"foo", seed=42)`, `Net("10.0.0.0/8").size`: the input stands beside the output, as in a table."""
    made = isinstance(node, ast.Attribute)
    while isinstance(node, ast.Attribute):
        node = node.value
    if not isinstance(node, ast.Call) or not (isinstance(node.func, ast.Name) or file.is_imported(node.func)):
        return False  # What a method answers depends on its object as well.
    if made and not terminal(node)[:1].isupper():
        return False  # `load("stock").weight`: the input stands elsewhere.
    given = [*node.args, *(word.value for word in node.keywords)]
    inner = [value for argument in given for value in ast.walk(argument)]
    return bool(given) and not any(isinstance(value, ast.Name) and not _is_called(value, inner) for value in inner)


def _is_called(name: ast.Name, inner: list[ast.AST]) -> bool:
    """Whether a name is what a call among these calls: `date` in `date(2017, 1, 1)`."""
    return any(isinstance(call, ast.Call) and call.func is name for call in inner)


def _is_a_code(node: ast.expr) -> bool:
    named = set(names_in(node))
    named |= {found.attr for found in ast.walk(node) if isinstance(found, ast.Attribute)}
    named |= {str(found.value) for found in ast.walk(node) if isinstance(found, ast.Constant)}
    return any(words(name) & _STATUS for name in named)


def _is_explained(value: ast.Constant, statement: Statement, test: Function, file: SourceFile) -> bool:
    written = _as_written(value, file)
    if written[:1] == "0" and written[1:2].lower() in {"x", "o", "b"}:
        return True
    if file.comments_near(statement.line, statement.end_line):
        return True
    if isinstance(statement.node, ast.Assert) and statement.node.msg is not None:
        return True
    first = min([test.line, *(decorator.lineno for decorator in test.decorators)])
    above = file.lines_of(first, statement.line - 1)
    below = file.lines_of(statement.end_line + 1, test.end_line)
    same = file.lines_of(statement.line, statement.end_line)
    own = [*_numbers_in(above), *_numbers_in(below), *_numbers_in(same.replace(written, "", 1))]
    wanted = number(value)
    return wanted is None or wanted in own or _is_made_of(wanted, own)


def _as_written(value: ast.Constant, file: SourceFile) -> str:
    line = file.lines[value.lineno - 1].encode("utf-8", "replace")
    return line[value.col_offset : value.end_col_offset].decode("utf-8", "replace")


def _numbers_in(text: str) -> set[float]:
    """The numbers of a text, those inside of literal texts and comments included."""
    found = (float(written.replace("_", "").replace(",", "")) for written in _NUMBER.findall(text))
    return {value for value in found if math.isfinite(value)}


def _around(file: SourceFile) -> str:
    """What stands in the file outside of its test functions: set-up, fixtures, constants, helpers."""
    kept = list(file.lines)
    for function in file.functions:
        if function.name.startswith("test"):
            kept[function.line - 1 : function.end_line] = [""] * (function.end_line - function.line + 1)
    return "\n".join(kept)


def _is_made_of(value: float, numbers: list[float]) -> bool:
    """Whether it is one of the numbers in another unit, its neighbour, or comes of two of them."""
    known = set(numbers[:_MOST])
    if value - 1 in known or value + 1 in known or _digits(value) in map(_digits, known):
        return True
    return any(
        value - one in known or one - value in known or value * one in known or (one and value / one in known)
        for one in known
        if one not in {0.0, 1.0}
    )


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
    assert cart.mode == 0o644
    assert cart.flags == 0x0102FF
    assert cart.number == 12345
    assert checksum(b"cart", seed=42) == 2972666014
    assert seconds_of(date(2017, 1, 1)) == 1483228831
"""),
        Code("""
import unittest
import pytest

class TestStock(unittest.TestCase):
    def setUp(self):
        self.stock = load("stock", pieces=4217)

    def test_pieces(self):
        self.assertEqual(self.stock.pieces, 4217)

@pytest.mark.parametrize("weight", [1_405])
def test_weight(weight):
    assert load(weight).weight == 1405

def test_one_more(stock):
    for _ in range(210):
        stock.add()
    stock.add()
    assert stock.pieces == 211

def test_together(cart):
    cart.add(price=317, pieces=3)
    assert cart.total == 951
    assert cart.seconds == 86400

def test_units(cart):
    cart.add(price="12.95 EUR", megabytes=128)
    assert cart.cents == 1295
    assert cart.bytes == 128_000_000
    assert Network("192.0.2.0/24").usable == 254
"""),
    ),
)
