"""Tests that never end: in Python, deaf to every signal that can be ignored, and in a session's teardown."""

import signal
import threading

import pytest


@pytest.fixture(scope="session")
def never_torn_down():
    yield
    threading.Event().wait()


def test_first():
    pass


def test_loops():
    while True:
        pass


def test_between():
    assert 0


def test_deaf():
    for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
        signal.signal(number, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    threading.Event().wait()


def test_after(never_torn_down):
    pass


def test_last(never_torn_down):
    pass
