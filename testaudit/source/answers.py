"""What a test tells its doubles to answer, where that makes them more than canned: code, or the real thing."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from testaudit.source.index import chain
from testaudit.source.patches import makes_mock
from testaudit.source.targets import target_of

if TYPE_CHECKING:
    from testaudit.source.files import SourceFile
    from testaudit.source.index import Function
    from testaudit.source.project import Sources


def behaving(test: Function, file: SourceFile) -> frozenset[str]:
    """The doubles that a function answers for: `m.side_effect = answer`, `m = Mock(side_effect=answer)`."""
    nested = frozenset(inner.name for inner in test.nested)
    found = set()
    for target, statement in test.writes:
        node = statement.node
        if not isinstance(target, ast.Attribute) or target.attr != "side_effect" or not isinstance(node, ast.Assign):
            continue
        if _is_code(node.value, nested, file):
            found.add(".".join(chain(target.value)))
    for name, values in test.assignments.items():
        value = values[-1][0]
        if isinstance(value, ast.Call) and makes_mock(value, file, test):
            given = (word.value for word in value.keywords if word.arg == "side_effect")
            if any(_is_code(effect, nested, file) for effect in given):
                found.add(name)
    return frozenset(found)


def _is_code(value: ast.expr, nested: frozenset[str], file: SourceFile) -> bool:
    """A lambda, a method, a function of the test, of its file or imported; no exception and no list of answers."""
    if isinstance(value, ast.Lambda) or (isinstance(value, ast.Attribute) and not value.attr[:1].isupper()):
        return True
    if not isinstance(value, ast.Name):
        return False
    return value.id in nested or value.id in file.top_level or (value.id in file.imports and value.id.islower())


def hands_on(name: str, origin: str, test: Function, file: SourceFile, sources: Sources) -> bool:
    """Whether a double answers with the real thing: the test's own session, or what the replaced function made.

    Args:
        name: how the test reaches the double.
        origin: what the double replaces, by where that is defined.
        test: the test.
        file: its file.
        sources: the suite.

    """
    for target, statement in test.writes:
        node = statement.node
        if not isinstance(target, ast.Attribute) or not isinstance(node, ast.Assign):
            continue
        names = chain(target)
        reached = ".".join(names)
        if names[-1:] != ["return_value"] or not reached.startswith(f"{name}.return_value"):
            continue
        if not isinstance(node.value, ast.Name):
            continue
        given = node.value.id
        if not {"__enter__", "__aenter__"}.isdisjoint(names) and given in test.parameters:
            return True
        for value, _ in test.assignments.get(given, ()):
            if isinstance(value, ast.Call) and isinstance(value.func, ast.Name):
                # Imported under another name, in the test itself mostly: its own is replaced there.
                maker = file.imports.get(value.func.id, "")
                if maker and target_of(sources, maker, test.path).origin == origin:
                    return True
    return False
