"""PYTEST_DONT_REWRITE. pytest's objects -> plain values that JSON can say, whatever the suite put into them."""

from __future__ import annotations

import os

MAX_TEXT = 20000
MAX_OUTPUT = 64000
MAX_ARGUMENT = 200
_FRAMES = 40
_own = os.path.dirname(os.path.abspath(__file__))
_hidden = (os.sep + "_pytest" + os.sep, os.sep + "pluggy" + os.sep, os.sep + "unittest" + os.sep + "case.py", _own)
_BaseException = BaseException


def cut(text: str, limit: int) -> str:
    """At most `limit` characters: the beginning and the end, and what is missing between."""
    if len(text) <= limit:
        return text
    head = limit * 2 // 3
    tail = limit - head
    return "%s\n[... %d characters left out ...]\n%s" % (text[:head], len(text) - limit, text[-tail:])


def safe_text(value: object, limit: int) -> str:
    """`str(value)`, also where its `__str__` raises."""
    try:
        text = value if type(value) is str else str(value)
    except _BaseException as exc:
        return "<%s whose str() raised %s>" % (type(value).__name__, type(exc).__name__)
    return cut(text, limit)


def safe_repr(value: object) -> str:
    """`repr(value)` within the limit, also where its `__repr__` raises."""
    if isinstance(value, (list, tuple, dict, set, frozenset)) and len(value) > 50:
        return "<%s of %d>" % (type(value).__name__, len(value))
    try:
        text = repr(value)
    except _BaseException as exc:
        return "<%s whose repr() raised %s>" % (type(value).__name__, type(exc).__name__)
    return text if len(text) <= MAX_ARGUMENT else text[: MAX_ARGUMENT - 3] + "..."


def marker(mark: object) -> list:
    """[name, [argument], {keyword: argument}]; of `parametrize` only the names, its values can be huge."""
    args = mark.args[:1] if mark.name == "parametrize" else mark.args[:10]
    kwargs = {} if mark.name == "parametrize" else dict(list(mark.kwargs.items())[:10])
    return [
        mark.name,
        [safe_repr(arg) for arg in args],
        {str(key): safe_repr(value) for key, value in kwargs.items()},
    ]


def fixture(fixturedef: object) -> dict:
    """Name, scope, and the file and line (1-based) that define a fixture."""
    func = getattr(fixturedef, "func", None)
    for _ in range(10):
        func = getattr(func, "__wrapped__", func)
    code = getattr(func, "__code__", None)
    if code is None:
        code = getattr(getattr(func, "func", None), "__code__", None)
    return {
        "name": str(fixturedef.argname),
        "scope": str(getattr(fixturedef, "scope", "")),
        "path": code.co_filename if code is not None else "",
        "line": code.co_firstlineno if code is not None else 0,
    }


def frames(tb: object) -> list:
    """[[file, line, function]] of a traceback, outermost first, at most 40, without pytest's own."""
    found = []
    count = 0
    while tb is not None and count < 5000:
        code = tb.tb_frame.f_code
        name = code.co_filename
        if not any(part in name for part in _hidden):
            found.append([name, tb.tb_lineno, code.co_name])
            if len(found) > _FRAMES:
                del found[0]
        tb = tb.tb_next
        count += 1
    return found


def type_name(kind: type) -> str:
    """Qualified name of an exception's class, `builtins.` left out."""
    module = getattr(kind, "__module__", "") or ""
    name = getattr(kind, "__qualname__", None) or getattr(kind, "__name__", "?")
    return str(name) if module in ("builtins", "") else "%s.%s" % (module, name)


def exception(excinfo: object) -> dict:
    """Type, message, frames and innermost cause of an `ExceptionInfo`."""
    value = excinfo.value
    message = getattr(value, "msg", None) if type(value).__name__ in ("Skipped", "XFailed", "Failed") else None
    record = {
        "type": type_name(type(value)),
        "message": safe_text(value if message is None else message, MAX_TEXT),
        "frames": frames(getattr(excinfo, "tb", None) or value.__traceback__),
    }
    root = _root(value)
    if root is not None:
        if not record["frames"] and type(root).__name__ == "SkipTest":
            # unittest's skip, which pytest raises again from a place of its own.
            record["frames"] = frames(root.__traceback__)
        record["root"] = "%s: %s" % (type_name(type(root)), safe_text(root, 2000))
    return record


def _root(value: BaseException) -> BaseException | None:
    """The innermost cause or context of an exception, None where it stands alone."""
    seen = {id(value)}
    inner = value
    for _ in range(20):
        following = inner.__cause__
        if following is None and not inner.__suppress_context__:
            following = inner.__context__
        if following is None or id(following) in seen:
            break
        seen.add(id(following))
        inner = following
    return None if inner is value else inner


def output(report: object) -> str:
    """What a failing test printed and logged, at most 64 kB."""
    parts = []
    total = 0
    for name, text in report.sections:
        if not text:
            continue
        parts.append("----- %s -----\n%s" % (name, cut(text, MAX_OUTPUT)))
        total += len(parts[-1])
        if total > MAX_OUTPUT:
            break
    return cut("\n".join(parts), MAX_OUTPUT)
