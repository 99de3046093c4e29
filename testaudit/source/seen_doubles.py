"""What a run showed of the doubles of some tests, in a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from testaudit.model import AuditedTest, Double

_SHOWN = 3


def said_of_doubles(tests: Iterable[AuditedTest]) -> str:
    """How many doubles were in place at once in the last attempts, and which of them nothing called.

    Empty when the run put none in place, or did not look: a source that speaks of doubles is neither proved nor
    disproved by that, for a mock that is handed in replaces nothing.
    """
    doubles = [double for test in tests for attempt in test.attempts[-1:] for double in attempt.doubles]
    if not doubles:
        return ""
    most = max(double.active for double in doubles)
    said = f"{most} double{'' if most == 1 else 's'} in place at once in this run"
    idle = _never_called(doubles)
    if not idle:
        return said
    return f"{said}; never called: {', '.join(idle[:_SHOWN])}{', …' if len(idle) > _SHOWN else ''}"


def _never_called(doubles: Iterable[Double]) -> list[str]:
    """Those that count their calls and had none in any of the tests."""
    most: dict[str, int] = {}
    for double in doubles:
        if double.calls is not None:
            most[double.target] = max(double.calls, most.get(double.target, 0))
    return [target for target, calls in most.items() if calls == 0]
