"""The same set-up, written out again in test after test.

Ten lines that stand in five tests are fifty lines to change when what they set up changes, and one is forgotten.
Each test begins with a page that says nothing about it, and the line in which two tests differ is lost among those in
which they do not.

Move the set-up into a fixture (in a `TestCase`: into `setUp`), and let it return what the tests need. What differs from
test to test stays in the test, or becomes an argument of a factory.

Only what is equal word for word counts, from the first statement on and up to the first check; layout, comments and
quotes do not matter. One or two long statements (a call with many arguments, a text) are named at lower confidence.

The guide's section "How to refactor tests", numbers 1 and 2, "Identify test duplication" and "Extract common setup into
fixtures".
"""

from __future__ import annotations

import ast
from collections import defaultdict
from typing import TYPE_CHECKING, TypeAlias

from testaudit.rules.interface import Code, Hit, Option, Rule, Settings, qualified
from testaudit.source.index import chain, terminal
from testaudit.source.tokens import normal_tokens, segment
from testaudit.source.vocabulary import is_check

if TYPE_CHECKING:
    from collections.abc import Iterator

    from testaudit.source.index import Function
    from testaudit.source.interface import SourceFile, Sources

Key: TypeAlias = "tuple[str, ...]"
_SURE = 3
"""A single long call, or a text, may be what the test is about: from so many statements on it is a set-up."""


def find(file: SourceFile, sources: Sources, settings: Settings) -> Iterator[Hit]:
    """Set-ups of at least `min-lines` lines that at least `min-tests` tests of the file begin with."""
    lines, tests = int(settings.number("min-lines")), int(settings.number("min-tests"))
    long = [function for function in file.functions if function.end_line - function.line > lines]
    if len(long) < tests:
        return
    shapes: dict[Key, list[Function]] = defaultdict(list)
    for function in long:
        body = _body(function)
        if body and _sets_up(body[0]) and sources.is_test(function):
            shapes[_shape(body[0])].append(function)
    for similar in shapes.values():
        # Most tests begin as no other does: their text need not be looked at.
        if len(similar) < tests:
            continue
        begins: dict[Key, list[Function]] = defaultdict(list)
        for function in similar:
            begins[_key(_body(function)[0], file)].append(function)
        for alike in begins.values():
            if len(alike) >= tests:
                yield from _shared(alike, file, sources, lines, tests)


def _body(function: Function) -> list[ast.stmt]:
    """The statements of a function, its docstring left out."""
    body = list(getattr(function.node, "body", ()))
    return body[1:] if function.docstring else body


def _shape(statement: ast.stmt) -> Key:
    """What a statement looks like from afar: equal ones have equal shapes."""
    value = statement.value if isinstance(statement, ast.Assign | ast.Expr) else None
    targets = statement.targets if isinstance(statement, ast.Assign) else []
    called = value.value if isinstance(value, ast.Await) else value
    return (
        type(statement).__name__,
        *(terminal(target) for target in targets),
        type(value).__name__,
        *(chain(called.func) if isinstance(called, ast.Call) else ()),
    )


def _key(statement: ast.stmt, file: SourceFile) -> Key:
    """What a statement says, whatever its layout."""
    return normal_tokens(segment(file, statement))


def _shared(alike: list[Function], file: SourceFile, sources: Sources, lines: int, tests: int) -> Iterator[Hit]:
    """The longest set-up that enough of these tests, which begin alike, have in common."""
    bodies = {function: _body(function) for function in alike}
    held, depth = alike, 1
    while True:
        groups: dict[Key, list[Function]] = defaultdict(list)
        for function in held:
            body = bodies[function]
            if depth < len(body) - 1 and _sets_up(body[depth]):
                groups[_key(body[depth], file)].append(function)
        biggest = max(groups.values(), key=len, default=[])
        if len(biggest) < tests:
            break
        held, depth = biggest, depth + 1
    first = held[0]
    block = bodies[first][:depth]
    count = sum((part.end_lineno or part.lineno) - part.lineno + 1 for part in block)
    if count < lines:
        return
    start, end = block[0].lineno, block[-1].end_lineno or block[-1].lineno
    others = ", ".join(function.name for function in held[1:4])
    more = f" and {len(held) - 4} more" if len(held) > 4 else ""
    yield Hit(
        start,
        end,
        qualified(first, sources),
        f"{len(held)} tests begin with the same {count} lines of set-up (here lines {start} to {end}).",
        (f"the same {depth} statement{'s' if depth > 1 else ''}, word for word, in {others}{more}",),
        None if depth >= _SURE else "medium",
    )


def _sets_up(statement: ast.stmt) -> bool:
    return not is_check(statement)


RULE = Rule(
    code="TA1004",
    slug="duplicate-setup",
    antipattern="organisation",
    severity="info",
    confidence=(("static", "high"),),
    remedy="Move these lines into a fixture (in a TestCase: into setUp) that returns what the tests need.",
    find=find,
    options=(
        Option("min-lines", 10, "lines of set-up from which on the rule speaks"),
        Option("min-tests", 5, "tests of one file that begin with the same set-up"),
    ),
    bad=(
        Code(
            '''
def test_total(database):
    tenant = Tenant(name="a")  # <-
    database.add(tenant)
    database.commit()
    agent = Agent(tenant=tenant)
    assert total(agent) == 0

def test_count(database):
    tenant = Tenant(name='a')
    database.add(
        tenant,
    )
    database.commit()
    agent = Agent(tenant=tenant)
    assert count(agent) == 0

class TestNames:
    def test_name(self, database):
        """A name."""
        tenant = Tenant(name="a")
        database.add(tenant)  # as always
        database.commit()
        agent = Agent(tenant=tenant)
        rename(agent)
        assert agent.name == "b"
''',
            options=(("min-lines", 4), ("min-tests", 3)),
        ),
        Code(
            """
class TestShop(TestCase):
    def test_open(self):
        self.shop = Shop()  # <-
        self.shop.stock(1)
        self.shop.stock(2)
        self.shop.open()
        self.assertTrue(self.shop.is_open)

    def test_close(self):
        self.shop = Shop()
        self.shop.stock(1)
        self.shop.stock(2)
        self.shop.close()
        self.assertFalse(self.shop.is_open)
""",
            options=(("min-lines", 3), ("min-tests", 2)),
        ),
    ),
    good=(
        Code(
            """
def test_open(shop):
    assert shop.open()
    shop.stock(1)
    shop.stock(2)
    shop.stock(3)

def test_close(shop):
    assert shop.open()
    shop.stock(1)
    shop.stock(2)
    shop.stock(3)
""",
            options=(("min-lines", 3), ("min-tests", 2)),
        ),
        Code(
            """
def test_open():
    shop = Shop(1)
    shop.stock(1)
    shop.stock(2)
    assert shop.open()

def test_close():
    shop = Shop(2)
    shop.stock(1)
    shop.stock(2)
    assert shop.close()
""",
            options=(("min-lines", 3), ("min-tests", 2)),
        ),
        Code(
            """
def test_open():
    shop = Shop()
    shop.stock(1)
    shop.stock(2)
    shop.stock(3)
    assert shop.open()

def helper():
    shop = Shop()
    shop.stock(1)
    shop.stock(2)
    shop.stock(3)
    return shop
""",
            options=(("min-lines", 3), ("min-tests", 2)),
        ),
        Code(
            """
def test_short():
    shop = Shop()
    assert shop.open()

def test_shorter():
    shop = Shop()
    assert shop.close()
""",
            options=(("min-lines", 3), ("min-tests", 2)),
        ),
    ),
)
