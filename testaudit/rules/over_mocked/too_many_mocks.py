"""A test in which more of the project's own code is replaced than is left to be tested.

With six doubles in place the test knows how the code is wired, not what it does: each rearrangement breaks it, and the
faults between the parts, which are most faults, cannot show. It is also what a class with too many collaborators looks
like from outside.

Let the real collaborators work (a real object is shorter than its double), replace what a test cannot own, or split
the code under test.

Counted are different functions, methods and classes of the project, in every syntax: stacked `@patch`, `with patch`,
`patch.object`, `mocker`, `monkeypatch.setattr` with a double, mocks with a `spec`, fixtures. Not counted: boundaries,
constants and settings, `patch.dict`, fakes that the suite wrote or that a function answers for, spies, doubles that
hand on the real thing, what autouse fixtures, set-ups and decorators of the class replace for all. Where it takes
lambdas with a fixed answer to come to so many, the finding is a suspicion. A run adds how many were in place at once,
and which of them nothing called.

The guide's anti-pattern 2, "Over-Mocking in Integration Tests".
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from testaudit.rules.interface import Code, Hit, Option, Rule, RunEvidence, Settings, qualified, with_evidence
from testaudit.source.answers import behaving, hands_on
from testaudit.source.doubles import doubles_around, doubles_of, speaks_of_doubles
from testaudit.source.fixtures import fixture_files, set_ups
from testaudit.source.index import chain, terminal
from testaudit.source.seen_doubles import said_of_doubles

if TYPE_CHECKING:
    from collections.abc import Iterator

    from testaudit.model import Finding
    from testaudit.source.doubles import Double
    from testaudit.source.interface import Function, SourceFile, Sources

_CANNED = frozenset({"mock", "stub"})
_SETTING = re.compile(
    r"[A-Z]\w*(Config|Settings|Options|Flags)$|(get|load|read)_(\w+_)?(config|settings?|options?|flags?)"
)
_SHOWN = 4
_MAKES = ("patch", "mock", "Mock", "setattr", "stub", "spy", "autospec", "fake")
_UNKNOWN = 1_000
"""`patch.multiple` makes as many as it is told."""


def find(file: SourceFile, sources: Sources, settings: Settings) -> Iterator[Hit]:
    """Tests with more doubles of first-party code than `max-mocks`."""
    if not speaks_of_doubles(file):
        return
    limit = settings.number("max-mocks")
    tests = sources.tests_in(file)
    own = dict.fromkeys(tests, 0)
    beside, above = _makers(file.text), _makers_above(file, sources)
    if beside + above > limit:
        own = {test: _makers(file.lines_of(_first_line(test), test.end_line)) for test in tests}
        beside -= sum(own.values())
    for test in tests:
        # Its own statements are looked at last: whatever else there is, it makes no more than that.
        if own[test] + beside + above <= limit and not _inherits(test, file):
            continue
        if own[test] + beside + len(doubles_around(sources, test)) <= limit:
            continue
        found = _replaced(test, file, sources, limit)
        if len(found) > limit:
            names = list(found)
            yield Hit(
                test.line,
                test.line,
                qualified(test, sources),
                f"Replaces {len(names)} parts of the project's own code (more than {limit:g}).",
                (f"{', '.join(names[:_SHOWN])}{', …' if len(names) > _SHOWN else ''}",),
                "medium" if sum(double.kind == "mock" for double in found.values()) <= limit else None,
            )


def weigh(finding: Finding, evidence: RunEvidence) -> Finding | None:
    """How many doubles the run saw, boundaries among them."""
    said = said_of_doubles(evidence.tests)
    return with_evidence(finding, "runtime", said) if said else finding


def _makers(text: str) -> int:
    """How often a text speaks of making a double: no test there has more of them. Of two texts it is the sum."""
    return sum(map(text.count, _MAKES)) + _UNKNOWN * text.count("multiple(")


def _makers_above(file: SourceFile, sources: Sources) -> int:
    above = (sources.file(path) for path in fixture_files(sources, file.path)[1:])
    return sum(_makers_in(conftest, sources) for conftest in above if conftest is not None)


def _makers_in(conftest: SourceFile, sources: Sources) -> int:
    return sources.remembered(("makers", conftest.path), lambda: _makers(conftest.text))


def _first_line(test: Function) -> int:
    return min([test.line, *(decorator.lineno for decorator in test.decorators)])


def _inherits(test: Function, file: SourceFile) -> bool:
    """Whether its class has a base of another file, whose set-up may make doubles."""
    bases = test.owner.node.bases if test.owner is not None else []
    return any(
        not terminal(base).endswith("TestCase") and ".".join(chain(base)) not in file.classes_by_name for base in bases
    )


def _replaced(test: Function, file: SourceFile, sources: Sources, limit: float) -> dict[str, Double]:
    """The different things of the project that a test replaces, by where they are defined."""
    doubles = [
        double
        for double in doubles_of(sources, test)
        if double.kind in _CANNED and not double.autouse and (double.target or double.spec)
    ]
    if len(doubles) <= limit:
        # Whose each one is need not be followed then.
        return {}
    for_all = {function.name for function in set_ups(sources, test)}
    answered = behaving(test, file)
    found: dict[str, Double] = {}
    for double in doubles:
        if double.name in answered or _is_for_all(double, test, for_all):
            continue
        meaning = double.meaning(sources)
        if meaning.whose != "first-party" or meaning.is_setting or _SETTING.match(meaning.name.rpartition(".")[2]):
            continue
        if double.name and hands_on(double.name, meaning.origin, test, file, sources):
            continue
        found[meaning.origin] = double
    return found


def _is_for_all(double: Double, test: Function, set_up_names: set[str]) -> bool:
    """Made by the class's decorators or set-up: for each of its tests, as an autouse fixture does it."""
    if double.fixture:
        return double.fixture in set_up_names
    return double.path == test.path and not _first_line(test) <= double.line <= test.end_line


RULE = Rule(
    code="TA202",
    slug="too-many-mocks",
    antipattern="over-mocked",
    severity="warning",
    confidence=(("static", "high"), ("runtime", "medium")),
    remedy="Let real collaborators work, and replace only what a test cannot own.",
    find=find,
    weigh=weigh,
    options=(Option("max-mocks", 5, "how many doubles of the project's own code a test may have"),),
    bad=(
        Code("""
from unittest.mock import patch
from shop import checkout

@patch("shop.checkout.price_of")
@patch("shop.checkout.tax_of")
@patch("shop.checkout.stock_of")
@patch("shop.checkout.reserve")
@patch("shop.checkout.discount")
@patch("shop.checkout.total")
def test_checkout(total, discount, reserve, stock, tax, price):  # <-
    checkout.run(3)
    total.assert_called_once()
"""),
        Code(
            """
from unittest.mock import Mock, patch
from shop import checkout
import pytest

@pytest.fixture
def prices(mocker):
    mocker.patch("shop.checkout.price_of")
    return mocker.patch.object(checkout, "tax_of")

def test_checkout(prices, monkeypatch):  # <-
    monkeypatch.setattr(checkout, "reserve", Mock())
    with patch("shop.checkout.total", return_value=3):
        assert checkout.run(3) == 3
""",
            options=(("max-mocks", 3),),
        ),
        Code(
            """
from unittest.mock import DEFAULT, patch
from shop import checkout

def test_many():
    with patch.multiple(checkout, total=DEFAULT, reserve=DEFAULT):
        assert checkout.run(3) is not None

@patch("shop.checkout.price_of")
@patch("shop.checkout.tax_of")
@patch("shop.checkout.setup_customer_settings")
def test_one_by_one(settings, tax, price):  # <-
    checkout.run(3)
    tax.assert_called_once()
""",
            options=(("max-mocks", 2),),
        ),
    ),
    good=(
        Code("""
from unittest.mock import patch
from shop import checkout

@patch("shop.checkout.requests.get")
@patch("shop.checkout.send_mail")
@patch("shop.checkout.TIMEOUT", 3)
@patch("shop.settings.currency", "EUR")
@patch("shop.checkout.price_of")
@patch("subprocess.run")
@patch("shop.checkout.datetime")
def test_checkout(now, run, price, mail, get):
    assert checkout.run(3) == 3
"""),
        Code(
            """
from unittest.mock import patch
from shop import checkout

def test_delegates(monkeypatch):
    def price_of(item):
        return 3

    monkeypatch.setattr(checkout, "price_of", price_of)
    with patch.object(checkout, "total", wraps=checkout.total), patch.dict("shop.checkout.RATES", {}):
        assert checkout.run(3) == 9
""",
            options=(("max-mocks", 1),),
        ),
        Code(
            """
from unittest.mock import patch
import pytest

@pytest.fixture(autouse=True)
def quiet():
    with patch("shop.checkout.reserve"), patch("shop.checkout.total"):
        yield

@patch("shop.checkout.tax_of")
@patch("shop.orders.tax_of")
def test_one_name_twice(first, second):
    assert True
""",
            beside=(
                ("shop/checkout.py", "from shop.tax import tax_of\n"),
                ("shop/orders.py", "from shop.tax import tax_of\n"),
            ),
            options=(("max-mocks", 1),),
        ),
        Code(
            """
from unittest.mock import DEFAULT, Mock, patch
from shop import checkout
from shop.prices import price_of as real_price_of

@patch("shop.checkout.stock_of")
@patch("shop.checkout.tax_of")
def test_doubles_that_behave(tax, stock):
    def answer(item):
        stock.side_effect = None
        return 3 * item

    stock.side_effect = answer
    tax.side_effect = lambda item: item
    assert checkout.run(3) == 9

@patch("shop.checkout.get_session")
@patch("shop.checkout.price_of")
@patch("shop.checkout.CheckoutConfig")
@patch("shop.checkout.get_config")
def test_the_real_thing_is_handed_on(get_config, config, price, get_session, db):
    found = real_price_of(currency="EUR")
    price.return_value = found
    get_session.return_value.__enter__.return_value = db
    assert checkout.run(3) == 9
""",
            beside=(
                ("shop/checkout.py", "from shop.prices import price_of\n"),
                ("shop/prices.py", "def price_of(): ...\n"),
            ),
            options=(("max-mocks", 1),),
        ),
        Code(
            """
from unittest.mock import patch
import pytest
import unittest
from shop import checkout

@pytest.fixture
@patch("shop.checkout.reserve")
def cart(reserve):
    with patch("shop.checkout.total"):
        return checkout.Cart()

def test_replaced_while_it_was_made(cart):
    with patch("shop.checkout.tax_of"):
        assert cart.run(3) == 9

@patch("shop.checkout.price_of")
class TestForAll(unittest.TestCase):
    def setUp(self):
        self.stock = patch("shop.checkout.stock_of").start()
        self.addCleanup(patch.stopall)

    @patch("shop.checkout.tax_of")
    def test_one(self, tax, price):
        assert checkout.run(3) == 9
""",
            options=(("max-mocks", 1),),
        ),
    ),
)
