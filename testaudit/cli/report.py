"""`testaudit report`: any format again, from a saved audit."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from testaudit.cli.options import OutputOption, QuietOption, VerboseOption

CONTEXT: dict[str, object] = {}


def command(
    audit: Annotated[
        Path | None, typer.Argument(metavar="AUDIT", help="A saved audit (default: the last scan's, here).")
    ] = None,
    output: OutputOption = None,
    quiet: QuietOption = False,
    verbose: VerboseOption = False,
) -> int:
    """Show a saved audit again, in any format. Answers 0 whatever the verdict was."""
    from testaudit.cli.outputs import Texts, read_outputs, write
    from testaudit.cli.scan import detail_of
    from testaudit.earlier import LAST
    from testaudit.errors import ImpossibleError
    from testaudit.projects import find_root
    from testaudit.report import json_v1

    outputs = read_outputs(output or [])
    path = audit or find_root(Path()) / LAST
    try:
        data = path.read_bytes()
    except OSError as error:
        message = f"{path} cannot be read: {error.strerror or error}."
        hint = (
            "Run `testaudit scan` first, or name an audit: testaudit report FILE."
            if audit is None
            else "Name a file that `testaudit scan --output json=FILE` wrote."
        )
        raise ImpossibleError(message, hint) from error
    write(Texts(json_v1.load(data, name=str(path))), outputs, detail_of(quiet=quiet, verbose=verbose))
    return 0
