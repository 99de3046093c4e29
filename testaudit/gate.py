"""audit x checks -> verdict. Which checks are asked, and in which order, is decided here and nowhere else."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from testaudit.checks import (
    complete,
    deselected,
    disappeared_tests,
    duration,
    failures,
    known_failures,
    loosened,
    new_failures,
    new_findings,
    new_flaky,
    new_skips,
    new_xfails,
    pass_rate,
    pyramid,
    quarantine,
    runner,
)
from testaudit.model import RED, Gap, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from testaudit.checks.interface import Ask, Question
    from testaudit.model import AuditedTest, Check, Comparison, Run, Summary

CHECKS: tuple[Ask, ...] = (
    complete,
    runner,
    pass_rate,
    failures,
    new_failures,
    known_failures,
    disappeared_tests,
    new_skips,
    new_xfails,
    deselected,
    new_findings,
    new_flaky,
    quarantine,
    loosened,
    duration,
    pyramid,
)


def judge(question: Question) -> Verdict:
    """Ask every check; those that do not apply, or are switched off, are left out; some warn and do not block."""
    return Verdict(tuple(_asked(question)))


def _asked(question: Question) -> Iterator[Check]:
    for ask in CHECKS:
        check = ask.ask(question)
        level = question.settings.of(check.name).level if check is not None else "off"
        against = question.against
        if ask is pass_rate and against is not None and (against.edited or against.lowered):
            level = "block"  # whoever asks for no rate did not ask for a bar that anybody may move
        if check is not None and level != "off":
            yield check if level == "block" else replace(check, blocking=False)


RED_BUT_GREEN = "the gate is green because of"
_NO_SETUP_SHARE = 0.8
"""Over this share of the executed tests, one environment cause says nothing about the suite (contract, exit 3)."""


def impossible(
    run: Run | None, summary: Summary, tests: Sequence[AuditedTest], subjects: Mapping[str, str]
) -> Gap | None:
    """Why the results say nothing about the suite: none at all, or what the tests need was not there.

    Args:
        run: what was run, None where nothing was.
        summary: its counts.
        tests: with the ids of their failures.
        subjects: by id of a failure, what its environment cause lacks.

    """
    if run is None:
        return None
    if run.diagnosis:
        return Gap("no-run", "pytest", run.diagnosis)
    ran = [test for test in tests if test.outcome not in {None, "skipped"}]
    if run.gaps and not any(test.outcome for test in tests):
        return Gap("no-tests", "the suite", f"{run.gaps[0].where}: {run.gaps[0].why}")
    if not tests:
        deselected = f" ({summary.deselected} deselected)" if summary.deselected else ""
        return Gap("no-tests", "the suite", f"no tests were collected{deselected}")
    lacking = Counter(
        subjects[test.failure]
        for test in ran
        if test.outcome == "error" and test.failure is not None and test.failure in subjects and _never_began(test)
    )
    for subject, count in lacking.most_common(1):
        if count > _NO_SETUP_SHARE * summary.executed:
            why = f"{count} of {summary.executed} tests could not be set up: {subject} is not there"
            why += ". That says nothing about the suite"
            return Gap("environment", subject, why)
    return None


def _never_began(test: AuditedTest) -> bool:
    """Its set-up, or its module's import, failed."""
    troubles = test.attempts[-1].troubles if test.attempts else ()
    return bool(troubles) and troubles[0].phase in {"setup", "collect"}


def said_first(verdict: Verdict, question: Question, exit_status: int | None) -> tuple[str, ...]:
    """Where the gate is green and pytest is red, the reader learns it first, and who decided so."""
    summary = question.summary
    red = summary.failed + summary.error + summary.crashed + summary.timed_out
    if not question.ran or not verdict.passed or not (red or exit_status):
        return ()
    said = [*_excuses(question.comparison), *_switched(question)]
    left = question.comparison is None or question.comparison.new_failures
    if question.fail_under is not None and question.against is None and left:
        said.append(f"fail-under = {question.fail_under:g}")
    if not said:
        said = ["a flaky verdict"]
    return (f"pytest is red ({red} failing); {RED_BUT_GREEN} {', '.join(said)}",)


def _excuses(against: Comparison | None) -> Iterator[str]:
    """The committed files, and the verdicts, that let failures through."""
    if against is None:
        return
    if against.known_failures:
        yield f"{against.baseline} ({len(against.known_failures):,} known)"
    quarantined = sum(entry.outcome in RED for entry in against.quarantined)
    if quarantined:
        yield f"the quarantine ({quarantined:,})"
    if against.other_flaky:
        yield f"a flaky verdict ({len(against.other_flaky):,})"


_RED_CHECKS = (runner, pass_rate, failures, new_failures, known_failures, new_flaky)
"""Those that a failing test fails, where nothing excuses it."""
_COUNTED = frozenset({"failures", "new-failures", "known-failures", "new-flaky"})


def _switched(question: Question) -> Iterator[str]:
    """The checks that a failing test would have failed, had the configuration not told them otherwise."""
    for check in filter(None, (ask.ask(question) for ask in _RED_CHECKS)):
        level = question.settings.of(check.name).level
        if not check.passed and level != "block":
            yield f"[tool.testaudit.gate], where {check.name} {'is off' if level == 'off' else 'only warns'}"
        elif check.passed and check.actual and check.name in _COUNTED:
            yield f"[tool.testaudit.gate], where {check.name} allows {check.limit}"
