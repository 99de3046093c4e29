"""A test writes into the private state of the code under test.

It puts the object into a state that nobody could bring about from outside, perhaps one that cannot occur. It fails when
the attribute is renamed, and passes when the real way into that state is broken.

Bring the state about as a caller would, hand the collaborator to the constructor, or use `monkeypatch.setattr` on what
the project publishes.

Left alone: `self._x`, classes and doubles of the suite, other people's objects, what is put back to what it was, a
double that hands on to what was there or to code of the suite, a method that the class leaves to its subclasses,
constants, boundaries. Surest where the class offers the same from outside: a setter that does nothing but store its
value, a parameter that the constructor stores as it is.

The guide's anti-pattern 1, "Testing Implementation Details".
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from testaudit.rules.interface import Code, Hit, Rule, Settings, qualified
from testaudit.source.index import Class
from testaudit.source.patches import class_of
from testaudit.source.private_parts import behaves, is_left_open, is_real, meant
from testaudit.source.public_ways import public_way_to_write
from testaudit.source.targets import is_boundary, target_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from testaudit.source.index import Function
    from testaudit.source.interface import SourceFile, Sources


def find(file: SourceFile, sources: Sources, _settings: Settings) -> Iterator[Hit]:
    """Assignments to private attributes of objects that the test made from the project's classes."""
    for function in file.functions:
        if not function.private or not function.writes or not sources.is_test(function):
            continue
        said: set[str] = set()
        for target, statement in function.writes:
            if not isinstance(target, ast.Attribute) or not _is_private(target.attr):
                continue
            if isinstance(statement.node, ast.Delete) or not isinstance(target.value, ast.Name):
                continue
            shown = f"{target.value.id}.{target.attr}"
            made = class_of(target.value.id, file, function)
            if shown in said or not made or made in file.classes_by_name or not _is_first_party(made, file, sources):
                continue
            klass = meant(sources, made, file.path)
            klass = klass if isinstance(klass, Class) else None
            if _lets_code_answer(statement.node, target.attr, file, function, sources):
                continue
            if klass is not None and _plays_a_subclass(klass, target.attr, sources):
                continue
            way = public_way_to_write(klass, target, statement, function, sources)
            if way is None and is_boundary(sources, target.attr):
                continue
            said.add(shown)
            yield Hit(
                statement.line,
                statement.end_line,
                qualified(function, sources),
                f"Writes into private state: `{shown}`{f', which {way.shown} sets as well' if way else ''}.",
                (way.why if way else f"`{target.attr}` is private to the object",),
                None if way else "medium",
                way.remedy if way else "",
            )


def _is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__") and not name.endswith("_") and not name.isupper()


def _is_first_party(dotted: str, file: SourceFile, sources: Sources) -> bool:
    # A name that is neither imported nor defined counts as the project's own.
    if "." not in dotted:
        return True
    whose = target_of(sources, dotted, file.path).whose
    return whose == "first-party" or (whose == "boundary" and sources.is_first_party(dotted))


def _lets_code_answer(node: ast.AST, attribute: str, file: SourceFile, function: Function, sources: Sources) -> bool:
    """`x._limit = before`, where `before = x._limit`; `x._send = Mock(wraps=x._send)`."""
    if not isinstance(node, ast.Assign):
        return False
    if isinstance(node.value, ast.Name) and is_real(node.value, attribute, function):
        return True
    return behaves(node.value, attribute, file, function, sources)


def _plays_a_subclass(klass: Class, name: str, sources: Sources) -> bool:
    """The class calls the method, and leaves it to its subclasses to write it."""
    method = sources.find_method(klass, name)
    if method is not None:
        return is_left_open(method)
    files = [sources.file(path) for path in {ancestor.path for ancestor in sources.family(klass)}]
    texts = [file.text for file in files if file is not None]
    return any(f"self.{name}(" in text for text in texts) and not any(f"{name} =" in text for text in texts)


RULE = Rule(
    code="TA101",
    slug="private-state-write",
    antipattern="implementation-details",
    severity="warning",
    confidence=(("static", "high"),),
    remedy="Bring the state about as a caller would, or hand the collaborator to the constructor.",
    find=find,
    bad=(
        Code(
            """
from shop.pool import Pool

class Clock:
    def now(self):
        return 3

def test_age():
    pool = Pool(2)
    pool._clock = Clock()  # <-
    assert pool.age == 3

def test_full():
    pool = Pool(2)
    pool.take()
    pool._limit = 1  # <-
    assert pool.is_full
""",
            beside=(
                (
                    "shop/pool.py",
                    """
class Pool:
    def __init__(self, limit, clock=None):
        self.limit = limit
        if clock is None:
            clock = WallClock()
        self._clock = clock

    @property
    def limit(self):
        return self._limit

    @limit.setter
    def limit(self, value):
        self._limit = value
""",
                ),
            ),
        ),
        Code("""
from unittest.mock import Mock
from shop import UserService

def test_lookup():
    service = UserService()
    service._connection = Mock()  # <-
    assert service.get_user("123")
"""),
        Code("""
def test_closed():
    pool = Pool(2)
    pool._open = False  # <-
    assert pool.closed
"""),
    ),
    good=(
        Code("""
from shop import Service

class Recorder(Service):
    pass

class TestIt:
    def test_own(self):
        self._seen = []
        recorder = Recorder()
        recorder._seen = self._seen
        assert recorder.call() is None
"""),
        Code("""
import requests
from unittest.mock import Mock

def test_others():
    session = requests.Session()
    session._limit = 3
    double = Mock()
    double._limit = 3
    assert double._limit == 3
"""),
        Code("""
from shop import Pool

def test_restored():
    pool = Pool(2)
    before = pool._limit
    try:
        pool.shrink()
    finally:
        pool._limit = before
    assert pool.size == 2
"""),
        Code(
            """
from unittest.mock import Mock
from shop.stores import Store

def test_watched():
    store = Store()
    store._pack = Mock(side_effect=store._pack)
    store.save("tea")
    store._pack.assert_called_once_with("tea")

def test_save():
    store = Store()
    store._write = Mock()
    store.save("tea")
    store._write.assert_called_once_with(b"tea")

def test_again():
    store = Store()
    store._MAX_TRIES = 2
    store._sleep = Mock()
    assert store.save("tea") is None
""",
            beside=(
                (
                    "shop/stores.py",
                    """
class Store:
    def save(self, text):
        self._write(self._pack(text))

    def _pack(self, text):
        return text.encode()

    def _write(self, data):
        raise NotImplementedError
""",
                ),
            ),
        ),
    ),
)
