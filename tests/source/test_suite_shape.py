"""What rules about a suite's shape ask of the source: how long a test is, whether it tells a story, where it lies."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from testaudit.config import Config
from testaudit.source.extent import code_lines
from testaudit.source.interface import Sources, discover, read_sources, sources_of
from testaudit.source.levels import hook_marks, level_of_folder
from testaudit.source.place import place_of_suite
from testaudit.source.stories import tells_a_story


def suite(text: str, path: str = "tests/test_a.py", **beside: str) -> Sources:
    others = {name.replace("__", "/") + ".py": other for name, other in beside.items()}
    return sources_of({path: dedent(text), **others}, Config(), root=Path("/nowhere"))


def lines(text: str) -> list[int]:
    file = suite(text).file("tests/test_a.py")
    assert file is not None
    return code_lines(file.functions[0], file)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("def test_a():\n    pass\n", [2]),
        ("def test_a(): pass\n", []),
        ("def test_a():\n    # why\n\n    check(\n        1,\n    )\n", [4, 5, 6]),
        ("def test_a():\n    rows = [\n        1,\n        2,\n    ]\n    use(rows)\n", [2, 6]),
        ('def test_a():\n    """Of a\n    thing."""\n    use("""\n    a\n    """)\n', [4]),
        ("def test_a():\n    def inner():\n        return 1\n    assert inner()\n", [2, 3, 4]),
        ("def test_a(x):\n    if x:\n        use(1)\n    else:\n        use(2)\n", [2, 3, 5]),
        ("def test_a(x):\n    match x:\n        case 1:\n            use(1)\n", [2, 3, 4]),
        ("def test_a():\n    try:\n        use(1)\n    except Error:\n        use(2)\n", [2, 3, 4, 5]),
        ("def test_a():\n    f = lambda: 1\n    class A:\n        b = 1\n", [2, 3, 4]),
    ],
)
def test_lines_of_code_leave_out_what_is_data_or_prose(text: str, expected: list[int]) -> None:
    assert lines(text) == expected


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("tests/e2e/test_a.py", "def test_a(): pass\n"),
        ("tests/test_a.py", "def test_smoke_of_shop(): pass\n"),
        ("tests/test_a.py", "class TestEndToEnd:\n    def test_a(self): pass\n"),
        ("tests/test_a.py", "import pytest\n\n@pytest.mark.e2e\ndef test_a(): pass\n"),
        ("tests/test_a.py", "def test_a(page): pass\n"),
    ],
)
def test_a_test_tells_a_story_by_place_name_mark_or_browser(path: str, text: str) -> None:
    sources = suite(text, path)
    file = sources.file(path)
    assert file is not None

    assert tells_a_story(file.functions[0], sources)


def test_a_plain_test_tells_no_story() -> None:
    sources = suite("def test_a_page_has_a_title(shop): pass\n")
    file = sources.file("tests/test_a.py")
    assert file is not None

    assert not tells_a_story(file.functions[0], sources)


def test_the_innermost_folder_that_names_a_level_counts() -> None:
    paths = ("tests/integration/e2e/test_a.py", "tests/Integration/test_a.py", "integration_of_a.py", "tests/test_a.py")

    assert [level_of_folder(path) for path in paths] == ["e2e", "integration", "", ""]


def test_a_hook_marks_what_lies_below_its_conftest() -> None:
    hook = "def pytest_itemcollected(item):\n    item.add_marker('e2e')\n"
    sources = suite("def test_a(): pass\n", "tests/e2e/test_a.py", tests__e2e__conftest=hook)

    assert hook_marks(sources, "tests/e2e/test_a.py")
    assert not hook_marks(sources, "tests/unit/test_a.py")


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        ("pytest.ini", "[pytest]\n", 1),
        ("pyproject.toml", "[project]\nname = 'a'\n\n[tool.pytest.ini_options]\n", 4),
        ("setup.cfg", "[metadata]\n[tool:pytest]\n", 2),
    ],
)
def test_the_suite_stands_where_pytest_is_configured(name: str, text: str, line: int, tmp_path: Path) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")

    assert place_of_suite(read_sources(discover(tmp_path, Config()), Config())) == (name, line)


def test_a_suite_without_configuration_stands_at_its_topmost_conftest_or_module() -> None:
    assert place_of_suite(suite("", "tests/unit/test_a.py", tests__conftest="")) == ("tests/conftest.py", 1)
    assert place_of_suite(suite("", "tests/unit/test_a.py", tests__unit__conftest="")) == ("tests/unit/conftest.py", 1)
    assert place_of_suite(suite("", "tests/test_a.py")) == ("tests/test_a.py", 1)
