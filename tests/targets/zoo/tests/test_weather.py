import pytest

from seedlibrary import services


@pytest.mark.parametrize("place", ["wendelstein", "longyearbyen"])
def test_forecast(place):
    assert services.forecast(place)["celsius"] > -40


def test_forecast_names_the_place():
    forecast = services.forecast("trelew")
    assert forecast["place"] == "trelew"


def test_specimen():
    assert services.specimen(7)["species"]


def test_specimen_is_pressed():
    assert services.specimen(9031)["pressed"] is True


@pytest.mark.parametrize("name", sorted(services.SENSORS))
def test_sensors_are_near(name):
    assert services.SENSORS[name][0] == "127.0.0.1"
