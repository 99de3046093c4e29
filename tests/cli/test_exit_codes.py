"""Exit codes: 0 green, 1 red, 2 wrong use, 3 no audit was possible; one clear sentence each, and never a traceback."""

from __future__ import annotations

import json
import sys

import pytest

GREEN = {"test_x.py": "def test_a(): pass\n"}
RED = {"test_x.py": "def test_a(): assert 0\n"}
PYTHON = ("--python", sys.executable)


# ---------------------------------------------------------------- 0 and 1


def test_a_green_suite_ends_with_0(project, scan):
    result = scan(project(GREEN))

    assert result.code == 0
    assert result.checks == {"complete": True, "runner": True, "pass-rate": True, "failures": True}


def test_a_red_suite_ends_with_1_and_says_which_check_failed_and_what_to_do(project, scan):
    result = scan(
        project({"test_x.py": "def test_a(): assert 0\n" + "".join(f"def test_{n}(): pass\n" for n in range(99))})
    )
    failures = next(check for check in result.audit["gate"]["checks"] if check["name"] == "failures")

    assert result.code == 1
    assert result.checks == {"complete": True, "runner": True, "pass-rate": True, "failures": False}
    assert (failures["actual"], failures["limit"]) == (1, 0)
    assert failures["why"]
    assert failures["what_to_do"]


def test_a_status_that_no_outcome_explains_fails_the_runner_check(project, scan):
    hook = "def pytest_sessionfinish(session):\n    session.exitstatus = 1\n"

    result = scan(project({**GREEN, "conftest.py": hook}))

    assert result.code == 1
    assert result.checks == {"complete": True, "runner": False, "pass-rate": True, "failures": True}
    assert result.audit["complete"] is True


def test_pytests_internal_error_is_incomplete(project, scan):
    hook = "def pytest_runtest_protocol(item):\n    raise ValueError('a plugin of ours')\n"

    result = scan(project({**GREEN, "conftest.py": hook}))

    assert result.code in {1, 3}
    assert result.audit["complete"] is False
    assert "a plugin of ours" in json.dumps(result.audit["incomplete"])


@pytest.mark.parametrize("flag", ["-x", "--maxfail=1"])
def test_a_run_that_stopped_at_a_failure_is_incomplete_and_says_why(project, scan, flag):
    made = project({"test_x.py": "def test_a(): assert 0\ndef test_b(): pass\n"})

    result = scan(made, "--", flag)

    assert result.code == 1
    assert result.counts == {"collected": 2, "failed": 1}
    assert result.audit["summary"]["pass_rate"] == 0
    assert [gap["what"] for gap in result.audit["incomplete"]] == ["no-outcome"]
    assert "--maxfail=0" in result.audit["incomplete"][0]["why"]


def test_pytest_exit_in_a_test_is_incomplete(project, scan):
    made = project(
        {"test_x.py": "import pytest\ndef test_a(): pass\ndef test_b(): pytest.exit('enough')\ndef test_c(): pass\n"}
    )

    result = scan(made)

    assert result.code == 1
    assert result.outcomes["test_x.py::test_a"] == "passed"
    assert result.audit["complete"] is False


# ---------------------------------------------------------------- 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("scan", "--nope"), "--nope"),
        (("scna",), "scan"),
        (("scan", "one", "two"), "two"),
        (("scan", "no-such-folder"), "no-such-folder"),
        (("scan", "test_x.py::test_a"), "testaudit scan -- test_x.py::test_a"),
        (("scan", "--fail-under", "200"), "fail-under"),
        (("scan", "--fail-under", "much"), "fail-under"),
        (("scan", "--timeout", "0"), "timeout"),
        (("scan", "-n", "many"), "-n"),
        (("scan", "-n", "-1"), "-n"),
        (("scan", "--confidence", "low"), "--confidence high or --confidence medium"),
        (("scan", "--select", "sleep-in-tets"), "sleep-in-test"),
        (("scan", "--ignore", "TA31"), "TA301"),
        (("scan", "--output", "jsno"), "json"),
        (("scan", "--output", "json="), "json=FILE"),
        (("scan", "--output", "json=nowhere/audit.json"), "nowhere"),
        (("scan", "--output", "json=."), "is a folder"),
        (("scan", "--output", "json", "--output", "terminal"), "one format"),
        (("scan", "--quiet", "--verbose"), "exclude"),
        (("scan", "--no-run", "--", "-k", "x"), "--no-run"),
        (("lint", "--fail-on", "often"), "warning"),
        (("lint", "-"), "--stdin-filename"),
        (("explain", "sleep-in-tset"), "sleep-in-test"),
        (("report", "--output", "jsno"), "json"),
        (("schema", "more"), "more"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_wrong_use_ends_with_2_and_a_sentence_that_helps(project, testaudit, arguments, said):
    result = testaudit(*arguments, cwd=project(GREEN))

    result.assert_no_traceback()
    assert result.code == 2
    assert result.stdout == ""
    assert said in result.stderr


@pytest.mark.parametrize(
    ("configuration", "said"),
    [
        ("fail_under = 5", ("testaudit.toml, line 1", "fail-under")),
        ("\ntimeot = 5", ("testaudit.toml, line 2", "timeout")),
        ("fail-under = 101", ("line 1", "0 to 100")),
        ("confidence = 'hihg'", ("line 1", "high")),
        ("select = ['sleep-in-tets']", ("sleep-in-test",)),
        ("severity = { nope = 'error' }", ("nope",)),
        ("[rules.sleep-in-test]\nlimt = 1", ("limt",)),
        ("= 5", ("testaudit.toml, line 1", "TOML")),
        ("members = ['none/*']", ("none/*",)),
        ("[tool.testaudit]\ntimeout = 5", ("without [tool.testaudit]",)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_wrong_configuration_ends_with_2_and_says_where(project, testaudit, configuration, said):
    made = project({**GREEN, "pytest.ini": "[pytest]\n", "testaudit.toml": configuration + "\n"})

    result = testaudit("scan", *PYTHON, cwd=made)

    result.assert_no_traceback()
    assert result.code == 2
    assert [words for words in said if words not in result.stderr] == []


# ---------------------------------------------------------------- 3


def test_no_tests_end_with_3_and_the_audit_is_written_all_the_same(project, testaudit):
    made = project({"code.py": "x = 1\n"})

    result = testaudit("scan", *PYTHON, "--output", "json=audit.json", cwd=made)
    saved = json.loads((made / "audit.json").read_text(encoding="utf-8"))

    assert result.code == 3
    assert saved["complete"] is False
    assert [gap["what"] for gap in saved["incomplete"]] == ["no-tests"]
    assert "no tests" in result.stderr
    assert [check["name"] for check in saved["gate"]["checks"] if check["passed"]] == ["runner", "failures"]
    result.assert_no_traceback()


def test_everything_deselected_ends_with_3_and_says_so(project, scan):
    result = scan(project(GREEN), "--", "-k", "nothing_of_this_name")

    assert result.code == 3
    assert result.counts == {"deselected": 1}
    assert "1 deselected" in result.stderr


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({**GREEN, "conftest.py": "raise RuntimeError('broken by hand')\n"}, "broken by hand"),
        ({**GREEN, "conftest.py": "def test(:\n"}, "SyntaxError"),
        ({**GREEN, "pytest.ini": "[pytest]\naddopts = --no-such-option\n"}, "--no-such-option"),
        ({**GREEN, "pytest.ini": "[pytest\n"}, "pytest.ini"),
        ({**GREEN, "pytest.ini": "[pytest]\nrequired_plugins = no-such-plugin\n"}, "no-such-plugin"),
        ({**GREEN, "pytest.ini": "[pytest]\nminversion = 99\n"}, "99"),
    ],
    ids=[
        "conftest raises",
        "conftest does not parse",
        "unknown option",
        "broken settings",
        "missing plugin",
        "minversion",
    ],
)
def test_a_pytest_that_does_not_start_ends_with_3_and_its_own_words(project, testaudit, files, said):
    made = project(files)

    result = testaudit("scan", *PYTHON, "--output", "json=audit.json", cwd=made)

    assert result.code == 3
    assert said in result.stderr
    assert json.loads((made / "audit.json").read_text(encoding="utf-8"))["complete"] is False


@pytest.mark.parametrize("python", ["no-such-python", "test_x.py", "/bin/true", ".", "", "0"])
def test_a_python_that_is_none_ends_with_3_and_says_what_to_type(project, testaudit, python):
    result = testaudit("scan", "--python", python, cwd=project(GREEN))

    result.assert_no_traceback()
    assert result.code == 3
    assert "--python" in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize(
    "option", ["--markers", "--fixtures", "--help", "-h", "--version", "--collect-only", "--co", "--setup-plan"]
)
def test_options_that_run_no_test_are_wrong_use(project, testaudit, option):
    result = testaudit("scan", *PYTHON, "--", option, cwd=project(GREEN))

    result.assert_no_traceback()
    assert result.code == 2
    assert option in result.stderr


@pytest.mark.parametrize("option", ["--collect-only", "--markers", "--fixtures"])
def test_configured_options_that_run_no_test_are_never_green(project, scan, option):
    result = scan(project({**GREEN, "pytest.ini": f"[pytest]\naddopts = {option}\n"}))

    assert result.code in {1, 3}
    assert result.audit["complete"] is False


SERVICE_DOWN = """
    import socket

    import pytest

    @pytest.fixture
    def database():
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
        raise ConnectionRefusedError(111, "Connection refused: ('127.0.0.1', 5432)")

    @pytest.mark.parametrize("n", range(9))
    def test_with(database, n): pass

    def test_without(): pass
"""


def test_a_service_that_is_down_says_nothing_about_the_suite(project, scan):
    result = scan(project({"test_x.py": SERVICE_DOWN}))

    assert result.code == 3
    assert "PostgreSQL at 127.0.0.1:5432" in result.stderr
    assert "says nothing about the suite" in result.stderr
    assert [(failure["cause"], len(failure["node_ids"])) for failure in result.audit["failures"]] == [
        ("environment", 9)
    ]


def test_a_service_that_few_tests_need_is_a_red_suite(project, scan):
    result = scan(project({"test_x.py": SERVICE_DOWN.replace("range(9)", "range(4)")}))

    assert result.code == 1
    assert [failure["cause"] for failure in result.audit["failures"]] == ["environment"]


def test_modules_that_need_a_service_to_be_imported_say_nothing_about_the_suite(project, scan):
    module = "raise ConnectionRefusedError(111, 'Connection refused: localhost:6379')\n"

    result = scan(project({"test_x.py": module, "test_y.py": module}))

    assert result.code == 3
    assert "Redis at localhost:6379" in result.stderr


def test_modules_that_lack_a_package_are_a_red_suite(project, scan):
    result = scan(project({"test_x.py": "import no_such_package_of_mine\n"}))

    assert result.code == 1
    assert [failure["cause"] for failure in result.audit["failures"]] == ["collection"]


def test_bodies_that_fail_for_a_service_are_a_red_suite(project, scan):
    made = project({"test_x.py": "def test_a():\n    raise ConnectionRefusedError(111, 'Connection refused')\n"})

    result = scan(made)

    assert result.code == 1
    assert result.counts == {"collected": 1, "failed": 1}


# ---------------------------------------------------------------- a target that dies


def test_a_crash_and_a_time_out_are_results_and_the_run_goes_on(project, scan):
    made = project(
        {
            "test_x.py": """
                import os
                import time

                def test_before(): pass
                def test_dies(): os._exit(0)
                def test_between(): pass
                def test_hangs(): time.sleep(600)
                def test_after(): pass
                """
        }
    )

    result = scan(made, "--timeout", "1")

    assert result.code == 1
    assert result.outcomes == {
        "test_x.py::test_before": "passed",
        "test_x.py::test_dies": "crashed",
        "test_x.py::test_between": "passed",
        "test_x.py::test_hangs": "timed-out",
        "test_x.py::test_after": "passed",
    }
    assert sorted(failure["cause"] for failure in result.audit["failures"]) == ["crash", "timeout"]


def test_a_process_that_dies_while_it_collects_is_incomplete(project, scan):
    result = scan(project({"test_x.py": "import os\nos._exit(0)\n"}))

    result.assert_no_traceback()
    assert result.code in {1, 3}
    assert result.audit["complete"] is False


def test_a_process_that_dies_after_the_last_test_is_incomplete(project, scan):
    hook = "import os\ndef pytest_sessionfinish():\n    os._exit(0)\n"

    result = scan(project({**GREEN, "conftest.py": hook}))

    assert result.code == 1
    assert result.outcomes == {"test_x.py::test_a": "passed"}
    assert result.audit["complete"] is False
