"""A loop that waits for something, and waits for ever when it does not come.

`while not worker.done: sleep(0.1)` ends when all is well. When it is not, the test neither passes nor fails: the run
hangs until somebody stops it, and nothing says which test it was or what it waited for.

Wait with a deadline: count the rounds, look at the clock, use `wait_for` or an event with a timeout. Loops that count
or look at a clock, that stand in a timeout, and tests with a timeout of pytest-timeout (their own, or the suite's) are
left alone; so are `join()` and `get()` after something that is bounded itself, `while thread.is_alive()`, and what
plays something in a test and waits as that does. Off by default: a timeout for the whole suite answers most of it.

The guide's anti-pattern 3, "Flaky tests (timing issues)".
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from testaudit.rules.interface import Code, Hit, Rule, Settings, qualified
from testaudit.source.clocks import reading
from testaudit.source.index import Function, Statement, terminal
from testaudit.source.targets import is_of_suite
from testaudit.source.vocabulary import mark_names
from testaudit.source.wording import word_set, words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from testaudit.source.interface import SourceFile, Sources

_PAUSES = word_set("sleep wait wait_for_timeout checkpoint pump process_events processEvents")
_BOUNDED = word_set("timeout timeout_after wait_for move_on_after move_on_at fail_after fail_at Timeout time_limit")
_WAIVED = re.compile(r"noqa: *ASYNC(110|251)")
"""Another linter said it, and its author has answered."""
_ENDS = (ast.Raise, ast.Assert, ast.Return)


def find(file: SourceFile, sources: Sources, _settings: Settings) -> Iterator[Hit]:
    """Polling loops of tests and fixtures without any bound."""
    if sources.discovery.settings.ends_what_hangs or not is_of_suite(sources, file.path):
        return
    for statement in file.statements_of(ast.While):
        node = statement.node
        if not isinstance(node, ast.While) or not _polls(node) or not _is_meant_to_end(node):
            continue
        if _is_a_doubles(statement.function, sources) or _WAIVED.search(
            file.lines_of(statement.line, statement.end_line)
        ):
            continue
        if _is_bounded(node, statement, file) or _has_timeout(statement.function, sources):
            continue
        yield Hit(
            statement.line,
            statement.line,
            qualified(statement.function, sources),
            "Waits without an end: when it does not come, the run hangs here.",
            ("no counter, no clock and no timeout ends this loop",),
        )


def _polls(loop: ast.While) -> bool:
    """It asks and pauses: `pass` beside a plain condition, or a call that waits."""
    if all(isinstance(inner, ast.Pass) for inner in loop.body):
        return not any(isinstance(node, ast.Call) for node in ast.walk(loop.test))
    nodes = (node for inner in loop.body for node in ast.walk(inner))
    return any(isinstance(node, ast.Call) and terminal(node) in _PAUSES for node in nodes)


def _is_meant_to_end(loop: ast.While) -> bool:
    """It is none that runs beside the test until it is cancelled (`while True` without a way out), and no `join()`."""
    if isinstance(loop.test, ast.Call) and terminal(loop.test) == "is_alive":
        return False  # A `join()` in other words.
    if not isinstance(loop.test, ast.Constant):
        return True
    return any(isinstance(node, ast.Break | ast.Return) for inner in loop.body for node in ast.walk(inner))


def _is_a_doubles(function: Function, sources: Sources) -> bool:
    """A method of a class, or a generator in a test, that plays something and loops as that does."""
    if function.owner is not None:
        return not sources.is_test_class(function.owner)
    inner = function.outer is not None and function.outer.outer is not None
    return inner and any(
        isinstance(getattr(statement.node, "value", None), ast.Yield) for statement in function.statements
    )


def _is_bounded(loop: ast.While, statement: Statement, file: SourceFile) -> bool:
    for node in ast.walk(loop):
        if isinstance(node, _ENDS) and not isinstance(node, ast.Return):
            return True
        if isinstance(node, ast.AugAssign | ast.Try | ast.NamedExpr | ast.For) or reading(
            node, file, statement.function
        ):
            return True
        if isinstance(node, ast.Call) and (
            terminal(node) in _BOUNDED or terminal(node) in {"fail", "skip", "exit", "next", "pop", "popleft", "get"}
        ):
            return True
        if isinstance(node, ast.Name | ast.Attribute) and words(terminal(node)) & {"deadline", "timeout", "attempts"}:
            return True
    return any(
        isinstance(around.node, ast.With | ast.AsyncWith)
        and any(terminal(item.context_expr) in _BOUNDED for item in around.node.items)
        for around in statement.ancestors()
    )


def _has_timeout(function: Function, sources: Sources) -> bool:
    """A timeout of pytest-timeout on the test, or a nested waiter that somebody bounds."""
    at: Function | None = function
    while at is not None and at.outer is not None:
        if "timeout" in mark_names(at, sources) or at.has_decorator("gen_test"):
            return True
        if any(terminal(call) in _BOUNDED for call, _ in at.calls):
            return True
        at = at.outer
    return False


RULE = Rule(
    code="TA309",
    slug="unbounded-wait",
    antipattern="flaky",
    severity="info",
    confidence=(("static", "medium"),),
    remedy="Wait with a deadline.",
    find=find,
    on_by_default=False,
    bad=(
        Code("""
import time

def test_worker(worker):
    worker.start()
    while not worker.done:  # <-
        time.sleep(0.1)
    assert worker.result == 3
"""),
        Code("""
import asyncio
import pytest

@pytest.fixture
async def server():
    server = launch()
    while True:  # <-
        if server.ready:
            break
        await asyncio.sleep(0.1)
    yield server
"""),
    ),
    good=(
        Code("""
import time

def test_worker(worker):
    deadline = time.monotonic() + 5
    while not worker.done and time.monotonic() < deadline:
        time.sleep(0.1)
    assert worker.done

def test_rounds(worker):
    rounds = 0
    while not worker.done:
        time.sleep(0.1)
        rounds += 1
        assert rounds < 50
"""),
        Code("""
import asyncio
import pytest

async def test_server(server):
    async def ready():
        while not server.ready:
            await asyncio.sleep(0.1)
    await asyncio.wait_for(ready(), 5)
    assert server.ready

@pytest.mark.timeout(10)
def test_limited(worker):
    while not worker.done:
        pass
    assert worker.result
"""),
        Code("""
class Worker:
    def run(self):
        while self.running:
            time.sleep(0.1)

async def test_beside(spawn):
    async def ticks():
        while True:
            await asyncio.sleep(0.1)
    task = spawn(ticks())
    task.cancel()

def test_drain(queue):
    while queue:
        assert queue.pop()
    worker = start()
    worker.join()
    assert worker.done

def test_joined(thread):
    thread.start()
    while thread.is_alive():
        time.sleep(0.01)
    assert thread.result

async def test_waived(worker):
    while not worker.done:  # noqa: ASYNC110
        await asyncio.sleep(0.1)
    assert worker.result

async def test_played(subscribe, seen):
    async def messages():
        yield "one"
        while len(seen) < 2:
            await asyncio.sleep(0.1)
    await subscribe(messages())
    assert seen
"""),
        Code(
            """
import time

def wait_for_update(job):
    while not job.done:
        time.sleep(1)
""",
            path="shop/jobs.py",
        ),
    ),
)
