"""What differs between a commit and the files on disk, as git sees it: one comparison, untracked files included."""

from __future__ import annotations

import os
import shutil
import tempfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

from testaudit.revision import refusals

if TYPE_CHECKING:
    from collections.abc import Iterator

    from testaudit.revision.command import Answer, Repository

MAX_UNTRACKED_RENAMES = 2_000
"""More untracked files than that are no renames but a folder that nobody ignored."""
_DIFF = (
    "diff",
    "--raw",
    "-z",
    "--no-abbrev",
    "--find-renames",
    "-l1000",
    "--no-ext-diff",
    "--no-textconv",
    "--no-color",
    "--no-relative",
    "--ignore-submodules=dirty",
)
_LINK = "160000"
"""The mode of a submodule."""


@dataclass(frozen=True, slots=True)
class Change:
    """One file that differs. Paths are relative to the repository."""

    status: str
    """git's letter: A, M, D, R, T; U is said as M."""
    path: str
    """Its name now; of a deleted file its old one."""
    old_path: str
    """Its name then; empty: it was not there."""
    blob: str
    """The id of what it held then; empty: it was not there, or is a submodule."""


def changes(repository: Repository, commit: str, folder: str) -> tuple[Change, ...]:
    """Everything that differs from the commit, in the whole repository: a file may have come from outside the project.

    `folder` is the project's in the repository, ending in `/`, or empty; untracked files are looked for in there.

    Raises:
        UsageError: git cannot say.

    """
    found = list(_compared(repository, commit))
    untracked = _untracked(repository, folder)
    gone = any(change.status == "D" for change in found)
    if untracked and gone and len(untracked) <= MAX_UNTRACKED_RENAMES:
        with_them = _with_untracked(repository, commit, untracked)
        if with_them is not None:
            return with_them
    known = {change.path: change for change in found if change.status != "D"}
    for path in untracked:
        if path not in known:
            # Taken out of the index and still on disk: deleted for git, changed for a scan.
            before = next((change for change in found if change.status == "D" and change.path == path), None)
            if before is not None:
                found.remove(before)
                found.append(Change("M", path, path, before.blob))
            else:
                found.append(Change("A", path, "", ""))
    return tuple(found)


def _compared(repository: Repository, commit: str, index: str = "") -> Iterator[Change]:
    answer = repository.ask(*_DIFF, commit, "--", index=index)
    check(answer)
    fields = iter(answer.out.split(b"\0"))
    for head in fields:
        if not head.startswith(b":"):
            continue
        mode, _, blob, _, status = head[1:].decode("ascii", "replace").split(" ")
        path = os.fsdecode(next(fields, b""))
        letter = status[:1]
        new = os.fsdecode(next(fields, b"")) if letter in {"R", "C"} else path
        if letter in {"A", "C"}:
            yield Change("A", new, "", "")
        else:
            kind = letter if letter in {"D", "R", "T"} else "M"
            yield Change(kind, new, path, "" if mode == _LINK or not blob.strip("0") else blob)


def check(answer: Answer) -> None:
    """Refuse an answer that is none.

    Raises:
        UsageError: git failed, took too long, or there is too much.

    """
    if answer.code != 0 or answer.cut:
        missing = ("lazy fetching disabled", "promisor", "transport 'file' not allowed", "could not fetch")
        if any(words in answer.err for words in missing) or "' not allowed" in answer.err:
            raise refusals.partial()
        raise refusals.failed(answer)


def _untracked(repository: Repository, folder: str) -> tuple[str, ...]:
    """Files that git neither tracks nor ignores, of the project; a repository that lies inside is none of it."""
    answer = repository.ask("ls-files", "--others", "--exclude-standard", "-z")
    check(answer)
    return tuple(f"{folder}{name}" for name in answer.names if not name.endswith("/"))


def _with_untracked(repository: Repository, commit: str, untracked: tuple[str, ...]) -> tuple[Change, ...] | None:
    """The comparison as if the untracked files were added, so that git can tell which of them are renamed ones.

    On a copy of the index: the audited repository is not written to. None where that does not work.
    """
    place = repository.ask("rev-parse", "--absolute-git-dir")
    top = repository.ask("rev-parse", "--show-toplevel")
    if place.code != 0 or top.code != 0:
        return None
    with tempfile.TemporaryDirectory(prefix="testaudit-") as scratch:
        index = os.path.join(scratch, "index")  # noqa: PTH118 - a name for git
        try:
            # Its time with it: git looks closer at files that are no older than their index.
            shutil.copy2(os.path.join(place.line, "index"), index)  # noqa: PTH118 - as above
        except OSError:
            return None
        listed = "".join(f"{os.path.join(top.line, path)}\0" for path in untracked)  # noqa: PTH118 - as above
        words = ("add", "--intent-to-add", "--force", "--pathspec-from-file=-", "--pathspec-file-nul")
        added = repository.ask(*words, text=os.fsencode(listed), index=index)
        return tuple(_compared(repository, commit, index)) if added.code == 0 else None
