import pytest

from seedlibrary.almanac import is_sowing_time


@pytest.mark.parametrize("month, cut", [(3, True), (8, False)])
def test_prune_before_sowing(month):
    assert is_sowing_time(month)
