"""Where the names in a function's body lead: helpers, classes, tables of functions, fixtures, set-up and tear-down.

Only the suite's own code is followed, and what the project keeps for tests beside its packages (`shop.testing`). What
the product's code does inside is its own affair: an `assert` in there is no check of a test.
"""

from __future__ import annotations

import ast
import builtins
import re
from typing import TYPE_CHECKING, Literal, TypeAlias

from testaudit.source.expressions import own_expressions
from testaudit.source.fixtures import find_fixture, fixture_closure, set_ups, tear_downs
from testaudit.source.index import Class, Function, chain, terminal
from testaudit.source.project import enclosing_class
from testaudit.source.wording import word_set, words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from testaudit.source.files import SourceFile
    from testaudit.source.fixtures import Fixture
    from testaudit.source.project import Sources

Mode: TypeAlias = Literal["", "before"]
"""How a function takes part in a test. `before`: it prepares, and what it checks while it does so is no check of the
test; what it checks after its `yield`, and what it hands out, is."""
Key: TypeAlias = tuple[str, str, str, Mode]
"""Path, qualified name and line of a function, and how it takes part: it stays when the file's tree is dropped."""

_TESTING = word_set(
    "test tests testing testlib testutil testutils unittest conftest pytest pytester pytestplugin fixtures"
)
_SAYS_CHECK = re.compile(r"assert|check|verif|expect|compar", re.IGNORECASE)
_LEAVES = frozenset({"__exit__", "__aexit__", "__del__"})
_PREPARES = re.compile(r"_?(set_?up|before|prepare)", re.IGNORECASE)
_TIDIES = re.compile(r"_?(tear_?down|after|finish|finali[sz]e)", re.IGNORECASE)
_BUILDS = frozenset({"__init__", "__new__", "__post_init__", "__enter__", "__aenter__"})
MAX_DEPTH = 6
"""Of variables that hold variables."""
_BUILT_IN = frozenset(dir(builtins))
_HARMLESS_BASES = re.compile(r"TestCase$|^object$|^ABC$|^Generic$|^Protocol$")


def key_of(function: Function, mode: Mode = "") -> Key:
    """The function's key."""
    return function.path, function.qualname, str(function.line), mode


def function_at(sources: Sources, key: Key) -> Function | None:
    """The function with this key."""
    file = sources.file(key[0])
    if file is None:
        return None
    return next(
        (known for known in file.functions if known.qualname == key[1] and str(known.line) == key[2]),
        None,
    )


def bodies(function: Function) -> list[Function]:
    """It, its lambdas, and the nested functions and methods that it makes use of.

    A nested function that is neither named nor decorated never runs, whatever stands in it.
    """
    if not function.nested:
        return [function]
    named = _mentioned_names(function)
    found, todo = [], [function]
    while todo:
        current = todo.pop()
        found.append(current)
        todo += [
            nested
            for nested in current.nested
            if isinstance(nested.node, ast.Lambda)
            or nested.owner is not None
            or nested.decorators
            or nested.name in named
        ]
    return found


def _mentioned_names(function: Function) -> set[str]:
    return {
        node.id
        for body in function.inside
        for statement in body.statements
        for node in own_expressions(statement.node)
        if isinstance(node, ast.Name)
    }


def prepares(function: Function, line: int, mode: Mode) -> bool:
    """Whether what stands at this line of the function's own body only prepares the test."""
    if mode == "before" and function.yields:
        return line <= function.yields[0].line
    return mode != ""


def led_to(sources: Sources, function: Function, mode: Mode) -> tuple[list[Key], list[str]]:
    """The functions that a body's names lead to, and the names that lead where it cannot be followed."""
    file = sources.file(function.path)
    if file is None:
        return [], []
    trail = _Trail(sources, file)
    for body in bodies(function):
        for statement in body.statements:
            early = body is function and prepares(body, statement.line, mode)
            trail.follow(statement.node, body, mode if early else "")
        if not isinstance(body.node, ast.Lambda | ast.Module):
            for node in (*body.decorators, *body.node.args.defaults, *filter(None, body.node.args.kw_defaults)):
                trail.follow(node, body.outer or body, "")
    return trail.found, trail.unknown


class _Trail:
    """Resolves the names of one body."""

    def __init__(self, sources: Sources, file: SourceFile) -> None:
        self._sources = sources
        self._file = file
        self._seen: set[tuple[str, Mode]] = set()
        self._mode: Mode = ""
        self.found: list[Key] = []
        self.unknown: list[str] = []

    def follow(self, node: ast.AST, function: Function, mode: Mode) -> None:
        """Follow every name and attribute chain in a statement or expression.

        What a preparing statement calls prepares, too; what it only names may run later.
        """
        expressions = list(own_expressions(node))
        called = {id(expression.func) for expression in expressions if isinstance(expression, ast.Call)} if mode else ()
        for expression in expressions:
            if isinstance(expression, ast.Name | ast.Attribute):
                self._mode = mode if id(expression) in called else ""
                names = chain(expression)
                if names:
                    self._chain(names, function)
                elif isinstance(expression, ast.Attribute):
                    self._super(expression, function)
            elif isinstance(expression, ast.Call):
                self._mode = mode
                self._dynamic(expression, function)

    def _chain(self, names: list[str], function: Function) -> None:
        head = names[0]
        whole = ".".join(names[:3])
        if (whole, self._mode) in self._seen:
            return
        self._seen.add((whole, self._mode))
        if head in {"self", "cls"}:
            if len(names) > 1:
                self._method(names[1], function)
            return
        if len(names) == 1 and head in _BUILT_IN:
            return
        if _is_local(head, function, self._file):
            return
        self._resolve(self._file.path, names, 0)

    def _method(self, name: str, function: Function) -> None:
        owner = enclosing_class(function)
        if owner is None:
            return
        found = self._sources.find_method(owner, name)
        if found is not None:
            self.found.append(key_of(found, self._mode))
            return
        family = self._sources.family(owner)
        for ancestor in family:
            for statement in ancestor.body:
                if isinstance(statement.node, ast.Assign | ast.AnnAssign) and name in _assigned(statement.node):
                    self.follow(statement.node, self._file.module if ancestor.path == self._file.path else function, "")
                    return
        if not name.startswith("__") and has_foreign_base(self._sources, owner):
            self.unknown.append(f"self.{name}")

    def _super(self, expression: ast.Attribute, function: Function) -> None:
        if not (isinstance(expression.value, ast.Call) and terminal(expression.value) == "super"):
            return
        owner = enclosing_class(function)
        if owner is None:
            return
        for ancestor in self._sources.family(owner)[1:]:
            if expression.attr in ancestor.methods:
                self.found.append(key_of(ancestor.methods[expression.attr], self._mode))
                return
        if expression.attr.startswith("test"):
            self.unknown.append(f"super().{expression.attr}")

    def _dynamic(self, call: ast.Call, function: Function) -> None:
        """`getattr(self, name)(...)`."""
        if isinstance(call.func, ast.Call) and terminal(call.func) in {"getattr", "globals"}:
            target = call.func.args[0] if call.func.args else None
            if target is None or (isinstance(target, ast.Name) and target.id in {"self", "cls"}):
                self.unknown.append("getattr")
        if terminal(call) == "getfixturevalue" and call.args:
            name = call.args[0]
            if isinstance(name, ast.Constant) and isinstance(name.value, str):
                fixture = find_fixture(self._sources, name.value, function)
                if fixture is not None:
                    self.found.append(key_of(fixture.function, "before"))

    def _resolve(self, path: str, names: list[str], depth: int) -> None:
        """What a dotted name means in a file: a function, a class, or a variable that holds some."""
        file = self._sources.file(path)
        if file is None or depth > MAX_DEPTH:
            return
        origin = file.imports.get(names[0])
        if origin is not None and not self._leads_to_tests([*origin.split("."), *names[1:]], path):
            return
        found = None
        for length in range(len(names), 0, -1):
            found = self._sources.find(path, ".".join(names[:length]))
            if found is not None:
                break
        if found is not None:
            self.found += [
                key_of(function, self._mode if function is found or function.name in _BUILDS else "")
                for function in ([found] if isinstance(found, Function) else _methods(self._sources, found))
                if is_test_code(self._sources, function.path)
            ]
        elif origin is None:
            self._variable(file, names[0], depth)
        else:
            self._imported_variable(path, [*origin.split("."), *names[1:]], depth)

    def _leads_to_tests(self, parts: list[str], near: str) -> bool:
        """Whether an imported name is one to follow. Asked of file names alone: nothing is parsed for it."""
        for length in range(len(parts), 0, -1):
            module = self._sources.module_path(".".join(parts[:length]), near)
            if module is not None:
                return is_test_code(self._sources, module)
        return is_testing(".".join(parts))

    def _variable(self, file: SourceFile, name: str, depth: int) -> None:
        for value, _ in file.module.assignments.get(name, ())[:4]:
            for expression in own_expressions(value):
                names = chain(expression) if isinstance(expression, ast.Name | ast.Attribute) else []
                if names and names[0] != name and (f"{file.path}:{'.'.join(names)}", self._mode) not in self._seen:
                    self._seen.add((f"{file.path}:{'.'.join(names)}", self._mode))
                    self._resolve(file.path, names, depth + 1)

    def _imported_variable(self, path: str, parts: list[str], depth: int) -> None:
        for length in range(len(parts) - 1, 0, -1):
            module = self._sources.module_path(".".join(parts[:length]), path)
            if module is not None:
                if module != path:
                    self._resolve(module, parts[length:], depth + 1)
                return
        if self._sources.is_first_party(parts[0]) or parts[0] in {"tests", "test", "testing", "helpers", "conftest"}:
            self.unknown.append(".".join(parts))


def _assigned(node: ast.Assign | ast.AnnAssign) -> list[str]:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    return [target.id for target in targets if isinstance(target, ast.Name)]


def _is_local(name: str, function: Function, file: SourceFile) -> bool:
    at: Function | None = function
    while at is not None and at is not file.module:
        if name in at.local_names:
            return True
        at = at.outer
    return False


def _methods(sources: Sources, klass: Class) -> Iterator[Function]:
    """The methods of a class and its bases that something may run; not the tests among them.

    Of a class that the project ships for others' tests (a test client), only those that say that they check: its
    other assertions guard its own inside.
    """
    for ancestor in sources.family(klass):
        ours = sources.is_suite_file(ancestor.path) or _SAYS_CHECK.search(ancestor.name) is not None
        for method in ancestor.methods.values():
            if method.name.startswith("test") and sources.is_test_class(ancestor):
                continue
            if ours or method.name in _LEAVES or _SAYS_CHECK.search(method.name):
                yield method


def is_testing(path: str) -> bool:
    """Whether a path or dotted name says that it is there for tests: `shop/testing.py`."""
    return any(not _TESTING.isdisjoint(words(part)) for part in re.split(r"[./]", path))


def is_test_code(sources: Sources, path: str) -> bool:
    """Whether a file belongs to the tests: a test module, a conftest, a helper among them, or the project's testing."""
    key = ("test_code", path)
    memo = sources._memo  # noqa: SLF001 - one family, one memory
    if key not in memo:
        folder = path.rpartition("/")[0]
        memo[key] = (
            is_testing(path)
            or path in sources.conftests
            or (sources.is_suite_file(path) and _holds_tests(sources, path))
            or (path in sources.helpers and any(test.rpartition("/")[0] == folder for test in sources.tests))
        )
    return bool(memo[key])


def _holds_tests(sources: Sources, path: str) -> bool:
    """A name alone says little: there are suites that collect every file (`python_files = *.py`)."""
    file = sources.file(path) if path in sources.tests else None
    return file is not None and "def test" in file.text


def has_foreign_base(sources: Sources, klass: Class) -> bool:
    """Whether a base of the class is nobody's that we know: its methods may check."""
    return any(
        not _HARMLESS_BASES.search(terminal(base)) and sources.find_class(ancestor.path, ".".join(chain(base))) is None
        for ancestor in sources.family(klass)
        for base in ancestor.node.bases
        if not isinstance(base, ast.Subscript)
    )


def surroundings(sources: Sources, test: Function) -> list[Key]:
    """What runs around a test: its fixtures, set-up and tear-down."""
    found = [
        key_of(fixture.function, "before")
        for fixture in fixture_closure(sources, test).values()
        if fixture is not None and not _is_guard(fixture, test)
    ]
    found += [key_of(function, "before") for function in set_ups(sources, test)]
    found += [key_of(function) for function in tear_downs(sources, test)]
    owner = enclosing_class(test)
    if owner is not None:
        # Frameworks of a project's own have their own names for these.
        methods = [method for ancestor in sources.family(owner) for method in ancestor.methods.values()]
        found += [key_of(method, "before") for method in methods if _PREPARES.match(method.name)]
        found += [key_of(method) for method in methods if _TIDIES.match(method.name)]
    return found


def _is_guard(fixture: Fixture, test: Function) -> bool:
    """An autouse fixture of a conftest: the same for every test, what it checks says nothing about this one."""
    return (
        fixture.autouse
        and fixture.function.path.rpartition("/")[2] == "conftest.py"
        and fixture.name not in test.parameters
    )


def foreign_fixtures(sources: Sources, test: Function) -> list[str]:
    """The fixtures that a test uses and the project does not define."""
    return [name for name, fixture in fixture_closure(sources, test).items() if fixture is None]
