"""What a check is: one file with `ask(question)`, which answers with a Check, or None where it does not apply.

Whether its answer blocks or warns is the gate's to say, by the configuration.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from testaudit.config import GateConfig

if TYPE_CHECKING:
    from collections.abc import Iterable

    from testaudit.model import Check, Comparison, Failure, Finding, Gap, Level, Run, Summary

DEFAULT_FAIL_UNDER = 95.0
"""Percent."""
_NAMED = 3
"""How many tests a check names; the report lists them all."""


@dataclass(frozen=True, slots=True)
class Question:
    """All that a check may look at."""

    summary: Summary
    gaps: tuple[Gap, ...]
    failures: tuple[Failure, ...]
    run: Run | None
    """None: nothing was run and no results were given, or they were saved."""
    fail_under: float | None
    """Percent, where the user set it."""
    executed: bool = False
    """The rate is counted over the executed tests, as CI servers do."""
    saved_runner: Check | None = None
    """Of results that were saved: what `runner` answered when they were made."""
    saved: bool = False
    """The results were saved by an earlier audit that ran tests."""
    findings: tuple[Finding, ...] = ()
    """Those that are shown."""
    levels: tuple[tuple[Level, int, int], ...] = ()
    """(level, passed, expected)."""
    comparison: Comparison | None = None
    quarantine_problems: tuple[str, ...] = ()
    settings: GateConfig = field(default_factory=GateConfig)
    partial: bool = False
    label: str = ""
    """Of the environment."""

    @property
    def ran(self) -> bool:
        """There are outcomes to judge."""
        return self.run is not None or self.saved

    @property
    def against(self) -> Comparison | None:
        """The comparison where there are a baseline and outcomes."""
        found = self.comparison
        return found if found is not None and found.baseline and self.ran else None

    def limit(self, check: str) -> float | None:
        """What the configuration allows; None: the check's own default."""
        return getattr(self.settings.of(check), "limit", None)


class Ask(Protocol):
    """A module of this folder."""

    def ask(self, question: Question) -> Check | None:
        """The answer, or None where the question does not arise."""


def named(names: Iterable[str], most: int = _NAMED) -> str:
    """`a, b and 3 more`."""
    listed = list(names)
    more = f" and {len(listed) - most:,} more" if len(listed) > most else ""
    return ", ".join(listed[:most]) + more


def many(count: int, one: str, several: str = "") -> str:
    """`1 test`, `1,200 tests`."""
    return f"{count:,} {one if count == 1 else several or one + 's'}"


def allowed(question: Question, check: str) -> int:
    """How many are allowed; by default none."""
    limit = question.limit(check)
    return int(limit) if limit is not None else 0
