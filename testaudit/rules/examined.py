"""What the rules say of one file, as a value, and as text for the cache."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

from testaudit.model import Evidence, Finding
from testaudit.rules.suppressions import Suppression

_PLAIN = (
    "rule",
    "name",
    "antipattern",
    "severity",
    "confidence",
    "path",
    "line",
    "end_line",
    "message",
    "remedy",
    "function",
)
"""The first fields of a finding, in their order."""


@dataclass(frozen=True, slots=True)
class RuleCrash:
    """A rule that failed on a file, or on what the run showed. The audit went on without its answer."""

    rule: str
    """Slug."""
    path: str
    """Empty: it looked at the suite as a whole."""
    error: str
    gates: bool
    """Its findings can fail the gate: without it the audit is incomplete."""


@dataclass(frozen=True, slots=True)
class Examined:
    """What one file says."""

    findings: tuple[Finding, ...] = ()
    """Stamped, in source order; those that a comment silences are not among them."""
    crashes: tuple[RuleCrash, ...] = ()
    suppressed: int = 0
    """How many findings comments silence."""
    tests: tuple[tuple[str, str, int], ...] = ()
    """(path, qualified name, line) of each test function that the source shows."""
    comments: tuple[Suppression, ...] = ()
    broken: str | None = None
    """Why the file could not be examined."""

    def as_text(self) -> str:
        """For the cache. A file on which a rule crashed is not for it."""
        findings = [
            [*(getattr(one, name) for name in _PLAIN), [item.text for item in one.evidence], one.fingerprint]
            for one in self.findings
        ]
        comments = [
            [one.path, one.line, list(one.names), one.whole_file, one.reason, list(one.covers)] for one in self.comments
        ]
        return json.dumps([findings, self.suppressed, self.tests, comments, self.broken], separators=(",", ":"))

    @classmethod
    def of_text(cls, text: str) -> Examined | None:
        """What `as_text` wrote; None where the text is damaged."""
        try:
            findings, suppressed, tests, comments, broken = json.loads(text)
            return cls(
                findings=tuple(
                    replace(
                        Finding(*plain),
                        evidence=tuple(Evidence("static", item) for item in said),
                        fingerprint=fingerprint,
                    )
                    for *plain, said, fingerprint in findings
                ),
                suppressed=int(suppressed),
                tests=tuple((str(path), str(name), int(line)) for path, name, line in tests),
                comments=tuple(
                    Suppression(path, line, tuple(names), whole, reason, (covers[0], covers[1]))
                    for path, line, names, whole, reason, covers in comments
                ),
                broken=broken,
            )
        except (ValueError, TypeError, LookupError, RecursionError):
            return None
