"""PYTEST_DONT_REWRITE. Seconds slept in the running test, and where.

`time.sleep` is replaced before the project's first import by a callable that binds, pickles and shows itself as the
builtin does; `asyncio.sleep` after collection, and only if the target imported asyncio. Sleeping of other threads is
not the test's waiting and is not counted; nor is what the standard library sleeps while it polls for something
(`Popen.wait(timeout)`): that is waiting for a condition, the remedy for a fixed sleep.
"""

from __future__ import annotations

import functools
import os
import sys
import threading
import time

# A `partial`: libraries that freeze time replace a clock wherever a module holds it.
_clock = functools.partial(time.perf_counter)
_ident = threading.get_ident

places: dict = {}
"""(file, line, function) -> [seconds, calls], for the running test; emptied by the plugin."""

_main_thread = _ident()
_library = os.path.dirname(os.__file__) + os.sep


def _polls(filename: str) -> bool:
    """Whether the caller is the standard library, which sleeps only between two looks at something."""
    return filename.startswith(_library) and "-packages" + os.sep not in filename


def _add(place: tuple, seconds: float) -> None:
    if _polls(place[0]):
        return
    entry = places.get(place)
    if entry is None:
        if len(places) < 50:
            places[place] = [seconds, 1]
    else:
        entry[0] += seconds
        entry[1] += 1


class _Sleep(object):
    """`time.sleep` that counts; pickles as `time.sleep`, does not bind as a method, like the builtin."""

    __module__ = "time"

    def __init__(self, original: object) -> None:
        self._original = original
        self.__name__ = "sleep"
        self.__qualname__ = "sleep"
        self.__doc__ = original.__doc__
        self.__text_signature__ = getattr(original, "__text_signature__", None)

    def __call__(self, *args: object, **kwargs: object) -> None:
        if _ident() != _main_thread:
            return self._original(*args, **kwargs)
        frame = sys._getframe(1)
        place = (frame.f_code.co_filename, frame.f_lineno, frame.f_code.co_name)
        del frame
        begin = _clock()
        try:
            return self._original(*args, **kwargs)
        finally:
            _add(place, _clock() - begin)

    def __reduce__(self) -> str:
        return "sleep"

    def __repr__(self) -> str:
        return "<built-in function sleep>"


def watch_time() -> None:
    """Count `time.sleep` from now on; a second call changes nothing."""
    if type(time.sleep).__name__ != "_Sleep":
        time.sleep = _Sleep(time.sleep)


def watch_asyncio() -> None:
    """Count `asyncio.sleep`, if the target imported asyncio while it was collected."""
    tasks = sys.modules.get("asyncio.tasks")
    package = sys.modules.get("asyncio")
    original = getattr(tasks, "sleep", None)
    if original is None or hasattr(original, "_testaudit"):
        return

    @functools.wraps(original)
    async def sleep(*args: object, **kwargs: object) -> object:
        if _ident() != _main_thread:
            return await original(*args, **kwargs)
        frame = sys._getframe(1)
        place = (frame.f_code.co_filename, frame.f_lineno, frame.f_code.co_name)
        del frame
        begin = _clock()
        try:
            return await original(*args, **kwargs)
        finally:
            seconds = _clock() - begin
            # `sleep(0)` only lets others run: the loop's own time is no sleep.
            delay = args[0] if args else kwargs.get("delay", 0)
            if isinstance(delay, (int, float)) and delay > 0:
                _add(place, min(seconds, delay))

    sleep._testaudit = True
    if getattr(package, "sleep", None) is original:
        package.sleep = sleep
    tasks.sleep = sleep
