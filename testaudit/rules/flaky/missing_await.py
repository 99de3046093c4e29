"""A coroutine that nobody awaits: the test reads as if it were done, and it never ran.

Calling an `async def` runs none of it. As a statement it does nothing; in an assertion the coroutine object is true,
whatever the function would have answered. The check holds always, or something else happens to do the work in time.

Await it (and make the test `async def`), or hand it to what runs it: `asyncio.run(...)`, a task, `gather`. Coroutines
that are passed on, returned, gathered, closed or awaited later are left alone.

The guide's anti-pattern 3, "Flaky tests (timing issues)".
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from testaudit.model import Frame
from testaudit.rules.interface import Code, Hit, Rule, Settings, Sighting, qualified
from testaudit.source.comparisons import comparisons, reads_of
from testaudit.source.coroutines import coroutine, is_from_elsewhere, likely_coroutines
from testaudit.source.index import Function, Statement, terminal
from testaudit.source.seen_places import place_of
from testaudit.source.vocabulary import assertion_call, is_check
from testaudit.source.wording import word_set

if TYPE_CHECKING:
    from collections.abc import Iterator

    from testaudit.model import AuditedTest, Run
    from testaudit.source.interface import SourceFile, Sources

_NEVER = re.compile(r"coroutine '([^']{1,200})' was never awaited")
_EXPECTING = word_set("raises warns assertRaises assertWarns assertRaisesRegex suppress deprecated_call catch_warnings")
_TRUTH = word_set("assertTrue assertFalse assertIsNone assertIsNotNone assert_")
_ASSERTED = "the check sees a coroutine, which is always true"
_COMPARED = word_set("assertEqual assertNotEqual assertIn assertNotIn assertIs assertIsNot")


def find(file: SourceFile, sources: Sources, _settings: Settings) -> Iterator[Hit]:
    """Coroutines that are called as a statement, asserted, or bound to a name that only assertions read."""
    if "async" not in file.text and "await" not in file.text:
        # A suite that knows nothing of coroutines: not worth following each of its calls.
        return
    likely = likely_coroutines(file)
    for statement in file.statements_of(ast.Call):
        if isinstance(statement.node, ast.Expr) and isinstance(statement.node.value, ast.Call):
            for call in _asserted(statement.node) if is_check(statement.node) else [statement.node.value]:
                what = _ASSERTED if is_check(statement.node) else "nothing of it runs"
                if terminal(call) in likely or is_from_elsewhere(call, file, sources):
                    yield from _judged(call, statement, what, file, sources)
    for statement in file.statements_of(ast.Assert):
        for call in _asserted(statement.node):
            if terminal(call) in likely or is_from_elsewhere(call, file, sources):
                yield from _judged(call, statement, _ASSERTED, file, sources)
    for statement in file.statements_of(ast.Assign) if likely else ():
        value = statement.node.value if isinstance(statement.node, ast.Assign) else None
        if isinstance(value, ast.Call) and terminal(value) in likely and _is_never_awaited(statement):
            yield from _judged(value, statement, "what it is bound to never runs", file, sources)


def observe(run: Run, sources: Sources, _settings: Settings) -> Iterator[Sighting]:
    """What Python warned of: a coroutine that was collected as garbage before anybody awaited it."""
    tests = {test.node_id: test for test in run.tests}
    for warning in run.warnings:
        test = tests.get(warning.node_id) if warning.node_id is not None else None
        match = _NEVER.search(warning.message)
        if match is None or test is None or _is_about_it(test):
            continue
        place = place_of(Frame(warning.path, warning.line, ""), test, sources)
        if place is not None:
            yield Sighting(
                place.path,
                place.line,
                "",
                f"The coroutine {match[1]!r} was never awaited.",
                (f"warned while it ran: {warning.message.splitlines()[0][:160]}",),
                (test.node_id,),
            )


def _is_about_it(test: AuditedTest) -> bool:
    """It expects or ignores the warning."""
    return any(
        marker.name == "filterwarnings" and any("await" in argument for argument in marker.args)
        for marker in test.markers
    )


def _judged(call: ast.Call, statement: Statement, what: str, file: SourceFile, sources: Sources) -> Iterator[Hit]:
    made = coroutine(call, statement, file, sources)
    if made and _counts(statement, sources):
        yield Hit(
            statement.line,
            statement.end_line,
            qualified(statement.function, sources),
            f"A coroutine that nobody awaits: {what}.",
            (f"calls {made}, and there is no await",),
        )


def _counts(statement: Statement, sources: Sources) -> bool:
    """In a test, fixture or helper of the suite; not where a complaint about it is expected."""
    if not sources.is_suite_file(statement.function.path) or statement.block == "lambda":
        return False
    return not any(
        isinstance(around.node, ast.With | ast.AsyncWith)
        and any(terminal(item.context_expr) in _EXPECTING for item in around.node.items)
        for around in statement.ancestors()
    )


def _asserted(node: ast.AST) -> list[ast.Call]:
    """The calls whose bare results a check looks at."""
    found: list[ast.expr] = []
    if isinstance(node, ast.Assert):
        found.append(node.test)
    call = assertion_call(node)
    if call is not None and call.args and terminal(call) in _TRUTH:
        found.append(call.args[0])
    if call is not None and terminal(call) in _COMPARED:
        found += call.args[:2]
    for comparison in comparisons(node):
        found += [comparison.left, comparison.right]
    return [plain for value in found if isinstance(plain := _without_not(value), ast.Call)]


def _without_not(node: ast.expr) -> ast.expr:
    return node.operand if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not) else node


def _is_never_awaited(statement: Statement) -> bool:
    """A plain name is bound, and read by nothing, or by checks of its truth alone."""
    node = statement.node
    if not isinstance(node, ast.Assign) or len(node.targets) != 1 or not isinstance(node.targets[0], ast.Name):
        return False
    name = node.targets[0].id
    function: Function = statement.function
    if function.outer is None or len(function.assignments.get(name, ())) != 1 or name.startswith("_"):
        return False
    reads = reads_of(name, function)
    return all(is_check(where.node) and _is_bare(name, where.node) for _, where in reads)


def _is_bare(name: str, node: ast.AST) -> bool:
    """`assert result`, `assert result is not None`: the name itself is looked at."""
    if isinstance(node, ast.Assert):
        values = [node.test, *(side for comparison in comparisons(node) for side in comparison[::2])]
        return any(isinstance(plain := _without_not(value), ast.Name) and plain.id == name for value in values)
    call = assertion_call(node)
    return call is not None and any(isinstance(value, ast.Name) and value.id == name for value in call.args[:2])


RULE = Rule(
    code="TA308",
    slug="missing-await",
    antipattern="flaky",
    severity="error",
    confidence=(("static", "high"), ("runtime", "medium")),
    remedy="Await it, or hand it to what runs it.",
    find=find,
    observe=observe,
    bad=(
        Code("""
import asyncio

async def fill(store):
    await store.put("x")

async def test_fill(store):
    fill(store)  # <-
    asyncio.sleep(0.1)  # <-
    assert store.size == 1
"""),
        Code("""
import pytest

class Service:
    async def save(self, order):
        return False

@pytest.fixture
def service():
    return Service()

def test_save(service, order):
    assert service.save(order)  # <-

def test_save_again(order):
    service = Service()
    result = service.save(order)  # <-
    assert result is not None
"""),
        Code(
            """
from tests.helpers import run_in_thread

class TestOrders:
    async def check(self, order):
        assert order.paid

    def test_error(self):
        run_in_thread(order, expected=1)  # <-

    async def test_paid(self, order):
        self.check(order)  # <-
""",
            beside=(
                ("tests/helpers.py", "async def run_in_thread(call, **kwargs):\n    return await call(**kwargs)\n"),
            ),
        ),
    ),
    good=(
        Code("""
import asyncio

async def fill(store):
    await store.put("x")

async def test_awaited(store):
    await fill(store)
    await asyncio.gather(fill(store), fill(store))
    task = asyncio.create_task(fill(store))
    later = fill(store)
    await later
    await task

def test_run(store):
    asyncio.run(fill(store))
    coroutine = fill(store)
    coroutine.close()
    assert asyncio.iscoroutine(coroutine)
"""),
        Code("""
import pytest

async def fill(store):
    await store.put("x")

def test_warns(store):
    with pytest.warns(RuntimeWarning):
        fill(store)
"""),
        Code("""
from shop import as_sync

@as_sync
async def fill(store):
    await store.put("x")

def fetch(store):
    return store.get("x")

def test_decorated(store):
    fill(store)
    assert fetch(store)
"""),
        Code("""
from shop import flow

class Steps:
    async def numbers(self):
        yield 1

    def first(self):
        return 1

def test_sync():
    steps = Steps()
    assert steps.first()
    numbers = steps.numbers()
    assert numbers
"""),
    ),
)
