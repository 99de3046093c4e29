"""Tests that end their process, each in another place."""

import os
import sys

import pytest


@pytest.fixture
def ends_in_setup():
    os._exit(3)


@pytest.fixture
def ends_in_teardown():
    yield
    os._exit(0)


def test_first():
    pass


def test_fails():
    assert 0


def test_exits():
    os._exit(3)


def test_exits_as_if_all_were_well():
    os._exit(0)


def test_in_setup(ends_in_setup):
    pass


def test_sys_exit():
    sys.exit(0)


def test_in_teardown(ends_in_teardown):
    pass


def test_last():
    pass
