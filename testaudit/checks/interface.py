"""What a check is: one file with `ask(question)`, which answers with a Check, or None where it does not apply."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from testaudit.model import Check, Failure, Gap, Run, Summary

DEFAULT_FAIL_UNDER = 95.0
"""Percent."""


@dataclass(frozen=True, slots=True)
class Question:
    """All that a check may look at."""

    summary: Summary
    gaps: tuple[Gap, ...]
    failures: tuple[Failure, ...]
    run: Run | None
    """None: nothing was run and no results were given."""
    fail_under: float | None
    """Percent, where the user set it."""
    executed: bool = False
    """The rate is counted over the executed tests, as CI servers do."""


class Ask(Protocol):
    """A module of this folder."""

    def ask(self, question: Question) -> Check | None:
        """The answer, or None where the question does not arise."""
