"""What pytest would collect: functions and classes by the project's patterns, `__test__`, and its own hook."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from testaudit.source.index import Class, Function, bindings, chain, terminal

if TYPE_CHECKING:
    from testaudit.source.files import SourceFile
    from testaudit.source.project import Sources

_GIVE_INIT = frozenset({"dataclass", "define", "frozen", "mutable", "attrs", "s"})
_HAVE_NEW = frozenset({"Enum", "IntEnum", "StrEnum", "Flag", "IntFlag", "NamedTuple", "TypedDict", "Protocol"})
_FIXTURES = frozenset({"fixture", "yield_fixture"})
_HOOK = "pytest_pycollect_makeitem"


def is_fixture(function: Function) -> bool:
    """Whether the function is a pytest fixture (`pytest`'s, `pytest_asyncio`'s, any decorator named `fixture`)."""
    return any(terminal(decorator) in _FIXTURES for decorator in function.decorators)


def is_test(sources: Sources, function: Function) -> bool:
    """Whether pytest would collect the function as a test."""
    settings = sources.discovery.settings
    by_name = settings.is_test_function(function.name)
    if not by_name and not function.name.startswith("test"):
        return False  # Most functions of a suite end here.
    owner = function.owner
    if owner is None:
        at_top = function.outer is not None and function.outer.outer is None
        return at_top and by_name and not is_fixture(function) and not _is_told_off(sources, function)
    if not sources.is_test_class(owner) or is_fixture(function):
        return False
    if sources.is_test_case(owner) or _decides_itself(sources, function.path):
        return function.name.startswith("test")
    return by_name


def is_test_class(sources: Sources, klass: Class) -> bool:
    """Whether pytest would collect the class: by name, without `__init__` or `__new__`; or a `TestCase`.

    `__test__` counts as the class has it, its own or inherited: False hides it, True shows it whatever its name.
    """
    if klass.home.function.outer is not None:
        return False  # A class inside a function: what a test is about.
    if klass.owner is not None and (not sources.is_test_class(klass.owner) or sources.is_test_case(klass.owner)):
        return False
    said = _says(sources, klass)
    if said is False:
        return False
    if sources.is_test_case(klass):
        return True
    named = said or sources.discovery.settings.is_test_class(klass.name)
    if not named and _decides_itself(sources, klass.path):
        named = "Test" in klass.name and not klass.name.startswith("_") and bool(klass.node.bases)
    return named and not _has_init(sources, klass)


def _says(sources: Sources, klass: Class) -> bool | None:
    """What the nearest `__test__` of the class or its bases says."""
    for ancestor in sources.family(klass):
        for statement in ancestor.body:
            for name, value in bindings(statement.node):
                if name == "__test__" and isinstance(value, ast.Constant):
                    return bool(value.value)
    return None


def _has_init(sources: Sources, klass: Class) -> bool:
    """Whether the class has an `__init__` or `__new__`: written, inherited, or given by `dataclass` or `Enum`."""
    return any(
        "__init__" in ancestor.methods
        or "__new__" in ancestor.methods
        or any(terminal(decorator) in _GIVE_INIT for decorator in ancestor.decorators)
        or any(terminal(base) in _HAVE_NEW for base in ancestor.node.bases)
        for ancestor in sources.family(klass)
    )


def _is_told_off(sources: Sources, function: Function) -> bool:
    """`test_x.__test__ = False` in its module, or `__test__ = False` for the whole module."""
    file = sources.file(function.path)
    if file is None or not file.says("__test__"):
        return False
    if any(_is_false(value) for value, _ in file.module.assignments.get("__test__", ())):
        return True
    return any(
        chain(target) == [function.name, "__test__"]
        and isinstance(statement.node, ast.Assign)
        and _is_false(statement.node.value)
        for target, statement in file.module.writes
    )


def _is_false(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and not value.value


def _decides_itself(sources: Sources, path: str) -> bool:
    """Whether a conftest above the file decides by a hook of its own which classes are tests.

    The hook stands in the conftest, in a module that it names as plugin or imports all from, or (where the conftest
    makes modules at run time, by `exec`) in one that cannot be found.
    """
    folder = path.rpartition("/")[0]
    key = ("decides", folder)
    memo = sources._memo  # noqa: SLF001 - one family, one memory
    if key not in memo:
        conftest = f"{folder}/conftest.py" if folder else "conftest.py"
        memo[key] = (conftest in sources.conftests and _has_class_hook(sources, conftest)) or (
            bool(folder) and _decides_itself(sources, folder)
        )
    return bool(memo[key])


def _has_class_hook(sources: Sources, conftest: str) -> bool:
    sources.store.shared.add(conftest)
    file = sources.file(conftest)
    if file is None:
        return False
    if _holds_class_hook(file):
        return True
    plugins = [
        element.value
        for value, _ in file.module.assignments.get("pytest_plugins", ())
        for element in (value.elts if isinstance(value, ast.List | ast.Tuple) else [value])
        if isinstance(element, ast.Constant) and isinstance(element.value, str)
    ]
    for name in (*plugins, *file.star_imports):
        path = sources.module_path(name, conftest)
        module = sources.file(path) if path is not None else None
        if module is not None and _holds_class_hook(module):
            return True
        if path is None and name in file.star_imports and _executes(file):
            return True
    return False


def _holds_class_hook(file: SourceFile) -> bool:
    hook = file.top_level.get(_HOOK) if _HOOK in file.text else None
    return hook is not None and "isclass" in file.lines_of(hook.line, hook.end_line)


def _executes(file: SourceFile) -> bool:
    """Whether the module runs a text as code: what it imports then may not exist as a file."""
    return any(statement.function is file.module for _, statement in file.calls("exec"))
