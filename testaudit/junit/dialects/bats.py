"""Bats, as a formatter before 1.9 writes what `BATS_TEST_RETRIES` repeats."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from testaudit.junit.cases import Case

_BEGIN = re.compile(r"begin \d{1,9} (?=.)")


def normal(case: Case) -> Case:
    """A line of the formatter's own protocol becomes part of the name: `begin 2 test`."""
    found = _BEGIN.match(case.name)
    return case._replace(name=case.name[found.end() :]) if found is not None else case
