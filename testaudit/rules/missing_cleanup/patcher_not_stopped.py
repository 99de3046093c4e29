"""A patcher that is started and never stopped.

`patch("shop.mail.send").start()` replaces the function until somebody calls `stop()`. Without that, every test that
runs later has the double, too: it checks a Mock and does not know.

Register the end where the patcher is started: `self.addCleanup(patcher.stop)`, `request.addfinalizer(patcher.stop)`, or
`patch.stopall()` in the tear-down. Better still: `with patch(…):`, `@patch(…)`, or pytest-mock's `mocker.patch`, which
end by themselves. The same holds for `freeze_time(…).start()` and other patchers that have a `start`.

The guide's anti-pattern 4, "Missing test cleanup".
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from testaudit.rules.interface import Code, Hit, Rule, Settings, qualified
from testaudit.source.fixtures import fixture_closure, fixture_files, fixture_of, set_ups, tear_downs
from testaudit.source.index import chain, terminal
from testaudit.source.project import enclosing_class

if TYPE_CHECKING:
    from collections.abc import Iterator

    from testaudit.source.index import Function, Statement
    from testaudit.source.interface import SourceFile, Sources

_PATCHERS = frozenset(
    {
        "freezegun.freeze_time",
        "time_machine.travel",
        "requests_mock.Mocker",
        "requests_mock.mock",
        "responses.RequestsMock",
        "aioresponses.aioresponses",
    }
)
_OF_MOCK = frozenset({"patch", "patch.object", "patch.dict", "patch.multiple"})


def find(file: SourceFile, sources: Sources, _settings: Settings) -> Iterator[Hit]:
    """Patchers that are started in a function, a class or a module, and that nothing there or around stops."""
    if "stopall" in file.text:
        return
    for call, statement in file.calls("start"):
        function = statement.function
        if call.args or call.keywords or not isinstance(call.func, ast.Attribute):
            continue
        receiver = call.func.value
        what = _patched(receiver, function, file, sources)
        if not what or not _reaches_others(function, file) or _is_stopped(receiver, function, file, sources):
            continue
        yield Hit(
            call.lineno,
            statement.end_line,
            qualified(function, sources),
            f"Starts {what} and nothing stops it: every later test has the double, too.",
            ("no stop, stopall, addCleanup or finalizer here, in the class, its bases or the fixtures around",),
            None if function is not file.module and _is_known(function, sources) else "medium",
        )


def _reaches_others(function: Function, file: SourceFile) -> bool:
    """What a session's fixture and a conftest itself start is the suite's configuration."""
    fixture = fixture_of(function)
    if fixture is not None:
        return fixture.scope in {"function", "class", "module"}
    return function is not file.module or not file.path.endswith("conftest.py")


def _is_known(function: Function, sources: Sources) -> bool:
    """Whether every base of its class is the project's or the standard library's: another one may stop everything."""
    klass = enclosing_class(function)
    if klass is None:
        return True
    return all(
        terminal(base).endswith("TestCase")
        or terminal(base) == "object"
        or sources.find_class(one.path, terminal(base))
        for one in sources.family(klass)
        for base in one.node.bases
    )


# ---------------------------------------------------------------- what is started


def _patched(receiver: ast.expr, function: Function, file: SourceFile, sources: Sources) -> str:
    """The patcher as people read it, `patch('shop.mail.send')`; empty when what is started is none."""
    if isinstance(receiver, ast.Call):
        if _is_of_short_lived(receiver, function):
            return ""
        return _shown(receiver) if _is_patcher(receiver, function, file) else ""
    names = chain(receiver)
    if len(names) == 1:
        at: Function | None = function
        while at is not None:
            made = at.assignments.get(names[0])
            if made:
                return next((shown for value, _ in made for shown in [_among(value, at, file)] if shown), "")
            at = at.outer
    elif len(names) == 2 and names[0] in {"self", "cls"}:
        for method in _methods(function, sources):
            home = sources.file(method.path)
            for target, statement in method.writes:
                value = getattr(statement.node, "value", None)
                if home is not None and chain(target) == names and isinstance(value, ast.Call):
                    return _shown(value) if _is_patcher(value, method, home) else ""
    return ""


def _is_of_short_lived(call: ast.Call, function: Function) -> bool:
    """`patch.object(cart, …)` of an object that the function makes itself: the double goes with it."""
    owner = chain(call.args[0]) if chain(call.func)[-1:] == ["object"] and call.args else []
    made = function.assignments.get(owner[0], ()) if owner else ()
    return bool(made) and all(isinstance(value, ast.Call) for value, _ in made)


def _among(value: ast.expr, function: Function, file: SourceFile, depth: int = 0) -> str:
    """A patcher, or a list of patchers that a loop goes through."""
    if isinstance(value, ast.Call):
        return _shown(value) if _is_patcher(value, function, file) else ""
    if isinstance(value, ast.List | ast.Tuple):
        found = [_among(element, function, file, depth + 1) for element in value.elts] if depth < 2 else []
        return next((shown for shown in found if shown), "")
    if isinstance(value, ast.Name) and not depth:
        for made, _ in function.assignments.get(value.id, ()):
            return _among(made, function, file, 1)
    return ""


def _is_patcher(call: ast.Call, function: Function, file: SourceFile) -> bool:
    dotted = file.dotted(call.func, function)
    if dotted in _PATCHERS or dotted.startswith("moto.mock_"):
        return True
    package, _, rest = dotted.partition("mock.")
    return package in {"", "unittest."} and rest in _OF_MOCK


def _shown(call: ast.Call) -> str:
    first = call.args[0] if call.args else None
    inside = repr(first.value) if isinstance(first, ast.Constant) else ".".join(chain(first)) if first else ""
    return f"{'.'.join(chain(call.func))}({inside or '…'})"


# ---------------------------------------------------------------- what stops it


def _is_stopped(receiver: ast.expr, function: Function, file: SourceFile, sources: Sources) -> bool:
    if any("stopall" in conftest.text for conftest in _conftests(function, sources)) or _is_handed_on(
        receiver, function
    ):
        return True
    ours = chain(receiver)
    others = {
        tuple(chain(found.func.value)) for found, _ in file.calls("start") if isinstance(found.func, ast.Attribute)
    }
    for around in _around(function, sources):
        home = sources.file(around.path)
        for attribute, statement in home.attributes("stop", "__exit__", "stopall") if home is not None else ():
            if not _is_within(statement, around):
                continue
            stopped = chain(attribute.value)
            if stopped == ours or tuple(stopped) not in others or not stopped:
                # The second: a loop over patchers, or something else that is not understood.
                return True
    return False


def _conftests(function: Function, sources: Sources) -> Iterator[SourceFile]:
    for path in fixture_files(sources, function.path):
        conftest = sources.file(path)
        if conftest is not None:
            yield conftest


def _is_handed_on(receiver: ast.expr, function: Function) -> bool:
    """The patcher goes to somebody else, who may stop it: returned, or given to a call."""
    if not isinstance(receiver, ast.Name):
        return False
    name = receiver.id
    for call, _ in function.calls:
        if any(isinstance(argument, ast.Name) and argument.id == name for argument in call.args):
            return True
    return any(
        isinstance(statement.node, ast.Return | ast.With | ast.AsyncWith)
        and any(isinstance(node, ast.Name) and node.id == name for node in _heads(statement))
        for statement in function.statements
    )


def _heads(statement: Statement) -> Iterator[ast.AST]:
    node = statement.node
    if isinstance(node, ast.Return) and node.value is not None:
        yield from ast.walk(node.value)
    elif isinstance(node, ast.With | ast.AsyncWith):
        yield from (item.context_expr for item in node.items)


def _is_within(statement: Statement, function: Function) -> bool:
    at: Function | None = statement.function
    while at is not None:
        if at is function:
            return True
        at = at.outer
    return False


def _around(function: Function, sources: Sources) -> list[Function]:
    """The functions where a stop would count: its own, its class's, the fixtures' and tear-downs'; of a module, all."""
    outermost = function
    while outermost.outer is not None and outermost.outer.outer is not None:
        outermost = outermost.outer
    found = [outermost, *_methods(function, sources), *set_ups(sources, outermost), *tear_downs(sources, outermost)]
    found += [fixture.function for fixture in fixture_closure(sources, outermost).values() if fixture]
    return list(dict.fromkeys(found))


def _methods(function: Function, sources: Sources) -> list[Function]:
    klass = enclosing_class(function)
    if klass is None:
        return []
    return [method for one in sources.family(klass) for method in one.methods.values()]


RULE = Rule(
    code="TA405",
    slug="patcher-not-stopped",
    antipattern="missing-cleanup",
    severity="warning",
    confidence=(("static", "medium"),),
    remedy="Use with patch(…) or mocker.patch, or add self.addCleanup(patcher.stop) where it is started.",
    find=find,
    bad=(
        Code("""
from unittest import TestCase
from unittest.mock import patch

class TestMail(TestCase):
    def setUp(self):
        self.patcher = patch("shop.mail.send")
        self.send = self.patcher.start()  # <-

    def test_mail(self):
        order()
        self.send.assert_called_once()
"""),
        Code("""
import pytest
from unittest import mock
from freezegun import freeze_time

@pytest.fixture
def no_mail():
    return mock.patch("shop.mail.send").start()  # <-

def test_mail(no_mail):
    freezer = freeze_time("2020-01-01")
    freezer.start()  # <-
    order()
    assert no_mail.called
"""),
    ),
    good=(
        Code("""
from unittest import TestCase
from unittest.mock import patch

def made():
    cart = Cart()
    patch.object(cart, "total", return_value=3).start()
    return cart

class TestMail(TestCase):
    def setUp(self):
        patcher = patch("shop.mail.send")
        self.send = patcher.start()
        self.addCleanup(patcher.stop)
        self.clock = patch("shop.clock.now")
        self.clock.start()
        self.patches = [patch("shop.a"), patch("shop.b")]
        for one in self.patches:
            one.start()

    def tearDown(self):
        self.clock.stop()
        for one in self.patches:
            one.stop()

    def test_mail(self):
        order()
        self.send.assert_called_once()
"""),
        Code("""
import pytest
from unittest import mock

@pytest.fixture
def no_mail():
    patcher = mock.patch("shop.mail.send")
    yield patcher.start()
    patcher.stop()

@pytest.fixture
def no_clock(request):
    patcher = mock.patch.object(shop, "clock")
    patcher.start()
    request.addfinalizer(patcher.stop)

@pytest.fixture(scope="session", autouse=True)
def never_mail():
    mock.patch("shop.smtp.connect").start()

def begin(target):
    patcher = mock.patch(target)
    patcher.start()
    return patcher

def test_thread(worker):
    worker.start()
    Thread(target=worker).start()
    assert worker.done
"""),
        Code(
            """
from unittest.mock import patch
from tests.base import Base, Started

class TestMail(Base):
    def setUp(self):
        super().setUp()
        self.send = patch("shop.mail.send").start()

class TestStarted(Started):
    def setUp(self):
        self.patcher = patch("shop.mail.send")
        self.patcher.start()
""",
            beside=(
                (
                    "tests/base.py",
                    """
from unittest import TestCase
from unittest.mock import patch

class Base(TestCase):
    def tearDown(self):
        patch.stopall()

class Started(TestCase):
    def tearDown(self):
        self.patcher.stop()
""",
                ),
            ),
        ),
        Code(
            """
from unittest.mock import patch

def test_mail():
    send = patch("shop.mail.send").start()
    order()
    send.assert_called_once()
""",
            beside=(
                (
                    "tests/conftest.py",
                    """
import pytest
from unittest.mock import patch

@pytest.fixture(autouse=True)
def stop_patches():
    yield
    patch.stopall()
""",
                ),
            ),
        ),
    ),
)
