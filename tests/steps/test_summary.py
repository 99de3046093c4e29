"""Counts and rates: every test once, no skip or xfail ever raises the rate, several projects add up."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from testaudit.model import GREEN, OUTCOMES, Attempt, AuditedTest, NodeId, Run, Sleep, Summary
from testaudit.summary import add, excused, slowest, summarise, where_it_slept

RUN = Run(tests=())
EXCUSES = {"skipped", "xfailed"}


@st.composite
def audited(draw) -> AuditedTest:
    outcome = draw(st.sampled_from(OUTCOMES))
    hidden = outcome in EXCUSES
    sleeps = draw(
        st.lists(
            st.builds(
                Sleep,
                st.integers(0, 50),
                st.integers(1, 3),
                st.sampled_from(["a.py", "b.py"]),
                st.integers(1, 2),
                st.just("f"),
            ),
            max_size=2,
        )
    )
    return AuditedTest(
        NodeId(f"t.py::test_{draw(st.integers(0, 10**6))}"),
        "k",
        "t.py",
        1,
        outcome,
        (Attempt(outcome, draw(st.integers(0, 100)), sleeps=tuple(sleeps)),),
        skip_kind=draw(st.sampled_from(["conditional", "unconditional", "unknown"])) if hidden else None,
        tracked=draw(st.booleans()) if hidden else False,
        level=draw(st.sampled_from(["unit", "integration", "e2e"])),
    )


suites = st.lists(audited(), max_size=30)


@given(suites)
def test_every_test_counts_once(tests):
    summary = summarise(tests, RUN)
    counted = sum(getattr(summary, outcome.replace("-", "_")) for outcome in OUTCOMES)

    assert counted == summary.collected == len(tests)
    assert sum(dict(summary.levels).values()) == len(tests)


@given(suites)
def test_rates_are_ratios_of_what_was_expected_and_executed(tests):
    summary = summarise(tests, RUN)
    green = sum(1 for test in tests if test.outcome in GREEN)

    assert summary.pass_rate == (green / summary.expected if summary.expected else None)
    assert summary.pass_rate_executed == (green / summary.executed if summary.executed else None)
    assert summary.executed <= summary.expected <= summary.collected


@given(suites)
def test_the_expected_are_all_but_the_conditional_and_the_tracked(tests):
    left_out = [t for t in tests if t.outcome in EXCUSES and (t.tracked or t.skip_kind != "unconditional")]

    assert summarise(tests, RUN).expected == len(tests) - len(left_out)
    assert [test for test in tests if excused(test)] == left_out


@given(suites.filter(bool), st.data())
def test_hiding_a_failure_without_an_issue_never_raises_the_rate(tests, data):
    index = data.draw(st.integers(0, len(tests) - 1))
    hidden = replace(
        tests[index], outcome=data.draw(st.sampled_from(sorted(EXCUSES))), skip_kind="unconditional", tracked=False
    )
    failing = replace(tests[index], outcome="failed", skip_kind=None, tracked=False)

    before = summarise([*tests[:index], failing, *tests[index + 1 :]], RUN).pass_rate
    after = summarise([*tests[:index], hidden, *tests[index + 1 :]], RUN).pass_rate

    assert after == before


@given(suites)
def test_order_does_not_matter(tests):
    assert summarise(tests, RUN) == summarise(tests[::-1], RUN)


@given(suites, suites)
def test_two_projects_add_up_to_one(one, two):
    together = add([summarise(one, RUN), summarise(two, RUN)])

    assert together == summarise([*one, *two], RUN)


@given(suites)
def test_adding_nothing_changes_nothing(tests):
    summary = summarise(tests, RUN)

    assert add([summary]) == add([summary, Summary(levels=summary.levels[:0])]) == summary


def test_without_a_run_nothing_was_collected():
    tests = [AuditedTest(NodeId("t.py::a"), "k", "t.py", 1, None, level="e2e")]

    summary = summarise(tests, None)

    assert (summary.collected, summary.pass_rate, summary.pass_rate_executed) == (0, None, None)
    assert dict(summary.levels) == {"unit": 0, "integration": 0, "e2e": 1}


@given(suites, st.integers(1, 5))
def test_the_slowest_come_first_and_are_cut(tests, most):
    ranked = slowest(tests, most)
    seconds = [duration for _, duration in ranked]

    assert seconds == sorted((test.duration_s for test in tests), reverse=True)[:most]


@given(suites)
def test_sleeps_are_summed_by_place_longest_first(tests):
    places = where_it_slept(tests, most=100)
    slept = [sleep for test in tests for attempt in test.attempts for sleep in attempt.sleeps]

    assert sum(place.seconds for place in places) == sum(sleep.seconds for sleep in slept)
    assert sum(place.calls for place in places) == sum(sleep.calls for sleep in slept)
    assert len({(place.path, place.line, place.function) for place in places}) == len(places)
    assert [place.seconds for place in places] == sorted((place.seconds for place in places), reverse=True)


@given(suites)
def test_tasks_that_sleep_at_once_cost_no_more_than_their_test_took(tests):
    slept = summarise(tests, RUN).cost.slept_s
    attempts = [attempt for test in tests for attempt in test.attempts]

    assert slept <= sum(attempt.duration_s for attempt in attempts if attempt.sleeps)
    assert slept <= sum(sleep.seconds for attempt in attempts for sleep in attempt.sleeps)


def test_a_test_that_sleeps_five_seconds_in_parallel_and_takes_two_slept_two():
    sleeps = (Sleep(3.0, 3, "a.py", 1, "f"), Sleep(2.0, 2, "a.py", 2, "g"))
    test = AuditedTest(NodeId("a.py::t"), "", "a.py", 1, "passed", (Attempt("passed", 2.0, sleeps=sleeps),))

    assert summarise([test], RUN).cost.slept_s == 2.0


def test_a_selected_test_that_never_ran_is_expected_and_not_executed():
    tests = (
        AuditedTest(NodeId("t.py::a"), "t::a", "t.py", 1, "passed"),
        AuditedTest(NodeId("t.py::b"), "t::b", "t.py", 2, None),
    )

    summary = summarise(tests, Run(tests=tests))

    assert (summary.collected, summary.expected, summary.executed) == (2, 2, 1)
    assert (summary.pass_rate, summary.pass_rate_executed) == (0.5, 1.0)
