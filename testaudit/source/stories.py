"""Tests that are meant to tell a whole story: end-to-end, smoke and acceptance tests, and those that say so."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from testaudit.source.vocabulary import mark_names
from testaudit.source.wording import word_set, words

if TYPE_CHECKING:
    from testaudit.source.index import Function
    from testaudit.source.project import Sources

_STORIES = word_set("e2e smoke endtoend scenario scenarios acceptance lifecycle roundtrip tutorial")
_BROWSERS = frozenset({"page", "browser", "selenium", "live_server", "live_server_url"})
_END_TO_END = re.compile(r"end_?to_?end", re.IGNORECASE)


def tells_a_story(test: Function, sources: Sources) -> bool:
    """Whether a test is placed, named or marked as one that goes through many steps on purpose."""
    if _BROWSERS & set(test.requested):
        return True
    names = (test.path, test.qualname, *mark_names(test, sources))
    return any(_END_TO_END.search(name) or _words(name) & _STORIES for name in names)


def _words(name: str) -> frozenset[str]:
    return words(name) | frozenset(re.split(r"[\W_]+", name.lower()))
