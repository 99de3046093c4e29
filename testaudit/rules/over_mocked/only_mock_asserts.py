"""Every check of the test asks a mock of the project's own code whether it was called.

Such a test repeats the code in other words: this function calls that one. It breaks when the code is rearranged, and
passes when what is called does nothing, or something else. The guide's case: the helpers were called and right, and
were never built into the page.

Check what comes of it: a return value, a row, a message, an exception. Ask mocks only where the call *is* the effect:
a mail, a request, a job, a callback.

Left alone: boundaries, what is handed in as a callback or canary, checks that something is *not* called, spies,
functions whose name says that they send, publish or enqueue something.

The guide's anti-pattern 2, "Over-Mocking in Integration Tests", and its "Insufficient: Unit test only".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from testaudit.rules.interface import Code, Hit, Rule, Settings, qualified
from testaudit.source.doubles import held, speaks_of_doubles
from testaudit.source.interactions import Asked, asked_of_double
from testaudit.source.vocabulary import is_check
from testaudit.source.wording import word_set, words

if TYPE_CHECKING:
    import ast
    from collections.abc import Iterator

    from testaudit.source.doubles import Double
    from testaudit.source.interface import Function, SourceFile, Sources

_EFFECTS = word_set(
    """
    send sent sends trigger triggers notify notifies dispatch publish emit enqueue delay apply schedule submit post
    call callback handler hook webhook signal event events task job log warn report record track write save delete
    render print echo exec execute run start stop close async message deliver invalidate
    """
)
"""The call is the effect: what happens next is another part's business."""
_EXPECTS = word_set("raises warns assertRaises assertRaisesRegex assertWarns assertLogs assertNumQueries")


def find(file: SourceFile, sources: Sources, _settings: Settings) -> Iterator[Hit]:
    """Tests whose checks all ask doubles of first-party code."""
    if not speaks_of_doubles(file) or not any(word in file.text for word in ("assert_", "called", "call_count")):
        return
    expecting = {id(statement.function) for _, statement in file.calls(*_EXPECTS)}
    for test in sources.tests_in(file):
        if id(test) in expecting or any(inner.asserts for inner in test.nested):
            continue
        asked = _all_of_doubles(test)
        if not asked or all(one.question == "not called" for one in asked):
            continue
        known = held(sources, test)
        doubles = [_double_of(one.double, known) for one in asked]
        found = [double for double in doubles if double is not None and _is_projects(double, sources)]
        if len(found) < len(asked):
            continue
        names = list(dict.fromkeys(double.target or double.name for double in found))
        yield Hit(
            test.line,
            test.line,
            qualified(test, sources),
            f"Checks only that the project's own code was called: {', '.join(names[:3])}.",
            (f"{len(asked)} of {len(asked)} checks ask a mock",),
            "medium",
        )


def _all_of_doubles(test: Function) -> list[Asked]:
    """What the checks ask of doubles; empty when one of them asks something else."""
    checks: list[ast.AST] = [statement.node for statement in test.statements if is_check(statement.node)]
    found = [asked_of_double(check) for check in checks]
    return [asked for asked in found if asked is not None] if all(asked is not None for asked in found) else []


def _double_of(name: str, known: dict[str, Double]) -> Double | None:
    """The double that a dotted name reaches: `m.return_value.send` -> `m`."""
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        double = known.get(".".join(parts[:length]))
        if double is not None:
            return double
    return None


def _is_projects(double: Double, sources: Sources) -> bool:
    if double.kind != "mock":
        return False
    if not double.sure:
        return not words(double.name) & _EFFECTS
    if not double.target:
        return False
    meaning = double.meaning(sources)
    return meaning.whose == "first-party" and not words(double.target.rpartition(".")[2]) & _EFFECTS


RULE = Rule(
    code="TA204",
    slug="only-mock-asserts",
    antipattern="over-mocked",
    severity="warning",
    confidence=(("static", "medium"), ("runtime", "medium")),
    remedy="Check what comes of the call: a value, a row, a message.",
    find=find,
    bad=(
        Code("""
from unittest.mock import patch
from shop import checkout

@patch("shop.checkout.price_of")
def test_price(price_of):  # <-
    checkout.run(3)
    price_of.assert_called_once_with(3)
    assert price_of.call_count == 1
"""),
        Code("""
from shop.pages import show_tools

def test_tools(mock_page):  # <-
    show_tools(mock_page, ["hammer"])
    mock_page.subheader.assert_called_once()
"""),
    ),
    good=(
        Code("""
from unittest.mock import patch
from shop import checkout

@patch("shop.checkout.price_of", return_value=3)
def test_price(price_of):
    assert checkout.run(3) == 9
    price_of.assert_called_once_with(3)
"""),
        Code("""
from unittest.mock import Mock, patch
from shop import checkout

@patch("shop.checkout.requests.post")
def test_request(post):
    checkout.run(3)
    post.assert_called_once()

@patch("shop.checkout.send_receipt")
def test_receipt(send_receipt):
    checkout.run(3)
    send_receipt.assert_called_once()

def test_callback():
    done = Mock()
    checkout.run(3, done)
    done.assert_called_once_with(3)
"""),
        Code("""
from unittest.mock import patch
import pytest
from shop import checkout

@patch("shop.checkout.price_of")
def test_nothing_to_pay(price_of):
    checkout.run(0)
    price_of.assert_not_called()

@patch("shop.checkout.price_of")
def test_refused(price_of):
    with pytest.raises(ValueError):
        checkout.run(-1)
    price_of.assert_called_once()

def test_watched(mocker):
    price_of = mocker.spy(checkout, "price_of")
    checkout.run(3)
    price_of.assert_called_once()
"""),
    ),
)
