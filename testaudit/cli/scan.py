"""`testaudit scan`: the whole audit."""

from __future__ import annotations

import contextlib
import gc
import os
import re
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from testaudit.cli.options import (
    BaselineOption,
    ConfidenceOption,
    EnvOption,
    IgnoreOption,
    OutputOption,
    QuietOption,
    SelectOption,
    SinceOption,
    TimeoutOption,
    VerboseOption,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

    from testaudit.cli.outputs import Outputs
    from testaudit.collect import Options
    from testaudit.config import Config
    from testaudit.engine.interface import Listener
    from testaudit.model import Audit
    from testaudit.report.interface import Detail, Stays

CONTEXT: dict[str, object] = {}
_SIGNALLED = 128


def command(
    ctx: typer.Context,
    path: Annotated[
        Path, typer.Argument(metavar="PATH", help="A project (default: here), or a folder or file in one.")
    ] = Path(),
    no_run: Annotated[bool, typer.Option("--no-run", help="Execute nothing: the static rules alone.")] = False,
    junit: Annotated[
        list[str] | None,
        typer.Option(metavar="FILE", help="Take results from JUnit XML (many times, globs) and run nothing."),
    ] = None,
    python: Annotated[
        str | None, typer.Option(metavar="EXE", help="The interpreter (or environment folder) that runs the tests.")
    ] = None,
    workers: Annotated[
        str,
        typer.Option("-n", metavar="N", help="Workers for pytest-xdist (a number or 'auto'), if the project has it."),
    ] = "",
    timeout: TimeoutOption = None,
    reruns: Annotated[
        int | None,
        typer.Option(
            metavar="N", help="How often failing tests run again, to tell why they fail (default 2).", min=0, max=100
        ),
    ] = None,
    select: SelectOption = None,
    ignore: IgnoreOption = None,
    confidence: ConfidenceOption = None,
    no_leaks: Annotated[bool, typer.Option("--no-leaks", help="Do not watch what tests leave behind.")] = False,
    deep: Annotated[bool, typer.Option("--deep", help="Measure which lines of the project each test reaches.")] = False,
    fail_under: Annotated[
        float | None,
        typer.Option(
            metavar="PCT",
            help="Pass rate below which the gate fails (default 95, and no failing test).",
            min=0,
            max=100,
        ),
    ] = None,
    baseline: BaselineOption = None,
    since: SinceOption = "",
    env: EnvOption = "",
    output: OutputOption = None,
    quiet: QuietOption = False,
    verbose: VerboseOption = False,
) -> int:
    """Collect, run, parse, classify, gate, report. Arguments after `--` go to pytest."""
    from testaudit.cli.outputs import read_outputs
    from testaudit.config import load
    from testaudit.projects import find_root

    outputs = read_outputs(output or [])
    if "::" in path.name and not os.path.lexists(path):
        from testaudit.errors import UsageError

        message = f"{path} is a node id; scan takes a project, or a folder or file in one."
        raise UsageError(message, f"Node ids are pytest's to read: testaudit scan -- {path}")
    root = find_root(path)
    config = load(root)
    options = make_options(
        root,
        config,
        path,
        run=not no_run,
        junit=tuple(junit or ()),
        python=python,
        workers=workers,
        timeout_s=timeout,
        reruns=reruns,
        leaks=not no_leaks,
        deep=deep,
        select=names(select),
        ignore=names(ignore),
        confidence=confidence,
        fail_under=fail_under,
        baseline=baseline,
        since=since,
        env=env,
        pytest_args=ctx.obj or (),
    )
    return audit_and_report(options, outputs, detail_of(quiet=quiet, verbose=verbose))


def names(values: list[str] | None) -> tuple[str, ...]:
    """Rule names, given many times or with commas between."""
    return tuple(name.strip() for value in values or () for name in value.split(",") if name.strip())


def detail_of(*, quiet: bool, verbose: bool) -> Detail:
    """How much is shown."""
    from testaudit.errors import UsageError

    if quiet and verbose:
        message = "--quiet and --verbose exclude each other."
        raise UsageError(message, "Leave one of them out.")
    return "quiet" if quiet else "verbose" if verbose else "normal"


def make_options(
    root: Path,
    config: Config,
    path: Path,
    *,
    run: bool = True,
    junit: tuple[str, ...] = (),
    python: str | None = None,
    workers: str = "",
    timeout_s: float | None = None,
    reruns: int | None = None,
    leaks: bool = True,
    deep: bool = False,
    select: tuple[str, ...] = (),
    ignore: tuple[str, ...] = (),
    confidence: str | None = None,
    fail_under: float | None = None,
    baseline: Path | None = None,
    since: str = "",
    env: str = "",
    pytest_args: tuple[str, ...] = (),
    new_baseline: bool = False,
) -> Options:
    """The command line over the configuration. `new_baseline`: the file that is named may not be there yet."""
    from testaudit.collect import Options
    from testaudit.errors import UsageError

    if confidence not in {None, "high", "medium"}:
        message = f"--confidence {confidence!r} is neither high nor medium."
        raise UsageError(message, "Use --confidence high or --confidence medium.")
    if workers and workers not in {"auto", "logical"} and not workers.isdigit():
        message = f"-n {workers!r} is no number of workers."
        raise UsageError(message, "Use a number, or auto.")
    if pytest_args and (junit or not run):
        message = f"{'--junit' if junit else '--no-run'} executes nothing, so arguments for pytest make no sense."
        raise UsageError(message, "Leave one of them out.")
    whole = path.resolve()
    return Options(
        root=root,
        config=config,
        parts=() if whole == root else (whole,),
        run=run,
        junit=_expand(junit),
        python=python,
        workers=workers,
        timeout_s=config.timeout if timeout_s is None else timeout_s,
        reruns=config.reruns if reruns is None else reruns,
        leaks=leaks,
        deep=deep,
        select=select,
        ignore=ignore,
        confidence="medium" if (confidence or config.confidence) == "medium" else "high",
        fail_under=config.fail_under if fail_under is None else fail_under,
        pytest_args=pytest_args,
        baseline=baseline,
        since=since,
        label=label_of(env),
        new_baseline=new_baseline,
    )


def label_of(env: str) -> str:
    """The name of an environment, as typed: it stands in a committed file."""
    from testaudit.errors import UsageError

    if env and not re.fullmatch(r"[\w.+@/ -]{1,80}", env):
        message = f"--env {env[:80]!r} is no name for an environment."
        raise UsageError(message, "Use letters, digits, dots and dashes, as linux-py3.12.")
    return env.strip()


def _expand(patterns: tuple[str, ...]) -> tuple[Path, ...]:
    """The files that the names and globs of `--junit` mean, each once."""
    import glob

    from testaudit.errors import ImpossibleError

    found: dict[str, None] = {}
    for pattern in patterns:
        files = [pattern] if os.path.lexists(pattern) else sorted(glob.iglob(pattern, recursive=True))  # noqa: PTH207 - absolute patterns too
        if not files:
            message = f"--junit {pattern!r} matches no file."
            raise ImpossibleError(message, "Check the path; a glob needs quotes: --junit 'reports/**/*.xml'.")
        found.update(dict.fromkeys(files))
    return tuple(Path(name) for name in found)


def audit_and_report(options: Options, outputs: Outputs, detail: Detail, *, stays: Stays = "audit") -> int:
    """Make the audit, write it everywhere, and turn its verdict into an exit code."""
    from testaudit.fleet import scan_all

    with scanning(options, quiet=detail == "quiet") as listener:
        audit = scan_all(options, listener, os.environ)
    return report_and_exit(audit, outputs, detail, root=options.root if stays == "audit" else None, stays=stays)


@contextlib.contextmanager
def scanning(options: Options, *, quiet: bool = False) -> Iterator[Listener]:
    """What a scan needs around it: its end by a signal in order, and progress where somebody looks."""
    from testaudit.engine.interface import Silence
    from testaudit.report.progress import Progress
    from testaudit.report.terminal import console

    # A run has a session of its own: whoever ends us must end it too, or it would go on without us.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _terminate)
    # Hundreds of thousands of values that live to the end: looking for garbage among them as often as usual is waste.
    gc.set_threshold(50_000, 20, 20)
    silent = quiet or not options.run or bool(options.junit)
    with contextlib.nullcontext(Silence()) if silent else Progress(console(stderr=True)) as listener:
        yield listener


def report_and_exit(
    audit: Audit, outputs: Outputs, detail: Detail, *, root: Path | None = None, stays: Stays = "project"
) -> int:
    """Write the audit everywhere, keep it below `root` where one is given, and turn its verdict into an exit code."""
    from testaudit.cli.outputs import Texts, keep_last, write

    texts = Texts(audit)
    problem = keep_last(texts, root) if root is not None else ""
    if problem:
        typer.echo(problem, err=True)
    write(texts, outputs, detail, stays="project" if problem else stays)
    return exit_code(audit)


def exit_code(audit: Audit) -> int:
    """0 green, 1 red, 3 nothing to judge, 128 + signal where somebody ended it (contract)."""
    if audit.ended_by:
        return _SIGNALLED + audit.ended_by
    if audit.impossible:
        from testaudit.cli.errors import say_impossible

        sys.stdout.flush()
        say_impossible(audit.impossible)
        return 3
    return 0 if audit.verdict is not None and audit.verdict.passed else 1


def _terminate(number: int, frame: FrameType | None) -> None:
    """SIGTERM ends the run in order, as Ctrl-C does."""
    del number, frame
    from testaudit.errors import Terminated

    raise Terminated
