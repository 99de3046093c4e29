"""Healthy: small, fast, about behaviour. testaudit has nothing to say about the first three.

Sick here: a test that changes the environment for every test after it, and an assertion that never runs.
"""

import os

import pytest

from sockshop.pricing import label, parse_label, price_cents


@pytest.mark.parametrize(("celsius", "expected"), [(-12, 600), (-1, 600), (0, 400), (20, 400), (30, 400), (31, 266)])
def test_cold_feet_pay_more(celsius, expected):
    assert price_cents(400, celsius) == expected


def test_the_label_names_the_currency(monkeypatch):
    monkeypatch.setenv("SOCKSHOP_CURRENCY", "CHF")

    assert label(450) == "4.50 CHF"


@pytest.mark.parametrize("cents", [1, 99, 450, 100000])
def test_a_label_can_be_read_back(cents):
    assert parse_label(label(cents)) == cents


def test_crowns_for_the_northern_branch():
    os.environ["SOCKSHOP_CURRENCY"] = "NOK"

    assert label(450) == "4.50 NOK"


def test_a_price_without_currency_is_refused():
    with pytest.raises(ValueError) as refused:
        parse_label("4.50")
        assert "currency" in str(refused.value)
