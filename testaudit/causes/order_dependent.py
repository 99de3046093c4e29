"""`order-dependent`: it fails behind certain tests and passes without them. Another test leaves something behind.

Only where it is proven: it failed in the suite, passed without the tests before it, and failed again behind them. A
candidate, not replayed yet, stays `unknown`, with what was seen.
"""

from __future__ import annotations

from collections import Counter

from testaudit.causes.again import comparison, how
from testaudit.causes.interface import Example, Explanation, Group
from testaudit.model import GREEN, RED, Evidence

_WITHOUT = ("together", "alone")
_BEHIND = ("replay", "file")


def explain(group: Group) -> Explanation | None:
    """Proven by the replay."""
    if group.order != "proven":
        return None
    counts: Counter[tuple[str, str]] = Counter()
    for test in group.tests:
        for attempt in test.reruns:
            counts[attempt.condition, "red" if attempt.outcome in RED else "green"] += attempt.outcome in RED | GREEN
    evidence = [Evidence("runtime", "failed in the suite's order")]
    for names, colour, word in ((_WITHOUT, "green", "passed"), (_BEHIND, "red", "failed")):
        for condition in names:
            of = counts[condition, "red"] + counts[condition, "green"]
            if count := counts[condition, colour]:
                evidence.append(Evidence("runtime", f"{word} {count} of {of} {how(condition, group)}"))
    own_file = counts["file", "red"] > 0
    near = " in its own file" if own_file else ""
    advice = (
        f"A test before it{near} leaves something behind: {comparison(group, in_file=own_file)}. "
        "Let that one clean up, or let this one set up all that it needs."
    )
    return Explanation("order-dependent", tuple(evidence), advice, "missing-cleanup")


PROVEN = (
    Example(
        "passes alone, fails behind the others",
        message="assert [1] == []",
        order="proven",
        reruns=("alone passed", "alone passed", "replay failed"),
        says="failed 1 of 1 behind",
    ),
    Example(
        "an error of any kind",
        "KeyError",
        "'x'",
        order="proven",
        reruns=("together passed", "file failed"),
        says="compare `python -m pytest tests/test_example.py` with",
    ),
    Example("without the record of it", "ValueError", "x", order="proven", says="halve"),
)
SILENT = (
    Example("a candidate", message="assert 1", order="candidate", reruns=("alone passed",)),
    Example("flaky", message="assert 1", flaky=True, reruns=("alone passed", "alone failed")),
    Example("fails alone as well", message="assert 1", reruns=("alone failed",)),
)
