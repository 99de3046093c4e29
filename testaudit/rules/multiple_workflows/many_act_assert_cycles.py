"""One test that runs several workflows after one another.

It acts, checks, acts on something else with what came out of the first, checks, and so on. When the second step breaks,
the later ones are not tested at all, the name says nothing about what broke, and the reader has to replay the whole
story to find the place.

Write one test a workflow, and let fixtures make what the earlier steps made. A story that is meant to be told as one
belongs among the end-to-end or smoke tests: tests marked, named or placed so are left alone.

An act is a call that says that it changes something (`create`, `delete`, `client.post("/orders")`); a look at the
result is none, and neither is a set-up of which only the status or the mere existence is checked. Rounds count where
what an earlier one made is used in a later one, or where comments number the steps.

The guide's anti-pattern 5, "Testing multiple workflows in one test".
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

from testaudit.rules.interface import Code, Hit, Option, Rule, Settings, qualified
from testaudit.source.expressions import dumped
from testaudit.source.index import chain, target_names
from testaudit.source.stories import tells_a_story
from testaudit.source.vocabulary import assertion_call, is_check, is_text, names_in
from testaudit.source.wording import word_set

if TYPE_CHECKING:
    from collections.abc import Iterator

    from testaudit.source.index import Function, Statement
    from testaudit.source.interface import SourceFile, Sources

_ACTS = word_set(
    """
    create register open place submit update delete send post execute login signup upload publish approve cancel pay
    invite order checkout subscribe archive assign import export enable disable confirm revoke
    restore activate deactivate
    """
)
_REQUESTS = frozenset({"post", "put", "patch", "delete"})
_STATUS = frozenset({"status_code", "status"})
_STEP = re.compile(r"#\s*(?:step\s*)?(\d+)\s*[.:)]\s*[A-Za-z]|#\s*step\s+(\d+)", re.IGNORECASE)
_STEP_ACTS = 3
"""So many different acts must stand in numbered steps: steps that only look are one workflow."""


@dataclass(slots=True)
class Round:
    """Acts, then checks of what they brought."""

    targets: set[str] = field(default_factory=set)
    made: set[str] = field(default_factory=set)
    used: set[str] = field(default_factory=set)
    checked: bool = False
    line: int = 0


def find(file: SourceFile, sources: Sources, settings: Settings) -> Iterator[Hit]:
    """Tests with at least `max-cycles` rounds on different targets, each using what an earlier one made."""
    limit = int(settings.number("max-cycles"))
    for test in file.functions:
        if len(test.statements) < 2 * limit or not _alternates(test, limit) or not sources.is_test(test):
            continue
        rounds = _rounds(test)
        acts = set().union(*(one.targets for one in rounds))
        whole = [one for one in rounds if one.checked]
        steps = _numbered_steps(test, file) if len(acts) >= _STEP_ACTS else 0
        carried = _carried(whole)
        told = steps >= limit
        if not told and (len(whole) < limit or carried < limit - 1):
            continue
        if tells_a_story(test, sources):
            continue
        count = steps if told else len(whole)
        said = f"{steps} numbered steps with checks between" if told else f"{carried} use what an earlier one made"
        yield Hit(
            test.line,
            test.line,
            qualified(test, sources),
            f"Runs {count} steps in a row (from line {rounds[0].line} on): a failure in one hides the rest.",
            (f"{len(acts)} different acts with checks between", said),
        )


def _alternates(test: Function, limit: int) -> bool:
    """Whether checks and other statements alternate often enough to be looked at closely."""
    turns, checking = 0, False
    for statement in test.statements:
        checks = is_check(statement.node)
        turns += checks and not checking
        checking = checks
    return turns >= limit


def _rounds(test: Function) -> list[Round]:
    """New targets acted on, then their results checked; what stands in loops and branches left out."""
    rounds: list[Round] = []
    current = Round()
    seen: set[str] = set()
    for statement in test.statements:
        if not _surely_runs(statement):
            continue
        node = statement.node
        if is_check(node):
            current.checked = current.checked or (bool(current.targets) and _examines(node))
            continue
        if current.checked:
            rounds.append(current)
            current = Round()
        target = _target(node)
        if target and target not in seen:
            seen.add(target)
            current.targets.add(target)
            current.line = current.line or statement.line
        if isinstance(node, ast.Assign):
            current.made |= {name for written in node.targets for name in target_names(written)}
            current.used |= names_in(node.value)
        elif isinstance(node, ast.Expr):
            current.used |= names_in(node)
    rounds.append(current)
    return [one for one in rounds if one.targets]


def _surely_runs(statement: Statement) -> bool:
    """Whether only `with` blocks stand around the statement, and it is none itself."""
    blocks = (ast.With, ast.AsyncWith)
    return not isinstance(statement.node, blocks) and all(isinstance(at.node, blocks) for at in statement.ancestors())


def _examines(node: ast.AST) -> bool:
    """Whether a check says more than that a call went well: not a status, not mere existence."""
    call = assertion_call(node)
    parts = call.args[:2] if call is not None else [node.test] if isinstance(node, ast.Assert) else []
    for part in parts:
        if isinstance(part, ast.BoolOp):
            if any(not _is_there(value) for value in part.values):
                return True
        elif not _is_there(part):
            return True
    return False


def _is_there(part: ast.expr) -> bool:
    """Whether an expression only asks that something is there, or what status it has."""
    match part:
        case ast.Name() | ast.Constant() | ast.Attribute():
            return True
        case ast.Compare(left=ast.Name() | ast.Attribute(), ops=[ast.IsNot()]):
            return True
        case ast.Compare(left=ast.Attribute(attr=attr)):
            return attr in _STATUS
    return False


def _target(node: ast.AST) -> str:
    """What a statement acts on: the object and the verb, for requests the place; empty where it only looks."""
    value = node.value if isinstance(node, ast.Assign | ast.Expr | ast.AnnAssign) else None
    value = value.value if isinstance(value, ast.Await) else value
    names = chain(value.func) if isinstance(value, ast.Call) else []
    verb = names[-1].strip("_").partition("_")[0].lower() if names else ""
    if verb not in _ACTS and verb not in _REQUESTS:
        return ""
    first = value.args[0] if isinstance(value, ast.Call) and value.args else None
    if names[-1] in _REQUESTS and first is not None and (isinstance(first, ast.JoinedStr) or is_text(first)):
        return f"{names[-1]} {dumped(first)}"
    if verb not in _ACTS:
        return ""
    # `send_text` and `send_bytes` of one object are one target in two variants; of functions the name is all there is.
    return ".".join([*names[:-1], verb]) if len(names) > 1 else names[0]


def _carried(rounds: list[Round]) -> int:
    made: set[str] = set()
    count = 0
    for one in rounds:
        count += bool(one.used & made)
        made |= one.made
    return count


def _numbered_steps(test: Function, file: SourceFile) -> int:
    """How many comments number the steps, each followed by a check before the next."""
    if "#" not in file.text:
        return 0
    steps = [
        line
        for line in range(test.line, test.end_line + 1)
        if (comment := file.comments.get(line)) and _STEP.match(comment)
    ]
    checks = [statement.line for statement in test.statements if is_check(statement.node)]
    bounds = pairwise([*steps, test.end_line + 1])
    return sum(1 for start, end in bounds if any(start < line < end for line in checks))


RULE = Rule(
    code="TA501",
    slug="many-act-assert-cycles",
    antipattern="multiple-workflows",
    severity="warning",
    confidence=(("static", "medium"),),
    remedy="Write one test a workflow; let fixtures make what the earlier steps made.",
    find=find,
    options=(Option("max-cycles", 4, "rounds of acting and checking from which on the rule speaks"),),
    bad=(
        Code("""
async def test_complete_key_workflow(tenants, providers, keys, agents):  # <-
    # Step 1: create the tenant
    tenant = await tenants.create(name="Test")
    assert tenant.name == "Test"

    # Step 2: create the provider
    provider = await providers.create(tenant_id=tenant.id)
    assert provider.key is not None

    # Step 3: create the key
    key = await keys.create(tenant_id=tenant.id)
    assert key.startswith("sk-")

    # Step 4: create the agent
    agent = await agents.create(tenant_id=tenant.id)
    assert agent.id is not None
"""),
        Code("""
def test_shop(users, carts, orders, mails):  # <-
    user = users.register("a@example.org")
    assert user.name == "a"
    cart = carts.open(user)
    assert len(cart) == 0
    order = orders.place(cart)
    assert order.total == 0
    mail = mails.confirm(order)
    assert mail.sent_to == ["a@example.org"]
"""),
    ),
    good=(
        Code("""
def test_sizes(pool):
    pool.grow(1)
    assert pool.size == 1
    pool.grow(2)
    assert pool.size == 3
    pool.grow(3)
    assert pool.size == 6
    pool.grow(4)
    assert pool.size == 10
"""),
        Code("""
def test_numbers():
    a = one()
    assert a == 1
    b = two()
    assert b == 2
    c = three()
    assert c == 3
    d = four()
    assert d == 4
"""),
        Code("""
def test_a_copy_keeps_its_household(client, user):
    household = user.households.get_one(1)
    assert household and household.preferences
    response = client.post("/recipes", json={"name": "a"})
    assert response.status_code == 201
    recipe = user.recipes.get_one(response.json())
    assert recipe
    assert recipe.name == "a"
    response = client.post("/recipes/copy", json={"slug": recipe.slug})
    assert response.status_code == 201
    copy = user.recipes.get_one(response.json())
    assert copy.name == "a"
"""),
        Code("""
def test_each_member_sends_a_flag(clients, challenge):
    first = clients.login("a")
    answer = first.post("/attempt", json={"flag": "x"})
    assert answer.json()["status"] == "partial"
    second = clients.login("b", first)
    answer = second.post("/attempt", json={"flag": "y"})
    assert answer.json()["status"] == "partial"
    third = clients.login("c", second)
    answer = third.post("/attempt", json={"flag": "z"})
    assert answer.json()["status"] == "partial"
    fourth = clients.login("d", third)
    answer = fourth.post("/attempt", json={"flag": "w"})
    assert answer.json()["status"] == "correct"
"""),
        Code("""
def test_a_public_cookbook(database, client):
    group = database.groups.create("a")
    assert group and group.preferences
    tag = database.tags.create(group.id)
    assert tag.group
    recipe = database.recipes.create(tag)
    assert recipe.settings is not None
    cookbook = database.cookbooks.create(recipe)
    assert cookbook.settings
    assert client.get(f"/cookbooks/{cookbook.slug}").json()["name"] == "a"
"""),
        Code("""
def test_prices(client, checkout):
    response = client.post("/checkout", json={"id": checkout.id})
    assert response.json()["token"] == checkout.token
    total = calculations.total(checkout)
    assert response.json()["total"] == total
    subtotal = calculations.subtotal(checkout, total)
    assert response.json()["subtotal"] == subtotal
    line = calculations.line(checkout, subtotal)
    assert response.json()["line"] == line
"""),
        Code("""
import pytest

@pytest.mark.e2e
def test_shop(users, carts, orders, mails):
    user = users.register("a@example.org")
    assert user.active
    cart = carts.open(user)
    assert cart.empty
    order = orders.place(cart)
    assert order.total == 0
    mail = mails.confirm(order)
    assert mail.sent
"""),
    ),
)
