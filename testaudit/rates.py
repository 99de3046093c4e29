"""How much a count of attempts says: the rate at which a test fails, and how sure that is.

The interval is Clopper and Pearson's ("The use of confidence or fiducial limits illustrated in the case of the
binomial", Biometrika 26, 1934): exact, so that it is not too short for the handful of attempts that a re-run gives.
"""

from __future__ import annotations

from math import comb
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

CONFIDENCE = 0.95


class Rate(NamedTuple):
    """A failure rate between 0 and 1, with its 95 % interval."""

    rate: float
    low: float
    high: float


def failure_rate(failures: int, attempts: int) -> Rate:
    """The rate at which a test failed, and the interval in which its true rate lies with 95 % confidence.

    A clean record (no failure) gets the one-sided bound: the highest rate that it still allows.

    Raises:
        ValueError: no attempts, or more failures than attempts.

    """
    if attempts < 1 or not 0 <= failures <= attempts:
        message = f"{failures} failures of {attempts} attempts"
        raise ValueError(message)
    tail = (1 - CONFIDENCE) / (1 if failures in {0, attempts} else 2)
    low = 0.0 if not failures else _solve(lambda p: 1 - _at_most(failures - 1, attempts, p) > tail)
    high = 1.0 if failures == attempts else _solve(lambda p: _at_most(failures, attempts, p) < tail)
    return Rate(failures / attempts, low, high)


def _at_most(successes: int, attempts: int, p: float) -> float:
    """Probability of at most so many successes."""
    return sum(comb(attempts, k) * p**k * (1 - p) ** (attempts - k) for k in range(successes + 1))


def _solve(is_beyond: Callable[[float], bool]) -> float:
    """The smallest p for which it holds; it holds for every larger one."""
    low, high = 0.0, 1.0
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (low, middle) if is_beyond(middle) else (middle, high)
    return high
