"""Fixed sleeps in tests and fixtures, with everything around them that decides whether they are a defect."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from testaudit.source.collecting import is_fixture
from testaudit.source.fixtures import fixture_closure
from testaudit.source.index import Function, Statement, chain, target_names, terminal
from testaudit.source.vocabulary import CLOCK_NAMES, is_check, number
from testaudit.source.wording import word_set, words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from testaudit.source.files import SourceFile
    from testaudit.source.project import Sources

BLOCKING = frozenset({"time.sleep"})
WAITING = frozenset({"asyncio.sleep", "anyio.sleep", "trio.sleep", "gevent.sleep", "eventlet.sleep", "curio.sleep"})
_EXPIRY = word_set(
    """
    ttl timeout timeouts expire expires expired expiry expiration expiring lifetime age maxage lease stale
    staleness debounce throttle interval period periodic delay delayed cooldown backoff retry retries
    keepalive heartbeat deadline elapsed duration timer timing took seconds rate limit limiter window grace
    ping scheduler schedule
    """
)
_CANCELLING = word_set(
    """
    raises assertRaises assertRaisesRegex timeout timeout_after wait_for move_on_after move_on_at fail_after
    fail_at CancelScope suppress Timeout open_cancel_scope ignore_after warns catch_stdout measure timeit
    Timer time_limit assertWarns span stopwatch profile
    """
)
_READS_CLOCK = frozenset(
    {"time", "monotonic", "perf_counter", "now", "utcnow", "process_time", "default_timer", "loop_time"}
)
_EXPIRING = re.compile(r"expir|ttl|timeout|lease|idle|mtime", re.IGNORECASE)
_ADMITS = re.compile(r"arbitrar|flak|race|hope|hack|todo|fixme|xxx|guess|\?|may fail|might fail", re.IGNORECASE)
"""A comment that doubts the sleep gives no reason for it."""
_REASON = re.compile(r"[A-Za-z]{3,}")
_ACTS = re.compile(r"(add|set|create|delete|remove|send|edit|update|upload|insert|publish|replace|rename)(_|[A-Z]|$)")
"""What a call is named that does something rather than look."""


@dataclass(frozen=True, slots=True, eq=False)
class FixedSleep:
    """A sleep of a fixed length that stands as a statement of a test or fixture."""

    call: ast.Call
    statement: Statement
    dotted: str
    seconds: float | None
    """None: not a literal."""
    doubt: str
    """Why it may be right here; empty: nothing speaks for it."""


def fixed_sleeps(file: SourceFile, sources: Sources) -> Iterator[FixedSleep]:
    """The sleeps of a file's tests and fixtures; loops, doubles, frozen clocks and cancelled waits left out."""
    for call, statement in file.calls("sleep", "wait_for_timeout"):
        function = statement.function
        dotted = file.dotted(call.func, function)
        if terminal(call.func) == "wait_for_timeout":
            dotted = "page.wait_for_timeout" if "page" in words(".".join(chain(call.func))) else ""
        if dotted not in BLOCKING | WAITING | {"page.wait_for_timeout"}:
            continue
        if not _is_statement(call, statement) or not (sources.is_test(function) or is_fixture(function)):
            continue
        seconds = number(call.args[0]) if call.args else None
        if seconds is not None and dotted.startswith("page."):
            seconds /= 1000
        if seconds == 0 or _is_harmless_place(statement) or _clock_is_fake(function, file, sources):
            continue
        yield FixedSleep(call, statement, dotted, seconds, _doubt(statement, file))


def _is_statement(call: ast.Call, statement: Statement) -> bool:
    node = statement.node
    if not isinstance(node, ast.Expr):
        return False
    return node.value is call or (isinstance(node.value, ast.Await) and node.value.value is call)


def _is_harmless_place(statement: Statement) -> bool:
    """In a loop, a handler, or a block that measures, cancels or expects an exception."""
    for around in statement.ancestors():
        node = around.node
        if isinstance(node, ast.While | ast.For | ast.AsyncFor | ast.ExceptHandler):
            return True
        if isinstance(node, ast.With | ast.AsyncWith) and any(
            terminal(item.context_expr) in _CANCELLING for item in node.items
        ):
            return True
    return False


def _clock_is_fake(function: Function, file: SourceFile, sources: Sources) -> bool:
    names = [*function.parameters, *(terminal(decorator) for decorator in function.decorators)]
    if any(CLOCK_NAMES.search(name) for name in names):
        return True
    for call, _ in function.calls:
        if terminal(call) in {"patch", "setattr", "object"} and any(
            isinstance(argument, ast.Constant) and isinstance(argument.value, str) and "sleep" in argument.value
            for argument in call.args
        ):
            return True
        if CLOCK_NAMES.search(terminal(call)):
            return True
    if "freez" not in file.text and "patch" not in file.text and "clock" not in file.text:
        return False
    return any(CLOCK_NAMES.search(name) for name in fixture_closure(sources, function))


def _doubt(statement: Statement, file: SourceFile) -> str:
    function = statement.function
    nearby = file.comments_near(statement.line, statement.end_line, 3)
    if _REASON.search(nearby) and not _ADMITS.search(nearby):
        return "a comment beside it gives a reason"
    if _EXPIRING.search(f"{function.name} {function.docstring}") or any(
        _EXPIRING.search(terminal(call)) for call, _ in function.calls
    ):
        return "the test is about time"
    if _waits_for_nothing(statement):
        return "it waits to see that nothing happens"
    names = words(function.name) | words(function.docstring)
    for call, _ in function.calls:
        names |= words(terminal(call))
        for word in call.keywords:
            names |= words(word.arg or "")
        if terminal(call) in _READS_CLOCK:
            return "the test reads a clock"
    if names & _EXPIRY:
        return "the test is about time"
    return ""


def check_follows(sleep: FixedSleep) -> bool:
    """Whether the test checks something after the sleep; a fixture's sleep stands before every check."""
    function = sleep.statement.function
    if is_fixture(function):
        return not any(statement.line < sleep.statement.line for statement in function.yields)
    return any(
        statement.line > sleep.statement.end_line and (is_check(statement.node) or _is_checking_block(statement.node))
        for statement in function.statements
    )


def looks_right_after(sleep: FixedSleep) -> bool:
    """Whether what follows the sleep looks at something at once, and checks it: then that is what it waited for.

    What follows is a check, or reads into names that the next check uses. The same reading before the sleep makes it a
    comparison of two moments (a cache, a time stamp), and a further act in between makes it a pause; so does a check
    of what an act answers (`assert bot.add_sticker(…)`), which is how one goes easy on somebody else's service.
    """
    block = _following(sleep.statement)
    read: set[str] = set()
    for statement in block:
        node = statement.node
        if is_check(node):
            if _is_act(node):
                return False
            used = {found.id for found in ast.walk(node) if isinstance(found, ast.Name)}
            return bool(read & used) if read else bool(used)
        if not isinstance(node, ast.Assign) or not _reads(node.value) or _was_read(node.value, sleep.statement):
            return False
        read |= {name for target in node.targets for name in target_names(target)}
    return False


def _is_act(check: ast.AST) -> bool:
    return any(
        isinstance(found, ast.Call) and isinstance(found.func, ast.Attribute) and _ACTS.match(found.func.attr)
        for found in ast.walk(check)
    )


def _following(sleep: Statement) -> list[Statement]:
    """The statements after the sleep in its own block."""
    return [
        statement
        for statement in sleep.function.statements
        if statement.line > sleep.end_line and statement.parent is sleep.parent and statement.block == sleep.block
    ]


def _reads(value: ast.expr) -> bool:
    """It asks for something: a call, an attribute, an item; a constant or a new object asks for nothing."""
    plain = value.value if isinstance(value, ast.Await) else value
    return isinstance(plain, ast.Call | ast.Attribute | ast.Subscript) and not terminal(plain)[:1].isupper()


def _was_read(value: ast.expr, sleep: Statement) -> bool:
    wanted = _shape(value)
    return any(
        isinstance(found.node, ast.Assign) and _shape(found.node.value) == wanted
        for found in sleep.function.statements
        if found.line < sleep.line
    )


def _shape(value: ast.AST) -> list[tuple[str, object]]:
    """What tells two expressions apart. Not `ast.dump`, which goes down by recursion."""
    return [
        (type(node).__name__, getattr(node, "id", None) or getattr(node, "attr", None) or getattr(node, "value", None))
        if isinstance(node, ast.Name | ast.Attribute | ast.Constant)
        else (type(node).__name__, None)
        for node in ast.walk(value)
    ]


def _is_checking_block(node: ast.AST) -> bool:
    return isinstance(node, ast.With) and any(
        terminal(item.context_expr) in {"raises", "warns", "assertRaises"} for item in node.items
    )


def _waits_for_nothing(sleep: Statement) -> bool:
    """The next check asks for what was there before, or for something not to be: that cannot be waited for."""
    statements = [found for found in sleep.function.statements if is_check(found.node)]
    before = [_shape(found.node) for found in statements if found.line < sleep.line]
    after = [found for found in statements if found.line > sleep.end_line]
    if not after:
        return True
    node = after[0].node
    if _shape(node) in before:
        return True
    waited = [_loop_condition(found) for found in sleep.function.statements if found.line < sleep.line]
    if isinstance(node, ast.Assert):
        test = node.test
        if any(condition is not None and condition == _compared(test) for condition in waited):
            return True
        return _is_negative(test)
    call = getattr(node, "value", node)
    if terminal(call) in {"assertEqual", "assertEquals"} and isinstance(call, ast.Call):
        return any(_is_nothing(argument) for argument in call.args[:2])
    return terminal(call) in {"assertFalse", "assertIsNone", "assertNotIn", "assert_not_called"}


def _loop_condition(statement: Statement) -> list[tuple[str, object]] | None:
    return _compared(statement.node.test) if isinstance(statement.node, ast.While) else None


def _compared(test: ast.expr) -> list[tuple[str, object]]:
    """What a condition looks at, whatever it compares it with."""
    return _shape(test.left if isinstance(test, ast.Compare) else test)


def _is_nothing(value: ast.expr) -> bool:
    """`0`, `None`, `""`, `[]`, `{}`."""
    match value:
        case ast.Constant(value=constant):
            return constant in {0, None, ""}
        case ast.List(elts=[]) | ast.Tuple(elts=[]) | ast.Dict(keys=[]):
            return True
    return False


def _is_negative(test: ast.expr) -> bool:
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        return True
    if isinstance(test, ast.Compare):
        if any(isinstance(operator, ast.NotIn | ast.IsNot | ast.NotEq | ast.Lt | ast.LtE) for operator in test.ops):
            return True
        return _is_nothing(test.comparators[-1])
    return isinstance(test, ast.Name | ast.Call) and "not" in words(terminal(test))
