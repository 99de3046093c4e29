def test_never_begins():
    pass
