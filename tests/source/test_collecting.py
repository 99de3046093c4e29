"""What counts as a test is what pytest would collect, by the project's own patterns."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from testaudit.config import Config
from testaudit.source.interface import PytestSettings, sources_of


def collected(text: str, settings: PytestSettings | None = None, **others: str) -> list[str]:
    texts = {"test_a.py": text, **{f"{name}.py": other for name, other in others.items()}}
    sources = sources_of(texts, Config(), root=Path("/nowhere"))
    if settings is not None:
        sources = replace(sources, discovery=replace(sources.discovery, settings=settings))
    file = sources.file("test_a.py")
    assert file is not None
    return [function.qualname for function in sources.tests_in(file)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("def test_one(): pass\ndef check_two(): pass\n", ["test_one"]),
        ("async def test_one(): pass\n", ["test_one"]),
        ("def outer():\n    def test_one(): pass\n", []),
        ("class TestIt:\n    def test_one(self): pass\n    def other(self): pass\n", ["TestIt.test_one"]),
        ("class It:\n    def test_one(self): pass\n", []),
        ("class TestIt:\n    def __init__(self): pass\n    def test_one(self): pass\n", []),
        ("class TestIt:\n    __test__ = False\n    def test_one(self): pass\n", []),
        ("class TestIt:\n    class TestInner:\n        def test_one(self): pass\n", ["TestIt.TestInner.test_one"]),
        ("import unittest\nclass It(unittest.TestCase):\n    def test_one(self): pass\n", ["It.test_one"]),
        ("from django.test import TestCase\nclass It(TestCase):\n    def testOne(self): pass\n", ["It.testOne"]),
        ("import pytest\n@pytest.fixture\ndef test_data(): pass\n", []),
        ("if True:\n    def test_one(): pass\n", ["test_one"]),
        ("def outer():\n    class TestIt:\n        def test_one(self): pass\n", []),
        ("class TestIt:\n    def __new__(cls): pass\n    def test_one(self): pass\n", []),
        ("class It:\n    __test__ = True\n    def test_one(self): pass\n", ["It.test_one"]),
        ("@dataclass\nclass TestIt:\n    def test_one(self): pass\n", []),
        ("class TestIt(enum.Enum):\n    def test_one(self): pass\n", []),
        ("class It(TestCase):\n    class TestInner:\n        def test_one(self): pass\n", []),
        ("def test_one(): pass\ndef test_two(): pass\ntest_one.__test__ = False\n", ["test_two"]),
        ("__test__ = False\ndef test_one(): pass\n", []),
    ],
)
def test_pytests_own_rules(text: str, expected: list[str]) -> None:
    assert collected(text) == expected


def test_a_test_case_is_known_through_its_bases() -> None:
    base = "import unittest\nclass Base(unittest.TestCase):\n    pass\n"

    assert collected("from base import Base\nclass It(Base):\n    def test_one(self): pass\n", base=base) == [
        "It.test_one"
    ]
    assert collected("import base\nclass It(base.Base):\n    def test_one(self): pass\n", base=base) == ["It.test_one"]


def test_bases_that_go_in_circles_end() -> None:
    text = "from other import B\nclass A(B):\n    def test_one(self): pass\n"

    assert collected(text, other="from test_a import A\nclass B(A): pass\n") == []


def test_the_projects_own_patterns() -> None:
    text = "class test_it:\n    def check_one(self): pass\n    def test_two(self): pass\ndef check_three(): pass\n"
    settings = PytestSettings(python_classes=("test_*",), python_functions=("check",))

    assert collected(text, settings) == ["test_it.check_one", "check_three"]


def test_what_a_class_says_of_itself_is_inherited() -> None:
    base = "class TestBase:\n    __test__ = False\n    def __init__(self): pass\n"
    text = """
from base import TestBase

class TestHidden(TestBase):
    def test_one(self): pass

class TestBuilt(TestBase):
    __test__ = True
    def test_one(self): pass
"""

    assert collected(text, base=base) == []
    assert collected(text, base=base.replace("    def __init__(self): pass\n", "")) == ["TestBuilt.test_one"]


HOOK = """
def pytest_pycollect_makeitem(collector, name, obj):
    if inspect.isclass(obj):
        return wanted(obj)
"""


@pytest.mark.parametrize(
    ("conftest", "found"),
    [
        (HOOK, True),
        ("pytest_plugins = ['plugin']\n", True),
        ("from plugin import *\n", True),
        ("exec(open('bootstrap').read())\nfrom made_at_run_time import *\n", True),
        ("from unknown import *\n", False),
        ("", False),
    ],
)
def test_a_suite_may_decide_by_its_own_hook_which_classes_are_tests(conftest: str, *, found: bool) -> None:
    text = """
class ThingTest(fixtures.TestBase):
    def test_one(self): pass

class Thing(fixtures.TestBase):
    def test_two(self): pass
"""

    assert collected(text, conftest=conftest, plugin=HOOK) == (["ThingTest.test_one"] if found else [])
