from __future__ import annotations

from testaudit.model import Attempt, AuditedTest, Double, NodeId
from testaudit.source.seen_doubles import said_of_doubles


def double(target: str, calls: int | None = 1, active: int = 1) -> Double:
    return Double(target, "module", "patch", "MagicMock", calls, active)


def ran(*attempts: tuple[Double, ...]) -> AuditedTest:
    seen = tuple(Attempt("passed", 0.1, doubles=doubles) for doubles in attempts)
    return AuditedTest(NodeId("tests/test_a.py::test_one"), "test_one", "tests/test_a.py", 1, "passed", seen)


def test_the_most_that_were_in_place_at_once_are_counted() -> None:
    tests = [ran((double("shop.a"), double("shop.b", active=2))), ran((double("shop.a"),))]

    assert said_of_doubles(tests) == "2 doubles in place at once in this run"


def test_a_double_that_no_test_called_is_named() -> None:
    tests = [
        ran((double("shop.a", 0), double("shop.b", 0, 2), double("shop.LIMIT", None, 3))),
        ran((double("shop.a"),)),
    ]

    assert said_of_doubles(tests) == "3 doubles in place at once in this run; never called: shop.b"


def test_the_last_attempt_counts_and_without_doubles_nothing_is_said() -> None:
    assert said_of_doubles([ran((double("shop.a"),), ())]) == ""
    assert said_of_doubles([]) == ""
