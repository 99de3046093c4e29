"""The probe's log -> Run: every test with its attempts, and whatever kept the record from being whole.

The log is the record (`testaudit/probe/__init__.py` is its protocol). Results of JUnit files are read by `junit.py`.
"""

from __future__ import annotations

import os
import re
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

from testaudit import model
from testaudit.engine.interface import RunFiles
from testaudit.engine.log import Record, outcome_of, read_records
from testaudit.masking import cap, mask
from testaudit.model import (
    Attempt,
    AuditedTest,
    FixtureUse,
    Gap,
    Marker,
    NodeId,
    Phase,
    Run,
    SeenWarning,
    Sleep,
    Trouble,
)
from testaudit.paths import Paths, junit_key

_PHASES: dict[str, model.PhaseName] = {"s": "setup", "c": "call", "t": "teardown"}
_ENDED = {"p": "passed", "f": "failed", "s": "skipped", "r": "failed"}
_CLOSING = re.compile(
    r"^(?:=+ )?((?:\d+ [a-z]+|no tests \w+)(?:, \d+ [a-z ]+)* in [\d.]+s[^=\n]*?)(?: =+)?$", re.MULTILINE
)


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
        self.spent = 0
        self.unfinished: list[tuple[str, str]] = []

    # ------------------------------------------------------------ records

    def record(self, record: Record) -> None:
        """Take one record in; what cannot be understood is passed over, the counts will tell."""
        handler = getattr(self, f"_on_{record.get('t')}", None)
        if handler is not None:
            try:
                handler(record)
            except (KeyError, IndexError, TypeError, ValueError):
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
            Marker(name, tuple(mask(arg) for arg in args), tuple((key, mask(value)) for key, value in kwargs.items()))
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
            if not self.restarts:
                self.selected.setdefault(row[0], []).append(None)
            self.pages.setdefault(row[0], (process, row))

    def _on_collected(self, record: Record) -> None:
        if not self.restarts:
            self.deselected = record["deselected"]

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
                record["category"],
                mask(record["message"]),
                self.paths.relative(record["path"]),
                record["line"],
                self.paths.node_id(node) if node else None,
            )
        )

    def _on_killed(self, record: Record) -> None:
        self.killed[record["node"]] = record["why"]

    def _on_crash(self, record: Record) -> None:
        self._died(record["node"])

    def _on_restart(self, record: Record) -> None:
        for node in record["culprits"]:
            self._died(node)
        self.restarts += 1
        self.process = _Process()

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
        self._done(nodeid, tuple(attempts), last, setups, worker)

    def _attempt(self, phases: list[Record], condition: str, worker: str, sleeps: tuple[Sleep, ...]) -> Attempt:
        troubles = []
        for phase in phases:
            if phase["o"] in "fr" or (phase["o"] == "s" and "x" in phase):
                troubles.append(self._trouble(phase))
        return Attempt(
            outcome_of(phases),
            sum(phase["d"] for phase in phases),
            condition,
            tuple(Phase(_PHASES[p["w"]], _ENDED[p["o"]], p["d"]) for p in phases if not p.get("sub")),  # type: ignore[arg-type] # the table's values are the literals
            tuple(troubles),
            sleeps,
            worker,
        )

    def _trouble(self, phase: Record) -> Trouble:
        seen = phase.get("x") or {}
        text = phase.get("text", "")
        return Trouble(
            phase=_PHASES[phase["w"]],
            type=seen.get("type", ""),
            message=mask(cap(seen.get("message") or text.strip().partition("\n")[0], 4_000)),
            frame=self.paths.deepest(seen.get("frames", ())),
            text=mask(cap(text, 20_000)),
            root=mask(seen.get("root", "")),
            output=mask(cap(phase.get("out", ""), 64_000)),
        )

    # ------------------------------------------------------------ tests

    def _done(
        self, nodeid: str, attempts: tuple[Attempt, ...], last: list[Record], setups: dict[int, float], worker: str
    ) -> None:
        """Give the next occurrence of this node id its outcome."""
        process, row = self.pages.get(nodeid, (self.process, [nodeid, "", -1, -1, []]))
        fixtures = self._fixtures(process, row[4], setups if worker == process.describer else {})
        outcome = attempts[-1].outcome if attempts else "error"
        reason, by, site = _excuse(last, process.marks.get(row[3], ()), outcome, attempts)
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
            markers=process.marks.get(row[3], ()),
            fixtures=fixtures,
        )
        places = self.selected.setdefault(nodeid, [None])
        for at, place in enumerate(places):
            if place is None:
                places[at] = test
                return
        # More results than occurrences: the runner ran it again by itself.
        places[-1] = test

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

    def _died(self, nodeid: str) -> None:
        """A test whose process died in it."""
        timed_out = self.killed.get(nodeid) == "timeout"
        outcome: model.Outcome = "timed-out" if timed_out else "crashed"
        message = "ran longer than a test may (--timeout)" if timed_out else "its process died while it ran"
        trouble = Trouble("call", "", message, None, "")
        condition = "after-restart" if self.restarts else "main"
        self._done(nodeid, (Attempt(outcome, 0.0, condition, (), (trouble,)),), [], {}, "")

    def _modules(self) -> list[AuditedTest]:
        """Modules that do not import, or skip themselves: one test each."""
        tests = []
        for node, record in self.broken.items():
            seen = record.get("x") or {}
            text = record["text"]
            trouble = Trouble(
                "collect",
                seen.get("type", ""),
                mask(cap(seen.get("message") or _last_error(text), 4_000)),
                self.paths.deepest(seen.get("frames", ())),
                mask(cap(text, 20_000)),
                mask(seen.get("root", "")),
            )
            tests.append(self._module(node, Attempt("error", 0.0, troubles=(trouble,))))
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
        tests = [test for places in self.selected.values() for test in places if test is not None]
        missing = [node for node, places in self.selected.items() for test in places if test is None]
        tests.extend(self._modules())
        session = self.session or {}
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
            gaps=tuple(self._gaps(files, missing)),
            notes=tuple(self._notes(files)),
            warnings=tuple(self.warnings),
            collected_files=frozenset(self.files),
            broken_files=tuple(self.paths.node_id(node) for node in self.broken),
            fixture_setup=tuple(
                (name, path, self.setups[name, path], round(seconds, 6))
                for (name, path), seconds in sorted(self.setup_seconds.items(), key=lambda pair: -pair[1])[:50]
            ),
            probe_s=self.spent / 1e9,
            reported=_closing_line(files.output),
            diagnosis=self._diagnosis(files),
            selection=_selection(session),
            ended_by=files.interrupted,
        )

    def _gaps(self, files: RunFiles, missing: list[str]) -> list[Gap]:
        gaps = []
        if files.interrupted:
            gaps.append(Gap("interrupted", "the run", f"it was ended by signal {files.interrupted}"))
        elif files.gave_up:
            gaps.append(
                Gap("gave-up", "the run", f"pytest died {files.restarts + 1} times; no further restart was made")
            )
        elif self.session is not None and self.returned is None and not (files.restarts and not missing):
            how = f"was killed by signal {files.signal}" if files.signal else "ended without finishing its session"
            gaps.append(Gap("pytest-died", "the run", f"pytest {how}"))
        if self.returned == 3:
            gaps.append(Gap("internal-error", "pytest", _internal_error(files.output)))
        if missing:
            first = ", ".join(self.paths.node_id(node) for node in missing[:3])
            maxfail = (self.session or {}).get("maxfail")
            why = (
                f"pytest stopped after {maxfail} failure(s) (-x/--maxfail); add `-- --maxfail=0`"
                if maxfail
                else "the run ended before them"
            )
            gaps.append(Gap("no-outcome", f"{len(missing)} tests ({first}{', …' if len(missing) > 3 else ''})", why))
        gaps.extend(
            Gap("not-collected", self.paths.node_id(node), mask(_last_error(record["text"])))
            for node, record in self.broken.items()
        )
        if self.unfinished:
            gaps.append(Gap("log", "the probe's log", f"{len(self.unfinished)} records could not be read"))
        return gaps

    def _notes(self, files: RunFiles) -> list[str]:
        if not files.restarts:
            return []
        return [
            f"pytest was started {files.restarts + 1} times: each time a test ended its process, the run went on with the rest"
        ]

    def _diagnosis(self, files: RunFiles) -> str:
        """Why there is nothing at all, where that can be told."""
        if self.stop is not None:
            return (
                "no-pytest"
                if self.stop["why"] == "no-pytest"
                else f"pytest could not be imported: {mask(self.stop['text'])}"
            )
        if self.session is None:
            if self.returned is not None or files.output:
                tail = mask(cap(files.output.strip(), 3_000))
                return (
                    f"pytest ended before any test (status {self.returned}):\n{tail}"
                    if tail
                    else "the probe was not loaded"
                )
            return "the interpreter ended without a word"
        return ""


def _excuse(
    last: list[Record], markers: tuple[Marker, ...], outcome: str, attempts: tuple[Attempt, ...]
) -> tuple[str, str, list[Any] | None]:
    """Reason of a skip or xfail, by what means it came, and the place that raised it."""
    if outcome not in ("skipped", "xfailed", "xpassed"):
        return "", "", None
    for phase in last:
        if "xfail" in phase:
            reason = str(phase["xfail"])
            called = attempts[-1].troubles and attempts[-1].troubles[0].type.endswith("XFailed")
            frames = (phase.get("x") or {}).get("frames") if called else None
            return (
                reason.removeprefix("reason: "),
                "xfail-call" if called else "xfail",
                frames[-1][:2] if frames else None,
            )
        if "skip" in phase:
            path, line, reason = phase["skip"]
            reason = reason.removeprefix("Skipped: ")
            seen = phase.get("x") or {}
            if reason.startswith("could not import"):
                return reason, "importorskip", [path, line]
            if seen.get("frames"):
                return reason, "call", seen["frames"][-1][:2]
            if "unittest" in seen.get("root", "") or "unittest" in seen.get("type", ""):
                return reason, "unittest", [path, line]
            names = {marker.name for marker in markers}
            if "skipif" in names and "skip" in names:
                said = {repr(reason)} & {
                    value for m in markers if m.name == "skip" for value in (*m.args, *dict(m.kwargs).values())
                }
                return reason, "skip" if said else "skipif", [path, line]
            by = "skipif" if "skipif" in names else "skip" if "skip" in names else "call"
            return reason, by, [path, line]
    return "", "", None


def _closing_line(output: str) -> str:
    """pytest's own last line: `3 failed, 5 passed in 0.12s`."""
    found = _CLOSING.findall(output[-4_000:])
    return str(found[-1]).strip() if found else ""


def _last_error(text: str) -> str:
    """The line that says what went wrong, of a long text."""
    lines = [line for line in text.splitlines() if line.strip()]
    errors = [line[1:].strip() for line in lines if line.startswith("E ") and line[1:].strip()]
    return (errors or lines or [""])[-1][:500]


def _internal_error(output: str) -> str:
    lines = [line for line in output.splitlines() if line.startswith("INTERNALERROR>")]
    return (
        mask(lines[-1].removeprefix("INTERNALERROR>").strip()[:500]) if lines else "pytest reported an internal error"
    )


def _selection(session: Record) -> tuple[str, ...]:
    """What selects a part of the suite, beyond what the configuration itself says (`addopts`)."""
    ini = session.get("ini", {})
    configured = f"{' '.join(ini.get('addopts') or []) if isinstance(ini.get('addopts'), list) else ini.get('addopts', '')} {os.environ.get('PYTEST_ADDOPTS', '')}"
    parts = []
    for option, value in (("-k", session.get("keyword", "")), ("-m", session.get("markexpr", ""))):
        if value and value not in configured:
            parts.append(f"{option} {value}")
    parts.extend(path for path in session.get("paths", ()) if path not in configured)
    parts.extend(f"--deselect={prefix}" for prefix in session.get("deselect", ()) if prefix not in configured)
    if session.get("lf"):
        parts.append("--lf")
    return tuple(parts)
