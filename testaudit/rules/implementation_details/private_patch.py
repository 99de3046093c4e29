"""A private function or method of the project is replaced.

The leading underscore says that the name may go without notice. A test that patches it knows how the code is cut into
pieces, and fails when the pieces are cut another way, though nothing that anybody uses has changed.

Replace what the code uses from outside (where it ends: the request, the mail, the clock), hand a collaborator in, or
make the seam public where tests need one.

Left alone: private names of other people's code, doubles that delegate (`wraps=`, `side_effect=` the real function,
spies, fakes that the suite wrote), constants, boundaries, the private function that itself sends the request or the
mail, a method that the class leaves to its subclasses. Surest where nothing public takes part: the test calls a private
name, replaces others, and checks only that these were called.

The guide's anti-pattern 1, "Testing Implementation Details".
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from testaudit.rules.interface import Code, Hit, Rule, Settings, qualified
from testaudit.source.doubles import own_doubles
from testaudit.source.index import Function, chain
from testaudit.source.patches import kind_of, patch_calls, patches_of
from testaudit.source.private_parts import (
    asked_about,
    behaves,
    enters_privately,
    goes_outside,
    hands_over,
    is_left_open,
    is_real,
    meant,
)
from testaudit.source.targets import target_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from testaudit.source.index import Statement
    from testaudit.source.interface import SourceFile, Sources
    from testaudit.source.patches import Patch

_CANNED = frozenset({"mock", "stub"})


def find(file: SourceFile, sources: Sources, _settings: Settings) -> Iterator[Hit]:
    """Patches whose target's last name is private and first-party."""
    asked: dict[Function, frozenset[str]] = {}
    for call, statement in patch_calls(file):
        for patch in patches_of(call, file, statement.function):
            if not _is_private(patch.attribute) or not _is_projects(patch, statement, file, sources):
                continue
            replaced = meant(sources, patch.target, file.path)
            if isinstance(replaced, Function) and (goes_outside(replaced, sources) or is_left_open(replaced)):
                continue
            function = _around(call, statement, file)
            if function not in asked:
                asked[function] = _asked(function, file, sources)
            only = patch.target in asked[function]
            yield Hit(
                call.lineno,
                call.end_lineno or call.lineno,
                qualified(function, sources),
                f"Replaces a private part of the code under test: `{patch.target}`"
                + (", and checks only that it was called." if only else "."),
                (
                    "nothing public takes part: the test calls a private name, and asks only what it put in the place "
                    "of private functions"
                    if only
                    else f"{patch.how} of `{patch.attribute}`",
                ),
                None if only else "medium",
            )


def _is_private(name: str) -> bool:
    # `_` alone is what translates.
    return name.startswith("_") and name != "_" and not name.startswith("__") and not name.isupper()


def _is_projects(patch: Patch, statement: Statement, file: SourceFile, sources: Sources) -> bool:
    function = statement.function
    if not patch.target or kind_of(patch, file, function, sources) not in _CANNED:
        return False
    if _lets_code_answer(patch, file, function, sources):
        return False
    meaning = target_of(sources, patch.target, file.path)
    return meaning.whose == "first-party" and not meaning.is_setting


def _lets_code_answer(patch: Patch, file: SourceFile, function: Function, sources: Sources) -> bool:
    """`side_effect=orders._price_of`, or a function of the suite's: the double only watches."""
    effect = patch.words.get("side_effect")
    if effect is not None and is_real(effect, patch.attribute, function):
        return True
    values: list[ast.expr | None] = [patch.new]
    if isinstance(patch.new, ast.Name):
        values = [value for value, _ in function.assignments.get(patch.new.id, ())]
    return any(behaves(value, patch.attribute, file, function, sources) for value in values)


def _asked(function: Function, file: SourceFile, sources: Sources) -> frozenset[str]:
    """The private functions about which alone the test asks, where it calls nothing public either."""
    if not sources.is_test(function):
        return frozenset()
    stands_for: dict[str, str] = {}
    for double in own_doubles(sources, function):
        if double.name and double.kind in _CANNED and _is_private(double.target.rpartition(".")[2]):
            stands_for[double.name] = double.target
    for call, statement in function.calls:
        for patch in patches_of(call, file, statement.function):
            if patch.owner is not None and chain(patch.owner) and _is_private(patch.attribute):
                stands_for[".".join([*chain(patch.owner), patch.attribute])] = patch.target
    sure = {name for name, target in stands_for.items() if _is_function(target, file, sources)}
    found = asked_about(function, sure)
    if not found or not enters_privately(function, (*stands_for, *stands_for.values())):
        return frozenset()
    # What was told to fail brings about the failure that the test is about.
    failing = {
        ".".join(chain(target.value))
        for target, _ in function.writes
        if isinstance(target, ast.Attribute) and target.attr == "side_effect"
    }
    return frozenset(stands_for[name] for name in found - failing)


def _is_function(target: str, file: SourceFile, sources: Sources) -> bool:
    replaced = meant(sources, target, file.path)
    return (
        isinstance(replaced, Function)
        and not replaced.has_decorator("property")
        and not hands_over(replaced, sources)
        and target_of(sources, target, file.path).whose == "first-party"
    )


def _around(call: ast.Call, statement: Statement, file: SourceFile) -> Function:
    """The function that a decorator belongs to, or the one that the call stands in."""
    return file.function_at(call.lineno) if statement.function is file.module else statement.function


RULE = Rule(
    code="TA103",
    slug="private-patch",
    antipattern="implementation-details",
    severity="warning",
    confidence=(("static", "high"),),
    remedy="Replace what the code uses from outside, or hand the collaborator in.",
    find=find,
    bad=(
        Code(
            """
from unittest.mock import patch
from shop import orders

@patch("shop.orders._tidy")  # <-
def test_read(tidy):
    orders._read("tea, milk")
    tidy.assert_called_once_with(["tea", " milk"])
""",
            beside=(
                (
                    "shop/orders.py",
                    """
def _read(text):
    return _tidy(text.split(","))

def _tidy(names):
    return [name.strip() for name in names]
""",
                ),
            ),
        ),
        Code("""
from unittest.mock import patch
from shop.orders import Basket

@patch("shop.orders._price_of")  # <-
def test_total(price_of):
    price_of.return_value = 3
    assert Basket(["tea"]).total() == 3
"""),
        Code("""
from shop.orders import Basket

def test_total(monkeypatch):
    basket = Basket(["tea"])
    monkeypatch.setattr(basket, "_prices", lambda: [3])  # <-
    assert basket.total() == 3
"""),
    ),
    good=(
        Code("""
from unittest.mock import patch
import requests

@patch("requests.adapters._basic_auth_str")
@patch.object(requests.Session, "_send")
def test_third_party(send, auth):
    assert True
"""),
        Code("""
from unittest.mock import patch
from shop import orders

def test_watched(mocker):
    watched = mocker.spy(orders, "_price_of")
    with patch.object(orders, "_tax_of", wraps=orders._tax_of):
        assert orders.total(["tea"]) == 3
    watched.assert_called_once()
"""),
        Code("""
from shop import orders

def test_small(monkeypatch):
    monkeypatch.setattr(orders, "_LIMIT", 3)
    monkeypatch.setattr(orders, "_send_mail", lambda: None)
    monkeypatch.setattr(orders, "__version__", "1")
    monkeypatch.setattr(orders, "_", lambda text: text)
    assert orders.total(["tea"]) == 3
"""),
        Code(
            """
from unittest.mock import Mock, patch
from shop import orders

def test_watched(monkeypatch):
    price_of = Mock(side_effect=orders._price_of)
    monkeypatch.setattr(orders, "_price_of", price_of)
    assert orders.total(["tea"]) == 3
    price_of.assert_called_once_with("tea")

@patch("shop.orders._deliver")
def test_delivered(deliver):
    orders.confirm("tea")
    deliver.assert_called_once_with("tea")

@patch.object(orders.Writer, "_line")
def test_written(line):
    line.return_value = "tea\\n"
    assert orders.Writer().text(["tea"]) == "tea\\n"
""",
            beside=(
                (
                    "shop/orders.py",
                    """
import requests

def total(names):
    return sum(_price_of(name) for name in names)

def _price_of(name):
    return len(name)

def confirm(name):
    _deliver(name)

def _deliver(name):
    requests.post("/orders", json=name)

class Writer:
    def text(self, names):
        return "".join(self._line(name) for name in names)

    def _line(self, name):
        raise NotImplementedError
""",
                ),
            ),
        ),
    ),
)
