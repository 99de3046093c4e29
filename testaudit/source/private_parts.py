"""Private functions of the project that a test replaces: what they are, and whether it asks about nothing else."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from testaudit.source.index import Class, Function, chain, terminal
from testaudit.source.interactions import asked_of_double
from testaudit.source.patches import kind_of_value
from testaudit.source.targets import target_of
from testaudit.source.vocabulary import is_check
from testaudit.source.wording import word_set, words

if TYPE_CHECKING:
    from collections.abc import Collection

    from testaudit.source.files import SourceFile
    from testaudit.source.project import Sources

_OUTSIDE = word_set(
    """
    requests httpx urllib urlopen aiohttp smtp smtplib socket subprocess popen boto boto3 twilio sendgrid mailgun
    kill killpg stripe slack openai anthropic litellm websocket websockets paramiko ftplib grpc http https
    """
)
_HANDS_OVER = word_set(
    """
    exec execute run request send post fetch publish emit notify dispatch submit enqueue schedule spawn start trigger
    invoke connect write
    """
)
_EXPECTS = word_set("raises warns assertRaises assertRaisesRegex assertWarns assertLogs assertNumQueries")


def meant(sources: Sources, dotted: str, near: str) -> Function | Class | None:
    """The project's function or class that a dotted name means for the file `near`."""
    target = target_of(sources, dotted, near)
    parts = target.origin.split(".")
    for length in range(len(parts) - 1, 0, -1) if target.module else ():
        module = ".".join(parts[:length])
        if target.module in {sources.module_path(module, near), sources.module_path(module, target.module)}:
            return sources.find(target.module, ".".join(parts[length:]))
    return None


def goes_outside(function: Function, sources: Sources) -> bool:
    """Whether a function itself sends the request, the mail, …: the project ends there, whatever its name."""
    file = sources.file(function.path)
    if file is None:
        return False
    for call, _ in function.calls:
        names = chain(call.func)
        dotted = file.dotted(call.func, function) or ".".join(names)
        if dotted and not sources.is_first_party(dotted) and words(dotted.replace(".", "_")) & _OUTSIDE:
            return True
    return False


def hands_over(function: Function, sources: Sources) -> bool:
    """Whether a private function is where the work leaves the code: by what it calls, or by what its name says."""
    verb = function.name.lstrip("_").partition("_")[0]
    return verb in _HANDS_OVER or goes_outside(function, sources)


def is_left_open(function: Function) -> bool:
    """Whether a method only marks a place that subclasses fill: who replaces it plays a subclass."""
    body = [statement.node for statement in function.statements if not _is_text(statement.node)]
    return all(isinstance(node, ast.Pass) or _says_not_implemented(node) for node in body)


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _says_not_implemented(node: ast.AST) -> bool:
    return isinstance(node, ast.Raise) and node.exc is not None and terminal(node.exc) == "NotImplementedError"


def behaves(value: ast.expr | None, attribute: str, file: SourceFile, function: Function, sources: Sources) -> bool:
    """`Mock(side_effect=service._send)`, `Mock(wraps=send)`, `Mock(side_effect=fake_send)`: code answers."""
    if not isinstance(value, ast.Call):
        return False
    given = [word.value for word in value.keywords if word.arg in {"side_effect", "wraps"}]
    return any(
        is_real(word, attribute, function)
        or (isinstance(word, ast.Name) and kind_of_value(word, file, function, sources) == "fake")
        for word in given
        if not (isinstance(word, ast.Name) and word.id[:1].isupper())
    )


def is_real(value: ast.expr, attribute: str, function: Function) -> bool:
    """Whether an expression is what the attribute held before: by its name, or kept under another one."""
    if isinstance(value, ast.Name) and value.id != attribute:
        kept = [before for before, _ in function.assignments.get(value.id, ()) if isinstance(before, ast.Attribute)]
        return any(before.attr == attribute for before in kept)
    return isinstance(value, ast.Name | ast.Attribute) and terminal(value) == attribute


def asked_about(test: Function, doubles: Collection[str]) -> frozenset[str]:
    """The doubles that were asked whether they were called, where all checks of the test ask doubles among these.

    Empty where one of the checks looks at anything else, or where the test expects an exception.
    """
    if not doubles or any(inner.asserts for inner in test.nested):
        return frozenset()
    if any(terminal(call) in _EXPECTS for call, _ in test.calls):
        return frozenset()
    asked = [asked_of_double(statement.node) for statement in test.statements if is_check(statement.node)]
    if any(one is None or one.double not in doubles for one in asked):
        return frozenset()
    return frozenset(one.double for one in asked if one is not None and one.question != "not called")


def enters_privately(test: Function, doubles: Collection[str]) -> bool:
    """Whether the last thing that the test does before its first check is to call a private name of what it tests.

    Not where it calls the very name that it has replaced: a method that calls its base's is all there is to see.
    """
    check = next((statement.line for statement in test.statements if is_check(statement.node)), 0)
    acts = [
        (call, chain(call.func))
        for call, statement in test.calls
        if statement.line < check and not is_check(statement.node) and chain(call.func)
    ]
    acts = [(call, names) for call, names in acts if not _is_of_double(names, doubles)]
    if not acts:
        return False
    # Of calls in calls the outer one is what is done.
    _, names = max(acts, key=lambda act: (act[0].lineno, -act[0].col_offset))
    is_own = len(names) == 2 and names[0] in {"self", "cls"}
    replaced = {double.rpartition(".")[2] for double in doubles}
    return names[-1].startswith("_") and not names[-1].startswith("__") and not is_own and names[-1] not in replaced


def _is_of_double(names: list[str], doubles: Collection[str]) -> bool:
    """`m.reset_mock()`, `m.return_value.send()`: the double is set up."""
    return any(".".join(names[:length]) in doubles for length in range(1, len(names)))
