"""node's own runner, the converters of TAP, and node-tap: cases without a class of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from testaudit.junit.cases import Result

if TYPE_CHECKING:
    from testaudit.junit.cases import Case


def node(case: Case) -> Case:
    """Every classname is `test`: a test is known by its suites."""
    return _by_suites(case)


def tap(case: Case) -> Case:
    """No classname at all."""
    return _by_suites(case) if not case.classname else case


def node_tap(case: Case) -> Case:
    """Skips and todos are properties."""
    told = next((name for name in ("skip", "todo") if name in case.properties), "")
    return case._replace(results=(Result("skipped", told), *case.results)) if told else case


def _by_suites(case: Case) -> Case:
    return case._replace(classname=" > ".join(filter(None, case.suite.names))) if case.suite.names else case
