"""What a report is: a named format that turns an Audit into text.

A format is a module of this folder with a function `dump(audit) -> str`; it is imported when it is asked for, so that
its libraries cost nothing before. The terminal is the one view that writes to a console instead (`terminal.render`),
because its look depends on where it is shown.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Literal, Protocol, cast

from testaudit.errors import UsageError

if TYPE_CHECKING:
    from testaudit.model import Audit

Detail = Literal["quiet", "normal", "verbose"]
"""How much the terminal shows: the verdict's lines alone; what a person reads; everything, uncut."""
Stays = Literal["audit", "project", "nothing"]
"""What is there when the report is read: the saved audit and the project; the project alone; neither, in the demo."""


class Dump(Protocol):
    """A format's one function."""

    def __call__(self, audit: Audit) -> str:
        """The audit in this format."""
        ...


@dataclass(frozen=True, slots=True)
class Format:
    """A format that `--output` knows."""

    name: str
    summary: str
    """One line for the help."""
    module: str

    def dump(self, audit: Audit) -> str:
        """The audit in this format, as the whole text of a file."""
        return cast("Dump", import_module(self.module).dump)(audit)


TERMINAL = "terminal"
"""The format that is rendered on a console, by `testaudit.report.terminal`."""

FORMATS: tuple[Format, ...] = (
    Format("json", "the whole audit, for machines and for `testaudit report` later", "testaudit.report.json_v1"),
    Format("sarif", "findings for code scanning (SARIF 2.1.0)", "testaudit.report.sarif"),
    Format("markdown", "a comment for a pull request, under 65,536 characters", "testaudit.report.markdown"),
    Format("github", "annotations for GitHub Actions; adds the job summary there", "testaudit.report.github"),
    Format("gitlab", "findings for GitLab's code quality", "testaudit.report.gitlab"),
    Format("junit", "every test as JUnit XML", "testaudit.report.junit_xml"),
)

NAMES: tuple[str, ...] = (TERMINAL, *(entry.name for entry in FORMATS))
"""What `--output` accepts."""


def find(name: str) -> Format:
    """The format of this name; an unknown one is wrong use, and the nearest known name is offered."""
    for entry in FORMATS:
        if entry.name == name:
            return entry
    near = difflib.get_close_matches(name, NAMES, n=1)
    hint = f"Did you mean {near[0]}? " if near else ""
    message = f"There is no output format {name[:80]!r}."
    raise UsageError(message, f"{hint}The formats are: {', '.join(NAMES)}.")
