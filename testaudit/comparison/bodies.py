"""By what a test is recognised under another name or in another file: the tokens of its body."""

from __future__ import annotations

from typing import TYPE_CHECKING

from testaudit.baseline.interface import digest_of
from testaudit.source.before import body_of, first_line_of
from testaudit.source.tokens import normal_tokens

if TYPE_CHECKING:
    from collections.abc import Iterable

    from testaudit.model import AuditedTest, NodeId
    from testaudit.source.interface import Function, SourceFile, Sources


def bodies(tests: Iterable[tuple[NodeId, AuditedTest]], sources: Sources) -> dict[NodeId, str]:
    """The digest of each function's body, as far as its source is at hand.

    Args:
        tests: function -> one of its cases.
        sources: the suite of today.

    """
    by_path: dict[str, list[tuple[NodeId, AuditedTest]]] = {}
    for node_id, test in tests:
        if test.path.endswith(".py"):
            by_path.setdefault(test.path, []).append((node_id, test))
    found: dict[NodeId, str] = {}
    for path, listed in by_path.items():
        with sources.store.lock:
            file = sources.file(path)
            if file is None:
                continue
            for node_id, test in listed:
                function = function_in(file, node_id, test.line)
                if function is not None:
                    found[node_id] = digest_of(body_tokens(file, function))
            sources.trim()
    return found


def function_in(file: SourceFile, node_id: str, line: int) -> Function | None:
    """The function of a test in its file: by its qualified name, else by the line of its definition."""
    qualname = node_id.partition("::")[2].replace("::", ".")
    if not qualname:
        return None
    named = [function for function in file.functions if function.qualname == qualname]
    if len(named) > 1:  # defined again, or under a condition: the line decides
        named = [function for function in named if _covers(function, line)] or named[-1:]
    if named:
        return named[-1]
    placed = [function for function in file.functions if line and _covers(function, line)]
    return placed[-1] if placed else None


def _covers(function: Function, line: int) -> bool:
    return first_line_of(function) <= line <= function.line


def body_tokens(file: SourceFile, function: Function) -> tuple[str, ...]:
    """The tokens of a function's body, without its name, its decorators, its docstring, layout and comments."""
    return normal_tokens(body_of(function, file))
