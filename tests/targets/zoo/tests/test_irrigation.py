import pytest

from seedlibrary.irrigation import Network, Pump

PIPES = {"well": ["north", "east"], "north": ["herbs"], "east": []}


def test_path():
    assert Network(PIPES).path("well", "north") == ["well", "north"]


@pytest.mark.parametrize("end", ["herbs"])
def test_path_over_two_pipes(end):
    assert Network(PIPES).path("well", end) == ["well", "north", end]


def test_path_to_the_neighbour():
    assert Network({"a": ["b"], "b": ["c"], "c": ["d"]}).path("a", "d") == ["a", "b", "c", "d"]


@pytest.mark.parametrize("bed, depth", [("well", 3), ("north", 2), ("east", 1), ("herbs", 1)])
def test_depth(bed, depth):
    assert Network(PIPES).depth(bed) == depth


def test_depth_of_a_ring():
    assert Network({"a": ["b"], "b": ["a"]}).depth("a") == 2


def test_total():
    network = Network(PIPES)
    network.flow = {"north": 3, "east": 4}
    assert network.total() == 7


def test_drain_takes_all():
    network = Network(PIPES)
    network.flow = {"north": 10, "east": 10}
    assert network.drain() == 20


@pytest.mark.parametrize("litres", [1, 5, 20])
def test_pump(litres):
    assert Pump().run(litres) == litres


def test_open_counts_along():
    assert Network(PIPES).open("north", 5) == 5


def test_pump_runs_empty():
    assert Pump().run(0) == 0
