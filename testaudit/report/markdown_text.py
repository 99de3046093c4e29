"""Text inside Markdown: as prose or as code, so that nothing in it is markup, a link, an image, or calls anybody.

Everything becomes one line. In prose what means something is escaped; behind the signs that GitHub and GitLab look for
in the finished page (`@name`, `#1`, `GH-1`, `https://`) stands an invisible character, because an escape would be gone
by then.
"""

from __future__ import annotations

import re

from testaudit.masking.interface import clean, mask
from testaudit.report.words import shorten

BREAK = "&#8203;"
"""An invisible character of no width."""
_ESCAPED = {
    **{sign: f"\\{sign}" for sign in "*_[]~!$"},
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    "|": "&#124;",
    "`": "&#96;",
    "\\": "&#92;",
    '"': "&quot;",
    "@": f"@{BREAK}",
    "#": f"\\#{BREAK}",
    ":": f":{BREAK}",
}
_SIGNS = re.compile(r'[*_\[\]~!$&<>|`\\"@#]|:(?=//|[a-z0-9_+-]+:)')
_CALLS = re.compile(r"\b(GH-|www)(?=[\d.])", re.IGNORECASE)
_LEADING = re.compile(r"^(?=[-+](?:[\s+-]|$)|=+\s*$|:|\d{1,9}[.)](?:\s|$))")
"""What would begin a list, a heading or a command where a line begins with it."""


class Markdown(str):
    """Text that is Markdown already."""

    __slots__ = ()


def line_of(text: str, limit: int) -> str:
    """Text from anywhere as one line of at most `limit` characters: masked, nothing hidden in it."""
    words = clean(mask(text)).replace("\t", " ").strip().replace("\n", " ⏎ ")
    return shorten(words, limit)


def prose(text: str, limit: int = 400) -> Markdown:
    r"""Text as prose, with code where it puts backticks around words.

    >>> prose("see <b>a|b</b> *now*")
    'see &lt;b&gt;a&#124;b&lt;/b&gt; \\*now\\*'
    """
    line = line_of(text, limit)
    pieces = line.split("`")
    if len(pieces) % 2 == 0 or not all(piece.strip() for piece in pieces[1::2]):
        return Markdown(_LEADING.sub(BREAK, _escaped(line)))
    # Between two backticks stands code here too; where two of them meet, something must keep them apart.
    made = [code(piece, limit) if at % 2 else _escaped(piece) for at, piece in enumerate(pieces)]
    made[2:-1:2] = [piece or BREAK for piece in made[2:-1:2]]
    return Markdown(_LEADING.sub(BREAK, "".join(made)))


def _escaped(text: str) -> str:
    text = _SIGNS.sub(lambda sign: _ESCAPED[sign[0]], text)
    return _CALLS.sub(lambda word: word[0] + BREAK, text)


def code(text: str, limit: int = 200) -> Markdown:
    r"""Text as code. A pipe would end a table's cell even there; so code has no place in a table.

    >>> code("a`b")
    '``a`b``'
    """
    # Where a comment is shown in a log of GitHub, this is a command wherever it stands.
    line = line_of(text, limit).replace("##[", "# #[")
    if not line:
        return Markdown("")
    longest = max((len(run) for run in re.findall("`+", line)), default=0)
    fence = "`" * (longest + 1)
    gap = " " if line[0] == "`" or line[-1] == "`" else ""
    return Markdown(f"{fence}{gap}{line}{gap}{fence}")
