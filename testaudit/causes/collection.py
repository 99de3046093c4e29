"""`collection`: a module does not import, so none of its tests can run.

What it lacks is named where the error names it: a package, a service, a variable, a name in another module. Modules
that lack the same thing are one failure.
"""

from __future__ import annotations

import re

from testaudit.causes import environment
from testaudit.causes.interface import Example, Explanation, Group
from testaudit.causes.reading import all_spoken, place, words_of
from testaudit.model import Evidence

_NAME = re.compile(r"cannot import name '(?P<name>[^']+)' from (?:partially initialized module )?'(?P<module>[^']+)'")


def explain(group: Group) -> Explanation | None:
    """Proven by the collector's own report."""
    trouble = group.trouble
    if trouble.phase != "collect":
        return None
    path = group.tests[0].path or group.tests[0].node_id
    where = place(trouble.frame) or path
    said = words_of(all_spoken(group)[0]) or "an error"
    evidence = [Evidence("runtime", _what_happened(group, said))]
    advice = f"Make `{path}` importable; its tests were not even counted."
    subject = ""
    need = environment.explain(group)
    name = _NAME.search(trouble.message)
    if need is not None:
        subject = need.subject
        advice = f"{need.advice} {_count(group)} importable."
        evidence += [item for item in need.evidence if item.text not in said]
    elif name is not None:
        subject = f"{name['module']}.{name['name']}"
        file = group.facts.sources and group.facts.sources.module_path(name["module"], path)
        owner = f"`{file}`" if file else f"the installed `{name['module'].partition('.')[0]}`"
        advice = f"`{name['name']}` is not in {owner}: mend the import at {where}, or install a version that has it."
    return Explanation("collection", tuple(evidence), advice, None, subject)


def _what_happened(group: Group, said: str) -> str:
    trouble, path = group.trouble, group.tests[0].path
    loaded = "imported" if path.endswith(".py") else "loaded"
    if not trouble.type:
        return f"{path} could not be {loaded}: {said}"
    frame = trouble.frame
    if frame is None or frame.path == path:
        at = f", at line {frame.line}" if frame is not None else ""
        return f"{said}, raised when {path} was {loaded}{at}"
    return f"{said}, raised at {place(frame)} when {path} was {loaded}"


def _count(group: Group) -> str:
    return f"Until then `{group.tests[0].path}` is not"


PROVEN = (
    Example("a syntax error", "SyntaxError", "invalid syntax (test_a.py, line 3)", "collect", says="SyntaxError"),
    Example(
        "a package is missing", "ModuleNotFoundError", "No module named 'redis'", "collect", says="Install `redis`"
    ),
    Example(
        "a service is asked while importing",
        "ConnectionRefusedError",
        "[Errno 111] Connection refused",
        "collect",
        text='>   socket.create_connection(("localhost", 6379))',
        says="Redis at localhost:6379",
    ),
    Example(
        "a name went",
        "ImportError",
        "cannot import name 'url_quote' from 'werkzeug.urls' (/venv/werkzeug/urls.py)",
        "collect",
        says="the installed `werkzeug`",
    ),
    Example(
        "its import ended the process",
        "",
        "its import ended the process (exit status 3)",
        "collect",
        outcome="crashed",
        says="tests/test_example.py could not be imported: its import ended the process",
    ),
    Example("a usage error of pytest", "", "fixture 'x' not found", "collect", says="importable"),
)
SILENT = (
    Example("a test imports inside its body", "ModuleNotFoundError", "No module named 'redis'"),
    Example("a set-up fails", "SyntaxError", "invalid syntax", "setup"),
    Example("a test compiles text", "SyntaxError", "invalid syntax (<string>, line 1)"),
)
