"""The demo is as sick as it says: every documented anti-pattern is found in it, four tests fail alike, in seconds."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

DEMO = Path(__file__).parents[2] / "templates" / "demo"
DOCUMENTED = {
    "implementation-details",
    "over-mocked",
    "flaky",
    "missing-cleanup",
    "multiple-workflows",
    "hard-coded-data",
    "xfail-as-expected",
    "never-runs",
}
RULES = {"TA105", "TA201", "TA301", "TA302", "TA401", "TA501", "TA601", "TA701", "TA705", "TA804"}


@pytest.fixture(scope="module")
def audit() -> Any:
    done = subprocess.run(
        [sys.executable, "-m", "testaudit", "demo", "--output", "json"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 1, done.stderr
    return json.loads(done.stdout)


def test_every_documented_antipattern_is_found(audit: Any) -> None:
    assert {finding["antipattern"] for finding in audit["findings"]} >= DOCUMENTED
    assert {finding["rule"] for finding in audit["findings"]} >= RULES


def test_nothing_is_found_where_the_file_says_that_it_is_healthy(audit: Any) -> None:
    healthy = {
        "test_cold_feet_pay_more",
        "test_the_label_names_the_currency",
        "test_a_label_can_be_read_back",
        "test_a_sock_can_be_found_again",
        "test_a_sock_that_never_was",
        "test_the_courier_says_when_he_is_there",
        "test_a_sold_out_sock_is_refused",
    }

    assert healthy.isdisjoint(finding["function"] for finding in audit["findings"])


def test_four_tests_fail_of_one_cause(audit: Any) -> None:
    (failure,) = audit["failures"]

    assert len(failure["node_ids"]) == 4
    assert "no column named gift_wrap" in failure["message"]
    summary = audit["summary"]
    outcomes = {name: summary[name] for name in ("collected", "passed", "failed", "error", "skipped", "xfailed")}
    assert outcomes == {"collected": 30, "passed": 24, "failed": 4, "error": 0, "skipped": 1, "xfailed": 1}


def test_it_sleeps_for_the_seconds_that_it_should_not(audit: Any) -> None:
    assert 1.5 < audit["summary"]["cost"]["slept_s"] < 4


@pytest.mark.parametrize("path", sorted(DEMO.rglob("*.py")), ids=lambda path: path.name)
def test_it_stays_small_and_each_test_file_says_what_is_sick(path: Path) -> None:
    text = path.read_text(encoding="utf-8")

    assert len(text.splitlines()) < 80
    assert text.startswith('"""')
    if "tests" in path.relative_to(DEMO).parts:
        assert "Sick here:" in text
