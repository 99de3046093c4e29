"""What a rule tells, but not as sure: shapes that readings of public suites found to be meant so."""

from __future__ import annotations

from pathlib import Path

import pytest

from testaudit.config import Config
from testaudit.rules.registry import by_name, settings_of
from testaudit.source.interface import sources_of

SUSPICIONS = {
    "a pause between two acts": (
        "sleep-in-test",
        "tests/test_a.py",
        """
import asyncio

async def test_sticker(bot):
    assert await bot.add_sticker("a")
    await asyncio.sleep(1)
    assert await bot.add_sticker("b")
""",
    ),
    "a wait to see that nothing happens": (
        "sleep-in-test",
        "tests/test_a.py",
        """
import time
from unittest import TestCase

class TestTraces(TestCase):
    def test_none(self):
        self.client.invoke("quiet")
        time.sleep(3)
        found = self.client.traces()
        self.assertEqual([], found)
""",
    ),
    "a measurement among measurements": (
        "wall-clock-assert",
        "tests/benchmarks/test_keys.py",
        """
import time

def test_thousand_keys(encoder):
    start = time.perf_counter()
    encoder.run(1000)
    assert time.perf_counter() - start < 0.1
""",
    ),
    "made-up credentials that lock out real ones": (
        "environ-write",
        "tests/conftest.py",
        """
import os
import pytest

@pytest.fixture
def credentials():
    os.environ["AWS_ACCESS_KEY_ID"] = "testing"
    os.environ["AWS_DEFAULT_REGION"] = "us-east-1"

def test_bucket(credentials):
    assert bucket()
""",
    ),
    "a guard": (
        "dead-assert",
        "tests/test_a.py",
        """
import pytest

def test_killed(system):
    with pytest.raises(LookupError):
        process = system.process(7)
        assert not process
""",
    ),
    "an empty test that says why": (
        "no-assertion",
        "tests/test_a.py",
        """
from shop import orders

def test_order_base():
    # Direct instances of Order are not allowed.
    pass
""",
    ),
    "an empty test that imports nothing": (
        "no-assertion",
        "tests/data/test_a.py",
        """
def test_me():
    pass
""",
    ),
    "an empty test in a project among the tests": (
        "no-assertion",
        "tests/targets/forked/tests/unit/test_a.py",
        """
import sys

def test_passed():
    pass
""",
    ),
}


@pytest.mark.parametrize(("slug", "path", "text"), SUSPICIONS.values(), ids=SUSPICIONS)
def test_a_shape_that_may_be_meant_is_a_suspicion(slug: str, path: str, text: str) -> None:
    (rule,) = by_name(slug)
    sources = sources_of({path: text}, Config(), root=Path("/nowhere"), first_party=frozenset({"shop"}))
    file = sources.file(path)
    assert rule.find is not None
    assert file is not None

    hits = list(rule.find(file, sources, settings_of(rule, Config())))

    assert [hit.confidence for hit in hits] == ["medium"]


@pytest.mark.parametrize("comment", ["TODO: populate this when it does not crash", "a new line at the end of a file"])
def test_an_empty_test_that_somebody_means_to_write_is_sure(comment: str) -> None:
    (rule,) = by_name("no-assertion")
    text = f"from shop import orders\n\ndef test_a():\n    # {comment}\n    pass\n"
    sources = sources_of({"tests/test_a.py": text}, Config(), root=Path("/nowhere"), first_party=frozenset({"shop"}))
    file = sources.file("tests/test_a.py")
    assert rule.find is not None
    assert file is not None

    hits = list(rule.find(file, sources, settings_of(rule, Config())))

    assert [hit.confidence for hit in hits] == [None]
