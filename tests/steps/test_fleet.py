"""Several projects as one: paths from the top, sums of the counts, one verdict."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from testaudit.collect import Options
from testaudit.config import Config
from testaudit.fleet import combine
from testaudit.model import (
    Attempt,
    Audit,
    AuditedTest,
    Check,
    Environment,
    Evidence,
    Failure,
    Finding,
    FixtureUse,
    Frame,
    Gap,
    NodeId,
    Project,
    Run,
    Sleep,
    Trouble,
    Verdict,
)
from testaudit.summary import summarise

TOP = Path("/top")


def member(name: str, *outcomes: str, **changes) -> Audit:
    trouble = Trouble("call", "ValueError", "m", Frame("src/app.py", 1, "f"), "")
    tests = tuple(
        AuditedTest(
            NodeId(f"tests/test_x.py::test_{n}"),
            f"tests.test_x::test_{n}",
            "tests/test_x.py",
            1,
            outcome,
            (Attempt(outcome, 1.0, troubles=(trouble,), sleeps=(Sleep(1.0, 1, "src/app.py", 2, "f"),)),),
            failure="f-1" if outcome == "failed" else None,
            skip_kind="unconditional" if outcome == "skipped" else None,
            skip_site=Frame("tests/test_x.py", 3, "") if outcome == "skipped" else None,
            fixtures=(
                FixtureUse("own", "function", "tests/conftest.py", 1),
                FixtureUse("tmp_path", "function", "/lib/tmpdir.py", 1),
            ),
        )
        for n, outcome in enumerate(outcomes)
    )
    failing = tuple(test.node_id for test in tests if test.outcome == "failed")
    finding = Finding(
        "TA301",
        "sleep-in-test",
        "flaky",
        "warning",
        "high",
        "tests/test_x.py",
        4,
        4,
        "m",
        "r",
        "test_0",
        (Evidence("static", "e"),),
        (tests[0].node_id,) if tests else (),
        "fp",
    )
    audit = Audit(
        project=Project(str(TOP / name), name),
        environment=Environment(python="3.12.0"),
        complete=True,
        incomplete=(),
        partial=False,
        summary=summarise(tests, Run(tests=tests)),
        tests=tests,
        findings=(finding,),
        failures=(Failure("f-1", "unknown", "s", failing, "m", frame=Frame("src/app.py", 1, "f")),) if failing else (),
        verdict=Verdict((Check("runner", passed=True, actual=0, limit=0, why=""),)),
        notes=("a note",),
        fixture_setup=(("own", "tests/conftest.py", 2, 0.5), ("tmp_path", "/lib/tmpdir.py", 1, 0.1)),
    )
    return replace(audit, **changes)


def options(**changes) -> Options:
    return Options(root=TOP, config=Config(), **changes)


def test_every_path_is_seen_from_the_top():
    audit = combine([member("a/one", "passed", "failed", "skipped"), member("two", "failed")], TOP)
    test = audit.tests[1]

    assert [t.path for t in audit.tests] == ["a/one/tests/test_x.py"] * 3 + ["two/tests/test_x.py"]
    assert test.node_id == "a/one/tests/test_x.py::test_1"
    assert test.attempts[0].troubles[0].frame.path == "a/one/src/app.py"
    assert test.attempts[0].sleeps[0].path == "a/one/src/app.py"
    assert [fixture.path for fixture in test.fixtures] == ["a/one/tests/conftest.py", "/lib/tmpdir.py"]
    assert audit.tests[2].skip_site.path == "a/one/tests/test_x.py"
    assert {finding.path for finding in audit.findings} == {"a/one/tests/test_x.py", "two/tests/test_x.py"}
    assert {finding.node_ids for finding in audit.findings} == {
        ("a/one/tests/test_x.py::test_0",),
        ("two/tests/test_x.py::test_0",),
    }
    assert {failure.frame.path for failure in audit.failures} == {"a/one/src/app.py", "two/src/app.py"}
    assert {row[1] for row in audit.fixture_setup} == {
        "a/one/tests/conftest.py",
        "two/tests/conftest.py",
        "/lib/tmpdir.py",
    }
    assert audit.notes == ("a/one: a note", "two: a note")
    assert audit.members == ("a/one", "two")


def test_failures_of_one_id_are_kept_apart():
    audit = combine([member("one", "failed"), member("two", "failed")], TOP)

    assert len({failure.id for failure in audit.failures}) == 2
    assert [test.failure for test in audit.tests] == [failure.id for failure in audit.failures]


def test_the_top_itself_may_be_a_member():
    audit = combine([member(".", "passed"), member("two", "passed")], TOP)

    assert [test.path for test in audit.tests] == ["tests/test_x.py", "two/tests/test_x.py"]


outcomes = st.lists(st.sampled_from(["passed", "failed", "skipped"]), max_size=4)


@given(st.lists(outcomes, min_size=1, max_size=4))
def test_counts_are_sums_and_every_test_is_there_once(suites):
    members = [member(f"m{n}", *suite) for n, suite in enumerate(suites)]

    audit = combine(members, TOP, options())

    assert len({test.node_id for test in audit.tests}) == len(audit.tests) == sum(map(len, suites))
    assert audit.summary == replace(summarise(audit.tests, Run(tests=())), duration_s=0.0, cost=audit.summary.cost)
    assert audit.summary.cost.setup_s == 0.0


@given(st.lists(outcomes, min_size=1, max_size=4))
def test_the_verdict_is_that_of_one_suite(suites):
    audit = combine([member(f"m{n}", *suite) for n, suite in enumerate(suites)], TOP, options())
    flat = [outcome for suite in suites for outcome in suite]
    rate = flat.count("passed") / len(flat) if flat else None

    assert [check.name for check in audit.verdict.checks] == ["complete", "runner", "pass-rate", "failures"]
    assert audit.verdict.passed is (rate is not None and rate >= 0.95 and "failed" not in flat)


def test_one_members_runner_fails_for_all():
    failed = Verdict((Check("runner", passed=False, actual=1, limit=0, why="coverage"),))

    audit = combine([member("one", "passed"), member("two", "passed", verdict=failed)], TOP, options())

    assert [check.name for check in audit.verdict.checks if not check.passed] == ["runner"]


def test_a_gap_of_one_makes_all_incomplete():
    gap = Gap("not-parsed", "test_x.py", "syntax")

    audit = combine(
        [member("one", "passed"), member("two", "passed", incomplete=(gap,), complete=False)], TOP, options()
    )

    assert audit.complete is False
    assert audit.incomplete == (Gap("not-parsed", "two: test_x.py", "syntax"),)
    assert audit.verdict.passed is False


@pytest.mark.parametrize(("said", "impossible"), [(("a", "b"), "a; b"), (("a", ""), ""), (("", ""), "")])
def test_no_audit_was_possible_only_where_none_was(said, impossible):
    members = [member(f"m{n}", impossible=why) for n, why in enumerate(said)]

    assert combine(members, TOP, options()).impossible == impossible


def test_who_ended_one_member_ended_all():
    assert combine([member("one", "passed"), member("two", ended_by=15)], TOP, options()).ended_by == 15


def test_a_part_of_one_is_a_part_of_all():
    assert combine([member("one", "passed"), member("two", "passed", partial=True)], TOP).partial is True


def test_lint_of_several_is_judged_by_nobody():
    audit = combine([member("one", verdict=None), member("two", verdict=None)], TOP)

    assert audit.verdict is None


def test_a_members_own_limit_is_not_said_to_have_decided():
    note = "pytest is red (1 failing); the gate is green because of fail-under = 10"

    audit = combine(
        [member("one", "failed", notes=(note, "kept")), member("two", *["passed"] * 50)], TOP, options(fail_under=50.0)
    )

    assert audit.notes == ("one: kept", "two: a note", note.replace("10", "50"))


def test_the_environment_is_of_a_member_that_ran():
    audit = combine([member("one", environment=Environment()), member("two", "passed")], TOP)

    assert audit.environment.python == "3.12.0"
    assert os.path.isabs(audit.project.root)
