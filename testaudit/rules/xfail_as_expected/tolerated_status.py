"""An assertion that accepts success and failure alike: `status in (200, 500)`, `x or True`.

Whichever answer comes, the test passes; it says that there was an answer. The list was mostly made longer when the test
began to fail, instead of asking why it did.

Say what is expected here, and only that: one status for one situation. Where two situations are possible, make two
tests, each with its set-up; where the answer depends on the environment, decide by the environment, not by the answer.

Left alone are alternatives that are all successes (200, 201, 204) or all failures (401, 403), redirections, and
assertions whose test goes on to ask which of the two it was.

The guide's anti-pattern 7, "Ignoring test failures as expected".
"""

from __future__ import annotations

import ast
import http
import re
from typing import TYPE_CHECKING

from testaudit.rules.interface import Code, Hit, Rule, Settings, qualified
from testaudit.source.expressions import dumped, unparsed
from testaudit.source.index import chain, terminal
from testaudit.source.vocabulary import is_check

if TYPE_CHECKING:
    from collections.abc import Iterator

    from testaudit.source.index import Statement
    from testaudit.source.interface import SourceFile, Sources

_STATUS = re.compile(r"status|(^|_)code$", re.IGNORECASE)
_IN_NAME = re.compile(r"HTTP_(\d{3})(_|$)")
_FIRST_FAILURE = 400
_WORTH = ("status", "_code", "true or", "1 or", "or true", "or 1")
"""A file without any of these, in small letters, holds nothing for this rule."""


def find(file: SourceFile, sources: Sources, _settings: Settings) -> Iterator[Hit]:
    """Assertions over statuses of both kinds, and those with a literal truth in an `or`."""
    text = file.text.lower()
    if not any(word in text for word in _WORTH):
        return
    for statement in file.statements_of(ast.Assert):
        node = statement.node
        if isinstance(node, ast.Assert) and _may_accept(node.test) and not _is_material(statement, file):
            yield from _of(node.test, statement, file, sources)
    for call, statement in file.calls("assertIn", "assertTrue", "assert_"):
        if (
            not isinstance(statement.node, ast.Expr)
            or statement.node.value is not call
            or _is_material(statement, file)
        ):
            continue
        if call.args:
            if terminal(call) == "assertIn":
                test: ast.expr = ast.Compare(call.args[0], [ast.In()], call.args[1:2])
            else:
                test = call.args[0]
            yield from _of(test, statement, file, sources)


def _may_accept(test: ast.expr) -> bool:
    """Quickly: a choice, or a question whether something is among others."""
    return isinstance(test, ast.BoolOp) or (isinstance(test, ast.Compare) and isinstance(test.ops[0], ast.In))


def _of(test: ast.expr, statement: Statement, file: SourceFile, sources: Sources) -> Iterator[Hit]:
    if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.Or) and any(map(_is_truth, test.values)):
        yield _hit(
            statement,
            sources,
            f"This assertion always holds: it ends in `or {unparsed(next(filter(_is_truth, test.values)))}`.",
        )
        return
    accepted = _accepted(test)
    if not accepted or not any(200 <= code < 300 for code in accepted) or max(accepted) < _FIRST_FAILURE:
        return
    if file.comments_near(statement.line, statement.end_line, 2) or _goes_on(statement):
        return
    yield _hit(
        statement,
        sources,
        f"Success and failure are both accepted here: {', '.join(map(str, sorted(accepted)))}.",
    )


def _goes_on(statement: Statement) -> bool:
    """Whether the test then checks what came of it: the answer was beside the point."""
    later = (one for one in statement.function.statements if one.line > statement.end_line and is_check(one.node))
    return any(not _STATUS.search(unparsed(one.node)) for one in later)


def _is_material(statement: Statement, file: SourceFile) -> bool:
    """Inside a function in a test: what the test is about."""
    return statement.function.outer is not file.module


def _hit(statement: Statement, sources: Sources, message: str) -> Hit:
    return Hit(statement.line, statement.end_line, qualified(statement.function, sources), message, ())


def _is_truth(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and bool(node.value)


def _accepted(test: ast.expr) -> set[int]:
    """The statuses that pass; none where it is no such question."""
    match test:
        case ast.Compare(left=left, ops=[ast.In()], comparators=[ast.Tuple() | ast.List() | ast.Set() as given]):
            codes = [_code(element) for element in given.elts]
            if _STATUS.search(terminal(left)) and codes and all(codes):
                return set(codes)
        case ast.BoolOp(op=ast.Or(), values=values):
            asked: set[str] = set()
            found: set[int] = set()
            for value in values:
                match value:
                    case ast.Compare(left=left, ops=[ast.Eq()], comparators=[right]) if (code := _code(right)) and (
                        _STATUS.search(terminal(left))
                    ):
                        asked.add(dumped(left))
                        found.add(code)
                    case _:
                        return set()
            if len(asked) == 1:
                return found
    return set()


def _code(node: ast.expr) -> int:
    """The status that a number or a well-known name means; 0 for anything else."""
    if isinstance(node, ast.Constant) and isinstance(node.value, int) and 100 <= node.value < 600:
        return node.value
    for name in reversed(chain(node)):
        if found := _IN_NAME.match(name):
            return int(found[1])
        if name.upper() in http.HTTPStatus.__members__:
            return http.HTTPStatus[name.upper()].value
    return 0


RULE = Rule(
    code="TA707",
    slug="tolerated-status",
    antipattern="xfail-as-expected",
    severity="warning",
    confidence=(("static", "medium"),),
    remedy="Say the one answer that is expected here.",
    find=find,
    bad=(
        Code("""
def test_upload(client):
    answer = client.post("/upload")
    assert answer.status_code in (200, 500)  # <-

def test_list(client):
    answer = client.get("/list")
    assert answer.status == 200 or answer.status == 404  # <-
    assert answer.status != 500
"""),
        Code("""
import unittest
from http import HTTPStatus

class TestCart(unittest.TestCase):
    def test_cart(self):
        answer = self.client.get("/cart")
        self.assertIn(answer.status_code, [HTTPStatus.OK, HTTPStatus.FORBIDDEN])  # <-

    def test_total(self):
        assert self.client.get("/cart").total > 0 or True  # <-
"""),
    ),
    good=(
        Code("""
def test_upload(client):
    assert client.post("/upload").status_code in (200, 201, 204)
    assert client.get("/private").status_code in (401, 403)
    assert client.get("/old").status_code in (301, 302)
"""),
        Code("""
def test_kinds(item):
    assert item.kind in (200, 500)
    assert item.status in ("working", "completed")
    assert item.first or item.second
"""),
        Code("""
def test_page(client):
    assert client.get("/page").status_code == 200

def test_move(client, page):
    answer = client.post("/move")
    assert answer.status_code in (200, 403)
    page.refresh()
    assert page.parent == "home"

def test_writer(client):
    # 400 is right, too: the permission was there, the form was empty.
    assert client.post("/page").status_code in (201, 400)

def test_rewriting(message):
    def inner():
        assert True or explode
    assert message(inner)
"""),
    ),
)
