"""PYTEST_DONT_REWRITE. Threads, child processes and descriptors: what a test leaves running or open.

They end by themselves, a little later, or with the wider fixture that owns them. So what is new after a test is only
suspected; it is a leak when it was there a while longer and another test ran meanwhile, or when it is there to the end.
What ended with the teardown of a wider fixture was that fixture's.
"""

from __future__ import annotations

import os
import sys
import threading

from . import log
from .surroundings import is_runners, text

_listdir = os.listdir
_readlink = os.readlink
_stat = os.stat
_open = os.open
_read = os.read
_close = os.close
_threads = threading._active
_PATIENCE_NS = 100_000_000
"""A pool's thread takes a moment to end; what is there after this long was left."""
_FDS = "/proc/self/fd"
_TASKS = "/proc/self/task"
_HELPERS = ("resource_tracker", "forkserver")
"""Processes that the standard library starts once, for all."""
_MAX = 50
_KINDS = {
    "socket:": "socket",
    "pipe:": "pipe",
    "anon_inode:[eventpoll]": "eventpoll",
    "anon_inode:[eventfd]": "eventfd",
    "anon_inode:inotify": "inotify",
}


class Lasting(object):
    """What was running and open when it was looked at last, and what is suspected since."""

    def __init__(self, events: object) -> None:
        self.events = events
        self.threads: list = list(_threads.values())
        self.has_proc = os.path.isdir(_TASKS)
        self.count = _count()
        self.lowest = -1
        self.descriptors: dict = _listed() if self.count >= 0 else {}
        self.children: set = _living()
        self.suspects: list = []
        """[kind, what, after, place, whether it is there, when it was seen first, test, whether it stayed]"""

    def kinds(self) -> list:
        """What can be watched on this system."""
        return ["thread"] + (["process"] if self.has_proc else []) + (["descriptor"] if self.count >= 0 else [])

    # ------------------------------------------------------------ looking

    def refresh(self) -> None:
        """What is there now is nobody's: a wider fixture made it, or it came between two tests."""
        self.threads = list(_threads.values())
        if self._changed():
            self.descriptors = _listed()
        if self.events.processes or _has_children():
            self.children = _living()

    def look(self, test: object, whole: bool) -> None:
        """Suspect what is new. `whole`: its call passed (the traceback of another keeps files open)."""
        started = self._look_at_children(test)
        now = list(_threads.values())
        if now != self.threads:
            known = set([id(thread) for thread in self.threads])
            for thread in now:
                if id(thread) not in known and _is_the_tests(thread):
                    place = next((at for begun, at in self.events.threads if begun is thread), None)
                    if (place is None and _is_kept(thread)) or (started and _serves_processes(thread)):
                        continue
                    self._suspect("thread", thread.name, _described(thread), place, thread.is_alive, test)
            self.threads = now
        if self._changed():
            listed = _listed()
            for fd in sorted(listed) if whole else ():
                if self.descriptors.get(fd) != listed[fd]:
                    self._descriptor(fd, listed[fd], test, started)
            self.descriptors = listed

    def _look_at_children(self, test: object) -> bool:
        """Whether there are new ones."""
        if not self.events.processes and not _has_children():
            return False
        living = _living()
        found = False
        for pid in living - self.children:
            command = _command(pid)
            if command and not any([name in command for name in _HELPERS]):
                place = self.events.processes[-1] if len(set(self.events.processes)) == 1 else None
                self._suspect("process", command, "process %d" % pid, place, _Child(pid), test)
                found = True
        self.children = living
        return found

    def _descriptor(self, fd: int, target: str, test: object, started: bool) -> None:
        if target.startswith(("/dev/", log.folder())) or "/.coverage" in target or fd in _of_helpers():
            return
        what = next((kind for start, kind in _KINDS.items() if target.startswith(start)), target)
        if started and what == "pipe":
            return  # to the process that is named already
        place = self.events.written.get(target, (False, None))[1]
        if what == "socket":
            place = next((at for sock, at in self.events.sockets if _number(sock()) == fd), None)
        self._suspect("descriptor", what, "descriptor %d" % fd, place, _Descriptor(fd, target), test)

    def _changed(self) -> bool:
        """Whether descriptors may have been opened or closed since the last look."""
        if self.count < 0:
            return False
        # Files and sockets have events; what has none (a pipe) takes the lowest number that is free.
        lowest = log.lowest_free()
        quiet = lowest == self.lowest and not self.events.opens and not self.events.sockets
        self.lowest = lowest
        # One that was suspected and is gone may have made room for another.
        gone = any([entry[0] == "descriptor" and not entry[4]() for entry in self.suspects])
        if quiet and not gone:
            return False
        count = _count()
        changed = count != self.count or gone
        self.count = count
        return changed

    # ------------------------------------------------------------ judging

    def _suspect(self, kind: str, what: str, after: str, place: object, there: object, test: object) -> None:
        if len(self.suspects) < _MAX and place is not self.events.IMPORT:
            self.suspects.append([kind, what, after, place, there, log.now_ns(), test, False])

    def settled(self, closed: bool) -> list:
        """[[test, [kind, what, before, after, place]]] of the suspects that turned out to be leaks.

        `closed`: a wider fixture was torn down since the last look; what is gone now was its own.
        """
        found: list = []
        left: list = []
        now = log.now_ns()
        for entry in self.suspects:
            kind, what, after, place, there, since, test, stayed = entry
            if there():
                entry[7] = stayed or now - since > _PATIENCE_NS
                left.append(entry)
            elif stayed and not closed:
                found.append([test, [kind, what, "", after, place]])
        self.suspects = left
        return found

    def end(self) -> list:
        """As `settled`, at the end of the session: what is still there stays."""
        found = []
        if any([log.now_ns() - entry[5] <= _PATIENCE_NS and entry[4]() for entry in self.suspects]):
            log.sleep(2 * _PATIENCE_NS / 1e9)
        for kind, what, after, place, there, _, test, _ in self.suspects:
            if there():
                found.append([test, [kind, what, "", after, place]])
        self.suspects = []
        return found


class _Child(object):
    """Whether a child process is there: called, it answers."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.began = _began(pid)

    def __call__(self) -> bool:
        return bool(self.began) and _began(self.pid) == self.began


class _Descriptor(object):
    """Whether a descriptor leads where it did."""

    def __init__(self, fd: int, target: str) -> None:
        self.path = "%s/%d" % (_FDS, fd)
        self.target = target

    def __call__(self) -> bool:
        try:
            return _readlink(self.path) == self.target
        except OSError:
            return False


def _count() -> int:
    """How many descriptors are open; -1 where the system does not say."""
    try:
        # Linux 6.2 tells it without a listing.
        return _stat(_FDS).st_size or len(_listdir(_FDS))
    except OSError:
        return -1


def _listed() -> dict:
    """Descriptor -> what it leads to."""
    found = {}
    for name in _listdir(_FDS):
        try:
            found[int(name)] = _readlink("%s/%s" % (_FDS, name))
        except (OSError, ValueError):
            pass  # the listing's own
    return found


def _of_helpers() -> list:
    """The descriptors over which multiprocessing talks to the processes that it starts once, for all."""
    tracker = getattr(sys.modules.get("multiprocessing.resource_tracker"), "_resource_tracker", None)
    server = getattr(sys.modules.get("multiprocessing.forkserver"), "_forkserver", None)
    return [getattr(tracker, "_fd", None), getattr(server, "_forkserver_alive_fd", None)]


def _has_children() -> bool:
    """Whether multiprocessing has children; it starts some of them without an event."""
    return bool(getattr(sys.modules.get("multiprocessing.process"), "_children", None))


def _contents(path: str) -> bytes:
    try:
        fd = _open(path, os.O_RDONLY)
    except OSError:
        return b""
    try:
        return _read(fd, 100_000)
    except OSError:
        return b""
    finally:
        _close(fd)


def _living() -> set:
    """The ids of the children that run; one that ended and was not waited for is none."""
    found: set = set()
    try:
        tasks = _listdir(_TASKS)
    except OSError:
        return found
    for task in tasks:
        for pid in _contents("%s/%s/children" % (_TASKS, task)).split():
            if _began(int(pid)):
                found.add(int(pid))
    return found


def _began(pid: int) -> bytes:
    """When a process began, as the system counts; empty of one that has ended."""
    fields = _contents("/proc/%d/stat" % pid).rpartition(b")")[2].split()
    return fields[19] if len(fields) > 19 and fields[0] not in (b"Z", b"X") else b""


def _command(pid: int) -> str:
    said = _contents("/proc/%d/cmdline" % pid)
    if said == _contents("/proc/self/cmdline"):
        return "a fork of pytest"
    return " ".join(os.fsdecode(said).split("\0")).strip()[:200]


def _number(sock: object) -> int:
    try:
        return sock.fileno() if sock is not None else -1
    except Exception:
        return -1


def _is_the_tests(thread: object) -> bool:
    """Whether neither pytest nor Python itself made a thread; one that Python only met has no end that it knows."""
    target = getattr(thread, "_target", None)
    timed = getattr(thread, "function", None)  # of a Timer
    modules = (type(thread).__module__, getattr(target, "__module__", ""), getattr(timed, "__module__", ""))
    return type(thread).__name__ not in ("_DummyThread", "_MainThread") and not any(map(is_runners, modules))


def _runs(thread: object) -> tuple:
    """(module, qualified name) of what a thread runs."""
    target = getattr(thread, "_target", None)
    runs = getattr(thread, "function", None) or type(thread) if target is None else target
    return str(getattr(runs, "__module__", "?")), getattr(runs, "__qualname__", None) or type(runs).__name__


def _serves_processes(thread: object) -> bool:
    """Whether a thread of the standard library looks after child processes."""
    return _runs(thread)[0].startswith(("concurrent.futures.process", "multiprocessing."))


def _is_kept(thread: object) -> bool:
    """Whether an installed library keeps a thread for later: a daemon that runs what the library calls private."""
    module, name = _runs(thread)
    source = getattr(sys.modules.get(module), "__file__", None) or ""
    private = any([part[:1] == "_" for part in (module + "." + name).split(".")])
    return bool(thread.daemon and private and "-packages" + os.sep in source)


def _described(thread: object) -> str:
    return text("%s, runs %s" % ("daemon" if thread.daemon else "not daemon", ".".join(_runs(thread))))
