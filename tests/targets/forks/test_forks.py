"""Tests that fork: the child goes on as if it were pytest, leaves, exits, or dies."""

import os
import sys


def test_first():
    pass


def test_child_leaves():
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    assert os.waitpid(pid, 0)[1] == 0


def test_child_exits():
    pid = os.fork()
    if pid == 0:
        sys.exit(0)
    os.waitpid(pid, 0)


def test_child_goes_on():
    pid = os.fork()
    if pid:
        os.waitpid(pid, 0)


def test_child_goes_on_beside():
    os.fork()


def test_child_fails():
    assert os.fork() == 0


def test_fails():
    assert 0


def test_parent_dies():
    if os.fork():
        os._exit(1)


def test_last():
    pass
