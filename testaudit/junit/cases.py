"""What a JUnit file holds, as it stands there: suites, cases, results. What it means is the dialect's to say."""

from __future__ import annotations

from typing import NamedTuple

MESSAGE_CHARACTERS = 4_000
TEXT_CHARACTERS = 16_000
"""With the message the 20 kB that are kept of a failure."""
OUTPUT_CHARACTERS = 64_000
"""Kept of the output of a test, both streams together."""
RESULTS = 50
"""Kept of the results of one case."""
FINAL = ("failure", "error", "skipped")
INTERIM = ("rerunFailure", "rerunError", "flakyFailure", "flakyError")


class Suite(NamedTuple):
    """The `<testsuite>` that a case stands in."""

    names: tuple[str, ...] = ()
    """Its own name and those of the suites around it, from the outermost."""
    hostname: str = ""
    tests: int | None = None
    """What it says itself."""
    dialect: str = ""
    """The runner that wrote it, where its outermost suite or the root shows that; empty: read by the general rules."""
    at: int = 0
    """Which suite of the file it is: two elements may have one name."""


class Result(NamedTuple):
    """A `<failure>`, `<error>`, `<skipped>` or a child that tells of an earlier attempt."""

    tag: str
    type: str = ""
    message: str = ""
    text: str = ""


class Case(NamedTuple):
    """A `<testcase>` as it stands there."""

    classname: str
    name: str
    time_s: float
    file: str = ""
    line: str = ""
    """As written; who counts from what is the dialect's to say."""
    status: str = ""
    """Some runners have results without a child in an attribute of this name."""
    suite: Suite = Suite()
    results: tuple[Result, ...] = ()
    output: str = ""
    properties: tuple[str, ...] = ()
    """Names of its properties."""
    variant: str = ""
    """What tells it from another test of its name, where a dialect knows: Playwright's project."""
    is_part: bool = False
    """It is a part of the test that it names: a subtest, a section."""
    is_module: bool = False
    """It stands for a whole file that did not load."""


class Totals(NamedTuple):
    """What the outermost suites say about themselves, summed; None where one does not say it."""

    tests: int | None = 0
    failures: int | None = 0
    errors: int | None = 0
    skipped: int | None = 0
    time_s: float = 0.0

    def plus(self, suite: dict[str, str]) -> Totals:
        """With one suite more."""
        get = suite.get
        return Totals(
            _sum(self.tests, get("tests", "")),
            _sum(self.failures, get("failures", "")),
            _sum(self.errors, get("errors", "")),
            _sum(self.skipped, get("skipped", get("skips", ""))),  # pytest wrote `skips` once
            self.time_s + seconds(get("time", "")),
        )


def seconds(text: str) -> float:
    """A time as runners write it: `6.5e-05`, `1,234.5`; 0 where it is no time.

    >>> seconds("1,234.5")
    1234.5
    """
    try:
        value = float(text)
    except ValueError:
        try:
            value = float(text.replace(",", ""))
        except ValueError:
            return 0.0
    return value if 0 <= value < 1e12 else 0.0  # neither infinite nor no number


def whole(text: str) -> int | None:
    """A count as a suite says it; None where it is none."""
    return int(text) if text.isdecimal() and len(text) < 12 else None


def _sum(count: int | None, text: str) -> int | None:
    more = whole(text)
    return count + more if count is not None and more is not None else None
