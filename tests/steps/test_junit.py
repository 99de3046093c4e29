"""What pytest's own JUnit files say is what its tests did: real files, written by pytest, with their truth."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from testaudit.errors import ImpossibleError
from testaudit.junit import run_from_junit
from testaudit.model import AuditedTest, Frame, Gap, Run

DATA = Path(__file__).parents[1] / "data" / "junit"
TRUTH: dict[str, dict[str, Any]] = json.loads((DATA / "truth.json").read_text(encoding="utf-8"))
FULL = ("pytest-xunit1.xml", "pytest-xunit2.xml", "pytest-xdist.xml")
BOTH_BROKEN = "test_fail_and_teardown_error"
"""Its body and its teardown fail: the truth of the files counts the body, the contract counts the teardown."""


def by_name(run: Run) -> dict[str, AuditedTest]:
    return {test.junit_key.rpartition("::")[2]: test for test in run.tests}


def written(path: Path, *cases: str, suite: str = 'name="pytest"') -> Path:
    path.write_text(f"<testsuites><testsuite {suite}>{''.join(cases)}</testsuite></testsuites>", encoding="utf-8")
    return path


@pytest.mark.parametrize("name", sorted(name for name in TRUTH if name.startswith("pytest")))
def test_nothing_of_pytest_s_own_totals_is_a_note(name: str) -> None:
    assert run_from_junit([DATA / name]).notes == ()


@pytest.mark.parametrize("name", FULL)
def test_outcomes_one_by_one(name: str) -> None:
    tests = by_name(run_from_junit([DATA / name]))

    assert {key: test.outcome for key, test in tests.items() if test.outcome != "passed"} == {
        "test_fail": "failed",
        "test_skip": "skipped",
        "test_xfail": "xfailed",
        "test_xpass_strict": "failed",
        "test_error_setup": "error",
        "test_error_teardown": "error",
        BOTH_BROKEN: "error",
        "test_sub": "failed",
        "test_uxfail": "xfailed",
    }


@pytest.mark.parametrize("name", FULL)
def test_a_failing_test_with_a_failing_teardown_is_one_attempt(name: str) -> None:
    test = by_name(run_from_junit([DATA / name]))[BOTH_BROKEN]

    assert len(test.attempts) == 1
    assert [(trouble.phase, trouble.type, trouble.message) for trouble in test.attempts[0].troubles] == [
        ("call", "AssertionError", "assert 0"),
        ("teardown", "RuntimeError", "teardown"),
    ]
    assert test.flaky is False


def test_troubles_have_type_message_and_place() -> None:
    tests = by_name(run_from_junit([DATA / "pytest-xunit2.xml"]))

    failed, setup = tests["test_fail"].attempts[0].troubles[0], tests["test_error_setup"].attempts[0].troubles[0]

    assert (failed.type, failed.message.splitlines()[-1]) == ("AssertionError", "assert 1 == 2")
    assert failed.frame == Frame("test_mix.py", 3, "")
    assert "ünï 🎉 ]]>" in failed.text
    assert (setup.phase, setup.type, setup.message) == ("setup", "RuntimeError", "setup")


def test_captured_output_and_lines_of_xunit1() -> None:
    tests = by_name(run_from_junit([DATA / "pytest-xunit1.xml"]))

    test = tests["test_fail"]

    assert (test.node_id, test.path, test.line) == ("test_mix.py::test_fail", "test_mix.py", 3)
    assert "printed" in test.attempts[0].troubles[0].output


def test_a_module_that_does_not_import_is_one_test_and_a_gap() -> None:
    run = run_from_junit([DATA / "pytest-collection-error.xml"], known_files=["sub/test_colerr.py", "test_other.py"])

    (test,) = run.tests

    assert (test.node_id, test.outcome) == ("sub/test_colerr.py", "error")
    assert test.attempts[0].troubles[0].phase == "collect"
    assert test.attempts[0].troubles[0].type == "ModuleNotFoundError"
    assert run.broken_files == ("sub/test_colerr.py",)
    assert run.gaps == (
        Gap("not-collected", "sub/test_colerr.py", "ModuleNotFoundError: No module named 'does_not_exist'"),
    )


def test_a_breakdown_of_pytest_itself_is_a_gap_and_no_test(tmp_path: Path) -> None:
    internal = '<error message="internal error">Traceback:\nKeyError: &lt;WorkerController gw0&gt;</error>'
    cases = (
        '<testcase classname="test_a" name="test_x"/>',
        '<testcase time="0.000"/>',
        f'<testcase classname="pytest" name="internal">{internal}</testcase>',
    )

    run = run_from_junit([written(tmp_path / "r.xml", *cases)])

    assert [test.node_id for test in run.tests] == ["test_a::test_x"]
    assert [(gap.what, gap.why) for gap in run.gaps] == [
        ("internal-error", "pytest itself broke down: KeyError: <WorkerController gw0>")
    ]


def test_a_dead_worker_is_a_crash() -> None:
    tests = by_name(run_from_junit([DATA / "pytest-xdist-crash.xml"]))

    assert tests["test_crash"].outcome == "crashed"


def test_attempts_of_rerunfailures_are_recovered() -> None:
    tests = by_name(run_from_junit([DATA / "pytest-rerunfailures.xml"]))

    flaky, always = tests["test_flaky"], tests["test_always"]

    assert [attempt.outcome for attempt in flaky.attempts] == ["failed", "failed", "passed"]
    assert (flaky.outcome, flaky.flaky) == ("passed", True)
    assert [attempt.outcome for attempt in always.attempts] == ["failed"] * 4
    assert (always.outcome, always.flaky) == ("failed", False)


def test_a_test_that_every_worker_runs_is_no_rerun(tmp_path: Path) -> None:
    case = '<testcase classname="test_a" name="test_x" time="0.1"/>'
    path = written(tmp_path / "r.xml", case, case, suite='name="pytest" tests="2" failures="0" errors="0" skipped="0"')

    (test,) = run_from_junit([path]).tests

    assert [attempt.outcome for attempt in test.attempts] == ["passed", "passed"]
    assert test.flaky is False


# ---------------------------------------------------------------- skips


@pytest.mark.parametrize(
    ("skipped", "outcome", "reason", "kind"),
    [
        ('type="pytest.skip" message="why">/x/test_a.py:4: why<', "skipped", "why", "unknown"),
        (
            'type="pytest.skip" message="unconditional skip">tests/test_a.py:4: u<',
            "skipped",
            "unconditional skip",
            "unconditional",
        ),
        (
            'type="pytest.skip" message="could not import \'x\'">tests/test_a.py:4: c<',
            "skipped",
            "could not import 'x'",
            "conditional",
        ),
        ('type="pytest.xfail" message="reason: later"><', "xfailed", "later", "unknown"),
        ('type="pytest.xfail" message=""><', "xfailed", "", "unknown"),
        ("><", "skipped", "", "unknown"),
    ],
)
def test_skips_and_xfails(tmp_path: Path, skipped: str, outcome: str, reason: str, kind: str) -> None:
    case = f'<testcase classname="tests.test_a" name="test_x"><skipped {skipped}/skipped></testcase>'

    (test,) = run_from_junit([written(tmp_path / "r.xml", case)], known_files=["tests/test_a.py"]).tests

    assert (test.outcome, test.reason, test.skip_kind, test.skip_by) == (outcome, reason, kind, "junit")


def test_the_place_of_a_skip_lets_the_source_tell_its_kind(tmp_path: Path) -> None:
    skipped = '<skipped type="pytest.skip" message="why">/build/tests/test_a.py:40: why</skipped>'
    path = written(tmp_path / "r.xml", f'<testcase classname="tests.test_a" name="test_x">{skipped}</testcase>')

    (test,) = run_from_junit([path], known_files=["tests/test_a.py"]).tests

    assert (test.skip_kind, test.skip_site) == (None, Frame("tests/test_a.py", 40, ""))


def test_a_module_that_skips_itself_is_one_test(tmp_path: Path) -> None:
    text = "('/x/tests/test_a.py', 3, \"Skipped: could not import 'numpy'\")"
    skipped = f'<skipped message="collection skipped">{text}</skipped>'
    path = written(tmp_path / "r.xml", f'<testcase classname="" name="tests.test_a">{skipped}</testcase>')

    run = run_from_junit([path], known_files=["tests/test_a.py"])

    assert [(test.node_id, test.outcome, test.skip_kind) for test in run.tests] == [
        ("tests/test_a.py", "skipped", "conditional")
    ]
    assert (run.gaps, run.broken_files) == ((), ())


def test_a_skipped_test_whose_teardown_breaks_is_an_error(tmp_path: Path) -> None:
    children = '<skipped message="s"/><error message="failed on teardown with &quot;OSError: x&quot;">t</error>'
    path = written(tmp_path / "r.xml", f'<testcase classname="a" name="b">{children}</testcase>')

    assert run_from_junit([path]).tests[0].outcome == "error"


# ---------------------------------------------------------------- several files


def test_a_test_in_several_files_has_an_attempt_in_each_and_the_failure_counts(tmp_path: Path) -> None:
    bare = '<testcase classname="test_a" name="test_x" time="0.5"/>'
    red = '<testcase classname="test_a" name="test_x"><failure message="assert 0">x</failure></testcase>'
    files = [written(tmp_path / "1.xml", red), written(tmp_path / "2.xml", bare), written(tmp_path / "3.xml", bare)]

    run = run_from_junit(files)

    (test,) = run.tests
    assert test.outcome == "failed"
    assert test.attempts[-1].outcome == "failed"
    assert Counter(attempt.outcome for attempt in test.attempts) == {"passed": 2, "failed": 1}
    assert test.flaky is False
    assert run.notes == ("1 tests fail in one file and not in another; the failure counts: test_a::test_x",)


def test_shards_add_up_and_one_file_named_twice_is_one(tmp_path: Path) -> None:
    one = written(tmp_path / "1.xml", '<testcase classname="a" name="x" time="1"/>', suite='name="pytest" time="1"')
    two = written(tmp_path / "2.xml", '<testcase classname="a" name="y" time="2"/>', suite='name="pytest" time="2.5"')

    run = run_from_junit([one, two, one, tmp_path / "." / "2.xml"])

    assert [len(test.attempts) for test in run.tests] == [1, 1]
    assert run.duration_s == 3.5


def test_one_readable_file_among_others_is_an_incomplete_run(tmp_path: Path) -> None:
    (tmp_path / "bad.xml").write_text("no xml")
    good = written(tmp_path / "good.xml", '<testcase classname="a" name="x"/>')

    run = run_from_junit([good, tmp_path / "bad.xml", tmp_path / "gone.xml"])

    assert len(run.tests) == 1
    assert [gap.where.rpartition("/")[2] for gap in run.gaps] == ["bad.xml", "gone.xml"]


def test_nothing_readable_is_no_audit(tmp_path: Path) -> None:
    (tmp_path / "bad.xml").write_text("no xml")

    with pytest.raises(ImpossibleError) as caught:
        run_from_junit([tmp_path / "bad.xml", tmp_path / "gone.xml"])

    assert caught.value.exit_code == 3
    assert "it is not XML" in caught.value.message
    assert "No such file" in caught.value.message
    assert "--junit-xml" in caught.value.hint


def test_no_file_is_no_audit() -> None:
    with pytest.raises(ImpossibleError):
        run_from_junit([])


def test_totals_that_lie_are_said(tmp_path: Path) -> None:
    path = written(tmp_path / "r.xml", '<testcase classname="a" name="b"/>', suite='name="x" tests="7" failures="1"')

    (note,) = run_from_junit([path]).notes

    assert "says 7 tests, its cases show 1; 1 failures, its cases show 0" in note


# ---------------------------------------------------------------- addresses


@pytest.mark.parametrize(
    ("classname", "name", "file", "node_id"),
    [
        ("tests.test_x", "test_a", "", "tests/test_x.py::test_a"),
        ("tests.test_x.TestC.TestD", "test_a[a::b/c.py]", "", "tests/test_x.py::TestC::TestD::test_a[a::b/c.py]"),
        ("test_x.TestC", "test_a", "", "tests/test_x.py::TestC::test_a"),
        ("ci-prefix.tests.test_x", "test_a", "", "tests/test_x.py::test_a"),
        ("test_twice", "test_a", "", "test_twice::test_a"),
        ("one.test_twice", "test_a", "", "one/test_twice.py::test_a"),
        ("elsewhere", "test_a", "", "elsewhere::test_a"),
        ("pkg.test_new.TestC", "test_a", "pkg/test_new.py", "pkg/test_new.py::TestC::test_a"),
        ("tests.test_x.TestC", "test_inherited", "tests/base.py", "tests/test_x.py::TestC::test_inherited"),
        ("README.rst", "README.rst", "", "README.rst::README.rst"),
        ("evil", "test_a", "/etc/passwd", "evil::test_a"),
        ("evil", "test_a", "../evil.py", "evil::test_a"),
    ],
)
def test_node_ids_are_found_by_the_known_files(
    tmp_path: Path, classname: str, name: str, file: str, node_id: str
) -> None:
    known = ["tests/test_x.py", "one/test_twice.py", "two/test_twice.py"]
    where = f'file="{file}" line="9"' if file else ""
    path = written(tmp_path / "r.xml", f'<testcase classname="{classname}" name="{name}" {where}/>')

    (test,) = run_from_junit([path], known_files=known).tests

    assert (test.node_id, test.junit_key) == (node_id, f"{classname}::{name}")
    assert node_id.startswith(test.path)


# ---------------------------------------------------------------- what a file may hold


def test_secrets_are_masked_and_control_characters_shown(tmp_path: Path) -> None:
    failure = '<failure message="password=hunter2 &#x202e;">E  api_key = "sk-verysecret1234"</failure>'
    output = "<system-out>DB_PASSWORD=hunter2</system-out>"
    skipped = '<testcase classname="a" name="c"><skipped message="token=hunter2"/></testcase>'
    path = written(tmp_path / "r.xml", f'<testcase classname="a" name="b">{failure}{output}</testcase>{skipped}')

    run = run_from_junit([path])

    assert "hunter2" not in repr(run)
    assert "verysecret" not in repr(run)
    assert "\\u202e" in run.tests[0].attempts[0].troubles[0].message


@pytest.mark.parametrize("name", ["ünï🎉", "a" * 10_000, "[]][", "x/y\\z::w", "#x00#x07", " ", "&amp;&lt;"])
def test_any_name_is_an_identity(tmp_path: Path, name: str) -> None:
    cases = [f'<testcase classname="test_a" name="{name}{end}"/>' for end in ("", "2")]

    tests = run_from_junit([written(tmp_path / "r.xml", *cases)], known_files=["test_a.py"]).tests

    expected = name.replace("&amp;", "&").replace("&lt;", "<")
    assert [test.node_id for test in tests] == [f"test_a.py::{expected}", f"test_a.py::{expected}2"]


@pytest.mark.parametrize(
    ("time", "seconds"), [("6.5e-05", 6.5e-05), ("1,234.5", 1234.5), ("nan", 0), ("-1", 0), ("x", 0)]
)
def test_times(tmp_path: Path, time: str, seconds: float) -> None:
    path = written(tmp_path / "r.xml", f'<testcase classname="a" name="b" time="{time}"/>')

    assert run_from_junit([path]).tests[0].duration_s == seconds
