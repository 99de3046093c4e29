"""The plan: which failure first, and what the pass rate is then."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from testaudit.model import Attempt, AuditedTest, Failure, Frame, NodeId, Summary
from testaudit.repairs import repairs


def failing(ident: str, names: list[str], cause: str = "unknown", **more: Any) -> tuple[Failure, list[AuditedTest]]:
    """A failure with its tests; `names` are functions in a file of its own."""
    ids = [NodeId(f"test_{ident}.py::{name}") for name in names]
    tests = [
        AuditedTest(node_id, node_id, f"test_{ident}.py", 1, "failed", (Attempt("failed", 0.5),), failure=ident)
        for node_id in ids
    ]
    return Failure(ident, cause, ident, tuple(ids), ident, **more), tests


def plan(*parts: tuple[Failure, list[AuditedTest]], passed: int) -> list[tuple[str, int, float | None]]:
    tests = [test for _, members in parts for test in members]
    summary = Summary(passed=passed, failed=len(tests), expected=passed + len(tests))
    steps = repairs([failure for failure, _ in parts], tests, summary)
    return [(step.failure, step.tests, step.pass_rate) for step in steps]


def cases(count: int, function: str = "test_x") -> list[str]:
    return [f"{function}[{number}]" for number in range(count)]


def test_the_guides_triage_goes_from_84_6_to_93_9_percent() -> None:
    steps = plan(
        failing("schema", cases(120), "fixture"),
        failing("await", cases(110)),
        failing("rest", [f"test_{number}" for number in range(150)]),
        passed=2_093,
    )

    assert [name for name, _, _ in steps] == ["schema", "await", "rest"]
    assert [round(rate or 0, 4) for _, _, rate in steps] == [0.8949, 0.9393, 1.0]


def test_one_place_that_mends_many_comes_before_many_places_that_mend_more() -> None:
    steps = plan(
        failing("scattered", [f"test_{number}" for number in range(30)]),
        failing("service", [f"test_{number}" for number in range(20)], "environment"),
        passed=50,
    )

    assert [name for name, _, _ in steps] == ["service", "scattered"]


def test_what_fails_in_one_product_function_is_one_place() -> None:
    frame = Frame("shop/basket.py", 3, "price")
    failure, tests = failing("basket", ["test_a", "test_b"], frame=frame)

    (step,) = repairs([failure], tests, Summary(passed=2, failed=2, expected=4))

    assert (step.places, step.wasted_s, step.pass_rate) == (1, 1.0, 1.0)


def test_a_module_that_does_not_import_counts_with_the_tests_in_its_source() -> None:
    many, many_tests = failing("many", cases(9), "fixture")
    module, module_tests = failing("module", ["test_x"], "collection")
    other, other_tests = failing("other", ["test_x"], "collection")

    steps = repairs(
        [many, module, other],
        [*many_tests, *module_tests, *other_tests],
        Summary(passed=9, error=2, failed=9, expected=20),
        {"test_module.py": 12, "test_other.py": 3, "test_many.py": 40},
    )

    assert [(step.failure, step.tests, step.hidden) for step in steps] == [
        ("module", 1, 12),
        ("many", 9, 0),
        ("other", 1, 3),
    ]
    assert [step.pass_rate for step in steps] == [0.5, 0.95, 1.0]


def test_without_a_rate_there_is_nothing_to_gain() -> None:
    failure, tests = failing("x", ["test_a"])

    assert [step.pass_rate for step in repairs([failure], tests, Summary())] == [None]


@given(st.lists(st.tuples(st.integers(1, 9), st.booleans()), min_size=1, max_size=8), st.integers(0, 50))
def test_the_last_step_leaves_nothing_red_and_no_step_lowers_the_rate(
    groups: list[tuple[int, bool]], passed: int
) -> None:
    parts = [
        failing(str(place), cases(size), "environment" if outside else "unknown")
        for place, (size, outside) in enumerate(groups)
    ]

    rates = [rate for _, _, rate in plan(*parts, passed=passed)]

    assert rates == sorted(rates)
    assert rates[-1] == 1.0
