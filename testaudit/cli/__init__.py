"""One command a file: argv -> options, Audit -> text, verdict -> exit code. No logic; `--help` pays for no import."""

from __future__ import annotations

import contextlib
import functools
from typing import TYPE_CHECKING, Annotated

import typer

from testaudit import __version__
from testaudit.cli import baseline, demo, explain, gate, init, lint, quarantine, report, scan, schema

if TYPE_CHECKING:
    from collections.abc import Callable


class _Interrupted(Exception):  # noqa: N818 - no error: it carries Ctrl-C or SIGTERM past typer
    def __init__(self, interrupt: KeyboardInterrupt) -> None:
        super().__init__()
        self.interrupt = interrupt


def _carrying(command: Callable[..., int]) -> Callable[..., int]:
    """The command, whose interrupts typer does not see: it would make the code of Ctrl-C of each."""

    @functools.wraps(command)
    def carrying(*args: object, **options: object) -> int:
        try:
            return command(*args, **options)
        except KeyboardInterrupt as interrupt:
            raise _Interrupted(interrupt) from None

    return carrying


app = typer.Typer(
    name="testaudit",
    help="Does this test suite deserve trust, why not, what does that cost, and what to do first?",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    rich_markup_mode=None,
)
for command in (scan, gate, lint, report, explain, init, schema, demo):
    app.command(name=command.__name__.rpartition(".")[2], context_settings=command.CONTEXT)(_carrying(command.command))
for group in (baseline, quarantine):
    sub = typer.Typer(help=group.HELP, no_args_is_help=True, rich_markup_mode=None)
    for name, action in group.COMMANDS.items():
        sub.command(name=name)(_carrying(action))
    app.add_typer(sub, name=group.__name__.rpartition(".")[2])


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


def _harmless(text: str) -> str:
    """What was typed, quoted in an error: without a secret in it, and no command to a CI server."""
    from testaudit.masking.interface import clean, mask
    from testaudit.report.workflow_commands import harmless_lines

    return harmless_lines(clean(mask(text)))


def invoke(argv: list[str]) -> int:
    """Run one command line; the exit code. What stands after `--` is pytest's and never ours to read."""
    own, pytest_args = argv, None
    if "--" in argv and (argv[0] == "scan" or argv[:2] == ["baseline", "write"]):
        at = argv.index("--")
        own, pytest_args = argv[:at], tuple(argv[at + 1 :])
    try:
        result = app(own, standalone_mode=False, prog_name="testaudit", obj=pytest_args)
    except _Interrupted as carried:
        raise carried.interrupt from None
    except typer.Exit as ended:
        return ended.exit_code
    except typer.Abort:
        raise KeyboardInterrupt from None
    except Exception as error:
        # typer's own errors of usage: their class is click's, which newer versions of typer carry inside.
        show, code = getattr(error, "show", None), getattr(error, "exit_code", None)
        if not callable(show) or not isinstance(code, int):
            raise
        if isinstance(said := getattr(error, "message", None), str):
            error.message = _harmless(said)  # type: ignore[attr-defined]  # it has one, as was asked just now
        with contextlib.suppress(BrokenPipeError):
            show()
        return code
    return result if isinstance(result, int) else 0
