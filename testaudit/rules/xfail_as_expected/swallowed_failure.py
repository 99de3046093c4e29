"""An assertion inside `try` whose handler lets the test pass: it can fail, and nobody will ever know.

`except Exception: pass` takes the AssertionError with it, and so does a handler that prints, logs, returns or skips.
The test is green whether the value is right or not; a log line in a passing test is read by nobody.

Take the assertion out of the `try`; or catch the one exception that is expected, with `pytest.raises`. Where the
machine may lack something, look for that first and skip before the work begins.

Left alone are handlers that check, raise or keep the error for later, polling loops that end in a failure, guards that
raise by hand, and set-up and clean-up code.

The guide's anti-pattern 7, "Ignoring test failures as expected".
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from testaudit.rules.interface import Code, Hit, Rule, Settings, qualified
from testaudit.source.expressions import unparsed
from testaudit.source.handlers import CATCH, catcher, catches_all, drops
from testaudit.source.index import chain, target_names, terminal
from testaudit.source.interface import is_fixture
from testaudit.source.vocabulary import assertion_call, is_check, names_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from testaudit.source.index import Function, Statement
    from testaudit.source.interface import SourceFile, Sources

_AROUND = re.compile(r"(async_?)?(set_?up|tear_?down|clean_?up)", re.IGNORECASE)
"""Names of functions that run around tests."""


def find(file: SourceFile, sources: Sources, _settings: Settings) -> Iterator[Hit]:
    """`try` blocks that hold an assertion and a handler that drops it; `suppress(AssertionError)`."""
    for statement in file.statements_of(ast.Try):
        node = statement.node
        if isinstance(node, ast.Try) and _may_speak(statement.function, file, sources):
            handler = catcher(node)
            if handler is not None:
                yield from _of_try(statement, node, handler, file, sources)
    for call, statement in file.calls("suppress"):
        if isinstance(statement.node, ast.With | ast.AsyncWith) and _may_speak(statement.function, file, sources):
            yield from _of_suppress(call, statement, sources)


def _may_speak(function: Function, file: SourceFile, sources: Sources) -> bool:
    """Tests and their helpers; not what is nested in them (threads, callbacks), nor set-up and clean-up."""
    if function.outer is not file.module or is_fixture(function) or _AROUND.match(function.name):
        return False
    return function.owner is None or sources.is_test_class(function.owner)


def _of_try(
    statement: Statement, node: ast.Try, handler: ast.ExceptHandler, file: SourceFile, sources: Sources
) -> Iterator[Hit]:
    is_test = sources.is_test(statement.function)
    how = drops(handler, is_test=is_test)
    if not how:
        return
    inside = [one for one in statement.function.statements if _in_body(one, statement)]
    check = next((one for one in inside if _fails_here(one, statement, handler)), None)
    if check is None:
        if how == "skips" and catches_all(handler) and is_test:
            yield from _of_skip(statement, handler, inside, file, sources)
        return
    if any(isinstance(one.node, ast.Raise) for one in inside) or _is_answered(statement, node, inside):
        return
    if handler.type is not None and not catches_all(handler) and _is_subject(check, inside):
        return
    yield Hit(
        check.line,
        check.end_line,
        qualified(statement.function, sources),
        f"This assertion cannot fail the test: the handler in line {handler.lineno} catches its failure and {how}.",
        (f"`except {unparsed(handler.type)}`" if handler.type is not None else "`except` without a class",),
        "medium" if how == "marks it as an xfail" or (is_test and _is_script(statement.function, file)) else None,
    )


def _is_script(function: Function, file: SourceFile) -> bool:
    """Whether the file calls its test itself: a script, and what it prints is read."""
    return len(re.findall(rf"\b{re.escape(function.name)}\b", file.text)) > 1


def _is_subject(check: Statement, inside: list[Statement]) -> bool:
    """Whether an assertion helper is tried here: it is to fail, and the test goes on or says that it did not."""
    call = assertion_call(check.node)
    return (call is not None and terminal(call) != "fail") or any(
        isinstance(one.node, ast.Expr) and chain(getattr(one.node.value, "func", one.node)) == ["pytest", "fail"]
        for one in inside
    )


def _of_skip(
    statement: Statement, handler: ast.ExceptHandler, inside: list[Statement], file: SourceFile, sources: Sources
) -> Iterator[Hit]:
    """`except Exception: pytest.skip()` around the project's own code: whatever breaks there is skipped."""
    calls = [call for call, home in statement.function.calls if home in inside]
    if any(sources.is_first_party(file.dotted(call.func, statement.function)) for call in calls):
        yield Hit(
            handler.lineno,
            handler.end_lineno or handler.lineno,
            qualified(statement.function, sources),
            "Whatever goes wrong in the code under test is skipped here, not failed.",
            ("the handler catches every exception and skips",),
            "medium",
        )


def _in_body(one: Statement, around: Statement) -> bool:
    """Whether a statement stands in the `try` body, at any depth."""
    at = one
    while at.parent is not None:
        if at.parent is around:
            return at.block == "body"
        at = at.parent
    return False


def _fails_here(one: Statement, statement: Statement, handler: ast.ExceptHandler) -> bool:
    """Whether it is a check whose failure this `try` is the first to see."""
    node = one.node
    if not is_check(node):
        return False
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and chain(node.value.func) == ["pytest", "fail"]:
        # Its exception is no Exception.
        return handler.type is None or "BaseException" in unparsed(handler.type)
    nearest = next((around for around in one.ancestors() if isinstance(around.node, ast.Try)), None)
    return nearest is statement


def _is_answered(statement: Statement, node: ast.Try, inside: list[Statement]) -> bool:
    """Whether the success shows elsewhere: an `else`, a way out of a loop, a name that a later check reads."""
    if node.orelse:
        return True
    around = statement.ancestors()
    in_loop = any(isinstance(one.node, ast.For | ast.AsyncFor | ast.While) for one in around)
    if in_loop and any(isinstance(one.node, ast.Break | ast.Return) for one in inside):
        return True
    bound = {name for one in inside for name in _bound(one.node)}
    return bool(bound) and any(
        bound & names_in(later.node)
        for later in statement.function.statements
        if later.line > statement.end_line and is_check(later.node)
    )


def _bound(node: ast.AST) -> list[str]:
    match node:
        case ast.Assign(targets=targets):
            return [name for target in targets for name in target_names(target)]
        case ast.AnnAssign(target=target) | ast.AugAssign(target=target):
            return target_names(target)
    return []


def _of_suppress(call: ast.Call, statement: Statement, sources: Sources) -> Iterator[Hit]:
    caught = {chain(kind)[-1] for kind in call.args if chain(kind)}
    if not caught & CATCH:
        return
    inside = [one for one in statement.function.statements if _in_body(one, statement)]
    check = next((one for one in inside if is_check(one.node)), None)
    if check is None or any(isinstance(one.node, ast.Raise) for one in inside):
        return
    yield Hit(
        check.line,
        check.end_line,
        qualified(statement.function, sources),
        f"This assertion cannot fail the test: `{unparsed(call)}` drops its failure.",
        ("inside `suppress`",),
    )


RULE = Rule(
    code="TA706",
    slug="swallowed-failure",
    antipattern="xfail-as-expected",
    severity="error",
    confidence=(("static", "high"),),
    remedy="Take the assertion out of the `try`, or catch only the exception that is expected.",
    find=find,
    bad=(
        Code("""
def test_upload(client):
    try:
        answer = client.upload("a.txt")
        assert answer.ok  # <-
    except Exception:
        pass

def test_commit(session):
    try:
        session.commit()
        assert False  # <-
    except Exception as error:
        print("as expected", error)
        session.rollback()

def test_names(caplog):
    for name in names():
        try:
            assert valid(name) is False  # <-
        except AssertionError:
            print(name, "is not valid")
"""),
        Code("""
import pytest
import unittest
from contextlib import suppress
from shop import connect

class TestAgent(unittest.TestCase):
    def test_stop(self):
        try:
            agent = start()
            self.assertTrue(agent.stop())  # <-
        except:
            self.skipTest("no agent today")

    def test_start(self):
        with suppress(AssertionError):
            self.assertTrue(start())  # <-

def test_connect():
    try:
        connection = connect()
    except Exception:  # <-
        pytest.skip("cannot connect")
    assert connection.alive
"""),
    ),
    good=(
        Code("""
def test_error_is_checked(client):
    try:
        client.send()
        assert client.sent
    except Exception as error:
        assert "closed" in str(error)

def test_error_is_kept(cases):
    wrong = []
    for case in cases:
        try:
            assert case.holds()
        except AssertionError:
            wrong.append(case)
    assert wrong == []
"""),
        Code("""
def test_rollback(session, canary):
    try:
        with session.begin():
            assert session.active
            raise RuntimeError("by hand")
    except RuntimeError:
        pass
    try:
        with session.begin():
            assert session.active
            raise Exception("by hand")
    except Exception:
        pass
    assert canary.called
"""),
        Code("""
import time

def test_ready(server):
    for _ in range(20):
        try:
            assert server.state == "ready"
            return
        except AssertionError:
            pass
    raise AssertionError("never ready")

def test_any_container(containers):
    verified = False
    for container in containers:
        try:
            container.reload()
            assert "dns" in container.settings
            verified = True
        except Exception:
            continue
    assert verified
"""),
        Code("""
import pytest

@pytest.fixture
def server():
    made = make()
    yield made
    try:
        assert made.stop()
    except Exception:
        pass

def test_thread(thread):
    caught = []
    def target():
        try:
            assert work()
        except Exception:
            return
        caught.append(1)
    thread.run(target)
    assert caught

def is_valid(item):
    try:
        assert item.valid()
    except AssertionError:
        return False
    return True
"""),
        Code("""
import pytest
import tool

def test_not_called(mock):
    try:
        mock.assert_called_with(1)
    except AssertionError:
        pass
    else:
        raise AssertionError("must not be called with 1")

def test_own_assertion(client):
    try:
        assert_page(client.page)
    except AssertionError:
        pass
    assert client.calls == 1

class Handler:
    def handle(self):
        try:
            assert self.request.ok
        except Exception:
            print("no handshake")

def test_unequal(left, right):
    try:
        assert_equal(left, right)
        pytest.fail("they are equal")
    except AssertionError:
        pass

def test_guard():
    try:
        parse("x")
        pytest.fail("must raise")
    except ValueError:
        pass

def test_tool():
    try:
        binding = tool.load()
    except Exception:
        pytest.skip("the tool does not load here")
    assert binding
"""),
    ),
)
