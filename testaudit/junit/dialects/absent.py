"""Tests that a file counts and does not name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from testaudit.junit.cases import whole

if TYPE_CHECKING:
    from testaudit.junit.cases import Totals

_ON_SUITES = "libtest"
_ON_ROOT = "mocha"


def unnamed_skips(dialect: str, root: dict[str, str], totals: Totals, skipped: int, cases: int) -> int:
    """How many skipped tests are counted in a file of one dialect and have no case in it.

    libtest writes no case for an ignored test and counts it in `tests` and `skipped`; mocha-junit-reporter writes
    pending tests only where it is told to (`includePending`), and counts them in the root's `skipped`. Other runners'
    totals are no evidence of a test.
    """
    if dialect == _ON_SUITES and totals.skipped is not None and totals.tests is not None:
        missing = totals.skipped - skipped
        return missing if 0 < missing == totals.tests - cases else 0
    if dialect == _ON_ROOT and root.get("name") == "Mocha Tests":
        said = whole(root.get("skipped", ""))
        tests = whole(root.get("tests", ""))
        return said - skipped if said is not None and tests is not None and skipped < said and cases < tests else 0
    return 0
