"""Playwright, jest and vitest."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from testaudit.junit.cases import INTERIM, Result

if TYPE_CHECKING:
    from testaudit.junit.cases import Case

_RETRY = re.compile(r"^ *Retry #\d+ [─-]+ *$", re.MULTILINE)
_ATTACHED = re.compile(r"\[\[ATTACHMENT\|(?P<path>[^\]\n]{0,1000})\]\]")
_OF_RETRY = re.compile(r"-retry(?P<number>[1-9]\d?)(?:/|\Z)")
_FAILED = "error-context.md"
"""What Playwright attaches to an attempt that failed, and to no other."""
LOAD = "Test suite failed to run"
HOOKS = " Test execution failure"
"""What jest-junit calls the case of a hook that failed behind the tests: it is no test."""


def playwright(case: Case) -> Case:
    """The project is the suite's host name; attempts show in the failure's text, or in what was attached to them.

    Without `includeRetries` a test that passed in the end is a bare case; but the folder of each attempt's
    attachments is named by its number, and a failed attempt has the page's state attached to it.
    """
    case = case._replace(variant=case.suite.hostname)
    final = [result for result in case.results if result.tag not in INTERIM]
    if len(final) != len(case.results):
        return case  # includeRetries: it is all there
    if final and final[0].tag != "skipped":
        parts = _RETRY.split(final[0].text)
        tag = "rerunFailure" if final[0].tag == "failure" else "rerunError"
        earlier = tuple(Result(tag, final[0].type, final[0].message, part) for part in parts[:-1])
        return case._replace(results=(*earlier, final[0]._replace(text=parts[-1]), *final[1:]))
    if not final and case.output and "fail" not in case.properties:  # expected to fail: its error is no other attempt
        return case._replace(results=(Result("flakyFailure"),) * _failed_attempts(case.output))
    return case


def _failed_attempts(output: str) -> int:
    """Attempts before the one that passed: its number where anything of it is attached, else one after the last."""
    count = 0
    for found in _ATTACHED.finditer(output):
        path = PurePosixPath(found["path"].replace("\\", "/"))
        retry = _OF_RETRY.search(f"{path.parent}/")
        number = int(retry["number"]) if retry is not None else 0
        count = max(count, number + (path.name == _FAILED))
    return count


def jest(case: Case) -> Case:
    """A file that did not load is written twice, as an `<error>` and a `<failure>`."""
    if case.classname.strip() != LOAD:
        return case
    return case._replace(classname="", is_part=True, is_module=True)


def vitest(case: Case) -> Case:
    """A file that did not load is a case with the file's name twice."""
    return (
        case._replace(is_module=True) if case.results and case.name == case.classname == case.suite.names[-1] else case
    )


def todos(cases: int, said: int | None, candidates: int) -> tuple[int, bool]:
    """How many todos jest left unmarked in a suite of so many cases, and whether they are the candidates.

    jest-junit counts passed, failed and pending tests in `tests`, todos not; a todo took no time.
    """
    missing = cases - said if said is not None else 0
    return (missing, missing == candidates) if 0 < missing <= candidates else (0, False)
