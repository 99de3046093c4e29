"""A temporary folder, a thread or a process that a test makes and nobody ends.

`mkdtemp()` and `NamedTemporaryFile(delete=False)` leave it to their caller to remove what they made: on a machine that
runs the suite often the disk fills up. A process or thread that is started and never awaited goes on while later tests
run: it holds ports and files, writes to a closed log, and fails where nobody looks.

Use `tmp_path`, or `TemporaryDirectory` in a `with` block. Wait for what was started (`join()`, `wait()`), or end it
(`terminate()`), in a fixture after `yield`, a finalizer or `finally`. Daemon threads, and what is handed on to somebody
who may end it, are left alone.

The guide's anti-pattern 4, "Missing test cleanup".
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from testaudit.rules.interface import Code, Hit, Rule, Settings, Sighting, qualified, with_evidence
from testaudit.source.index import chain, terminal
from testaudit.source.leftovers import names_of, said, shown, suspects_of, unsuspected
from testaudit.source.restores import Change, State, left_changed, outlives
from testaudit.source.vocabulary import marks_of
from testaudit.source.wording import word_set

if TYPE_CHECKING:
    from collections.abc import Iterator

    from testaudit.model import Finding, Leak, Run
    from testaudit.rules.interface import RunEvidence
    from testaudit.source.index import Function, Statement
    from testaudit.source.interface import SourceFile, Sources


@dataclass(frozen=True, slots=True, eq=False)
class _Kind:
    what: str
    ends: frozenset[str]
    """Last names of the calls that end it."""
    state: State
    sure: bool = True
    """A thread may end by itself."""
    has_owner: bool = True
    """Who is handed it may end it; a path is only read."""


_REMOVES = word_set("rmtree rmdir removedirs remove unlink remove_tree cleanup removed rm")
_ENDS = word_set(
    "join wait terminate kill communicate stop shutdown close poll cancel killpg send_signal wait_for quit exit"
)
_FOLDER = _Kind(
    "a temporary folder (mkdtemp)",
    _REMOVES,
    State(re.compile(r"rmtree|rmdir|removedirs|remove|cleanup|delete"), re.compile(r"clean|remove|purge")),
    has_owner=False,
)
_FILE = _Kind(
    "a temporary file",
    _REMOVES,
    State(re.compile(r"rmtree|unlink|remove|cleanup|delete(?!=False)"), re.compile(r"clean|remove|purge")),
    has_owner=False,
)
_PROCESS = _Kind(
    "a process",
    _ENDS,
    State(re.compile(r"terminate|kill|wait|communicate|join|stop|shutdown"), re.compile(r"kill|reap|stop")),
)
_THREAD = _Kind(
    "a thread",
    _ENDS,
    State(re.compile(r"join|stop|shutdown|close|wait|set\("), re.compile(r"thread|join|stop")),
    sure=False,
)
_CALLED = {"thread": "a thread", "process": "a process", "descriptor": "something open", "file": "a temporary file"}
_TEMPORARY = re.compile(r"(?:^|/)tmp[a-z0-9_]{8}(?:\.\w+)?$")
"""What `tempfile` calls what it makes; what lies in such a folder may belong to a wider fixture."""
_MAKERS = {
    "tempfile.mkdtemp": _FOLDER,
    "tempfile.mkstemp": _FILE,
    "tempfile.NamedTemporaryFile": _FILE,
    "subprocess.Popen": _PROCESS,
    "multiprocessing.Process": _PROCESS,
    "threading.Thread": _THREAD,
}


def find(file: SourceFile, sources: Sources, _settings: Settings) -> Iterator[Hit]:
    """Temporary folders and files, processes and threads that a test, fixture or set-up makes and nothing ends."""
    for call, statement in file.calls(*{name.rpartition(".")[2] for name in _MAKERS}):
        function = statement.function
        kind = _MAKERS.get(file.dotted(call.func, function))
        if kind is None or not _lasts(call, statement, kind) or not outlives(function, sources):
            continue
        if _is_faked(call, function, sources) or (kind.has_owner and _is_handed_on(call, statement)):
            continue
        made = Change(call, statement, kind.what, kind.what)
        ends = [Change(end, where, kind.what, kind.what) for end, where in function.calls if terminal(end) in kind.ends]
        if made in left_changed([made, *ends], kind.state, sources):
            yield Hit(
                call.lineno,
                statement.end_line,
                qualified(function, sources),
                f"Makes {kind.what}, and nothing ends it.",
                (f"no {', '.join(sorted(kind.ends)[:4])} here, in a finalizer, a teardown or a fixture",),
                None if kind.sure else "medium",
            )


def _lasts(call: ast.Call, statement: Statement, kind: _Kind) -> bool:
    """Whether it needs somebody to end it."""
    words = {word.arg: word.value for word in call.keywords}
    if kind is _FILE and terminal(call) == "NamedTemporaryFile":
        delete = words.get("delete")
        return isinstance(delete, ast.Constant) and delete.value is False
    if kind in {_FOLDER, _FILE}:
        return "dir" not in words and not call.args[2:]
    if _is_context(call, statement):
        return False
    if terminal(call) == "Popen":
        return True
    daemon = words.get("daemon")
    return not (isinstance(daemon, ast.Constant) and daemon.value) and _is_started(call, statement)


def _is_context(call: ast.Call, statement: Statement) -> bool:
    node = statement.node
    return isinstance(node, ast.With | ast.AsyncWith) and any(item.context_expr is call for item in node.items)


def _is_started(call: ast.Call, statement: Statement) -> bool:
    function = statement.function
    names = [chain(target) for target in getattr(statement.node, "targets", [])]
    started = [
        other.func.value
        for other, _ in function.calls
        if terminal(other) == "start" and isinstance(other.func, ast.Attribute)
    ]
    if any(isinstance(target, ast.Attribute) and target.attr == "daemon" for target, _ in function.writes):
        return False
    return any(value is call or (chain(value) and chain(value) in names) for value in started)


def _is_faked(call: ast.Call, function: Function, sources: Sources) -> bool:
    """A double stands in for what is called, or for the whole file system."""
    name = terminal(call)
    texts = [text.value for text, _ in function.strings]
    texts += [
        node.value for mark in marks_of(function, sources) for node in ast.walk(mark) if isinstance(node, ast.Constant)
    ]
    return "fs" in function.parameters or any(isinstance(text, str) and text.endswith(name) for text in texts)


def _is_handed_on(call: ast.Call, statement: Statement) -> bool:
    """Somebody else gets it, and may end it: another call, or an attribute of an object that is not the test's."""
    node = statement.node
    if isinstance(node, ast.Expr) and node.value is not call and terminal(node.value) != "start":
        return True
    names = {name for target in getattr(node, "targets", []) for name in [".".join(chain(target))] if name}
    return any(
        ".".join(chain(argument)) in names
        for other, _ in statement.function.calls
        if other is not call
        for argument in (*other.args, *(word.value for word in other.keywords))
        if chain(argument)
    )


def weigh(finding: Finding, evidence: RunEvidence) -> Finding | None:
    """Proved by what is still there, or still runs; dropped when its tests passed and nothing is left."""
    kind = next((kind for kind in (_FOLDER, _FILE, _PROCESS, _THREAD) if kind.what in finding.message), None)
    seen = () if kind is None else ("process",) if kind is _PROCESS else ("thread",) if kind is _THREAD else ("file",)
    leaks = shown(
        evidence.run, evidence.tests, finding.function, lambda leak: leak.kind != "file" or _is_temporary(leak), *seen
    )
    if leaks is None:
        return finding
    return with_evidence(finding, "runtime", f"left in this run: {said(leaks)}", "high") if leaks else None


def observe(run: Run, sources: Sources, settings: Settings) -> Iterator[Sighting]:
    """Threads, processes, descriptors and temporary files that are left when a test and its fixtures have ended."""
    suspects = suspects_of(find, sources, settings)
    for left in unsuspected(run, sources, _counts, suspects, "thread", "process", "descriptor", "file"):
        kinds = " and ".join(dict.fromkeys(_CALLED.get(leak.kind, leak.kind) for leak in left.leaks))
        yield Sighting(
            left.path,
            left.line,
            "",
            f"Leaves {kinds} when it has ended: {names_of(left.leaks)[:120]}.",
            (f"left in this run: {said(left.leaks)}",),
            left.node_ids,
            # What is open or running may be kept for good by the library, or be waiting to be collected as garbage.
            confidence=None if any(leak.kind == "file" for leak in left.leaks) else "medium",
        )
    yield from _warned(run, sources)


def _warned(run: Run, sources: Sources) -> Iterator[Sighting]:
    """What Python itself says when it collects what nobody closed."""
    tests = {test.node_id: test for test in run.tests}
    for warning in run.warnings:
        test = tests.get(warning.node_id) if warning.node_id is not None else None
        if warning.category.rpartition(".")[2] != "ResourceWarning" or test is None or test.line < 1:
            continue
        if sources.is_suite_file(test.path):
            yield Sighting(
                test.path,
                test.line,
                "",
                "Something was collected as garbage that nobody had closed.",
                (f"ResourceWarning while it ran: {warning.message[:160]}",),
                (test.node_id,),
                # It may be a test before it that left the garbage.
                confidence="medium",
            )


def _counts(leak: Leak) -> bool:
    """Threads that pools keep, and daemons, end with the process."""
    if leak.kind == "file":
        return _is_temporary(leak)
    return leak.kind != "thread" or not leak.after.startswith("daemon")


def _is_temporary(leak: Leak) -> bool:
    return not leak.before and _TEMPORARY.search(leak.what) is not None


RULE = Rule(
    code="TA406",
    slug="resource-left-open",
    antipattern="missing-cleanup",
    severity="warning",
    confidence=(("static", "high"), ("runtime", "high")),
    remedy="Use tmp_path or a with block; join, wait for or terminate what was started, after yield or in a finalizer.",
    find=find,
    weigh=weigh,
    observe=observe,
    bad=(
        Code("""
import subprocess
import tempfile
import threading

def test_folder():
    folder = tempfile.mkdtemp()  # <-
    assert build() == folder

def test_server():
    process = subprocess.Popen(["shop", "serve"])  # <-
    assert ask() == "ok"
"""),
        Code("""
import pytest
import tempfile
from multiprocessing import Process
from threading import Thread

@pytest.fixture
def report():
    return tempfile.NamedTemporaryFile(delete=False)  # <-

def test_report(report):
    Thread(target=write_report).start()  # <-
    worker = Process(target=write_report)  # <-
    worker.start()
    assert report.read()
"""),
    ),
    good=(
        Code("""
import os
import shutil
import subprocess
import tempfile
import threading
from multiprocessing import Process

def test_folders(tmp_path):
    with tempfile.TemporaryDirectory() as folder:
        assert build(folder)
    assert tempfile.mkdtemp(dir=tmp_path)
    other = tempfile.mkdtemp()
    assert build(other)
    shutil.rmtree(other)

def test_file():
    with tempfile.NamedTemporaryFile(delete=False) as file:
        file.write(b"order")
    assert read(file.name)
    os.unlink(file.name)

def test_processes():
    with subprocess.Popen(["shop", "serve"]):
        assert ask() == "ok"
    worker = Process(target=write)
    worker.start()
    worker.join()

def test_threads():
    threading.Thread(target=write, daemon=True).start()
    first = threading.Thread(target=write)
    first.daemon = True
    first.start()
    never_started = threading.Thread(target=write)
    assert not never_started.is_alive()
"""),
        Code("""
import shutil
import subprocess
import tempfile
import pytest
from unittest import TestCase

class TestBuild(TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.other = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.other)

    def tearDown(self):
        shutil.rmtree(self.folder)

@pytest.fixture
def server():
    process = subprocess.Popen(["shop", "serve"])
    yield process
    process.terminate()

@pytest.fixture
def folder(request):
    made = tempfile.mkdtemp()
    request.addfinalizer(lambda: shutil.rmtree(made))
    return made

@pytest.fixture(scope="session")
def cache():
    return tempfile.mkdtemp()
"""),
        Code(
            """
import subprocess
import tempfile
import threading
from unittest.mock import patch
from tests.helpers import ends

@patch("subprocess.Popen")
def test_call(popen):
    subprocess.Popen(["shop"])
    assert popen.called

def test_owner(pool):
    pool.add(threading.Thread(target=write))
    process = subprocess.Popen(["shop"])
    pool.take(process)
    assert pool.closed

def test_fake_file_system(fs):
    assert build(tempfile.mkdtemp())

def test_helper():
    folder = tempfile.mkdtemp()
    assert build(folder)
    ends(folder)
""",
            beside=(("tests/helpers.py", "import shutil\n\ndef ends(folder):\n    shutil.rmtree(folder)\n"),),
        ),
    ),
)
