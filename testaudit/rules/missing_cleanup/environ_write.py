"""An environment variable that a test sets and nothing puts back.

The environment belongs to the process: every test that runs later sees the change, and so does every program that one
of them starts. Tests then pass alone and fail together, or the other way round.

Use `monkeypatch.setenv`, or `patch.dict(os.environ, …)`: both put back what was there. What is restored in `finally`,
after `yield`, by a finalizer, a base class, `tearDown` or an autouse fixture is left alone.

The guide's anti-pattern 4, "Missing test cleanup".
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from testaudit.rules.interface import Code, Hit, Rule, Settings, Sighting, qualified, with_evidence
from testaudit.source.index import Function, terminal
from testaudit.source.leftovers import said, shown, suspects_of, unsuspected
from testaudit.source.restores import Change, State, left_changed, outlives

if TYPE_CHECKING:
    from collections.abc import Iterator

    from testaudit.model import Finding, Run
    from testaudit.rules.interface import RunEvidence
    from testaudit.source.interface import SourceFile, Sources

_NAMED = re.compile(r"os\.(?:environ\w*|putenv|unsetenv)(?:\.\w+)?[\[(]'([^']+)'")
_MORE = re.compile(r", and \d+ more, and nothing")
_DUMMY = re.compile(r"test|fake|dummy|mock|bogus|example|foo", re.IGNORECASE)
_METHODS = frozenset({"update", "setdefault", "pop", "clear", "popitem"})
_STATE = State(
    re.compile(r"\benvironb?\b|putenv|unsetenv|setenv|delenv|_env\b|_environ"),
    re.compile(r"(?:^|_)env(?:s|iron)?(?:_|$)|environ(?!ment)|Env(?:iron)?(?:[A-Z]|$)"),
)


def find(file: SourceFile, sources: Sources, _settings: Settings) -> Iterator[Hit]:
    """Writes to `os.environ` in tests, fixtures and set-ups that nothing undoes."""
    if "environ" not in file.text and "putenv" not in file.text:
        return
    for function in file.functions:
        changes = _changes(function, file)
        if not changes or not outlives(function, sources) or _only_cleans(function, changes):
            continue
        left = left_changed(changes, _STATE, sources)
        if left:
            more = f", and {len(left) - 1} more" if len(left) > 1 else ""
            yield Hit(
                left[0].line,
                left[0].statement.end_line,
                qualified(function, sources),
                f"Changes the environment of every later test: {left[0].how}{more}, and nothing puts it back.",
                ("no monkeypatch, patch, finally, finalizer or teardown that restores the environment",),
                "medium" if _locks_out(left) else None,
            )


def _locks_out(changes: list[Change]) -> bool:
    """Made-up credentials of a cloud account, set so that no real one is ever used: they may well stay.

    So the makers of the library that plays that cloud (moto) teach it.
    """
    return all(change.key.startswith("'AWS_") for change in changes) and any(
        isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and _DUMMY.search(str(node.value.value))
        for node in (change.statement.node for change in changes)
    )


def _only_cleans(function: Function, changes: list[Change]) -> bool:
    """It only deletes, and not first of all: what it deletes was put there by what it tests."""
    return all(change.how.startswith("del ") or ".pop(" in change.how for change in changes) and any(
        call.lineno < changes[0].line for call, _ in function.calls
    )


def _changes(function: Function, file: SourceFile) -> list[Change]:
    found: list[Change] = []
    for target, statement in function.writes:
        if isinstance(target, ast.Subscript) and _is_environ(target.value, function, file):
            verb = "del " if isinstance(statement.node, ast.Delete) else ""
            key = _key(target.slice)
            found.append(Change(target, statement, f"{verb}os.environ[{key}]", key))
        elif _is_environ(target, function, file):
            found.append(Change(target, statement, "os.environ", "environ"))
    for call, statement in function.calls:
        name = terminal(call.func)
        key = _key(call.args[0]) if call.args else ""
        if name in _METHODS and isinstance(call.func, ast.Attribute) and _is_environ(call.func.value, function, file):
            found.append(Change(call, statement, f"os.environ.{name}({key})", key))
        elif name in {"putenv", "unsetenv"} and file.dotted(call.func, function) in {"os.putenv", "os.unsetenv"}:
            found.append(Change(call, statement, f"os.{name}({key})", key))
    return sorted(found, key=lambda change: change.line)


def _is_environ(node: ast.AST, function: Function, file: SourceFile) -> bool:
    return file.dotted(node, function) in {"os.environ", "os.environb"}


def _key(node: ast.expr) -> str:
    return repr(node.value) if isinstance(node, ast.Constant) else "…"


def weigh(finding: Finding, evidence: RunEvidence) -> Finding | None:
    """Proved by a variable that was otherwise after its tests; dropped when they passed and left nothing."""
    key = _NAMED.search(finding.message)
    wanted = key[1] if key is not None and not _MORE.search(finding.message) else ""
    leaks = shown(
        evidence.run, evidence.tests, finding.function, lambda leak: not wanted or leak.what == wanted, "environ"
    )
    if leaks is None:
        return finding
    return with_evidence(finding, "runtime", f"left in this run: {said(leaks)}", "high") if leaks else None


def observe(run: Run, sources: Sources, settings: Settings) -> Iterator[Sighting]:
    """Variables that a test leaves changed though its own source does not write them."""
    for left in unsuspected(run, sources, lambda _: True, suspects_of(find, sources, settings), "environ"):
        names = ", ".join(dict.fromkeys(leak.what for leak in left.leaks))
        yield Sighting(
            left.path,
            left.line,
            "",
            f"Leaves the environment changed for every later test: {names[:120]}.",
            (f"left in this run: {said(left.leaks)}",),
            left.node_ids,
            # What the code under test sets may be its own affair.
            confidence=None if _writes(left.path, left.line, sources) else "medium",
        )


def _writes(path: str, line: int, sources: Sources) -> bool:
    """Whether the line itself changes the environment."""
    file = sources.file(path)
    return file is not None and _STATE.in_text(file.lines_of(line, line))


RULE = Rule(
    code="TA401",
    slug="environ-write",
    antipattern="missing-cleanup",
    severity="warning",
    confidence=(("static", "high"), ("runtime", "high")),
    remedy="Use monkeypatch.setenv or patch.dict(os.environ, …): both put back what was there.",
    find=find,
    weigh=weigh,
    observe=observe,
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
