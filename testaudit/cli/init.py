"""`testaudit init`: shows the files that put testaudit in CI, asks once, and writes them; never over what is there."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

if TYPE_CHECKING:
    from testaudit.ci_server import Server
    from testaudit.init import Plan, Target

CONTEXT: dict[str, object] = {}
_SERVERS = ("github", "gitlab", "none")


def command(
    path: Annotated[Path, typer.Argument(metavar="PATH", help="A project (default: here).")] = Path(),
    ci: Annotated[
        str | None, typer.Option(metavar="github|gitlab|none", help="The CI server (default: what the files tell).")
    ] = None,
    pre_commit: Annotated[
        bool | None,
        typer.Option(
            "--pre-commit/--no-pre-commit", help="Add the hook (default: where pre-commit is used).", show_default=False
        ),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Write without asking.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be written, and write nothing.")] = False,
) -> int:
    """Set testaudit up: configuration, CI workflow, pre-commit hook. Shows each file; never writes over one."""
    from testaudit.config import load
    from testaudit.errors import UsageError
    from testaudit.init import plan, write
    from testaudit.projects import find_root, members

    if ci is not None and ci not in _SERVERS:
        raise UsageError(f"--ci {ci[:80]!r} is no CI server that init knows.", f"Use one of: {', '.join(_SERVERS)}.")
    root = find_root(path)
    members(root, load(root))  # several projects that nobody named, or a configuration that is wrong, come first
    made = plan(root, cast("Server | None", ci), pre_commit=pre_commit)
    screen = _Screen()
    _show(screen, made)
    if not made.writes:
        screen.say("Nothing to write.")
    elif dry_run:
        screen.say("Nothing was written (--dry-run).")
        return 0
    elif not yes and sys.stdin.isatty() and sys.stdout.isatty() and not _agreed(screen):
        screen.say("Nothing was written.")
        return 0
    for target in made.writes:
        write(target)
        screen.say(f"wrote {target.shown}" if target.kind == "new" else f"added to {target.shown}", "green")
    _show_next(screen, made)
    return 0


class _Screen:
    """Standard output, line by line; what others wrote into names and files moves no cursor and shows no secret."""

    def __init__(self) -> None:
        from testaudit.report.terminal import console

        self._console = console()

    def say(self, line: str = "", style: str = "") -> None:
        """One line, never wrapped: it may be copied."""
        from testaudit.masking.interface import clean, mask
        from testaudit.report.workflow_commands import without_foreign

        encoding = self._console.encoding or "utf-8"
        text = (
            without_foreign(clean(mask(line)).replace("\n", "\\n"))
            .replace("##[", "# #[")
            .encode(encoding, "backslashreplace")
            .decode(encoding)
        )
        self._console.print(text, style=style or None, soft_wrap=True)


def _agreed(screen: _Screen) -> bool:
    """One question; Enter means yes, the end of input no."""
    try:
        answer = input("Write these? [Y/n] ")
    except EOFError:
        screen.say()
        return False
    return answer.strip().lower() in {"", "y", "yes"}


def _show(screen: _Screen, made: Plan) -> None:
    """The plan: each file with its whole text, or with what is added to it."""
    names = {"github": "GitHub Actions", "gitlab": "GitLab CI", "none": "no CI"}
    screen.say(f"{made.root.name or made.root}: {names[made.server]} ({made.why})", "bold")
    if made.tool:
        screen.say(f"CI installs the project with {made.tool}, into .venv.")
    for target in made.targets:
        screen.say()
        _show_target(screen, target)
    screen.say()
    for note in made.notes:
        screen.say(f"note: {note}", "dim")
    if made.writes:
        screen.say(f"To write: {', '.join(target.shown for target in made.writes)}", "bold")


def _show_target(screen: _Screen, target: Target) -> None:
    match target.kind:
        case "new":
            screen.say(f"new file: {target.shown}", "bold green")
            _show_lines(screen, target.text.splitlines())
        case "added":
            screen.say(f"at the end of: {target.shown}", "bold green")
            _show_lines(screen, _difference(target))
        case "kept":
            screen.say(f"left alone: {target.shown} ({target.why})", "bold")
        case "by-hand":
            screen.say(f"left to you: {target.shown} ({target.why}); what belongs there:", "bold yellow")
            _show_lines(screen, target.text.splitlines())


def _show_lines(screen: _Screen, lines: list[str]) -> None:
    for line in lines:
        screen.say(f"    {line}" if line else "")


def _difference(target: Target) -> list[str]:
    """The change to a file that is there, as a unified diff without its two head lines."""
    import difflib

    before, after = ((target.before or b"").decode("utf-8"), target.text)
    return list(difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=2))[2:]


def _show_next(screen: _Screen, made: Plan) -> None:
    """What to type now."""
    place = "" if made.root == Path.cwd() else f" {_typed(made.root)}"
    screen.say()
    screen.say(f"Next: testaudit scan{place}", "bold")
    screen.say("        what CI will say")
    screen.say(f"      testaudit baseline write{place}", "bold")
    screen.say("        accepts today's state; from then on only what is new blocks")


def _typed(root: Path) -> str:
    import os
    import shlex

    return shlex.quote(os.path.relpath(root))
