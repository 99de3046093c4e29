"""From the second test on nothing more can be written to any file."""

import resource


def test_first():
    pass


def test_fills():
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def test_after():
    pass


def test_last():
    assert 0
