"""One child process and everything it starts: output kept within bounds, and an end that leaves nothing behind."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import threading
from collections import deque
from typing import IO, TYPE_CHECKING

from testaudit.engine.reaper import Reaper

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_HEAD = 64_000
_TAIL_CHUNKS = 16
_CHUNK = 16_384


class _Output(threading.Thread):
    """Reads a child's output to its end and keeps the beginning and the end of it."""

    def __init__(self, stream: IO[bytes]) -> None:
        super().__init__(name="testaudit-output", daemon=True)
        self._stream = stream
        self._head = bytearray()
        self._tail: deque[bytes] = deque(maxlen=_TAIL_CHUNKS)
        self._left_out = 0
        self._stopped = threading.Event()

    def run(self) -> None:
        """Read until every process that holds the pipe has ended, or nobody wants to hear more."""
        number = self._stream.fileno()
        while not self._stopped.is_set():
            if not select.select([number], [], [], 0.1)[0]:
                continue
            chunk = os.read(number, _CHUNK)
            if not chunk:
                return
            if len(self._head) < _HEAD:
                self._head += chunk
                continue
            if len(self._tail) == _TAIL_CHUNKS:
                self._left_out += len(self._tail[0])
            self._tail.append(chunk)

    def close(self) -> None:
        """The child has ended: take what is there, do not wait for others that hold the pipe."""
        self.join(0.5)
        self._stopped.set()
        self.join()
        self._stream.close()

    def text(self) -> str:
        """What was kept, with a line that says what was left out."""
        gap = f"\n[... {self._left_out} bytes left out ...]\n".encode() if self._left_out else b""
        return (bytes(self._head) + gap + b"".join(self._tail)).decode("utf-8", "replace")


def _descriptor(pid: int) -> int | None:
    """A descriptor that can be read when the process ends; None where the system has no such thing."""
    try:
        return os.pidfd_open(pid)
    except (AttributeError, OSError):
        return None


class Child:
    """A child in a session of its own, so that a signal reaches it and its children and nobody else."""

    def __init__(self, command: Sequence[str], cwd: Path) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - the command is ours: an interpreter and our own start file
            command,
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        if self._process.stdout is None:
            raise AssertionError
        self._ended = _descriptor(self._process.pid)
        self._reaper = Reaper(self._process.pid)
        self._done = False
        self._output = _Output(self._process.stdout)
        self._output.start()

    @property
    def pid(self) -> int:
        """The child's process id."""
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        """As `subprocess` gives it: negative for a signal, None while it runs."""
        return self._process.poll()

    def wait(self, seconds: float) -> bool:
        """Whether it ended within so many seconds."""
        self._reaper.collect()
        if self._ended is not None:
            # `Popen.wait` looks again after pauses of up to 50 ms; this wakes at once.
            select.select([self._ended], [], [], seconds)
            return self._process.poll() is not None
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def send(self, number: signal.Signals, *, group: bool = True) -> None:
        """Send a signal to the child, or to its whole group; one that is gone already is no error."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if group:
                os.killpg(self._process.pid, number)
            else:
                os.kill(self._process.pid, number)

    def stop(self, patience_s: float) -> None:
        """Ask it to end as Ctrl-C would, wait, then insist."""
        self.send(signal.SIGINT)
        if not self.wait(patience_s):
            self.send(signal.SIGTERM)
            self.wait(2)
        self.end()

    def end(self) -> None:
        """Kill the child, its group, and what it left behind elsewhere; who interrupts that waits for its end."""
        try:
            self._end()
        except KeyboardInterrupt:
            self.end()
            raise

    def _end(self) -> None:
        if self._done:
            return
        self.send(signal.SIGKILL)
        self._process.wait()
        self._reaper.end()
        self._output.close()
        if self._ended is not None:
            os.close(self._ended)
            self._ended = None
        self._done = True

    def output(self) -> str:
        """What it printed, within bounds."""
        return self._output.text()
