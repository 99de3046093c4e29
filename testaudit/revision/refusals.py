"""Why git cannot say what changed, and the command that mends it: what `--since` answers instead of a guess."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

from testaudit.errors import UsageError
from testaudit.masking.interface import clean

if TYPE_CHECKING:
    from testaudit.revision.command import Answer, Repository

_HASH = re.compile(r"[0-9a-f]{7,64}", re.IGNORECASE)
_VERSION = re.compile(r"v?\d+(?:\.\d+)+\S*")
_SUFFIX = re.compile(r"[~^@:].*", re.DOTALL)
_SHALLOW = "In CI: `fetch-depth: 0` at actions/checkout (GitHub), `GIT_DEPTH: 0` (GitLab)."


def check_typed(revision: str) -> None:
    """Refuse what is no revision before git sees it: an option would do something else.

    Raises:
        UsageError: it is empty, begins with `-`, or holds control characters.

    """
    if not revision or revision.startswith("-") or not revision.isprintable():
        message = f"--since is {clean(revision[:100])!r}, which is no revision."
        raise UsageError(message, "Name a branch, a tag or a commit: --since origin/main")


def outside(answer: Answer, folder: str) -> UsageError:
    """Why git knows no repository here."""
    said = answer.err
    place = re.search(r"dubious ownership in repository at '(.*)'", said)
    if place is not None or "unsafe repository" in said:
        owned = place[1] if place is not None else folder
        return UsageError(
            "git refuses to read this repository: it belongs to another user.",
            f"Say that it is safe: git config --global --add safe.directory {shlex.quote(owned)}",
        )
    if "not a git repository" in said:
        if re.search(r"not a git repository: (?!\(or)", said):
            return UsageError(
                f"--since needs git, and .git here points to a repository that is gone ({_last(answer)}).",
                "Audit where the repository is, or leave --since out. (A worktree: git worktree repair)",
            )
        return UsageError(
            f"--since needs git, and {clean(folder)} lies in no repository.",
            "Audit a clone of the repository (in a container, .git may have been left out), or leave --since out.",
        )
    return UsageError(
        f"git cannot read this repository: {_last(answer)}.", f"See what it says: git -C {shlex.quote(folder)} status"
    )


def bare(folder: str) -> UsageError:
    """A repository without files."""
    return UsageError(
        f"{clean(folder)} is a bare repository or lies inside .git: there are no files to compare.",
        "Check the files out and audit those: git worktree add ../checkout",
    )


def unborn() -> UsageError:
    """A repository without commits."""
    return UsageError(
        "--since needs a commit to stand on, and nothing was committed on this branch yet.",
        "Commit first, or leave --since out.",
    )


def unknown(repository: Repository, revision: str, *, shallow: bool) -> UsageError:
    """A revision that this clone does not hold."""
    shown = clean(revision)
    remotes = repository.ask("remote").line.split()
    name = _SUFFIX.sub("", revision)
    if name and "/" not in revision and not _HASH.fullmatch(name):
        for remote in remotes:
            known = repository.ask("rev-parse", "--verify", "--quiet", f"refs/remotes/{remote}/{revision}^{{commit}}")
            if known.code == 0:
                return UsageError(
                    f"There is no {shown} in this clone, but there is {remote}/{shown}.",
                    f"Type --since {shlex.quote(f'{remote}/{revision}')}",
                )
    why = "this clone is shallow: it holds the newest commits alone" if shallow else "this clone does not hold it"
    return UsageError(
        f"--since {shown}: no such revision here ({why}).", _fetch(repository, revision, remotes, shallow=shallow)
    )


def unrelated(repository: Repository, revision: str, *, shallow: bool) -> UsageError:
    """Two histories without a common commit, as far as this clone goes."""
    shown = clean(revision)
    if shallow:
        remotes = repository.ask("remote").line.split()
        return UsageError(
            f"--since {shown}: this clone is shallow and does not reach back to where HEAD left it.",
            _fetch(repository, revision, remotes, shallow=True),
        )
    return UsageError(
        f"--since {shown}: HEAD and it have no commit in common.",
        "Name the branch that this one was made from: --since origin/main",
    )


def partial(remote: str = "origin") -> UsageError:
    """A clone that leaves contents out and would fetch them when asked."""
    return UsageError(
        "This is a partial clone (--filter): it lacks what the files held at the merge base, and audits fetch nothing.",
        f"Fetch it: git fetch --refetch --no-filter {shlex.quote(remote)} (in CI: check out without `filter`)",
    )


def failed(answer: Answer) -> UsageError:
    """Whatever else git says."""
    if answer.code == -1:
        return UsageError(
            "git did not answer in time, so what changed is not known.", "See how long `git status` takes"
        )
    if answer.cut:
        return UsageError(
            "More changed since the merge base than can be compared.",
            "Name a nearer revision: --since HEAD~1",
        )
    return UsageError(f"git cannot say what changed: {_last(answer)}.", "Check the repository: git fsck")


def _fetch(repository: Repository, revision: str, remotes: list[str], *, shallow: bool) -> str:
    """The command that brings the revision here."""
    if not remotes:
        return "There is no remote to fetch it from. What there is: git log --oneline --all"
    name = _SUFFIX.sub("", revision)
    remote = "origin" if "origin" in remotes else remotes[0]
    for candidate in remotes:
        if name.startswith(f"{candidate}/"):
            remote, name = candidate, name.removeprefix(f"{candidate}/")
    typed = _SUFFIX.sub("", revision)
    here = not typed or repository.ask("rev-parse", "--verify", "--quiet", f"{typed}^{{commit}}").code == 0
    words = ["git", "fetch", *(["--unshallow"] if shallow else []), remote]
    then = ""
    if _HASH.fullmatch(name):
        words.append(name)
    elif _VERSION.fullmatch(name):
        words += ["tag", name]
    elif not here and name not in {"HEAD", "FETCH_HEAD"}:
        words.append(f"+refs/heads/{name}:refs/remotes/{remote}/{name}")
        if revision != f"{remote}/{name}":
            then = f"; then --since {shlex.quote(f'{remote}/{name}')}"
    hint = f"Fetch it: {shlex.join(words)}{then}"
    return f"{hint}. {_SHALLOW}" if shallow else hint


def _last(answer: Answer) -> str:
    """The last line that git wrote, fit to be shown."""
    lines = [line for line in answer.err.splitlines() if line.strip()]
    return clean(lines[-1][:300]).removeprefix("fatal: ").rstrip(".") if lines else f"exit status {answer.code}"
