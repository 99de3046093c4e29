"""`fixture`: a set-up or a teardown failed, and no body is to blame.

Named by the fixture that the exception went through, or that pytest could not find; with where it is defined and how
many tests use it.
"""

from __future__ import annotations

import difflib
import re

from testaudit.causes.interface import Example, Explanation, Group
from testaudit.causes.reading import all_spoken, place, words_of
from testaudit.model import Evidence, Frame

_NOT_FOUND = re.compile(r"fixture '(?P<name>[^']+)' not found")
_AVAILABLE = re.compile(r"available fixtures: (?P<names>.*)")
_SCOPE = re.compile(r"ScopeMismatch: You tried to access the (?P<inner>\w+) scoped fixture (?P<name>\w+)")
_CYCLE = re.compile(r"recursive dependency involving fixture '(?P<name>[^']+)'")
_XUNIT = re.compile(r"(?i)(?:async)?(?:set_?up|tear_?down)(?:_?(?:class|method|module|function|testdata))?")


def explain(group: Group) -> Explanation | None:
    """Proven by the phase: the outcome is `error`, not `failed`; or the exception went through a fixture."""
    trouble = group.trouble
    outside = group.tests[0].outcome == "error" and trouble.phase in {"setup", "teardown"}
    if trouble.phase == "collect" or not (outside or trouble.fixture is not None):
        return None
    said = f"{trouble.message}\n{trouble.text}"
    if found := _NOT_FOUND.search(said):
        return _missing(group, found["name"], _AVAILABLE.search(said))
    for pattern in (_SCOPE, _CYCLE):
        if found := pattern.search(said):
            name = found["name"]
            advice = (
                f"Mend the scopes: `{name}` lives shorter than what asks for it."
                if pattern is _SCOPE
                else (f"Let `{name}` ask for something else: it needs itself.")
            )
            return Explanation("fixture", (Evidence("runtime", found[0]),), advice, None, f"fixture {name}")
    return _broken(group)


def _missing(group: Group, name: str, available: re.Match[str] | None) -> Explanation:
    evidence = [Evidence("runtime", f"fixture '{name}' not found, asked for by {_tests(group)}")]
    names = [one.strip() for one in available["names"].split(",")] if available else []
    close = difflib.get_close_matches(name, names, 1)
    if close:
        evidence.append(Evidence("runtime", f"there is a fixture '{close[0]}'"))
        advice = f"Ask for `{close[0]}`, or define `{name}` where these tests can see it."
    else:
        advice = f"Define `{name}` in the test module or a conftest above it, or install the plugin that brings it."
    return Explanation("fixture", tuple(evidence), advice, None, f"fixture {name} (missing)")


def _broken(group: Group) -> Explanation:
    trouble = group.trouble
    down = trouble.phase == "teardown" or (trouble.fixture is not None and "tear" in trouble.fixture.function.lower())
    phase = "teardown" if down else "set-up"
    home = trouble.fixture or _defined(group)
    if home is None:
        at = trouble.frame
        where = "a fixture" if at is None else f"`{at.function}` ({place(at)})" if at.function else place(at)
        subject = ""
    else:
        where = f"`{home.function}` ({home.path}:{home.line})"
        subject = f"fixture {home.function} of {home.path}, {phase}, {trouble.type}"
    users = group.facts.users(home) if home is not None else 0
    used = f"; {users} test{'s' if users > 1 else ''} use it" if users else ""
    evidence = [
        Evidence("runtime", f"{phase} of {_tests(group)} failed in {where}{used}"),
        Evidence("runtime", words_of(all_spoken(group)[-1])),
    ]
    if group.flaky:
        evidence.append(Evidence("runtime", "it did not fail every time"))
    elif group.order == "proven":
        evidence.append(Evidence("runtime", "it passes without the tests that ran before it"))
    line = f" at {place(trouble.frame)}" if trouble.frame is not None and home is not None else ""
    every = (
        "every test that uses it fails with it" if phase == "set-up" else "what it leaves behind may reach other tests"
    )
    return Explanation("fixture", tuple(evidence), f"Mend {where}{line}: {every}.", None, subject)


def _defined(group: Group) -> Frame | None:
    """The fixture, by its source, in which the deepest frame of the project's own code lies."""
    frame = group.trouble.frame
    file = group.facts.file(frame.path) if frame is not None else None
    if frame is None or file is None:
        return None
    function = file.function_at(frame.line)
    is_one = function.has_decorator("fixture") or _XUNIT.fullmatch(function.name)
    return Frame(frame.path, function.line, function.name) if is_one else None


def _tests(group: Group) -> str:
    count = len(group.tests)
    return f"{count} tests" if count > 1 else str(group.tests[0].node_id)


PROVEN = (
    Example(
        "the probe saw which",
        "ValueError",
        "boom",
        "setup",
        fixture="tests/conftest.py:db",
        says="`db` (tests/conftest.py:10)",
    ),
    Example("a teardown", "OSError", "boom", "teardown", fixture="tests/conftest.py:db", says="teardown of"),
    Example(
        "not found, and a like one is there",
        "",
        "fixture 'clinet' not found",
        "setup",
        text="E       fixture 'clinet' not found\n>       available fixtures: cache, client, tmp_path",
        says="Ask for `client`",
    ),
    Example(
        "not found", "_pytest.fixtures.FixtureLookupError", "", "setup", text="E   fixture 'x' not found", says="'x'"
    ),
    Example("the set-up of a TestCase", "KeyError", "'x'", fixture="tests/test_a.py:setUp", says="setUp"),
    Example(
        "a body asked for it by `getfixturevalue`", "ValueError", "boom", fixture="tests/conftest.py:db", says="`db`"
    ),
    Example(
        "by its source",
        "ValueError",
        "boom",
        "setup",
        name="db",
        code="import pytest\n\n@pytest.fixture\ndef db():\n    raise ValueError('boom')  # <-\n",
        says="`db` (tests/test_example.py:4)",
    ),
    Example(
        "a place without a function",
        "ValueError",
        "boom",
        "setup",
        code="boom()  # <-\n",
        name="",
        says="failed in tests/test_example.py:1",
    ),
    Example("an assertion in a set-up", "AssertionError", "assert 1 == 2", "setup", says="set-up"),
)
SILENT = (
    Example("a body that speaks of fixtures", "ValueError", "fixture 'x' not found"),
    Example("a failing body", message="assert 1 == 2"),
    Example("a module that does not import", "ValueError", "boom", "collect"),
    Example("a test named like a set-up", "ValueError", "boom", name="test_setup"),
)
