"""Words that several rules share, named in one place: checks, marks, levels, boundaries, clocks."""

from __future__ import annotations

import ast
import math
import re
from functools import lru_cache
from typing import TYPE_CHECKING

from testaudit.source.index import Function, chain, terminal
from testaudit.source.project import enclosing_class
from testaudit.source.wording import word_set

if TYPE_CHECKING:
    from collections.abc import Iterator

    from testaudit.source.files import SourceFile
    from testaudit.source.project import Sources

BOUNDARY_WORDS = word_set(
    """
    http https requests httpx urllib urlopen aiohttp respx responses smtp mail email mailer sendmail sms
    twilio slack stripe payment paypal billing llm litellm openai anthropic openrouter bedrock gemini model
    completion embedding subprocess popen boto boto3 s3 aws gcs azure sns sqs webhook external api
    client_api remote oauth ldap github gitlab servicedesk zendesk jira salesforce clock time datetime now
    today sleep random uuid uuid4 freeze frozen network socket dns browser driver stdin stdout stderr input
    getpass console env environ logger logging log sentry telemetry metrics tracer analytics captcha
    recaptcha push notification notifications
    """
)
"""Where the project ends and something that a test cannot own begins."""

INFRASTRUCTURE_WORDS = word_set(
    """
    db database session sessions sessionmaker engine redis cache queue broker repo repository repositories
    store storage postgres postgresql mysql sqlite mongo mongodb cursor transaction uow dao orm rabbitmq
    kafka celery elasticsearch datastore pool
    """
)
"""What an integration test is there to use for real."""

EFFECT_WORDS = word_set(
    """
    send sent sends trigger triggers notify notifies dispatch publish emit enqueue delay apply async schedule
    submit post call callback handler hook webhook signal event events task job log warn warning error info debug
    report record track write save upload print echo exec execute run start message deliver
    """
)
"""What such a function does is the effect: that it was called is what comes of it."""

CLOCK_NAMES = re.compile(
    r"freez|frozen|time_machine|travel|fake_?clock|mock_?(time|sleep|clock)|(time|sleep|clock)_?mock"
)

_MISS = re.compile(r"^(assert[A-Z_]\w*|assert_\w+|fail|failUnless\w*|failIf\w*)$")
_LEVELS = {"integration": "integration", "e2e": "e2e", "end_to_end": "e2e", "endtoend": "e2e", "integ": "integration"}


def assertion_call(node: ast.AST) -> ast.Call | None:
    """The call of `self.assertEqual(...)` and its like, where a statement is nothing else."""
    if not isinstance(node, ast.Expr):
        return None
    value = node.value.value if isinstance(node.value, ast.Await) else node.value
    return value if isinstance(value, ast.Call) and _asserts(terminal(value)) else None


@lru_cache(maxsize=10_000)
def _asserts(name: str) -> bool:
    return _MISS.match(name) is not None


def is_check(node: ast.AST) -> bool:
    """Whether a statement is an assertion: `assert`, `self.assertX()`, `assert_x()`."""
    return isinstance(node, ast.Assert) or assertion_call(node) is not None


def marks_of(test: Function, sources: Sources) -> Iterator[ast.expr]:
    """The marks on a test, its classes and its module."""
    yield from test.decorators
    klass = enclosing_class(test)
    while klass is not None:
        for ancestor in sources.family(klass):
            yield from ancestor.decorators
            for statement in ancestor.body:
                if isinstance(statement.node, ast.Assign) and any(
                    isinstance(target, ast.Name) and target.id == "pytestmark" for target in statement.node.targets
                ):
                    value = statement.node.value
                    yield from value.elts if isinstance(value, ast.List | ast.Tuple) else [value]
        klass = klass.owner
    file = sources.file(test.path)
    if file is not None and file.says("pytestmark"):
        for value, _ in file.module.assignments.get("pytestmark", ()):
            yield from value.elts if isinstance(value, ast.List | ast.Tuple) else [value]


def mark_names(test: Function, sources: Sources) -> frozenset[str]:
    """Names of the pytest marks on a test, its classes and its module."""
    found = set()
    for mark in marks_of(test, sources):
        names = chain(mark.func if isinstance(mark, ast.Call) else mark)
        if len(names) > 1 and "mark" in names[:-1]:
            found.add(names[-1])
    return frozenset(found)


def declared_level(test: Function, sources: Sources) -> tuple[str, str]:
    """(`integration` or `e2e`, how it says so) for a test that calls itself so; empty texts otherwise."""
    for name in mark_names(test, sources):
        if name.lower() in _LEVELS:
            return _LEVELS[name.lower()], f"marked {name}"
    for folder in test.path.split("/")[:-1]:
        if folder.lower() in {*_LEVELS, "integration_tests", "e2e_tests", "tests_integration"}:
            return _LEVELS.get(folder.lower().removesuffix("_tests"), "integration"), f"placed in {folder}/"
    module = test.path.rpartition("/")[2].removesuffix(".py").lower()
    parts = module.split("_")
    for word in ("integration", "e2e"):
        if word in parts:
            return word, f"in {module}.py"
        if word in test.name.lower().split("_"):
            return word, f"named {test.name}"
    return "", ""


def is_text(node: ast.AST | None) -> bool:
    """Whether a node is a literal text."""
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def number(node: ast.AST) -> float | None:
    """The value of a literal number, or None."""
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float) and not isinstance(node.value, bool):
        try:
            return float(node.value)
        except OverflowError:
            return math.inf
    return None


def text_of(node: ast.AST | None, file: SourceFile, function: Function) -> str | None:
    """The text that an expression surely is: literals, joined ones, names bound once; None when it cannot be told."""
    if node is None or isinstance(node, ast.Constant):
        return str(node.value) if node is not None else ""
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) for part in node.values if isinstance(part, ast.Constant))
    if isinstance(node, ast.BinOp):
        # Not by recursion: a text may be joined of thousands.
        parts = [part.value for part in ast.walk(node) if isinstance(part, ast.Constant)]
        return "".join(map(str, parts)) if parts else None
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return text_of(node.func.value, file, function)
    return _text_of_name(node.id, file, function) if isinstance(node, ast.Name) else None


def _text_of_name(name: str, file: SourceFile, function: Function) -> str | None:
    at: Function | None = function
    while at is not None:
        values = at.assignments.get(name)
        if values:
            return text_of(values[-1][0], file, at) if not isinstance(values[-1][0], ast.Name) else None
        at = at.outer
    return None


def names_in(node: ast.AST) -> frozenset[str]:
    """The plain names that an expression or simple statement reads."""
    return frozenset(found.id for found in ast.walk(node) if isinstance(found, ast.Name))
