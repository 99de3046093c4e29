"""A test that passed, and during which no line of the project's own code ran.

What it checks is its own doubles, the standard library, or nothing. It costs time and reading, it is counted as a test,
and the code that it names can be deleted without it failing. The usual way there is mocking until nothing real is left:
the guide's over-mocked integration test ("glorified unit tests that don't verify component interactions").

Call the code that the test is named after, and replace only what lies at the edge of the system; or delete the test.

Coverage is measured test by test (`testaudit scan --deep`), fixtures included; imports do not count, lines of functions
do. Tests of the suite's own helpers, of packaging, imports and documentation are left alone. So is a test that
speaks of the project's code, or of another library, otherwise than through doubles: what it looks at was made while a
module was imported (a constant, an alias, a pattern, a class that a decorator wrote), or is not written in Python.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from testaudit.paths import function_of
from testaudit.rules.interface import Code, Rule, Settings, Sighting
from testaudit.source.doubles import doubles_of
from testaudit.source.mentions import around, mentions_first_party
from testaudit.source.wording import word_set, words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from testaudit.model import AuditedTest, Run
    from testaudit.source.interface import SourceFile, Sources

_ABOUT_ITSELF = word_set(
    """
    import imports importable version package packaging metadata docs documentation readme changelog license types
    typing mypy lint style black ruff flake8 pylint isort conftest fixture fixtures plugin helper helpers util utils
    """
)
_RUNS_ELSEWHERE = re.compile(
    r"\b(subprocess|Popen|check_call|check_output|run_python|runpytest|pytester|testdir|exec|runpy|import_module"
    r"|multiprocessing|spawn|fork|create_subprocess\w*|script_runner|os\.system)\b"
)


def observe(run: Run, sources: Sources, _settings: Settings) -> Iterator[Sighting]:
    """Passed tests that reached nothing, all cases of a function together."""
    if run.deep is None or not run.deep.means or not any(test.reached for test in run.tests):
        # Where no test reaches anything, what is first-party was not understood.
        return
    functions: dict[str, list[AuditedTest]] = {}
    for test in run.tests:
        functions.setdefault(function_of(test.node_id), []).append(test)
    for tests in functions.values():
        first = tests[0]
        if not all(_is_hollow(test) for test in tests):
            continue
        file = sources.file(first.path)
        if file is not None and first.line and not _is_about_itself(first, file, sources):
            cases = f" in any of its {len(tests)} cases" if len(tests) > 1 else ""
            yield Sighting(
                first.path,
                file.function_at(first.line).line,
                "",
                f"It passes, and no line of the project's own functions runs{cases}.",
                (f"measured by {run.deep.means}: 0 first-party lines",),
                tuple(test.node_id for test in tests),
            )


def _is_hollow(test: AuditedTest) -> bool:
    return test.outcome == "passed" and test.reached == ()


def _is_about_itself(test: AuditedTest, file: SourceFile, sources: Sources) -> bool:
    """It is about the suite, the package or its documents, or what it runs is another process."""
    if words(f"{test.path} {test.node_id}") & _ABOUT_ITSELF:
        return True
    function = file.function_at(test.line)
    text = file.lines_of(function.line, function.end_line)
    if _uses_suite_code(file, text, sources) or any(
        _RUNS_ELSEWHERE.search(home.lines_of(one.line, one.end_line))
        for one in around(sources, function)
        if (home := sources.file(one.path)) is not None
    ):
        return True
    klass = file.classes_by_name.get(".".join(test.node_id.partition("[")[0].split("::")[1:-1]))
    doubled = frozenset(double.target or double.spec or "?" for double in doubles_of(sources, function))
    return mentions_first_party(sources, function, klass, doubled)


def _uses_suite_code(file: SourceFile, text: str, sources: Sources) -> bool:
    """Its subject is a helper that the suite itself defines."""
    return any(
        re.search(rf"\b{re.escape(name)}\b", text) is not None and sources.is_suite_code(dotted, file.path)
        for name, dotted in file.imports.items()
    )


RULE = Rule(
    code="TA205",
    slug="hollow-test",
    antipattern="over-mocked",
    severity="warning",
    confidence=(("runtime", "medium"),),
    remedy="Call the code that the test is about, and replace only what lies at the edge of the system; or delete it.",
    observe=observe,
    bad=(
        Code(
            """
from unittest.mock import Mock

def test_total_of_the_cart():  # <-
    cart = Mock()
    cart.total.return_value = 3
    assert cart.total() == 3

def test_real():
    import shop
    assert shop.total([1, 2]) == 3
""",
            beside=(("shop/__init__.py", "def total(prices):\n    return sum(prices)\n"),),
        ),
        Code(
            """
import pytest

@pytest.mark.parametrize("price", [1, 2])
def test_price(price):  # <-
    assert price > 0

def test_real():
    import shop
    assert shop.total([1, 2]) == 3
""",
            beside=(("shop/__init__.py", "def total(prices):\n    return sum(prices)\n"),),
        ),
    ),
    good=(
        Code(
            """
import shop

def test_total_of_the_cart():
    assert shop.total([1, 2]) == 3
""",
            beside=(("shop/__init__.py", "def total(prices):\n    return sum(prices)\n"),),
        ),
        Code(
            """
import shop
from tests.helpers import slug

def test_slug_of_a_name():
    assert slug("A B") == "a-b"

def test_total_of_the_cart():
    assert shop.total([1, 2]) == 3
""",
            beside=(
                ("shop/__init__.py", "def total(prices):\n    return sum(prices)\n"),
                ("tests/__init__.py", ""),
                ("tests/helpers.py", "def slug(name):\n    return name.lower().replace(' ', '-')\n"),
            ),
        ),
        Code(
            """
import subprocess
import sys

import pytest
import shop

def test_runs_as_a_command():
    subprocess.run([sys.executable, "-c", "import shop"], check=True)

def test_version_is_a_text():
    assert isinstance(shop.VERSION, str)

@pytest.fixture
def cart():
    return shop.total([1, 2])

def test_the_fixture_reaches_it(cart):
    assert cart == 3
""",
            beside=(("shop/__init__.py", "VERSION = '1'\n\ndef total(prices):\n    return sum(prices)\n"),),
        ),
        Code(
            """
from unittest.mock import Mock

import shop

class Till(shop.Till):
    drawer = ()

class TestTill:
    def setup_method(self):
        self.till = Till([Mock()])

    def test_begins_empty(self):
        assert not self.till.drawer

class Notes:
    kind = type(None)

    def test_is_a_list(self):
        assert self.kind([1]) == [1]

class TestNotes(Notes):
    kind = shop.Notes

def test_total_of_the_cart():
    assert shop.total([1, 2]) == 3
""",
            beside=(
                (
                    "shop/__init__.py",
                    (
                        "class Till(list):\n    pass\n\n"
                        "class Notes(list):\n    pass\n\ndef total(prices):\n    return sum(prices)\n"
                    ),
                ),
            ),
        ),
        Code(
            """
import pytest
import shop
from tests.helpers import made

Pair = shop.pair("Pair")
Three = made("Three")
ALIASES = [(shop.SUM, shop.TOTAL)]

class TestPair:
    cls = Pair

    def test_its_name(self):
        assert self.cls.__name__ == "Pair"

    def test_it_compares(self):
        assert Pair(1, 2) == Pair(1, 2)

    def test_what_a_helper_made(self):
        assert Three(1, 2) == Three(1, 2)

@pytest.mark.parametrize(("alias", "name"), ALIASES)
def test_aliases(alias, name):
    assert alias is name

@pytest.fixture
def pattern():
    return shop.PATTERN

def test_the_pattern(pattern):
    assert pattern.fullmatch("12")

def test_total_of_the_cart():
    assert shop.total([1, 2]) == 3
""",
            beside=(
                (
                    "shop/__init__.py",
                    (
                        "import collections\nimport re\n\nSUM = TOTAL = 'total'\nPATTERN = re.compile('[0-9]+')\n\n"
                        "def pair(name):\n    return collections.namedtuple(name, 'a b')\n\n"
                        "def total(prices):\n    return sum(prices)\n"
                    ),
                ),
                ("tests/__init__.py", ""),
                ("tests/helpers.py", "import shop\n\ndef made(name):\n    return shop.pair(name)\n"),
            ),
        ),
    ),
)
