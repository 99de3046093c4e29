def test_first():
    pass


def test_fails():
    assert 0
