"""Does a test speak of the project's own code at all? By its own names, and by those of what stands around it.

A name is followed to what the module, the class and the fixtures bind it to: a class that a decorator of the project
made, a constant that an import brought, a value that was built while the module was read.
"""

from __future__ import annotations

import ast
import sys
from typing import TYPE_CHECKING

from testaudit.source.fixtures import autouse_fixtures, fixture_closure, set_ups
from testaudit.source.index import bindings, chain, terminal
from testaudit.source.project import enclosing_class
from testaudit.source.wording import word_set

if TYPE_CHECKING:
    from collections.abc import Iterator

    from testaudit.source.files import SourceFile
    from testaudit.source.index import Class, Function
    from testaudit.source.project import Sources

MAX_NODES = 2000
"""Definitions that are looked through before the answer is: yes, it may."""
_OF_NOBODY = sys.stdlib_module_names | word_set(
    "pytest _pytest mock pytest_mock hypothesis freezegun time_machine faker"
)
"""Another library may call the project's code, or be called by it: it may be what the project extends or patches."""
_IMITATES = word_set(
    """
    patch object multiple dict setattr Mock MagicMock AsyncMock NonCallableMock NonCallableMagicMock PropertyMock
    create_autospec raises assertRaises assertRaisesRegex isinstance
    """
)


def around(sources: Sources, test: Function) -> list[Function]:
    """The test, its set-up, its fixtures and theirs."""
    fixtures = [fixture.function for fixture in fixture_closure(sources, test).values() if fixture is not None]
    automatic = [fixture.function for fixture in autouse_fixtures(sources, test)]
    return list(dict.fromkeys((test, *set_ups(sources, test), *fixtures, *automatic)))


def mentions_first_party(
    sources: Sources, test: Function, klass: Class | None = None, doubled: frozenset[str] = frozenset()
) -> bool:
    """Whether a name in the test, or in what that name leads to, comes from the project, a helper or another library.

    Args:
        sources: the suite.
        test: the function.
        klass: the class that it runs in, where that is a heir of the one that holds it.
        doubled: dotted names that doubles stand in for. They are not mentioned by who asks for them, nor is what a
            double imitates, or an exception that is waited for.

    """
    trail = _Trail(sources, klass or enclosing_class(test), doubled)
    for function in around(sources, test):
        trail.add(function.path, function.node)
    return trail.leads_home()


class _Trail:
    """Definitions still to look through."""

    def __init__(self, sources: Sources, klass: Class | None, doubled: frozenset[str]) -> None:
        self._sources = sources
        self._family = sources.family(klass) if klass is not None else []
        self._doubled = doubled
        self._seen: set[int] = set()
        self._todo: list[tuple[str, ast.AST]] = []

    def add(self, path: str, node: ast.AST) -> None:
        """Look through this as well, once."""
        if id(node) not in self._seen:
            self._seen.add(id(node))
            self._todo.append((path, node))

    def leads_home(self) -> bool:
        """Whether anything in them comes from the project's own code."""
        while self._todo:
            path, node = self._todo.pop()
            file = self._sources.file(path)
            if len(self._seen) > MAX_NODES or (file is not None and any(self._are_own(node, file))):
                return True
        return False

    def _are_own(self, top: ast.AST, file: SourceFile) -> Iterator[bool]:
        todo = [top]
        while todo:
            node = todo.pop()
            if self._doubled and isinstance(node, ast.Call) and terminal(node) in _IMITATES:
                continue
            names = chain(node) if isinstance(node, ast.Name | ast.Attribute) else []
            if names:
                yield self._is_own(names, file)
                self._follow(names, file)
                continue
            if isinstance(node, ast.Import | ast.ImportFrom) and not self._doubled:
                for alias in node.names:
                    yield self._is_own([alias.asname or alias.name.partition(".")[0]], file)
            todo += ast.iter_child_nodes(node)

    def _is_own(self, names: list[str], file: SourceFile) -> bool:
        if names[0] not in file.imports:
            return False
        dotted = ".".join((file.imports[names[0]], *names[1:]))
        if self._sources.is_suite_code(file.imports[names[0]], file.path):
            return True  # and who knows where that leads
        if any(f"{dotted}.".startswith(f"{target}.") for target in self._doubled):
            return False
        return self._sources.is_first_party(dotted) or dotted.partition(".")[0] not in _OF_NOBODY

    def _follow(self, names: list[str], file: SourceFile) -> None:
        """To what the module binds the name to, or the test's class and its bases the attribute."""
        name = names[0]
        for value, statement in file.module.assignments.get(name, ()):
            self.add(file.path, value)
            for one in statement.ancestors()[:1]:
                self.add(file.path, one.node)
        if name in file.top_level:
            self.add(file.path, file.top_level[name].node)
        if name in file.classes_by_name:
            self.add(file.path, file.classes_by_name[name].node)
        if name in {"self", "cls"} and len(names) > 1:
            for klass in self._family:
                if names[1] in klass.methods:
                    self.add(klass.path, klass.methods[names[1]].node)
                for statement in klass.body:
                    for bound, value in bindings(statement.node):
                        if bound == names[1]:
                            self.add(klass.path, value)
