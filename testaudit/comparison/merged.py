"""Tests that became part of others: several made one, one made several, or a copy of one that still runs.

A rename leaves a test alone with its successor (`lost.py`). Here the successor has another shape, so more is asked of
it: it ran, and either it does and checks all that the old one did, or it is alike but for its values and has at least
as many cases. What is less than that wants a record.
"""

from __future__ import annotations

import ast
import io
import keyword
import tokenize
from collections import defaultdict
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from testaudit.comparison.assertions import examined, function_in
from testaudit.comparison.bodies import function_in as in_file
from testaudit.model import GREEN, RED, NodeId
from testaudit.source.before import source_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from testaudit.comparison.interface import Grounds
    from testaudit.model import AuditedTest
    from testaudit.source.before import FunctionBefore
    from testaudit.source.interface import Sources

LIKE = 0.7
"""Share of the tokens, values left out, that the old and the new test have in common."""
_COMPARED = 20_000
"""Pairs that are compared at most: a bound on the work, beyond which tests count as gone."""


@dataclass(frozen=True)
class _Shape:
    """What a test does, apart from its values."""

    checks: frozenset[str]
    does: frozenset[str]
    tokens: tuple[str, ...]
    calls: frozenset[str]
    names: frozenset[str]
    arguments: frozenset[str]


def merged(
    left: Mapping[NodeId, tuple[FunctionBefore, int]],
    now: Mapping[NodeId, tuple[AuditedTest, ...]],
    before: Mapping[NodeId, int],
    grounds: Grounds,
    sources: Sources,
) -> dict[NodeId, NodeId]:
    """Name then -> the test that does its work now.

    Args:
        left: functions that are gone, with their source at the merge base and their cases.
        now: today's functions.
        before: how many cases today's functions had then; 0 or absent: they are new.
        grounds: with what changed.
        sources: the suite of today.

    """
    changed = grounds.since.changed if grounds.since is not None else frozenset()
    ran = {
        node_id: sum(test.outcome in GREEN | RED for test in tests)
        for node_id, tests in now.items()
        if tests[0].path in changed
    }
    candidates = {node_id: count for node_id, count in ran.items() if count}
    if not left or len(left) * len(candidates) > _COMPARED:
        return {}
    today = dict(_shapes(candidates, now, sources))
    room = {node_id: candidates[node_id] - before.get(node_id, 0) for node_id in today}
    found: dict[NodeId, NodeId] = {}
    for old, (function, cases) in left.items():
        then = _shape(function.source)
        if then is None:
            continue
        own = {new: shape for new, shape in today.items() if _same_setting(function, then, new)}
        whole = next((new for new, shape in own.items() if candidates[new] >= cases and _holds(shape, then)), None)
        alike = [new for new, shape in own.items() if room[new] > 0 and _alike(then, shape)]
        if whole is not None:
            found[old] = whole
        elif sum(room[new] for new in alike) >= cases:
            found[old] = alike[0]
            wanted = cases
            for new in alike:
                taken = min(wanted, room[new])
                room[new] -= taken
                wanted -= taken
    return found


def _shapes(
    candidates: Mapping[NodeId, int], now: Mapping[NodeId, tuple[AuditedTest, ...]], sources: Sources
) -> Iterator[tuple[NodeId, _Shape]]:
    by_path: defaultdict[str, list[NodeId]] = defaultdict(list)
    for node_id in candidates:
        by_path[now[node_id][0].path].append(node_id)
    for path, listed in by_path.items():
        with sources.store.lock:
            file = sources.file(path) if path.endswith(".py") else None
            for node_id in listed if file is not None else ():
                function = in_file(file, node_id, now[node_id][0].line) if file is not None else None
                shape = _shape(source_of(function, file)) if function is not None and file is not None else None
                if shape is not None:
                    yield node_id, shape
            sources.trim()


def _shape(source: str) -> _Shape | None:
    """What a test does and checks; None where it checks nothing that is seen."""
    function = function_in(source)
    if function is None:
        return None
    seen = examined(function)
    if not seen.assertions:
        return None
    parameters = _parameters(function)
    body = "\n".join(ast.unparse(statement) for statement in function.body)
    nodes = [node for statement in function.body for node in ast.walk(statement)]
    return _Shape(
        checks=frozenset(one.form for one in seen.assertions),
        does=frozenset(seen.statements),
        tokens=tuple(_tokens(body, parameters)),
        calls=frozenset(ast.unparse(node.func) for node in nodes if isinstance(node, ast.Call)),
        names=frozenset(node.id for node in ast.walk(function) if isinstance(node, ast.Name))
        | frozenset(node.attr for node in ast.walk(function) if isinstance(node, ast.Attribute)),
        arguments=seen.arguments,
    )


def _parameters(function: ast.FunctionDef | ast.AsyncFunctionDef) -> frozenset[str]:
    """The arguments that `parametrize` fills: they stand for values."""
    found: set[str] = set()
    for decorator in function.decorator_list:
        if isinstance(decorator, ast.Call) and ast.unparse(decorator.func).endswith("parametrize") and decorator.args:
            for node in ast.walk(decorator.args[0]):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    found |= {name.strip() for name in node.value.split(",")}
    return frozenset(found)


def _tokens(body: str, parameters: frozenset[str]) -> Iterator[str]:
    """The tokens of a body; values, and parameters that stand for values, as one sign."""
    try:
        for token in tokenize.generate_tokens(io.StringIO(body).readline):
            if token.type in {tokenize.NUMBER, tokenize.STRING} or token.string in parameters:
                yield "·"
            elif token.string.strip():
                yield token.string
    except (tokenize.TokenError, SyntaxError):
        return


def _same_setting(function: FunctionBefore, then: _Shape, new: NodeId) -> bool:
    """A method stands on what its class sets up: elsewhere the same lines may check something else."""
    owner = new.partition("::")[2].rpartition("::")[0].replace("::", ".")
    return "self" not in then.arguments or function.qualname.rpartition(".")[0] == owner


def _holds(shape: _Shape, then: _Shape) -> bool:
    """Everything that was done and checked is done and checked here."""
    return then.checks <= shape.checks and then.does <= shape.does and then.arguments <= shape.arguments


def _alike(then: _Shape, shape: _Shape) -> bool:
    """The same but for values: what was called is called, or handed in as a value."""
    called = {name for call in then.calls for name in call.replace("(", ".").split(".") if name.isidentifier()}
    if not {name for name in called if not keyword.iskeyword(name)} <= shape.names:
        return False
    matcher = SequenceMatcher(None, then.tokens, shape.tokens, autojunk=False)
    return matcher.quick_ratio() >= LIKE and matcher.ratio() >= LIKE
