"""An xfail that names no issue: a failure that nobody is going to mend.

An expected failure without a tracked issue is a failing test that was made green. Nobody owns it, nobody is told when
the defect is mended, and the next defect in the same place hides behind it. A suite that accepts one accepts the next.

Mend the cause; or write the issue into the reason, `xfail(reason="#123: …")`, so that it ends with it; or, where the
behaviour is meant, test the behaviour that there is. A condition on platform or version is no such xfail.

The guide's anti-pattern 7, "Ignoring test failures as expected".
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from testaudit.rules.interface import Code, Hit, Rule, Settings, qualified
from testaudit.source.skips import issue_near, sounds_broken, sounds_meant, xfail_is_conditional
from testaudit.source.wording import words
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

    from testaudit.source.index import Function, Statement
    from testaudit.source.interface import SourceFile, Sources

ENOUGH_WORDS = 4
"""Words of a comment that explain something; `# TODO(someone)` does not."""


def find(file: SourceFile, sources: Sources, _settings: Settings) -> Iterator[Hit]:
    """Marks by decorator, `pytestmark`, `param(marks=)` and `add_marker`; `pytest.xfail()`; `expectedFailure`."""
    if "xfail" not in file.text and "expectedFailure" not in file.text:
        return
    for node, statement in xfail_places(file):
        function = statement.function
        called = node if isinstance(node, ast.Call) else None
        if called is not None and xfail_is_conditional(called) and not is_xfail_call(called):
            continue
        home = decorated_function(file, statement)
        if not always_applies(called, statement) or is_material(statement, home, file):
            continue
        if home is not None and sources.overrides(home):
            continue
        reason = xfail_reason(called, file, function)
        if reason is None or sounds_meant(reason) or issue_near(sources, file.path, node.lineno, reason):
            continue
        named = (
            qualified(home or function, sources) if home is not None else _class_or_module(statement, function, sources)
        )
        shown = f"“{reason.strip()[:80]}”" if reason.strip() else "no reason"
        yield Hit(
            node.lineno,
            node.end_lineno or node.lineno,
            named,
            f"Expected to fail, with {shown} and no issue that tracks it.",
            ("no issue reference in the reason or in a comment beside it",),
            None if sounds_broken(reason) and not _explained(node, named, reason, file) else "medium",
        )


def _explained(node: ast.expr, named: str, reason: str, file: SourceFile) -> bool:
    """A comment or `raises=` explains it where the reason does not, or its class collects what is not supported."""
    if words(named) & {"unimplemented", "unsupported", "known", "xfail", "xfails"}:
        return True
    if reason.strip():
        return False
    if isinstance(node, ast.Call) and any(word.arg == "raises" for word in node.keywords):
        return True
    last = node.end_lineno or node.lineno
    beside = f"{file.comments_near(node.lineno, last, 0)} {file.comment_block_above(node.lineno)}"
    return len(re.findall(r"[A-Za-z]{2,}", beside)) >= ENOUGH_WORDS


def _class_or_module(statement: Statement, function: Function, sources: Sources) -> str:
    if isinstance(statement.node, ast.ClassDef):
        return statement.node.name
    return qualified(function, sources)


RULE = Rule(
    code="TA701",
    slug="xfail-untracked",
    antipattern="xfail-as-expected",
    severity="warning",
    confidence=(("static", "high"),),
    remedy="Mend it, or name the issue that tracks it in the reason.",
    find=find,
    bad=(
        Code("""
import pytest

@pytest.mark.xfail(reason="known issue, will fix later")  # <-
def test_execution(agent):
    assert agent.run() == "completed"
"""),
        Code("""
import pytest
import unittest

@pytest.mark.parametrize("size", [1, pytest.param(2, marks=pytest.mark.xfail)])  # <-
def test_size(size):
    assert make(size).ok

class TestAgent(unittest.TestCase):
    @unittest.expectedFailure  # <-
    def test_stop(self):
        self.assertTrue(stop())
"""),
        Code("""
import pytest

def test_upload(client):
    pytest.xfail("broken since the move")  # <-
    assert client.upload()
"""),
    ),
    good=(
        Code("""
import pytest

@pytest.mark.xfail(reason="#456: the server loses the second call")
def test_execution(agent):
    assert agent.run() == "completed"

@pytest.mark.xfail(reason="see https://bugs.example.org/12")
def test_stop(agent):
    assert agent.stop()
"""),
        Code("""
import sys
import pytest

@pytest.mark.xfail(sys.platform == "win32", reason="no fork there")
def test_fork():
    assert fork()

def test_pipe(kind):
    if kind == "old":
        pytest.xfail("old pipes lose the last line")
    assert pipe(kind)
"""),
        Code("""
import pytest
import unittest

@pytest.mark.xfail(reason="must fail: shows that the body runs", strict=True)
def test_runs():
    assert False

def test_runner():
    class Inner(unittest.TestCase):
        @unittest.expectedFailure
        def test_inner(self):
            pass
    assert run(Inner).unexpected

@pytest.mark.xfail
def test_nested():
    \"\"\"See https://bugs.example.org/12.\"\"\"
    assert nested()
"""),
        Code("""
import pytest

class BaseTests:
    def test_assign(self, array):
        array[0] = 1
        assert array[0] == 1

class TestReadOnly(BaseTests):
    @pytest.mark.xfail(reason="not supported by read-only arrays")
    def test_assign(self, array):
        super().test_assign(array)
"""),
        Code("""
import pytest

# GH-77: rounding differs by one.
@pytest.mark.xfail(strict=True)
def test_round():
    assert round_up(0.5) == 1
"""),
    ),
)
