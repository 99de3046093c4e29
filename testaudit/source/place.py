"""Where to speak about the suite as a whole: its pytest configuration, or the file that stands for it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from testaudit.source.reading import read_text

if TYPE_CHECKING:
    from testaudit.source.project import Sources

_SECTION = re.compile(r"\s*\[\s*(?:tool[.:]pytest(?:\.ini_options)?|pytest)\s*\]")


def place_of_suite(sources: Sources) -> tuple[str, int]:
    """(path, line) of pytest's section in its configuration file; without one the topmost conftest or test module."""
    named = sources.discovery.settings.source
    if named:
        text = read_text(sources.root / named, named)
        lines = text.split("\n") if isinstance(text, str) else []
        return named, next((number for number, line in enumerate(lines, 1) if _SECTION.match(line)), 1)
    files = sorted(
        (*sources.conftests, *sources.tests), key=lambda path: (path.count("/"), path not in sources.conftests, path)
    )
    return (files[0] if files else ""), 1
