"""Whether a test speaks of the project's own code, by whatever name."""

from __future__ import annotations

from pathlib import Path

import pytest

from testaudit.config import Config
from testaudit.source.interface import sources_of
from testaudit.source.mentions import mentions_first_party

TEXT = """
import json
from unittest.mock import Mock
import pytest
import requests
import shop
from tests.helpers import cart
from shop.mail import send

ORDER = shop.Order(1)
NUMBERS = [1, 2]

class Base:
    kind = dict

    def test_kind(self):
        assert self.kind()

class TestHeir(Base):
    kind = shop.Order

@pytest.fixture
def order():
    return ORDER

def by_name():
    assert shop.VERSION

def by_value():
    assert ORDER == 1

def by_fixture(order):
    assert order == 1

def by_helper():
    assert cart()

def by_import():
    import shop

def by_library():
    assert requests.get("/").ok

def of_others():
    assert json.dumps(NUMBERS)

def by_double():
    send = Mock(spec=shop.Order)
    with pytest.raises(shop.Error):
        send()
"""


@pytest.mark.parametrize(
    ("name", "mentions"),
    [
        ("by_name", True),
        ("by_value", True),
        ("by_fixture", True),
        ("by_helper", True),
        ("by_import", True),
        ("by_library", True),
        ("of_others", False),
        ("Base.test_kind", False),
    ],
)
def test_a_name_is_followed_to_what_it_holds(name: str, mentions: bool) -> None:
    sources = sources_of({"tests/test_a.py": TEXT}, Config(), root=Path("/nowhere"), first_party=frozenset({"shop"}))
    file = sources.file("tests/test_a.py")
    assert file is not None
    test = next(function for function in file.functions if function.qualname == name)

    assert mentions_first_party(sources, test) is mentions


def test_an_attribute_is_what_the_heir_says_it_is() -> None:
    sources = sources_of({"tests/test_a.py": TEXT}, Config(), root=Path("/nowhere"), first_party=frozenset({"shop"}))
    file = sources.file("tests/test_a.py")
    assert file is not None
    test = next(function for function in file.functions if function.qualname == "Base.test_kind")

    assert mentions_first_party(sources, test, file.classes_by_name["TestHeir"])


def test_what_a_double_stands_in_for_is_not_spoken_of() -> None:
    sources = sources_of({"tests/test_a.py": TEXT}, Config(), root=Path("/nowhere"), first_party=frozenset({"shop"}))
    file = sources.file("tests/test_a.py")
    assert file is not None
    named = {function.qualname: function for function in file.functions}

    assert not mentions_first_party(sources, named["by_double"], doubled=frozenset({"shop.mail.send"}))
    assert not mentions_first_party(sources, named["by_name"], doubled=frozenset({"shop.VERSION"}))
    assert mentions_first_party(sources, named["by_name"], doubled=frozenset({"shop.mail"}))
