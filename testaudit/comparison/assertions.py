"""What a test function checks: its assertions in one form, whatever style they are written in.

`assert a == b`, `self.assertEqual(a, b)` and `assert b == a` are the same check; so are `with pytest.raises(E):` and
`self.assertRaises(E, …)`. `await` is left out: a test that became asynchronous checks what it did.
"""

from __future__ import annotations

import ast
import copy
import re
from collections import Counter
from dataclasses import dataclass, replace

from testaudit.comparison.expressions import (
    acts,
    called,
    first_line,
    is_literal,
    names_in,
    operands,
    suppresses,
    swallows,
    unwrapped,
)

Function = ast.FunctionDef | ast.AsyncFunctionDef

_COMPARE: dict[type[ast.cmpop], str] = {
    ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=",
    ast.Is: "is", ast.IsNot: "is not", ast.In: "in", ast.NotIn: "not in",
}  # fmt: skip
_NEGATED = {"==": "!=", "!=": "==", "in": "not in", "not in": "in", "is": "is not", "is not": "is", "true": "false"}
_EQUAL = ("Equal", "Equals", "CountEqual", "ListEqual", "DictEqual", "TupleEqual", "SetEqual", "SequenceEqual")
_TWO = {
    **dict.fromkeys((*_EQUAL, "MultiLineEqual"), "=="),
    "NotEqual": "!=", "Is": "is", "IsNot": "is not", "In": "in", "NotIn": "not in", "Greater": ">", "Less": "<",
    "GreaterEqual": ">=", "LessEqual": "<=", "AlmostEqual": "approx", "IsInstance": "isinstance",
}  # fmt: skip
_ONE = {"True": "true", "False": "false", "IsNone": "is", "IsNotNone": "is not"}
_RAISES = frozenset({"raises", "warns", "assertRaises", "assertWarns", "assertRaisesRegex", "assertWarnsRegex"})
CALLED = (
    *("assert_called_once_with", "assert_awaited_once_with", "assert_called_with", "assert_awaited_with"),
    *("assert_has_calls", "assert_any_call", "assert_called_once", "assert_awaited_once"),
    *("assert_called", "assert_awaited", "assert_not_called", "assert_not_awaited"),
)
_HELPER = re.compile(r"(?:assert|check|verify|expect)(?=_|[A-Z]|$)")


@dataclass(frozen=True, slots=True)
class Assertion:
    """One thing that a test checks."""

    kind: str
    """`==`, `in`, `true`, … `raises`, `called`, `helper`, `fail`; `or`: one of several; `nothing`: cannot fail."""
    form: str
    """The same for assertions that check the same."""
    subjects: frozenset[str]
    """The expressions that it is about."""
    names: frozenset[str]
    """The names in it that are read."""
    line: int
    """1-based, in the text."""
    text: str
    """Its source, on one line."""
    detail: str = ""
    """Of `raises`: the exceptions; of `called`: the name of the assertion."""
    match: str = ""
    """Of `raises`: what the message has to match."""
    guards: tuple[str, ...] = ()
    """Conditions that it stands under, where nothing is checked otherwise."""
    branches: tuple[str, ...] = ()
    """All conditions that decide whether it is reached."""
    swallowed: bool = False
    """Its failure is caught, and nothing comes of it."""
    looped: bool = False
    parts: frozenset[str] = frozenset()
    """Of `or`: the forms of its alternatives."""
    literal: str = ""
    """Of a comparison: the literal in it."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What a test function does and checks."""

    name: str
    line: int
    arguments: frozenset[str]
    parametrised: int
    """Length of its `parametrize` decorators."""
    assertions: tuple[Assertion, ...]
    statements: Counter[str]
    """Its simple statements that are no assertions, in one form."""
    assigned: dict[str, tuple[str, ...]]
    """Local name -> the forms of the statements that bind it."""
    calls: frozenset[str]
    """What is called in it, as a statement of its own or as a context manager."""
    names: frozenset[str]
    source: str
    """All of it in one form."""


def function_in(text: str) -> Function | None:
    """The first function of a text; None where there is none, or Python cannot read it."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return next((node for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)), None)


def examined(function: Function, unknown: frozenset[str] = frozenset()) -> Checked:
    """What a function does and checks; `unknown` names are written `_`, so that renamed variables compare equal."""
    reader = _Reader(unknown)
    reader.block(function.body, _Where())
    arguments = function.args
    listed = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    decorators = [ast.unparse(one) for one in function.decorator_list]
    return Checked(
        name=function.name,
        line=function.lineno,
        arguments=frozenset(one.arg for one in listed),
        parametrised=sum(len(one) for one in decorators if "parametrize" in one or "given" in one),
        assertions=tuple(reader.found),
        statements=reader.statements,
        assigned={name: tuple(forms) for name, forms in reader.assigned.items()},
        calls=frozenset(reader.calls),
        names=names_in(function),
        source=reader.form(function),
    )


@dataclass(frozen=True, slots=True)
class _Where:
    guards: tuple[str, ...] = ()
    branches: tuple[str, ...] = ()
    swallowed: bool = False
    looped: bool = False
    chained: bool = False
    """It is the other branch of an `if`, and has one statement."""
    raising: bool = False
    """In a `with pytest.raises`: what is called there is what is tested, whatever its name."""


class _Plain(ast.NodeTransformer):
    """Leaves `await` out, and writes unknown names as `_`."""

    def __init__(self, unknown: frozenset[str]) -> None:
        self.unknown = unknown

    def visit_Await(self, node: ast.Await) -> ast.AST:
        return self.visit(node.value)  # type: ignore[no-any-return]  # NodeTransformer is untyped

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return ast.Name("_", node.ctx) if node.id in self.unknown else node


class _Reader:
    """Walks the statements of a function and notes what each one is."""

    def __init__(self, unknown: frozenset[str]) -> None:
        self.plain = _Plain(unknown)
        self.found: list[Assertion] = []
        self.statements: Counter[str] = Counter()
        self.assigned: dict[str, list[str]] = {}
        self.calls: set[str] = set()

    def form(self, node: ast.AST) -> str:
        return ast.unparse(ast.fix_missing_locations(self.plain.visit(copy.deepcopy(node))))

    # ------------------------------------------------------------ statements

    def block(self, body: list[ast.stmt], where: _Where) -> None:
        for statement in body:
            self.statement(statement, where)

    def statement(self, node: ast.stmt, where: _Where) -> None:
        match node:
            case ast.Assert():
                self.condition(node.test, node, where, negated=False)
            case ast.With() | ast.AsyncWith():
                self.managed(node, where)
            case ast.If():
                test = self.form(node.test)
                self.statements[f"if {test}"] += 1
                branch = replace(where, branches=(*where.branches, test), chained=False)
                both = bool(node.orelse) or where.chained  # the last `elif` is one of several, too
                self.block(node.body, branch if both else replace(branch, guards=(*where.guards, test)))
                self.block(node.orelse, replace(branch, chained=len(node.orelse) == 1))
            case ast.For() | ast.AsyncFor() | ast.While():
                self.loop(node, where)
            case ast.Try():
                swallowed = where.swallowed or any(map(swallows, node.handlers))
                self.block(node.body, replace(where, swallowed=swallowed))
                for handler in node.handlers:
                    self.block(handler.body, where)
                self.block([*node.orelse, *node.finalbody], where)
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                self.statements[f"def {node.name}"] += 1
                self.block(node.body, where)
            case ast.Expr():
                if not self.call(node.value, node, where):
                    self.note(node.value)
            case _:
                self.simple(node)

    def managed(self, node: ast.With | ast.AsyncWith, where: _Where) -> None:
        inside = where
        for item in node.items:
            self.bind(item.optional_vars, self.form(item.context_expr))
            if self.call(item.context_expr, node, where, managing=node):
                inside = replace(inside, raising=True)
            else:
                self.note(item.context_expr)
                inside = replace(inside, swallowed=inside.swallowed or suppresses(item.context_expr))
        self.block(node.body, inside)

    def loop(self, node: ast.For | ast.AsyncFor | ast.While, where: _Where) -> None:
        if not isinstance(node, ast.While):
            self.bind(node.target, self.form(node.iter))
            self.statements[f"for {self.form(node.target)} in {self.form(node.iter)}"] += 1
        self.block(node.body, replace(where, looped=True))
        self.block(node.orelse, where)

    def simple(self, node: ast.stmt) -> None:
        form = self.form(node)
        self.statements[form] += 1
        match node:
            case ast.Assign():
                for target in node.targets:
                    self.bind(target, form)
            case ast.AnnAssign() | ast.AugAssign():
                self.bind(node.target, form)

    def bind(self, target: ast.expr | None, form: str) -> None:
        if target is not None:
            for name in ast.walk(target):
                if isinstance(name, ast.Name):
                    self.assigned.setdefault(name.id, []).append(form)

    def note(self, node: ast.expr) -> None:
        """An expression that is no assertion as far as its name tells."""
        if isinstance(node, ast.Constant):
            return
        self.statements[self.form(node)] += 1
        value = node.value if isinstance(node, ast.Await) else node
        if isinstance(value, ast.Call):
            self.calls.add(ast.unparse(value.func))

    # ------------------------------------------------------------ assertions

    def condition(self, test: ast.expr, node: ast.stmt, where: _Where, *, negated: bool) -> None:
        """What `assert` and `assertTrue` say, taken apart."""
        match test:
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                self.condition(operand, node, where, negated=not negated)
            case ast.BoolOp(op=ast.And(), values=values) if not negated:
                for value in values:
                    self.condition(value, node, where, negated=False)
            case ast.BoolOp(op=ast.Or(), values=values) if not negated:
                self.either(values, test, node, where)
            case ast.Compare(left=left, ops=ops, comparators=comparators):
                for op, right in zip(ops, comparators, strict=True):
                    self.pair(_COMPARE[type(op)], left, right, node, where, negated=negated)
                    left = right
            case ast.Constant(value=value):
                self.add("fail" if bool(value) is negated else "nothing", "", (), test, node, where)
            case ast.Tuple(elts=[_, *_]) if not negated:
                self.add("nothing", "", tuple(operands(test)), test, node, where)
            case ast.Call(func=ast.Name(id="isinstance"), args=[subject, type_]) if not negated:
                self.pair("isinstance", subject, type_, node, where)
            case _:
                self.add("false" if negated else "true", self.form(test), (test,), test, node, where)

    def either(self, values: list[ast.expr], test: ast.expr, node: ast.stmt, where: _Where) -> None:
        if any(isinstance(value, ast.Constant) and value.value for value in values):
            self.add("nothing", "", tuple(operands(test)), test, node, where)
            return
        alone = _Reader(self.plain.unknown)
        for value in values:
            alone.condition(value, node, where, negated=False)
        parts = frozenset(one.form for one in alone.found)
        self.add("or", self.form(test), tuple(operands(test)), test, node, where, parts=parts)

    def pair(
        self, kind: str, left: ast.expr, right: ast.expr, node: ast.stmt, where: _Where, *, negated: bool = False
    ) -> None:
        kind = _NEGATED.get(kind, f"not {kind}") if negated else kind
        if kind == "==" and "approx" in {called(left), called(right)}:
            kind = "approx"
        sides = [self.form(left), self.form(right)]
        if kind in {"==", "!=", "is", "is not"}:
            sides.sort()
        literals = [one for one in (left, right) if is_literal(one)]
        subjects = tuple(one for one in (left, right) if not is_literal(one) and called(one) != "approx")
        if kind == "isinstance":
            subjects = (left,)
        self.add(
            kind, " ".join([sides[0], kind, sides[1]]), subjects, (left, right), node, where,
            literal=ast.unparse(literals[0]) if literals else "",
        )  # fmt: skip

    def call(
        self, value: ast.expr, node: ast.stmt, where: _Where, managing: ast.With | ast.AsyncWith | None = None
    ) -> bool:
        """Whether a call is an assertion; it is noted then."""
        value = value.value if isinstance(value, ast.Await) else value
        if not isinstance(value, ast.Call):
            return False
        name, args = called(value), value.args
        if name in _RAISES and (args or value.keywords):
            self.raises(name, value, node, where, managing)
        elif name == "deprecated_call":
            self.add("warns", self.form(value), (), value, node, where, detail="DeprecationWarning")
        elif name in CALLED and isinstance(value.func, ast.Attribute):
            mock = value.func.value
            self.add("called", self.form(value), (mock,), value, node, where, detail=name)
        elif name == "fail":
            self.add("fail", self.form(value), (), value, node, where)
        elif name.startswith("assert") and name[6:] in _ONE and args:
            kind = _ONE[name[6:]]
            if kind in {"true", "false"}:
                self.condition(args[0], node, where, negated=kind == "false")
            else:
                self.pair(kind, args[0], ast.Constant(None), node, where)
        elif name.startswith("assert") and name[6:] in _TWO and len(args) >= 2:
            self.pair(_TWO[name[6:]], args[0], args[1], node, where)
        elif _HELPER.match(name.lstrip("_")) and not where.raising:
            self.add("helper", self.form(value), tuple(args), value, node, where)
        else:
            return False
        return True

    def raises(
        self, name: str, call: ast.Call, node: ast.stmt, where: _Where, managing: ast.With | ast.AsyncWith | None
    ) -> None:
        keywords = {one.arg: one.value for one in call.keywords}
        expected = call.args[0] if call.args else keywords.get("expected_exception")
        pattern = keywords.get("match") or (call.args[1] if name.endswith("Regex") and len(call.args) > 1 else None)
        inside = tuple(acts(managing.body)) if managing is not None else tuple(call.args[1:])
        kind = "warns" if "arns" in name else "raises"
        detail = self.form(expected) if expected is not None else "Exception"
        match = self.form(pattern) if pattern is not None else ""
        form = f"{kind} {detail} {match}: {'; '.join(map(self.form, inside))}"
        self.add(kind, form, inside, call, node, where, detail=detail, match=match)

    def add(
        self, kind: str, form: str, subjects: tuple[ast.expr, ...], whole: ast.expr | tuple[ast.expr, ast.expr],
        node: ast.stmt, where: _Where, *, detail: str = "", match: str = "", literal: str = "",
        parts: frozenset[str] = frozenset(),
    ) -> None:  # fmt: skip
        wholes = whole if isinstance(whole, tuple) else (whole,)
        about = {self.form(one) for subject in subjects for one in unwrapped(subject) if not is_literal(one)}
        self.found.append(
            Assertion(
                kind=kind,
                form=form or f"{kind} {ast.unparse(wholes[0])}",
                subjects=frozenset(about),
                names=frozenset().union(*map(names_in, wholes)),
                line=node.lineno,
                text=first_line(node),
                detail=detail,
                match=match,
                guards=where.guards,
                branches=where.branches,
                swallowed=where.swallowed,
                looped=where.looped,
                parts=parts,
                literal=literal,
            )
        )
