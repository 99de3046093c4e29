"""What a cause is: one file that looks at failures of one signature and says whether it explains them, and why.

The causes are asked in the contract's order; the first that answers wins. `unknown` is an honest answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from testaudit.model import AuditedTest, Evidence, Trouble


@dataclass(frozen=True, slots=True)
class Group:
    """Failing tests of one signature: same exception, same normalised message, same deepest first-party frame."""

    signature: str
    tests: tuple[AuditedTest, ...]
    trouble: Trouble
    """Of its first test: what decided its outcome."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """A cause's answer."""

    cause: str
    evidence: tuple[Evidence, ...]
    advice: str
    antipattern: str | None = None
    subject: str = ""
    """What is to blame where several signatures can share it (`localhost:5432`, a missing package)."""


class Cause(Protocol):
    """A module of this folder."""

    def explain(self, group: Group) -> Explanation | None:
        """The explanation, or None where this cause is not proven."""
