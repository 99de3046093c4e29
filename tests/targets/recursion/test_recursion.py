"""Recursion to Python's limit, and past the end of the stack."""

import resource
import sys


def test_first():
    pass


def test_to_the_limit():
    def down():
        return down()

    down()


def test_caught_at_the_limit():
    def down():
        try:
            return down()
        except RecursionError:
            return 1

    assert down() == 1


def test_past_the_stack():
    resource.setrlimit(resource.RLIMIT_STACK, (512 * 1024, resource.getrlimit(resource.RLIMIT_STACK)[1]))
    sys.setrecursionlimit(10**8)

    def down(_=None):
        # Through C at each level: pure Python frames need no stack of C.
        return max([1], key=down)

    down()


def test_last():
    pass
