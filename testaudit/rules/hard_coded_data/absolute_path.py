"""A literal absolute path that the test really opened.

The file is there on the machine where the test was written. On another one it is missing, is another file, or may not
be written; two runs that write it get into each other's way.

Write below `tmp_path`, read what lies beside the test (`Path(__file__).parent`), or take the place from the
configuration. What the interpreter, the platform or an installed package brings (`/dev/null`, `/proc`, `/etc/hosts`),
the project's own folder and folders for temporary files are left alone; so is a path that is only compared or parsed.

The guide's anti-pattern 6, "Hard-coded test data".
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from testaudit.rules.interface import Code, Rule, Settings, Sighting
from testaudit.source.seen_places import by_place, ids_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from testaudit.model import OpenedFile, Run
    from testaudit.source.interface import Sources

_PLATFORM = re.compile(
    r"^/(?:etc/(?:hosts|passwd|group|os-release|lsb-release|localtime|timezone|resolv\.conf|services|protocols|nsswitch"
    r"|ssl/|mime\.types|issue|ld\.so|machine-id|debian_version|redhat-release)|usr/(?:share|lib|bin|local/lib|local/bin)/"
    r"|lib|bin/|opt/|var/lib/dbus|run/systemd|nix/)"
)
"""What the platform brings; to look at it is a question about the machine."""
_SHORTEST = 2
"""Folders and names of a path that make it a certain one."""


def observe(run: Run, sources: Sources, _settings: Settings) -> Iterator[Sighting]:
    """Files outside the project that were opened by a path that stands in the suite."""
    seen = by_place(run, sources, lambda attempt: attempt.opened, lambda opened: opened.at)
    for place, found in seen.items():
        literal = [(opened, test) for opened, test in found if _is_literal(opened, place.path, test.path, sources)]
        if not literal:
            continue
        opened = next((file for file, _ in literal if file.wrote), literal[0][0])
        done = "Writes" if opened.wrote else "Reads"
        yield Sighting(
            place.path,
            place.line,
            "",
            f"{done} {opened.path}, which is another file, or none, on another machine.",
            (f"{'written' if opened.wrote else 'opened'} in this run, and its path stands in the source",),
            ids_of(literal),
        )


def _is_literal(opened: OpenedFile, path: str, test_path: str, sources: Sources) -> bool:
    """Whether the path, or the folder that it begins with, stands in the file that opened it or in the test's."""
    if _PLATFORM.match(opened.path) or opened.path.startswith(str(sources.root)):
        return False
    texts = [file.text for name in {path, test_path} if (file := sources.file(name)) is not None]
    parts = opened.path.strip("/").split("/")
    starts = ["/" + "/".join(parts[:length]) for length in range(len(parts), _SHORTEST - 1, -1)]
    return any(f"{quote}{start}" in text for text in texts for start in starts for quote in "\"'")


RULE = Rule(
    code="TA604",
    slug="absolute-path",
    antipattern="hard-coded-data",
    severity="warning",
    confidence=(("runtime", "medium"),),
    remedy="Write below tmp_path; read what lies beside the test.",
    observe=observe,
    bad=(
        Code("""
import pytest

def test_read():
    with pytest.raises(OSError):
        open("/srv/shop/orders.csv")  # <-
"""),
        Code("""
from contextlib import suppress
from pathlib import Path

FOLDER = "/srv/shop-of-nobody"

def test_write():
    with suppress(OSError):
        Path(FOLDER, "orders", "new.csv").write_text("x")  # <-
    assert FOLDER
"""),
    ),
    good=(
        Code("""
def test_temporary(tmp_path):
    file = tmp_path / "orders.csv"
    file.write_text("x")
    assert file.read_text() == "x"
"""),
        Code("""
from pathlib import Path

def test_beside():
    assert "test_beside" in Path(__file__).read_text()
    with open("/dev/null") as nothing:
        assert nothing.read() == ""
"""),
        Code("""
from pathlib import PurePosixPath

def test_only_parsed():
    path = PurePosixPath("/srv/shop/orders.csv")
    assert path.name == "orders.csv"
    assert str(path.parent) == "/srv/shop"
"""),
    ),
)
