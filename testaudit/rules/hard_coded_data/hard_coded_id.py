"""A literal id in a lookup, of something that nothing in the test creates.

The test assumes that a row with exactly this id exists: in somebody's database, left there by another test or by a
dump. In a fresh database it fails, and when ids are made another way it fails everywhere.

Create what the test looks up, and use the id that comes back. Ids that the test or a fixture puts in, lookups that are
to find nothing, nil ids, and tests of parsing, formatting or routing are left alone.

The guide's anti-pattern 6, "Hard-coded test data".
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from testaudit.rules.interface import Code, Hit, Rule, Settings, qualified
from testaudit.source.fixtures import fixture_closure, set_ups
from testaudit.source.index import Function, Statement, chain, target_names, terminal
from testaudit.source.vocabulary import is_check, names_in
from testaudit.source.wording import word_set, words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from testaudit.source.interface import SourceFile, Sources

_UUID = r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"
_ULID = r"(?<![0-9A-Za-z])01[0-9A-HJKMNP-TV-Z]{24}(?![0-9A-Za-z])"
_OBJECT_ID = r"(?<![0-9a-fA-F])[0-9a-f]{24}(?![0-9a-fA-F])"
_ID = re.compile(f"{_UUID}|{_ULID}|{_OBJECT_ID}")
SHORTEST = 24
"""Characters of the shortest id that is looked for."""
_LOOKUPS = word_set(
    """
    get get_by_id find find_one find_by_id fetch fetch_one retrieve load lookup read get_one show get_or_404
    describe
    """
)
_REQUESTS = frozenset({"get", "put", "patch", "delete", "post", "head"})
_CREATES = word_set(
    """
    create add insert save put post make build seed register upload store write load_fixture
    """
)
_DOUBLES = word_set(
    """
    mock mocked patch mocker monkeypatch respx responses requests_mock httpx_mock fake stub vcr cassette
    """
)
_ABOUT_TEXT = word_set(
    """
    parse parsing format url route routing urlpattern reverse resolve regex converter validate validation
    serialize serializer deserialize uuid ulid guid convert signature hash repr str
    """
)


def find(file: SourceFile, sources: Sources, _settings: Settings) -> Iterator[Hit]:
    """Literal ids in lookups and URL paths whose result is then checked."""
    if not _ID.search(file.literals):
        return
    for test in file.functions:
        for constant, statement in test.strings:
            text = str(constant.value)
            if len(text) < SHORTEST:
                continue
            found = _ID.search(text)
            if found is None or _is_nil(found[0]) or not sources.is_test(test):
                continue
            lookup = _lookup(constant, statement)
            if lookup is None or not _is_checked(test, statement):
                continue
            if _misses(test, statement) or _is_known(found[0], constant, test, file, sources):
                continue
            yield Hit(
                constant.lineno,
                statement.end_line,
                qualified(test, sources),
                f"Looks up {found[0][:13]}… and nothing here creates it: the test needs somebody's data.",
                (f"literal id in `{'.'.join(chain(lookup.func)) or terminal(lookup)}`",),
            )
            break


def _is_nil(text: str) -> bool:
    plain = text.replace("-", "")
    return len(set(plain)) <= 2 or plain.startswith("0" * 20)


def _lookup(constant: ast.Constant, statement: Statement) -> ast.Call | None:
    """The innermost call around the literal, when it looks something up."""
    for node in reversed(statement.way_to(constant)):
        if isinstance(node, ast.Call):
            name = terminal(node)
            in_path = "/" in str(constant.value)
            if (
                in_path
                and name in _REQUESTS
                and node.args
                and (node.args[0] is constant or _holds(node.args[0], constant))
            ):
                return node
            if not in_path and (name in _LOOKUPS or (name.startswith(("get_", "find_", "fetch_", "load_")))):
                return node if len(chain(node.func)) > 1 else None
            return None
    return None


def _holds(node: ast.AST, constant: ast.Constant) -> bool:
    return isinstance(node, ast.JoinedStr) and constant in node.values


def _is_checked(test: Function, statement: Statement) -> bool:
    """The result is bound to a name, and a later check reads that name; or the statement is itself the check."""
    if is_check(statement.node):
        return True
    if not isinstance(statement.node, ast.Assign):
        return False
    names = {name for target in statement.node.targets for name in target_names(target)}
    return any(
        is_check(later.node) and names & names_in(later.node)
        for later in test.statements
        if later.line > statement.end_line
    )


def _misses(test: Function, statement: Statement) -> bool:
    """Expected to find nothing: `raises`, 4xx, `is None`, `== []`, or said in the name."""
    if words(test.name) & {
        "missing",
        "unknown",
        "not",
        "nonexistent",
        "invalid",
        "404",
        "no",
        "wrong",
        "absent",
        "deny",
        "denied",
        "forbidden",
        "unauthorized",
        "error",
        "fails",
    }:
        return True
    if any(isinstance(around.node, ast.With | ast.AsyncWith) for around in statement.ancestors()):
        return True
    for later in test.statements:
        if later.line < statement.line or not is_check(later.node):
            continue
        for node in ast.walk(later.node):
            if isinstance(node, ast.Constant) and (
                node.value is None or node.value is False or node.value in {401, 403, 404, 405, 410, 422, 400}
            ):
                return True
            if isinstance(node, ast.Attribute) and node.attr.startswith(
                ("HTTP_4", "NOT_FOUND", "BAD_REQUEST", "FORBIDDEN", "UNAUTHORIZED")
            ):
                return True
            if isinstance(node, ast.Attribute | ast.Name) and terminal(node) in {
                "assertIsNone",
                "assertFalse",
                "assert_not_called",
                "assertRaises",
            }:
                return True
    return False


def _is_known(text: str, constant: ast.Constant, test: Function, file: SourceFile, sources: Sources) -> bool:
    """The id is put in somewhere, the answers come from a double, or the test is about the id's text."""
    if file.text.count(text) > 1:
        return True
    about = words(test.qualname) | words(file.path.rpartition("/")[2])
    if about & _ABOUT_TEXT:
        return True
    names = {
        *test.parameters,
        *(terminal(call) for call, _ in test.calls),
        *(terminal(mark) for mark in test.decorators),
    }
    closure = fixture_closure(sources, test)
    names |= set(closure)
    if any(words(name) & _DOUBLES for name in names) or any(
        word in file.text for word in ("Mock(", "respx", "responses.", "requests_mock", "vcr")
    ):
        return True
    around = [fixture.function for fixture in closure.values() if fixture] + set_ups(sources, test)
    for function in around:
        if any(text in str(string.value) for string, _ in function.strings if string is not constant):
            return True
    return any(text in other.text for path in sources.conftests if (other := sources.file(path)) is not None)


RULE = Rule(
    code="TA601",
    slug="hard-coded-id",
    antipattern="hard-coded-data",
    severity="warning",
    confidence=(("static", "medium"), ("runtime", "medium")),
    remedy="Create what the test looks up, and use the id that comes back.",
    find=find,
    bad=(
        Code("""
async def test_get_tenant():
    service = TenantService()
    tenant = await service.get(tenant_id="a1b2c3d4-e5f6-7890-abcd-1234567890ab")  # <-
    assert tenant.name == "Test Tenant"
"""),
        Code("""
async def test_get_agent(client):
    response = await client.get("/api/agents/12345678-1234-1234-1234-123456789012")  # <-
    assert response.status_code == 200
"""),
    ),
    good=(
        Code("""
async def test_get_tenant(session):
    service = TenantService(session)
    await service.create(id="a1b2c3d4-e5f6-7890-abcd-1234567890ab", name="Test Tenant")
    tenant = await service.get(tenant_id="a1b2c3d4-e5f6-7890-abcd-1234567890ab")
    assert tenant.name == "Test Tenant"
"""),
        Code("""
def test_unknown(client):
    response = client.get("/api/agents/12345678-1234-1234-1234-123456789012")
    assert response.status_code == 404

def test_gone(service):
    assert service.get("a1b2c3d4-e5f6-7890-abcd-1234567890ab") is None
"""),
        Code("""
def test_parse():
    value = Id.get("a1b2c3d4-e5f6-7890-abcd-1234567890ab")
    assert value.version == 4

def test_nil(service):
    tenant = service.get("00000000-0000-0000-0000-000000000001")
    assert tenant.name == "default"
"""),
        Code(
            """
def test_get_agent(client, agent):
    response = client.get(f"/api/agents/{agent.id}")
    assert response.status_code == 200
""",
            beside=(
                (
                    "tests/conftest.py",
                    """
import pytest

@pytest.fixture
def agent(session):
    return session.add(Agent())
""",
                ),
            ),
        ),
    ),
)
