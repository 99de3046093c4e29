"""A test that ends the session on purpose."""

import pytest


def test_first():
    pass


def test_stops():
    pytest.exit("no database", returncode=0)


def test_last():
    pass
