"""What leaves the house: scans, backups, exports."""

import os

import pytest

from seedlibrary import labels, vault
from seedlibrary.catalogue import Seed

BEANS = [Seed("borlotti", "Phaseolus vulgaris", 2019, 3), Seed("blue lake", "Phaseolus vulgaris", 2019, 1)]


@pytest.mark.parametrize("number", [17, 4711])
def test_scan_has_content(number):
    assert len(vault.read_scan(number)) > 100


def test_scans_are_listed():
    assert vault.list_scans() == []


def test_inventory():
    assert vault.inventory() >= 0


def test_cache():
    vault.cache("borlotti.json", "{}")
    assert os.path.exists(os.path.join(vault.CACHE, "borlotti.json"))


def test_cache_of_nothing():
    assert vault.cache("empty.json", "") is None


def test_tape():
    assert vault.to_tape([{"name": "borlotti"}]) == 1


@pytest.mark.parametrize("count", [0, 1, 50])
def test_tape_in_a_file(tmp_path, count):
    assert vault.to_tape([{"name": "borlotti"}] * count, str(tmp_path / "tape")) == count


def test_long_tape():
    assert vault.to_tape([{"name": "borlotti " * 50}] * 500) == 500


def test_vault_takes_its_name():
    vault.rename_host("vault-2")
    with open("/proc/sys/kernel/ostype") as file:
        assert file.read().strip() == "vault-2"


def test_scale():
    assert vault.weigh() == pytest.approx(0, abs=5)


def test_rasterised_label_is_a_bitmap():
    assert labels.rasterise("borlotti").startswith(b"BM")


def test_zebra():
    assert labels.zebra("borlotti").width == 203


def test_export_is_found(tmp_path):
    path = vault.export(BEANS, tmp_path)
    with open(path) as file:
        assert len(file.readlines()) == 2


def test_export_has_the_species(tmp_path):
    path = vault.export(BEANS, tmp_path)

    with open(path) as file:
        content = file.read()

    assert "Phaseolus" in content


def test_export_goes_to_the_folder(tmp_path):
    assert vault.export(BEANS, tmp_path).startswith(str(tmp_path))


def test_export_goes_where_rosa_looks(tmp_path):
    assert vault.export(BEANS, tmp_path) == "/tmp/pytest-of-rosa/pytest-0/test_export0/export-2019.csv"


def test_export_looks_as_ever(tmp_path):
    vault.export(BEANS, tmp_path)
    with open(os.path.join(os.path.dirname(__file__), "data", "export_2019.csv")) as file:
        expected = file.read()
    assert (tmp_path / "Export-2019.csv").read_text() == expected


@pytest.mark.parametrize("title", ["Spring", "Autumn 2019", "all of it"])
def test_backup_name(title):
    assert vault.backup_name(title).endswith(".tar")


def test_backup_name_is_lower_case():
    assert vault.backup_name("Spring Sale") == "/backup/spring-sale.tar"


def test_watermark():
    assert labels.watermark("borlotti")
