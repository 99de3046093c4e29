"""GitHub's workflow commands: lines of a log that the runner obeys. How to write one, and how to let nobody forge one.

Azure's agent obeys `##vso[…]`, TeamCity's `##teamcity[…]`, each anywhere in a line and wherever it is written.

A runner reads `::name key=value,…::data` where a line begins so (blanks before it are skipped), and the older
`##[name]data` anywhere in a line. Between `::stop-commands::TOKEN` and `::TOKEN::` it obeys nothing. It keeps 4,096
characters of a message, and shows 10 errors, 10 warnings and 10 notices of a step.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import stat
import sys
from typing import TYPE_CHECKING, Literal

from testaudit.masking.interface import MASK, clean, mask

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import IO

Level = Literal["error", "warning", "notice"]
SHOWN = 10
"""Annotations of one level that GitHub shows of a step."""
MESSAGE = 1_500
"""Characters of a message: less than the runner's 4,096, also once it is escaped."""
TITLE = 200
_OLD_COMMAND = re.compile(r"##(?=\[)")
_FOREIGN_COMMAND = re.compile(r"##(?=(?:vso|teamcity)\[)", re.IGNORECASE)
_NEW_COMMAND = re.compile(r"^([^\S\n]*):(?=:)", re.MULTILINE)


def escape_data(text: str) -> str:
    r"""A message as one line that means itself.

    >>> escape_data("50 %\n::error::x")
    '50 %25%0A::error::x'
    """
    text = _OLD_COMMAND.sub("# #", text)
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def escape_property(text: str) -> str:
    """A value among the properties: it ends at a comma, and the properties at a colon.

    >>> escape_property("a,b: 1")
    'a%2Cb%3A 1'
    """
    return escape_data(text).replace(":", "%3A").replace(",", "%2C")


def command(level: Level, message: str, *, title: str = "", path: str = "", line: int = 0) -> str:
    """One annotation, on one line; `path` is relative to the repository."""
    named = [
        ("file", clean(mask(path))),
        ("line", str(line) if path and line > 0 else ""),
        ("title", _tidy(title, TITLE)),
    ]
    properties = ",".join(f"{key}={escape_property(value)}" for key, value in named if value)
    return f"::{level}{' ' if properties else ''}{properties}::{escape_data(_tidy(message, MESSAGE))}"


def _tidy(text: str, limit: int) -> str:
    text = clean(mask(text)).strip()
    return text if len(text) <= limit else text[: limit - 1].removesuffix(MASK[:1]) + "…"


# ---------------------------------------------------------------- text that is not ours


def obeyed(stream: IO[str]) -> bool:
    """Whether a runner of GitHub reads what is written there: not where it goes into a file."""
    if os.environ.get("GITHUB_ACTIONS") != "true" or stream is not sys.stdout:
        return False
    try:
        return not stat.S_ISREG(os.fstat(stream.fileno()).st_mode)
    except (OSError, ValueError):
        return True


@contextlib.contextmanager
def stopped(stream: IO[str]) -> Iterator[None]:
    """While this text is written, a runner of GitHub obeys nothing in it: text of the suite forges no annotation."""
    if not obeyed(stream):
        yield
        return
    token = secrets.token_hex(16)
    stream.write(f"::stop-commands::{token}\n")
    stream.flush()
    try:
        yield
    finally:
        stream.write(f"\n::{token}::\n")
        stream.flush()


def harmless_lines(text: str) -> str:
    r"""Lines for a log of any server, none of which is a command there.

    >>> harmless_lines("::error::x\n##vso[task.setvariable]")
    ': :error::x\n# #vso[task.setvariable]'
    """
    return _NEW_COMMAND.sub(r"\1: ", without_foreign(text).replace("##[", "# #["))


def without_foreign(text: str) -> str:
    """The text without a command of Azure's or TeamCity's agent: nothing that we could write first stops those."""
    return _FOREIGN_COMMAND.sub("# #", text)


def harmless_json(text: str) -> str:
    """JSON of the same value without a command in it, so that a pipe gets nothing but JSON."""
    return _OLD_COMMAND.sub(r"#\\u0023", text)


def harmless_xml(text: str) -> str:
    """XML of the same content without a command in it."""
    return _NEW_COMMAND.sub(r"\1&#58;", _OLD_COMMAND.sub("#&#35;", text))
