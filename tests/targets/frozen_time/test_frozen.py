import threading
import time


def test_first():
    assert time.time() < 0


def test_takes_a_moment():
    threading.Event().wait(0.2)


def test_fails():
    assert 0


def test_hangs():
    threading.Event().wait()


def test_last():
    assert time.monotonic() < 0
