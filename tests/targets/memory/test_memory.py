"""Memory under a limit: an error that can be caught, and a death."""

import ctypes
import resource

import pytest

KEPT = []


def used():
    with open("/proc/self/statm") as stream:
        return int(stream.read().split()[0]) * resource.getpagesize()


@pytest.fixture
def short_of_memory():
    limits = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (used() + 64_000_000, limits[1]))
    yield
    resource.setrlimit(resource.RLIMIT_AS, limits)


def test_first():
    pass


def test_too_much(short_of_memory):
    bytearray(1_000_000_000)


def test_too_many(short_of_memory):
    KEPT.append([])
    try:
        while True:
            KEPT[0].append(bytearray(1_000_000))
    finally:
        KEPT.clear()


def test_between():
    pass


def test_nothing_left():
    resource.setrlimit(resource.RLIMIT_AS, (used(), used()))
    kept = KEPT
    for size in (1_000_000, 10_000, 100):
        try:
            while True:
                kept = [kept, bytearray(size)]
        except MemoryError:
            KEPT.append(kept)
    # What a library in C does with what it did not get.
    ctypes.CDLL(None).memset(None, 0, 1)


def test_last():
    pass
