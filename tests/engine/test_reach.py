"""Coverage test by test: what each test reaches, and what is said where that cannot be measured."""

from __future__ import annotations

import sys

import pytest

from testaudit.engine.interface import Deepness, RunRequest, Silence
from testaudit.engine.run import running
from testaudit.parse import read_run
from testaudit.paths import Paths
from testaudit.reach import with_reach

SHOP = """\
LIMIT = 3

class Cart:
    CURRENCY = "EUR"

    def total(self, prices):
        if not prices:
            return 0
        return sum(prices)

def later():
    yield 1
    yield 2
"""
TESTS = """\
import os
import shop
import helpers
import pytest

steps = shop.later()

@pytest.fixture
def cart():
    return shop.Cart()

def test_all(cart):
    assert cart.total([1, 2]) == 3

def test_empty(cart):
    assert cart.total([]) == 0

def test_again(cart):
    assert cart.total([1, 2]) == 3

def test_nothing():
    assert shop.LIMIT == helpers.three()

def test_first_step():
    assert next(steps) == 1

def test_second_step():
    assert next(steps) == 2
"""


@pytest.fixture
def measured(project):
    def run(*args, executable=sys.executable, **files):
        texts = {"shop.py": SHOP, "tests/helpers.py": "def three():\n    return 3\n", "tests/test_x.py": TESTS}
        root = project({**texts, **{name.replace("__", "/") + ".py": text for name, text in files.items()}})
        suite = ("tests/test_x.py", "tests/helpers.py")
        deep = Deepness(frozenset({"shop"}), suite)
        request = RunRequest(executable, root, ("-p", "no:randomly", *args), deep=deep)
        with running(request, Silence(), lambda: None) as found:
            paths = Paths.of(root, ["shop"])
            return with_reach(read_run(found, paths), found, paths)

    return run


def reached(run):
    """Test -> lines of shop.py."""
    found = {}
    for test in run.tests:
        assert test.reached is not None
        assert {one.path for one in test.reached} <= {"shop.py"}
        found[test.node_id.rpartition("::")[2]] = [line for one in test.reached for line in one.lines]
    return found


def test_each_test_has_the_lines_that_it_reached(measured):
    run = measured()

    assert run.deep.why == ""
    assert reached(run) == {
        "test_all": [7, 9],
        "test_empty": [7, 8],
        "test_again": [7, 9],
        "test_nothing": [],
        "test_first_step": [12],
        "test_second_step": [13],
    }


def test_under_xdist_too(measured):
    run = measured("-n2")

    found = reached(run)
    assert found["test_all"] == [7, 9]
    assert found["test_empty"] == [7, 8]
    assert found["test_nothing"] == []


def test_without_the_means_it_says_so(measured):
    if hasattr(sys, "monitoring"):
        run = measured(
            conftest="import sys\nfor n in range(6):\n    sys.monitoring.get_tool(n) or sys.monitoring.use_tool_id(n, 'x')\n"
        )
    else:
        run = measured(coverage="raise ImportError('not here')\n")

    assert run.deep.means == ""
    assert run.deep.why != ""
    assert any(run.deep.why in note for note in run.notes)
    assert {test.reached for test in run.tests} == {None}
    assert {test.outcome for test in run.tests} == {"passed"}


def test_what_a_forked_child_runs_is_not_the_tests(measured):
    forks = (
        TESTS
        + "\ndef test_forks():\n    if not os.fork():\n        shop.Cart().total([1])\n        os._exit(0)\n    os.wait()\n"
    )

    assert reached(measured(tests__test_x=forks))["test_forks"] == []
