"""What the further executions of failing tests showed, in words, and the commands that show it to a person."""

from __future__ import annotations

import shlex
from collections import Counter
from typing import TYPE_CHECKING

from testaudit.model import GREEN, RED

if TYPE_CHECKING:
    from testaudit.causes.interface import Group

_HOW = {
    "alone": "alone",
    "replay": "behind the tests that ran before",
    "file": "behind the tests of their own file that ran before",
}


def summary(group: Group) -> str:
    """`failed again: 2 of 2 together with the other failing tests, 1 of 1 alone`; empty without re-runs.

    The figures of several tests are their sums: `28 of 28 executions of 14 tests together with ...`.
    """
    red, ended, tests = _counted(group)
    if not ended:
        return ""
    several = len(group.tests) > 1
    passed = not any(red.values())
    parts = []
    for condition, count in ended.items():
        number = count if passed else red[condition]
        of = f" execution{'s' if count > 1 else ''} of {_tests(tests[condition])}" if several else ""
        parts.append(f"{number} of {count}{of} {how(condition, group)}")
    said = "passed when run again" if passed else "failed again" if red == ended else "run again, failed"
    return f"{said}: {', '.join(parts)}"


def _counted(group: Group) -> tuple[Counter[str], Counter[str], Counter[str]]:
    """By condition: failures, executions that ended green or red, tests."""
    red: Counter[str] = Counter()
    ended: Counter[str] = Counter()
    tests: Counter[str] = Counter()
    for test in group.tests:
        seen = [attempt for attempt in test.reruns if attempt.outcome in RED | GREEN]
        ended.update(attempt.condition for attempt in seen)
        red.update(attempt.condition for attempt in seen if attempt.outcome in RED)
        tests.update({attempt.condition for attempt in seen})
    return red, ended, tests


def _tests(count: int) -> str:
    return f"{count} tests" if count > 1 else "one test"


def how(condition: str, group: Group) -> str:
    """Under which condition a test was run again: `alone`, `behind the tests that ran before it`."""
    if condition == "together":
        others = sum(test.outcome in RED for test in group.facts.tests) > 1
        return "together with the other failing tests" if others else "without the rest of the suite"
    said = _HOW.get(condition, condition)
    if len(group.tests) > 1:
        return said
    return f"{said.replace('their own', 'its own')} it" if said.endswith("before") else said


def comparison(group: Group, *, in_file: bool) -> str:
    """What to type in order to see that the tests before it make the difference.

    Args:
        group: its first test is looked at.
        in_file: whether those of its own file are enough.

    """
    test = group.tests[0]
    alone = f"`python -m pytest {shlex.quote(test.node_id)}`"
    if in_file:
        return f"compare `python -m pytest {shlex.quote(test.path)}` with {alone}"
    return (
        f"compare {alone} with a run of it behind the first half of the tests before it, then behind the second, "
        "and halve what makes it fail until one test is left"
    )
