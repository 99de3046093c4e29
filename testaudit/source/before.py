"""The suite as it was at the merge base, asked with today's questions.

A file stands here under the name that it has now, with the text that it had then: so a finding keeps its identity
through a rename. What did not change is read from disk, the rest from git when it is asked for; nothing is checked out.
"""

from __future__ import annotations

import fnmatch
import os
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from testaudit.source.discovery import ignore_patterns, ignored
from testaudit.source.project import Sources
from testaudit.source.reading import MAX_BYTES, Unreadable, decode, read_text
from testaudit.source.settings import PytestSettings, read_settings
from testaudit.source.store import Store
from testaudit.source.tokens import normal_tokens, segment
from testaudit.source.wording import word_set

if TYPE_CHECKING:
    import ast
    from collections.abc import Iterable

    from testaudit.revision.interface import Since
    from testaudit.source.files import SourceFile
    from testaudit.source.index import Function

SETTINGS_FILES = ("pytest.toml", ".pytest.toml", "pytest.ini", ".pytest.ini", "pyproject.toml", "tox.ini", "setup.cfg")
_NEVER = word_set(".git .hg .svn node_modules __pycache__ .tox .nox .venv .eggs site-packages")


@dataclass(frozen=True, slots=True)
class FunctionBefore:
    """A test function, as text: what recognises it after a rename, and shows what became of its assertions."""

    path: str
    """Today's name of its file; the old one where the file is gone."""
    then: str
    """The file's name at the merge base."""
    qualname: str
    line: int
    """Of its `def`, in the text of its time."""
    body: str
    """The source of its body, docstring left out."""
    tokens: tuple[str, ...]
    """The body without layout, comments and quote style."""
    decorators: str
    """The source of its decorators, a line each."""
    source: str = ""
    """All of it, decorators included, at no indentation."""


class _Then(Store):
    """Texts of the merge base, under today's names and, for those who import them so, under the old ones."""

    def __init__(self, root: Path, since: Since) -> None:
        super().__init__(root)
        self._since = since
        self._touched = since.changed | since.deleted | frozenset(since.renamed)

    def _text(self, path: str) -> str | Unreadable:
        if path not in self._touched:
            return read_text(self._root / path, path)
        data = self._since.text(path)
        if data is None:
            return Unreadable(path, "does not exist")
        if len(data) > MAX_BYTES:
            return Unreadable(path, f"too large: over {MAX_BYTES // 1_000_000} MB")
        return decode(data, path)

    def exists(self, path: str) -> bool:
        """Whether there was such a file."""
        since = self._since
        if path in since.added:
            return since.text(path) is not None
        return path in self._touched or super().exists(path)


def sources_before(sources: Sources, since: Since, paths: Iterable[str]) -> Sources:
    """The suite at the merge base, under today's names; `paths` (or old names of what is gone) are examined.

    The other files of the suite are there to be asked, as the conftest files are; what was added since is not.
    """
    discovery = sources.discovery
    store = _Then(discovery.root, since)
    wanted = {path for path in paths if store.exists(path)}
    old_names = [
        path for path in (*since.deleted, *since.renamed) if path.endswith(".py") and path not in since.changed
    ]
    conftests = {path for path in discovery.conftests if path not in since.added}
    conftests |= {path for path in old_names if _is_conftest(path) and not _is_conftest(since.renamed.get(path, ""))}
    folders = {path.rpartition("/")[0] for path in (*discovery.tests, *discovery.conftests, *discovery.helpers)}
    helpers = {path for path in (*discovery.tests, *discovery.helpers) if path not in since.added}
    helpers |= {path for path in old_names if path.rpartition("/")[0] in folders}
    return Sources(
        replace(
            discovery,
            tests=tuple(sorted(wanted - conftests)),
            conftests=tuple(sorted(conftests)),
            helpers=tuple(sorted(helpers - wanted - conftests)),
            settings=settings_before(sources, since),
        ),
        sources.config,
        store,
    )


def _is_conftest(path: str) -> bool:
    return path.rpartition("/")[2] == "conftest.py"


def settings_before(sources: Sources, since: Since) -> PytestSettings:
    """What pytest's configuration said then."""
    touched = since.changed | since.deleted | frozenset(since.renamed)
    if not touched.intersection(SETTINGS_FILES):
        return sources.discovery.settings
    with tempfile.TemporaryDirectory(prefix="testaudit-") as scratch:
        for name in SETTINGS_FILES:
            data = since.text(name) if name in touched else _bytes(sources.root / name)
            if data is not None:
                (Path(scratch) / name).write_bytes(data)
        return read_settings(Path(scratch))


def _bytes(file: Path) -> bytes | None:
    try:
        return file.read_bytes() if file.is_file() else None
    except OSError:
        return None


def functions_before(since: Since, sources: Sources) -> tuple[FunctionBefore, ...]:
    """The test functions of the files that changed or are gone, as far as pytest would have collected them then."""
    then = suite_before(since, sources)
    before = sources_before(sources, since, then)
    found: list[FunctionBefore] = []
    for path, old in then.items():
        found += [replace(function, then=old) for function in functions_of(before, path)]
        before.trim()
    return tuple(found)


def suite_before(since: Since, sources: Sources) -> dict[str, str]:
    """The test files that changed or are gone, as pytest would have collected them then: today's name -> then's."""
    old_names = {new: old for old, new in since.renamed.items()}
    then = {path: old_names.get(path, path) for path in since.changed - since.added}
    then |= {path: path for path in since.deleted}
    then = {path: old for path, old in then.items() if old.endswith(".py")}
    collected = _collected(sources_before(sources, since, then), since, frozenset(then.values()))
    return {path: old for path, old in sorted(then.items()) if old in collected}


def functions_of(sources: Sources, path: str) -> tuple[FunctionBefore, ...]:
    """The test functions of one file, of any time; empty where it is not there or does not parse."""
    with sources.store.lock:
        file = sources.file(path)
        if file is None:
            return ()
        return tuple(_described(function, file) for function in sources.tests_in(file))


def _described(function: Function, file: SourceFile) -> FunctionBefore:
    body = body_of(function, file)
    return FunctionBefore(
        path=file.path,
        then=file.path,
        qualname=function.qualname,
        line=function.line,
        body=body,
        tokens=normal_tokens(body),
        decorators="\n".join(segment(file, decorator) for decorator in function.decorators),
        source=source_of(function, file),
    )


def first_line_of(function: Function) -> int:
    """The line of its first decorator, else of its `def`."""
    return min([function.line, *(decorator.lineno for decorator in function.decorators)])


def source_of(function: Function, file: SourceFile) -> str:
    """The source of a function, decorators included, at no indentation; what strings hold is left as it is deep."""
    lines = file.lines_of(first_line_of(function), function.end_line).split("\n")
    indentation = lines[0][: len(lines[0]) - len(lines[0].lstrip())]
    return "\n".join(line.removeprefix(indentation) for line in lines)


def body_of(function: Function, file: SourceFile) -> str:
    """The source of a function's body, docstring left out."""
    statements: list[ast.stmt] = list(getattr(function.node, "body", []))
    if function.docstring:
        statements = statements[1:]
    if not statements:
        return ""
    first, last = statements[0], statements[-1]
    if first.lineno > function.line:
        return file.lines_of(min(_first_lines(first)), last.end_lineno or last.lineno)
    return "\n".join(segment(file, statement) for statement in statements)


def _first_lines(statement: ast.stmt) -> list[int]:
    """The lines of a nested definition's decorators, and the statement's own."""
    decorators: list[ast.expr] = getattr(statement, "decorator_list", [])
    return [statement.lineno, *(decorator.lineno for decorator in decorators)]


def _collected(before: Sources, since: Since, names: frozenset[str]) -> frozenset[str]:
    """Which of these old names pytest would have collected at the merge base, by the settings of that time."""
    settings = before.discovery.settings
    starts = [os.path.normpath(start).replace(os.sep, "/") for start in before.config.testpaths or settings.testpaths]
    old = (*names, *since.deleted, *since.renamed)
    starts = [start for start in starts if (before.root / start).exists() or any(_below(path, start) for path in old)]
    found = {
        path
        for path in names
        if not _is_conftest(path)
        and (path in starts or (settings.is_test_file(path) and (not starts or any(_below(path, s) for s in starts))))
        and not _skipped(path, settings)
    }
    return frozenset(found - ignored(before.root, settings, found) - _left_out(before, found))


def _below(path: str, start: str) -> bool:
    return start in {".", path} or path.startswith(f"{start}/") or fnmatch.fnmatchcase(path, f"{start}/*")


def _skipped(path: str, settings: PytestSettings) -> bool:
    folders = path.split("/")[:-1]
    return any(
        folder in _NEVER or any(fnmatch.fnmatchcase(folder, pattern) for pattern in settings.norecursedirs)
        for folder in folders
    )


def _left_out(before: Sources, paths: set[str]) -> set[str]:
    """What `collect_ignore` of the conftest files of that time names."""
    found: set[str] = set()
    for conftest in before.conftests:
        file = before.file(conftest)
        if file is None or "collect_ignore" not in file.text:
            continue
        folder = conftest.rpartition("/")[0]
        for pattern in ignore_patterns(file.tree):
            whole = os.path.normpath(f"{folder}/{pattern}" if folder else pattern).replace(os.sep, "/")
            found |= {path for path in paths if path.startswith(f"{whole}/") or fnmatch.fnmatch(path, whole)}
    return found
