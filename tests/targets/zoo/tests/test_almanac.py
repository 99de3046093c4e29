from datetime import date, datetime, timedelta, timezone

import pytest

from seedlibrary import almanac, lending, release, settings


def test_season():
    assert almanac.season_year() == 2023


def test_loan_is_still_running():
    loan = lending.Loan("Rosa", "borlotti", due=date(2024, 4, 30))

    assert not loan.is_overdue()


def test_loan_in_the_past_is_overdue():
    loan = lending.Loan("Rosa", "borlotti", due=date(1999, 4, 30))

    assert loan.is_overdue()


def test_receipt():
    loan = lending.Loan("Rosa", "borlotti", due=date(2024, 4, 30))

    assert lending.receipt(loan) == "borlotti lent to Rosa on 2023-11-02"


def test_season_begins_in_november():
    assert almanac.season_year(date(2020, 11, 1)) == 2021


@pytest.mark.parametrize("month", range(1, 11))
def test_season_is_the_year_before_november(month):
    assert almanac.season_year(date(2020, month, 1)) == 2020


@pytest.mark.parametrize(
    "frost, days, expected",
    [
        (date(2021, 10, 15), 14, date(2021, 10, 1)),
        (date(2022, 11, 2), 60, date(2022, 9, 3)),
    ],
)
def test_sow_by(frost, days, expected):
    assert almanac.sow_by(frost, days) == expected


def test_germination():
    assert almanac.germination(date(2021, 5, 1), 10) == date(2021, 5, 11)


@pytest.mark.parametrize("month, name", [(1, "January"), (5, "May"), (12, "December")])
def test_month_name(month, name):
    assert almanac.month_name(month) == name


def test_month_in_welsh_for_the_branch_in_patagonia():
    assert almanac.month_name(5, "cy_AR.UTF-8") == "Mai"


def test_vault_time_is_ahead():
    noon = datetime(2021, 6, 1, 12, tzinfo=timezone.utc)

    assert almanac.vault_time(noon).utcoffset() == timedelta(hours=2)


@pytest.mark.parametrize("month", [3, 4, 5])
def test_spring_is_sowing_time(month):
    assert almanac.is_sowing_time(month)


@pytest.mark.parametrize("month", [1, 2, 6, 7, 8, 9, 10, 11, 12])
def test_the_rest_is_not(month):
    assert not almanac.is_sowing_time(month)


def test_about_names_the_interpreter():
    assert settings.about()["python"] == "3.7"


def test_about_names_the_computer():
    assert settings.about()["node"] == "rosas-thinkpad"


def test_about_names_the_system():
    assert settings.about()["system"]


def test_parse_version():
    assert release.parse_version("1.4.2") == (1, 4, 2)


def test_parse_short_version():
    assert release.parse_version("1.4") == (1, 4)


def test_renewal():
    loan = lending.Loan("Rosa", "borlotti", due=date(2021, 4, 30))

    assert loan.renew(30, today=date(2021, 5, 1)) == date(2021, 5, 30)


def test_renewal_within_a_month():
    loan = lending.Loan("Rosa", "borlotti", due=date(2021, 4, 1))

    assert loan.renew(30, today=date(2021, 4, 28)) == date(2021, 5, 1)


def test_new_moon():
    assert almanac.moon(date(2000, 1, 6)) == 0
