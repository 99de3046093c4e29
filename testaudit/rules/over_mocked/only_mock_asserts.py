"""Every check of the test asks a mock of the project's own code whether it was called, and nothing more.

Such a test repeats the code in other words: this function calls that one. It breaks when the code is rearranged, and
passes when what is called does nothing, gets something else, or its answer is lost. The guide's case: the helpers were
called and right, and were never built into the page.

Check what comes of it: a return value, a row, a message, an exception. Ask mocks only where the call *is* the effect:
a mail, a request, a job, a callback.

Left alone: boundaries, what is handed in as a callback or canary, spies and doubles that a function answers for,
functions whose name says that they send, publish or enqueue something. Also who asks more than whether: with what it
was called, how often or in what order says what the code made of its input; and where a test of the same file wants
that it is *not* called, the call is a decision, and the decision is what is tested. A helper that checks something
counts as a check. It is a suspicion: of what it says, three in ten are one-line wiring whose authors want it so.

The guide's anti-pattern 2, "Over-Mocking in Integration Tests", and its "Insufficient: Unit test only".
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from testaudit.rules.interface import Code, Hit, Rule, RunEvidence, Settings, qualified, with_evidence
from testaudit.source.answers import behaving
from testaudit.source.checks import checks_of
from testaudit.source.doubles import held, speaks_of_doubles
from testaudit.source.index import chain, terminal
from testaudit.source.interactions import Asked, asked_of_double
from testaudit.source.seen_doubles import said_of_doubles
from testaudit.source.vocabulary import EFFECT_WORDS, assertion_call, is_check
from testaudit.source.wording import word_set, words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from testaudit.model import Finding
    from testaudit.source.doubles import Double
    from testaudit.source.interface import Function, SourceFile, Sources

_EFFECTS = EFFECT_WORDS | word_set(
    """
    delete render stop close invalidate dispatcher messaging plugin plugins manager client exception critical
    download fetch register act action actions publisher sender listener queue cache gateway
    """
)
"""The call is the effect: what happens next is another part's business."""
_BARE = word_set("assert_called assert_called_once assert_awaited assert_awaited_once")
_COUNTS = word_set("called call_count awaited await_count")
_EXPECTS = word_set("raises warns assertRaises assertRaisesRegex assertWarns assertLogs assertNumQueries")


def find(file: SourceFile, sources: Sources, _settings: Settings) -> Iterator[Hit]:
    """Tests whose checks all ask doubles of first-party code."""
    if not speaks_of_doubles(file) or not any(word in file.text for word in ("assert_", "called", "call_count")):
        return
    expecting = {id(statement.function) for _, statement in file.calls(*_EXPECTS)}
    decided = {_name_of(call) for call, _ in file.calls("assert_not_called", "assert_not_awaited")}
    for test in sources.tests_in(file):
        if id(test) in expecting or any(inner.asserts for inner in test.nested):
            continue
        checks: list[ast.AST] = [statement.node for statement in test.statements if is_check(statement.node)]
        asked = _all_of_doubles(checks)
        if not asked or any(one.question == "not called" or words(one.double) & _EFFECTS for one in asked):
            continue
        if not all(_is_bare(check) for check in checks):
            continue
        told = decided | behaving(test, file)
        if any(one.double in told for one in asked) or _checks_more(test, sources):
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
            f"Checks only that the project's own code was called, not with what: {', '.join(names[:3])}.",
            (f"{len(asked)} of {len(asked)} checks ask a mock",),
        )


def weigh(finding: Finding, evidence: RunEvidence) -> Finding | None:
    """How many doubles the run saw around the one that is asked."""
    said = said_of_doubles(evidence.tests)
    return with_evidence(finding, "runtime", said) if said else finding


def _all_of_doubles(checks: list[ast.AST]) -> list[Asked]:
    """What the checks ask of doubles; empty when one of them asks something else."""
    found = [asked_of_double(check) for check in checks]
    return [asked for asked in found if asked is not None] if all(asked is not None for asked in found) else []


def _is_bare(check: ast.AST) -> bool:
    """Whether it asks for the call alone: not with what, not how often, not in what order."""
    call = assertion_call(check)
    if call is not None:
        if not call.args:
            return terminal(call) in _BARE
        return terminal(call) == "assertTrue" and _is_called(call.args[0])
    return isinstance(check, ast.Assert) and _is_called(check.test)


def _is_called(asked: ast.expr) -> bool:
    """`m.called`, `m.called is True`, `m.call_count == 1`, `m.call_count > 0`."""
    if isinstance(asked, ast.Compare):
        limits = [limit.value for limit in asked.comparators if isinstance(limit, ast.Constant)]
        return len(limits) == len(asked.comparators) and limits in ([True], [0]) and _is_called(asked.left)
    return isinstance(asked, ast.Attribute) and asked.attr in _COUNTS


def _name_of(call: ast.Call) -> str:
    return ".".join(chain(call.func.value)) if isinstance(call.func, ast.Attribute) else ""


def _checks_more(test: Function, sources: Sources) -> bool:
    """Whether a helper, a fixture or a time limit checks something as well."""
    own = {statement.line for statement in test.statements if is_check(statement.node)}
    return any(check.path != test.path or check.line not in own for check in checks_of(sources, test))


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
    last_two = ".".join(double.target.split(".")[-2:])
    return meaning.whose == "first-party" and not words(last_two) & _EFFECTS


RULE = Rule(
    code="TA204",
    slug="only-mock-asserts",
    antipattern="over-mocked",
    severity="warning",
    confidence=(("static", "medium"), ("runtime", "medium")),
    remedy="Check what comes of the call: a value, a row, a message.",
    find=find,
    weigh=weigh,
    bad=(
        Code("""
from unittest.mock import patch
from shop import checkout

@patch("shop.checkout.price_of")
def test_price(price_of):  # <-
    price_of.return_value = 3
    checkout.run(3)
    price_of.assert_called_once()
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
        Code("""
from unittest.mock import patch
from shop import checkout

@patch("shop.checkout.price_of")
def test_with_what_it_was_called(price_of):
    checkout.run("3")
    price_of.assert_called_once_with(3)

@patch("shop.checkout.rate_of")
def test_how_often_it_was_called(rate_of):
    checkout.run(3)
    checkout.run(3)
    assert rate_of.call_count == 2

@patch("shop.checkout.discount")
def test_a_decision(discount):
    checkout.run(100)
    discount.assert_called_once()

@patch("shop.checkout.discount")
def test_the_other_decision(discount):
    checkout.run(1)
    discount.assert_not_called()

@patch("shop.checkout.stores")
def test_it_is_sent_on(stores):
    checkout.run(3)
    stores.first.send_order.assert_called_once()
"""),
        Code(
            """
from unittest.mock import Mock, patch
from shop import checkout
from tests.helpers import run_and_compare

@patch("shop.checkout.price_of")
def test_a_helper_checks(price_of):
    run_and_compare(checkout, 3)
    price_of.assert_called_once()

@patch.object(checkout, "price_of", side_effect=checkout.price_of)
def test_the_real_one_answers(price_of):
    checkout.run(3)
    price_of.assert_called_once()

def test_a_function_answers(monkeypatch):
    asked = Mock(side_effect=lambda item: 3)
    monkeypatch.setattr(checkout, "price_of", asked)
    checkout.run(3)
    asked.assert_called_once()
""",
            beside=(
                ("tests/helpers.py", "def run_and_compare(checkout, item):\n    assert checkout.run(item) == 9\n"),
                ("tests/__init__.py", ""),
            ),
        ),
    ),
)
