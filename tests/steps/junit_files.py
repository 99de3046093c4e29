"""Reading JUnit files in tests: the given ones by name, others as they are written."""

from __future__ import annotations

from pathlib import Path

from testaudit.junit import run_from_junit
from testaudit.model import AuditedTest, Run

DATA = Path(__file__).parents[1] / "data" / "junit"


def read(name: str) -> Run:
    """One of the files in `tests/data/junit`."""
    return run_from_junit([DATA / name])


def by_name(run: Run) -> dict[str, AuditedTest]:
    """The tests by the name that the file gives them."""
    return {test.junit_key.rpartition("::")[2]: test for test in run.tests}


def written(path: Path, text: str) -> Run:
    """A file with this text, read."""
    path.write_text(text, encoding="utf-8")
    return run_from_junit([path])
