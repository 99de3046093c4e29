"""`scan --junit`: results from files of any runner, nothing is run, the static rules look at the project all the same."""

from __future__ import annotations

import pytest

FILES = {
    "ran.py": "raise SystemExit('executed')\n",
    "conftest.py": "raise SystemExit('executed')\n",
    "tests/test_x.py": "import time\n\nasync def test_a():\n    time.sleep(2)\n\nclass TestB:\n    def test_b(self): assert 0\n",
}
REPORT = """<?xml version="1.0" encoding="utf-8"?>
<testsuites><testsuite name="pytest" errors="0" failures="1" skipped="1" tests="3" time="0.1">
<testcase classname="tests.test_x" name="test_a" time="0.01" />
<testcase classname="tests.test_x.TestB" name="test_b" time="0.02"><failure message="assert 0">E  assert 0</failure></testcase>
<testcase classname="tests.test_x" name="test_c" time="0.0"><skipped type="pytest.skip" message="later">x</skipped></testcase>
</testsuite></testsuites>
"""


def report(*cases: str) -> str:
    return f'<testsuite name="pytest" tests="{len(cases)}">{"".join(cases)}</testsuite>'


def case(name: str, inside: str = "") -> str:
    return f'<testcase classname="tests.test_x" name="{name}" time="0.01">{inside}</testcase>'


def test_outcomes_come_from_the_file_and_nothing_is_run(project, testaudit):
    made = project({**FILES, "report.xml": REPORT})

    result = testaudit("scan", "--junit", "report.xml", "--output", "json", cwd=made)

    assert result.code == 1
    assert result.counts == {"collected": 3, "passed": 1, "failed": 1, "skipped": 1}
    assert result.outcomes["tests/test_x.py::TestB::test_b"] == "failed"


def test_the_static_rules_look_all_the_same(project, testaudit):
    made = project({**FILES, "report.xml": REPORT})

    result = testaudit("scan", "--junit", "report.xml", "--select", "sleep-in-async", "--output", "json", cwd=made)

    assert [finding["path"] for finding in result.audit["findings"]] == ["tests/test_x.py"]


def test_no_run_may_stand_beside_it(project, testaudit):
    made = project({**FILES, "report.xml": REPORT})

    result = testaudit("scan", "--no-run", "--junit", "report.xml", "--output", "json", cwd=made)

    assert result.counts["collected"] == 3


def test_several_files_and_globs_are_one_result(project, testaudit):
    made = project({**FILES, "r/one.xml": report(case("test_a")), "r/deep/two.xml": report(case("test_d"))})

    result = testaudit("scan", "--junit", "r/**/*.xml", "--junit", "r/one.xml", "--output", "json", cwd=made)

    assert result.code == 0
    assert sorted(result.outcomes) == ["tests/test_x.py::test_a", "tests/test_x.py::test_d"]


def test_a_skip_of_unknown_kind_counts_as_conditional_and_is_counted(project, testaudit):
    made = project({**FILES, "report.xml": report(case("test_a"), case("test_z", "<skipped/>"))})

    result = testaudit("scan", "--junit", "report.xml", "--output", "json", cwd=made)

    assert result.audit["summary"]["unknown_skips"] == 1
    assert result.audit["summary"]["pass_rate"] == 1.0


def test_what_pytest_wrote_judges_as_the_scan_that_wrote_it(project, scan, testaudit):
    made = project(
        {
            "tests/test_x.py": "import pytest\ndef test_a(): pass\ndef test_b(): assert 0\n@pytest.mark.xfail(reason='#1')\ndef test_c(): assert 0\n"
        }
    )

    ran = scan(made, "--", "--junit-xml=report.xml")
    read = testaudit("scan", "--junit", "report.xml", "--output", "json", cwd=made)

    assert read.outcomes == ran.outcomes
    assert read.counts == ran.counts
    assert {name: test["junit_key"] for name, test in read.tests.items()} == {
        name: test["junit_key"] for name, test in ran.tests.items()
    }


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not xml at all",
        b"<html><body>404</body></html>",
        b"\xff\xfe\x00\x00",
        b'<?xml version="1.0" encoding="no-such-encoding"?><testsuite/>',
        b'<!DOCTYPE t [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><testsuite><testcase classname="c" name="&b;"/></testsuite>',
        b'<!DOCTYPE t [<!ENTITY x SYSTEM "file:///etc/passwd">]><testsuite><testcase classname="c" name="&x;"/></testsuite>',
        b'<testsuite name="empty" tests="0"></testsuite>',
        b"{}",
    ],
    ids=["empty", "text", "HTML", "binary", "encoding", "entities", "external entity", "no case", "JSON"],
)
def test_a_file_without_readable_results_ends_with_3(project, testaudit, content):
    made = project({**FILES, "report.xml": content})

    result = testaudit("scan", "--junit", "report.xml", cwd=made)

    result.assert_no_traceback()
    assert result.code == 3
    assert "root:" not in result.stdout + result.stderr


def test_a_truncated_file_with_some_results_is_incomplete(project, testaudit):
    made = project({**FILES, "report.xml": REPORT[: REPORT.index('<testcase classname="tests.test_x.TestB')]})

    result = testaudit("scan", "--junit", "report.xml", "--output", "json", cwd=made)

    assert result.code == 1
    assert result.counts == {"collected": 1, "passed": 1}
    assert result.audit["complete"] is False


def test_one_unreadable_file_among_readable_ones_is_incomplete(project, testaudit):
    made = project({**FILES, "one.xml": report(case("test_a")), "two.xml": "garbage"})

    result = testaudit("scan", "--junit", "one.xml", "--junit", "two.xml", "--output", "json", cwd=made)

    assert result.code == 1
    assert "two.xml" in str(result.audit["incomplete"])


@pytest.mark.parametrize("name", ["nowhere.xml", "*.nothing", ".", "/dev/null"])
def test_a_name_that_means_no_file_ends_with_3(project, testaudit, name):
    result = testaudit("scan", "--junit", name, cwd=project(FILES))

    result.assert_no_traceback()
    assert result.code == 3


def test_arguments_for_pytest_make_no_sense_with_it(project, testaudit):
    made = project({**FILES, "report.xml": REPORT})

    result = testaudit("scan", "--junit", "report.xml", "--", "-k", "x", cwd=made)

    assert result.code == 2
    assert "--junit" in result.stderr


def test_no_interpreter_is_needed(project, testaudit):
    made = project({**FILES, "report.xml": report(case("test_a"))})

    result = testaudit("scan", "--junit", "report.xml", "--python", "no-such-python", "--quiet", cwd=made)

    assert result.code == 0


def test_secrets_and_control_characters_of_a_file_reach_nobody(project, testaudit):
    failure = '<failure message="password=hunter2-hunter2 &#27;[2J">password=hunter2-hunter2</failure>'
    made = project({**FILES, "report.xml": report(case("test_a", failure.replace("&#27;", "\\x1b")))})

    result = testaudit("scan", "--junit", "report.xml", "--output", "json=audit.json", "--verbose", cwd=made)

    assert result.code == 1
    assert "hunter2-hunter2" not in result.stdout + (made / "audit.json").read_text(encoding="utf-8")
