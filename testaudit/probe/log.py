"""PYTEST_DONT_REWRITE. The two records of the probe: JSON lines, and the running test in a mapped file.

Tests patch `os`, `json`, `time` and `open`, close descriptors and fork. So this module keeps its own references, writes
on a high descriptor (a closed one is opened again), never raises, and is silent in a forked child. A full disk ends
the recording; the mapped file, which has its room from the start, says so to the reader.
"""

from __future__ import annotations

import errno
import functools
import json
import mmap
import os
import struct
import time

# Libraries that freeze time replace a clock wherever a module holds it; they do not look into a `partial`.
now_ns = functools.partial(time.perf_counter_ns)
monotonic = functools.partial(time.monotonic)
sleep = functools.partial(time.sleep)
_write = os.write
_open = os.open
_close = os.close
_dup = os.dup
_getpid = os.getpid
decode = json.JSONDecoder().decode
encode = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode
_layout = struct.Struct("=qqdq")
_pack = _layout.pack_into

_FLAGS = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_CLOEXEC", 0)
_SIZE = 32
BETWEEN, RUNS, COLLECTS, MUTE = 0, 1, 2, 3
"""What a process does: nothing of ours, a test, the collection of a module, or: it can no longer write its log."""


class _State:
    """Where this process writes; one a process."""

    path = ""
    fd = -1
    pid = -1
    dead = False
    running: mmap.mmap | None = None
    last = (-1, 0)


def _high(fd: int) -> int:
    """The same file on a number that tests which close "everything from 3 to 255" do not reach."""
    try:
        import fcntl

        high = fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, 700)
    except (ImportError, OSError, AttributeError):
        return fd
    _close(fd)
    return high


def open_log(folder: str) -> None:
    """Open the log in `folder`; called once a process, and again by the plugin in xdist's workers."""
    path = os.path.join(folder, "log.jsonl")
    if _State.path == path and _State.pid == _getpid():
        return
    _State.path = path
    _State.pid = _getpid()
    _State.fd = _high(_open(path, _FLAGS, 0o600))


def folder() -> str:
    """Where this process writes."""
    return os.path.dirname(_State.path)


def is_child() -> bool:
    """Whether this is a process that a test forked."""
    return _getpid() != _State.pid


def lowest_free() -> int:
    """The lowest number that no descriptor has; -1 where that cannot be asked."""
    try:
        fd = _dup(_State.fd)
        _close(fd)
    except OSError:
        return -1
    return fd


def open_running(folder: str, worker: str) -> None:
    """Map the file that names the running test; without one (no space) only the time-out loses its sight."""
    try:
        fd = _open(os.path.join(folder, "running-" + worker), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            # Written, not truncated to its size: a page without room on the disk would be a SIGBUS later.
            _write(fd, b"\0" * _SIZE)
            _State.running = mmap.mmap(fd, _SIZE)
        finally:
            _close(fd)
    except (OSError, ValueError):
        _State.running = None


def read_running(folder: str, worker: str) -> tuple | None:
    """(index, state) of another process; None where it left no file."""
    try:
        with open(os.path.join(folder, "running-" + worker), "rb") as stream:
            return _layout.unpack(stream.read(_SIZE))[:2]
    except (OSError, struct.error):
        return None


def running(index: int, state: int, finished: int) -> None:
    """Say what this process does, and with which test."""
    if _State.running is not None and not _State.dead and _getpid() == _State.pid:
        _State.last = (index, finished)
        _pack(_State.running, 0, index, state, monotonic(), finished)


def _mute() -> None:
    """Nothing can be written any more: say with which test that began, and be still."""
    if _State.running is not None:
        _pack(_State.running, 0, _State.last[0], MUTE, monotonic(), _State.last[1])
    _State.dead = True


def write(record: dict) -> None:
    """Write one record; what JSON cannot say (lone surrogates are escaped by ASCII output) is left to `describe`."""
    write_line(encode(record))


def write_line(line: str) -> None:
    """Write one line of JSON (pure ASCII)."""
    if _State.dead or _getpid() != _State.pid:
        return
    data = (line + "\n").encode("ascii")
    for attempt in (0, 1):
        try:
            while data:
                data = data[_write(_State.fd, data) :]
            return
        except OSError as exc:
            if exc.errno != errno.EBADF or attempt:
                _mute()
                return
            try:
                _State.fd = _high(_open(_State.path, _FLAGS, 0o600))
            except OSError:
                _mute()
                return
