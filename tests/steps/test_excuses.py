"""Skips and xfails: what the run said, what the source adds, and what nobody knows."""

from __future__ import annotations

from pathlib import Path

import pytest

from testaudit.config import Config
from testaudit.excuses import excuse, settle
from testaudit.model import Attempt, AuditedTest, Frame, Marker, NodeId, Trouble
from testaudit.source.interface import sources_of

NO_FRAMES = {"type": "Skipped", "message": "m", "frames": []}


def skip(reason: str = "Skipped: why", frames: list | None = None, place: tuple = ("t.py", 3)) -> list:
    return [{"w": "s", "o": "s", "d": 0.0, "skip": [*place, reason], "x": {**NO_FRAMES, "frames": frames or []}}]


def by(phases: list, *markers: Marker, attempt: Attempt | None = None) -> str:
    return excuse(phases, markers, attempt)[1]


# ---------------------------------------------------------------- by what means


def test_a_passed_phase_is_no_excuse():
    assert excuse([{"w": "c", "o": "p", "d": 0.0}], (), None) == ("", "", None)


@pytest.mark.parametrize(
    ("phases", "markers", "expected"),
    [
        (skip(), [Marker("skip")], "skip"),
        (skip(), [Marker("skipif", ("True",))], "skipif"),
        (skip(), [], "unittest"),
        (skip(frames=[["t.py", 7, "test_a"]]), [], "call"),
        (skip(frames=[["t.py", 7, "test_a"]]), [Marker("skipif", ("False",))], "call"),
        (skip("Skipped: could not import 'x': No module named 'x'", [["t.py", 7, "test_a"]]), [], "importorskip"),
        (skip(), [Marker("skip", (), (("reason", "'why'"),)), Marker("skipif", ("False",))], "skip"),
        (skip(), [Marker("skip", ("'why'",)), Marker("skipif", ("False",))], "skip"),
        (skip(), [Marker("skip", ("'other'",)), Marker("skipif", ("True",))], "skipif"),
    ],
)
def test_the_log_tells_how_a_skip_came(phases, markers, expected):
    assert by(phases, *markers) == expected


def test_a_call_is_placed_at_its_deepest_line_of_the_project():
    _, _, place = excuse(skip(frames=[["t.py", 7, "test_a"], ["helper.py", 2, "need"]]), (), None)

    assert place == ["helper.py", 2]


@pytest.mark.parametrize(("said", "reason"), [("Skipped: why", "why"), ("why", "why"), ("Skipped: ", "")])
def test_the_reason_is_the_users_own(said, reason):
    assert excuse(skip(said), (), None)[0] == reason


def test_an_xfail_that_a_line_raised_is_a_call():
    raised = Attempt("xfailed", 0.0, troubles=(Trouble("call", "_pytest.outcomes.XFailed", "m", None, ""),))
    phase = {"w": "c", "o": "s", "d": 0.0, "xfail": "reason: m", "x": {"frames": [["t.py", 9, "test_a"]]}}

    assert excuse([phase], (), raised) == ("m", "xfail-call", ["t.py", 9])


def test_an_expected_failure_ends_alike_and_is_none():
    raised = Attempt("xfailed", 0.0, troubles=(Trouble("call", "_pytest.outcomes.XFailed", "", None, ""),))
    phase = {"w": "c", "o": "s", "d": 0.0, "xfail": "", "x": {"frames": []}}

    assert excuse([phase], (), raised) == ("", "xfail", None)


# ---------------------------------------------------------------- of what kind

SOURCE = """
import unittest
import pytest

def test_bare():
    pytest.skip("x")

def test_guarded(x):
    if x:
        pytest.skip("x")

def test_dynamic(request, x):
    if x:
        request.applymarker(pytest.mark.xfail)

def test_always(request):
    request.node.add_marker(pytest.mark.xfail)

def test_both(request, x):
    request.node.add_marker(pytest.mark.xfail)
    if x:
        request.node.add_marker(pytest.mark.xfail)

class TestOld(unittest.TestCase):
    @unittest.expectedFailure
    def test_expected(self): ...

    @unittest.skip("x")
    def test_skip(self): ...

@unittest.skipIf(True, "x")
class TestBase(unittest.TestCase):
    def test_inside(self): ...

class TestHeir(TestBase):
    def test_own(self): ...

# GH-12
def test_tracked():
    pytest.skip("x")  # see #13
"""
PLAIN = "def test_plain(): ...\n"
LINES = SOURCE.split("\n")


def line(text: str) -> int:
    return next(number for number, found in enumerate(LINES, 1) if text in found)


def settled(
    name: str,
    outcome: str = "skipped",
    *,
    by: str,
    at: str | None = None,
    path: str = "test_x.py",
    markers: tuple[Marker, ...] = (),
    defined: str | None = None,
    reason: str = "",
    **fields,
):
    sources = sources_of(
        {"test_x.py": SOURCE, "test_plain.py": PLAIN}, fields.pop("config", Config()), root=Path("/nowhere")
    )
    where = line(f"def {defined or name.rpartition('::')[2]}(") if path == "test_x.py" else 1
    site = None if at is None else Frame(at, 1, "") if "/" in at else Frame(path, line(at), "")
    test = AuditedTest(
        NodeId(f"{path}::{name}"), "", path, where, outcome, skip_by=by, skip_site=site, markers=markers, reason=reason
    )
    return settle(test, sources)


@pytest.mark.parametrize(
    ("test", "kind"),
    [
        (settled("test_bare", by="skipif"), "conditional"),
        (settled("test_bare", by="importorskip"), "conditional"),
        (settled("test_bare", by="skip"), "unconditional"),
        (settled("test_plain", by="skip", path="test_plain.py"), "unknown"),
        (settled("test_bare", by="call", at='pytest.skip("x")'), "unconditional"),
        (settled("test_guarded", by="call", at='        pytest.skip("x")'), "conditional"),
        (settled("test_bare", by="call", at="/site-packages/plugin.py"), "unknown"),
        (settled("test_bare", by="call"), "unknown"),
        (settled("TestOld::test_skip", by="unittest", at="def test_skip"), "unconditional"),
        (settled("TestBase::test_inside", by="unittest", at="def test_inside"), "conditional"),
        (settled("TestHeir::test_own", by="unittest", at="def test_own"), "conditional"),
        (settled("TestHeir::test_inside", by="unittest", at="/lib/unittest.py"), "conditional"),
        (settled("test_bare", by="unittest"), "unknown"),
        (settled("test_bare", by="junit"), "unknown"),
        (settled("TestOld::test_expected", "xfailed", by="xfail"), "unconditional"),
        (settled("test_dynamic", "xfailed", by="xfail"), "conditional"),
        (settled("test_always", "xfailed", by="xfail"), "unconditional"),
        (settled("test_both", "xfailed", by="xfail"), "unknown"),
        (settled("test_bare", "xfailed", by="xfail", markers=(Marker("xfail"),)), "unconditional"),
        (
            settled("test_bare", "xfailed", by="xfail", markers=(Marker("xfail", (), (("reason", "'r'"),)),)),
            "unconditional",
        ),
        (settled("test_bare", "xfailed", by="xfail", markers=(Marker("xfail", ("True",)),)), "conditional"),
        (
            settled("test_bare", "xfailed", by="xfail", markers=(Marker("xfail", (), (("condition", "True"),)),)),
            "conditional",
        ),
        (
            settled("test_bare", "xfailed", by="xfail", markers=(Marker("xfail", ("True",)), Marker("xfail"))),
            "unconditional",
        ),
        (settled("test_plain", "xfailed", by="xfail", path="test_plain.py", markers=(Marker("xfail"),)), "unknown"),
    ],
)
def test_the_kind_follows_the_run_then_the_source(test, kind):
    assert test.skip_kind == kind


@pytest.mark.parametrize("outcome", ["passed", "failed", "error", "xpassed", "crashed", "timed-out"])
def test_other_outcomes_are_left_as_they_are(outcome):
    test = settled("test_bare", outcome, by="skip", reason="#1")

    assert (test.skip_kind, test.tracked) == (None, False)


@pytest.mark.parametrize(
    ("reason", "tracked"),
    [
        ("#12", True), ("see GH-12", True), ("issue 12", True), ("bug 1234", True), ("ABC-123", True), ("flaky, PYTHON-4738", True),
        ("https://example.org/x", True), ("BPO-1", True),
        ("later", False), ("", False), ("UTF-8 is broken", False), ("needs Python 3.12", False), ("&#12;", False),
        ("SHA-256", False), ("number 12", False),
    ],
)  # fmt: skip
def test_a_reason_names_an_issue_or_not(reason, tracked):
    assert settled("test_bare", by="skip", reason=reason).tracked is tracked


def test_a_comment_beside_the_call_tracks_it():
    assert settled("test_tracked", by="call", at='pytest.skip("x")  # see').tracked is True


def test_the_projects_own_pattern_takes_the_place_of_ours():
    config = Config(issue_pattern="CASE:[0-9]+")

    assert settled("test_bare", by="skip", reason="CASE:7", config=config).tracked is True
    assert settled("test_bare", by="skip", reason="#7", config=config).tracked is False
