from seedlibrary.lending import exchange_rate, fee


def test_rate():
    assert exchange_rate("borlotti", "blue lake") == 1


def test_fee():
    assert fee(2) == 1.0
