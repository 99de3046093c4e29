"""The second reading of a file that is not well-formed in a way that runners are known for: mended, and counted.

Nothing is guessed about the cases: every mend is of what stands around or between them, or of single characters that
XML cannot hold. What expat then still refuses is a problem like any other.

    &#x7;                   mocha's xunit reporter writes control characters as references, which XML 1.0 forbids
    ]]>                     node's reporter and behave write it raw
    <?xml …?> in the middle `cargo test` writes one document for each of its binaries into one output
    words before the root   a reporter that prints to standard output prints after everything else that did
"""

from __future__ import annotations

import re

_ROOT = re.compile(rb"<\?xml\s|<testsuites?[\s/>]")
_UNIT = re.compile(
    rb"<!\[CDATA\[|\]\]>|<\?xml[^<>]{0,200}\?>"
    rb"|&#(?:[xX]0{0,9}(?P<hex>[0-8bBcCeEfF]|1[0-9a-fA-F])|0{0,9}(?P<number>[0-8]|1[124-9]|2[0-9]|3[01]));"
)
_UNFINISHED = 240
"""Bytes at the end of a piece that may begin something which the next one ends."""
PATIENCE = 1 << 20
"""Bytes before the first element, at most: further on no report begins."""
OPENING, CLOSING = b"<testsuites>", b"</testsuites>"


class Repair:
    """Feeds on a file's pieces in turn; a root of its own holds the documents that it finds."""

    def __init__(self) -> None:
        self.characters = 0
        """So many were replaced."""
        self.documents = 0
        """So many begin with a declaration."""
        self.hopeless = False
        """No element of a report stands near the beginning."""
        self.words = False
        """Something that is no XML stood before the first element."""
        self._literal = False
        """Inside `<![CDATA[`."""
        self._started = False
        self._held = b""
        self._passed = 0

    def feed(self, piece: bytes) -> bytes:
        """The piece, mended; its last bytes may come with the next one, all of them with the empty last one."""
        data, last = self._held + piece, not piece
        self._held = b""
        if not self._started:
            root = _ROOT.search(data)
            if root is None and not last:
                self._held = data[-_UNFINISHED:]
                self._passed += len(piece)
                self.hopeless = self._passed > PATIENCE
                return b""
            if root is not None:
                self.words = bool(data[: root.start()].strip(b"\xef\xbb\xbf \t\r\n"))
                data = data[root.start() :]
            self._started = True
            return OPENING + self._mended(data, last=last)
        return self._mended(data, last=last)

    def _mended(self, data: bytes, *, last: bool) -> bytes:
        if not last:
            cut = _unfinished(data)
            data, self._held = data[:cut], data[cut:]
        return _UNIT.sub(self._one, data) + (CLOSING if last else b"")

    def _one(self, found: re.Match[bytes]) -> bytes:
        unit = found[0]
        if unit == b"<![CDATA[":
            self._literal = True
        elif unit == b"]]>":
            if not self._literal:
                self.characters += 1
                return b"]]&gt;"
            self._literal = False
        elif self._literal:
            return unit
        elif unit.startswith(b"<?"):
            self.documents += 1
            return b""
        else:
            self.characters += 1
            return b"#x%02X" % (int(found["hex"], 16) if found["hex"] else int(found["number"]))
        return unit


def _unfinished(data: bytes) -> int:
    """Where the end of a piece begins that the next one may complete; its length where nothing does."""
    size = len(data)
    cut = size - 2 if data.endswith(b"]]") else size - data.endswith(b"]")
    for begin, end in ((b"<", b">"), (b"&", b";")):
        at = data.rfind(begin, max(size - _UNFINISHED, 0))
        if at >= 0 and end not in data[at:]:
            cut = min(cut, at)
    return cut
