"""Which revision of the project was audited. Without git, or outside a repository, nobody knows: that is no error."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def read_revision(root: Path) -> tuple[str | None, str | None, bool | None]:
    """(commit, branch, dirty) of the repository that holds `root`; None for what cannot be told.

    Untracked files do not make a tree dirty: a run leaves some behind.
    """
    try:
        import git
    except ImportError:
        # GitPython refuses to be imported where there is no git.
        return None, None, None
    try:
        with git.Repo(root, search_parent_directories=True) as repository:
            commit = repository.head.commit.hexsha if repository.head.is_valid() else None
            branch = None if repository.head.is_detached else repository.active_branch.name
            return commit, branch, repository.is_dirty(untracked_files=False)
    except (git.GitError, OSError, ValueError, TypeError):
        # No repository, one of another owner ("dubious ownership"), or a damaged one.
        return None, None, None
