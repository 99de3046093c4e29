"""Two tests of one name in one scope: the second replaces the first, which never runs.

Python binds the name twice and says nothing; pytest sees the last one alone. The first test is read, counted and
trusted by people, and checks nothing. Mostly it is a copy whose name was not changed.

Rename one of them; run the suite again: a test that never ran may fail. Two classes of one name are the same thing
with more tests in it.

Definitions under different conditions (`if`/`else`, `try`/`except`) are alternatives and are left alone, and so is a
name that is used before it is bound again (registries, wrappers).

pyflakes knows it as F811 (redefinition of an unused name), which looks at unused names of every kind.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from testaudit.rules.interface import Code, Hit, Rule, RunEvidence, Settings, with_evidence
from testaudit.source.expressions import own_expressions
from testaudit.source.index import Class, Function, Statement, chain
from testaudit.source.wording import word_set, words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from testaudit.model import Finding
    from testaudit.source.interface import SourceFile, Sources

_REGISTRIES = word_set(
    "register registers registered registry overload route case cases handler dispatch command hook add task setter "
    "getter deleter property"
)
"""Words of decorators that keep a hold of what they decorate: it may run without its name."""


def find(file: SourceFile, sources: Sources, _settings: Settings) -> Iterator[Hit]:
    """Names that one block binds twice by `def` or `class`, the first one a test."""
    first: dict[tuple[int, str, str], Function | Class] = {}
    definitions: list[Function | Class] = [*file.functions, *file.classes]
    for definition in definitions:
        home = definition.home
        if home is None:
            continue
        place = (id(home.parent), home.block, definition.name)
        # A nested function has no parent statement either: its function tells the place.
        if home.parent is None and home.function is not file.module:
            continue
        earlier = first.get(place)
        first[place] = definition
        if earlier is None or earlier.home is None:
            continue
        if isinstance(earlier, Function):
            count = 1 if sources.is_test(earlier) else 0
        else:
            count = _tests_in(earlier, file, sources)
        if count and not _is_used(earlier, definition):
            yield _hit(earlier, definition, count)


def _tests_in(klass: Class, file: SourceFile, sources: Sources) -> int:
    """How many tests of its own a class holds; those of a later class of the name stand in another body."""
    return sum(1 for function in file.functions if function.owner is klass and sources.is_test(function))


def _is_used(earlier: Function | Class, later: Function | Class) -> bool:
    """Whether something takes hold of the first one: a decorator that registers it, or a statement up to the second."""
    if any(_registers(decorator) for decorator in earlier.decorators):
        return True
    home = later.home
    assert home is not None  # noqa: S101 - asked before
    block = earlier.home.parent if earlier.home is not None else None
    siblings = [
        statement
        for statement in home.function.statements
        if statement.parent is block and statement is not earlier.home and earlier.line < statement.line <= later.line
    ]
    return any(_reads(statement, earlier.name) for statement in siblings)


def _registers(decorator: ast.expr) -> bool:
    names = chain(decorator.func if isinstance(decorator, ast.Call) else decorator)
    return any(words(name) & _REGISTRIES for name in names) if names else True


def _reads(statement: Statement, name: str) -> bool:
    return any(isinstance(node, ast.Name) and node.id == name for node in own_expressions(statement.node))


def _hit(earlier: Function | Class, later: Function | Class, count: int) -> Hit:
    what = "This test never runs" if count == 1 else f"These {count} tests never run"
    return Hit(
        earlier.line,
        earlier.line,
        earlier.qualname,
        f"{what}: line {later.line} defines {earlier.name} again.",
        (f"both stand in one scope: lines {earlier.line} and {later.line}",),
    )


def weigh(finding: Finding, evidence: RunEvidence) -> Finding | None:
    """Which definition the run knew: the second proves it, the first one disproves it."""
    lines = {test.line for test in evidence.tests if test.line}
    if not lines or not finding.evidence:
        return finding
    if any(finding.line <= line <= finding.end_line for line in lines):
        return None
    ran = min(lines)
    return with_evidence(finding, "runtime", f"pytest collected the definition around line {ran} alone")


RULE = Rule(
    code="TA801",
    slug="shadowed-test",
    antipattern="never-runs",
    severity="error",
    confidence=(("static", "high"),),
    remedy="Give one of the two another name, and see whether the one that never ran passes.",
    find=find,
    weigh=weigh,
    bad=(
        Code("""
def test_total(cart):  # <-
    assert cart.total() == 0

def test_total(cart):
    cart.add("book")
    assert cart.total() == 12
"""),
        Code("""
import unittest
import pytest
from unittest import mock

class TestCart(unittest.TestCase):
    @mock.patch("shop.clock")
    def test_add(self, clock):  # <-
        self.assertTrue(add())

    def test_remove(self):
        self.assertTrue(remove())

    @pytest.mark.slow
    def test_add(self):
        self.assertFalse(add())
"""),
        Code("""
class TestPrices:  # <-
    def test_net(self):
        assert net() == 10

    def test_gross(self):
        assert gross() == 12

class TestPrices:
    def test_tax(self):
        assert tax() == 2
"""),
    ),
    good=(
        Code("""
import sys

if sys.platform == "win32":
    def test_path():
        assert path() == "C:"
else:
    def test_path():
        assert path() == "/"

try:
    import fast
except ImportError:
    pass
else:
    def test_path():
        assert fast.path() == "/"
"""),
        Code("""
from shop import registry

@registry.case
def test_one():
    assert one()

@registry.case
def test_one():
    assert another()
"""),
        Code("""
def test_plain():
    assert plain()

test_wrapped = twice(test_plain)

def test_plain():
    assert plainer()
"""),
        Code("""
import unittest

class TestForms(unittest.TestCase):
    def test_bound(self):
        self.assertTrue(bound())

@with_other_engine
class TestForms(TestForms):
    pass

class TestOther(unittest.TestCase):
    def test_bound(self):
        self.assertTrue(other())

def helper():
    return 1

def helper():
    return 2
"""),
    ),
)
