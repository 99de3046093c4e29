"""Every double that is active in a test is seen, whatever its syntax, and it is known whose code it replaces."""

from __future__ import annotations

from pathlib import Path

import pytest

from testaudit.config import Config
from testaudit.source.doubles import Double, doubles_of, held
from testaudit.source.index import Function
from testaudit.source.interactions import asked_of_double
from testaudit.source.interface import Sources, sources_of
from testaudit.source.targets import target_of

HEAD = """
import pytest
from unittest import mock
from unittest.mock import AsyncMock, MagicMock, Mock, create_autospec, patch
from shop import orders
from shop.orders import Basket
"""


def suite(texts: dict[str, str], config: Config | None = None) -> Sources:
    return sources_of(texts, config or Config(), root=Path("/nowhere"), first_party=frozenset({"shop"}))


def within(sources: Sources, path: str = "tests/test_a.py", name: str = "test_one") -> Function:
    file = sources.file(path)
    assert file is not None
    return next(function for function in file.functions if function.name == name)


def doubles(body: str, **beside: str) -> tuple[Double, ...]:
    texts = {"tests/test_a.py": HEAD + body, **{path.replace("__", "/") + ".py": text for path, text in beside.items()}}
    sources = suite(texts)
    return doubles_of(sources, within(sources))


@pytest.mark.parametrize(
    "body",
    [
        '@patch("shop.orders.total")\ndef test_one(total): pass\n',
        '@mock.patch("shop.orders.total")\ndef test_one(total): pass\n',
        '@patch.object(orders, "total")\ndef test_one(total): pass\n',
        'def test_one():\n    with patch("shop.orders.total") as total: pass\n',
        'def test_one():\n    with patch.object(orders, "total") as total: pass\n',
        'def test_one():\n    patcher = patch("shop.orders.total")\n    total = patcher.start()\n',
        'def test_one():\n    total = patch("shop.orders.total").start()\n',
        'def test_one(mocker):\n    total = mocker.patch("shop.orders.total")\n',
        'def test_one(mocker):\n    total = mocker.patch.object(orders, "total")\n',
        'def test_one(monkeypatch):\n    total = Mock()\n    monkeypatch.setattr("shop.orders.total", total)\n',
        'def test_one(monkeypatch):\n    total = Mock()\n    monkeypatch.setattr(orders, "total", total)\n',
        '@patch.multiple("shop.orders", total=mock.DEFAULT)\ndef test_one(total): pass\n',
        'class TestIt:\n    @patch("shop.orders.total")\n    def test_one(self, total): pass\n',
        '@patch("shop.orders.total")\nclass TestIt:\n    def test_one(self, total): pass\n',
        'replaced = patch("shop.orders.total")\n@replaced\ndef test_one(total): pass\n',
        'def replaced():\n    return patch("shop.orders.total")\ndef test_one():\n    with replaced() as total: pass\n',
        '@pytest.fixture\ndef total():\n    with patch("shop.orders.total") as m:\n        yield m\ndef test_one(total): pass\n',
        '@pytest.fixture\ndef total(mocker):\n    return mocker.patch("shop.orders.total")\ndef test_one(total): pass\n',
    ],
)
def test_each_syntax_of_a_patch_is_one_double_with_name_and_target(body: str) -> None:
    found = [double for double in doubles(body) if double.target]

    assert [(double.name, double.target, double.kind) for double in found] == [("total", "shop.orders.total", "mock")]


def test_stacked_patches_are_handed_over_from_the_bottom() -> None:
    found = doubles('@patch("shop.a.one")\n@patch("shop.a.two")\ndef test_one(two, one, client): pass\n')

    assert {double.name: double.target for double in found} == {"two": "shop.a.two", "one": "shop.a.one"}


def test_set_up_and_base_classes_count() -> None:
    found = doubles(
        "from base import Base\nclass TestIt(Base):\n    def test_one(self): pass\n",
        base='from unittest.mock import patch\nclass Base:\n    def setup_method(self):\n        self.total = patch("shop.orders.total").start()\n',
    )

    assert [(double.name, double.target, double.fixture) for double in found] == [
        ("self.total", "shop.orders.total", "setup_method")
    ]


def test_fixtures_of_fixtures_are_followed_through_conftest_files() -> None:
    found = doubles(
        "def test_one(service): pass\n",
        tests__conftest=(
            "import pytest\nfrom unittest.mock import MagicMock\n"
            "@pytest.fixture\ndef session():\n    return MagicMock()\n"
            "@pytest.fixture\ndef service(session):\n    return Service(session)\n"
        ),
    )

    assert [(double.how, double.fixture) for double in found] == [("MagicMock", "service")]


@pytest.mark.parametrize(
    ("fixture", "active"),
    [
        ('with patch("shop.orders.total"):\n        return Cart()', []),
        ('with patch("shop.orders.total"):\n        yield Cart()', ["shop.orders.total"]),
        ('with patch("shop.orders.total"):\n        with open("x"):\n            yield 3', ["shop.orders.total"]),
        ('with open("x"):\n        mocker.patch("shop.orders.total")\n    return 3', ["shop.orders.total"]),
        ('with patch("shop.orders.total") as m:\n        m()\n    return m', ["shop.orders.total"]),
    ],
)
def test_what_a_fixture_replaced_while_it_ran_is_back_when_it_ends(fixture: str, active: list[str]) -> None:
    found = doubles(f"@pytest.fixture\ndef cart(mocker):\n    {fixture}\ndef test_one(cart): pass\n")

    assert [double.target for double in found] == active


def test_a_decorator_of_a_fixture_replaces_for_the_fixture_alone() -> None:
    found = doubles(
        '@pytest.fixture\n@patch("shop.orders.total")\ndef cart(m):\n    return Cart()\ndef test_one(cart): pass\n'
    )

    assert found == ()


def test_circles_of_fixtures_end() -> None:
    body = "@pytest.fixture\ndef a(b): return Mock()\n@pytest.fixture\ndef b(a): return a\ndef test_one(a): pass\n"

    assert doubles(body)


def test_a_fixture_that_nobody_defines_is_a_double_by_its_name_alone() -> None:
    (found,) = doubles("def test_one(mock_db, client): pass\n")

    assert (found.name, found.sure) == ("mock_db", False)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ('def test_one(monkeypatch):\n    monkeypatch.setattr(orders, "LIMIT", 3)\n', "value"),
        ('def test_one(monkeypatch):\n    monkeypatch.setattr(orders, "total", lambda: 3)\n', "stub"),
        ('def test_one(monkeypatch):\n    def f(): pass\n    monkeypatch.setattr(orders, "total", f)\n', "fake"),
        ('def test_one(monkeypatch):\n    class F: pass\n    monkeypatch.setattr(orders, "Basket", F)\n', "fake"),
        ('def test_one():\n    with patch.object(orders, "total", wraps=orders.total): pass\n', "spy"),
        ('def test_one(mocker):\n    mocker.spy(orders, "total")\n', "spy"),
        ('@patch("shop.orders.total", return_value=3)\ndef test_one(total): pass\n', "mock"),
    ],
)
def test_what_stands_in_the_place(body: str, kind: str) -> None:
    assert [double.kind for double in doubles(body)] == [kind]


@pytest.mark.parametrize(
    "body",
    [
        'def test_one(client):\n    client.patch("/orders/1")\n',
        'def test_one():\n    with patch.dict("os.environ", {"A": "b"}): pass\n',
        'def test_one():\n    setattr(orders, "total", 3)\n',
    ],
)
def test_what_only_looks_like_a_patch(body: str) -> None:
    assert doubles(body) == ()


def test_a_bare_mock_knows_what_it_imitates() -> None:
    sources = suite({"tests/test_a.py": f"{HEAD}def test_one():\n    basket = create_autospec(Basket)\n"})

    assert held(sources, within(sources))["basket"].spec == "shop.orders.Basket"


SERVICE = """
import requests
from shop.orders import total
from shop.mail import send
def price_of(item): pass
class Service:
    def run(self): pass
"""


@pytest.mark.parametrize(
    ("dotted", "origin", "whose"),
    [
        ("shop.service.requests.get", "requests.get", "boundary"),
        ("shop.service.price_of", "shop.service.price_of", "first-party"),
        ("shop.service.Service.run", "shop.service.Service.run", "first-party"),
        ("shop.service.total", "shop.orders.total", "first-party"),
        ("shop.service.send", "shop.mail.send", "boundary"),
        ("subprocess.run", "subprocess.run", "boundary"),
        ("json.loads", "json.loads", "library"),
        ("numpy.array", "numpy.array", "library"),
        ("tests.helpers.make", "tests.helpers.make", "suite"),
        ("", "", "unknown"),
    ],
)
def test_whose_a_target_is(dotted: str, origin: str, whose: str) -> None:
    texts = {"shop/service.py": SERVICE, "tests/helpers.py": "def make(): pass\n", "tests/test_a.py": ""}

    found = target_of(suite(texts), dotted, "tests/test_a.py")

    assert (found.origin, found.whose) == (origin, whose)


def test_boundaries_are_extended_by_the_configuration() -> None:
    sources = suite({"tests/test_a.py": ""}, Config(boundaries=("shop.warehouse",)))

    assert target_of(sources, "shop.warehouse.count", "tests/test_a.py").whose == "boundary"


def test_constants_and_settings_are_no_code() -> None:
    sources = suite({"tests/test_a.py": ""})

    assert target_of(sources, "shop.orders.LIMIT", "tests/test_a.py").is_setting
    assert target_of(sources, "shop.settings.debug", "tests/test_a.py").is_setting
    assert not target_of(sources, "shop.orders.total", "tests/test_a.py").is_setting


@pytest.mark.parametrize(
    ("check", "double", "question"),
    [
        ("m.assert_called_once()", "m", "called"),
        ("self.m.send.assert_called_with(1)", "self.m.send", "with"),
        ("m.assert_not_called()", "m", "not called"),
        ("m.assert_has_calls([])", "m", "order"),
        ("assert m.called", "m", "called"),
        ("assert not m.called", "m", "not called"),
        ("assert m.call_count == 2", "m", "called"),
        ("assert m.call_count == 0", "m", "not called"),
        ("assert m.call_args[0][1] == 3", "m", "with"),
        ("self.assertEqual(m.call_count, 1)", "m", "called"),
    ],
)
def test_what_a_check_asks_of_a_double(check: str, double: str, question: str) -> None:
    file = suite({"tests/test_a.py": f"def test_one():\n    {check}\n"}).file("tests/test_a.py")
    assert file is not None

    asked = asked_of_double(file.functions[0].statements[0].node)

    assert asked is not None
    assert (asked.double, asked.question) == (double, question)


@pytest.mark.parametrize("check", ["assert total() == 3", "assert m.total == 3", "run()", "self.assertEqual(a, b)"])
def test_other_checks_ask_nothing_of_a_double(check: str) -> None:
    file = suite({"tests/test_a.py": f"def test_one():\n    {check}\n"}).file("tests/test_a.py")
    assert file is not None

    assert asked_of_double(file.functions[0].statements[0].node) is None
