"""An xfail that is not strict: when the test passes again, nobody is told.

Without `strict`, a test that is expected to fail and passes is an XPASS: a letter in the output of a green run. The
marker outlives the defect, and from then on it hides the next one: the test may fail again, and is "expected" to.

Set `xfail_strict = true` in pytest's configuration (pytest 9: `strict_xfail`), or `strict=True` at the marker; then a
test that passes again fails the run, and the marker goes.

Left alone are xfails under a condition, those that say `strict=` themselves, `run=False`, and those whose reason says
that the test fails only sometimes: no strictness would fit them. `expectedFailure` is strict by nature.
https://docs.pytest.org/en/stable/how-to/skipping.html#strict-parameter

The guide's anti-pattern 7, "Ignoring test failures as expected".
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from testaudit.rules.interface import Code, Hit, Rule, RunEvidence, Settings, qualified
from testaudit.source.index import Class, chain, terminal
from testaudit.source.skips import xfail_is_conditional
from testaudit.source.vocabulary import mark_names
from testaudit.source.xfails import (
    always_applies,
    decorated_function,
    is_material,
    is_xfail_call,
    xfail_places,
    xfail_reason,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from testaudit.model import Finding
    from testaudit.source.index import Function, Statement
    from testaudit.source.interface import SourceFile, Sources

_SOMETIMES = re.compile(
    r"flak|sometimes|occasional|intermittent|random|unstable|unreliable|may fail|might fail|can fail|\brac[ey]|timing"
    r"|nondeterminis|non-determinis|sporadic|often|usually|depend|varies|some (platform|version|system|env)|network",
    re.IGNORECASE,
)
_OUTSIDE = re.compile(r"network|external|integration|remote|online|live|flak|e2e|saas|cloud|infra", re.IGNORECASE)
"""In marks and folders: what such a test talks to is not the project's."""


def find(file: SourceFile, sources: Sources, _settings: Settings) -> Iterator[Hit]:
    """Unconditional xfail marks without `strict=`, where the configuration does not make them strict."""
    if "xfail" not in file.text or sources.discovery.settings.xfails_are_strict:
        return
    for node, statement in xfail_places(file):
        called = node if isinstance(node, ast.Call) else None
        if chain(called.func if called is not None else node)[-2:] != ["mark", "xfail"]:
            continue
        if called is not None and (
            is_xfail_call(called)
            or xfail_is_conditional(called)
            or any(word.arg in {None, "strict", "run"} for word in called.keywords)
        ):
            continue
        home = decorated_function(file, statement)
        if not always_applies(called, statement) or is_material(statement, home, file):
            continue
        function = home or statement.function
        if home is not None and (not sources.is_test(home) or sources.overrides(home)):
            continue
        reason = xfail_reason(called, file, statement.function)
        if reason is None or _SOMETIMES.search(f"{reason} {file.comments_near(node.lineno, node.lineno, 1)}"):
            continue
        yield Hit(
            node.lineno,
            node.end_lineno or node.lineno,
            _named(statement, function, sources),
            "When this test passes again, nobody is told: the xfail is not strict.",
            ("no `strict=` here, and none in pytest's configuration",),
            "medium" if _has_cases(home, statement, node) or _is_elsewhere(function, sources) else None,
        )


def _named(statement: Statement, function: Function, sources: Sources) -> str:
    if isinstance(statement.node, ast.ClassDef):
        return statement.node.name
    return qualified(function, sources)


def _has_cases(home: Function | Class | None, statement: Statement, node: ast.expr) -> bool:
    """Whether one mark stands for several tests, of which some may pass: a class, a module, a parametrised test."""
    if home is None:
        return not _is_param(statement, node)
    return any(terminal(decorator) == "parametrize" for decorator in home.decorators)


def _is_elsewhere(function: Function, sources: Sources) -> bool:
    """Whether something outside decides how the test ends: it may pass today and fail tomorrow."""
    said = " ".join((function.path, *mark_names(function, sources)))
    return _OUTSIDE.search(said) is not None


def _is_param(statement: Statement, node: ast.expr) -> bool:
    return any(isinstance(around, ast.Call) and terminal(around) == "param" for around in statement.way_to(node))


def weigh(finding: Finding, evidence: RunEvidence) -> Finding | None:
    """Nothing where the run shows that it is strict after all."""
    strict = any(
        "XPASS(strict)" in trouble.text or "XPASS(strict)" in trouble.message
        for test in evidence.tests
        for attempt in test.attempts
        for trouble in attempt.troubles
    )
    return None if strict else finding


RULE = Rule(
    code="TA702",
    slug="xfail-not-strict",
    antipattern="xfail-as-expected",
    severity="info",
    confidence=(("static", "medium"),),
    remedy="Set `xfail_strict = true` in pytest's configuration, or `strict=True` here.",
    find=find,
    weigh=weigh,
    bad=(
        Code("""
import pytest

@pytest.mark.xfail(reason="#12: the second call is lost")  # <-
def test_second_call(agent):
    assert agent.call() == 2

@pytest.mark.xfail  # <-
class TestOld:
    def test_one(self):
        assert one()
"""),
        Code("""
import pytest

@pytest.mark.parametrize("size", [1, pytest.param(2, marks=pytest.mark.xfail(raises=ValueError))])  # <-
def test_size(size):
    assert make(size).ok
"""),
    ),
    good=(
        Code("""
import pytest

@pytest.mark.xfail(reason="#12: the second call is lost", strict=True)
def test_second_call(agent):
    assert agent.call() == 2

@pytest.mark.xfail(reason="#13: passes on some machines", strict=False)
def test_other_call(agent):
    assert agent.call() == 3

@pytest.mark.xfail(reason="#14: ends the interpreter", run=False)
def test_crash(agent):
    agent.crash()
"""),
        Code("""
import sys
import pytest

@pytest.mark.xfail(sys.platform == "win32", reason="no fork there")
def test_fork():
    assert fork()

@pytest.mark.xfail(reason="#15: fails sometimes under load")
def test_load():
    assert load()

def test_pipe():
    pytest.xfail("#16: there is no pipe")
"""),
        Code("""
import unittest

class TestAgent(unittest.TestCase):
    @unittest.expectedFailure
    def test_stop(self):
        self.assertTrue(stop())
"""),
        Code("""
import pytest

class BaseTests:
    def test_assign(self, array):
        assert array.assign()

class TestReadOnly(BaseTests):
    @pytest.mark.xfail(reason="read-only arrays cannot")
    def test_assign(self, array):
        super().test_assign(array)

def test_request(request, kind):
    if kind == "old":
        request.node.add_marker(pytest.mark.xfail(reason="#17: old ones cannot"))
    assert kind
"""),
    ),
)
