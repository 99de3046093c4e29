"""What the engine is asked for and what it answers: the only place that starts pytest.

A request says which interpreter, where, with which arguments; the answer is files, an exit status and how it ended.
Nothing here knows what an outcome means: `parse` reads the files.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pathlib import Path

    from testaudit.model import Outcome


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which tests a further run executes: no arguments say so, the probe reads it from a file."""

    node_ids: tuple[str, ...]
    """pytest's own node ids, in the order in which they are to run."""
    narrow: bool = True
    """Only their modules are imported; False: everything is collected, as in the main run."""
    args: tuple[str, ...] = ()
    """Put behind the user's arguments, so that they win; `{folder}` stands for the run's own folder."""
    budget_s: float = 30.0
    """Seconds after which the run is ended, whatever it has reached."""


@dataclass(frozen=True, slots=True)
class Deepness:
    """What coverage test by test is to tell apart."""

    packages: frozenset[str]
    """Top-level names of the project's own code."""
    suite: tuple[str, ...]
    """Files of the test suite, relative to the root: they are not what is tested."""


@dataclass(frozen=True, slots=True)
class RunRequest:
    """One run of a project's suite."""

    executable: str
    root: Path
    """The project's root: the run's working directory."""
    args: tuple[str, ...] = ()
    """The user's arguments for pytest, as typed."""
    launch: str = "module"
    """`module` (as `python -m pytest`) or `pytest`."""
    timeout_s: float = 300.0
    """Seconds a test may take, set-up and teardown included."""
    idle_s: float = 20.0
    """Seconds in which nothing has to happen outside of tests (a start, an import), however short `timeout_s` is."""
    workers: str = ""
    """`-n` for pytest-xdist; empty: as the project decides."""
    max_restarts: int = 20
    """After so many crashes the run is given up as incomplete."""
    leaks: bool = True
    """What tests leave behind is watched, in the main run; further runs ask other questions."""
    deep: Deepness | None = None
    """Coverage is measured test by test, in the main run; None: it is not."""
    chosen: Chosen | None = None
    """A further run of these tests; None: the main run."""


@dataclass(frozen=True, slots=True)
class RunFiles:
    """What a run left behind, in a private folder that the caller removes."""

    folder: Path
    log: Path
    junit: Path | None
    """The last process's JUnit file, where one was written."""
    output: str
    """The beginning and the end of what pytest printed."""
    exit_status: int | None
    """pytest's own, as the log tells it; None where it did not end by itself."""
    signal: int | None
    """What killed the last process, where a signal did."""
    restarts: int
    culprits: tuple[str, ...]
    """Tests that took their process with them."""
    gave_up: bool
    """Tests were left when the restarts ran out."""
    interrupted: int | None
    """The signal that ended testaudit's own wait (SIGINT, SIGTERM)."""
    duration_s: float
    stalled: str = ""
    """When nothing happened for so long that pytest was ended, though no test ran; empty: it never was."""
    lingered: bool = False
    """pytest had ended, but its process went on, and was ended."""
    mute: str = ""
    """The test with which the probe could no longer write its log."""
    over_budget: bool = False
    """A further run was ended because its time was used up."""


class Listener(Protocol):
    """Told while the run goes on; called from the engine's own loop, so it must be quick."""

    def collected(self, count: int) -> None:
        """So many tests are selected."""

    def started(self, node_id: str) -> None:
        """A test runs now (sampled, not every one); in a further run its node id stands behind what that is for."""

    def finished(self, outcome: Outcome) -> None:
        """A test ended; `outcome`: how."""

    def note(self, text: str) -> None:
        """Something a person should know now: a restart, a time-out."""


class Silence:
    """A listener that does not listen."""

    def collected(self, count: int) -> None:
        """Nothing."""

    def started(self, node_id: str) -> None:
        """Nothing."""

    def finished(self, outcome: Outcome) -> None:
        """Nothing."""

    def note(self, text: str) -> None:
        """Nothing."""
