"""Fixtures are found where pytest finds them."""

from __future__ import annotations

from pathlib import Path

from testaudit.config import Config
from testaudit.source.interface import Function, Sources, find_fixture, fixture_closure, sources_of


def suite(**texts: str) -> Sources:
    files = {name.replace("__", "/") + ".py": text for name, text in texts.items()}
    return sources_of(files, Config(), root=Path("/nowhere"), first_party=frozenset({"shop"}))


def within(sources: Sources, path: str, name: str = "test_one") -> Function:
    file = sources.file(path)
    assert file is not None
    return next(function for function in file.functions if function.name == name)


FIXTURE = "import pytest\n\n@pytest.fixture\ndef thing():\n    return {value!r}\n"


def test_the_nearest_definition_wins() -> None:
    sources = suite(
        conftest=FIXTURE.format(value="root"),
        tests__conftest=FIXTURE.format(value="tests"),
        tests__api__conftest=FIXTURE.format(value="api"),
        tests__api__test_a="def test_one(thing):\n    pass\n",
        tests__test_b=FIXTURE.format(value="module") + "\ndef test_one(thing):\n    pass\n",
        other__test_c="def test_one(thing):\n    pass\n",
    )

    def home(path: str) -> str:
        fixture = find_fixture(sources, "thing", within(sources, path))
        assert fixture is not None
        return fixture.function.path

    assert home("tests/api/test_a.py") == "tests/api/conftest.py"
    assert home("tests/test_b.py") == "tests/test_b.py"
    assert home("other/test_c.py") == "conftest.py"


def test_a_class_has_fixtures_of_its_own_and_of_its_bases() -> None:
    sources = suite(
        base="import pytest\n\nclass Base:\n    @pytest.fixture\n    def thing(self):\n        return 1\n",
        test_a="from base import Base\n\nclass TestThing(Base):\n    def test_one(self, thing):\n        pass\n",
    )

    fixture = find_fixture(sources, "thing", within(sources, "test_a.py"))

    assert fixture is not None
    assert fixture.function.qualname == "Base.thing"


def test_an_overriding_fixture_reaches_the_one_that_it_overrides() -> None:
    sources = suite(
        conftest=FIXTURE.format(value="root"),
        test_a="import pytest\n\n@pytest.fixture\ndef thing(thing):\n    return thing\n\ndef test_one(thing):\n    pass\n",
    )
    inner = within(sources, "test_a.py", "thing")

    fixture = find_fixture(sources, "thing", inner, skip=inner)

    assert fixture is not None
    assert fixture.function.path == "conftest.py"


def test_imported_and_plugin_fixtures_are_found() -> None:
    sources = suite(
        conftest="pytest_plugins = ['kit.more']\n",
        kit__more=FIXTURE.format(value="plugin"),
        kit__things="import pytest\n\n@pytest.fixture(name='other')\ndef make_other():\n    return 1\n",
        test_a="from kit.things import make_other as other\n\ndef test_one(thing, other):\n    pass\n",
    )

    found = fixture_closure(sources, within(sources, "test_a.py"))

    assert found["thing"] is not None
    assert found["other"] is not None


def test_a_test_uses_what_it_asks_for_and_what_is_used_for_it() -> None:
    sources = suite(
        conftest=(
            "import pytest\n\n"
            "@pytest.fixture(autouse=True)\ndef always():\n    yield\n\n"
            "@pytest.fixture\ndef marked():\n    yield\n\n"
            "@pytest.fixture\ndef deep():\n    yield\n\n"
            "@pytest.fixture\ndef asked(deep):\n    yield\n\n"
            "@pytest.fixture\ndef idle():\n    yield\n"
        ),
        test_a=(
            "import pytest\nfrom unittest.mock import patch\n\n"
            "@pytest.mark.usefixtures('marked')\n"
            "@pytest.mark.parametrize('size', [1, 2])\n"
            "@patch('shop.cart')\n"
            "def test_one(cart, asked, size, tmp_path, given=3):\n    pass\n"
        ),
    )

    found = fixture_closure(sources, within(sources, "test_a.py"))

    assert set(found) == {"always", "marked", "asked", "deep", "tmp_path"}
    assert found["tmp_path"] is None
