"""What can fail a test on purpose, wherever in the project it stands."""

from __future__ import annotations

from pathlib import Path

import pytest

from testaudit.config import Config
from testaudit.source.checks import checks_in, checks_of, unused_checks
from testaudit.source.contracts import promises_only_to_run
from testaudit.source.interface import Function, Sources, sources_of


def suite(text: str, *, config: Config | None = None, **others: str) -> Sources:
    files = {"test_a.py": text, **{name.replace("__", "/") + ".py": other for name, other in others.items()}}
    return sources_of(files, config or Config(), root=Path("/nowhere"), first_party=frozenset({"shop"}))


def first_test(sources: Sources) -> Function:
    file = sources.file("test_a.py")
    assert file is not None
    return sources.tests_in(file)[0]


def kinds(text: str, *, config: Config | None = None, **others: str) -> set[str]:
    sources = suite(text, config=config, **others)
    return {check.kind for check in checks_of(sources, first_test(sources))}


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("assert x", "assert"),
        ("if x:\n        raise ValueError", "raise"),
        ("with pytest.raises(ValueError):\n        f()", "raises"),
        ("self.assertEqual(x, 1)", "method"),
        ("pytest.fail('no')", "method"),
        ("np.testing.assert_allclose(x, y)", "method"),
        ("m.assert_called_once_with(1)", "mock"),
        ("check_total(x)", "call"),
        ("subprocess.run(['x'], check=True)", "limit"),
        ("warnings.simplefilter('error')", "limit"),
        ("exec(code)", "limit"),
        ("d.addCallback(self.assertEqual, 3)", "method"),
        ("run('def f(): assert 1')", "unknown"),
        ("[f(lambda: must(x))]", "call"),
    ],
)
def test_each_kind_is_known_in_a_tests_own_body(body: str, kind: str) -> None:
    assert kinds(f"def test_x():\n    {body}\n") == {kind}


@pytest.mark.parametrize(
    "body",
    [
        "f(x)",
        "df.eq(3)",
        "CheckConstraint('x')",
        "LinearRegression()",
        "subprocess.run(['x'])",
        "re.compile('x')",
        "pass",
    ],
)
def test_what_only_sounds_like_a_check_is_none(body: str) -> None:
    assert kinds(f"def test_x():\n    {body}\n") == set()


@pytest.mark.parametrize(
    ("text", "others"),
    [
        (
            "from helpers import one\ndef test_x():\n    one()\n",
            {"helpers": "def one():\n    two()\ndef two():\n    assert 1\n"},
        ),
        ("import helpers\ndef test_x():\n    helpers.one()\n", {"helpers": "def one():\n    assert 1\n"}),
        ("from helpers import *\ndef test_x():\n    one()\n", {"helpers": "def one():\n    assert 1\n"}),
        (
            "from shop.testing import same\ndef test_x():\n    same(1)\n",
            {"shop__testing": "def same(x):\n    assert x\n"},
        ),
        (
            "from helpers import same\ndef test_x():\n    same(1)\n",
            {"helpers": "def _s(x):\n    assert x\nsame = _s\n"},
        ),
        ("TABLE = {'a': one}\ndef one():\n    assert 1\ndef test_x():\n    TABLE['a']()\n", {}),
        (
            "from base import B\nclass TestA(B):\n    def test_x(self):\n        self.go()\n",
            {"base": "class B:\n    def go(self):\n        assert 1\n"},
        ),
        (
            "class B:\n    def test_x(self):\n        assert 1\nclass TestA(B):\n    def test_x(self):\n        super().test_x()\n",
            {},
        ),
        ("class C:\n    def __exit__(self, *e):\n        assert 1\ndef test_x():\n    with C():\n        f()\n", {}),
        ("class TestA:\n    def teardown_method(self):\n        assert 1\n    def test_x(self):\n        f()\n", {}),
        ("def wrap(f):\n    def inner():\n        assert f()\n    return inner\n@wrap\ndef test_x():\n    f()\n", {}),
        (
            "def test_x(thing):\n    f()\n",
            {"conftest": "import pytest\n@pytest.fixture\ndef thing():\n    yield 1\n    assert 1\n"},
        ),
        (
            "def test_x(judge):\n    judge(1)\n",
            {
                "conftest": "import pytest\n@pytest.fixture\ndef judge():\n    def j(x):\n        assert x\n    return j\n"
            },
        ),
        (
            "def test_x(request):\n    request.getfixturevalue('thing')\n",
            {"conftest": "import pytest\n@pytest.fixture\ndef thing():\n    yield 1\n    assert 1\n"},
        ),
        ("def test_x(snapshot):\n    f()\n", {}),
        ("from unittest import TestCase\nclass A(TestCase):\n    def test_x(self):\n        return later()\n", {}),
    ],
)
def test_a_check_is_found_wherever_it_stands(text: str, others: dict[str, str]) -> None:
    assert kinds(text, **others)


@pytest.mark.parametrize(
    ("text", "others"),
    [
        ("from shop import total\ndef test_x():\n    total()\n", {"shop____init__": "def total():\n    assert 1\n"}),
        (
            "def test_x(thing):\n    f()\n",
            {"conftest": "import pytest\n@pytest.fixture\ndef thing():\n    assert 1\n    return 1\n"},
        ),
        (
            "def test_x():\n    f()\n",
            {"conftest": "import pytest\n@pytest.fixture(autouse=True)\ndef g():\n    yield\n    assert 1\n"},
        ),
        ("def test_x():\n    def never():\n        assert 1\n    f()\n", {}),
        ("def one():\n    two()\ndef two():\n    one()\ndef test_x():\n    one()\n", {}),
    ],
)
def test_what_guards_or_prepares_is_no_check_of_the_test(text: str, others: dict[str, str]) -> None:
    assert kinds(text, **others) == set()


def test_the_configuration_names_further_helpers() -> None:
    text = "def test_x():\n    agree(1, 1)\n"

    assert kinds(text) == set()
    assert kinds(text, config=Config(assert_helpers=("agree",))) == {"call"}


def test_a_circle_of_helpers_hides_nothing() -> None:
    text = "def one():\n    two()\ndef two():\n    one()\n    assert 1\ndef test_x():\n    one()\ndef test_y():\n    two()\n"
    sources = suite(text)
    file = sources.file("test_a.py")
    assert file is not None

    assert [len(list(checks_of(sources, test))) for test in sources.tests_in(file)] == [1, 1]


def test_the_nearest_check_comes_first_and_says_where_it_stands() -> None:
    sources = suite(
        "from helpers import one\ndef test_x():\n    one()\n    assert 2\n", helpers="def one():\n    assert 1\n"
    )

    found = list(checks_of(sources, first_test(sources)))

    assert [(check.path, check.line) for check in found] == [("test_a.py", 4), ("helpers.py", 2)]


def test_checks_in_a_body_are_those_of_the_functions_that_it_uses() -> None:
    sources = suite(
        "def test_x():\n    def used():\n        assert 1\n    def never():\n        assert 2\n    used()\n"
    )
    test = first_test(sources)

    assert [check.line for check in checks_in(test)] == [3]
    assert [(check.line, check.how) for check in unused_checks(test)] == [(5, "never")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("def test_close_twice_works():\n    f()\n", True),
        ("def test_gh_123():\n    f()\n", True),
        ("def test_close():\n    f()  # must not hang\n", True),
        ("def test_close():\n    f()\n    # if we get here, it works\n", True),
        ("def test_close():\n    'Does not raise.'\n    f()\n", True),
        ("def test_close():\n    f()\n# works\n", False),
        ("def test_close():\n    f()\n", False),
    ],
)
def test_a_test_may_promise_only_to_run(text: str, *, expected: bool) -> None:
    sources = suite(text)
    file = sources.file("test_a.py")
    assert file is not None

    assert promises_only_to_run(sources, file, first_test(sources)) is expected
