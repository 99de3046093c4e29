"""The pyramid's level of a test: configuration first, then markers, the innermost telling folder, fixtures."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from testaudit.levels import level_of
from testaudit.model import AuditedTest, FixtureUse, Marker, NodeId


def made(path: str = "tests/test_x.py", markers: tuple[str, ...] = (), fixtures: tuple[str, ...] = ()) -> AuditedTest:
    return AuditedTest(
        NodeId(f"{path}::test_a"), "", path, 1, "passed",
        markers=tuple(Marker(name) for name in markers),
        fixtures=tuple(FixtureUse(name, "function", "", 1) for name in fixtures),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("test", "level"),
    [
        (made(), "unit"),
        (made(markers=("e2e",)), "e2e"),
        (made(markers=("smoke",)), "e2e"),
        (made(markers=("integration",)), "integration"),
        (made(markers=("parametrize", "integration")), "integration"),
        (made("tests/integration/test_x.py"), "integration"),
        (made("tests/e2e/test_x.py"), "e2e"),
        (made("tests/functional/test_x.py"), "integration"),
        (made("tests/integration/unit/test_x.py"), "unit"),
        (made("tests/E2E/test_x.py"), "e2e"),
        (made("tests/test_integration.py"), "unit"),
        (made(fixtures=("page",)), "e2e"),
        (made(fixtures=("db",)), "integration"),
        (made(fixtures=("db", "live_server")), "e2e"),
        (made("tests/unit/test_x.py", fixtures=("db",)), "unit"),
        (made("tests/e2e/test_x.py", markers=("unit",)), "unit"),
    ],
)
def test_markers_then_folders_then_fixtures(test, level):
    assert level_of(test, {}) == level


@pytest.mark.parametrize(
    "configured",
    [{"slow": "e2e"}, {"tests/unit/*": "e2e"}, {"*::test_a": "e2e"}, {"*": "e2e"}, {"slow": "e2e", "*": "unit"}],
)
def test_the_configuration_comes_first(configured):
    test = made("tests/unit/test_x.py", markers=("slow", "integration"))

    assert level_of(test, configured) == "e2e"


def test_a_configuration_that_matches_nothing_decides_nothing():
    assert level_of(made(markers=("integration",)), {"other/*": "e2e", "nightly": "e2e"}) == "integration"


@given(
    st.text(max_size=80),
    st.lists(st.text(max_size=10), max_size=3),
    st.dictionaries(st.text(max_size=8), st.just("e2e"), max_size=3),
)
def test_every_test_has_a_level(path, markers, configured):
    assert level_of(made(path, tuple(markers)), configured) in {"unit", "integration", "e2e"}
