"""`order-dependent`: it fails behind certain tests and passes without them. Another test leaves something behind.

Only where it is proven: it failed in the suite, passed without the tests before it, and failed again behind them. A
candidate, not replayed yet, stays `unknown`, with what was seen.
"""

from __future__ import annotations

from collections import Counter

from testaudit.causes.interface import Example, Explanation, Group
from testaudit.model import GREEN, RED, Evidence

_HOW = {"together": "with the other failing tests only", "alone": "alone"}
_BEHIND = {"replay": "behind the tests that ran before it", "file": "behind those of its own file"}


def explain(group: Group) -> Explanation | None:
    """Proven by the replay."""
    if group.order != "proven":
        return None
    counts: Counter[tuple[str, str]] = Counter()
    for test in group.tests:
        for attempt in test.reruns:
            counts[attempt.condition, "red" if attempt.outcome in RED else "green"] += attempt.outcome in RED | GREEN
    evidence = [Evidence("runtime", "failed in the suite's order")]
    for names, colour, word in ((_HOW, "green", "passed"), (_BEHIND, "red", "failed")):
        for condition, how in names.items():
            of = counts[condition, "red"] + counts[condition, "green"]
            if count := counts[condition, colour]:
                evidence.append(Evidence("runtime", f"{word} {count} of {of} {how}"))
    name = group.tests[0].node_id
    own_file = counts["file", "red"] > 0
    near = " in its own file" if own_file else ""
    advice = (
        f"A test before it{near} leaves something behind: `testaudit bisect '{name}'` names it. "
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
        says="in its own file",
    ),
    Example("without the record of it", "ValueError", "x", order="proven", says="bisect"),
)
SILENT = (
    Example("a candidate", message="assert 1", order="candidate", reruns=("alone passed",)),
    Example("flaky", message="assert 1", flaky=True, reruns=("alone passed", "alone failed")),
    Example("fails alone as well", message="assert 1", reruns=("alone failed",)),
)
