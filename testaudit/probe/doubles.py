"""PYTEST_DONT_REWRITE. What `unittest.mock`'s patches and `monkeypatch` put in the place of something.

`_patch.__enter__` is what every syntax of patch comes to: decorators, `with`, `start`, pytest-mock. It is replaced once
the target has imported `unittest.mock` itself; the frame of ours hides from pytest's tracebacks.
"""

from __future__ import annotations

import functools
import sys

_ModuleType = type(sys)
_FunctionType = type(functools.wraps)
_MAX = 100
_LIBRARIES = ("unittest.mock", "mock.mock")


class Doubles(object):
    """The doubles of the running test."""

    def __init__(self, events: object) -> None:
        self.events = events
        self.wrapped: set = set()
        self.lasting: list = []
        """Patches that a wider fixture, or a test that never stopped them, put in."""
        self.entered: list = []

    def watch(self) -> None:
        """See the patches from now on, if the target has imported the library; a second call changes nothing."""
        for name in _LIBRARIES:
            module = sys.modules.get(name)
            if module is None or name in self.wrapped:
                continue
            original = getattr(getattr(module, "_patch", None), "__enter__", None)
            if original is not None:
                self.wrapped.add(name)
                module._patch.__enter__ = self._seeing(original)

    def _seeing(self, original: object) -> object:
        @functools.wraps(original)
        def __enter__(patcher: object) -> object:
            __tracebackhide__ = True
            result = original(patcher)
            try:
                self._enter(patcher)
            except (AttributeError, KeyError, RuntimeError, TypeError, ValueError):
                pass
            return result

        return __enter__

    def _enter(self, patcher: object) -> None:
        if not self.events.active or len(self.entered) >= _MAX:
            return
        owner, name = patcher.target, patcher.attribute
        double = _held(owner, name)
        place = self.events.place(3)
        wider = bool(self.events.wide)
        entry = [patcher, _name(owner, name), _kind(owner), double, self._active() + 1, wider, place]
        self.entered.append(entry)

    def _active(self) -> int:
        return len([entry for entry in self.lasting + self.entered if _is_active(entry[0])])

    def begin(self) -> None:
        """Another test begins: what is still in place stays."""
        if self.entered or self.lasting:
            self.lasting = [entry for entry in self.lasting + self.entered if _is_active(entry[0])][:_MAX]
            for entry in self.lasting:
                entry[5] = True
            self.entered = []

    def seen(self, monkeypatch: object) -> list:
        """[[target, owner, by, type, calls, active, wider, place]], at the end of a test's call."""
        found = []
        for entry in self.lasting + self.entered:
            if entry in self.lasting and not _is_active(entry[0]):
                continue
            _, target, owner, double, active, wider, place = entry
            found.append([target, owner, "patch", type(double).__name__, _calls(double), active, wider, place])
        for owner, name, _ in list(getattr(monkeypatch, "_setattr", ()))[:_MAX]:
            double = _held(owner, name)
            active = len(found) + 1
            kind = type(double).__name__
            found.append([_name(owner, name), _kind(owner), "monkeypatch", kind, _calls(double), active, False, None])
        return found


def _is_active(patcher: object) -> bool:
    """Whether the patch is in place: its end takes the target from it."""
    return getattr(patcher, "target", None) is not None


def _held(owner: object, name: str) -> object:
    """What stands there now, without running code of the owner."""
    try:
        return object.__getattribute__(owner, "__dict__")[name]
    except (AttributeError, KeyError, TypeError):
        return type.__dict__["__dict__"].__get__(owner).get(name) if isinstance(owner, type) else None


def _kind(owner: object) -> str:
    return "module" if isinstance(owner, _ModuleType) else "class" if isinstance(owner, type) else "instance"


def _name(owner: object, name: str) -> str:
    """The dotted name of an attribute."""
    if isinstance(owner, _ModuleType):
        return "%s.%s" % (owner.__dict__.get("__name__", "?"), name)
    kind = owner if isinstance(owner, type) else type(owner)
    return "%s.%s.%s" % (kind.__module__, kind.__qualname__, name)


def _calls(double: object) -> int | None:
    """Calls of a mock and of its attributes; None of what does not count them."""
    if type(double) is _FunctionType:
        double = double.__dict__.get("mock")  # autospec gives a function that looks like the original
    for name in _LIBRARIES:
        mocks = getattr(sys.modules.get(name), "NonCallableMock", None)
        if mocks is not None and issubclass(type(double), mocks):
            try:
                return len(double.mock_calls)
            except Exception:
                return None
    return None
