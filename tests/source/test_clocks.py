"""Where a clock is read, and what holds it."""

from __future__ import annotations

from pathlib import Path

import pytest

from testaudit.config import Config
from testaudit.source.clocks import is_held, readings
from testaudit.source.interface import Sources, sources_of


def suite(text: str, **beside: str) -> Sources:
    files = {"tests/test_a.py": text, **{f"tests/{name}.py": content for name, content in beside.items()}}
    return sources_of(files, Config(), root=Path("/nowhere"))


def clocks(text: str) -> list[str]:
    file = suite(text).file("tests/test_a.py")
    assert file is not None
    return sorted(dotted for _, _, dotted in readings(file))


def test_a_reading_is_known_by_its_origin() -> None:
    text = (
        "import time\nimport datetime as dt\nfrom datetime import date\nfrom django.utils.timezone import now as tz_now\n"
        "def test_a(loop, order):\n    time.time()\n    dt.datetime.now()\n    date.today()\n    tz_now()\n    loop.time()\n"
        "    order.now()\n    order.time()\n    now()\n"
    )

    found = clocks(text)

    assert found == [
        "datetime.date.today",
        "datetime.datetime.now",
        "django.utils.timezone.now",
        "loop.time",
        "time.time",
    ]


def held(text: str, **beside: str) -> bool:
    sources = suite(text, **beside)
    file = sources.file("tests/test_a.py")
    assert file is not None
    return is_held(sources.tests_in(file)[0], sources)


@pytest.mark.parametrize(
    "text",
    [
        "@freeze_time('2024-01-01')\ndef test_a(): pass\n",
        "@freeze_time('2024-01-01')\nclass TestA:\n    def test_a(self): pass\n",
        "pytestmark = pytest.mark.freeze_time('2024-01-01')\ndef test_a(): pass\n",
        "def test_a(freezer): pass\n",
        "def test_a(autojump_clock): pass\n",
        "def test_a():\n    with time_machine.travel(0): pass\n",
        "@mock.patch('shop.orders.datetime')\ndef test_a(fake): pass\n",
        "def test_a(monkeypatch):\n    monkeypatch.setattr(time, 'time', lambda: 1)\n",
        "class TestA(TestCase):\n    def setUp(self):\n        patch('shop.clock.now').start()\n    def test_a(self): pass\n",
    ],
)
def test_a_clock_that_is_held(text: str) -> None:
    assert held(text)


def test_an_autouse_fixture_of_a_conftest_holds_it() -> None:
    conftest = "import pytest\n@pytest.fixture(autouse=True)\ndef still():\n    with freeze_time('2024-01-01'):\n        yield\n"

    assert held("def test_a(): pass\n", conftest=conftest)


@pytest.mark.parametrize("text", ["def test_a(): pass\n", "@mock.patch('shop.orders.send')\ndef test_a(fake): pass\n"])
def test_a_clock_that_goes_on(text: str) -> None:
    assert not held(text)
