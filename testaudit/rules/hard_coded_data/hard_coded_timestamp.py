"""A literal date or time that a generated one must equal.

`created_at` is what the clock, the database or a dump said when the row was made. A check against a literal holds for
one certain row, in one certain database, in one time zone; with a fresh row, another server or a changed precision it
fails, and nothing is wrong with the code.

Compare with what the test knows: a range around the call, a clock that it holds, or the value that it supplied. Times
that the test or a fixture puts in, frozen clocks, doubles and tests of parsing or formatting are left alone.

The guide's anti-pattern 6, "Hard-coded test data".
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from testaudit.rules.interface import Code, Hit, Rule, Settings, qualified
from testaudit.source.clocks import is_held
from testaudit.source.comparisons import comparisons, reads_of, value_before
from testaudit.source.fixtures import fixture_closure, set_ups
from testaudit.source.index import terminal
from testaudit.source.literals import dates_in, literal_texts
from testaudit.source.vocabulary import is_check
from testaudit.source.wording import word_set, words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from testaudit.source.index import Function, Statement
    from testaudit.source.interface import SourceFile, Sources

_GENERATED = re.compile(
    r"(created|updated|modified|inserted|registered|accessed|logged_in|signed_up|changed)_?(at|on|date|time|ts|timestamp)"
    r"|(date|time|timestamp)_?(created|updated|modified|added|joined|inserted|registered)"
    r"|last_?(login|modified|updated|seen|changed)|date_joined",
    re.IGNORECASE,
)
"""Names of fields that are filled by a clock, not by whoever makes the row."""
_WORDS = ("created", "pdated", "modified", "joined", "login", "inserted", "registered", "accessed", "changed", "seen")
"""One of them is in each of those names."""
_TIME = re.compile(r"\d{4}[-/]?\d\d|\d[/.]\d{1,2}[/.]\d{4}|[A-Z][a-z]+ \d{1,2},? \d{4}| [A-Z][a-z]+ \d{4}")
_ABOUT_TEXT = word_set(
    """
    parse parses parsing parser format formats formatting formatted serialize serializer serialization deserialize
    deserialization serialized validate validation validates schema convert converter conversion json isoformat
    strptime strftime timezone repr str render renders template migration migrate import export replay dump load
    """
)
_READS = word_set(
    """
    open read_text read_bytes load loads fromisoformat strptime from_json from_dict parse parse_obj model_validate
    parse_raw validate_python validate_json call_command loaddata fixture sample
    """
)
_DOUBLES = word_set("mock mocked patch mocker monkeypatch respx responses httpx_mock fake stub vcr cassette recorded")


def find(file: SourceFile, sources: Sources, _settings: Settings) -> Iterator[Hit]:
    """Generated fields that must equal a literal time which nothing in the test put in."""
    if not file.says(*_WORDS) or not (_TIME.search(file.literals) or next(file.calls("datetime", "date"), None)):
        return
    for function in file.functions:
        for statement in function.statements:
            found = _compared(statement) if is_check(statement.node) else None
            if found is None or not sources.is_test(function) or _is_known(found[1], function, file, sources):
                continue
            yield Hit(
                statement.line,
                statement.end_line,
                qualified(function, sources),
                f"Wants {found[0]!r} to be one certain time: it is another one in the next row and the next time zone.",
                ("nothing in the test or its fixtures puts a time in",),
            )


def _compared(statement: Statement) -> tuple[str, ast.expr] | None:
    """The generated field that a check compares with a literal time, and the literal."""
    for comparison in comparisons(statement.node):
        if comparison.operator is not ast.Eq:
            continue
        for side in (comparison, comparison.swapped()):
            name = _name(_bare(side.left))
            literal = _literal(side.right, statement) if name and _GENERATED.fullmatch(name) else None
            if literal is not None:
                return name, literal
    return None


def _name(node: ast.expr) -> str:
    """`created_at` of `tenant.created_at` and of `data["created_at"]`."""
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        return str(node.slice.value)
    return node.attr if isinstance(node, ast.Attribute) else ""


def _bare(node: ast.expr) -> ast.expr:
    """The field of `tenant.created_at.isoformat()`."""
    while isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        node = node.func.value
    return node


def _literal(node: ast.expr, statement: Statement) -> ast.expr | None:
    if isinstance(node, ast.Name):
        bound = value_before(node.id, statement)
        reads = [where for _, where in reads_of(node.id, statement.function)]
        if bound is None or reads.count(statement) > 1 or any(not is_check(where.node) for where in reads):
            return None
        node = bound[0]
    if isinstance(node, ast.Constant):
        return node if isinstance(node.value, str) and dates_in(node.value) else None
    if isinstance(node, ast.Call) and terminal(node) in {"datetime", "date"}:
        return node if any(dates_in(text) for text, _ in literal_texts(node)) else None
    return None


def _is_known(literal: ast.expr, test: Function, file: SourceFile, sources: Sources) -> bool:
    """The clock is held, a time is put in, the answers come from a double, or the test is about times as text."""
    about = words(test.qualname) | words(file.path.rpartition("/")[2].removesuffix(".py"))
    called = {terminal(call) for inner in test.inside for call, _ in inner.calls}
    if about & _ABOUT_TEXT or called & _READS or is_held(test, sources):
        return True
    closure = fixture_closure(sources, test)
    named = {*test.parameters, *called, *closure, *(terminal(mark) for mark in test.decorators)}
    if any(words(name) & _DOUBLES for name in named) or "Mock(" in file.text:
        return True
    around = [fixture.function for fixture in closure.values() if fixture is not None] + set_ups(sources, test)
    if any(_holds_a_time(function, None) for function in (*around, file.module)):
        return True
    return _holds_a_time(test, literal) or any(_holds_a_time(inner, literal) for inner in test.nested)


def _holds_a_time(function: Function, literal: ast.expr | None) -> bool:
    """Whether a function holds another literal time; it may be put in, or what is expected made of it."""
    mine = {id(node) for node in ast.walk(literal)} if literal is not None else set()
    for constant, statement in function.strings:
        if id(constant) not in mine and not is_check(statement.node) and dates_in(str(constant.value)):
            return True
    return any(
        id(call) not in mine and terminal(call) in {"datetime", "date"} and not is_check(statement.node)
        for call, statement in function.calls
    )


RULE = Rule(
    code="TA602",
    slug="hard-coded-timestamp",
    antipattern="hard-coded-data",
    severity="warning",
    confidence=(("static", "medium"),),
    remedy="Compare with a range around the call, or with the time that the test put in.",
    find=find,
    bad=(
        Code("""
async def test_get_tenant():
    service = TenantService()
    tenant = await service.get(tenant_id=make_id())
    assert tenant.name == "Test Tenant"
    assert tenant.created_at == "2025-01-01T00:00:00Z"  # <-
"""),
        Code("""
import datetime
import unittest

class TestOrders(unittest.TestCase):
    def test_first_order(self):
        order = self.client.get("/orders/1").json()
        self.assertEqual(order["updated_at"], "2024-03-01")  # <-

    def test_row(self):
        row = Order.objects.first()
        self.assertEqual(row.date_created, datetime.datetime(2024, 3, 1, 12, 0))  # <-
"""),
    ),
    good=(
        Code("""
from datetime import datetime, timezone

def test_new_tenant(service):
    before = datetime.now(timezone.utc)
    tenant = service.create(name="x")
    assert before <= tenant.created_at <= datetime.now(timezone.utc)
    assert tenant.created_at is not None
"""),
        Code("""
from freezegun import freeze_time

@freeze_time("2024-05-31")
def test_frozen(service):
    assert service.create(name="x").created_at == "2024-05-31T00:00:00Z"
"""),
        Code("""
import pytest

@pytest.fixture
def order(session):
    return session.add(Order(created_at="2024-03-01"))

def test_supplied(service):
    order = service.create(created_at="2024-03-01T00:00:00Z")
    assert order.created_at == "2024-03-01T00:00:00Z"

def test_sent(client):
    changed = datetime.datetime(1999, 1, 1)
    assert client.send("x", last_modified=changed).last_modified == changed

def test_from_a_fixture(order):
    assert order.created_at == "2024-03-01"
"""),
        Code("""
def test_parse_header():
    mail = parse("Date: Mon, 1 Jan")
    assert mail.created_at == "2024-01-01"

def test_answer(mock_server):
    assert fetch("/orders/1")["created_at"] == "2024-01-01"

def test_sample(folder):
    assert index(folder.joinpath("x.txt").read_text()).created_at == "2024-01-01"
"""),
        Code("""
def test_birthday(service):
    person = service.get("ada")
    assert person.birthday == "1815-12-10"
"""),
    ),
)
