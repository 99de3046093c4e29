"""PYTEST_DONT_REWRITE. The state of the process that a test can change: taken, compared, and each difference named.

Taken once a test, so it is copies of containers and nothing else; names and texts are made only where two of them
differ. Threads, processes and descriptors have a life of their own: see `lasting.py`; files: `events.py`.
"""

from __future__ import annotations

import os
import sys

_environ = os.environ
_data = getattr(os.environ, "_data", None)
_getcwd = os.getcwd
_fsdecode = os.fsdecode
_modules = sys.modules
MAX_VALUE = 1000
"""Characters of a value: it is masked as a whole before it is cut to what people see."""
_MAX_NAMED = 20

KINDS = (
    "environ",
    "cwd",
    "sys.path",
    "sys.argv",
    "locale",
    "socket-timeout",
    "warnings",
    "sys.modules",
    "logging",
    "signal",
)
ENVIRON, CWD, PATH, ARGV, LOCALE, TIMEOUT, WARNINGS, MODULES, LOGGING, SIGNAL = range(len(KINDS))
_CHEAP = MODULES
"""The kinds before this one cost so little that they are taken afresh before each test."""
_OWN_VARIABLES = ("PYTEST_", "COV_CORE_", "COVERAGE_")
_RUNNERS = ("_pytest", "pytest", "xdist", "execnet", "testaudit_probe", "coverage", "faulthandler")


def is_runners(module: object) -> bool:
    """Whether a module belongs to pytest, to a plugin of it, or to us."""
    top = str(module or "").partition(".")[0]
    return top in _RUNNERS or top.startswith("pytest_")


def text(value: object) -> str:
    """`repr` within the limit, whatever the object does."""
    try:
        said = value if type(value) is str else repr(value)
    except BaseException as exc:
        said = "<%s whose repr() raised %s>" % (type(value).__name__, type(exc).__name__)
    return said[:MAX_VALUE]


class Surroundings(object):
    """Takes and compares the state."""

    def __init__(self, own_warnings: bool) -> None:
        # With pytest's own plugin each test has filters of its own, which are gone with it.
        self.own_warnings = own_warnings
        # Not the modules themselves: a test may ask whether one is gone.
        self.first_modules = dict([(name, id(module)) for name, module in list(_modules.items())])
        self.loggers: list = []
        self.first_handlers: set = set()
        self.most_handlers: dict = {}
        self.logger_count = -1
        signals = _modules.get("_signal")
        self.getsignal = getattr(signals, "getsignal", None)
        state = self._logging() or [0]
        self.first_handlers = set([id(handler) for logger in state[1:] for handler in logger[3]])
        self.signals: list = []
        for number in range(1, 32) if self.getsignal is not None else ():
            try:
                self.getsignal(number)
                self.signals.append(number)
            except (ValueError, OSError):
                pass

    # ------------------------------------------------------------ taking

    def take(self) -> list:
        """The whole state."""
        return self.cheap() + [list(_modules.values()), self._logging(), self._signal_handlers()]

    def refreshed(self, earlier: list) -> list:
        """The state with what costs much as it was when it was taken last."""
        return self.cheap() + earlier[_CHEAP:]

    def cheap(self) -> list:
        """What costs next to nothing."""
        environ = _data.copy() if _data is not None else dict(_environ)
        environ.pop(b"PYTEST_CURRENT_TEST", None)
        try:
            cwd = _getcwd()
        except OSError:
            cwd = ""
        locale = _modules.get("_locale")
        sockets = _modules.get("_socket")
        filters = _modules.get("warnings")
        return [
            (environ, os.environ is _environ),
            cwd,
            list(sys.path),
            list(sys.argv),
            locale.setlocale(locale.LC_ALL, None) if locale is not None else None,
            sockets.getdefaulttimeout() if sockets is not None else None,
            list(filters.filters) if self.own_warnings and filters is not None else None,
        ]

    def _signal_handlers(self) -> list:
        return list(map(self.getsignal, self.signals))

    def _logging(self) -> list | None:
        """Level and handlers of each logger; those that a test makes come at the end."""
        logging = _modules.get("logging")
        if logging is None or not hasattr(logging, "root"):
            return None
        root = logging.root
        known = root.manager.loggerDict
        if len(known) != self.logger_count:
            self.logger_count = len(known)
            # A placeholder stands for a name that was only used as a prefix.
            named = [(name, logger) for name, logger in list(known.items()) if hasattr(logger, "handlers")]
            seen = set([name for name, _ in self.loggers])
            self.loggers.extend([entry for entry in named if entry[0] not in seen])
        own = [handler for handler in root.handlers if not type(handler).__module__.startswith("_pytest")]
        found = [
            root.manager.disable,
            (root.level, root.disabled, root.propagate, tuple(own)),
        ]
        for _, logger in self.loggers:
            found.append((logger.level, logger.disabled, logger.propagate, tuple(logger.handlers)))
        return found

    # ------------------------------------------------------------ comparing

    def differences(self, before: list, after: list, events: object) -> list:
        """[[kind, what, before, after, place]] of what is otherwise. `events` knows where some of it was done."""
        found: list = []
        for at, kind in enumerate(KINDS):
            if before[at] != after[at]:
                # A test may put anything into `sys.modules`, also under a name that is none.
                rows = self._named(at, before, after, events)[:_MAX_NAMED]
                found.extend([[kind, text(row[0])] + row[1:] for row in rows])
        return found

    def _named(self, at: int, before: list, after: list, events: object) -> list:
        """[[what, before, after, place]] of one kind that differs."""
        old, new = before[at], after[at]
        if at == ENVIRON:
            found = _variables(old, new, events)
        elif at == CWD:
            found = [["cwd", old, new or "a folder that is gone", events.chdir_at]]
        elif at == PATH:
            found = _multiset(old, new)
        elif at == MODULES:
            found = self._replaced(old, new) + _made_up(old)
        elif at == LOGGING:
            found = self._loggers(old, new, _imported(before, after))
        elif at == SIGNAL:
            found = self._signals(old, new, _imported(before, after))
        elif at == WARNINGS and _imported(before, after):
            found = []
        else:
            found = [[KINDS[at], text(old), text(new), None]]
        return found

    def _replaced(self, before: list, after: list) -> list:
        """What was removed or replaced of the modules that were there before the first test."""
        left = set([id(module) for module in after])
        gone = dict([(id(module), module) for module in before if id(module) not in left])
        if not gone:
            return []
        found = []
        for name, known in self.first_modules.items():
            if known in gone:
                now = _modules.get(name)
                found.append([name, text(gone[known]), "" if now is None else text(now), None])
        return found

    def _loggers(self, before: list | None, after: list, imported: set) -> list:
        if before is None:
            return []  # the first import of logging
        found = []
        if before[0] != after[0]:
            found.append(["logging.disable", _level(before[0]), _level(after[0]), None])
        for (name, _), old, new in zip([("root", None)] + self.loggers, before[1:], after[1:]):
            # A package that is imported now sets up its own logger.
            if old == new or name.partition(".")[0] in imported:
                continue
            if old[0] != new[0]:
                found.append([name, "level " + _level(old[0]), "level " + _level(new[0]), None])
            for at, word in ((1, "disabled"), (2, "propagate")):
                if old[at] != new[at]:
                    found.append([name, "%s %s" % (word, old[at]), "%s %s" % (word, new[at]), None])
            found.extend(self._handlers(name, old[3], new[3]))
        return found

    def _handlers(self, name: str, old: tuple, new: tuple) -> list:
        """[[what, before, after, place]] where a logger has more handlers than ever, or lost one that it began with."""
        lost = [handler for handler in old if handler not in new and id(handler) in self.first_handlers]
        had, has = _texts(old), _texts(new)
        # Garbage collection may take away what a test left, and the next test leaves it again.
        most = self.most_handlers.get(name, {})
        more = any([has.count(kind) > max(most.get(kind, 0), had.count(kind)) for kind in has])
        if not more and not _texts(lost):
            return []
        return [[name, "handlers: " + (", ".join(had) or "none"), "handlers: " + (", ".join(has) or "none"), None]]

    def remember_handlers(self, state: list) -> None:
        """The most handlers that each logger had."""
        for (name, _), logger in zip([("root", None)] + self.loggers, (state[LOGGING] or [0])[1:]):
            kinds = _texts(logger[3])
            most = self.most_handlers.setdefault(name, {}) if kinds else {}
            for kind in kinds:
                most[kind] = max(most.get(kind, 0), kinds.count(kind))

    def _signals(self, before: list, after: list, imported: set) -> list:
        module = _modules.get("signal")
        found = []
        for number, old, new in zip(self.signals, before, after):
            owner = str(getattr(new, "__module__", ""))
            if old is new or _function(old) == _function(new) or owner.partition(".")[0] in imported:
                continue
            if is_runners(owner) or is_runners(getattr(old, "__module__", "")):
                continue
            try:
                name = module.Signals(number).name
            except (AttributeError, ValueError):
                name = "signal %d" % number
            found.append([name, _function(old), _function(new), None])
        return found

    def rebased(self, before: list, begin: list, end: list) -> list:
        """`before` with what a wider fixture changed between `begin` and `end`, in the middle of a test."""
        result = list(before)
        for at in range(len(KINDS)):
            if begin[at] == end[at]:
                continue
            if at == ENVIRON and before[at] != begin[at]:
                environ = before[at][0].copy()
                for key in set(begin[at][0]) | set(end[at][0]):
                    value = end[at][0].get(key)
                    if begin[at][0].get(key) != value:
                        environ[key] = value
                result[at] = (dict([(k, v) for k, v in environ.items() if v is not None]), end[at][1])
            else:
                # Where both changed it, the difference cannot be told apart: nothing is said.
                result[at] = end[at]
        return result


def _imported(before: list, after: list) -> set:
    """The packages of which something was imported between the two."""
    known = set([id(module) for module in before[MODULES]])
    return set([str(name).partition(".")[0] for name, module in list(_modules.items()) if id(module) not in known])


def _made_up(before: list) -> list:
    """New entries that no import made: mocks and empty modules in the place of real ones."""
    known = set([id(module) for module in before])
    mocks = _modules.get("unittest.mock")
    found = []
    empty = []
    imported = False
    for name, module in list(_modules.items()):
        if id(module) in known:
            continue
        kind = type(module)
        if module is None or (mocks is not None and issubclass(kind, mocks.NonCallableMock)):
            # None forbids an import.
            found.append([name, "", text(module), None])
        elif kind is type(os) and module.__dict__.get("__spec__") is None and "__file__" not in module.__dict__:
            empty.append([name, "", text(module), None])
        else:
            imported = True
    # Compiled modules make such ones, too, when they are imported.
    return found if imported else found + empty


def _variables(before: tuple, after: tuple, events: object) -> list:
    found = []
    if before[1] != after[1]:
        found.append(["os.environ", "", "replaced by a %s" % type(os.environ).__name__, None])
    for key in sorted(set(before[0]) | set(after[0])):
        old, new = before[0].get(key), after[0].get(key)
        name = _decoded(key)
        if old == new or name.startswith(_OWN_VARIABLES):
            continue
        place = events.variables.get(name)
        if place is not events.IMPORT:
            found.append([name, _decoded(old), _decoded(new), place])
    return found


def _decoded(value: object) -> str:
    if not value:
        return "" if value is None else "''"  # set, to nothing
    return (_fsdecode(value) if isinstance(value, bytes) else str(value))[:MAX_VALUE]


def _multiset(before: list, after: list) -> list:
    """What was added to `sys.path` and taken away; another order alone is nothing."""
    found = []
    more, less = list(after), list(before)
    for entry in before:
        if entry in more:
            more.remove(entry)
            less.remove(entry)
    found.extend([[text(entry), text(entry), "", None] for entry in less])
    found.extend([[text(entry), "", text(entry), None] for entry in more])
    return found


def _texts(handlers: object) -> list:
    """The handlers that do something and are not pytest's, in words."""
    kept = [handler for handler in handlers if type(handler).__name__ != "NullHandler"]
    return sorted([text(handler) for handler in kept if not is_runners(type(handler).__module__)])


def _level(level: object) -> str:
    """WARNING for 30, where logging has a name for it."""
    names = getattr(_modules.get("logging"), "_levelToName", {})
    return str(names.get(level, level))


def _function(handler: object) -> str:
    """A signal's handler: two closures of one function are the same."""
    if handler in (0, 1):
        return "SIG_IGN" if handler else "SIG_DFL"
    name = getattr(handler, "__qualname__", None)
    if name is None:
        said = getattr(handler, "name", None)
        return str(said) if isinstance(said, str) else text(handler)
    return "%s.%s" % (getattr(handler, "__module__", ""), name)
