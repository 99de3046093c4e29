"""pytest's own JUnit file against the probe's log: a failure that only the file knows is never green."""

from __future__ import annotations

import pytest

from testaudit.junit import held_against
from testaudit.model import AuditedTest, NodeId, Run

HEAD = '<?xml version="1.0"?><testsuites><testsuite name="pytest" tests="2">'
PASSED = '<testcase classname="test_x" name="test_a" time="0.1" />'
FAILED = '<testcase classname="test_x" name="test_b" time="0.1"><failure message="no">no</failure></testcase>'
TORN_DOWN = '<testcase classname="test_x" name="test_b" time="0.1"><error message="late">late</error></testcase>'
TAIL = "</testsuite></testsuites>"


def run_of(*outcomes):
    tests = (AuditedTest(NodeId(f"test_x.py::{n}"), f"test_x::{n}", "test_x.py", n, o) for n, o in enumerate(outcomes))
    return Run(tests=tuple(tests))


@pytest.fixture
def written(tmp_path):
    def write(*cases):
        path = tmp_path / "junit.xml"
        path.write_text(HEAD + "".join(cases) + TAIL, encoding="utf-8")
        return path

    return write


def test_a_failure_that_the_log_lost_makes_the_run_incomplete(written):
    run = held_against(run_of("passed", "passed"), written(PASSED, FAILED))

    [gap] = run.gaps
    assert gap.what == "records-disagree"
    assert "1 failing tests, the probe's log 0" in gap.why


@pytest.mark.parametrize("outcome", ["failed", "error", "crashed", "timed-out"])
def test_a_failure_that_both_know_is_no_gap(outcome, written):
    run = held_against(run_of("passed", outcome), written(PASSED, FAILED, TORN_DOWN))

    assert run.gaps == ()
