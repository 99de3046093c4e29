"""`flaky`: different outcomes under one tree, one order and one condition.

Says how often, and what in the failure speaks of time: a time-out in the message, sleeps in the test.
"""

from __future__ import annotations

import re

from testaudit.causes.interface import Example, Explanation, Group
from testaudit.model import GREEN, RED, Evidence
from testaudit.rates import failure_rate

_TIME = re.compile(
    r"time[d_ -]?out|timed out|deadline|not ready|took too long|within [\d.]+ ?s|race|deadlock", re.IGNORECASE
)
_CHANCE = re.compile(r"\brandom\.|\brandint|\bshuffle|\bsecrets\.|\buuid4?\(|\bFaker\(|\bfake\.|np\.random|default_rng")
_CLOCK = re.compile(r"\.now\(|\.today\(|\.utcnow\(|time\.(?:time|monotonic|perf_counter)\(")


def explain(group: Group) -> Explanation | None:
    """Proven by the attempts."""
    if not group.flaky:
        return None
    ended = [attempt.outcome for attempt in group.executions() if attempt.outcome in RED | GREEN]
    failures = sum(outcome in RED for outcome in ended)
    said = f"{failures} of {len(ended)} attempts failed"
    if ended:
        rate, low, high = failure_rate(failures, len(ended))
        said += f": a failure rate of {rate:.0%} (95 % interval {low:.0%} to {high:.0%})"
    evidence = [Evidence("runtime", said)]
    slept = sorted(
        {(sleep.seconds, f"{sleep.path}:{sleep.line}") for attempt in group.executions() for sleep in attempt.sleeps},
        reverse=True,
    )
    advice = "Find what the test does not control (time, chance, threads, what others share) and take it in hand."
    if slept:
        seconds, at = slept[0]
        evidence.append(Evidence("runtime", f"slept {seconds:.3g} s at {at}"))
        advice = f"Wait for the condition itself instead of sleeping at {at}."
    elif found := _TIME.search(f"{group.trouble.type} {group.trouble.message[:2_000]}"):
        evidence.append(Evidence("runtime", f"its message speaks of time: {found[0]!r}"))
        advice = "Wait for the condition itself with a generous bound, or control the clock."
    elif found := _CHANCE.search(group.test_text):
        evidence.append(Evidence("static", f"the test draws by chance: `{found[0].strip()}`"))
        advice = "Seed the generator in the test, or assert what holds for every draw."
    elif found := _CLOCK.search(group.test_text):
        evidence.append(Evidence("static", f"the test reads the clock: `{found[0].strip('.(')}`"))
        advice = "Hand the test a clock of its own."
    return Explanation("flaky", tuple(evidence), advice, "flaky")


PROVEN = (
    Example("passed in a re-run", message="assert 1", flaky=True, reruns=("together passed",), says="1 of 2"),
    Example("passed when the runner repeated it", "ValueError", "x", flaky=True, attempts=("passed",), says="1 of 2"),
    Example("time speaks", "TimeoutError", "timed out", flaky=True, says="speaks of time"),
    Example(
        "chance speaks",
        message="assert 3 == 4",
        flaky=True,
        code="import random\n\ndef test_example():\n    assert random.randint(1, 6) == 4  # <-\n",
        says="Seed",
    ),
)
SILENT = (
    Example("failed every time", message="assert 1", reruns=("together failed", "alone failed")),
    Example("depends on the order", message="assert 1", order="proven", reruns=("alone passed", "replay failed")),
    Example("speaks of time, and fails once", "TimeoutError", "timed out"),
)
