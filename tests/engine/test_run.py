"""A run that goes wrong: what was seen is kept, the rest still runs, and nothing outlives it."""

from __future__ import annotations

import os
import signal
import sys
import threading

import pytest

from testaudit.engine.interface import RunRequest, Silence
from testaudit.engine.run import running
from testaudit.errors import ImpossibleError
from testaudit.parse import read_run
from testaudit.paths import Paths

AROUND = """
import os, signal, sys, time

def test_before(): pass

{culprit}

def test_after(): pass

def test_fails(): assert 0
"""


def test_goes_on_after_a_crash(project, audited):
    root = project({"test_x.py": AROUND.format(culprit="def test_culprit(): os._exit(0)")})

    seen = audited(root)

    assert seen.outcomes == {
        "test_x.py::test_before": "passed",
        "test_x.py::test_culprit": "crashed",
        "test_x.py::test_after": "passed",
        "test_x.py::test_fails": "failed",
    }
    assert seen.run.gaps == ()
    assert seen.files.restarts == 1
    assert seen.test("test_before").attempts[0].condition == "main"
    assert seen.test("test_after").attempts[0].condition == "after-restart"


@pytest.mark.parametrize(
    ("culprit", "outcome"), [("os._exit(0)", "crashed"), ("time.sleep(600)", "timed-out")], ids=["crash", "hang"]
)
def test_under_xdist_a_worker_dies_alone(culprit, outcome, environments, project, audited):
    root = project({"test_x.py": AROUND.format(culprit=f"def test_culprit(): {culprit}")})
    python = environments("", "pytest-xdist")

    seen = audited(root, executable=python, workers="2", timeout_s=2.0)

    assert seen.outcomes == {
        "test_x.py::test_before": "passed",
        "test_x.py::test_culprit": outcome,
        "test_x.py::test_after": "passed",
        "test_x.py::test_fails": "failed",
    }
    assert seen.run.gaps == ()


def test_a_crash_in_the_last_test_leaves_nothing_to_go_on_with(project, audited):
    root = project({"test_x.py": "import os\ndef test_ok(): pass\ndef test_last(): os._exit(0)\n"})

    seen = audited(root)

    assert seen.outcomes == {"test_x.py::test_ok": "passed", "test_x.py::test_last": "crashed"}
    assert seen.files.restarts == 0
    assert seen.run.gaps == ()


def test_a_crash_after_the_last_test_is_incomplete(project, audited):
    conftest = "import os\ndef pytest_sessionfinish(session): os._exit(0)\n"
    root = project({"conftest.py": conftest, "test_x.py": "def test_ok(): pass\n"})

    seen = audited(root)

    assert seen.outcomes == {"test_x.py::test_ok": "passed"}
    assert [gap.what for gap in seen.run.gaps] == ["pytest-died"]


def test_gives_up_after_so_many_crashes(project, audited):
    text = "import os, pytest\n@pytest.mark.parametrize('n', range(6))\ndef test_x(n): os._exit(0)\n"
    root = project({"test_x.py": text})

    seen = audited(root, max_restarts=2)

    assert list(seen.outcomes.values()).count("crashed") == 3
    assert [gap.what for gap in seen.run.gaps] == ["gave-up", "no-outcome"]


def test_tests_that_break_what_the_probe_stands_on(project, audited):
    text = """
import builtins, json, os, sys, time

def test_closes_descriptors():
    closed = 0
    for name in os.listdir("/proc/self/fd"):
        try:
            if os.readlink("/proc/self/fd/" + name).endswith("log.jsonl"):
                os.close(int(name))
                closed += 1
        except FileNotFoundError:
            pass
    assert closed

def test_replaces_modules_functions(monkeypatch):
    for module, name in ((os, "write"), (os, "open"), (json, "dumps"), (time, "perf_counter_ns"), (builtins, "open")):
        monkeypatch.setattr(module, name, None)

def test_forks():
    pid = os.fork()
    if pid == 0:
        return  # the child goes on as if it were pytest
    os.waitpid(pid, 0)

def test_changes_folder_and_environment(tmp_path):
    os.chdir(tmp_path)
    os.environ.clear()

def test_deep():
    def down(): down()
    down()

def test_last(): pass
"""
    root = project({"test_x.py": text})

    seen = audited(root)

    assert {name.partition("::")[2]: outcome for name, outcome in seen.outcomes.items()} == {
        "test_closes_descriptors": "passed",
        "test_replaces_modules_functions": "passed",
        "test_forks": "passed",
        "test_changes_folder_and_environment": "passed",
        "test_deep": "failed",
        "test_last": "passed",
    }
    assert seen.run.gaps == ()


def test_a_test_that_deletes_the_log_takes_nothing(project, audited):
    text = """
import glob, os, shutil

def test_before(): pass

def test_deletes():
    for name in os.listdir("/proc/self/fd"):
        try:
            target = os.readlink("/proc/self/fd/" + name)
        except FileNotFoundError:
            continue
        if target.endswith("log.jsonl"):
            shutil.rmtree(os.path.dirname(target))

def test_after(): assert 0
"""
    root = project({"test_x.py": text})

    seen = audited(root)

    assert [outcome for _, outcome in sorted(seen.outcomes.items())] == ["failed", "passed", "passed"]
    assert seen.run.gaps == ()


class Interrupts(Silence):
    """Sends a signal to ourselves as soon as a test has ended, as a person with Ctrl-C would."""

    def __init__(self, number):
        self.number = number

    def finished(self, outcome):
        os.kill(os.getpid(), self.number)


def test_an_interrupted_run_keeps_what_was_seen(project):
    text = "import time\ndef test_first(): pass\ndef test_long(): time.sleep(600)\n"
    root = project({"test_x.py": text})
    assert threading.current_thread() is threading.main_thread()

    request = RunRequest(sys.executable, root, ("-p", "no:randomly"))
    with running(request, Interrupts(signal.SIGINT)) as files:
        run = read_run(files, Paths.of(root))

    assert run.ended_by == signal.SIGINT
    assert {test.node_id: test.outcome for test in run.tests}["test_x.py::test_first"] == "passed"
    assert run.gaps[0].what == "interrupted"


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ({"conftest.py": "1 / 0", "test_x.py": "def test_x(): pass"}, "ZeroDivisionError"),
        ({"pytest.ini": "[pytest]\naddopts = --no-such-option\n", "test_x.py": ""}, "--no-such-option"),
    ],
    ids=["conftest", "option"],
)
def test_pytest_that_cannot_start_says_why(files, told, project, audited):
    root = project(files)

    seen = audited(root)

    assert seen.run.tests == ()
    assert told in seen.run.diagnosis


def test_an_interpreter_that_is_none(project):
    root = project({"test_x.py": "def test_x(): pass\n"})

    with pytest.raises(ImpossibleError, match="could not be started"):
        running(RunRequest(str(root / "no-python"), root), Silence()).__enter__()


def test_a_module_that_does_not_import_counts_as_one_test(project, audited):
    files = {"test_bad.py": "import no_such_thing\n", "test_good.py": "def test_x(): pass\n"}
    root = project(files)

    seen = audited(root)

    assert seen.outcomes == {"test_bad.py": "error", "test_good.py::test_x": "passed"}
    [gap] = seen.run.gaps
    assert (gap.what, gap.where) == ("not-collected", "test_bad.py")
    assert "no_such_thing" in gap.why


def test_rerunfailures_gives_attempts(environments, project, audited):
    text = """
import pathlib
def test_second_time(tmp_path_factory):
    mark = pathlib.Path(__file__).with_suffix(".mark")
    seen = mark.exists()
    mark.touch()
    assert seen
def test_never(): assert 0
"""
    root = project({"test_x.py": text})

    seen = audited(root, "--reruns=1", executable=environments("", "pytest-rerunfailures"))

    assert seen.outcomes == {"test_x.py::test_second_time": "passed", "test_x.py::test_never": "failed"}
    assert [attempt.outcome for attempt in seen.test("second_time").attempts] == ["failed", "passed"]
    assert [attempt.outcome for attempt in seen.test("never").attempts] == ["failed", "failed"]


def test_maxfail_leaves_tests_without_outcome_and_says_how_to_go_on(project, audited):
    root = project({"test_x.py": "def test_a(): assert 0\ndef test_b(): pass\n"})

    seen = audited(root, "-x")

    [gap] = seen.run.gaps
    assert gap.what == "no-outcome"
    assert "--maxfail=0" in gap.why
