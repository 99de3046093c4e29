"""What the examples of the rules on organisation and slow tests cannot show: parts of suites, runs without source."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from testaudit.config import Config
from testaudit.model import Attempt, AuditedTest, Level, Marker, NodeId, Phase, Run, SeenWarning
from testaudit.rules.interface import Rule, Sighting
from testaudit.rules.multiple_workflows.slow_test import RULE as SLOW
from testaudit.rules.organisation.pyramid import RULE as PYRAMID
from testaudit.rules.organisation.unknown_marker import RULE as UNKNOWN
from testaudit.rules.registry import settings_of
from testaudit.source.interface import Sources, sources_of

SOURCES = sources_of({"tests/test_a.py": "def test_a():\n    assert a()\n"}, Config(), root=Path("/nowhere"))


def ran(number: int, level: Level, seconds: float = 0.01, *marks: str) -> AuditedTest:
    node_id = NodeId(f"tests/test_a.py::test_a[{level}{number}]")
    attempt = Attempt("passed", seconds, phases=(Phase("call", "passed", seconds),))
    markers = tuple(Marker(mark) for mark in marks)
    return AuditedTest(node_id, str(node_id), "tests/test_a.py", 1, "passed", (attempt,), level=level, markers=markers)


def levels(unit: int, integration: int, e2e: int) -> tuple[AuditedTest, ...]:
    counts: tuple[tuple[Level, int], ...] = (("unit", unit), ("integration", integration), ("e2e", e2e))
    return tuple(ran(number, level) for level, count in counts for number in range(count))


def observed(rule: Rule, run: Run, sources: Sources = SOURCES, **options: object) -> list[Sighting]:
    assert rule.observe is not None
    return list(rule.observe(run, sources, settings_of(rule, Config(rules={rule.slug: options}))))


def surveyed(tests: tuple[AuditedTest, ...]) -> list[Sighting]:
    assert PYRAMID.survey is not None
    return list(PYRAMID.survey(tests, SOURCES, settings_of(PYRAMID, Config())))


def test_the_pyramid_is_told_with_its_numbers() -> None:
    (seen,) = observed(PYRAMID, Run(levels(40, 10, 50)))

    assert seen.message == (
        "More than 15 % are end-to-end tests: 40 unit (40 %), 10 integration (10 %), 50 end-to-end (50 %)."
    )


@pytest.mark.parametrize("counts", [(70, 20, 10), (39, 5, 5), (0, 10, 90), (50, 50, 0)])
def test_a_pyramid_that_stands_a_small_suite_and_one_without_unit_tests_are_left_alone(
    counts: tuple[int, int, int],
) -> None:
    assert observed(PYRAMID, Run(levels(*counts))) == []


def test_a_part_of_a_suite_has_no_shape() -> None:
    assert observed(PYRAMID, Run(levels(40, 10, 50), selection=("-k", "shop"))) == []


def test_without_a_run_the_shape_is_what_the_folders_say() -> None:
    static = tuple(replace(test, outcome=None, attempts=()) for test in levels(40, 10, 50))

    (seen,) = surveyed(static)

    assert seen.evidence == ("levels by configuration and folders alone: nothing was run",)


def test_what_ran_is_told_once() -> None:
    assert surveyed(levels(40, 10, 50)) == []


@pytest.mark.parametrize(
    ("level", "seconds", "speaks"),
    [("unit", 9.0, False), ("unit", 11.0, True), ("integration", 6.0, True), ("e2e", 20.0, False), ("e2e", 31.0, True)],
)
def test_each_level_has_its_budget(level: Level, seconds: float, speaks: bool) -> None:
    assert bool(observed(SLOW, Run((ran(1, level, seconds),)))) is speaks


def test_the_budget_of_unit_tests_is_off_until_it_is_set() -> None:
    run = Run((ran(1, "unit", 0.5),))

    assert observed(SLOW, run) == []
    assert len(observed(SLOW, run, **{"unit-budget": 0.1})) == 1


def test_what_is_marked_slow_by_any_of_its_names_has_said_so() -> None:
    marks = ("slow", "very_slow", "nightly", "performance")
    run = Run(tuple(ran(number, "unit", 60.0, mark) for number, mark in enumerate(marks)))

    assert observed(SLOW, run) == []


def test_cases_of_one_test_are_one_finding() -> None:
    (seen,) = observed(SLOW, Run((ran(1, "unit", 12.0), ran(2, "unit", 30.0), ran(3, "unit", 1.0))))

    assert seen.message == (
        "This test took 30.0 s and is not marked slow: 10 s are what a test may take; 2 of its cases take more."
    )
    assert len(seen.node_ids) == 2


def test_a_marker_of_a_plugin_is_not_the_projects_to_mend() -> None:
    warning = SeenWarning(
        "PytestUnknownMarkWarning", "Unknown pytest.mark.odd - is this a typo?", "/lib/plugin.py", 3, None
    )

    assert observed(UNKNOWN, Run((), warnings=(warning,))) == []
    assert len(observed(UNKNOWN, Run((), warnings=(replace(warning, path="tests/test_a.py"),)))) == 1
