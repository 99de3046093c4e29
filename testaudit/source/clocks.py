"""Clocks in tests: where one is read, and whether the test holds it still."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from testaudit.source.fixtures import fixture_closure, set_ups
from testaudit.source.index import Function, Statement, chain, terminal
from testaudit.source.vocabulary import CLOCK_NAMES, marks_of
from testaudit.source.wording import word_set

if TYPE_CHECKING:
    from collections.abc import Iterator

    from testaudit.source.files import SourceFile
    from testaudit.source.project import Sources

DAYS = word_set("datetime.date.today django.utils.timezone.localdate")
"""Readings that change once a day."""
READINGS = DAYS | word_set(
    """
    time.time time.time_ns time.monotonic time.monotonic_ns time.perf_counter time.perf_counter_ns
    timeit.default_timer datetime.datetime.now datetime.datetime.utcnow datetime.datetime.today
    django.utils.timezone.now django.utils.timezone.localtime pendulum.now arrow.now arrow.utcnow
    anyio.current_time trio.current_time
    """
)
NANOSECONDS = word_set("time.time_ns time.monotonic_ns time.perf_counter_ns")
_LAST_NAMES = frozenset(name.rpartition(".")[2] for name in READINGS)
_LOOPS = word_set("loop _loop event_loop io_loop get_event_loop get_running_loop")
_PATCHED = word_set(
    """
    time sleep now utcnow today datetime date monotonic perf_counter timezone time_ns clock localdate
    current_time _time _now get_now
    """
)
_HELD = re.compile(
    rf"{CLOCK_NAMES.pattern}|autojump|virtual_?clock|(fake|patched?|mocked|fixed|static)_?(time|date|now)"
)
_PATCHES = word_set("patch setattr object multiple stub stubs replace swap")


def readings(file: SourceFile) -> Iterator[tuple[ast.Call, Statement, str]]:
    """Every reading of a clock in a file: the call, its statement, the clock's dotted name."""
    aliases = [local for local, dotted in file.imports.items() if dotted in READINGS and local not in _LAST_NAMES]
    called = file.called_names()
    for name in (*sorted(_LAST_NAMES), *aliases):
        if name not in called:
            continue
        for call, statement in file.calls(name):
            dotted = reading(call, file, statement.function)
            if dotted:
                yield call, statement, dotted


def reading(node: ast.AST, file: SourceFile, function: Function) -> str:
    """The dotted name of the clock that an expression reads; empty when it reads none."""
    if not isinstance(node, ast.Call):
        return ""
    dotted = file.dotted(node.func, function)
    if dotted in READINGS:
        return dotted
    if isinstance(node.func, ast.Attribute) and node.func.attr == "time" and not node.args:
        owner = node.func.value
        if terminal(owner) in _LOOPS:
            return "loop.time"
    return ""


def is_held(function: Function, sources: Sources) -> bool:
    """Whether a test's clock is frozen, patched or a fake, by whatever reaches the test: itself, marks, fixtures."""
    at: Function | None = function
    while at is not None and at.outer is not None:
        if any(_HELD.search(name) for name in at.parameters) or _holds(at):
            return True
        at = at.outer
    if any(_is_holding(mark) for mark in marks_of(function, sources)):
        return True
    closure = fixture_closure(sources, function)
    if any(_HELD.search(name) for name in closure):
        return True
    around = [fixture.function for fixture in closure.values() if fixture is not None] + set_ups(sources, function)
    return any(_holds(other) for other in around)


def _holds(function: Function) -> bool:
    """Whether something in the function holds the clock."""
    if any(_is_holding(decorator) for decorator in function.decorators):
        return True
    return any(_is_holding(call) for inner in function.inside for call, _ in inner.calls)


def _is_holding(expression: ast.AST) -> bool:
    """`freeze_time(...)`, `patch("shop.orders.now")`, `monkeypatch.setattr(time, "time", …)`, `@travel(…)`."""
    names = chain(expression.func if isinstance(expression, ast.Call) else expression)
    if any(_HELD.search(name) for name in names):
        return True
    if not isinstance(expression, ast.Call) or not names or not _PATCHES.intersection(names[-2:]):
        return False
    for argument in expression.args[:2]:
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
            parts = argument.value.split(".")
            if _PATCHED.intersection(parts[-2:]) or any(_HELD.search(part) for part in parts):
                return True
        elif terminal(argument) in _PATCHED:
            return True
    return False
