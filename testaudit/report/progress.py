"""How far the run is, live on standard error: counts by outcome, the current test, the time left where it can be known.

The engine calls one method an event; a suite has 60,000 tests, so that an event costs a few dictionary steps. Drawing
happens in rich's own thread a few times a second, or, where there is no terminal, as a line every so often. Time comes
from the injected clock alone.

How long it will take is said only when it can be known: from the durations of earlier runs, where they are given, else
from the pace so far once enough was seen. A number that jumps is worse than none: the pace is taken over the last
tests as well as over all, and the slower of the two is believed.
"""

from __future__ import annotations

import time
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING

from rich.live import Live
from rich.table import Table

from testaudit.model import RED
from testaudit.report.page import Page
from testaudit.report.words import count, seconds

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import TracebackType

    from rich.console import Console, ConsoleOptions, RenderResult
    from rich.text import Text
    from typing_extensions import Self

    from testaudit.model import Outcome

_LINE_EVERY_S = 15.0
"""Seconds between two lines where there is no terminal."""
_KNOWN_AFTER_S = 3.0
_KNOWN_AFTER_TESTS = 20
_KNOWN_AFTER_SHARE = 0.02
_RECENT = 200
"""Tests over which the recent pace is taken."""
_BAR = 30
_SHORT: tuple[tuple[str, str], ...] = (
    ("passed", "green"),
    ("failed", "bold red"),
    ("error", "bold red"),
    ("crashed", "bold red"),
    ("timed-out", "bold red"),
    ("skipped", "yellow"),
    ("xfailed", "yellow"),
    ("xpassed", "yellow"),
)


class Progress:
    """The display of one run; use it as a context manager around the run."""

    def __init__(
        self,
        console: Console,
        clock: Callable[[], float] = time.monotonic,
        *,
        durations: Mapping[str, float] | None = None,
    ) -> None:
        """`durations`: seconds by node id of an earlier run, where there is one."""
        self._console = console
        self._page = Page(console, "normal")
        self._clock = clock
        self._durations = durations or {}
        self._known_left = 0.0
        self._live: Live | None = None
        self._begun = clock()
        self._first: float | None = None
        self._last_line = self._begun
        self._total: int | None = None
        self._done = 0
        self._current = ""
        self._outcomes: dict[str, int] = {}
        self._recent: deque[float] = deque(maxlen=_RECENT)

    # ------------------------------------------------------------ the engine's events

    def collected(self, number: int, node_ids: tuple[str, ...] = ()) -> None:
        """Pytest has selected so many tests; with their ids, known durations tell the time left."""
        self._total = number
        self._known_left = sum(self._durations.get(node_id, 0.0) for node_id in node_ids)
        if self._live is None:
            self._console.print(self._page.text(f"collected {count(number, 'test')}"), soft_wrap=True)

    def started(self, node_id: str) -> None:
        """A test begins."""
        self._current = node_id
        if self._first is None:
            self._first = self._clock()

    def finished(self, outcome: Outcome) -> None:
        """The current test (under xdist, some test) has ended."""
        now = self._clock()
        self._done += 1
        self._outcomes[outcome] = self._outcomes.get(outcome, 0) + 1
        self._recent.append(now)
        if self._durations:
            self._known_left -= self._durations.get(self._current, 0.0)
        if self._live is None and now - self._last_line >= _LINE_EVERY_S:
            self._last_line = now
            self._console.print(self._page.text(self._sentence()), soft_wrap=True)

    def note(self, text: str) -> None:
        """Something worth knowing: a restart after a crash, a re-run. It stays above the display."""
        self._console.print(self._page.text((self._page.safe(text).replace("\n", "\\n"), "yellow")), soft_wrap=True)

    # ------------------------------------------------------------ context

    def __enter__(self) -> Self:
        self._begun = self._last_line = self._clock()
        if self._console.is_terminal and not self._console.is_dumb_terminal:
            self._live = Live(self, console=self._console, refresh_per_second=8, transient=True)
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        live, self._live = self._live, None
        if live is not None:
            # A terminal that went away must not hide how the run ended.
            with suppress(OSError):
                live.stop()
        elif self._done:
            self._console.print(self._page.text(self._sentence(over=True)), soft_wrap=True)

    # ------------------------------------------------------------ what is shown

    def left_s(self) -> float | None:
        """Seconds that the run will still take; None: not known yet."""
        if self._total is None or self._first is None or not self._total:
            return None
        left = self._total - self._done
        if left <= 0:
            return 0.0
        now = self._clock()
        elapsed = now - self._first
        if self._durations and self._known_left > 0:
            return self._known_left
        enough = max(_KNOWN_AFTER_TESTS, int(self._total * _KNOWN_AFTER_SHARE))
        if self._done < enough or elapsed < _KNOWN_AFTER_S:
            return None
        recent = (now - self._recent[0]) / len(self._recent)
        return left * max(elapsed / self._done, recent)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        page = self._page
        elapsed = seconds(max(self._clock() - self._begun, 0.0))
        if self._total is None:
            yield page.text((f"collecting {page.glyphs.ellipsis}", "bold"), (f"  {elapsed}", "dim"))
            return
        head = Table.grid(padding=(0, 2, 0, 0))
        cells = [page.text((f"{self._done:,}", "bold"), f" of {self._total:,}"), self._counts()]
        if options.max_width >= 60:
            cells.insert(0, self._bar(_BAR if options.max_width >= 100 else _BAR // 3))
        cells.append(page.text((elapsed + self._left(), "dim")))
        for _ in cells:
            head.add_column(no_wrap=True, overflow="ellipsis")
        head.add_row(*cells)
        yield head
        if self._current:
            name = page.name(self._current, max(page.width - options.max_width, 0) + 4)
            yield page.text((f"  {name}", "dim"))

    def _left(self) -> str:
        left = self.left_s()
        if left is None or self._done == self._total:
            return ""
        return f", about {_rough(left)} left"

    def _bar(self, length: int) -> Text:
        glyphs = self._page.glyphs
        total = self._total or 1
        full = min(length * self._done // total, length)
        style = "red" if any(self._outcomes.get(outcome) for outcome in RED) else "green"
        return self._page.text((glyphs.full * full, style), (glyphs.empty * (length - full), "dim"))

    def _counts(self) -> Text:
        spans: list[tuple[str, str]] = []
        for outcome, style in _SHORT:
            if number := self._outcomes.get(outcome):
                spans += [(f" {self._page.glyphs.dot} " if spans else "", "dim"), (f"{number:,} {outcome}", style)]
        return self._page.text(*spans)

    def _sentence(self, *, over: bool = False) -> str:
        """One line of a log."""
        elapsed = seconds(max(self._clock() - self._begun, 0.0))
        of = f" of {self._total:,}" if self._total is not None else ""
        left = "" if over else self._left()
        counts = self._counts().plain
        return f"{self._done:,}{of} tests: {counts}  ({elapsed}{left})"


def _rough(left_s: float) -> str:
    """A time left as one would say it: no false precision."""
    if left_s < 1:
        return "1 s"
    if left_s < 20:
        return f"{left_s:.0f} s"
    if left_s < 90:
        return f"{round(left_s / 5) * 5} s"
    return seconds(round(left_s / 60) * 60)
