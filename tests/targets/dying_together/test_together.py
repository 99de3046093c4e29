"""A test that ends its whole process group: under pytest-xdist all workers and their controller."""

import os
import signal
import time

import pytest


@pytest.mark.parametrize("number", range(8))
def test_before(number):
    time.sleep(0.02)


def test_ends_its_own_group():
    os.killpg(os.getpgrp(), signal.SIGTERM)
    time.sleep(60)


@pytest.mark.parametrize("number", range(8))
def test_after(number):
    time.sleep(0.02)
