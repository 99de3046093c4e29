"""Rows of the probe -> leaks and connections: masked, cut, and those of one kind and name as one."""

from __future__ import annotations

import pytest

from testaudit.model import Attempt, AuditedTest, Leak, NodeId
from testaudit.paths import Paths
from testaudit.traces import add_late, kinds_of, leaks_of, traced, with_late

ATTEMPT = Attempt("passed", 0.1)
TOKEN = "ghp_" + "a1B2" * 9


@pytest.fixture
def paths(tmp_path):
    return Paths.of(tmp_path)


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("DB_PASSWORD", "hunter2", "***"),
        ("SERVICE_API_KEY", "b8e2f0a94c7d", "***"),
        ("PLAIN", "value", "value"),
        ("PLAIN", TOKEN, "***"),
        ("PLAIN", "", ""),
        ("URL", "https://user:pass@host/x", "https://user:***@host/x"),
        ("LONG", "x" * 500, "x" * 197 + "..."),
        ("ESCAPES", "a\x1b[31mb\x07", "ab\\x07"),
    ],
)
def test_a_variables_value_is_masked_by_its_name_and_shape(name, value, shown, paths):
    [leak] = leaks_of([["environ", name, value, value]], paths)

    assert (leak.what, leak.before, leak.after) == (name, shown, shown)


def test_a_loggers_name_is_no_secret(paths):
    [leak] = leaks_of([["logging", "app.password_manager", "level WARNING", "level DEBUG"]], paths)

    assert (leak.what, leak.before, leak.after) == ("app.password_manager", "level WARNING", "level DEBUG")


def test_rows_of_one_kind_and_name_are_one_leak(paths, tmp_path):
    place = [str(tmp_path / "test_x.py"), 3, "test_x"]
    rows = [
        ["descriptor", "pipe", "", "descriptor 5"],
        ["descriptor", "pipe", "", "descriptor 6", place],
        ["logging", "root", "level WARNING", "level DEBUG"],
        ["logging", "root", "handlers: none", "handlers: <X>"],
        ["sys.path", "/a", "", "/a"],
        ["sys.path", "/a", "", "/a"],
    ]

    pipe, root, path = leaks_of(rows, paths)

    assert (pipe.after, pipe.at.path, pipe.at.line) == ("descriptor 5, descriptor 6", "test_x.py", 3)
    assert (root.before, root.after) == ("level WARNING, handlers: none", "level DEBUG, handlers: <X>")
    assert path == Leak("sys.path", "/a", "", "/a")


def test_of_files_those_are_told_that_are_there_when_the_run_has_ended(paths, tmp_path):
    (tmp_path / "left.txt").write_text("x")
    (tmp_path / "broken").symlink_to(tmp_path / "nowhere")

    found = leaks_of(
        [["file", str(tmp_path / name), "", "1 bytes"] for name in ("left.txt", "gone.txt", "broken")], paths
    )

    assert [leak.what for leak in found] == ["left.txt", "broken"]


def test_kinds_that_nobody_knows_are_passed_over(paths):
    found = leaks_of([["something", "x", "", ""], ["cwd", "cwd", "/a", "/b"]], paths)

    assert [leak.kind for leak in found] == ["cwd"]
    assert kinds_of({"kinds": ["cwd", "something"]}) == {"cwd"}


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("0.0.0.0", True),
        ("::", True),
        ("localhost", True),
        ("app.localhost", True),
        ("fe80::1%eth0", False),
        ("10.0.0.1", False),
        ("192.0.2.1", False),
        ("example.com", False),
        ("", True),
    ],
)
def test_what_is_this_machines_own(host, loopback, paths):
    [attempt] = traced([ATTEMPT], {"e": {"n": [[host, 80, "", 1]]}}, paths)

    assert attempt.connections[0].loopback is loopback


def test_a_name_is_told_where_it_is_none_of_the_address(paths):
    rows = [["192.0.2.1", 80, "example.com", 2], ["192.0.2.1", 81, "192.0.2.1", 1], ["", 443, "example.org", 1]]

    [attempt] = traced([ATTEMPT], {"e": {"n": rows}}, paths)

    assert [(c.host, c.name, c.calls) for c in attempt.connections] == [
        ("192.0.2.1", "example.com", 2),
        ("192.0.2.1", "", 1),
        ("", "example.org", 1),
    ]


def test_without_evidence_an_attempt_is_as_it_was(paths):
    assert traced([ATTEMPT], {}, paths) == (ATTEMPT,)


def test_leaks_that_are_told_late_join_their_test(paths):
    late = {}
    add_late(late, {"node": "a.py::test", "l": [["thread", "t", "", "daemon, runs x"]]}, paths)
    add_late(late, {"node": "a.py::test", "l": [["environ", "X", "", "1"]]}, paths)

    joined, other = (
        with_late(AuditedTest(NodeId(name), "", "a.py", 1, "passed", (ATTEMPT,)), late, paths)
        for name in ("a.py::test", "a.py::other")
    )

    assert [leak.kind for leak in joined.attempts[0].leaks] == ["thread", "environ"]
    assert other.attempts == (ATTEMPT,)
