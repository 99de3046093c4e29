"""What one walk over a file leaves behind: statements, functions, classes, and who calls, asserts and writes what.

Rules ask this index; they never walk a tree. The lists are filled by `walk.py` alone and only read afterwards; plain
slotted classes, because a suite has millions of statements and a frozen dataclass costs three times as much to make.
"""

from __future__ import annotations

import ast
from functools import cached_property
from typing import TypeAlias

from testaudit.source.expressions import read_names

FunctionNode: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef
Site: TypeAlias = "tuple[ast.expr, Statement]"
"""An expression and the statement that it stands in."""
CallSite: TypeAlias = "tuple[ast.Call, Statement]"

MODULE = "<module>"


class Statement:
    """One statement, `except` handler, `case` or lambda body, and where it stands."""

    __slots__ = ("block", "function", "node", "parent")

    def __init__(self, node: ast.AST, parent: Statement | None, block: str, function: Function) -> None:
        self.node = node
        self.parent = parent
        """The compound statement around it; None at the top of its function."""
        self.block = block
        """Which block of the parent: `body`, `orelse`, `finalbody`, `handlers`, `cases`, `lambda`."""
        self.function = function

    @property
    def line(self) -> int:
        """Its first line, 1-based."""
        return getattr(self.node, "lineno", 1)

    @property
    def end_line(self) -> int:
        """Its last line."""
        return getattr(self.node, "end_lineno", None) or self.line

    def ancestors(self) -> list[Statement]:
        """The compound statements around it inside its function, the innermost first."""
        found = []
        parent = self.parent
        while parent is not None:
            found.append(parent)
            parent = parent.parent
        return found

    def way_to(self, target: ast.AST) -> tuple[ast.AST, ...]:
        """The expressions from this statement down to `target`, both excluded; empty when it does not hold it."""
        todo: list[tuple[ast.AST, tuple[ast.AST, ...]]] = [(self.node, ())]
        while todo:
            node, way = todo.pop()
            for child in ast.iter_child_nodes(node):
                if child is target:
                    return way
                if not isinstance(child, ast.stmt):
                    todo.append((child, (*way, child)))
        return ()


class Function:
    """A test, fixture, helper, method or nested function; the module itself is one, named `<module>`."""

    def __init__(
        self,
        node: FunctionNode | ast.Module | ast.Lambda,
        path: str,
        name: str,
        qualname: str,
        outer: Function | None,
        owner: Class | None,
        home: Statement | None,
    ) -> None:
        self.node = node
        self.path = path
        self.name = name
        self.qualname = qualname
        """`Class.test_x`, `outer.inner`; `<module>` for the module's own statements."""
        self.outer = outer
        """The enclosing function (the module function for top-level ones)."""
        self.owner = owner
        """The class whose body holds it."""
        self.home = home
        """The statement that defines it, in the enclosing function."""
        self.is_async = isinstance(node, ast.AsyncFunctionDef)
        self.statements: list[Statement] = []
        """In source order, nested blocks included, nested functions not."""
        self.calls: list[CallSite] = []
        self.asserts: list[Statement] = []
        self.strings: list[tuple[ast.Constant, Statement]] = []
        self.writes: list[Site] = []
        """Targets of assignments and deletions that are attributes or subscripts."""
        self.private: list[tuple[ast.Attribute, Statement]] = []
        """Attribute accesses whose name begins with one underscore."""
        self.nested: list[Function] = []
        self.yields: list[Statement] = []
        self.collected: bool | None = None
        """Whether pytest collects it as a test, as far as that was asked (`Sources.is_test`)."""

    @property
    def line(self) -> int:
        """The line of its `def`."""
        return getattr(self.node, "lineno", 1)

    @property
    def end_line(self) -> int:
        """Its last line."""
        return getattr(self.node, "end_lineno", None) or self.line

    @property
    def decorators(self) -> list[ast.expr]:
        """Its decorator expressions."""
        return self.node.decorator_list if isinstance(self.node, ast.FunctionDef | ast.AsyncFunctionDef) else []

    @cached_property
    def parameters(self) -> tuple[str, ...]:
        """Names of all parameters, in order."""
        if isinstance(self.node, ast.Module):
            return ()
        arguments = self.node.args
        named = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
        named += [extra for extra in (arguments.vararg, arguments.kwarg) if extra is not None]
        return tuple(argument.arg for argument in named)

    @cached_property
    def requested(self) -> tuple[str, ...]:
        """Parameters that pytest fills from fixtures: those without default, `self`/`cls` left out."""
        if isinstance(self.node, ast.Module):
            return ()
        arguments = self.node.args
        positional = [*arguments.posonlyargs, *arguments.args]
        if arguments.defaults:
            positional = positional[: -len(arguments.defaults)]
        keyword = [
            name for name, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True) if default is None
        ]
        names = [argument.arg for argument in (*positional, *keyword)]
        if self.owner is not None and names and not self.has_decorator("staticmethod"):
            names = names[1:]
        return tuple(names)

    @cached_property
    def docstring(self) -> str:
        """Its docstring, or empty."""
        if isinstance(self.node, ast.Lambda):
            return ""
        return ast.get_docstring(self.node, clean=False) or ""

    @cached_property
    def local_names(self) -> frozenset[str]:
        """Parameters and names that its statements bind (imports left out: they resolve as imports)."""
        names = set(self.parameters)
        for statement in self.statements:
            names.update(bound_names(statement.node))
        return frozenset(names)

    @cached_property
    def assignments(self) -> dict[str, list[tuple[ast.expr, Statement]]]:
        """Name -> what is assigned to it: values, `with` contexts and loop sources, in source order."""
        found: dict[str, list[tuple[ast.expr, Statement]]] = {}
        for statement in self.statements:
            for name, value in bindings(statement.node):
                found.setdefault(name, []).append((value, statement))
        return found

    @cached_property
    def reads(self) -> dict[str, list[tuple[ast.Name, Statement]]]:
        """Plain name -> where its own statements read it, in source order; nested functions belong to their `def`."""
        found: dict[str, list[tuple[ast.Name, Statement]]] = {}
        for statement in self.statements:
            for name in read_names(statement.node):
                found.setdefault(name.id, []).append((name, statement))
        return found

    def release(self) -> None:
        """Let go of its statements: they refer back to it."""
        for function in self.inside:
            for held in (function.statements, function.calls, function.asserts, function.strings, function.writes):
                held.clear()
            function.private.clear()
            function.yields.clear()
            function.nested.clear()
            function.__dict__.pop("assignments", None)
            function.__dict__.pop("reads", None)

    def has_decorator(self, name: str) -> bool:
        """Whether a decorator's last name is `name`."""
        return any(terminal(decorator) == name for decorator in self.decorators)

    @property
    def inside(self) -> list[Function]:
        """It and every function nested in it."""
        found, todo = [], [self]
        while todo:
            function = todo.pop()
            found.append(function)
            todo.extend(function.nested)
        return found


class Class:
    """A class, with the functions of its body."""

    def __init__(self, node: ast.ClassDef, path: str, qualname: str, owner: Class | None, home: Statement) -> None:
        self.node = node
        self.path = path
        self.name = node.name
        self.qualname = qualname
        self.owner = owner
        self.home = home
        self.methods: dict[str, Function] = {}
        self.body: list[Statement] = []

    @property
    def line(self) -> int:
        """The line of its `class`."""
        return self.node.lineno

    @property
    def decorators(self) -> list[ast.expr]:
        """Its decorator expressions."""
        return self.node.decorator_list


def terminal(expression: ast.AST) -> str:
    """The last name of a call, attribute or name: `pytest.mark.skip(...)` -> `skip`; empty for anything else."""
    if isinstance(expression, ast.Call):
        expression = expression.func
    if isinstance(expression, ast.Attribute):
        return expression.attr
    return expression.id if isinstance(expression, ast.Name) else ""


def chain(expression: ast.AST) -> list[str]:
    """`a.b.c` -> `["a", "b", "c"]`; empty when it is no plain chain of names."""
    names: list[str] = []
    while isinstance(expression, ast.Attribute):
        names.append(expression.attr)
        expression = expression.value
    if not isinstance(expression, ast.Name):
        return []
    names.append(expression.id)
    names.reverse()
    return names


def root(expression: ast.AST) -> ast.AST:
    """The innermost object of a chain of attributes, subscripts, calls and awaits: `a.b()[0].c` -> `a`."""
    while True:
        if isinstance(expression, ast.Attribute | ast.Subscript | ast.Await | ast.Starred):
            expression = expression.value
        elif isinstance(expression, ast.Call):
            expression = expression.func
        else:
            return expression


_BINDING = frozenset({ast.Assign, ast.AnnAssign, ast.AugAssign, ast.With, ast.AsyncWith, ast.For, ast.AsyncFor})
_NAMING = frozenset({ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.ExceptHandler, ast.AnnAssign})


def target_names(target: ast.AST) -> list[str]:
    """The plain names that an assignment target binds."""
    if isinstance(target, ast.Name):
        return [target.id]
    if isinstance(target, ast.Tuple | ast.List):
        return [name for element in target.elts for name in target_names(element)]
    return target_names(target.value) if isinstance(target, ast.Starred) else []


def bindings(node: ast.AST) -> list[tuple[str, ast.expr]]:
    """Name and value of each plain name that a statement binds."""
    if node.__class__ not in _BINDING:
        return []  # Most statements end here; a `match` asks each of its cases in turn.
    match node:
        case ast.Assign(targets=targets, value=value):
            return [(name, value) for target in targets for name in target_names(target)]
        case ast.AnnAssign(target=target, value=ast.expr() as value) | ast.AugAssign(target=target, value=value):
            return [(name, value) for name in target_names(target)]
        case ast.With(items=items) | ast.AsyncWith(items=items):
            return [
                (name, item.context_expr)
                for item in items
                if item.optional_vars is not None
                for name in target_names(item.optional_vars)
            ]
        case ast.For(target=target, iter=value) | ast.AsyncFor(target=target, iter=value):
            return [(name, value) for name in target_names(target)]
    return []


def bound_names(node: ast.AST) -> list[str]:
    """Every plain name that a statement binds, whatever its value."""
    if node.__class__ not in _NAMING:
        return [name for name, _ in bindings(node)]
    match node:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return [name]
        case ast.ExceptHandler(name=str() as name):
            return [name]
        case ast.AnnAssign(target=target):
            return target_names(target)
    return [name for name, _ in bindings(node)]
