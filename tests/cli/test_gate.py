"""`testaudit gate`: which results it judges, how it says the verdict, and what it refuses."""

from __future__ import annotations

import json
import os
import re
import sys
import time

import pytest

from testaudit.model import Gap
from tests.baseline.suites import audit, case, cases, finding
from tests.cli.typed import BASELINE, LAST, report, saved, typed, xml

SUITE = {"tests/test_a.py": "def test_a(): assert 1\ndef test_b(): assert 2\ndef test_c(): assert 3\n"}
A, B, C = (f"tests/test_a.py::test_{name}" for name in "abc")
WHOLE = cases(A, B, C)
RED = (*cases(A, B), case(C, "failed"))


@pytest.fixture
def suite(project):
    return project(SUITE)


def recorded(suite, *tests):
    ended = typed("baseline", "write", "--audit", saved(suite, audit(*(tests or WHOLE))), cwd=suite)
    assert ended.code == 0, ended.stderr
    return suite


def gate(suite, *tests, more=(), **about):
    return typed("gate", "--audit", saved(suite, audit(*tests, **about)), *more, "--output", "json", cwd=suite)


def tree(folder):
    return {str(path): path.stat().st_mtime_ns for path in sorted(folder.rglob("*"))}


# ---------------------------------------------------------------- exit codes


@pytest.mark.parametrize(("tests", "code"), [(WHOLE, 0), (RED, 1)], ids=["green", "red"])
@pytest.mark.parametrize("baseline", [False, True], ids=["without a baseline", "with one"])
def test_the_code_is_the_verdict(suite, baseline, tests, code):
    if baseline:
        recorded(suite)

    ended = gate(suite, *tests)

    assert ended.code == code
    assert ended.audit["gate"]["passed"] is (code == 0)
    assert ("new-failures" in ended.checks) is baseline
    assert ("failures" in ended.checks) is not baseline


def test_what_says_nothing_about_the_suite_is_no_verdict(suite):
    ended = gate(suite, more=(), complete=False, impossible="no tests were collected")

    assert ended.code == 3
    assert "no audit was possible: no tests were collected" in ended.stderr


def test_an_incomplete_audit_is_never_green(suite):
    gaps = (Gap("shard", "shard 2 of 2", "it is missing"),)

    ended = gate(recorded(suite), *WHOLE, complete=False, incomplete=gaps)

    assert ended.code == 1
    assert ended.checks["complete"] is False


def test_a_part_is_compared_on_what_was_selected(suite):
    recorded(suite)

    green = gate(suite, *WHOLE[:2], partial=True)
    red = gate(suite, case(C, "failed"), partial=True)

    assert (green.code, red.code) == (0, 1)
    assert green.checks["disappeared-tests"] is True
    assert red.audit["comparison"]["new_failures"] == [C]


# ---------------------------------------------------------------- which results


def test_by_default_it_is_the_last_scan_while_that_is_fresh(suite, scan):
    scanned = scan(suite)
    before = tree(suite)

    fresh = typed("gate", cwd=suite)
    untouched = tree(suite) == before
    (suite / "tests/test_a.py").write_text(SUITE["tests/test_a.py"] + "\n", encoding="utf-8")
    stale = typed("gate", cwd=suite)

    assert (scanned.code, fresh.code, stale.code) == (0, 0, 3)
    assert untouched
    assert "There are no results to judge: tests/test_a.py was changed after the last scan" in stale.stderr
    assert "testaudit scan" in stale.stderr


def kept(suite, *tests, **about):
    """An audit in the place of the last scan's."""
    path = suite / LAST
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(saved(suite, audit(*tests, **about)).read_bytes())
    for file in suite.rglob("*"):
        if file.is_file() and ".testaudit" not in str(file):
            os.utime(file, (1, 1))
    return path


def no_scan(suite):
    (suite / LAST).unlink()


def damaged(suite):
    (suite / LAST).write_text("{", encoding="utf-8")


def younger_source(suite):
    (suite / "tests/test_a.py").write_text("def test_a(): assert 0\n", encoding="utf-8")


def younger_code(suite):
    (suite / "shop.py").write_text("", encoding="utf-8")


def younger_settings(suite):
    os.utime(suite / "pytest.ini", (time.time() + 60,) * 2)


def a_file_is_gone(suite):
    kept(suite, *WHOLE, case("tests/test_z.py::test_z"))
    entries = json.loads((suite / LAST).read_text())
    for test in entries["tests"]:
        test["line"] = 1
    (suite / LAST).write_text(json.dumps(entries), encoding="utf-8")


def another_commit(suite):
    document = json.loads((suite / LAST).read_text())
    document["project"]["commit"] = "0123456789abcdef"
    (suite / LAST).write_text(json.dumps(document), encoding="utf-8")


def a_folder(suite):
    (suite / LAST).unlink()
    (suite / LAST).mkdir()


STALE = {
    no_scan: "no scan of this checkout was kept",
    damaged: "no scan of this checkout was kept",
    a_folder: "no scan of this checkout was kept",
    younger_source: "tests/test_a.py was changed after the last scan",
    younger_code: "shop.py was changed after the last scan",
    younger_settings: "pytest.ini was changed after the last scan",
    a_file_is_gone: "tests/test_z.py is gone since the last scan",
    another_commit: "the last scan is of commit 0123456789",
}


@pytest.mark.parametrize(("change", "why"), STALE.items(), ids=lambda value: getattr(value, "__name__", ""))
def test_a_last_scan_that_is_not_of_today_is_refused(suite, change, why):
    kept(suite, *WHOLE)
    fresh = typed("gate", "-q", cwd=suite)
    change(suite)

    ended = typed("gate", "-q", cwd=suite)

    assert (fresh.code, ended.code) == (0, 3)
    assert f"There are no results to judge: {why}." in ended.stderr
    assert "--junit FILE or --audit FILE" in ended.stderr


@pytest.mark.parametrize("name", ["README.md", ".testaudit/baseline.json", ".venv/lib/x.py", "node_modules/x/y.json"])
def test_what_no_test_reads_makes_no_scan_stale(suite, name):
    recorded(suite)
    kept(suite, *WHOLE)
    path = suite / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    os.utime(path, (time.time() + 60,) * 2)

    assert typed("gate", "-q", cwd=suite).code == 0


@pytest.mark.parametrize("command", ["gate", "baseline diff"])
def test_a_last_scan_is_taken_and_nothing_is_run(project, command):
    made = recorded(project({**SUITE, "conftest.py": "raise SystemExit('executed')\n"}))
    kept(made, *WHOLE)

    assert typed(*command.split(), cwd=made).code == 0


WRONG_AUDITS = {
    "nothing there": (None, 3, "cannot be read"),
    "empty": (b"", 3, "is empty"),
    "cut short": (b'{"schema_version": "1.0", "tests": [', 3, "damaged or cut short"),
    "text": (b"hello", 2, "is not a saved audit"),
    "XML": (b"<testsuites/>", 2, "is XML, not a saved audit"),
    "a list": (b"[]", 2, "is not a saved audit"),
    "another version": (b'{"schema_version": "2.0"}', 2, "schema version 2.0"),
    "no UTF-8": (b'{"schema_version": "1.0", "x": "\xff"}', 3, "damaged"),
    "deep": (b"[" * 50_000, 2, "is not a saved audit"),
}


@pytest.mark.parametrize(("data", "code", "said"), WRONG_AUDITS.values(), ids=WRONG_AUDITS)
def test_what_is_no_audit_is_said(suite, data, code, said):
    if data is not None:
        (suite.parent / "given.json").write_bytes(data)

    ended = typed("gate", "--audit", "../given.json", cwd=suite)

    assert ended.code == code
    assert "given.json" in ended.stderr
    assert said in ended.stderr
    assert "next: " in ended.stderr


def test_a_folder_is_no_audit(suite):
    ended = typed("gate", "--audit", "tests", cwd=suite)

    assert ended.code == 3
    assert "tests cannot be read: Is a directory" in ended.stderr


def test_an_audit_without_outcomes_is_no_verdict(suite):
    (suite.parent / "static.json").write_text(typed("scan", "--no-run", "--output", "json", cwd=suite).stdout)

    ended = typed("gate", "--audit", "../static.json", cwd=suite)

    assert ended.code == 3
    assert "holds no outcomes" in ended.stderr


def test_judging_writes_nothing(suite):
    recorded(suite)
    results = saved(suite, audit(*RED))
    before = tree(suite)

    typed("gate", "--audit", results, cwd=suite)
    typed("gate", "--junit", report(suite, xml("test_a", classname="tests.test_a")), cwd=suite)

    assert tree(suite) == before


def test_an_audit_of_somebody_elses_machine_is_judged_here(suite):
    recorded(suite)
    document = json.loads(saved(suite, audit(*RED)).read_text())
    document["project"]["root"] = "/home/somebody/else"
    (suite.parent / "far.json").write_text(json.dumps(document))

    ended = typed("gate", "--audit", "../far.json", "--output", "json", cwd=suite)

    assert ended.audit["comparison"]["new_failures"] == [C]
    assert "somebody" not in ended.stdout


def test_the_verdict_of_the_file_is_not_believed(suite):
    recorded(suite)
    document = json.loads(gate(suite, *RED).stdout)
    document["gate"] = {"passed": True, "checks": []}
    document["comparison"]["new_failures"] = []
    (suite.parent / "forged.json").write_text(json.dumps(document))

    ended = typed("gate", "--audit", "../forged.json", "--output", "json", cwd=suite)

    assert ended.code == 1
    assert ended.audit["comparison"]["new_failures"] == [C]


# ---------------------------------------------------------------- options


@pytest.mark.parametrize(("percent", "code"), [("66", 0), ("66.6", 0), ("66.7", 1), ("100", 1), ("0", 0)], ids=str)
def test_fail_under_without_a_baseline_is_the_whole_question(suite, percent, code):
    ended = gate(suite, *RED, more=("--fail-under", percent))

    assert ended.code == code
    assert "failures" not in ended.checks


def test_fail_under_excuses_no_new_failure(suite):
    ended = gate(recorded(suite), *RED, more=("--fail-under", "10"))

    assert ended.code == 1
    assert (ended.checks["pass-rate"], ended.checks["new-failures"]) == (True, False)


def test_fail_under_over_what_the_baseline_reached_asks_for_more(suite):
    recorded(suite, *RED)

    assert gate(suite, *RED).code == 0
    assert gate(suite, *RED, more=("--fail-under", "90")).code == 1


WRONG = {
    "two sources": (("--audit", "../audit.json", "--junit", "../report.xml"), "--junit and --audit exclude each other"),
    "two details": (("--audit", "../audit.json", "-q", "-v"), "--quiet and --verbose exclude each other"),
    "a percent over 100": (("--audit", "../audit.json", "--fail-under", "101"), "--fail-under"),
    "a percent under 0": (("--audit", "../audit.json", "--fail-under", "-1"), "--fail-under"),
    "a word for a percent": (("--audit", "../audit.json", "--fail-under", "most"), "--fail-under"),
    "an unknown format": (("--audit", "../audit.json", "--output", "yaml"), "yaml"),
    "an unknown option": (("--rerun",), "--rerun"),
    "an environment of several lines": (("--audit", "../audit.json", "--env", "a\nb"), "no name for an environment"),
    "a confidence": (("--audit", "../audit.json", "--confidence", "low"), "neither high nor medium"),
    "a baseline that is not there": (("--audit", "../audit.json", "--baseline", "no.json"), "there is no baseline no.json"),
    "a revision without git": (("--audit", "../audit.json", "--since", "main"), "git"),
    "no project": (("nowhere", "--audit", "../audit.json"), "nowhere"),
}  # fmt: skip


@pytest.mark.parametrize(("args", "said"), WRONG.values(), ids=WRONG)
def test_wrong_use_ends_in_2(suite, args, said):
    saved(suite, audit(*WHOLE))
    report(suite, xml("test_a"))

    ended = typed("gate", *args, cwd=suite)

    assert ended.code == 2
    assert said in ended.stderr


def test_the_project_may_lie_elsewhere(suite):
    results = saved(recorded(suite), audit(*RED))

    ended = typed("gate", suite, "--audit", results, "--output", "json", cwd=suite.parent)

    assert ended.code == 1
    assert ended.audit["comparison"]["baseline"] == BASELINE


def test_a_baseline_may_be_named(suite):
    results = saved(suite, audit(*RED))
    typed("baseline", "write", "--audit", results, "--baseline", "../elsewhere.json", cwd=suite)

    assert typed("gate", "--audit", results, "--baseline", "../elsewhere.json", cwd=suite).code == 0
    assert typed("gate", "--audit", results, cwd=suite).code == 1


def test_the_baseline_of_another_project_knows_none_of_these_tests(project, suite):
    other = recorded(
        project({"tests/test_o.py": "def test_o(): assert 'o'\n"}, name="other"), case("tests/test_o.py::test_o")
    )

    ended = gate(suite, *WHOLE, more=("--baseline", other / BASELINE))

    assert ended.code == 1
    assert ended.audit["comparison"]["gone"] == [
        {"node_id": "tests/test_o.py::test_o", "before": 1, "now": 0, "accepted": ""}
    ]


@pytest.mark.parametrize(("confidence", "code"), [("high", 0), ("medium", 1)])
def test_what_is_less_sure_gates_where_that_is_asked_for(suite, confidence, code):
    recorded(suite)
    found = (finding("f1", confidence="medium", path="tests/test_a.py"),)

    ended = gate(suite, *WHOLE, more=("--confidence", confidence), findings=found)

    assert ended.code == code


def test_a_saved_audit_keeps_the_confidence_of_its_scan(suite):
    recorded(suite)
    found = (finding("f1", confidence="medium", path="tests/test_a.py"),)

    ended = gate(suite, *WHOLE, findings=found, confidence="medium")

    assert ended.code == 1
    assert ended.checks["new-findings"] is False


# ---------------------------------------------------------------- what is said


def test_quiet_is_the_verdict_and_what_it_stands_on(suite):
    recorded(suite)

    ended = typed("gate", "-q", "--audit", saved(suite, audit(*RED)), cwd=suite)

    assert ended.code == 1
    assert len(ended.stdout.strip().splitlines()) <= 4
    assert "Gate failed" in ended.stdout
    assert f"1 test fails that did not at the baseline (1 cause): {C}" in " ".join(ended.stdout.split())
    assert ended.stderr == ""


def test_a_green_gate_over_failing_tests_names_the_file_first(suite):
    ended = typed("gate", "-q", "--audit", saved(recorded(suite, *RED), audit(*RED)), cwd=suite)

    assert ended.code == 0
    assert f"pytest is red (1 failing); the gate is green because of {BASELINE} (1 known)" in ended.stdout


def test_verbose_cuts_nothing_that_normal_cuts(suite):
    recorded(suite)
    names = [f"tests/test_n.py::test_{number:02}" for number in range(30)]
    results = saved(suite, audit(*WHOLE, *(case(name, "failed") for name in names)))

    normal, verbose = (typed("gate", *detail, "--audit", results, cwd=suite).stdout for detail in ((), ("-v",)))

    assert [name for name in names if name not in verbose] == []
    assert [name for name in names if name not in normal] != []
    assert "more" in normal


def test_every_failed_check_says_figure_limit_why_and_what_to_do(suite):
    recorded(suite)

    ended = gate(suite, case(A, "skipped"), case(B, "xfailed"), case("tests/test_n.py::test_n", "failed"))

    failed = {check["name"]: check for check in ended.audit["gate"]["checks"] if not check["passed"]}
    assert set(failed) >= {"pass-rate", "new-failures", "new-skips", "new-xfails", "deselected"}
    assert [name for name, check in failed.items() if not check["why"] or not check["what_to_do"]] == []
    assert [
        name for name, check in failed.items() if name != "pass-rate" and not check["actual"] > check["limit"]
    ] == []


@pytest.mark.parametrize("name", ["sarif", "markdown", "github", "gitlab", "junit", "json"])
def test_every_format_goes_to_a_file_beside_the_terminals(suite, name):
    results = saved(recorded(suite), audit(*RED))

    ended = typed("gate", "--audit", results, "--output", f"{name}=../out", cwd=suite)

    assert ended.code == 1
    assert "Gate failed" in ended.stdout
    assert (suite.parent / "out").read_text(encoding="utf-8").strip()


HOSTILE = [
    f"tests/test_a.py::test_h[{text}]" for text in ("\x1b[31m", "\n::error::pwned", "##[error]x", "</td>|`", "\udc80")
]


@pytest.mark.parametrize("shown", [(), ("-q",), ("-v",)], ids=["normal", "quiet", "verbose"])
def test_names_move_no_cursor_and_forge_no_annotation(suite, shown):
    recorded(suite)
    tests = [case(name, "failed") for name in HOSTILE] + [case("::error file=x::pwned.py::test_x", "failed")]

    ended = typed(
        "gate", *shown, "--audit", saved(suite, audit(*WHOLE, *tests)), cwd=suite, env={"GITHUB_ACTIONS": "true"}
    )

    token = re.match(r"::stop-commands::(\w+)\n", ended.stdout)
    assert ended.code == 1
    assert ended.stdout.rstrip().endswith(f"::{token[1]}::")
    assert "\x1b" not in ended.stdout
    assert ended.stderr == ""


def test_a_scan_and_the_gate_of_what_it_left_agree(project, scan):
    made = project({**SUITE, "tests/test_b.py": "def test_d(): assert 0\n"})
    typed("baseline", "write", "--audit", saved(made, audit(*WHOLE)), "--env", "default", cwd=made)
    scanned = scan(made)

    judged = typed("gate", "--output", "json", cwd=made)

    assert judged.code == scanned.code == 1
    assert judged.audit["gate"] == scanned.audit["gate"]
    assert judged.audit["comparison"] == scanned.audit["comparison"]


def test_the_last_scan_is_judged_by_the_baseline_of_now(project, testaudit):
    made = project({"test_x.py": "def test_a(): assert 1\ndef test_b(): assert 0\n"})
    scanned = testaudit("scan", "--python", sys.executable, "--reruns", "0", "-q", cwd=made)

    before = typed("gate", "-q", cwd=made)
    wrote = typed("baseline", "write", "--issue", "A-1", cwd=made)
    after = typed("gate", "-q", cwd=made)

    assert [one.code for one in (scanned, before, wrote, after)] == [1, 1, 0, 0]
