"""A test calls a private method of the code under test.

It checks a piece that nobody else can reach. When the piece is cut another way, the test fails though nothing that
anybody uses has changed.

Call what callers call. Where the piece deserves tests of its own, it deserves a name without underscore, too. Off by
default: many projects test private helpers on purpose, and that is their choice.

Left alone: objects of the suite and of others, `namedtuple`'s methods, names that end with an underscore, too: those
are agreed upon with others (`_repr_html_`).

The guide's anti-pattern 1, "Testing Implementation Details".
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from testaudit.rules.interface import Code, Hit, Rule, Settings, qualified
from testaudit.source.patches import class_of
from testaudit.source.targets import target_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from testaudit.source.index import Function
    from testaudit.source.interface import SourceFile, Sources


def find(file: SourceFile, sources: Sources, _settings: Settings) -> Iterator[Hit]:
    """Calls of private methods on objects that the test made from the project's classes."""
    for function in file.functions:
        if not function.private or not sources.is_test(function):
            continue
        for call, statement in function.calls:
            called = call.func
            if not isinstance(called, ast.Attribute) or not isinstance(called.value, ast.Name):
                continue
            name = called.attr
            if not name.startswith("_") or name.startswith("__") or name.endswith("_") or name in _PUBLIC:
                continue
            if _is_projects(called.value.id, function, file, sources):
                yield Hit(
                    call.lineno,
                    statement.end_line,
                    qualified(function, sources),
                    f"Calls a private method: `{called.value.id}.{name}()`.",
                    (f"`{name}` is private to the object",),
                )


_PUBLIC = frozenset({"_asdict", "_replace", "_make"})


def _is_projects(name: str, function: Function, file: SourceFile, sources: Sources) -> bool:
    made = class_of(name, file, function)
    if not made or made in file.classes_by_name:
        return False
    whose = target_of(sources, made, file.path).whose
    return "." not in made or whose == "first-party" or (whose == "boundary" and sources.is_first_party(made))


RULE = Rule(
    code="TA102",
    slug="private-call",
    antipattern="implementation-details",
    severity="info",
    confidence=(("static", "medium"),),
    remedy="Call what callers call.",
    find=find,
    on_by_default=False,
    bad=(
        Code("""
from shop import UserService

def test_normalise():
    service = UserService()
    assert service._normalise("A") == "a"  # <-
"""),
        Code("""
from shop import Pool

def test_shrink():
    pool = Pool(2)
    pool._shrink()  # <-
    assert pool.size == 1
"""),
    ),
    good=(
        Code("""
from shop import UserService

def test_normalise():
    service = UserService()
    assert service.find("A") == service.find("a")
"""),
        Code("""
class TestIt:
    def _make(self):
        return 3

    def test_own(self):
        assert self._make() == 3
"""),
        Code("""
import requests
from shop import Point

class Recorder:
    def _seen(self):
        return []

def test_others():
    session = requests.Session()
    session._close()
    recorder = Recorder()
    assert recorder._seen() == []
    point = Point(1)
    assert point._asdict() == {"x": 1}
    assert point._repr_html_() == "<b>1</b>"
"""),
    ),
)
