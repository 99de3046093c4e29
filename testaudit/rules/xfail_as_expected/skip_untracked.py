"""A test that is always skipped and names no issue: a check that the suite only seems to have.

A test that never runs protects nothing, and reads as one that does. Without an issue nobody will switch it on again;
what it was to guard against can come back unseen.

Mend it, delete it, or name the issue that must be solved first: `skip(reason="#123: …")`. A skip that depends on the
platform, a version or an optional dependency belongs into `skipif` or `importorskip`, and is none of these.

The guide's anti-pattern 7, "Ignoring test failures as expected".
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from testaudit.rules.interface import Code, Hit, Rule, RunEvidence, Settings, qualified, with_evidence
from testaudit.source.index import Class, Function, chain
from testaudit.source.skips import call_is_unconditional, issue_near, sounds_broken, sounds_meant
from testaudit.source.vocabulary import text_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from testaudit.model import Finding
    from testaudit.source.index import Statement
    from testaudit.source.interface import SourceFile, Sources

_CALLS = frozenset({"pytest.skip", "unittest.SkipTest", "SkipTest"})


def find(file: SourceFile, sources: Sources, _settings: Settings) -> Iterator[Hit]:
    """Decorators that skip without condition, and skipping calls that nothing guards."""
    if "skip" not in file.text.lower():
        return
    definitions: list[Function | Class] = [*file.functions, *file.classes]
    for definition in definitions:
        yield from _decorated(definition, file, sources)
    for node, statement in file.calls("skip", "skipTest", "SkipTest"):
        yield from _called(node, statement, file, sources)


def _decorated(definition: Function | Class, file: SourceFile, sources: Sources) -> Iterator[Hit]:
    for decorator in definition.decorators:
        called = decorator.func if isinstance(decorator, ast.Call) else decorator
        is_mark = chain(called)[-2:] == ["mark", "skip"]
        if not is_mark and file.dotted(called) not in {"unittest.skip", "skip"}:
            continue
        if definition.home is not None and definition.home.function is not file.module:
            # A class inside a test: what the test is about.
            continue
        if isinstance(definition, Function):
            if not sources.is_test(definition) or sources.overrides(definition):
                continue
            hidden, named = 1, qualified(definition, sources)
        else:
            hidden = sum(1 for method in definition.methods.values() if sources.is_test(method))
            named = definition.qualname
            if not hidden:
                continue
        reason = _reason(decorator, file, definition.home.function if definition.home else file.module)
        if reason is None or sounds_meant(reason) or issue_near(sources, file.path, decorator.lineno, reason):
            continue
        yield _hit(decorator, named, reason, hidden)


def _called(node: ast.Call, statement: Statement, file: SourceFile, sources: Sources) -> Iterator[Hit]:
    function = statement.function
    if not isinstance(statement.node, ast.Expr | ast.Raise) or function.outer is None:
        return
    if file.dotted(node.func, function) not in _CALLS and chain(node.func)[-1:] != ["skipTest"]:
        return
    if not sources.is_test(function) or sources.overrides(function) or call_is_unconditional(statement) is not True:
        return
    reason = _reason(node, file, function)
    if reason is not None and not sounds_meant(reason) and not issue_near(sources, file.path, node.lineno, reason):
        yield _hit(node, qualified(function, sources), reason, 1)


def _hit(node: ast.expr, named: str, reason: str, hidden: int) -> Hit:
    shown = f"“{reason.strip()[:80]}”" if reason.strip() else "no reason"
    what = "This test never runs" if hidden == 1 else f"These {hidden} tests never run"
    return Hit(
        node.lineno,
        node.end_lineno or node.lineno,
        named,
        f"{what}: skipped always, with {shown} and no issue that tracks it.",
        ("no condition, and no issue reference in the reason or in a comment beside it",),
        None if sounds_broken(reason) else "medium",
    )


def _reason(node: ast.expr, file: SourceFile, function: Function) -> str | None:
    if not isinstance(node, ast.Call):
        return ""
    value = next((word.value for word in node.keywords if word.arg in {"reason", "msg"}), None)
    if value is None and node.args:
        value = node.args[0]
    return text_of(value, file, function)


def weigh(finding: Finding, evidence: RunEvidence) -> Finding | None:
    """How many tests it hides; nothing when they ran after all."""
    if not evidence.tests:
        return finding
    if any(test.outcome not in {"skipped", None} for test in evidence.tests):
        return None
    count = sum(1 for test in evidence.tests if test.outcome == "skipped")
    if not count:
        return finding
    return with_evidence(finding, "runtime", f"{count} test{'s' if count > 1 else ''} skipped in this run")


RULE = Rule(
    code="TA705",
    slug="skip-untracked",
    antipattern="xfail-as-expected",
    severity="warning",
    confidence=(("static", "high"), ("runtime", "medium")),
    remedy="Mend it, delete it, or name the issue that must be solved first.",
    find=find,
    weigh=weigh,
    bad=(
        Code("""
import pytest

@pytest.mark.skip(reason="flaky, look at it later")  # <-
def test_execution(agent):
    assert agent.run() == "completed"

@pytest.mark.skip  # <-
class TestUpload:
    def test_one(self):
        assert upload()
"""),
        Code("""
import unittest

class TestAgent(unittest.TestCase):
    def test_stop(self):
        self.skipTest("does not work at the moment")  # <-
        self.assertTrue(stop())

    @unittest.skip("broken")  # <-
    def test_start(self):
        self.assertTrue(start())
"""),
    ),
    good=(
        Code("""
import sys
import pytest

@pytest.mark.skipif(sys.platform == "win32", reason="no fork there")
def test_fork():
    assert fork()

def test_tool():
    if not find_tool():
        pytest.skip("the tool is not installed")
    assert run_tool()
"""),
        Code("""
import pytest

@pytest.mark.skip(reason="Blocked by issue #456: server set-up")
def test_call():
    assert call()
"""),
        Code("""
import pytest

class BaseTests:
    def test_sort(self, array):
        assert array.sort()

class TestUnordered(BaseTests):
    @pytest.mark.skip(reason="there is no order")
    def test_sort(self, array):
        raise NotImplementedError
"""),
        Code("""
import pytest
import unittest

@pytest.mark.skip(reason="requires a running server, start it by hand")
def test_server():
    assert call()

def test_runner():
    class Inner(unittest.TestCase):
        @unittest.skip("broken")
        def test_inner(self):
            pass
    assert run(Inner).skipped == 1
"""),
        Code("""
import pytest

def test_tool(tool):
    try:
        import tool_bindings
    except ImportError:
        pytest.skip("no bindings")
    if tool.ready:
        return
    pytest.skip("not ready")
"""),
    ),
)
