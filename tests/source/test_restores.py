"""Is a change put back? Asked with one state, `shop.flag`, in every shape that puts something back."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from testaudit.config import Config
from testaudit.source.interface import Function, Sources, sources_of
from testaudit.source.restores import Change, State, left_changed, outlives

FLAG = State(re.compile(r"\bflag\b"), re.compile(r"flag"))
HEAD = "import contextlib\nimport unittest\nfrom unittest.mock import patch\nimport pytest\nimport shop\n\n"


def suite(text: str, **beside: str) -> Sources:
    files = {f"{name}.py": other for name, other in beside.items()}
    return sources_of({"test_a.py": HEAD + text, **files}, Config(), root=Path("/nowhere"))


def named(sources: Sources, name: str) -> Function:
    file = sources.file("test_a.py")
    assert file is not None
    return next(function for function in file.functions if function.name == name)


def left(sources: Sources, name: str = "test_one") -> list[int]:
    function = named(sources, name)
    changes = [
        Change(target, statement, "shop.flag", "shop.flag")
        for target, statement in function.writes
        if isinstance(target, ast.Attribute) and target.attr == "flag"
    ]
    assert changes
    return [change.line for change in left_changed(changes, FLAG, sources)]


@pytest.mark.parametrize(
    "text",
    [
        "def test_one():\n    shop.flag = 1\n",
        "def test_one():\n    try:\n        shop.flag = 1\n    finally:\n        shop.close()\n",
        "def test_one(request):\n    request.addfinalizer(shop.close)\n    shop.flag = 1\n",
        "def test_one():\n    with shop.open():\n        shop.flag = 1\n",
        "@patch('shop.other')\ndef test_one(other):\n    shop.flag = 1\n",
        "def test_one(tmp_path):\n    shop.flag = 1\n    shop.reload()\n",
        "@pytest.fixture\ndef other():\n    shop.flag = 2\n\ndef test_one(other):\n    shop.flag = 1\n",
        "@pytest.fixture\ndef other():\n    flag = 2\n    return flag\n\ndef test_one(other):\n    shop.flag = 1\n",
        "class TestIt:\n    def teardown_method(self):\n        shop.close()\n\n    def test_one(self):\n        shop.flag = 1\n",
        "def test_one():\n    with shop.open():\n        pass\n    shop.flag = 1\n    with pytest.raises(ValueError):\n        shop.sell()\n",
    ],
)
def test_nothing_puts_it_back(text: str) -> None:
    assert left(suite(text))


@pytest.mark.parametrize(
    "text",
    [
        "def test_one():\n    try:\n        shop.flag = 1\n    finally:\n        shop.flag = 0\n",
        "def test_one():\n    shop.flag = 1\n    try:\n        shop.sell()\n    finally:\n        del shop.flag\n",
        "def test_one():\n    shop.flag = 1\n    try:\n        shop.sell()\n    finally:\n        restore()\n",
        "def test_one():\n    before = shop.flag\n    shop.flag = 1\n    shop.flag = before\n",
        "def test_one():\n    before = shop.flag\n    shop.turn_on()\n    shop.flag = before\n",
        "def test_one():\n    try:\n        shop.sell()\n    finally:\n        shop.flag = 0\n",
        "def test_one(request):\n    request.addfinalizer(lambda: setattr(shop, 'flag', 0))\n    shop.flag = 1\n",
        "def test_one(request):\n    def back():\n        shop.flag = 0\n    request.addfinalizer(back)\n    shop.flag = 1\n",
        "def test_one(monkeypatch):\n    monkeypatch.setattr(shop, 'flag', 0)\n    shop.flag = 1\n",
        "def test_one():\n    with patch.object(shop, 'flag'):\n        shop.flag = 1\n",
        "def test_one():\n    with kept_flag():\n        shop.flag = 1\n",
        "@patch.object(shop, 'flag')\ndef test_one(flag):\n    shop.flag = 1\n",
        "@patch('shop.flag')\nclass TestIt:\n    def test_one(self, flag):\n        shop.flag = 1\n",
        "def test_one(stack):\n    stack.enter_context(patch.object(shop, 'flag'))\n    shop.flag = 1\n",
        "def test_one(stack):\n    stack.callback(setattr, shop, 'flag', 0)\n    shop.flag = 1\n",
        "def test_one(restored_flag):\n    shop.flag = 1\n",
        "@pytest.mark.usefixtures('restored_flag')\ndef test_one():\n    shop.flag = 1\n",
    ],
)
def test_the_test_puts_it_back(text: str) -> None:
    assert not left(suite(text))


@pytest.mark.parametrize(
    "text",
    [
        "def back():\n    shop.flag = 0\n\ndef test_one():\n    shop.flag = 1\n    back()\n",
        (
            "class Kept:\n    def __enter__(self):\n        pass\n    def __exit__(self, *error):\n        shop.flag = 0\n\n"
            "def test_one():\n    with Kept():\n        shop.flag = 1\n"
        ),
        (
            "class Kept:\n    def __enter__(self):\n        pass\n    def __exit__(self, *error):\n        shop.flag = 0\n\n"
            "def test_one():\n    kept = Kept()\n    with kept:\n        shop.flag = 1\n"
        ),
        (
            "@contextlib.contextmanager\ndef kept():\n    yield\n    shop.flag = 0\n\n"
            "def test_one():\n    with kept():\n        shop.flag = 1\n"
        ),
        (
            "def kept(function):\n    def inner():\n        function()\n        shop.flag = 0\n    return inner\n\n"
            "@kept\ndef test_one():\n    shop.flag = 1\n"
        ),
        (
            "class TestIt(unittest.TestCase):\n    def tearDown(self):\n        shop.flag = 0\n\n"
            "    def test_one(self):\n        shop.flag = 1\n"
        ),
        (
            "class TestIt(unittest.TestCase):\n    def tearDown(self):\n        self.back()\n\n"
            "    def back(self):\n        shop.flag = 0\n\n    def test_one(self):\n        shop.flag = 1\n"
        ),
        (
            "class TestIt(unittest.TestCase):\n    def setUp(self):\n        self.addCleanup(setattr, shop, 'flag', 0)\n\n"
            "    def test_one(self):\n        shop.flag = 1\n"
        ),
        (
            "class TestIt(unittest.TestCase):\n    def test_one(self):\n        @self.addCleanup\n        def back():\n"
            "            shop.flag = 0\n        shop.flag = 1\n"
        ),
        (
            "class Base:\n    def teardown_method(self):\n        shop.flag = 0\n\n"
            "class TestIt(Base):\n    def test_one(self):\n        shop.flag = 1\n"
        ),
        "def teardown_module():\n    shop.flag = 0\n\ndef test_one():\n    shop.flag = 1\n",
        "@pytest.fixture(autouse=True)\ndef fresh():\n    shop.flag = 0\n\ndef test_one():\n    shop.flag = 1\n",
        "@pytest.fixture\ndef kept():\n    yield\n    shop.flag = 0\n\ndef test_one(kept):\n    shop.flag = 1\n",
    ],
)
def test_what_stands_around_puts_it_back(text: str) -> None:
    assert not left(suite(text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("@pytest.fixture\ndef one():\n    shop.flag = 1\n    yield\n    shop.flag = 0\n", False),
        (
            "@pytest.fixture\ndef one():\n    with patch.object(shop, 'flag'):\n        shop.flag = 1\n        yield\n",
            False,
        ),
        ("@pytest.fixture\ndef one():\n    shop.flag = 1\n    yield\n    shop.close()\n", True),
        ("@pytest.fixture\ndef one():\n    shop.flag = 1\n    return shop\n", True),
    ],
)
def test_a_fixture_puts_it_back_after_its_yield(text: str, expected: bool) -> None:
    assert bool(left(suite(text), "one")) is expected


def test_a_conftest_puts_it_back() -> None:
    text = "def test_one():\n    shop.flag = 1\n"

    by_hook = suite(text, conftest="import shop\n\ndef pytest_runtest_teardown(item):\n    shop.flag = 0\n")
    by_fixture = suite(
        text, conftest="import pytest, shop\n\n@pytest.fixture(autouse=True)\ndef k():\n    yield\n    shop.flag = 0\n"
    )
    by_helper = suite(
        "from helper import back\n\nclass TestIt:\n    def teardown_method(self):\n        back()\n\n"
        "    def test_one(self):\n        shop.flag = 1\n",
        helper="import shop\n\ndef back():\n    shop.flag = 0\n",
    )
    assert [left(by_hook), left(by_fixture), left(by_helper)] == [[], [], []]


def test_what_only_adds_puts_nothing_back() -> None:
    sources = suite("def test_one():\n    shop.paths.append(1)\n    shop.paths.append(2)\n    shop.paths.remove(1)\n")
    function = named(sources, "test_one")
    changes = [
        Change(call, statement, "shop.paths", "shop.paths", adds="append" in ast.dump(call))
        for call, statement in function.calls
    ]
    other = State(re.compile("nothing"), re.compile("nothing"))

    assert left_changed(changes[:2], other, sources) == changes[:2]
    assert left_changed(changes, other, sources) == []


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("test_one", True),
        ("per_test", True),
        ("per_module", True),
        ("per_session", False),
        ("setUp", True),
        ("helper", False),
        ("inner", False),
        ("test_forked", False),
    ],
)
def test_what_reaches_other_tests(name: str, expected: bool) -> None:
    sources = suite(
        "@pytest.fixture\ndef per_test(): pass\n\n"
        "@pytest.fixture(scope='module')\ndef per_module(): pass\n\n"
        "@pytest.fixture(scope='session')\ndef per_session(): pass\n\n"
        "class TestIt(unittest.TestCase):\n    def setUp(self): pass\n\n    def helper(self): pass\n\n"
        "def test_one():\n    def inner(): pass\n\n"
        "@pytest.mark.forked\ndef test_forked(): pass\n"
    )

    assert outlives(named(sources, name), sources) is expected


def test_helpers_that_call_each_other_have_an_end() -> None:
    sources = suite("def a():\n    b()\n\ndef b():\n    a()\n\ndef test_one():\n    shop.flag = 1\n    a()\n")

    assert left(sources)
