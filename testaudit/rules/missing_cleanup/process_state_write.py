"""State of the process that a test changes and nothing puts back.

The working directory, `sys.path`, `sys.argv` and `sys.modules`, the locale, the level and handlers of a logger, signal
handlers, the default timeout of sockets, the umask: there is one of each, and every test that runs later has what this
one left. A relative path then means another file, an import finds another module, a log line is missing, and the test
that fails is not the one that is to blame.

Use pytest's own tools (`monkeypatch.chdir`, `monkeypatch.syspath_prepend`, `monkeypatch.setattr`, `caplog.set_level`),
or a fixture that puts the former value back after `yield`. What a module or a session's fixture sets is configuration
and is left alone. So are filters of warnings, which pytest itself resets after each test, unless its plugin for
warnings is switched off.

The guide's anti-pattern 4, "Missing test cleanup".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from testaudit.rules.interface import Code, Hit, Rule, Settings, Sighting, qualified, with_evidence
from testaudit.source.leftovers import said, shown, suspects_of, unsuspected
from testaudit.source.process_state import only_takes_away, state_changes
from testaudit.source.restores import left_changed, outlives

if TYPE_CHECKING:
    from collections.abc import Iterator

    from testaudit.model import Finding, Leak, Run
    from testaudit.rules.interface import RunEvidence
    from testaudit.source.interface import SourceFile, Sources
    from testaudit.source.process_state import Kind
    from testaudit.source.restores import Change


def find(file: SourceFile, sources: Sources, _settings: Settings) -> Iterator[Hit]:
    """Changes of process state in tests, fixtures and set-ups that nothing undoes."""
    addopts = " ".join(sources.discovery.settings.addopts)
    found = state_changes(file, warnings="no:warnings" in addopts)
    for function, pairs in found.items():
        if not outlives(function, sources):
            continue
        by_kind: dict[Kind, list[Change]] = {}
        for kind, change in pairs:
            by_kind.setdefault(kind, []).append(change)
        for kind, changes in by_kind.items():
            changes.sort(key=lambda change: change.line)
            if only_takes_away(changes):
                continue
            left = left_changed(changes, kind.state, sources)
            if left:
                yield Hit(
                    left[0].line,
                    left[0].statement.end_line,
                    qualified(function, sources),
                    f"Leaves {kind.what} changed for every later test: {left[0].how}, and nothing puts it back.",
                    (f"no monkeypatch, patch, finally, finalizer or teardown that restores {kind.what}",),
                    remedy=kind.remedy,
                )


_KINDS = {
    "the working directory": "cwd",
    "sys.path": "sys.path",
    "sys.argv": "sys.argv",
    "sys.modules": "sys.modules",
    "the locale": "locale",
    "logging": "logging",
    "the warnings filters": "warnings",
    "the default timeout of sockets": "socket-timeout",
    "a signal's handler": "signal",
}
"""How people call it -> how the probe does."""


def weigh(finding: Finding, evidence: RunEvidence) -> Finding | None:
    """Proved by a state that was otherwise after its tests; dropped when they passed and left it as it was."""
    what = finding.message.removeprefix("Leaves ").partition(" changed for ")[0]
    kinds = (_KINDS[what],) if what in _KINDS else ()
    leaks = shown(evidence.run, evidence.tests, finding.function, lambda _: True, *kinds)
    if leaks is None:
        return finding
    return with_evidence(finding, "runtime", f"left in this run: {said(leaks)}", "high") if leaks else None


def observe(run: Run, sources: Sources, settings: Settings) -> Iterator[Sighting]:
    """State that a test leaves changed though its own source does not write it."""
    suspects = suspects_of(find, sources, settings)
    here = {"", ".", str(sources.root)}

    def is_ours(leak: Leak) -> bool:
        """A module that was replaced; one that is new was imported. The project's own folder changes nothing."""
        return bool(leak.before) if leak.kind == "sys.modules" else leak.kind != "sys.path" or leak.what not in here

    for what, kind in _KINDS.items():
        for left in unsuspected(run, sources, is_ours, suspects, kind):
            yield Sighting(
                left.path,
                left.line,
                "",
                f"Leaves {what} changed for every later test.",
                (f"left in this run: {said(left.leaks)}",),
                left.node_ids,
                # How the code under test sets up its own loggers is its own affair.
                confidence="medium" if all(_is_own_logger(leak, sources) for leak in left.leaks) else None,
            )


def _is_own_logger(leak: Leak, sources: Sources) -> bool:
    return leak.kind == "logging" and sources.is_first_party(leak.what)


RULE = Rule(
    code="TA402",
    slug="process-state-write",
    antipattern="missing-cleanup",
    severity="warning",
    confidence=(("static", "high"), ("runtime", "high")),
    remedy="Use monkeypatch or caplog, or put the former value back after yield.",
    find=find,
    weigh=weigh,
    observe=observe,
    bad=(
        Code("""
import os
import sys

def test_run(tmp_path):
    os.chdir(tmp_path)  # <-
    assert run() == 0

def test_arguments():
    sys.argv = ["shop", "--help"]  # <-
    assert main() == 0

def test_plugins(tmpdir):
    tmpdir.chdir()  # <-
    sys.path.insert(0, str(tmpdir))  # <-
    assert load_plugins()
"""),
        Code("""
import logging
import signal
import pytest
from shop import server

@pytest.fixture
def quiet():
    logging.getLogger("shop").setLevel(logging.ERROR)  # <-
    return server.start()

def test_stop(quiet):
    signal.signal(signal.SIGTERM, quiet.stop)  # <-
    assert quiet.stopped
"""),
    ),
    good=(
        Code("""
import os
import sys
import logging

def test_run(tmp_path, monkeypatch, caplog):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["shop"])
    caplog.set_level(logging.DEBUG, logger="shop")
    assert run() == 0

def test_query():
    assert locale.setlocale(locale.LC_ALL) == "C"
    assert logging.getLogger().level
"""),
        Code("""
import locale
import logging
import os
import signal
import sys
from unittest import TestCase

class TestPaths(TestCase):
    def setUp(self):
        self.before = os.getcwd()
        os.chdir("/")
        handler = logging.StreamHandler()
        logging.getLogger().addHandler(handler)
        self.addCleanup(logging.getLogger().removeHandler, handler)

        @self.addCleanup
        def quiet():
            logging.getLogger("shop").setLevel(logging.WARNING)
        logging.getLogger("shop").setLevel(logging.DEBUG)

    def tearDown(self):
        os.chdir(self.before)

    def test_argv(self):
        self.addCleanup(setattr, sys, "argv", sys.argv)
        sys.argv = ["shop"]
        self.assertTrue(main())

def test_locale():
    before = locale.setlocale(locale.LC_ALL)
    locale.setlocale(locale.LC_ALL, "C")
    try:
        assert show(1.5) == "1.5"
    finally:
        locale.setlocale(locale.LC_ALL, before)

def test_signal():
    before = signal.signal(signal.SIGTERM, stop)
    assert run() == 0
    signal.signal(signal.SIGTERM, before)
"""),
        Code("""
import contextlib
import os
import sys
import pytest

@contextlib.contextmanager
def working_in(folder):
    before = os.getcwd()
    yield
    os.chdir(before)

class Paths:
    def __enter__(self):
        self.kept = list(sys.path)

    def __exit__(self, *error):
        sys.path[:] = self.kept

@pytest.fixture
def moved(tmp_path):
    before = os.getcwd()
    os.chdir(tmp_path)
    yield tmp_path
    os.chdir(before)

def test_managers(tmp_path):
    with working_in(tmp_path):
        os.chdir("inner")
        assert run() == 0
    with Paths():
        sys.path.append("plugins")
        assert load_plugins()

def test_fixture(moved):
    os.chdir("inner")
    assert run() == 0

def test_click(runner):
    with runner.isolated_filesystem():
        os.chdir("inner")
        assert run() == 0
"""),
        Code("""
import os
import sys
import warnings
import pytest

sys.path.insert(0, os.path.dirname(__file__))

@pytest.fixture(scope="session", autouse=True)
def in_the_root():
    os.chdir(os.path.dirname(__file__))

def test_pytest_resets_filters():
    warnings.simplefilter("ignore")
    assert old_call() == 1

def test_puts_back_what_the_code_changed(tmp_path):
    before = os.getcwd()
    go_to(tmp_path)
    assert os.getcwd() == str(tmp_path)
    os.chdir(before)

def test_import_afresh():
    sys.modules.pop("shop.plugins", None)
    import shop.plugins
    assert shop.plugins.loaded

def test_finally(tmp_path):
    kept = dict(sys.modules)
    try:
        load(tmp_path)
    finally:
        sys.modules.update(kept)
"""),
        Code(
            """
import os
import logging

def test_autouse(tmp_path):
    os.chdir(tmp_path)
    assert run() == 0

def test_own_logger():
    logger = logging.getLogger("test-output")
    logger.setLevel(logging.DEBUG)
    logger.addHandler(logging.NullHandler())
    assert run(logger) == 0
""",
            beside=(
                (
                    "tests/conftest.py",
                    """
import os
import pytest

@pytest.fixture(autouse=True)
def stay():
    before = os.getcwd()
    yield
    os.chdir(before)
""",
                ),
            ),
        ),
    ),
)
