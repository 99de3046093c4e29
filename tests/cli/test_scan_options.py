"""What scan's options and the configuration change: rules, confidence, interpreter, workers, time-out, the run's own set-up."""

from __future__ import annotations

import os
import sys
import venv
from pathlib import Path

import pytest

SICK = {
    "tests/test_x.py": """
        import time

        import pytest

        def test_a():
            time.sleep(0.01)
            assert 1

        @pytest.mark.xfail
        def test_b():
            assert 0

        async def test_c():
            time.sleep(0.01)
        """,
}
ANY = ("--no-run", "--confidence", "medium")
XDIST = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": None, "PYTEST_ADDOPTS": "-p no:randomly"}


def found(result) -> set[str]:
    return {finding["name"] for finding in result.audit["findings"]}


# ---------------------------------------------------------------- rules


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("--select", "sleep-in-test"), {"sleep-in-test"}),
        (("--select", "ta301"), {"sleep-in-test"}),
        (("--select", "sleep-in-test,xfail-untracked"), {"sleep-in-test", "xfail-untracked"}),
        (("--select", "sleep-in-test", "--select", "TA701"), {"sleep-in-test", "xfail-untracked"}),
        (("--select", "xfail-as-expected"), {"xfail-untracked", "xfail-not-strict"}),
        (("--select", "sleep-in-test", "--ignore", "sleep-in-test"), set()),
        (("--select", "flaky", "--ignore", "TA302"), {"sleep-in-test"}),
    ],
)
def test_options_choose_the_rules(project, scan, arguments, expected):
    result = scan(project(SICK), *ANY, *arguments)

    assert found(result) == expected


@pytest.mark.parametrize(
    ("configuration", "expected"),
    [
        ('select = ["sleep-in-test"]', {"sleep-in-test"}),
        ('select = ["sleep-in-test"]\nextend-select = ["TA701"]', {"sleep-in-test", "xfail-untracked"}),
        ('select = ["flaky"]\nignore = ["TA302"]', {"sleep-in-test"}),
        ('select = ["sleep-in-test"]\n[per-path-ignores]\n"tests/*" = ["flaky"]', set()),
    ],
)
def test_the_configuration_chooses_the_rules(project, scan, configuration, expected):
    result = scan(project({**SICK, "testaudit.toml": configuration}), *ANY)

    assert found(result) == expected


def test_the_configuration_in_pyproject_is_the_same(project, scan):
    made = project({**SICK, "pyproject.toml": '[tool.testaudit]\nselect = ["sleep-in-test"]\n'})

    result = scan(made, *ANY)

    assert found(result) == {"sleep-in-test"}


def test_an_option_outranks_the_configuration(project, scan):
    made = project({**SICK, "testaudit.toml": 'select = ["sleep-in-test"]\nconfidence = "high"\n'})

    result = scan(made, *ANY, "--select", "xfail-untracked")

    assert found(result) == {"xfail-untracked"}
    assert result.audit["confidence"] == "medium"


def test_the_file_holds_every_confidence_and_the_terminal_shows_what_was_asked_for(project, testaudit):
    made = project(SICK)
    arguments = ("scan", "--no-run", "--select", "sleep-in-test")

    high = testaudit(*arguments, "--confidence", "high", "--output", "json=high.json", cwd=made)
    medium = testaudit(*arguments, "--confidence", "medium", "--output", "json=medium.json", cwd=made)

    assert "sleep-in-test" in (made / "high.json").read_text(encoding="utf-8")
    assert "sleep-in-test" in medium.stdout
    assert "tests/test_x.py:7" not in high.stdout


def test_severity_is_the_projects_to_set(project, scan):
    made = project({**SICK, "testaudit.toml": '[severity]\nsleep-in-test = "error"\n'})

    result = scan(made, *ANY, "--select", "sleep-in-test")

    assert [finding["severity"] for finding in result.audit["findings"]] == ["error"]


# ---------------------------------------------------------------- no run


def test_no_run_executes_nothing_and_judges_the_static_checks_alone(project, scan):
    made = project({"conftest.py": "open('ran', 'w').close()\n", "test_x.py": "def test_a(): assert 0\n"})

    result = scan(made, "--no-run")

    assert result.code == 0
    assert not (made / "ran").exists()
    assert result.outcomes == {"test_x.py::test_a": None}
    assert result.checks == {"complete": True}
    assert result.audit["summary"]["pass_rate"] is None


def test_no_run_needs_no_interpreter(project, testaudit):
    made = project({"test_x.py": "def test_a(): pass\n", "testaudit.toml": 'python = "no-such-python"\n'})

    result = testaudit("scan", "--no-run", cwd=made)

    assert result.code == 0


def test_no_run_with_a_file_that_does_not_parse_fails(project, scan):
    result = scan(project({"test_x.py": "def test(:\n"}), "--no-run")

    assert result.code == 1
    assert [(gap["what"], gap["where"]) for gap in result.audit["incomplete"]] == [("not-parsed", "test_x.py")]


# ---------------------------------------------------------------- interpreter and run


def test_the_configured_interpreter_is_used(project, testaudit):
    made = project({"test_x.py": "def test_a(): pass\n", "testaudit.toml": f'python = "{sys.executable}"\n'})

    result = testaudit("scan", "--quiet", cwd=made)

    assert result.code == 0


def test_an_environment_folder_is_an_interpreter(project, testaudit):
    made = project({"test_x.py": "def test_a(): pass\n"})
    environment = Path(sys.executable).parent.parent

    result = testaudit("scan", "--quiet", "--python", environment, cwd=made)

    assert result.code == 0


def test_the_tests_see_no_testaudit_in_their_arguments_and_environment(project, scan):
    made = project(
        {
            "test_x.py": """
                import os
                import sys

                def test_a():
                    assert not [word for word in sys.argv if "testaudit" in word.lower()]
                    assert not [name for name in os.environ if "testaudit" in name.lower()]
                    assert sys.modules["__main__"].__package__ == "pytest"
                    assert sys.path[0] == os.getcwd() or os.getcwd() in sys.path[:2]
                """
        }
    )

    result = scan(made)

    assert result.outcomes == {"test_x.py::test_a": "passed"}


def test_launch_as_the_pytest_command_leaves_the_working_directory_out(project, scan):
    files = {"helper.py": "", "tests/test_x.py": "import helper\ndef test_a(): pass\n"}

    as_module = scan(project(files, name="module"))
    as_command = scan(
        project({**files, "testaudit.toml": 'launch = "pytest"\n', "pytest.ini": "[pytest]\n"}, name="command")
    )

    assert as_module.outcomes == {"tests/test_x.py::test_a": "passed"}
    assert as_command.outcomes == {"tests/test_x.py": "error"}


def test_configured_pytest_arguments_are_used(project, scan):
    made = project(
        {
            "tests/test_x.py": "def test_a(request): assert request.config.option.verbose == 2\n",
            "testaudit.toml": 'pytest-args = ["-vv"]\n',
            "pytest.ini": "[pytest]\n",
        }
    )

    result = scan(made)

    assert result.code == 0


def test_a_time_out_in_the_configuration_ends_a_test(project, scan):
    made = project({"testaudit.toml": "timeout = 1\n", "test_x.py": "import time\ndef test_a(): time.sleep(600)\n"})

    result = scan(made)

    assert result.outcomes == {"test_x.py::test_a": "timed-out"}
    assert result.code == 1


def test_workers_run_the_tests_and_each_has_one_outcome(project, scan):
    made = project(
        {
            "test_x.py": "import pytest\n@pytest.mark.parametrize('n', range(8))\ndef test_a(n, worker_id): assert n != 5 and worker_id != 'master'\n"
        }
    )

    result = scan(made, "-n", "2", env=XDIST)

    assert result.counts == {"collected": 8, "passed": 7, "failed": 1}
    assert result.audit["complete"] is True
    assert result.tests["test_x.py::test_a[5]"]["outcome"] == "failed"


def test_a_worker_that_dies_is_a_crash_and_the_others_go_on(project, scan):
    made = project(
        {
            "test_x.py": "import os\nimport pytest\n@pytest.mark.parametrize('n', range(6))\ndef test_a(n):\n    if n == 3:\n        os._exit(7)\n"
        }
    )

    result = scan(made, "-n", "2", env=XDIST)

    assert result.counts == {"collected": 6, "passed": 5, "crashed": 1}
    assert result.outcomes["test_x.py::test_a[3]"] == "crashed"
    assert result.code == 1


def test_workers_without_xdist_are_wrong_use(project, testaudit, tmp_path):
    environment = tmp_path / "environment"
    venv.create(environment, with_pip=False, symlinks=True)
    site = next((environment / "lib").iterdir()) / "site-packages"
    for entry in Path(pytest.__file__).parents[1].iterdir():
        if not entry.name.startswith(("xdist", "pytest_xdist", "__")) and entry.suffix != ".pth":
            (site / entry.name).symlink_to(entry)
    made = project({"test_x.py": "def test_a(): pass\n"})

    plain = testaudit("scan", "--quiet", "--python", environment, cwd=made)
    parallel = testaudit("scan", "--quiet", "--python", environment, "-n", "2", cwd=made)

    assert plain.code == 0, plain.stderr
    assert parallel.code == 2
    assert "pip install pytest-xdist" in parallel.stderr


@pytest.mark.parametrize(
    "options",
    ["-p no:junitxml", "-p no:cacheprovider", "-p no:terminal", "-p no:warnings -W error", "-p no:capture -s"],
)
def test_plugins_that_are_switched_off_change_no_outcome(project, scan, options):
    made = project({"test_x.py": "def test_a(): pass\ndef test_b(): assert 0\n"})

    result = scan(made, env={"PYTEST_ADDOPTS": options})

    assert result.counts == {"collected": 2, "passed": 1, "failed": 1}
    assert result.audit["complete"] is True


def test_the_projects_own_junit_file_is_written_as_pytest_writes_it(project, scan):
    made = project({"pytest.ini": "[pytest]\naddopts = --junit-xml=own.xml\n", "test_x.py": "def test_a(): pass\n"})

    scan(made)

    assert 'tests="1"' in (made / "own.xml").read_text(encoding="utf-8")
    assert sorted(name for name in os.listdir(made) if name.endswith(".xml")) == ["own.xml"]


def test_markers_and_folders_decide_the_level(project, scan):
    made = project(
        {
            "pytest.ini": "[pytest]\nmarkers = e2e\n",
            "testaudit.toml": '[levels]\n"tests/slow/*" = "integration"\n',
            "tests/unit/test_a.py": "import pytest\ndef test_a(): pass\n@pytest.mark.e2e\ndef test_b(): pass\n",
            "tests/slow/test_c.py": "def test_c(): pass\n",
        }
    )

    result = scan(made)

    assert result.audit["summary"]["levels"] == {"unit": 1, "integration": 1, "e2e": 1}


def test_cost_names_what_slept(project, scan):
    made = project({"test_x.py": "import time\ndef test_a():\n    time.sleep(0.05)\n"})

    result = scan(made)

    assert result.audit["summary"]["cost"]["slept_s"] >= 0.05
    assert [(sleep["path"], sleep["line"]) for sleep in result.audit["sleeps"]] == [("test_x.py", 3)]
