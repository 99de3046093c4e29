"""Each test leaves one thing otherwise than it was."""

import json
import locale
import logging
import multiprocessing
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import types
from unittest import mock

import pytest

KEPT = []
os.environ["TO_BE_DELETED"] = "1"
logging.getLogger("known")


@pytest.fixture
def sets_without_restoring():
    os.environ["BY_FIXTURE"] = "1"


def _configure():
    os.environ["BY_HELPER"] = "1"


def test_sets_variable():
    os.environ["LEFT_API_TOKEN"] = "b8e2f0a94c7d"


def test_sets_it_to_nothing():
    os.environ["LEFT_EMPTY"] = ""


def test_changes_variable():
    os.environ["LEFT_EMPTY"] = "full"


def test_deletes_variable():
    del os.environ["TO_BE_DELETED"]


def test_puts_variable():
    os.putenv("LEFT_BEHIND_PYTHONS_BACK", "1")


def test_by_fixture(sets_without_restoring):
    pass


def test_by_helper():
    _configure()


def test_extends_path():
    sys.path.insert(0, "/left/on/path")


def test_extends_path_twice():
    sys.path.insert(0, "/left/on/path")


def test_changes_arguments():
    sys.argv.append("--left")


def test_removes_module():
    del sys.modules["json.decoder"]


def test_replaces_module():
    sys.modules["json.scanner"] = types.ModuleType("json.scanner")


def test_puts_mock_among_modules():
    sys.modules["some_service"] = mock.MagicMock(name="service")


def test_puts_empty_module():
    sys.modules["some_plugin"] = types.ModuleType("some_plugin")


def test_sets_level():
    logging.getLogger().setLevel(logging.DEBUG)


def test_adds_handler():
    logging.getLogger("known").addHandler(logging.StreamHandler(sys.__stderr__))


def test_disables_logging():
    logging.disable(logging.ERROR)


def test_sets_locale():
    locale.setlocale(locale.LC_ALL, "C.UTF-8" if locale.setlocale(locale.LC_ALL) == "C" else "C")


def test_sets_timeout():
    socket.setdefaulttimeout(12.5)


def _handler(number, frame):
    pass


def test_sets_signal_handler():
    signal.signal(signal.SIGUSR1, _handler)


def test_starts_thread():
    threading.Thread(target=time.sleep, args=(60,), daemon=True, name="left-thread").start()


def test_starts_timer():
    timer = threading.Timer(60, _configure)
    timer.daemon = True
    timer.start()
    KEPT.append(timer)


def test_starts_process():
    KEPT.append(subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]))


def test_starts_multiprocessing():
    process = multiprocessing.get_context("fork").Process(target=time.sleep, args=(60,), daemon=True)
    process.start()
    KEPT.append(process)


def test_opens_file():
    KEPT.append(open("left-open.txt"))


def test_opens_socket():
    KEPT.append(socket.socket())


def test_opens_pipe():
    KEPT.append(os.pipe())


def test_writes_file():
    with open("left.txt", "w") as stream:
        stream.write("12 letters..")


def test_makes_folder():
    os.makedirs("left/deep")
    with open("left/deep/file.txt", "w"):
        pass


def test_renames_file():
    with open("first-name.txt", "w"):
        pass
    os.rename("first-name.txt", "second-name.txt")


def test_writes_again():
    with open("there.txt", "a") as stream:
        stream.write("more")


def test_changes_folder():
    os.chdir("inner")


def test_fails_and_sets():
    os.environ["LEFT_BY_FAILURE"] = "1"
    raise ValueError


def test_waits_a_moment():
    time.sleep(0.15)


def test_last():
    pass

