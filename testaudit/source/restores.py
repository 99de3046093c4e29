"""Is what a test changes put back? For all that outlives a test: the environment, the process, modules, files.

A rule finds the changes (`Change`) and says how one talks of what they change (`State`). The answers are found here,
in one place: `finally`, code after `yield`, finalizers, patches, context managers (the project's own as well), helpers,
decorators, fixtures, set-ups and tear-downs of the class, its bases and the module, hooks of the conftest files, a
second change of the same thing.

In doubt it is put back: who puts things back in a way that is not understood here must not be accused.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from testaudit.source.fixtures import fixture_closure, fixture_files, fixture_of, set_ups, tear_downs
from testaudit.source.index import Class, Function, Statement, chain, terminal
from testaudit.source.vocabulary import marks_of
from testaudit.source.wording import word_set

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from testaudit.source.fixtures import Fixture
    from testaudit.source.project import Sources

SET_UPS = word_set("setUp asyncSetUp setUpClass setUpModule setup setup_method setup_class setup_module setup_function")
FINALIZERS = word_set(
    """
    addfinalizer addCleanup addAsyncCleanup addClassCleanup addModuleCleanup enterContext enterClassContext
    enterModuleContext enterAsyncContext callback push_async_callback enter_context enter_async_context add_cleanup
    add_finalizer add_callback
    """
)
"""Calls that name what is to run at the end."""

PATCHES = word_set(
    """
    setenv delenv setattr delattr setitem delitem chdir syspath_prepend patch object dict multiple context swap spy
    stub
    """
)
"""Last names of calls of `monkeypatch`, `mock.patch` and `mocker`: they put back what they change."""

_APART = re.compile(r"fork|subprocess|isolat|boxed|in_process|new_process", re.IGNORECASE)
_GIVES_BACK = re.compile(
    r"restor|reset|undo|revert|clean|tear_?down|put_back|rollback|roll_back|unpatch", re.IGNORECASE
)
"""What people call a helper that puts something back."""

_HOOKS = ("pytest_runtest_setup", "pytest_runtest_call", "pytest_runtest_teardown", "pytest_runtest_protocol")
_DEPTH = 2
"""So many helpers deep a call is followed."""


@dataclass(frozen=True, slots=True)
class State:
    """Something that outlives a test, and how one recognises code that deals with it."""

    mentions: re.Pattern[str]
    """Source text in which this is found deals with the state."""
    names: re.Pattern[str]
    """A fixture, decorator or context manager that is not the project's own puts it back when its name says so."""

    def in_text(self, text: str) -> bool:
        """Whether some source text deals with it."""
        return self.mentions.search(text) is not None

    def in_name(self, name: str) -> bool:
        """Whether a name says that it is put back."""
        return bool(name) and self.names.search(name) is not None


@dataclass(frozen=True, slots=True, eq=False)
class Change:
    """One write to such a state."""

    node: ast.expr
    """The target that is written, or the call that changes."""
    statement: Statement
    how: str
    """As people read it: `os.environ['DEBUG']`."""
    key: str
    """What it changes: another change with the same key in one function counts as putting it back."""
    adds: bool = False
    """It only adds something, as `append` does: it puts back nothing that another one added."""

    @property
    def line(self) -> int:
        """Where it stands."""
        return self.node.lineno

    @property
    def function(self) -> Function:
        """The function whose statement it is."""
        return self.statement.function


def outlives(function: Function, sources: Sources) -> bool:
    """Whether a change in this function would reach other tests: in a test, a set-up, or a fixture below the session.

    What a session's fixture or a module sets is the suite's configuration. Nested functions play a part in a test:
    nobody knows when they run.
    """
    fixture = fixture_of(function)
    if fixture is not None:
        return fixture.scope in {"function", "class", "module"} and not _runs_apart(function)
    if function.outer is None or function.outer.outer is not None or _runs_apart(function):
        return False
    if sources.is_test(function):
        return True
    if function.name not in SET_UPS:
        return False
    return function.owner is None or sources.is_test_class(function.owner)


def _runs_apart(function: Function) -> bool:
    """In a process of its own: nothing there outlives it."""
    return any(_APART.search(terminal(decorator)) for decorator in function.decorators)


def left_changed(changes: Sequence[Change], state: State, sources: Sources) -> list[Change]:
    """Those of one function's changes that nothing puts back, in their order."""
    if not changes:
        return []
    function = changes[0].function
    open_ones = [change for change in changes if not put_back_inside(change, changes, state, sources)]
    if not open_ones or put_back_around(function, state, sources):
        return []
    return open_ones


# ---------------------------------------------------------------- in the function itself


def put_back_inside(change: Change, changes: Sequence[Change], state: State, sources: Sources) -> bool:
    """Whether the function that makes a change also undoes it."""
    function = change.function
    if _is_saved(change, state) or any(
        other.key == change.key and other is not change and not (other.adds and change.adds) for other in changes
    ):
        return True
    if change.statement.block == "finalbody":
        return True
    for around in change.statement.ancestors():
        node = around.node
        if around.block == "finalbody":
            return True
        if isinstance(node, ast.With | ast.AsyncWith) and any(
            _manager_restores(item.context_expr, function, state, sources) for item in node.items
        ):
            return True
    return any(
        _region_restores(first, last, function, state, sources) for first, last in ending_regions(function, change.line)
    ) or any(call is not change.node for call in _restoring_calls(function, state, sources))


def _restoring_calls(function: Function, state: State, sources: Sources) -> list[ast.Call]:
    """The first two calls that put the state back: one of them may be the change that is asked about."""
    key = ("restoring", function, state)
    if key not in sources.held:
        restoring = (call for call, _ in function.calls if _call_restores(call, function, state, sources))
        sources.held[key] = list(islice(restoring, 2))
    known: list[ast.Call] = sources.held[key]
    return known


def _is_saved(change: Change, state: State) -> bool:
    """What is written was read from there before: this change is the putting back, of what the code under test did."""
    node = change.node
    value = node.args[-1] if isinstance(node, ast.Call) and node.args else getattr(change.statement.node, "value", None)
    if not isinstance(value, ast.Name):
        return False
    read = [words_in(made) for made, _ in change.function.assignments.get(value.id, ())]
    literal = change.key.strip("'") if change.key.startswith("'") else ""
    return any(state.in_text(text) and literal in text for text in read)


def ending_regions(function: Function, line: int) -> Iterator[tuple[int, int]]:
    """Lines that run at the end whatever happens: `finally` below the given line, and what follows a fixture's `yield`.

    The header of a `with` around the `yield` counts (its manager ends there), and so does a nested function that a
    finalizer decorates.
    """
    for nested in function.nested:
        if any(terminal(decorator) in FINALIZERS for decorator in nested.decorators):
            yield nested.line, nested.end_line
    for statement in function.statements:
        node = statement.node
        final = getattr(node, "finalbody", None)
        if final and final[0].lineno >= line:
            yield final[0].lineno, statement.end_line
    if function.yields:
        first = function.yields[0]
        yield first.line + 1, function.end_line
        for around in first.ancestors():
            if isinstance(around.node, ast.With | ast.AsyncWith):
                yield around.line, around.node.body[0].lineno - 1


def _region_restores(first: int, last: int, function: Function, state: State, sources: Sources) -> bool:
    if last < first:
        return False
    file = sources.file(function.path)
    if file is None or state.in_text(file.lines_of(first, last)):
        return True
    return any(
        _restoring_call(call, within, state, sources)
        for within in function.inside
        for call, _ in within.calls
        if first <= call.lineno <= last
    )


def _restoring_call(call: ast.Call, function: Function, state: State, sources: Sources) -> bool:
    """A call of something that says that it puts back, or of a helper that deals with the state."""
    name = terminal(call)
    if name in {"reset_mock", "rmtree"}:
        return False
    return _GIVES_BACK.search(name) is not None or helper_deals_with(call, function, state, sources)


def _call_restores(call: ast.Call, function: Function, state: State, sources: Sources) -> bool:
    """A finalizer, a patch of the very thing, or a helper that deals with it."""
    name = terminal(call)
    if name in FINALIZERS:
        return finalizer_restores(call, function, state, sources)
    if name in PATCHES:
        return state.in_text(words_in(call))
    return helper_deals_with(call, function, state, sources)


def finalizer_restores(call: ast.Call, function: Function, state: State, sources: Sources) -> bool:
    """Whether what `addfinalizer`, `addCleanup`, `callback`, `enter_context` are handed puts the state back."""
    if state.in_text(words_in(call)):
        return True
    for argument in call.args:
        if _GIVES_BACK.search(terminal(argument)):
            return True
        if isinstance(argument, ast.Call) and _manager_restores(argument, function, state, sources):
            return True
        target = named_function(argument, function, sources)
        if target is not None and deals_with(target, state, sources):
            return True
    return False


def _manager_restores(expression: ast.expr, function: Function, state: State, sources: Sources) -> bool:
    """Whether a `with` item puts the state back: it says so, or the project's own class or generator does."""
    if state.in_name(terminal(expression)) or state.in_text(words_in(expression)):
        return True
    if isinstance(expression, ast.Name):
        made = function.assignments.get(expression.id, [])
        return any(
            isinstance(value, ast.Call) and _manager_restores(value, function, state, sources) for value, _ in made
        )
    if not isinstance(expression, ast.Call):
        return False
    if _GIVES_BACK.search(terminal(expression)):
        return True
    target = sources.find(function.path, ".".join(chain(expression.func)))
    if isinstance(target, Class):
        return any(
            method.name in {"__init__", "__enter__", "__exit__", "__aenter__", "__aexit__"}
            and deals_with(method, state, sources)
            for klass in sources.family(target)
            for method in klass.methods.values()
        )
    helper = sources.called(expression, function)
    return helper is not None and deals_with(helper, state, sources)


# ---------------------------------------------------------------- around it


def put_back_around(function: Function, state: State, sources: Sources) -> bool:
    """Whether decorators, fixtures, set-ups, tear-downs or conftest hooks around a function put the state back."""
    return (
        _decorators_restore(function, state, sources)
        or any(deals_with(other, state, sources) for other in _xunit_around(function, sources))
        or any(_fixture_restores(name, fixture, state, sources) for name, fixture in _fixtures(function, sources))
        or any(deals_with(hook, state, sources) for hook in _hooks(function, sources))
    )


def _decorators_restore(function: Function, state: State, sources: Sources) -> bool:
    for mark in marks_of(function, sources):
        name = terminal(mark)
        if name in {"parametrize", "fixture", "skip", "skipif", "skipIf", "skipUnless", "usefixtures", "xfail"}:
            continue
        if state.in_name(name) or state.in_text(words_in(mark)):
            return True
        target = named_function(mark.func if isinstance(mark, ast.Call) else mark, function, sources)
        if target is not None and deals_with(target, state, sources):
            return True
    return False


def _xunit_around(function: Function, sources: Sources) -> list[Function]:
    return [other for other in (*tear_downs(sources, function), *set_ups(sources, function)) if other is not function]


def _fixtures(function: Function, sources: Sources) -> list[tuple[str, Fixture | None]]:
    return [
        (name, fixture)
        for name, fixture in fixture_closure(sources, function).items()
        if fixture is None or fixture.function is not function
    ]


def _fixture_restores(name: str, fixture: Fixture | None, state: State, sources: Sources) -> bool:
    """A fixture that has an end, or that runs before every test, and deals with the state."""
    if fixture is None:
        return state.in_name(name)
    made = fixture.function
    has_end = made.yields or any(terminal(call) in FINALIZERS or terminal(call) in PATCHES for call, _ in made.calls)
    before_each = fixture.autouse and fixture.scope == "function"
    return bool(has_end or before_each) and deals_with(made, state, sources)


def _hooks(function: Function, sources: Sources) -> Iterator[Function]:
    for path in fixture_files(sources, function.path):
        file = sources.file(path)
        if file is not None and file.says("pytest_runtest"):
            yield from (file.top_level[name] for name in _HOOKS if name in file.top_level)


# ---------------------------------------------------------------- following helpers


def deals_with(function: Function, state: State, sources: Sources, depth: int = _DEPTH) -> bool:
    """Whether a function's text, or a helper of the suite that it calls, deals with the state."""
    seen: set[Function] = set()
    todo = [(function, depth)]
    while todo:
        current, left = todo.pop()
        if current in seen:
            continue
        seen.add(current)
        file = sources.file(current.path)
        if file is None or state.in_text(file.lines_of(current.line, current.end_line)):
            return True
        if left:
            todo += [
                (helper, left - 1)
                for within in current.inside
                for call, _ in within.calls
                for helper in [_suite_helper(call, within, sources)]
                if helper is not None
            ]
    return False


def helper_deals_with(call: ast.Call, function: Function, state: State, sources: Sources) -> bool:
    """Whether a call runs a helper of the suite that deals with the state."""
    helper = _suite_helper(call, function, sources)
    return helper is not None and deals_with(helper, state, sources, _DEPTH - 1)


def _suite_helper(call: ast.Call, function: Function, sources: Sources) -> Function | None:
    """What a call runs, where the suite itself defines it: what the project's own code does is what is tested."""
    names = chain(call.func)
    if not names:
        return None
    if names[0] not in {"self", "cls"}:
        file = sources.file(function.path)
        origin = file.imports.get(names[0]) if file is not None else None
        if origin is not None and not sources.is_suite_code(origin, function.path):
            return None
    helper = sources.called(call, function)
    return helper if helper is not None and sources.is_suite_file(helper.path) else None


def named_function(expression: ast.expr, function: Function, sources: Sources) -> Function | None:
    """The function that a name or `self.name` means, without a call: what a finalizer or decorator is handed."""
    if not chain(expression):
        return None
    call = ast.copy_location(ast.Call(expression, [], []), expression)
    return sources.called(call, function)


def words_in(expression: ast.AST) -> str:
    """The names and texts of one expression, joined: dotted names stay together."""
    found = []
    for node in ast.walk(expression):
        if isinstance(node, ast.Attribute | ast.Name):
            names = chain(node)
            found.append(".".join(names) if names else terminal(node))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            found.append(node.value)
    return " ".join(found)
