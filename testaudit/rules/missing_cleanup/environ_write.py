"""An environment variable that a test sets and nothing puts back.

The environment belongs to the process: every test that runs later sees the change, and so does every program that one
of them starts. Tests then pass alone and fail together, or the other way round.

Use `monkeypatch.setenv`, or `patch.dict(os.environ, …)`: both put back what was there. What is restored in `finally`,
after `yield`, by a finalizer, a base class, `tearDown` or an autouse fixture is left alone.

The guide's anti-pattern 4, "Missing test cleanup".
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from testaudit.rules.interface import Code, Hit, Rule, Settings, qualified
from testaudit.source.fixtures import fixture_closure, fixture_of, set_ups, tear_downs
from testaudit.source.index import Function, Statement, terminal
from testaudit.source.project import is_fixture
from testaudit.source.vocabulary import marks_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from testaudit.source.interface import SourceFile, Sources

_METHODS = frozenset({"update", "setdefault", "pop", "clear", "popitem"})
_SET_UPS = frozenset({"setUp", "setup_method", "asyncSetUp", "setUpClass", "setup_class"})


def find(file: SourceFile, sources: Sources, _settings: Settings) -> Iterator[Hit]:
    """Writes to `os.environ` in tests, fixtures and set-ups that nothing undoes."""
    if "environ" not in file.text and "putenv" not in file.text:
        return
    for function in file.functions:
        if function.outer is not file.module or not _counts(function, sources):
            continue
        writes = list(_writes(function, file))
        if writes and not _only_cleans(function, writes) and not _restored(function, file, sources):
            node, statement, how = writes[0]
            more = f", and {len(writes) - 1} more" if len(writes) > 1 else ""
            yield Hit(
                node.lineno,
                statement.end_line,
                qualified(function, sources),
                f"Changes the environment of every later test: {how}{more}, and nothing puts it back.",
                ("no monkeypatch, patch, finally, finalizer or teardown that restores the environment",),
            )


def _only_cleans(function: Function, writes: list[tuple[ast.expr, Statement, str]]) -> bool:
    """It only deletes, and not first of all: what it deletes was put there by what it tests."""
    return all(how.startswith("del ") or ".pop(" in how for _, _, how in writes) and any(
        call.lineno < writes[0][0].lineno for call, _ in function.calls
    )


def _counts(function: Function, sources: Sources) -> bool:
    fixture = fixture_of(function)
    if fixture is not None:
        # What a session's fixture sets is the suite's configuration.
        return fixture.scope in {"function", "class", "module"}
    return sources.is_test(function) or (
        function.name in _SET_UPS and function.owner is not None and sources.is_test_class(function.owner)
    )


def _writes(function: Function, file: SourceFile) -> Iterator[tuple[ast.expr, Statement, str]]:
    found: list[tuple[ast.expr, Statement, str]] = []
    for target, statement in function.writes:
        if isinstance(target, ast.Subscript) and _is_environ(target.value, function, file):
            verb = "del " if isinstance(statement.node, ast.Delete) else ""
            found.append((target, statement, f"{verb}os.environ[{_key(target.slice)}]"))
    for call, statement in function.calls:
        name = terminal(call.func)
        if name in _METHODS and isinstance(call.func, ast.Attribute) and _is_environ(call.func.value, function, file):
            found.append((call, statement, f"os.environ.{name}({_key(call.args[0]) if call.args else ''})"))
        elif name in {"putenv", "unsetenv"} and file.dotted(call.func, function) in {"os.putenv", "os.unsetenv"}:
            found.append((call, statement, f"os.{name}({_key(call.args[0]) if call.args else ''})"))
    yield from sorted(found, key=lambda write: write[0].lineno)


def _is_environ(node: ast.AST, function: Function, file: SourceFile) -> bool:
    return file.dotted(node, function) in {"os.environ", "os.environb"}


def _key(node: ast.expr) -> str:
    return repr(node.value) if isinstance(node, ast.Constant) else "…"


def _restored(function: Function, file: SourceFile, sources: Sources) -> bool:
    if _undoes_itself(function, file):
        return True
    for mark in marks_of(function, sources):
        if terminal(mark) == "dict" or "env" in terminal(mark).lower() or "patch" in terminal(mark):
            return True
    around = [*tear_downs(sources, function), *set_ups(sources, function)]
    if function.name in _SET_UPS:
        around = [other for other in around if other is not function]
    around += [
        fixture.function
        for fixture in fixture_closure(sources, function).values()
        if fixture and fixture.function is not function
    ]
    if any("env" in name.lower() for name in fixture_closure(sources, function)):
        return True
    return any(_mentions_environment(other, sources) for other in around)


def _undoes_itself(function: Function, file: SourceFile) -> bool:
    """`finally`, code after `yield`, a finalizer, a patch, or a second write to the environment in the function."""
    writes = list(_writes(function, file))
    if any(
        terminal(call)
        in {"addfinalizer", "addCleanup", "addClassCleanup", "enterContext", "callback", "addModuleCleanup"}
        for call, _ in function.calls
    ):
        return True
    if is_fixture(function) and function.yields:
        last = function.yields[-1].line
        if any(statement.line > last for statement in function.statements):
            return True
    for _, statement, _ in writes:
        for around in statement.ancestors():
            node = around.node
            if isinstance(node, ast.Try) and node.finalbody:
                return True
            if isinstance(node, ast.With | ast.AsyncWith) and any(_restores(item.context_expr) for item in node.items):
                return True
    keys = [how.partition("[")[2].rstrip("]") or how.partition("(")[2].rstrip(")") for _, _, how in writes]
    if len(keys) != len(set(keys)) or any(key == "…" for key in keys):
        return True
    return _mentions_patch(function) or any(
        isinstance(statement.node, ast.Try) and statement.node.finalbody for statement in function.statements
    )


def _restores(expression: ast.expr) -> bool:
    name = terminal(expression).lower()
    return name in {"dict", "context", "patch"} or "env" in name


def _mentions_patch(function: Function) -> bool:
    return any(
        terminal(call) in {"setenv", "delenv", "dict"} or "environ" in terminal(call).lower()
        for call, _ in function.calls
    )


def _mentions_environment(function: Function, sources: Sources) -> bool:
    file = sources.file(function.path)
    return file is not None and "environ" in file.lines_of(function.line, function.end_line)


RULE = Rule(
    code="TA401",
    slug="environ-write",
    antipattern="missing-cleanup",
    severity="warning",
    confidence=(("static", "high"), ("runtime", "medium")),
    remedy="Use monkeypatch.setenv or patch.dict(os.environ, …): both put back what was there.",
    find=find,
    bad=(
        Code("""
import os

def test_debug(app):
    os.environ["APP_DEBUG"] = "1"  # <-
    assert app.debug()
"""),
        Code("""
from os import environ
import pytest

@pytest.fixture
def no_proxy():
    environ.pop("HTTP_PROXY", None)  # <-
    return Client()

def test_client(no_proxy):
    assert no_proxy.direct
"""),
    ),
    good=(
        Code("""
import os

def test_debug(app, monkeypatch):
    monkeypatch.setenv("APP_DEBUG", "1")
    assert app.debug()

def test_finally(app):
    os.environ["APP_DEBUG"] = "1"
    try:
        assert app.debug()
    finally:
        del os.environ["APP_DEBUG"]
"""),
        Code("""
import os
from unittest import TestCase
from unittest.mock import patch

class TestDebug(TestCase):
    def tearDown(self):
        os.environ.pop("APP_DEBUG", None)

    def test_debug(self):
        os.environ["APP_DEBUG"] = "1"
        self.assertTrue(debug())

@patch.dict(os.environ)
def test_patched():
    os.environ["APP_DEBUG"] = "1"
    assert debug()
"""),
        Code(
            """
import os

def test_autouse(app):
    os.environ["APP_DEBUG"] = "1"
    assert app.debug()

def test_request(client):
    request = client.make()
    request.environ["REMOTE_USER"] = "me"
    assert client.send(request).user == "me"
""",
            beside=(
                (
                    "tests/conftest.py",
                    """
import os
import pytest

@pytest.fixture(autouse=True)
def clean():
    before = dict(os.environ)
    yield
    os.environ.clear()
    os.environ.update(before)
""",
                ),
            ),
        ),
        Code("""
import os

def test_spawn(process):
    process.start()
    assert process.seen == {"PRE_SPAWN": "1"}
    del os.environ["PRE_SPAWN"]
"""),
        Code("""
import os
import pytest

@pytest.fixture
def debug():
    os.environ["APP_DEBUG"] = "1"
    yield
    del os.environ["APP_DEBUG"]

def test_debug(app, debug):
    assert app.debug()
"""),
    ),
)
