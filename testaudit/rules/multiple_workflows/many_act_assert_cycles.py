"""One test that runs several workflows after one another.

It acts, checks, acts on something else with what came out of the first, checks, and so on. When the second step breaks,
the later ones are not tested at all, the name says nothing about what broke, and the reader has to replay the whole
story to find the place.

Write one test a workflow, and let fixtures make what the earlier steps made. A story that is meant to be told as one
belongs among the end-to-end or smoke tests: tests marked, named or placed so are left alone.

The guide's anti-pattern 5, "Testing multiple workflows in one test".
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

from testaudit.rules.interface import Code, Hit, Option, Rule, Settings, qualified
from testaudit.source.index import bound_names, chain, target_names
from testaudit.source.vocabulary import is_check, mark_names, names_in
from testaudit.source.wording import word_set, words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from testaudit.source.index import Function
    from testaudit.source.interface import SourceFile, Sources

_STORIES = word_set("e2e smoke end_to_end endtoend scenario acceptance lifecycle roundtrip tutorial")
_ACTS = word_set(
    """
    create register open place submit update delete send post execute login signup upload publish approve
    cancel pay invite order checkout subscribe archive assign import export enable disable confirm
    """
)
_REQUESTS = frozenset({"post", "put", "patch", "delete"})
_STEP = re.compile(r"#\s*(?:step\s*)?(\d+)\s*[.:)\-]|#\s*step\s+(\d+)", re.IGNORECASE)


@dataclass(slots=True)
class Cycle:
    """Acts, then checks of what they brought."""

    targets: set[str] = field(default_factory=set)
    made: set[str] = field(default_factory=set)
    used: set[str] = field(default_factory=set)
    checks: int = 0
    line: int = 0


def find(file: SourceFile, sources: Sources, settings: Settings) -> Iterator[Hit]:
    """Tests with at least `max-cycles` rounds on different targets, each using what an earlier one made."""
    limit = int(settings.number("max-cycles"))
    for test in file.functions:
        if len(test.statements) < 2 * limit or not _alternates(test, limit) or not sources.is_test(test):
            continue
        cycles = _cycles(test)
        if len(cycles) < limit or _is_story(test, sources):
            continue
        steps = _numbered_steps(test, file, cycles)
        carried = _carried(cycles)
        if steps < limit and carried < limit - 1:
            continue
        first, last = cycles[0].line, cycles[-1].line
        said = (
            f"{steps} numbered steps with checks between"
            if steps >= limit
            else f"{carried} of them use what an earlier one made"
        )
        yield Hit(
            test.line,
            test.line,
            qualified(test, sources),
            f"Runs {len(cycles)} workflows in a row (lines {first} to {last}): a failure in one hides the rest.",
            (f"{len(cycles)} rounds of acting on a different target and checking", said),
            None if steps >= limit else "medium",
        )


def _alternates(test: Function, limit: int) -> bool:
    """Whether checks and other statements alternate often enough to be looked at closely."""
    turns, checking = 0, False
    for statement in test.statements:
        if statement.parent is None:
            checks = is_check(statement.node)
            turns += checks and not checking
            checking = checks
    return turns >= limit


def _is_story(test: Function, sources: Sources) -> bool:
    if any(part in _STORIES for part in re.split(r"[/_.]", test.path.lower())):
        return True
    return bool((words(test.qualname) | mark_names(test, sources)) & _STORIES)


def _cycles(test: Function) -> list[Cycle]:
    """Rounds of the test's own top-level statements: new targets acted on, then their results checked."""
    cycles: list[Cycle] = []
    current = Cycle()
    seen: set[str] = set()
    made: set[str] = set()
    for statement in test.statements:
        if statement.parent is not None:
            continue
        node = statement.node
        if is_check(node):
            if current.targets and names_in(node) & (
                current.made | {name.partition(".")[0] for name in current.targets}
            ):
                current.checks += 1
            continue
        target = _target(node, made)
        if not target:
            made.update(bound_names(node))
            continue
        if current.checks:
            cycles.append(current)
            current = Cycle()
        if target not in seen:
            seen.add(target)
            current.targets.add(target)
            current.line = current.line or statement.line
        if isinstance(node, ast.Assign):
            names = {name for written in node.targets for name in target_names(written)}
            current.made |= names
            made |= names
            current.used |= names_in(node.value)
        else:
            current.used |= names_in(node)
    if current.checks:
        cycles.append(current)
    return [cycle for cycle in cycles if cycle.targets]


def _target(node: ast.AST, made: set[str]) -> str:
    """What a statement acts on: the object that the test was given, or a function that says that it does something.

    Calls on what the test made itself look at a result (`response.json()`), and are no acts.
    """
    value = node.value if isinstance(node, ast.Assign | ast.Expr | ast.AnnAssign) else None
    value = value.value if isinstance(value, ast.Await) else value
    names = chain(value.func) if isinstance(value, ast.Call) else []
    if not names or names[0] in made:
        return ""
    if len(names) == 1:
        return names[0] if words(names[0]) & _ACTS else ""
    first = value.args[0] if isinstance(value, ast.Call) and value.args else None
    if names[-1] in _REQUESTS and isinstance(first, ast.Constant | ast.JoinedStr):
        return f"{'.'.join(names)} {ast.dump(first)}"
    return ".".join(names if words(names[-1]) & _ACTS else names[:-1])


def _carried(cycles: list[Cycle]) -> int:
    made: set[str] = set()
    count = 0
    for cycle in cycles:
        if cycle.used & made:
            count += 1
        made |= cycle.made
    return count


def _numbered_steps(test: Function, file: SourceFile, cycles: list[Cycle]) -> int:
    """How many comments number the steps, each followed by a check before the next."""
    if "#" not in file.text:
        return 0
    steps = [
        line
        for line in range(test.line, test.end_line + 1)
        if (comment := file.comments.get(line)) and _STEP.match(comment)
    ]
    checks = [statement.line for statement in test.statements if is_check(statement.node)]
    if not cycles:
        return 0
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
    assert user.active
    cart = carts.open(user)
    assert cart.empty
    order = orders.place(cart)
    assert order.total == 0
    mail = mails.confirm(order)
    assert mail.sent
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
