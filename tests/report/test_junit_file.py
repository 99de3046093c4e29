"""Our JUnit file: well-formed whatever the names hold, and read back to the same counts by our own reader."""

import tempfile
from collections import Counter
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from testaudit.junit import run_from_junit
from testaudit.model import RED, Attempt, AuditedTest, Frame, NodeId, Trouble
from testaudit.report import junit_xml

TEXT = st.text(max_size=12) | st.sampled_from(["\x00", "\ufffe", "\udc80", "]]>", "<a>&", "\x1b[31m", "::x", "a\r\nb", "##[error]x", "'\""])  # fmt: skip
OUTCOMES = ("passed", "failed", "error", "skipped", "xfailed", "xpassed", "crashed", "timed-out")


def read(audit, known=()):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "report.xml"
        path.write_text(junit_xml.dump(audit), encoding="utf-8")
        return run_from_junit([path], known_files=known)


def case(name, outcome, troubles=(), **more):
    key = f"tests.test_x.TestIt::{name}"
    attempts = (Attempt(outcome, 0.25, troubles=troubles),)
    return AuditedTest(NodeId(f"tests/test_x.py::TestIt::{name}"), key, "tests/test_x.py", 7, outcome, attempts, **more)


def trouble(phase, kind="ValueError", message="wrong value"):
    return Trouble(phase, kind, message, Frame("tests/test_x.py", 9, "test"), f"tests/test_x.py:9: {kind}")


EVERYTHING = (
    case("test_passed", "passed"),
    case("test_failed", "failed", (trouble("call"),)),
    case("test_setup", "error", (trouble("setup"),)),
    case("test_teardown", "error", (trouble("call", message="first"), trouble("teardown", "OSError", "gone"))),
    case("test_skipped", "skipped", reason="no network", skip_kind="unconditional", skip_site=Frame("tests/test_x.py", 8, "")),
    case("test_xfailed", "xfailed", reason="SHOP-3", skip_kind="unconditional"),
    case("test_xpassed", "xpassed"),
    case("test_crashed", "crashed", (trouble("call", "", "Segmentation fault"),)),
    case("test_slow", "timed-out", (trouble("call", "Failed", "Timeout (>1.0s) from pytest-timeout."),)),
    replace(case("test_never_run", "passed"), outcome=None, attempts=()),
    AuditedTest(NodeId("tests/test_broken.py"), "::tests.test_broken", "tests/test_broken.py", 0, "error",
                (Attempt("error", 0.0, troubles=(trouble("collect", "ImportError", "no module named x"),)),)),
)  # fmt: skip


@pytest.fixture
def everything(sick):
    return replace(sick, tests=EVERYTHING, failures=(), findings=())


def test_our_reader_finds_every_test_with_its_outcome(everything):
    run = read(everything, ("tests/test_x.py", "tests/test_broken.py"))

    # JUnit has no word for these two: pytest writes a non-strict xpass as a pass, a time-out as a failure.
    said = {"xpassed": "passed", "timed-out": "failed"}
    expected = {test.node_id: said.get(test.outcome, test.outcome) for test in EVERYTHING if test.outcome}
    assert {test.node_id: test.outcome for test in run.tests} == expected
    assert [note for note in run.notes if "says" in note] == []
    assert {test.line for test in run.tests if test.path == "tests/test_x.py"} == {7}


def test_messages_types_and_phases_survive(everything):
    tests = {test.node_id.rpartition("::")[2]: test for test in read(everything, ("tests/test_x.py",)).tests}

    assert tests["test_failed"].attempts[0].troubles[0].message == "wrong value"
    assert tests["test_failed"].attempts[0].troubles[0].type == "ValueError"
    assert tests["test_setup"].attempts[0].troubles[0].phase == "setup"
    assert tests["test_teardown"].attempts[0].troubles[0].phase == "teardown"
    assert (tests["test_skipped"].reason, tests["test_skipped"].skip_site) == (
        "no network",
        Frame("tests/test_x.py", 8, ""),
    )
    assert tests["test_xfailed"].reason == "SHOP-3"


def test_the_suite_counts_its_own_cases(everything):
    suite = ET.fromstring(junit_xml.dump(everything)).find("testsuite")

    assert {name: suite.get(name) for name in ("tests", "failures", "errors", "skipped")} == {
        "tests": "10",
        "failures": "2",
        "errors": "4",
        "skipped": "2",
    }
    assert [entry.get("value") for entry in suite.find("properties")] == ["true", "failed", "1"]


def test_flaky_tests_hold_their_attempts_as_surefire_writes_them(sick):
    failed = Attempt("failed", 0.1, troubles=(trouble("call"),))
    tests = (
        replace(case("test_race", "passed"), flaky=True, attempts=(failed, failed, Attempt("passed", 0.1))),
        replace(case("test_lost", "failed"), flaky=True, attempts=(failed,), reruns=(Attempt("passed", 0.1), failed)),
    )
    audit = replace(sick, tests=tests, failures=())

    race, lost = ET.fromstring(junit_xml.dump(audit)).iter("testcase")
    run = read(audit)

    assert [child.tag for child in race] == ["properties", "flakyFailure", "flakyFailure"]
    assert [child.tag for child in lost] == ["properties", "rerunFailure", "failure"]
    assert race.find("properties/property[@name='testaudit.flaky']").get("value") == "failed, failed, passed"
    assert [(test.outcome, test.flaky) for test in run.tests] == [("passed", True), ("failed", False)]


def test_known_failures_are_failures_and_marked(compared):
    cases = list(ET.fromstring(junit_xml.dump(compared)).iter("testcase"))

    standings = Counter(
        (entry.get("value"), bool(case.findall("failure") or case.findall("error")))
        for case in cases
        for entry in case.findall("properties/property[@name='testaudit.standing']")
    )
    assert standings == {("known", True): 5, ("new", True): 1}
    assert {
        entry.get("value") for case in cases for entry in case.findall("properties/property[@name='testaudit.cause']")
    } == {
        "environment",
        "unknown",
    }


@given(st.lists(st.tuples(TEXT, TEXT, st.sampled_from(OUTCOMES)), min_size=1, max_size=6))
def test_whatever_the_names_and_messages_it_is_read_back_whole(rows):
    from tests.report.conftest import make_sick

    tests = tuple(
        replace(
            case(f"test{name}", outcome, (trouble("call", message=message),) if outcome in RED else ()),
            node_id=NodeId(f"tests/test_x.py::{number}{name}"),
            junit_key=f"tests.test_x::test{name}",
            reason=message,
        )
        for number, (name, message, outcome) in enumerate(rows)
    )

    run = read(replace(make_sick(), tests=tests, failures=()))

    assert run.gaps == ()
    assert len(run.tests) == len(rows)
    assert sum(test.outcome in RED for test in run.tests) == sum(outcome in RED for *_, outcome in rows)
    assert sum(test.outcome == "skipped" for test in run.tests) == sum(outcome == "skipped" for *_, outcome in rows)


def test_no_secret_of_a_name_or_message_is_told(sick):
    token = "ghp_" + "a1B2" * 9
    test = case(f"test[{token}]", "failed", (trouble("call", message=token),), reason=token)

    text = junit_xml.dump(replace(sick, tests=(test,)))

    assert token not in text
    assert 'name="test[***]"' in text
