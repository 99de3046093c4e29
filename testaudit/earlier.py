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

from testaudit.masking import clean
from testaudit.model import GREEN, RED

if TYPE_CHECKING:
    from testaudit.model import AuditedTest, Run

LAST = Path(".testaudit/local/last-audit.json")
"""Where a scan keeps its audit; private to a checkout, its folder ignores itself."""
_LARGEST = 400 << 20
"""Bytes. What is larger is not read for a hint."""
_LONGEST = 200
"""Characters that are kept of a memory."""


def with_memory(run: Run, root: Path) -> Run:
    """The run, its failing tests with the place where an earlier audit saw them pass.

    Args:
        run: what was seen now.
        root: the project's root, below which the last audit lies.

    """
    failing = {test.node_id for test in run.tests if test.outcome in RED}
    passed = _passed(root / LAST, failing) if failing else {}
    if not passed:
        return run

    def remembered(test: AuditedTest) -> AuditedTest:
        return replace(test, passed_before=passed.get(test.node_id, "")) if test.node_id in failing else test

    return replace(run, tests=tuple(map(remembered, run.tests)))


def _passed(path: Path, wanted: set[Any]) -> dict[str, str]:
    """Node id -> where it passed; what failed then keeps the memory that it had."""
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
                if memory and isinstance(memory, str):
                    found[test["node_id"]] = " ".join(clean(memory).split())[:_LONGEST]
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
