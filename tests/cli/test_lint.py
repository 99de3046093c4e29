"""`testaudit lint`: the static rules alone, for editors and pre-commit; it executes nothing of the project."""

from __future__ import annotations

import json
import os

import pytest

SLEEP = (
    "import asyncio\nimport time\n\nasync def test_a():\n    time.sleep(2)\n    assert await asyncio.sleep(0) is None\n"
)
CLEAN = "def test_a():\n    assert 1 + 1 == 2\n"
ANY = ("--confidence", "medium")


def test_a_clean_suite_ends_with_0(project, testaudit):
    result = testaudit("lint", cwd=project({"test_x.py": CLEAN}))

    assert result.code == 0
    assert "No findings" in result.stdout


def test_a_finding_is_one_clickable_line_and_ends_with_1(project, testaudit):
    result = testaudit("lint", *ANY, cwd=project({"tests/test_x.py": SLEEP}))

    assert result.code == 1
    assert "tests/test_x.py:5" in result.stdout
    assert "TA302" in result.stdout


@pytest.mark.parametrize(
    ("severity", "fail_on", "code"),
    [
        ("error", "error", 1),
        ("warning", "error", 0),
        ("warning", "warning", 1),
        ("info", "warning", 0),
        ("info", "info", 1),
        ("error", "never", 0),
    ],
)
def test_fail_on_sets_the_severity_that_fails(project, testaudit, severity, fail_on, code):
    configuration = f"[severity]\nsleep-in-async = '{severity}'\n"
    made = project({"testaudit.toml": configuration, "test_x.py": SLEEP})

    result = testaudit("lint", "--select", "sleep-in-async", *ANY, "--fail-on", fail_on, cwd=made)

    assert result.code == code


def test_what_is_not_shown_does_not_fail(project, testaudit):
    made = project({"testaudit.toml": "", "test_x.py": "import time\ndef test_a():\n    time.sleep(2)\n    assert 1\n"})

    shown = testaudit("lint", "--select", "sleep-in-test", *ANY, cwd=made)
    hidden = testaudit("lint", "--select", "sleep-in-test", "--confidence", "high", cwd=made)

    assert (shown.code, hidden.code) == (1, 0)
    assert "--confidence medium" in hidden.stdout


@pytest.mark.parametrize("fail_on", ["warning", "never"])
@pytest.mark.parametrize(
    "content",
    [b"def test(:\n", b"x = '\x00'\n", b"# -*- coding: no-such-codec -*-\n", b"x = '\xff\xfe'\n", b"(" * 5000],
    ids=["syntax", "null byte", "unknown encoding", "not UTF-8", "nested too deep"],
)
def test_a_file_that_cannot_be_parsed_ends_with_1(project, testaudit, content, fail_on):
    result = testaudit("lint", "--fail-on", fail_on, cwd=project({"test_x.py": content, "test_y.py": CLEAN}))

    result.assert_no_traceback()
    assert result.code == 1
    assert "test_x.py" in result.stdout


def test_a_broken_file_that_pytest_would_not_collect_is_none_of_its_business(project, testaudit):
    result = testaudit("lint", cwd=project({"test_x.py": CLEAN, "tools/broken.py": "def (:\n"}))

    assert result.code == 0


def test_nothing_of_the_project_is_executed(project, testaudit):
    trap = "import pathlib\npathlib.Path(__file__).with_suffix('.ran').touch()\n"
    made = project({"conftest.py": trap, "test_x.py": trap + CLEAN, "setup.py": trap, "sitecustomize.py": trap})

    result = testaudit("lint", cwd=made)

    assert result.code == 0
    assert list(made.glob("*.ran")) == []


def test_files_and_folders_are_looked_at_alone(project, testaudit):
    made = project({"a/test_x.py": SLEEP, "b/test_y.py": SLEEP, "b/test_z.py": SLEEP})

    result = testaudit("lint", "a", "b/test_z.py", *ANY, "--output", "json", cwd=made)

    assert sorted({finding["path"] for finding in result.audit["findings"]}) == ["a/test_x.py", "b/test_z.py"]


def test_one_file_alone_says_what_it_says_among_all(project, testaudit):
    made = project(
        {
            "tests/unit/test_x.py": "from tests.tools import running_server\n\n"
            "def test_a():\n    with running_server(port=7777) as server:\n        assert server.answers()\n",
            "tests/tools.py": "from http.server import HTTPServer\n\n"
            "def running_server(port):\n    return HTTPServer(('localhost', port), None)\n",
        }
    )

    among_all = testaudit("lint", *ANY, "--output", "json", cwd=made)
    alone = testaudit("lint", "tests/unit/test_x.py", *ANY, "--output", "json", cwd=made)

    assert [finding["name"] for finding in among_all.audit["findings"]] == ["fixed-port"]
    assert alone.audit["findings"] == among_all.audit["findings"]


def test_paths_of_several_projects_are_one_answer(project, testaudit):
    one = project({"test_x.py": SLEEP}, name="one")
    two = project({"test_x.py": SLEEP}, name="two")

    result = testaudit("lint", one, two, *ANY, "--output", "json", cwd=one.parent)

    assert sorted(finding["path"] for finding in result.audit["findings"]) == ["one/test_x.py", "two/test_x.py"]
    assert sorted(result.audit["members"]) == ["one", "two"]


def test_a_conftest_given_by_name_is_looked_at(project, testaudit):
    fixture = (
        "import os\nimport pytest\n\n@pytest.fixture\ndef home():\n    os.environ['HOME'] = '/nowhere'\n    return 1\n"
    )
    made = project({"conftest.py": fixture, "test_x.py": CLEAN})

    result = testaudit("lint", "conftest.py", *ANY, "--output", "json", cwd=made)

    assert [finding["name"] for finding in result.audit["findings"]] == ["environ-write"]


def test_json_holds_no_outcomes_and_no_verdict(project, testaudit):
    result = testaudit("lint", "--output", "json", cwd=project({"test_x.py": CLEAN}))

    assert result.audit["gate"] is None
    assert result.outcomes == {"test_x.py::test_a": None}
    assert result.audit["summary"]["pass_rate"] is None


def test_a_file_is_written_beside_the_lines(project, testaudit):
    made = project({"test_x.py": SLEEP})

    result = testaudit("lint", *ANY, "--output", "json=found.json", cwd=made)

    assert "test_x.py:5" in result.stdout
    assert json.loads((made / "found.json").read_text(encoding="utf-8"))["findings"] != []


def test_standard_input_is_read_under_its_name(project, testaudit):
    made = project({"tests/test_x.py": CLEAN})

    result = testaudit("lint", "-", "--stdin-filename", "tests/test_x.py", *ANY, cwd=made, stdin=SLEEP)

    assert result.code == 1
    assert "tests/test_x.py:5" in result.stdout


@pytest.mark.parametrize("name", ["../outside/test_x.py", "no/such/folder/test_x.py", "ünï/test_x.py"])
def test_standard_input_may_have_any_name(project, testaudit, name):
    result = testaudit("lint", "-", "--stdin-filename", name, *ANY, cwd=project({"test_x.py": CLEAN}), stdin=SLEEP)

    result.assert_no_traceback()
    assert result.code == 1


def test_standard_input_that_does_not_parse_ends_with_1(project, testaudit):
    made = project({"test_x.py": CLEAN})

    result = testaudit("lint", "-", "--stdin-filename", "test_x.py", cwd=made, stdin="def test(:\n")

    assert result.code == 1
    assert "test_x.py" in result.stdout


def test_standard_input_that_is_no_text_is_said(project, testaudit):
    made = project({"test_x.py": CLEAN})

    result = testaudit("lint", "-", "--stdin-filename", "test_x.py", cwd=made, stdin=b"\xff\xfe\x00garbage")

    result.assert_no_traceback()
    assert result.code == 2
    assert "test_x.py" in result.stderr


def test_standard_input_sees_the_conftest_above_it(project, testaudit):
    conftest = "import time\nimport pytest\n\n@pytest.fixture\ndef rested():\n    time.sleep(3)\n    return 1\n"
    made = project({"conftest.py": conftest, "test_x.py": CLEAN})

    result = testaudit("lint", "-", "--stdin-filename", "test_x.py", "--output", "json", *ANY, cwd=made, stdin=SLEEP)

    assert "test_x.py" in {finding["path"] for finding in result.audit["findings"]}


@pytest.mark.parametrize(
    ("comment", "found"),
    [
        ("ignore[sleep-in-async] the loop is meant to block", []),
        ("ignore[TA302]: the loop is meant to block", []),
        ("ignore[sleep-in-async]", ["bad-suppression", "sleep-in-async"]),
        ("ignore[sleep-in-asinc] the loop is meant to block", ["bad-suppression", "sleep-in-async"]),
    ],
    ids=["by slug", "by code", "no reason", "no such rule"],
)
def test_a_suppression_silences_where_it_names_the_rule_and_a_reason(project, testaudit, comment, found):
    source = SLEEP.replace("    time.sleep(2)", f"    # testaudit: {comment}\n    time.sleep(2)")
    rules = ("--select", "sleep-in-async,bad-suppression")

    result = testaudit("lint", "--output", "json", *rules, *ANY, cwd=project({"test_x.py": source}))

    assert sorted(finding["name"] for finding in result.audit["findings"]) == found


def test_fingerprints_survive_edits_elsewhere_and_layout(project, testaudit):
    one = project({"test_x.py": SLEEP}, name="one")
    two = project({"test_x.py": "# a new line\n\n" + SLEEP.replace("time.sleep(2)", "time.sleep( 2 )")}, name="two")

    before = testaudit("lint", "--output", "json", "--select", "sleep-in-async", *ANY, cwd=one)
    after = testaudit("lint", "--output", "json", "--select", "sleep-in-async", *ANY, cwd=two)

    assert [f["fingerprint"] for f in before.audit["findings"]] == [f["fingerprint"] for f in after.audit["findings"]]
    assert before.audit["findings"][0]["line"] != after.audit["findings"][0]["line"]


def test_a_pipe_is_named_and_not_read(project, testaudit):
    root = project({"test_x.py": "def test_x(): assert 1\n"})
    os.mkfifo(root / "test_pipe.py")

    done = testaudit("lint", cwd=root)

    assert done.code == 1
    assert "test_pipe.py" in done.stdout + done.stderr
    assert "no regular file" in done.stdout + done.stderr


def test_json_names_the_tests_that_the_source_shows(project, testaudit):
    root = project({"test_x.py": "def test_a(): assert 1\n\nclass TestB:\n    def test_c(self): assert 1\n"})

    done = testaudit("lint", "--output", "json", cwd=root)

    tests = json.loads(done.stdout)["tests"]
    assert [(test["node_id"], test["line"], test["outcome"]) for test in tests] == [
        ("test_x.py::test_a", 1, None),
        ("test_x.py::TestB::test_c", 4, None),
    ]


@pytest.mark.parametrize("value", ["inf", "nan", "-1", "'many'", "true", "[1]", "2020-01-01", "0x" + "f" * 9000])
def test_an_option_of_a_rule_that_is_no_fitting_number_is_wrong_use(project, testaudit, value):
    made = project({"test_x.py": CLEAN, "testaudit.toml": f"[rules.long-test]\nmax-lines = {value}\n"})

    result = testaudit("lint", cwd=made)

    assert result.code == 2
    assert "max-lines" in result.stderr
    assert "Allowed is a number from 0" in result.stderr


def test_many_suppressions_are_read_in_one_go(project, testaudit):
    lines = "    assert add(1, 1)  # testaudit: ignore[sleep-in-test] none here\n" * 4_000
    alone = "# testaudit: ignore[sleep-in-test] none here\n" * 4_000
    made = project({"test_x.py": f"def test_a():\n{lines}{alone}"})

    result = testaudit("lint", "--select", "bad-suppression,sleep-in-test", "--output", "json", cwd=made)

    assert len({finding["fingerprint"] for finding in result.audit["findings"]}) == 8_000
