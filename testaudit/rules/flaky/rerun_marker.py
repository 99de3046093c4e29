"""A test that is run again when it fails, until it passes.

The marker says that the test is flaky, and hides it: a failure that comes once in three runs is reported as green, also
when it is the code that is right only twice in three times. Nobody is told, so nobody mends it, and each retry costs
its time again.

Find out what the test does not control (`testaudit hunt` varies it), mend that, and take the marker away. Until then
keep the test in quarantine, where it is watched, has an owner and an end.

The guide's anti-pattern 3, "Flaky tests (timing issues)".
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from testaudit.rules.interface import Code, Hit, Rule, RunEvidence, Settings, Sighting, qualified, with_evidence
from testaudit.source.index import Class, Function, terminal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from testaudit.model import AuditedTest, Finding
    from testaudit.source.interface import SourceFile, Sources

_NAME = "flaky"
_FOR_ALL = re.compile(r"--reruns(?:=\d+)?$|--force-flaky$|--max-runs")
_TIMES = {"reruns": 1, "max_runs": 0, "max_reruns": 1, "retries": 1}
"""How an argument counts: runs beyond the first one, or all of them."""


def find(file: SourceFile, sources: Sources, _settings: Settings) -> Iterator[Hit]:
    """Markers and decorators that retry: on tests, on classes, on modules, or added by a conftest's hook."""
    if _NAME not in file.text:
        return
    named = dict(_named_so(file))
    definitions: list[Function | Class] = [*file.functions, *file.classes]
    for definition in definitions:
        for decorator in definition.decorators:
            if _retries(decorator, named) and _holds_tests(definition, sources):
                shown = qualified(definition, sources) if isinstance(definition, Function) else definition.qualname
                yield _hit(decorator, shown, named)
    for value, statement in file.module.assignments.get("pytestmark", ()):
        for mark in value.elts if isinstance(value, ast.List | ast.Tuple) else [value]:
            if _retries(mark, named):
                yield _hit(mark, statement.function.qualname, named)
    for call, statement in file.calls("add_marker"):
        for mark in call.args[:1]:
            if _retries(mark, named) or getattr(mark, "value", None) == _NAME:
                yield _hit(mark, qualified(statement.function, sources), named, sure=False)


def survey(tests: tuple[AuditedTest, ...], sources: Sources, _settings: Settings) -> Iterator[Sighting]:
    """`--reruns` in the configuration: the whole suite is run again until it passes."""
    settings = sources.discovery.settings
    option = next((word for word in settings.addopts if _FOR_ALL.match(word)), "")
    following = settings.addopts[settings.addopts.index(option) + 1 :][:1] if option == "--reruns" else ()
    if not settings.source or not option or option.endswith("=0") or following == ("0",):
        return
    line = next((at for at, text in enumerate(_lines(sources, settings.source), 1) if option in text), 1)
    yield Sighting(
        settings.source,
        line,
        "<suite>",
        f"Every test is run again when it fails ({' '.join((option, *following))}): the retry hides which are flaky.",
        (f"addopts in {settings.source}",),
        tuple(test.node_id for test in tests if len(test.attempts) > 1),
        remedy="Take the option away, and quarantine what is known to be flaky.",
    )


def _lines(sources: Sources, path: str) -> list[str]:
    try:
        return (sources.root / path).read_text(encoding="utf-8", errors="replace").split("\n")
    except OSError:
        return []


def _named_so(file: SourceFile) -> Iterator[tuple[str, ast.expr]]:
    """Names of the module that hold the marker: `retry_slow = pytest.mark.flaky(reruns=5)`."""
    for name, found in file.module.assignments.items():
        for value, _ in found:
            if terminal(value) == _NAME and name != "pytestmark":
                yield name, value


def _retries(mark: ast.expr, named: dict[str, ast.expr]) -> bool:
    return terminal(mark) == _NAME or (isinstance(mark, ast.Name) and mark.id in named)


def _holds_tests(definition: Function | Class, sources: Sources) -> bool:
    if isinstance(definition, Function):
        return sources.is_test(definition)
    return any(sources.is_test(method) for method in definition.methods.values())


def _hit(mark: ast.expr, function: str, named: dict[str, ast.expr], *, sure: bool = True) -> Hit:
    times = _times(named.get(mark.id, mark) if isinstance(mark, ast.Name) else mark)
    upto = f"up to {times} times" if times else "again"
    return Hit(
        mark.lineno,
        mark.end_lineno or mark.lineno,
        function,
        f"Is run {upto} until it passes: the retry hides that it is flaky.",
        (f"marked {_NAME}",),
        None if sure else "medium",
    )


def _times(mark: ast.expr) -> int:
    """How often a marker lets a test run; 0 where it does not say so in numbers."""
    if not isinstance(mark, ast.Call):
        return 0
    for word in mark.keywords:
        if word.arg in _TIMES and isinstance(word.value, ast.Constant) and isinstance(word.value.value, int):
            return word.value.value + _TIMES[word.arg]
    return 0


def weigh(finding: Finding, evidence: RunEvidence) -> Finding | None:
    """How often it was run again this time."""
    again = sum(len(test.attempts) - 1 for test in evidence.tests if len(test.attempts) > 1)
    if not again:
        return finding
    return with_evidence(finding, "runtime", f"run again {again} time{'s' if again > 1 else ''} in this run")


RULE = Rule(
    code="TA310",
    slug="rerun-marker",
    antipattern="flaky",
    severity="warning",
    confidence=(("static", "high"), ("runtime", "medium")),
    remedy="Find what the test does not control, mend it, and take the marker away.",
    find=find,
    survey=survey,
    weigh=weigh,
    bad=(
        Code("""
import pytest
from flaky import flaky

@pytest.mark.flaky(reruns=3)  # <-
def test_upload(client):
    assert client.upload("x").ok

@flaky  # <-
class TestSearch:
    def test_one(self, index):
        assert index.find("x")
"""),
        Code("""
import pytest

pytestmark = [pytest.mark.slow, pytest.mark.flaky(max_runs=5)]  # <-

unsteady = pytest.mark.flaky(reruns=2)

@unsteady  # <-
def test_upload(client):
    assert client.upload("x").ok
"""),
        Code(
            """
import pytest

def pytest_collection_modifyitems(items):
    for item in items:
        item.add_marker(pytest.mark.flaky(reruns=2))  # <-
""",
            path="tests/conftest.py",
        ),
    ),
    good=(
        Code("""
import pytest

@pytest.mark.slow
def test_flaky_network_is_tried_again(client):
    client.network = flaky(3)
    assert client.upload("x").ok
"""),
        Code("""
import pytest

@pytest.mark.skip(reason="#123: flaky")
def test_upload(client):
    assert client.upload("x").ok
"""),
        Code("""
from shop import retry

@retry(times=3)
def flaky():
    raise ConnectionError

def test_retry():
    assert flaky() is None
"""),
    ),
)
