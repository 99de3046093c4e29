"""Accounts and the job queue."""

import pytest

from seedlibrary import lending, services, settings


def test_balance_of_a_new_member(ledger):
    assert ledger.balance("Rosa") == 0


def test_balance_of_a_stranger(ledger):
    with pytest.raises(ValueError):
        ledger.balance("nobody")


class TestLedger:
    def test_two_connections_see_the_same(self, ledger):
        assert services.Ledger().balance("Rosa") == ledger.balance("Rosa")

    def test_balance_is_a_number(self, ledger):
        assert isinstance(ledger.balance("Emil"), float)

    def test_connects_by_default(self):
        assert services.Ledger() is not None


def test_push():
    assert services.Jobs().push({"remind": 7})


def test_length_of_the_queue():
    jobs = services.Jobs()
    assert jobs.length() == 0


def test_jobs_connect_late():
    assert services.Jobs().address[1] == 16379


def test_vault_key_is_long():
    assert len(settings.vault_key()) >= 16


def test_vault_key_is_no_word():
    key = settings.vault_key()
    assert not key.isalpha()


def test_region_token():
    assert settings.region_token().startswith("wendelstein-")


def test_region_token_of_all_settings():
    import os

    everything = dict(os.environ)
    assert everything["SEEDLIBRARY_REGION_TOKEN"]


def test_shelf_size():
    assert settings.number("SEEDLIBRARY_SHELF_SIZE") == 40


@pytest.mark.parametrize("name, value", [("SEEDLIBRARY_SHELVES", 12), ("SEEDLIBRARY_LOAN_DAYS", 180)])
def test_number(name, value):
    assert settings.number(name) == value


@pytest.mark.parametrize("packets", range(1, 31))
def test_fee(packets):
    assert lending.fee(packets) == packets / 2


def test_required_says_what_is_missing():
    with pytest.raises(settings.SettingsError, match="SEEDLIBRARY_NOTHING is not set"):
        settings.required("SEEDLIBRARY_NOTHING")


def assert_price(packets, cents, discount=0.0):
    assert lending.price(packets, discount) == cents


@pytest.mark.parametrize("packets, cents", [(1, 50), (12, 600)])
def test_price(packets, cents):
    assert_price(packets, cents)


def test_price_with_discount():
    assert_price(4, 150, discount=0.25)


def test_parse_address():
    assert services.parse_address("exchange:8123") == ("exchange", 8123)


def test_parse_short_port():
    assert services.parse_address("exchange:80") == ("exchange", 80)
