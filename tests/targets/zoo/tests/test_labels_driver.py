"""The label printer's driver, which is C."""

from seedlibrary import labels


def test_driver_is_new():
    assert labels.driver_version(0) >= b"2.0"


def test_driver_by_its_string():
    import ctypes

    text = ctypes.create_string_buffer(b"2.1")
    assert labels.driver_version(ctypes.addressof(text)) == b"2.1"


def test_emergency_stop():
    labels.emergency_stop()
    assert labels.Printer().printed == []


def test_prints_after_all():
    assert labels.Printer().send("bean") == 1


def test_greedy_template():
    """The kernel takes the one that wants all memory."""
    import os
    import signal

    os.kill(os.getpid(), signal.SIGKILL)
    assert labels.render("bean")
