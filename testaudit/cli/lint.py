"""`testaudit lint`: the static rules alone; nothing of the project is executed, ever."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from testaudit.cli.options import ConfidenceOption, IgnoreOption, OutputOption, SelectOption

if TYPE_CHECKING:
    from testaudit.model import Audit

CONTEXT: dict[str, object] = {}
_LEVELS = ("error", "warning", "info", "never")
_STDIN_LIMIT = 32_000_000


def command(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(metavar="PATH...", help="Projects, folders or files (default: here); - reads standard input."),
    ] = None,
    stdin_filename: Annotated[
        str | None, typer.Option(metavar="FILE", help="What the text on standard input is called.")
    ] = None,
    fail_on: Annotated[
        str, typer.Option(metavar="LEVEL", help="Fail on findings from this severity on: error, warning, info, never.")
    ] = "warning",
    select: SelectOption = None,
    ignore: IgnoreOption = None,
    confidence: ConfidenceOption = None,
    since: Annotated[
        str, typer.Option(metavar="REV", help="What the merge base with this revision had is old, and does not fail.")
    ] = "",
    output: OutputOption = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="The count alone.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="With evidence and remedies.")] = False,
) -> int:
    """Look at test sources without executing anything: for editors, pre-commit, and a quick look."""
    from testaudit.cli import outputs as out
    from testaudit.cli.scan import detail_of, names
    from testaudit.errors import UsageError
    from testaudit.report import terminal

    if fail_on not in _LEVELS:
        message = f"--fail-on {fail_on!r} is no severity."
        raise UsageError(message, f"Use one of: {', '.join(_LEVELS)}.")
    wanted = out.read_outputs(output or [])
    detail = detail_of(quiet=quiet, verbose=verbose)
    given = paths or [Path()]
    audit = _audit(given, stdin_filename, names(select), names(ignore), confidence, since)
    if wanted.shown == "terminal":
        out.write_files(out.Texts(audit), wanted, detail)
        terminal.render_findings(audit, terminal.console(), detail=detail)
    else:
        out.write(out.Texts(audit), wanted, detail)
    return _exit_code(audit, fail_on)


def _audit(
    given: list[Path],
    stdin_filename: str | None,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    confidence: str | None,
    since: str,
) -> Audit:
    from testaudit.cli.scan import make_options
    from testaudit.config import load
    from testaudit.errors import UsageError
    from testaudit.fleet import combine
    from testaudit.lint import lint
    from testaudit.projects import find_root, members

    if Path("-") in given:
        if len(given) > 1 or not stdin_filename:
            message = "Standard input needs to be alone, and needs a name."
            raise UsageError(message, "Use: testaudit lint - --stdin-filename tests/test_x.py < FILE")
        return _standard_input(Path(stdin_filename), select, ignore, confidence, since)
    by_root: dict[Path, list[Path]] = {}
    for path in given:
        by_root.setdefault(find_root(path), []).append(path.resolve())
    audits = []
    for root, parts in by_root.items():
        options = make_options(
            root, load(root), root, run=False, select=select, ignore=ignore, confidence=confidence, since=since
        )
        if root not in parts:
            audits.append(lint(options.only(tuple(parts))))
        elif options.config.members:
            found = [lint(options.at(member, load(member))) for member in members(root, options.config)]
            audits.append(combine(found, root))
        else:
            audits.append(lint(options))
    return audits[0] if len(audits) == 1 else combine(audits, Path.cwd())


def _standard_input(
    name: Path, select: tuple[str, ...], ignore: tuple[str, ...], confidence: str | None, since: str
) -> Audit:
    from testaudit.cli.scan import make_options
    from testaudit.config import load
    from testaudit.errors import UsageError
    from testaudit.lint import lint_text
    from testaudit.projects import find_root

    folder = name.parent if name.parent.is_dir() else Path()
    root = find_root(folder)
    options = make_options(
        root, load(root), root, run=False, select=select, ignore=ignore, confidence=confidence, since=since
    )
    data = sys.stdin.buffer.read(_STDIN_LIMIT + 1)
    if len(data) > _STDIN_LIMIT:
        message = f"Standard input holds more than {_STDIN_LIMIT // 1_000_000} MB."
        raise UsageError(message, "A test file is smaller; check what is piped in.")
    absolute = (Path.cwd() / name).resolve()
    path = absolute.relative_to(root).as_posix() if absolute.is_relative_to(root) else name.name
    return lint_text(options, path, data)


def _exit_code(audit: Audit, fail_on: str) -> int:
    """1 for a finding that is shown, at or above the level, and not known to be old; or a file that was not read."""
    if audit.incomplete:
        return 1
    if fail_on == "never":
        return 0
    limit = _LEVELS.index(fail_on)
    return int(
        any(
            _LEVELS.index(finding.severity) <= limit and finding.new is not False
            for finding in audit.findings
            if finding.confidence == "high" or audit.confidence == "medium"
        )
    )
