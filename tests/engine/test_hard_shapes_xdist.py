"""Hard shapes under pytest-xdist: workers that die, one at a time, all together, or again and again."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

TARGETS = Path(__file__).parent.parent / "targets"


@pytest.fixture
def in_parallel(tmp_path, audited):
    """Run a copy of a project in `tests/targets/` with two workers: its outcomes by the test's own name, and the rest."""

    def run(name, *args, **request):
        root = Path(shutil.copytree(TARGETS / name, tmp_path / name))
        seen = audited(root, *args, workers="2", **{"timeout_s": 60.0, **request})
        return {node_id.rpartition("::")[2]: outcome for node_id, outcome in seen.outcomes.items()}, seen

    return run


def test_more_deaths_than_xdist_puts_up_with(in_parallel):
    outcomes, seen = in_parallel("dying_workers", "--max-worker-restart=3")

    died = {"test_exits", "test_segfault", "test_killed", *(f"test_each_exits[{number}]" for number in range(4))}
    assert len(outcomes) == len(seen.run.tests) == 23
    assert {name for name, outcome in outcomes.items() if outcome == "crashed"} == died
    assert {name for name, outcome in outcomes.items() if outcome == "failed"} == {"test_after[3]"}
    assert sum(outcome == "passed" for outcome in outcomes.values()) == 15
    assert seen.run.gaps == ()


def test_workers_and_controller_that_end_together(in_parallel):
    outcomes, seen = in_parallel("dying_together")

    assert {name for name, outcome in outcomes.items() if outcome != "passed"} == {"test_ends_its_own_group"}
    assert outcomes["test_ends_its_own_group"] == "crashed"
    assert len(seen.run.tests) == 17
    assert seen.run.gaps == ()


def test_a_module_that_ends_every_worker(in_parallel):
    outcomes, seen = in_parallel("exits_at_import", "--max-worker-restart=1")

    assert outcomes == {
        "test_before": "passed",
        "test_b.py": "crashed",
        "test_c.py": "error",
        "test_after": "passed",
        "test_fails": "failed",
    }
    assert {gap.what for gap in seen.run.gaps} == {"not-collected"}


@pytest.mark.full
def test_signals(in_parallel):
    outcomes, seen = in_parallel("signals")

    assert {name for name, outcome in outcomes.items() if outcome == "crashed"} == {
        "test_segfault",
        "test_killed",
        "test_aborts",
        "test_ends_its_own_group",
        "test_presses_the_key",
        "test_raises_the_key",
    }
    assert len(seen.run.tests) == 9
    assert seen.run.gaps == ()


@pytest.mark.full
def test_forked_workers(in_parallel):
    outcomes, seen = in_parallel("forks", timeout_s=5.0, idle_s=10.0)

    assert len(outcomes) == len(seen.run.tests) == 9
    assert {outcomes[name] for name in ("test_first", "test_child_leaves", "test_last")} == {"passed"}
    assert outcomes["test_fails"] == "failed"
    assert None not in outcomes.values()
