"""Private functions that a test replaces: what they are, and whether it asks about nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from testaudit.config import Config
from testaudit.source.index import Function
from testaudit.source.interface import sources_of
from testaudit.source.private_parts import asked_about, enters_privately, goes_outside, hands_over, is_left_open, meant

ORDERS = """
import requests
import shop.prices

def _tidy(text):
    return text.strip()

def _deliver(text):
    requests.post("/", text)

def _send_all(text):
    return shop.prices.of(text)

class Writer:
    def _line(self):
        '''Each kind has its own.'''
        raise NotImplementedError

    def _end(self):
        return ""
"""


def suite(test="pass"):
    files = {
        "shop/orders.py": ORDERS,
        "shop/__init__.py": "from shop.orders import Writer\n",
        "test_a.py": f"import pytest\nfrom shop import orders, Writer\n\ndef test_x(m, n):\n    {test}\n",
    }
    return sources_of(files, Config(), root=Path("/nowhere"), first_party=frozenset({"shop"}))


def function(dotted: str) -> Function:
    found = meant(suite(), dotted, "test_a.py")
    assert isinstance(found, Function)
    return found


def asked(test: str) -> frozenset[str]:
    sources = suite(test)
    file = sources.file("test_a.py")
    assert file is not None
    return asked_about(sources.tests_in(file)[0], {"m", "n"})


def enters(test: str) -> bool:
    sources = suite(test)
    file = sources.file("test_a.py")
    assert file is not None
    return enters_privately(sources.tests_in(file)[0], {"m", "shop.orders._tidy"})


@pytest.mark.parametrize(
    ("dotted", "qualname"),
    [
        ("shop.orders._tidy", "_tidy"),
        ("shop.orders.Writer._end", "Writer._end"),
        ("shop.Writer._end", "Writer._end"),
        ("shop.Writer", "Writer"),
    ],
)
def test_a_dotted_name_is_followed_to_what_it_means(dotted, qualname):
    found = meant(suite(), dotted, "test_a.py")

    assert found is not None
    assert found.qualname == qualname


@pytest.mark.parametrize("dotted", ["shop.orders._nothing", "requests.post", "_tidy", ""])
def test_other_names_mean_nothing_of_the_project(dotted):
    assert meant(suite(), dotted, "test_a.py") is None


def test_a_function_that_sends_the_request_goes_outside():
    assert goes_outside(function("shop.orders._deliver"), suite())
    assert not goes_outside(function("shop.orders._tidy"), suite())
    assert not goes_outside(function("shop.orders._send_all"), suite())


def test_a_function_may_hand_over_by_its_name():
    assert hands_over(function("shop.orders._send_all"), suite())
    assert not hands_over(function("shop.orders._tidy"), suite())


def test_a_method_that_is_not_implemented_is_left_open():
    assert is_left_open(function("shop.orders.Writer._line"))
    assert not is_left_open(function("shop.orders.Writer._end"))


@pytest.mark.parametrize(
    ("test", "doubles"),
    [
        ("m.assert_called_once()", {"m"}),
        ("assert m.called and n.call_count == 2", {"m"}),
        ("assert m.call_count == 1\n    n.assert_not_called()", {"m"}),
        ("assert m.called\n    assert x == 1", set()),
        ("assert m.return_value.called", set()),
        ("with pytest.raises(ValueError):\n        f()\n    assert m.called", set()),
        ("self.assertFalse(m.called)", set()),
        ("self.assertEqual(m.call_count, 0)", set()),
        ("self.assertEqual(m.call_count, 2)", {"m"}),
        ("f()", set()),
    ],
)
def test_which_doubles_alone_are_asked_about(test, doubles):
    assert asked(test) == doubles


@pytest.mark.parametrize(
    ("test", "privately"),
    [
        ("orders._read('tea')\n    m.assert_called_once()", True),
        ("orders.read(orders._line('tea'))\n    m.assert_called_once()", False),
        ("orders._read(len('tea'))\n    m.assert_called_once()", True),
        ("orders._read('tea')\n    orders.close()\n    m.assert_called_once()", False),
        ("orders._read('tea')\n    m.reset_mock()\n    assert m.called", True),
        ("m.return_value._line()\n    assert m.called", False),
        ("self._helper()\n    assert m.called", False),
        ("self.driver._read()\n    assert m.called", True),
        ("writer._tidy()\n    assert m.called", False),
        ("assert m.called", False),
    ],
)
def test_whether_the_last_thing_before_the_first_check_is_private(test, privately):
    assert enters(test) is privately
