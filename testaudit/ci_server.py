"""Which repository holds the project, and which CI server it is on: from its files, and from where git pushes to."""

from __future__ import annotations

import contextlib
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import git

Server = Literal["github", "gitlab", "none"]
USUAL_BRANCHES = ("main", "master", "trunk", "develop")


@dataclass(frozen=True, slots=True)
class Repository:
    """What git says of the place."""

    top: Path
    """The folder of its work tree; the project itself where there is none."""
    hosts: tuple[str, ...] = ()
    """Hosts of its remotes, `origin` first."""
    branch: str = "main"
    """The default branch."""


def read_repository(root: Path) -> Repository:
    """The repository around the project; without git, or where it is damaged, what the folders tell."""
    top = next((above for above in (root, *root.parents) if os.path.lexists(above / ".git")), root)
    try:
        import git
    except ImportError:
        # GitPython refuses to be imported where there is no git.
        return Repository(top)
    try:
        with git.Repo(root, search_parent_directories=True) as repository:
            found = Path(repository.working_tree_dir or top).resolve()
            remotes = sorted(repository.remotes, key=lambda remote: (remote.name != "origin", remote.name))
            hosts = tuple(_host(str(remote.config_reader.get("url", fallback=""))) for remote in remotes)
            return Repository(found if root.is_relative_to(found) else top, hosts, _default_branch(repository))
    except (git.GitError, OSError, ValueError, TypeError):
        # No repository, one of another owner ("dubious ownership"), or a damaged one.
        return Repository(top)


def server_of(repository: Repository) -> tuple[Server, str]:
    """The CI server that the files suggest, or else the remote's host; and what told."""
    github = (repository.top / ".github" / "workflows").is_dir()
    gitlab = os.path.lexists(repository.top / ".gitlab-ci.yml")
    if github != gitlab:
        return ("github", ".github/workflows is there") if github else ("gitlab", ".gitlab-ci.yml is there")
    for host in repository.hosts:
        if host == "github.com" or host.startswith("github.") or ".github." in host:
            return "github", f"the remote is on {host}"
        if "gitlab" in host:
            return "gitlab", f"the remote is on {host}"
    if (repository.top / ".github").is_dir():
        return "github", ".github is there"
    return "none", "nothing tells"


def _default_branch(repository: git.Repo) -> str:
    """What `origin` takes for its default; else the first usual name that a branch has."""
    with contextlib.suppress(AttributeError, IndexError, OSError, ValueError, TypeError):
        head = repository.remotes["origin"].refs["HEAD"].reference.name
        if head.startswith("origin/"):
            return head.removeprefix("origin/")
    names: set[str] = set()
    with contextlib.suppress(AttributeError, OSError, ValueError, TypeError):
        names = {head.name for head in repository.heads}
    with contextlib.suppress(AttributeError, OSError, ValueError, TypeError):
        names.add(repository.active_branch.name)
    return next((name for name in USUAL_BRANCHES if name in names), USUAL_BRANCHES[0])


def _host(url: str) -> str:
    """The host of a remote's address, in any of git's ways to write it."""
    match = re.match(r"(?:[a-z+]+://)?(?:[^@/]*@)?([^:/]+)[:/]", url)
    return match[1].lower() if match else ""
