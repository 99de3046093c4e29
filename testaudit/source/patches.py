"""What one call replaces (`patch(...)`, `mocker.patch.object(...)`, `monkeypatch.setattr(...)`) or makes (`Mock()`).

The syntax alone, one call at a time: who asks for a whole test asks `doubles.py`, who asks whose code a target is asks
`targets.py`. Names count by what they are imported as, so that `client.patch("/url")` is no patch.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

from testaudit.source.index import chain, root, terminal
from testaudit.source.wording import word_set

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from testaudit.source.files import SourceFile
    from testaudit.source.index import CallSite, Function, Statement
    from testaudit.source.project import Sources

Kind: TypeAlias = Literal["mock", "stub", "fake", "spy", "value", "unknown"]
"""What stands in the place: an object that answers anything; a lambda or a canned answer; code that the suite wrote;
the real thing, watched; a constant; cannot be told."""

MOCK_CLASSES = word_set(
    """
    Mock MagicMock AsyncMock NonCallableMock NonCallableMagicMock PropertyMock ThreadingMock CoroutineMock
    create_autospec mock_open
    """
)
_MAKERS = MOCK_CLASSES | {"stub", "async_stub", "call_recorder"}
_LIBRARIES = ("unittest.mock", "mock", "asynctest", "asyncmock", "pytest_mock", "pretend")
_ENTERS = frozenset({"enter_context", "enterContext", "enter_async_context"})
_PATCHES = ("patch", "object", "multiple", "setattr", "spy")
MENTIONS = ("mock", "Mock", "patch", "pretend")
"""A file that holds none of these makes no double."""


@dataclass(frozen=True, slots=True, eq=False)
class Patch:
    """One replacement that a call makes. Holds nodes: only to be kept as long as its file."""

    call: ast.Call
    how: str
    """As people name it: `patch`, `patch.object`, `patch.multiple`, `monkeypatch.setattr`, `mocker.spy`."""
    target: str
    """The dotted name that is replaced, aliases followed; empty where it cannot be told."""
    attribute: str
    """Its last name; empty where it cannot be told."""
    owner: ast.expr | None
    """The object whose attribute is replaced, where it is given as an expression."""
    new: ast.expr | None
    """What stands there instead; None: a mock of the library's own making."""
    injects: bool
    """As a decorator it hands its double to the test."""
    words: Mapping[str, ast.expr] = field(default_factory=dict)
    """The call's keywords."""


def speaks_of_doubles(file: SourceFile) -> bool:
    """Whether the file can make a double at all: a look at its text."""
    return file.says(*MENTIONS)


def patch_calls(file: SourceFile) -> Iterator[CallSite]:
    """The calls of a file that may replace something, in no particular order."""
    if speaks_of_doubles(file):
        yield from file.calls(*_PATCHES)


def patches_of(  # noqa: PLR0911 - one answer a syntax
    call: ast.Call, file: SourceFile, function: Function | None
) -> list[Patch]:
    """What a call replaces; empty when it replaces nothing. `patch.dict` replaces nothing: it adds and takes away."""
    names = chain(call.func)
    if not names or names[-1] not in _PATCHES:
        return []
    words = {word.arg: word.value for word in call.keywords if word.arg}
    if names[-1] == "setattr":
        return _set_attribute(call, names, words, file, function)
    if names[-1] == "spy":
        return _spy(call, names, words, file, function) if _is_mocker(names[0]) else []
    if not _is_library(names, file, function):
        return []
    if names[-1] == "patch":
        return _plain(call, words)
    if names[-2:] == ["patch", "object"]:
        return _of_object(call, words, file, function)
    return _multiple(call, words, file, function) if names[-2:] == ["patch", "multiple"] else []


def _is_mocker(name: str) -> bool:
    return name.endswith("mocker") or name.startswith("mocker")


def _is_library(names: list[str], file: SourceFile, function: Function | None) -> bool:
    """Whether `patch` is that of a mock library (or re-exported by the suite), and no HTTP verb."""
    if _is_mocker(names[0]) or (names[0] in {"self", "cls"} and len(names) > 2 and _is_mocker(names[1])):
        return True
    dotted = file.dotted(ast.Name(names[0], ast.Load()), function)
    if not dotted:
        return False
    if names[0] == "patch":
        return "patch" in file.imports
    return f"{dotted}.".startswith(tuple(f"{library}." for library in _LIBRARIES)) or (
        names[0] == "mock" and "mock" in file.imports
    )


def _plain(call: ast.Call, words: Mapping[str, ast.expr]) -> list[Patch]:
    first = call.args[0] if call.args else words.get("target")
    if first is None:
        return []
    target = first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else ""
    new = call.args[1] if len(call.args) > 1 else _given(words)
    return [Patch(call, "patch", target, target.rpartition(".")[2], None, new, new is None, words)]


def _of_object(
    call: ast.Call, words: Mapping[str, ast.expr], file: SourceFile, function: Function | None
) -> list[Patch]:
    owner = call.args[0] if call.args else words.get("target")
    named = call.args[1] if len(call.args) > 1 else words.get("attribute")
    if owner is None or named is None:
        return []
    attribute = named.value if isinstance(named, ast.Constant) and isinstance(named.value, str) else ""
    new = call.args[2] if len(call.args) > 2 else _given(words)
    target = _join(dotted_owner(owner, file, function), attribute)
    return [Patch(call, "patch.object", target, attribute, owner, new, new is None, words)]


def _multiple(
    call: ast.Call, words: Mapping[str, ast.expr], file: SourceFile, function: Function | None
) -> list[Patch]:
    first = call.args[0] if call.args else words.get("target")
    if first is None:
        return []
    literal = isinstance(first, ast.Constant) and isinstance(first.value, str)
    prefix = first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else ""
    prefix = prefix or dotted_owner(first, file, function)
    options = {"target", "spec", "create", "spec_set", "autospec", "new_callable"}
    found = []
    for name, value in words.items():
        if name not in options:
            default = chain(value)[-1:] == ["DEFAULT"]
            owner = None if literal else first
            found.append(
                Patch(call, "patch.multiple", _join(prefix, name), name, owner, None if default else value, default)
            )
    return found


def _set_attribute(
    call: ast.Call,
    names: list[str],
    words: Mapping[str, ast.expr],
    file: SourceFile,
    function: Function | None,
) -> list[Patch]:
    """`monkeypatch.setattr("a.b", new)` and `monkeypatch.setattr(a, "b", new)`; the builtin replaces for good."""
    if len(names) < 2 or not any(part in {"monkeypatch", "mp"} or "monkeypatch" in part for part in names[:-1]):
        return []
    if not call.args or any(isinstance(argument, ast.Starred) for argument in call.args):
        return []
    first = call.args[0]
    rest = list(call.args[1:])
    if isinstance(first, ast.Constant) and isinstance(first.value, str):
        new = rest[0] if rest else words.get("name") or words.get("value")
        target = first.value
        return [Patch(call, "monkeypatch.setattr", target, target.rpartition(".")[2], None, new, False, words)]
    named = rest[0] if rest else words.get("name")
    new = rest[1] if len(rest) > 1 else words.get("value")
    attribute = named.value if isinstance(named, ast.Constant) and isinstance(named.value, str) else ""
    target = _join(dotted_owner(first, file, function), attribute)
    return [Patch(call, "monkeypatch.setattr", target, attribute, first, new, False, words)]


def _spy(
    call: ast.Call,
    names: list[str],
    words: Mapping[str, ast.expr],
    file: SourceFile,
    function: Function | None,
) -> list[Patch]:
    if len(names) != 2 or len(call.args) < 2:
        return []
    owner, named = call.args[:2]
    attribute = named.value if isinstance(named, ast.Constant) and isinstance(named.value, str) else ""
    target = _join(dotted_owner(owner, file, function), attribute)
    return [Patch(call, "mocker.spy", target, attribute, owner, None, True, words)]


def _given(words: Mapping[str, ast.expr]) -> ast.expr | None:
    return words.get("new")


def _join(owner: str, attribute: str) -> str:
    return f"{owner}.{attribute}" if owner and attribute else ""


def dotted_owner(owner: ast.expr, file: SourceFile, function: Function | None) -> str:
    """The dotted name of the object that is patched; that of its class for a local object made in the function."""
    dotted = file.dotted(owner, function)
    if dotted or function is None:
        return dotted
    if isinstance(owner, ast.Name):
        made = class_of(owner.id, file, function)
        if made:
            return made
    base = root(owner)
    if isinstance(owner, ast.Attribute) and isinstance(base, ast.Name) and base.id not in {"self", "cls"}:
        made = class_of(base.id, file, function)
        names = chain(owner)
        return ".".join([made, *names[1:]]) if made and names else ""
    return ""


def class_of(name: str, file: SourceFile, function: Function) -> str:
    """The dotted name of the class that a local variable was made from: `x = Service()` -> `shop.Service`."""
    at: Function | None = function
    while at is not None:
        values = at.assignments.get(name)
        if values:
            value = values[0][0]
            value = value.value if isinstance(value, ast.Await) else value
            if not isinstance(value, ast.Call):
                # A second name for something that was imported: `module = shop.service`.
                return file.dotted(value, at) if isinstance(value, ast.Attribute) else ""
            dotted = file.dotted(value.func, at)
            return dotted if dotted.rpartition(".")[2][:1].isupper() else ""
        if name in at.parameters:
            return ""
        at = at.outer
    return ""


# ------------------------------------------------------------ what stands there


def makes_mock(value: ast.AST | None, file: SourceFile, function: Function | None) -> bool:
    """Whether an expression is a call that makes a mock: `Mock()`, `mocker.MagicMock()`, `pretend.stub()`."""
    if not isinstance(value, ast.Call):
        return False
    names = chain(value.func)
    if not names or names[-1] not in _MAKERS:
        return False
    if _is_mocker(names[0]):
        return True
    dotted = file.dotted(value.func, function)
    if names[-1] in MOCK_CLASSES:
        # `Mock` of the suite's own making is a fake; without an import it can only be the library's.
        return dotted != "" and (
            dotted.startswith(tuple(f"{library}." for library in _LIBRARIES)) or "." not in dotted or names[0] == "mock"
        )
    return dotted.startswith("pretend.")


def kind_of(patch: Patch, file: SourceFile, function: Function | None, sources: Sources) -> Kind:
    """What stands in the place of what a patch replaces."""
    if "wraps" in patch.words or patch.how == "mocker.spy":
        return "spy"
    if patch.new is None:
        made = patch.words.get("new_callable")
        if made is None or chain(made)[-1:] in ([name] for name in MOCK_CLASSES):
            effect = patch.words.get("side_effect")
            return kind_of_value(effect, file, function, sources) if _is_code(effect) else "mock"
        return "fake"
    return kind_of_value(patch.new, file, function, sources)


def _is_code(effect: ast.expr | None) -> bool:
    """`side_effect=` a function, or the real thing itself: it behaves; an exception or a list of answers is canned."""
    return isinstance(effect, ast.Name | ast.Attribute) and not terminal(effect)[:1].isupper()


def kind_of_value(  # noqa: PLR0911 - one answer a shape
    value: ast.expr | None, file: SourceFile, function: Function | None, sources: Sources, depth: int = 0
) -> Kind:
    """What an expression is, as a thing that stands in for another."""
    if value is None or depth > 4:
        return "unknown"
    if makes_mock(value, file, function):
        return "spy" if any(word.arg == "wraps" for word in getattr(value, "keywords", ())) else "mock"
    if isinstance(value, ast.Lambda):
        return "fake" if any(isinstance(node, ast.Call) for node in _inside(value.body)) else "stub"
    if _is_literal(value):
        return "value"
    if isinstance(value, ast.Name):
        return _kind_of_name(value, file, function, sources, depth)
    if isinstance(value, ast.Call):
        called = sources.find(file.path, ".".join(chain(value.func)))
        return "fake" if called is not None and sources.is_suite_file(called.path) else "unknown"
    return "unknown"


def _kind_of_name(value: ast.Name, file: SourceFile, function: Function | None, sources: Sources, depth: int) -> Kind:
    at = function
    while at is not None:
        values = at.assignments.get(value.id)
        if values:
            return kind_of_value(values[-1][0], file, at, sources, depth + 1)
        if any(nested.name == value.id for nested in at.nested):
            return "fake"
        if value.id in at.parameters:
            return "unknown"
        at = at.outer
    if function is not None and f"{function.qualname}.{value.id}" in file.classes_by_name:
        return "fake"
    found = sources.find(file.path, value.id)
    if found is not None and sources.is_suite_file(found.path):
        return "fake"
    return "value" if value.id.isupper() else "unknown"


def _inside(node: ast.AST) -> Iterator[ast.AST]:
    """Itself and what it holds, by a stack."""
    todo = [node]
    while todo:
        current = todo.pop()
        yield current
        todo += ast.iter_child_nodes(current)


def _is_literal(value: ast.expr) -> bool:
    """A constant, or a container of nothing but constants."""
    return all(
        isinstance(
            node,
            ast.Constant
            | ast.List
            | ast.Tuple
            | ast.Dict
            | ast.Set
            | ast.JoinedStr
            | ast.FormattedValue
            | ast.UnaryOp
            | ast.USub
            | ast.expr_context
            | ast.BinOp
            | ast.operator,
        )
        for node in _inside(value)
    )


def bound_to(call: ast.Call, statement: Statement) -> str:
    """How a test reaches what a call makes: `with … as x`, `x = …`, `self.x = …`; empty without a name."""
    node = statement.node
    if isinstance(node, ast.With | ast.AsyncWith):
        for item in node.items:
            if _holds(item.context_expr, call) and item.optional_vars is not None:
                return ".".join(chain(item.optional_vars))
        return ""
    if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None and _holds(node.value, call):
        target = node.targets[0] if isinstance(node, ast.Assign) else node.target
        return ".".join(chain(target))
    return ""


def _holds(value: ast.expr, call: ast.Call) -> bool:
    """The call itself, `call.start()`, `stack.enter_context(call)`, `await call`."""
    at = value
    while at is not call:
        called = at.func if isinstance(at, ast.Call) else None
        if isinstance(at, ast.Await):
            at = at.value
        elif isinstance(called, ast.Attribute) and called.attr in {"start", "__enter__"}:
            at = called.value
        elif isinstance(at, ast.Call) and terminal(at) in _ENTERS and at.args:
            at = at.args[0]
        else:
            return False
    return True
