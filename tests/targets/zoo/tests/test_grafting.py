import pytest

from seedlibrary.beds import rows


@pytest.mark.parametrize("width", [60, 120])
@pytest.mark.parametrize("width, spacing", [(60, 30), (120, 40)])
def test_rows_for_grafted_plants(width, spacing):
    assert rows(width, spacing) >= 2
