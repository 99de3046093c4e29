"""PYTEST_DONT_REWRITE. pytest's objects -> plain values that JSON can say, whatever the suite put into them."""

from __future__ import annotations

import os
import re

MAX_TEXT = 20000
MAX_OUTPUT = 64000
MAX_ARGUMENT = 200
_FRAMES = 40
_own = os.path.dirname(os.path.abspath(__file__))
_hidden = (os.sep + "_pytest" + os.sep, os.sep + "pluggy" + os.sep, os.sep + "unittest" + os.sep + "case.py", _own)
_BaseException = BaseException
_VARIABLE = re.compile(r"\b[A-Z][A-Z0-9_]{2,}\b")
_XUNIT = frozenset(
    "setUp tearDown asyncSetUp asyncTearDown setUpClass tearDownClass setUpTestData setUpModule tearDownModule "
    "setup_method teardown_method setup_class teardown_class setup_module teardown_module setup_function "
    "teardown_function".split()
)


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


def code_of(fixturedef: object) -> object:
    """The code object of a fixture's function, or None."""
    func = getattr(fixturedef, "func", None)
    for _ in range(10):
        func = getattr(func, "__wrapped__", func)
    code = getattr(func, "__code__", None)
    return getattr(getattr(func, "func", None), "__code__", None) if code is None else code


def fixture(fixturedef: object) -> dict:
    """Name, scope, and the file and line (1-based) that define a fixture."""
    code = code_of(fixturedef)
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


def exception(excinfo: object, fixtures: dict | None = None) -> dict:
    """Type, message, frames and innermost cause of an `ExceptionInfo`.

    `fixtures` (code object -> name, scope, path, line) is given where a fixture may have raised it.
    """
    value = excinfo.value
    message = getattr(value, "msg", None) if type(value).__name__ in ("Skipped", "XFailed", "Failed") else None
    record = {
        "type": type_name(type(value)),
        "message": safe_text(value if message is None else message, MAX_TEXT),
        "frames": frames(getattr(excinfo, "tb", None) or value.__traceback__),
    }
    names = _unset(record["message"])
    root, wrapped = _root(value)
    if root is not None:
        if not record["frames"] and type(root).__name__ == "SkipTest":
            # unittest's skip, which pytest raises again from a place of its own.
            record["frames"] = frames(root.__traceback__)
        record["root"] = "%s: %s" % (type_name(type(root)), safe_text(root, 2000))
        record["root_at"] = frames(root.__traceback__)[-1:]
        record["wrapped"] = wrapped
        names.extend(name for name in _unset(record["root"]) if name not in names)
    if names:
        record["unset"] = names[:20]
    broken = _fixture_in(getattr(excinfo, "tb", None) or value.__traceback__, fixtures or {})
    if broken is not None:
        record["fixture"] = broken
    return record


def _root(value: BaseException) -> tuple:
    """The innermost cause or context of an exception, None where it stands alone; and whether each outer one wraps it.

    One wraps another that it was raised `from`, or that the function which raised it had caught.
    """
    seen = {id(value)}
    inner = value
    wrapped = True
    for _ in range(20):
        following = inner.__cause__
        if following is None and not inner.__suppress_context__:
            following = inner.__context__
            caught = following is not None and _caught(inner, following)
        else:
            caught = True
        if following is None or id(following) in seen:
            break
        wrapped = wrapped and caught
        seen.add(id(following))
        inner = following
    return (None, False) if inner is value else (inner, wrapped)


def _caught(outer: BaseException, inner: BaseException) -> bool:
    """Whether the function that raised `outer` is one that `inner` went through."""
    codes = [code for code in _codes(outer.__traceback__) if not any(part in code.co_filename for part in _hidden)]
    return bool(codes) and codes[-1] in _codes(inner.__traceback__)


def _codes(tb: object) -> list:
    """The code objects of a traceback, outermost first."""
    found = []
    while tb is not None and len(found) < 5000:
        found.append(tb.tb_frame.f_code)
        tb = tb.tb_next
    return found


def _fixture_in(tb: object, fixtures: dict) -> list | None:
    """[name, scope, file, line] of the innermost fixture, or xunit-style set-up, that an exception went through."""
    found = None
    for code in _codes(tb):
        if code in fixtures:
            found = fixtures[code]
        elif code.co_name in _XUNIT:
            found = [code.co_name, "", code.co_filename, code.co_firstlineno]
    return found


def _unset(text: str) -> list:
    """The words of a text that are written like environment variables, and are none now."""
    names = []
    for name in _VARIABLE.findall(text[:2000]):
        if name not in names and name not in os.environ:
            names.append(name)
    return names[:20]


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
