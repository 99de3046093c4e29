"""What an audit comes to, in words: the answer in one sentence, and what to do first. Any view for people uses it.

The sentence answers the question that a person came with: does this suite deserve trust? It never says more than was
seen: a run that did not happen, or not wholly, is said before anything else.
"""

from __future__ import annotations

import shlex
import signal
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from testaudit.masking.interface import MASK
from testaudit.model import SEVERITIES
from testaudit.paths import function_of
from testaudit.report.standing import failed_checks, new_first, warnings
from testaudit.report.words import (
    count,
    first_line,
    green,
    limit_of,
    one_line,
    percent,
    ran,
    red,
    seconds,
    shorten,
    shown,
    telling_line,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from testaudit.model import Audit, Check, Failure, Finding, Severity

State = Literal["passed", "failed", "unjudged"]

_WORTH_SAYING_S = 1.0
_SLEEP_SHARE = 0.1
"""Seconds slept, and their share of the run, from which they are among the first things to do."""
_RED_NOTE = "pytest is red"
"""In the gate's note that says why it is green where pytest is not; the first line repeats it."""
_FAILURES_IN_PLAN = 2
_RULES_IN_PLAN = 3
_COUNTED = {2: "two", 3: "three", 4: "four", 5: "five"}
"""As many steps as the plan shows at most."""


@dataclass(frozen=True, slots=True)
class Headline:
    """The answer."""

    state: State
    title: str
    """Two or three words: `Gate failed`."""
    sentence: str
    """Why, in one sentence."""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do, the most urgent first."""

    action: str
    why: str


@dataclass(frozen=True, slots=True)
class Command:
    """A command to type, and what it gives."""

    line: str
    gives: str


def headline(audit: Audit) -> Headline:
    """The answer that stands on the first line."""
    verdict = audit.verdict
    if broken := _broken_off(audit):
        return broken
    if verdict is None:
        return Headline("unjudged", "Not judged", _unjudged(audit))
    if verdict.passed:
        return Headline("passed", "Gate passed", _passed(audit) + _warned(audit))
    reasons = [_reason(audit, check) for check in failed_checks(audit)]
    more = f"; and {count(len(reasons) - 2, 'more check')}" if len(reasons) > 2 else ""
    start = "Do not trust this suite yet" if audit.complete else "Nothing can be promised about this suite"
    return Headline("failed", "Gate failed", f"{start}: {'; '.join(reasons[:2])}{more}.")


def _unjudged(audit: Audit) -> str:
    found = count(len(shown(audit)), "finding")
    if not audit.complete:
        gap = f" ({first_line(audit.incomplete[0].what)})" if audit.incomplete else ""
        return f"The audit is incomplete{gap}, and no gate was asked: {found}."
    return f"No gate was asked: {found}."


def _broken_off(audit: Audit) -> Headline | None:
    """The answer where there can be none."""
    if audit.ended_by is not None:
        return Headline("unjudged", "Interrupted", _interrupted(audit, audit.ended_by))
    if audit.impossible:
        return Headline(
            "failed", "No audit", f"That says nothing about the suite: {_reason_in_short(audit.impossible)}."
        )
    return None


def _reason_in_short(text: str) -> str:
    line = shorten(first_line(text, ""), 200).rstrip(" .:")
    return line.removesuffix(". That says nothing about the suite")


def _interrupted(audit: Audit, number: int) -> str:
    try:
        name = signal.Signals(number).name
    except ValueError:
        name = f"signal {number}"
    summary = audit.summary
    seen = count(green(summary) + red(summary) + summary.skipped + summary.xfailed, "test")
    return f"{name} ended the run: {seen} of {summary.collected:,} had an outcome until then, and nothing is promised."


def _passed(audit: Audit) -> str:
    summary = audit.summary
    if not audit.complete:
        # The gate asks for completeness; a saved audit of another gate may not have.
        return f"Every check passed, but {count(len(audit.incomplete), 'part')} of the suite could not be examined."
    if not ran(audit):
        return "The static checks pass. Nothing was run: whether the tests pass is not known."
    if why := [_sentence(note) for note in audit.notes if _RED_NOTE in note]:
        return f"{'; '.join(why)}."
    failing = red(summary)
    if failing:
        return f"{count(failing, 'test')} fail{'s' if failing == 1 else ''}, and the gate allows it: {_allowed(audit)}."
    rate = f"{summary.passed + summary.xpassed:,} of {summary.expected:,} expected tests passed"
    return _trusted(rate, audit)


def _trusted(rate: str, audit: Audit) -> str:
    """A green suite is as good as what was found in it."""
    doubts = shown(audit)
    if audit.findings and not doubts:
        hidden = count(len(audit.findings), "likely finding")
        return f"This suite deserves trust: {rate}, and nothing certain was found against it ({hidden} not shown)."
    if not doubts:
        return f"This suite deserves trust: {rate}, and nothing suspicious was found."
    errors = sum(finding.severity == "error" for finding in doubts)
    if errors:
        say = "says" if errors == 1 else "say"
        return f"Every check passed, but {count(errors, 'finding')} of severity error {say} where that proves nothing."
    return f"{rate}; {count(len(doubts), 'finding')} to improve it."


def _warned(audit: Audit) -> str:
    """What does not block, and deserves a look."""
    names = [one_line(check.name) for check in warnings(audit)]
    if not names:
        return ""
    more = f" and {len(names) - 3:,} more" if len(names) > 3 else ""
    return f" {count(len(names), 'warning')}: {', '.join(names[:3])}{more}."


def _allowed(audit: Audit) -> str:
    """Why a red suite may pass: the words of the checks that looked at it."""
    checks = audit.verdict.checks if audit.verdict is not None else ()
    for name in ("failures", "new-failures", "known-failures", "pass-rate"):
        for check in checks:
            if check.name == name and check.why:
                return f"{name}: {_sentence(check.why)}"
    return "no check asks for failing tests"


def _reason(audit: Audit, check: Check) -> str:
    """One failed check in a few words."""
    match check.name:
        case "pass-rate" if isinstance(check.actual, int | float):
            rate, limit = percent(check.actual), limit_of(check, check.limit)
            if rate == limit:  # one test in a thousand: the counts tell more
                return shorten(_sentence(check.why), 160)
            return f"the pass rate is {rate}, the limit {limit}"
        case "failures" if not check.why and (failing := red(audit.summary)):
            return f"{count(failing, 'test')} fail{'s' if failing == 1 else ''}"
        case "complete" if audit.incomplete:
            gap = audit.incomplete[0]
            more = f" and {len(audit.incomplete) - 1:,} more" if len(audit.incomplete) > 1 else ""
            return f"the audit is incomplete ({first_line(gap.what)}{more})"
        case _:
            return shorten(_sentence(check.why) or f"the check {check.name} fails", 160)


def _sentence(text: str) -> str:
    return one_line(text).strip().rstrip(".")


# ---------------------------------------------------------------- what to do


def plan(audit: Audit) -> tuple[Step, ...]:
    """What to do first: what hides the truth, what fails, what lies, what costs."""
    steps: list[Step] = []
    # What did not import stands among the repairs, with the tests that it hides.
    repaired = {failure.cause for failure in audit.failures} >= {"collection"}
    gaps = [gap for gap in audit.incomplete if not (repaired and gap.what == "not-collected")]
    for gap in gaps[:1]:
        where = f" in {one_line(gap.where)}" if gap.where else ""
        more = f" ({len(gaps) - 1:,} more)" if len(gaps) > 1 else ""
        why = shorten(_sentence(telling_line(gap.why)), 200)
        steps.append(Step(f"Make the audit complete: {first_line(gap.what)}{where}{more}", why))
    # What blocks comes before what is known and waits.
    waiting = audit.comparison is not None and audit.comparison.baseline and not _new(audit)
    steps.extend([*_worst_rules(audit), *_repairs(audit)] if waiting else [*_repairs(audit), *_worst_rules(audit)])
    summary = audit.summary
    if _sleeps_matter(audit) and not any("sleep-in-test" in step.why for step in steps):
        share = f"{percent(summary.cost.slept_s / summary.duration_s)} of its time"
        action = f"Wait for conditions instead of sleeping: every run sleeps {seconds(summary.cost.slept_s)}"
        steps.append(Step(action, f"{share}; the places stand under Cost"))
    return tuple(steps)


def _repairs(audit: Audit) -> Iterator[Step]:
    """The failures in the order that pays, each with the pass rate that mending it gives."""
    by_id = {failure.id: failure for failure in audit.failures}
    before = audit.summary.pass_rate
    new = _new(audit)
    for failure in new:
        tests = f"{count(len(failure.node_ids), 'test')} that newly fail{'s' if len(failure.node_ids) == 1 else ''}"
        yield Step(f"Repair {tests}: {shorten(_said(failure), 90)}", _sentence(failure.advice))
    for step in audit.repairs[: max(_promised(audit), _FAILURES_IN_PLAN)]:
        known = by_id.get(step.failure)
        if known is None or known.id in {failure.id for failure in new}:
            before = step.pass_rate
            continue
        message = shorten(_said(known), 90)
        what = "the failing test" if step.tests == 1 else f"{step.tests:,} tests that fail alike"
        if step.hidden:
            what = f"what hides {count(step.hidden, 'test')}"
        gain = f" ({percent(before)} → {percent(step.pass_rate)})" if percent(before) != percent(step.pass_rate) else ""
        yield Step(f"Repair {what}: {message}{gain}", _sentence(known.advice))
        before = step.pass_rate


def _new(audit: Audit) -> list[Failure]:
    """The first failures that the baseline does not know: they come before whatever pays more."""
    if audit.comparison is None or not audit.comparison.baseline:
        return []
    groups = [group for group in new_first(audit)[:_FAILURES_IN_PLAN] if group.standing == "new"]
    return [replace(group.failure, node_ids=group.failure.node_ids[: group.blocking]) for group in groups]


def _said(failure: Failure) -> str:
    return first_line(failure.message) or one_line(failure.signature)


def promise(audit: Audit) -> str:
    """`Fix these two causes and the pass rate goes from 84.6 % to 93.9 %`; empty where nothing is to be gained."""
    steps = 0 if _new(audit) else _promised(audit)
    if not steps:
        return ""
    what = "this cause" if steps == 1 else f"these {_COUNTED[steps]} causes"
    before, after = percent(audit.summary.pass_rate), percent(audit.repairs[steps - 1].pass_rate)
    change = f"the pass rate goes from {before} to {after}" if before != after else ""
    if steps == len(audit.repairs) and audit.complete:
        return f"Fix {what} and no test fails{': ' if change else ''}{change}."
    return f"Fix {what} and {change}." if change else ""


def _promised(audit: Audit) -> int:
    """How many steps the promise takes: those that reach the gate's limit, else half of what there is to gain."""
    rate = audit.summary.pass_rate
    gains = [step.pass_rate for step in audit.repairs if step.pass_rate is not None]
    if rate is None or not gains or gains[-1] <= rate:
        return 0
    checks = audit.verdict.checks if audit.verdict is not None else ()
    limit = next((check.limit for check in checks if check.name == "pass-rate"), None)
    if isinstance(limit, float) and rate >= limit and len(gains) <= max(_COUNTED):
        return len(gains)  # what is left to ask for is that no test fails
    goal = limit if isinstance(limit, float) and rate < limit <= gains[-1] else (rate + gains[-1]) / 2
    steps = next((place for place, gain in enumerate(gains, start=1) if gain >= goal), len(gains))
    return min(steps, max(_COUNTED))


def _sleeps_matter(audit: Audit) -> bool:
    slept, whole = audit.summary.cost.slept_s, audit.summary.duration_s
    return slept >= _WORTH_SAYING_S and _SLEEP_SHARE * whole <= slept <= whole


def _worst_rules(audit: Audit) -> list[Step]:
    """The rules with the worst findings, the most severe and most frequent first."""
    by_rule: dict[str, Finding] = {}
    findings = sorted((finding for finding in shown(audit) if finding.new is not False), key=_urgency)
    for finding in findings:
        by_rule.setdefault(finding.name, finding)
    counts = Counter(finding.name for finding in findings)
    names = sorted(by_rule, key=lambda name: (_urgency(by_rule[name]), -counts[name], name))
    steps = []
    for name in names[:_RULES_IN_PLAN]:
        worst = by_rule[name]
        where = f"{one_line(worst.path)}:{worst.line}" if worst.line else one_line(worst.path)
        places = f"{counts[name]:,} places, the first" if counts[name] > 1 else ""
        said = ", ".join(part for part in (f"{one_line(worst.name)}", places) if part)
        steps.append(Step(_first_sentence(worst.remedy) or one_line(worst.message), f"{said} at {where}"))
    return steps


def _first_sentence(text: str) -> str:
    sentence, _, _ = one_line(text).partition(". ")
    return sentence.strip().rstrip(".")


def _urgency(finding: Finding) -> tuple[int, int]:
    """New before old, severe before mild."""
    severities: tuple[Severity, ...] = SEVERITIES
    return (0 if finding.new is not False else 1, severities.index(finding.severity))


def _runnable(node_id: str) -> str:
    """What pytest finds: of a case whose id lost a secret, its function."""
    function = function_of(node_id)
    return function if MASK in node_id[len(function) :] else node_id


def commands(audit: Audit) -> tuple[Command, ...]:
    """The next commands to type, the most useful first."""
    lines: list[Command] = []
    findings = sorted((finding for finding in shown(audit) if finding.new is not False), key=_urgency)
    groups = new_first(audit)
    if groups and groups[0].failure.node_ids and ran(audit):
        node_id = one_line(groups[0].failure.node_ids[0])
        # Results of a runner that is not pytest name tests that pytest would not find.
        if len(node_id) <= 200 and (audit.command or node_id.partition("::")[0].endswith(".py")):
            lines.append(Command(f"python -m pytest {shlex.quote(_runnable(node_id))}", "the first failure alone"))
    lines.extend(_baseline(audit))
    if findings:
        name = findings[0].name
        lines.append(Command(f"testaudit explain {name}", "why it is bad, and how to write it"))
    if audit.tests and not ran(audit):
        lines.insert(0, Command("testaudit scan", "the same with the tests run"))
    if not audit.tests and (audit.impossible or not audit.findings):
        lines.append(Command("python -m pytest --collect-only", "which tests pytest finds"))
    hidden = len(audit.findings) - len(shown(audit))
    if hidden:
        lines.append(Command("testaudit scan --confidence medium", f"{hidden:,} less certain too"))
    return tuple(lines)


def _baseline(audit: Audit) -> Iterator[Command]:
    """How to accept today's state, or to raise the bar. What is not whole is never written as a baseline."""
    seen = audit.comparison
    if audit.verdict is None or not audit.complete or audit.partial or audit.impossible or not ran(audit):
        return
    if seen is None or not seen.baseline:
        if red(audit.summary) or shown(audit):
            member = f" {shlex.quote(audit.members[0])}" if audit.members else ""
            yield Command(
                f"testaudit baseline write{member}",
                "accepts today's state; from then on only what is new blocks"
                + ("; each member has a baseline of its own" if member else ""),
            )
    elif audit.members:
        return
    elif seen.bar is None:
        label = shlex.quote(audit.environment.label) if audit.environment.label else ""
        yield Command(f"testaudit baseline write{' --env ' + label if label else ''}", "records this environment too")
    elif seen.fixed:
        fixed = len(seen.fixed)
        passes = "passes" if fixed == 1 else "pass"
        yield Command("testaudit baseline write", f"raises the bar: {count(fixed, 'known failure')} {passes} now")
