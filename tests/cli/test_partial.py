"""A part of the suite makes the audit partial; what the project's own configuration selects does not."""

from __future__ import annotations

import sys

import pytest

FILES = {
    "pytest.ini": "[pytest]\nmarkers = slow\n",
    "tests/test_x.py": "import pytest\ndef test_a(): pass\n@pytest.mark.slow\ndef test_b(): pass\n",
    "tests/sub/test_y.py": "def test_c(): pass\n",
}


@pytest.mark.parametrize(
    ("arguments", "counts"),
    [
        ((), {"collected": 3, "passed": 3}),
        (("--", "-k", "test_a"), {"collected": 1, "deselected": 2, "passed": 1}),
        (("--", "-m", "slow"), {"collected": 1, "deselected": 2, "passed": 1}),
        (("--", "tests/sub"), {"collected": 1, "passed": 1}),
        (("--", "tests/test_x.py::test_a"), {"collected": 1, "passed": 1}),
        (("--", "--deselect", "tests/test_x.py::test_a"), {"collected": 2, "deselected": 1, "passed": 2}),
        (("--", "--deselect=tests/test_x.py::test_a"), {"collected": 2, "deselected": 1, "passed": 2}),
        (("--", "--ignore=tests/sub"), {"collected": 2, "passed": 2}),
        (("--", "--ignore-glob", "*/sub"), {"collected": 2, "passed": 2}),
        (("--", "-v"), {"collected": 3, "passed": 3}),
        (("tests/sub",), {"collected": 1, "passed": 1}),
        (("tests/test_x.py",), {"collected": 2, "passed": 2}),
    ],
    ids=[
        "whole",
        "-k",
        "-m",
        "path",
        "node id",
        "--deselect X",
        "--deselect=X",
        "--ignore",
        "--ignore-glob",
        "-v",
        "folder as PATH",
        "file as PATH",
    ],
)
def test_what_was_selected_by_hand_is_partial(project, scan, arguments, counts):
    result = scan(project(FILES), *arguments)

    assert result.counts == counts
    assert result.audit["partial"] is (arguments not in {(), ("--", "-v")})
    assert result.code == 0


@pytest.mark.parametrize(
    "settings",
    [
        {"pytest.ini": "[pytest]\nmarkers = slow\naddopts = -k 'not test_c' -m 'not slow'\n"},
        {"pytest.ini": "[pytest]\nmarkers = slow\naddopts = --ignore=tests/sub --deselect tests/test_x.py::test_b\n"},
        {"pytest.ini": "[pytest]\nmarkers = slow\n", "testaudit.toml": 'pytest-args = ["-k", "test_a"]\n'},
    ],
    ids=["addopts -k -m", "addopts --ignore --deselect", "pytest-args"],
)
def test_what_the_project_configures_is_the_whole(project, scan, settings):
    result = scan(project({**FILES, **settings}))

    assert list(result.outcomes) == ["tests/test_x.py::test_a"]
    assert result.audit["partial"] is False


def test_a_selection_by_hand_that_says_a_part_of_the_configured_one_is_partial(project, scan):
    files = {**FILES, "pytest.ini": "[pytest]\nmarkers = slow\naddopts = -m 'not slow'\n"}

    result = scan(project(files), "--", "-m", "slow")

    assert list(result.outcomes) == ["tests/test_x.py::test_b"]
    assert result.audit["partial"] is True


def test_configured_testpaths_are_the_whole(project, scan):
    files = {**FILES, "pytest.ini": "[pytest]\nmarkers = slow\ntestpaths = tests/sub\n"}

    result = scan(project(files))

    assert list(result.outcomes) == ["tests/sub/test_y.py::test_c"]
    assert result.audit["partial"] is False


def test_a_part_called_from_inside_it_is_partial(project, testaudit):
    made = project(FILES)

    result = testaudit("scan", "--python", sys.executable, "--output", "json", cwd=made / "tests" / "sub")

    assert list(result.outcomes) == ["tests/sub/test_y.py::test_c"]
    assert result.audit["partial"] is True


def test_the_static_rules_look_at_the_part_alone(project, scan):
    sick = "import time\ndef test_a():\n    time.sleep(1)\n    assert 1\n"
    made = project({"a/test_x.py": sick, "b/test_y.py": sick, "a/__init__.py": "", "b/__init__.py": ""})

    result = scan(made, "--no-run", "a", "--confidence", "medium")

    assert {finding["path"] for finding in result.audit["findings"]} == {"a/test_x.py"}


def test_last_failed_alone_is_partial(project, scan):
    made = project({"test_x.py": "def test_a(): pass\ndef test_b(): assert 0\n"})
    scan(made)

    result = scan(made, "--", "--lf")

    assert list(result.outcomes) == ["test_x.py::test_b"]
    assert result.audit["partial"] is True
