"""Re-runs of suites that make them hard: what they must leave alone, and what they must not conclude."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

FINE = "def test_fine_a(): pass\ndef test_fine_b(): pass\n"


def conditions(test: Any) -> list[tuple[str, str]]:
    return [(attempt["condition"], attempt["outcome"]) for attempt in test["attempts"]]


# ---------------------------------------------------------------- the user's files

LOGGED = {
    "test_it.py": FINE
    + """
import logging

def test_logs(): logging.getLogger().warning("only the main run says this")

def test_keeps(tmp_path):
    (tmp_path / "kept").write_text("evidence")
    assert not 1
"""
}


@pytest.mark.parametrize(
    ("settings", "file", "text"),
    [
        ("addopts = --log-file=run.log", "run.log", "only the main run says this"),
        ("log_file = run.log", "run.log", "only the main run says this"),
        ("addopts = --debug=debug.log", "debug.log", "test_logs"),
        ("addopts = --basetemp=kept", "kept/test_keeps0/kept", "evidence"),
    ],
)
def test_what_the_main_run_wrote_is_still_there(
    scan: Callable[..., Any], project: Callable[..., Path], settings: str, file: str, text: str
) -> None:
    root = project({**LOGGED, "pytest.ini": f"[pytest]\n{settings}\n"})

    ended = scan(root, "--reruns", "2")

    assert [name for name, _ in conditions(ended.tests["test_it.py::test_keeps"])] == [
        "main",
        "together",
        "together",
        "alone",
    ]
    assert text in (root / file).read_text()


def test_the_temporary_folder_of_a_failing_test_outlives_its_re_runs(
    scan: Callable[..., Any], project: Callable[..., Path], tmp_path: Path
) -> None:
    root = project(LOGGED)

    scan(root, "--reruns", "5", env={"PYTEST_DEBUG_TEMPROOT": str(tmp_path)})

    assert [path.read_text() for path in tmp_path.glob("pytest-of-*/pytest-0/test_keeps0/kept")] == ["evidence"]
