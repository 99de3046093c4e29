def test_after():
    pass


def test_fails():
    assert 0
