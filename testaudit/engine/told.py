"""What the log has told so far, while the run goes on: which tests there are, which ended, what runs now."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from testaudit.engine.further import quiet_args
from testaudit.engine.log import Tail, outcome_of, read_records, read_running
from testaudit.engine.stopwatch import Stopwatch

if TYPE_CHECKING:
    from pathlib import Path

    from testaudit.engine.interface import Listener
    from testaudit.engine.log import Running
    from testaudit.model import Outcome


class Told:
    """The state of a run over all its processes, and of the process that runs now."""

    def __init__(self, folder: Path, listener: Listener) -> None:
        self._folder = folder
        self._listener = listener
        self._tail = Tail(folder / "log.jsonl")
        self._shown = ""
        self._announced = False
        self.done: Counter[str] = Counter()
        """Tests that ended in any process, those that ended one, and modules that did."""
        self.late: set[str] = set()
        """Tests and modules that were ended because their time was up."""
        self.session = False
        """pytest came as far as our plugin."""
        self.stopped = False
        """pytest could not be started at all."""
        self.mute = ""
        """The test with which the probe lost its log (a full disk)."""
        self.maxfail = 0
        self.quiet_args: tuple[str, ...] = ()
        """With which another process of this run writes none of the user's files."""
        self.forget_process()

    def forget_process(self) -> None:
        """Another process begins."""
        self.ids: list[str] = []
        """Its tests, in its order."""
        self.here: Counter[str] = Counter()
        """What ended in it."""
        self.pids: dict[str, int] = {}
        self.modules: dict[str, str] = {}
        """Worker -> the module that it collects, or collected last."""
        self.broke: dict[str, tuple[str, str]] = {}
        """Worker -> what ended its session early (`exit`, on purpose; `key`; `internal`), and the exception."""
        self.dead_workers = 0
        self.collected = False
        self.returned: int | None = None
        self.processes: list[Running] = []
        self.watch = Stopwatch()

    def doing(self, running: Running) -> str:
        """The node id of the test that runs, or of the module that is collected, as far as the log told it."""
        if running.collects:
            return self.modules.get(running.worker, "")
        return self.ids[running.index] if 0 <= running.index < len(self.ids) else ""

    def look(self) -> None:
        """Read what is new in the log, and tell the listener."""
        news = False
        while lines := self._tail.new_lines():
            news = True
            for line in lines:
                self._line(line)
        self.watch.look(self.read_processes(), news=news)
        for running in self.processes:
            if running.busy and not running.collects and (name := self.doing(running)):
                if name != self._shown:
                    self._shown = name
                    self._listener.started(name)
                break

    def at_work(self) -> list[Running]:
        """The processes that run a test or collect a module, and whose session goes on."""
        if self.returned is not None:
            return []
        return [running for running in self.processes if running.busy and running.worker not in self.broke]

    def read_processes(self) -> list[Running]:
        """What each process does at this moment."""
        self.processes = list(read_running(self._folder))
        for running in self.processes:
            if running.mute and not self.mute:
                self.mute = self.doing(running) or "the first test"
        return self.processes

    def close(self) -> None:
        """The log is complete."""
        self._tail.close()

    def _line(self, line: bytes) -> None:
        if line.startswith(b'{"t":"r","i":') and b',"d":[' in line[:60]:
            # The common case, a passed test, without a JSON parser: 60,000 of them pass here.
            index = int(line[13 : line.index(b",", 13)])
            self._done(self.ids[index] if 0 <= index < len(self.ids) else "", "passed")
            return
        for record in read_records([line]):
            self._record(record)

    def _record(self, record: dict[str, object]) -> None:
        match record:
            case {"t": "r", "i": int(index), "node": str(node), "a": list(attempts)}:
                known = self.ids[index] if 0 <= index < len(self.ids) else node
                self._done(known, outcome_of(attempts[-1]) if attempts else "passed")
            case {"t": "items", "at": int(at), "items": list(items)}:
                if not self.collected:
                    self.ids[at:] = [row[0] for row in items]
            case {"t": "collected", "n": int(count)}:
                self._announce(count)
            case {"t": "m", "node": str(node), "w": str(worker)}:
                self.modules[worker] = node
            case {"t": "session", "worker": str(worker), "pid": int(pid), **settings}:
                self.session = True
                self.pids[worker] = pid
                if worker in {"", "controller"}:
                    self.quiet_args = quiet_args(settings)
                self.maxfail = max(self.maxfail, int(str(settings.get("maxfail") or 0)))
            case _:
                self._end(record)

    def _end(self, record: dict[str, object]) -> None:
        """A record of something that ended, or was ended."""
        match record:
            case {"t": "broke", "w": str(worker), "why": str(why), "text": str(text)}:
                self.broke[worker] = (why, text)
            case {"t": "crash", "node": str(node), "worker": str(worker)}:
                self._crashed(node, worker)
            case {"t": "killed", "node": str(node), "why": "timeout"}:
                self.late.add(node)
            case {"t": "returned", "status": int(status)}:
                self.returned = status
            case {"t": "stop"}:
                self.stopped = True
            case _:
                pass

    def _announce(self, count: int) -> None:
        self.collected = True
        if not self._announced:
            self._announced = True
            # Modules that ended an earlier process count as one test each.
            self._listener.collected(count + self.done.total())

    def _crashed(self, node: str, worker: str) -> None:
        if node:
            self._done(node, "timed-out" if node in self.late else "crashed")
        if worker:
            self.dead_workers += 1
            self._listener.note(f"a worker died in {node}" if node else "a worker died between two tests")
            (self._folder / f"running-{worker}").unlink(missing_ok=True)

    def _done(self, node: str, outcome: Outcome) -> None:
        self.done[node] += 1
        self.here[node] += 1
        self._listener.finished(outcome)
