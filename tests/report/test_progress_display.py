"""The progress display: what it says while tests run, with a clock of our own."""

from __future__ import annotations

import io

import pytest

from testaudit.model import Outcome
from testaudit.report.page import console
from testaudit.report.progress import Progress


class Clock:
    """Time that moves when it is told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def stream(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    return io.StringIO()


def run(progress: Progress, clock: Clock, number: int, each_s: float, outcome: Outcome = "passed") -> None:
    for place in range(number):
        progress.started(f"tests/test_a.py::test_{place}")
        clock.now += each_s
        progress.finished(outcome)


def test_a_log_gets_a_line_every_so_often_and_one_at_the_end(stream: io.StringIO, clock: Clock) -> None:
    with Progress(console(stream, width=100), clock) as progress:
        progress.collected(100)
        run(progress, clock, 99, 0.5)
        run(progress, clock, 1, 0.5, "failed")

    lines = stream.getvalue().splitlines()
    assert lines[0] == "collected 100 tests"
    assert lines[1].startswith("30 of 100 tests: 30 passed  (15.0 s, about 35 s left)")
    assert lines[-1] == "100 of 100 tests: 99 passed · 1 failed  (50.0 s)"
    assert len(lines) == 5


def test_nothing_is_said_about_time_before_it_can_be_known(stream: io.StringIO, clock: Clock) -> None:
    with Progress(console(stream), clock) as progress:
        assert progress.left_s() is None
        progress.collected(1000)
        assert progress.left_s() is None
        run(progress, clock, 19, 1.0)
        assert progress.left_s() is None
        run(progress, clock, 1, 1.0)
        assert progress.left_s() == pytest.approx(980)


def test_a_run_that_slows_down_is_believed(stream: io.StringIO, clock: Clock) -> None:
    with Progress(console(stream), clock) as progress:
        progress.collected(2000)
        run(progress, clock, 1000, 0.01)
        run(progress, clock, 200, 1.0)

        left = progress.left_s()

    assert left is not None
    assert left >= 700


def test_known_durations_are_used_from_the_first_test(stream: io.StringIO, clock: Clock) -> None:
    known = {f"tests/test_a.py::test_{place}": 2.0 for place in range(10)}
    with Progress(console(stream), clock, durations=known) as progress:
        progress.collected(10, tuple(known))
        run(progress, clock, 1, 2.0)
        assert progress.left_s() == pytest.approx(18)
        run(progress, clock, 9, 2.0)
        assert progress.left_s() == 0


def test_notes_and_hostile_names_are_text(stream: io.StringIO, clock: Clock) -> None:
    with Progress(console(stream), clock) as progress:
        progress.collected(1)
        progress.started("t.py::test[[red]\x1b[31m]")
        progress.note("the process died in t.py::test[[red]\x1b]0;x\x07]; going on")
        progress.finished("crashed")

    text = stream.getvalue()
    assert "t.py::test[[red]\\x1b]0;x\\x07]; going on" in text
    assert "1 of 1 tests: 1 crashed" in text
    assert "\x1b" not in text


def test_a_terminal_sees_counts_current_test_and_time_left(
    stream: io.StringIO, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    seen = console(stream, width=100)
    progress = Progress(seen, clock)
    assert "collecting" in shown(seen, progress)

    progress.collected(100)
    run(progress, clock, 50, 1.0)
    progress.started("tests/test_a.py::test_[now]")

    text = shown(seen, progress)
    assert "50 of 100" in text
    assert "50 passed" in text
    assert "50.0 s, about 50 s left" in text
    assert "tests/test_a.py::test_[now]" in text


def shown(seen: object, progress: Progress) -> str:
    paper = console(io.StringIO(), width=100)
    with paper.capture() as capture:
        paper.print(progress)
    return capture.get()


def test_a_live_display_leaves_nothing_behind_but_notes(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    stream = io.StringIO()
    with Progress(console(stream, width=80), clock) as progress:
        progress.collected(3)
        run(progress, clock, 2, 0.1)
        progress.note("restarted after a crash")
        run(progress, clock, 1, 0.1)

    assert "restarted after a crash" in stream.getvalue()


def test_an_ascii_log_holds_ascii(clock: Clock) -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii", errors="strict")
    with Progress(console(stream), clock) as progress:
        progress.collected(2)
        progress.note("naïve → …")
        run(progress, clock, 1, 1.0)
        run(progress, clock, 1, 1.0, "failed")
    stream.flush()

    assert b"1 passed - 1 failed" in raw.getvalue()
