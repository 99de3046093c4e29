"""How an error looks: one sentence that names the thing, and the next step. On standard error, never a traceback."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
import tempfile
import traceback
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from testaudit.errors import AuditError

_LONGEST = 8_000
_NO_OUTPUT = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF})


def show(error: AuditError) -> None:
    """Print the message and the hint of one of our errors."""
    _say("error: ", error.message)
    if error.hint:
        _say("  next: ", error.hint)


def show_defect(error: BaseException) -> None:
    """Say that testaudit itself failed, and keep the traceback where a report of it can use it."""
    if isinstance(error, OSError) and error.errno in _NO_OUTPUT and error.filename is None:
        # No room behind standard output, or none at all: whatever we opened by name says its name.
        close_output()
        _say("error: ", f"standard output could not be written: {error.strerror}; read no verdict from it.")
        _say("  next: ", "Make room, or write to a file elsewhere: --output json=FILE")
        return
    kept = ""
    with contextlib.suppress(OSError):
        fd, kept = tempfile.mkstemp(prefix="testaudit-defect-", suffix=".txt")
        with os.fdopen(fd, "w", encoding="utf-8", errors="replace") as stream:
            traceback.print_exception(error, file=stream)
    _say("error: ", f"testaudit itself failed ({type(error).__name__}: {error}); nothing was judged.")
    _say("  next: ", f"Please report it with the file {kept}." if kept else "Please report it.")


def say_impossible(why: str) -> None:
    """Say once more, below a report that is longer, that nothing was judged."""
    _say("no audit was possible: ", why)


def _say(label: str, text: str) -> None:
    from testaudit.masking.interface import cap, clean, mask
    from testaudit.report.workflow_commands import harmless_lines

    with contextlib.suppress(OSError):
        typer.echo(
            typer.style(label, fg="cyan" if label == "  next: " else "red")
            + harmless_lines(clean(mask(cap(text, _LONGEST)))),
            err=True,
        )


def close_output() -> None:
    """Point standard output nowhere, so that Python's own flush at exit does not complain."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
