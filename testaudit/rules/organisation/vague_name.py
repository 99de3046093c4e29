"""A test whose name says nothing about what it checks.

`test_1`, `test_it`, `test_stuff_works`: whoever reads the report of a failure has to open the file to learn what broke,
and whoever wants to know whether something is tested already finds nothing by its name.

Name what is tested, in which case, and what is expected: `test_<component>_<scenario>_<result>`.

A class that names the subject says enough (`test_works` in `TestLogin`), and so does the module's own name (`test_one`
in `test_one.py`), a status (`test_404`), a letter that may be a route's, or a word for the plainest case
(`test_basic`). Off by default: names are a matter of taste in most suites.

The guide's section "Test documentation standards", number 3, "Test naming conventions".
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from testaudit.rules.interface import Code, Hit, Rule, Settings, qualified
from testaudit.source.wording import word_set, words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from testaudit.source.index import Function
    from testaudit.source.interface import SourceFile, Sources

_SAYS_NOTHING = word_set(
    """
    test tests it this that me foo bar baz spam eggs stuff thing things something anything works working work ok okay
    fine good misc miscellaneous everything case cases one two three todo temp tmp new old again
    """
)
_NUMBER = re.compile(r"(?![1-5]\d\d\Z)\d+")
"""Three digits may be a status: `test_404` says what is tested."""
_CLASS_PREFIX = frozenset({"test", "tests", "case", "testcase"})


def find(file: SourceFile, sources: Sources, _settings: Settings) -> Iterator[Hit]:
    """Tests of whose name no word says anything, in a class that says nothing either."""
    own = words(file.path.rpartition("/")[2].removesuffix(".py"))
    for test in file.functions:
        if len(test.name) > _LONGEST or not _is_vague(test.name) or not sources.is_test(test) or _class_says(test):
            continue
        if words(test.name) - own - {"test"} == frozenset():
            continue
        yield Hit(
            test.line,
            test.line,
            qualified(test, sources),
            f"The name {test.name!r} does not say what is tested, or what is expected.",
            ("none of its words names a subject, a case or a result",),
        )


_LONGEST = 40


def _is_vague(name: str) -> bool:
    return all(word in _SAYS_NOTHING or _NUMBER.fullmatch(word) for word in words(name))


def _class_says(test: Function) -> bool:
    """Whether a class around the test names the subject."""
    owner = test.owner
    while owner is not None:
        if not _is_vague(owner.name) and words(owner.name) - _CLASS_PREFIX:
            return True
        owner = owner.owner
    return False


RULE = Rule(
    code="TA1005",
    slug="vague-name",
    antipattern="organisation",
    severity="info",
    confidence=(("static", "medium"),),
    remedy="Name what is tested, in which case, and what is expected.",
    find=find,
    on_by_default=False,
    bad=(
        Code("""
def test_1():  # <-
    assert total([]) == 0

def test_it():  # <-
    assert total([1]) == 1

def test_stuff_works():  # <-
    assert total([1, 2]) == 3
"""),
        Code("""
class Tests:
    def test_works(self):  # <-
        assert total([]) == 0

    async def test_foo2(self):  # <-
        assert total([1]) == 1
"""),
    ),
    good=(
        Code("""
def test_an_empty_list_has_total_zero():
    assert total([]) == 0

def test_total():
    assert total([1]) == 1
"""),
        Code("""
def test_basic():
    assert total([]) == 0

def test_404(client):
    assert client.get("/nowhere").status_code == 404

class TestTotal:
    def test_one(self):
        assert total([]) == 0

    def test_works(self):
        assert total([1]) == 1
"""),
        Code("""
def it():
    return total([])

def test_example():
    assert total([]) == 0

def test_1999_was_no_leap_year():
    assert not is_leap(1999)
"""),
    ),
)
