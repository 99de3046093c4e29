"""PYTEST_DONT_REWRITE. Looks at the state around the function scope of each test, and says what was left otherwise.

The look before is taken when the first function-scoped fixture is about to be set up, or else before the call; the one
after by a finalizer of the test itself, which runs when its own fixtures are torn down and before any wider one is. The
look after a test is the look before the next, of all that costs much, unless something of a wider scope came between.
"""

from __future__ import annotations

import functools

import pytest

from . import log
from .doubles import Doubles
from .events import Events
from .lasting import Lasting
from .surroundings import KINDS, Surroundings

_now = log.now_ns
_MAX_LEAKS = 40


def _harmless(method: object) -> object:
    """What fails here (no descriptor is left, an object of the suite cannot be compared) must fail no test."""

    @functools.wraps(method)
    def guarded(self: object, *args: object) -> object:
        try:
            return method(self, *args)
        except Exception:
            self.stale = True
            self.before = None
            return ""

    return guarded


class Leaks(object):
    """What the tests of one process leave behind, and what they reach for."""

    def __init__(self, config: object, folder: str, worker: str) -> None:
        self.config = config
        self.worker = worker
        self.events = Events(str(config.rootpath), folder)
        self.watches_files = self.events.install()
        self.doubles = Doubles(self.events)
        self.surroundings: Surroundings | None = None
        self.lasting: Lasting | None = None
        self.before: list | None = None
        self.stale = True
        """Something of a wider scope changed since the last look."""
        self.closed = False
        """A wider fixture was torn down since the last look."""
        self.inside = False
        """Between the looks before and after."""
        self.depth = 0
        """Fixtures of a wider scope that are being set up now."""
        self.wide_begin: list | None = None
        self.origin: list | None = None
        self.module = ""
        self.test = (-1, "")
        self.passed = False
        self.leaks: list = []
        self.waiting: list = []
        self.replaced: list = []
        self.spent = 0
        self.known: dict = {}
        """(kind, what) -> its value before it was left otherwise: who restores that leaves nothing."""

    # ------------------------------------------------------------ the session

    def start(self, items: list) -> None:
        """The tests are collected; what was imported until now is the beginning."""
        self.events.test_files = set([str(getattr(item, "path", "")) for item in items])
        own_warnings = not self.config.pluginmanager.hasplugin("warnings")
        self.surroundings = Surroundings(own_warnings)
        self.lasting = Lasting(self.events)
        kinds = [kind for kind in KINDS if kind != "warnings" or own_warnings]
        kinds.extend(self.lasting.kinds() + ["file"] * self.watches_files)
        log.write({"t": "watched", "w": self.worker, "kinds": kinds})

    @_harmless
    def finish(self) -> None:
        """The session ends: what is still running and open stays."""
        self.events.active = False
        self._confirm()
        if self.lasting is not None:
            for test, leak in self.lasting.end():
                self._late(test, [leak])

    def pytest_fixture_post_finalizer(self, fixturedef: object) -> None:
        """A fixture was torn down."""
        if fixturedef.scope != "function":
            self.stale = self.closed = True

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_call(self, item: object) -> None:
        """A test without any fixture begins here."""
        if not self.inside:
            self.begin(item)

    # ------------------------------------------------------------ a test

    @_harmless
    def test_begins(self, index: int, nodeid: str) -> None:
        """A test is announced."""
        self._confirm()
        self.test = (index, nodeid)
        self.inside = False
        self.passed = False
        self.leaks = []
        self.replaced = []
        module = nodeid.partition("::")[0]
        if module != self.module:
            self.module = module
            self.stale = True
        self.events.clear()
        self.doubles.begin()
        self.doubles.watch()
        self.events.active = self.surroundings is not None

    def wide_begins(self) -> None:
        """A fixture of a wider scope is about to be set up: what it does is not the test's."""
        self.depth += 1
        self.events.wide = self.depth
        if self.depth == 1 and self.inside:
            self.wide_begin = self._take()

    @_harmless
    def wide_ends(self) -> None:
        """It is set up."""
        self.depth -= 1
        self.events.wide = self.depth
        if self.depth:
            return
        if not self.inside:
            self.stale = True
        elif self.before is not None:
            end = self._take()
            known = self.wide_begin is not None and end is not None
            self.before = self.surroundings.rebased(self.before, self.wide_begin, end) if known else None
            self.lasting.refresh()

    @_harmless
    def begin(self, item: object) -> None:
        """The function scope begins."""
        if self.inside or self.surroundings is None:
            return
        try:
            item.addfinalizer(self.end)
        except (AssertionError, AttributeError):
            return  # a kind of item that pytest does not set up
        begin = _now()
        self.inside = True
        if self.stale or self.before is None:
            self.before = self._take()
            self.lasting.refresh()
            self.stale = False
        else:
            self.before = self._take(self.before)
        self.origin = self.before
        self.spent += _now() - begin

    @_harmless
    def call_ends(self, item: object, passed: bool) -> None:
        """The body of the test has run; its fixtures are still there."""
        self.passed = passed
        self.replaced = self.doubles.seen(getattr(item, "funcargs", {}).get("monkeypatch"))

    @_harmless
    def end(self) -> None:
        """The function scope ends: its own fixtures are torn down."""
        if not self.inside or log.is_child():
            return
        begin = _now()
        self.inside = False
        self.events.active = False
        self.origin = self.before
        self.before = after = self._take()
        if self.events.written:
            self.leaks.extend(self._files())
        for test, leak in self.lasting.settled(self.closed):
            self._late(test, [leak])
        self.closed = False
        self.lasting.look(self.test, self.passed)
        # Last, as it may fail: what a suite puts into its state need not be comparable.
        self.leaks.extend(self._differences(after))
        self.events.active = True
        self.spent += _now() - begin

    def _take(self, earlier: list | None = None) -> list | None:
        """The state; None where what the suite put there cannot be read."""
        try:
            return self.surroundings.take() if earlier is None else self.surroundings.refreshed(earlier)
        except Exception:
            return None

    def _differences(self, now: list | None) -> list:
        if self.origin is None or now is None:
            return []
        found = self.surroundings.differences(self.origin, now, self.events)
        for name, (value, place) in self.events.direct.items():
            found.append(["environ", name, "", "os.putenv: %s" % value if value else "os.unsetenv", place])
        return found

    def _files(self) -> list:
        factory = getattr(self.config, "_tmp_path_factory", None)
        temporary = str(getattr(factory, "_basetemp", None) or "")
        return [
            ["file", path, "there" if existed else "", what, place]
            for path, what, existed, place in self.events.left(temporary)
        ]

    # ------------------------------------------------------------ the record

    @_harmless
    def tail(self) -> str:
        """What is added to the line of a test that has ended; empty where there is nothing to say."""
        events = self.events
        events.active = False
        told = {}
        leaks = self._settled() if self.leaks else []
        if leaks:
            told["l"] = [_row(leak) for leak in leaks[:_MAX_LEAKS]]
        if events.connected or events.looked_up:
            told["n"] = self._network()
        if events.bound:
            told["b"] = [_row([host, port, place]) for (host, port), place in events.bound.items()]
        if events.opened:
            told["o"] = [_row([path, int(wrote), place]) for (path, wrote), place in events.opened.items()]
        if self.replaced:
            told["p"] = [_row(double) for double in self.replaced]
        return ',"e":' + log.encode(told) if told else ""

    def _network(self) -> list:
        events = self.events
        rows = [_row([host, port, name, calls, at]) for (host, port), (name, calls, at) in events.connected.items()]
        reached = set([row[2] for row in rows])
        for (name, port), place in events.looked_up.items():
            if name not in reached:
                rows.append(_row(["", port, name, 1, place]))
        return rows[:_MAX_LEAKS]

    def _settled(self) -> list:
        """The leaks that are sure now: files, and what is whole again because a wider fixture was torn down.

        Of the rest those wait that are still there: a plugin, or a hook of the project, may clean up behind each test.
        """
        there = self._there(self._take())
        state = [leak for leak in self.leaks if leak[0] in KINDS]
        self.waiting = [leak for leak in state if (leak[0], leak[1]) in there]
        sure = [leak for leak in state if (leak[0], leak[1]) not in there] if self.closed else []
        return self._new(sure) + [leak for leak in self.leaks if leak[0] not in KINDS]

    def _confirm(self) -> None:
        """The next test begins: what is otherwise even now was left so."""
        if not self.waiting:
            return
        now = self._take()
        there = self._there(now)
        if now is not None:
            self.surroundings.remember_handlers(now)
        leaks = self._new([leak for leak in self.waiting if (leak[0], leak[1]) in there])
        self.waiting = []
        if leaks:
            self._late(self.test, leaks[:_MAX_LEAKS])

    def _there(self, now: list | None) -> set:
        """(kind, what) of what is otherwise now than before the last test."""
        return set([(leak[0], leak[1]) for leak in self._differences(now)])

    def _new(self, leaks: list) -> list:
        """Without those that only take back what an earlier test left."""
        found = []
        for leak in leaks:
            # A logger has a level, handlers, …: the first word of a value says which.
            key = (leak[0], leak[1], leak[2].partition(" ")[0] if leak[0] == "logging" else "")
            if self.known.get(key) == leak[3]:
                del self.known[key]
                continue
            if len(self.known) < 10000:
                self.known.setdefault(key, leak[2])
            found.append(leak)
        return found

    def _late(self, test: tuple, leaks: list) -> None:
        rows = [_row(leak) for leak in leaks]
        log.write({"t": "late", "i": test[0], "node": test[1], "w": self.worker, "l": rows})


def _row(values: list) -> list:
    """Values as JSON says them: the place at their end, where there is one."""
    place = values[-1]
    return values[:-1] if place is None or place is Events.IMPORT else values[:-1] + [list(place)]
