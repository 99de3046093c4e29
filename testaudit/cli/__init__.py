"""One command a file: argv -> options, Audit -> text, verdict -> exit code. No logic; `--help` pays for no import."""

from __future__ import annotations

import contextlib
from typing import Annotated

import typer

from testaudit import __version__
from testaudit.cli import demo, explain, lint, report, scan, schema

app = typer.Typer(
    name="testaudit",
    help="Does this test suite deserve trust, why not, what does that cost, and what to do first?",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    rich_markup_mode=None,
)
for command in (scan, lint, report, explain, schema, demo):
    app.command(name=command.__name__.rpartition(".")[2], context_settings=command.CONTEXT)(command.command)


def _version(value: bool) -> None:
    if value:
        typer.echo(f"testaudit {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    pass


def invoke(argv: list[str]) -> int:
    """Run one command line; the exit code. What stands after `--` is pytest's and never ours to read."""
    own, pytest_args = argv, None
    if "--" in argv and argv[0] == "scan":
        at = argv.index("--")
        own, pytest_args = argv[:at], tuple(argv[at + 1 :])
    try:
        result = app(own, standalone_mode=False, prog_name="testaudit", obj=pytest_args)
    except typer.Exit as ended:
        return ended.exit_code
    except typer.Abort:
        raise KeyboardInterrupt from None
    except Exception as error:
        # typer's own errors of usage: their class is click's, which newer versions of typer carry inside.
        show, code = getattr(error, "show", None), getattr(error, "exit_code", None)
        if not callable(show) or not isinstance(code, int):
            raise
        with contextlib.suppress(BrokenPipeError):
            show()
        return code
    return result if isinstance(result, int) else 0
