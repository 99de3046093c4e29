"""The baseline as values: what the suite reached, what exists, and what people accepted with a reason.

Two parts. The *measured* part (`bars`, `functions`) is written by `testaudit baseline write` alone and sealed: whoever
edits it by hand is found out. The *accepted* part (known failures, removals, what was lowered) is open: each entry
stands on a line of its own with its reason, so that a reviewer reads it in the diff and branches merge.

A test is known by its function and the number of its cases; parameters may change from run to run.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from testaudit.model import NodeId

if TYPE_CHECKING:
    from collections.abc import Iterable

    from testaudit.model import Bar

DEFAULT = Path(".testaudit/baseline.json")
"""Where a baseline stands, relative to the project."""
DEFAULT_LABEL = "default"
"""The environment, where none is named."""
DAYS = 90
"""A known failure is excused so long, where no day is given."""
VERSION = 1


@dataclass(frozen=True, slots=True)
class Count:
    """A test function's cases in one environment."""

    cases: int
    skipped: int = 0
    xfailed: int = 0
    missed: int = 0
    """Expected to pass, and did not: failing, or skipped or xfailed without a condition or an issue."""


@dataclass(frozen=True, slots=True)
class TestedFunction:
    """A test function, or a module that stood for its tests (its node id is the path)."""

    node_id: NodeId
    """Without parameters."""
    body: str
    """Digest of its body, by which it is recognised under another name; empty where the source was not at hand."""
    counts: tuple[tuple[str, Count], ...]
    """(environment, count)."""

    def count(self, label: str) -> Count | None:
        """Its cases in an environment; None where it has none there."""
        return next((count for name, count in self.counts if name == label), None)


@dataclass(frozen=True, slots=True)
class KnownFailure:
    """A failure that the project accepted until a day."""

    node_id: NodeId
    environments: tuple[str, ...]
    issue: str = ""
    owner: str = ""
    until: str = ""
    """ISO 8601 date, the last day."""
    cause: str = ""
    """As the audit named it, for the reader of the diff."""
    cases: int = 1
    """How many failing cases the id stands for, where parameters change from run to run (`test_x[*]`)."""


@dataclass(frozen=True, slots=True)
class Removal:
    """A record that a test was meant to go."""

    node_id: NodeId
    why: str
    date: str


@dataclass(frozen=True, slots=True)
class Lowering:
    """A record that the bar was meant to be lowered."""

    date: str
    why: str


@dataclass(frozen=True, slots=True)
class AcceptedFinding:
    """A finding that was there when the baseline was written."""

    fingerprint: str
    rule: str
    path: str
    function: str


@dataclass(frozen=True, slots=True)
class Baseline:
    """The whole file."""

    bars: tuple[Bar, ...] = ()
    functions: tuple[TestedFunction, ...] = ()
    known: tuple[KnownFailure, ...] = ()
    flaky: tuple[NodeId, ...] = ()
    findings: tuple[AcceptedFinding, ...] = ()
    removed: tuple[Removal, ...] = ()
    lowered: tuple[Lowering, ...] = ()
    seals: tuple[tuple[str, str], ...] = ()
    """(environment, seal) as the file holds them; empty for one that was just made."""

    def bar(self, label: str) -> Bar | None:
        """The figures of an environment."""
        return next((bar for bar in self.bars if bar.label == label), None)

    @property
    def edited(self) -> tuple[str, ...]:
        """Environments whose figures or tests are not the ones that were measured."""
        sealed = dict(self.seals)
        strangers = {label for function in self.functions for label, _ in function.counts} - {
            bar.label for bar in self.bars
        }
        return (*(bar.label for bar in self.bars if sealed.get(bar.label) != seal(self, bar)), *sorted(strangers))


def seal(baseline: Baseline, bar: Bar) -> str:
    """What the measured part of one environment comes to: 16 hexadecimal digits (SHA-256, cut)."""
    figures: list[object] = [
        bar.label,
        bar.passed,
        bar.expected,
        bar.collected,
        bar.deselected,
        round(bar.duration_s, 3),
    ]
    figures += [*map(list, bar.levels), bar.python, bar.platform, bar.commit, bar.date]
    digest = hashlib.sha256(json.dumps(figures).encode())
    for function in sorted(baseline.functions, key=lambda function: function.node_id):
        count = function.count(bar.label)
        if count is not None:
            line = [function.node_id, function.body, count.cases, count.skipped, count.xfailed, count.missed]
            digest.update(json.dumps(line).encode())
    return digest.hexdigest()[:16]


_UNSTEADY = re.compile(
    r"""0x[0-9a-f]{4,}                                             # an address
      | \b[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}\b   # a UUID
      | \b\d{4}-\d\d-\d\d(?:[T_ -]\d\d:?\d\d(?::?\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?  # a date or time
      | \b1[5-9]\d{8}(?:\.\d+|\d{3}|\d{6}|\d{9})?\b                # a time since the epoch
      | \bpytest-\d+\b                                             # a temporary folder of pytest's
    """,
    re.VERBOSE | re.IGNORECASE,
)


def steady(node_id: str) -> NodeId:
    """The node id with `*` for what may change from run to run in its parameters: addresses, UUIDs, dates."""
    path, colons, rest = node_id.partition("::")
    name, bracket, parameters = rest.partition("[")
    return NodeId(path + colons + name + bracket + _UNSTEADY.sub("*", parameters)) if bracket else NodeId(node_id)


def digest_of(tokens: Iterable[str]) -> str:
    """The digest of a function's body: 12 hexadecimal digits."""
    return hashlib.sha256("\0".join(tokens).encode("utf-8", "surrogatepass")).hexdigest()[:12]
