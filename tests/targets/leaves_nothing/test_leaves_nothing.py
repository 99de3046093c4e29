"""Every test changes something, and nothing of it is a leak."""

import json
import logging
import multiprocessing
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import uuid
import warnings
from concurrent.futures import ThreadPoolExecutor
from unittest import mock

import pytest


def test_wider_fixture(of_module):
    pass


class TestClass:
    @classmethod
    def setup_class(cls):
        os.environ["OF_CLASS"] = "1"
        logging.getLogger().setLevel(logging.INFO)

    @classmethod
    def teardown_class(cls):
        del os.environ["OF_CLASS"]
        logging.getLogger().setLevel(logging.WARNING)

    def test_one(self):
        pass

    def test_two(self):
        pass


def test_after_class(monkeypatch):
    monkeypatch.setenv("MINE", "1")


def test_wider_fixture_in_the_middle(monkeypatch, lazily):
    monkeypatch.setenv("BEFORE", "1")
    lazily("of_module")
    monkeypatch.setenv("BEHIND", "1")


def test_first_import():
    import library

    assert library.__doc__


def test_first_import_of_the_standard_library():
    import wave

    assert wave


def test_monkeypatch(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", "/nowhere")
    monkeypatch.delenv("PATH")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "argv", ["x"])
    monkeypatch.delitem(sys.modules, "json")


def test_patches():
    with mock.patch.dict(os.environ, {"A": "1"}, clear=True), mock.patch.dict(sys.modules, {"json": None}):
        pass
    with mock.patch("os.environ", {}):
        pass


def test_puts_back():
    cwd, path = os.getcwd(), list(sys.path)
    os.chdir("/")
    sys.path.append("/x")
    os.environ["X"] = "1"
    old = signal.signal(signal.SIGUSR1, signal.SIG_IGN)
    try:
        socket.setdefaulttimeout(1)
    finally:
        socket.setdefaulttimeout(None)
        signal.signal(signal.SIGUSR1, old)
        del os.environ["X"]
        sys.path[:] = path
        os.chdir(cwd)


def test_another_order_of_the_path():
    sys.path.append(sys.path.pop(0))


def test_logs(caplog):
    caplog.set_level(logging.DEBUG)
    logging.getLogger(str(uuid.uuid4())).setLevel(logging.ERROR)
    logging.getLogger("mine").addHandler(logging.NullHandler())
    with caplog.at_level(logging.DEBUG, logger="root"):
        logging.error("said")


def test_filters_warnings():
    warnings.simplefilter("ignore")


def test_temporary_files(tmp_path, folder):
    (tmp_path / "file.txt").write_text("x")
    with tempfile.TemporaryDirectory() as name:
        open(os.path.join(name, "x"), "w").close()
    with tempfile.NamedTemporaryFile() as stream:
        stream.write(b"x")
    # The folder of a wider fixture, which takes it away.
    open(os.path.join(folder, "y"), "w").close()


def test_removes_its_file():
    with open("mine.txt", "w"):
        pass
    os.remove("mine.txt")


def test_caches():
    os.makedirs("__pycache__", exist_ok=True)
    for name in ("__pycache__/x.pyc", ".coverage"):
        with open(name, "w"):
            pass
    os.makedirs(".hypothesis/x", exist_ok=True)


def test_thread_that_ends():
    threading.Thread(target=time.sleep, args=(0.01,)).start()


def test_pools(pool):
    with ThreadPoolExecutor(2) as executor:
        executor.submit(int)
    pool.submit(int).result()


def test_processes():
    subprocess.run([sys.executable, "-c", ""], check=True)
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        pool.map(int, "1")
        pool.close()
        pool.join()


def test_descriptors():
    left, right = socket.socketpair()
    left.close()
    right.close()
    for fd in os.pipe():
        os.close(fd)
    with open(__file__) as stream:
        assert stream.read()


def test_cleaned_by_a_hook():
    os.environ["CLEANED_BY_HOOK"] = "1"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")
def test_forks():
    pid = os.fork()
    if not pid:
        os.environ["IN_CHILD"] = "1"
        os._exit(0)
    os.waitpid(pid, 0)


class Case(unittest.TestCase):
    def setUp(self):
        os.environ["OF_CASE"] = "1"
        self.addCleanup(os.environ.pop, "OF_CASE")

    def test_case(self):
        assert os.environ["OF_CASE"]
