"""What an earlier audit knows of the tests that fail now: where they passed last.

The last audit of a checkout is read leniently: it is a memory, not a judge. One that is missing, damaged or of another
version remembers nothing.
"""

from __future__ import annotations

import json
import stat
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from testaudit.masking.interface import clean, mask_id
from testaudit.model import GREEN, RED

if TYPE_CHECKING:
    from collections.abc import Callable

    from testaudit.model import AuditedTest, Run

LAST = Path(".testaudit/local/last-audit.json")
"""Where a scan keeps its audit; private to a checkout, its folder ignores itself."""
_LARGEST = 400 << 20
"""Bytes. What is larger is not read for a hint."""
_MANY = 1_000_000
_LONGEST = 200
"""Characters that are kept of a memory."""


def with_memory(run: Run, root: Path, quarantined: Callable[[AuditedTest], bool]) -> Run:
    """The run with what an earlier audit remembers.

    Failing tests get the place where they passed; quarantined ones the number of attempts that they passed in a row,
    this run's among them.

    Args:
        run: what was seen now.
        root: the project's root, below which the last audit lies.
        quarantined: whether the quarantine covers a test.

    """
    failing = {test.node_id for test in run.tests if test.outcome in RED}
    aside = {test.node_id for test in run.tests if quarantined(test)}
    kept_as = {node_id: mask_id(node_id) for node_id in failing | aside}
    memory = _read(root / LAST, set(kept_as.values())) if kept_as else {}

    def remembered(test: AuditedTest) -> AuditedTest:
        where, passes = memory.get(kept_as.get(test.node_id, ""), ("", 0))
        if test.node_id in failing:
            return replace(test, passed_before=where)
        if test.node_id in aside and test.outcome in GREEN:
            last = next((at for at, one in enumerate(reversed(test.attempts)) if one.outcome not in GREEN), None)
            return replace(test, passes=passes + len(test.attempts) if last is None else last)
        return test

    return replace(run, tests=tuple(map(remembered, run.tests))) if failing or aside else run


def _read(path: Path, wanted: set[Any]) -> dict[str, tuple[str, int]]:
    """Node id -> where it passed, and how often in a row; what failed then keeps the place that it had."""
    try:
        about = path.stat()
        if not stat.S_ISREG(about.st_mode) or about.st_size > _LARGEST:  # a pipe or a device may have no end
            return {}
        document = json.loads(path.read_bytes())
        where = _where(document)
        found = {}
        for test in document["tests"]:
            if test["node_id"] in wanted:
                memory = where if test["outcome"] in GREEN else test.get("passed_before", "")
                passes = test.get("passes", 0)
                found[test["node_id"]] = (
                    " ".join(clean(memory).split())[:_LONGEST] if isinstance(memory, str) else "",
                    passes if isinstance(passes, int) and 0 <= passes < _MANY else 0,
                )
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {}
    return found


def _where(document: dict[str, Any]) -> str:
    """`commit abc1234, 2026-11-20`."""
    project = document["project"]
    date = str(document.get("generated", ""))[:10]
    if commit := project.get("commit"):
        changed = " with changes" if project.get("dirty") else ""
        return ", ".join(part for part in (f"commit {commit[:10]}{changed}", date) if part)
    return f"the audit of {date}" if date else "an earlier audit"
