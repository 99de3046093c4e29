"""The terminal report's failures: grouped by what they share, new ones and large ones first; and the flaky tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from testaudit.model import ANTIPATTERNS, RED
from testaudit.rates import failure_rate
from testaudit.report.standing import BLOCKING, new_first
from testaudit.report.words import count, first_line, one_line, percent, ran, shorten

if TYPE_CHECKING:
    from collections.abc import Sequence

    from testaudit.model import Attempt, Audit
    from testaudit.report.page import Page
    from testaudit.report.standing import Group

_GROUPS = 8
_TESTS = 3
_FLAKY = 5
_EVIDENCE = 2
_ATTEMPTS = 12
_OWNERS = 4
_INDENT = 4


def failures(page: Page, audit: Audit) -> None:
    """Every group: how many tests, why, the first of them, what to do."""
    alone = [test for test in audit.tests if test.outcome in RED and test.failure is None]
    tests = sum(len(failure.node_ids) for failure in audit.failures) + len(alone)
    if not tests and not audit.failures:
        return
    causes = len(audit.failures)
    open_ones = sum(failure.cause == "unknown" for failure in audit.failures)
    unknown = f", {open_ones:,} of them unknown" if 0 < open_ones < causes else ", unknown" if open_ones else ""
    aside = f"{count(tests, 'test')}, {count(causes, 'cause')}{unknown}" if causes else count(tests, "test")
    page.title("Failures", aside)
    shown = page.limit(_GROUPS, causes)
    ordered = new_first(audit)
    for place, group in enumerate(ordered[:shown]):
        if place:
            page.blank()
        _group(page, group)
    if left := ordered[shown:]:
        hidden = sum(len(group.failure.node_ids) for group in left)
        page.blank()
        page.cut(len(left), "group", aside=f" with {count(hidden, 'test')}")
    if alone:
        page.line((f"{count(len(alone), 'test')} without a recorded exception", "bold"), indent=2)
        _names(page, [f"{test.node_id}  {test.outcome}" for test in alone])


def _group(page: Page, group: Group) -> None:
    failure = group.failure
    number = f"{len(failure.node_ids):,}{page.glyphs.times}"
    blocks = group.standing in BLOCKING
    message = failure.message or failure.signature
    text = message if page.verbose else shorten(first_line(message, page.glyphs.ellipsis), 2 * page.width - 30)
    page.hang(
        (number, "bold red" if blocks else "yellow"), (text or "no message", "bold"), indent=2, lead_width=_INDENT
    )
    margin = 2 + max(_INDENT, len(number) + 1)
    facts = [f"cause {failure.cause}"]
    if group.label:
        facts.insert(0, group.label)
    if failure.antipattern:
        facts.append(ANTIPATTERNS.get(failure.antipattern, failure.antipattern))
    if failure.frame is not None:
        frame = failure.frame
        function = f" in {page.name(frame.function, 40)}" if frame.function else ""
        facts.append(f"at {page.name(frame.path, 40)}:{frame.line}{function}")
    page.line((f" {page.glyphs.dot} ".join(one_line(fact) for fact in facts), "yellow"), indent=margin)
    whose = [f"owned by {', '.join(failure.owners[:_OWNERS])}"] if failure.owners else []
    whose += [f"last changed by {failure.blame}"] if failure.blame else []
    if whose:
        page.line((f" {page.glyphs.dot} ".join(one_line(fact) for fact in whose), "magenta"), indent=margin)
    for evidence in failure.evidence[: page.limit(_EVIDENCE, len(failure.evidence))]:
        text = evidence.text if page.verbose else shorten(one_line(evidence.text), 240)
        page.line((text, "dim"), indent=margin)
    _names(page, list(failure.node_ids), margin)
    if failure.advice:
        page.hang((page.glyphs.arrow, "green"), failure.advice, indent=margin)
    if page.verbose and failure.text:
        page.blank()
        page.raw(failure.text, "dim", margin)


def _names(page: Page, names: list[str], indent: int = _INDENT) -> None:
    shown = page.limit(_TESTS, len(names))
    for name in names[:shown]:
        page.line((page.name(name, indent), "cyan"), indent=indent)
    page.cut(len(names) - shown, "test", indent)


def _rate(attempts: Sequence[Attempt]) -> str:
    """`failed in 2 of 5 attempts: 40 %, between 5.2 % and 85.3 % (95 % interval)`."""
    failures = sum(attempt.outcome in RED for attempt in attempts)
    rate = failure_rate(failures, len(attempts))
    numbers = f"{percent(rate.rate)}, between {percent(rate.low)} and {percent(rate.high)} (95 % interval)"
    return f"failed in {failures} of {count(len(attempts), 'attempt')}: {numbers}"


def flaky(page: Page, audit: Audit) -> None:
    """Tests that answered differently to the same question."""
    tests = [test for test in audit.tests if test.flaky]
    if not tests or not ran(audit):
        return
    page.title("Flaky", count(len(tests), "test"))
    shown = page.limit(_FLAKY, len(tests))
    for test in tests[:shown]:
        page.line((page.name(test.node_id, 2), "cyan"), indent=2)
        attempts = (*test.attempts, *test.reruns)
        outcomes = f" {page.glyphs.dot} ".join(attempt.outcome for attempt in attempts[:_ATTEMPTS])
        more = f" {page.glyphs.ellipsis}" if len(attempts) > _ATTEMPTS else ""
        page.line((f"{outcomes}{more}", "dim"), indent=_INDENT)
        page.line((_rate(attempts), "dim"), indent=_INDENT)
    page.cut(len(tests) - shown, "flaky test")
