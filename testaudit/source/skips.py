"""Is a skip or xfail conditional, and does it name an issue? Asked by rules, and about what a run showed."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from testaudit.source.index import Class, Function, Statement, chain, terminal

if TYPE_CHECKING:
    from testaudit.config import Config
    from testaudit.source.files import SourceFile
    from testaudit.source.project import Sources

ISSUE = (
    r"(?<![\w&])#\d+\b"
    r"|\b(?i:GH|BPO|issue|bug|ticket|pull|trac|PR)s?[-_ #:/]{0,3}\d+\b"
    r"|(?<![\w-])(?!(?:UTF|ISO|RFC|PEP|SHA|MD|ASCII|LATIN|CP|HTTP|TLS|IPV|PY)-)(?!PYTHON-\d{1,3}\b)"
    r"[A-Z][A-Z0-9]{1,9}-\d+\b"
    r"|https?://\S+"
)
"""What counts as a reference to a tracked issue, unless `issue-pattern` says otherwise."""

_BROKEN = re.compile(
    r"flak|fail|brok|todo|fixme|\bfix|\bbugs?\b|\byet\b|known|temporar|disabled|later|investigat|\bhang|unreliable"
    r"|\bwip\b|for now|currently|at the moment|not? (longer )?(work|implement|support|compatible)|doesn.t work"
    r"|\bneeds? (to be )?(fix|rewrit|updat|work)|timing|\brac[ei]|unstable|intermittent|random|crash"
    r"|segfault|wrong|incorrect|reconsider|outdated|\bold\b",
    re.IGNORECASE,
)
_MEANT = re.compile(
    r"by design|on purpose|intention|intended|deliberate|should (always )?(fail|not run)|supposed to fail|must fail"
    r"|expected (to fail|failure)|is (ok|fine|expected|acceptable)|backwards? compat"
    r"|\bsee (the )?(comment|docs?|note|below|above)|requir|manual|benchmark|too (slow|long|big|expensive)"
    r"|\bneeds? (a|an|the|to run|real|root|docker|network|internet|credential|access|live)\b"
    r"|\bslow\b|local(ly)?\b|credential|api.key|not applicable|does ?n.t apply|no .* available|only (run|used|for)"
    r"|documentation|example|uncomment|enable (this|it|when)|should be enabled|profil|interruptible|upstream",
    re.IGNORECASE,
)


def sounds_broken(reason: str) -> bool:
    """Whether a reason is missing, or says that something is broken, unfinished or put off."""
    return not reason.strip() or _BROKEN.search(reason) is not None


def sounds_meant(reason: str) -> bool:
    """Whether a reason says that it is meant so, or that the test needs what the machine may not have."""
    return _MEANT.search(reason) is not None


_CONDITIONAL = frozenset({"skipif", "skipIf", "skipUnless", "importorskip"})
_UNCONDITIONAL = frozenset({"skip", "expectedFailure"})
_GUARDS = (
    ast.If,
    ast.For,
    ast.AsyncFor,
    ast.While,
    ast.Try,
    ast.ExceptHandler,
    ast.Match,
    ast.match_case,
    *([ast.TryStar] if hasattr(ast, "TryStar") else []),
)


def names_issue(text: str, config: Config) -> bool:
    """Whether a text holds a reference to an issue, by the configured pattern or ours."""
    return bool(text) and re.search(config.issue_pattern or ISSUE, text) is not None


def issue_near(sources: Sources, path: str, line: int, reason: str) -> bool:
    """Whether the reason, or a comment on, right above or right below the statement, names an issue."""
    if names_issue(reason, sources.config):
        return True
    file = sources.file(path)
    if file is None:
        return False
    first, last = _span(file, line)
    beside = "\n".join((file.comments_near(first, last), file.comment_block_above(first), _docstring_at(file, line)))
    return names_issue(beside, sources.config)


def _docstring_at(file: SourceFile, line: int) -> str:
    """The docstring of the function that a decorator or call at this line belongs to: it may name the issue."""
    definition = _definition_at(file, line)
    if isinstance(definition, Function):
        return definition.docstring
    return "" if definition is not None else file.function_at(line).docstring


def _span(file: SourceFile, line: int) -> tuple[int, int]:
    """The lines of the decorator or simple statement at a line; of the decorators, for a definition."""
    statement = file.statement_at(line)
    if statement is None:
        return line, line
    node = statement.node
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    if decorators and line <= statement.line:
        return min(decorator.lineno for decorator in decorators), statement.line
    if isinstance(node, ast.stmt) and not hasattr(node, "body"):
        return statement.line, statement.end_line
    return line, line


def is_unconditional(sources: Sources, path: str, line: int) -> bool | None:
    """True: the skip or xfail at this place always happens; False: something guards it; None: cannot tell.

    The place is the line of a `pytest.skip()`, `self.skipTest()`, `pytest.xfail()` or `raise SkipTest`, or the line of
    a decorated function or class (or of one of its decorators).
    """
    file = sources.file(path)
    if file is None:
        return None
    definition = _definition_at(file, line)
    if definition is not None:
        return decorated_unconditionally(definition)
    statement = file.statement_at(line)
    if statement is None:
        return None
    return call_is_unconditional(statement)


def _definition_at(file: SourceFile, line: int) -> Function | Class | None:
    definitions: list[Function | Class] = [*file.functions, *file.classes]
    for found in definitions:
        named = found.line
        if min([named, *(decorator.lineno for decorator in found.decorators)]) <= line <= named:
            return found
    return None


def decorated_unconditionally(definition: Function | Class) -> bool | None:
    """What the decorators of a function or class say; None without a skip or xfail among them."""
    answer: bool | None = None
    for decorator in definition.decorators:
        name = terminal(decorator)
        if name in _CONDITIONAL or (name == "xfail" and xfail_is_conditional(decorator)):
            answer = answer or False
        elif name in _UNCONDITIONAL or name == "xfail":
            return True
    return answer


def xfail_is_conditional(mark: ast.expr) -> bool:
    """Whether `xfail(...)` has a condition other than a literal truth."""
    if not isinstance(mark, ast.Call):
        return False
    conditions = [*mark.args, *(word.value for word in mark.keywords if word.arg == "condition")]
    return any(not (isinstance(condition, ast.Constant) and condition.value is True) for condition in conditions)


def call_is_unconditional(statement: Statement) -> bool | None:
    """Whether a skipping statement always runs when its function does."""
    function = statement.function
    if statement.block == "lambda":
        return None
    for around in statement.ancestors():
        node = around.node
        if isinstance(node, _GUARDS):
            return False
        if isinstance(node, ast.With | ast.AsyncWith) and any(
            terminal(item.context_expr) in {"suppress", "raises"} for item in node.items
        ):
            return False
    if _has_choice(statement):
        return False
    return all(not _may_leave(before) for before in _before(statement, function))


def _has_choice(statement: Statement) -> bool:
    """`condition and pytest.skip()`: the call stands in a boolean or conditional expression."""
    node = statement.node
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.BoolOp | ast.IfExp)


def _before(statement: Statement, function: Function) -> list[Statement]:
    found = []
    for candidate in function.statements:
        if candidate is statement:
            break
        found.append(candidate)
    return found


def _may_leave(statement: Statement) -> bool:
    """A `return` or `raise` before the call: when the call runs, that one did not, so a guard decided."""
    if isinstance(statement.node, ast.Return | ast.Raise):
        return True
    node = statement.node
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Call)
        and chain(node.value.func)[-1:] in (["skip"], ["importorskip"], ["skipTest"], ["xfail"])
    )
