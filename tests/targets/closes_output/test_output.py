"""Tests that close the streams that pytest reads back."""

import sys


def test_first():
    pass


def test_closes_output():
    sys.stdout.close()


def test_between():
    pass


def test_forgets_everything():
    sys.modules.clear()


def test_fails():
    assert 0


def test_last():
    pass
