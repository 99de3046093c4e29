"""A check that holds only if the clock has not moved on, or not far.

Two readings of a clock are two moments. `assert order.day == date.today()` fails at midnight, the comparison of two
times cut to seconds fails when the second ends between them, and `assert elapsed < 0.1` fails on a machine that is busy
with something else. None of these failures says anything about the code.

Hold the clock (`freezegun`, `time-machine`, a clock that is handed in), compare with a tolerance that no machine
exceeds (`pytest.approx`), or check from below only: that a wait took at least its time is always true. `now()` as a
value that the test hands in is left alone.

The guide's anti-pattern 3, "Flaky tests (timing issues)".
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, NamedTuple

from testaudit.rules.interface import Code, Hit, Rule, Settings, qualified
from testaudit.source.clocks import DAYS, NANOSECONDS, is_held, reading, readings
from testaudit.source.comparisons import Comparison, comparisons, reads_of, value_before
from testaudit.source.index import Function, Statement, terminal
from testaudit.source.vocabulary import is_check, names_in, number
from testaudit.source.wording import word_set, words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from testaudit.source.interface import SourceFile, Sources

_FORMS = word_set("int str float round format abs floor trunc")
"""Calls that show the same moment in another form."""
_METHODS = word_set(
    """
    isoformat strftime timestamp date time replace astimezone total_seconds timetuple utctimetuple toordinal ctime
    strip split format weekday isoweekday isocalendar year month day localize normalize to_iso8601_string
    """
)
_DAY_PARTS = word_set("date day month year weekday isoweekday toordinal isocalendar")
_UNITS = {"days": 86400.0, "hours": 3600.0, "minutes": 60.0, "seconds": 1.0, "milliseconds": 1e-3, "microseconds": 1e-6}
_LONGEST = 1.0
"""Seconds: an upper bound from here on leaves a busy machine some room."""
_SHORT = 0.3
"""Seconds that any machine loses now and then."""
_BENCHES = word_set("bench benchmark benchmarks perf performance")
"""Where times are measured on purpose, and by who knows what that is worth."""
_DEEPEST = 8


class _Moment(NamedTuple):
    """A reading as a check sees it."""

    clock: str
    by_day: bool


def find(file: SourceFile, sources: Sources, _settings: Settings) -> Iterator[Hit]:
    """Equality of two readings, and short upper bounds of elapsed times."""
    functions: dict[Function, None] = {}
    measures = not _BENCHES.isdisjoint(words(file.path.removesuffix(".py")))
    for _, statement, _ in readings(file):
        function = statement.function
        while function.outer is not None:
            functions[function] = None
            function = function.outer
    for function in functions:
        held = None
        last = -2
        for statement in function.statements:
            if not is_check(statement.node):
                continue
            hit = _judged(statement, file)
            if hit is None:
                continue
            held = not _is_tests(function, sources) or is_held(function, sources) if held is None else held
            if held:
                break
            message, clock, sure = hit
            if statement.line <= last + 1 and not sure:
                # Year, month and day, one below the other.
                last = statement.end_line
                continue
            last = statement.end_line
            yield Hit(
                statement.line,
                statement.end_line,
                qualified(function, sources),
                message,
                (f"reads {clock}() and no clock is held",),
                None if sure and not measures else "medium",
            )


def _is_tests(function: Function, sources: Sources) -> bool:
    """A test's own, not a helper's: who calls that one may hold the clock."""
    at = function
    while at.outer is not None and at.outer.outer is not None:
        at = at.outer
    return sources.is_test(at)


def _judged(statement: Statement, file: SourceFile) -> tuple[str, str, bool] | None:
    """What is wrong with a check, which clock it reads, and whether that is sure."""
    for comparison in comparisons(statement.node):
        if comparison.operator is ast.Eq:
            for side in (comparison, comparison.swapped()):
                moment = _moment(side.left, statement, file)
                if moment is not None and _is_another(side, statement):
                    when = "at midnight" if moment.by_day else "when the time moves on in between"
                    return f"Compares with a clock that is read again: fails {when}.", moment.clock, not moment.by_day
        for side in (comparison, comparison.swapped()):
            if side.operator in {ast.Lt, ast.LtE}:
                measured = _elapsed(side.left, statement, file)
                bound = _seconds(side.right) if measured is not None else None
                if measured is not None and bound is not None and 0 < bound * measured[1] < _LONGEST:
                    text = f"Wants this done in {bound * measured[1]:g} s: a machine that is busy takes longer."
                    return text, measured[0], bound * measured[1] <= _SHORT
    return None


# ---------------------------------------------------------------- equality


def _moment(  # noqa: PLR0911 - a case a shape
    node: ast.AST, statement: Statement, file: SourceFile, depth: int = 0
) -> _Moment | None:
    """The reading that an expression is a form of; None where it is none, or is handed to code as a value."""
    if depth > _DEEPEST:
        return None
    clock = reading(node, file, statement.function)
    if clock:
        return _Moment(clock, clock in DAYS)
    match node:
        case ast.Call(func=ast.Attribute(attr=attr, value=value)) if attr in _METHODS:
            return _part(attr, _moment(value, statement, file, depth + 1), node)
        case ast.Call(func=called, args=[value, *_]) if terminal(called) in _FORMS:
            return _moment(value, statement, file, depth + 1)
        case ast.Attribute(attr=attr, value=value) if attr in _METHODS:
            return _part(attr, _moment(value, statement, file, depth + 1), node)
        case ast.BinOp(left=left, right=right):
            sides = [_moment(left, statement, file, depth + 1), _moment(right, statement, file, depth + 1)]
            found = [side for side in sides if side is not None]
            return found[0] if len(found) == 1 else None
        case ast.Subscript(value=value):
            return _moment(value, statement, file, depth + 1)
        case ast.JoinedStr(values=values) | ast.List(elts=values) | ast.Tuple(elts=values) | ast.Dict(values=values):
            found = [side for value in values if (side := _moment(value, statement, file, depth + 1)) is not None]
            return found[0] if found else None
        case ast.FormattedValue(value=value):
            return _moment(value, statement, file, depth + 1)
        case ast.Name(id=name):
            bound = value_before(name, statement)
            if bound is None or _is_handed_in(name, bound[1]):
                return None
            return _moment(bound[0], bound[1], file, depth + 1)
    return None


def _part(attr: str, moment: _Moment | None, node: ast.AST) -> _Moment | None:
    """A part of a moment: of a day's length, or shorter."""
    if moment is None:
        return None
    if attr in _DAY_PARTS:
        return moment._replace(by_day=True)
    if attr == "strftime" and isinstance(node, ast.Call) and node.args:
        form = node.args[-1]
        if isinstance(form, ast.Constant) and not any(
            code in str(form.value) for code in ("%H", "%I", "%M", "%S", "%c", "%X", "%s", "%f", "%T")
        ):
            return moment._replace(by_day=True)
    return moment


def _is_handed_in(name: str, bound: Statement) -> bool:
    """Whether a moment is more than an expectation: some statement other than a check uses it."""
    return any(not is_check(where.node) for _, where in reads_of(name, bound.function))


def _is_another(comparison: Comparison, statement: Statement) -> bool:
    """Whether the other side may come from a reading of its own: it is no literal, and not made of the same names."""
    shared = names_in(comparison.left) & names_in(comparison.right) & set(statement.function.assignments)
    if shared or terminal(comparison.right) in {"approx", "ANY"}:
        return False
    return any(isinstance(found, ast.Name) for found in ast.walk(comparison.right))


# ---------------------------------------------------------------- elapsed time


def _elapsed(  # noqa: PLR0911 - as above
    node: ast.AST, statement: Statement, file: SourceFile, depth: int = 0
) -> tuple[str, float] | None:
    """(clock, seconds of one unit) where an expression is the time between two readings."""
    if depth > _DEEPEST:
        return None
    match node:
        case ast.Call(func=ast.Attribute(attr="total_seconds", value=value)):
            return _elapsed(value, statement, file, depth + 1)
        case ast.Call(func=called, args=[value, *_]) if terminal(called) in {"abs", "round", "float", "int"}:
            return _elapsed(value, statement, file, depth + 1)
        case ast.BinOp(op=ast.Mult(), left=left, right=right):
            factor = number(right)
            inner = _elapsed(left, statement, file, depth + 1)
            return (inner[0], inner[1] / factor) if inner is not None and factor else None
        case ast.BinOp(op=ast.Div(), left=left, right=right):
            factor = number(right)
            inner = _elapsed(left, statement, file, depth + 1)
            return (inner[0], inner[1] * factor) if inner is not None and factor else None
        case ast.BinOp(op=ast.Sub(), left=left, right=right):
            clock = _clock(left, statement, file)
            if clock and (_clock(right, statement, file) or isinstance(right, ast.Attribute)):
                return clock, 1e-9 if clock in NANOSECONDS else 1.0
        case ast.Name(id=name):
            bound = _set_inside(name, statement.function) or value_before(name, statement)
            return _elapsed(bound[0], bound[1], file, depth + 1) if bound is not None else None
    return None


def _set_inside(name: str, function: Function) -> tuple[ast.expr, Statement] | None:
    """What a nested function assigned a `nonlocal` name."""
    for inner in function.nested:
        if name in inner.assignments and any(
            isinstance(statement.node, ast.Nonlocal) and name in statement.node.names for statement in inner.statements
        ):
            return inner.assignments[name][-1]
    return None


def _clock(node: ast.AST, statement: Statement, file: SourceFile) -> str:
    """The clock that an expression, or the name that it is, was read from."""
    clock = reading(node, file, statement.function)
    if not clock and isinstance(node, ast.Name):
        bound = value_before(node.id, statement)
        clock = reading(bound[0], file, statement.function) if bound is not None else ""
    return clock


def _seconds(node: ast.AST) -> float | None:
    """A literal length of time in seconds."""
    if isinstance(node, ast.Call) and terminal(node) == "timedelta" and not node.args and node.keywords:
        found = [number(word.value) for word in node.keywords]
        units = [_UNITS.get(word.arg or "") for word in node.keywords]
        return sum((a or 0.0) * (b or 0.0) for a, b in zip(found, units, strict=True)) if all(units) else None
    return number(node)


RULE = Rule(
    code="TA303",
    slug="wall-clock-assert",
    antipattern="flaky",
    severity="warning",
    confidence=(("static", "high"),),
    remedy="Hold the clock, compare with a generous tolerance, or check from below only.",
    find=find,
    bad=(
        Code("""
import time

def test_try_lock_returns_at_once(lock):
    start = time.monotonic()
    assert not lock.acquire(blocking=False)
    assert time.monotonic() - start < 0.1  # <-

def test_is_fast(index):
    start = time.perf_counter()
    index.find("x")
    elapsed = time.perf_counter() - start
    assert 0 <= elapsed <= 0.05  # <-
"""),
        Code("""
from datetime import date, datetime
import time
import unittest

def test_stamp(order):
    order.pay()
    assert order.paid_at == int(time.time())  # <-

class TestReport(unittest.TestCase):
    def test_name(self):
        expected = datetime.now().strftime("report-%Y%m%d-%H%M.csv")
        self.assertEqual(make_report().name, expected)  # <-

    def test_day(self):
        self.assertEqual(make_report().day, date.today())  # <-
"""),
    ),
    good=(
        Code("""
import datetime
import time
import pytest
from freezegun import freeze_time

@freeze_time("2024-05-01")
def test_frozen(order):
    order.pay()
    assert order.paid_at == datetime.datetime.now()

def test_patched(order, monkeypatch):
    monkeypatch.setattr("shop.orders.now", lambda: 5)
    order.pay()
    assert order.paid_at == int(time.time())
"""),
        Code("""
import time
import pytest

def test_tolerance(order):
    order.pay()
    assert order.paid_at == pytest.approx(time.time(), abs=60)

def test_waits_at_least(lock):
    start = time.monotonic()
    lock.wait(0.2)
    assert time.monotonic() - start >= 0.2
    assert time.monotonic() - start < 30
"""),
        Code("""
from datetime import datetime, timedelta

def test_opaque(store):
    now = datetime.now()
    order = store.create(due=now)
    assert order.due == now
    assert store.due_in(order, datetime.now() - timedelta(days=1)) == "1 day"
"""),
        Code("""
import time
from datetime import datetime

def test_between(order):
    before = datetime.now()
    order.pay()
    assert before <= order.paid_at <= datetime.now()

def test_clock_of_its_own(loop, fake_clock):
    start = loop.time()
    fake_clock.advance(0.1)
    assert loop.time() - start < 0.2
"""),
    ),
)
