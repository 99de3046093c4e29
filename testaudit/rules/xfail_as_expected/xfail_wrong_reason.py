"""An xfail whose test fails for another reason than the one it gives: it hides a second defect.

The reason names one exception and the test raises another. Either the defect that it is about changed, or the test
breaks before it comes there: its fixture is gone, a name was renamed. It is "expected" all the same, and nobody looks.

Look at the real failure; mend the test, or say in the reason what happens now. `raises=` makes pytest hold the marker
to its exception: another one fails the test.

What counts are exceptions by name in the reason; a subclass, as far as Python itself defines it, is no other exception.
A fixture that does not exist is never what an xfail is about.

The guide's anti-pattern 7, "Ignoring test failures as expected".
"""

from __future__ import annotations

import builtins
import re
from typing import TYPE_CHECKING

from testaudit.rules.interface import Code, Rule, Settings, Sighting

if TYPE_CHECKING:
    from collections.abc import Iterator

    from testaudit.model import AuditedTest, NodeId, Run, Trouble
    from testaudit.source.interface import Sources

_NAMED = re.compile(r"\b[A-Z]\w*(?:Error|Exception|Warning|Exit|Interrupt)\b")
_NO_FIXTURE = "FixtureLookupError"


def observe(run: Run, sources: Sources, _settings: Settings) -> Iterator[Sighting]:
    """Tests that failed as expected, with an exception that their reason does not name."""
    found: dict[tuple[str, int, str, str], list[NodeId]] = {}
    for test in run.tests:
        trouble = _real(test)
        if trouble is None or not test.line:
            continue
        raised = trouble.type.rpartition(".")[2]
        named = sorted(set(_NAMED.findall(test.reason)))
        if raised == _NO_FIXTURE:
            said = "it asks for a fixture that does not exist"
        elif named and not any(_fits(name, trouble) for name in named):
            said = f"it raises {raised}, and its reason names {' and '.join(named)}"
        else:
            continue
        found.setdefault((test.path, test.line, said, trouble.message.partition("\n")[0][:100]), []).append(
            test.node_id
        )
    for (path, line, said, message), ids in found.items():
        function = sources.function_at(path, line)
        yield Sighting(
            path,
            function.line if function is not None else line,
            "",
            f"This xfail hides another failure: {said}.",
            (f"raised in this run: {message}",) if message else (),
            tuple(ids),
        )


def _real(test: AuditedTest) -> Trouble | None:
    """What an xfail marker excused; None for `pytest.xfail()`, which says so itself."""
    if test.outcome != "xfailed" or test.skip_by == "xfail-call" or not test.attempts:
        return None
    trouble = next(iter(test.attempts[-1].troubles), None)
    return None if trouble is None or not trouble.type or trouble.type.endswith("XFailed") else trouble


def _fits(name: str, trouble: Trouble) -> bool:
    """Whether the exception is the named one, a subclass of it, was made of it or speaks of it."""
    raised = trouble.type.rpartition(".")[2]
    if name in {raised, "Exception", "BaseException"} or name in trouble.message or name in trouble.root:
        return True
    wanted, real = getattr(builtins, name, None), getattr(builtins, raised, None)
    if isinstance(wanted, type) and isinstance(real, type):
        return issubclass(real, wanted)
    # A class of the project's or a library's: what it derives from cannot be told by its name.
    return not isinstance(real, type)


RULE = Rule(
    code="TA704",
    slug="xfail-wrong-reason",
    antipattern="xfail-as-expected",
    severity="warning",
    confidence=(("runtime", "medium"),),
    remedy="Look at the real failure; say `raises=` with the exception that is meant.",
    observe=observe,
    bad=(
        Code("""
import pytest

@pytest.mark.xfail(reason="#12: raises ZeroDivisionError")
def test_share():  # <-
    assert {}["share"] == 1
"""),
        Code("""
import pytest

@pytest.mark.xfail(reason="#13: totals are wrong")
def test_total(no_such_cart):  # <-
    assert no_such_cart.total() == 1
"""),
    ),
    good=(
        Code("""
import pytest

@pytest.mark.xfail(reason="#12: raises ZeroDivisionError")
def test_share():
    assert 1 / 0

@pytest.mark.xfail(reason="#13: a LookupError")
def test_subclass():
    assert {}["share"] == 1
"""),
        Code("""
import pytest

class CartError(KeyError):
    pass

@pytest.mark.xfail(reason="#14: KeyError for empty carts")
def test_own():
    raise CartError("empty")

@pytest.mark.xfail(reason="#15: ends in ZeroDivisionError")
def test_wrapped():
    try:
        1 / 0
    except ZeroDivisionError as error:
        raise RuntimeError("cannot share") from error
"""),
        Code("""
import pytest

@pytest.mark.xfail(reason="#16: totals are wrong")
def test_total():
    assert 1 == 2

def test_call():
    pytest.xfail("#17: KeyError somewhere")
"""),
    ),
)
