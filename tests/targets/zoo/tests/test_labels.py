"""Labels, and the printer that nobody has at home."""

from types import SimpleNamespace
from unittest import mock

import pytest

from seedlibrary import labels
from seedlibrary.catalogue import Seed

BEANS = [Seed("borlotti", "Phaseolus vulgaris", packets=2), Seed("blue lake", "Phaseolus vulgaris")]


def test_render():
    assert labels.render("bean", 2) == "bean x2"


@pytest.mark.parametrize("number, code", [(0, "00000000"), (1, "00000017"), (9031101, "90311017")])
def test_barcode(number, code):
    assert labels.barcode(number) == code


@pytest.mark.parametrize("number", range(1000, 1040))
def test_barcode_has_eight_digits(number):
    assert len(labels.barcode(number)) == 8


def test_prints_each_seed():
    printer = mock.Mock()
    labels.print_all(printer, BEANS[:1])
    printer.send.assert_called_once_with("borlotti x1", 2)


def test_prints_twice():
    printer = mock.Mock()
    labels.print_all(printer, BEANS)
    printer.send.assert_has_calls([mock.call("borlotti x1", 2), mock.call("blue lake x1", 1)])


def test_prints_on_demand():
    printer = mock.Mock()
    labels.print_all(printer, BEANS)
    printer.print_label.assert_called()


def test_prints_with_a_real_spec():
    printer = mock.Mock(spec=labels.Printer)
    labels.print_all(printer, BEANS)
    assert printer.print_label.call_count == 2


def test_prints_on_paper():
    printer = labels.Printer()
    labels.print_all(printer, BEANS)
    assert printer.printed == ["borlotti x1", "borlotti x1", "blue lake x1"]


def test_spools_before_it_prints():
    with mock.patch("seedlibrary.labels.spooler") as spooler:
        labels.print_all(labels.Printer(), BEANS)
    assert spooler.called


def test_price_tag():
    assert labels.price_tag(SimpleNamespace(price=lambda packets: packets * 0.5), 3) == "1.50 EUR"


def test_price_tag_of_a_rare_seed():
    tariff = mock.MagicMock()
    assert labels.price_tag(tariff, 3) == "1.50 EUR"


@pytest.mark.parametrize("text", ["bean", "a", ""])
def test_width(text):
    assert labels.width_of(labels.Printer(), text) == text


def test_width_of_a_wide_label():
    assert labels.width_of(mock.MagicMock(), "bean") == "bean"


def test_template(tmp_path):
    (tmp_path / "label.txt").write_text("{name}")
    assert labels.load_template(SimpleNamespace(template_folder=str(tmp_path))) == "{name}"


def test_template_from_the_settings():
    settings = mock.MagicMock(name="settings")
    assert "{name}" in labels.load_template(settings)


def test_title_of_a_label():
    seed = mock.MagicMock()
    seed.name.title.return_value = "Borlotti"
    assert seed.names.title() == "Borlotti"


def test_label_path():
    assert labels.label_path("bean") == "/labels/bean.svg"


def test_prints_with_a_clerk():
    clerk = mock.Mock()
    clerk.count.return_value = 3
    printed = labels.print_all(labels.Printer(), BEANS)
    assert printed == clerk.count()
