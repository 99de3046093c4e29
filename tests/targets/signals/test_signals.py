"""Tests that are killed by a signal, their own or the system's."""

import ctypes
import os
import signal


def test_first():
    pass


def test_segfault():
    ctypes.string_at(0)


def test_killed():
    os.kill(os.getpid(), signal.SIGKILL)


def test_aborts():
    os.abort()


def test_ends_its_own_group():
    os.killpg(os.getpgrp(), signal.SIGTERM)


def test_presses_the_key():
    os.kill(os.getpid(), signal.SIGINT)


def test_raises_the_key():
    raise KeyboardInterrupt


def test_fails():
    assert 0


def test_last():
    pass
