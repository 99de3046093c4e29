"""Nothing that a run started outlives it: daemons, too, which left their process group and whose parents are gone.

On Linux such processes are adopted by the nearest ancestor that asked for it ("child subreaper", prctl(2)). While a run
lasts that is testaudit: it collects those that end, and kills what is left at the run's end. Elsewhere the process
group has to do.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_PR_SET_CHILD_SUBREAPER = 36
_PATIENCE_S = 5.0
"""A killed process may hang in the kernel (a dead network disk): then it is left to the system."""


@dataclass(frozen=True, slots=True)
class _Process:
    """One line of `/proc/PID/stat`, as far as it matters here."""

    pid: int
    parent: int
    session: int
    started: int
    """Clock ticks since the machine's start."""


class Reaper:
    """Adopts the orphans of one child. One run at a time: two cannot tell their orphans apart."""

    def __init__(self, pid: int) -> None:
        """Begin; `pid` is the child, which leads a session of its own."""
        self._pid = pid
        child = _look_at(pid) if sys.platform == "linux" else None
        self._since = child.started if child is not None and _adopt(yes=True) else None

    def collect(self) -> None:
        """Let orphans that have ended go: without this they would stay in the table of processes."""
        if self._since is None:
            return
        with contextlib.suppress(ChildProcessError):
            # Looks at one that ended without taking it: others of ours are awaited elsewhere.
            while (ended := os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)) is not None:
                process = _look_at(ended.si_pid)
                if process is None or not self._is_orphan(process):
                    return
                os.waitpid(process.pid, os.WNOHANG)

    def end(self) -> None:
        """Kill what was adopted, and what that leaves behind in its turn; the child itself has been waited for."""
        if self._since is None:
            return
        deadline = time.monotonic() + _PATIENCE_S
        while (orphans := [process for process in _processes() if self._is_orphan(process)]) and (
            time.monotonic() < deadline
        ):
            for process in orphans:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(process.pid, signal.SIGKILL)
            for process in orphans:
                with contextlib.suppress(ChildProcessError):
                    while os.waitpid(process.pid, os.WNOHANG)[0] == 0 and time.monotonic() < deadline:
                        time.sleep(0.001)
        _adopt(yes=False)
        self._since = None

    def _is_orphan(self, process: _Process) -> bool:
        """Whether it comes from the run: what else testaudit starts (git) stays in testaudit's own session."""
        return (
            process.parent == os.getpid()
            and process.pid != self._pid
            and process.session != os.getsid(0)
            and self._since is not None
            and process.started >= self._since
        )


def kill_tree(pid: int) -> None:
    """Kill a process and all that descends from it; elsewhere than on Linux the process alone."""
    family = {pid}
    if sys.platform == "linux":
        everybody = list(_processes())
        grown = True
        while grown:
            more = {process.pid for process in everybody if process.parent in family} - family
            family |= more
            grown = bool(more)
    for member in family:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(member, signal.SIGKILL)


def _adopt(*, yes: bool) -> bool:
    """Ask for the orphans of all descendants, or no longer; whether the system does so."""
    try:
        import ctypes

        return bool(ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, int(yes), 0, 0, 0) == 0)
    except (ImportError, OSError, AttributeError):
        return False


def _processes() -> Iterator[_Process]:
    for name in os.listdir("/proc"):  # noqa: PTH208 - Path objects of every process on the machine are for nothing
        if name.isdigit() and (process := _look_at(int(name))) is not None:
            yield process


def _look_at(pid: int) -> _Process | None:
    """None: it is gone."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as stream:  # noqa: PTH123 - as above
            fields = stream.read().rpartition(b")")[2].split()
        return _Process(pid, int(fields[1]), int(fields[3]), int(fields[19]))
    except (OSError, ValueError, IndexError):
        return None
