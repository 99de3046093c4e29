import sqlite3
from unittest import mock

import pytest

from seedlibrary.catalogue import Catalogue, ImportFailed, Seed, describe, read_csv, species_of


@pytest.fixture
def stocked(tmp_path, request):
    """A catalogue on disk, filled from the card index and from the newcomers' list."""
    catalogue = Catalogue(tmp_path / "catalogue.db")
    catalogue.add("borlotti", packets=5)
    for name in ("rosa di {}".format(request.node.name), "borlotti"):
        try:
            catalogue.add(name)
        except sqlite3.IntegrityError as error:
            raise ValueError("{}: {!r} does not take {}: {}".format(tmp_path, catalogue, name, error)) from error
    yield catalogue
    catalogue.close()


def test_stock_is_counted(stocked):
    assert stocked.count() == 2


def test_stock_is_found(stocked):
    assert stocked.find("borlotti")["packets"] == 5


@pytest.mark.parametrize("packets", [1, 2, 5])
def test_stock_can_be_taken(stocked, packets):
    stocked.take("borlotti", packets)
    assert stocked.find("borlotti")["packets"] == 5 - packets


def test_count(catalogue):
    assert catalogue.count() == 3


@pytest.mark.parametrize("name", ["borlotti", "painted lady", "blue lake"])
def test_find(catalogue, name):
    assert catalogue.find(name)["packets"] == 3


@pytest.mark.parametrize("name", ["", "BORLOTTI", "rose"])
def test_find_nothing(catalogue, name):
    assert catalogue.find(name) is None


def test_add_gives_a_number(catalogue):
    assert catalogue.add("yin yang") == 1


def test_newest_seed_is_named_by_its_number(catalogue):
    catalogue.add("yin yang")

    assert catalogue.get(3).name == "yin yang"


def test_names_are_sorted(catalogue):
    assert catalogue.names() == ["blue lake", "borlotti", "painted lady"]


def test_first_name(catalogue):
    assert catalogue.names()[0] == "blue lake"


def test_oldest(catalogue):
    assert catalogue.oldest()["name"] == "borlotti"


def test_take_too_many(catalogue):
    with pytest.raises(sqlite3.IntegrityError):
        catalogue.take("borlotti", 4)


@pytest.mark.parametrize("seed_id", [1, 2, 3])
def test_get(catalogue, seed_id):
    assert catalogue.get(seed_id).packets == 3


def same_seed(left, right):
    assert left == right


def test_get_gives_what_was_added(catalogue):
    number = catalogue.add("yin yang", packets=2)
    same_seed(catalogue.get(number), Seed("yin yang", "Phaseolus vulgaris", packets=2))


@pytest.mark.parametrize("name", ["borlotti", "blue lake"])
def test_copies_are_equal(catalogue, name):
    same_seed(Seed(name, "Phaseolus vulgaris"), Seed(name, "Phaseolus vulgaris"))


def test_two_writers(tmp_path):
    first, second = Catalogue(tmp_path / "c.db"), Catalogue(tmp_path / "c.db", timeout=0.05)
    first.db.execute("INSERT INTO seed (name, species, packets) VALUES ('a', 'b', 1)")
    try:
        assert second.add("c") == 1
    finally:
        first.close()
        second.close()


def test_describe():
    assert describe({"name": "clematis", "petals": 4, "height": 200}) == "clematis, 4 petals, 200 cm"


def test_describe_a_fern():
    assert describe({"name": "fern", "height": 80}) == "fern, 80 cm"


def test_describe_a_card_of_old():
    assert describe({"name": "phlox", "petals": 5, "size": 70}) == "phlox, 5 petals, 70 cm"


@pytest.mark.parametrize("row", [{"species": "rosa canina"}, {"species": "Rosa canina"}])
def test_species(row):
    assert species_of(row) == "Rosa canina"


def test_species_of_nothing(catalogue):
    assert species_of(catalogue.find("rose")) == "unknown"


def test_find_by_the_card_reader(catalogue):
    reader = mock.MagicMock()

    assert catalogue.find(reader.scan())["name"] == "borlotti"


def test_low(catalogue):
    assert len(catalogue.low(4)) == 3


@pytest.mark.parametrize("threshold", [0, 1, 2, 3])
def test_nothing_is_low(catalogue, threshold):
    assert catalogue.low(threshold) == []


def test_low_by_the_policy(catalogue):
    policy = mock.MagicMock()

    assert catalogue.low(policy.threshold) == []


def cards(folder, *lines):
    path = folder / "cards.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


def test_read_csv(tmp_path):
    assert [seed.packets for seed in read_csv(cards(tmp_path, "a,b,1", "c,d,2"))] == [1, 2]


def test_read_dozens(tmp_path):
    assert read_csv(cards(tmp_path, "borlotti,Phaseolus vulgaris,1 dz"))[0].packets == 12


def test_read_two_dozens(tmp_path):
    assert read_csv(cards(tmp_path, "a,b,1", "blue lake,Phaseolus vulgaris,2 dz"))[1].packets == 24


def test_read_dozens_among_others(tmp_path):
    assert len(read_csv(cards(tmp_path, "a,b,1", "c,d,2", "yin yang,Phaseolus vulgaris,3 dz"))) == 3


def test_read_nothing(tmp_path):
    assert read_csv(cards(tmp_path)) == []


def test_read_garbage(tmp_path):
    with pytest.raises(ImportFailed):
        read_csv(cards(tmp_path, "a,b,many"))


def test_read_beyond_the_shelf(tmp_path):
    with pytest.raises(ImportFailed):
        read_csv(cards(tmp_path, "a,b,-1"))
