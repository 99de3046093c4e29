"""How a secret is named, how text gives a name its value, and where a failed comparison shows such a value again.

Shapes of code, `repr`, JSON and shells. Text is hostile here too: every pattern takes linear time.
"""

from __future__ import annotations

import re

from testaudit.masking.known_secrets import is_telling

_STRONG = (
    r"passw(?:or)?d|passphrase|pass_?phrase|secret|(?<!allow.)credential|api[_-]?key|private[_-]?key|access[_-]?key|auth[_-]?key"
    r"|signing[_-]?key|encryption[_-]?key|account[_-]?key|ssh[_-]?key|auth[_-]?token|access[_-]?token|refresh[_-]?token"
    r"|session[_-]?token"
)
_SUFFIX = r"(?!_?(?:count|len|length|file|path|dir|policy|type|field|url|name|class|form|enabled|required)s?\b)\w{0,40}"
_WEAK = r"(?:(?<![A-Za-z])(?:pwd|pass)|(?<![A-Za-z])token|(?<=[A-Za-z0-9]_)token|(?<=[a-z])Token)(?:_value|\d{1,3})?"
NAME = rf"(?=[aceprst])(?:(?:{_STRONG}){_SUFFIX}|{_WEAK}(?!\w))"
"""The first letters stand in front: looking at one character before trying twenty words is three times as fast."""
_ANNOTATION = r"(?:[ \t]{0,8}:[ \t]{0,8}[\w.\[\], |]{1,60}(?=[ \t]{0,8}=(?!=)))?"
_QUOTE = r"(?:\\{0,4}[\"'])?"
_NO_VALUE = (
    r"(?!(?:None|True|False|null|true|false|str|int|bytes|bool|Any|object|SecretStr)\b"
    r"|\.\.\.|\*\*\*(?![^\s,;&'\")}\]]))"
)
_VALUE = (
    r"(?P<prefix>[bBrRuUfF]{0,2})(?:"
    r"(?P<triple>'''|\"\"\")(?P<long>[^'\"]*)"
    r"|(?P<escaped>\\{1,4}[\"'])(?P<inner>[^\"'\\\r\n]*)"
    r"|(?P<quote>[\"'])(?P<text>(?:[^\"'\\\r\n]|\\[^\r\n]|(?!(?P=quote))[\"'])*)"
    r"|(?P<bare>[^\s,;&\"'()\[\]{}<>\\]+)(?P<call>[(\[{<\\][^\r\n]*)?"
    r"|(?P<group>[(\[{<][^\r\n]*)"
    r")"
)
ASSIGNED = re.compile(
    rf"(?P<head>{NAME}{_QUOTE}{_ANNOTATION}\]?[ \t]{{0,20}}(?P<sep>:=|=>|[=!]=|=|:)[ \t]{{0,20}}){_NO_VALUE}{_VALUE}",
    re.IGNORECASE,
)

# ---------------------------------------------------------------- what a comparison shows again

COMPARED = "assert"
"""Stands in every text of a failed comparison, in lower case."""
_MOST_NAMED = 20
"""Values that one text may name."""
_LITERAL = r"[bBrRuU]?(?P<quote>[\"'])(?P<text>[^\"'\\\r\n]{4,300})(?P=quote)"
_ANY_LITERAL = re.compile(_LITERAL)
_OPERAND = r"[\w.\[\]()'\"]{0,80}?"
_STATED = re.compile(
    r"^>[^\r\n]{0,200}?\bassert(?:"
    rf"\w{{0,40}}\([ \t\r\n]{{0,40}}{_OPERAND}{NAME}['\"\])(]{{0,4}},"
    rf"|[ \t\r\n(]{{1,40}}{_OPERAND}{NAME}['\"\])(]{{0,4}}[ \t\r\n]{{1,40}}(?:[!=]=|in|not in)\s"
    rf"|[ \t\r\n(][^\r\n]{{1,200}}?\s(?:[!=]=|in)[ \t\r\n]{{1,40}}[\w.]{{0,80}}?{NAME}[)(]{{0,4}}[ \t]{{0,4}}(?:,|$))",
    re.IGNORECASE | re.MULTILINE,
)
"""The statement that pytest marks, where it asserts something of a name like a secret's."""
_SHOWN = re.compile(
    rf"^(?:E[ \t]{{1,20}})?(?:\w{{1,40}}: )?(?:assert )?{_LITERAL} (?:[=!]=|in|not in) (?P<right>[^\r\n]{{0,400}})",
    re.MULTILINE,
)
_WHERE = re.compile(
    rf"\b(?:where|and)[ \t]{{1,4}}{_LITERAL} = [^\r\n]{{0,300}}?[.'\" ]{NAME}(?=[\w'\"\])]{{0,40}}(?:\(|$))",
    re.IGNORECASE | re.MULTILINE,
)
"""`where 'abc' = <User ada>.password`"""


def named_in(text: str) -> tuple[str, ...]:
    """The values that a text of a failed comparison ascribes to names like secrets' names."""
    if COMPARED not in text.lower():
        return ()
    found = {match["text"]: None for match in _WHERE.finditer(text)}
    if _STATED.search(text):
        for match in _SHOWN.finditer(text):
            found[match["text"]] = None
            found.update(dict.fromkeys(other["text"] for other in _ANY_LITERAL.finditer(match["right"])))
    found.update(dict.fromkeys(match["text"] for match in ASSIGNED.finditer(text) if _is_literal(match)))
    return tuple(value for value in found if value.strip("*. "))[:_MOST_NAMED]


def _is_literal(match: re.Match[str]) -> bool:
    return match["quote"] is not None and 4 <= len(match["text"]) <= 300


def without(text: str, values: tuple[str, ...], by: str) -> str:
    """The text with `by` for these values: in quotes, alone on a line of a diff; anywhere, where they are no words."""
    for value in values:
        if value not in text:
            continue
        if is_telling(value):
            text = text.replace(value, by)
            continue
        shown = rf"(?P<quote>[\"']){re.escape(value)}(?=[\"'])|^(?P<diff>E?[ \t]{{0,12}}[-+] ){re.escape(value)}$"
        text = re.sub(shown, lambda match: (match["quote"] or match["diff"]) + by, text, flags=re.MULTILINE)
    return text
