"""Shelves, trugs and what lies in them."""

import pytest


@pytest.fixture
def bench():
    """A bench; whoever used it leaves it empty."""
    pots = []
    yield pots
    assert not pots, "left on the bench: {}".format(pots)


@pytest.mark.parametrize("pots", [1, 3])
def test_pots_on_the_bench(bench, pots):
    bench.extend("pot {}".format(number) for number in range(pots))
    assert len(bench) == pots


def test_bench_is_cleared(bench):
    bench.append("pot")
    bench.clear()
    assert bench == []


def test_shed(potting_shed):
    assert potting_shed


def test_shed_is_locked(potting_shed, bench):
    assert potting_shed.locked


def test_tunnel(polytunnel):
    assert polytunnel.length > 0


def test_palette(palette):
    assert palette == ["blue"]


@pytest.mark.parametrize("thing", ["knife", "twine"])
def test_trug(trug, thing):
    trug.append(thing)
    assert trug == [thing]


@pytest.mark.parametrize("level", range(40))
def test_shelf_has_a_number(level):
    assert "{:02d}".format(level).isdigit()
