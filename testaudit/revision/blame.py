"""Who wrote the failing tests last: a name to ask, beside the failure. It is no judgement and never an error."""

from __future__ import annotations

import re
import time
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, TypeAlias

from testaudit.errors import UsageError
from testaudit.masking.interface import clean, mask
from testaudit.revision.command import Repository

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

Place: TypeAlias = "tuple[str, int, int]"
"""(path relative to the project, first line, last line)."""

MAX_PLACES = 20
BUDGET_S = 10.0
"""For all places together."""
NOT_COMMITTED = "not committed yet"
_LIMIT_BYTES = 2_000_000
_NAME_LENGTH = 60
_HEAD = re.compile(r"([0-9a-f]{40,64}) \d+ \d+")
_MAIL = re.compile(r"<[^<>]*>|\S+@\S+")


def blame(root: Path, places: Iterable[Place]) -> Mapping[Place, str]:
    """For each place the newest commit among its lines: `Jane Doe in abc1234, 2026-11-20`; the date is the author's.

    At most 20 places in at most 10 seconds; those that git cannot tell are left out.
    """
    repository = Repository(root)
    ends = time.monotonic() + BUDGET_S
    found: dict[Place, str] = {}
    for place in list(dict.fromkeys(places))[:MAX_PLACES]:
        left = ends - time.monotonic()
        if left <= 0:
            break
        try:
            said = _blamed(repository, place, left)
        except (UsageError, OSError, ValueError):
            # No git, no repository, no such file: nobody to name.
            continue
        if said:
            found[place] = said
    return found


def _blamed(repository: Repository, place: Place, timeout_s: float) -> str:
    path, first, last = place
    if not path or "\0" in path or first < 1 or last < first:
        return ""
    words = ("blame", "--porcelain", "--no-textconv", "-w", f"-L{first},{last}", "--", path)
    answer = repository.ask(*words, limit=_LIMIT_BYTES, timeout_s=timeout_s)
    if answer.code != 0 or answer.cut:
        return ""
    commits = _commits(answer.out.decode("utf-8", "replace"))
    if not commits:
        return ""
    if any(not commit.strip("0") for commit in commits):
        return NOT_COMMITTED
    commit, fields = max(commits.items(), key=lambda item: _number(item[1].get("committer-time", "")))
    return f"{_name(fields.get('author', ''))} in {commit[:7]}, {_date(fields)}"


def _commits(text: str) -> dict[str, dict[str, str]]:
    """Commit -> its fields; git writes them where the commit first appears."""
    found: dict[str, dict[str, str]] = {}
    fields: dict[str, str] = {}
    for line in text.split("\n"):
        head = _HEAD.match(line)
        if head is not None:
            fields = found.setdefault(head[1], {})
        elif not line.startswith("\t"):
            key, _, value = line.partition(" ")
            fields.setdefault(key, value)
    return found


def _name(author: str) -> str:
    """A name fit to be shown on one line: no address, nothing that moves the cursor."""
    name = mask(clean(" ".join(_MAIL.sub("", author).split())))
    return name[:_NAME_LENGTH].strip() or "somebody"


def _date(fields: Mapping[str, str]) -> str:
    """The day on which the author wrote it, in the author's own zone."""
    zone = re.fullmatch(r"([+-])(\d\d)(\d\d)", fields.get("author-tz", ""))
    offset = timedelta()
    if zone is not None:
        offset = timedelta(hours=int(zone[2]), minutes=int(zone[3])) * (-1 if zone[1] == "-" else 1)
    try:
        moment = datetime.fromtimestamp(_number(fields.get("author-time", "")), timezone.utc) + offset
    except (OverflowError, OSError, ValueError):
        return "on an unknown day"
    return moment.date().isoformat()


def _number(text: str) -> int:
    return int(text) if re.fullmatch(r"-?\d{1,12}", text) else 0
