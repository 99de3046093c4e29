"""What does this name hold? Every double that is active in a test, whatever the syntax, and what it replaces.

The door is `doubles_of` (all of them, fixtures and set-up included), `held` (by the name the test uses) and
`speaks_of_doubles` (a look at the text, to be asked first). The values are plain: they outlive the trees that they
were read from, and are remembered by fixture, so that a thousand tests with one fixture pay once.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from testaudit.source.fixtures import autouse_fixtures, find_fixture, fixture_files, requested, set_ups, used_by_marks
from testaudit.source.index import Function, chain
from testaudit.source.patches import (
    Kind,
    Patch,
    bound_to,
    kind_of,
    kind_of_value,
    makes_mock,
    patches_of,
    speaks_of_doubles,
)
from testaudit.source.targets import Target, target_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from testaudit.source.files import SourceFile
    from testaudit.source.fixtures import Fixture
    from testaudit.source.index import Statement
    from testaudit.source.project import Sources

__all__ = ["Double", "Kind", "doubles_of", "held", "is_double_name", "speaks_of_doubles"]

MAX_DEPTH = 5
_DOUBLE_NAME = re.compile(r"^(mock|mocked|fake)_|_(mock|fake)$")


@dataclass(frozen=True, slots=True)
class Double:
    """One thing that stands in for another while a test runs."""

    name: str
    """How the test reaches it: `m`, `self.client`, a fixture's name; empty when it has none."""
    target: str
    """The dotted name that it replaces, as written; empty for a mock that is handed in."""
    kind: Kind
    how: str
    """`patch`, `patch.object`, `monkeypatch.setattr`, `Mock`, `fixture` (by its name alone)."""
    path: str
    line: int
    """Where it is made."""
    fixture: str = ""
    """The fixture through which the test gets it; `setUp` and its like by their name."""
    autouse: bool = False
    """Nobody asked for that fixture."""
    spec: str = ""
    """The dotted class that a bare mock imitates."""
    sure: bool = True
    """False when only a name says so."""

    def meaning(self, sources: Sources) -> Target:
        """Whose code it replaces. Follows imports through the project: ask late."""
        return target_of(sources, self.target or self.spec, self.path)


def is_double_name(name: str) -> bool:
    """Whether a name says `this is a double`: `mock_db`, `db_mock`, `fake_queue`."""
    return _DOUBLE_NAME.search(name) is not None


def doubles_of(sources: Sources, test: Function) -> tuple[Double, ...]:
    """Every double active in a test: its own, its class's, of its set-up, of its fixtures and of theirs."""
    file = sources.file(test.path)
    if file is None:
        return ()
    found: list[Double] = []
    if speaks_of_doubles(file):
        found += _decorating(test, file, sources)
        found += _inside(test, file, sources)
        if test.owner is not None:
            found += _on_class(test, file, sources)
    return tuple(dict.fromkeys((*found, *doubles_around(sources, test))))


def doubles_around(sources: Sources, test: Function) -> tuple[Double, ...]:
    """The doubles of a test's set-up and fixtures, and of theirs. Much cheaper to ask than for its own."""
    found = list(_for_all(sources, test))
    for name in _asked_for(sources, test):
        found += _by_fixture(name, test, sources)
    return tuple(dict.fromkeys(found))


def _for_all(sources: Sources, test: Function) -> tuple[Double, ...]:
    """What its class, module and conftest files replace for each of their tests: asked once a class."""
    key = ("doubles for all", test.path, test.owner)
    if key not in sources.held:
        sources.held[key] = _of_set_up(sources, test)
    known: tuple[Double, ...] = sources.held[key]
    return known


def _of_set_up(sources: Sources, test: Function) -> tuple[Double, ...]:
    found: list[Double] = []
    for function in set_ups(sources, test):
        _note(sources, function.path, test.path)
        found += (replace(double, fixture=function.name) for double in _of_function(function, sources))
    if test.owner is not None or _some_autouse(sources, test.path):
        for fixture in autouse_fixtures(sources, test):
            _note(sources, fixture.function.path, test.path)
            found += (replace(double, autouse=True) for double in _of_fixture(fixture, sources))
    return tuple(dict.fromkeys(found))


def held(sources: Sources, test: Function) -> dict[str, Double]:
    """The doubles that a test can reach, by the name that it uses for them."""
    return {double.name: double for double in doubles_of(sources, test) if double.name}


def own_doubles(sources: Sources, function: Function) -> tuple[Double, ...]:
    """The doubles that a function itself makes: its decorators and its statements, nothing of fixtures."""
    file = sources.file(function.path)
    if file is None or not speaks_of_doubles(file):
        return ()
    return (*_decorating(function, file, sources), *_inside(function, file, sources))


# ------------------------------------------------------------ of one function


def _decorating(function: Function, file: SourceFile, sources: Sources) -> Iterator[Double]:
    """Decorators from the bottom up, as their doubles are handed over."""
    names = list(function.parameters)
    if function.owner is not None and names and not function.has_decorator("staticmethod"):
        names = names[1:]
    at = 0
    for decorator in reversed(function.decorators):
        for patch in _patches_by(decorator, file, file.module, sources):
            name = ""
            if patch.injects and patch.how == "patch.multiple":
                name = patch.attribute if patch.attribute in function.parameters else ""
            elif patch.injects and at < len(names):
                name = names[at]
                at += 1
            yield _double(patch, name, file, file.module, sources)


def _patches_by(expression: ast.expr, file: SourceFile, function: Function, sources: Sources) -> list[Patch]:
    """The patches of a decorator or `with` item: made there, or by a name or function of this file that makes them."""
    if isinstance(expression, ast.Call):
        found = patches_of(expression, file, function)
        if found:
            return found
        called = sources.called(expression, function)
        if called is not None and called.path == file.path and len(called.statements) <= 3:
            for statement in called.statements:
                if isinstance(statement.node, ast.Return) and isinstance(statement.node.value, ast.Call):
                    return patches_of(statement.node.value, file, called)
        return []
    if isinstance(expression, ast.Name) and expression.id in file.module.assignments:
        value = file.module.assignments[expression.id][-1][0]
        return patches_of(value, file, file.module) if isinstance(value, ast.Call) else []
    return []


def _on_class(test: Function, file: SourceFile, sources: Sources) -> Iterator[Double]:
    """Patches on the class reach each of its methods that is named like a test."""
    if test.owner is None or not test.owner.decorators:
        return
    own = sum(
        patch.injects and patch.how != "patch.multiple"
        for decorator in test.decorators
        for patch in _patches_by(decorator, file, file.module, sources)
    )
    names = list(test.parameters)[1 + own :]
    at = 0
    for decorator in reversed(test.owner.decorators):
        for patch in _patches_by(decorator, file, file.module, sources):
            name = ""
            if patch.injects and patch.how != "patch.multiple" and at < len(names):
                name = names[at]
                at += 1
            yield _double(patch, name, file, file.module, sources)


def _inside(function: Function, file: SourceFile, sources: Sources) -> Iterator[Double]:
    """What the statements of a function make."""
    for call, statement in function.calls:
        if makes_mock(call, file, function):
            name = bound_to(call, statement)
            if name:
                kind = kind_of_value(call, file, function, sources)
                how = chain(call.func)[-1]
                yield Double(name, "", kind, how, file.path, call.lineno, spec=_spec(call, file, function))
            continue
        for patch in patches_of(call, file, function):
            yield _double(patch, _name_of(patch, statement, function), file, function, sources)
    for statement in function.statements:
        if isinstance(statement.node, ast.With | ast.AsyncWith):
            for item in statement.node.items:
                expression = item.context_expr
                if isinstance(expression, ast.Call) and patches_of(expression, file, function):
                    continue
                for patch in _patches_by(expression, file, function, sources):
                    name = ".".join(chain(item.optional_vars)) if item.optional_vars is not None else ""
                    yield _double(patch, name, file, function, sources)


def _name_of(patch: Patch, statement: Statement, function: Function) -> str:
    name = bound_to(patch.call, statement)
    if not name or patch.how not in {"patch", "patch.object"} or not isinstance(statement.node, ast.Assign):
        return name
    if chain(patch.call.func)[0].endswith("mocker") or statement.node.value is not patch.call:
        return name
    # `patcher = patch(…)`: the double is what `patcher.start()` or `with patcher as` hands out.
    for called, at in function.calls:
        if ".".join(chain(called.func)) in {f"{name}.start", f"{name}.__enter__"}:
            return bound_to(called, at)
    for value, at in (pair for values in function.assignments.values() for pair in values):
        if isinstance(value, ast.Name) and value.id == name and isinstance(at.node, ast.With | ast.AsyncWith):
            for item in at.node.items:
                if item.context_expr is value and item.optional_vars is not None:
                    return ".".join(chain(item.optional_vars))
    return ""


def _double(patch: Patch, name: str, file: SourceFile, function: Function, sources: Sources) -> Double:
    kind = kind_of(patch, file, function, sources)
    if not name and isinstance(patch.new, ast.Name):
        name = patch.new.id
    return Double(name, patch.target, kind, patch.how, file.path, patch.call.lineno)


def _spec(call: ast.Call, file: SourceFile, function: Function) -> str:
    given = [word.value for word in call.keywords if word.arg in {"spec", "spec_set"}]
    if chain(call.func)[-1] == "create_autospec" or (chain(call.func)[-1] in {"Mock", "MagicMock", "AsyncMock"}):
        given += call.args[:1]
    return file.dotted(given[0], function) if given else ""


def _of_function(function: Function, sources: Sources) -> tuple[Double, ...]:
    """The doubles that a set-up function or fixture makes; remembered."""
    key = ("doubles", function.path, function.qualname, str(function.line))
    memo = sources._memo  # noqa: SLF001 - the family shares one memory
    known = memo.get(key)
    if isinstance(known, tuple):
        return known
    found = tuple(double for double in own_doubles(sources, function) if _lasts(double, function))
    memo[key] = found
    return found


def _lasts(double: Double, function: Function) -> bool:
    """Whether what a fixture or set-up replaces is still replaced in the test.

    What its decorators replace is not, and what a `with` without a `yield` replaces is not either.
    """
    if double.target and double.line < function.line:
        return False
    for statement in function.statements:
        node = statement.node
        if not isinstance(node, ast.With | ast.AsyncWith) or not double.target:
            continue
        if statement.line <= double.line < node.body[0].lineno:
            return any(
                isinstance(getattr(inner.node, "value", None), ast.Yield)
                and statement.line <= inner.line <= statement.end_line
                for inner in function.statements
            )
    return True


# ------------------------------------------------------------ of fixtures


def _asked_for(sources: Sources, test: Function) -> list[str]:
    patched = {double.name for double in _class_injected(sources, test)}
    return [name for name in (*requested(test), *used_by_marks(sources, test)) if name not in patched]


def _class_injected(sources: Sources, test: Function) -> tuple[Double, ...]:
    file = sources.file(test.path)
    return tuple(_on_class(test, file, sources)) if file is not None and test.owner is not None else ()


def _by_fixture(name: str, near: Function, sources: Sources) -> tuple[Double, ...]:
    fixture = find_fixture(sources, name, near)
    if fixture is None:
        if is_double_name(name):
            return (Double(name, "", "mock", "fixture", near.path, near.line, fixture=name, sure=False),)
        return ()
    _note(sources, fixture.function.path, near.path)
    return _of_fixture(fixture, sources)


def _note(sources: Sources, path: str, asked_by: str) -> None:
    """What is remembered of another file was asked of it, too: the cache of findings has to know."""
    if path != asked_by:
        sources.store.shared.add(path)


def _of_fixture(fixture: Fixture, sources: Sources, depth: int = 0) -> tuple[Double, ...]:
    """The doubles that a fixture makes active or hands out, those of the fixtures that it asks for included."""
    function = fixture.function
    key = ("fixture doubles", function.path, function.qualname, fixture.name)
    memo = sources._memo  # noqa: SLF001 - as above
    known = memo.get(key)
    if isinstance(known, tuple):
        return known
    memo[key] = ()  # A circle of fixtures ends here.
    handed = handed_out(function)
    file = sources.file(function.path)
    found = list(_handed_doubles(fixture, file, sources)) if file is not None else []
    known_lines = {(double.line, double.target) for double in found}
    for double in own_doubles(sources, function):
        if double.name and double.name in handed:
            found.append(replace(double, name=fixture.name, fixture=fixture.name))
        elif (double.line, double.target) not in known_lines and _lasts(double, function):
            # Its name is local to the fixture: the test cannot reach it.
            found.append(replace(double, name="", fixture=fixture.name))
    if depth < MAX_DEPTH:
        for name in function.requested:
            if name == "request":
                continue
            inner = find_fixture(sources, name, function, function if name == fixture.name else None)
            if inner is not None:
                for double in _of_fixture(inner, sources, depth + 1):
                    reached = double.name and double.name in handed
                    found.append(replace(double, name=fixture.name if reached else "", fixture=fixture.name))
    memo[key] = tuple(dict.fromkeys(found))
    return tuple(dict.fromkeys(found))


def _handed_doubles(fixture: Fixture, file: SourceFile, sources: Sources) -> Iterator[Double]:
    """`return Mock()`, `yield mocker.patch(…)`: made in the statement that hands it out."""
    function = fixture.function
    for value in _handed_values(function):
        if not isinstance(value, ast.Call):
            continue
        if makes_mock(value, file, function):
            kind = kind_of_value(value, file, function, sources)
            how, spec = chain(value.func)[-1], _spec(value, file, function)
            yield Double(fixture.name, "", kind, how, file.path, value.lineno, fixture=fixture.name, spec=spec)
        for patch in patches_of(value, file, function):
            yield replace(_double(patch, fixture.name, file, function, sources), fixture=fixture.name)


def handed_out(function: Function) -> frozenset[str]:
    """The plain names that a fixture returns or yields."""
    return frozenset(value.id for value in _handed_values(function) if isinstance(value, ast.Name))


def _handed_values(function: Function) -> list[ast.expr]:
    found = []
    for statement in function.statements:
        node = statement.node
        if isinstance(node, ast.Return) and node.value is not None:
            found.append(node.value)
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Yield) and node.value.value is not None:
            found.append(node.value.value)
    return found


def _some_autouse(sources: Sources, path: str) -> bool:
    """Whether an autouse fixture can reach the tests of a file: a look at the texts, remembered by folder."""
    for candidate in fixture_files(sources, path):
        file = sources.file(candidate)
        if file is not None and file.says("autouse") and speaks_of_doubles(file):
            return True
    return False
