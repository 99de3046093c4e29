"""A test that is parametrised with nothing: pytest skips it, and says so in one line that nobody reads.

The list of cases is empty, was emptied, or is made by something that found nothing (a folder of examples that moved, a
registry that was not filled). The test stays in the report as one skip; not one case is checked.

Give it cases; or, where there are none any more, delete the test. Where cases are looked up, check that some were
found: an assertion beside the look-up, or `empty_parameter_set_mark = fail_at_collect` in pytest's configuration,
which turns every such skip into an error.

What this reads in source are lists that are surely empty; a run shows them all, by the reason that pytest gives.
https://docs.pytest.org/en/stable/reference/reference.html#confval-empty_parameter_set_mark
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from testaudit.rules.interface import Code, Hit, Rule, Settings, Sighting, qualified
from testaudit.source.expressions import unparsed
from testaudit.source.index import Class, Function, terminal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from testaudit.model import NodeId, Run
    from testaudit.source.index import Statement
    from testaudit.source.interface import SourceFile, Sources

_EMPTY_CALLS = frozenset({"list", "tuple", "set", "frozenset", "dict"})
_REASON = re.compile(r"got empty parameter set (?:for )?(?P<names>[(\[][^)\]]*[)\]])")
"""`got empty parameter set ['x'], function test_x at …`; newer ones: `got empty parameter set for (x)`."""


def find(file: SourceFile, sources: Sources, _settings: Settings) -> Iterator[Hit]:
    """`parametrize` decorators whose list is surely empty."""
    for call, statement in file.calls("parametrize"):
        if statement.function is not file.module or not _decorates(call, statement):
            continue
        values = _values(call)
        if values is None or not _is_empty(values, file):
            continue
        named = _named(statement, file, sources)
        if named:
            yield Hit(
                call.lineno,
                call.end_lineno or call.lineno,
                named,
                "This test never runs: it is parametrised with nothing, and pytest skips it.",
                (f"the parameter set is {unparsed(values)[:60]}",),
            )


def _decorates(call: ast.Call, statement: Statement) -> bool:
    decorators: list[ast.expr] = getattr(statement.node, "decorator_list", [])
    return call in decorators


def _values(call: ast.Call) -> ast.expr | None:
    if len(call.args) > 1 and not isinstance(call.args[1], ast.Starred):
        return call.args[1]
    return next((word.value for word in call.keywords if word.arg == "argvalues"), None)


def _is_empty(values: ast.expr, file: SourceFile) -> bool:
    """A literal without elements, a comprehension over one, or a name bound to one, once, that nothing fills."""
    if isinstance(values, ast.ListComp | ast.SetComp | ast.GeneratorExp):
        values = values.generators[0].iter
    if isinstance(values, ast.Name):
        bound = file.module.assignments.get(values.id, ())
        return (
            len(bound) == 1
            and isinstance(bound[0][1].node, ast.Assign | ast.AnnAssign)
            and bound[0][1].parent is None
            and _is_literal(bound[0][0])
            and _uses(values.id, file) == _uses_as_values(values.id, file) + 1
        )
    return _is_literal(values)


def _is_literal(values: ast.expr) -> bool:
    if isinstance(values, ast.List | ast.Tuple):
        return not values.elts
    if isinstance(values, ast.Dict):
        return not values.keys
    return (
        isinstance(values, ast.Call)
        and isinstance(values.func, ast.Name)
        and values.func.id in _EMPTY_CALLS
        and not values.args
        and not values.keywords
    )


def _uses(name: str, file: SourceFile) -> int:
    """How often the text holds the name: whoever else names it may fill it."""
    return len(re.findall(rf"\b{re.escape(name)}\b", file.text))


def _uses_as_values(name: str, file: SourceFile) -> int:
    found = 0
    for call, _ in file.calls("parametrize"):
        values = _values(call)
        if isinstance(values, ast.ListComp | ast.SetComp | ast.GeneratorExp):
            values = values.generators[0].iter
        found += isinstance(values, ast.Name) and values.id == name
    return found


def _named(statement: Statement, file: SourceFile, sources: Sources) -> str:
    """The test, or the class of tests, that it decorates; empty where pytest collects neither."""
    definitions: list[Function | Class] = [*file.functions, *file.classes]
    definition = next((one for one in definitions if one.home is statement), None)
    if isinstance(definition, Function):
        return qualified(definition, sources) if sources.is_test(definition) else ""
    return definition.qualname if definition is not None and sources.is_test_class(definition) else ""


def observe(run: Run, sources: Sources, _settings: Settings) -> Iterator[Sighting]:
    """Tests that pytest skipped, or marked, because there was no parameter."""
    found: dict[tuple[str, int], list[NodeId]] = {}
    reasons: dict[tuple[str, int], str] = {}
    for test in run.tests:
        said = _REASON.match(test.reason)
        if said is not None and test.line:
            place = (test.path, _line(test.path, test.line, said["names"], sources))
            found.setdefault(place, []).append(test.node_id)
            reasons[place] = said[0]
    for (path, line), ids in found.items():
        what = "This test never ran: it is" if len(ids) == 1 else f"These {len(ids)} tests never ran: they are"
        yield Sighting(
            path,
            line,
            "",
            f"{what} parametrised with nothing, and pytest skipped {'it' if len(ids) == 1 else 'them'}.",
            (f"pytest: {reasons[path, line]}",),
            tuple(ids),
        )


def _line(path: str, line: int, names: str, sources: Sources) -> int:
    """Where the empty set is written down: the decorator of the test, or of its class, that gives these parameters."""
    function = sources.function_at(path, line)
    if function is None:
        return line
    wanted = re.findall(r"\w+", names)
    decorators = list(function.decorators)
    klass = function.owner
    while klass is not None:
        decorators += klass.decorators
        klass = klass.owner
    for decorator in decorators:
        if (
            isinstance(decorator, ast.Call)
            and terminal(decorator) == "parametrize"
            and _parameters(decorator) == wanted
        ):
            return decorator.lineno
    return line


def _parameters(call: ast.Call) -> list[str]:
    """The names that a `parametrize` gives."""
    given = call.args[0] if call.args else next((word.value for word in call.keywords if word.arg == "argnames"), None)
    elements = given.elts if isinstance(given, ast.List | ast.Tuple) else [given]
    texts = [str(element.value) for element in elements if isinstance(element, ast.Constant)]
    return [name for text in texts for name in re.findall(r"\w+", text)]


RULE = Rule(
    code="TA806",
    slug="empty-parametrize",
    antipattern="never-runs",
    severity="warning",
    confidence=(("static", "medium"), ("runtime", "medium")),
    remedy="Give it cases, or delete it; where cases are looked up, assert that some were found.",
    find=find,
    observe=observe,
    bad=(
        Code("""
import pytest

@pytest.mark.parametrize("price", [])  # <-
def test_price(price):
    assert price > 0

@pytest.mark.parametrize(argnames="name", argvalues=list())  # <-
class TestNames:
    def test_name(self, name):
        assert name
"""),
        Code("""
import pytest

CASES = []
OTHERS = ()

@pytest.mark.parametrize(("left", "right"), CASES)  # <-
def test_pairs(left, right):
    assert left == right

@pytest.mark.parametrize("case", [(case, 1) for case in OTHERS])  # <-
def test_case(case):
    assert case
"""),
    ),
    good=(
        Code("""
import pytest

@pytest.mark.parametrize("price", [1, 2])
@pytest.mark.parametrize("items", [[]])
def test_price(price, items):
    assert price > 0
"""),
        Code("""
import pytest

CASES = []
for size in range(3):
    CASES.append(size)

OTHERS = []
fill(OTHERS)

LATER = ()
LATER += (1,)

@pytest.mark.parametrize("size", CASES)
def test_size(size):
    assert size < 3

@pytest.mark.parametrize("other", OTHERS)
@pytest.mark.parametrize("later", LATER)
def test_other(other, later):
    assert other
"""),
        Code("""
import pytest
import shop

DRIVERS = []
try:
    import fast
except ImportError:
    pass
else:
    DRIVERS = [fast]

@pytest.mark.parametrize("driver", DRIVERS)
def test_driver(driver):
    assert driver.ready()

@pytest.mark.parametrize("kind", shop.kinds())
def test_kind(kind):
    assert kind
"""),
        Code("""
import pytest

def test_collected(pytester):
    pytester.makepyfile('''
        import pytest
        @pytest.mark.parametrize("x", [])
        def test_x(x): pass
    ''')
    assert pytester.runpytest().ret == 0

class Base:
    @pytest.mark.parametrize("x", [])
    def test_x(self, x):
        assert x
"""),
    ),
)
