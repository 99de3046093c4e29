"""`testaudit baseline`: what write, show, diff and upgrade do with results, and what they refuse to record."""

from __future__ import annotations

import json
import sys
from datetime import datetime, timedelta, timezone

import pytest

from testaudit.model import Gap
from tests.baseline.suites import audit, case, cases, finding
from tests.cli.typed import BASELINE, report, saved, typed, xml

TODAY = datetime.now(timezone.utc).date()
IN_90_DAYS, SOON, PAST = (f"{TODAY + timedelta(days=days)}" for days in (90, 30, -1))
A, B, C, ELSE = (
    "tests/test_a.py::test_a",
    "tests/test_a.py::test_b",
    "tests/test_a.py::test_c",
    "tests/e2e/test_z.py::test_z",
)
SUITE = {
    "tests/test_a.py": "".join(f"def test_{name}(): assert {number} + 1\n" for number, name in enumerate("abc")),
    "tests/e2e/test_z.py": "def test_z(): assert 'z'\n",
}
WHOLE = (*cases(A, B, C), case(ELSE, level="e2e"))


@pytest.fixture
def suite(project):
    return project(SUITE)


def write(suite, *tests, more=(), **about):
    """`baseline write --audit` of these tests."""
    return typed("baseline", "write", "--audit", saved(suite, audit(*tests, **about)), *more, cwd=suite)


def recorded(suite):
    """A baseline of the whole suite, written."""
    ended = write(suite, *WHOLE)
    assert ended.code == 0, ended.stderr
    return suite


def text(suite):
    return (suite / BASELINE).read_text(encoding="utf-8")


def known(suite):
    return json.loads(text(suite))["known_failures"]


def gate(suite, *tests, more=(), **about):
    return typed("gate", "--audit", saved(suite, audit(*tests, **about)), *more, "--output", "json", cwd=suite)


def red(*but):
    """The whole suite, these tests failing."""
    return tuple(case(test.node_id, "failed", level=test.level) if test.node_id in but else test for test in WHOLE)


# ---------------------------------------------------------------- where results come from

COUNTED = "def test_a():\n    with open('ran.log', 'a') as log: log.write('x')\n"


def test_the_last_scan_is_taken_while_it_is_fresh_and_the_tests_run_again_where_it_is_not(project, scan, testaudit):
    made = project({"test_x.py": COUNTED})
    scan(made)

    first = testaudit("baseline", "write", "--python", sys.executable, cwd=made)
    fresh = (made / "ran.log").read_text()
    (made / "test_x.py").write_text(COUNTED + "def test_b(): assert 1 + 1\n")
    second = testaudit("baseline", "write", "--python", sys.executable, cwd=made)

    assert (first.code, second.code) == (0, 0), first.stderr + second.stderr
    assert fresh == "x"
    assert (made / "ran.log").read_text() == "xx"
    assert "test_x.py was changed after the last scan: running the tests" in second.stderr
    assert json.loads(text(made))["tests"]["test_x.py"].keys() == {"test_a", "test_b"}


def test_arguments_for_pytest_make_a_part_and_that_is_refused(project, testaudit):
    made = project({"test_x.py": COUNTED + "def test_b(): assert 1 + 1\n"})

    ended = testaudit("baseline", "write", "--python", sys.executable, "--", "-k", "test_b", cwd=made)

    assert ended.code == 3
    assert "this audit is of a part" in ended.stderr
    assert not (made / BASELINE).exists()


def test_an_audit_and_the_junit_file_of_one_run_say_the_same(suite):
    of_pytest = [xml(f"test_{name}", classname="tests.test_a") for name in "abc"]
    of_pytest.append(xml("test_z", classname="tests.e2e.test_z"))

    recorded(suite)
    by_audit = json.loads(text(suite))["tests"]
    (suite / BASELINE).unlink()
    ended = typed("baseline", "write", "--junit", report(suite, *of_pytest), cwd=suite)

    assert ended.code == 0, ended.stderr
    assert json.loads(text(suite))["tests"] == by_audit


def test_the_words_say_what_was_recorded_and_what_comes_next(suite):
    ended = write(suite, *red(B))

    assert ended.code == 0
    assert ".testaudit/baseline.json: 4 tests, pass rate 75 %, environment default" in ended.stdout
    assert "1 known failure and 0 findings accepted" in ended.stdout
    assert f"1 without an issue are excused until {IN_90_DAYS}" in ended.stdout
    assert "Commit it" in ended.stdout


def test_a_baseline_elsewhere_is_written_there_and_read_from_there(suite):
    ended = write(suite, *red(B), more=("--baseline", "config/bar.json"))

    assert ended.code == 0
    assert not (suite / BASELINE).exists()
    assert gate(suite, *red(B), more=("--baseline", "config/bar.json")).code == 0
    assert gate(suite, *red(B)).code == 1


def test_the_configuration_names_the_file(project):
    made = project({**SUITE, "testaudit.toml": 'baseline = "bar.json"\n'})

    ended = write(made, *red(B))

    assert ended.code == 0
    assert (made / "bar.json").is_file()
    assert gate(made, *red(B)).code == 0


def test_a_baseline_that_the_configuration_names_and_nobody_wrote_is_said(project):
    made = project({**SUITE, "testaudit.toml": 'baseline = "bar.json"\n'})

    ended = gate(made, *WHOLE)

    assert ended.code == 2
    assert "there is no baseline bar.json" in ended.stderr
    assert "testaudit baseline write" in ended.stderr


# ---------------------------------------------------------------- what is refused

NO_BAR = {
    "a part": ({"partial": True}, "this audit is of a part"),
    "not whole": ({"complete": False, "incomplete": (Gap("not-parsed", "tests/test_b.py", "in load\nit broke\nSee https://example.org/why"),)}, "tests/test_b.py: it broke"),
    "not whole, of an unknown reason": ({"complete": False}, "something was not examined"),
    "impossible": ({"impossible": "no tests were collected"}, "no tests were collected"),
    "several projects": ({"members": ("one", "two")}, "testaudit baseline write one"),
}  # fmt: skip


@pytest.mark.parametrize("options", [(), ("--lower", "--why", "#1")], ids=["plain", "lowering"])
@pytest.mark.parametrize(("about", "said"), NO_BAR.values(), ids=NO_BAR)
def test_what_was_not_wholly_examined_is_no_bar(suite, about, said, options):
    ended = write(suite, *WHOLE, more=options, **about)

    assert ended.code == 3
    assert said in ended.stderr
    assert "next: " in ended.stderr
    assert not (suite / ".testaudit").exists()


def test_an_audit_that_ran_nothing_is_no_bar(suite):
    static = typed("scan", "--no-run", "--output", "json", cwd=suite)
    (suite.parent / "static.json").write_text(static.stdout, encoding="utf-8")

    ended = typed("baseline", "write", "--audit", "../static.json", cwd=suite)

    assert ended.code == 3
    assert "holds no outcomes" in ended.stderr
    assert not (suite / BASELINE).exists()


@pytest.mark.parametrize(
    "body", ["", "<testsuites/>", '<testsuite name="pytest" tests="0"/>', "<testsuite><testcase name='a'"]
)
def test_a_report_without_whole_results_is_no_bar(suite, body):
    (suite / "report.xml").write_text(body, encoding="utf-8")

    ended = typed("baseline", "write", "--junit", "report.xml", cwd=suite)

    assert ended.code == 3
    assert not (suite / BASELINE).exists()


def test_a_folder_of_the_suite_is_no_bar_whatever_results_are_named(suite):
    before = text(recorded(suite))
    less = saved(suite, audit(*cases(A, B, C)))

    ended = typed("baseline", "write", "tests/test_a.py", "--audit", less, cwd=suite)

    assert ended.code == 2
    assert "A baseline is written from the whole suite" in ended.stderr
    assert "testaudit baseline write ." in ended.stderr
    assert text(suite) == before


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--lower",), "--lower and --why belong together"),
        (("--lower", "--why", "  "), "--lower and --why belong together"),
        (("--why", "#1"), "--lower and --why belong together"),
        (("--until", "2020-02-02"), "--until 2020-02-02 is over"),
        (("--until", "2026-02-30"), "is no date"),
        (("--until", "soon"), "Write it as 2026-12-31"),
        (("--until", ""), "is no date"),
        (("--env", "a\nb"), "is no name for an environment"),
        (("--env", "x" * 81), "is no name for an environment"),
        (("--junit", "pytest.ini"), "--junit and --audit exclude each other"),
        (("-n", "many"), "-n 'many' is no number of workers"),
    ],
    ids=str,
)
def test_wrong_use_is_said_and_writes_nothing(suite, options, said):
    ended = write(suite, *red(B), more=options)

    assert ended.code == 2
    assert said in ended.stderr
    assert not (suite / BASELINE).exists()


LOWER = {
    "a test fails": (red(B), B),
    "a test is gone": (WHOLE[:2] + WHOLE[3:], C),
    "a file is gone": (WHOLE[:3], ELSE),
    "a test is skipped": ((*WHOLE[1:], case(A, "skipped")), A),
    "a test is skipped somehow": ((*WHOLE[1:], case(A, "skipped", skip_kind="unknown")), A),
    "a test is expected to fail": ((*WHOLE[1:], case(A, "xfailed")), A),
    "a test is flaky": ((*WHOLE[1:], case(A, "failed", flaky=True)), A),
    "one fails and 40 are new": ((*red(B), *cases(*(f"tests/test_n.py::test_{n}" for n in range(40)))), B),
}  # fmt: skip


@pytest.mark.parametrize(("tests", "named"), LOWER.values(), ids=LOWER)
def test_the_bar_is_lowered_with_a_reason_alone(project, tests, named):
    files = {name: SUITE[name] for name in SUITE if name != "tests/e2e/test_z.py" or named != ELSE}
    files["tests/test_a.py"] = (
        files["tests/test_a.py"].replace("def test_c", "def _c") if named == C else SUITE["tests/test_a.py"]
    )
    made = recorded(project(files))
    before = text(made)

    refused = write(made, *tests)
    kept = text(made)
    lowered = write(made, *tests, more=("--lower", "--why", "the feature is gone, #12"))

    assert refused.code == 1
    assert "was not written: it would lower the bar" in refused.stderr
    assert named in refused.stderr
    assert "--lower --why" in refused.stderr
    assert kept == before
    assert lowered.code == 0
    assert json.loads(text(made))["lowered"] == [{"date": f"{TODAY}", "why": "the feature is gone, #12"}]


def test_a_new_finding_that_gates_lowers_the_bar_and_a_milder_one_does_not(suite):
    recorded(suite)

    milder = write(suite, *WHOLE, findings=(finding("f1", severity="warning", path="tests/test_a.py"),))
    gating = write(suite, *WHOLE, findings=(finding("f2", path="tests/test_a.py"),))

    assert (milder.code, gating.code) == (0, 1)
    assert "new-findings: 1 new finding: dead-assert at tests/test_a.py:3" in gating.stderr


HIGHER = {
    "the same": WHOLE,
    "another order": WHOLE[::-1],
    "a new test": (*WHOLE, case("tests/test_n.py::test_n")),
    "a tracked skip": (*WHOLE[1:], case(A, "skipped", tracked=True, reason="#1")),
    "a conditional skip of a new test": (*WHOLE, case("tests/test_n.py::test_n", "skipped", skip_kind="conditional")),
    "more cases": (*WHOLE[1:], *cases(f"{A}[1]", f"{A}[2]")),
}


@pytest.mark.parametrize("tests", HIGHER.values(), ids=HIGHER)
def test_what_is_no_worse_is_written_without_a_word(suite, tests):
    ended = write(recorded(suite), *tests)

    assert ended.code == 0, ended.stderr
    assert json.loads(text(suite))["lowered"] == []


def test_a_mended_failure_raises_the_bar_for_good(suite):
    write(suite, *red(B), more=("--issue", "A-1"))

    mended = write(suite, *WHOLE)
    again = gate(suite, *red(B))

    assert mended.code == 0
    assert known(suite) == {}
    assert again.code == 1
    assert again.checks["new-failures"] is False


def test_a_record_of_lowering_is_kept_by_the_next_write(suite):
    recorded(suite)
    write(suite, *red(B), more=("--lower", "--why", "the scale is broken, #12"))

    ended = write(suite, *WHOLE)

    assert ended.code == 0
    assert [record["why"] for record in json.loads(text(suite))["lowered"]] == ["the scale is broken, #12"]


def test_a_baseline_that_was_edited_by_hand_is_not_made_true_by_writing_it_again(suite):
    recorded(suite)
    edited = text(suite).replace('"passed": 4', '"passed": 3')
    (suite / BASELINE).write_text(edited, encoding="utf-8")

    ended = write(suite, *WHOLE)

    assert ended.code == 1
    assert "edited by hand" in ended.stderr
    assert text(suite) == edited


# ---------------------------------------------------------------- the same bytes


@pytest.mark.parametrize("turned", [False, True], ids=["as it was", "in another order"])
def test_the_same_results_are_the_same_bytes(suite, turned):
    found = (finding("f1", path="tests/test_a.py"), finding("f2", "test_z", path="tests/e2e/test_z.py"))
    write(suite, *red(A, ELSE), findings=found)
    before = text(suite)
    step = -1 if turned else 1

    again = write(suite, *red(A, ELSE)[::step], findings=found[::step])

    assert again.code == 0, again.stderr
    assert text(suite) == before


def test_a_new_file_of_the_same_results_is_the_same_too(suite):
    write(suite, *red(A, ELSE))
    before = text(suite)
    (suite / BASELINE).unlink()

    write(suite, *red(A, ELSE)[::-1])

    assert text(suite) == before
    assert before.endswith("}\n")


# ---------------------------------------------------------------- environments

WINDOWS = (*WHOLE[1:], case(A, "skipped", skip_kind="conditional", reason="no signals here"))


@pytest.fixture
def matrix(suite):
    """Linux runs all, Windows skips a test by a condition."""
    for label, tests in (("linux", WHOLE), ("windows", WINDOWS)):
        ended = write(suite, *tests, more=("--env", label))
        assert ended.code == 0, ended.stderr
    return suite


@pytest.mark.parametrize(("label", "tests"), [("linux", WHOLE), ("windows", WINDOWS), ("windows", WHOLE)])
def test_rows_of_a_matrix_stand_side_by_side(matrix, label, tests):
    ended = gate(matrix, *tests, more=("--env", label))

    assert ended.code == 0, ended.checks
    assert ended.audit["comparison"]["bar"]["label"] == label


def test_a_skip_of_one_row_is_new_in_another(matrix):
    ended = gate(matrix, *WINDOWS, more=("--env", "linux"))

    assert ended.code == 1
    assert ended.audit["comparison"]["new_skips"] == [A]


def test_the_order_in_which_rows_are_written_does_not_show(matrix):
    before = text(matrix)
    (matrix / BASELINE).unlink()

    for label, tests in (("windows", WINDOWS), ("linux", WHOLE)):
        write(matrix, *tests, more=("--env", label))

    assert text(matrix) == before


def test_writing_one_row_again_leaves_the_other_as_it_was(matrix):
    before = json.loads(text(matrix))["environments"]["windows"]

    ended = write(matrix, *WHOLE, case("tests/test_n.py::test_n"), more=("--env", "linux"))

    assert ended.code == 0, ended.stderr
    assert json.loads(text(matrix))["environments"]["windows"] == before
    assert gate(matrix, *WINDOWS, more=("--env", "windows")).code == 0


def test_a_failure_of_one_row_is_no_excuse_in_another(suite):
    write(suite, *WHOLE, more=("--env", "linux"))
    refused = write(suite, *red(B), more=("--env", "windows", "--issue", "A-1"))
    write(suite, *red(B), more=("--env", "windows", "--issue", "A-1", "--lower", "--why", "no sound there, A-1"))

    here = gate(suite, *red(B), more=("--env", "windows"))
    there = gate(suite, *red(B), more=("--env", "linux"))

    assert refused.code == 1  # a row that nobody measured has to keep what the others have
    assert (here.code, there.code) == (0, 1)
    assert there.audit["comparison"]["new_failures"] == [B]


def test_the_label_of_a_scan_is_the_label_of_its_audit(suite):
    write(suite, *WHOLE, more=("--env", "linux"))
    labelled = gate(suite, *WHOLE, more=("--env", "linux")).stdout
    (suite.parent / "labelled.json").write_text(labelled, encoding="utf-8")

    ended = typed("gate", "--audit", "../labelled.json", "--output", "json", cwd=suite)

    assert ended.audit["comparison"]["bar"]["label"] == "linux"


# ---------------------------------------------------------------- ids that change from run to run

UNSTEADY = {
    "addresses": ("<object at 0x7f12ab34cd>", "<object at 0x7f99ffee00>"),
    "UUIDs": ("0d9f3c1e-5a77-4d5b-9a3e-1f2a3b4c5d6e", "7c1de1e5-0000-4d5b-9a3e-aaaaaaaaaaaa"),
    "days": ("2026-11-20", "2026-11-21"),
    "times": ("2026-11-20T10:11:12", "2026-11-21T08:00:01.123"),
    "seconds since the epoch": ("1700000000", "1700086400"),
}


@pytest.mark.parametrize(("then", "now"), UNSTEADY.values(), ids=UNSTEADY)
def test_parameters_that_change_are_counted_and_not_named(suite, then, now):
    write(suite, *WHOLE, case(f"{A}[{then}-1]"), case(f"{A}[{then}-2]"))

    same = gate(suite, *WHOLE, case(f"{A}[{now}-1]"), case(f"{A}[{now}-2]"))
    fewer = gate(suite, *WHOLE, case(f"{A}[{now}-1]"))

    assert then not in text(suite)
    assert (same.code, fewer.code) == (0, 1)
    assert fewer.audit["comparison"]["gone"] == [{"node_id": A, "before": 3, "now": 2, "accepted": ""}]


@pytest.mark.parametrize(("then", "now"), UNSTEADY.values(), ids=UNSTEADY)
def test_a_known_failure_is_found_under_its_next_parameter(suite, then, now):
    write(suite, *WHOLE[1:], case(f"{A}[{then}]", "failed"), more=("--issue", "A-1"))

    same = gate(suite, *WHOLE[1:], case(f"{A}[{now}]", "failed"))
    more = gate(suite, *WHOLE[1:], case(f"{A}[{now}]", "failed"), case(f"{A}[{now}-b]", "failed"))

    assert same.code == 0, same.checks
    assert more.code == 1
    assert len(more.audit["comparison"]["new_failures"]) == 1


# ---------------------------------------------------------------- known failures


def test_todays_failures_get_what_is_typed(suite):
    write(suite, *red(A, B), more=("--issue", "PAY-12", "--owner", "@payments", "--until", SOON))

    entry = {"cause": "unknown", "environments": ["default"], "issue": "PAY-12", "owner": "@payments", "until": SOON}
    assert known(suite) == {A: entry, B: entry}


def test_where_no_day_is_given_it_is_90_days(suite):
    write(suite, *red(A))

    assert known(suite)[A]["until"] == IN_90_DAYS


def test_today_is_the_last_day_that_may_be_named(suite):
    write(suite, *red(A), more=("--issue", "A-1", "--until", f"{TODAY}"))

    assert known(suite)[A]["until"] == f"{TODAY}"
    assert gate(suite, *red(A)).code == 0


def test_writing_again_gives_no_failure_more_time(suite):
    write(suite, *red(A), more=("--issue", "A-1", "--until", SOON))

    write(suite, *red(A), more=("--issue", "A-2"))

    assert (known(suite)[A]["issue"], known(suite)[A]["until"]) == ("A-1", SOON)


def test_an_issue_that_was_missing_is_filled_in(suite):
    write(suite, *red(A))

    write(suite, *red(A), more=("--issue", "A-2", "--owner", "me", "--until", SOON))

    assert (known(suite)[A]["issue"], known(suite)[A]["owner"], known(suite)[A]["until"]) == ("A-2", "me", SOON)


def test_each_failing_case_is_known_by_itself(suite):
    write(suite, *WHOLE[1:], case(f"{A}[1]", "failed"), case(f"{A}[2]"))

    other = gate(suite, *WHOLE[1:], case(f"{A}[1]"), case(f"{A}[2]", "failed"))

    assert list(known(suite)) == [f"{A}[1]"]
    assert other.audit["comparison"]["new_failures"] == [f"{A}[2]"]


@pytest.mark.parametrize("outcome", ["failed", "error", "crashed", "timed-out"])
def test_however_it_fails_it_is_known(suite, outcome):
    write(suite, *WHOLE[1:], case(A, outcome))

    assert list(known(suite)) == [A]
    assert gate(suite, *red(A)).code == 0


def test_what_a_failure_said_is_not_in_the_file(suite):
    secret = "ghp_0123456789abcdefghijABCDEFGHIJ012345"
    cause = f'<failure message="password=hunter2hunter2 {secret}">E  AssertionError: {secret}</failure>'

    typed("baseline", "write", "--junit", report(suite, xml("test_a", cause, classname="tests.test_a")), cwd=suite)

    assert list(known(suite)) == [A]
    assert "hunter2" not in text(suite)
    assert secret not in text(suite)


@pytest.mark.parametrize("option", ["--issue", "--owner"])
def test_a_secret_that_was_typed_is_masked(suite, option):
    write(suite, *red(A), more=(option, "https://me:hunter2hunter2@example.org/1"))

    assert list(known(suite)) == [A]
    assert "hunter2" not in text(suite)


def test_a_reason_is_one_masked_line(suite):
    recorded(suite)

    ended = write(suite, *red(A), more=("--lower", "--why", "it is so\n::error::pwned\x1b[31m password=hunter2hunter2"))

    why = json.loads(text(suite))["lowered"][0]["why"]
    assert "hunter2" not in text(suite)
    assert why.startswith("it is so ::error::pwned")
    assert "\x1b" not in why
    assert not [line for line in ended.stdout.splitlines() if line.lstrip().startswith("::")]


# ---------------------------------------------------------------- show


def test_show_says_bars_known_failures_and_records(suite):
    recorded(suite)
    write(suite, *red(A), more=("--lower", "--why", "the scale is broken, #12", "--issue", "A-1", "--owner", "@scale"))
    typed("baseline", "accept", "--removed", ELSE, "--why", "the feature is gone, #13", cwd=suite)

    ended = typed("baseline", "show", cwd=suite)

    assert ended.code == 0
    said = " ".join(ended.stdout.split())
    assert "default 75 % 3 of 4 4" in said
    assert f"{IN_90_DAYS} A-1 @scale {A}" in said
    assert f"{TODAY} the scale is broken, #12" in said
    assert f"{TODAY} {ELSE} the feature is gone, #13" in said
    assert "edited by hand" not in said


def test_show_says_what_is_over_first(suite):
    write(suite, *red(A, B), more=("--issue", "A-1"))
    lines = text(suite).splitlines()
    (suite / BASELINE).write_text(
        "\n".join(line.replace(IN_90_DAYS, PAST) if B in line else line for line in lines) + "\n", encoding="utf-8"
    )

    ended = typed("baseline", "show", cwd=suite)

    rows = [line for line in ended.stdout.splitlines() if "A-1" in line]
    assert B in rows[0]
    assert f"{PAST}, over" in rows[0]
    assert "over" not in rows[1]


def test_show_says_that_figures_were_edited(suite):
    recorded(suite)
    (suite / BASELINE).write_text(text(suite).replace('"passed": 4', '"passed": 3'), encoding="utf-8")

    ended = typed("baseline", "show", cwd=suite)

    assert ended.code == 0
    assert "edited by hand: default" in ended.stdout


@pytest.mark.parametrize("command", [("show",), ("diff",), ("upgrade",), ("accept", A, "--issue", "A-1")], ids=str)
def test_without_a_baseline_the_command_that_writes_one_is_named(suite, command):
    ended = typed("baseline", *command, cwd=suite)

    assert ended.code == 2
    assert "There is no baseline .testaudit/baseline.json" in ended.stderr
    assert "testaudit baseline write" in ended.stderr
    assert not (suite / ".testaudit").exists()


# ---------------------------------------------------------------- diff


def test_diff_of_the_same_results_is_nothing(suite):
    recorded(suite)

    ended = typed("baseline", "diff", "--audit", saved(suite, audit(*WHOLE)), cwd=suite)

    assert (ended.code, ended.stdout) == (0, "Nothing changed since the baseline.\n")


def test_diff_names_what_changed_and_never_fails(suite):
    write(suite, *red(A), more=("--issue", "A-1"))
    before = text(suite)

    ended = typed("baseline", "diff", "--audit", saved(suite, audit(*red(B)[:3])), cwd=suite)

    assert ended.code == 0
    assert {A, B, "tests/e2e/test_z.py::test_z"} <= set(ended.stdout.split())
    assert text(suite) == before


def test_diff_takes_junit_files(suite):
    recorded(suite)
    of_pytest = [xml(f"test_{name}", classname="tests.test_a") for name in "ab"]

    ended = typed("baseline", "diff", "--junit", report(suite, *of_pytest), cwd=suite)

    assert ended.code == 0
    assert C in ended.stdout
    assert A not in ended.stdout


def test_diff_runs_nothing(suite):
    recorded(suite)

    ended = typed("baseline", "diff", cwd=suite)

    assert ended.code == 3
    assert "There are no results to compare: no scan of this checkout was kept" in ended.stderr
    assert not (suite / ".testaudit/local").exists()


# ---------------------------------------------------------------- upgrade


def test_a_file_in_todays_form_stays_as_it_is(suite):
    before = text(recorded(suite))

    ended = typed("baseline", "upgrade", cwd=suite)

    assert ended.code == 0
    assert "has version 1, the newest; nothing to do" in ended.stdout
    assert text(suite) == before


def test_a_file_in_another_order_comes_back_to_its_bytes(suite):
    write(suite, *red(A, B))
    before = text(suite)
    turned = dict(reversed(json.loads(before).items()))
    (suite / BASELINE).write_text(json.dumps(turned), encoding="utf-8")

    ended = typed("baseline", "upgrade", cwd=suite)

    assert ended.code == 0
    assert text(suite) == before


def test_upgrading_gives_no_seal_to_what_was_edited(suite):
    recorded(suite)
    data = json.loads(text(suite))
    data["environments"]["default"]["passed"] = 3
    (suite / BASELINE).write_text(json.dumps(data), encoding="utf-8")

    ended = typed("baseline", "upgrade", cwd=suite)

    assert ended.code == 0
    assert "edited by hand: default" in typed("baseline", "show", cwd=suite).stdout
    assert gate(suite, *WHOLE).code == 1
