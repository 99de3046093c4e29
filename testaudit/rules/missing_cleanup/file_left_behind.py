"""A file that a test writes outside the folders for temporary files, and does not remove.

The next test finds it, and so does the next run: what passes on a fresh machine fails on the second start, two runs at
a time write over each other, and the working copy shows files that nobody knows.

Write below `tmp_path`: each test has its own, and pytest removes the old ones. Where a certain path must be written,
remove the file in `finally`, in a finalizer or after `yield`.

The guide's pitfall 4, "Missing test cleanup", in its chapter on common pitfalls.
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from testaudit.rules.interface import Code, Hit, Rule, Settings, Sighting, qualified, with_evidence
from testaudit.source.fixtures import fixture_closure
from testaudit.source.index import chain, terminal
from testaudit.source.leftovers import shown, suspects_of, unsuspected
from testaudit.source.project import enclosing_class
from testaudit.source.restores import Change, State, left_changed, outlives
from testaudit.source.vocabulary import marks_of
from testaudit.source.wording import word_set

if TYPE_CHECKING:
    from collections.abc import Iterator

    from testaudit.model import Finding, Leak, Run
    from testaudit.rules.interface import RunEvidence
    from testaudit.source.index import Function, Statement
    from testaudit.source.interface import SourceFile, Sources

_METHODS = word_set("write_text write_bytes touch mkdir open")
_MAKERS = {"os.mkdir", "os.makedirs"}
_OPENS = frozenset({"open", "io.open", "codecs.open", "builtins.open", "gzip.open", "bz2.open", "lzma.open"})
_PATHS = frozenset({"pathlib.Path", "pathlib.PosixPath", "anyio.Path", "trio.Path"})
_REMOVES = word_set("remove unlink rmtree rmdir removedirs cleanup move rename replace")
_STATE = State(
    re.compile(r"\bremove|unlink|rmtree|rmdir|cleanup|clean_up|delete"), re.compile(r"clean|remove|purge|fs$")
)
_ELSEWHERE = re.compile(r"chdir|cwd|isolat|in_tmp|in_temp|working_dir|pushd|testdir|pytester|tmp_?work|sandbox")
"""Something takes the test to another folder: a relative path lies there."""
_OUTPUT = re.compile(r"result|artifact|artefact|screenshot|output|coverage|log")
"""A folder that is made for what the run is to leave there."""
_TEMPORARY = re.compile(r"(?:^|/)tmp[a-z0-9_]{8}(?:[/.]|$)")
"""What `tempfile` calls what it makes."""
_GOES_AT_EXIT = re.compile(r"(?:^|/)pymp-[a-z0-9_]{8}(?:/|$)")
"""`multiprocessing` (and its likes) removes its folder when the process ends."""
_HARMLESS = ("/dev/", "/proc/", "/sys/")


def find(file: SourceFile, sources: Sources, _settings: Settings) -> Iterator[Hit]:
    """Writes to literal paths in tests, fixtures and set-ups that nothing removes."""
    written: dict[Function, list[Change]] = {}
    for call, statement in file.calls("open", *sorted(_METHODS - {"open"}), "makedirs"):
        path = _written(call, statement.function, file)
        if path and not path.startswith(_HARMLESS) and not _is_expected_to_fail(statement.ancestors()):
            written.setdefault(statement.function, []).append(Change(call, statement, path, "file"))
    for function, changes in written.items():
        if not outlives(function, sources) or _is_trial(function, file, sources):
            continue
        ends = [Change(end, where, "", "file") for end, where in function.calls if terminal(end) in _REMOVES]
        here = sorted(changes, key=lambda change: change.line)
        left = [
            change
            for change in here
            if not _is_elsewhere(change.how, function, file, sources)
            and left_changed([change, *ends], _STATE, sources)[:1] == [change]
        ]
        if left:
            more = f" (and {len(left) - 1} more)" if len(left) > 1 else ""
            yield Hit(
                left[0].line,
                left[0].statement.end_line,
                qualified(function, sources),
                f"Writes {left[0].how!r}{more}, outside of the folders for temporary files, and nothing removes it.",
                ("a literal path, no tmp_path, no change of the working directory, nothing that removes it",),
            )


# ---------------------------------------------------------------- what is written


def _written(call: ast.Call, function: Function, file: SourceFile) -> str:
    """The literal path that a call writes to; empty when it reads, or when the path is not known."""
    name = terminal(call)
    dotted = file.dotted(call.func, function)
    if dotted in _OPENS:
        return _literal(_argument(call, 0, "file"), function, file) if _writes(_argument(call, 1, "mode")) else ""
    if dotted in _MAKERS:
        path = _literal(_argument(call, 0, "name"), function, file)
        return path if not _OUTPUT.search(path) else ""
    if isinstance(call.func, ast.Attribute) and name in _METHODS and not dotted.startswith("os."):
        if name == "open" and not _writes(_argument(call, 0, "mode")):
            return ""
        return _path_literal(call.func.value, function, file)
    return ""


def _argument(call: ast.Call, position: int, name: str) -> ast.expr | None:
    if len(call.args) > position:
        return call.args[position]
    return next((word.value for word in call.keywords if word.arg == name), None)


def _writes(mode: ast.expr | None) -> bool:
    return isinstance(mode, ast.Constant) and isinstance(mode.value, str) and bool(set(mode.value) & set("wax"))


def _literal(node: ast.expr | None, function: Function, file: SourceFile) -> str:
    """The text that a path surely is: a literal, a name bound to one, or a `Path` of one."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.Name):
        return next((found for value in _bound(node.id, function) for found in [_literal_of(value)] if found), "") or (
            _path_literal(node, function, file)
        )
    return _path_literal(node, function, file) if node is not None else ""


def _path_literal(node: ast.expr, function: Function, file: SourceFile) -> str:
    """`Path("a")`, `Path("a") / "b"`, or a name bound to one."""
    if isinstance(node, ast.Name):
        bound = _bound(node.id, function)
        node = bound[0] if len(bound) == 1 else node
    rest: list[str] = []
    while isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
        part = _literal_of(node.right)
        if not part:
            return ""
        rest.append(part)
        node = node.left
    if not isinstance(node, ast.Call) or file.dotted(node.func, function) not in _PATHS or len(node.args) != 1:
        return ""
    first = _literal_of(node.args[0])
    return "/".join([first, *reversed(rest)]) if first else ""


def _literal_of(node: ast.expr) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def _bound(name: str, function: Function) -> list[ast.expr]:
    """What a name is bound to, when it is bound once: in the function, or around it."""
    at: Function | None = function
    while at is not None:
        found = at.assignments.get(name)
        if found or name in at.parameters:
            return [value for value, _ in found or ()] if len(found or ()) == 1 else []
        at = at.outer
    return []


# ---------------------------------------------------------------- where it lies, and whether it is written at all


def _is_expected_to_fail(around: list[Statement]) -> bool:
    return any(
        isinstance(one.node, ast.With | ast.AsyncWith)
        and any(
            terminal(item.context_expr) in {"raises", "assertRaises", "assertRaisesRegex"} for item in one.node.items
        )
        for one in around
    )


def _is_trial(function: Function, file: SourceFile, sources: Sources) -> bool:
    """Twisted's trial runs its tests in a folder of its own."""
    klass = enclosing_class(function)
    return klass is not None and any(
        "trial" in (sources.file(one.path) or file).dotted(base)
        for one in sources.family(klass)
        for base in one.node.bases
    )


def _is_elsewhere(path: str, function: Function, file: SourceFile, sources: Sources) -> bool:
    """Another working directory, or a double in place of `open` or of the whole file system."""
    texts = [file.lines_of(function.line, function.end_line)]
    texts += [" ".join(chain(node)) for mark in marks_of(function, sources) for node in [mark] if chain(node)]
    names = set(function.parameters)
    for name, fixture in fixture_closure(sources, function).items():
        names.add(name)
        home = sources.file(fixture.function.path) if fixture is not None else None
        if home is not None and fixture is not None:
            texts.append(home.lines_of(fixture.function.line, fixture.function.end_line))
    if "fs" in names or any("mock_open" in text or '.open"' in text or ".open'" in text for text in texts):
        return True
    return not path.startswith("/") and (
        any(_ELSEWHERE.search(text) for text in texts) or any(_ELSEWHERE.search(name) for name in names)
    )


def weigh(finding: Finding, evidence: RunEvidence) -> Finding | None:
    """Proved by a file that is still there; dropped when its tests passed and none is."""
    named = finding.message.removeprefix("Writes '").partition("'")[0].rstrip("/")
    leaks = shown(
        evidence.run,
        evidence.tests,
        finding.function,
        lambda leak: f"/{named}".endswith(f"/{leak.what}") or f"/{leak.what}".endswith(f"/{named}"),
        "file",
    )
    if leaks is None:
        return finding
    return with_evidence(finding, "runtime", f"there after this run: {_files(leaks)}", "high") if leaks else None


def observe(run: Run, sources: Sources, settings: Settings) -> Iterator[Sighting]:
    """Files that are still there when the run has ended, whoever wrote them for the test."""
    for left in unsuspected(run, sources, _is_file, suspects_of(find, sources, settings), "file"):
        yield Sighting(
            left.path,
            left.line,
            "",
            f"Leaves behind {_files(left.leaks)}.",
            (f"there after this run: {_files(left.leaks)}",),
            left.node_ids,
        )


def _is_file(leak: Leak) -> bool:
    """A new one, and not below a folder that `tempfile` made: `resource-left-open` speaks of these."""
    return not (leak.before or _TEMPORARY.search(leak.what) or _GOES_AT_EXIT.search(leak.what))


def _files(leaks: tuple[Leak, ...]) -> str:
    names = list(dict.fromkeys(leak.what for leak in leaks))
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return f"{', '.join(names[:3])}{more}"


RULE = Rule(
    code="TA403",
    slug="file-left-behind",
    antipattern="missing-cleanup",
    severity="warning",
    confidence=(("static", "medium"), ("runtime", "high")),
    remedy="Write below tmp_path, or remove the file in finally, a finalizer or after yield.",
    find=find,
    weigh=weigh,
    observe=observe,
    bad=(
        Code("""
import os
from pathlib import Path

def test_report():
    file_path = "/tmp/test-report.txt"
    with open(file_path, "w") as file:  # <-
        file.write("test data")
    assert os.path.exists(file_path)

def test_settings():
    Path("settings.toml").write_text("debug = true")  # <-
    assert load().debug
"""),
        Code("""
import os
import pytest

@pytest.fixture
def folder():
    os.makedirs("out/pages")  # <-
    return "out/pages"

def test_folder(folder):
    assert report(folder)
"""),
    ),
    good=(
        Code("""
import os
from pathlib import Path
from unittest.mock import mock_open, patch
import pytest

def test_report(tmp_path):
    file_path = tmp_path / "report.txt"
    with open(file_path, "w") as file:
        file.write("test data")
    assert os.path.exists(file_path)

def test_reads():
    with open("README.md") as file:
        assert file.read()

def test_finally():
    file_path = "/tmp/test-report.txt"
    try:
        with open(file_path, "w") as file:
            file.write("test data")
        assert os.path.exists(file_path)
    finally:
        if os.path.exists(file_path):
            os.remove(file_path)

def test_double():
    with patch("builtins.open", mock_open()):
        with open("report.txt", "w") as file:
            file.write("test data")

def test_fake(fs):
    Path("report.txt").write_text("test data")
    assert report()

def test_fails():
    with pytest.raises(OSError):
        open("no/such/folder/report.txt", "w")

def test_null():
    with open("/dev/null", "w") as file:
        run(file)
"""),
        Code("""
import os
import shutil
from pathlib import Path
from unittest import TestCase
import pytest
from twisted.trial import unittest

def test_chdir(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("settings.toml").write_text("debug = true")
    assert load().debug

def test_click(runner):
    with runner.isolated_filesystem():
        with open("orders.csv", "w") as file:
            file.write("1")
        assert runner.invoke("orders.csv")

@pytest.fixture
def pages():
    os.makedirs("out/pages")
    yield "out/pages"
    shutil.rmtree("out")

class TestPages(TestCase):
    def setUp(self):
        os.mkdir("pages")

    def tearDown(self):
        os.rmdir("pages")

class TrialTests(unittest.TestCase):
    def test_store(self):
        with open("orders.csv", "w") as file:
            file.write("1")

def test_screenshots(page):
    os.makedirs("test-results", exist_ok=True)
    assert page.ok
"""),
        Code(
            """
from pathlib import Path

def test_settings():
    Path("settings.toml").write_text("debug = true")
    assert load().debug

def test_unknown(name):
    Path(name).write_text("debug = true")
    with open(f"{name}.bak", "w") as file:
        file.write("1")
    assert load().debug
""",
            beside=(
                (
                    "tests/conftest.py",
                    """
import os
import pytest

@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path):
    before = os.getcwd()
    os.chdir(tmp_path)
    yield
    os.chdir(before)
""",
                ),
            ),
        ),
    ),
)
