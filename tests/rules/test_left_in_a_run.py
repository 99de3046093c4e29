"""What rules say of leftovers that only a run shows: which they leave alone, and how sure they are."""

from __future__ import annotations

from pathlib import Path

import pytest

from testaudit.config import Config
from testaudit.model import Attempt, AuditedTest, Frame, Leak, NodeId, Outcome, Run
from testaudit.rules.interface import Sighting
from testaudit.rules.registry import by_name, settings_of
from testaudit.source.interface import sources_of

TEXT = """import os

def set_up(environ):
    environ["MODE"] = "on"

def test_two():
    configure()
"""


def seen(slug: str, *leaks: Leak, outcome: Outcome = "passed") -> list[Sighting]:
    (rule,) = by_name(slug)
    sources = sources_of({"tests/test_a.py": TEXT}, Config(), root=Path("/shop"), first_party=frozenset({"shop"}))
    test = AuditedTest(
        NodeId("tests/test_a.py::test_two"),
        "tests.test_a::test_two",
        "tests/test_a.py",
        6,
        outcome,
        (Attempt(outcome, 0.1, leaks=leaks),),
    )
    run = Run((test,), watched=frozenset(leak.kind for leak in leaks))
    assert rule.observe is not None
    return list(rule.observe(run, sources, settings_of(rule, Config())))


@pytest.mark.parametrize(
    ("slug", "leak"),
    [
        ("process-state-write", Leak("sys.path", ".", "", ".")),
        ("process-state-write", Leak("sys.path", "/shop", "", "/shop")),
        ("process-state-write", Leak("sys.modules", "shop", "", "<module 'shop'>")),
        ("file-left-behind", Leak("file", "/tmp/pymp-c_kp7k6j", "", "folder")),
        ("file-left-behind", Leak("file", "/tmp/tmpc_kp7k6j", "", "folder")),
        ("resource-left-open", Leak("thread", "worker", "", "daemon thread")),
    ],
)
def test_what_does_no_harm_is_left_alone(slug: str, leak: Leak) -> None:
    assert seen(slug, leak) == []


@pytest.mark.parametrize(
    ("slug", "leak", "confidence"),
    [
        ("process-state-write", Leak("sys.path", "/tmp/shop", "", "/tmp/shop"), None),
        ("process-state-write", Leak("logging", "shop.cart", "level NOTSET", "level INFO"), "medium"),
        ("process-state-write", Leak("logging", "urllib3", "level NOTSET", "level INFO"), None),
        ("environ-write", Leak("environ", "MODE", "", "on", Frame("tests/test_a.py", 4, "set_up")), None),
        ("environ-write", Leak("environ", "MODE", "", "on", Frame("tests/test_a.py", 7, "test_two")), "medium"),
        ("file-left-behind", Leak("file", "report.txt", "", "12 bytes"), None),
        ("resource-left-open", Leak("file", "/tmp/tmpc_kp7k6j", "", "folder"), None),
        ("resource-left-open", Leak("descriptor", "pipe", "", "descriptor 12"), "medium"),
    ],
)
def test_a_leftover_is_as_sure_as_its_kind(slug: str, leak: Leak, confidence: str | None) -> None:
    (sighting,) = seen(slug, leak)

    assert sighting.confidence == confidence


@pytest.mark.parametrize("outcome", ["failed", "error", "timed-out"])
def test_a_test_that_failed_may_not_have_come_to_its_end(outcome: Outcome) -> None:
    assert seen("file-left-behind", Leak("file", "report.txt", "", "12 bytes"), outcome=outcome) == []
