"""Sets of words, written as people read them."""

from __future__ import annotations

import re

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


def word_set(text: str) -> frozenset[str]:
    """The words of a text, set apart by white space."""
    return frozenset(text.split())


def words(name: str) -> frozenset[str]:
    """The lower-case words of a snake_case or CamelCase name."""
    return frozenset(word.lower() for word in _WORD.findall(name))
