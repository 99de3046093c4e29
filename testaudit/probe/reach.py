"""PYTEST_DONT_REWRITE. Which lines of first-party functions each test reaches, its fixtures included (`--deep`).

By `sys.monitoring` on Python 3.12 and newer: a line is told once a test and costs nothing after that. Else by the
coverage.py that the target has, with a context for each test; what it saw is written when the session ends. Neither is
possible where somebody traces already, nor where there is no coverage.py: then `deep` says why.

What runs while a module is imported is no test's doing: only lines of functions count.
"""

from __future__ import annotations

import ast
import json
import os
import sys

from . import log

_OPTIMIZED = 0x1
"""Flag of a function's code; a module's and a class body's have it not."""
_MAX_FILES = 5000


def reach(config: object, folder: str, worker: str) -> object:
    """The plugin that watches, by whatever means there are; None where there is none."""
    try:
        with open(os.path.join(folder, "deep"), encoding="utf-8") as stream:
            asked = json.loads(stream.read())
    except (OSError, ValueError):
        return None
    files = Files(asked, worker)
    if hasattr(sys, "monitoring"):
        found = Monitored(files)
        means, why = "sys.monitoring", found.why
    else:
        found = Traced(files, config)
        means, why = found.means, found.why
    log.write({"t": "deep", "w": worker, "means": "" if why else means, "why": why})
    return None if why else found


class Files(object):
    """Which files are first-party code, by name; each has a number in the log."""

    def __init__(self, asked: dict, worker: str) -> None:
        self.worker = worker
        self.root = asked["root"] + os.sep
        self.packages = frozenset(asked["packages"])
        self.suite = frozenset([os.path.join(asked["root"], *path.split("/")) for path in asked["suite"]])
        self.known: dict = {}
        self.count = 0

    def number(self, filename: str) -> int:
        """Of a first-party file; -1: it is none."""
        known = self.known.get(filename)
        if known is None:
            known = -1
            if self._is_first_party(filename) and self.count < _MAX_FILES:
                known = self.count
                self.count += 1
                log.write({"t": "deepfile", "k": known, "path": filename, "w": self.worker})
            self.known[filename] = known
        return known

    def _is_first_party(self, filename: str) -> bool:
        if not filename.endswith(".py") or filename in self.suite or os.path.basename(filename) == "conftest.py":
            return False
        parts = filename.split(os.sep)
        for at in range(len(parts) - 1, 0, -1):
            if parts[at] in ("site-packages", "dist-packages"):
                return parts[at + 1].partition(".")[0] in self.packages
        if not filename.startswith(self.root):
            return False
        inside = filename[len(self.root) :].split(os.sep)
        if inside[0] in ("src", "lib") and len(inside) > 1:
            inside = inside[1:]
        return inside[0].partition(".")[0] in self.packages


def _spans(lines: object) -> str:
    """`1-3,7`: line numbers as text."""
    found: list = []
    for line in sorted(lines):
        if found and found[-1][1] == line - 1:
            found[-1][1] = line
        else:
            found.append([line, line])
    return ",".join([str(a) if a == b else "%d-%d" % (a, b) for a, b in found])


class Monitored(object):
    """By `sys.monitoring`."""

    def __init__(self, files: Files) -> None:
        self.files = files
        self.lines: dict = {}
        self.why = ""
        monitoring = sys.monitoring
        self.tool = next((number for number in (4, 3, 5, 0) if monitoring.get_tool(number) is None), None)
        if self.tool is None:
            self.why = "other tools hold all places of sys.monitoring"

    def pytest_collection_finish(self) -> None:
        """Watch from the first test on: imports are no test's doing."""
        monitoring = sys.monitoring
        if monitoring.get_tool(self.tool) is not None:
            return
        events = monitoring.events
        disable, set_local, line_event = monitoring.DISABLE, monitoring.set_local_events, events.LINE
        tool, number = self.tool, self.files.number
        watched = set()

        def started(code: object, _offset: int) -> object:
            if code.co_flags & _OPTIMIZED and code not in watched and number(code.co_filename) >= 0:
                watched.add(code)
                set_local(tool, code, line_event)
            return disable

        def line(code: object, at: int) -> object:
            found = self.lines.get(code.co_filename)
            if found is None:
                found = self.lines[code.co_filename] = set()
            found.add(at)
            return disable

        monitoring.use_tool_id(tool, "testaudit")
        monitoring.register_callback(tool, events.PY_START, started)
        monitoring.register_callback(tool, line_event, line)
        monitoring.set_events(tool, events.PY_START)

    def pytest_runtest_logstart(self) -> None:
        """A test begins: everything may be told again."""
        self.lines = {}
        sys.monitoring.restart_events()

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        """A test ended."""
        _write(self.files, nodeid, self.lines)


class Traced(object):
    """By the target's own coverage.py."""

    def __init__(self, files: Files, config: object) -> None:
        self.files = files
        self.why = self.means = ""
        self.cover: object = None
        if sys.gettrace() is not None or getattr(config.option, "cov_source", None):
            self.why = "the suite is traced already (coverage, a debugger)"
            return
        try:
            import coverage
        except ImportError:
            self.why = "Python %d.%d needs coverage.py in the tests' environment for it" % sys.version_info[:2]
            return
        self.means = "coverage %s" % coverage.__version__
        self.tests: dict = {}
        names = ["*/%s/*" % name for name in sorted(files.packages)] + ["*/%s.py" % name for name in files.packages]
        self.cover = coverage.Coverage(data_file=None, config_file=False, include=names, messages=False)

    def pytest_collection_finish(self) -> None:
        """Watch from the first test on."""
        self.cover.start()

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """What runs from now on is this test's."""
        self.tests[nodeid] = {}
        self.cover.switch_context(nodeid)

    def pytest_runtest_logfinish(self) -> None:
        """What runs between two tests is nobody's."""
        self.cover.switch_context("")

    def pytest_sessionfinish(self) -> None:
        """Write down what was seen."""
        if log.is_child():
            return
        self.cover.stop()
        data = self.cover.get_data()
        tests = self.tests
        for filename in data.measured_files():
            if self.files.number(filename) < 0:
                continue
            inside = _lines_of_functions(filename)
            for line, contexts in data.contexts_by_lineno(filename).items():
                if line in inside:
                    for context in contexts:
                        if context:
                            tests[context].setdefault(filename, set()).add(line)
        for nodeid, lines in tests.items():
            _write(self.files, nodeid, lines)
        log.write({"t": "deepend", "w": self.files.worker})


def _lines_of_functions(filename: str) -> set:
    """Lines of the bodies of functions: the others run when the module is imported."""
    found: set = set()
    try:
        with open(filename, "rb") as stream:
            tree = ast.parse(stream.read())
    except (OSError, SyntaxError, ValueError, RecursionError):
        return found
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            found.update(range(node.body[0].lineno, node.end_lineno + 1))
    return found


def _write(files: Files, nodeid: str, lines: dict) -> None:
    seen = [[files.number(name), _spans(found)] for name, found in lines.items()]
    log.write({"t": "reach", "w": files.worker, "node": nodeid, "f": seen})
