"""Re-runs of suites that make them hard: what they must leave alone, and what they must not conclude."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from testaudit.audit import scan as scan_project
from testaudit.cli.scan import make_options
from testaudit.config import load
from testaudit.engine.interface import Silence

FINE = "def test_fine_a(): pass\ndef test_fine_b(): pass\n"


def conditions(test: Any) -> list[tuple[str, str]]:
    return [(attempt["condition"], attempt["outcome"]) for attempt in test["attempts"]]


# ---------------------------------------------------------------- the user's files

LOGGED = {
    "test_it.py": FINE
    + """
import logging

def test_logs(): logging.getLogger().warning("only the main run says this")

def test_keeps(tmp_path):
    (tmp_path / "kept").write_text("evidence")
    assert not 1
"""
}


@pytest.mark.parametrize(
    ("settings", "file", "text"),
    [
        ("addopts = --log-file=run.log", "run.log", "only the main run says this"),
        ("log_file = run.log", "run.log", "only the main run says this"),
        ("addopts = --debug=debug.log", "debug.log", "test_logs"),
        ("addopts = --basetemp=kept", "kept/test_keeps0/kept", "evidence"),
    ],
)
def test_what_the_main_run_wrote_is_still_there(
    scan: Callable[..., Any], project: Callable[..., Path], settings: str, file: str, text: str
) -> None:
    root = project({**LOGGED, "pytest.ini": f"[pytest]\n{settings}\n"})

    ended = scan(root, "--reruns", "2")

    assert [name for name, _ in conditions(ended.tests["test_it.py::test_keeps"])] == [
        "main",
        "together",
        "together",
        "alone",
    ]
    assert text in (root / file).read_text()


def test_the_temporary_folder_of_a_failing_test_outlives_its_re_runs(
    scan: Callable[..., Any], project: Callable[..., Path], tmp_path: Path
) -> None:
    root = project(LOGGED)

    scan(root, "--reruns", "5", env={"PYTEST_DEBUG_TEMPROOT": str(tmp_path)})

    assert [path.read_text() for path in tmp_path.glob("pytest-of-*/pytest-0/test_keeps0/kept")] == ["evidence"]


# ---------------------------------------------------------------- tests that are hard to choose

TWO_OF_ONE_NAME = """
import pytest

class Lines(pytest.File):
    def collect(self):
        for line in self.path.read_text().splitlines():
            yield Line.from_parent(self, name="same", good=line)

class Line(pytest.Item):
    def __init__(self, *, good, **kwargs):
        super().__init__(**kwargs)
        self.good = good

    def runtest(self):
        assert self.good == "good"

def pytest_collect_file(parent, file_path):
    return Lines.from_parent(parent, path=file_path) if file_path.suffix == ".lines" else None
"""


def test_a_failing_test_whose_twin_passes_is_not_called_flaky(
    scan: Callable[..., Any], project: Callable[..., Path]
) -> None:
    root = project({"conftest.py": TWO_OF_ONE_NAME, "a.lines": "good\nbad\ngood\n", "test_it.py": FINE})

    ended = scan(root, "--reruns", "2")

    assert ended.audit["summary"]["flaky"] == 0
    assert {len(test["attempts"]) for test in ended.audit["tests"]} == {1}
    assert (
        "1 failing test shares its node id with another, and nothing of that name was run again"
        in (ended.audit["notes"])
    )


def test_a_plugin_that_takes_a_share_of_what_is_collected_takes_nothing_away(
    scan: Callable[..., Any], project: Callable[..., Path]
) -> None:
    root = project(
        {
            "conftest.py": """
                def pytest_collection_modifyitems(config, items):
                    half = len(items) // 2 + 1
                    config.hook.pytest_deselected(items=items[half:])
                    items[:] = items[:half]
            """,
            "test_a.py": FINE + "def test_late(): assert not 1\n",
            "test_b.py": FINE,
        }
    )

    ended = scan(root, "--reruns", "1")

    assert conditions(ended.tests["test_a.py::test_late"]) == [
        ("main", "failed"),
        ("together", "failed"),
        ("alone", "failed"),
    ]


def test_what_ran_behind_other_tests_than_asked_is_no_replay(
    scan: Callable[..., Any], project: Callable[..., Path]
) -> None:
    root = project(
        {
            "test_it.py": """
                import uuid
                import pytest

                BASKET = []

                @pytest.mark.parametrize("name", [uuid.uuid4().hex])
                def test_fills(name):
                    BASKET.append(name)

                def test_empty():
                    assert BASKET == []
            """
            + "".join(f"\n                def test_fine_{number}(): pass\n" for number in range(3))
        }
    )

    ended = scan(root, "--reruns", "2")

    test = ended.tests["test_it.py::test_empty"]
    assert (test["flaky"], test["order_dependence"]) == (False, "candidate")
    assert {condition for condition, _ in conditions(test)} == {"main", "together", "alone"}


def test_asked_for_many_re_runs_it_makes_those_that_fit(scan: Callable[..., Any], project: Callable[..., Path]) -> None:
    root = project(
        {
            "conftest.py": """
                import time
                from pathlib import Path

                if not Path("started").exists():
                    Path("started").touch()
                    time.sleep(4)
            """,
            "test_it.py": FINE + "def test_a(): assert not 1\n",
        }
    )

    ended = scan(root, "--reruns", "100")

    made = [condition for condition, _ in conditions(ended.tests["test_it.py::test_a"])].count("together")
    assert 2 <= made < 100
    assert f"failing tests ran again {made} times, not 100 (at most 30 s)" in ended.audit["notes"]


# ---------------------------------------------------------------- a person who waits, or does not

WAITS = {
    "test_it.py": FINE
    + """
import time
from pathlib import Path

def test_waits():
    if Path("again").exists():
        Path("waiting").touch()
        time.sleep(60)
    Path("again").touch()
    assert not 1
"""
}


@pytest.mark.parametrize(
    ("signals", "codes"),
    [
        ([signal.SIGINT], {130}),
        ([signal.SIGTERM], {143}),
        ([signal.SIGINT, signal.SIGINT], {130, -signal.SIGINT}),
    ],
    ids=["Ctrl-C", "SIGTERM", "Ctrl-C twice"],
)
def test_who_ends_the_re_runs_keeps_what_the_main_run_showed(
    started: Callable[..., Any],
    ended: Callable[..., Any],
    project: Callable[..., Path],
    signals: list[signal.Signals],
    codes: set[int],
    tmp_path: Path,
) -> None:
    root = project(WAITS)
    (tmp_path / "room").mkdir()
    process = started(
        "scan", "--python", sys.executable, "--output", "json", cwd=root, env={"TMPDIR": str(tmp_path / "room")}
    )
    while not (root / "waiting").exists() and process.poll() is None:
        time.sleep(0.01)

    for number in signals:
        process.send_signal(number)
        time.sleep(0.05)
    result = ended(process)

    assert result.code in codes
    assert result.outcomes["test_it.py::test_waits"] == "failed"
    assert result.audit["incomplete"][0]["where"] == "the re-runs"
    assert not list((tmp_path / "room").glob("testaudit-*"))


def test_while_tests_run_again_it_says_which_and_what_for(project: Callable[..., Path]) -> None:
    root = project(
        {
            "test_it.py": FINE
            + """
import time
from pathlib import Path

def test_slow():
    if Path("again").exists():
        time.sleep(0.5)
    Path("again").touch()
    assert not 1
"""
        }
    )
    heard: list[str] = []

    class Listens(Silence):
        def started(self, node_id: str) -> None:
            heard.append(node_id)

    options = make_options(root, load(root), root, python=sys.executable, reruns=1)
    scan_project(options, Listens(), os.environ)

    assert heard[-2:] == ["again, the failing ones: test_it.py::test_slow", "again, alone: test_it.py::test_slow"]


# ---------------------------------------------------------------- the last audit

REMEMBERS = (
    '{"project": {"commit": "\\u001b[31mred\\n"}, "generated": "2020-01-02", '
    '"tests": [{"node_id": "test_it.py::test_a", "outcome": "passed"}]}'
)


def test_a_memory_cannot_speak_to_the_terminal(scan: Callable[..., Any], project: Callable[..., Path]) -> None:
    root = project({"test_it.py": "def test_a(): assert 0\n", ".testaudit/local/last-audit.json": REMEMBERS})

    ended = scan(root)

    assert ended.tests["test_it.py::test_a"]["passed_before"] == "commit red , 2020-01-02"


@pytest.mark.parametrize("kind", ["pipe", "device", "folder"])
def test_what_is_no_file_remembers_nothing(scan: Callable[..., Any], project: Callable[..., Path], kind: str) -> None:
    root = project({"test_it.py": "def test_a(): assert 0\n", ".testaudit/local/.gitignore": "*\n"})
    last = root / ".testaudit/local/last-audit.json"
    if kind == "pipe":
        os.mkfifo(last)
    elif kind == "device":
        last.symlink_to("/dev/zero")
    else:
        last.mkdir()

    ended = scan(root, timeout_s=30)

    assert ended.code == 1
    assert "passed_before" not in ended.tests["test_it.py::test_a"]


# ---------------------------------------------------------------- verdicts

TRIES_TWICE_AND_TELLS_ONCE = """
from _pytest.runner import runtestprotocol

def pytest_runtest_protocol(item, nextitem):
    for is_last in (False, True):
        item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
        for report in runtestprotocol(item, log=False, nextitem=nextitem):
            if is_last or report.when != "call":
                item.ihook.pytest_runtest_logreport(report=report)
        item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    return True
"""


def test_an_attempt_whose_call_nobody_reported_has_not_passed(
    scan: Callable[..., Any], project: Callable[..., Path]
) -> None:
    root = project({"conftest.py": TRIES_TWICE_AND_TELLS_ONCE, "test_it.py": FINE + "def test_a(): assert not 1\n"})

    ended = scan(root)

    test = ended.tests["test_it.py::test_a"]
    assert (test["flaky"], conditions(test)) == (False, [("main", "failed")])


MEASURES = """
import os
from pathlib import Path
from types import SimpleNamespace

import pytest

class Measures:
    '''As pytest-cov: it begins before any conftest.py, and reports at the end.'''

    def __init__(self):
        self.options = SimpleNamespace(cov_report={"xml": "coverage.xml"})
        self.data = Path(os.environ.get("COVERAGE_FILE", ".coverage"))

    def pytest_sessionfinish(self, session):
        self.data.write_text(f"{session.testscollected} tests")
        for name in self.options.cov_report.values():
            Path(name).write_text(f"{session.testscollected} tests")

def pytest_addoption(parser):
    parser.addoption("--no-cov", dest="no_cov", action="store_true")

@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config):
    if not early_config.known_args_namespace.no_cov:
        early_config.pluginmanager.register(Measures(), "_cov")
"""


def test_what_fails_where_coverage_is_measured_is_not_called_flaky_and_the_data_stay_the_main_runs(
    scan: Callable[..., Any], project: Callable[..., Path]
) -> None:
    root = project(
        {
            "pytest.ini": "[pytest]\naddopts = -p measures\n",
            "measures.py": MEASURES,
            "test_it.py": FINE
            + "import os\n"
            + "def test_unmeasured(pytestconfig): assert not pytestconfig.pluginmanager.hasplugin('_cov')\n"
            + "def test_surroundings(): assert 'COVERAGE_FILE' not in os.environ\n",
        }
    )

    ended = scan(root, "--reruns", "2")

    test = ended.tests["test_it.py::test_unmeasured"]
    assert (test["flaky"], {outcome for _, outcome in conditions(test)}) == (False, {"failed"})
    assert [(root / name).read_text() for name in (".coverage", "coverage.xml")] == ["4 tests", "4 tests"]
    assert ended.outcomes["test_it.py::test_surroundings"] == "passed"


# ---------------------------------------------------------------- what does not run a second time


@pytest.mark.parametrize(
    ("file", "second", "note"),
    [
        ("conftest.py", "raise RuntimeError", "tests could not be run again: pytest stopped before any test"),
        ("conftest.py", "os._exit(0)", "tests could not be run again: the interpreter ended without a word"),
        ("test_it.py", "raise RuntimeError", "1 of 1 failing tests were not there when they were to run again"),
    ],
)
def test_why_nothing_ran_again_is_said(
    scan: Callable[..., Any], project: Callable[..., Path], file: str, second: str, note: str
) -> None:
    once = f"import os\nif os.path.exists('once'): {second}\nopen('once', 'w').close()\n"
    files = {"test_it.py": FINE + "def test_a(): assert not 1\n"}
    root = project({**files, file: once + files.get(file, "")})

    ended = scan(root, "--reruns", "2")

    assert conditions(ended.tests["test_it.py::test_a"]) == [("main", "failed")]
    assert [said[: len(note)] for said in ended.audit["notes"]] == [note]
    assert ended.audit["summary"]["cost"]["reruns_s"] < 30
