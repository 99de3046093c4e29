"""The function that a test calls is itself replaced in that test.

What answers is the double. The project's own code could be deleted and the test would still pass: it checks that a
mock returns what the test told it to return, and reads as a test of the function.

Replace what the function *uses* (its collaborators, where it looks them up), and call the real function.

Left alone: a double that delegates (`wraps=`, a spy, a fake that the suite wrote), a replaced method that something
else calls, a call that only makes sure that the double is in place, the clock and other things that are not the
project's own.

The guide's anti-pattern 2, "Over-Mocking in Integration Tests", at its end: nothing of the subject is left.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from testaudit.rules.interface import Code, Hit, Rule, Settings, qualified
from testaudit.source.doubles import is_double_name
from testaudit.source.expressions import own_expressions
from testaudit.source.fixtures import requested
from testaudit.source.index import Function, chain, terminal
from testaudit.source.interactions import is_of_mock
from testaudit.source.patches import class_of, kind_of, makes_mock, patches_of, speaks_of_doubles
from testaudit.source.targets import target_of
from testaudit.source.vocabulary import is_check

if TYPE_CHECKING:
    from collections.abc import Iterator

    from testaudit.source.index import Statement
    from testaudit.source.interface import SourceFile, Sources
    from testaudit.source.patches import Patch

_CANNED = frozenset({"mock", "stub", "value"})
_PREPARES = frozenset(
    {"raises", "warns", "call", "len", "list", "dict", "set", "tuple", "str", "int", "bytes", "print"}
)


@dataclass(frozen=True, slots=True, eq=False)
class _Replaced:
    """A function or method that a test has replaced by a canned answer, and where that is in force."""

    owner: tuple[str, ...]
    """How the test names the object: `("self", "backend")`; empty for a patch by its dotted name."""
    attribute: str
    target: str
    """The dotted name that is replaced; empty where it cannot be told."""
    holder: tuple[str, ...]
    """What holds it, where that is given as an expression."""
    line: int
    first: int
    last: int
    block: bool
    """In force in a `with` block."""


def find(file: SourceFile, sources: Sources, _settings: Settings) -> Iterator[Hit]:
    """Tests in which, once something is replaced, nothing else is called."""
    if not speaks_of_doubles(file):
        return
    for test in sources.tests_in(file):
        said: set[int] = set()
        for replaced in _replaced(test, file, sources):
            statement = _only_call(replaced, test, file)
            # Whose it is comes last: that is followed through the project's modules.
            if statement is not None and statement.line not in said and _is_of_project(replaced, test, file, sources):
                said.add(statement.line)
                name = ".".join((*replaced.owner, replaced.attribute)) if replaced.owner else replaced.target
                yield Hit(
                    statement.line,
                    statement.end_line,
                    qualified(test, sources),
                    f"Calls `{name}`, which this test has replaced: the double answers, none of the project's code.",
                    (f"replaced at line {replaced.line}, and nothing else is called from there on",),
                )


def _replaced(test: Function, file: SourceFile, sources: Sources) -> Iterator[_Replaced]:
    for decorator in test.decorators:
        if isinstance(decorator, ast.Call):
            for patch in patches_of(decorator, file, file.module):
                if _is_canned(patch, test, file, sources):
                    owner = _owner_of(patch)
                    yield _Replaced(
                        (), patch.attribute, patch.target, owner, decorator.lineno, test.line, test.end_line, False
                    )
    for call, statement in test.calls:
        for patch in patches_of(call, file, test):
            if not _is_canned(patch, test, file, sources):
                continue
            owner = _owner_of(patch)
            block = isinstance(statement.node, ast.With | ast.AsyncWith)
            lasts = patch.how == "monkeypatch.setattr" or chain(call.func)[0].endswith("mocker")
            if block or lasts:
                last = statement.end_line if block else test.end_line
                first = (call.end_lineno or call.lineno) + (0 if block else 1)
                yield _Replaced(owner, patch.attribute, patch.target, owner, call.lineno, first, last, block)
    yield from _assigned(test, file)


def _owner_of(patch: Patch) -> tuple[str, ...]:
    return tuple(chain(patch.owner)) if patch.owner is not None else ()


def _assigned(test: Function, file: SourceFile) -> Iterator[_Replaced]:
    """`service.run = Mock()`: replaced by hand."""
    for target, statement in test.writes:
        node = statement.node
        if not isinstance(target, ast.Attribute) or not isinstance(node, ast.Assign) or len(node.targets) != 1:
            continue
        owner = tuple(chain(target.value))
        if not owner or not makes_mock(node.value, file, test):
            continue
        if isinstance(node.value, ast.Call) and any(
            word.arg in {"wraps", "side_effect"} for word in node.value.keywords
        ):
            continue
        yield _Replaced(owner, target.attr, "", owner, node.lineno, statement.end_line + 1, test.end_line, False)


def _is_canned(patch: Patch, test: Function, file: SourceFile, sources: Sources) -> bool:
    if not patch.attribute or patch.attribute.startswith("__"):
        return False
    if not patch.target and not _owner_of(patch):
        return False
    return kind_of(patch, file, test, sources) in _CANNED or _is_answered_by_double(patch)


def _is_answered_by_double(patch: Patch) -> bool:
    """`side_effect=mock_cache.delete`: code answers, and it is another double's."""
    effect = patch.words.get("side_effect")
    names = chain(effect) if effect is not None else []
    return len(names) > 1 and is_double_name(names[0])


def _is_of_project(replaced: _Replaced, test: Function, file: SourceFile, sources: Sources) -> bool:
    if replaced.target:
        return target_of(sources, replaced.target, file.path).whose == "first-party"
    return _is_projects(replaced.holder, test, file, sources)


def _is_projects(owner: tuple[str, ...], test: Function, file: SourceFile, sources: Sources) -> bool:
    """Whether an object is the project's own, as far as it can be told: neither a double nor the suite's."""
    name = owner[0]
    if name in {"self", "cls"}:
        # `self.backend`: what the set-up made. `self` alone is the test case.
        return len(owner) > 1 and not is_double_name(owner[1])
    if name in requested(test):
        return not is_double_name(name)
    made = class_of(name, file, test)
    if made:
        return target_of(sources, made, file.path).whose == "first-party"
    imported = file.dotted(ast.Name(name, ast.Load()), test) if name in file.imports else ""
    return bool(imported) and target_of(sources, imported, file.path).whose == "first-party"


def _only_call(replaced: _Replaced, test: Function, file: SourceFile) -> Statement | None:
    """The statement that calls what was replaced, where nothing else of weight is called while it is in force."""
    found: Statement | None = None
    checked = replaced.block
    inside: set[int] = set()
    for call, statement in test.calls:
        if not replaced.first <= call.lineno <= replaced.last or id(call) in inside:
            continue
        if _reaches(call, replaced, test, file):
            found = found or statement
            checked = checked or is_check(statement.node)
            # What its arguments are made of is not what is tested.
            inside.update(id(node) for argument in _arguments(call) for node in ast.walk(argument))
        elif not _is_light(call, statement, replaced, test, file):
            return None
    if found is None or found.line in _lines_of_nested(test) or _looks_elsewhere(replaced, test):
        return None
    checked = checked or any(
        is_check(statement.node) and found.line <= statement.line <= replaced.last for statement in test.statements
    )
    return found if checked else None


def _looks_elsewhere(replaced: _Replaced, test: Function) -> bool:
    """Whether something else of the object is read while the double is in force: a property runs code, too."""
    depth = len(replaced.owner)
    for statement in test.statements:
        if not replaced.owner or not replaced.first <= statement.line <= replaced.last:
            continue
        for node in own_expressions(statement.node):
            names = chain(node) if isinstance(node, ast.Attribute) else []
            if tuple(names[:depth]) == replaced.owner and len(names) > depth and names[depth] != replaced.attribute:
                return True
    return False


def _arguments(call: ast.Call) -> list[ast.expr]:
    return [*call.args, *(word.value for word in call.keywords)]


def _lines_of_nested(test: Function) -> frozenset[int]:
    return frozenset(line for inner in test.nested for line in range(inner.line, inner.end_line + 1))


def _reaches(call: ast.Call, replaced: _Replaced, test: Function, file: SourceFile) -> bool:
    """Whether the call goes to the double: through the object, or the module, that was patched."""
    names = chain(call.func)
    if len(names) < 2 or names[-1] != replaced.attribute:
        return False
    if replaced.owner:
        return tuple(names[:-1]) == replaced.owner
    if file.dotted(call.func, test) == replaced.target:
        return True
    return len(names) == 2 and f"{class_of(names[0], file, test)}.{names[1]}" == replaced.target


def _is_light(call: ast.Call, statement: Statement, replaced: _Replaced, test: Function, file: SourceFile) -> bool:
    """Calls that a test of the double alone also has: making it, asking it, comparing, patching."""
    names = chain(call.func)
    if not names:
        return False
    if is_of_mock(names[-1]) or names[-1] in _PREPARES or makes_mock(call, file, test):
        return True
    if is_check(statement.node) and isinstance(statement.node, ast.Expr) and statement.node.value is call:
        return True
    if tuple(names[:-1]) == (*replaced.owner, replaced.attribute) and replaced.owner:
        return True
    return bool(patches_of(call, file, test)) or (terminal(call)[:1].isupper() and call.lineno < replaced.last)


RULE = Rule(
    code="TA206",
    slug="patched-subject",
    antipattern="over-mocked",
    severity="error",
    confidence=(("static", "high"),),
    remedy="Replace what the function uses, and call the real one.",
    find=find,
    bad=(
        Code("""
from unittest.mock import patch
from shop import orders

def test_total():
    with patch.object(orders, "total", return_value=3):
        assert orders.total([1, 2]) == 3  # <-
"""),
        Code("""
from unittest.mock import patch
from shop import orders

def test_forget(mock_cache):
    with patch("shop.orders.forget", side_effect=mock_cache.delete):
        orders.forget("basket")  # <-
    assert mock_cache.get("basket") is None
"""),
        Code("""
from unittest.mock import patch
from shop.orders import Basket

@patch("shop.orders.Basket.total", return_value=3)
def test_total(total):
    basket = Basket()
    assert basket.total() == 3  # <-
"""),
        Code("""
from unittest.mock import MagicMock

def test_shutdown(client):
    client.execute = MagicMock()
    client.execute("SHUTDOWN", "NOSAVE")  # <-
    client.execute.assert_called_once_with("SHUTDOWN", "NOSAVE")
"""),
    ),
    good=(
        Code("""
from unittest.mock import patch
from shop import orders

@patch("shop.orders.price_of", return_value=3)
def test_total(price_of):
    assert orders.total(["tea"]) == 3
"""),
        Code("""
from unittest.mock import patch
from shop import orders

def test_total():
    with patch.object(orders, "total", wraps=orders.total) as total:
        assert orders.total([1, 2]) == 3
    total.assert_called_once()
"""),
        Code("""
import os
from unittest.mock import patch

def test_home():
    with patch("os.getcwd", return_value="/shop"):
        assert os.getcwd() == "/shop"
"""),
        Code("""
from unittest.mock import Mock, patch
from shop import gateway
from shop.orders import total

def test_in_place(payment):
    payment.can_void = Mock(return_value=True)
    assert payment.can_void() is True
    gateway.refund_or_void(payment)
    assert payment.state == "void"

@patch("shop.orders.total")
def test_imported_by_name(replaced):
    assert total([1, 2]) == 3
"""),
        Code("""
from unittest.mock import Mock

def test_loop(hub):
    hub.create_loop = Mock()
    assert hub.loop is hub.create_loop()

def test_own(monkeypatch):
    class Sample:
        def hello(self):
            return True

    sample = Sample()
    monkeypatch.setattr(sample, "hello", lambda: False)
    assert sample.hello() is False
"""),
    ),
)
