"""The source family's door: find the suite, read it once, ask it often.

`discover` says which files are tests, `read_sources` makes them askable. Rules get a `SourceFile` and the `Sources`
around it; what they need from another file they ask by name, and the answer is followed through imports, base classes
and conftest files.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from testaudit.source.checks import Check, checks_in, checks_of, unused_checks
from testaudit.source.collecting import is_fixture
from testaudit.source.discovery import Discovery, discover, first_party
from testaudit.source.files import SourceFile
from testaudit.source.fixtures import Fixture, find_fixture, fixture_closure, fixture_of, set_ups, tear_downs
from testaudit.source.index import Class, Function, Statement
from testaudit.source.project import Sources
from testaudit.source.settings import PytestSettings, read_settings
from testaudit.source.store import Store

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from testaudit.config import Config

__all__ = [
    "Check",
    "Class",
    "Discovery",
    "Fixture",
    "Function",
    "PytestSettings",
    "SourceFile",
    "Sources",
    "Statement",
    "checks_in",
    "checks_of",
    "discover",
    "find_fixture",
    "first_party",
    "fixture_closure",
    "fixture_of",
    "is_fixture",
    "read_settings",
    "read_sources",
    "set_ups",
    "sources_of",
    "tear_downs",
    "unused_checks",
]


def read_sources(discovery: Discovery, config: Config) -> Sources:
    """The sources of a discovered suite. Files are read and parsed when they are first asked for, and once."""
    return Sources(discovery, config, Store(discovery.root))


def sources_of(
    texts: Mapping[str, str], config: Config, *, root: Path, first_party: frozenset[str] = frozenset()
) -> Sources:
    """Sources from texts instead of files: standard input, other revisions, examples."""
    settings = PytestSettings()
    paths = sorted(texts)
    conftests = tuple(path for path in paths if path.rpartition("/")[2] == "conftest.py")
    tests = tuple(path for path in paths if path not in conftests and settings.is_test_file(path))
    helpers = tuple(path for path in paths if path not in conftests and path not in tests)
    discovery = Discovery(root, tests, conftests, helpers, settings, first_party)
    return Sources(discovery, config, Store(root, MappingProxyType(dict(texts))))
