"""The run's own JUnit file, held against the probe's log: what pytest saw fail must not be green here."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from testaudit.junit.stream import read_junit
from testaudit.model import RED, Gap

if TYPE_CHECKING:
    from pathlib import Path

    from testaudit.model import Run


def held_against(run: Run, path: Path) -> Run:
    """The run, incomplete where pytest's writer recorded more failing tests than the log did.

    The log may lose lines (a full disk, a suite that meddles with the probe); the file is written by other code, at
    another moment. Only the number is compared: names of the two differ in how they escape. After a restart the file
    holds the last process alone, which makes the comparison weaker and never wrong.
    """
    failing = {
        (case.classname, case.name)
        for case in read_junit(path)
        if any(result.tag in {"failure", "error"} for result in case.results)
    }
    known = sum(1 for test in run.tests if test.outcome in RED)
    if len(failing) <= known:
        return run
    why = f"pytest's JUnit file holds {len(failing)} failing tests, the probe's log {known}"
    return replace(run, gaps=(*run.gaps, Gap("records-disagree", "the run", why)))
