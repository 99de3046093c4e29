"""`testaudit baseline`: write the bar, show it, compare with it, accept what has to wait."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from testaudit.cli.options import BaselineOption, EnvOption, TimeoutOption

if TYPE_CHECKING:
    from datetime import date

    from testaudit.baseline.interface import Baseline
    from testaudit.collect import Options
    from testaudit.comparison.interface import Grounds
    from testaudit.errors import AuditError
    from testaudit.model import Audit, NodeId
    from testaudit.record import Written
    from testaudit.source.interface import Sources

HELP = "The bar that only rises: write, show, diff, accept, upgrade."

PathArgument = Annotated[Path, typer.Argument(metavar="PATH", help="The project (default: here).")]
AuditOption = Annotated[Path | None, typer.Option("--audit", metavar="FILE", help="Take results from a saved audit.")]
JunitOption = Annotated[
    list[str] | None, typer.Option("--junit", metavar="FILE", help="Take results from JUnit XML (many times, globs).")
]
UntilOption = Annotated[
    str | None, typer.Option(metavar="DATE", help="The last day on which a failure is excused (default: in 90 days).")
]


def write(
    ctx: typer.Context,
    path: PathArgument = Path(),
    audit: AuditOption = None,
    junit: JunitOption = None,
    env: EnvOption = "",
    baseline: BaselineOption = None,
    issue: Annotated[str, typer.Option(metavar="REF", help="What tracks today's failures, as PAY-12 or a URL.")] = "",
    owner: Annotated[str, typer.Option(metavar="WHO", help="Who answers for them.")] = "",
    until: UntilOption = None,
    lower: Annotated[bool, typer.Option("--lower", help="Lower the bar; needs --why.")] = False,
    why: Annotated[str, typer.Option(metavar="TEXT", help="Why the bar is lowered; kept in the file.")] = "",
    python: Annotated[
        str | None, typer.Option(metavar="EXE", help="The interpreter that runs the tests, where they have to run.")
    ] = None,
    workers: Annotated[str, typer.Option("-n", metavar="N", help="Workers for pytest-xdist, as in scan.")] = "",
    timeout: TimeoutOption = None,
) -> int:
    """Record today's state: from then on only what is new blocks. Uses the last scan where it is fresh, else scans."""
    import os
    import shlex

    from testaudit.baseline.made import Terms
    from testaudit.baseline.write import dump
    from testaudit.cli.scan import make_options
    from testaudit.config import load
    from testaudit.errors import UsageError
    from testaudit.grounds import baseline_path, shown, today
    from testaudit.projects import find_root
    from testaudit.record import record

    if lower != bool(why.strip()):
        message = "--lower and --why belong together."
        raise UsageError(message, 'Lower the bar with a reason: --lower --why "the feature is gone, #12"')
    root = find_root(path)
    options = make_options(
        root,
        load(root),
        path,
        junit=tuple(junit or ()),
        python=python,
        workers=workers,
        timeout_s=timeout,
        baseline=baseline,
        env=env,
        pytest_args=ctx.obj or (),
        new_baseline=True,
    )
    if options.parts:
        message = f"A baseline is written from the whole suite, and {path} is a part of it."
        raise UsageError(message, f"Name the project: testaudit baseline write {shlex.quote(os.path.relpath(root))}")
    last_day = _day(until)
    seen, grounds, sources = _results(audit, options)
    terms = Terms(grounds.label, today(), _kept(issue), _kept(owner), last_day, _kept(why))
    written = record(seen, sources, grounds, terms)
    file = baseline_path(options)[0]
    if written.lowers and not lower:
        return _refused(written, shown(file, root))
    _save(file, root, dump(written.baseline, resealed=True))
    _said(written, shown(file, root), grounds, lower=lower)
    return 0


def show(path: PathArgument = Path(), baseline: BaselineOption = None) -> int:
    """Show what the baseline holds: the bar of each environment, and what is excused until when."""
    from testaudit.report.baseline_page import render
    from testaudit.report.page import Page, console
    from testaudit.report.workflow_commands import stopped

    found, name, today = _read(path, baseline)
    page = Page(console(), "normal")
    with stopped(page.console.file):
        render(page, found, name, today)
    return 0


def diff(
    path: PathArgument = Path(),
    audit: AuditOption = None,
    junit: JunitOption = None,
    env: EnvOption = "",
    baseline: BaselineOption = None,
) -> int:
    """Show what changed since the baseline. Answers 0 whatever that is; takes the last scan where none is named."""
    from testaudit.cli import results
    from testaudit.cli.scan import make_options
    from testaudit.config import load
    from testaudit.errors import ImpossibleError
    from testaudit.projects import find_root
    from testaudit.report import section_comparison
    from testaudit.report.page import Page, console
    from testaudit.report.workflow_commands import stopped

    _read(path, baseline)
    root = find_root(path)
    options = make_options(root, load(root), path, run=False, junit=tuple(junit or ()), baseline=baseline, env=env)
    if audit is None and not junit:
        found, why = results.last(options)
        if found is None:
            message = f"There are no results to compare: {why}."
            raise ImpossibleError(message, "Name some (--junit FILE or --audit FILE), or run the tests: testaudit scan")
    seen, _, _ = _results(audit, options)
    page = Page(console(), "verbose")
    with stopped(page.console.file):
        section_comparison.comparison(page, seen, changes_alone=True)
    if not page.printed:
        page.line("Nothing changed since the baseline.")
    return 0


def accept(
    node_ids: Annotated[list[str], typer.Argument(metavar="NODEID...", help="Node ids or junit_keys.")],
    removed: Annotated[bool, typer.Option("--removed", help="They were meant to go; needs --why.")] = False,
    issue: Annotated[str, typer.Option(metavar="REF", help="What tracks the failure, as PAY-12 or a URL.")] = "",
    owner: Annotated[str, typer.Option(metavar="WHO", help="Who answers for it.")] = "",
    until: UntilOption = None,
    why: Annotated[str, typer.Option(metavar="TEXT", help="Why a test was removed; kept in the file.")] = "",
    baseline: BaselineOption = None,
) -> int:
    """Accept failures that are tracked by an issue, or (--removed) tests that were meant to go."""
    from testaudit import record
    from testaudit.baseline.write import dump
    from testaudit.errors import UsageError
    from testaudit.projects import find_root

    if removed == bool(issue.strip()) or removed != bool(why.strip()):
        message = "A failure is accepted with --issue, a removal with --removed and --why."
        raise UsageError(message, "As: testaudit baseline accept NODEID --issue PAY-12")
    root = find_root(Path())
    found, name, today = _read(Path(), baseline)
    issue, owner, why = _kept(issue), _kept(owner), _kept(why)
    names = [_node_id(name_) for name_ in node_ids]
    if removed:
        ids = [_known_to(found, name_, name) for name_ in names]
        changed = record.with_removed(found, ids, why=why, today=today)
    else:
        ids = [one for name_ in names for one in _failing(found, root, name_)]
        changed = record.with_known(found, ids, issue=issue, owner=owner, until=_day(until), today=today)
    _save(_file(root, baseline), root, dump(changed))
    what = f"meant to go: {why}" if removed else f"accepted, {issue}"
    for one in ids:
        _say(f"{one} is {what}")
    _say(f"Commit {name}: a reviewer sees it there.")
    return 0


def upgrade(path: PathArgument = Path(), baseline: BaselineOption = None) -> int:
    """Bring the file to today's format and order; what it says stays."""
    from testaudit.baseline.interface import VERSION
    from testaudit.baseline.write import dump
    from testaudit.projects import find_root

    root = find_root(path)
    found, name, _ = _read(path, baseline)
    file = _file(root, baseline)
    text = dump(found)
    if file.read_text(encoding="utf-8") == text:
        _say(f"{name} has version {VERSION}, the newest; nothing to do.")
        return 0
    _save(file, root, text)
    _say(f"{name} is in the format and order of version {VERSION} now.")
    return 0


COMMANDS = {"write": write, "show": show, "diff": diff, "accept": accept, "upgrade": upgrade}


# ---------------------------------------------------------------- results


def _results(file: Path | None, options: Options) -> tuple[Audit, Grounds, Sources]:
    """The audit that is recorded, judged against the baseline that stands."""
    import os

    from testaudit.cli import results
    from testaudit.cli.outputs import Texts, keep_last
    from testaudit.cli.scan import scanning
    from testaudit.errors import UsageError
    from testaudit.fleet import scan_all

    if file is not None:
        if options.junit:
            message = "--junit and --audit exclude each other."
            raise UsageError(message, "Leave one of them out.")
        return results.from_file(file, options)
    found, why = results.last(options) if not options.junit and not options.pytest_args else (None, "")
    if found is None:
        if why:
            _say(f"{why}: running the tests", err=True)
        with scanning(options) as listener:
            found = scan_all(options, listener, os.environ)
        if not options.junit:
            keep_last(Texts(found), options.root)
    return results.rejudged(found, options)


def _refused(written: Written, name: str) -> int:
    _say(f"{name} was not written: it would lower the bar.", err=True)
    for line in written.lowers:
        _say(f"  {line}", err=True)
    _say("Mend it; or lower the bar with a reason: testaudit baseline write --lower --why TEXT", err=True)
    return 1


def _said(written: Written, name: str, grounds: Grounds, *, lower: bool) -> None:
    from testaudit.report.words import count, percent

    baseline = written.baseline
    bar = baseline.bar(grounds.label)
    rate = percent(bar.pass_rate if bar is not None else None)
    counted = bar.collected if bar is not None else 0
    _say(f"{name}: {count(counted, 'test')}, pass rate {rate}, environment {grounds.label}")
    known, findings = count(len(baseline.known), "known failure"), count(len(baseline.findings), "finding")
    _say(f"  {known} and {findings} accepted")
    if lower:
        _say(f"  lowered, with its reason on record: {baseline.lowered[-1].why}")
    if untracked := sum(not known.issue for known in baseline.known):
        last = max(known.until for known in baseline.known)
        _say(
            f"  {untracked:,} without an issue are excused until {last}; name one: testaudit baseline write --issue REF"
        )
    _say("Commit it: from now on only what is new blocks.")


# ---------------------------------------------------------------- the file


def _file(root: Path, baseline: Path | None) -> Path:
    from testaudit.cli.scan import make_options
    from testaudit.config import load
    from testaudit.grounds import baseline_path

    return baseline_path(make_options(root, load(root), root, run=False, baseline=baseline, new_baseline=True))[0]


def _read(path: Path, baseline: Path | None) -> tuple[Baseline, str, date]:
    from testaudit.errors import UsageError
    from testaudit.grounds import read_baseline, shown, today
    from testaudit.projects import find_root

    root = find_root(path)
    file = _file(root, baseline)
    name = shown(file, root)
    found = read_baseline(file, name, required=baseline is not None)
    if found is None:
        message = f"There is no baseline {name}."
        raise UsageError(message, "Write it from a scan: testaudit baseline write")
    return found, name, today()


def _save(file: Path, root: Path, text: str) -> None:
    from testaudit.cli.outputs import write_file
    from testaudit.errors import ImpossibleError

    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        message = f"{file.parent} cannot be made: {error.strerror or error}."
        raise ImpossibleError(message, f"Make it, or run this where {root.name or root} can be written.") from None
    write_file(file.resolve(), text)  # a link stays one: it points to the file that several checkouts share


# ---------------------------------------------------------------- names


def _kept(text: str) -> str:
    """What was typed, as the committed file keeps it: one line, without secrets."""
    from testaudit.masking.interface import clean, mask

    return " ".join(clean(mask(text)).split())


def _node_id(name: str) -> NodeId:
    """A name as every file of ours writes it: without the secrets that its parameters may hold."""
    from testaudit.errors import UsageError
    from testaudit.masking.interface import mask_id
    from testaudit.model import NodeId

    found = mask_id(name.strip().removeprefix("./"))
    if not found:
        message = "NODEID is empty."
        raise UsageError(message, "Name a test as pytest does: tests/test_a.py::test_b")
    return NodeId(found)


def _known_to(baseline: Baseline, name: NodeId, file: str) -> NodeId:
    """The id by which the baseline knows this test: it may be gone from everywhere else."""
    from testaudit.model import NodeId
    from testaudit.paths import function_of, junit_key

    functions = {function.node_id for function in baseline.functions}
    if function_of(name) in functions:
        return name
    for function in functions:
        if junit_key(function) == function_of(name):
            return NodeId(function + name[len(function_of(name)) :])
    raise _unknown(name, functions, f"{file} knows no test {name!r}.")


def _failing(baseline: Baseline, root: Path, name: NodeId) -> list[NodeId]:
    """The failing cases that a name means, as the last scan saw them; else the test as it is known."""
    from testaudit.earlier import LAST
    from testaudit.errors import AuditError
    from testaudit.model import RED
    from testaudit.paths import function_of, junit_key
    from testaudit.report import json_v1

    try:
        tests = json_v1.load((root / LAST).read_bytes(), name=LAST.as_posix()).tests
    except (OSError, AuditError):
        tests = ()
    meant = [
        test
        for test in tests
        if name in {test.node_id, test.junit_key, function_of(test.node_id), function_of(test.junit_key)}
    ]
    if meant:
        return [test.node_id for test in meant if test.outcome in RED] or [meant[0].node_id]
    functions = {function.node_id for function in baseline.functions}
    if function_of(name) in functions or any(junit_key(function) == function_of(name) for function in functions):
        return [name]
    raise _unknown(name, {test.node_id for test in tests} | functions, f"There is no test {name!r}.")


def _unknown(name: str, known: set[NodeId], message: str) -> AuditError:
    import difflib

    from testaudit.errors import UsageError

    near = difflib.get_close_matches(name, sorted(known)[:5_000], n=3, cutoff=0.5)
    listed = "".join(f"\n  {one}" for one in near)
    return UsageError(message, f"Did you mean:{listed}" if near else "Scan first: testaudit scan")


def _day(text: str | None) -> str:
    """A day as typed; one that is over excuses nothing."""
    from datetime import date

    from testaudit.errors import UsageError
    from testaudit.grounds import today

    if text is None:
        return ""
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        message = f"--until {text!r} is no date."
        raise UsageError(message, "Write it as 2026-12-31.") from None
    if day < today():
        message = f"--until {day} is over."
        raise UsageError(message, "Name a day from today on, the last one that excuses the failure.")
    return day.isoformat()


def _say(text: str, *, err: bool = False) -> None:
    """One line, which a runner of GitHub does not take for a command, whatever tests are called."""
    from testaudit.masking.interface import clean, mask
    from testaudit.report.workflow_commands import harmless_lines

    typer.echo(harmless_lines(clean(mask(text)).replace("\n", "\\n")), err=err)
