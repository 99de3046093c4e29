"""The gate: each check by itself, the order of their answers, and what makes an audit impossible."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from testaudit import gate
from testaudit.checks import complete, failures, pass_rate, runner
from testaudit.checks.interface import Question
from testaudit.model import Attempt, AuditedTest, Failure, Gap, NodeId, Run, Summary, Trouble

RAN = Run(tests=(), exit_status=0)


def question(
    *,
    run: Run | None = RAN,
    gaps: tuple[Gap, ...] = (),
    fail_under: float | None = None,
    by_executed: bool = False,
    listed: tuple[Failure, ...] = (),
    **counts: object,
) -> Question:
    return Question(replace(Summary(), **counts), gaps, listed, run, fail_under, by_executed)


def rate(passed: int, total: int) -> dict[str, object]:
    return {
        "collected": total,
        "passed": passed,
        "failed": total - passed,
        "expected": total,
        "executed": total,
        "pass_rate": passed / total,
        "pass_rate_executed": passed / total,
    }


# ---------------------------------------------------------------- pass-rate

PERCENTS = st.floats(0, 100) | st.decimals(0, 100, places=1).map(float)


@given(total=st.integers(1, 100_000), passed=st.integers(0, 100_000), percent=PERCENTS)
def test_the_rate_is_compared_exactly(total, passed, percent):
    passed = min(passed, total)

    check = pass_rate.ask(question(fail_under=percent, **rate(passed, total)))

    assert check.passed is (Fraction(passed, total) >= Fraction(str(percent)) / 100)


@given(total=st.integers(1, 5_000), passed=st.integers(0, 5_000), percent=PERCENTS)
def test_what_to_do_names_the_smallest_number_that_is_enough(total, passed, percent):
    passed = min(passed, total)

    check = pass_rate.ask(question(fail_under=percent, **rate(passed, total)))
    more = 0 if check.passed else int(check.what_to_do.split()[0])

    assert pass_rate.ask(question(fail_under=percent, **rate(passed + more, total))).passed
    assert not more or not pass_rate.ask(question(fail_under=percent, **rate(passed + more - 1, total))).passed


@pytest.mark.parametrize(
    ("passed", "total", "enough"), [(95, 100, True), (9496, 10_000, False), (19, 20, True), (18, 19, False)]
)
def test_the_limit_is_95_percent_where_nobody_set_one(passed, total, enough):
    assert pass_rate.ask(question(**rate(passed, total))).passed is enough


@pytest.mark.parametrize("total", [1_000, 10_000, 100_000])
@pytest.mark.parametrize("tenths", [951, 999, 333, 143, 7])
def test_a_limit_is_the_decimal_that_was_written(tenths, total):
    passed = tenths * total // 1_000

    assert pass_rate.ask(question(fail_under=tenths / 10, **rate(passed, total))).passed is True
    assert pass_rate.ask(question(fail_under=tenths / 10, **rate(passed - 1, total))).passed is False


def test_no_rate_fails():
    check = pass_rate.ask(question(pass_rate=None))

    assert (check.passed, check.actual, check.limit) == (False, None, 0.95)


def test_no_rate_fails_at_a_limit_of_zero_too():
    assert pass_rate.ask(question(pass_rate=None, fail_under=0)).passed is False


def test_the_executed_rate_decides_where_it_is_asked_for():
    counts = {"passed": 1, "expected": 2, "executed": 1, "pass_rate": 0.5, "pass_rate_executed": 1.0}

    assert pass_rate.ask(question(by_executed=True, **counts)).passed is True
    assert pass_rate.ask(question(by_executed=False, **counts)).passed is False


# ---------------------------------------------------------------- runner


@pytest.mark.parametrize(
    ("status", "counts", "explained"),
    [
        (0, {"collected": 1, "passed": 1}, True),
        (0, {"collected": 1, "failed": 1}, True),
        (1, {"collected": 1, "failed": 1}, True),
        (1, {"collected": 1, "error": 1}, True),
        (1, {"collected": 1, "crashed": 1}, True),
        (1, {"collected": 1, "passed": 1}, False),
        (2, {"collected": 1, "passed": 1}, False),
        (3, {"collected": 1, "failed": 1}, False),
        (4, {}, False),
        (5, {}, True),
        (5, {"collected": 1, "crashed": 1}, True),
        (5, {"collected": 1, "passed": 1}, False),
        (77, {"collected": 1, "failed": 1}, False),
        (-11, {"collected": 1, "failed": 1}, False),
    ],
)
def test_a_status_is_explained_by_the_outcomes_or_not(status, counts, explained):
    assert runner.ask(question(run=Run(tests=(), exit_status=status), **counts)).passed is explained


def test_modules_that_did_not_collect_explain_an_interruption():
    run = Run(tests=(), exit_status=2, broken_files=("test_x.py",))

    assert runner.ask(question(run=run, collected=1, error=1)).passed is True


def test_a_run_that_did_not_end_by_itself_is_no_question_of_the_runner():
    assert runner.ask(question(run=Run(tests=(), exit_status=None))) is None


# ---------------------------------------------------------------- complete, failures


def test_the_first_gap_is_named_and_the_others_are_counted():
    gaps = (Gap("not-parsed", "test_x.py", "syntax error\nmore"), Gap("log", "b", "c"), Gap("log", "d", "e"))

    check = complete.ask(question(gaps=gaps))

    assert (check.passed, check.actual) == (False, 3)
    assert check.why == "test_x.py: syntax error (and 2 more)"


@given(st.tuples(*[st.integers(0, 3)] * 4))
def test_no_test_may_fail_in_any_way(counts):
    names = ("failed", "error", "crashed", "timed_out")

    check = failures.ask(question(**dict(zip(names, counts, strict=True))))

    assert (check.passed, check.actual) == (sum(counts) == 0, sum(counts))


@pytest.mark.parametrize("fail_under", [0, 50, 100])
def test_a_limit_of_the_users_own_takes_the_place_of_the_failures_check(fail_under):
    assert failures.ask(question(fail_under=fail_under, error=3)) is None


# ---------------------------------------------------------------- the verdict


def test_the_checks_stand_in_the_contracts_order():
    assert [check.name for check in gate.judge(question(**rate(1, 1))).checks] == [
        "complete",
        "runner",
        "pass-rate",
        "failures",
    ]


def test_without_a_run_completeness_alone_is_asked():
    assert [check.name for check in gate.judge(question(run=None)).checks] == ["complete"]


@given(st.lists(st.sampled_from(["complete", "status", "rate", "failures"]), unique=True))
def test_one_failed_check_fails_the_gate(broken):
    asked = question(
        gaps=(Gap("a", "b", "c"),) if "complete" in broken else (),
        run=Run(tests=(), exit_status=3 if "status" in broken else 0),
        collected=100,
        passed=90 if "rate" in broken else 100,
        failed=1 if "failures" in broken else 0,
        expected=100,
        pass_rate=0.9 if "rate" in broken else 1.0,
    )

    assert gate.judge(asked).passed is (not broken)


# ---------------------------------------------------------------- impossible


def red(number: int, *, phase: str = "setup", failure: str | None = "f", outcome: str = "error") -> AuditedTest:
    trouble = Trouble(phase, "ConnectionRefusedError", "refused", None, "")
    return AuditedTest(
        NodeId(f"t.py::test_{number}"),
        "",
        "t.py",
        1,
        outcome,
        (Attempt(outcome, 0.0, troubles=(trouble,)),),
        failure=failure,
    )


def green(number: int) -> AuditedTest:
    return AuditedTest(NodeId(f"t.py::test_g{number}"), "", "t.py", 1, "passed", (Attempt("passed", 0.0),))


SUBJECTS = {"f": "PostgreSQL at localhost:5432"}


def asked(tests: list[AuditedTest], subjects: dict[str, str] = SUBJECTS) -> Gap | None:
    return gate.impossible(RAN, Summary(collected=len(tests), executed=len(tests)), tests, subjects)


@given(down=st.integers(0, 60), up=st.integers(0, 60))
def test_over_80_percent_without_their_service_say_nothing(down, up):
    gap = asked([red(n) for n in range(down)] + [green(n) for n in range(up)])

    assert (gap is not None) is (down + up == 0 or down > Fraction(8, 10) * (down + up))


def test_the_gap_names_the_service():
    gap = asked([red(1), red(2)])

    assert gap.what == "environment"
    assert "PostgreSQL at localhost:5432 is not there" in gap.why
    assert "says nothing about the suite" in gap.why


@pytest.mark.parametrize(
    "tests",
    [
        [red(1, phase="call", outcome="failed")],
        [red(1, phase="teardown")],
        [red(1, failure=None)],
        [red(1, failure="another")],
    ],
    ids=["bodies", "teardowns", "no failure", "another cause"],
)
def test_other_failures_are_the_suites_own(tests):
    assert asked(tests) is None


def test_two_services_do_not_add_up():
    tests = [red(1), red(2, failure="g")]

    assert asked(tests, {**SUBJECTS, "g": "Redis at localhost:6379"}) is None


def test_two_signatures_of_one_service_add_up():
    tests = [red(1), red(2, failure="g")]

    assert asked(tests, {**SUBJECTS, "g": SUBJECTS["f"]}) is not None


def test_skipped_tests_neither_help_nor_harm():
    skipped = replace(green(1), outcome="skipped", attempts=(Attempt("skipped", 0.0),))

    gap = gate.impossible(RAN, Summary(collected=11, executed=1), [red(1), *[skipped] * 10], SUBJECTS)

    assert gap.what == "environment"


def test_nothing_selected_is_said_with_what_was_deselected():
    gap = gate.impossible(RAN, Summary(deselected=4), [], {})

    assert gap.what == "no-tests"
    assert "4 deselected" in gap.why


def test_a_diagnosis_is_the_gap():
    gap = gate.impossible(Run(tests=(), diagnosis="pytest is not installed"), Summary(), [], {})

    assert (gap.what, gap.why) == ("no-run", "pytest is not installed")


def test_without_a_run_nothing_is_impossible():
    assert gate.impossible(None, Summary(), [], {}) is None


# ---------------------------------------------------------------- what is said first


@pytest.mark.parametrize(
    ("counts", "status", "fail_under", "said"),
    [
        ({"failed": 1}, 1, 50.0, True),
        ({}, 0, 50.0, False),
        ({"failed": 1}, 1, None, True),
    ],
)
def test_green_where_pytest_is_red_is_said(counts, status, fail_under, said):
    verdict = gate.judge(question(fail_under=0, pass_rate=1.0))

    notes = gate.said_first(verdict, question(fail_under=fail_under, **counts), status)

    assert bool(notes) is said


def test_a_red_gate_says_nothing_of_the_kind():
    verdict = gate.judge(question(gaps=(Gap("a", "b", "c"),)))

    assert gate.said_first(verdict, question(fail_under=50.0, failed=1), 1) == ()
