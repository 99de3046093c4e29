"""Can anything in this test fail it on purpose? Checks, followed through helpers, classes, fixtures and imports.

A rule asks two questions: `checks_in(function)` for the checks that stand in a function's own body, and
`checks_of(sources, test)` for everything that is reached from it, the nearest first and found while one goes on. The
project's own helpers need not be named anywhere: a function that asserts is one, and so is one that calls one.

Whatever a body *mentions* counts as reached, not only what it calls: a check may be a callback, a thread's target, an
element of a table, the value of a parameter. That is generous on purpose: who is silent because of a check that never
runs is wrong less often than who speaks about a test whose check he did not see.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from testaudit.source import following
from testaudit.source.check_words import CheckKind, kind_of_call, kind_of_decorator, kind_of_fixture, kind_of_name
from testaudit.source.expressions import own_expressions
from testaudit.source.index import Function, terminal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from testaudit.source.following import Key, Mode
    from testaudit.source.project import Sources

MAX_REACHED = 600
_NO_VERDICT = frozenset({"SkipTest", "Skipped", "NotImplementedError", "StopIteration", "StopAsyncIteration"})
_CODE_THAT_CHECKS = re.compile(r"\bassert\b|\braise\b")


@dataclass(frozen=True, slots=True)
class Check:
    """Something that can fail a test on purpose."""

    kind: CheckKind
    path: str
    line: int
    how: str
    """What is called or named; empty for a statement."""


@dataclass(frozen=True, slots=True)
class _Facts:
    """Of one function: what it checks itself, and what it leads to."""

    checks: tuple[Check, ...]
    leads_to: tuple[Key, ...]


def checks_in(function: Function, mode: Mode = "") -> Iterator[Check]:
    """The checks in a function's own body, and in the lambdas and nested functions that it makes use of."""
    for body in following.bodies(function):
        inner = body is not function
        for statement in body.asserts:
            if inner or not following.prepares(body, statement.line, mode):
                yield Check("assert", body.path, statement.line, "")
        for node, statement in body.calls:
            kind = kind_of_call(node)
            if kind is not None and (inner or not following.prepares(body, statement.line, mode)):
                yield Check(kind, body.path, statement.line, terminal(node))
        for statement in body.statements:
            if (
                isinstance(statement.node, ast.Raise)
                and _is_verdict(statement.node, own=not inner and not mode)
                and (inner or not following.prepares(body, statement.line, mode))
            ):
                yield Check("raise", body.path, statement.line, "")


def _is_verdict(node: ast.Raise, *, own: bool) -> bool:
    """Whether a `raise` judges: an AssertionError anywhere; in the test itself anything but a skip."""
    name = terminal(node.exc) if node.exc is not None else ""
    return name not in _NO_VERDICT and (own or "Assert" in name or "Fail" in name)


def checks_of(sources: Sources, test: Function) -> Iterator[Check]:
    """Every check that a test reaches: its own, then those of helpers, fixtures, set-up and tear-down.

    Ask `next(checks_of(...), None)` where one is enough: what is further away is not read then.
    """
    facts = _facts(sources, test, "")
    yield from facts.checks
    yield from _by_framework(sources, test)
    seen = {following.key_of(test)}
    todo = [*facts.leads_to, *following.surroundings(sources, test)]
    for key in todo:
        if key in seen:
            continue
        seen.add(key)
        if key[0] != test.path:
            # What is remembered of another file was asked of it, too: the cache of findings has to know.
            sources.store.shared.add(key[0])
        facts = _facts_at(sources, key)
        yield from facts.checks
        todo += facts.leads_to
        if len(seen) > MAX_REACHED:
            yield Check("unknown", test.path, test.line, "too much to follow")
            return


def _by_framework(sources: Sources, test: Function) -> Iterator[Check]:
    """What checks without standing in any body: a plugin's fixture; a Deferred that Trial waits for, with a limit."""
    for name in following.foreign_fixtures(sources, test):
        kind = kind_of_fixture(name)
        if kind is not None:
            yield Check(kind, test.path, test.line, name)
    if test.owner is not None and sources.is_test_case(test.owner):
        for statement in test.statements:
            node = statement.node
            if isinstance(node, ast.Return) and node.value is not None and not isinstance(node.value, ast.Constant):
                yield Check("limit", test.path, statement.line, "return")


def unused_checks(function: Function) -> list[Check]:
    """Assertions in nested functions that nothing names, calls or registers: they never run."""
    used = {id(body) for body in following.bodies(function)}
    return [
        Check("assert", inner.path, statement.line, inner.name)
        for inner in function.inside
        if id(inner) not in used and not isinstance(inner.node, ast.Lambda)
        for statement in inner.asserts
    ]


def _facts_at(sources: Sources, key: Key) -> _Facts:
    known = sources._memo.get(("checks", *key))  # noqa: SLF001 - one family, one memory
    if isinstance(known, _Facts):
        return known
    function = following.function_at(sources, key)
    return _facts(sources, function, key[3]) if function is not None else _Facts((), ())


def _facts(sources: Sources, function: Function, mode: Mode) -> _Facts:
    key = ("checks", *following.key_of(function, mode))
    memo = sources._memo  # noqa: SLF001 - as above
    known = memo.get(key)
    if isinstance(known, _Facts):
        return known
    leads_to, unknown = following.led_to(sources, function, mode)
    checks = [
        *checks_in(function, mode),
        *_handed_on(function, mode, frozenset(sources.config.assert_helpers)),
        *_wrapped(function),
        *(Check("unknown", function.path, function.line, name) for name in unknown),
    ]
    facts = _Facts(tuple(checks), tuple(dict.fromkeys(leads_to)))
    memo[key] = facts
    return facts


def _handed_on(function: Function, mode: Mode, helpers: frozenset[str]) -> Iterator[Check]:
    """Checks that a body only names (`addCallback(self.assertEqual, 3)`), or writes as code for somebody else to run.

    `helpers` are the names that the configuration gives: they count wherever they stand.
    """
    for body in following.bodies(function):
        early = mode if body is function else ""
        for statement in body.statements:
            if following.prepares(body, statement.line, early):
                continue
            for node in own_expressions(statement.node):
                name = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
                kind = "call" if name in helpers else kind_of_name(name) if name else None
                if kind is not None:
                    yield Check(kind, body.path, statement.line, name)
        for text, statement in body.strings:
            is_docstring = isinstance(statement.node, ast.Expr) and statement.node.value is text
            if not is_docstring and isinstance(text.value, str) and _CODE_THAT_CHECKS.search(text.value):
                yield Check("unknown", body.path, statement.line, "code in a text")


def _wrapped(function: Function) -> Iterator[Check]:
    for decorator in function.decorators:
        kind = kind_of_decorator(decorator)
        if kind is not None:
            yield Check(kind, function.path, function.line, terminal(decorator))
