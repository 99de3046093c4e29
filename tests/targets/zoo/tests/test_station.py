import pytest

from seedlibrary import services, station


@pytest.mark.parametrize("channel", ["roof", "cellar"])
def test_radio_hears_something(channel):
    reading = station.Radio("radio-" + channel).receive()
    assert reading is not None


def test_smoothed():
    assert station.Radio("smoothed").smoothed() == 18.0


def test_pressure():
    reading = station.Radio("pressure").receive()
    assert reading["hectopascal"] == 1013


@pytest.fixture
def relay(request):
    relay = station.Relay("relay-" + request.node.name)
    yield relay
    relay.close()


def test_relay(relay):
    assert station.ask(relay.address) == 18.0


@pytest.fixture
def slow_relay(request):
    relay = station.Relay("slow-" + request.node.name, pause=0.8)
    yield relay
    relay.close()


def test_slow_relay(slow_relay):
    assert station.ask(slow_relay.address) == 18.0


def test_gusts_are_counted():
    assert station.Gust().listen(15) == 30


def test_light_breeze():
    assert station.wind() <= 3


def test_masts_in_order():
    assert list({"north mast", "south mast"}) == ["north mast", "south mast"]


def test_hygrometer():
    assert 0 <= services.read_sensor("hygrometer") <= 100


def test_hygrometer_is_dry():
    humidity = services.read_sensor("hygrometer")
    assert humidity < 95


def test_rain_gauge():
    assert services.read_sensor("rain gauge") >= 0


def test_operator_has_a_name():
    assert station.operator()


def test_exchange_is_found():
    assert services.find_exchange()[1] == 7070


@pytest.mark.parametrize("speed", range(1, 7))
def test_breeze(speed):
    assert speed in range(1, 7)
