"""A comparison that counts on an order which nobody promised.

`os.listdir`, `glob` and `iterdir` give the entries of a folder as the file system keeps them; a set is walked by hash,
and the hashes of texts differ from process to process. The check passes on the machine where it was written and fails
on another file system, or in one run of ten.

Sort what came (`sorted(...)`), compare sets with sets, or ask for what must be in it. One element, a length and a
comparison of sets need no order and are left alone.

Luo et al., "An Empirical Analysis of Flaky Tests" (2014), name unordered collections among the ten causes.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from testaudit.rules.interface import Code, Hit, Rule, Settings, qualified
from testaudit.source.comparisons import comparisons, value_before
from testaudit.source.unordered import Unordered, unordered
from testaudit.source.vocabulary import is_check

if TYPE_CHECKING:
    from collections.abc import Iterator

    from testaudit.source.index import Function, Statement
    from testaudit.source.interface import SourceFile, Sources

_CALLED = ("listdir", "scandir", "glob", "iglob", "rglob", "iterdir", "set", "frozenset")


def find(file: SourceFile, sources: Sources, _settings: Settings) -> Iterator[Hit]:
    """Ordered comparisons of listings and sets with more than one element."""
    functions: dict[Function, None] = {}
    for _, statement in file.calls(*_CALLED):
        functions[statement.function] = None
    for function in functions:
        for statement in function.statements:
            if not is_check(statement.node):
                continue
            found = _in_order(statement, file)
            if found is None:
                continue
            yield Hit(
                statement.line,
                statement.end_line,
                qualified(function, sources),
                f"Counts on the order of {found.source}, which is another one elsewhere.",
                (f"made by {found.source} on line {found.where.line}, and not sorted",),
            )


def _in_order(statement: Statement, file: SourceFile) -> Unordered | None:
    """What a check wrongly takes to be in order: several elements, as the other side shows."""
    for comparison in comparisons(statement.node):
        if comparison.operator is not ast.Eq:
            continue
        for side in (comparison, comparison.swapped()):
            found = unordered(side.left, statement, file)
            if found is not None and _length(side.right, statement) > 1:
                return found
            found = _element(side.left, statement, file)
            if found is not None:
                return found
    return None


def _length(node: ast.expr, statement: Statement) -> int:
    """How many elements a literal sequence has at least, a name of one followed; 0 where it cannot be told."""
    if isinstance(node, ast.Name):
        bound = value_before(node.id, statement)
        node = bound[0] if bound is not None else node
    if isinstance(node, ast.List | ast.Tuple):
        return sum(1 for element in node.elts if not isinstance(element, ast.Starred))
    return 0


def _element(node: ast.expr, statement: Statement, file: SourceFile) -> Unordered | None:
    """`files[1]`: there are several, and one is picked by its place."""
    while isinstance(node, ast.Attribute):
        node = node.value
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, int):
        if node.slice.value in {0, -1}:
            return None
        return unordered(node.value, statement, file)
    return None


RULE = Rule(
    code="TA305",
    slug="unordered-compare",
    antipattern="flaky",
    severity="warning",
    confidence=(("static", "medium"),),
    remedy="Sort what came, or compare sets.",
    find=find,
    bad=(
        Code("""
import os
from pathlib import Path

def test_unpack(tmp_path):
    unpack("shop.zip", tmp_path)
    assert os.listdir(tmp_path) == ["a.txt", "b.txt"]  # <-

def test_names(tmp_path):
    unpack("shop.zip", tmp_path)
    names = [path.name for path in tmp_path.iterdir()]
    assert names == ["a.txt", "b.txt"]  # <-
"""),
        Code("""
import glob
import unittest

class TestTags(unittest.TestCase):
    def test_tags(self):
        self.assertEqual(["blue", "red"], list(set(tags_of("x"))))  # <-

    def test_files(self):
        files = glob.glob("out/*.csv")
        self.assertEqual(files[1], "out/b.csv")  # <-
"""),
    ),
    good=(
        Code("""
import os

def test_sorted(tmp_path):
    unpack("shop.zip", tmp_path)
    assert sorted(os.listdir(tmp_path)) == ["a.txt", "b.txt"]
    names = os.listdir(tmp_path)
    names.sort()
    assert names == ["a.txt", "b.txt"]
"""),
        Code("""
import os

def test_sets(tmp_path):
    unpack("shop.zip", tmp_path)
    assert set(os.listdir(tmp_path)) == {"a.txt", "b.txt"}
    assert len(os.listdir(tmp_path)) == 2
    assert "a.txt" in os.listdir(tmp_path)
"""),
        Code("""
def test_one(tmp_path):
    save(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["orders.csv"]
    assert list(tmp_path.glob("*.tmp")) == []
    assert next(tmp_path.glob("*.csv")).name == "orders.csv"

def test_in_order(shop):
    names = [tag.name for tag in shop.tags("blue", "red")]
    assert names == ["blue", "red"]
"""),
        Code("""
def test_doubles(shop):
    wanted = list(set(["blue", "blue"]))
    shop.put(["blue", "blue"])
    assert shop.tags == wanted
"""),
    ),
)
