"""The probe's log, read: records, the running test, and what an attempt's phases amount to.

The protocol stands in the docstring of `testaudit/probe/__init__.py`.
"""

from __future__ import annotations

import json
import shutil
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from testaudit.model import Outcome

Record = dict[str, Any]
"""One line of the log. Its shape depends on `t`; `parse` turns it into values of the model at once."""

_RUNNING = struct.Struct("=qqdq")


@dataclass(frozen=True, slots=True)
class Running:
    """What a process of the run is doing."""

    worker: str
    index: int
    state: int
    since: float
    """On the process's own clock, seconds: two that differ are two beginnings, and say no more."""
    finished: int

    @property
    def busy(self) -> bool:
        """It runs a test, or collects a module."""
        return self.state in {1, 2}

    @property
    def collects(self) -> bool:
        """It collects a module."""
        return self.state == 2

    @property
    def mute(self) -> bool:
        """It can no longer write its log."""
        return self.state == 3


def read_running(folder: Path) -> Iterator[Running]:
    """The running test of each process; a file that is not whole is left out."""
    for path in sorted(folder.glob("running-*")):
        try:
            data = path.read_bytes()
        except OSError:
            continue
        if len(data) >= _RUNNING.size:
            index, state, since, finished = _RUNNING.unpack_from(data)
            if state or finished or index:
                yield Running(path.name.removeprefix("running-"), index, state, since, finished)


def read_records(lines: Iterable[bytes]) -> Iterator[Record]:
    """Each whole record; a half-written line (the process died in it) is passed over."""
    for line in lines:
        try:
            record = json.loads(line)
        except ValueError:
            continue
        if isinstance(record, dict):
            yield record


def outcome_of(phases: Iterable[Mapping[str, Any]]) -> Outcome:
    """What the phases of one attempt amount to: `error` outranks `failed`, which outranks the rest."""
    outcome: Outcome = "passed"
    failed = False
    for phase in phases:
        ended = phase["o"]
        if ended in "fr":
            if phase["w"] != "c":
                return "error"
            failed = True
        elif ended == "s":
            outcome = "xfailed" if "xfail" in phase else "skipped"
        elif "xfail" in phase and phase["w"] == "c":
            outcome = "xpassed"
    return "failed" if failed else outcome


class Tail:
    """The log as it grows: whole new lines at each look. Held open, so that a test which deletes it takes nothing."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stream: BinaryIO | None = None
        self._at = 0
        self._rest = b""

    def new_lines(self) -> list[bytes]:
        """What was written since the last look, whole lines only, at most some 8 MB at once."""
        try:
            if self._stream is None:
                self._stream = self._path.open("rb")
            self._stream.seek(self._at)
            data = self._stream.read(8_000_000)
        except OSError:
            return []
        self._at += len(data)
        lines = (self._rest + data).split(b"\n")
        self._rest = lines.pop()
        return lines

    def close(self) -> None:
        """The log is complete; where somebody deleted it, it is written again for those who read it by its name."""
        if self._stream is None:
            return
        if not self._path.exists():
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._stream.seek(0)
            with self._path.open("wb") as again:
                shutil.copyfileobj(self._stream, again)
        self._stream.close()
        self._stream = None
