import datetime

from seedlibrary.almanac import moon

NEW_MOONS = [Day(2000, 1, 6), Day(2000, 2, 5)]


def test_new_moon():
    assert moon(datetime.date(2000, 1, 6)) == 0
