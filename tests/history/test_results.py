"""`gate`: results that somebody else's runner made, held against the baseline of a scan."""

from __future__ import annotations

import os
import signal
import sys
import time

import pytest

from tests.history.repository import BASELINE
from tests.history.shop import CART, CHECKOUT, KNOWN
from tests.history.test_failures import EMPTY, break_stock

ADDING = f"{CART}::test_adding_twice_adds_up"


def test_results_of_the_same_suite_pass(pull_request):
    verdict = pull_request.gate("--junit", pull_request.junit("all.xml"))

    assert (verdict.code, verdict.failed) == (0, set()), str(verdict)
    assert {known["node_id"] for known in verdict.comparison["known_failures"]} >= {KNOWN}


def test_both_shards_are_the_whole(pull_request):
    shards = [pull_request.junit(f"{name}.xml", f"tests/{name}") for name in ("unit", "integration")]

    verdict = pull_request.gate("--junit", shards[0], "--junit", shards[1])

    assert (verdict.code, verdict.failed) == (0, set()), str(verdict)


def test_shards_by_a_glob_are_the_whole(pull_request):
    for name in ("unit", "integration"):
        pull_request.junit(f"{name}.xml", f"tests/{name}")

    verdict = pull_request.gate("--junit", f"{pull_request.root.parent}/*.xml")

    assert (verdict.code, verdict.failed) == (0, set()), str(verdict)


def test_half_of_the_shards_is_not(pull_request):
    verdict = pull_request.gate("--junit", pull_request.junit("unit.xml", "tests/unit"))

    assert verdict.code == 1, str(verdict)
    assert verdict.failed & {"disappeared-tests", "deselected", "complete"}
    assert f"{CHECKOUT}::test_checking_out_stores_the_order" in verdict.words


def test_a_new_failure_in_results_blocks(pull_request):
    break_stock(pull_request)
    pull_request.commit()

    verdict = pull_request.gate("--junit", pull_request.junit("all.xml"))

    assert verdict.code == 1
    assert verdict.failed - {"pass-rate"} == {"new-failures"}, str(verdict)
    assert verdict.comparison["new_failures"] == [EMPTY]


@pytest.mark.parametrize(
    ("reason", "failed"), [("later", {"new-skips"}), ("SHOP-52", set())], ids=["untracked", "tracked"]
)
def test_a_new_skip_in_results_needs_an_issue(pull_request, reason, failed):
    pull_request.mark(ADDING, f'@pytest.mark.skip(reason="{reason}")')
    pull_request.commit()

    verdict = pull_request.gate("--junit", pull_request.junit("all.xml"))

    assert verdict.code == int(bool(failed)), str(verdict)
    assert verdict.failed - ({"pass-rate"} if failed else set()) == failed, str(verdict)


def test_a_deleted_test_is_missed_in_results(pull_request):
    pull_request.cut(ADDING)
    pull_request.commit()

    verdict = pull_request.gate("--junit", pull_request.junit("all.xml"))

    assert verdict.code == 1
    assert verdict.failed - {"pass-rate"} == {"disappeared-tests"}, str(verdict)
    assert ADDING in verdict.words


@pytest.mark.parametrize(
    "text",
    ["", "<testsuites/>", '<testsuites><testsuite name="pytest" tests="0"/></testsuites>', "<html></html>", "\x00"],
    ids=["no byte", "no suite", "no case", "no JUnit", "no text"],
)
def test_an_empty_report_is_no_audit(pull_request, text):
    report = pull_request.root.parent / "empty.xml"
    report.write_text(text, encoding="utf-8")

    verdict = pull_request.gate("--junit", report)

    assert verdict.code == 3, str(verdict)
    assert "empty.xml" in verdict.words


def test_an_empty_report_beside_a_whole_one_is_incomplete(pull_request):
    empty = pull_request.root.parent / "empty.xml"
    empty.write_text("<testsuites/>", encoding="utf-8")

    verdict = pull_request.gate("--junit", pull_request.junit("all.xml"), "--junit", empty)

    assert verdict.code == 1, str(verdict)
    assert verdict.failed == {"complete"}


@pytest.mark.parametrize("share", [0.3, 0.6, 0.99])
def test_a_truncated_report_is_incomplete(pull_request, share):
    report = pull_request.junit("all.xml")
    data = report.read_bytes()
    report.write_bytes(data[: int(len(data) * share)])

    verdict = pull_request.gate("--junit", report)

    assert verdict.code == 1, str(verdict)
    assert "complete" in verdict.failed
    assert "all.xml" in verdict.words


def test_results_of_another_project_are_not_ours(pull_request):
    cases = "".join(f'<testcase classname="tests.other" name="test_{n}" time="0"/>' for n in range(40))
    report = pull_request.root.parent / "other.xml"
    report.write_text(
        f'<testsuites><testsuite name="pytest" tests="40">{cases}</testsuite></testsuites>', encoding="utf-8"
    )

    verdict = pull_request.gate("--junit", report)

    assert verdict.code == 1
    assert verdict.failed & {"disappeared-tests", "deselected"}


def test_one_report_given_twice_changes_nothing(pull_request):
    report = pull_request.junit("all.xml")

    verdict = pull_request.gate("--junit", report, "--junit", report)

    assert verdict.code == 0, str(verdict)


def test_the_last_audit_is_judged_as_the_scan_that_made_it(pull_request):
    break_stock(pull_request)
    pull_request.commit()
    scanned = pull_request.scan()

    verdict = pull_request.gate()

    assert verdict.code == scanned.code == 1
    assert verdict.failed == scanned.failed


def test_a_saved_audit_is_judged_as_the_scan_that_made_it(pull_request):
    break_stock(pull_request)
    pull_request.commit()
    scanned = pull_request.scan()
    saved = pull_request.root.parent / "saved.json"
    saved.write_bytes(pull_request.audit.read_bytes())

    verdict = pull_request.gate("--audit", saved)

    assert verdict.code == scanned.code == 1
    assert verdict.failed == scanned.failed


def test_a_stale_audit_is_refused(pull_request):
    pull_request.scan()
    break_stock(pull_request)

    verdict = pull_request.gate()

    assert verdict.code == 3, str(verdict)
    assert "testaudit scan" in verdict.words


def test_without_any_audit_the_gate_says_how_to_make_one(pull_request):
    verdict = pull_request.gate()

    assert verdict.code == 3, str(verdict)
    assert "testaudit scan" in verdict.words


@pytest.mark.parametrize("share", [0.0, 0.5, 0.999])
def test_a_truncated_audit_is_no_audit(pull_request, share):
    pull_request.scan()
    saved = pull_request.root.parent / "saved.json"
    data = pull_request.audit.read_bytes()
    saved.write_bytes(data[: int(len(data) * share)])

    verdict = pull_request.gate("--audit", saved)

    assert verdict.code == 3, str(verdict)
    assert "saved.json" in verdict.words


def test_a_run_that_was_ended_half_way_is_neither_green_nor_a_baseline(pull_request, started, ended):
    here = pull_request.root.parent / "here"
    pull_request.write(
        "tests/unit/test_m_waits.py",
        f"import pathlib, time\n\ndef test_waits():\n    pathlib.Path({str(here)!r}).touch()\n    time.sleep(60)\n",
    )
    before = pull_request.text(BASELINE)
    process = started("scan", "--python", sys.executable, "--reruns", "0", cwd=pull_request.root)
    deadline = time.monotonic() + 60
    while not here.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    os.kill(process.pid, signal.SIGTERM)
    code = ended(process).code

    verdict = pull_request.gate()
    written = pull_request.testaudit("baseline", "write", "--audit", ".testaudit/local/last-audit.json")

    assert code == 143
    assert verdict.code == 1
    assert "complete" in verdict.failed
    assert written.code == 3
    assert pull_request.text(BASELINE) == before


def test_a_shard_whose_runner_was_killed_leaves_a_gap(pull_request):
    unit = pull_request.junit("unit.xml", "tests/unit")
    cut = pull_request.junit("integration.xml", "tests/integration")
    text = cut.read_text(encoding="utf-8")
    cut.write_text(text[: text.index("<testcase", text.index("<testcase") + 1)], encoding="utf-8")

    verdict = pull_request.gate("--junit", unit, "--junit", cut)

    assert verdict.code == 1
    assert "complete" in verdict.failed
    assert verdict.comparison.get("gone") is None, "what is lost with the file is not called deleted"
