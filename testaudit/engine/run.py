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
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from testaudit.engine.interface import Listener, RunFiles, RunRequest
from testaudit.engine.log import Tail, outcome_of, read_records, read_running
from testaudit.engine.process import Child
from testaudit.errors import ImpossibleError, Terminated

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from testaudit.model import Outcome

_LOOK_S = 0.1
_PATIENCE_S = 10.0
PROBE = Path(__file__).resolve().parent.parent / "probe"


@dataclass
class _Seen:
    """What the log has told so far, over all processes of the run."""

    ids: list[str] = field(default_factory=list)
    """Of the process that runs now, in its order."""
    here: Counter[str] = field(default_factory=Counter)
    """Tests that ended in the process that runs now."""
    done: Counter[str] = field(default_factory=Counter)
    """Tests that ended in any process, and those that ended one."""
    pids: dict[str, int] = field(default_factory=dict)
    collected: bool = False
    returned: int | None = None
    session: bool = False
    stopped: bool = False

    def name(self, index: int) -> str:
        """The node id of an index, as far as the log told it."""
        return self.ids[index] if 0 <= index < len(self.ids) else ""


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
        self.tail = Tail(self.log)
        self.seen = _Seen()
        self.output = ""
        self.interrupted: int | None = None
        self.shown = ""
        self.culprits: list[str] = []

    def go(self) -> RunFiles:
        """Start, and start again after each crash with what is left."""
        begin = time.monotonic()
        restarts = 0
        gave_up = False
        while True:
            code = self._process(restarts)
            left = (Counter(self.seen.ids) - self.seen.here).total()
            if (
                self.seen.returned is not None
                or self.interrupted
                or self.seen.stopped
                or not self.seen.collected
                or not left
            ):
                break
            culprits = self._culprits()
            self.culprits.extend(culprits)
            self._bury(culprits)
            if left == len(culprits):
                break
            if restarts >= self.request.max_restarts or not self.seen.here:
                gave_up = True
                break
            restarts += 1
            self._prepare_restart(culprits, left - len(culprits))
        self.tail.close()
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
            duration_s=time.monotonic() - begin,
        )

    def _junit(self, number: int) -> Path:
        return self.folder / f"junit-{number}.xml"

    def _process(self, number: int) -> int:
        """One process from its start to its end; its return code as `subprocess` gives it."""
        own = [
            "-ptestaudit_probe.plugin",
            f"--testaudit-dir={self.folder}",
            f"--testaudit-junit={self._junit(number)}",
            "--continue-on-collection-errors",
        ]
        if self.request.workers:
            own.append(f"-n{self.request.workers}")
        if number:
            own.append(f"-ocache_dir={self.folder / 'cache'}")
        config = self.folder / "start.json"
        config.write_text(
            json.dumps(
                {"dir": str(self.folder), "launch": self.request.launch, "own": own, "args": list(self.request.args)}
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
                self._look()
                self._stop_overdue(child)
        except KeyboardInterrupt as exc:
            self.interrupted = signal.SIGTERM if isinstance(exc, Terminated) else signal.SIGINT
            self.listener.note("interrupted: ending the tests, keeping what was seen")
            self._append({"t": "killed", "node": "", "why": "interrupt"})
            with contextlib.suppress(KeyboardInterrupt):
                child.stop(_PATIENCE_S)
        finally:
            child.end()
            self.output += child.output()
        self._look()
        return child.returncode or 0

    def _look(self) -> None:
        """Read what is new in the log, and tell the listener."""
        while lines := self.tail.new_lines():
            for line in lines:
                self._line(line)
        for running in read_running(self.folder):
            if running.busy and (name := self.seen.name(running.index)):
                if name != self.shown:
                    self.shown = name
                    self.listener.started(name)
                break

    def _line(self, line: bytes) -> None:
        if line.startswith(b'{"t":"r","i":') and b',"d":[' in line[:60]:
            # The common case, a passed test, without a JSON parser: 60,000 of them pass here.
            self._done(self.seen.name(int(line[13 : line.index(b",", 13)])), "passed")
            return
        for record in read_records([line]):
            self._record(record)

    def _record(self, record: dict[str, object]) -> None:
        match record:
            case {"t": "r", "i": int(index), "node": str(node), "a": list(attempts)}:
                self._done(self.seen.name(index) or node, outcome_of(attempts[-1]) if attempts else "passed")
            case {"t": "items", "at": int(at), "items": list(items)}:
                if not self.seen.collected:
                    self.seen.ids[at:] = [row[0] for row in items]
            case {"t": "collected", "n": int(count)}:
                if not self.seen.done:
                    self.listener.collected(count)
                self.seen.collected = True
            case {"t": "session", "worker": str(worker), "pid": int(pid)}:
                self.seen.session = True
                self.seen.pids[worker] = pid
            case {"t": "crash", "node": str(node), "worker": str(worker)}:
                self._done(node, "crashed")
                if worker:
                    self.listener.note(f"a worker died in {node}")
                (self.folder / f"running-{worker}").unlink(missing_ok=True)
            case {"t": "returned", "status": int(status)}:
                self.seen.returned = status
            case {"t": "stop"}:
                self.seen.stopped = True
            case _:
                pass

    def _done(self, node: str, outcome: Outcome) -> None:
        self.seen.done[node] += 1
        self.seen.here[node] += 1
        self.listener.finished(outcome)

    def _append(self, record: dict[str, object]) -> None:
        """Add the engine's own word to the log; the probe writes whole lines, so this stands on one of its own."""
        # Without the folder (a test deleted it) the word is lost, the record of the tests is not.
        with contextlib.suppress(FileNotFoundError), self.log.open("a", encoding="ascii") as stream:
            stream.write("\n" + json.dumps(record) + "\n")

    def _stop_overdue(self, child: Child) -> None:
        """End the process whose test runs longer than it may."""
        now = time.monotonic()
        for running in read_running(self.folder):
            if not running.busy or now - running.since <= self.request.timeout_s:
                continue
            name = self.seen.name(running.index)
            self.listener.note(f"time-out after {self.request.timeout_s:g} s: {name}")
            self._append({"t": "killed", "node": name, "why": "timeout", "worker": running.worker})
            pid = self.seen.pids.get(running.worker)
            if running.worker and pid is not None:
                # xdist starts another worker in its place and reports the test as crashed.
                (self.folder / f"running-{running.worker}").unlink(missing_ok=True)
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            else:
                # SIGABRT lets faulthandler print where every thread stands.
                child.send(signal.SIGABRT, group=False)
                child.wait(2)
                child.end()

    def _culprits(self) -> list[str]:
        """The tests that were running when the process died."""
        names = (self.seen.name(running.index) for running in read_running(self.folder) if running.busy)
        return [name for name in names if name]

    def _bury(self, culprits: list[str]) -> None:
        """Tests that took their process with them: they have an outcome, and are not run again."""
        for name in culprits:
            self._append({"t": "crash", "node": name, "worker": ""})
        self._look()

    def _prepare_restart(self, culprits: list[str], left: int) -> None:
        """Write what is not to run again, and forget the process that died."""
        self._append({"t": "restart"})
        died = f"pytest died in {culprits[0]}" if culprits else "pytest died"
        self.listener.note(f"{died}; going on with the {left} tests that are left")
        names = "\0".join(self.seen.done.elements())
        (self.folder / "skip").write_text(names, encoding="utf-8", errors="surrogateescape")
        for path in self.folder.glob("running-*"):
            path.unlink(missing_ok=True)
        (self.folder / "items.lock").unlink(missing_ok=True)
        self.seen.ids = []
        self.seen.here.clear()
        self.seen.collected = False
