"""What a cause is: one file that looks at failures of one signature and says whether it explains them, and why.

The causes are asked in the contract's order; the first that answers wins. `unknown` is an honest answer, and a wrong
one costs a reader more than none: a cause speaks where its evidence is before it, and is silent on what only looks so.

A cause's file holds a docstring, `explain`, and its own examples: `PROVEN`, which it must explain, and `SILENT`, the
look-alikes that it must leave alone. They run as tests.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

from testaudit.model import GREEN, Attempt, AuditedTest, Frame, NodeId, SeenWarning, Trouble

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from testaudit.model import Evidence, OrderDependence, Outcome
    from testaudit.source.interface import Function, SourceFile, Sources, Statement

_INSTALLED = re.compile(r"(?:.*/)?(?:site|dist)-packages/(?P<package>\w+)")
NO_ONE = Trouble("call", "", "the runner said that it failed, and not why", None, "")


def deciding(test: AuditedTest) -> Trouble:
    """The trouble that decided a red test's outcome: of an `error`, the phase that is not the body."""
    return _deciding(test.attempts[-1], test.outcome) if test.attempts else NO_ONE


def _deciding(attempt: Attempt, outcome: Outcome | None) -> Trouble:
    troubles = attempt.troubles
    if outcome == "error":
        troubles = tuple(trouble for trouble in troubles if trouble.phase != "call") or troubles
    return troubles[0] if troubles else NO_ONE


@dataclass(frozen=True)
class Facts:
    """What is known besides the failures: the source, the warnings, the past. Every part may be missing."""

    tests: tuple[AuditedTest, ...] = ()
    """The whole suite."""
    sources: Sources | None = field(default=None, repr=False)
    warnings: tuple[SeenWarning, ...] = ()
    passed_before: Mapping[NodeId, str] = field(default_factory=dict)
    """Node id -> where it passed: `commit abc1234, 2026-11-20`."""
    today: date = field(default_factory=date.today)
    """When the tests ran."""

    def file(self, path: str) -> SourceFile | None:
        """A file of the project, parsed; None where it cannot be read, lies elsewhere or is no Python."""
        if self.sources is None or not path.endswith(".py") or path.startswith(("/", "<", "..")) or path[1:2] == ":":
            return None
        installed = _INSTALLED.match(path)
        if installed is not None and not self.sources.is_first_party(installed["package"]):
            return None  # an environment inside the project
        with self.sources.store.lock:
            return self.sources.file(path)

    def statement(self, frame: Frame | None) -> Statement | None:
        """The innermost statement at a place in the project's code."""
        file = self.file(frame.path) if frame is not None else None
        return file.statement_at(frame.line) if file is not None and frame is not None else None

    def source_of(self, frame: Frame | None) -> str:
        """The text of the statement at a place, on one line; empty where it cannot be read."""
        file = self.file(frame.path) if frame is not None else None
        statement = self.statement(frame)
        if file is None or statement is None or hasattr(statement.node, "body"):
            return ""
        return " ".join(file.lines_of(statement.line, statement.end_line).split())

    @cached_property
    def warned(self) -> dict[NodeId, list[SeenWarning]]:
        """Node id -> the warnings that came while it ran."""
        found: dict[NodeId, list[SeenWarning]] = {}
        for warning in self.warnings:
            if warning.node_id is not None:
                found.setdefault(warning.node_id, []).append(warning)
        return found

    @cached_property
    def _users(self) -> Counter[tuple[str, str]]:
        used: Counter[tuple[str, str]] = Counter()
        for fixtures, count in Counter(test.fixtures for test in self.tests).items():
            for name, path in {(use.name, use.path) for use in fixtures}:
                used[name, path] += count
        return used

    def users(self, fixture: Frame) -> int:
        """How many tests of the suite use a fixture; 0: not known."""
        return self._users[fixture.function, fixture.path]


@dataclass(frozen=True)
class Group:
    """Failing tests of one signature: same exception, same normalised message, same deepest first-party frame.

    They also share whether they are flaky and depend on order: a steady failure and a flaky one are not the same.
    """

    signature: str
    tests: tuple[AuditedTest, ...]
    trouble: Trouble
    """Of its first test: what decided its outcome."""
    facts: Facts = field(default_factory=Facts, repr=False)

    @property
    def flaky(self) -> bool:
        """Proven: different outcomes under one order and one condition."""
        return self.tests[0].flaky

    @property
    def order(self) -> OrderDependence:
        """Whether the tests before it decide its outcome."""
        return self.tests[0].order

    @property
    def passed_again(self) -> bool:
        """An execution of one of its tests passed: whatever was missing was there then."""
        return any(attempt.outcome in GREEN for attempt in self.executions())

    def executions(self) -> Iterator[Attempt]:
        """Every attempt and re-run of its tests."""
        for test in self.tests:
            yield from test.attempts
            yield from test.reruns

    @cached_property
    def test_function(self) -> Function | None:
        """The function of its first test, in the source."""
        test = self.tests[0]
        file = self.facts.file(test.path)
        if file is None:
            return None
        qualname = test.node_id.partition("::")[2].partition("[")[0].replace("::", ".")
        return next((function for function in reversed(file.functions) if function.qualname == qualname), None)

    @cached_property
    def test_text(self) -> str:
        """The source of its first test's function, decorators included; empty where it cannot be read."""
        function = self.test_function
        file = self.facts.file(self.tests[0].path)
        if function is None or file is None:
            return ""
        first = min([function.line, *(decorator.lineno for decorator in function.decorators)])
        return file.lines_of(first, function.end_line)


@dataclass(frozen=True, slots=True)
class Explanation:
    """A cause's answer."""

    cause: str
    evidence: tuple[Evidence, ...]
    advice: str
    antipattern: str | None = None
    subject: str = ""
    """What is to blame where several signatures can share it (`PostgreSQL at localhost:5432`, `package redis`)."""


class Cause(Protocol):
    """A module of this folder."""

    @property
    def PROVEN(self) -> tuple[Example, ...]:  # noqa: N802 - a constant of the module
        """What it explains."""

    @property
    def SILENT(self) -> tuple[Example, ...]:  # noqa: N802 - a constant of the module
        """What it leaves alone."""

    def explain(self, group: Group) -> Explanation | None:
        """The explanation, or None where this cause is not proven."""


MARK = "# <-"
"""Ends the line of an example's code at which it fails."""
PATH = "tests/test_example.py"


@dataclass(frozen=True)
class Example:
    """A failure as a run shows it: explained by the cause in whose file it stands, or left alone by it."""

    why: str
    """What makes it so, in a few words."""
    type: str = "AssertionError"
    message: str = ""
    phase: str = "call"
    outcome: str = ""
    """Empty: `failed` in the body, `error` elsewhere."""
    says: str = ""
    """What evidence, advice or subject must name."""
    code: str = ""
    """The test module; its first test is the one that fails, at the marked line."""
    beside: tuple[tuple[str, str], ...] = ()
    """(path, text) of other files."""
    text: str = ""
    output: str = ""
    root: str = ""
    wrapped: bool = True
    raised: str = ""
    """`path:function` of the deepest frame, where that is not the marked line."""
    root_raised: str = ""
    unset: tuple[str, ...] = ()
    fixture: str = ""
    """`path:name`."""
    warnings: tuple[str, ...] = ()
    """`Category: message`, at the failing test."""
    flaky: bool = False
    order: OrderDependence = ""
    attempts: tuple[str, ...] = ()
    """Outcomes of earlier attempts in the main run."""
    reruns: tuple[str, ...] = ()
    """`condition outcome`."""
    passed_before: str = ""
    name: str = "test_example"

    @property
    def files(self) -> dict[str, str]:
        """Every file of the example, by path."""
        return {PATH: self.code.replace(MARK, ""), **dict(self.beside)} if self.code else dict(self.beside)

    def group(self, sources: Sources | None, today: date) -> Group:
        """The example as the causes see it."""
        line = next((at for at, text in enumerate(self.code.split("\n"), 1) if text.rstrip().endswith(MARK)), 1)
        frame = Frame(PATH, line, self.name)
        trouble = Trouble(
            self.phase,  # type: ignore[arg-type]  # examples are written by hand, and run
            self.type,
            self.message,
            frame,
            self.text,
            self.root,
            self.output,
            raised=_frame(self.raised) if self.raised else frame if self.code else None,
            root_raised=_frame(self.root_raised) if self.root_raised else None,
            wrapped=bool(self.root) and self.wrapped,
            unset=self.unset,
            fixture=_frame(self.fixture) if self.fixture else None,
        )
        outcome: Outcome = self.outcome or ("failed" if self.phase == "call" else "error")  # type: ignore[assignment]  # as above
        last = Attempt(outcome, 0.1, troubles=(trouble,))
        node_id = NodeId(f"{PATH}::{self.name}")
        test = AuditedTest(
            node_id,
            "",
            PATH,
            1,
            outcome,
            (*(replace(last, outcome=other) for other in self.attempts), last),  # type: ignore[arg-type]  # as above
            flaky=self.flaky,
            order=self.order,
            reruns=tuple(
                replace(last, condition=condition, outcome=other, troubles=() if other == "passed" else (trouble,))  # type: ignore[arg-type]  # as above
                for condition, _, other in (rerun.partition(" ") for rerun in self.reruns)
            ),
        )
        warnings = tuple(
            SeenWarning(category, message, PATH, line, node_id)
            for category, _, message in (warning.partition(": ") for warning in self.warnings)
        )
        past = {node_id: self.passed_before} if self.passed_before else {}
        return Group("example", (test,), trouble, Facts((test,), sources, warnings, past, today))


def _frame(place: str) -> Frame:
    path, _, function = place.rpartition(":")
    return Frame(path, 10, function)
