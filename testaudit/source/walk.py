"""The one walk over a tree. Explicit stacks, dispatch by node class, nothing computed that a lookup can do later."""

from __future__ import annotations

import ast
from typing import Any

from testaudit.source.index import MODULE, CallSite, Class, Function, Statement

_NAME, _CONSTANT, _ATTRIBUTE, _CALL, _LAMBDA = ast.Name, ast.Constant, ast.Attribute, ast.Call, ast.Lambda
_AWAIT, _YIELD, _YIELD_FROM, _EXPRESSION = ast.Await, ast.Yield, ast.YieldFrom, ast.Expr
# Names of the module: an attribute of `ast` would be looked up for each of millions of nodes.
_LEAVES = frozenset({ast.Name, ast.Constant, ast.Pass, ast.Break, ast.Continue, ast.Global, ast.Nonlocal})
_IMPORTS = frozenset({ast.Import, ast.ImportFrom})


def _expression_fields(kind: type[ast.AST]) -> tuple[str, ...]:
    """Fields of a node class that hold expressions, in source order; operators and contexts left out."""
    skipped = {"ctx", "op", "ops", "kind", "conversion", "type_comment", "returns", "annotation", "type_params"}
    return tuple(name for name in kind._fields if name not in skipped)


_FIELDS: dict[type[ast.AST], tuple[str, ...]] = {
    kind: _expression_fields(kind)
    for kind in vars(ast).values()
    if isinstance(kind, type) and issubclass(kind, ast.AST)
}
_BLOCKS = ("body", "orelse", "finalbody", "handlers", "cases")
_HEADERS: dict[type[ast.AST], tuple[str, ...]] = {
    kind: tuple(name for name in fields if name not in _BLOCKS and name not in {"name", "names", "pattern", "args"})
    for kind, fields in _FIELDS.items()
    if issubclass(kind, ast.stmt | ast.excepthandler | ast.match_case)
}
_COMPOUND: dict[type[ast.AST], tuple[str, ...]] = {
    kind: tuple(name for name in _BLOCKS if name in kind._fields)
    for kind in _HEADERS
    if any(name in kind._fields for name in _BLOCKS)
}
_LARGEST = 10**300
"""A longer number is no `float`, and no text either beyond some length: rules see one of this size in its place."""
_WRITERS = frozenset({ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Delete, ast.For, ast.With, ast.AsyncWith})
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


class Walk:
    """The walk's result; `FileIndex` hands it out."""

    def __init__(self, tree: ast.Module, path: str) -> None:
        self.path = path
        self.module = Function(tree, path, MODULE, MODULE, None, None, None)
        self.functions: list[Function] = []
        """Every `def`, in source order; lambdas and the module not among them."""
        self.classes: list[Class] = []
        self.calls: dict[str, list[CallSite]] = {}
        """By the last name of what is called."""
        self.imports: list[tuple[ast.Import | ast.ImportFrom, Statement]] = []
        self.awaited: set[ast.AST] = set()
        self.reads: dict[str, list[tuple[ast.Attribute, Statement]]] = {}
        """Attributes that are not called, by name."""
        self.kinds: dict[type[ast.AST], list[Statement]] = {}
        """Statements by the class of their node; an expression statement by the class of its value."""
        self.blobs: list[bytes] = []
        """The literal bytes."""
        self.lambdas: list[Function] = []
        self._owners: dict[Function, Class] = {}
        self._run(tree)

    def _run(self, tree: ast.Module) -> None:  # noqa: C901, PLR0912 - the hot loop: a call a node would double its time
        module = self.module
        # (node, statement around it, block of it, function, class whose body this is). The node is Any: its class is
        # compared below, once, and a type checker cannot follow a class in a variable.
        stack: list[tuple[Any, Statement | None, str, Function, Class | None]] = [
            (node, None, "body", module, None) for node in reversed(tree.body)
        ]
        push, pop = stack.append, stack.pop
        expressions = self._expressions
        kinds = self.kinds
        while stack:
            node, parent, block, function, owner = pop()
            kind = node.__class__
            statement = Statement(node, parent, block, function)
            function.statements.append(statement)
            if owner is not None:
                owner.body.append(statement)
            sort = node.value.__class__ if kind is _EXPRESSION else kind
            known = kinds.get(sort)
            if known is None:
                kinds[sort] = [statement]
            else:
                known.append(statement)
            if kind in _LEAVES:
                continue
            if kind in _IMPORTS:
                self.imports.append((node, statement))
                continue
            pending: list[Any] = []
            if kind in _DEFINITIONS:
                inner = self._function(node, function, owner, statement)
                pending = [*node.decorator_list, *node.args.defaults, *filter(None, node.args.kw_defaults)]
                expressions(pending, statement, function)
                for child in reversed(node.body):
                    push((child, None, "body", inner, None))
                continue
            if kind is ast.ClassDef:
                klass = self._class(node, function, owner, statement)
                pending = [*node.decorator_list, *node.bases, *(word.value for word in node.keywords)]
                expressions(pending, statement, function)
                for child in reversed(node.body):
                    push((child, statement, "body", function, klass))
                continue
            if kind is ast.Assert:
                function.asserts.append(statement)
            if kind in _WRITERS:
                _record_writes(node, statement, function)
            for name in _HEADERS[kind]:
                value = getattr(node, name, None)
                if value.__class__ is list:
                    pending += value
                elif value is not None:
                    pending.append(value)
            if pending:
                expressions(pending, statement, function)
            blocks = _COMPOUND.get(kind)
            if blocks is not None:
                # A class body inside `if` still belongs to the class.
                for name in reversed(blocks):
                    for child in reversed(getattr(node, name)):
                        push((child, statement, name, function, owner))

    def _expressions(  # noqa: C901, PLR0912, PLR0915 - as above
        self, pending: list[Any], statement: Statement, function: Function
    ) -> None:
        """Collect what rules ask for from one statement's own expressions."""
        by_name, reads = self.calls, self.reads
        pending.reverse()
        # What a lambda interrupts. Not by recursion: they may be nested by the hundred.
        around: list[tuple[list[Any], Statement, Function]] = []
        while True:
            calls, strings, private = function.calls, function.strings, function.private
            pop, push = pending.pop, pending.append
            while pending:
                node = pop()
                kind = node.__class__
                if kind is _NAME:
                    continue
                if kind is _CONSTANT:
                    value = node.value
                    kind = value.__class__
                    if kind is str:
                        strings.append((node, statement))
                    elif kind is int and value > _LARGEST:
                        node.value = _LARGEST + hash(value)
                    elif kind is bytes:
                        self.blobs.append(value)
                    continue
                if kind is _ATTRIBUTE:
                    name = node.attr
                    if name[0] == "_" and name[:2] != "__":
                        private.append((node, statement))
                    read = reads.get(name)
                    if read is None:
                        reads[name] = [(node, statement)]
                    else:
                        read.append((node, statement))
                    value = node.value
                    if value.__class__ is not _NAME:
                        push(value)
                    continue
                if kind is _CALL:
                    site = (node, statement)
                    calls.append(site)
                    called = node.func
                    if called.__class__ is _ATTRIBUTE:
                        name = called.attr
                        if name[0] == "_" and name[:2] != "__":
                            private.append((called, statement))
                        if called.value.__class__ is not _NAME:
                            push(called.value)
                    elif called.__class__ is _NAME:
                        name = called.id
                    else:
                        name = ""
                        push(called)
                    found = by_name.get(name)
                    if found is None:
                        by_name[name] = [site]
                    else:
                        found.append(site)
                    for word in node.keywords:
                        push(word.value)
                    for argument in reversed(node.args):
                        if argument.__class__ is not _NAME:
                            push(argument)
                    continue
                if kind is _LAMBDA:
                    around.append((pending, statement, function))
                    statement = self._lambda(node, statement, function)
                    function = statement.function
                    pending = [node.body]
                    break
                if kind is _AWAIT:
                    self.awaited.add(node.value)
                elif kind is _YIELD or kind is _YIELD_FROM:
                    function.yields.append(statement)
                for name in reversed(_FIELDS.get(kind, ())):
                    value = getattr(node, name, None)
                    if value.__class__ is list:
                        for child in reversed(value):
                            if child.__class__ is not str and child is not None:
                                push(child)
                    elif value is not None and value.__class__ not in _SCALARS:
                        push(value)
            else:
                if not around:
                    return
                pending, statement, function = around.pop()

    def _lambda(self, node: ast.Lambda, statement: Statement, function: Function) -> Statement:
        """The body of a lambda, as the one statement of a function of its own."""
        inner = Function(node, self.path, "<lambda>", f"{function.qualname}.<lambda>", function, None, statement)
        function.nested.append(inner)
        self.lambdas.append(inner)
        body = Statement(node.body, None, "lambda", inner)
        inner.statements.append(body)
        return body

    def _function(
        self, node: ast.FunctionDef | ast.AsyncFunctionDef, outer: Function, owner: Class | None, home: Statement
    ) -> Function:
        if owner is not None:
            qualname = f"{owner.qualname}.{node.name}"
        else:
            qualname = node.name if outer is self.module else f"{outer.qualname}.{node.name}"
        function = Function(node, self.path, node.name, qualname, outer, owner, home)
        self.functions.append(function)
        if owner is not None:
            owner.methods[node.name] = function
        if outer is not self.module:
            outer.nested.append(function)
        return function

    def _class(self, node: ast.ClassDef, outer: Function, owner: Class | None, home: Statement) -> Class:
        if owner is not None:
            qualname = f"{owner.qualname}.{node.name}"
        else:
            qualname = node.name if outer is self.module else f"{outer.qualname}.{node.name}"
        klass = Class(node, self.path, qualname, owner, home)
        self.classes.append(klass)
        return klass


_SCALARS = frozenset({str, int, bool, float, bytes, complex, type(None)})


def _record_writes(node: Any, statement: Statement, function: Function) -> None:  # noqa: ANN401 - see the loop that calls it
    targets: list[Any]
    match node:
        case ast.Assign(targets=found) | ast.Delete(targets=found):
            targets = list(found)
        case ast.With(items=items) | ast.AsyncWith(items=items):
            targets = [item.optional_vars for item in items if item.optional_vars is not None]
        case _:
            targets = [node.target]
    while targets:
        target = targets.pop()
        kind = target.__class__
        if kind is ast.Attribute or kind is ast.Subscript:
            function.writes.append((target, statement))
        elif kind is ast.Tuple or kind is ast.List:
            targets += target.elts
