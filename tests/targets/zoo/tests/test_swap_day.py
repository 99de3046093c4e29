from seedlibrary.lending import returns


def test_swap_is_two_for_one()
    assert returns(1) == 2
