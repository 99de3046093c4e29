"""Tests that close what is not theirs."""

import os


def test_first():
    pass


def test_closes_output():
    os.close(1)
    os.close(2)


def test_after_output():
    print("somewhere")


def test_closes_all():
    os.closerange(3, 256)


def test_after_all():
    print("somewhere")


def test_closes_really_all():
    os.closerange(0, 65536)


def test_fails():
    assert 0


def test_last():
    pass
