"""Which calls make a coroutine: the project's `async def`, found by name, by `self` or by the class of an object."""

from __future__ import annotations

import ast
import re
import sys
from typing import TYPE_CHECKING

from testaudit.source.comparisons import value_before
from testaudit.source.fixtures import find_fixture
from testaudit.source.index import Class, Function, Statement, chain, terminal
from testaudit.source.wording import word_set

if TYPE_CHECKING:
    from testaudit.source.files import SourceFile
    from testaudit.source.project import Sources

_LIBRARY = word_set("asyncio.sleep asyncio.wait_for asyncio.wait asyncio.to_thread anyio.sleep trio.sleep curio.sleep")
_SLEEPS = frozenset({"sleep"})
_TRANSPARENT = word_set("staticmethod classmethod override abstractmethod final overload")
"""Decorators that leave a coroutine function one; what any other does to it is not known."""


def likely_coroutines(file: SourceFile) -> frozenset[str]:
    """Last names of what a file awaits or defines with `async def`: the rest is not worth following."""
    names = {terminal(value) for value in file.awaited if isinstance(value, ast.Call)}
    names |= {function.name for function in file.functions if function.is_async}
    return frozenset(names - {""}) | (_SLEEPS if "sleep" in file.text else frozenset())


def is_from_elsewhere(call: ast.Call, file: SourceFile, sources: Sources) -> bool:
    """Whether a call's root is imported from the project: then its definition is worth looking up."""
    names = chain(call.func)
    if not names or len(names) > 2 or names[-1][:1].isupper():
        return False
    dotted = file.imports.get(names[0], "")
    return bool(dotted) and (sources.is_first_party(dotted) or sources.is_suite_code(dotted, file.path))


def coroutine(call: ast.Call, statement: Statement, file: SourceFile, sources: Sources) -> str:
    """The name of the coroutine function that a call runs, with its place; empty where it is none, or not surely."""
    dotted = file.dotted(call.func, statement.function)
    if dotted in _LIBRARY:
        return f"{dotted}()"
    names = chain(call.func)
    if not names or _is_of_the_library(names[0], file):
        return ""
    if names[0] in file.imports and not _may_be_one(names, file, sources):
        return ""
    found = sources.called(call, statement.function)
    if found is None and len(names) == 2 and names[0] not in {"self", "cls"}:
        klass = _class_of(names[0], statement, file, sources)
        found = sources.find_method(klass, names[1]) if klass is not None else None
    if found is None or not found.is_async or found.yields or not _is_plain(found):
        return ""
    return f"async def {found.qualname} ({found.path}:{found.line})"


def _may_be_one(names: list[str], file: SourceFile, sources: Sources) -> bool:
    """Whether an imported name may be a coroutine function, by the text of its module: most are not, unparsed."""
    parts = [*file.imports[names[0]].split("."), *names[1:]]
    for length in range(len(parts) - 1, 0, -1):
        path = sources.module_path(".".join(parts[:length]), file.path)
        if path is not None:
            memo = sources._memo  # noqa: SLF001 - one family, one memory
            key = ("may be async", path, parts[-1])
            if key not in memo:
                memo[key] = _stands_in(sources.store.text(path), parts[-1])
            return bool(memo[key])
    return False


def _stands_in(text: str, name: str) -> bool:
    """Whether a module defines the coroutine function, or may take it from another module."""
    if f"async def {name}" in text:
        return True
    return name in text and re.search(rf"^[ \t]*(?:def|class) {name}\b|^{name}\b", text, re.MULTILINE) is None


def _is_of_the_library(name: str, file: SourceFile) -> bool:
    """Whether a name is imported from the standard library, whatever the project calls its own modules."""
    return file.imports.get(name, "").partition(".")[0] in sys.stdlib_module_names


def _is_plain(function: Function) -> bool:
    """Nothing wraps it: then calling it makes a coroutine and nothing else."""
    if any(chain(decorator)[-1:] not in [[name] for name in _TRANSPARENT] for decorator in function.decorators):
        return False
    if function.home is None:
        return True
    # A second definition under another condition may be the one that is called.
    twins = [
        statement
        for statement in function.home.function.statements
        if isinstance(statement.node, ast.FunctionDef | ast.AsyncFunctionDef)
        and statement.node.name == function.name
        and (statement.parent.node if statement.parent else None)
        is (function.home.parent.node if function.home.parent else None)
    ]
    return len(twins) == 1 and not (
        function.home.parent is not None and isinstance(function.home.parent.node, ast.If | ast.Try)
    )


def _class_of(name: str, statement: Statement, file: SourceFile, sources: Sources) -> Class | None:
    """The project's class of the object that a name holds: made here, annotated, or handed out by a fixture."""
    bound = value_before(name, statement)
    if bound is not None:
        return _made(bound[0], file.path, sources) if isinstance(bound[1].node, ast.Assign | ast.AnnAssign) else None
    function: Function | None = statement.function
    while function is not None and function.outer is not None:
        if name in function.local_names and name not in function.parameters:
            return None
        if name in function.parameters:
            return _annotated(name, function, sources) or _handed_out(name, function, sources)
        function = function.outer
    return None


def _made(value: ast.AST | None, path: str, sources: Sources) -> Class | None:
    if not isinstance(value, ast.Call):
        return None
    return sources.find_class(path, ".".join(chain(value.func)))


def _annotated(name: str, function: Function, sources: Sources) -> Class | None:
    if isinstance(function.node, ast.Module | ast.Lambda):
        return None
    arguments = function.node.args
    for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
        if argument.arg == name and argument.annotation is not None:
            return sources.find_class(function.path, ".".join(chain(argument.annotation)))
    return None


def _handed_out(name: str, function: Function, sources: Sources) -> Class | None:
    """The class of what a fixture returns or yields, where that is one object that it makes itself."""
    fixture = find_fixture(sources, name, function)
    if fixture is None:
        return None
    values = []
    for statement in fixture.function.statements:
        node = statement.node
        if isinstance(node, ast.Return):
            values.append((node.value, statement))
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Yield):
            values.append((node.value.value, statement))
    if len(values) != 1:
        return None
    value, statement = values[0]
    if isinstance(value, ast.Name):
        bound = value_before(value.id, statement)
        value = bound[0] if bound is not None and isinstance(bound[1].node, ast.Assign) else None
    return _made(value, fixture.function.path, sources)
