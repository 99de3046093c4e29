"""A private function or method of the project is replaced.

The leading underscore says that the name may go without notice. A test that patches it knows how the code is cut into
pieces, and fails when the pieces are cut another way, though nothing that anybody uses has changed.

Replace what the code uses from outside (where it ends: the request, the mail, the clock), hand a collaborator in, or
make the seam public where tests need one.

Left alone: private names of other people's code, doubles that delegate (`wraps=`, spies, fakes that the suite wrote),
constants, boundaries.

The guide's anti-pattern 1, "Testing Implementation Details".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from testaudit.rules.interface import Code, Hit, Rule, Settings, qualified
from testaudit.source.patches import kind_of, patch_calls, patches_of
from testaudit.source.targets import target_of

if TYPE_CHECKING:
    import ast
    from collections.abc import Iterator

    from testaudit.source.index import Function, Statement
    from testaudit.source.interface import SourceFile, Sources
    from testaudit.source.patches import Patch

_CANNED = frozenset({"mock", "stub"})


def find(file: SourceFile, sources: Sources, _settings: Settings) -> Iterator[Hit]:
    """Patches whose target's last name is private and first-party."""
    for call, statement in patch_calls(file):
        for patch in patches_of(call, file, statement.function):
            if not _is_private(patch.attribute) or not _is_projects(patch, statement, file, sources):
                continue
            yield Hit(
                call.lineno,
                call.end_lineno or call.lineno,
                _named(call, statement, file, sources),
                f"Replaces a private part of the code under test: `{patch.target}`.",
                (f"{patch.how} of `{patch.attribute}`",),
            )


def _is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__") and not name.isupper()


def _is_projects(patch: Patch, statement: Statement, file: SourceFile, sources: Sources) -> bool:
    if not patch.target or kind_of(patch, file, statement.function, sources) not in _CANNED:
        return False
    meaning = target_of(sources, patch.target, file.path)
    return meaning.whose == "first-party" and not meaning.is_setting


def _named(call: ast.Call, statement: Statement, file: SourceFile, sources: Sources) -> str:
    """The function that a decorator belongs to, or the one that the call stands in."""
    owner: Function = file.function_at(call.lineno) if statement.function is file.module else statement.function
    return qualified(owner, sources)


RULE = Rule(
    code="TA103",
    slug="private-patch",
    antipattern="implementation-details",
    severity="warning",
    confidence=(("static", "medium"),),
    remedy="Replace what the code uses from outside, or hand the collaborator in.",
    find=find,
    bad=(
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
    assert orders.total(["tea"]) == 3
"""),
    ),
)
