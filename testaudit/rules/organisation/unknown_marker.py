"""A marker that nobody registered: pytest only warns, and what it was to do does not happen.

`-m slow` misses the test that is marked `slwo`, and `@pytest.mark.skpi` skips nothing. A name that is registered
nowhere also tells the reader nothing: is it a plugin's, or left over from one?

Mend the name, or register it with one line that says what it means: `markers` in pytest's configuration. With
`--strict-markers` the next typo fails at once; a suite that has it needs no finding, and gets none. Markers of known
plugins (`timeout`, `asyncio`) are left alone: where they are unknown, the plugin is not installed here.

The guide's section "Test markers".
"""

from __future__ import annotations

import difflib
import re
from collections import defaultdict
from typing import TYPE_CHECKING

from testaudit.rules.interface import Code, Rule, Settings, Sighting
from testaudit.source.wording import word_set

if TYPE_CHECKING:
    from collections.abc import Iterator

    from testaudit.model import Run, SeenWarning
    from testaudit.source.interface import Sources

_UNKNOWN = re.compile(r"Unknown pytest\.mark\.(\w+)")
_PYTESTS_OWN = word_set("parametrize skip skipif xfail usefixtures filterwarnings")
_PLUGINS = word_set(
    """
    anyio asyncio asyncio_cooperative trio twisted tornado timeout flaky benchmark django_db urls ignore_template_errors
    xdist_group no_cover forked order run dependency depends repeat freeze_time time_machine vcr block_network
    enable_socket disable_socket allow_hosts httpx_mock respx mpl_image_compare limit_memory limit_leaks thread_unsafe
    parallel_threads iterations codspeed count_queries hypothesis subprocess
    """
)
"""Markers that known plugins register: where one is unknown, its plugin is not installed here."""


def observe(run: Run, sources: Sources, _settings: Settings) -> Iterator[Sighting]:
    """One sighting for each unknown name, where it first stands."""
    places: dict[str, list[SeenWarning]] = defaultdict(list)
    for warning in run.warnings:
        if warning.category.rpartition(".")[2] != "PytestUnknownMarkWarning" or warning.path.startswith("/"):
            continue
        match = _UNKNOWN.match(warning.message)
        if match is not None and match[1] not in _PLUGINS:
            places[match[1]].append(warning)
    registered = {re.split(r"[:(]", line)[0].strip() for line in sources.discovery.settings.markers} | _PYTESTS_OWN
    for name, seen in places.items():
        first = min(seen, key=lambda warning: (warning.path, warning.line))
        near = difflib.get_close_matches(name, registered - {""}, n=1, cutoff=0.8)
        count = len({(warning.path, warning.line) for warning in seen})
        files = len({warning.path for warning in seen})
        where = f"{count} place{'s' if count > 1 else ''} in {files} file{'s' if files > 1 else ''}"
        yield Sighting(
            first.path,
            first.line,
            "",
            f"The marker {name!r} is not registered{f': is {near[0]!r} meant' if near else ''}"
            f"{'?' if near else ', so nothing but its spelling says what it does.'}",
            (f"pytest warned of it, at {where}",),
            tuple(test.node_id for test in run.tests if any(marker.name == name for marker in test.markers)),
        )


RULE = Rule(
    code="TA1003",
    slug="unknown-marker",
    antipattern="organisation",
    severity="info",
    confidence=(("runtime", "medium"),),
    remedy="Mend the name, or register it under `markers` in pytest's configuration; --strict-markers keeps it so.",
    observe=observe,
    bad=(
        Code(
            """
import pytest

@pytest.mark.slwo  # <-
def test_total():
    assert sum([1, 2]) == 3

@pytest.mark.slwo
def test_more():
    assert sum([1, 2, 3]) == 6
""",
            beside=(("pytest.ini", "[pytest]\nmarkers =\n    slow: takes its time\n"),),
        ),
        Code("""
import pytest

pytestmark = pytest.mark.billing  # <-

class TestTotal:
    @pytest.mark.skpi  # <-
    def test_total(self):
        assert sum([1, 2]) == 3
"""),
    ),
    good=(
        Code(
            """
import pytest

@pytest.mark.slow
@pytest.mark.parametrize("n", [1, 2])
def test_total(n):
    assert sum([n, 2]) == n + 2
""",
            beside=(("pytest.ini", "[pytest]\nmarkers =\n    slow: takes its time\n"),),
        ),
        Code(
            """
import pytest

@pytest.mark.billing
def test_total():
    assert sum([1, 2]) == 3
""",
            beside=(
                (
                    "conftest.py",
                    "def pytest_configure(config):\n    config.addinivalue_line('markers', 'billing: invoices')\n",
                ),
            ),
        ),
        Code("""
import pytest

@pytest.mark.thread_unsafe
def test_total():
    assert sum([1, 2]) == 3
"""),
        Code(
            """
import pytest

@pytest.mark.billing
def test_total():
    assert sum([1, 2]) == 3

def test_other():
    assert sum([1, 2]) == 3
""",
            beside=(("pytest.ini", "[pytest]\nfilterwarnings = ignore::pytest.PytestUnknownMarkWarning\n"),),
        ),
    ),
)
