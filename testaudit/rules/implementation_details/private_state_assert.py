"""An assertion on the private state of the code under test.

The leading underscore says that the attribute may change without notice. A test that asserts on it fails when the
code is rearranged, though nothing that anybody uses has changed, and passes when the behaviour is broken but the
attribute is not. It guards the implementation against its own author.

Check what a caller can see: a return value, a public property, an effect, an exception. Where there is no way to see
it from outside, that is worth knowing too.

Left alone: private helpers that the assertion calls, objects and attributes that the suite itself defines or sets,
modules whose private functions the test file is about, `namedtuple`'s underscored methods. Surest where a public
property returns the very attribute: then there is nothing to rearrange but the underscore.

The guide's anti-pattern 1, "Testing implementation details".
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from testaudit.rules.interface import Code, Hit, Rule, Settings, qualified
from testaudit.source.expressions import unparsed
from testaudit.source.index import Class, Function, Statement, root
from testaudit.source.targets import is_of_suite, target_of
from testaudit.source.vocabulary import is_check
from testaudit.source.wording import word_set

if TYPE_CHECKING:
    from collections.abc import Iterator

    from testaudit.source.interface import SourceFile, Sources

_PUBLIC = word_set(
    """
    _asdict _replace _fields _make _field_defaults _field_types _get_current_object _getframe _meta _name_
    _value_ _missing_ _generate_next_value_ _member_map_ _value2member_map_ _exit _call_matcher _mock_name
    _mock_children _mock_self _spec_class _asgi _fields_ _length_ _type_ _attributes _mapping _sunder_
    _ignore_ _pytestfixturefunction _repr_html_ _repr_mimebundle_ _repr_latex_ _repr_png_ _repr_svg_
    _repr_pretty_ _ipython_display_ _repr_json_ _abc_impl _state _io _thread _id _exception
    """
)

_OWN_SCOPE = (
    ast.JoinedStr,
    ast.Lambda,
    ast.comprehension,
    ast.ListComp,
    ast.GeneratorExp,
    ast.SetComp,
    ast.DictComp,
)


def find(file: SourceFile, sources: Sources, _settings: Settings) -> Iterator[Hit]:
    """Private attributes that a check reads from an object which the test did not define."""
    set_here: dict[str, bool] = {}
    for function in file.functions:
        if not function.private or not sources.is_test(function):
            continue
        said: set[int] = set()
        for node, statement in function.private:
            if statement.line in said or not is_check(statement.node) or node.attr in _PUBLIC:
                continue
            if node.attr not in set_here:
                set_here[node.attr] = _suite_sets(node.attr, file, sources)
            if set_here[node.attr] or not _is_read(node, statement):
                continue
            if node.attr in function.docstring or _is_own(node, function, file, sources):
                continue
            said.add(statement.line)
            public = _published_as(node, function, file, sources)
            yield Hit(
                statement.line,
                statement.end_line,
                qualified(function, sources),
                f"Asserts on private state: `{_shown(node)}`"
                + (f", which the class publishes as `{public}`." if public else "."),
                (
                    f"`{public}` returns exactly `self.{node.attr}`"
                    if public
                    else f"`{node.attr}` is private to the object",
                ),
                None if public else "medium",
                f"Assert on `{public}`: it returns the same." if public else "",
            )


def _is_read(node: ast.Attribute, statement: Statement) -> bool:
    """Not called (`x._helper()`), not part of a message, not below another call's arguments."""
    if not isinstance(node.ctx, ast.Load):
        return False
    check = statement.node
    way = statement.way_to(node)
    if isinstance(check, ast.Assert) and check.msg is not None and (node is check.msg or check.msg in way):
        return False
    inner: ast.AST = node
    for outer in reversed(way):
        if _hides(outer, inner):
            return False
        inner = outer
    return True


def _hides(outer: ast.AST, inner: ast.AST) -> bool:
    """Whether the expression around uses the value for something else than to look at it."""
    if isinstance(outer, ast.Call):
        return outer.func is inner or not _transparent(outer)
    if isinstance(outer, ast.Subscript):
        return outer.slice is inner
    return isinstance(outer, _OWN_SCOPE)


def _transparent(call: ast.Call) -> bool:
    """Calls that look at a value and hand it on: `len(x._cache)`, `self.assertEqual(x._cache, 1)`."""
    if isinstance(call.func, ast.Name):
        return call.func.id in {"len", "list", "set", "sorted", "dict", "tuple", "bool", "id", "str", "int", "type"}
    # `mock.assert_called_with(x._limit)` only says what is expected.
    return isinstance(call.func, ast.Attribute) and re.match(r"assert[A-Z]", call.func.attr) is not None


def _is_own(node: ast.Attribute, function: Function, file: SourceFile, sources: Sources) -> bool:
    """Whether the object or the attribute belongs to the suite, to a module, or to a third party."""
    base = root(node)
    if not isinstance(base, ast.Name):
        return True
    if base.id in {"self", "cls"}:
        if _through_self(node):
            return True
    elif base.id in file.imports and base.id not in function.local_names:
        # A module's or class's private name: the test is about that module.
        return True
    return _made_elsewhere(base, function, file, sources)


def _made_elsewhere(base: ast.Name, function: Function, file: SourceFile, sources: Sources) -> bool:
    """Whether the object's class is the suite's or a third party's."""
    maker = _maker(base.id, function, file)
    if maker is None:
        return base.id in file.classes_by_name
    imported = file.imports.get(maker[0])
    if imported is not None and sources.is_first_party(imported):
        return target_of(sources, imported, file.path).whose == "suite"
    made = sources.find(file.path, ".".join(maker))
    if isinstance(made, Class):
        return is_of_suite(sources, made.path)
    return imported is not None and not sources.is_first_party(imported)


def _through_self(node: ast.Attribute) -> bool:
    """`self._x`: the test's own."""
    return isinstance(node.value, ast.Name)


def _maker(name: str, function: Function, file: SourceFile) -> list[str] | None:
    """The dotted name that made a local variable: `service = Service()` -> `["Service"]`."""
    from testaudit.source.index import chain

    values = function.assignments.get(name) or file.module.assignments.get(name)
    if not values:
        return None
    value = values[0][0]
    value = value.value if isinstance(value, ast.Await) else value
    if not isinstance(value, ast.Call):
        return None
    return chain(value.func) or None


def _suite_sets(attribute: str, file: SourceFile, sources: Sources) -> bool:
    """Whether the test file (or a conftest) defines or sets the attribute itself."""
    marks = (f".{attribute} =", f" {attribute} =", f"def {attribute}(", f'"{attribute}"', f"'{attribute}'")
    if any(mark in file.text for mark in marks):
        return True
    for path in sources.conftests:
        other = sources.file(path)
        if other is not None and attribute in other.text:
            return True
    return False


def _published_as(node: ast.Attribute, function: Function, file: SourceFile, sources: Sources) -> str:
    """The surest shape: the name of a public property that returns the private attribute and does nothing else."""
    if not isinstance(node.value, ast.Name) or _is_named_after(node.attr, function):
        return ""
    maker = _maker(node.value.id, function, file)
    if not maker:
        return ""
    dotted = ".".join([file.imports.get(maker[0], f"{file.path}:{maker[0]}"), *maker[1:]])
    # Asked of each assertion on a class, and the class may stand in a module of twenty thousand lines.
    key = ("published", dotted, node.attr)
    return sources.remembered(key, lambda: _property_of(".".join(maker), node.attr, file, sources))


def _property_of(maker: str, attribute: str, file: SourceFile, sources: Sources) -> str:
    made = sources.find(file.path, maker)
    if not isinstance(made, Class):
        return ""
    public = sources.find_method(made, attribute.lstrip("_"))
    if public is None or not isinstance(public.node, ast.FunctionDef) or not public.has_decorator("property"):
        return ""
    body = [statement.node for statement in public.statements if not _is_docstring(statement.node)]
    if len(body) != 1 or not isinstance(body[0], ast.Return) or not isinstance(body[0].value, ast.Attribute):
        return ""
    handed = body[0].value
    plain = isinstance(handed.value, ast.Name) and handed.value.id == "self" and handed.attr == attribute
    return public.name if plain else ""


def _is_named_after(attribute: str, function: Function) -> bool:
    """The test is about that very attribute, and says so in its name."""
    return attribute in function.name


def _is_docstring(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _shown(node: ast.Attribute) -> str:
    return unparsed(node)[:60]


RULE = Rule(
    code="TA105",
    slug="private-state-assert",
    antipattern="implementation-details",
    severity="warning",
    confidence=(("static", "high"),),
    remedy="Check what a caller can see: a return value, a public property, an effect.",
    find=find,
    bad=(
        Code(
            """
from shop.pool import Pool

def test_release():
    pool = Pool(2)
    pool.release()
    assert pool._owner is None  # <-
""",
            beside=(
                (
                    "shop/pool.py",
                    "class Pool:\n    @property\n    def owner(self):\n        return self._owner\n",
                ),
            ),
        ),
        Code("""
from shop import UserService

def test_lookup():
    service = UserService()
    service.get_user("123")
    assert len(service._cache) == 1  # <-
    assert service._cache["123"]["name"] == "John"  # <-
"""),
        Code("""
from unittest import TestCase
from shop import Pool

class TestPool(TestCase):
    def test_close(self):
        pool = Pool(2)
        pool.close()
        self.assertEqual(pool._open, 0)  # <-
"""),
    ),
    good=(
        Code("""
from shop import UserService

def test_lookup():
    service = UserService()
    assert service.get_user("123") == service.get_user("123")
    assert service._normalise("A") == "a"
"""),
        Code("""
from collections import namedtuple
from shop import Service

class Recorder(Service):
    def __init__(self):
        self._seen = []

def test_recorder():
    recorder = Recorder()
    recorder.call()
    assert recorder._seen == ["call"]

def test_tuple():
    point = namedtuple("Point", "x")(1)
    assert point._asdict() == {"x": 1}
    assert point._fields == ("x",)
"""),
        Code("""
from shop import _parsing

class TestParsing:
    def test_default(self):
        self._made = 1
        assert self._made == 1
        assert _parsing._DEFAULT == 3
"""),
        Code("""
import sys
import requests
from shop import Pool

def test_expected(connect):
    pool = Pool(2)
    connect.assert_called_with(limit=pool._limit)

def test_session():
    session = requests.Session()
    assert session._private is None
    assert sys._getframe().f_lineno
"""),
    ),
)
