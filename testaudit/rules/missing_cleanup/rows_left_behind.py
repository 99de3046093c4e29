"""Rows that a test writes to a database of its own choosing, and leaves there.

A test that gets its own session or service, instead of one that a fixture hands it, writes outside of every transaction
that the suite rolls back. Its rows stay: the second run meets a unique constraint, another test counts one row too
many, and the order of the tests begins to matter. A fixture that commits and then `return`s has no place left to clean
up.

Take the session as an argument, from a fixture that rolls back, or delete what was written after `yield`. A session or
service that a test is handed, Django's `TestCase` and `django_db`, in-memory databases, and suites that empty their
tables between the tests are left alone.

The guide's anti-pattern 4, "Missing test cleanup".
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from testaudit.rules.interface import Code, Hit, Rule, Settings, qualified
from testaudit.source.fixtures import fixture_files
from testaudit.source.index import chain, root, terminal
from testaudit.source.interface import is_fixture
from testaudit.source.restores import Change, State, left_changed, outlives
from testaudit.source.vocabulary import mark_names
from testaudit.source.wording import word_set, words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from testaudit.source.index import Function, Statement
    from testaudit.source.interface import SourceFile, Sources

_SESSION = re.compile(
    r"^_?(?:get_|open_|new_|create_|make_)?(?:async_?|sync_?|db_?|database_?|test_?|testing_?|override_?)*"
    r"(?:session(?:_?(?:local|maker|factory|scope|context))?|get_db)$|^(?:get|open)_(?:db|database)(?:_conn(?:ection)?)?$",
    re.IGNORECASE,
)
_NOT_A_DATABASE = word_set("requests boto3 botocore aiohttp httpx flask quart curl_cffi tls ssh neo4j onnxruntime")
_ADDS = word_set("add add_all merge bulk_save_objects bulk_insert_mappings insert insert_one insert_many save")
_CREATES = re.compile(r"^(?:create|insert|save|add|register)(?:_|$)")
_ENDS = re.compile(r"rollback|delete|remove|truncate|drop|purge|clean|flushdb|flushall|destroy|tear_?down|reset")
_STATE = State(
    re.compile(
        r"rollback|roll_back|delete\(|delete_|DELETE FROM|TRUNCATE|truncate|drop_all|drop_table|drop_database"
        r"|DROP |flushdb|flushall|begin_nested|\.begin\(|savepoint|cleanup|clean_|clear_|purge|wipe|reset_|destroy"
        r"|drop_"
    ),
    re.compile(r"^db$|_db$|^db_|database|transaction|rollback|clean|truncate|postgres|mysql|session|engine|conn"),
)
_IN_MEMORY = re.compile(r":memory:|sqlite(?:\+\w+)?://[\"']|mode=memory")


def find(file: SourceFile, sources: Sources, _settings: Settings) -> Iterator[Hit]:
    """Tests, fixtures and set-ups that write through a session or service of their own, and undo nothing."""
    seen: set[Function] = set()
    for call, statement in _own_sessions(file):
        function = statement.function
        if function in seen or not outlives(function, sources) or _is_safe(function, file, sources):
            continue
        written = _write(call, statement, function)
        if written is None:
            continue
        where, write = written
        made = Change(write, where, "", "rows")
        ends = [Change(end, there, "", "rows") for end, there in function.calls if _ENDS.search(terminal(end))]
        if made not in left_changed([made, *ends], _STATE, sources):
            continue
        seen.add(function)
        returns = is_fixture(function) and not function.yields
        yield Hit(
            write.lineno,
            where.end_line,
            qualified(function, sources),
            f"Writes rows through {terminal(call)}(), a session of its own, and nothing removes them"
            + (": a fixture that returns has no end." if returns else "."),
            ("no rollback, delete or truncate here, in a teardown, or in a fixture around",),
        )


# ---------------------------------------------------------------- whose session it is


def _own_sessions(file: SourceFile) -> Iterator[tuple[ast.Call, Statement]]:
    """Calls that open a session and that the test makes itself: of a name that is imported or the module's own."""
    for name in sorted(file.called_names()):
        if not _SESSION.match(name):
            continue
        for call, statement in file.calls(name):
            # A name that nobody defines counts as imported; a local one, or an argument, was handed in.
            dotted = file.dotted(call.func, statement.function)
            if (
                dotted
                and _is_factory(call, statement.function, file)
                and not dotted.startswith(("self.", "cls."))
                and not words(dotted.partition(".")[0]) & _NOT_A_DATABASE
            ):
                yield call, statement


def _is_factory(call: ast.Call, function: Function, file: SourceFile) -> bool:
    """Whether the call chooses the database: `SessionLocal()`, `Session(engine)`; not `Session(connection)`."""
    handed = [*call.args, *(word.value for word in call.keywords if word.arg in {"bind", "engine"})]
    return all(isinstance(one, ast.Name) and "engine" in words(one.id) and file.dotted(one, function) for one in handed)


def _is_safe(function: Function, file: SourceFile, sources: Sources) -> bool:
    """The database is in memory, or Django rolls back."""
    if "django_db" in mark_names(function, sources):
        return True
    texts = [file.text]
    for path in fixture_files(sources, function.path):
        conftest = sources.file(path)
        if conftest is not None:
            texts.append(conftest.text)
    named = {terminal(call) for call, _ in function.calls}
    texts_of = (str(text.value).rpartition(".")[2] for text, _ in function.strings)
    patched = any(name in named and _SESSION.match(name) for name in texts_of)
    return patched or any(_IN_MEMORY.search(text) for text in texts)


# ---------------------------------------------------------------- what is written


def _write(call: ast.Call, statement: Statement, function: Function) -> tuple[Statement, ast.Call] | None:
    """The first write through the session, or through a service that was given it; None when nothing is written."""
    session = _bound(call, statement)
    calls = sorted(function.calls, key=lambda site: site[0].lineno)
    methods = [
        (where, other, other.func.attr, ".".join(chain(other.func.value)))
        for other, where in calls
        if isinstance(other.func, ast.Attribute)
    ]
    if session:
        adds = [(where, other) for where, other, method, owner in methods if owner == session and method in _ADDS]
        if adds and any(owner == session and method == "commit" for _, _, method, owner in methods):
            return adds[0]
    services = _services(call, session, function)
    created = [
        (where, other)
        for other, where in calls
        if _CREATES.match(terminal(other))
        and (".".join(chain(_owner(other))) in services or (session and _is_given(other, session)))
    ]
    return created[0] if created else None


def _is_given(call: ast.Call, session: str) -> bool:
    """`create_user(session=session, …)`: a function of the project writes through it."""
    handed = [*call.args[:1], *(word.value for word in call.keywords)]
    return any(".".join(chain(one)) == session for one in handed)


def _owner(call: ast.Call) -> ast.expr:
    """What a method is called on."""
    return call.func.value if isinstance(call.func, ast.Attribute) else call.func


def _bound(call: ast.Call, statement: Statement) -> str:
    """The name that the session gets: by assignment or `with … as`."""
    node = statement.node
    if isinstance(node, ast.Assign) and _value(node.value) is call and len(node.targets) == 1:
        return ".".join(chain(node.targets[0]))
    if isinstance(node, ast.With | ast.AsyncWith):
        for item in node.items:
            if item.optional_vars is not None and any(found is call for found in ast.walk(item.context_expr)):
                return ".".join(chain(item.optional_vars))
    return ""


def _value(node: ast.expr) -> ast.expr:
    """Past `await` and `next()`."""
    while True:
        if isinstance(node, ast.Await):
            node = node.value
        elif isinstance(node, ast.Call) and terminal(node) in {"next", "anext"} and node.args:
            node = node.args[0]
        else:
            return node


def _services(call: ast.Call, session: str, function: Function) -> set[str]:
    """Names of what was made with the session as an argument."""
    found: set[str] = set()
    for statement in function.statements:
        node = statement.node
        if not isinstance(node, ast.Assign) or not isinstance(_value(node.value), ast.Call):
            continue
        made = _value(node.value)
        if not isinstance(made, ast.Call) or not terminal(made)[:1].isupper():
            continue
        handed = [*made.args, *(word.value for word in made.keywords)]
        if any(_value(one) is call or (session and ".".join(chain(one)) == session) for one in handed):
            found.update(".".join(chain(target)) for target in node.targets if isinstance(root(target), ast.Name))
    return found


RULE = Rule(
    code="TA407",
    slug="rows-left-behind",
    antipattern="missing-cleanup",
    severity="warning",
    confidence=(("static", "medium"),),
    remedy="Take the session from a fixture that rolls back, or delete what was written after yield.",
    find=find,
    bad=(
        Code("""
from shop.database import get_db_session
from shop.tenants import TenantService

async def test_create_tenant():
    tenant_service = TenantService(db=get_db_session())

    tenant = await tenant_service.create(name="Test Tenant")  # <-
    assert tenant.name == "Test Tenant"
"""),
        Code("""
import pytest
from shop.database import SessionLocal
from shop.models import Order

@pytest.fixture
def order():
    session = SessionLocal()
    order = Order(number=1)
    session.add(order)  # <-
    session.commit()
    return order

def test_order(order):
    with SessionLocal() as session:
        session.add(Order(number=2))  # <-
        session.commit()
        assert session.query(Order).count() == 2
"""),
        Code("""
async def test_create_tenant():
    \"\"\"BAD: Creates data but doesn't clean up\"\"\"
    tenant_service = TenantService(db=get_db_session())

    # Create tenant
    tenant = await tenant_service.create(name="Test Tenant")  # <-
    assert tenant.name == "Test Tenant"
"""),
    ),
    good=(
        Code("""
import pytest
import pytest_asyncio
from shop.database import async_session_maker

@pytest_asyncio.fixture
async def async_db_session():
    \"\"\"Provides database session with auto-rollback\"\"\"
    async with async_session_maker() as session:
        async with session.begin():
            yield session
            # Transaction rolls back here (implicit)

@pytest_asyncio.fixture
async def test_tenant(async_db_session):
    tenant = await create_test_tenant(async_db_session, name="E2E Test Tenant")
    yield tenant
    await async_db_session.delete(tenant)  # Explicit cleanup
    await async_db_session.commit()

@pytest.mark.asyncio
async def test_create_tenant(async_db_session):
    \"\"\"GOOD: Uses fixture with automatic rollback\"\"\"
    tenant_service = TenantService(db=async_db_session)

    # Create tenant (within transaction)
    tenant = await tenant_service.create(name="Test Tenant")
    assert tenant.name == "Test Tenant"
"""),
        Code("""
import pytest
import requests
from unittest.mock import patch
from shop.database import SessionLocal, get_db_session
from shop.models import Order

@pytest.fixture
def order():
    session = SessionLocal()
    order = Order(number=1)
    session.add(order)
    session.commit()
    yield order
    session.delete(order)
    session.commit()

def test_rolls_back():
    session = SessionLocal()
    session.add(Order(number=1))
    session.commit()
    assert total() == 1
    session.rollback()

def test_never_commits():
    with SessionLocal() as session:
        session.add(Order(number=1))
        assert total(session) == 1

def test_http():
    session = requests.Session()
    session.add(Order(number=1))
    session.commit()

@pytest.mark.django_db
def test_django():
    service = OrderService(get_db_session())
    assert service.create(number=1)

def test_double():
    with patch("shop.database.get_db_session"):
        service = OrderService(get_db_session())
        assert service.create(number=1)
"""),
        Code(
            """
from shop.database import SessionLocal
from shop.models import Order

def test_tables_are_emptied():
    with SessionLocal() as session:
        session.add(Order(number=1))
        session.commit()
        assert total() == 1
""",
            beside=(
                (
                    "tests/conftest.py",
                    """
import pytest
from shop.database import Base, engine

@pytest.fixture(autouse=True)
def empty_tables():
    Base.metadata.create_all(engine)
    yield
    Base.metadata.drop_all(engine)
""",
                ),
            ),
        ),
        Code("""
from sqlalchemy import create_engine
from sqlalchemy.orm import sessionmaker

engine = create_engine("sqlite:///:memory:")
SessionLocal = sessionmaker(bind=engine)

def test_in_memory():
    session = SessionLocal()
    session.add(Order(number=1))
    session.commit()
    assert total() == 1
"""),
        Code("""
from unittest import TestCase
from shop.database import SessionLocal

class TestOrders(TestCase):
    def tearDown(self):
        self.session.query(Order).delete()

    def test_order(self):
        self.session = SessionLocal()
        self.session.add(Order(number=1))
        self.session.commit()
        self.assertEqual(total(), 1)

def test_unknown(db, Session):
    session = Session()
    session.add(Order(number=1))
    session.commit()
    assert total() == 1
"""),
    ),
)
