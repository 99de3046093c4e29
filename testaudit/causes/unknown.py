"""`unknown`: no cause is proven. An honest answer, with what is known: what was run again, and how that ended."""

from __future__ import annotations

from testaudit.causes.again import comparison, summary
from testaudit.causes.interface import Example, Explanation, Group
from testaudit.model import Evidence


def explain(group: Group) -> Explanation:
    """Everything is unknown; what the re-runs showed is said."""
    said = summary(group)
    evidence = [Evidence("runtime", said)] if said else []
    advice = ""
    if group.order == "candidate":
        conditions = {attempt.condition for test in group.tests for attempt in test.reruns}
        why = "was seen to pass there" if conditions & {"replay", "file"} else "was not replayed there"
        evidence.insert(0, Evidence("runtime", f"failed in the suite and passed without the tests before it; {why}"))
        advice = f"Perhaps a test before it leaves something behind: {comparison(group, in_file=False)}."
    return Explanation("unknown", tuple(evidence), advice)


PROVEN = (
    Example("a plain assertion", message="assert 1 == 2"),
    Example("failed again", message="assert 1 == 2", reruns=("alone failed",), says="failed again: 1 of 1 alone"),
    Example(
        "failed again as the only one",
        message="assert 1 == 2",
        reruns=("together failed", "together failed", "alone failed"),
        says="failed again: 2 of 2 without the rest of the suite, 1 of 1 alone",
    ),
    Example(
        "passed once",
        message="assert 1 == 2",
        reruns=("together failed", "alone passed"),
        says="run again, failed: 1 of 1 without the rest of the suite, 0 of 1 alone",
    ),
    Example(
        "perhaps order-dependent",
        message="assert 1 == 2",
        order="candidate",
        reruns=("together passed", "together passed", "alone passed"),
        says="not replayed",
    ),
    Example(
        "what to type",
        message="assert 1 == 2",
        order="candidate",
        reruns=("alone passed",),
        says="`python -m pytest tests/test_example.py::test_example`",
    ),
)
SILENT: tuple[Example, ...] = ()
