"""At the lending desk. The day goes on from one test to the next."""

import logging
import os

import pytest

from seedlibrary import labels, lending, settings
from seedlibrary.catalogue import Catalogue, read_csv

log = logging.getLogger("seedlibrary.desk")


@pytest.fixture(autouse=True, scope="module")
def closing_time():
    folder, fee, render = os.getcwd(), lending.FEE, labels.render
    yield
    os.chdir(folder)
    logging.disable(logging.NOTSET)
    lending.FEE, labels.render = fee, render


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    """The day book, on disk."""
    catalogue = Catalogue(tmp_path_factory.mktemp("desk") / "book.db")
    yield catalogue
    catalogue.close()


def test_winter_tariff():
    lending.FEE = 0.75
    assert lending.fee(2) == 1.5


def test_fee_for_a_family():
    assert lending.fee(10) == 5.0


def test_fee_is_even():
    assert lending.fee(4) == 2


def test_swiss_branch():
    os.environ["SEEDLIBRARY_CURRENCY"] = "CHF"
    assert settings.currency() == "CHF"


def test_currency():
    assert settings.currency() == "EUR"


def test_price_tag_has_the_currency():
    tag = "2.00 {}".format(settings.currency())
    assert tag == "2.00 EUR"


def test_book_takes_a_seed(book):
    assert book.add("borlotti") == 1


def test_book_begins_empty(book):
    assert book.count() == 0


def test_book_takes_the_first_of_the_day(book):
    assert book.add("borlotti", packets=4)


def test_export_to_a_stick(tmp_path):
    os.chdir(str(tmp_path))
    with open("stick.csv", "w") as file:
        file.write("a,b,1\n")
    assert len(read_csv("stick.csv")) == 1


def test_beans_of_the_house():
    with open(os.path.join("tests", "data", "beans.csv")) as file:
        assert len(file.readlines()) == 3


def test_listener_hears_of_new_seeds():
    heard = []
    catalogue = Catalogue()
    catalogue.subscribe(heard.append)
    catalogue.add("yin yang")
    assert heard == ["yin yang"]


def test_nobody_listens_yet():
    assert Catalogue().listeners == []


def test_rule_for_rare_seeds():
    lending.register_rule("rare", lambda member: member["level"] > 1)
    assert "rare" in lending.rules()


def test_rule_is_asked():
    lending.register_rule("rare", lambda member: False)
    assert lending.rules() == ["rare"]


def test_label_in_large_print():
    labels.render = lambda name, packets=1: name.upper()
    assert labels.render("bean") == "BEAN"


def test_label():
    assert labels.render("bean", 3) == "bean x3"


def test_quiet_hours():
    logging.disable(logging.CRITICAL)
    assert not log.isEnabledFor(logging.ERROR)


def test_overdue_is_logged(caplog):
    log.warning("overdue: borlotti")
    assert "overdue" in caplog.text


def test_rules_in_spring():
    lending._RULES["spring"] = len
    assert lending.rules() == ["spring", "summer"]


def test_no_rule_in_spring():
    assert "spring" not in lending.rules()


@pytest.mark.parametrize("packets, back", [(1, 2), (5, 10), (9, 18), (11, 23), (20, 41)])
def test_returns(packets, back):
    assert lending.returns(packets) == back


def test_ten_packets_bring_one_for_the_house():
    assert lending.returns(10) == 21


@pytest.mark.parametrize("seed, level", [("lady's slipper", 1), ("edelweiss", 1)])
def test_borrow_at_the_own_level(member, seed, level):
    assert lending.borrow(member, seed, level).seed == seed


def test_borrow_below_the_own_level(member):
    assert lending.borrow(member, "borlotti", 0).member == "Rosa"


def test_borrow_above_the_own_level(member):
    with pytest.raises(PermissionError):
        lending.borrow(member, "ghost orchid", 2)


def test_loans_have_different_numbers(member):
    assert lending.borrow(member, "borlotti", 0).id != lending.borrow(member, "borlotti", 0).id


def test_number_of_a_loan(member):
    loan = lending.borrow(member, "borlotti", 0)
    assert loan.id == "7d4e1f0a-52c5-4b0e-9a1c-3f6f1a2b9c11"


def test_no_renewal_by_less_than_nothing(member):
    loan = lending.borrow(member, "borlotti", 0)
    with pytest.raises(ValueError):
        loan.renew(-1, today=loan.due)
