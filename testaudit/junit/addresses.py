"""`classname` and `name` of a JUnit file -> pytest's node id, where the test files are known that they can mean.

pytest turns `tests/test_x.py::TestC::test` into `tests.test_x.TestC` and `test`: the way back needs to know which dots
were slashes. Files written from another folder, or with `--junit-prefix`, have more or fewer names in front.
"""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

from testaudit.model import NodeId

if TYPE_CHECKING:
    from collections.abc import Iterable


class Address(NamedTuple):
    """Where a test lives."""

    node_id: NodeId
    path: str
    """Empty: no known file."""
    is_module: bool = False
    """The case stands for the whole module: it failed to import, or skipped itself."""


class Addresses:
    """Finds the test of a case; every classname is resolved once."""

    def __init__(self, known_files: Iterable[str] = ()) -> None:
        self._files: dict[str, str] = {}
        self._endings: dict[str, str | None] = {}
        """The end of a dotted path -> the one file that ends so; None: several do."""
        for path in sorted(known_files):
            dotted = _dotted(path)
            self._files.setdefault(dotted, path)
            names = dotted.split(".")
            for at in range(1, len(names)):
                ending = ".".join(names[at:])
                self._endings[ending] = path if ending not in self._endings else None
        self._seen: dict[tuple[str, str], tuple[str, tuple[str, ...]]] = {}

    def module(self, name: str, file: str = "") -> Address:
        """The address of a module that failed to collect: pytest leaves the classname empty, the path is the name."""
        path = self._files.get(name) or self._endings.get(name) or relative(file)
        return Address(NodeId(path or f"::{name}"), path, is_module=True)

    def find(self, classname: str, name: str, file: str = "") -> Address:
        """The address of a test; the file's `classname::name` where no known file fits."""
        key = (classname, file)
        if key not in self._seen:
            self._seen[key] = self._resolve(classname, file)
        path, classes = self._seen[key]
        if not path:
            return Address(NodeId(f"{classname}::{name}" if classname else name), "")
        return Address(NodeId("::".join((path, *classes, name))), path)

    def _resolve(self, classname: str, file: str) -> tuple[str, tuple[str, ...]]:
        names = classname.split(".")
        # Longest first: `tests.test_x` may be a package beside the module `tests/test_x.py` of another name.
        for at in range(len(names), 0, -1):
            if path := self._files.get(".".join(names[:at])):
                return path, tuple(names[at:])
        if file:
            # A test inherited from another module has that module's file: its classname begins elsewhere.
            path, dotted = relative(file), _dotted(relative(file))
            if classname == dotted or classname.startswith(f"{dotted}."):
                return path, tuple(names[dotted.count(".") + 1 :])
        for start in range(len(names)):
            for at in range(len(names), start, -1):
                ending = ".".join(names[start:at])
                path = (self._files.get(ending) if start else None) or self._endings.get(ending) or ""
                if path:
                    return path, tuple(names[at:])
        return "", ()


def _dotted(path: str) -> str:
    return path.removesuffix(".py").replace("/", ".")


def relative(file: str) -> str:
    """A path as a file names it, if it lies below the project's root; else empty."""
    path = file.replace("\\", "/").removeprefix("./")
    return (
        path if path and not path.startswith("/") and ".." not in PurePosixPath(path).parts and path[1:2] != ":" else ""
    )
