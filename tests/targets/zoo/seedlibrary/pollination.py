"""Who visits which flower."""

from seedlibrary import _bees


def visitors(flower):
    return _bees.BY_FLOWER.get(flower, [])
