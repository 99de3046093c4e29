"""Run a suite in its own interpreter: start it, watch it, go on after a crash or a hang, leave nothing behind."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from testaudit.engine.dying_words import dying_words
from testaudit.engine.interface import Listener, RunFiles, RunRequest
from testaudit.engine.process import Child
from testaudit.engine.reaper import kill_tree
from testaudit.engine.told import Told
from testaudit.errors import ImpossibleError, Terminated

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from testaudit.engine.log import Running

_LOOK_S = 0.1
_PATIENCE_S = 10.0
_FAREWELL_S = 30.0
"""What the interpreter may take for its exit when pytest has ended."""
_INTERNAL_ERROR = 3
PROBE = Path(__file__).resolve().parent.parent / "probe"


@contextlib.contextmanager
def running(
    request: RunRequest, listener: Listener, meanwhile: Callable[[], None] = lambda: None
) -> Iterator[RunFiles]:
    """Run the suite; the files live as long as the `with` block.

    Args:
        request: what to run.
        listener: who is told what happens.
        meanwhile: called once the first process runs, so that work beside it does not delay its start.

    Raises:
        ImpossibleError: the interpreter could not be started, or there is no room for the log.

    """
    try:
        folder = Path(tempfile.mkdtemp(prefix="testaudit-"))
    except OSError as exc:
        raise ImpossibleError(
            f"No temporary folder for the run could be made: {exc}",
            "Free some space, or set TMPDIR to a folder that can be written.",
        ) from exc
    try:
        shutil.copytree(PROBE, folder / "testaudit_probe", ignore=shutil.ignore_patterns("__pycache__"))
        if request.chosen is not None:
            chosen = {"narrow": request.chosen.narrow, "node_ids": request.chosen.node_ids}
            (folder / "chosen").write_text(json.dumps(chosen), encoding="ascii")
        if request.deep is not None:
            asked = {"root": os.path.realpath(request.root), "packages": sorted(request.deep.packages)}
            (folder / "deep").write_text(json.dumps({**asked, "suite": request.deep.suite}), encoding="ascii")
        yield _Run(request, listener, folder, meanwhile).go()
    except OSError as exc:
        raise ImpossibleError(
            f"The run could not be started: {exc}", "Check the interpreter (--python) and the free space."
        ) from exc
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class _Run:
    """The processes of one run, one after the other."""

    def __init__(self, request: RunRequest, listener: Listener, folder: Path, meanwhile: Callable[[], None]) -> None:
        self.meanwhile = meanwhile
        self.request = request
        self.listener = listener
        self.folder = folder
        self.log = folder / "log.jsonl"
        self.seen = Told(folder, listener)
        self.output = ""
        self.said = ""
        self.interrupted: int | None = None
        self.culprits: list[str] = []
        self.overdue: list[str] = []
        self.aborted = False
        self.stalled = ""
        self.lingered = False
        self.serial = False
        self.begin = time.monotonic()
        self.over_budget = False

    def go(self) -> RunFiles:
        """Start, and start again after each crash with what is left."""
        restarts = 0
        gave_up = False
        while True:
            code = self._process(restarts)
            if self.interrupted or self.over_budget or not self._died():
                break
            culprits = self._culprits()
            self._bury(culprits, code)
            left = (Counter(self.seen.ids) - self.seen.here).total()
            if not left and self.seen.collected:
                break
            if restarts >= self.request.max_restarts or not (self.seen.here or self.serial):
                gave_up = self.seen.returned is None or restarts > 0
                break
            try:
                self._prepare_restart(culprits, left)
            except OSError as exc:
                self.listener.note(f"the run cannot go on: {exc}")
                gave_up = True
                break
            restarts += 1
        self.seen.close()
        return RunFiles(
            folder=self.folder,
            log=self.log,
            junit=self._junit(restarts) if self._junit(restarts).is_file() else None,
            output=self.output,
            exit_status=self.seen.returned,
            signal=-code if code < 0 else None,
            restarts=restarts,
            culprits=tuple(self.culprits),
            gave_up=gave_up,
            interrupted=self.interrupted,
            duration_s=time.monotonic() - self.begin,
            over_budget=self.over_budget,
            stalled=self.stalled,
            lingered=self.lingered,
            mute=self.seen.mute,
        )

    def _junit(self, number: int) -> Path:
        return self.folder / f"junit-{number}.xml"

    def _process(self, number: int) -> int:
        """One process from its start to its end; its return code as `subprocess` gives it."""
        own = ["-ptestaudit_probe.plugin", f"--testaudit-dir={self.folder}", "--continue-on-collection-errors"]
        last: list[str] = []
        if self.request.workers:
            own.append(f"-n{self.request.workers}")
        if self.request.chosen is None:
            own.append(f"--testaudit-junit={self._junit(number)}")
            own += ["--testaudit-leaks"] * self.request.leaks + ["--testaudit-deep"] * (self.request.deep is not None)
            further = self.seen.quiet_args if number else ()
        else:
            further = self.request.chosen.args
        last.extend(arg.replace("{folder}", str(self.folder)) for arg in further)
        if self.serial:
            last.append("-n0")
        config = self.folder / "start.json"
        config.write_text(
            json.dumps(
                {
                    "dir": str(self.folder),
                    "launch": self.request.launch,
                    "own": own,
                    "args": list(self.request.args),
                    "last": last,
                }
            ),
            encoding="utf-8",
        )
        child = Child(
            [self.request.executable, str(self.folder / "testaudit_probe" / "start.py"), str(config)], self.request.root
        )
        try:
            if not number:
                self.meanwhile()
            while not child.wait(_LOOK_S):
                self.seen.look()
                self._stop_overdue(child)
                self._stop_still(child)
                if self._is_over_budget():
                    self.over_budget = True
                    child.stop(1.0)
                elif self.seen.mute:
                    self.listener.note(
                        f"the log cannot be written any more, from {self.seen.mute} on: the run is ended"
                    )
                    child.stop(_PATIENCE_S)
        except KeyboardInterrupt as exc:
            self.interrupted = signal.SIGTERM if isinstance(exc, Terminated) else signal.SIGINT
            self.listener.note("interrupted: ending the tests, keeping what was seen")
            self._append({"t": "killed", "node": "", "why": "interrupt"})
            with contextlib.suppress(KeyboardInterrupt):
                child.stop(_PATIENCE_S)
        finally:
            child.end()
            self.said = child.output()
            self.output += self.said
        self.seen.look()
        return child.returncode or 0

    def _append(self, record: Mapping[str, object]) -> None:
        """Add the engine's own word to the log; the probe writes whole lines, so this stands on one of its own."""
        # Without the folder (a test deleted it) or without room the word is lost, the record of the tests is not.
        with contextlib.suppress(OSError), self.log.open("a", encoding="ascii") as stream:
            stream.write("\n" + json.dumps(record) + "\n")

    def _stop_overdue(self, child: Child) -> None:
        """End the process whose test, or whose import of a module, takes longer than it may."""
        for running in self.seen.at_work():
            limit_s = self._limit_s if running.collects else self.request.timeout_s
            if self.seen.watch.seconds(running) <= limit_s:
                continue
            name = self.seen.doing(running)
            self.listener.note(f"time-out after {limit_s:g} s: {name}")
            self._append({"t": "killed", "node": name, "why": "timeout", "worker": running.worker})
            self.overdue.append(name)
            pid = self.seen.pids.get(running.worker)
            if running.worker and pid is not None and not running.collects:
                # xdist starts another worker in its place and reports the test as crashed. A forked child that holds
                # the worker's end of the line would keep xdist from seeing it.
                (self.folder / f"running-{running.worker}").unlink(missing_ok=True)
                kill_tree(pid)
            else:
                self.aborted = True
                _abort(child)
                return

    def _stop_still(self, child: Child) -> None:
        """End a process in which nothing happens while no test runs: before the first, between two, after the last."""
        if self.seen.at_work():
            return
        ended = self.seen.returned is not None
        if self.seen.watch.still_s <= (min(self._limit_s, _FAREWELL_S) if ended else self._limit_s):
            return
        if ended:
            self.lingered = True
            self.listener.note("pytest has ended, its process has not (a thread still runs): it is ended now")
            child.end()
            return
        self.stalled = (
            "while pytest was starting (a plugin, or a conftest.py)"
            if not self.seen.session
            else "while the tests were collected"
            if not self.seen.collected
            else "between two tests"
            if self.seen.ids and not self.seen.here >= Counter(self.seen.ids)
            else "after the last test"
        )
        self.listener.note(f"nothing happened for {self._limit_s:g} s {self.stalled}: pytest is ended")
        self._append({"t": "killed", "node": "", "why": "stalled"})
        _abort(child)

    @property
    def _limit_s(self) -> float:
        """Seconds without any progress, outside of tests."""
        return max(self.request.timeout_s, self.request.idle_s)

    def _is_over_budget(self) -> bool:
        chosen = self.request.chosen
        return chosen is not None and time.monotonic() - self.begin > chosen.budget_s

    def _died(self) -> bool:
        """Whether the process ended before its work was done, and going on may help."""
        seen = self.seen
        if seen.stopped or seen.mute or any(why == "exit" for why, _ in seen.broke.values()):
            return False
        if seen.returned is None or seen.returned == _INTERNAL_ERROR or seen.broke:
            return seen.collected or bool(self._busy())
        # xdist gives up after some dead workers; with -x that is what was asked for.
        return not seen.maxfail and (seen.dead_workers > 0 or (not seen.collected and bool(self._busy())))

    def _busy(self) -> list[Running]:
        return [running for running in self.seen.read_processes() if running.busy]

    def _culprits(self) -> list[str]:
        """What was running when the process died: a test, or the import of a module."""
        busy = self._busy()
        late = [name for name in self.overdue if name and not self.seen.here[name]]
        if late or self.aborted:
            # We ended it, so whatever else ran then is innocent.
            return late
        broke = [running for running in busy if running.worker in self.seen.broke]
        names = list(dict.fromkeys(filter(None, map(self.seen.doing, broke or busy))))
        clean = self.seen.returned not in {None, _INTERNAL_ERROR}
        if any(self.seen.pids) and not self.serial and len(names) != 1 and not clean:
            # Workers and their controller ended together: who was it? One test at a time will tell.
            self.serial = True
            return []
        return names

    def _bury(self, culprits: list[str], code: int) -> None:
        """Tests and modules that took their process with them have an outcome, and do not run again."""
        self.culprits.extend(culprits)
        why, raised = next(iter(self.seen.broke.values()), ("", ""))
        parallel = any(self.seen.pids)  # then the status and the last words are those of xdist's controller
        how = raised if why else "its worker died" if parallel and code >= 0 else _how(code)
        for name in culprits:
            crash: dict[str, object] = {"t": "crash", "node": name, "worker": "", "how": how}
            if not why and not parallel:
                crash["text"], crash["frames"] = dying_words(self.said)
            if not self.seen.collected:
                crash |= {"at": "collect", "raised": raised}
            self._append(crash)
        self.seen.look()

    def _prepare_restart(self, culprits: list[str], left: int) -> None:
        """Write what is not to run again, and forget the process that died."""
        self._append({"t": "restart"})
        died = f"pytest died in {culprits[0]}" if culprits else "pytest died"
        rest = f"the {left} tests that are left" if self.seen.collected else "the other modules"
        self.listener.note(f"{died}; going on with {rest}")
        (self.folder / "skip").write_text(json.dumps(list(self.seen.done.elements())), encoding="ascii")
        for path in self.folder.glob("running-*"):
            path.unlink(missing_ok=True)
        (self.folder / "items.lock").unlink(missing_ok=True)
        self.overdue.clear()
        self.aborted = False
        self.stalled = ""
        self.seen.forget_process()


def _how(code: int) -> str:
    """How a process ended, in a few words."""
    if code >= 0:
        return f"exit status {code}"
    try:
        return f"signal {signal.Signals(-code).name}"
    except ValueError:
        return f"signal {-code}"


def _abort(child: Child) -> None:
    """End a process that hangs; SIGABRT lets faulthandler print where every thread stands."""
    child.send(signal.SIGABRT, group=False)
    child.wait(2)
    child.end()
