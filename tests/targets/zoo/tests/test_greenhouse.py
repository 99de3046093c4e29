"""Everything that grows under glass."""

import pytest


class TestBenches:
    def test_there_are_four(self, greenhouse):
        assert greenhouse["benches"] == 4

    @pytest.mark.parametrize("bench", ["north", "east", "south", "west"])
    def test_bench_has_a_side(self, greenhouse, bench):
        assert bench[0] in "nesw" and greenhouse

    def test_is_even(self, greenhouse):
        assert greenhouse["benches"] % 2 == 0


class TestClimate:
    @pytest.mark.parametrize("celsius", range(16, 24))
    def test_is_warm_enough(self, greenhouse, celsius):
        assert celsius * greenhouse["benches"] > 60

    def test_is_not_too_warm(self, greenhouse):
        assert greenhouse.get("celsius", 20) < 30


@pytest.fixture
def tomatoes(greenhouse):
    return ["tigerella"] * greenhouse["benches"]


def test_tomatoes(tomatoes):
    assert len(tomatoes) == 4


def test_tomatoes_are_alike(tomatoes):
    assert set(tomatoes) == {"tigerella"}


@pytest.mark.parametrize("name", ["tigerella", "brandywine"])
def test_tomato_by_name(tomatoes, name):
    assert (name in tomatoes) is (name == "tigerella")


@pytest.mark.usefixtures("greenhouse")
def test_door_is_closed():
    assert not False


@pytest.mark.parametrize("celsius", [4, 10, 16, 24])
def test_outside(celsius):
    assert celsius < 30
