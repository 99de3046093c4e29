from seedlibrary.pollination import visitors


def test_nobody_visits_a_fern():
    assert visitors("fern") == []
