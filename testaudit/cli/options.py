"""The options that several commands share: one name, one meaning, one line of help."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

BaselineOption = Annotated[
    Path | None, typer.Option("--baseline", metavar="FILE", help="The baseline (default: .testaudit/baseline.json).")
]
SinceOption = Annotated[
    str, typer.Option("--since", metavar="REV", help="What the merge base with this revision had is old.")
]
EnvOption = Annotated[
    str, typer.Option("--env", metavar="NAME", help="Which environment this is: the row of a CI matrix.")
]
SelectOption = Annotated[
    list[str] | None, typer.Option("--select", metavar="RULE", help="Only these rules or anti-patterns.")
]
IgnoreOption = Annotated[
    list[str] | None, typer.Option("--ignore", metavar="RULE", help="Not these rules or anti-patterns.")
]
ConfidenceOption = Annotated[
    str | None,
    typer.Option("--confidence", metavar="high|medium", help="Show and gate findings from this confidence on."),
]
TimeoutOption = Annotated[
    float | None,
    typer.Option("--timeout", metavar="S", help="Seconds that one test may take (default 300).", min=0.1),
]
OutputOption = Annotated[
    list[str] | None,
    typer.Option(
        "--output",
        metavar="FORMAT[=FILE]",
        help="terminal (default), json, sarif, markdown, github, gitlab, junit; many times with =FILE.",
    ),
]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="The verdict alone.")]
VerboseOption = Annotated[bool, typer.Option("--verbose", "-v", help="Everything, uncut.")]
