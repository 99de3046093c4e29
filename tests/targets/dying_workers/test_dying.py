"""Under pytest-xdist: workers that die, again and again."""

import ctypes
import os
import signal

import pytest


@pytest.mark.parametrize("number", range(8))
def test_before(number):
    pass


def test_exits():
    os._exit(0)


def test_segfault():
    ctypes.string_at(0)


def test_killed():
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.parametrize("number", range(4))
def test_each_exits(number):
    os._exit(1)


@pytest.mark.parametrize("number", range(8))
def test_after(number):
    assert number != 3
