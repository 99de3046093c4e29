"""A suite that stands on its head: many tests that need everything running, few that need nothing.

End-to-end tests are slow, break for reasons that are none of theirs, and say last where the defect is. Where they are
many, the suite takes so long that people stop running it.

Check each behaviour at the lowest level that can show it: about 70 % unit, 20 % integration and 10 % end-to-end tests.
Turn end-to-end tests that ask about one component into integration tests of it.

The level of a test comes from the configuration (`levels`), then its markers, its folders, its fixtures; a test that
says nothing is a unit test. What is skipped with a reason is left out, as in the gate's check of the same name. Without
a run only folders and configuration are known. A suite that holds no unit test at all is one for the other levels, and
is left alone; so is a part of a suite, and one of few tests.

The guide's section "Test pyramid positioning".
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from testaudit.rules.interface import Code, Option, Rule, Settings, Sighting
from testaudit.source.place import place_of_suite

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from testaudit.model import AuditedTest, Confidence, Level, Run
    from testaudit.source.interface import Sources

_NAMES: tuple[tuple[Level, str], ...] = (("unit", "unit"), ("integration", "integration"), ("e2e", "end-to-end"))


def observe(run: Run, sources: Sources, settings: Settings) -> Iterator[Sighting]:
    """The shares of what ran, unless only a part was asked for."""
    if not run.selection:
        yield from _seen(run.tests, sources, settings, "by configuration, markers, folders and fixtures")


def survey(tests: tuple[AuditedTest, ...], sources: Sources, settings: Settings) -> Iterator[Sighting]:
    """The shares that the source alone shows; what ran is `observe`'s."""
    if all(test.outcome is None for test in tests):
        yield from _seen(tests, sources, settings, "by configuration and folders alone: nothing was run")


def _seen(tests: Iterable[AuditedTest], sources: Sources, settings: Settings, how: str) -> Iterator[Sighting]:
    counts = Counter(test.level for test in tests if not _excused(test))
    total = sum(counts.values())
    if total < settings.number("min-tests") or not counts["unit"]:
        return
    limit = settings.number("max-e2e")
    confidence: Confidence | None = None
    if 100 * counts["e2e"] / total > limit:
        why = f"more than {limit:g} % are end-to-end tests"
    elif counts["unit"] < counts["integration"]:
        why, confidence = "the pyramid stands on its head", "medium"
    else:
        return
    numbers = ", ".join(f"{counts[level]:,} {name} ({100 * counts[level] / total:.0f} %)" for level, name in _NAMES)
    path, line = place_of_suite(sources)
    yield Sighting(
        path, line, "<suite>", f"{why[0].upper()}{why[1:]}: {numbers}.", (f"levels {how}",), confidence=confidence
    )


def _excused(test: AuditedTest) -> bool:
    """As the gate counts: what is skipped with a reason was not expected to pass here."""
    return test.outcome in {"skipped", "xfailed"} and (test.tracked or test.skip_kind in {"conditional", "unknown"})


def _tests(count: int, name: str = "add", mark: str = "") -> str:
    """A module of so many tests, for the examples."""
    lines = (
        "import pytest\n",
        *([mark] if mark else []),
        f'@pytest.mark.parametrize("n", range({count}))',
        f"def test_{name}(n):",
        "    assert n + 1 > n",
    )
    return "\n".join(lines) + "\n\n"


RULE = Rule(
    code="TA1001",
    slug="pyramid",
    antipattern="organisation",
    severity="info",
    confidence=(("static", "medium"), ("runtime", "medium")),
    remedy="Check at the lowest level that can show it: about 70 % unit, 20 % integration, 10 % end-to-end tests.",
    observe=observe,
    survey=survey,
    options=(
        Option("max-e2e", 15, "percent of end-to-end tests above which the rule speaks"),
        Option("min-tests", 50, "tests under which shares say nothing"),
    ),
    bad=(
        Code(
            """
[pytest]  # <-
testpaths = tests
""",
            path="pytest.ini",
            beside=(
                (
                    "tests/unit/test_cart.py",
                    _tests(40),
                ),
                (
                    "tests/e2e/test_shop.py",
                    _tests(20),
                ),
            ),
        ),
        Code(
            """
[pytest]  # <-
markers =
    integration: needs the database
""",
            path="pytest.ini",
            beside=(
                (
                    "test_shop.py",
                    _tests(20) + _tests(40, "save", "@pytest.mark.integration"),
                ),
            ),
        ),
    ),
    good=(
        Code(
            "[pytest]\n",
            path="pytest.ini",
            beside=(
                (
                    "tests/unit/test_cart.py",
                    _tests(60),
                ),
                (
                    "tests/e2e/test_shop.py",
                    _tests(6),
                ),
            ),
        ),
        Code(
            "[pytest]\n",
            path="pytest.ini",
            beside=(
                ("tests/unit/test_cart.py", "def test_add():\n    assert 1 + 1 == 2\n"),
                (
                    "tests/e2e/test_shop.py",
                    _tests(6),
                ),
            ),
        ),
        Code(
            "[pytest]\n",
            path="pytest.ini",
            beside=(
                (
                    "tests/e2e/test_shop.py",
                    _tests(60),
                ),
            ),
        ),
        Code(
            "[pytest]\n",
            path="pytest.ini",
            beside=(
                (
                    "tests/unit/test_cart.py",
                    _tests(40),
                ),
                (
                    "tests/e2e/test_shop.py",
                    _tests(20, "buy", "@pytest.mark.skipif(pytest.__version__ > '0', reason='no browser')"),
                ),
            ),
        ),
    ),
)
