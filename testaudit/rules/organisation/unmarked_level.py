"""A test that lies among the integration or end-to-end tests, without the marker that says so.

`pytest -m integration` leaves it out, and `-m "not integration"` runs it on a machine that has no database. Whoever
moves the file takes its level away without noticing.

Mark the module (`pytestmark = pytest.mark.integration`), or let a hook in the folder's conftest mark what lies in it.

Named once a file. It is surest where the project registers such a marker, or marks another test of the file; one
that goes by folders alone may well do without. Off by default.

The guide's sections "Test markers" and "Naming conventions".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from testaudit.rules.interface import Code, Hit, Rule, Settings, qualified
from testaudit.source.levels import hook_marks, level_of_folder
from testaudit.source.vocabulary import mark_names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from testaudit.source.interface import SourceFile, Sources

_MARKS = {
    "integration": frozenset({"integration", "integ", "integration_test"}),
    "e2e": frozenset({"e2e", "end_to_end", "endtoend", "smoke"}),
}


def find(file: SourceFile, sources: Sources, _settings: Settings) -> Iterator[Hit]:
    """The first test of a file in such a folder whose marks say nothing of it."""
    level = level_of_folder(file.path)
    if not level or hook_marks(sources, file.path):
        return
    tests = sources.tests_in(file)
    bare = [test for test in tests if not any(_says(name, level) for name in mark_names(test, sources))]
    if not bare:
        return
    registered = any(_says(line.partition(":")[0].strip(), level) for line in sources.discovery.settings.markers)
    first = bare[0]
    yield Hit(
        first.line,
        first.line,
        qualified(first, sources),
        f"{len(bare)} of the {len(tests)} tests of this file lie among the {level} tests and are not marked {level}.",
        (f"no mark on the test, its class or its module, and no hook in a conftest; the folder says {level}",),
        None if registered or len(bare) < len(tests) else "medium",
    )


def _says(mark: str, level: str) -> bool:
    return mark.lower() in _MARKS[level] or mark.lower().startswith(f"{level}_")


RULE = Rule(
    code="TA1002",
    slug="unmarked-level",
    antipattern="organisation",
    severity="info",
    confidence=(("static", "medium"),),
    remedy="Mark the module, or let a hook in the folder's conftest mark what lies in it.",
    find=find,
    on_by_default=False,
    bad=(
        Code(
            """
def test_save(database):  # <-
    assert database.save(1)

def test_load(database):
    assert database.load(1)
""",
            path="tests/integration/test_database.py",
        ),
        Code(
            """
import pytest

@pytest.mark.e2e
def test_buy(shop):
    assert shop.buy(1)

@pytest.mark.slow
def test_return(shop):  # <-
    assert shop.take_back(1)
""",
            path="tests/e2e/web/test_shop.py",
        ),
    ),
    good=(
        Code(
            """
import pytest

pytestmark = pytest.mark.integration

def test_save(database):
    assert database.save(1)
""",
            path="tests/integration/test_database.py",
        ),
        Code(
            """
def test_save(database):
    assert database.save(1)
""",
            path="tests/integration/test_database.py",
            beside=(
                (
                    "tests/integration/conftest.py",
                    "def pytest_itemcollected(item):\n    item.add_marker('integration')\n",
                ),
            ),
        ),
        Code(
            """
def test_add():
    assert add(1, 1) == 2
""",
            path="tests/unit/test_add.py",
        ),
    ),
)
