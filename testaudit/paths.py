"""How a project's paths are written: relative to its root, with `/`, whatever pytest's rootdir was."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from testaudit.model import Frame, NodeId

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_FOREIGN = ("/site-packages/", "/dist-packages/", "/.tox/", "/.nox/", "/.venv/", "/venv/")


@dataclass(frozen=True, slots=True)
class Paths:
    """The project's root, pytest's rootdir, and which code is the project's own."""

    root: str
    """Absolute, links resolved."""
    packages: frozenset[str] = frozenset()
    """Names of the project's packages, which may be installed elsewhere."""
    prefix: str = ""
    """rootdir as seen from the root: put before node ids (`..`-free), empty where they are the same."""
    strip: str = ""
    """The root as seen from a rootdir above it: taken from the front of node ids."""

    @classmethod
    def of(cls, root: Path, packages: Iterable[str] = ()) -> Paths:
        """For a project's root."""
        return cls(os.path.realpath(root), frozenset(packages))

    def with_rootdir(self, rootdir: str) -> Paths:
        """For a run whose node ids start at `rootdir`."""
        relative = os.path.relpath(os.path.realpath(rootdir), self.root).replace(os.sep, "/")
        if relative == ".":
            return replace(self, prefix="", strip="")
        if relative == ".." or relative.startswith("../"):
            return replace(
                self, prefix="", strip=os.path.relpath(self.root, os.path.realpath(rootdir)).replace(os.sep, "/") + "/"
            )
        return replace(self, prefix=relative + "/", strip="")

    def node_path(self, path: str) -> str:
        """The file of a node id, relative to the root."""
        path = path.replace(os.sep, "/") if os.sep != "/" else path
        if self.strip:
            return path.removeprefix(self.strip)
        return self.prefix + path

    def node_id(self, nodeid: str) -> NodeId:
        """A node id, relative to the root."""
        if not self.strip and not self.prefix:
            return NodeId(nodeid)
        path, colons, rest = nodeid.partition("::")
        return NodeId(self.node_path(path) + colons + rest)

    def pytest_id(self, node_id: NodeId) -> str:
        """A node id as pytest itself writes it, from its rootdir: the way back from `node_id`."""
        return self.strip + node_id if self.strip else node_id.removeprefix(self.prefix)

    def relative(self, path: str) -> str:
        """A path on disk: relative to the root where it lies inside, else absolute."""
        return _relative(self.root, path)

    def own(self, path: str) -> bool:
        """Whether a file belongs to the project: inside its root and no installation, or an installed package of it."""
        for part in ("/site-packages/", "/dist-packages/"):
            _, found, rest = path.rpartition(part)
            if found:
                return rest.split("/", 1)[0].removesuffix(".py") in self.packages
        relative = self.relative(path)
        return not relative.startswith(("/", "<")) and not any(part in f"/{relative}" for part in _FOREIGN)

    def deepest(self, frames: Iterable[list[Any]]) -> Frame | None:
        """The deepest first-party frame of a traceback; without any, the deepest one."""
        listed = list(frames)
        for path, line, function in reversed(listed):
            if self.own(path):
                return Frame(self.relative(path), line, function)
        if not listed:
            return None
        path, line, function = listed[-1]
        return Frame(self.relative(path), line, function)


def junit_key(nodeid: str) -> str:
    """`classname::name` as pytest's JUnit writer mangles a node id (`_pytest.junitxml.mangle_test_address`)."""
    path, bracket, params = nodeid.partition("[")
    names = path.split("::")
    names[0] = re.sub(r"\.py$", "", names[0].replace("/", "."))
    names[-1] += bracket + params
    return f"{'.'.join(names[:-1])}::{names[-1]}"


def function_of(node_id: str) -> NodeId:
    """The node id (or `junit_key`) without its parameters; a `[` in the path begins none."""
    path, colons, rest = node_id.partition("::")
    return NodeId(path + colons + rest.partition("[")[0])


@lru_cache(maxsize=4096)
def _relative(root: str, path: str) -> str:
    if not path or path.startswith("<"):
        return path
    inside = path.startswith(root + os.sep)
    if not inside and path.startswith(os.sep):
        path = os.path.realpath(path)
        inside = path.startswith(root + os.sep)
    return path[len(root) + 1 :].replace(os.sep, "/") if inside else path
