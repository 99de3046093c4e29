"""A fixture that is set up again for every test, at a price that the whole suite feels.

Hundreds of equal set-ups are the cheapest time to win in a suite: one word (`scope="module"`) takes all but a few away.

Where what it gives is only read, widen its scope (`module`, `session`), or keep the expensive part in a wider fixture
and hand out a cheap copy for each test. Where tests change it, leave it.

The rule speaks of function-scoped fixtures of the project that took more than `max-share` percent of the suite's time
and more than a second, in ten set-ups and more. It is silent where a wider scope cannot be: the fixture cleans up after
itself, is parametrised or autouse, asks for fixtures that live for one test (`tmp_path`, `monkeypatch`, the project's
own), or calls something that writes. Whether every set-up yields an equal value was not recorded; so it is never more
than a question, at medium confidence.

The guide's section on fixture scopes: "session: expensive set-up, shared across all tests".
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from testaudit.rules.interface import Code, Option, Rule, Settings, Sighting
from testaudit.source.fixtures import find_fixture, fixture_of
from testaudit.source.index import terminal
from testaudit.source.wording import word_set, words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from testaudit.model import FixtureUse, Run
    from testaudit.source.index import Function
    from testaudit.source.interface import Sources

_LEAST_S = 1.0
_LEAST_SET_UPS = 10
_WIDE = frozenset({"class", "module", "package", "session"})
_WIDE_BUILT_INS = frozenset({"pytestconfig", "tmp_path_factory", "tmpdir_factory", "cache", "worker_id", "testrun_uid"})
_WRITES = word_set(
    """
    add add_all append add_argument bulk_create commit copy create delete drop execute extend flush insert install
    makedirs mkdir mock open patch post put register remove reset rmtree save set setattr setitem start touch truncate
    update upgrade write write_bytes write_text
    """
)


def observe(run: Run, sources: Sources, settings: Settings) -> Iterator[Sighting]:
    """Function-scoped fixtures that took more than their share and could be wider."""
    whole = sum(test.duration_s for test in run.tests)
    limit = settings.number("max-share") / 100
    costly = {
        (name, path): (count, seconds)
        for name, path, count, seconds in run.fixture_setup
        if seconds > max(_LEAST_S, limit * whole) and count >= _LEAST_SET_UPS and not path.startswith("/")
    }
    if not costly:
        return
    uses: dict[tuple[str, str], FixtureUse] = {}
    for test in run.tests:
        for use in test.fixtures:
            if (use.name, use.path) in costly:
                uses.setdefault((use.name, use.path), use)
    for (name, path), (count, seconds) in costly.items():
        seen = uses.get((name, path))
        if seen is None or seen.scope != "function" or not _could_be_wider(seen, sources):
            continue
        share = f", {100 * seconds / whole:.0f} % of the suite's time" if whole else ""
        yield Sighting(
            path,
            seen.line,
            f"<{name}>",
            f"The fixture {name!r} was set up {count:,} times in {seconds:.1f} s{share}: can it live longer?",
            (f"{count:,} set-ups, {1000 * seconds / count:.0f} ms each; equal values were not checked",),
            tuple(
                test.node_id
                for test in run.tests
                if any(one.name == name and one.path == path for one in test.fixtures)
            ),
        )


def _could_be_wider(use: FixtureUse, sources: Sources) -> bool:
    """Whether nothing in its source ties the fixture to one test."""
    function = sources.function_at(use.path, use.line)
    fixture = fixture_of(function) if function is not None else None
    if function is None or fixture is None or fixture.autouse or function.yields or _is_parametrised(function):
        return False
    if any(words(terminal(call)) & _WRITES or terminal(call) in _WRITES for call, _ in function.calls):
        return False
    return all(_is_wide(name, function, sources) for name in function.requested)


def _is_parametrised(function: Function) -> bool:
    return "request" in function.requested or any(
        word.arg == "params"
        for decorator in function.decorators
        if isinstance(decorator, ast.Call)
        for word in decorator.keywords
    )


def _is_wide(name: str, near: Function, sources: Sources) -> bool:
    if name in _WIDE_BUILT_INS:
        return True
    found = find_fixture(sources, name, near)
    return found is not None and found.scope in _WIDE


_USERS = """
import pytest

@pytest.mark.parametrize("n", range(12))
def test_catalogue(catalogue, n):
    assert catalogue[n] == n
"""

RULE = Rule(
    code="TA1006",
    slug="costly-fixture",
    antipattern="organisation",
    severity="info",
    confidence=(("runtime", "medium"),),
    remedy="Give it a wider scope, or keep its expensive part in a wider fixture and hand out a copy for each test.",
    observe=observe,
    options=(Option("max-share", 5, "percent of the suite's time that the set-ups of one fixture may take"),),
    bad=(
        Code(
            """
import time
import pytest

@pytest.fixture  # <-
def catalogue():
    time.sleep(0.1)
    return list(range(20))
"""
            + _USERS
        ),
        Code(
            """
import time
import pytest

@pytest.fixture(scope="session")
def source():
    return range(20)

@pytest.fixture()  # <-
def catalogue(source):
    time.sleep(0.1)
    return list(source)
""",
            path="conftest.py",
            beside=(("tests/test_catalogue.py", _USERS),),
        ),
    ),
    good=(
        Code(
            """
import time
import pytest

@pytest.fixture(scope="module")
def catalogue():
    time.sleep(1.2)
    return list(range(20))
"""
            + _USERS
        ),
        Code(
            """
import time
import pytest

@pytest.fixture
def catalogue():
    time.sleep(0.1)
    yield list(range(20))
    time.sleep(0)
"""
            + _USERS
        ),
        Code(
            """
import time
import pytest

@pytest.fixture
def catalogue(tmp_path):
    time.sleep(0.1)
    return list(range(20))

@pytest.fixture(autouse=True)
def settled():
    time.sleep(0.1)
"""
            + _USERS
        ),
        Code(
            """
import time
import pytest

@pytest.fixture
def catalogue():
    time.sleep(0.1)
    found = []
    for n in range(20):
        found.append(n)
    return found
"""
            + _USERS
        ),
        Code(
            """
import time
import pytest

@pytest.fixture
def catalogue():
    time.sleep(0.01)
    return list(range(20))
"""
            + _USERS
        ),
    ),
)
