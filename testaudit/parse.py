"""The probe's log -> Run: every test with its attempts, and whatever kept the record from being whole.

The log is the record (`testaudit/probe/__init__.py` is its protocol). Results of JUnit files are read by `junit.py`.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from testaudit import model, troubles
from testaudit.endings import Ending, closing_line, diagnosis, gaps, last_error, notes, selection
from testaudit.engine.further import further_args
from testaudit.engine.log import Record, outcome_of, read_records
from testaudit.excuses import excuse
from testaudit.masking.interface import mask
from testaudit.model import (
    Attempt,
    AuditedTest,
    FixtureUse,
    Marker,
    Phase,
    Run,
    SeenWarning,
    Sleep,
)
from testaudit.paths import Paths, junit_key
from testaudit.traces import Late, add_late, kinds_of, traced, with_late

if TYPE_CHECKING:
    from testaudit.engine.interface import RunFiles

_PHASES: dict[str, model.PhaseName] = {"s": "setup", "c": "call", "t": "teardown"}
_ENDED = {"p": "passed", "f": "failed", "s": "skipped", "r": "failed"}


def read_run(files: RunFiles, paths: Paths) -> Run:
    """Read what a run left behind.

    Args:
        files: what the engine answered.
        paths: how this project writes paths, and which frames are its own.

    """
    reader = _Reader(paths)
    with files.log.open("rb") as stream:
        for record in read_records(stream):
            reader.record(record)
    return reader.finish(files)


def _is_told(attempt: Attempt) -> bool:
    """Whether the runner said how it ended: of one that it tries again the plugin `flaky` keeps the call to itself."""
    return attempt.outcome != "passed" or any(phase.name == "call" for phase in attempt.phases)


class _Process:
    """One pytest process (with its workers): indexes and numbers of the log belong to it."""

    def __init__(self) -> None:
        self.items: list[list[Any]] = []
        self.describer = ""
        self.marks: dict[int, tuple[Marker, ...]] = {}
        self.fixtures: dict[tuple[str, int], FixtureUse] = {}
        self.sets: dict[tuple[int, ...], tuple[FixtureUse, ...]] = {}


class _Reader:
    """Folds the records into a Run."""

    def __init__(self, paths: Paths) -> None:
        self.paths = paths
        self.process = _Process()
        self.restarts = 0
        self.session: Record | None = None
        self.boot: Record = {}
        self.stop: Record | None = None
        self.returned: int | None = None
        self.deselected = 0
        self.start_s = 0.0
        self.collected = False
        """A process has named all selected tests."""
        self.selected: dict[str, list[AuditedTest | None]] = {}
        """Node id -> its occurrences, in the order of the first process; None: no outcome so far."""
        self.pages: dict[str, tuple[_Process, list[Any]]] = {}
        self.killed: dict[str, str] = {}
        self.broken: dict[str, Record] = {}
        self.skipped_modules: dict[str, Record] = {}
        self.files: set[str] = set()
        self.warnings: list[SeenWarning] = []
        self.setups: Counter[tuple[str, str]] = Counter()
        self.setup_seconds: defaultdict[tuple[str, str], float] = defaultdict(float)
        self.watched: frozenset[model.LeakKind] = frozenset()
        self.late: Late = {}
        self.spent = 0
        self.orders: list[list[str]] = [[]]
        self.unfinished: list[tuple[str, str]] = []

    # ------------------------------------------------------------ records

    def record(self, record: Record) -> None:
        """Take one record in; what cannot be understood is passed over, the counts will tell."""
        handler = getattr(self, f"_on_{record.get('t')}", None)
        if handler is not None:
            try:
                handler(record)
            except (AttributeError, KeyError, IndexError, TypeError, ValueError):
                self.unfinished.append(("log", str(record.get("t"))))

    def _on_boot(self, record: Record) -> None:
        self.boot = record

    def _on_session(self, record: Record) -> None:
        if self.session is None or record["worker"] in ("", "controller"):
            self.session = record
            self.paths = self.paths.with_rootdir(record["rootdir"])

    def _on_stop(self, record: Record) -> None:
        self.stop = record

    def _on_marks(self, record: Record) -> None:
        self.process.marks[record["k"]] = tuple(
            Marker(
                mask(name), tuple(mask(arg) for arg in args), tuple((key, mask(value)) for key, value in kwargs.items())
            )
            for name, args, kwargs in record["m"]
        )

    def _on_fixdef(self, record: Record) -> None:
        self.process.fixtures[(record["w"], record["k"])] = FixtureUse(
            record["name"], record["scope"], self.paths.relative(record["path"]), record["line"]
        )

    def _on_items(self, record: Record) -> None:
        process = self.process
        process.describer = record["w"]
        process.items[record["at"] :] = record["items"]
        for row in record["items"]:
            if not self.collected:
                self.selected.setdefault(row[0], []).append(None)
            self.pages.setdefault(row[0], (process, row))

    def _on_collected(self, record: Record) -> None:
        if not self.collected:
            self.deselected = record["deselected"]
            self.start_s = max(0.0, record.get("at", 0.0) - self.boot.get("at", 0.0))
        self.collected = True

    def _on_file(self, record: Record) -> None:
        self.files.add(self.paths.node_path(record["path"]))

    def _on_cerr(self, record: Record) -> None:
        self.broken.setdefault(record["node"], record)

    def _on_cskip(self, record: Record) -> None:
        self.skipped_modules.setdefault(record["node"], record)
        self.files.add(self.paths.node_path(record["node"].partition("::")[0]))

    def _on_w(self, record: Record) -> None:
        node = record["node"]
        self.warnings.append(
            SeenWarning(
                mask(record["category"]),
                mask(record["message"]),
                self.paths.relative(record["path"]),
                record["line"],
                self.paths.node_id(node) if node else None,
            )
        )

    def _on_killed(self, record: Record) -> None:
        self.killed[record["node"]] = record["why"]

    def _on_crash(self, record: Record) -> None:
        if record.get("at") == "collect":
            late = self.killed.get(record["node"]) == "timeout"
            why = (
                "its import took longer than a test may (--timeout)"
                if late
                else record["raised"] or f"its import ended the process ({record['how']})"
            )
            self.broken[record["node"]] = {
                "text": why,
                "x": {"message": why, "frames": record.get("frames", ())},
                "outcome": "timed-out" if late else "error" if record["raised"] else "crashed",
            }
        elif record["node"]:
            self._died(record)

    def _on_restart(self, record: Record) -> None:
        del record
        self.restarts += 1
        self.orders.append([])
        self.process = _Process()
        self.returned = None
        if not self.collected:
            # Whoever comes next names all tests again.
            self.selected.clear()

    def _on_watched(self, record: Record) -> None:
        self.watched |= kinds_of(record)

    def _on_late(self, record: Record) -> None:
        add_late(self.late, record, self.paths)

    def _on_finish(self, record: Record) -> None:
        self.spent += record["spent"]

    def _on_returned(self, record: Record) -> None:
        self.returned = record["status"]

    def _on_r(self, record: Record) -> None:
        process = self.process
        index = record["i"]
        nodeid = process.items[index][0] if 0 <= index < len(process.items) else record["node"]
        condition = "after-restart" if self.restarts else "main"
        worker = record["w"]
        sleeps = tuple(Sleep(s[0], s[1], self.paths.relative(s[2]), s[3], s[4]) for s in record.get("s", ()))
        setups: dict[int, float] = {}
        for number, seconds in record.get("f", ()):
            setups[number] = setups.get(number, 0.0) + seconds
            fixture = process.fixtures.get((worker, number))
            if fixture is not None:
                key = (fixture.name, fixture.path)
                self.setups[key] += 1
                self.setup_seconds[key] += seconds
        if "d" in record:
            d = record["d"]
            phases = (Phase("setup", "passed", d[0]), Phase("call", "passed", d[1]), Phase("teardown", "passed", d[2]))
            attempts = [Attempt("passed", sum(d), condition, phases, (), sleeps, worker)]
            last: list[Record] = []
        else:
            attempts = [self._attempt(phases, condition, worker, sleeps) for phases in record["a"] if phases]
            last = record["a"][-1] if record["a"] else []
        self._done(nodeid, traced(attempts, record, self.paths), last, setups, worker)

    def _attempt(self, phases: list[Record], condition: str, worker: str, sleeps: tuple[Sleep, ...]) -> Attempt:
        told = [phase for phase in phases if phase["o"] in "fr" or (phase["o"] == "s" and "x" in phase)]
        return Attempt(
            outcome_of(phases),
            sum(phase["d"] for phase in phases),
            condition,
            tuple(Phase(_PHASES[p["w"]], _ENDED[p["o"]], p["d"]) for p in phases if not p.get("sub")),  # type: ignore[arg-type] # the table's values are the literals
            tuple(troubles.of_phase(phase, _PHASES[phase["w"]], self.paths) for phase in told),
            sleeps,
            worker,
        )

    # ------------------------------------------------------------ tests

    def _done(
        self, nodeid: str, attempts: tuple[Attempt, ...], last: list[Record], setups: dict[int, float], worker: str
    ) -> None:
        """Give the next occurrence of this node id its outcome."""
        process, row = self.pages.get(nodeid, (self.process, [nodeid, "", -1, -1, []]))
        fixtures = self._fixtures(process, row[4], setups if worker == process.describer else {})
        self.orders[-1].append(nodeid)
        outcome = attempts[-1].outcome if attempts else "error"
        hidden = outcome in {"skipped", "xfailed", "xpassed"}
        marks = process.marks.get(row[3], ())
        reason, by, site = excuse(last if hidden else (), marks, attempts[-1] if attempts else None)
        path = self.paths.node_path(nodeid.partition("::")[0])
        test = AuditedTest(
            node_id=self.paths.node_id(nodeid),
            junit_key=junit_key(nodeid),
            path=path,
            line=row[2] + 1 if row[1] and self.paths.node_path(row[1]) == path else 0,
            outcome=outcome,
            attempts=attempts,
            reason=mask(reason),
            skip_by=by,
            skip_site=None if site is None else model.Frame(self.paths.relative(site[0]), site[1], ""),
            markers=marks,
            fixtures=fixtures,
        )
        places = self.selected.setdefault(nodeid, [None])
        for at, place in enumerate(places):
            if place is None:
                places[at] = test
                return
        # More results than occurrences: the runner ran it again by itself, and the last attempt decides.
        earlier = places[-1]
        if earlier is not None:
            places[-1] = replace(test, attempts=(*filter(_is_told, earlier.attempts), *test.attempts))

    def _unseen(self, nodeid: str) -> AuditedTest:
        """A selected test that the run never came to: it is expected like any other, and has no outcome."""
        path = self.paths.node_path(nodeid.partition("::")[0])
        return AuditedTest(self.paths.node_id(nodeid), junit_key(nodeid), path, 0, None)

    def _fixtures(self, process: _Process, numbers: list[int], setups: dict[int, float]) -> tuple[FixtureUse, ...]:
        key = tuple(numbers)
        known = process.sets.get(key)
        if known is None:
            known = tuple(
                fixture
                for number in numbers
                if (fixture := process.fixtures.get((process.describer, number))) is not None
            )
            process.sets[key] = known
        if not any(seconds >= 0.001 for seconds in setups.values()):
            return known
        timed = {process.fixtures.get((process.describer, number)): seconds for number, seconds in setups.items()}
        return tuple(
            FixtureUse(f.name, f.scope, f.path, f.line, round(timed[f], 6)) if f in timed else f for f in known
        )

    def _died(self, record: Record) -> None:
        """A test whose process died in it."""
        nodeid = record["node"]
        timed_out = self.killed.get(nodeid) == "timeout"
        outcome: model.Outcome = "timed-out" if timed_out else "crashed"
        trouble = troubles.of_death(record, self.paths, timed_out=timed_out)
        condition = "after-restart" if self.restarts else "main"
        self._done(nodeid, (Attempt(outcome, 0.0, condition, (), (trouble,)),), [], {}, "")

    def _modules(self) -> list[AuditedTest]:
        """Modules that do not import, or skip themselves: one test each."""
        tests = []
        for node, record in self.broken.items():
            tests.append(
                self._module(
                    node,
                    Attempt(record.get("outcome", "error"), 0.0, troubles=(troubles.of_module(record, self.paths),)),
                )
            )
        for node, record in self.skipped_modules.items():
            reason = record["reason"].removeprefix("Skipped: ")
            by = "importorskip" if reason.startswith("could not import") else "module"
            site = model.Frame(self.paths.relative(record["site"][0]), record["site"][1], "")
            tests.append(self._module(node, Attempt("skipped", 0.0), mask(reason), by, site))
        return tests

    def _module(
        self, node: str, attempt: Attempt, reason: str = "", by: str = "", site: model.Frame | None = None
    ) -> AuditedTest:
        return AuditedTest(
            node_id=self.paths.node_id(node),
            junit_key=junit_key(node),
            path=self.paths.node_path(node.partition("::")[0]),
            line=0,
            outcome=attempt.outcome,
            attempts=(attempt,),
            reason=reason,
            skip_by=by,
            skip_site=site,
        )

    # ------------------------------------------------------------ the end

    def finish(self, files: RunFiles) -> Run:
        """The Run, with what is missing in it."""
        missing = [node for node, places in self.selected.items() for test in places if test is None]
        tests = [test or self._unseen(node) for node, places in self.selected.items() for test in places]
        tests = [with_late(test, self.late, self.paths) for test in tests] if self.late else tests
        tests.extend(self._modules())
        session = self.session or {}
        ending = Ending(
            session=self.session,
            stop=self.stop,
            returned=self.returned,
            missing=tuple(self.paths.node_id(node) for node in missing),
            broken=tuple(
                (self.paths.node_id(node), last_error(record["text"])) for node, record in self.broken.items()
            ),
            unread=len(self.unfinished),
        )
        return Run(
            tests=tuple(tests),
            deselected=self.deselected,
            environment=model.Environment(
                python=self.boot.get("python", ""),
                pytest=session.get("pytest", ""),
                platform=self.boot.get("platform", ""),
                executable=self.boot.get("executable", ""),
                plugins=tuple(session.get("plugins", ())),
            ),
            exit_status=self.returned,
            duration_s=files.duration_s,
            gaps=tuple(gaps(ending, files)),
            notes=notes(files),
            warnings=tuple(self.warnings),
            collected_files=frozenset(self.files),
            broken_files=tuple(self.paths.node_id(node) for node in self.broken),
            fixture_setup=tuple(
                (name, path, self.setups[name, path], round(seconds, 6))
                for (name, path), seconds in sorted(self.setup_seconds.items(), key=lambda pair: -pair[1])[:50]
            ),
            watched=self.watched,
            probe_s=self.spent / 1e9,
            orders=tuple(tuple(map(self.paths.node_id, order)) for order in self.orders),
            start_s=self.start_s,
            rootdir=session.get("rootdir", ""),
            further_args=further_args(session),
            reported=closing_line(files.output),
            diagnosis=diagnosis(ending, files),
            selection=selection(session),
            ended_by=files.interrupted,
        )
