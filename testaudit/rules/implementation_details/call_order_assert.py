"""A test checks in what order, or with which single argument, the project's own code was called.

The order of calls between two parts is how the work is done, seldom what is done. Such a check fails when the work is
done in another order with the same effect.

Check the effect. Where the order *is* the effect (a protocol, a lock), say so in the test's name. Off by default:
often there is no other way to look.

Left alone: boundaries, what is handed in as a callback, doubles that let the real code answer, functions whose name
says that the call is the effect: a request, a job, a webhook, a log entry.

The guide's anti-pattern 1, "Testing Implementation Details".
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from testaudit.rules.interface import Code, Hit, Rule, Settings, qualified
from testaudit.source.doubles import held, speaks_of_doubles
from testaudit.source.interactions import asked_of_double
from testaudit.source.private_parts import is_real
from testaudit.source.vocabulary import EFFECT_WORDS, is_check
from testaudit.source.wording import word_set, words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from testaudit.source.doubles import Double
    from testaudit.source.interface import Function, SourceFile, Sources

_EFFECTS = EFFECT_WORDS | word_set("jobs signals requests process tasks webhooks request")
_RECORDS = ("mock_calls", "call_args", "method_calls", "assert_has_calls", "await_args")


def find(file: SourceFile, sources: Sources, _settings: Settings) -> Iterator[Hit]:
    """Checks of recorded calls on doubles of first-party code."""
    if not speaks_of_doubles(file) or not any(record in file.text for record in _RECORDS):
        return
    for test in sources.tests_in(file):
        known: dict[str, Double] | None = None
        for statement in test.statements:
            asked = asked_of_double(statement.node) if is_check(statement.node) else None
            text = file.lines[statement.line - 1] if asked is not None else ""
            if asked is None or not any(record in text for record in _RECORDS):
                continue
            known = held(sources, test) if known is None else known
            double = known.get(asked.double) or known.get(asked.double.partition(".")[0])
            if double is None or not double.target or double.kind != "mock":
                continue
            asked_for = {*double.target.split(".")[-1:], *asked.double.split(".")[1:]}
            if any(words(name) & _EFFECTS for name in asked_for) or _watches(double, test):
                continue
            if double.meaning(sources).whose == "first-party":
                yield Hit(
                    statement.line,
                    statement.end_line,
                    qualified(test, sources),
                    f"Checks how `{double.target}` was called instead of what came of it.",
                    ("reads the calls that a mock recorded",),
                )


def _watches(double: Double, test: Function) -> bool:
    """`monkeypatch.setattr(checkout, "price_of", seen)`, where `seen = Mock(side_effect=checkout.price_of)`."""
    attribute = double.target.rpartition(".")[2]
    for value, _ in test.assignments.get(double.name, ()):
        given = (
            [word.value for word in value.keywords if word.arg == "side_effect"] if isinstance(value, ast.Call) else []
        )
        if any(is_real(effect, attribute, test) for effect in given):
            return True
    return False


RULE = Rule(
    code="TA104",
    slug="call-order-assert",
    antipattern="implementation-details",
    severity="info",
    confidence=(("static", "medium"),),
    remedy="Check what came of the calls.",
    find=find,
    on_by_default=False,
    bad=(
        Code("""
from unittest.mock import call, patch
from shop import checkout

@patch("shop.checkout.price_of")
def test_order(price_of):
    checkout.run(["a", "b"])
    assert price_of.mock_calls == [call("a"), call("b")]  # <-
"""),
        Code("""
from unittest.mock import call, patch
from shop import checkout

@patch("shop.checkout.price_of")
def test_argument(price_of):
    checkout.run(["a"])
    assert price_of.call_args[0][0] == "a"  # <-
    price_of.assert_has_calls([call("a")])  # <-
"""),
    ),
    good=(
        Code("""
from unittest.mock import patch
from shop import checkout

@patch("shop.checkout.price_of", return_value=3)
def test_total(price_of):
    assert checkout.run(["a", "b"]) == 6
"""),
        Code("""
from unittest.mock import call, patch
from shop import checkout

@patch("shop.checkout.requests.post")
def test_requests(post):
    checkout.run(["a", "b"])
    assert post.mock_calls == [call("a"), call("b")]
"""),
        Code("""
from unittest.mock import Mock, call
from shop import checkout

def test_progress():
    progress = Mock()
    checkout.run(["a", "b"], progress)
    assert progress.mock_calls == [call(1), call(2)]
"""),
        Code("""
from unittest.mock import Mock, call, patch
from shop import checkout

@patch("shop.checkout.trigger_webhooks")
def test_told(trigger_webhooks):
    checkout.run(["a"])
    assert trigger_webhooks.call_args_list == [call("a")]

def test_watched(monkeypatch):
    price_of = Mock(side_effect=checkout.price_of)
    monkeypatch.setattr(checkout, "price_of", price_of)
    checkout.run(["a"])
    assert price_of.call_args[0][0] == "a"
"""),
    ),
)
