"""Tests that pytest does not collect: their file has another name, or their class has an `__init__`.

They look like tests, they are kept in step like tests, and they have not run since they were written. Nothing says so:
a file that does not match `python_files` is no file to pytest, and a class with a constructor is worth one warning.

Rename the file (`tests_cart.py` -> `test_cart.py`) or widen `python_files`; make the constructor a fixture or
`setup_method`. Then run them: a test that never ran may fail.

Left alone are files that collected ones import (shared tests, helpers), data and templates, classes that others derive
from, and everything in a run of a part of the suite: what was not asked for cannot be missed. `collect_ignore` in a
conftest counts where no condition stands around it and no comment beside it.
https://docs.pytest.org/en/stable/explanation/goodpractices.html#conventions-for-python-test-discovery
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from testaudit.rules.interface import Code, Rule, Settings, Sighting
from testaudit.source.index import terminal
from testaudit.source.vocabulary import is_check, is_text
from testaudit.source.wording import word_set

if TYPE_CHECKING:
    from collections.abc import Iterator

    from testaudit.model import Run
    from testaudit.source.index import Class, Function
    from testaudit.source.interface import SourceFile, Sources

_CONSTRUCTOR = re.compile(r"cannot collect test class '(?P<name>\w+)' because it has a __(init|new)__ constructor")
_MATERIAL = word_set(
    "data fixtures examples example templates resources assets samples sample targets cases roots benchmarks bench "
    "perf helpers utils testutils support plugins mocks stubs manual scripts"
)
"""Folders of what tests work on, or with."""


def observe(run: Run, sources: Sources, _settings: Settings) -> Iterator[Sighting]:
    """Files beside collected ones, and classes in them, whose tests the run did not know."""
    if run.selection or not run.collected_files or run.exit_status is None:
        return
    yield from _classes(run, sources)
    yield from _files(run, sources)
    yield from _ignored(run, sources)


def _classes(run: Run, sources: Sources) -> Iterator[Sighting]:
    for warning in run.warnings:
        found = _CONSTRUCTOR.search(warning.message)
        file = sources.file(warning.path) if found is not None and warning.path in run.collected_files else None
        klass = file.classes_by_name.get(found["name"]) if file is not None and found is not None else None
        if file is None or klass is None or _is_base(klass, file):
            continue
        tests = [method for name, method in klass.methods.items() if name.startswith("test") and _checks(method)]
        if tests:
            yield Sighting(
                warning.path,
                klass.line,
                klass.qualname,
                f"{_these(len(tests))} never run: pytest collects no class that has a constructor.",
                (f"pytest: {found[0] if found is not None else ''}",),
            )


def _is_base(klass: Class, file: SourceFile) -> bool:
    return any(terminal(base) == klass.name for other in file.classes for base in other.node.bases)


def _files(run: Run, sources: Sources) -> Iterator[Sighting]:
    folders = {path.rpartition("/")[0] for path in run.collected_files}
    imported = _imported(run, sources)
    for path in sources.helpers:
        folder, _, name = path.rpartition("/")
        if folder not in folders or path in run.collected_files or _MATERIAL & set(folder.split("/")):
            continue
        if name == "__init__.py" or name.removesuffix(".py") in imported:
            continue
        file = sources.file(path)
        tests = [] if file is None else [one for one in file.functions if _is_test(one, sources) and _checks(one)]
        if tests:
            patterns = ", ".join(sources.discovery.settings.python_files)
            yield Sighting(
                path,
                tests[0].line,
                "",
                f"{_these(len(tests))} of {name} never run: pytest collects files named {patterns}.",
                ("the run collected other files of the folder, and not this one",),
            )


def _ignored(run: Run, sources: Sources) -> Iterator[Sighting]:
    """What a conftest tells pytest not to collect, always and without a word why."""
    for path in sources.conftests:
        file = sources.file(path)
        if file is None or not file.says("collect_ignore"):
            continue
        for value, statement in file.module.assignments.get("collect_ignore", ()):
            if statement.parent is not None or file.comments_near(statement.line, statement.end_line, 2):
                continue
            for name in (text.value for text in getattr(value, "elts", ()) if is_text(text)):
                ignored = sources.file(f"{path.rpartition('conftest.py')[0]}{name}")
                tests = sources.tests_in(ignored) if ignored is not None else []
                if ignored is not None and tests and ignored.path not in run.collected_files:
                    yield Sighting(
                        path,
                        statement.line,
                        "",
                        f"{_these(len(tests))} of {name} never run: `collect_ignore` leaves the file out.",
                        ("no condition around it, and no comment that says why",),
                    )


def _imported(run: Run, sources: Sources) -> frozenset[str]:
    """The last names of the modules, and of what is taken out of them, that the suite imports."""
    names: set[str] = set()
    for path in (*run.collected_files, *sources.conftests, *sources.helpers):
        file = sources.file(path)
        if file is not None:
            names.update(word for dotted in (*file.imports.values(), *file.star_imports) for word in dotted.split("."))
            if "pytest_plugins" in file.text:
                names.update(word for text, _ in file.module.strings for word in str(text.value).split("."))
    return frozenset(names)


def _is_test(function: Function, sources: Sources) -> bool:
    return sources.is_test(function) and function.name.startswith("test")


def _checks(function: Function) -> bool:
    return any(is_check(statement.node) for statement in function.statements)


def _these(count: int) -> str:
    return "The only test" if count == 1 else f"The {count} tests"


RULE = Rule(
    code="TA802",
    slug="not-collected",
    antipattern="never-runs",
    severity="warning",
    confidence=(("runtime", "medium"),),
    remedy="Rename the file or widen `python_files`; make the constructor a fixture.",
    observe=observe,
    bad=(
        Code(
            """
def test_total():  # <-
    assert 1 + 1 == 2

def test_empty():
    assert not []
""",
            path="tests/tests_cart.py",
            beside=(("tests/test_shop.py", "def test_shop():\n    assert True\n"),),
        ),
        Code("""
class TestCart:  # <-
    def __init__(self):
        self.total = 2

    def test_total(self):
        assert self.total == 2

def test_shop():
    assert True
"""),
        Code(
            """
collect_ignore = ["test_cart.py"]  # <-
""",
            path="tests/conftest.py",
            beside=(
                ("tests/test_cart.py", "def test_total():\n    assert 1 + 1 == 2\n"),
                ("tests/test_shop.py", "def test_shop():\n    assert True\n"),
            ),
        ),
    ),
    good=(
        Code(
            """
import sys

# Windows paths only.
collect_ignore = ["test_windows.py"]
if sys.version_info < (3, 99):
    collect_ignore += ["test_next.py"]
""",
            path="tests/conftest.py",
            beside=(
                ("tests/test_next.py", "def test_total():\n    assert 1 + 1 == 2\n"),
                ("tests/test_windows.py", "def test_total():\n    assert 1 + 1 == 2\n"),
                ("tests/test_shop.py", "def test_shop():\n    assert True\n"),
            ),
        ),
        Code(
            """
def test_total():
    assert 1 + 1 == 2
""",
            path="tests/shared_tests.py",
            beside=(
                ("tests/test_shop.py", "from shared_tests import test_total\n\ndef test_shop():\n    assert True\n"),
            ),
        ),
        Code(
            """
def test_total():
    assert 1 + 1 == 2
""",
            path="tests/data/cart.py",
            beside=(("tests/data/test_data.py", "def test_data():\n    assert True\n"),),
        ),
        Code("""
class TestServer:
    def __init__(self, port):
        self.port = port

    def test_mode(self):
        return self.port

class TestBase:
    def __init__(self):
        self.made = True

    def test_made(self):
        assert self.made

class Derived(TestBase):
    pass

def test_port():
    assert TestServer(1).port == 1
"""),
        Code(
            """
def check_total(total):
    assert total == 2

def helper_test_data():
    return 1
""",
            path="tests/checks.py",
            beside=(("tests/test_shop.py", "def test_shop():\n    assert True\n"),),
        ),
    ),
)
