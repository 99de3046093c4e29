"""What changed: an audit held against the committed baseline, and against the merge base of `--since`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from testaudit.model.words import Level, NodeId


@dataclass(frozen=True, slots=True)
class Bar:
    """What the suite reached when the baseline was written, in one environment."""

    label: str
    """Of the environment (`--env`)."""
    passed: int
    expected: int
    collected: int
    deselected: int = 0
    duration_s: float = 0.0
    levels: tuple[tuple[Level, int, int], ...] = ()
    """(level, passed, expected)."""
    python: str = ""
    platform: str = ""
    commit: str = ""
    date: str = ""
    """ISO 8601."""

    @property
    def pass_rate(self) -> float | None:
        """Passed / expected."""
        return self.passed / self.expected if self.expected else None


@dataclass(frozen=True, slots=True)
class StillFailing:
    """A failure that the baseline or the quarantine knows."""

    node_id: NodeId
    issue: str = ""
    owner: str = ""
    until: str = ""
    """ISO 8601 date, the last day on which it is excused."""
    expired: bool = False
    untracked: bool = False
    """The record names neither an issue nor a day."""


@dataclass(frozen=True, slots=True)
class Gone:
    """A test function of the baseline, or of the merge base, of which there is less now."""

    node_id: NodeId
    """Without parameters."""
    before: int
    """Cases then."""
    now: int
    """Cases now; 0: there is none."""
    accepted: str = ""
    """Why that is right, as a record says; empty: nobody said so."""


@dataclass(frozen=True, slots=True)
class Loosened:
    """A test that checks less than at the merge base."""

    node_id: NodeId
    path: str
    line: int
    what: str
    """`assert removed`, or `== became in`."""
    before: str
    """The source of the assertion at the merge base."""
    now: str = ""
    """And now; empty where it is gone."""


@dataclass(frozen=True, slots=True)
class Quarantined:
    """An entry of the quarantine, and how its test did."""

    node_id: NodeId
    owner: str
    issue: str
    until: str
    outcome: str = ""
    """Empty: there is no such test, or it was not run."""
    expired: bool = False
    passes: int = 0
    """Attempts that it passed in a row, as far as is remembered."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """An audit against what was there before. Node ids are those of today, unless said otherwise."""

    baseline: str = ""
    """The file, relative to the project where it lies inside; empty: there is none."""
    since: str = ""
    """The revision as typed; empty: none was given."""
    merge_base: str = ""
    """Its commit."""
    bar: Bar | None = None
    """Of this environment; None: no baseline, or it does not know this environment."""
    changed: tuple[str, ...] | None = None
    """Paths that differ from the merge base; None: that is not known."""
    new_failures: tuple[NodeId, ...] = ()
    """They block."""
    known_failures: tuple[StillFailing, ...] = ()
    fixed: tuple[NodeId, ...] = ()
    """Known failures that pass now."""
    accepted_now: tuple[NodeId, ...] = ()
    """Known failures that the merge base's baseline does not know: this change accepts them."""
    new_flaky: tuple[NodeId, ...] = ()
    """Flaky failures that nobody knew, in what this change touches (or no change is known)."""
    other_flaky: tuple[NodeId, ...] = ()
    """Flaky failures that do not block: known, or nothing that this change touches."""
    quarantined: tuple[Quarantined, ...] = ()
    gone: tuple[Gone, ...] = ()
    moved: tuple[tuple[NodeId, NodeId], ...] = ()
    """(then, now), without parameters: renamed or moved tests, recognised."""
    unselected: tuple[Gone, ...] = ()
    """Still in the source, and no longer selected."""
    missed_more: int = 0
    """So many expected tests do not pass beyond the baseline's, function by function; quarantined and known flaky ones
    are left out."""
    new_skips: tuple[NodeId, ...] = ()
    new_xfails: tuple[NodeId, ...] = ()
    elsewhere: tuple[NodeId, ...] = ()
    """Skipped by a condition where Python or the platform are not those of the baseline: they do not block."""
    loosened: tuple[Loosened, ...] | None = None
    """None: not known without a merge base."""
    old_findings: int = 0
    fixed_findings: int = 0
    """Findings of the baseline or the merge base that are gone."""
    edited: str = ""
    """What about the baseline was not measured by testaudit; empty: nothing."""
    lowered: tuple[str, ...] = ()
    """What this change takes from the bar of the merge base's baseline, without a record that says why."""
    lowered_why: tuple[str, ...] = ()
    """The reasons with which this change lowers the bar on purpose."""
