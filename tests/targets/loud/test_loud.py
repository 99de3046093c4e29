"""200 MB on standard output."""

import sys


def test_first():
    pass


def test_loud():
    line = "x" * 1023 + "\n"
    for _ in range(200):
        sys.stdout.write(line * 1024)


def test_loud_and_red():
    line = "y" * 1023 + "\n"
    for _ in range(20):
        sys.stdout.write(line * 1024)
    assert 0


def test_last():
    pass
