"""Where running code was: what exceptions, leaks and sleeps point at."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Frame:
    """A place in running code."""

    path: str
    """Relative to the project's root where it lies inside, else absolute."""
    line: int
    function: str
