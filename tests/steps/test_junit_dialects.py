"""What any runner's JUnit file says is what its tests did: real files of small suites of ours, with their truth.

`file_says` in the truth names the figures that a file does not hold: retries without a trace, tests that are not
written. There the reader says what the file says.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from testaudit.model import AuditedTest, Run
from tests.steps.junit_files import DATA, by_name, read, written

TRUTH: dict[str, dict[str, Any]] = json.loads((DATA / "truth.json").read_text(encoding="utf-8"))
BOTH_BROKEN = "::test_fail_and_teardown_error"
"""Its body and its teardown fail: the truth of three files counts the body, the contract counts the teardown."""


def counted(run: Run) -> dict[str, int]:
    found = Counter(test.outcome for test in run.tests)
    return {
        "tests": len(run.tests),
        "failures": found["failed"],
        "errors": found["error"] + found["crashed"],
        "skipped": found["skipped"] + found["xfailed"],
        "flaky": sum(test.flaky for test in run.tests),
    }


@pytest.mark.parametrize("name", sorted(TRUTH))
def test_the_counts_are_the_truth_as_far_as_the_file_tells(name: str) -> None:
    truth = TRUTH[name]
    run = read(name)
    both = sum(BOTH_BROKEN in test.node_id for test in run.tests)

    expected = {key: truth[key] for key in ("tests", "failures", "errors", "skipped", "flaky")}
    expected["failures"] -= both
    expected["errors"] += both
    assert counted(run) == expected | truth.get("file_says", {})


@pytest.mark.parametrize("name", sorted(TRUTH))
def test_what_was_mended_in_a_file_is_said(name: str) -> None:
    mended = [note for note in read(name).notes if "not well-formed" in note]

    assert bool(mended) is not TRUTH[name]["well_formed"]


# ---------------------------------------------------------------- attempts


def outcomes(test: AuditedTest) -> list[str]:
    return [attempt.outcome for attempt in test.attempts]


def test_attempts_of_surefire() -> None:
    tests = by_name(read("surefire.xml"))

    assert outcomes(tests["flakyFails"]) == ["failed", "failed", "passed"]
    assert outcomes(tests["flakyErrors"]) == ["error", "passed"]
    assert outcomes(tests["fails"]) == ["failed", "failed", "failed"]
    assert (tests["flakyErrors"].flaky, tests["fails"].flaky) == (True, False)


def test_attempts_of_gotestsum() -> None:
    tests = by_name(read("gotestsum-rerun.xml"))

    assert outcomes(tests["TestFlaky"]) == ["failed", "passed"]
    assert outcomes(tests["TestFail"]) == ["failed"] * 3
    assert tests["TestFlaky"].attempts[0].troubles[0].message == "first"


def test_attempts_of_playwright_show_in_the_text_and_in_what_was_attached() -> None:
    tests = {test.node_id: test for test in read("playwright.xml").tests}

    assert outcomes(tests["a.spec.js::outer › fails [chromium]"]) == ["failed"] * 3
    assert outcomes(tests["a.spec.js::outer › flaky [firefox]"]) == ["failed", "passed"]
    assert outcomes(tests["a.spec.js::outer › expected fail [firefox]"]) == ["passed"]


def test_the_output_of_an_attempt_is_not_its_trace(tmp_path: Path) -> None:
    attempt = '<flakyFailure type="t" message="m"><stackTrace>trace</stackTrace><system-out>printed</system-out></flakyFailure>'

    (test,) = written(
        tmp_path / "r.xml", f'<testsuite><testcase classname="a" name="b">{attempt}</testcase></testsuite>'
    ).tests

    assert outcomes(test) == ["failed", "passed"]
    assert "printed" not in test.attempts[0].troubles[0].text
    assert test.attempts[0].troubles[0].text.strip() == "trace"


@pytest.mark.parametrize(
    ("cases", "expected"),
    [
        ("FP", {"tests": 1, "failures": 0, "errors": 0, "skipped": 0, "flaky": 1}),
        ("FFP", {"tests": 1, "failures": 0, "errors": 0, "skipped": 0, "flaky": 1}),
        ("FF", {"tests": 1, "failures": 1, "errors": 0, "skipped": 0, "flaky": 0}),
        ("PP", {"tests": 2, "failures": 0, "errors": 0, "skipped": 0, "flaky": 0}),
        ("PF", {"tests": 2, "failures": 1, "errors": 0, "skipped": 0, "flaky": 0}),
        ("FPF", {"tests": 3, "failures": 2, "errors": 0, "skipped": 0, "flaky": 0}),
    ],
)
def test_a_name_that_repeats_is_retried_only_where_failures_stand_first(
    tmp_path: Path, cases: str, expected: dict[str, int]
) -> None:
    one = {
        "P": '<testcase classname="a" name="b"/>',
        "F": '<testcase classname="a" name="b"><failure message="m"/></testcase>',
    }
    text = "".join(one[each] for each in cases)

    run = written(tmp_path / "r.xml", f'<testsuite name="any">{text}</testsuite>')

    assert counted(run) == expected
    assert len({test.node_id for test in run.tests}) == expected["tests"]


def test_one_name_in_two_suites_is_two_tests(tmp_path: Path) -> None:
    red = '<testsuite name="one"><testcase classname="a" name="b"><failure/></testcase></testsuite>'
    green = '<testsuite name="two"><testcase classname="a" name="b"/></testsuite>'

    run = written(tmp_path / "r.xml", f"<testsuites>{red}{green}</testsuites>")

    assert counted(run) == {"tests": 2, "failures": 1, "errors": 0, "skipped": 0, "flaky": 0}


def test_a_runner_without_retries_of_its_own_writes_two_tests(tmp_path: Path) -> None:
    cases = '<testcase classname="a" name="b"><failure/></testcase><testcase classname="a" name="b"/>'

    run = written(
        tmp_path / "r.xml", f'<testsuites name="vitest tests"><testsuite name="a">{cases}</testsuite></testsuites>'
    )

    assert counted(run) == {"tests": 2, "failures": 1, "errors": 0, "skipped": 0, "flaky": 0}


# ---------------------------------------------------------------- one case


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        ("passed", "passed"),
        ("run", "passed"),
        ("notrun", "skipped"),
        ("disabled", "skipped"),
        ("untested", "skipped"),
        ("failed", "failed"),
        ("undefined", "failed"),
    ],
)
def test_the_status_of_a_bare_case_counts(tmp_path: Path, status: str, outcome: str) -> None:
    run = written(tmp_path / "r.xml", f'<testsuite><testcase classname="a" name="b" status="{status}"/></testsuite>')

    assert run.tests[0].outcome == outcome


def test_a_skip_wins_over_a_failure_and_several_failures_are_one(tmp_path: Path) -> None:
    todo = '<testcase classname="a" name="todo"><skipped/><failure/></testcase>'
    twice = '<testcase classname="a" name="twice"><failure message="1"/><failure message="2"/></testcase>'

    run = written(tmp_path / "r.xml", f"<testsuite>{todo}{twice}</testsuite>")

    assert [(test.outcome, len(test.attempts)) for test in run.tests] == [("skipped", 1), ("failed", 1)]
    assert [trouble.message for trouble in run.tests[1].attempts[0].troubles] == ["1", "2"]


def test_only_reruns_that_failed_are_a_failure(tmp_path: Path) -> None:
    case = '<testcase classname="a" name="b"><rerunFailure message="1"/><rerunFailure message="2"/></testcase>'

    (test,) = written(tmp_path / "r.xml", f"<testsuite>{case}</testsuite>").tests

    assert (test.outcome, outcomes(test)) == ("failed", ["failed", "failed"])


def test_an_error_beside_the_cases_is_not_lost(tmp_path: Path) -> None:
    run = written(
        tmp_path / "r.xml", '<testsuite name="s"><testcase classname="a" name="b"/><error message="died"/></testsuite>'
    )

    assert counted(run) == {"tests": 2, "failures": 0, "errors": 1, "skipped": 0, "flaky": 0}
    assert run.tests[1].attempts[0].troubles[0].message == "died"


def test_a_case_without_a_class_is_known_by_its_suites(tmp_path: Path) -> None:
    inner = (
        '<testsuite name="one"><testcase name="b"/></testsuite><testsuite name="two"><testcase name="b"/></testsuite>'
    )

    run = written(tmp_path / "r.xml", f'<testsuites><testsuite name="all">{inner}</testsuite></testsuites>')

    assert [test.node_id for test in run.tests] == ["all > one::b", "all > two::b"]


# ---------------------------------------------------------------- files and classes that did not come to run


def test_a_file_that_jest_could_not_load_is_one_error_and_a_gap() -> None:
    run = read("jest-junit.xml")

    assert [(test.node_id, test.outcome) for test in run.tests][-1] == ("b.test.js", "error")
    assert [(gap.what, gap.where) for gap in run.gaps] == [("not-collected", "b.test.js")]
    assert run.gaps[0].why.startswith("SyntaxError: ")


def test_a_todo_of_jest_is_a_skip_where_the_count_leaves_no_doubt() -> None:
    tests = by_name(read("jest-junit.xml"))

    assert (tests["outer inner todo one"].outcome, tests["outer inner todo one"].reason) == ("skipped", "todo")
    assert any("todo" in note for note in read("jest-suite-errors.xml").notes)


@pytest.mark.parametrize("name", ["nose2.xml", "unittest-xml-reporting.xml"])
def test_a_class_that_could_not_be_set_up_is_said_to_stand_for_its_tests(name: str) -> None:
    run = read(name)
    test = by_name(run)["setUpClass"]

    assert (test.outcome, test.attempts[0].troubles[0].phase) == ("error", "setup")
    assert any("whose tests can be absent: setUpClass" in note for note in run.notes)


def test_subtests_belong_to_their_test() -> None:
    tests = by_name(read("nose2-ugly.xml"))

    assert tests["test_sub_two_fail"].outcome == "failed"
    assert len(tests["test_sub_two_fail"].attempts[0].troubles) == 2


def test_ignored_tests_of_rust_are_counted_without_a_name(tmp_path: Path) -> None:
    suite = 'name="test" package="test" id="0" errors="0" failures="0" tests="3" skipped="2"'
    case = '<testcase classname="unit" name="a" time="0"/>'

    run = written(tmp_path / "r.xml", f"<testsuites><testsuite {suite}>{case}</testsuite></testsuites>")

    assert counted(run) == {"tests": 3, "failures": 0, "errors": 0, "skipped": 2, "flaky": 0}
    assert any("no name" in note for note in run.notes)


# ---------------------------------------------------------------- what is not well-formed


def test_several_documents_in_one_file_are_all_read(tmp_path: Path) -> None:
    head = '<?xml version="1.0" encoding="UTF-8"?>'
    one, two = (
        f'<testsuites><testsuite><testcase classname="a" name="{name}"/></testsuite></testsuites>' for name in "xy"
    )

    run = written(tmp_path / "r.xml", f"> npm test\n{head}{one}\n{head}{two}\nDone in 3 s\n")

    assert [test.node_id for test in run.tests] == ["a::x", "a::y"]
    assert run.gaps == ()
    assert [note.partition(": ")[2] for note in run.notes] == [
        "2 documents in it, one after the other; all were read",
        "other output stands before its first element",
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a ]]> b", "a ]]> b"),
        ("a &#7; b &#x1B;[31m", "a #x07 b #x1B[31m"),
        ("<![CDATA[a ]]> ]]>", "a  ]]>"),
        ("<![CDATA[&#7;]]> ]]>", "&#7; ]]>"),
    ],
)
@pytest.mark.parametrize("padding", [0, 65_400, 65_450, 65_463, 65_470])
def test_what_xml_does_not_allow_is_mended(tmp_path: Path, text: str, message: str, padding: int) -> None:
    before = '<testcase classname="a" name="' + "x" * padding + '"/>'

    run = written(
        tmp_path / "r.xml",
        f'<testsuite>{before}<testcase classname="a" name="b"><failure>{text}</failure></testcase></testsuite>',
    )

    assert run.gaps == ()
    assert run.tests[1].attempts[0].troubles[0].text == message
    assert "not well-formed" in run.notes[0]


def test_a_mended_file_that_is_truncated_is_said_to_be(tmp_path: Path) -> None:
    case = '<testcase classname="a" name="{}"><failure>]]></failure></testcase>'
    run = written(tmp_path / "r.xml", f"<testsuites><testsuite>{case.format(1)}{case.format(2)}<testcase")

    assert len(run.tests) == 2
    assert [gap.why for gap in run.gaps] == ["it is truncated: it ends after 2 cases"]


# ---------------------------------------------------------------- totals


def test_totals_of_the_root_that_differ_are_said() -> None:
    assert any("says 4 tests, its cases show 7" in note for note in read("jest-junit.xml").notes)
    assert any("says 14 tests, its cases show 7" in note for note in read("surefire.xml").notes)


def test_suites_that_count_their_children_say_nothing_about_the_tests() -> None:
    assert [note for note in read("node-ugly.xml").notes if "says" in note] == []


def test_failures_are_counted_by_test_or_by_failure_and_both_are_right() -> None:
    assert read("gtest.xml").notes == ()
