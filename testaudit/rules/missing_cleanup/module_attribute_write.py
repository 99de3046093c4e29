"""An attribute of a module or class that a test replaces and nothing puts back.

`shop.mail.send = Mock()` replaces the function for every test that runs later, in this file and in all others. Those
tests then check a double, or fail for what they did not do, and only in this order.

Use `monkeypatch.setattr(mail, "send", …)` or `patch.object(mail, "send")`: both put back what was there. Classes that
the suite itself defines are its own affair and are left alone.

The guide's anti-pattern 4, "Missing test cleanup".
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from testaudit.rules.interface import Code, Hit, Rule, Settings, qualified
from testaudit.source.expressions import dumped
from testaudit.source.index import bindings, chain, terminal
from testaudit.source.interface import is_fixture
from testaudit.source.restores import PATCHES, SET_UPS, Change, State, left_changed, outlives
from testaudit.source.vocabulary import marks_of
from testaudit.source.wording import word_set, words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from testaudit.source.index import Function, Statement
    from testaudit.source.interface import SourceFile, Sources

_CLASS_NAME = re.compile(r"^_*[A-Z][A-Za-z0-9]*[a-z][A-Za-z0-9]*$")
_ELSEWHERE = frozenset({"sys.path", "sys.argv", "sys.modules", "sys.meta_path", "sys.path_hooks", "os.environ"})
"""`process-state-write` and `environ-write` speak of these."""
_RESET_BY_PYTEST = frozenset({"sys.stdout", "sys.stderr"})
"""pytest's capturing sets them anew for each phase of each test."""
_OF_DOUBLES = frozenset({"return_value", "side_effect"})
_CONTEXT_LOCALS = frozenset(
    f"{package}.{name}" for package in ("flask", "quart") for name in ("g", "session", "request", "current_app")
)
_SHORT = 3
"""Names of so many letters are found in other names by chance."""
_KEEPS = word_set("orig original old saved save prev previous backup")


@dataclass(frozen=True, slots=True, eq=False)
class _Write:
    change: Change
    kind: str
    """`module`, `class` or `object`."""
    puts_back: bool
    """A deletion, or what the attribute was to begin with."""


def find(file: SourceFile, sources: Sources, _settings: Settings) -> Iterator[Hit]:
    """Writes to attributes of imported modules and classes in tests, fixtures and set-ups that nothing undoes."""
    for function in file.functions:
        writes = list(_writes(function, file, sources))
        if not writes or not outlives(function, sources):
            continue
        left = [write for write in writes if _is_left(write, writes, sources)]
        if not left:
            continue
        change, sure = left[0].change, left[0].kind != "object"
        more = f" (and {len(left) - 1} more)" if len(left) > 1 else ""
        yield Hit(
            change.line,
            change.statement.end_line,
            qualified(function, sources),
            f"Replaces {change.how}{more} for every later test, and nothing puts it back.",
            (f"no monkeypatch, patch, finally, finalizer or teardown restores {change.key}",),
            None if sure else "medium",
        )


def _is_left(write: _Write, writes: list[_Write], sources: Sources) -> bool:
    change = write.change
    if write.puts_back or any(change.key.startswith(f"{other.change.key}.") for other in writes):
        return False  # The latter: what it belongs to was replaced before.
    same = [other.change for other in writes if other.change.key == change.key]
    return not _owner_is_replaced(change, sources) and change in left_changed(same, _state(change), sources)


def _owner_is_replaced(change: Change, sources: Sources) -> bool:
    """Whether a patch of the module, or of what it holds, is active: what is written to is gone with it."""
    function = change.function
    parts = change.key.split(".")[:-1]
    owners = {".".join(parts[:length]) for length in range(1, len(parts) + 1)}
    for call in (*(call for call, _ in function.calls), *marks_of(function, sources)):
        name = terminal(call)
        if {"module", "modules"} & words(name) and "import" not in words(name):
            return True
        if (name in PATCHES or "patch" in name) and any(
            isinstance(node, ast.Constant) and node.value in owners for node in ast.walk(call)
        ):
            return True
    return False


def _state(change: Change) -> State:
    owner, _, attribute = change.key.rpartition(".")
    name, word = re.escape(owner.rpartition(".")[2]), re.escape(attribute)
    # Below the module: what is written to may itself be replaced, and put back, around the test.
    held = [re.escape(part) for part in change.how.split(".")[1:-1]]
    named = f"{word}|" if len(attribute) > _SHORT else ""
    return State(
        re.compile(
            "|".join(rf"\b{part}\b" for part in (word, *held))
            + rf"|\breload\b|\b{name}\.\w*(?:reset|clear|restore)\w*\(|vars\({name}|{name}\.__dict__"
        ),
        re.compile(rf"{named}reset_|restore_|clean_|preserv|save_|override_settings", re.IGNORECASE),
    )


def _writes(function: Function, file: SourceFile, sources: Sources) -> Iterator[_Write]:
    for node, owner, attribute, statement, value in _targets(function):
        kind = _owner(owner, function, file, sources)
        dotted = f"{file.dotted(owner, function)}.{attribute}"
        if not kind or attribute.startswith("__") or attribute in _OF_DOUBLES or words(attribute) & _KEEPS:
            continue
        if dotted in _ELSEWHERE | _RESET_BY_PYTEST or dotted.rpartition(".")[0] in _CONTEXT_LOCALS:
            continue
        change = Change(node, statement, f"{'.'.join(chain(owner))}.{attribute}", dotted)
        known = list(_initial(owner, attribute, file, sources))
        resets = value is None or _is_empty(value, function) or any(dumped(value) == dumped(one) for one in known)
        yield _Write(change, kind if not _is_new(owner, attribute, file, sources) else "object", resets)


def _targets(function: Function) -> Iterator[tuple[ast.expr, ast.expr, str, Statement, ast.expr | None]]:
    """(what is written, its owner, the attribute, the statement, the value; None: it is deleted)."""
    for target, statement in function.writes:
        if isinstance(target, ast.Attribute) and isinstance(statement.node, ast.Assign | ast.AugAssign):
            yield target, target.value, target.attr, statement, statement.node.value
        elif isinstance(target, ast.Attribute) and isinstance(statement.node, ast.Delete):
            yield target, target.value, target.attr, statement, None
    for call, statement in function.calls:
        if isinstance(call.func, ast.Name) and call.func.id in {"setattr", "delattr"} and len(call.args) > 1:
            owner, name = call.args[:2]
            if isinstance(name, ast.Constant) and isinstance(name.value, str):
                yield call, owner, name.value, statement, call.args[2] if len(call.args) > 2 else None


def _is_empty(value: ast.expr, function: Function) -> bool:
    """Whether the value is what one begins with: an empty container; in a set-up also None, False or 0."""
    match value:
        case ast.List(elts=held) | ast.Tuple(elts=held):
            return not held
        case ast.Dict(keys=keys):
            return not keys
        case ast.Call(func=ast.Name(id="set" | "dict" | "list" | "OrderedDict" | "deque"), args=[], keywords=[]):
            return True
        case ast.Constant(value=None | False | 0 | ""):
            return function.name in SET_UPS or is_fixture(function)
    return False


def _owner(owner: ast.expr, function: Function, file: SourceFile, sources: Sources) -> str:
    """What is written to: `module`, `class`, `object`; empty for the test's own and the suite's."""
    names = chain(owner)
    if not names or names[0] not in file.imports:
        return ""
    dotted = file.dotted(owner, function)
    if not dotted or sources.is_suite_code(dotted, file.path):
        return ""
    klass = sources.find_class(file.path, ".".join(names))
    if klass is not None:
        return "" if sources.is_suite_file(klass.path) else "class"
    if _CLASS_NAME.match(names[-1]):
        return "class"
    if dotted in _imported_modules(file) or sources.module_path(dotted, file.path) is not None:
        return "module"
    return "object"


def _imported_modules(file: SourceFile) -> set[str]:
    """The modules that plain `import` statements name, and the packages around them."""
    found: set[str] = set()
    for statement in file.statements_of(ast.Import):
        for alias in statement.node.names if isinstance(statement.node, ast.Import) else ():
            parts = alias.name.split(".")
            found.update(".".join(parts[:length]) for length in range(1, len(parts) + 1))
    return found


def _initial(owner: ast.expr, attribute: str, file: SourceFile, sources: Sources) -> Iterator[ast.expr]:
    """What the module or class itself sets the attribute to."""
    klass = sources.find_class(file.path, ".".join(chain(owner)))
    if klass is not None:
        for base in sources.family(klass):
            for statement in base.body:
                yield from (value for name, value in bindings(statement.node) if name == attribute)
        return
    path = sources.module_path(file.dotted(owner), file.path)
    module = sources.file(path) if path is not None else None
    if module is not None:
        yield from (value for value, _ in module.module.assignments.get(attribute, ()))


def _is_new(owner: ast.expr, attribute: str, file: SourceFile, sources: Sources) -> bool:
    """Whether a module of the project surely has no such attribute: a note that the suite leaves there."""
    path = sources.module_path(file.dotted(owner), file.path)
    module = sources.file(path) if path is not None else None
    if module is None or module.star_imports or "__getattr__" in module.top_level:
        return False
    return not re.search(rf"(?<![\w.]){re.escape(attribute)}\b", module.text)


RULE = Rule(
    code="TA404",
    slug="module-attribute-write",
    antipattern="missing-cleanup",
    severity="warning",
    confidence=(("static", "high"),),
    remedy="Use monkeypatch.setattr or patch.object: both put back what was there.",
    find=find,
    bad=(
        Code("""
from unittest.mock import Mock
import shop.mail
from shop.orders import Order

def test_mail():
    shop.mail.send = Mock()  # <-
    assert order() == 1

def test_limit():
    Order.limit = 3  # <-
    assert order(4) is None
"""),
        Code("""
import pytest
from shop import settings

@pytest.fixture
def debug():
    setattr(settings, "DEBUG", True)  # <-
    return settings

def test_debug(debug):
    assert page().debug
"""),
    ),
    good=(
        Code("""
from unittest.mock import Mock, patch
import shop.mail
from shop import orders

def test_mail(monkeypatch):
    monkeypatch.setattr(shop.mail, "send", lambda *_: None)
    assert order() == 1

def test_what_was_patched(monkeypatch):
    monkeypatch.setattr(orders, "client", Mock())
    orders.client.timeout = 3
    assert order() == 1

@patch("shop.orders.client")
def test_decorated(client):
    orders.client.timeout = 3
    orders.client.get.return_value = None
    assert order() == 1

def test_finally():
    kept, orders.limit = orders.limit, 3
    try:
        assert order(4) is None
    finally:
        orders.limit = kept
"""),
        Code("""
from unittest import TestCase
import shop.mail
from shop.orders import Order

class TestMail(TestCase):
    def setUp(self):
        self.send = shop.mail.send
        shop.mail.send = self.sent

    def tearDown(self):
        shop.mail.send = self.send

    def test_limit(self):
        self.addCleanup(setattr, Order, "limit", Order.limit)
        Order.limit = 3
        self.assertIsNone(order(4))
"""),
        Code(
            """
import flask
import pytest
from shop import cache, flags
from shop.orders import Order
from tests.helpers import Recorder, state

class FakeOrder:
    limit = 1

@pytest.fixture(autouse=True)
def fresh():
    cache.entries = {}
    cache.client = None

def test_own_classes():
    FakeOrder.limit = 2
    Recorder.calls = 1
    state.seen = True
    assert FakeOrder.limit

def test_reset():
    Order._instance = None
    assert Order.get() is Order.get()

def test_back_to_what_it_was():
    flags.on = True
    assert page().flags
    flags.on = False

def test_context_local():
    flask.g.user = "me"
    assert page().user == "me"

def test_deleted():
    cache.extra = 1
    assert page().extra == 1
    del cache.extra
""",
            beside=(
                (
                    "tests/helpers.py",
                    "class Recorder:\n    calls = 0\n\nclass State:\n    seen = False\n\nstate = State()\n",
                ),
                ("shop/flags.py", "on = False\n"),
                ("shop/orders.py", "class Order:\n    _instance = None\n"),
            ),
        ),
        Code(
            """
import shop.mail
from shop import orders

def test_autouse():
    shop.mail.send = print
    assert order() == 1

def test_saved_by_the_conftest():
    orders.limit = 3
    assert order(4) is None
""",
            beside=(
                (
                    "tests/conftest.py",
                    """
import importlib
import pytest
import shop.mail
from shop import orders

@pytest.fixture(autouse=True)
def keep():
    send = shop.mail.send
    yield
    shop.mail.send = send
    importlib.reload(orders)
""",
                ),
            ),
        ),
    ),
)
