"""`testaudit gate`: results that exist, judged against the baseline; runs nothing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from testaudit.cli.options import (
    BaselineOption,
    ConfidenceOption,
    EnvOption,
    OutputOption,
    QuietOption,
    SinceOption,
    VerboseOption,
)

if TYPE_CHECKING:
    from testaudit.collect import Options
    from testaudit.model import Audit, Confidence

CONTEXT: dict[str, object] = {}


def command(
    path: Annotated[Path, typer.Argument(metavar="PATH", help="The project (default: here).")] = Path(),
    junit: Annotated[
        list[str] | None,
        typer.Option(metavar="FILE", help="JUnit XML of any runner (many times, globs)."),
    ] = None,
    audit: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A saved audit (default: the last scan's, where it is fresh).")
    ] = None,
    baseline: BaselineOption = None,
    since: SinceOption = "",
    env: EnvOption = "",
    confidence: ConfidenceOption = None,
    fail_under: Annotated[
        float | None, typer.Option(metavar="PCT", help="Pass rate below which the gate fails.", min=0, max=100)
    ] = None,
    output: OutputOption = None,
    quiet: QuietOption = False,
    verbose: VerboseOption = False,
) -> int:
    """Judge results that exist against the baseline: any runner's JUnit files, or a saved audit. Runs nothing."""
    from testaudit.cli.outputs import read_outputs
    from testaudit.cli.scan import audit_and_report, detail_of, make_options, report_and_exit
    from testaudit.config import load
    from testaudit.errors import UsageError
    from testaudit.projects import find_root

    outputs, detail = read_outputs(output or []), detail_of(quiet=quiet, verbose=verbose)
    if junit and audit is not None:
        message = "--junit and --audit exclude each other."
        raise UsageError(message, "Leave one of them out.")
    root = find_root(path)
    options = make_options(
        root,
        load(root),
        path,
        run=False,
        junit=tuple(junit or ()),
        confidence=confidence,
        fail_under=fail_under,
        baseline=baseline,
        since=since,
        env=env,
    )
    if junit:
        return audit_and_report(options, outputs, detail, stays="project")
    saved = _saved(audit, options, options.confidence if confidence is not None else None)
    code = report_and_exit(saved, outputs, detail, stays="audit" if audit is None else "project")
    return 1 if saved.ended_by else code  # that run was ended, and this judgement of it was not


def _saved(file: Path | None, options: Options, confidence: Confidence | None) -> Audit:
    from testaudit.cli import results
    from testaudit.errors import ImpossibleError

    if file is not None:
        return results.from_file(file, options, confidence)[0]
    found, why = results.last(options)
    if found is None:
        message = f"There are no results to judge: {why}."
        raise ImpossibleError(message, "Name some (--junit FILE or --audit FILE), or run the tests: testaudit scan")
    return results.rejudged(found, options, confidence)[0]
