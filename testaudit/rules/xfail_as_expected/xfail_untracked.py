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
from testaudit.source.index import chain
from testaudit.source.skips import call_is_unconditional, issue_near, sounds_broken, sounds_meant, xfail_is_conditional
from testaudit.source.vocabulary import text_of
from testaudit.source.wording import words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from testaudit.source.index import Class, Function, Statement
    from testaudit.source.interface import SourceFile, Sources

ENOUGH_WORDS = 4
"""Words of a comment that explain something; `# TODO(someone)` does not."""


def find(file: SourceFile, sources: Sources, _settings: Settings) -> Iterator[Hit]:
    """Marks by decorator, `pytestmark`, `param(marks=)` and `add_marker`; `pytest.xfail()`; `expectedFailure`."""
    if "xfail" not in file.text and "expectedFailure" not in file.text:
        return
    for node, statement in _places(file):
        function = statement.function
        called = node if isinstance(node, ast.Call) else None
        if called is not None and xfail_is_conditional(called) and not _is_call(called):
            continue
        home = _definition(file, statement)
        if not _always(called, statement) or _is_material(statement, home, file):
            continue
        if home is not None and sources.overrides(home):
            continue
        reason = _reason(called, file, function)
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


def _places(file: SourceFile) -> Iterator[tuple[ast.expr, Statement]]:
    for node, statement in file.calls("xfail"):
        if "mark" in chain(node.func) or file.dotted(node.func, statement.function) == "pytest.xfail":
            yield node, statement
    definitions: list[Function | Class] = [*file.functions, *file.classes]
    for definition in definitions:
        for decorator in definition.decorators:
            if (
                definition.home is not None
                and not isinstance(decorator, ast.Call)
                and (
                    chain(decorator)[-2:] == ["mark", "xfail"]
                    or file.dotted(decorator) in {"unittest.expectedFailure", "expectedFailure"}
                )
            ):
                yield decorator, definition.home
    for node, statement in file.calls("param"):
        for word in node.keywords:
            if word.arg == "marks":
                marks = word.value.elts if isinstance(word.value, ast.List | ast.Tuple) else [word.value]
                yield from ((mark, statement) for mark in marks if chain(mark)[-2:] == ["mark", "xfail"])


def _is_material(statement: Statement, home: Function | None, file: SourceFile) -> bool:
    """A decorated class or function inside a test: what the test is about."""
    return (home is not None or isinstance(statement.node, ast.ClassDef)) and statement.function is not file.module


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


def _is_call(node: ast.Call) -> bool:
    """`pytest.xfail("reason")`: its argument is the reason, not a condition."""
    return "mark" not in chain(node.func)


def _always(called: ast.Call | None, statement: Statement) -> bool:
    if isinstance(statement.node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return True
    around = [ancestor for ancestor in statement.ancestors() if not isinstance(ancestor.node, ast.ClassDef)]
    if any(
        isinstance(ancestor.node, ast.If | ast.For | ast.Try | ast.While | ast.ExceptHandler) for ancestor in around
    ):
        return False
    if called is not None and (_is_call(called) or statement.function.outer is not None):
        return call_is_unconditional(statement) is True and _is_direct(called, statement)
    return True


def _is_direct(called: ast.Call, statement: Statement) -> bool:
    """The call is the statement, or handed straight to something like `add_marker`: not chosen by an expression."""
    return not any(isinstance(node, ast.IfExp | ast.BoolOp) for node in statement.way_to(called))


def _definition(file: SourceFile, statement: Statement) -> Function | None:
    if isinstance(statement.node, ast.FunctionDef | ast.AsyncFunctionDef):
        return next((function for function in file.functions if function.node is statement.node), None)
    return None


def _class_or_module(statement: Statement, function: Function, sources: Sources) -> str:
    if isinstance(statement.node, ast.ClassDef):
        return statement.node.name
    return qualified(function, sources)


def _reason(called: ast.Call | None, file: SourceFile, function: Function) -> str | None:
    """The reason as far as it is literal; None when it cannot be told."""
    if called is None:
        return ""
    value = next((word.value for word in called.keywords if word.arg in {"reason", "msg"}), None)
    if value is None and _is_call(called) and called.args:
        value = called.args[0]
    if any(word.arg is None for word in called.keywords) or any(isinstance(arg, ast.Starred) for arg in called.args):
        return None
    return text_of(value, file, function)


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
