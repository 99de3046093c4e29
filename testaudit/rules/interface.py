"""What a rule is, for those who write one: one file, its examples beside its detector.

A rule reads the source index, never a tree and never a file. `find` is static and depends on source alone (so that
its findings can be cached by content); `weigh` looks at one finding beside what the run showed, and may add
evidence, raise the confidence, or drop the finding by answering None; `observe` names what only the run can show;
`survey` looks at the suite as a whole. A rule has at least one of `find`, `observe`, `survey`.

A rule's file holds: a docstring (what it finds, why that is bad, what to do instead, where that comes from), these
functions, and `RULE`. What they yield are hits and sightings: a place and a sentence. The rule's code, name, severity
and confidence are stamped on by the registry's callers, so that no rule can forget them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

from testaudit.model import Evidence

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from testaudit.model import AuditedTest, Confidence, EvidenceKind, Finding, NodeId, Run, Severity
    from testaudit.source.interface import Function, SourceFile, Sources

MARK = "# <-"
"""Ends each line of a bad example that the rule must name."""


@dataclass(frozen=True, slots=True)
class Code:
    """An example: run as a test, shown by `explain`."""

    text: str
    path: str = "tests/test_example.py"
    beside: tuple[tuple[str, str], ...] = ()
    """(path, text) of other files that the example needs: a conftest, a helper."""
    options: tuple[tuple[str, object], ...] = ()
    """Options of the rule that differ from their defaults here."""

    @property
    def marked(self) -> tuple[int, ...]:
        """The lines that end with the mark."""
        return tuple(number for number, line in enumerate(self.text.split("\n"), 1) if line.rstrip().endswith(MARK))

    @property
    def plain(self) -> str:
        """The text without the marks, line for line."""
        return "\n".join(line.rstrip().removesuffix(MARK).rstrip() for line in self.text.split("\n"))

    @property
    def shown(self) -> str:
        """The text as people see it."""
        return self.plain.strip("\n")


@dataclass(frozen=True, slots=True)
class Option:
    """A limit or list of a rule that a project may set in `[tool.testaudit.rules.<slug>]`."""

    name: str
    default: int | float | str | bool | tuple[str, ...]
    what: str


@dataclass(frozen=True, slots=True)
class Hit:
    """A place that a rule speaks about."""

    line: int
    end_line: int
    function: str
    """Qualified name; `<module>` for module-level code; `<fixture name>` for a fixture."""
    message: str
    evidence: tuple[str, ...] = ()
    """What in the source says so."""
    confidence: Confidence | None = None
    """Lower than the rule's own where this hit is less sure."""
    remedy: str = ""
    """Where it differs from the rule's."""
    severity: Severity | None = None
    """Where it differs from the rule's: the same thing may weigh more, or less, here."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """What a rule saw in the run, or in the suite as a whole; it becomes a finding of its own.

    One at a line where the same rule's `find` spoke is added to that finding as evidence: suspicion and proof are one.
    """

    path: str
    """Of a file of the suite, relative to the project; the suite's configuration file for the suite as a whole."""
    line: int
    """1-based."""
    function: str
    """Qualified name; `<module>`, `<fixture name>`, `<suite>`. Empty: the function that holds the line."""
    message: str
    evidence: tuple[str, ...] = ()
    """What the run showed."""
    node_ids: tuple[NodeId, ...] = ()
    end_line: int = 0
    """0: the line alone."""
    confidence: Confidence | None = None
    """Lower than the rule's own where this sighting is less sure."""
    remedy: str = ""
    """Where it differs from the rule's."""
    severity: Severity | None = None
    """Where it differs from the rule's."""


@dataclass(frozen=True, slots=True)
class RunEvidence:
    """What the run showed about one finding."""

    run: Run
    tests: tuple[AuditedTest, ...]
    """The finding's tests, as far as they were run."""


@dataclass(frozen=True)
class Settings:
    """What a rule may know about the configuration: its own options, with the defaults filled in."""

    options: Mapping[str, object]

    def number(self, name: str) -> float:
        """A numeric option."""
        value = self.options[name]
        return float(value) if isinstance(value, int | float | str) else 0.0

    def texts(self, name: str) -> tuple[str, ...]:
        """An option that is a list of texts."""
        value = self.options[name]
        return tuple(str(item) for item in value) if isinstance(value, list | tuple) else (str(value),)


Find: TypeAlias = "Callable[[SourceFile, Sources, Settings], Iterator[Hit]]"
Weigh: TypeAlias = "Callable[[Finding, RunEvidence], Finding | None]"
Observe: TypeAlias = "Callable[[Run, Sources, Settings], Iterator[Sighting]]"
Survey: TypeAlias = "Callable[[tuple[AuditedTest, ...], Sources, Settings], Iterator[Sighting]]"
"""The tests have their levels; without a run they have no outcomes, and a parametrised one stands once."""


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """One way in which a test lies, wastes time or will break for no reason."""

    code: str
    """`TA301`."""
    slug: str
    """`sleep-in-test`; its file is named like it."""
    antipattern: str
    severity: Severity
    confidence: tuple[tuple[EvidenceKind, Confidence], ...]
    """What its findings are worth, per kind of evidence: earned by readings (`figures.json`)."""
    remedy: str
    """What to do instead, in one sentence."""
    bad: tuple[Code, ...]
    """At least two; where the rule has no `find`, each is run."""
    good: tuple[Code, ...]
    """At least three: the shapes on which the rule stays silent."""
    find: Find | None = None
    weigh: Weigh | None = None
    observe: Observe | None = None
    survey: Survey | None = None
    options: tuple[Option, ...] = ()
    on_by_default: bool = True
    where: tuple[str, ...] = ("tests", "conftests")
    """Which files it reads."""

    @property
    def may_gate(self) -> bool:
        """Whether its findings can fail the gate by default."""
        return self.severity == "error" and any(confidence == "high" for _, confidence in self.confidence)

    @property
    def module(self) -> str:
        """The module that defines it, whose docstring documents it."""
        for function in (self.find, self.observe, self.survey):
            if function is not None:
                return function.__module__
        return ""

    def confidence_of(self, kind: EvidenceKind) -> Confidence:
        """What a finding with this evidence is worth."""
        return dict(self.confidence).get(kind, "medium")


def with_evidence(finding: Finding, kind: EvidenceKind, text: str, confidence: Confidence | None = None) -> Finding:
    """The finding with one more piece of evidence, and the confidence that it earns."""
    return replace(
        finding,
        evidence=(*finding.evidence, Evidence(kind, text)),
        confidence=confidence or finding.confidence,
    )


def qualified(function: Function, sources: Sources) -> str:
    """How findings name a function: its test or helper by qualified name, a fixture in angle brackets.

    A nested function belongs to the outermost one around it: that is what pytest runs.
    """
    at = function
    while at.outer is not None and at.outer.outer is not None:
        at = at.outer
    if at.outer is None:
        return at.qualname
    if not sources.is_test(at) and any(name in {"fixture", "yield_fixture"} for name in decorator_names(at)):
        return f"<{at.qualname}>"
    return at.qualname


def decorator_names(function: Function) -> tuple[str, ...]:
    """The last names of a function's decorators."""
    from testaudit.source.index import terminal

    return tuple(terminal(decorator) for decorator in function.decorators)
