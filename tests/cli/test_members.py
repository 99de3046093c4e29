"""A repository of several projects: one audit where they are named, a list of them where they are not."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

PACKAGES = {
    "packages/one/pyproject.toml": "[project]\nname = 'one'\n",
    "packages/one/tests/test_x.py": "def test_a(): pass\n",
    "packages/two/pyproject.toml": "[project]\nname = 'two'\n[tool.testaudit]\npytest-args = ['-k', 'not skipped_here']\n",
    "packages/two/tests/test_x.py": "def test_a(): assert 0, 'two fails'\ndef test_skipped_here(): pass\n",
}
MEMBERS = {"testaudit.toml": 'members = ["packages/*"]\n'}
PYTHON = ("--python", sys.executable)


def test_several_projects_that_nobody_named_end_with_2_and_are_listed(project, testaudit):
    made = project(PACKAGES, settings=False)

    result = testaudit("scan", *PYTHON, cwd=made)

    result.assert_no_traceback()
    assert result.code == 2
    assert [
        name for name in ("packages/one", "packages/two", 'members = ["packages/*"]') if name not in result.stderr
    ] == []


@pytest.fixture(scope="module")
def both(module_project, scan):
    return scan(module_project({**PACKAGES, **MEMBERS}))


def test_members_are_one_audit_with_paths_from_the_top(both):
    assert both.outcomes == {
        "packages/one/tests/test_x.py::test_a": "passed",
        "packages/two/tests/test_x.py::test_a": "failed",
    }
    assert {test["path"] for test in both.tests.values()} == {
        "packages/one/tests/test_x.py",
        "packages/two/tests/test_x.py",
    }
    assert both.audit["members"] == ["packages/one", "packages/two"]


def test_members_are_judged_as_one(both):
    assert both.code == 1
    assert both.checks == {"complete": True, "runner": True, "pass-rate": False, "failures": False}
    assert both.counts == {"collected": 2, "deselected": 1, "passed": 1, "failed": 1}
    assert both.audit["summary"]["pass_rate"] == 0.5


def test_a_failure_of_a_member_points_to_its_test(both):
    (failure,) = both.audit["failures"]

    assert failure["node_ids"] == ["packages/two/tests/test_x.py::test_a"]
    assert both.tests["packages/two/tests/test_x.py::test_a"]["failure"] == failure["id"]
    assert failure["frame"]["path"] == "packages/two/tests/test_x.py"


def test_junit_keys_of_members_stay_those_of_their_own_files(both):
    assert {test["junit_key"] for test in both.tests.values()} == {"tests.test_x::test_a"}


def test_one_member_can_be_scanned_alone(project, testaudit):
    made = project({**PACKAGES, **MEMBERS})

    result = testaudit("scan", "packages/one", *PYTHON, "--output", "json", cwd=made)

    assert result.outcomes == {"tests/test_x.py::test_a": "passed"}
    assert result.audit["partial"] is False


def test_the_top_keeps_the_last_audit(project, testaudit):
    made = project({**PACKAGES, **MEMBERS})
    testaudit("scan", *PYTHON, cwd=made)

    again = testaudit("report", "--output", "json", cwd=made)

    assert again.audit["members"] == ["packages/one", "packages/two"]


def test_the_tops_limit_judges_all(project, scan):
    made = project({**PACKAGES, "testaudit.toml": 'members = ["packages/*"]\nfail-under = 50\n'})

    result = scan(made)

    assert result.code == 0
    assert "fail-under" in " ".join(result.audit["notes"])


def test_a_member_without_tests_makes_the_whole_incomplete(project, scan):
    made = project({**PACKAGES, **MEMBERS, "packages/three/pyproject.toml": "[project]\nname = 'three'\n"})

    result = scan(made)

    assert result.code == 1
    assert [(gap["what"], gap["where"]) for gap in result.audit["incomplete"]] == [
        ("no-tests", "packages/three: the suite")
    ]


def test_a_wrong_configuration_of_a_member_names_the_member(project, testaudit):
    made = project({**PACKAGES, **MEMBERS, "packages/one/testaudit.toml": "timeot = 1\n"})

    result = testaudit("scan", *PYTHON, cwd=made)

    assert result.code == 2
    assert "packages/one" in result.stderr


def test_members_can_be_looked_at_without_a_run(project, scan):
    made = project({**PACKAGES, **MEMBERS})

    result = scan(made, "--no-run")

    assert result.code == 0
    assert result.checks == {"complete": True}
    assert len(result.tests) == 3


def test_a_part_of_a_monorepo_below_its_members_is_partial(project, testaudit):
    made = project({**PACKAGES, **MEMBERS})

    result = testaudit("scan", "packages/one/tests", *PYTHON, "--output", "json", cwd=made)

    assert result.outcomes == {"tests/test_x.py::test_a": "passed"}
    assert result.audit["partial"] is True


def test_lint_at_the_top_looks_at_every_member(project, testaudit):
    sleepy = "import time\nasync def test_a(it):\n    time.sleep(1)\n    assert it.done\n"
    made = project({**PACKAGES, **MEMBERS, "packages/one/tests/test_x.py": sleepy})

    result = testaudit("lint", "--select", "sleep-in-async", "--confidence", "medium", "--output", "json", cwd=made)

    assert [finding["path"] for finding in result.audit["findings"]] == ["packages/one/tests/test_x.py"]


def test_a_member_that_cannot_be_scanned_does_not_take_the_others_answers_away(project, testaudit):
    made = project(
        {**PACKAGES, **MEMBERS, "packages/two/pyproject.toml": "[tool.testaudit]\npython = 'no-such-python'\n"}
    )

    result = testaudit(
        "scan", "--output", "json", cwd=made, env={"VIRTUAL_ENV": str(Path(sys.executable).parent.parent)}
    )

    result.assert_no_traceback()
    assert result.code == 1
    assert result.outcomes == {"packages/one/tests/test_x.py::test_a": "passed"}
    assert [(gap["what"], gap["where"]) for gap in result.audit["incomplete"]] == [
        ("no-run", "packages/two: the suite")
    ]


def test_where_no_member_can_be_scanned_no_audit_was_possible(project, testaudit):
    made = project({**PACKAGES, **MEMBERS})

    result = testaudit("scan", "--python", "no-such-python", "--quiet", cwd=made)

    result.assert_no_traceback()
    assert result.code == 3
    assert "no-such-python" in result.stderr


def test_lint_reads_each_member_with_its_own_configuration(project, testaudit):
    sleepy = "import time\nasync def test_a(it):\n    time.sleep(1)\n    assert it.done\n"
    made = project(
        {
            **PACKAGES,
            **MEMBERS,
            "packages/one/tests/test_x.py": sleepy,
            "packages/two/tests/test_x.py": sleepy,
            "packages/two/pyproject.toml": "[tool.testaudit]\nignore = ['sleep-in-async']\n",
        }
    )

    result = testaudit("lint", "--confidence", "medium", "--output", "json", cwd=made)

    assert [finding["path"] for finding in result.audit["findings"]] == ["packages/one/tests/test_x.py"]
    assert result.audit["members"] == ["packages/one", "packages/two"]


# ---------------------------------------------------------------- members with baselines


@pytest.fixture
def recorded(project, testaudit):
    """Both members have a baseline of their own, written where they lie."""
    made = project({**PACKAGES, **MEMBERS}, settings=False)
    for member in ("packages/one", "packages/two"):
        testaudit("baseline", "write", member, *PYTHON, cwd=made)
    return made


def test_each_member_is_judged_by_the_baseline_that_lies_in_it(recorded, scan):
    known = scan(recorded, *PYTHON)
    (recorded / "packages/one/tests/test_x.py").write_text(
        "def test_a(): assert 0, 'one fails too'\n", encoding="utf-8"
    )
    worse = scan(recorded, *PYTHON)

    assert (known.code, worse.code) == (0, 1)
    assert worse.audit["comparison"]["new_failures"] == ["packages/one/tests/test_x.py::test_a"]
    assert [one["node_id"] for one in worse.audit["comparison"]["known_failures"]] == [
        "packages/two/tests/test_x.py::test_a"
    ]


def test_the_bars_of_members_are_added_up(recorded, scan):
    bar = scan(recorded, *PYTHON).audit["comparison"]["bar"]

    assert (bar["passed"], bar["expected"]) == (1, 2)
