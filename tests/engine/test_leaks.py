"""What a test leaves behind is named with its value; what is no leak stays silent. The projects are in `tests/targets/`."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

TARGETS = Path(__file__).parent.parent / "targets"
LEFT = {
    "test_sets_variable": [("environ", "LEFT_API_TOKEN", "", r"\*\*\*")],
    "test_sets_it_to_nothing": [("environ", "LEFT_EMPTY", "", "''")],
    "test_changes_variable": [("environ", "LEFT_EMPTY", "''", "full")],
    "test_deletes_variable": [("environ", "TO_BE_DELETED", "1", "")],
    "test_puts_variable": [("environ", "LEFT_BEHIND_PYTHONS_BACK", "", "os.putenv: 1")],
    "test_by_fixture": [("environ", "BY_FIXTURE", "", "1")],
    "test_by_helper": [("environ", "BY_HELPER", "", "1")],
    "test_extends_path": [("sys.path", "/left/on/path", "", "/left/on/path")],
    "test_extends_path_twice": [("sys.path", "/left/on/path", "", "/left/on/path")],
    "test_changes_arguments": [("sys.argv", "sys.argv", r"\[.*\]", r"\[.*, '--left'\]")],
    "test_removes_module": [("sys.modules", "json.decoder", "<module 'json.decoder' .*>", "")],
    "test_replaces_module": [
        ("sys.modules", "json.scanner", "<module 'json.scanner' from .*>", "<module 'json.scanner'>")
    ],
    "test_puts_mock_among_modules": [("sys.modules", "some_service", "", "<MagicMock name='service' id='\\d+'>")],
    "test_puts_empty_module": [("sys.modules", "some_plugin", "", "<module 'some_plugin'>")],
    "test_sets_level": [("logging", "root", "level WARNING", "level DEBUG")],
    "test_adds_handler": [
        ("logging", "known", "handlers: none", r"handlers: <StreamHandler .*\(NOTSET\)>"),
    ],
    "test_disables_logging": [("logging", "logging.disable", "NOTSET", "ERROR")],
    "test_sets_locale": [("locale", "locale", ".*C.*", ".*C.*")],
    "test_sets_timeout": [("socket-timeout", "socket-timeout", "None", "12.5")],
    "test_sets_signal_handler": [("signal", "SIGUSR1", "SIG_DFL", "test_leaves._handler")],
    "test_starts_thread": [("thread", "left-thread", "", "daemon, runs time.sleep")],
    "test_starts_timer": [("thread", r"Thread-\d+", "", "daemon, runs test_leaves._configure")],
    "test_starts_process": [("process", r".*python.* -c import time; time.sleep\(60\)", "", r"process \d+")],
    "test_starts_multiprocessing": [("process", "a fork of pytest", "", r"process \d+")],
    "test_opens_file": [("descriptor", "left-open.txt", "", r"descriptor \d+")],
    "test_opens_socket": [("descriptor", "socket", "", r"descriptor \d+")],
    "test_opens_pipe": [("descriptor", "pipe", "", r"descriptor \d+, descriptor \d+")],
    "test_writes_file": [("file", "left.txt", "", "12 bytes")],
    "test_makes_folder": [("file", "left", "", "folder")],
    "test_renames_file": [("file", "second-name.txt", "", "0 bytes")],
    "test_writes_again": [("file", "there.txt", "there", "10 bytes")],
    "test_changes_folder": [("cwd", "cwd", ".*/leaves_things", ".*/leaves_things/inner")],
    "test_fails_and_sets": [("environ", "LEFT_BY_FAILURE", "", "1")],
}
"""Test -> kind, name, value before and after (patterns) of what it leaves."""


@pytest.fixture
def target(tmp_path):
    """A copy of a project in `tests/targets/`."""

    def make(name):
        return Path(shutil.copytree(TARGETS / name, tmp_path / name))

    return make


def leaks(seen):
    """Test -> its leaks as (kind, name, before, after)."""
    found = {}
    for test in seen.run.tests:
        for leak in test.attempts[-1].leaks:
            name = test.node_id.rpartition("::")[2]
            found.setdefault(name, []).append((leak.kind, leak.what, leak.before, leak.after))
    return found


def unlike(found, expected):
    """What is otherwise than expected, as one can read it."""
    wrong = {name: rows for name, rows in found.items() if name not in expected}
    for name, rows in expected.items():
        seen = found.get(name, [])
        fits = len(seen) == len(rows) and all(
            re.fullmatch(pattern, value)
            for row, told in zip(rows, seen, strict=True)
            for pattern, value in zip(row, told, strict=True)
        )
        if not fits:
            wrong[name] = seen
    return wrong


@pytest.mark.parametrize("requirement", ["7.0.*", ""])
@pytest.mark.parametrize("args", [(), ("-W", "error")])
def test_each_leak_is_named_with_its_test_and_value(requirement, args, environments, target, audited):
    seen = audited(target("leaves_things"), *args, executable=environments(requirement))

    assert unlike(leaks(seen), LEFT) == {}
    assert seen.run.gaps == ()


@pytest.mark.parametrize("requirement", ["7.0.*", ""])
@pytest.mark.parametrize("args", [(), ("-W", "error")])
def test_what_is_no_leak_is_not_told(requirement, args, environments, target, audited):
    seen = audited(target("leaves_nothing"), *args, executable=environments(requirement))

    assert leaks(seen) == {}
    assert set(seen.outcomes.values()) == {"passed"}


def test_workers_tell_the_same(environments, target, audited):
    seen = audited(target("leaves_things"), "--dist=loadfile", executable=environments("", "pytest-xdist"), workers="2")

    assert unlike(leaks(seen), LEFT) == {}


def test_without_leaks_nothing_is_watched(target, audited):
    seen = audited(target("leaves_things"), leaks=False)

    assert leaks(seen) == {}
    assert seen.run.watched == frozenset()
    assert not any(test.attempts[-1].doubles for test in seen.run.tests)


def test_what_was_watched_is_said(target, audited):
    seen = audited(target("leaves_nothing"))

    assert {"environ", "cwd", "sys.path", "sys.modules", "thread", "file"} <= seen.run.watched
    assert "warnings" not in seen.run.watched


def test_without_pytests_own_plugin_filters_of_warnings_leak(project, audited):
    text = "import warnings\n\ndef test_filters():\n    warnings.simplefilter('ignore')\n\ndef test_last(): pass\n"

    seen = audited(project({"test_x.py": text}), "-p", "no:warnings")

    [(kind, what, before, after)] = leaks(seen)["test_filters"]
    assert (kind, what) == ("warnings", "warnings")
    assert before != after
    assert "'ignore'" in after


def test_the_line_that_did_it(target, audited):
    seen = audited(target("leaves_things"))

    def at(name):
        place = seen.test(name).attempts[-1].leaks[0].at
        return place and (place.path, place.function)

    assert at("test_sets_variable") == ("test_leaves.py", "test_sets_variable")
    assert at("test_by_fixture") == ("test_leaves.py", "sets_without_restoring")
    assert at("test_by_helper") == ("test_leaves.py", "_configure")
    assert at("test_writes_file") == ("test_leaves.py", "test_writes_file")
    assert at("test_opens_socket") == ("test_leaves.py", "test_opens_socket")
    assert at("test_extends_path") is None


def test_a_leak_is_told_of_every_test_that_adds_to_it_and_of_none_that_takes_it_back(project, audited):
    text = """
import os

def test_sets(): os.environ["X"] = "1"
def test_sets_the_same(): os.environ["X"] = "1"
def test_sets_more(): os.environ["X"] = "2"
def test_takes_back(): del os.environ["X"]
"""

    seen = audited(project({"test_x.py": text}))

    assert leaks(seen) == {
        "test_sets": [("environ", "X", "", "1")],
        "test_sets_more": [("environ", "X", "1", "2")],
    }


def test_a_module_under_a_name_that_is_no_text_is_told(project, audited):
    root = project(
        {
            "test_it.py": "import sys\n\n"
            "def test_puts():\n    sys.modules[7] = None\n    sys.modules['ours'] = None\n\n"
            "def test_next(): assert 7 in sys.modules\n"
        }
    )

    seen = audited(root)

    assert leaks(seen) == {"test_puts": [("sys.modules", "7", "", "None"), ("sys.modules", "ours", "", "None")]}
    assert [test.outcome for test in seen.run.tests] == ["passed", "passed"]


def test_connections_binds_and_files_by_address_and_path(project, audited):
    text = """
import pathlib
import socket
import sys

def ask(address, kind=socket.SOCK_STREAM):
    family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
    sock = socket.socket(family, kind)
    sock.settimeout(0.05)
    try:
        sock.connect(address)
    except OSError:
        pass
    sock.close()

def test_connects():
    for address in [("127.0.0.1", 9), ("127.0.0.1", 9), ("::1", 9), ("192.0.2.1", 80), ("localhost", 9)]:
        ask(address)

def test_only_learns_its_address():
    ask(("192.0.2.1", 80), socket.SOCK_DGRAM)

def test_looks_up():
    try:
        socket.getaddrinfo("nowhere.invalid", 443)
    except OSError:
        pass

def test_binds():
    for port in (0, 45781):
        sock = socket.socket()
        sock.bind(("127.0.0.1", port))
        sock.close()

def test_reads():
    open("/etc/passwd").close()
    pathlib.Path("/etc/hosts").read_text()
    open(sys.executable, "rb").close()
    open("/dev/null", "w").close()
    try:
        open("/no/such/folder/file", "w")
    except OSError:
        pass

def test_relative(tmp_path):
    open(__file__).close()
    (tmp_path / "x").write_text("")
"""

    seen = audited(project({"test_x.py": text}))

    def of(name):
        return seen.test(name).attempts[-1]

    assert set(seen.outcomes.values()) == {"passed"}
    assert [(c.host, c.port, c.loopback, c.calls) for c in of("test_connects").connections] == [
        ("127.0.0.1", 9, True, 2),
        ("::1", 9, True, 1),
        ("192.0.2.1", 80, False, 1),
        ("localhost", 9, True, 1),
    ]
    assert of("test_connects").connections[0].at.function in {"ask", "test_connects"}
    assert of("test_only_learns_its_address").connections == ()
    assert [(c.host, c.name, c.loopback) for c in of("test_looks_up").connections] == [("", "nowhere.invalid", False)]
    assert [(b.host, b.port, b.at.line) for b in of("test_binds").binds] == [("127.0.0.1", 45781, 32)]
    assert {(o.path, o.wrote) for o in of("test_reads").opened} == {
        ("/etc/passwd", False),
        ("/etc/hosts", False),
        ("/no/such/folder/file", True),
    }
    assert of("test_relative").opened == ()


def test_doubles_in_every_syntax(project, audited):
    files = {
        "service.py": "def send(*_): return 1\nclass Client:\n    def get(self): return 1\nLIMIT = 3\n",
        "conftest.py": """
import pytest
from unittest import mock

@pytest.fixture(scope="module")
def for_all():
    with mock.patch("service.LIMIT", 9):
        yield

@pytest.fixture
def replaced(monkeypatch):
    import service
    monkeypatch.setattr(service, "send", lambda *_: 2)
""",
        "test_x.py": """
from unittest import mock
import service

def test_with():
    with mock.patch("service.send") as send, mock.patch.object(service.Client, "get", autospec=True):
        service.send(1)
        service.send(2)
        service.Client().get()

@mock.patch("service.LIMIT", new=5)
@mock.patch("service.send", return_value=3)
def test_decorated(send):
    assert service.send() == 3

def test_started():
    patcher = mock.patch("service.send")
    patcher.start()
    patcher.stop()

def test_instance():
    client = service.Client()
    with mock.patch.object(client, "get"):
        client.get()

def test_fixture(replaced):
    assert service.send() == 2

def test_dict():
    with mock.patch.dict("os.environ", X="1"):
        pass

def test_missing():
    try:
        mock.patch("service.nothing").start()
    except AttributeError:
        pass

def test_wider(for_all):
    with mock.patch("service.send"):
        pass

def test_wider_again(for_all): pass
""",
    }

    seen = audited(project(files))

    def of(name):
        return [(d.target, d.by, d.double, d.calls, d.active, d.wider) for d in seen.test(name).attempts[-1].doubles]

    assert set(seen.outcomes.values()) == {"passed"}
    assert of("test_with") == [
        ("service.send", "patch", "MagicMock", 2, 1, False),
        ("service.Client.get", "patch", "function", 1, 2, False),
    ]
    assert of("test_decorated") == [
        ("service.send", "patch", "MagicMock", 1, 1, False),
        ("service.LIMIT", "patch", "int", None, 2, False),
    ]
    assert of("test_started") == [("service.send", "patch", "MagicMock", 0, 1, False)]
    assert of("test_instance") == [("service.Client.get", "patch", "MagicMock", 1, 1, False)]
    assert of("test_fixture") == [("service.send", "monkeypatch", "function", None, 1, False)]
    assert of("test_wider") == [
        ("service.LIMIT", "patch", "int", None, 1, True),
        ("service.send", "patch", "MagicMock", 0, 2, False),
    ]
    assert of("test_wider_again") == [("service.LIMIT", "patch", "int", None, 1, True)]
    assert of("test_dict") == of("test_missing") == []


def test_a_patch_that_fails_shows_no_frame_of_ours(project, audited):
    text = "from unittest import mock\nimport json\n\ndef test_x():\n    mock.patch('json.nothing').start()\n"

    seen = audited(project({"test_x.py": text}))

    assert "testaudit" not in seen.test("test_x").attempts[0].troubles[0].text


def test_warnings_that_are_evidence_are_told_of_each_test(project, audited):
    text = """
import warnings

async def nothing():
    pass

def forget():
    nothing()

def test_one(): forget()
def test_two(): forget()
def test_warns(): warnings.warn("old")
"""

    seen = audited(project({"test_x.py": text}))

    told = [(w.node_id.rpartition("::")[2], w.category) for w in seen.run.warnings if "never awaited" in w.message]
    assert told == [("test_one", "RuntimeWarning"), ("test_two", "RuntimeWarning")]


HOSTILE = """
import builtins, os, socket, sys, threading, time, logging
import pytest

KEPT = []

class Odd(dict):
    def __eq__(self, other): raise RuntimeError("not comparable")
    __hash__ = None
    def __repr__(self): raise RuntimeError("not shown")

def test_odd_module(): sys.modules["odd"] = Odd()
def test_odd_path(): sys.path.append(Odd())
def test_odd_environ(): os.environ = {}
def test_no_argv(): del sys.argv
def test_closes_everything(): os.closerange(3, 255)
def test_no_path(): sys.path = None
def test_replaces():
    builtins.open = os.listdir = os.readlink = os.stat = os.lstat = os.getcwd = None
    threading.enumerate = threading.current_thread = None
    sys.addaudithook = None
def test_forks():
    pid = os.fork()
    if pid:
        os.waitpid(pid, 0)
    else:
        os.environ["CHILD"] = "1"
        os._exit(0)
def test_takes_all_descriptors():
    import resource
    resource.setrlimit(resource.RLIMIT_NOFILE, (60, 60))
    try:
        while True:
            KEPT.append(open("/dev/null"))
    except OSError:
        pass
def test_without_descriptors(): pass
def test_gives_them_back(): KEPT.clear()
def test_no_logging(): logging.root.manager.loggerDict.clear()
def test_forgets_all(): sys.modules.clear()
"""


@pytest.mark.parametrize("args", [(), ("-W", "error")])
def test_nothing_that_a_test_does_disturbs_the_outcomes(args, project, audited):
    root = project({"test_x.py": HOSTILE})

    bare = audited(root, *args, leaks=False)
    seen = audited(root, *args)

    assert seen.outcomes == bare.outcomes
    assert [gap.what for gap in seen.run.gaps] == [gap.what for gap in bare.run.gaps]


def test_a_surviving_fork_writes_nothing(project, audited):
    text = """
import os

def test_forks_and_goes_on():
    os.environ["LEFT"] = "1"
    if os.fork():
        os.wait()

def test_last():
    os.environ["LAST"] = "1"
"""

    seen = audited(project({"test_x.py": text}))

    assert leaks(seen) == {
        "test_forks_and_goes_on": [("environ", "LEFT", "", "1")],
        "test_last": [("environ", "LAST", "", "1")],
    }


def test_tests_see_nothing_of_it(project, audited, tmp_path):
    text = """
import os, sys, gc, threading, weakref, logging, inspect
from unittest import mock

def test_sees():
    assert "testaudit" not in str(sys.argv)
    assert not [thread for thread in threading.enumerate() if "testaudit" in thread.name]
    assert inspect.signature(mock._patch.__enter__)
    assert mock._patch.__enter__.__qualname__ == "_patch.__enter__"
    assert not logging.root.handlers or "testaudit" not in str(logging.root.handlers)

def test_lets_go():
    class Thing: pass
    thing = Thing()
    with mock.patch("os.sep", thing):
        gone = weakref.ref(thing)
    del thing
    gc.collect()
"""

    seen = audited(project({"test_x.py": text}))

    assert set(seen.outcomes.values()) == {"passed"}
