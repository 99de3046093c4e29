"""The door to git: which revision was audited, and what changed since another one.

Without git, or outside a repository, nobody knows the revision: that is no error. Who asks what changed (`--since`)
gets an answer or the reason why there is none, with the command that mends it. Nothing is guessed from the
surroundings: only what was typed is compared.
"""

from __future__ import annotations

import os
import threading
from bisect import bisect_right
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from testaudit.errors import UsageError
from testaudit.masking.interface import cap
from testaudit.revision import refusals
from testaudit.revision.changes import changes
from testaudit.revision.command import Repository

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from testaudit.revision.changes import Change

__all__ = ["Since", "read_revision", "read_since"]

MAX_MESSAGES = 1_000
MAX_MESSAGE_BYTES = 20_000
MAX_FILE_BYTES = 20_000_000
"""A larger file is no test."""
AHEAD_FILES = 200
AHEAD_BYTES = 8_000_000
"""How much is read along with what is asked for."""


def _nothing(path: str) -> bytes | None:
    del path
    return None


@dataclass(frozen=True)
class Since:
    """What changed between the merge base and the files on disk. Paths are relative to the project, with `/`."""

    revision: str
    """As typed."""
    merge_base: str
    """The full id of the newest commit that HEAD and the revision share."""
    changed: frozenset[str] = frozenset()
    """Files that differ, as they are named now: modified, added, renamed, untracked and not ignored."""
    added: frozenset[str] = frozenset()
    """Of these, those that the project did not have under any name."""
    deleted: frozenset[str] = frozenset()
    """Old names of what is gone from the project."""
    renamed: Mapping[str, str] = field(default_factory=dict)
    """Old name -> new name."""
    messages: tuple[str, ...] = ()
    """The commit messages from the merge base to HEAD, newest first, at most 1,000."""
    read: Callable[[str], bytes | None] = field(default=_nothing, repr=False, compare=False)
    """How `text` finds its answer."""

    def text(self, path: str) -> bytes | None:
        """What the file held at the merge base that is now called `path` (or was, where it is gone).

        None: it was not there, or was larger than 20 MB, or is part of a submodule. From any thread.
        """
        return self.read(path)


def read_since(root: Path, revision: str) -> Since:
    """What changed in the project since the merge base of HEAD and `revision`, as the files lie on disk.

    Raises:
        UsageError: no git, no repository, no such revision, no common commit, a clone that does not reach so far; the
            hint is the command that mends it.

    """
    refusals.check_typed(revision)
    repository = Repository(root)
    folder, shallow = _place(repository)
    if repository.ask("rev-parse", "--verify", "--quiet", "HEAD^{commit}").code != 0:
        raise refusals.unborn()
    found = repository.ask("rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")
    if found.code != 0 or not found.line.isalnum():
        raise refusals.unknown(repository, revision, shallow=shallow)
    base = repository.ask("merge-base", found.line, "HEAD")
    if base.code != 0:
        raise refusals.unrelated(repository, revision, shallow=shallow) if base.code == 1 else refusals.failed(base)
    commit = base.line.partition("\n")[0]
    return _since(repository, revision, commit, folder, changes(repository, commit, folder))


def _place(repository: Repository) -> tuple[str, bool]:
    """The project's folder in the repository, ending in `/` or empty; and whether the clone is shallow."""
    answer = repository.ask("rev-parse", "--is-inside-work-tree", "--is-shallow-repository", "--show-prefix")
    if answer.code != 0:
        raise refusals.outside(answer, repository.folder)
    inside, shallow, prefix = [*answer.line.split("\n", 2), "", ""][:3]
    if inside != "true":
        raise refusals.bare(repository.folder)
    return prefix, shallow == "true"


def _since(repository: Repository, revision: str, commit: str, folder: str, found: Iterable[Change]) -> Since:
    def inside(path: str) -> str | None:
        return path[len(folder) :] if path and path.startswith(folder) else None

    changed, added, deleted = set(), set(), set()
    renamed: dict[str, str] = {}
    blobs: dict[str, str] = {}
    for change in found:
        now = inside(change.path) if change.status != "D" else None
        then = inside(change.old_path)
        if now is not None:
            changed.add(now)
            blobs[now] = change.blob
            if then is None:
                added.add(now)
            elif then != now:
                renamed[then] = now
        elif then is not None:
            deleted.add(then)
        if then is not None:
            blobs.setdefault(then, change.blob)
    reader = _Reader(repository, commit, folder, blobs)
    reader.check_complete()
    return Since(
        revision,
        commit,
        frozenset(changed),
        frozenset(added),
        frozenset(deleted),
        renamed,
        _messages(repository, commit),
        reader,
    )


def _messages(repository: Repository, commit: str) -> tuple[str, ...]:
    answer = repository.ask(
        "log",
        "-z",
        "--format=%B",
        "--encoding=UTF-8",
        f"--max-count={MAX_MESSAGES}",
        "--no-show-signature",
        "--no-notes",
        "--no-color",
        f"{commit}..HEAD",
        "--",
    )
    if answer.code != 0:
        raise refusals.failed(answer)
    parts = answer.out.split(b"\0")
    return tuple(
        cap(part.decode("utf-8", "replace").strip("\n"), MAX_MESSAGE_BYTES) for part in parts if part.strip(b"\n")
    )


class _Reader:
    """Contents at the merge base, read when they are asked for, and those that will be asked next along with them."""

    def __init__(self, repository: Repository, commit: str, folder: str, blobs: Mapping[str, str]) -> None:
        self._repository = repository
        self._commit = commit
        self._folder = folder
        self._blobs = blobs
        self._order = sorted(path for path, blob in blobs.items() if blob)
        self._sizes: dict[str, int] = {}
        self._ahead: Mapping[str, bytes] = {}
        self._lock = threading.Lock()

    def check_complete(self) -> None:
        """Refuse a clone that left out what will be asked for.

        Raises:
            UsageError: it is a partial clone.

        """
        wanted = sorted(set(self._blobs.values()) - {""})
        if wanted:
            answer = self._repository.ask("cat-file", "--batch-check", text="\n".join(wanted).encode())
            if answer.code != 0 or answer.cut or b" missing\n" in answer.out:
                raise refusals.partial()
            lines = [line.split(" ") for line in answer.out.decode("ascii", "replace").splitlines()]
            self._sizes = {line[0]: int(line[2]) for line in lines if len(line) == 3}

    def __call__(self, path: str) -> bytes | None:
        with self._lock:
            blob = self._blobs.get(path)
            if blob is None:
                blob = self._listed(path)
            if not blob or self._sizes.get(blob, 0) > MAX_FILE_BYTES:
                return None
            if blob not in self._ahead:
                # A process costs more than a file: 500 files take 15 ms so, and 2 s one by one.
                self._ahead = self._contents(self._next(path, blob))
            return self._ahead.get(blob)

    def _next(self, path: str, blob: str) -> list[str]:
        """The blob, and those of the files that stand behind it in order, as far as they are small and of its kind."""
        found = {blob: None}
        room = AHEAD_BYTES
        at = bisect_right(self._order, path)
        for other in self._order[at : at + AHEAD_FILES]:
            room -= self._sizes.get(self._blobs[other], AHEAD_BYTES)
            if room < 0:
                break
            if other.rpartition(".")[2] == path.rpartition(".")[2]:
                found[self._blobs[other]] = None
        return list(found)

    def _contents(self, blobs: list[str]) -> Mapping[str, bytes]:
        answer = self._repository.ask(
            "cat-file", "--batch", text="\n".join(blobs).encode(), limit=MAX_FILE_BYTES + 2 * AHEAD_BYTES
        )
        found: dict[str, bytes] = {}
        at = 0
        for _ in blobs:
            head, _, _ = answer.out[at : at + 200].partition(b"\n")
            name, kind, size = [*head.decode("ascii", "replace").split(" "), "", ""][:3]
            at += len(head) + 1
            if kind == "blob" and size.isdigit():
                if at + int(size) <= len(answer.out) and int(size) <= MAX_FILE_BYTES:
                    found[name] = answer.out[at : at + int(size)]
                at += int(size) + 1
        return found

    def _listed(self, path: str) -> str:
        """The id of a file that did not change, as the merge base's tree names it."""
        if "\0" in path:
            return ""
        answer = self._repository.ask("ls-tree", "-z", "--full-tree", self._commit, "--", f"{self._folder}{path}")
        head = answer.out.partition(b"\t")[0].decode("ascii", "replace").split(" ")
        return head[2] if answer.code == 0 and len(head) == 3 and head[0].startswith("100") else ""


def read_revision(root: Path) -> tuple[str | None, str | None, bool | None, str]:
    """(commit, branch, dirty, folder) of the repository that holds `root`; None for what cannot be told.

    Untracked files do not make a tree dirty: a run leaves some behind. `folder` is the project's within the
    repository, with `/`; empty at its top, and where there is none.
    """
    repository = Repository(root)
    try:
        folder, _ = _place(repository)
        head = repository.ask("rev-parse", "--verify", "--quiet", "HEAD^{commit}")
        branch = repository.ask("symbolic-ref", "--quiet", "--short", "HEAD")
        known = ["HEAD"] if head.code == 0 else ["--cached"]
        dirty = repository.ask("diff", "--quiet", "--no-ext-diff", "--ignore-submodules=dirty", *known, "--")
    except UsageError:
        # No git, no repository, one of another owner ("dubious ownership"), or a damaged one.
        return None, None, None, ""
    return (
        head.line if head.code == 0 else None,
        branch.line if branch.code == 0 else None,
        bool(dirty.code) if dirty.code in {0, 1} else None,
        os.fspath(folder.rstrip("/")),
    )
