"""Records that a test was meant to go: in the baseline, or in a commit message as the guide's deletion policy asks.

    Delete obsolete test: test_import_v1

    Reason: Feature removed
    GitHub Issue: #12
    Coverage: test_import_v2
    Risk Assessment: None

A line `Removed-Test: NODEID` (any number) names tests as well. All four of reason, issue, coverage and risk have to be
there: a message without them removes nothing.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from testaudit.masking.interface import clean
from testaudit.paths import function_of, junit_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from testaudit.comparison.interface import Grounds
    from testaudit.model import Gone, NodeId

_SUBJECT = re.compile(r"^(?:delete|remove)\s+(?:obsolete|redundant)?\s*tests?\s*:\s*(?P<names>.+)$", re.IGNORECASE)
_LINE = re.compile(
    r"^\s*(?P<key>removed-tests?|reason|(?:github\s+)?issue|coverage|risk(?:\s+assessment)?)\s*:\s*(?P<said>\S.*)$",
    re.IGNORECASE,
)
_ASKED = ("reason", "issue", "coverage", "risk")
_LONGEST = 200


@dataclass(frozen=True)
class Record:
    """What one commit message says of removed tests."""

    names: tuple[str, ...]
    why: str
    lacks: tuple[str, ...] = ()
    """What the policy asks for and the message does not say."""


def records(messages: Iterable[str]) -> Iterator[Record]:
    """The messages that name removed tests."""
    for message in messages:
        lines = message.splitlines()
        names: list[str] = []
        said: dict[str, str] = {}
        if lines and (subject := _SUBJECT.match(lines[0].strip())):
            names += _names(subject["names"])
        for line in lines:
            if match := _LINE.match(line):
                key = match["key"].lower().split()[-1 if "issue" in match["key"].lower() else 0]
                if key.startswith("removed-test"):
                    names += _names(match["said"])
                else:
                    said.setdefault(key, match["said"].strip())
        if names:
            lacks = tuple(key for key in _ASKED if not said.get(key))
            why = ", ".join(part for part in (said.get("reason", ""), said.get("issue", "")) if part)
            yield Record(tuple(names), clean(why)[:_LONGEST], lacks)


def _names(text: str) -> list[str]:
    return [name.strip("`'\" ") for name in re.split(r",\s+|\s+and\s+", text) if name.strip("`'\" ")]


def accepted_by(grounds: Grounds, gone: Iterable[Gone]) -> Iterator[Gone]:
    """The same, each with the record that accepts it."""
    removed = grounds.baseline.removed if grounds.baseline is not None else ()
    # A record of a whole function is none of single cases: it would accept each one that goes from now on.
    whole: dict[str, str] = {entry.node_id: entry.why for entry in removed}
    whole.update({junit_key(entry.node_id): entry.why for entry in removed})
    # A case has no name in the baseline: its record serves once, until the cases are counted anew.
    written = grounds.bar.date if grounds.bar is not None else ""
    cases = Counter(
        function_of(entry.node_id)
        for entry in removed
        if function_of(entry.node_id) != entry.node_id and entry.date >= written
    )
    why_case = {function_of(entry.node_id): entry.why for entry in removed}
    gone = tuple(gone)
    said = {
        name: record.why
        for record in records(grounds.since.messages if grounds.since is not None else ())
        for name in record.names
        if not record.lacks and sum(_means(name, one.node_id) for one in gone) == 1
    }
    for one in gone:
        why = (whole.get(one.node_id) or whole.get(junit_key(one.node_id))) if not one.now else ""
        why = why or _said(one.node_id, said)
        if not why and cases[one.node_id] >= one.before - one.now:
            why = why_case.get(one.node_id, "")
        yield replace(one, accepted=why or "")


def _said(node_id: NodeId, said: dict[str, str]) -> str:
    return next((why for name, why in said.items() if _means(name, node_id)), "")


def _means(name: str, node_id: NodeId) -> bool:
    """A message names a test by its node id, its end (`TestA::test_x`), or its name alone: one test, not several."""
    return node_id == name or node_id.endswith(f"::{name}") or function_of(name) == node_id


def incomplete(grounds: Grounds, node_id: NodeId) -> str:
    """What the commit message that names this test does not say; empty where none names it."""
    for record in records(grounds.since.messages if grounds.since is not None else ()):
        if record.lacks and _said(node_id, dict.fromkeys(record.names, "named")):
            return ", ".join(record.lacks)
    return ""
