"""`testaudit quarantine`: which tests may fail for a while, who answers for them, and which can be released."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.console import RenderableType

    from testaudit.quarantine import Entry
    from testaudit.report.page import Page

HELP = "Tests that run and are reported, and do not block: add, list, remove."

NodeIdArgument = Annotated[
    str, typer.Argument(metavar="NODEID", help="A node id or junit_key; without [param] it means every case.")
]


def add(
    node_id: NodeIdArgument,
    owner: Annotated[str, typer.Option(metavar="WHO", help="Who answers for it.")],
    issue: Annotated[str, typer.Option(metavar="REF", help="Where it is tracked, as PAY-12 or a URL.")],
    until: Annotated[
        str | None, typer.Option(metavar="DATE", help="The last day on which it is excused (default: in 30 days).")
    ] = None,
    reason: Annotated[str, typer.Option(metavar="TEXT", help="What is known of it.")] = "",
) -> int:
    """Quarantine a test: it goes on running, and its failures stop blocking."""
    from testaudit.errors import UsageError
    from testaudit.masking.interface import mask
    from testaudit.projects import find_root
    from testaudit.quarantine import DAYS, Entry, read_text
    from testaudit.quarantine_edit import locked, read_last, with_entry

    root, test = find_root(Path()), _test(node_id)
    last_day = _today() + timedelta(days=DAYS) if until is None else _day(until)
    entry = Entry(test, mask(owner.strip()), mask(issue.strip()), last_day, mask(reason.strip()))
    for option in entry.missing:
        raise UsageError(f"--{option} is empty.", "An entry has somebody who answers for it, and an issue.")
    read_last(root).refuse_unknown(test)
    with locked(root):
        _write(root, with_entry(read_text(root), entry))
    _say(f"{test} is quarantined until {last_day} ({entry.owner}, {entry.issue}).")
    return 0


def list_() -> int:
    """List what is quarantined, how it did last, and what can be released. Answers 0 whatever it lists."""
    from testaudit.projects import find_root
    from testaudit.quarantine import RELEASE, read_quarantine
    from testaudit.quarantine_edit import read_last
    from testaudit.report.page import Page, console
    from testaudit.report.workflow_commands import stopped

    root = find_root(Path())
    quarantine = read_quarantine(root)
    page = Page(console(), "verbose")
    if not quarantine.entries:
        page.line("No test is quarantined.")
        return 0
    last, today = read_last(root), _today()
    rows = [_row(page, entry, last.how(entry.test), today, release=RELEASE) for entry in quarantine.entries]
    titles = tuple(page.text((title, "bold")) for title in ("until", "last", "passes", "owner", "issue", "test"))
    with stopped(page.console.file):
        page.rows([titles, *rows], right=frozenset({2}), indent=0)
        if quarantine.problems:
            page.blank()
        for problem in quarantine.problems:
            page.line((problem, "red"))
    return 0


def remove(node_id: NodeIdArgument) -> int:
    """Take a test out of the quarantine: its failures block again."""
    from testaudit.projects import find_root
    from testaudit.quarantine import read_text
    from testaudit.quarantine_edit import locked, without_entry

    root, test = find_root(Path()), _test(node_id)
    without_entry(read_text(root), test)  # says what is wrong before a folder is made
    with locked(root):
        _write(root, without_entry(read_text(root), test))
    _say(f"{test} is no longer quarantined.")
    return 0


COMMANDS = {"add": add, "list": list_, "remove": remove}


def _row(page: Page, entry: Entry, seen: tuple[str, int], today: date, *, release: int) -> tuple[RenderableType, ...]:
    outcome, passes = seen
    if entry.until is None:
        until = page.text(("missing", "red"))
    elif entry.expired(today):
        until = page.text((f"{entry.until}, expired", "red"))
    else:
        days = (entry.until - today).days
        until = page.text(
            f"{entry.until}, {days} day{'' if days == 1 else 's'} left" if days else f"{entry.until}, today"
        )
    done = page.text((f"{passes}, release", "green") if passes >= release else str(passes) if outcome else "")
    return (
        until,
        page.text(outcome or ("not seen", "dim")),
        done,
        page.text(entry.owner),
        page.text(entry.issue),
        page.text(page.name(entry.test)),
    )


def _test(node_id: str) -> str:
    """A name as every file of ours writes it: without the secrets that its parameters may hold."""
    from testaudit.errors import UsageError
    from testaudit.masking.interface import mask_id

    test = mask_id(node_id.strip().removeprefix("./"))
    if not test:
        raise UsageError("NODEID is empty.", "Name a test as pytest does: tests/test_a.py::test_b")
    return test


def _today() -> date:
    return datetime.now().astimezone().date()


def _day(text: str) -> date:
    """A day as typed; one that is over excuses nothing."""
    from testaudit.errors import UsageError

    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        raise UsageError(f"--until {text!r} is no date.", "Write it as 2026-12-31.") from None
    if day < _today():
        raise UsageError(f"--until {day} is over.", "Name a day from today on, the last one that excuses the test.")
    return day


def _write(root: Path, text: str) -> None:
    from testaudit.cli.outputs import write_file
    from testaudit.errors import ImpossibleError
    from testaudit.quarantine import FILE

    try:
        write_file((root / FILE).resolve(), text)
    except ImpossibleError as error:
        raise ImpossibleError(error.message, "Run this in a checkout that can be written.") from error


def _say(text: str) -> None:
    from testaudit.cli.outputs import print_text
    from testaudit.masking.interface import clean, mask
    from testaudit.report.workflow_commands import harmless_lines

    print_text(harmless_lines(clean(mask(text)).replace("\n", "\\n")))
