"""The secrets that are known by their value: what the variables of this process's environment hold that are named so.

CI hands a secret over as a variable (`DEPLOY_TOKEN`), and a test may show it anywhere, without its name and in no known
shape. pytest and `repr` show a long text by its two ends (`'abcdefgh...wxyz'`); that is found too.

Not every such value is a secret: `POSTGRES_PASSWORD=postgres` is a word that stands in half of the messages, and a path
says where a secret lies. Neither is taken for one.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

SHORTEST = 8
"""Characters. What is shorter is no secret, or none that masking could save."""
_WORD = 16
"""So long is no word."""
_WORDS = 20
"""So long are no words with dashes between them that name anything but a secret."""
_INSIDE = 12
"""What is shorter is looked for where it stands alone, not within other words and numbers."""
_LONGEST = 10_000
_MOST = 200
"""Values that are looked for."""
_END = 4
"""Characters that must be left of both ends of a shortened secret; twice as many where only one is."""
_WINDOW = 300
"""Characters on each side of an ellipsis that are looked at."""
_FOLDERS = frozenset({"PWD", "OLDPWD"})
_PLAIN = re.compile(r"(?:[a-z]+|[A-Z]+|[A-Z][a-z]+)(?:[-_. /:](?:[a-z]+|[A-Z]+|[A-Z][a-z]+))*")
_PLACE = re.compile(r"(?:~|\.{0,2})/|[A-Za-z]:[\\/]")
_ELLIPSIS = re.compile(r"\.{3}|\u2026")


@dataclass(frozen=True)
class KnownSecrets:
    """Values that must not be shown."""

    values: tuple[str, ...]
    """As the environment holds them, and the lines of those that have several."""
    pattern: re.Pattern[str]
    """Any of them, also as JSON, `repr` or a URL write it."""

    def hide(self, text: str, by: str) -> str:
        """The text with `by` in the place of each value, whole or shortened."""
        text = self.pattern.sub(lambda _: by, text)
        if "..." not in text and "\u2026" not in text:
            return text
        pieces, done = [], 0
        for match in _ELLIPSIS.finditer(text):
            start, end = self._around(text, match.start(), match.end())
            if start < end and start >= done:
                pieces += [text[done:start], by]
                done = end
        return "".join(pieces) + text[done:]

    def _around(self, text: str, start: int, end: int) -> tuple[int, int]:
        """From where to where a value stands of which an ellipsis left the ends; the same place twice: none does."""
        before, after = text[max(start - _WINDOW, 0) : start], text[end : end + _WINDOW]
        if len(before) < _END and len(after) < _END:
            return start, start
        for value in self.values:
            head = _head(value, before) if len(before) >= _END and before[-_END:] in value else 0
            tail = _head(value[::-1], after[::-1]) if len(after) >= _END and after[:_END] in value else 0
            if (head and tail) or max(head, tail) >= 2 * _END:
                return start - head, end + tail
        return start, start


def _head(value: str, before: str) -> int:
    """How many characters of a value's beginning a text ends with, at least `_END`; else 0."""
    last = before[-_END:]
    at = value.rfind(last, 0, len(before))
    while at >= 0:
        if before.endswith(value[: at + _END]):
            return at + _END
        at = value.rfind(last, 0, at + _END - 1)
    return 0


def known_secrets(environ: Mapping[str, str], named: re.Pattern[str]) -> KnownSecrets | None:
    """The secrets of an environment; None where it has none.

    Args:
        environ: variables and their values.
        named: how a variable is named that holds a secret.

    """
    values: dict[str, None] = {}
    for name, value in environ.items():
        told = value.strip()[:_LONGEST]
        if name not in _FOLDERS and named.search(name) and is_telling(told):
            values[told] = None
            lines = [line.strip() for line in told.splitlines()]
            values.update(dict.fromkeys(line for line in lines if len(line) >= _WORD and is_telling(line)))
    if not values:
        return None
    kept = tuple(sorted(values, key=len, reverse=True)[:_MOST])
    return KnownSecrets(kept, _pattern(kept))


def is_telling(value: str) -> bool:
    """Whether a value can be a secret, and not a word, a flag or a place.

    >>> is_telling("hunter2-hunter2"), is_telling("postgres"), is_telling("/run/secrets/db"), is_telling("test_user")
    (True, False, False, False)
    """
    if len(value) < SHORTEST or len(set(value)) < 3:
        return False
    if _PLAIN.fullmatch(value):
        return len(value) >= (_WORD if value.isalpha() else _WORDS)
    if not _PLACE.match(value):
        return True
    folder = os.path.dirname(value)  # noqa: PTH120 - a value that no Path can hold
    return not (os.path.lexists(value) or (len(folder) > 2 and os.path.isdir(folder)))  # noqa: PTH112 - as above


def _pattern(values: Iterable[str]) -> re.Pattern[str]:
    written: dict[str, None] = {}
    for value in values:
        for form in (value, repr(value)[1:-1], json.dumps(value)[1:-1], quote(value, safe="", errors="replace")):
            written[form] = None
    longest_first = sorted(written, key=len, reverse=True)
    return re.compile("|".join(map(_alone, longest_first)))


def _alone(value: str) -> str:
    text = re.escape(value)
    return text if len(value) >= _INSIDE else rf"(?<![A-Za-z0-9]){text}(?![A-Za-z0-9])"
