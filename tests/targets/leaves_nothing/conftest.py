"""What wider fixtures do is theirs, whenever they are asked for."""

import os
import subprocess
import sys
import tempfile
import threading

import pytest


@pytest.fixture(scope="session", autouse=True)
def of_session():
    os.environ["OF_SESSION"] = "1"
    sys.path.insert(0, os.path.dirname(__file__))
    yield


@pytest.fixture(scope="module")
def of_module():
    os.environ["OF_MODULE"] = "1"
    stop = threading.Event()
    thread = threading.Thread(target=stop.wait)
    thread.start()
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    yield
    stop.set()
    thread.join()
    child.communicate()
    del os.environ["OF_MODULE"]


@pytest.fixture(scope="session")
def folder():
    with tempfile.TemporaryDirectory() as name:
        yield name


@pytest.fixture(scope="module")
def pool():
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(2) as executor:
        yield executor


@pytest.fixture
def lazily(request):
    return lambda name: request.getfixturevalue(name)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_protocol(item):
    yield
    os.environ.pop("CLEANED_BY_HOOK", None)
