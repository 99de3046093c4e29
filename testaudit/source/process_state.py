"""What belongs to the process and not to a test: working directory, `sys.path`, logging, signals; and who changes it.

Each kind knows the calls and writes that change it, and how code looks that puts it back (`restores.py`).
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from testaudit.source.expressions import dumped
from testaudit.source.index import Function, Statement, chain, root, terminal
from testaudit.source.restores import Change, State

if TYPE_CHECKING:
    from collections.abc import Iterator

    from testaudit.source.files import SourceFile


@dataclass(frozen=True, slots=True, eq=False)
class Kind:
    """One piece of the process's state."""

    slug: str
    what: str
    """As people call it: `the working directory`."""
    state: State
    remedy: str


def _kind(slug: str, what: str, mentions: str, names: str, remedy: str) -> Kind:
    return Kind(slug, what, State(re.compile(mentions), re.compile(names, re.IGNORECASE)), remedy)


CWD = _kind(
    "cwd",
    "the working directory",
    r"chdir|as_cwd|isolated_filesystem|getcwd|\bcwd\b|working_dir|pushd",
    r"chdir|cwd|isolat|working_dir|in_dir|in_tmp|in_temp|pushd|cd_|_cd$|^cd$|fs$|testdir|pytester|monkey",
    "Use monkeypatch.chdir(path): it goes back by itself.",
)
SYS_PATH = _kind(
    "sys.path",
    "sys.path",
    r"sys\.path\b|syspath|sys_path|\bpath\.(remove|pop)",
    r"sys_?path|import_path|pythonpath|testdir|pytester",
    "Use monkeypatch.syspath_prepend(path), or monkeypatch.setattr(sys, 'path', …).",
)
SYS_ARGV = _kind("sys.argv", "sys.argv", r"argv", r"argv|cli_args", "Use monkeypatch.setattr(sys, 'argv', [...]).")
SYS_MODULES = _kind(
    "sys.modules",
    "sys.modules",
    r"sys\.modules|sys_modules|\bmodules\b",
    r"modules|import|testdir|pytester",
    "Use monkeypatch.setitem(sys.modules, …), or patch.dict(sys.modules).",
)
IMPORT_HOOKS = _kind(
    "import hooks",
    "the import hooks",
    r"meta_path|path_hooks",
    r"hook|meta_path|finder",
    "Use monkeypatch.setattr(sys, 'meta_path', [...]).",
)
LOCALE = _kind(
    "locale",
    "the locale",
    r"setlocale|locale",
    r"locale",
    "Put the former locale back after yield, or in a finalizer.",
)
LOGGING = _kind(
    "logging",
    "logging",
    r"setLevel|addHandler|removeHandler|logging\.disable|\.handlers|\.level\b|propagate|basicConfig|dictConfig"
    r"|set_level|at_level|logging\.NOTSET|logging\.shutdown|logger_",
    r"(?:reset|restor|clean|isolat|quiet|silen|disabl|mute|no_|suppress|captur|preserv|temp)\w*log"
    r"|log\w*_(?:reset|restor|clean|isolat|disabl|level)",
    "Use caplog.set_level or caplog.at_level; take a handler off again after yield.",
)
WARNINGS = _kind(
    "warnings",
    "the warnings filters",
    r"catch_warnings|resetwarnings|recwarn|filters",
    r"warn|deprecat",
    "Change them inside `with warnings.catch_warnings():`.",
)
SOCKET_TIMEOUT = _kind(
    "socket timeout",
    "the default timeout of sockets",
    r"setdefaulttimeout",
    r"timeout",
    "Put the former timeout back after yield, or in a finalizer.",
)
SIGNALS = _kind(
    "signals",
    "a signal's handler",
    r"signal\.signal|\bsignal\(|getsignal|SIG_DFL|SIG_IGN|_handlers?\b",
    r"signal|sigint|sigterm|handler",
    "Put the former handler back after yield, or in a finalizer.",
)
UMASK = _kind("umask", "the umask", r"umask", r"umask", "Put the former umask back after yield, or in a finalizer.")
RECURSION = _kind(
    "recursion limit",
    "the recursion limit",
    r"recursionlimit|recursion_limit",
    r"recursion",
    "Put the former limit back after yield, or in a finalizer.",
)

_CALLS: dict[str, tuple[Kind, int]] = {
    "os.chdir": (CWD, 1),
    "os.fchdir": (CWD, 1),
    "locale.setlocale": (LOCALE, 2),
    "logging.disable": (LOGGING, 0),
    "logging.config.dictConfig": (LOGGING, 1),
    "logging.config.fileConfig": (LOGGING, 1),
    "socket.setdefaulttimeout": (SOCKET_TIMEOUT, 1),
    "signal.signal": (SIGNALS, 2),
    "os.umask": (UMASK, 1),
    "sys.setrecursionlimit": (RECURSION, 1),
}
"""Dotted name -> what it changes, given so many arguments: with fewer, `setlocale` only asks."""
_CALLED = frozenset(name.rpartition(".")[2] for name in _CALLS)
_LISTS = {
    "sys.path": SYS_PATH,
    "sys.argv": SYS_ARGV,
    "sys.modules": SYS_MODULES,
    "sys.meta_path": IMPORT_HOOKS,
    "sys.path_hooks": IMPORT_HOOKS,
}
_LIST_METHODS = frozenset(
    {"insert", "append", "extend", "remove", "pop", "clear", "update", "setdefault", "reverse", "sort"}
)
_FILTERS = frozenset({"simplefilter", "filterwarnings", "resetwarnings"})
_ADDS = frozenset({"insert", "append", "extend", "addHandler"})
_TAKES_AWAY = frozenset({"remove", "pop", "clear", "removeHandler"})
_LOGGER = re.compile(r"(?:^|[._])(?:log|logger)$", re.IGNORECASE)
_OWN_LOGGER = re.compile(r"test|dummy|fake|example|spam|foo|bar|^x$", re.IGNORECASE)


def state_changes(file: SourceFile, *, warnings: bool) -> dict[Function, list[tuple[Kind, Change]]]:
    """The changes of process state in a file, by function. `warnings`: filters count (pytest itself resets them)."""
    found: dict[Function, list[tuple[Kind, Change]]] = {}
    for kind, change in (
        *_by_calls(file),
        *_by_lists(file),
        *_by_loggers(file),
        *(_by_filters(file) if warnings else ()),
    ):
        found.setdefault(change.function, []).append((kind, change))
    return found


def only_takes_away(changes: list[Change]) -> bool:
    """Whether all that is done is to take something away: what the code under test, or an import, had left there."""
    return all(
        isinstance(change.statement.node, ast.Delete)
        or (isinstance(change.node, ast.Call) and terminal(change.node) in _TAKES_AWAY)
        for change in changes
    )


def _by_calls(file: SourceFile) -> Iterator[tuple[Kind, Change]]:
    for call, statement in file.calls(*_CALLED):
        function = statement.function
        dotted = file.dotted(call.func, function)
        kind, least = _CALLS.get(dotted, (None, 0))
        if kind is not None:
            if len(call.args) + len(call.keywords) >= least:
                key = dumped(call.args[0]) if kind is SIGNALS and call.args else kind.slug
                yield kind, Change(call, statement, f"{dotted}(…)", key)
        elif terminal(call) == "chdir" and _is_tmpdir(call, function):
            # py.path's own: unlike monkeypatch.chdir it does not go back.
            yield CWD, Change(call, statement, f"{'.'.join(chain(call.func)) or 'tmpdir….chdir'}()", CWD.slug)


def _is_tmpdir(call: ast.Call, function: Function) -> bool:
    base = root(call.func)
    return isinstance(base, ast.Name) and base.id == "tmpdir" and base.id in function.parameters


def _by_lists(file: SourceFile) -> Iterator[tuple[Kind, Change]]:
    """Writes to `sys.path`, `sys.argv`, `sys.modules` and import hooks, by method or by assignment."""
    if "sys" not in file.imports and not any(name in file.text for name in ("argv", "meta_path")):
        return
    for call, statement in file.calls(*_LIST_METHODS):
        if isinstance(call.func, ast.Attribute):
            dotted = file.dotted(call.func.value, statement.function)
            kind = _LISTS.get(dotted)
            if kind is not None:
                method = call.func.attr
                key, adds = _item(kind, call.args[:1], dotted), method in _ADDS
                yield kind, Change(call, statement, f"{dotted}.{method}(…)", key, adds)
    for statement in file.statements_of(ast.Assign, ast.AugAssign, ast.Delete):
        for target in _targets(statement):
            within = target.value if isinstance(target, ast.Subscript) else target
            dotted = file.dotted(within, statement.function)
            kind = _LISTS.get(dotted)
            if kind is not None:
                index = [target.slice] if isinstance(target, ast.Subscript) else []
                verb = "del " if isinstance(statement.node, ast.Delete) else ""
                shown = f"{verb}{dotted}{'[…]' if index else ''}"
                yield kind, Change(target, statement, shown, _item(kind, index, dotted))


def _targets(statement: Statement) -> list[ast.expr]:
    node = statement.node
    if isinstance(node, ast.AugAssign):
        return [node.target] if isinstance(node.target, ast.Attribute | ast.Subscript) else []
    found: list[ast.expr] = node.targets if isinstance(node, ast.Assign | ast.Delete) else []
    return [target for target in found if isinstance(target, ast.Attribute | ast.Subscript)]


def _item(kind: Kind, index: list[ast.expr], dotted: str) -> str:
    """What a later change must be about to put this one back: the same module, or anything in the same list."""
    return dumped(index[0]) if kind is SYS_MODULES and index else dotted


def _by_loggers(file: SourceFile) -> Iterator[tuple[Kind, Change]]:
    """Level, handlers and switches of a logger that is not the test's own."""
    for call, statement in file.calls("setLevel", "addHandler", "removeHandler"):
        if isinstance(call.func, ast.Attribute):
            name = shared_logger(call.func.value, statement.function, file)
            if name:
                method = call.func.attr
                key = f"{name} {'level' if method == 'setLevel' else 'handlers'}"
                yield LOGGING, Change(call, statement, f"{method}(…) of {name}", key, method in _ADDS)
    for call, statement in file.calls("basicConfig"):
        if file.dotted(call.func, statement.function) == "logging.basicConfig" and any(
            word.arg == "force" and getattr(word.value, "value", False) for word in call.keywords
        ):
            yield LOGGING, Change(call, statement, "logging.basicConfig(force=True)", "basicConfig")


def shared_logger(expression: ast.expr, function: Function, file: SourceFile, depth: int = 0) -> str:
    """How people call a logger that others use, too; empty for the test's own, and for what may be none."""
    if isinstance(expression, ast.Call):
        return _gotten_logger(expression, function, file)
    dotted = file.dotted(expression, function)
    if dotted in {"logging.root", "logging.Logger.root"}:
        return "the root logger"
    at: Function | None = function if isinstance(expression, ast.Name) and depth < 2 else None
    while at is not None:
        name = expression.id if isinstance(expression, ast.Name) else ""
        made = at.assignments.get(name)
        if made or name in at.parameters:
            return shared_logger(made[-1][0], at, file, depth + 1) if made else ""
        at = at.outer
    is_one = file.is_imported(expression, function) and _LOGGER.search(dotted)
    return f"the logger {dotted}" if is_one else ""


def _gotten_logger(call: ast.Call, function: Function, file: SourceFile) -> str:
    """What `getLogger(…)` gives."""
    if terminal(call) != "getLogger":
        return ""
    if not call.args:
        return "the root logger"
    name = call.args[0]
    if isinstance(name, ast.Constant) and isinstance(name.value, str):
        if not name.value:
            return "the root logger"
        return f"the logger {name.value!r}" if not _OWN_LOGGER.search(name.value) else ""
    dotted = file.dotted(name, function)
    return f"the logger of {dotted.removesuffix('.__name__')}" if dotted.endswith(".__name__") else ""


def _by_filters(file: SourceFile) -> Iterator[tuple[Kind, Change]]:
    for call, statement in file.calls(*_FILTERS):
        dotted = file.dotted(call.func, statement.function)
        if dotted.startswith("warnings."):
            yield WARNINGS, Change(call, statement, f"{dotted}(…)", "filters")
