import pytest

from seedlibrary import beds


def assert_rows(width, spacing, expected):
    fitting = beds.rows(width, spacing)
    assert fitting == expected, "{} rows on {} cm, not {}".format(fitting, width, expected)


@pytest.mark.parametrize("width, spacing, expected", [(120, 30, 5), (90, 30, 4), (100, 25, 5), (200, 40, 6)])
def test_rows(width, spacing, expected):
    assert_rows(width, spacing, expected)


def test_one_row_more_on_a_wider_bed():
    assert_rows(60, 20, 4)


@pytest.mark.parametrize("length, spacing, expected", [(100, 10, 11), (100, 50, 3), (30, 60, 1)])
def test_plants(length, spacing, expected):
    assert beds.plants(length, spacing) == expected


@pytest.mark.parametrize("length, width", [(100, 100), (200, 50), (400, 25)])
def test_area(length, width):
    assert beds.area_m2(length, width) == 1


def test_water():
    assert beds.water_litres(10, 7) == 280


@pytest.mark.parametrize("rain", range(28, 48))
def test_enough_rain(rain):
    assert beds.water_litres(10, 7, rain) == 0


def test_spread_over_two_beds():
    assert beds.spread(2, ["east", "west"]) == {"east": 1, "west": 1}


def test_spread_more_than_fits():
    assert sum(beds.spread(21, ["east", "west"]).values()) == 20


@pytest.mark.parametrize("crop, following", [("legume", "brassica"), ("brassica", "root"), ("root", "legume")])
def test_rotation(crop, following):
    assert beds.rotation(crop) == following


def test_rotation_of_leaves():
    assert beds.rotation("leaf") == "legume"


PLAN = ["bean", "corn", "squash"]


def test_neighbours():
    assert beds.neighbours(PLAN, "corn") == ("bean", "squash")


@pytest.mark.parametrize("name", ["bean", "squash"])
def test_neighbour_at_the_edge(name):
    assert None in beds.neighbours(PLAN, name)


def test_best_neighbour():
    assert beds.best_neighbour(PLAN, "bean", {"bean": ["corn"]}) == "corn"


def test_best_neighbour_far_away():
    assert beds.best_neighbour(PLAN, "bean", {"bean": ["squash"]}) is None


def test_companion():
    assert beds.companion({"corn": ["bean"]}, "corn") == "BEAN"


def test_companion_of_a_loner():
    assert beds.companion({"corn": ["bean"]}, "fern") is None


@pytest.mark.parametrize("sown, rate, expected", [(10, 0.5, 5), (100, 0.25, 25), (4, 1.0, 4)])
def test_germinated(sown, rate, expected):
    assert beds.germinated(sown, rate) == expected


def test_germinated_is_rounded():
    assert beds.germinated(100, 0.29) == 29
