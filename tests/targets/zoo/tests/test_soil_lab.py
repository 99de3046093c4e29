import soilspectra

from seedlibrary.beds import area_m2


def test_spectrum_of_a_bed():
    assert soilspectra.read(area_m2(100, 100)).nitrogen > 0
