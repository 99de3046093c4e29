"""Where an audit goes: the terminal report, any format to a file, one format to standard output, and the last audit."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from testaudit.earlier import LAST
from testaudit.errors import ImpossibleError, UsageError

if TYPE_CHECKING:
    from testaudit.model import Audit
    from testaudit.report.interface import Detail, Stays


SUMMARY_BYTES = 1_048_576 - 1_024
"""What GitHub takes of a step's summary, less a little: it drops the whole where there is more."""


@dataclass(frozen=True, slots=True)
class Outputs:
    """What `--output` asked for."""

    shown: str
    """The format that standard output gets."""
    files: tuple[tuple[str, Path], ...]


def read_outputs(values: list[str]) -> Outputs:
    """`FORMAT` (at most once) or `FORMAT=FILE` (any number); wrong ones are a UsageError."""
    from testaudit.report import interface

    shown: list[str] = []
    files: list[tuple[str, Path]] = []
    for value in values:
        name, equals, file = value.partition("=")
        if name != interface.TERMINAL:
            interface.find(name)
        if equals and not file:
            message = f"--output {value!r} names no file."
            raise UsageError(message, f"Write --output {name}=FILE, or --output {name} for standard output.")
        if equals:
            files.append((name, Path(file)))
        else:
            shown.append(name)
    if len(shown) > 1:
        message = f"Standard output can hold one format, not {len(shown)} ({', '.join(shown)})."
        raise UsageError(message, "Give the others a file: --output FORMAT=FILE.")
    for name, path in files:
        # os.path, because Path's questions raise where a name is too long.
        if not os.path.isdir(path.parent):  # noqa: PTH112 - Path.is_dir can raise
            message = f"The folder of {str(path)!r} does not exist."
            raise UsageError(message, "Make it, or name another file.")
        if os.path.isdir(path):  # noqa: PTH112 - Path.is_dir can raise
            message = f"{str(path)!r} is a folder."
            raise UsageError(message, f"Name a file in it: --output {name}={path / f'audit.{name}'}")
    return Outputs(shown[0] if shown else interface.TERMINAL, tuple(files))


class Texts:
    """One audit in the formats that are asked for, each made once."""

    def __init__(self, audit: Audit) -> None:
        self.audit = audit
        self._made: dict[str, str] = {}

    def of(self, name: str) -> str:
        """The whole text in this format."""
        from testaudit.report import interface

        if name not in self._made:
            self._made[name] = interface.find(name).dump(self.audit)
        return self._made[name]


def write(texts: Texts, outputs: Outputs, detail: Detail, *, stays: Stays = "audit") -> None:
    """Write every output; the files first, so that a closed pipe loses none."""
    from testaudit.report import interface, terminal

    write_files(texts, outputs, detail)
    if outputs.shown == interface.TERMINAL:
        terminal.render(texts.audit, terminal.console(), detail=detail, stays=stays)
    else:
        _print_shown(outputs.shown, texts.of(outputs.shown))


def _print_shown(name: str, text: str) -> None:
    """A format to standard output. Where a runner of GitHub reads along, nothing in it is a command but our own."""
    from testaudit.report import workflow_commands

    if not workflow_commands.obeyed(sys.stdout) or name in {"github", "markdown"}:
        print_text(text)  # these two are safe as they are
    elif name in {"json", "sarif", "gitlab"}:
        print_text(workflow_commands.harmless_json(text))
    elif name == "junit":
        print_text(workflow_commands.harmless_xml(text))
    else:
        with workflow_commands.stopped(sys.stdout):
            print_text(text)


def _summarise(texts: Texts, outputs: Outputs) -> None:
    """Beside GitHub's annotations, the job summary: what they leave out. Never a reason to fail."""
    name = os.environ.get("GITHUB_STEP_SUMMARY", "")
    if not name or "github" not in {outputs.shown, *(format_name for format_name, _ in outputs.files)}:
        return
    from testaudit.report import markdown

    try:
        there = os.path.getsize(name) if os.path.lexists(name) else 0  # noqa: PTH202 - a name that no Path can hold
        text = ("\n\n" if there else "") + markdown.render(texts.audit, SUMMARY_BYTES - there)
        data = text.encode("utf-8", "backslashreplace")
        if there + len(data) > SUMMARY_BYTES:
            _note("the job summary is full: GitHub takes 1 MiB of a step")
            return
        with open(name, "ab") as stream:  # noqa: PTH123 - as above
            stream.write(data)
    except (OSError, ValueError) as error:
        _note(f"the job summary could not be written: {error}")


def _note(text: str) -> None:
    from testaudit.masking.interface import clean, mask
    from testaudit.report.workflow_commands import harmless_lines

    with contextlib.suppress(OSError):
        sys.stderr.write(f"note: {harmless_lines(clean(mask(text)))}\n")


def write_files(texts: Texts, outputs: Outputs, detail: Detail) -> None:
    """Write the outputs that have a file, and the job summary."""
    from testaudit.report import interface

    _summarise(texts, outputs)
    for name, path in outputs.files:
        if name == interface.TERMINAL:
            write_file(path, _on_paper(texts.audit, detail))
        else:
            write_file(path, texts.of(name))


def _on_paper(audit: Audit, detail: Detail) -> str:
    import io

    from testaudit.report import terminal

    paper = io.StringIO()
    terminal.render(audit, terminal.console(paper, width=100), detail=detail)
    return paper.getvalue()


def print_text(text: str) -> None:
    """Text to standard output as it is, whatever the encoding there can say."""
    sys.stdout.flush()
    encoding = sys.stdout.encoding or "utf-8"
    data = text.encode(encoding, "backslashreplace")
    sys.stdout.buffer.write(data if data.endswith(b"\n") else data + b"\n")
    sys.stdout.flush()


def write_file(path: Path, text: str) -> None:
    """Write beside, then rename: a reader never sees half a file.

    Raises:
        ImpossibleError: the file cannot be written.

    """
    try:
        fd, beside = tempfile.mkstemp(prefix=f".{path.name[:100]}.", dir=path.parent)
        try:
            with os.fdopen(fd, "w", encoding="utf-8", errors="backslashreplace") as stream:
                stream.write(text if text.endswith("\n") else text + "\n")
            umask = os.umask(0)
            os.umask(umask)
            Path(beside).chmod(0o666 & ~umask)
            Path(beside).replace(path)
        except BaseException:
            with contextlib.suppress(OSError):
                Path(beside).unlink()
            raise
    except OSError as error:
        message = f"{path} could not be written: {error.strerror or error}."
        raise ImpossibleError(message, "Name a file in a folder that can be written.") from error


def keep_last(texts: Texts, root: Path) -> str:
    """Save the audit for `testaudit report`; where the project cannot be written, say so and write nothing."""
    folder = root / LAST.parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
        ignore = folder / ".gitignore"
        if not ignore.exists():
            ignore.write_text("*\n", encoding="utf-8")
        write_file(root / LAST, texts.of("json"))
    except (OSError, ImpossibleError):
        return f"{root.name} cannot be written, so this audit was not kept for `testaudit report`"
    return ""
