"""Which folder is the project, and which projects lie below it."""

from __future__ import annotations

import os
import re
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING

from testaudit.config import LIMIT_BYTES, reason
from testaudit.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from testaudit.config import Config

SKIPPED_FOLDERS = frozenset({"node_modules", "site-packages", "build", "dist", "__pycache__", "venv", "env"})
"""Folders without projects of their own, beside all whose name begins with a dot and all environments."""
SECTIONS = re.compile(r"^\[(?:pytest|tool:pytest|tox|testenv|metadata|options)\b", re.MULTILINE)
"""What makes a `tox.ini` or `setup.cfg` more than the settings of a linter."""
PYTEST_FILES = ("pytest.ini", ".pytest.ini", "pytest.toml", ".pytest.toml")
PYTEST_SECTIONS = (
    ("pyproject.toml", r"^\s*\[\s*tool\s*\.\s*pytest\b"),
    ("tox.ini", r"^\[pytest\]"),
    ("setup.cfg", r"^\[tool:pytest\]"),
)
MARKS = (*PYTEST_FILES, "pyproject.toml", "setup.py", "testaudit.toml", ".git")
"""What begins a project. (`.git` is a file in a worktree and a submodule.)"""
DEPTH = 6  # of the search for projects


def find_root(path: Path) -> Path:
    """The project that `path` (a folder or a file) belongs to: the nearest folder above it that is set up as one.

    As pytest finds its rootdir, with this difference: a file of settings counts wherever it says that a project begins
    there, whether or not it configures pytest. Without any, the folder itself.
    """
    try:
        absolute = path.expanduser().resolve(strict=True)
        folder = absolute if absolute.is_dir() else absolute.parent
        return next((above for above in (folder, *folder.parents) if _is_project(above)), folder)
    except FileNotFoundError:
        raise UsageError(f"{path} does not exist", "name a project, or a folder or file inside one") from None
    except (OSError, RuntimeError, ValueError) as error:
        raise UsageError(f"{str(path)!r} cannot be read: {reason(error)}", "name another path") from None


def members(root: Path, config: Config) -> tuple[Path, ...]:
    """The projects of a monorepo; empty where `root` is one project. Several that nobody named are a UsageError."""
    if config.members:
        return tuple(_expand(root, config.members))
    if config.testpaths or _configures_pytest(root):
        return ()  # set up to be tested from here, whatever else lies below
    found = projects_below(root)
    if len(found) < 2:  # pytest reaches a single one from here
        return ()
    names = [folder.relative_to(root).as_posix() for folder in found]
    where = "testaudit.toml" if os.path.lexists(root / "testaudit.toml") else "pyproject.toml, [tool.testaudit]"
    lines = "\n".join(f"  {name}" for name in names)
    raise UsageError(
        f"{len(names)} projects lie below {root.name or root}, which has no tests of its own:\n{lines}",
        f"scan one of them, as `testaudit scan {names[0]}`; or add to {where}:\n  members = {_globs(names)}",
    )


def projects_below(root: Path) -> tuple[Path, ...]:
    """Folders below `root` that are projects with tests; empty as soon as `root` shows a test of its own."""
    found = []
    waiting = deque([(root, 0)])
    while waiting:
        folder, depth = waiting.popleft()
        if depth and _is_project(folder):
            if _has_test(folder, depth):
                found.append(folder)
            continue
        folders, names = _list(folder)
        if _are_tests(names):
            return ()
        if depth < DEPTH:
            waiting.extend((below, depth + 1) for below in folders)
    return tuple(sorted(found))


# ---------------------------------------------------------------- below


def _is_project(folder: Path) -> bool:
    return any(os.path.exists(folder / name) for name in MARKS) or any(  # noqa: PTH110 - Path.exists can raise
        SECTIONS.search(_text(folder / name)) for name in ("tox.ini", "setup.cfg")
    )


def _text(file: Path) -> str:
    try:
        return file.read_bytes()[:LIMIT_BYTES].decode("utf-8", "replace") if file.is_file() else ""
    except OSError:
        return ""


def _configures_pytest(folder: Path) -> bool:
    return any((folder / name).is_file() for name in PYTEST_FILES) or any(
        re.search(section, _text(folder / name), re.MULTILINE) for name, section in PYTEST_SECTIONS
    )


def _list(folder: Path) -> tuple[list[Path], list[str]]:
    folders, names = [], []
    try:
        with os.scandir(folder) as entries:
            for entry in sorted(entries, key=lambda entry: entry.name):
                if not entry.is_dir(follow_symlinks=False):
                    names.append(entry.name)
                elif entry.name[0] != "." and entry.name not in SKIPPED_FOLDERS:
                    folders.append(Path(entry.path))
    except OSError:
        pass  # what cannot be listed holds no project that could be tested
    return ([], []) if "pyvenv.cfg" in names else (folders, names)


def _has_test(folder: Path, depth: int) -> bool:
    folders, names = _list(folder)
    return _are_tests(names) or (depth < DEPTH and any(_has_test(below, depth + 1) for below in folders))


def _are_tests(names: list[str]) -> bool:
    return any(name.endswith(".py") and (name.startswith("test_") or name.endswith("_test.py")) for name in names)


def _expand(root: Path, globs: tuple[str, ...]) -> Iterator[Path]:
    seen: set[Path] = set()
    for glob in globs:
        try:
            folders = [folder for folder in sorted(root.glob(glob.rstrip("/"))) if folder.is_dir()]
        except (ValueError, NotImplementedError) as error:
            raise UsageError(f"members: {glob!r} is no glob: {reason(error)}", 'write it as "packages/*"') from None
        if not folders:
            raise UsageError(f"members: no folder matches {glob!r} below {root.name or root}", "correct the glob")
        yield from (folder for folder in folders if folder not in seen)
        seen.update(folders)


def _globs(names: list[str]) -> str:
    parents = sorted({name.rpartition("/")[0] for name in names})
    globs = [f"{parent}/*" for parent in parents if parent] + [name for name in names if "/" not in name]
    return "[" + ", ".join(f'"{glob}"' for glob in globs) + "]"
