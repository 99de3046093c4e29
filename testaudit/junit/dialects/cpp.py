"""GoogleTest, Catch2, doctest, ctest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from testaudit.junit.cases import Result

if TYPE_CHECKING:
    from testaudit.junit.cases import Case


def gtest(case: Case) -> Case:
    """`GTEST_SKIP()` after a failure does not undo it."""
    if len(case.results) < 2 or case.results[0].tag == "skipped":
        return case
    return case._replace(results=tuple(result for result in case.results if result.tag != "skipped"))


def sections(case: Case) -> Case:
    """A section of Catch2 or a subcase of doctest is a part of its test: `test/section/section`.

    Catch2 marks a test that may fail before what failed in it; `SKIP()` after a failure does not undo it.
    """
    case = gtest(case)
    test, slash, _ = case.name.partition("/")
    return case._replace(name=test, is_part=True) if slash and test else case


def ctest(case: Case) -> Case:
    """What could not be run counts as failed on ctest's own last lines, unless it was disabled or skipped itself."""
    if case.status != "notrun" or not case.results:
        return case
    said = case.results[0].message
    if said == "Disabled" or said.startswith("SKIP_"):
        return case
    return case._replace(results=(Result("failure", "Not Run", said, case.output),))
