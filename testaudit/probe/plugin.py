"""PYTEST_DONT_REWRITE. The pytest plugin of the probe: our options, what pytest decided, and who watches.

The protocol stands in the package's docstring.
"""

from __future__ import annotations

import os

import pytest

from . import log, sleeps
from .chosen import chosen_tests
from .watcher import PHASES, Watcher

_TELLING = ("cacheclear", "numprocesses", "no_cov", "no-testmon", "reruns", "cumulative_timing", "maxfail", "basetemp")
_WRITES = (
    "log_file",
    "debug",
    "basetemp",
    "store_durations",
    "inline_snapshot",
    "nunit_xmlpath",
    "xmlpath",
    "htmlpath",
    "report_log",
    "json_report_file",
    "allure_report_dir",
    "md_report_output",
    "csv_path",
)
_INI = ("log_file",)
"""Options that the configuration file can set as well."""


def pytest_addoption(parser: object) -> None:
    """Our options are single words: pytest takes a separate existing path for a test argument."""
    group = parser.getgroup("testaudit", "testaudit's probe")
    group.addoption("--testaudit-dir", default=None, help="folder that the probe writes to")
    group.addoption("--testaudit-deep", action="store_true", help="watch which lines each test reaches")
    group.addoption("--testaudit-leaks", action="store_true", help="watch what tests leave behind")
    group.addoption("--testaudit-junit", default=None, help="JUnit file beside the project's own")


@pytest.hookimpl(hookwrapper=True)
def pytest_load_initial_conftests(early_config: object) -> object:
    """pytest-cov begins here, with the data file that this variable names: a further run has its own."""
    folder = getattr(early_config.known_args_namespace, "testaudit_dir", None)
    if not folder or not os.path.exists(os.path.join(folder, "chosen")):
        yield
        return
    before = os.environ.get("COVERAGE_FILE")
    os.environ["COVERAGE_FILE"] = os.path.join(folder, "coverage")
    yield
    if before is None:
        os.environ.pop("COVERAGE_FILE", None)
    else:
        os.environ["COVERAGE_FILE"] = before


def _report_no_coverage(config: object) -> None:
    """In a further run: its reports would take the place of the main run's."""
    reports = getattr(getattr(config.pluginmanager.getplugin("_cov"), "options", None), "cov_report", None)
    if isinstance(reports, dict):
        reports.clear()


def pytest_configure(config: object) -> None:
    """Take up the watch, in a plain run, in xdist's workers, or beside xdist's controller."""
    folder = config.getoption("--testaudit-dir")
    if not folder:
        return
    log.open_log(folder)
    workerinput = getattr(config, "workerinput", None)
    worker = workerinput["workerid"] if workerinput else ""
    controls = not worker and config.getoption("dist", "no") != "no" and config.pluginmanager.hasplugin("xdist")
    log.write(_session(config, "controller" if controls else worker))
    if controls:
        config.pluginmanager.register(Controller(folder), "testaudit-controller")
    else:
        sleeps.watch_time()
        leaks = None
        if config.getoption("--testaudit-leaks"):
            from .leaks import Leaks

            leaks = Leaks(config, folder, worker)
            config.pluginmanager.register(leaks, "testaudit-leaks")
        if config.getoption("--testaudit-deep"):
            from .reach import reach

            deep = reach(config, folder, worker)
            if deep is not None:
                config.pluginmanager.register(deep, "testaudit-deep")
        watcher = Watcher(folder, worker, leaks)
        config.pluginmanager.register(watcher, "testaudit-watcher")
        chosen = chosen_tests(folder, watcher.left_out)
        if chosen is not None:
            config.pluginmanager.register(chosen, "testaudit-chosen")
            _report_no_coverage(config)
    if not worker:
        _write_junit(config)


def _session(config: object, worker: str) -> dict:
    """What pytest decided: folders, plugins, and the settings that say what a test is and what was selected."""
    option = config.option

    def ini(name: str) -> list | str:
        try:
            value = config.getini(name)
        except (ValueError, KeyError):
            return []
        if value is None:
            return ""
        return [str(entry) for entry in value] if isinstance(value, (list, tuple)) else str(value)

    return {
        "t": "session",
        "worker": worker,
        "pid": os.getpid(),
        "pytest": pytest.__version__,
        "rootdir": str(config.rootpath),
        "inipath": str(config.inipath or ""),
        "cwd": str(config.invocation_params.dir),
        "plugins": sorted(
            {"%s %s" % (d.project_name, d.version) for _, d in config.pluginmanager.list_plugin_distinfo()}
        ),
        "ini": {
            name: ini(name)
            for name in (
                "python_files",
                "python_classes",
                "python_functions",
                "testpaths",
                "addopts",
                "xfail_strict",
                "strict",
            )
        },
        "keyword": str(getattr(option, "keyword", "") or ""),
        "markexpr": str(getattr(option, "markexpr", "") or ""),
        "paths": [str(path) for path in getattr(option, "file_or_dir", None) or ()],
        "deselect": [str(prefix) for prefix in getattr(option, "deselect", None) or ()],
        "ignore": [str(path) for name in ("ignore", "ignore_glob") for path in getattr(option, name, None) or ()],
        "lf": bool(getattr(option, "lf", False)),
        "maxfail": int(getattr(option, "maxfail", 0) or 0),
        "known": [name for name in _TELLING if hasattr(option, name)],
        "written": [name for name in _WRITES if getattr(option, name, None) or (name in _INI and ini(name))],
        "seed": str(getattr(option, "randomly_seed", "") or ""),
    }


def _write_junit(config: object) -> None:
    """Let pytest's own writer make a second JUnit file, unless the project's run writes one already.

    The project's `--junit-xml` is neither moved nor written twice; the tests see no difference, as the writer is not
    the one that `record_xml_attribute` looks for.
    """
    path = config.getoption("--testaudit-junit")
    if not path or getattr(config.option, "xmlpath", None):
        return
    try:
        from _pytest.junitxml import LogXML

        class Quiet(LogXML):
            """pytest's writer without its line in the terminal summary."""

            def pytest_terminal_summary(self) -> None:
                """Nothing: the file is ours, and of no interest to the person."""

        config.pluginmanager.register(Quiet(path, None, family="xunit2"), "testaudit-junit")
    except (ImportError, TypeError):
        return  # The log is the record; the file is one more.


class Controller(object):
    """Beside xdist's controller: the workers write the log, this one only sees them die."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self.ids: list = []

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: list) -> None:
        """The tests by their index, alike in all workers."""
        self.ids = self.ids or ids

    def pytest_runtest_logreport(self, report: object) -> None:
        """Xdist reports the test that killed its worker with a phase of its own.

        It names the one that it waited for; what the worker itself wrote down last is the truth.
        """
        if report.when not in PHASES:
            gateway = getattr(getattr(report, "node", None), "gateway", None)
            worker = str(getattr(gateway, "id", ""))
            seen = log.read_running(self.folder, worker)
            node = report.nodeid
            if seen is not None:
                index, state = seen
                node = self.ids[index] if state == log.RUNS and 0 <= index < len(self.ids) else ""
            log.write({"t": "crash", "node": node, "worker": worker})

    def pytest_sessionfinish(self, exitstatus: int) -> None:
        """The session ended by itself."""
        log.write({"t": "finish", "worker": "controller", "status": int(exitstatus), "spent": 0})
