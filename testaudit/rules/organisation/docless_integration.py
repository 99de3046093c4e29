"""An integration test that does not say what it integrates.

A unit test is about the thing in its name. An integration test runs through several parts, and its code does not show
which of them it is about, what is real and what stands in. Whoever meets its failure has to find that out.

Write a docstring: the scope (from where to where), the seam that is checked, and what has to run for it. One for the
class or the module is enough where its tests share it. Off by default.

The guide's section "Test documentation standards", numbers 1 and 4.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from testaudit.rules.interface import Code, Hit, Rule, Settings, qualified
from testaudit.source.vocabulary import declared_level

if TYPE_CHECKING:
    from collections.abc import Iterator

    from testaudit.source.index import Class, Function
    from testaudit.source.interface import SourceFile, Sources


def find(file: SourceFile, sources: Sources, _settings: Settings) -> Iterator[Hit]:
    """Integration tests without a docstring of their own, of their class or of their module."""
    if "integ" not in file.path.lower() and "integ" not in file.text.lower():
        return
    if ast.get_docstring(file.tree, clean=False):
        return
    for test in file.functions:
        if test.docstring or not sources.is_test(test) or _class_says(test):
            continue
        level, how = declared_level(test, sources)
        if level != "integration" or file.comment_block_above(_first_line(test)):
            continue
        yield Hit(
            test.line,
            test.line,
            qualified(test, sources),
            "This integration test does not say what it integrates.",
            (f"{how}; no docstring on the test, its class or its module",),
        )


def _first_line(test: Function) -> int:
    return min([test.line, *(decorator.lineno for decorator in test.decorators)])


def _class_says(test: Function) -> bool:
    owner: Class | None = test.owner
    while owner is not None:
        if ast.get_docstring(owner.node, clean=False):
            return True
        owner = owner.owner
    return False


RULE = Rule(
    code="TA1008",
    slug="docless-integration",
    antipattern="organisation",
    severity="info",
    confidence=(("static", "medium"),),
    remedy="Write a docstring: its scope, the seam that it checks, and what has to run for it.",
    find=find,
    on_by_default=False,
    bad=(
        Code("""
import pytest

@pytest.mark.integration
def test_save(database):  # <-
    assert database.save(1)

def test_add():
    assert add(1, 1) == 2
"""),
        Code(
            """
class TestDatabase:
    async def test_save(self, database):  # <-
        assert await database.save(1)
""",
            path="tests/integration/test_database.py",
        ),
    ),
    good=(
        Code('''
import pytest

@pytest.mark.integration
def test_save(database):
    """From the service to the table: what is saved can be read. Needs PostgreSQL."""
    assert database.save(1)
'''),
        Code(
            '''
"""The service and its database: every query against a real PostgreSQL."""

def test_save(database):
    assert database.save(1)
''',
            path="tests/integration/test_database.py",
        ),
        Code(
            '''
class TestDatabase:
    """The service and its database."""

    def test_save(self, database):
        assert database.save(1)

# Two connections at once, as two workers open them.
def test_two(database):
    assert database.save(1)
''',
            path="tests/integration/test_database.py",
        ),
    ),
)
