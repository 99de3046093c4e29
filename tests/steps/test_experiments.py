"""What the attempts of a test prove, and how much a count of them says."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from testaudit.experiments.replay import replay, replay_file
from testaudit.experiments.together import together
from testaudit.experiments.verdicts import judged
from testaudit.model import Attempt, AuditedTest, NodeId, Outcome
from testaudit.rates import failure_rate

LETTERS: dict[str, Outcome] = {"F": "failed", "P": "passed", "S": "skipped", "E": "error"}


def attempts(condition: str, letters: str, worker: str = "") -> tuple[Attempt, ...]:
    return tuple(Attempt(LETTERS[letter], 1.0, condition, worker=worker) for letter in letters)


def audited(main: str = "F", worker: str = "", condition: str = "main", **reruns: str) -> AuditedTest:
    own = attempts(condition, main, worker)
    again = tuple(attempt for name, letters in reruns.items() for attempt in attempts(name, letters))
    return AuditedTest(
        NodeId("test_a.py::test_x"), "test_a::test_x", "test_a.py", 1, own[-1].outcome, own, reruns=again
    )


@pytest.mark.parametrize(
    "reruns",
    [
        {"together": "FP"},
        {"together": "PF"},
        {"alone": "PF"},
        {"together": "FF", "replay": "P"},
        {"together": "EP"},
    ],
)
def test_different_outcomes_under_one_order_are_flaky(reruns: dict[str, str]) -> None:
    test = judged(audited(**reruns))

    assert (test.flaky, test.order) == (True, "")


@pytest.mark.parametrize("main", ["FP", "PF", "FFP"])
def test_what_the_runner_itself_tried_again_with_another_outcome_is_flaky(main: str) -> None:
    assert judged(audited(main)).flaky


@pytest.mark.parametrize(
    ("reruns", "order"),
    [
        ({}, ""),
        ({"together": "FF"}, ""),
        ({"together": "FF", "alone": "F"}, ""),
        ({"together": "PP"}, "candidate"),
        ({"together": "PP", "alone": "PP"}, "candidate"),
        ({"together": "PP", "alone": "P", "replay": "F"}, "candidate"),
        ({"together": "PP", "alone": "PP", "replay": "F"}, "proven"),
        ({"together": "PP", "alone": "PP", "file": "F"}, "candidate"),
        ({"together": "PP", "alone": "PP", "file": "FF"}, "proven"),
        ({"together": "FF", "alone": "PP"}, "proven"),
        ({"together": "F", "alone": "PP"}, "candidate"),
        ({"together": "SS", "alone": "S"}, ""),
    ],
)
def test_dependence_on_order_is_proven_twice_each_way(reruns: dict[str, str], order: str) -> None:
    test = judged(audited(**reruns))

    assert (test.flaky, test.order) == (False, order)


def test_a_replay_in_one_process_proves_nothing_of_a_worker() -> None:
    test = judged(audited(worker="gw1", together="FF", replay="P"))

    assert (test.flaky, test.order) == (False, "candidate")


def test_a_replay_proves_nothing_of_a_test_that_ran_after_a_restart() -> None:
    assert not judged(audited(condition="after-restart", together="FF", replay="P")).flaky


@pytest.mark.parametrize(("replays", "order"), [("F", "candidate"), ("FF", "proven")])
def test_after_a_restart_both_replays_have_to_be_ours(replays: str, order: str) -> None:
    assert judged(audited(condition="after-restart", together="PP", alone="PP", replay=replays)).order == order


def test_the_runners_own_repetitions_are_one_order_and_one_accusation() -> None:
    assert judged(audited("FFF", together="PP", alone="PP")).order == "candidate"


def test_a_test_that_passes_depends_on_nothing() -> None:
    assert judged(audited("P", together="P")).order == ""


@given(st.text("FPSE", min_size=1, max_size=4), st.text("FPSE", max_size=3), st.text("FPSE", max_size=3))
def test_no_test_is_both_flaky_and_dependent(main: str, reduced: str, single: str) -> None:
    test = judged(audited(main, together=reduced, alone=single))

    assert not (test.flaky and test.order)


def test_a_flaky_test_stays_flaky() -> None:
    test = judged(audited(together="FP"))

    assert judged(test) == test


def test_the_exact_interval_is_clopper_and_pearsons() -> None:
    # R: binom.test(5, 20)$conf.int, binom.test(2, 4)$conf.int
    assert failure_rate(5, 20) == pytest.approx((0.25, 0.08657147, 0.49104587), abs=1e-7)
    assert failure_rate(2, 4) == pytest.approx((0.5, 0.06758599, 0.93241401), abs=1e-7)


def test_a_clean_record_still_allows_a_rate() -> None:
    # The exact form of the rule of three: 1 - 0.05 ** (1 / n).
    assert failure_rate(0, 3) == pytest.approx((0.0, 0.0, 1 - 0.05 ** (1 / 3)))
    assert failure_rate(0, 60).high < 0.05


@given(st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_rate_lies_in_its_interval(counts: tuple[int, int]) -> None:
    rate = failure_rate(*counts)

    assert 0 <= rate.low <= rate.rate <= rate.high <= 1
    assert rate.high - rate.low > 0


@pytest.mark.parametrize(("failures", "all_of"), [(0, 0), (3, 2), (-1, 2)])
def test_impossible_counts_have_no_rate(failures: int, all_of: int) -> None:
    with pytest.raises(ValueError, match=f"{failures} failures of {all_of} attempts"):
        failure_rate(failures, all_of)


def named(*names: str) -> list[AuditedTest]:
    return [
        AuditedTest(NodeId(name), name, name.partition("::")[0], 1, "failed", (Attempt("failed", 2.0),))
        for name in names
    ]


def test_the_failing_tests_run_in_the_order_in_which_they_are_given() -> None:
    experiment = together(named("b.py::t", "a.py::t"))

    assert experiment.node_ids == ("b.py::t", "a.py::t")
    assert experiment.seconds == 4.0


def test_a_replay_imports_everything_as_the_main_run_did() -> None:
    first, second, victim = named("a.py::one", "b.py::two", "b.py::victim")
    whole = replay([victim], [first, second, victim])
    own = replay_file(victim, [first, second, victim])

    assert (whole.narrow, whole.node_ids, whole.subjects) == (
        False,
        ("a.py::one", "b.py::two", "b.py::victim"),
        ("b.py::victim",),
    )
    assert (own.narrow, own.node_ids) == (True, ("b.py::two", "b.py::victim"))
