"""An audit and its grounds -> the same audit, compared and judged. One made just now, or one that was saved."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from testaudit import gate
from testaudit.checks.interface import Question
from testaudit.comparison.against import Seen, compare
from testaudit.model import GREEN
from testaudit.report.words import shown
from testaudit.rules.registry import resolve
from testaudit.summary import excused
from testaudit.without_secrets import judged_without_secrets

if TYPE_CHECKING:
    from collections.abc import Callable

    from testaudit.collect import Options
    from testaudit.comparison.interface import Grounds
    from testaudit.model import Audit, AuditedTest, Finding, Level, Run
    from testaudit.source.interface import Sources

LEVELS: tuple[Level, ...] = ("unit", "integration", "e2e")


@dataclass(frozen=True)
class Held:
    """What an audit is held against, and the suite that it is of."""

    grounds: Grounds
    sources: Sources
    findings_then: Callable[[], tuple[Finding, ...] | None]
    """The merge base's; None: no `--since`. Asked once."""


def judged(audit: Audit, held: Held, options: Options, run: Run | None, *, by_hand: bool) -> Audit:
    """The audit with its comparison and verdict.

    Args:
        audit: whatever was seen and concluded.
        held: what it is held against.
        options: how it is judged.
        run: what was run just now; None: nothing, or it was saved.
        by_hand: `-k` or `-m` selected a part of the suite.

    """
    ran = run is not None or audit.summary.collected > 0
    seen = Seen(
        tests=audit.tests,
        findings=audit.findings,
        gaps=audit.incomplete,
        environment=audit.environment,
        deselected=audit.summary.deselected,
        ran=ran,
        parts=tuple(part.relative_to(options.root).as_posix() for part in options.parts),
        by_hand=by_hand,
        rules=frozenset(rule.code for rule in resolve(options.select, options.ignore, options.config)),
    )
    comparison, findings = compare(seen, held.grounds, held.sources, held.findings_then())
    saved = audit.verdict.checks if audit.verdict is not None else ()
    question = Question(
        audit.summary,
        audit.incomplete,
        audit.failures,
        run,
        options.fail_under,
        executed=options.config.pass_rate == "executed",
        saved=run is None and ran,
        saved_runner=next((check for check in saved if check.name == "runner"), None),
        findings=shown(replace(audit, findings=findings)),
        levels=levels(audit.tests) if ran else (),
        comparison=comparison,
        quarantine_problems=held.grounds.quarantine.problems if held.grounds.quarantine is not None else (),
        settings=options.config.gate,
        partial=audit.partial,
        label=held.grounds.label,
    )
    verdict = gate.judge(question)
    said = gate.said_first(verdict, question, run.exit_status if run is not None else None)
    kept = tuple(note for note in audit.notes if gate.RED_BUT_GREEN not in note)
    notes = (*kept, *held.grounds.notes, *said)
    # What the baseline, git and people say is hostile, too.
    return judged_without_secrets(
        replace(audit, findings=findings, comparison=comparison, verdict=verdict, notes=notes)
    )


def levels(tests: tuple[AuditedTest, ...]) -> tuple[tuple[Level, int, int], ...]:
    """(level, passed, expected) of the levels that have expected tests."""
    expected = Counter(test.level for test in tests if not excused(test))
    passed = Counter(test.level for test in tests if test.outcome in GREEN)
    return tuple((level, passed[level], expected[level]) for level in LEVELS if expected[level])
