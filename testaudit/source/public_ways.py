"""Is there a public way to set a private attribute: a setter, or a parameter that the constructor stores as it is?

Only the plain forms count: a setter that does nothing but store its value, a parameter that the constructor stores and
uses for nothing else. Then a test that writes the attribute could do the same from outside, and nothing would change
but what it knows.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from testaudit.source.index import Function, chain
from testaudit.source.vocabulary import is_check

if TYPE_CHECKING:
    from testaudit.source.index import Class, Statement
    from testaudit.source.project import Sources


@dataclass(frozen=True, slots=True)
class Way:
    """How the class itself lets the attribute be set."""

    kind: Literal["property", "method", "parameter"]
    name: str
    """Of the property, the method, or the constructor's parameter."""
    default_for_none: bool = False
    """A parameter for which the constructor takes something else when it is None."""
    owner: str = ""
    """Name of the class."""

    @property
    def shown(self) -> str:
        """As people write it: `Pool.limit`, `Pool.set_limit()`, `Pool(limit=...)`."""
        end = {"property": f".{self.name}", "method": f".{self.name}()", "parameter": f"({self.name}=...)"}
        return f"`{self.owner}{end[self.kind]}`"

    @property
    def why(self) -> str:
        """What in the source says so."""
        what = {"property": "property", "method": "method", "parameter": "constructor's parameter"}
        return f"the {what[self.kind]} `{self.name}` is stored as it is, and nothing else is done with it"

    @property
    def remedy(self) -> str:
        """What to write instead."""
        return f"Hand it to the constructor: {self.shown}." if self.kind == "parameter" else f"Use {self.shown}."


def public_way_to_write(
    klass: Class | None, target: ast.Attribute, statement: Statement, function: Function, sources: Sources
) -> Way | None:
    """The public way in which a test could do what it does: `pool._limit = 3`; None where it is not sure."""
    node = statement.node
    if klass is None or not isinstance(node, ast.Assign) or len(node.targets) != 1:
        return None
    way = public_way(klass, target.attr, sources)
    if way is None or not isinstance(target.value, ast.Name):
        return None
    name = target.value.id
    if way.kind != "parameter":
        return None if _looks_at(name, way.name, function) else way
    if way.default_for_none and isinstance(node.value, ast.Constant) and node.value.value is None:
        return None
    return way if _follows_creation(name, statement, function) else None


def _looks_at(name: str, public: str, function: Function) -> bool:
    """The test checks what the public name hands out: it is about that name, and sets the scene below it."""
    return any(
        isinstance(node, ast.Attribute)
        and node.attr == public
        and isinstance(node.value, ast.Name)
        and node.value.id == name
        for statement in function.statements
        if is_check(statement.node)
        for node in ast.walk(statement.node)
    )


def _follows_creation(name: str, statement: Statement, function: Function) -> bool:
    """Whether nothing was done with the object in between but to set other attributes: it could be handed over then."""
    made = function.assignments.get(name, ())
    if len(made) != 1 or not isinstance(made[0][1].node, ast.Assign) or made[0][1].parent is not statement.parent:
        return False
    for other in function.statements:
        if not made[0][1].line < other.line <= statement.line:
            continue
        node = other.node
        value: ast.AST = node
        if isinstance(node, ast.Assign) and all(
            isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name) for target in node.targets
        ):
            value = node.value
        if any(isinstance(inner, ast.Name) and inner.id == name for inner in ast.walk(value)):
            return False
    return True


def public_way(klass: Class, attribute: str, sources: Sources) -> Way | None:
    """The public way to set a private attribute of a class; None where it is not sure that there is one."""
    for ancestor in sources.family(klass):
        for method in ancestor.methods.values():
            is_property = method.has_decorator("setter")
            if (is_property or method.name.startswith("set")) and _only_stores(method, attribute):
                return Way("property" if is_property else "method", method.name, owner=klass.name)
    constructor = sources.find_method(klass, "__init__")
    way = _stored_parameter(constructor, attribute) if constructor is not None else None
    return replace(way, owner=klass.name) if way is not None else None


def _only_stores(method: Function, attribute: str) -> bool:
    """`def limit(self, value): self._limit = value`, and nothing else."""
    body = [statement.node for statement in method.statements if not _is_text(statement.node)]
    if method.name.startswith("_") or len(body) != 1 or len(method.parameters) != 2:
        return False
    if method.decorators and not (len(method.decorators) == 1 and method.has_decorator("setter")):
        return False
    stored = _stored(body[0], method.parameters[0], attribute)
    return isinstance(stored, ast.Name) and stored.id == method.parameters[1]


def _stored_parameter(constructor: Function, attribute: str) -> Way | None:
    """`self._limit = limit`, always, where `limit` is handed in and used for nothing else."""
    node = constructor.node
    if not isinstance(node, ast.FunctionDef) or not constructor.parameters:
        return None
    me = constructor.parameters[0]
    stores = [
        (value, statement)
        for target, statement in constructor.writes
        if isinstance(target, ast.Attribute)
        and target.attr == attribute
        and (value := _stored(statement.node, me, attribute))
    ]
    if len(stores) != 1 or sum(getattr(target, "attr", "") == attribute for target, _ in constructor.writes) != 1:
        return None
    value, statement = stores[0]
    handed = {argument.arg for argument in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)}
    if not isinstance(value, ast.Name) or value.id not in handed or statement.parent is not None:
        return None
    guards = [
        guard.node
        for guard in constructor.statements
        if isinstance(guard.node, ast.If) and _asks_for_none(guard.node.test, value.id)
    ]
    spared = {id(inner) for guard in guards for inner in ast.walk(guard)}
    used = [
        name
        for name in ast.walk(node)
        if isinstance(name, ast.Name) and name.id == value.id and name is not value and id(name) not in spared
    ]
    # What the constructor does with the attribute itself would be done, too.
    looked_at = [
        inner
        for inner in ast.walk(node)
        if isinstance(inner, ast.Attribute) and inner.attr == attribute and isinstance(inner.ctx, ast.Load)
    ]
    return None if used or looked_at else Way("parameter", value.id, bool(guards))


def _stored(node: ast.AST, me: str, attribute: str) -> ast.expr | None:
    """What a statement stores in the attribute, and in nothing else."""
    match node:
        case ast.Assign(targets=[target], value=value):
            return value if chain(target) == [me, attribute] else None
        case ast.AnnAssign(target=target, value=ast.expr() as value):
            return value if chain(target) == [me, attribute] else None
    return None


def _asks_for_none(test: ast.expr, name: str) -> bool:
    """`if limit is None:`."""
    match test:
        case ast.Compare(left=ast.Name(id=asked), ops=[ast.Is()], comparators=[ast.Constant(value=None)]):
            return asked == name
    return False


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
