"""Which level of the pyramid a test belongs to: by configuration, then its markers, its folders, its fixtures."""

from __future__ import annotations

from fnmatch import fnmatch
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from testaudit.model import AuditedTest, Level

_MARKERS: dict[str, Level] = {
    "unit": "unit",
    "integration": "integration",
    "e2e": "e2e",
    "end_to_end": "e2e",
    "smoke": "e2e",
}
_FOLDERS: dict[str, Level] = {
    "unit": "unit",
    "unittests": "unit",
    "unit_tests": "unit",
    "integration": "integration",
    "integration_tests": "integration",
    "functional": "integration",
    "e2e": "e2e",
    "end_to_end": "e2e",
    "acceptance": "e2e",
}
_FIXTURES: dict[str, Level] = {
    "page": "e2e",
    "browser": "e2e",
    "selenium": "e2e",
    "live_server": "e2e",
    "db": "integration",
    "transactional_db": "integration",
    "django_db_setup": "integration",
}


def level_of(test: AuditedTest, configured: Mapping[str, Level]) -> Level:
    """The level of a test; `configured` maps a marker or a glob over node ids to a level and comes first."""
    names = [marker.name for marker in test.markers]
    for pattern, level in configured.items():
        if pattern in names or fnmatch(test.node_id, pattern) or fnmatch(test.path, pattern):
            return level
    for name in names:
        if name in _MARKERS:
            return _MARKERS[name]
    folder = _folder(test.path)
    if folder is not None:
        return folder
    found = {_FIXTURES[fixture.name] for fixture in test.fixtures if fixture.name in _FIXTURES}
    return "e2e" if "e2e" in found else "integration" if found else "unit"


@lru_cache(maxsize=4096)
def _folder(path: str) -> Level | None:
    """By the innermost folder that names one."""
    for part in reversed(path.lower().split("/")[:-1]):
        if part in _FOLDERS:
            return _FOLDERS[part]
    return None
