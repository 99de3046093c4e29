"""Which files are tests, conftests and helpers: pytest's own rules, without starting pytest."""

from __future__ import annotations

import ast
import fnmatch
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from testaudit.source.reading import parse, read_text
from testaudit.source.settings import PytestSettings, read_settings
from testaudit.source.wording import word_set

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from collections.abc import Set as AbstractSet

    from testaudit.config import Config

MAX_FILES = 60_000
MAX_FOLDERS = 60_000
"""Beyond these the tree is hostile or no project; what is left out is said."""
MAX_DEPTH = 40

_NEVER = word_set(".git .hg .svn node_modules __pycache__ .tox .nox .venv .eggs site-packages")
_TESTING = frozenset({"test", "tests", "testing", "testsuite", "unit_tests", "integration_tests", "functional_tests"})
_NO_PACKAGES = word_set("tests test testing docs doc examples example scripts tools benchmarks build")


@dataclass(frozen=True, slots=True)
class Discovery:
    """The files of the suite, relative to the root with `/`, sorted."""

    root: Path
    tests: tuple[str, ...]
    """Test modules that pytest would collect."""
    conftests: tuple[str, ...]
    helpers: tuple[str, ...]
    """Other Python files beside the tests."""
    settings: PytestSettings
    first_party: frozenset[str]
    """Top-level names that the project's own packages and modules define."""
    notes: tuple[str, ...] = ()
    """What was left out, and why."""
    whole: tuple[str, ...] = ()
    """Where a part of the suite was asked for: the folders of the whole one, which were not listed (`.`: the root)."""


def discover(root: Path, config: Config, paths: Sequence[Path] = ()) -> Discovery:
    """Find the suite below `root`. `paths` (files or folders) narrow it as pytest's arguments do."""
    root = Path(os.path.realpath(root))
    settings = read_settings(root)
    notes = [settings.problem] if settings.problem else []
    starts = _starts(root, config, settings, paths, notes)
    tests: set[str] = set()
    others: set[str] = set()
    for start in starts:
        if os.path.isfile(start):  # noqa: PTH113 - the one of `Path` fails where a folder may not be entered
            relative = _relative(start, root)
            if relative is not None:
                # A file that is named is collected, whatever its name.
                (others if start.name == "conftest.py" else tests).add(relative)
            continue
        for relative in _walk(start, root, settings, notes):
            (tests if settings.is_test_file(relative) else others).add(relative)
    conftests = {path for path in others if path.rpartition("/")[2] == "conftest.py"}
    conftests |= _conftests_above(root, tests | others)
    tests -= ignored(root, settings, tests) | _not_collected(root, conftests, tests)
    folders = {path.rpartition("/")[0] for path in tests | conftests}
    helpers = {path for path in others - conftests if is_helper(path, folders)}
    return Discovery(
        root,
        tuple(sorted(tests - conftests)),
        tuple(sorted(conftests)),
        tuple(sorted(helpers)),
        settings,
        first_party(root, config),
        tuple(dict.fromkeys(notes)),
        _folders_of_whole(root, config, settings) if paths else (),
    )


def first_party(root: Path, config: Config) -> frozenset[str]:
    """Top-level names of the project's packages and modules: in the root, in `src/`, `lib/`, or as configured."""
    if config.first_party:
        return frozenset(name.partition(".")[0] for name in config.first_party)
    found: set[str] = set()
    for base in (root, root / "src", root / "lib"):
        try:
            entries = sorted(os.scandir(base), key=lambda entry: entry.name)
        except OSError:
            continue
        for entry in entries[:2000]:
            name = entry.name
            if name.endswith(".py"):
                if name not in {"setup.py", "conftest.py", "noxfile.py"} and not name.startswith("test"):
                    found.add(name.removesuffix(".py"))
            elif name.isidentifier() and name not in _NO_PACKAGES and _is_package(Path(entry.path), base, root):
                found.add(name)
    return frozenset(found)


def _is_package(folder: Path, base: Path, root: Path) -> bool:
    try:
        if not folder.is_dir() or (folder / "pyvenv.cfg").exists():
            return False
        if (folder / "__init__.py").exists():
            return True
        # A namespace package: only below src/, where every folder is one, or where modules stand in it.
        return any(name.endswith(".py") for name in os.listdir(folder)) or (  # noqa: PTH208 - names alone are needed
            base != root and any((folder / name / "__init__.py").exists() for name in os.listdir(folder))  # noqa: PTH208 - as above
        )
    except OSError:
        return False


def _starts(
    root: Path, config: Config, settings: PytestSettings, paths: Sequence[Path], notes: list[str]
) -> list[Path]:
    if paths:
        return [path if path.is_absolute() else root / path for path in paths]
    patterns = config.testpaths or settings.testpaths
    found: list[Path] = []
    for pattern in patterns:
        try:
            matches = sorted(root.glob(pattern)) if any(sign in pattern for sign in "*?[") else [root / pattern]
        except (ValueError, NotImplementedError):
            matches = []
        existing = [match for match in matches if os.path.exists(match)]  # noqa: PTH110 - as above
        if not existing:
            notes.append(f"testpaths names {pattern}, which does not exist")
        found += existing
    return found or [root]


def _folders_of_whole(root: Path, config: Config, settings: PytestSettings) -> tuple[str, ...]:
    starts = (_relative(start, root) for start in _starts(root, config, settings, (), []))
    return tuple(start for start in starts if start is not None)


def _walk(start: Path, root: Path, settings: PytestSettings, notes: list[str]) -> Iterator[str]:
    seen: set[tuple[int, int]] = set()
    todo = [(str(start), 0)]
    files = folders = 0
    while todo:
        folder, depth = todo.pop()
        try:
            status = os.stat(folder)  # noqa: PTH116 - a hot loop over a whole tree
            entries = list(os.scandir(folder))
        except OSError as error:
            notes.append(f"{_shown(folder, root)} cannot be listed: {error.strerror}")
            continue
        if (status.st_dev, status.st_ino) in seen:
            continue
        seen.add((status.st_dev, status.st_ino))
        folders += 1
        if folders > MAX_FOLDERS or files > MAX_FILES:
            notes.append(f"{_shown(str(start), root)} holds too many files: the rest was left out")
            return
        for entry in entries:
            name = entry.name
            if name.endswith(".py"):
                relative = _relative(Path(entry.path), root, resolve=False)
                left_out = _why_left_out(entry)
                if left_out:
                    notes.append(f"{_shown(entry.path, root)} {left_out}: left out")
                elif relative is not None and not _is_folder(entry):
                    files += 1
                    yield relative
            elif _is_folder(entry) and not _skipped(entry.path, name, settings):
                if depth < MAX_DEPTH:
                    todo.append((entry.path, depth + 1))
                else:
                    notes.append(f"{_shown(entry.path, root)} lies too deep: left out")


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def _why_left_out(entry: os.DirEntry[str]) -> str:
    """Why a file is none that pytest would collect; empty where it is one."""
    try:
        entry.name.encode()
        if entry.is_symlink():
            entry.stat()
    except UnicodeEncodeError:
        return "has a name that is not UTF-8"
    except OSError as error:
        return f"is a link that leads nowhere ({error.strerror})"
    return ""


def _shown(path: str, root: Path) -> str:
    return os.path.relpath(path, root).replace(os.sep, "/").encode("utf-8", "backslashreplace").decode()


def _skipped(path: str, name: str, settings: PytestSettings) -> bool:
    if name in _NEVER:
        return True
    if any(fnmatch.fnmatchcase(name, pattern) for pattern in settings.norecursedirs if "/" not in pattern):
        return True
    if any(fnmatch.fnmatch(path, f"*/{pattern}") for pattern in settings.norecursedirs if "/" in pattern):
        return True
    return os.path.exists(f"{path}/pyvenv.cfg") or os.path.exists(f"{path}/conda-meta/history")  # noqa: PTH110 - a hot loop


def _relative(file: Path, root: Path, *, resolve: bool = True) -> str | None:
    if resolve:
        file = Path(os.path.realpath(file.parent)) / file.name
    try:
        return file.relative_to(root).as_posix()
    except ValueError:
        return None


def _conftests_above(root: Path, paths: set[str]) -> set[str]:
    found = set()
    folders = {path.rpartition("/")[0] for path in paths}
    for folder in list(folders):
        parts = folder.split("/")
        folders.update("/".join(parts[:length]) for length in range(len(parts)))
    for folder in folders:
        candidate = f"{folder}/conftest.py" if folder else "conftest.py"
        if os.path.isfile(root / candidate):  # noqa: PTH113 - as above
            found.add(candidate)
    return found


def ignored(root: Path, settings: PytestSettings, tests: set[str]) -> set[str]:
    """Which of these files the settings leave out (`--ignore`, `--ignore-glob`)."""
    found = set()
    for pattern in settings.ignored:
        relative = os.path.normpath(pattern) if not Path(pattern).is_absolute() else os.path.relpath(pattern, root)
        relative = relative.replace(os.sep, "/")
        found |= {
            path
            for path in tests
            if path == relative or path.startswith(f"{relative}/") or fnmatch.fnmatch(path, relative)
        }
    return found


def _not_collected(root: Path, conftests: set[str], tests: set[str]) -> set[str]:
    """What `collect_ignore` and `collect_ignore_glob` of the conftest files leave out, as far as they are literal."""
    found: set[str] = set()
    for conftest in conftests:
        text = read_text(root / conftest, conftest)
        if not isinstance(text, str) or "collect_ignore" not in text:
            continue
        tree = parse(text, conftest)
        if not isinstance(tree, ast.Module):
            continue
        folder = conftest.rpartition("/")[0]
        for pattern in ignore_patterns(tree):
            whole = os.path.normpath(f"{folder}/{pattern}" if folder else pattern).replace(os.sep, "/")
            found |= {path for path in tests if path.startswith(f"{whole}/") or fnmatch.fnmatch(path, whole)}
    return found


def ignore_patterns(tree: ast.Module) -> list[str]:
    """The texts in the statements that set or extend the two lists; those below a condition hold elsewhere only."""
    return [
        node.value
        for statement in tree.body
        if isinstance(statement, ast.Assign | ast.AugAssign | ast.AnnAssign | ast.Expr)
        and any(
            isinstance(name, ast.Name) and name.id in {"collect_ignore", "collect_ignore_glob"}
            for name in ast.walk(statement)
        )
        for node in ast.walk(statement)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]


def is_helper(path: str, folders: AbstractSet[str]) -> bool:
    """Whether a module that is no test belongs to the tests: it lies in a folder of theirs, or below one."""
    folder = path.rpartition("/")[0]
    if folder in folders or _TESTING.intersection(folder.split("/")):
        return True
    return any(above and folder.startswith(f"{above}/") for above in folders)
