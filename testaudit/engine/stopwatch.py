"""How long each process of a run has been at what it does, on our own clock: tests replace theirs."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from testaudit.engine.log import Running


class Stopwatch:
    """Looked at several times a second; sees what changed since the last look."""

    def __init__(self) -> None:
        self._seen: dict[str, tuple[Running, float]] = {}
        self._moved = time.monotonic()

    def look(self, processes: Sequence[Running], *, news: bool) -> None:
        """Take in what the processes do now; `news`: the log has grown."""
        now = time.monotonic()
        for process in processes:
            known = self._seen.get(process.worker)
            if known is None or known[0] != process:
                self._seen[process.worker] = (process, now)
                news = True
        if news:
            self._moved = now

    def seconds(self, process: Running) -> float:
        """Seconds since it began what it does."""
        known = self._seen.get(process.worker)
        return time.monotonic() - known[1] if known is not None and known[0] == process else 0.0

    @property
    def still_s(self) -> float:
        """Seconds since anything moved."""
        return time.monotonic() - self._moved
