"""A test writes into the private state of the code under test.

It puts the object into a state that nobody could bring about from outside, perhaps one that cannot occur. It fails when
the attribute is renamed, and passes when the real way into that state is broken.

Bring the state about as a caller would, hand the collaborator to the constructor, or use `monkeypatch.setattr` on what
the project publishes.

Left alone: `self._x`, classes and doubles of the suite, other people's objects, what is put back to what it was.

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
            if shown in said or not _is_projects(target.value.id, function, file, sources):
                continue
            if _puts_back(statement.node, function):
                continue
            said.add(shown)
            yield Hit(
                statement.line,
                statement.end_line,
                qualified(function, sources),
                f"Writes into private state: `{shown}`.",
                (f"`{target.attr}` is private to the object",),
            )


def _is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__") and not name.endswith("_")


def _is_projects(name: str, function: Function, file: SourceFile, sources: Sources) -> bool:
    made = class_of(name, file, function)
    return bool(made) and made not in file.classes_by_name and _is_first_party(made, file, sources)


def _is_first_party(dotted: str, file: SourceFile, sources: Sources) -> bool:
    # A name that is neither imported nor defined counts as the project's own.
    if "." not in dotted:
        return True
    whose = target_of(sources, dotted, file.path).whose
    return whose == "first-party" or (whose == "boundary" and sources.is_first_party(dotted))


def _puts_back(node: ast.AST, function: Function) -> bool:
    """`x._limit = before`, where `before = x._limit`."""
    if not isinstance(node, ast.Assign) or not isinstance(node.value, ast.Name):
        return False
    kept = function.assignments.get(node.value.id, ())
    shown = {ast.unparse(target) for target in node.targets}
    return any(isinstance(value, ast.Attribute) and ast.unparse(value) in shown for value, _ in kept)


RULE = Rule(
    code="TA101",
    slug="private-state-write",
    antipattern="implementation-details",
    severity="warning",
    confidence=(("static", "medium"),),
    remedy="Bring the state about as a caller would, or hand the collaborator to the constructor.",
    find=find,
    bad=(
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
    ),
)
