"""What the probe sees of a suite, and what the suite sees of the probe: nothing."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys

import pytest

from testaudit.engine.run import PROBE

PYTESTS = ["7.0.*", "8.4.*", ""]
"""Requirements on pytest: the oldest that is supported, one between, the newest."""

SUITE = """
import os, sys, time, unittest, warnings
import pytest

@pytest.fixture
def client():
    time.sleep(0.01)
    return 1

@pytest.fixture
def broken():
    raise RuntimeError("no database")

@pytest.fixture
def leaves():
    yield
    raise RuntimeError("teardown")

def test_passes(client): time.sleep(0.02)
def test_fails(): assert {"a": 1} == {"a": 2}
def test_setup(broken): pass
def test_teardown(leaves): pass
def test_both(leaves): assert 0

@pytest.mark.skip(reason="later")
def test_skip(): pass

@pytest.mark.skipif(sys.platform != "", reason="never here")
def test_skipif(): pass

def test_called():
    if os.name:
        pytest.skip("guarded")

def test_importorskip(): pytest.importorskip("there_is_no_such_module")

@pytest.mark.xfail(reason="bug #12")
def test_xfail(): assert 0

@pytest.mark.xfail
def test_xpass(): pass

@pytest.mark.xfail(strict=True)
def test_strict(): pass

def test_xfail_called():
    pytest.xfail("known")

@pytest.mark.parametrize("value", [1, "a::b", "sp ace", "br[ack]et"])
def test_cases(value): pass

def test_warns(): warnings.warn("old", stacklevel=1)

class TestInner:
    def test_method(self): pass

class Case(unittest.TestCase):
    def test_plain(self): pass
    def test_skips(self): self.skipTest("not today")
    @unittest.expectedFailure
    def test_expected(self): self.fail()
"""
OUTCOMES = {
    "test_passes": "passed",
    "test_fails": "failed",
    "test_setup": "error",
    "test_teardown": "error",
    "test_both": "error",
    "test_skip": "skipped",
    "test_skipif": "skipped",
    "test_called": "skipped",
    "test_importorskip": "skipped",
    "test_xfail": "xfailed",
    "test_xpass": "xpassed",
    "test_strict": "failed",
    "test_xfail_called": "xfailed",
    "test_cases[1]": "passed",
    "test_cases[a::b]": "passed",
    "test_cases[sp ace]": "passed",
    "test_cases[br[ack]et]": "passed",
    "test_warns": "passed",
    "TestInner::test_method": "passed",
    "Case::test_plain": "passed",
    "Case::test_skips": "skipped",
    "Case::test_expected": "xfailed",
}


@pytest.mark.parametrize("requirement", PYTESTS)
def test_every_outcome_under_every_pytest(requirement, environments, project, audited):
    root = project({"test_all.py": SUITE})

    seen = audited(root, executable=environments(requirement))

    assert seen.outcomes == {f"test_all.py::{name}": outcome for name, outcome in OUTCOMES.items()}
    assert seen.run.gaps == ()
    assert seen.run.exit_status == 1


@pytest.mark.parametrize("requirement", PYTESTS)
def test_under_warnings_as_errors_only_the_suites_own_warning_fails(requirement, environments, project, audited):
    root = project({"test_all.py": SUITE})

    seen = audited(root, "-W", "error", executable=environments(requirement))

    assert seen.outcomes == {f"test_all.py::{name}": outcome for name, outcome in OUTCOMES.items()} | {
        "test_all.py::test_warns": "failed"
    }


def test_the_probe_is_written_for_python_3_8():
    sources = sorted(PROBE.glob("*.py"))

    trees = [ast.parse(source.read_text(encoding="utf-8"), feature_version=(3, 8)) for source in sources]

    statements = [node for tree in trees for node in ast.walk(tree)]
    imported = {
        name.name.partition(".")[0] for node in statements if isinstance(node, ast.Import) for name in node.names
    }
    imported |= {
        str(node.module).partition(".")[0] for node in statements if isinstance(node, ast.ImportFrom) and not node.level
    }
    assert len(sources) >= 5
    own = {"pytest", "_pytest", "testaudit_probe", "__future__"}
    # With `--deep`, where the target has it: `reach.py` goes without.
    assert imported - own - {"coverage"} <= sys.stdlib_module_names


def test_under_xdist_the_workers_record_the_same(environments, project, audited):
    root = project({"test_all.py": SUITE})

    seen = audited(root, executable=environments("", "pytest-xdist"), workers="2")

    assert seen.outcomes == {f"test_all.py::{name}": outcome for name, outcome in OUTCOMES.items()}
    assert seen.run.gaps == ()
    assert {test.attempts[-1].worker for test in seen.run.tests} <= {"gw0", "gw1"}


WITNESS = """
import json, os, sys

def test_witness():
    main = sys.modules["__main__"]
    seen = {
        "path0": sys.path[0],
        "argv": sys.argv,
        "file": main.__file__,
        "spec": main.__spec__.name,
        "package": main.__package__,
        "loader": type(main.__loader__).__name__,
        "name": main.__name__,
        "environ": sorted(set(os.environ) - {"PYTEST_CURRENT_TEST", "OUT"}),
        "cwd": os.getcwd(),
        "sleep": (repr(__import__("time").sleep), __import__("time").sleep.__name__),
    }
    with open(os.environ["OUT"], "w") as stream:
        json.dump(seen, stream)
"""


@pytest.mark.parametrize("safe_path", [False, True])
def test_tests_see_what_python_m_pytest_shows_them(safe_path, project, audited, tmp_path, monkeypatch):
    root = project({"test_witness.py": WITNESS})
    if safe_path:
        monkeypatch.setenv("PYTHONSAFEPATH", "1")
    plain, probed = tmp_path / "plain.json", tmp_path / "probed.json"
    args = ["-p", "no:randomly", "-q"]

    monkeypatch.setenv("OUT", str(plain))
    subprocess.run([sys.executable, "-m", "pytest", *args], cwd=root, timeout=60, check=True, stdout=subprocess.DEVNULL)
    monkeypatch.setenv("OUT", str(probed))
    audited(root, "-q")

    assert json.loads(probed.read_text()) == json.loads(plain.read_text())


def test_sleeps_with_place_and_without_other_threads(project, audited):
    text = """
import asyncio, pickle, subprocess, sys, threading, time

class Clock:
    sleep = time.sleep

def test_sleeps():
    time.sleep(0.03)

async def nap():
    await asyncio.sleep(0.02)
    await asyncio.sleep(0)

def test_async():
    asyncio.run(nap())

def test_thread():
    thread = threading.Thread(target=time.sleep, args=(0.05,))
    thread.start()
    thread.join()

def test_waits_for_a_process():
    subprocess.run([sys.executable, "-c", "import time; time.sleep(0.2)"], timeout=60)

def test_still_like_the_builtin():
    Clock().sleep(0)
    assert pickle.loads(pickle.dumps(time.sleep)) is time.sleep
"""
    root = project({"test_sleep.py": text})

    seen = audited(root)

    assert set(seen.outcomes.values()) == {"passed"}
    [sleep] = seen.test("test_sleeps").attempts[0].sleeps
    assert (sleep.path, sleep.line, sleep.function, sleep.calls) == ("test_sleep.py", 8, "test_sleeps", 1)
    assert 0.025 < sleep.seconds < 5
    [nap] = seen.test("test_async").attempts[0].sleeps
    assert (nap.function, nap.line) == ("nap", 11)
    assert seen.test("test_thread").attempts[0].sleeps == ()
    assert seen.test("test_waits_for_a_process").attempts[0].sleeps == ()


def test_fixtures_markers_lines_and_exceptions(project, audited):
    files = {
        "conftest.py": "import pytest\n\n@pytest.fixture\ndef base():\n    return 1\n",
        "pkg/code.py": "def divide(a, b):\n    return a / b\n",
        "test_x.py": (
            "import pytest\nfrom pkg.code import divide\n\n"
            "@pytest.mark.slow\n@pytest.mark.skipif(False, reason='no')\n"
            "def test_x(base, tmp_path):\n    divide(base, 0)\n"
        ),
    }
    root = project(files)

    test = audited(root, "-W", "ignore").test("test_x")

    assert test.line == 4
    assert [(f.name, f.scope) for f in test.fixtures if f.name in {"base", "tmp_path"}] == [
        ("base", "function"),
        ("tmp_path", "function"),
    ]
    assert next(f.path for f in test.fixtures if f.name == "base") == "conftest.py"
    assert [(m.name, m.args) for m in test.markers] == [("skipif", ("False",)), ("slow", ())]
    [trouble] = test.attempts[0].troubles
    assert trouble.type == "ZeroDivisionError"
    assert (trouble.frame.path, trouble.frame.line, trouble.frame.function) == ("pkg/code.py", 2, "divide")


def test_the_projects_own_junit_file_is_written_as_pytest_does(project, audited):
    root = project({"pytest.ini": "[pytest]\naddopts = --junit-xml=own.xml\n", "test_x.py": "def test_x(): pass\n"})

    seen = audited(root)

    assert 'name="test_x"' in (root / "own.xml").read_text()
    assert seen.files.junit is None


def test_a_second_junit_file_holds_the_same_tests(project, audited, monkeypatch):
    root = project({"test_x.py": "def test_x(record_property): record_property('a', 1)\n"})
    counted = []

    seen = audited(root)
    counted.append(seen.run.reported.partition(" in ")[0])

    assert counted == ["1 passed"]
    assert seen.files.junit is not None
    assert not (root / "junit.xml").exists()


def test_plugin_switched_off_is_a_diagnosis(project, audited):
    root = project({"test_x.py": "def test_x(): pass\n"})

    seen = audited(root, "-p", "no:testaudit_probe.plugin")

    assert seen.run.tests == ()
    assert "probe was not loaded" in seen.run.diagnosis or "stopped before any test" in seen.run.diagnosis


def test_nothing_is_left_in_the_temporary_folder(project, audited):
    root = project({"test_x.py": "def test_x(): pass\n"})

    seen = audited(root)

    assert not os.path.exists(seen.folder)
