"""An integration test whose own infrastructure is a double.

The test says that parts work together, and replaces the parts: the database, the cache, the queue, the service of this
very project. What it was to find (a wrong column, a broken constraint, a transaction that is not committed) cannot
happen to a Mock. It costs what an integration test costs and knows what a unit test knows.

Use the real thing (a container, a transaction that is rolled back), or call it a unit test. Doubles of what a test
cannot own (HTTP, mail, payment, LLM, subprocess, clock) are right here and are left alone.

The guide's anti-pattern 2, "Over-mocking in integration tests".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from testaudit.rules.interface import Code, Hit, Rule, Settings, qualified
from testaudit.source.doubles import doubles_of
from testaudit.source.fixtures import SET_UP_NAMES
from testaudit.source.targets import is_boundary
from testaudit.source.vocabulary import INFRASTRUCTURE_WORDS, declared_level, mark_names
from testaudit.source.wording import words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from testaudit.source.doubles import Double
    from testaudit.source.interface import Function, SourceFile, Sources

_OWN = INFRASTRUCTURE_WORDS | {"service"}
_MESSAGES = frozenset({"messaging", "message", "messages"})
_WEB = frozenset({"www", "web", "site", "http", "request", "login", "user", "cookie"})
"""Whose session it is then: a visitor's, not the database's."""
_UNIT = frozenset({"unit", "unit_tests", "unittests"})


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
        if not level or (not how.startswith("marked") and _is_unit(test, sources)):
            continue
        if "side_effect" in file.lines_of(test.line, test.end_line):
            # A failure that the real thing will not give on demand.
            continue
        doubles = [double for double in doubles_of(sources, test) if _is_infrastructure(double, sources)]
        if not doubles:
            continue
        names = list(dict.fromkeys(double.target or double.name for double in doubles))
        sure = how.startswith("marked") or any(double.sure for double in doubles)
        yield Hit(
            test.line,
            test.line,
            qualified(test, sources),
            f"Calls itself an {level} test ({how}) and replaces its own infrastructure: {', '.join(names[:4])}.",
            tuple(dict.fromkeys(map(_why, doubles)))[:4],
            None if sure else "medium",
        )


def _is_unit(test: Function, sources: Sources) -> bool:
    """Placed or marked as a unit test: `integration` in its name is a feature (of Jira, of payments), no level."""
    return not _UNIT.isdisjoint(test.path.lower().split("/")[:-1]) or "unit" in mark_names(test, sources)


def _is_infrastructure(double: Double, sources: Sources) -> bool:
    """A mock of the project's own database, cache, queue, session, store or service."""
    if double.kind != "mock" or double.autouse:
        return False
    shown = double.target or double.spec or double.name
    said = words(shown.rpartition(".")[2]) | (words(double.name) if not double.target else frozenset())
    if said & _OWN == {"session"} and words(shown) & _WEB:
        return False
    if double.fixture in SET_UP_NAMES and not double.target and not double.name.startswith("self."):
        return False  # A name of the set-up alone, or a part of what it builds: who knows what that is for.
    if not said & _OWN or said & _MESSAGES or is_boundary(sources, shown, double.name):
        return False
    if double.target:
        return double.meaning(sources).whose == "first-party"
    return bool(double.name) and (bool(double.fixture) or bool(double.spec))


def _why(double: Double) -> str:
    if double.target:
        return f"{double.how} of {double.target}"
    where = f" of {double.path}" if double.sure else ""
    return f"the fixture {double.name}{where} is a double{'' if double.sure else ' by its name'}"


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
        Code(
            """
import pytest
from unittest.mock import patch

@pytest.mark.unit
class TestClear:
    @patch("shop.cache.get_cache")
    def test_clear(self, get_cache):
        assert clear() is None
""",
            path="tests/test_clear_integration.py",
        ),
        Code(
            """
from unittest.mock import create_autospec, patch
from shop import MessagingService
import pytest

@pytest.fixture
def mock_messaging_service():
    return create_autospec(MessagingService)

def test_down(mock_messaging_service):
    with patch("shop.limiter.get_cache", side_effect=ConnectionError):
        assert limit() is None

def test_notice(mock_messaging_service):
    assert notice(mock_messaging_service) is None
""",
            path="tests/integration/test_limiter.py",
        ),
        Code(
            """
from unittest import TestCase
from unittest.mock import Mock

class TestPages(TestCase):
    def setUp(self):
        session = Mock()
        session.uid = "0"
        self.shop = serve()
        self.shop.www.site.session_factory = Mock(return_value=session)

    def test_orders(self):
        assert self.shop.get("/orders").status == 200
""",
            path="tests/integration/test_pages.py",
        ),
        Code(
            """
def test_workspace(mock_session):
    assert create_workspace(mock_session)
""",
            path="tests/unit/test_jira_integration.py",
        ),
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
