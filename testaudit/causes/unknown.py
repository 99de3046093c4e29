"""`unknown`: no cause is proven. An honest answer, with what is known: what was run again, and how that ended."""

from __future__ import annotations

from collections import Counter

from testaudit.causes.interface import Example, Explanation, Group
from testaudit.model import GREEN, Evidence

_HOW = {
    "together": "with the other failing tests, without the rest of the suite",
    "alone": "alone in a process of its own",
    "replay": "behind the tests that ran before it",
    "file": "behind the tests of its own file that ran before it",
}


def explain(group: Group) -> Explanation:
    """Everything is unknown; what the re-runs showed is said."""
    evidence = []
    ended: Counter[tuple[str, bool]] = Counter()
    for test in group.tests:
        for attempt in test.reruns:
            ended[attempt.condition, attempt.outcome in GREEN] += 1
    for condition in dict.fromkeys(condition for condition, _ in ended):
        passed, failed = ended[condition, True], ended[condition, False]
        how = _HOW.get(condition, condition)
        said = f"passed {passed} of {passed + failed}" if passed else f"failed {failed} of {failed}"
        evidence.append(Evidence("runtime", f"re-run {how}: {said}"))
    advice = ""
    if group.order == "candidate":
        tried = {condition for condition, _ in ended} & {"replay", "file"}
        why = "was seen to pass there" if tried else "was not replayed there"
        evidence.insert(0, Evidence("runtime", f"failed in the suite and passed without the tests before it; {why}"))
        name = group.tests[0].node_id
        advice = f"Perhaps a test before it leaves something behind: `testaudit bisect '{name}'` looks for it."
    return Explanation("unknown", tuple(evidence), advice)


PROVEN = (
    Example("a plain assertion", message="assert 1 == 2"),
    Example("failed again", message="assert 1 == 2", reruns=("alone failed",), says="failed 1 of 1"),
    Example(
        "perhaps order-dependent",
        message="assert 1 == 2",
        order="candidate",
        reruns=("together passed", "together passed", "alone passed"),
        says="not replayed",
    ),
)
SILENT: tuple[Example, ...] = ()
