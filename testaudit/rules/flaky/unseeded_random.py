"""A check that holds for most draws of a random generator, but not for all.

What is drawn without a seed is another value in each run. Where the check wants less of it than a limit, or about some
number, an unlucky draw fails it, and nobody can draw the same again to find out why.

Seed the generator (`random.Random(7)`, `default_rng(7)`) or take fixed values; to look for what must hold for every
value, use Hypothesis, which shows and keeps the value that failed. Checks that hold for every value (what was put in
comes out again, lengths, types) and names that must only be unique need no seed and are left alone.

Luo et al., "An Empirical Analysis of Flaky Tests" (2014), name randomness among the ten causes; Dutta et al. (2020)
found it to be the first one in suites of statistics and machine learning.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from testaudit.rules.interface import Code, Hit, Rule, RunEvidence, Settings, qualified
from testaudit.source.comparisons import comparisons
from testaudit.source.index import terminal
from testaudit.source.randomness import drawn_names, draws, is_seeded
from testaudit.source.vocabulary import is_check, names_in, number

if TYPE_CHECKING:
    from collections.abc import Iterator

    from testaudit.model import Finding
    from testaudit.source.index import Function, Statement
    from testaudit.source.interface import SourceFile, Sources

_ORDER = frozenset({ast.Lt, ast.LtE, ast.Gt, ast.GtE})
_COUNTS = frozenset({"len", "count", "shape", "size", "ndim", "n_features_in_", "nbytes", "call_count", "status_code"})
_TOLERANCE = 1e-3
"""So close are two ways to compute one value, whatever was drawn."""
_ABOUT = frozenset({"assertAlmostEqual", "assert_almost_equal", "assert_allclose", "assert_array_almost_equal"})


def find(file: SourceFile, sources: Sources, _settings: Settings) -> Iterator[Hit]:
    """Limits and near-equalities of what was drawn without a seed."""
    tests: dict[Function, list[tuple[ast.Call, Statement, str]]] = {}
    for call, statement, dotted in draws(file):
        if sources.is_test(statement.function):
            tests.setdefault(statement.function, []).append((call, statement, dotted))
    for test, starts in tests.items():
        given = {
            number(node)
            for call, _, _ in starts
            for argument in (*call.args, *(word.value for word in call.keywords))
            for node in ast.walk(argument)
        }
        for statement in test.statements:
            if not is_check(statement.node):
                continue
            names = drawn_names(test, [(call, where) for call, where, _ in starts], statement.line)
            if not names or not _depends_on_luck(statement, names, given):
                continue
            if is_seeded(test, sources) or "hypothesis" in file.imports.values():
                break
            yield Hit(
                statement.line,
                statement.end_line,
                qualified(test, sources),
                "Holds for most random draws, not for all: an unlucky one fails it, and cannot be drawn again.",
                (f"{starts[0][2]}() on line {starts[0][0].lineno}, and no seed",),
            )
            break


def _depends_on_luck(statement: Statement, names: frozenset[str], given: set[float | None]) -> bool:
    for comparison in comparisons(statement.node):
        for side in (comparison, comparison.swapped()):
            if not names_in(side.left) & names or _counts(side.left):
                continue
            limit = _limit(side.right)
            if side.operator in _ORDER and limit is not None and limit not in {0.0, 1.0} and limit not in given:
                return abs(limit) > _TOLERANCE
            if side.operator is ast.Eq and terminal(side.right) == "approx" and _is_literal(side.right):
                return True
    node = statement.node
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and terminal(node.value) in _ABOUT:
        first, *rest = node.value.args or [node.value]
        return bool(names_in(first) & names) and bool(rest) and number(rest[0]) not in {None, 0.0, 1.0}
    return False


def _limit(node: ast.expr) -> float | None:
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        found = number(node.operand)
        return -found if found is not None else None
    return number(node)


def _counts(node: ast.AST) -> bool:
    """A length, a shape: those are the same for every draw."""
    return any(
        isinstance(found, ast.Call | ast.Attribute | ast.Name) and terminal(found) in _COUNTS
        for found in ast.walk(node)
    )


def _is_literal(call: ast.expr) -> bool:
    return isinstance(call, ast.Call) and bool(call.args) and number(call.args[0]) not in {None, 0.0, 1.0}


def weigh(finding: Finding, evidence: RunEvidence) -> Finding | None:
    """Nothing where a plugin seeds the generators before each test."""
    seeded = any(plugin.startswith("pytest-randomly") for plugin in evidence.run.environment.plugins)
    return None if seeded else finding


RULE = Rule(
    code="TA304",
    slug="unseeded-random",
    antipattern="flaky",
    severity="warning",
    confidence=(("static", "medium"),),
    remedy="Seed the generator, or take fixed values.",
    find=find,
    weigh=weigh,
    bad=(
        Code("""
import random
from statistics import mean

def test_noise_is_centred():
    sample = [random.gauss(0, 1) for _ in range(100)]
    assert abs(mean(sample)) < 0.2  # <-
"""),
        Code("""
import numpy as np
import pytest

def test_model_learns(model):
    x = np.random.rand(50, 3)
    y = x.sum(axis=1)
    model.fit(x, y)
    assert model.score(x, y) > 0.8  # <-

def test_mean():
    rng = np.random.default_rng()
    values = rng.normal(size=1000)
    assert values.mean() == pytest.approx(0.01, abs=0.1)  # <-
"""),
    ),
    good=(
        Code("""
import random
import numpy as np

def test_seeded(model):
    rng = np.random.default_rng(7)
    x = rng.random((50, 3))
    assert model.score(x) > 0.8

def test_seeded_module():
    random.seed(3)
    assert sum(random.random() for _ in range(100)) < 60
"""),
        Code("""
import random
import statistics
import string

def test_two_ways():
    values = [random.random() for _ in range(9)]
    assert abs(fast_sum(values) - sum(values)) < 1e-8

def test_known():
    for values in ([1, 2], [random.random() for _ in range(9)]):
        statistics.median(values)
    assert statistics.median([1, 2]) < 1.7

def test_upload(store):
    name = "".join(random.choice(string.ascii_letters) for _ in range(10))
    size = store.upload(name)
    assert size < 300

def test_round_trip(store):
    value = random.randint(1, 1000)
    store.put("x", value)
    assert store.get("x") == value

def test_within(shop):
    count = random.randint(1, 10)
    assert shop.order(count).boxes <= 10
    assert shop.order(count).price > 0
"""),
        Code("""
import random
import string
from uuid import uuid4

def test_drawn_later(shop):
    assert shop.rate() > 0.65
    shop.put(random.random())

def test_unique_name(shop):
    name = "".join(random.choice(string.ascii_lowercase) for _ in range(12))
    shop.add(name, key=uuid4())
    assert name in shop.names
    assert len(shop.find(name)) == 1
"""),
        Code("""
from hypothesis import given, strategies

@given(strategies.floats(0, 1))
def test_property(value):
    assert clip(value) < 2
"""),
        Code(
            """
import numpy as np

def test_score(model):
    x = np.random.rand(50, 3)
    model.fit(x)
    assert model.score(x) > 0.8
""",
            beside=(
                (
                    "tests/conftest.py",
                    """
import numpy as np
import pytest

@pytest.fixture(autouse=True)
def seeded():
    np.random.seed(0)
""",
                ),
            ),
        ),
    ),
)
