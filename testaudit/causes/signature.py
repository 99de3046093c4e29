"""Which failures are the same one: what varies from run to run and from test to test is taken out of the message."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from testaudit.model import Trouble

_LENGTH = 300
_VARYING = re.compile(
    r"(?P<uuid>\b[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\b)"
    r"|(?P<address>\b0x[0-9a-fA-F]+\b)"
    r"|(?P<time>\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?\b)"
    r"|(?P<path>(?<![\w.])/(?:tmp|var|private|home|root|Users)/[\w./+@-]+)"
    r"|(?P<hash>\b(?=[0-9a-f]*\d)[0-9a-f]{12,}\b)"
    r"|(?P<number>(?<![\w.])\d+(?:\.\d+)?(?:[eE][+-]?\d+)?\b)"
)


def normalise(message: str) -> str:
    """The first lines of a message without addresses, ids, times, temporary paths and numbers.

    >>> normalise("port 5432 refused at 0x7f3a")
    'port <number> refused at <address>'
    """
    head = " ".join(message.split())[:_LENGTH]
    return _VARYING.sub(lambda found: f"<{found.lastgroup}>", head)


def signature(trouble: Trouble) -> str:
    """`Type: message @ file:function`, without what varies."""
    frame = trouble.frame
    place = f" @ {frame.path}:{frame.function}" if frame is not None and frame.function else ""
    kind = trouble.type or ("" if trouble.phase != "collect" else "collection error")
    return f"{kind}: {normalise(trouble.message)}{place}" if kind else f"{normalise(trouble.message)}{place}"
