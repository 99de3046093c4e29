"""An integration test whose own infrastructure is a double.

The test says that parts work together, and replaces the parts: the database, the cache, the queue, the service of this
very project. What it was to find (a wrong column, a broken constraint, a transaction that is not committed) cannot
happen to a Mock. It costs what an integration test costs and knows what a unit test knows.

Use the real thing (a container, a transaction that is rolled back), or call it a unit test. Doubles of what a test
cannot own (HTTP, mail, payment, LLM, subprocess, clock) are right here and are left alone.

The guide's anti-pattern 2, "Over-mocking in integration tests".
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from testaudit.rules.interface import Code, Hit, Rule, Settings, qualified
from testaudit.source.fixtures import find_fixture, requested
from testaudit.source.index import Function, chain, terminal
from testaudit.source.vocabulary import BOUNDARY_WORDS, INFRASTRUCTURE_WORDS, declared_level
from testaudit.source.wording import words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from testaudit.source.fixtures import Fixture
    from testaudit.source.interface import SourceFile, Sources

_DOUBLE_NAME = re.compile(r"^(mock|mocked|fake|stub|dummy)_|_(mock|stub|fake)$")
_DOUBLES = frozenset({"Mock", "MagicMock", "AsyncMock", "NonCallableMock", "create_autospec", "mock_open"})


def find(file: SourceFile, sources: Sources, _settings: Settings) -> Iterator[Hit]:
    """Tests that call themselves integration or e2e, and the doubles of infrastructure in them."""
    if (
        "integration" not in file.path.lower()
        and "e2e" not in file.path.lower()
        and not any(word in file.text for word in ("integration", "e2e", "end_to_end"))
    ):
        return
    for test in sources.tests_in(file):
        level, how = declared_level(test, sources)
        if not level:
            continue
        doubles = [*_by_fixture(test, sources, marked=how.startswith("marked")), *_by_patch(test, file, sources)]
        if not doubles:
            continue
        names = list(dict.fromkeys(name for name, _ in doubles))
        yield Hit(
            test.line,
            test.line,
            qualified(test, sources),
            f"Calls itself an {level} test ({how}) and replaces its own infrastructure: {', '.join(names[:4])}.",
            tuple(dict.fromkeys(why for _, why in doubles))[:4],
            None if any(_is_sure(why) for _, why in doubles) else "medium",
        )


def _is_sure(why: str) -> bool:
    return "by its name" not in why


def _by_fixture(test: Function, sources: Sources, *, marked: bool) -> Iterator[tuple[str, str]]:
    for name in requested(test):
        if not _is_infrastructure(name, sources):
            continue
        fixture = find_fixture(sources, name, test)
        if fixture is None:
            if _DOUBLE_NAME.search(name):
                yield name, f"the fixture {name} is a double{'' if marked else ' by its name'}"
        elif _is_double(fixture):
            yield name, f"the fixture {name} of {fixture.function.path} is a double"


def _is_double(fixture: Fixture) -> bool:
    """Whether what the fixture hands out is a Mock or a patch."""
    handed = [
        value for statement in fixture.function.statements for value in [_handed(statement.node)] if value is not None
    ]
    for value in handed:
        if terminal(value) in _DOUBLES and isinstance(value, ast.Call):
            return True
        if isinstance(value, ast.Name):
            made = fixture.function.assignments.get(value.id, [])
            if made and all(_makes_double(source) for source, _ in made):
                return True
    return False


def _handed(node: ast.AST) -> ast.expr | None:
    if isinstance(node, ast.Return):
        return node.value
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Yield):
        return node.value.value
    return None


def _makes_double(value: ast.expr) -> bool:
    if not isinstance(value, ast.Call):
        return False
    names = chain(value.func)
    return bool(names) and (names[-1] in _DOUBLES or "patch" in names)


def _by_patch(test: Function, file: SourceFile, sources: Sources) -> Iterator[tuple[str, str]]:
    calls = [call for call, _ in test.calls]
    calls += [decorator for decorator in test.decorators if isinstance(decorator, ast.Call)]
    for call in calls:
        target = _patched(call, file)
        if target and sources.is_first_party(target) and _is_infrastructure(target.rpartition(".")[2], sources):
            yield target, f"patch of {target}"


def _patched(call: ast.Call, file: SourceFile) -> str:
    """What `patch("a.b")`, `patch.object(x, "b")` or `monkeypatch.setattr("a.b", Mock())` replaces."""
    names = chain(call.func)
    if not names or not call.args:
        return ""
    first = call.args[0]
    if names[-1] == "patch" and isinstance(first, ast.Constant) and isinstance(first.value, str):
        if any(word.arg in {"wraps", "new"} for word in call.keywords) or len(call.args) > 1:
            return ""
        return first.value
    if names[-2:] == ["patch", "object"] and len(call.args) == 2:
        second = call.args[1]
        owner = file.dotted(first)
        if (
            owner
            and isinstance(second, ast.Constant)
            and not any(word.arg in {"wraps", "new"} for word in call.keywords)
        ):
            return f"{owner}.{second.value!s}"
    return ""


def _is_infrastructure(name: str, sources: Sources) -> bool:
    found = words(name)
    boundaries = BOUNDARY_WORDS | frozenset(word.lower() for word in sources.config.boundaries)
    return bool(found & INFRASTRUCTURE_WORDS) and not found & boundaries


RULE = Rule(
    code="TA201",
    slug="mocked-integration",
    antipattern="over-mocked",
    severity="warning",
    confidence=(("static", "medium"), ("runtime", "medium")),
    remedy="Use the real database, cache or queue here, or call it a unit test.",
    find=find,
    bad=(
        Code("""
import pytest

@pytest.mark.integration
async def test_create_tenant(mock_db, mock_redis, mock_litellm):  # <-
    service = TenantService(db=mock_db, cache=mock_redis)
    tenant = await service.create(name="Test")
    assert tenant.name == "Test"
"""),
        Code(
            """
from unittest.mock import MagicMock
import pytest

@pytest.fixture
def session():
    return MagicMock()

def test_orders(session):  # <-
    assert list_orders(session) == []
""",
            path="tests/integration/test_orders.py",
        ),
    ),
    good=(
        Code("""
import pytest

@pytest.mark.integration
async def test_create_tenant(db_session, mock_llm_client, mock_http):
    service = TenantService(db=db_session, llm=mock_llm_client)
    assert (await service.create(name="Test")).name == "Test"
"""),
        Code(
            """
def test_create_tenant(mock_db):
    assert TenantService(db=mock_db).create(name="Test").name == "Test"
""",
            path="tests/unit/test_tenants.py",
        ),
        Code("""
import pytest

@pytest.fixture
def mock_db():
    connection = connect("postgresql://localhost/test")
    yield connection
    connection.rollback()

@pytest.mark.integration
def test_create_tenant(mock_db):
    assert TenantService(db=mock_db).create(name="Test").name == "Test"
"""),
        Code("""
from unittest.mock import patch
import pytest

@pytest.mark.integration
@patch("smtplib.SMTP")
def test_mail(smtp, session):
    send(session)
    assert session.sent == 1
"""),
    ),
)
