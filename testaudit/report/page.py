"""A page on a console: the few shapes that the terminal report is set in. Everything hostile passes through here.

Text that comes from the target is never markup: it enters as `Text` spans with a style of ours, cleaned, and where the
console holds ASCII alone, in ASCII.
"""

from __future__ import annotations

import os
from dataclasses import fields
from typing import TYPE_CHECKING

from rich.console import Console
from rich.padding import Padding
from rich.segment import Segment, Segments
from rich.table import Table
from rich.text import Text

from testaudit.masking.interface import clean, mask
from testaudit.report.words import ASCII, UNICODE, Glyphs, shorten
from testaudit.report.workflow_commands import without_foreign

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import IO

    from rich.console import RenderableType

    from testaudit.report.interface import Detail

Span = tuple[str, str]
"""(text, style)."""

MEASURE = 110
"""Columns from which prose gets hard to read; names and tables may be wider."""
_PIPE_WIDTH = 100
"""Columns where nobody says how wide the paper is: a log, a file."""
_PLAIN = (
    *((getattr(UNICODE, field.name), getattr(ASCII, field.name)) for field in fields(Glyphs)),
    *(("\u2013", "-"), ("\u2014", "-"), ("\u2018", "'"), ("\u2019", "'"), ("\u201c", '"'), ("\u201d", '"')),
)
"""Signs of ours and of good typography, and what stands for them in ASCII."""
_LONGEST_NAME = 400
"""Characters of a single name that even an uncut report shows on one line."""


def console(file: IO[str] | None = None, *, stderr: bool = False, width: int | None = None) -> Console:
    """A console as the reports want it: follows NO_COLOR, FORCE_COLOR, COLUMNS and the terminal; markup is off."""
    made = Console(file=file, stderr=stderr, width=width, markup=False, highlight=False, emoji=False)
    if width is None and not made.is_terminal and not os.environ.get("COLUMNS"):
        made.width = _PIPE_WIDTH
    return made


class Page:
    """What the sections write on."""

    def __init__(self, console: Console, detail: Detail) -> None:
        self.console = console
        self.detail = detail
        self.ascii = console.options.ascii_only
        self.glyphs: Glyphs = ASCII if self.ascii else UNICODE
        self.width = max(console.width, 20)
        self.printed = 0
        """Lines so far."""

    @property
    def verbose(self) -> bool:
        """Whether everything is shown, uncut."""
        return self.detail == "verbose"

    # ------------------------------------------------------------ text

    def text(self, *spans: Span | str) -> Text:
        """Spans of text with their styles, safe for this console."""
        line = Text(no_wrap=False, overflow="fold")
        for span in spans:
            body, style = (span, "") if isinstance(span, str) else span
            line.append(self.safe(body), style=style or None)
        return line

    def safe(self, text: str) -> str:
        """The text with nothing in it that this console cannot show or should not obey."""
        text = without_foreign(clean(mask(text)).replace("\t", "    "))
        if self.console.stderr:
            # A runner of GitHub obeys this there too; standard output says before the report that it shall not.
            text = text.replace("##[", "# #[")
        if not self.ascii:
            return text
        for sign, plain in _PLAIN:
            text = text.replace(sign, plain)
        return text.encode("ascii", "backslashreplace").decode()

    def name(self, text: str, used: int = 0) -> str:
        """A node id or path on one line, cut in its middle where it does not fit beside `used` columns."""
        line = self.safe(text).replace("\n", "\\n")
        room = max(self.width - used, 24)
        return line if self.verbose and len(line) <= _LONGEST_NAME else shorten(line, room, self.glyphs.ellipsis)

    def limit(self, normal: int, total: int) -> int:
        """How many of a list are shown."""
        return total if self.verbose else min(normal, total)

    # ------------------------------------------------------------ lines

    def blank(self) -> None:
        """An empty line."""
        self.console.print()

    def line(self, *spans: Span | str, indent: int = 0) -> None:
        """A paragraph, wrapped with its indent."""
        width = min(self.width, MEASURE + indent)
        text = self.text(*spans)
        if not self._short(text, indent, width):
            self._print(Padding(text, (0, max(self.width - width, 0), 0, indent)))

    def raw(self, text: str, style: str = "", indent: int = 0) -> None:
        """Long text as it is, line by line: nothing is wrapped, so that it can be copied."""
        margin = " " * indent
        body = "\n".join((margin + line).rstrip() for line in self.safe(text).splitlines())
        self.console.print(Text(body, style=style), soft_wrap=True)

    def hang(self, lead: Span | str, *spans: Span | str, indent: int = 0, lead_width: int = 0) -> None:
        """A paragraph that hangs from a short lead: a bullet, a number, a label."""
        head, body = self.text(lead), self.text(*spans)
        width = max(lead_width, head.cell_len + 1)
        gap = " " * (width - head.cell_len)
        if self._short(Text.assemble(head, gap, body), indent, min(self.width, MEASURE + width + indent)):
            return
        grid = Table.grid(padding=0)
        grid.add_column(width=width, no_wrap=True)
        grid.add_column(overflow="fold", max_width=MEASURE)
        grid.add_row(head, body)
        self._print(Padding(grid, (0, 0, 0, indent)))

    def title(self, name: str, aside: str = "") -> None:
        """A section begins."""
        self.blank()
        width = min(self.width, MEASURE + 10)
        head = self.text((name, "bold"))
        tail = self.text((f" {aside}", "dim")) if aside else Text()
        rest = width - head.cell_len - tail.cell_len - 1
        line = Text.assemble(head, " ", Text(self.glyphs.rule * max(rest, 3), style="dim"), tail)
        line.no_wrap, line.overflow = True, "ellipsis"
        self._print(line)

    def rows(
        self, rows: Iterable[tuple[RenderableType, ...]], right: frozenset[int] = frozenset(), indent: int = 2
    ) -> None:
        """Rows in aligned columns; the last one takes what is left and wraps."""
        cells = list(rows)
        if not cells:
            return
        grid = Table.grid(padding=(0, 2, 0, 0))
        columns = len(cells[0])
        for place in range(columns):
            last = place == columns - 1
            grid.add_column(justify="right" if place in right else "left", no_wrap=not last, overflow="fold")
        for row in cells:
            grid.add_row(*row)
        self._print(Padding(grid, (0, 0, 0, indent)))

    def cut(self, left: int, noun: str, indent: int = 2, aside: str = "") -> None:
        """Says that a list goes on, and how to see the rest."""
        if left > 0:
            what = f"{left:,} more {noun if left == 1 else noun + 's'}{aside}"
            self.line((f"{self.glyphs.ellipsis} {what} (--verbose shows all)", "dim"), indent=indent)

    def _short(self, text: Text, indent: int, width: int) -> bool:
        """Print what fits on one line without laying it out: that is most of a long report."""
        if "\n" in text.plain or indent + text.cell_len > width:
            return False
        line = Text(" " * indent).append_text(text)
        line.rstrip()
        self.console.print(line, soft_wrap=True)
        self.printed += 1
        return True

    def _print(self, renderable: RenderableType) -> None:
        """Laid out by rich, without the blanks with which it fills each line: logs and copied text stay clean."""
        segments: list[Segment] = []
        for line in self.console.render_lines(renderable, pad=False):
            while line and not line[-1].text.strip():
                line.pop()
            if line:
                line[-1] = Segment(line[-1].text.rstrip(), line[-1].style)
            segments += [*line, Segment.line()]
            self.printed += 1
        self.console.print(Segments(segments), end="", soft_wrap=True)
