"""What one runner means by what it writes, where the general rules (`meaning.py`) would read it wrong.

A dialect is recognised by its outermost suite and the root, or by the first case in it. Most need no code, only a
word on what a second case of one name is: another attempt, or another test. What is not recognised is read by the
general rules.

python.py      unittest's two writers: nose2, unittest-xml-reporting
browsers.py    Playwright, jest
javascript.py  node's own runner, node-tap
cpp.py         GoogleTest, Catch2, doctest, ctest
robot.py       Robot Framework
bats.py        Bats
absent.py      tests that a file counts and does not name
"""

from __future__ import annotations

import re
from collections.abc import Callable  # noqa: TC003 - NamedTuple's fields are looked at
from typing import TYPE_CHECKING, Literal, NamedTuple

from testaudit.junit.dialects import bats, browsers, cpp, javascript, python, robot

if TYPE_CHECKING:
    from collections.abc import Sequence

    from testaudit.junit.cases import Case, Suite

Repeats = Literal["attempts", "tests", "runs", "pattern"]


class Dialect(NamedTuple):
    """How the cases of one runner are read."""

    repeats: Repeats = "tests"
    """What cases of one name are: attempts, the last of which counts; tests of their own; runs of one test, of which
    none may fail; or, by their `pattern`, attempts where only failures stand before the others, else tests."""
    normal: Callable[[Case], Case] | None = None
    """The case in the general rules' terms."""
    is_python: bool = False
    """Its classnames are those of Python modules."""
    bare_failed: bool = False
    """A bare case before another one of its name is an attempt that failed."""


UNKNOWN = Dialect("pattern", is_python=True)
DIALECTS = {
    "": UNKNOWN,
    "?": UNKNOWN,
    "pytest": Dialect("attempts", is_python=True),
    "nose2": Dialect("tests", python.nose2, is_python=True),
    "unittest-xml-reporting": Dialect("tests", python.xmlrunner, is_python=True),
    "go": Dialect("attempts"),
    "gradle": Dialect("pattern"),
    "nextest": Dialect("runs"),
    "jest": Dialect("tests", browsers.jest),
    "vitest": Dialect("tests", browsers.vitest),
    "playwright": Dialect("tests", browsers.playwright),
    "mocha": Dialect(),
    "node": Dialect("tests", javascript.node),
    "tap": Dialect("tests", javascript.tap),
    "node-tap": Dialect("tests", javascript.node_tap),
    "jasmine": Dialect(),
    "gtest": Dialect("pattern", cpp.gtest),
    "catch2": Dialect("tests", cpp.sections),
    "doctest": Dialect("tests", cpp.sections),
    "ctest": Dialect("pattern", cpp.ctest),
    "robot": Dialect("tests", robot.normal),
    "behave": Dialect(),
    "rspec": Dialect(),
    "phpunit": Dialect(),
    "surefire": Dialect("runs"),
    "libtest": Dialect(),
    "bats": Dialect("attempts", bats.normal, bare_failed=True),
}

_BY_ROOT = {
    "pytest tests": "pytest",
    "jest tests": "jest",
    "vitest tests": "vitest",
    "Mocha Tests": "mocha",
    "AllTests": "gtest",
    "nextest-run": "nextest",
    "Tap-Junit": "tap",
    "TAP Tests": "node-tap",
}
_BY_SUITE = {"pytest": "pytest", "nose2-junit": "nose2", "Mocha Tests": "mocha", "Tap-Junit-Suite": "tap"}
_STAMPED = re.compile(r".-\d{14}\Z")
"""unittest-xml-reporting puts the time of the run behind the name of a suite."""

# The attributes of a root or suite, in the order in which the runner writes them.
_ROBOT = ("name", "tests", "errors", "failures", "skipped", "time", "timestamp")
_BY_ORDER_OF_ROOT = {
    ("id", "name", "tests", "failures", "skipped", "errors", "time"): "playwright",
    ("disabled", "errors", "failures", "tests", "time"): "jasmine",
}
_BY_ORDER = {
    ("name", "tests", "failures", "disabled", "skipped", "hostname", "time", "timestamp"): "ctest",
    _ROBOT: "robot",
    (*_ROBOT, "hostname"): "behave",
    ("name", "package", "id", "errors", "failures", "tests", "skipped"): "libtest",
    ("name", "tests", "skipped", "failures", "errors", "timestamp", "hostname", "time"): "gradle",
    ("name", "errors", "failures", "skipped", "tests", "time", "timestamp", "hostname"): "pytest",
    # These are known by their root as well; a tool that joins files keeps the suites alone.
    ("name", "errors", "failures", "skipped", "timestamp", "time", "tests"): "jest",
    ("name", "timestamp", "hostname", "tests", "failures", "errors", "skipped", "time"): "vitest",
    ("name", "timestamp", "hostname", "tests", "failures", "skipped", "time", "errors"): "playwright",
    ("name", "timestamp", "hostname", "time", "errors", "tests", "skipped", "disabled", "failures"): "jasmine",
    ("name", "tests", "failures", "disabled", "skipped", "errors", "time", "timestamp"): "gtest",
    ("name", "time", "disabled", "errors", "tests", "failures", "skipped", "hostname"): "node",
    ("name", "timestamp", "tests", "time", "failures"): "mocha",
    ("name", "timestamp", "tests", "file", "time", "failures"): "mocha",
}
_BY_MARK: tuple[tuple[str, Callable[[str, dict[str, str]], bool]], ...] = (
    ("doctest", lambda _, suite: "doctest_version" in suite),
    ("catch2", lambda _, suite: suite.get("hostname") == "tbd" and "timestamp" in suite),
    ("unittest-xml-reporting", lambda name, _: _STAMPED.search(name) is not None),
    ("surefire", lambda _, suite: "surefire" in suite.get("xsi:noNamespaceSchemaLocation", "")),
    ("rspec", lambda name, _: name.rstrip("0123456789") == "rspec"),
    ("bats", lambda name, _: name.endswith(".bats")),
)


def dialect(name: str) -> Dialect:
    """The one of this name."""
    return DIALECTS[name]


def by_suite(root: dict[str, str], suite: dict[str, str]) -> str:
    """The dialect of an outermost suite by the attributes of root and suite; empty where they do not show it."""
    name = suite.get("name", "")
    found = _BY_ROOT.get(root.get("name", "")) or _BY_SUITE.get(name)
    found = found or _BY_ORDER_OF_ROOT.get(tuple(root)) or _BY_ORDER.get(tuple(suite))
    return found or next((dialect for dialect, shows in _BY_MARK if shows(name, suite)), "")


def by_case(root: dict[str, str], suite: Suite, case: dict[str, str], properties: Sequence[str]) -> str:
    """The dialect by the first case of an outermost suite; empty where it does not show it."""
    if "go.version" in properties:
        return "go"
    if not root and case.get("classname") in {"test", "suite"}:
        return "node"
    if "classname" not in case and "class" not in case:
        return "tap"
    if "class" in case and "assertions" in case:
        return "phpunit"
    if case.get("status") == "run" and suite.names and case.get("classname", "").endswith((".cpp", ".cc", ".cxx")):
        return "doctest"
    return ""
