"""Fixtures, resolved as pytest resolves them: class, module, conftest files from the nearest up, plugins by name."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from testaudit.source.collecting import is_fixture
from testaudit.source.index import Function, chain, terminal
from testaudit.source.project import enclosing_class

if TYPE_CHECKING:
    from testaudit.source.files import SourceFile
    from testaudit.source.index import Class
    from testaudit.source.project import Sources

MAX_FIXTURES = 60
_XUNIT = ("setup_method", "setup", "setUp", "asyncSetUp", "setup_class", "setUpClass", "setUpTestData")
_XUNIT_MODULE = ("setup_module", "setUpModule", "setup_function")
_XUNIT_DOWN = (
    "teardown_method",
    "teardown",
    "tearDown",
    "asyncTearDown",
    "teardown_class",
    "tearDownClass",
    "teardown_module",
    "tearDownModule",
    "teardown_function",
)
SET_UP_NAMES = frozenset({*_XUNIT, *_XUNIT_MODULE, *_XUNIT_DOWN})
"""What unittest and pytest run around tests by its name alone."""


@dataclass(frozen=True, slots=True, eq=False)
class Fixture:
    """A fixture that the project defines."""

    name: str
    function: Function
    scope: str
    autouse: bool


def fixture_of(function: Function) -> Fixture | None:
    """The fixture that a function defines, or None."""
    for decorator in function.decorators:
        if terminal(decorator) not in {"fixture", "yield_fixture"}:
            continue
        words = {word.arg: word.value for word in decorator.keywords} if isinstance(decorator, ast.Call) else {}
        name = _text(words.get("name")) or function.name
        scope = _text(words.get("scope")) or "function"
        autouse = words.get("autouse")
        return Fixture(name, function, scope, isinstance(autouse, ast.Constant) and bool(autouse.value))
    return None


def _text(node: ast.expr | None) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def find_fixture(sources: Sources, name: str, near: Function, skip: Function | None = None) -> Fixture | None:
    """The fixture that `name` means for a test or fixture at `near`; `skip` is the one that overrides it."""
    klass = enclosing_class(near)
    key = ("fixture", near.path, klass, name, skip)
    if key not in sources.held:
        sources.held[key] = _find_fixture(sources, name, near.path, klass, skip)
    known: Fixture | None = sources.held[key]
    return known


def _find_fixture(sources: Sources, name: str, path: str, klass: Class | None, skip: Function | None) -> Fixture | None:
    while klass is not None:
        for fixture in _class_fixtures(sources, klass):
            if fixture.name == name and fixture.function is not skip:
                return fixture
        klass = klass.owner
    for candidate in fixture_files(sources, path):
        file = sources.file(candidate)
        found = _in_file(sources, file, name) if file is not None else None
        if found is not None and found.function is not skip:
            return found
    return None


def _class_fixtures(sources: Sources, klass: Class) -> list[Fixture]:
    """The fixtures that a class has as methods, inherited ones after its own."""
    key = ("class fixtures", klass)
    if key not in sources.held:
        methods = (method for ancestor in sources.family(klass) for method in ancestor.methods.values())
        sources.held[key] = [fixture for fixture in map(fixture_of, methods) if fixture is not None]
    known: list[Fixture] = sources.held[key]
    return known


def fixture_files(sources: Sources, path: str) -> list[str]:
    """The file itself, then the conftest files that pytest asks, the nearest first, then plugins of the project."""
    key = ("fixture files", path)
    if key not in sources.held:
        sources.held[key] = _fixture_files(sources, path)
    known: list[str] = sources.held[key]
    return known


def _fixture_files(sources: Sources, path: str) -> list[str]:
    found = [path]
    conftests = set(sources.conftests)
    folder = path
    while folder:
        folder = folder.rpartition("/")[0]
        candidate = f"{folder}/conftest.py" if folder else "conftest.py"
        if candidate in conftests and candidate not in found:
            found.append(candidate)
    for known in tuple(found):
        found += [plugin for plugin in _plugins(sources, known) if plugin not in found]
    return found


def _plugins(sources: Sources, path: str) -> list[str]:
    """Files of the project that `pytest_plugins` of a module names."""
    key = ("plugins", path)
    memo = sources._memo  # noqa: SLF001 - one family, one memory
    known = memo.get(key)
    if isinstance(known, list):
        return known
    found: list[str] = []
    file = sources.file(path)
    if file is not None and "pytest_plugins" in file.text:
        for value, _ in file.module.assignments.get("pytest_plugins", ()):
            values = value.elts if isinstance(value, ast.List | ast.Tuple) else [value]
            for element in values:
                plugin = sources.module_path(_text(element), path) if _text(element) else None
                if plugin is not None:
                    found.append(plugin)
    memo[key] = found
    return found


def fixtures_in(sources: Sources, file: SourceFile) -> dict[str, Fixture]:
    """The module-level fixtures of a file by name: its own, and those that it imports."""
    key = ("fixtures", file.path)
    memo = sources._memo  # noqa: SLF001 - the family shares one memory
    known = memo.get(key)
    if isinstance(known, dict):
        return known
    found: dict[str, Fixture] = {}
    for function in file.functions:
        if function.owner is None and is_fixture(function):
            fixture = fixture_of(function)
            if fixture is not None:
                found[fixture.name] = fixture
    memo[key] = found
    return found


def _in_file(sources: Sources, file: SourceFile, name: str) -> Fixture | None:
    own = fixtures_in(sources, file).get(name)
    if own is not None:
        return own
    if name in file.imports or file.star_imports:
        imported = sources.find(file.path, name)
        if isinstance(imported, Function) and imported.path != file.path:
            return fixture_of(imported)
    return None


def fixture_closure(sources: Sources, test: Function) -> dict[str, Fixture | None]:
    """Every fixture that a test uses, by name: requested, `usefixtures`, autouse, and those of fixtures.

    None stands for a fixture that the project does not define (a plugin's, or pytest's own).
    """
    found: dict[str, Fixture | None] = {}
    todo: list[tuple[str, Function, Function | None]] = [(name, test, None) for name in requested(test)]
    todo += [(fixture.name, fixture.function, None) for fixture in autouse_fixtures(sources, test)]
    for name in used_by_marks(sources, test):
        todo.append((name, test, None))
    while todo and len(found) < MAX_FIXTURES:
        name, near, skip = todo.pop()
        if name in found and skip is None:
            continue
        fixture = find_fixture(sources, name, near, skip)
        found.setdefault(name, fixture)
        if fixture is not None:
            function = fixture.function
            todo += [
                (inner, function if inner == name else test, function if inner == name else None)
                for inner in function.requested
                if inner != "request" and (inner not in found or inner == name) and not (inner == name and skip)
            ]
    return found


def requested(test: Function) -> tuple[str, ...]:
    """The fixtures that a test asks for by argument; parametrised names and `@patch` arguments left out."""
    given: set[str] = set()
    patched = 0
    for decorator in test.decorators:
        if terminal(decorator) == "parametrize" and isinstance(decorator, ast.Call) and decorator.args:
            given.update(_parametrized(decorator.args[0]))
        elif isinstance(decorator, ast.Call) and _injects(decorator):
            patched += 1
    names = test.requested
    return tuple(name for name in names[patched:] if name not in given and name != "request")


def _injects(decorator: ast.Call) -> bool:
    """Whether the decorator is a `mock.patch` that hands its double to the test."""
    names = chain(decorator.func)
    if "patch" not in names or names[-1] in {"dict", "multiple", "stopall"}:
        return False
    position = 2 if names[-1] == "object" else 1
    return len(decorator.args) <= position and all(word.arg != "new" for word in decorator.keywords)


def _parametrized(node: ast.expr) -> list[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [name.strip() for name in node.value.split(",")]
    if isinstance(node, ast.List | ast.Tuple):
        return [_text(element) for element in node.elts]
    return []


def used_by_marks(sources: Sources, test: Function) -> list[str]:
    """Names given to `usefixtures` on the test, its classes, its module (`pytestmark`) or in the configuration."""
    marks = list(test.decorators)
    klass = enclosing_class(test)
    while klass is not None:
        marks += klass.decorators
        klass = klass.owner
    file = sources.file(test.path)
    if file is not None:
        for value, _ in file.module.assignments.get("pytestmark", ()):
            marks += value.elts if isinstance(value, ast.List | ast.Tuple) else [value]
    names = [
        _text(argument)
        for mark in marks
        if terminal(mark) == "usefixtures" and isinstance(mark, ast.Call)
        for argument in mark.args
    ]
    return [name for name in (*names, *sources.discovery.settings.usefixtures) if name]


def autouse_fixtures(sources: Sources, test: Function) -> list[Fixture]:
    """The autouse fixtures that reach a test."""
    klass = enclosing_class(test)
    key = ("autouse", test.path, klass)
    if key not in sources.held:
        sources.held[key] = _autouse_fixtures(sources, test.path, klass)
    known: list[Fixture] = sources.held[key]
    return known


def _autouse_fixtures(sources: Sources, path: str, klass: Class | None) -> list[Fixture]:
    found = []
    while klass is not None:
        found += [fixture for fixture in _class_fixtures(sources, klass) if fixture.autouse]
        klass = klass.owner
    for candidate in fixture_files(sources, path):
        file = sources.file(candidate)
        if file is not None:
            found += [fixture for fixture in fixtures_in(sources, file).values() if fixture.autouse]
    return found


def set_ups(sources: Sources, test: Function) -> list[Function]:
    """The xunit-style set-up functions that run for a test, bases included."""
    return _xunit(sources, test, (*_XUNIT, *_XUNIT_MODULE))


def tear_downs(sources: Sources, test: Function) -> list[Function]:
    """The xunit-style tear-down functions that run for a test, bases included."""
    return _xunit(sources, test, _XUNIT_DOWN)


def _xunit(sources: Sources, test: Function, names: tuple[str, ...]) -> list[Function]:
    found = []
    klass = enclosing_class(test)
    if klass is not None:
        for ancestor in sources.family(klass):
            found += [ancestor.methods[name] for name in names if name in ancestor.methods]
    file = sources.file(test.path)
    if file is not None:
        found += [file.top_level[name] for name in names if name in file.top_level]
    return found
