"""A test that is too long to be read at once.

Whoever meets its failure reads a hundred lines to learn what was being tested, and a test of that length is seldom
about one thing: it stops at its first failure, and what stands below that is not tested at all. Nobody dares to change
it, so the next check is put at its end.

Write one test a behaviour, and move what they share into fixtures or helpers. Twenty to fifty lines are what a reader
holds in mind.

Lines of code count: no blank ones, no comments, no docstrings; a list, a dictionary or a text over several lines is
data, and counts as one line. Above twice the limit the finding is a warning. It is surest of a test that does and
checks the same again and again, in a dozen turns and more: that one can be cut, or becomes a table. A test of one act
with a long set-up is named at lower confidence. End-to-end and smoke tests tell a story and are left alone.

The guide's section "How to refactor tests", number 4, "Split large tests into focused tests".
"""

from __future__ import annotations

import ast
from collections import Counter
from typing import TYPE_CHECKING

from testaudit.rules.interface import Code, Hit, Option, Rule, Settings, qualified
from testaudit.source.expressions import own_expressions
from testaudit.source.extent import code_lines
from testaudit.source.index import terminal
from testaudit.source.stories import tells_a_story
from testaudit.source.vocabulary import is_check
from testaudit.source.wording import word_set, words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from testaudit.source.index import Function
    from testaudit.source.interface import SourceFile, Sources

_MANY = 12
_AGAIN = 10
"""So many rounds, and so many of them with the same act, and a test can surely be cut."""
_CLIENTS = word_set("client api session http browser app")
_LOOKS = word_set(
    """
    get get_by get_or_none filter filter_by first last all count exists one scalar scalars len isinstance range set list
    dict str int float bool tuple sorted repr type sum any min max json get_json loads dumps format join split decode
    encode strip lower upper keys values items info debug print reverse url_for Decimal datetime timedelta date now copy
    deepcopy replace locator inner_text evaluate read_text read refresh_from_db refresh to_global_id startswith endswith
    append isoformat values_list total_seconds slice
    """
)


def find(file: SourceFile, sources: Sources, settings: Settings) -> Iterator[Hit]:
    """Tests of more than `max-lines` lines of code."""
    limit = int(settings.number("max-lines"))
    for test in file.functions:
        if test.end_line - test.line <= limit or not sources.is_test(test):
            continue
        count = len(code_lines(test, file))
        if count <= limit or tells_a_story(test, sources):
            continue
        rounds = _rounds(test)
        act, times = _repeated(rounds)
        cuttable = len(rounds) >= _MANY and times >= _AGAIN
        yield Hit(
            test.line,
            test.line,
            qualified(test, sources),
            f"This test has {count} lines of code: too many to see what it tests, and a failure hides the rest.",
            (
                f"{count} lines of code without data and docstring; {limit} are the limit",
                f"checks and other statements take turns {len(rounds)} times; {act}() is called in {times} of the turns"
                if cuttable
                else f"checks and other statements take turns {len(rounds)} time{'s' if len(rounds) != 1 else ''}",
            ),
            None if cuttable else "medium",
            severity="warning" if count > 2 * limit else None,
        )


def _rounds(test: Function) -> list[set[str]]:
    """What is called in each round: a run of other statements, and the checks after it."""
    rounds: list[set[str]] = [set()]
    checking = False
    for statement in test.statements:
        checks = is_check(statement.node)
        if checking and not checks:
            rounds.append(set())
        checking = checks
        rounds[-1] |= {name for part in own_expressions(statement.node) if (name := _act(part))}
    return rounds


def _act(node: ast.AST) -> str:
    """The last name of a call that does something; empty for what only looks at a result."""
    if not isinstance(node, ast.Call):
        return ""
    name = terminal(node)
    if name in _LOOKS and not (name == "get" and words(terminal(getattr(node.func, "value", node))) & _CLIENTS):
        return ""
    return "" if name.lower().startswith("assert") else name


def _repeated(rounds: list[set[str]]) -> tuple[str, int]:
    """The act that stands in most rounds, and in how many."""
    counted = Counter(name for names in rounds for name in names)
    return min(counted.items(), key=lambda item: (-item[1], item[0]), default=("", 0))


RULE = Rule(
    code="TA502",
    slug="long-test",
    antipattern="multiple-workflows",
    severity="info",
    confidence=(("static", "high"),),
    remedy="Write one test a behaviour; move what they share into fixtures or helpers.",
    find=find,
    options=(Option("max-lines", 100, "lines of code (without data and docstring) from which on the rule speaks"),),
    bad=(
        Code(
            """
def test_import(shop):  # <-
    shop.open()
    first = shop.add(1)
    assert first.ok
    second = shop.add(2)
    assert second.ok
    shop.close()
""",
            options=(("max-lines", 5),),
        ),
        Code(
            """
async def test_pool():  # <-
    async def use(pool):
        await pool.open()
        async with pool:
            await pool.grow()
            await pool.shrink()

    pool = make()
    await use(pool)
    assert pool.closed
""",
            options=(("max-lines", 5),),
        ),
    ),
    good=(
        Code("""
def test_import(shop):
    shop.open()
    assert shop.add(1).ok
"""),
        Code(
            """
def test_table(shop):
    rows = [
        ("a", 1),
        ("b", 2),
        ("c", 3),
    ]
    assert shop.load(rows) == {
        "a": 1,
        "b": 2,
        "c": 3,
    }
""",
            options=(("max-lines", 3),),
        ),
        Code(
            '''
def test_text(shop):
    """What a shop prints.

    Over some lines,
    as people write it.
    """
    # The printer
    # wants its time.
    text = shop.show("""
        one
        two
        three
    """)

    assert text == ""
''',
            options=(("max-lines", 3),),
        ),
        Code(
            """
import pytest

@pytest.mark.e2e
def test_whole_story(shop):
    shop.open()
    assert shop.add(1).ok
    assert shop.add(2).ok
    assert shop.close().ok

def test_buying_in_the_browser(page):
    page.goto("/")
    page.click("#buy")
    page.fill("#name", "a")
    assert page.title() == "Thanks"
""",
            options=(("max-lines", 3),),
        ),
        Code(
            """
def helper(shop):
    shop.open()
    shop.add(1)
    shop.add(2)
    shop.add(3)
    shop.close()
""",
            options=(("max-lines", 3),),
        ),
    ),
)
