"""What an experiment is: a value that says which tests run again, in which order, with what kept from the main run.

An experiment starts nothing; `hunt.py` spends a budget of them. Each varies one thing and keeps the rest:

together.py   the failing tests again, in their order, without the others
alone.py      one test in a process of its own
replay.py     one test behind the tests that ran before it, all of them or those of its file
verdicts.py   what the outcomes prove
statistics.py how much a count of attempts says
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from testaudit.model import NodeId

Condition = Literal["together", "alone", "replay", "file"]
"""`replay`: behind all tests that ran before it in its process; `file`: behind those of its own file."""
CONDITIONS: tuple[Condition, ...] = ("together", "alone", "replay", "file")
WORDS: dict[Condition, str] = {
    "together": "again, the failing ones",
    "alone": "again, alone",
    "replay": "again, behind what ran before it",
    "file": "again, behind its own file",
}
"""What a further run is, for a person who waits for it."""


@dataclass(frozen=True, slots=True)
class Experiment:
    """One further run."""

    condition: Condition
    node_ids: tuple[NodeId, ...]
    """In the order in which they run."""
    subjects: tuple[NodeId, ...]
    """Those whose outcomes are asked for; the others only come before them."""
    narrow: bool
    """Only their modules are imported."""
    seconds: float
    """What the tests took in the main run, start and collection left out."""
