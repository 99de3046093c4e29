"""Hard shapes: whatever a test does to its process, the others keep their outcomes, each test counts once, and the
culprit is named. The projects are in `tests/targets/`."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

TARGETS = Path(__file__).parent.parent / "targets"
PATIENT_S = 60.0
"""For tests that do not hang, on a machine that is busy."""


@pytest.fixture
def target(tmp_path):
    """A copy of a project in `tests/targets/`."""

    def make(name):
        return Path(shutil.copytree(TARGETS / name, tmp_path / name))

    return make


def outcomes(seen):
    """Outcome by the test's own name (a module's file name where it did not import)."""
    return {node_id.rpartition("::")[2]: outcome for node_id, outcome in seen.outcomes.items()}


def gaps(seen):
    return [gap.what for gap in seen.run.gaps]


def message(seen, name):
    """What was said of the last attempt of a test."""
    return seen.test(name).attempts[-1].troubles[0].message


def test_exits_wherever_they_come(target, audited):
    seen = audited(target("exits"), timeout_s=PATIENT_S)

    assert outcomes(seen) == {
        "test_first": "passed",
        "test_fails": "failed",
        "test_exits": "crashed",
        "test_exits_as_if_all_were_well": "crashed",
        "test_in_setup": "crashed",
        "test_sys_exit": "failed",
        "test_in_teardown": "crashed",
        "test_last": "passed",
    }
    assert gaps(seen) == []
    assert seen.files.restarts == 4
    assert "exit status 3" in message(seen, "test_exits")


def test_modules_that_end_their_import(target, audited):
    seen = audited(target("exits_at_import"), timeout_s=PATIENT_S)

    assert outcomes(seen) == {
        "test_before": "passed",
        "test_b.py": "crashed",
        "test_c.py": "error",
        "test_after": "passed",
        "test_fails": "failed",
    }
    assert [(gap.what, gap.where) for gap in seen.run.gaps] == [
        ("not-collected", "test_b.py"),
        ("not-collected", "test_c.py"),
    ]
    assert "this is a script" in seen.run.gaps[1].why
    assert ("collected", 5) in seen.heard
    assert [what for what, *_ in seen.heard].count("finished") == 5


def test_signals_and_the_interrupt_key(target, audited):
    seen = audited(target("signals"), timeout_s=PATIENT_S)

    assert outcomes(seen) == {
        "test_first": "passed",
        "test_segfault": "crashed",
        "test_killed": "crashed",
        "test_aborts": "crashed",
        "test_ends_its_own_group": "crashed",
        "test_presses_the_key": "crashed",
        "test_raises_the_key": "crashed",
        "test_fails": "failed",
        "test_last": "passed",
    }
    assert gaps(seen) == []
    assert "SIGSEGV" in message(seen, "test_segfault")
    assert "KeyboardInterrupt" in message(seen, "test_raises_the_key")


def test_hangs_in_python_deaf_to_signals_and_in_the_last_teardown(target, audited):
    seen = audited(target("hangs"), timeout_s=1.5)

    assert outcomes(seen) == {
        "test_first": "passed",
        "test_loops": "timed-out",
        "test_between": "failed",
        "test_deaf": "timed-out",
        "test_after": "passed",
        "test_last": "timed-out",
    }
    assert gaps(seen) == []
    assert [what for what, *_ in seen.heard].count("finished") == 6
    assert seen.heard.count(("finished", "timed-out")) == 3
    assert seen.test("test_loops").attempts[-1].troubles[0].frame.function == "test_loops"


def test_a_module_whose_import_never_ends(target, audited):
    seen = audited(target("hangs_at_import"), timeout_s=1.0, idle_s=5.0)

    assert outcomes(seen) == {"test_before": "passed", "test_b.py": "timed-out", "test_after": "passed"}
    [gap] = seen.run.gaps
    assert (gap.what, gap.where) == ("not-collected", "test_b.py")
    assert "--timeout" in gap.why


def test_a_start_that_never_ends(target, audited):
    seen = audited(target("hangs_at_start"), timeout_s=1.0, idle_s=5.0)

    assert outcomes(seen) == {}
    assert gaps(seen) == ["stalled"]
    assert "while pytest was starting" in seen.run.diagnosis


def test_an_end_that_never_comes(target, audited):
    seen = audited(target("hangs_at_the_end"), timeout_s=1.0, idle_s=5.0)

    assert outcomes(seen) == {"test_first": "passed", "test_fails": "failed"}
    [gap] = seen.run.gaps
    assert gap.what == "stalled"
    assert "after the last test" in gap.why


def test_recursion_to_pythons_limit_and_past_the_stack(target, audited):
    seen = audited(target("recursion"), timeout_s=PATIENT_S)

    assert outcomes(seen) == {
        "test_first": "passed",
        "test_to_the_limit": "failed",
        "test_caught_at_the_limit": "passed",
        "test_past_the_stack": "crashed",
        "test_last": "passed",
    }
    assert gaps(seen) == []


def test_closed_descriptors_lose_no_test(target, audited):
    seen = audited(target("descriptors"), timeout_s=PATIENT_S)

    # pytest's own capture is among what was closed: from there on it reports an error for each test.
    assert outcomes(seen) == {
        "test_first": "passed",
        "test_closes_output": "passed",
        "test_after_output": "passed",
        "test_closes_all": "error",
        "test_after_all": "error",
        "test_closes_really_all": "error",
        "test_fails": "error",
        "test_last": "error",
    }
    assert gaps(seen) == ["pytest-died"]


def test_closed_descriptors_without_capture(target, audited):
    seen = audited(target("descriptors"), "-s", timeout_s=PATIENT_S)

    assert len(seen.run.tests) == 8
    assert outcomes(seen)["test_first"] == "passed"
    assert outcomes(seen)["test_closes_output"] == "crashed"
    assert outcomes(seen)["test_after_all"] == "passed"
    assert outcomes(seen)["test_fails"] == "failed"
    assert outcomes(seen)["test_last"] == "passed"


def test_changed_surroundings(target, audited):
    seen = audited(target("surroundings"), timeout_s=PATIENT_S)

    failed = {"test_fails_nowhere", "test_fails_among_patches", "test_fails_at_the_end"}
    assert len(seen.run.tests) == 17
    assert {name for name, outcome in outcomes(seen).items() if outcome == "failed"} == failed
    assert {outcome for name, outcome in outcomes(seen).items() if name not in failed} == {"passed"}
    assert gaps(seen) == ["pytest-died"]  # without `open`, pytest does not come to its own end


def test_frozen_clocks(target, audited):
    seen = audited(target("frozen_time"), timeout_s=2.0)

    assert outcomes(seen) == {
        "test_first": "passed",
        "test_takes_a_moment": "passed",
        "test_fails": "failed",
        "test_hangs": "timed-out",
        "test_last": "passed",
    }
    assert gaps(seen) == []
    assert 0 <= seen.run.probe_s < 60
    assert all(0 <= attempt.duration_s < 60 for test in seen.run.tests for attempt in test.attempts)


def test_closed_streams_and_forgotten_modules(target, audited):
    seen = audited(target("closes_output"), timeout_s=PATIENT_S)

    assert len(seen.run.tests) == 6
    assert outcomes(seen)["test_first"] == "passed"
    assert outcomes(seen)["test_last"] == "error"  # pytest reads the closed stream after each test
    assert gaps(seen) == ["pytest-died"]


def test_forks_count_no_test_twice(target, audited):
    seen = audited(target("forks"), timeout_s=PATIENT_S)

    assert outcomes(seen) == {
        "test_first": "passed",
        "test_child_leaves": "passed",
        "test_child_exits": "passed",
        "test_child_goes_on": "passed",
        "test_child_goes_on_beside": "passed",
        "test_child_fails": "failed",
        "test_fails": "failed",
        "test_parent_dies": "crashed",
        "test_last": "passed",
    }
    assert {len(test.attempts) for test in seen.run.tests} == {1}
    assert [what for what, *_ in seen.heard].count("finished") == 9
    assert gaps(seen) == []


def test_memory_under_a_limit(target, audited):
    seen = audited(target("memory"), timeout_s=PATIENT_S)

    assert outcomes(seen) == {
        "test_first": "passed",
        "test_too_much": "failed",
        "test_too_many": "failed",
        "test_between": "passed",
        "test_nothing_left": "crashed",
        "test_last": "passed",
    }
    assert gaps(seen) == []


def test_a_session_that_is_ended_on_purpose_is_not_started_again(target, audited):
    seen = audited(target("stops"), timeout_s=PATIENT_S)

    assert outcomes(seen) == {"test_first": "passed", "test_stops": None, "test_last": None}
    assert seen.files.restarts == 0
    [gap] = seen.run.gaps
    assert gap.what == "no-outcome"
    assert "no database" in gap.why


def test_a_full_disk_ends_the_recording_and_says_so(target, audited):
    seen = audited(target("full_disk"), timeout_s=PATIENT_S)

    assert outcomes(seen) == {"test_first": "passed", "test_fills": None, "test_after": None, "test_last": None}
    assert gaps(seen) == ["log", "no-outcome"]
    assert "test_full.py::test_fills" in seen.run.gaps[0].why
    assert seen.files.restarts == 0


@pytest.mark.parametrize("args", [(), ("-s",)], ids=["captured", "not captured"])
def test_200_megabytes_of_output_stay_out_of_our_memory(target, audited, args):
    root = target("loud")
    before = peak_mb(reset=True)

    seen = audited(root, *args, timeout_s=PATIENT_S)

    assert outcomes(seen) == {
        "test_first": "passed",
        "test_loud": "passed",
        "test_loud_and_red": "failed",
        "test_last": "passed",
    }
    assert gaps(seen) == []
    assert len(seen.files.output) < 1_000_000
    assert peak_mb() - before < 50


def peak_mb(*, reset=False):
    """The most memory that this process held since the last reset."""
    if reset:
        Path("/proc/self/clear_refs").write_text("5")
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024
