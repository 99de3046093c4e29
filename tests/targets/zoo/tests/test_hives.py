import pytest

from seedlibrary import pollination


@pytest.mark.parametrize("flower", ["clover", "borage"])
def test_bees_visit(flower):
    assert pollination.visitors(flower)
