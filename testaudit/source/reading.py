"""Bytes on disk -> text and tree, or the reason why not.

Everything that a hostile or merely old file can do to a parser ends here: byte order marks, declared encodings, null
bytes, expressions nested too deep, files too large, files that may not be read.
"""

from __future__ import annotations

import ast
import codecs
import gc
import re
import stat
import threading
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

MAX_BYTES = 8_000_000
"""A larger file is data: 50,000 lines of tests are about 2 MB."""

_FIRST_LINES = re.compile(rb"([^\r\n]*)(?:\r\n?|\n)?([^\r\n]*)")
_COOKIE = re.compile(rb"[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")
_NO_CODE = re.compile(rb"[ \t\f]*(?:#.*)?\Z")
_UTF_8 = re.compile(r"utf-8(-.*)?\Z")
_LATIN_1 = re.compile(r"(latin-1|iso-8859-1|iso-latin-1)(-.*)?\Z")
_LOCK = threading.Lock()


class _Collector:
    """Keeps the garbage collector off while somebody builds trees: they are nothing but new containers, none garbage.

    With it on, a walk over a large suite takes five times as long: each collection visits every tree again.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._users = 0
        self._was_on = False

    def __enter__(self) -> None:
        with self._lock:
            if not self._users:
                self._was_on = gc.isenabled()
                gc.disable()
            self._users += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._users -= 1
            if not self._users and self._was_on:
                gc.enable()


collector_off = _Collector()
"""`with collector_off:` - nestable, from any thread."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A file that could not be examined."""

    path: str
    why: str


def read_text(file: Path, path: str) -> str | Unreadable:
    """The file's text with line feeds as line ends and without byte order mark, or why it cannot be read."""
    data = read_data(file, path)
    return decode(data, path) if isinstance(data, bytes) else data


def read_data(file: Path, path: str) -> bytes | Unreadable:
    """The file's bytes, or why it cannot be read."""
    try:
        found = file.stat()
        if not stat.S_ISREG(found.st_mode):
            # A pipe would never end, a device neither.
            return Unreadable(path, "is no regular file")
        if found.st_size > MAX_BYTES:
            return Unreadable(path, f"too large: over {MAX_BYTES // 1_000_000} MB")
        return file.read_bytes()
    except PermissionError:
        return Unreadable(path, "permission denied")
    except OSError as error:
        return Unreadable(path, f"cannot be read: {error.strerror or error}")


def decode(data: bytes, path: str) -> str | Unreadable:
    """Decode as Python does: byte order mark, then the declared encoding of the first two lines, then UTF-8."""
    encoding = _declared(data)
    if data.startswith(codecs.BOM_UTF8):
        data = data[len(codecs.BOM_UTF8) :]
        if encoding != "utf-8":
            return Unreadable(path, f"declares {encoding[:100]}, and begins as UTF-8 does")
    if b"\0" in data:
        return Unreadable(path, "contains null bytes")
    try:
        text = data.decode(encoding)
        if encoding != "utf-8":
            # Some codecs make characters of it that no text can hold.
            text.encode()
    except UnicodeDecodeError as error:
        line_number = data.count(b"\n", 0, error.start) + 1
        return Unreadable(path, f"is not {encoding}: line {line_number}")
    except LookupError:
        return Unreadable(path, f"declares an unknown encoding: {encoding[:100]}")
    except ValueError:
        return Unreadable(path, f"is not {encoding}")
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def _declared(data: bytes) -> str:
    """The encoding that the first two lines declare, as Python names it; the second one counts below a comment."""
    lines = _FIRST_LINES.match(data.removeprefix(codecs.BOM_UTF8))
    for line in lines.groups() if lines is not None else ():
        if found := _COOKIE.match(line):
            # Emacs writes the line ends behind it: utf-8-unix.
            name = found[1].decode("ascii", "replace")
            plain = name[:12].lower().replace("_", "-")
            return "utf-8" if _UTF_8.match(plain) else "iso-8859-1" if _LATIN_1.match(plain) else name
        if not _NO_CODE.match(line):
            break
    return "utf-8"


def parse(text: str, path: str) -> ast.Module | Unreadable:
    """Parse; every way in which that can fail becomes a reason."""
    # The lock: `catch_warnings` changes state that all threads share.
    with _LOCK, collector_off, warnings.catch_warnings():
        # An invalid escape in somebody's test is no warning of ours, and no error under `-W error`.
        warnings.simplefilter("ignore")
        try:
            return ast.parse(text)
        except SyntaxError as error:
            return Unreadable(path, f"syntax error in line {error.lineno or 1}: {error.msg}")
        except (RecursionError, MemoryError):
            return Unreadable(path, "nested too deep to parse")
        except ValueError as error:
            return Unreadable(path, f"cannot be parsed: {error}")
