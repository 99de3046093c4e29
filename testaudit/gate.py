"""audit x checks -> verdict. Which checks are asked, and in which order, is decided here and nowhere else."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from testaudit.checks import complete, failures, pass_rate, runner
from testaudit.model import Gap, Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from testaudit.checks.interface import Ask, Question
    from testaudit.model import AuditedTest, Run, Summary

CHECKS: tuple[Ask, ...] = (complete, runner, pass_rate, failures)


def judge(question: Question) -> Verdict:
    """Ask every check; those that do not apply are left out."""
    return Verdict(tuple(check for ask in CHECKS if (check := ask.ask(question)) is not None))


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


def said_first(verdict: Verdict, run: Run | None, summary: Summary, fail_under: float | None) -> tuple[str, ...]:
    """Where the gate is green and pytest is red, the reader learns it first, and who decided so."""
    red = summary.failed + summary.error + summary.crashed + summary.timed_out
    if run is None or not verdict.passed or not (red or run.exit_status):
        return ()
    by = f"fail-under = {fail_under:g}" if fail_under is not None else "a flaky verdict"
    return (f"pytest is red ({red} failing); {RED_BUT_GREEN} {by}",)
