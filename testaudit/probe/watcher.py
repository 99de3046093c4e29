"""PYTEST_DONT_REWRITE. Watches the tests of one process, and writes the log of them.

Every hook is small and accounts for its own time (`spent`, nanoseconds); the common case, a test whose three phases
pass, is one formatted line. Hooks avoid generators where they can: pluggy's wrappers cost more than our work in them.
"""

from __future__ import annotations

import os

import pytest

from . import describe, log, sleeps

_now = log.now_ns
_OUTCOME = {"passed": "p", "failed": "f", "skipped": "s", "rerun": "r"}
PHASES = {"setup": "s", "call": "c", "teardown": "t"}
_MAX_WARNINGS = 2000
_EVIDENCE = ("ResourceWarning", "PytestUnraisableExceptionWarning", "PytestUnhandledThreadExceptionWarning")
"""Warnings that say something of the test that they came in: once for each."""


class Watcher(object):
    """Watches the tests of one process."""

    def __init__(self, folder: str, worker: str, leaks: object = None) -> None:
        self.folder = folder
        self.leaks = leaks
        self.worker = worker
        self.module = ""
        self.collecting = False
        self.left_out = self._finished_earlier()
        self.spent = 0
        self.finished = 0
        self.deselected = 0
        self.index_of: dict = {}
        self.repeated: dict = {}
        self.fixture_numbers: dict = {}
        self.mark_numbers: dict = {}
        self.fixture_codes: dict = {}
        self.closures: dict = {}
        self.warned: set = set()
        self.exceptions: dict = {}
        self.index = -1
        self.since = 0
        self.current = ""
        self.attempts: list = []
        self.setups: list = []
        self.plain = True
        self.durations: list = []
        self.subtests = 0
        log.open_running(folder, worker)

    # ------------------------------------------------------------ collection

    def _finished_earlier(self) -> dict:
        """After a crash: node id -> how often an earlier process finished it."""
        left: dict = {}
        try:
            with open(os.path.join(self.folder, "skip"), encoding="ascii") as stream:
                for name in log.decode(stream.read()):
                    left[name] = left.get(name, 0) + 1
        except OSError:
            pass
        return left

    @pytest.hookimpl(tryfirst=True)
    def pytest_make_collect_report(self, collector: object) -> object:
        """Do not import again what ended an earlier process, or never ended."""
        if collector.nodeid not in self.left_out:
            return None
        return pytest.CollectReport(collector.nodeid, "passed", None, [])

    def pytest_collectstart(self, collector: object) -> None:
        """A module is collected: it may never come back."""
        nodeid = collector.nodeid.partition("::")[0]
        if not isinstance(collector, pytest.Session):
            if nodeid != self.module:
                self.module = nodeid
                log.write({"t": "m", "node": nodeid, "w": self.worker})
            self.collecting = isinstance(collector, pytest.File)
            log.running(-1, log.COLLECTS, self.finished)

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list) -> None:
        """After a crash: leave out what an earlier process finished."""
        left = dict(self.left_out)
        if not left:
            return
        kept = []
        for item in items:
            if left.get(item.nodeid, 0):
                left[item.nodeid] -= 1
            else:
                kept.append(item)
        items[:] = kept

    def pytest_deselected(self, items: list) -> None:
        """Count what the project's own options and hooks deselect."""
        self.deselected += len(items)

    def pytest_collectreport(self, report: object) -> None:
        """Modules: collected, broken, or skipped as a whole."""
        begin = _now()
        log.running(-1, log.BETWEEN, self.finished)
        self.collecting = False
        if report.failed:
            seen = self.exceptions.pop((report.nodeid, "collect"), None)
            log.write(
                {
                    "t": "cerr",
                    "node": report.nodeid,
                    "text": describe.cut(report.longreprtext, describe.MAX_TEXT),
                    "x": seen,
                }
            )
        elif report.skipped:
            longrepr = report.longrepr
            site = [str(longrepr[0]), int(longrepr[1] or 0)] if isinstance(longrepr, tuple) else ["", 0]
            reason = longrepr[2] if isinstance(longrepr, tuple) else report.longreprtext
            log.write({"t": "cskip", "node": report.nodeid, "reason": describe.safe_text(reason, 2000), "site": site})
        elif report.nodeid.endswith(".py") and report.nodeid not in self.left_out:
            log.write({"t": "file", "path": report.nodeid})
        self.spent += _now() - begin

    def pytest_exception_interact(self, node: object, call: object, report: object) -> None:
        """Keep the exception of a module that does not import (tests have their own hook)."""
        if report.when == "collect" and call.excinfo is not None:
            self.exceptions[(report.nodeid, "collect")] = describe.exception(call.excinfo)

    def pytest_collection_finish(self, session: object) -> None:
        """Number the tests; one process of the run also describes them."""
        if self.collecting:
            return  # pytest calls this, too, where a module's import ends the session
        items = session.items
        for item in items:
            # pytest computes and keeps this for each test that it starts: it is only done earlier, so not our time.
            item.location
        begin = _now()
        for index, item in enumerate(items):
            nodeid = item.nodeid
            if nodeid in self.index_of:
                self.repeated.setdefault(nodeid, []).append(index)
            else:
                self.index_of[nodeid] = index
        if self._describes():
            for at in range(0, len(items), 500):
                rows = [self._row(item) for item in items[at : at + 500]]
                log.write({"t": "items", "w": self.worker, "at": at, "items": rows})
            log.write({"t": "collected", "n": len(items), "deselected": self.deselected, "at": log.monotonic()})
        self.closures.clear()
        sleeps.watch_asyncio()
        if self.leaks is not None:
            self.leaks.start(items)
        self.spent += _now() - begin

    def _describes(self) -> bool:
        """Whether this process is the first of the run, which describes the tests for all."""
        try:
            os.close(os.open(os.path.join(self.folder, "items.lock"), os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        except OSError:
            return False
        return True

    def _row(self, item: object) -> list:
        """[node id, file that defines it, line, number of its markers, numbers of its fixtures]."""
        path, line = item.location[:2]
        return [item.nodeid, path, -1 if line is None else line, self._marks(item), self._fixtures(item)]

    def _marks(self, item: object) -> int:
        """Number of this set of markers; equal sets are described once."""
        marks = list(item.iter_markers())
        key = tuple([id(mark) for mark in marks])
        known = self.mark_numbers.get(key)
        if known is None:
            number = len(self.mark_numbers)
            # The markers are kept with their number, so that an id is not used again.
            self.mark_numbers[key] = (number, marks)
            log.write({"t": "marks", "k": number, "m": [describe.marker(mark) for mark in marks[:50]]})
            return number
        return known[0]

    def _fixtures(self, item: object) -> list:
        """Numbers of the fixtures that the test uses; parametrised tests share one answer."""
        info = getattr(item, "_fixtureinfo", None)
        if info is None:
            return []
        known = self.closures.get(id(info))
        if known is None:
            numbers = []
            for name in info.names_closure:
                defs = info.name2fixturedefs.get(name)
                if defs:
                    numbers.append(self._fixture(defs[-1]))
            known = self.closures[id(info)] = (numbers, info)
        return known[0]

    def _fixture(self, fixturedef: object) -> int:
        known = self.fixture_numbers.get(id(fixturedef))
        if known is None:
            known = self.fixture_numbers[id(fixturedef)] = (len(self.fixture_numbers), fixturedef)
            record = describe.fixture(fixturedef)
            code = describe.code_of(fixturedef)
            if code is not None:
                self.fixture_codes[code] = [record["name"], record["scope"], record["path"], record["line"]]
            record.update(t="fixdef", k=known[0], w=self.worker)
            log.write(record)
        return known[0]

    # ------------------------------------------------------------ run

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """A test begins."""
        begin = _now()
        if nodeid == self.current:
            # pytest-rerunfailures announces each attempt; the next set-up report begins it.
            return
        self.current = nodeid
        index = self.index_of.get(nodeid, -1)
        if self.repeated and nodeid in self.repeated:
            waiting = self.repeated[nodeid]
            if waiting:
                self.index_of[nodeid] = waiting.pop(0)
        self.index = index
        self.plain = True
        self.attempts = []
        self.durations = []
        self.setups = []
        self.subtests = 0
        sleeps.places.clear()
        if self.leaks is not None:
            self.leaks.test_begins(index, nodeid)
        log.running(index, log.RUNS, self.finished)
        self.since = begin
        self.spent += _now() - begin

    @pytest.hookimpl(hookwrapper=True)
    def pytest_fixture_setup(self, fixturedef: object, request: object) -> object:
        """Seconds of a fixture's own set-up (what it needs was set up before)."""
        leaks = self.leaks
        wide = leaks is not None and fixturedef.scope != "function"
        if wide:
            leaks.wide_begins()
        elif leaks is not None and not leaks.inside:
            leaks.begin(request.node)
        begin = _now()
        yield
        end = _now()
        if wide:
            leaks.wide_ends()
        self.setups.append((self._fixture(fixturedef), (end - begin) / 1e9))
        self.spent += _now() - end

    def pytest_runtest_makereport(self, item: object, call: object) -> None:
        """Keep the exception of a phase until its report comes."""
        if self.leaks is not None and call.when == "call":
            begin = _now()
            self.leaks.call_ends(item, call.excinfo is None)
            self.spent += _now() - begin
        if call.excinfo is not None:
            begin = _now()
            self.exceptions[(item.nodeid, call.when)] = describe.exception(call.excinfo, self.fixture_codes)
            self.spent += _now() - begin

    def pytest_runtest_logreport(self, report: object) -> None:
        """A phase ended (or a subtest: the passed ones are folded into their test)."""
        begin = _now()
        outcome = report.outcome
        if hasattr(report, "context"):
            self.subtests += 1
            if outcome == "failed":
                self._phase(report, "f", sub=True)
            else:
                self.exceptions.pop((report.nodeid, report.when), None)
        elif outcome == "passed" and self.plain and not hasattr(report, "wasxfail"):
            self.durations.append(self._seconds(report, begin))
        else:
            self._phase(report, _OUTCOME.get(outcome, "f"))
        self.spent += _now() - begin

    def _seconds(self, report: object, now: int) -> float:
        """Seconds of a phase as pytest measured them; as we did, where a test stopped or moved pytest's clock."""
        own = (now - self.since) / 1e9
        self.since = now
        return report.duration if 0 <= report.duration <= own + 1 else own

    def _phase(self, report: object, outcome: str, sub: bool = False) -> None:
        """A phase that is more than a passed one."""
        if self.plain:
            self.plain = False
            names = ("s", "c", "t")
            self.attempts = [
                [{"w": names[at], "o": "p", "d": round(seconds, 6)} for at, seconds in enumerate(self.durations)]
            ]
        when = PHASES.get(report.when, "c")
        if when == "s" and self.attempts[-1]:
            self.attempts.append([])
        phase = {"w": when, "o": outcome, "d": round(report.duration if sub else self._seconds(report, _now()), 6)}
        seen = self.exceptions.pop((report.nodeid, report.when), None)
        if seen is not None:
            phase["x"] = seen
        if sub:
            phase["sub"] = True
        xfail = getattr(report, "wasxfail", None)
        if xfail is not None:
            phase["xfail"] = describe.safe_text(xfail, 2000)
        if outcome == "s" and xfail is None and isinstance(report.longrepr, tuple):
            path, line, reason = report.longrepr
            phase["skip"] = [str(path), int(line or 0), describe.safe_text(reason, 2000)]
        elif outcome in ("f", "r"):
            phase["text"] = describe.cut(report.longreprtext, describe.MAX_TEXT)
            phase["out"] = describe.output(report)
        self.attempts[-1].append(phase)

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        """A test ended, with its teardown: one line."""
        begin = _now()
        self.finished += 1
        self.current = ""
        index = self.index
        log.running(index, log.BETWEEN, self.finished)
        tail = ""
        if self.setups:
            tail = ',"f":[%s]' % ",".join(["[%d,%.6f]" % setup for setup in self.setups])
        if self.subtests:
            tail += ',"u":%d' % self.subtests
        if sleeps.places:
            slept = [[round(v[0], 6), v[1], k[0], k[1], k[2]] for k, v in sleeps.places.items()]
            tail += ',"s":' + log.encode(slept)
        if self.leaks is not None:
            tail += self.leaks.tail()
        durations = self.durations
        if self.plain and index >= 0 and len(durations) == 3:
            log.write_line(
                '{"t":"r","i":%d,"w":"%s","d":[%.6f,%.6f,%.6f]%s}'
                % (index, self.worker, durations[0], durations[1], durations[2], tail)
            )
        else:
            if self.plain:
                # The plugin `flaky` reports no call of an attempt that it makes again.
                names = ("s", "t") if len(durations) == 2 else ("s", "c", "t")
                self.attempts = [
                    [{"w": names[at], "o": "p", "d": round(seconds, 6)} for at, seconds in enumerate(durations[:3])]
                ]
            body = log.encode({"t": "r", "i": index, "node": nodeid, "w": self.worker, "a": self.attempts})
            log.write_line(body[:-1] + tail + "}")
        self.exceptions.clear()
        self.spent += _now() - begin

    def pytest_warning_recorded(self, warning_message: object, nodeid: str) -> None:
        """A warning, once for each kind and place."""
        begin = _now()
        category = warning_message.category.__name__
        text = describe.safe_text(warning_message.message, 1000)
        key = (category, text, warning_message.filename, warning_message.lineno)
        if category in _EVIDENCE or "was never awaited" in text:
            key += (nodeid,)
        if key not in self.warned and len(self.warned) < _MAX_WARNINGS:
            self.warned.add(key)
            log.write(
                {"t": "w", "category": category, "message": text, "path": key[2], "line": key[3] or 0, "node": nodeid}
            )
        self.spent += _now() - begin

    def pytest_keyboard_interrupt(self, excinfo: object) -> None:
        """The session ends early: on purpose (`pytest.exit`), or because a test raised what Ctrl-C raises."""
        on_purpose = isinstance(excinfo.value, (pytest.exit.Exception, pytest.Session.Interrupted))
        why = "exit" if on_purpose else "key"
        self._broke(why, excinfo)

    def pytest_internalerror(self, excinfo: object) -> None:
        """The session ends because pytest, or what a test left of it, failed."""
        self._broke("internal", excinfo)

    def _broke(self, why: str, excinfo: object) -> None:
        value = excinfo.value
        text = ("%s: %s" % (describe.type_name(type(value)), describe.safe_text(value, 300))).rstrip(": ")
        log.write({"t": "broke", "why": why, "text": text, "w": self.worker})

    def pytest_sessionfinish(self, exitstatus: int) -> None:
        """The session ended by itself."""
        spent = self.spent
        if self.leaks is not None:
            self.leaks.finish()
            spent += self.leaks.spent
        log.write({"t": "finish", "worker": self.worker, "status": int(exitstatus), "spent": spent})
