"""Which first-party lines a test reaches: coverage per test, measured where `--deep` asks for it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reached:
    """Lines of functions of one file that ran while a test did, its fixtures included. Imports do not count."""

    path: str
    """Relative to the project's root where it lies inside, else absolute."""
    lines: tuple[int, ...]
    """1-based, ascending."""


@dataclass(frozen=True, slots=True)
class Deep:
    """How coverage per test was measured, or why not."""

    means: str = ""
    """`sys.monitoring`, `coverage 7.6.1`; empty: it was not measured."""
    why: str = ""
    """Why not."""
