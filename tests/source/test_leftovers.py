"""What the run says of a suspicion, and what it shows that nobody suspected."""

from __future__ import annotations

from pathlib import Path

import pytest

from testaudit.config import Config
from testaudit.model import Attempt, AuditedTest, FixtureUse, Frame, Leak, NodeId, Outcome, Run
from testaudit.rules.interface import RunEvidence
from testaudit.rules.registry import by_name, settings_of
from testaudit.rules.stamp import fingerprinted, stamp
from testaudit.source.interface import sources_of
from testaudit.source.leftovers import leaks_of, names_of, said, shown, suspects_of, unsuspected

DEBUG = Leak("environ", "DEBUG", "", "1")
WATCHED = frozenset({"environ", "file", "thread"})


def ran(name: str, *leaks: Leak, outcome: Outcome = "passed", fixtures: tuple[FixtureUse, ...] = ()) -> AuditedTest:
    return AuditedTest(
        NodeId(f"tests/test_a.py::{name}"),
        f"tests.test_a::{name}",
        "tests/test_a.py",
        3,
        outcome,
        (Attempt(outcome, 0.1, leaks=leaks),),
        fixtures=fixtures,
    )


def about(*tests: AuditedTest, others: tuple[AuditedTest, ...] = (), function: str = "test_one") -> object:
    return shown(Run((*tests, *others), watched=WATCHED), tests, function, lambda leak: leak.what == "DEBUG", "environ")


def test_a_leak_is_proof() -> None:
    assert about(ran("test_one", DEBUG)) == (DEBUG,)
    assert about(ran("test_one", DEBUG, outcome="failed")) == (DEBUG,)


def test_a_test_that_passed_and_left_nothing_is_disproof() -> None:
    assert about(ran("test_one")) == ()
    assert about(ran("test_one", Leak("environ", "OTHER"))) == ()


@pytest.mark.parametrize("outcome", ["failed", "skipped", "xfailed", "errored"])
def test_a_test_that_did_not_pass_says_nothing(outcome: Outcome) -> None:
    assert about(ran("test_one", outcome=outcome)) is None


def test_what_was_changed_already_says_nothing() -> None:
    assert about(ran("test_one"), others=(ran("test_before", DEBUG),)) is None


def test_a_fixture_of_a_wider_scope_says_nothing() -> None:
    def used(scope: str) -> AuditedTest:
        return ran("test_one", fixtures=(FixtureUse("debug", scope, "tests/test_a.py", 1),))

    assert about(used("module"), function="<debug>") is None
    assert about(used("function"), function="<debug>") == ()


def test_what_was_not_watched_says_nothing() -> None:
    test = ran("test_one")

    assert shown(Run((test,)), (test,), "test_one", lambda _: True, "environ") is None
    assert shown(Run((test,), watched=WATCHED), (test,), "test_one", lambda _: True, "cwd") is None


def test_leaks_are_said_in_a_few_words() -> None:
    many = tuple(Leak("environ", f"V{number}", "old", "") for number in range(5))

    assert said((DEBUG,)) == "DEBUG (not there before, 1 after)"
    assert said(many).endswith("and 2 more")
    assert leaks_of(AuditedTest(NodeId("a"), "a", "a", 1, None)) == ()


def test_names_are_the_same_in_the_next_run() -> None:
    def named(*paths: str) -> str:
        return names_of(tuple(Leak("file", path) for path in paths))

    assert named("/tmp/tmpz6f4afy4.sh", "/tmp/tmp77twx0fp.py", "/tmp/tmp_bxqro7a.sh") == "/tmp/tmp….py, /tmp/tmp….sh"
    assert named("/tmp/pytest-of-me/pytest-61/test_a0/a.db") == "/tmp/pytest-of-me/pytest-…/test_a0/a.db"
    assert named("pipe", "/srv/tmpfiles_of_ours") == "/srv/tmpfiles_of_ours, pipe"


TEXT = """import os

def test_one():
    os.environ["DEBUG"] = "1"

def test_two():
    configure()
"""


@pytest.mark.parametrize(
    ("leaks", "kept", "evidence"), [((DEBUG,), True, "runtime"), ((), False, ""), ((Leak("environ", "B"),), False, "")]
)
def test_a_rule_keeps_what_is_proved_and_drops_what_is_not(leaks: tuple[Leak, ...], kept: bool, evidence: str) -> None:
    (rule,) = by_name("environ-write")
    sources = sources_of({"tests/test_a.py": TEXT}, Config(), root=Path("/nowhere"))
    file = sources.file("tests/test_a.py")
    assert file is not None
    assert rule.find is not None
    assert rule.weigh is not None
    hits = list(rule.find(file, sources, settings_of(rule, Config())))
    (finding,) = fingerprinted([stamp(rule, hit, file.path, Config()) for hit in hits], file)
    test = ran("test_one", *leaks)

    weighed = rule.weigh(finding, RunEvidence(Run((test,), watched=WATCHED), (test,)))

    assert (weighed is not None) is kept
    assert weighed is None or weighed.evidence[-1].kind == evidence


def test_what_nobody_suspected_has_the_place_that_did_it() -> None:
    (rule,) = by_name("environ-write")
    sources = sources_of({"tests/test_a.py": TEXT}, Config(), root=Path("/nowhere"))
    assert rule.find is not None
    suspects = suspects_of(rule.find, sources, settings_of(rule, Config()))
    here = Leak("environ", "MODE", "", "on", Frame("tests/test_a.py", 7, "test_two"))
    product = Leak("environ", "MODE", "", "on", Frame("shop/core.py", 2, "configure"))

    def places(*tests: AuditedTest) -> list[tuple[str, int, int]]:
        run = Run(tests, watched=WATCHED)
        found = unsuspected(run, sources, lambda _: True, suspects, "environ")
        return [(left.path, left.line, len(left.node_ids)) for left in found]

    assert places(ran("test_two", here), ran("test_three", here)) == [("tests/test_a.py", 7, 2)]
    assert places(ran("test_two", product)) == [("tests/test_a.py", 3, 1)]
    assert places(ran("test_one", DEBUG), ran("test_one[a]", DEBUG)) == []
