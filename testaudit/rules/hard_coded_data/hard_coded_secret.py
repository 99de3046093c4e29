"""A credential in the source that looks live: it has the shape and the randomness of one that a server would accept.

Whoever can read the repository, its history or a fork can use it; taking the line away does not take it back. It also
ties the test to one account, and to the day when the key is revoked.

Revoke it first. Then read it from the environment or the CI's secrets, or let the test use one that is plainly made up
(`fake-token`). Texts that say `test`, `fake`, `dummy` or `example`, the documented example keys, repeated or counted
characters, wrong check digits, and names or comments that call it no real one, are left alone; so are private keys
that stand alone: most were made for the test.

The guide's anti-pattern 6, "Hard-coded test data" (its pattern 3: API keys).
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from testaudit.rules.interface import Code, Hit, Rule, Settings, qualified
from testaudit.source.credentials import credentials, is_said_to_be_none, may_hold_some
from testaudit.source.index import bindings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from testaudit.source.index import Statement
    from testaudit.source.interface import SourceFile, Sources


def find(file: SourceFile, sources: Sources, _settings: Settings) -> Iterator[Hit]:
    """Live-looking credentials in literals."""
    if not may_hold_some(file.literals):
        return
    found = credentials(file.text)
    said: set[str] = set()
    for credential in found:
        line = file.text.count("\n", 0, credential.start) + 1
        text = file.text[credential.start : credential.end]
        statement = file.statement_at(line)
        if text in said or statement is None or not _is_literal(text, statement):
            continue
        said.add(text)
        if _is_no_real_one(statement, file, line):
            continue
        yield Hit(
            line,
            line,
            qualified(statement.function, sources),
            f"This {credential.kind} ({credential.shown}) looks live: revoke it, then take it out of the source.",
            ("shape and randomness of a real one" + (", and its check digits are right" if _checked(text) else ""),),
            None if credential.sure else "medium",
        )


def _checked(text: str) -> bool:
    return text.startswith("gh")


def _is_literal(text: str, statement: Statement) -> bool:
    """In a text of the program, not in a comment or docstring; a key of many lines is known by its first."""
    first = "PRIVATE KEY-----" if text.startswith("-----") else text
    node = statement.node
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return False
    literals = (constant for constant, where in statement.function.strings if where is statement)
    return any(first in str(constant.value) for constant in literals) or _in_bytes(node, first)


def _in_bytes(node: ast.AST, text: str) -> bool:
    wanted = text.encode()
    return isinstance(node, ast.Assign | ast.Expr | ast.Return | ast.AnnAssign) and any(
        isinstance(found, ast.Constant) and isinstance(found.value, bytes) and wanted in found.value
        for found in ast.walk(node)
    )


def _is_no_real_one(statement: Statement, file: SourceFile, line: int) -> bool:
    """A name that it is bound to, or a comment beside it, says that it is made up."""
    names = [name for name, _ in bindings(statement.node)]
    before = file.lines[line - 1].split("=")[0].split(":")[0]
    return any(is_said_to_be_none(text) for text in (*names, before, file.comments_near(line, line, 2)))


_TOKEN = "gh" + "p_" + "Tq7dPz2LwXn9KfB4sVc8RmY1hGj6Ue" + "3cdRYQ"
_KEY = "AK" + "IA" + "5P3TGBQOU4X7T6NS"

RULE = Rule(
    code="TA603",
    slug="hard-coded-secret",
    antipattern="hard-coded-data",
    severity="error",
    confidence=(("static", "medium"),),
    remedy="Revoke it, and read it from the environment; or use one that is plainly made up.",
    find=find,
    bad=(
        Code(f"""
def test_upload(client):
    client.login(token="{_TOKEN}")  # <-
    assert client.upload("x").ok
"""),
        Code(f"""
import pytest

KEY = "{_KEY}"  # <-

@pytest.fixture
def bucket():
    return connect(KEY)
"""),
    ),
    good=(
        Code("""
import os

def test_upload(client):
    client.login(token=os.environ["UPLOAD_TOKEN"])
    assert client.upload("x").ok
"""),
        Code("""
def test_made_up(client):
    client.login(token="ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx")
    client.login(token="ghp_abcdefghijklmnopqrstuvwxyz0123456789")
    client.login(key="AKIAIOSFODNN7EXAMPLE")
    client.login(key="sk_test_4eC39HqLyjWDarjtT1zdp7dc")
    assert client.ready
"""),
        Code(f"""
FAKE_KEY = "{_KEY}"
# Revoked: it must be refused.
OLD = "{_TOKEN}"

def test_refused(client):
    assert not client.login(FAKE_KEY)
    assert not client.login(OLD)
"""),
        Code("""
KEY = '''-----BEGIN PRIVATE KEY-----
MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC8Zq2nX1v7dKJt
-----END PRIVATE KEY-----'''

def test_wrong_check_digits(scanner):
    token = "ghp_Tq7dPz2LwXn9KfB4sVc8RmY1hGj6Ue000000"
    assert scanner.finds(token)
"""),
        Code("""
def test_jwt(client):
    token = (
        "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9."
        "eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiwiaWF0IjoxNTE2MjM5MDIyfQ."
        "SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c"
    )
    assert client.login(token)
"""),
    ),
)
