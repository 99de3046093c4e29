"""A test in which nothing can fail on purpose: it passes whatever the code answers, as long as nothing raises.

Such a test is counted, and read as a promise that somebody looks at the result. The code can return nonsense, store
nothing, or lose what it was to keep: the test stays green. The plainest kind is an empty body that somebody meant to
fill; others ask a question and throw the answer away, or keep their checks in a nested function that nothing calls.

Assert what the code is there to bring about. Where running through is all that is promised, say so in the name or in a
comment ("must not raise"): then the rule is silent. A test that is still to be written is better skipped, with the
issue that asks for it.

Checks are followed through the whole project before the rule speaks: helpers, base classes, fixtures, callbacks. What
it is sure of is what holds whatever stands elsewhere; that a test merely calls code is a suspicion (`medium`).

The guide asks each test to verify an outcome ("Assert: Verify response"); elsewhere this is the *unknown test* (Peruma
and others, "tsDetect", 2020).
"""

from __future__ import annotations

import ast
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from testaudit.rules.interface import Code, Hit, Rule, RunEvidence, Settings, qualified, with_evidence
from testaudit.source.check_words import kind_of_call
from testaudit.source.checks import checks_of, unused_checks
from testaudit.source.contracts import comments_inside, comments_of, is_put_off, promises_only_to_run
from testaudit.source.index import chain, terminal
from testaudit.source.wording import word_set

if TYPE_CHECKING:
    from collections.abc import Iterator

    from testaudit.model import Finding
    from testaudit.source.interface import Function, SourceFile, Sources

_QUESTIONS = re.compile(
    r"(exists|is_?(file|dir)|isinstance|issubclass|hasattr|callable|any|all|allclose|isclose|array_equal|equals"
    r"|startswith|endswith|issubset|issuperset|isdisjoint|has_[a-z_]+|is_[a-z_]+)$"
)
_NEUTRAL = word_set("patch object dict multiple override_settings staticmethod classmethod gen_test inlineCallbacks")
"""Decorators that a test may carry without being about them; marks as well."""
_MEANT = re.compile(
    r"intention|on purpose|deliberate|so that|ensure|picked up|no.?op|covered|tested|see (also )?\W?test|moved"
    r"|applicable|relevant|needed|only to|collected|overrid|inherit",
    re.IGNORECASE,
)
_EXPLAINS = re.compile(r"[A-Za-z']+,?( [A-Za-z_']+,?){3}")
"""Four words in a row: a sentence."""
_REASON = re.compile(
    r"\b(no|not|never|nothing|cannot|because|since|if|means|otherwise|elsewhere|dummy|document\w*|skip\w*)\b|n't\b",
    re.IGNORECASE,
)
"""A comment that only says what is to be tested gives none."""
_PUT_OFF = re.compile(r"\b(todo|fixme|xxx|implement|populate|later|tbd|write)\b", re.IGNORECASE)
_WAITS = re.compile(r"\bstub|\bonce\b|\buntil\b|available", re.IGNORECASE)
"""Its author says what the test waits for, and knows."""
_NO_CHECK = "no check in the test, its helpers or its fixtures"


def find(file: SourceFile, sources: Sources, _settings: Settings) -> Iterator[Hit]:
    """Tests that reach no check."""
    for test in sources.tests_in(file):
        if test.asserts or any(kind_of_call(node) is not None for node, _ in test.calls):
            continue
        if _is_empty(test):
            if not _is_meant_empty(test, file, sources):
                sure = not _WAITS.search(comments_of(file, test)) and not _is_known(test, file, sources)
                hit = _hit(test, sources, "This test is empty: it passes whatever the code does.", "no statement")
                yield hit if sure else replace(hit, confidence="medium")
            continue
        if is_put_off(test) or next(checks_of(sources, test), None) is not None:
            continue
        certain = _sure(test, sources)
        if certain is not None:
            yield certain
        elif not promises_only_to_run(sources, file, test) and not _compares(test):
            message = "Nothing in this test can fail it, unless the code raises."
            yield Hit(test.line, test.end_line, qualified(test, sources), message, (_NO_CHECK,), "medium")


def _sure(test: Function, sources: Sources) -> Hit | None:
    """The author meant to check: a check that never runs, or a question without an answer."""
    unused = unused_checks(test)
    if unused:
        name = unused[0].how
        return _hit(test, sources, f"The checks of this test stand in {name}(), which nothing calls.", _NO_CHECK)
    question = _unheard(test)
    if question:
        return _hit(test, sources, f"What {question}() answers is thrown away, and nothing else is checked.", _NO_CHECK)
    return None


def _hit(test: Function, sources: Sources, message: str, evidence: str) -> Hit:
    return Hit(test.line, test.end_line, qualified(test, sources), message, (evidence,))


def _is_empty(test: Function) -> bool:
    return all(
        isinstance(statement.node, ast.Pass)
        or (isinstance(statement.node, ast.Expr) and isinstance(statement.node.value, ast.Constant))
        for statement in test.statements
    )


def _is_meant_empty(test: Function, file: SourceFile, sources: Sources) -> bool:
    """Empty for a reason: it replaces an inherited test, carries the decorator under test, is data, or says why."""
    if sources.overrides(test) or is_put_off(test):
        return True
    for decorator in test.decorators:
        names = chain(decorator.func if isinstance(decorator, ast.Call) else decorator)
        if "mark" not in names and terminal(decorator) not in _NEUTRAL:
            return True
    if re.search(rf"(?<!def )\b{re.escape(test.name)}\b", file.text):
        return True
    return _MEANT.search(comments_of(file, test)) is not None


def _is_known(test: Function, file: SourceFile, sources: Sources) -> bool:
    """Its author knows that it is empty, or the file is no suite's: what a tool is tried on.

    A sentence in the body says why, and promises nothing. A file that imports nothing and holds empty tests alone is
    data of another test, and so is a project of its own below the tests (`tests/…/project/tests/…`).
    """
    said = comments_inside(file, test)
    if _EXPLAINS.search(said) and _REASON.search(said) and not _PUT_OFF.search(said):
        return True
    parts = file.path.split("/")[:-1]
    roots = [at for at, part in enumerate(parts) if part in {"test", "tests"}]
    if roots and roots[-1] - roots[0] > 1:
        return True
    return not _imports(file) and all(_is_empty(other) and not other.docstring for other in sources.tests_in(file))


def _imports(file: SourceFile) -> bool:
    return any(
        not (isinstance(statement.node, ast.ImportFrom) and statement.node.module == "__future__")
        for statement in file.statements_of(ast.Import, ast.ImportFrom)
    )


def _unheard(test: Function) -> str:
    """The yes-or-no question, asked as a statement, whose answer nobody reads."""
    for statement in test.statements:
        if isinstance(statement.node, ast.Expr):
            value = statement.node.value
            value = value.value if isinstance(value, ast.Await) else value
            if isinstance(value, ast.Call) and _QUESTIONS.match(terminal(value)):
                name = terminal(value)
                if name not in {"any", "all", "equals"} or value.args:
                    return name
    return ""


def _compares(test: Function) -> bool:
    """`x == 1` alone on its line: another rule says that better."""
    return any(
        isinstance(statement.node, ast.Expr) and isinstance(statement.node.value, ast.Compare)
        for statement in test.statements
    )


def weigh(finding: Finding, evidence: RunEvidence) -> Finding | None:
    """A test that failed can fail; one that reached no line of the project has nothing to fail on."""
    if any(test.outcome == "failed" for test in evidence.tests):
        return None
    passed = [test for test in evidence.tests if test.outcome == "passed"]
    if passed and all(test.reached == () for test in passed):
        return with_evidence(finding, "runtime", "it passed, and no line of the project's own functions ran in it")
    return finding


RULE = Rule(
    code="TA901",
    slug="no-assertion",
    antipattern="cannot-fail",
    severity="warning",
    confidence=(("static", "high"), ("runtime", "medium")),
    remedy="Assert what the code is there to bring about, or say in its name that it must only run through.",
    find=find,
    weigh=weigh,
    bad=(
        Code("""
import pytest

class TestCart:
    def test_total(self):  # <-
        pass  # TODO

    @pytest.mark.unit
    def test_discount(self):  # <-
        \"\"\"A discount is taken off.\"\"\"
"""),
        Code("""
def test_tables(engine):  # <-
    create_tables(engine)
    inspect(engine).has_table("orders")

def test_rename(user):  # <-
    user.name = "new"
    user.save()
    User.objects.filter(name="new").exists()
"""),
        Code("""
def test_source(job):  # <-
    job.source = "gce"

    def run(zone):
        assert job.environment()["ZONE"] == zone
"""),
        Code(
            """
from helpers import build

def test_order(client):  # <-
    order = build("book")
    client.send(order)
""",
            beside=(("helpers.py", "def build(name):\n    return {'name': name}\n"),),
        ),
    ),
    good=(
        Code(
            """
from helpers import check_total
from shop.testing import same

def test_total(cart):
    verdict(cart)

def test_items(cart):
    same(cart.items, [])

def test_total_again(cart):
    return check_total(cart)

def verdict(cart):
    inner(cart)

def inner(cart):
    if cart.total != 3:
        raise AssertionError(cart)
""",
            beside=(
                ("helpers.py", "def check_total(cart):\n    return cart\n"),
                ("shop/testing.py", "def same(one, other):\n    assert one == other\n"),
            ),
        ),
        Code(
            """
import pytest
from base import Base

class TestCart(Base):
    def test_total(self):
        self.total_is(3)

    def test_callback(self):
        self.later().addCallback(self.total_is)

    def test_patched(self, sent):
        self.cart.send()

    @pytest.mark.parametrize("judge", [Base.total_is])
    def test_table(self, judge):
        judge(self)
""",
            beside=(
                (
                    "tests/base.py",
                    "class Base:\n    def total_is(self, total):\n        assert self.cart.total == total\n",
                ),
                (
                    "conftest.py",
                    "import pytest\n\n@pytest.fixture\ndef sent(mailer):\n    yield\n    assert mailer.sent\n",
                ),
            ),
        ),
        Code("""
from contextlib import contextmanager

class Recorder:
    def __exit__(self, *error):
        assert self.lines

@contextmanager
def no_queries(connection):
    yield
    assert not connection.queries

def test_recorded():
    with Recorder():
        run()

def test_cached(connection):
    with no_queries(connection):
        load()

def test_handler(server):
    def handler(request):
        assert request.path == "/"
    server.on("/", handler)
    server.get("/")
"""),
        Code("""
import subprocess
import warnings

def test_close_twice_must_not_raise(pool):
    pool.close()
    pool.close()

def test_close(pool):
    # The second call used to hang.
    pool.close()

def test_gh_1234(pool):
    pool.close()

def test_no_warning(pool):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        pool.open()

def test_command():
    subprocess.run(["tool"], check=True)

def test_page(page, snapshot):
    page.render()

def test_speed(benchmark):
    benchmark(render)
"""),
        Code(
            """
import pytest
import unittest
from base import BaseTests, wrapped

class TestSet(BaseTests):
    def test_order(self):
        pass

@wrapped
def test_decorator():
    pass

@pytest.mark.skip(reason="#12")
def test_later():
    pass

class TestLive(unittest.TestCase):
    def test_class(self):
        # Intentionally empty: setUpClass is what runs.
        pass

def test_comparison(cart):
    cart.total == 3

def test_deferred(run):
    run("def test_x(): assert 1")
""",
            beside=(
                (
                    "tests/base.py",
                    "class BaseTests:\n    def test_order(self):\n        assert 1\n\ndef wrapped(f):\n    return f\n",
                ),
            ),
        ),
    ),
)
