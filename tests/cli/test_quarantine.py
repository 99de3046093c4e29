"""`testaudit quarantine`: tests are put in, listed and taken out, and whatever is typed wrong changes nothing."""

from __future__ import annotations

import json
import os
import sys
from datetime import date, timedelta

import pytest

from tests.conftest import start

FILE = ".testaudit/quarantine.toml"
TODAY = date.today()
BY = ("--owner", "payments", "--issue", "PAY-12")
SUITE = {
    "test_x.py": "import pytest\n@pytest.mark.parametrize('n', [1, 2])\ndef test_a(n): assert n == 1\ndef test_b(): pass\n"
}
COMMENTED = (
    '# Agreed on by all teams.\n\n[[quarantine]]\ntest = "test_x.py::test_b"  # slow\nowner = "me"\nissue = "#1"\n'
)


def remembered(folder, *tests: tuple[str, str, int], complete: bool = True) -> None:
    """The last audit of a project."""
    entries = [
        {"node_id": node_id, "junit_key": node_id.replace(".py", ""), "outcome": outcome, "passes": passes}
        for node_id, outcome, passes in tests
    ]
    (folder / ".testaudit" / "local").mkdir(parents=True, exist_ok=True)
    document = {"complete": complete, "partial": False, "tests": entries}
    (folder / ".testaudit" / "local" / "last-audit.json").write_text(json.dumps(document), encoding="utf-8")


def test_a_test_is_added_listed_and_removed(project, testaudit):
    made = project({})

    added = testaudit("quarantine", "add", "test_x.py::test_a", *BY, "--reason", "race", cwd=made)
    listed = testaudit("quarantine", "list", cwd=made)
    removed = testaudit("quarantine", "remove", "test_x.py::test_a", cwd=made)
    after = testaudit("quarantine", "list", cwd=made)

    last_day = TODAY + timedelta(days=30)
    assert [one.code for one in (added, listed, removed, after)] == [0, 0, 0, 0]
    assert added.stdout == f"test_x.py::test_a is quarantined until {last_day} (payments, PAY-12).\n"
    assert f"{last_day}, 30 days left" in listed.stdout
    assert "test_x.py::test_a" in listed.stdout
    assert after.stdout == "No test is quarantined.\n"


def test_comments_stay(project, testaudit):
    made = project({FILE: COMMENTED})

    testaudit("quarantine", "add", "test_x.py::test_a", *BY, cwd=made)
    testaudit("quarantine", "remove", "test_x.py::test_a", cwd=made)

    assert (made / FILE).read_text(encoding="utf-8").rstrip() == COMMENTED.rstrip()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("add", "test_x.py::test_b", *BY), "is quarantined already (.testaudit/quarantine.toml, line 3)"),
        (("add", "test_x.py::test_a", *BY, "--until", "2020-02-02"), "--until 2020-02-02 is over"),
        (("add", "test_x.py::test_a", *BY, "--until", "tomorrow"), "Write it as 2026-12-31"),
        (("add", "test_x.py::test_a", "--owner", "me"), "--issue"),
        (("add", "test_x.py::test_a", "--owner", " ", "--issue", "#1"), "--owner is empty"),
        (("add", " ", *BY), "NODEID is empty"),
        (("add", "test_x.py::test_c", *BY), "has no test test_x.py::test_c"),
        (("add", "test_x.py::test_a[3]", *BY), "Nearest: test_x.py::test_a"),
        (("add", "test_y.py::test_a", *BY), "Nearest: test_x.py::test_a"),
        (("remove", "test_x.py::test_a"), "Nearest: test_x.py::test_b"),
    ],
)
def test_what_is_typed_wrong_is_said_and_changes_nothing(project, testaudit, arguments, said):
    made = project({FILE: COMMENTED})
    remembered(made, ("test_x.py::test_a[1]", "passed", 0), ("test_x.py::test_b", "failed", 0))

    ended = testaudit("quarantine", *arguments, cwd=made)

    assert ended.code == 2
    assert said in ended.stderr
    assert (made / FILE).read_text(encoding="utf-8") == COMMENTED


@pytest.mark.parametrize("name", ["test_x.py::test_a", "test_x.py::test_a[1]", "test_x::test_a", "./test_x.py::test_b"])
def test_what_the_last_audit_knows_may_be_added(project, testaudit, name):
    made = project({})
    remembered(made, ("test_x.py::test_a[1]", "passed", 0), ("test_x.py::test_b", "failed", 0))

    assert testaudit("quarantine", "add", name, *BY, cwd=made).code == 0


def test_an_audit_that_saw_a_part_refuses_nothing(project, testaudit):
    made = project({})
    remembered(made, ("test_x.py::test_b", "failed", 0), complete=False)

    assert testaudit("quarantine", "add", "test_y.py::test_c", *BY, cwd=made).code == 0


def test_a_real_scan_is_what_add_and_list_look_at(project, testaudit):
    made = project(SUITE)
    testaudit("scan", "--python", sys.executable, cwd=made)

    unknown = testaudit("quarantine", "add", "test_x.py::test_none", *BY, cwd=made)
    known = testaudit("quarantine", "add", "test_x.py::test_a", *BY, cwd=made)
    listed = testaudit("quarantine", "list", cwd=made)

    assert [unknown.code, known.code] == [2, 0]
    assert "failed" in listed.stdout


def test_the_list_says_what_expired_what_is_incomplete_and_what_can_go(project, testaudit):
    entry = '[[quarantine]]\ntest = "{}"\nowner = "me"\nissue = "#1"\nuntil = {}\n'
    days = {"old": TODAY - timedelta(days=1), "today": TODAY, "good": TODAY + timedelta(days=1)}
    text = "".join(entry.format(f"test_x.py::{name}", day) for name, day in days.items())
    made = project({FILE: text + '[[quarantine]]\ntest = "test_x.py::nobody"\nuntil = 2099-01-01\n'})
    remembered(made, ("test_x.py::good[1]", "passed", 31), ("test_x.py::good[2]", "passed", 20))

    ended = testaudit("quarantine", "list", cwd=made)

    lines = {line.rpartition("::")[2]: line for line in ended.stdout.splitlines() if "::" in line}
    assert ended.code == 0
    assert f"{days['old']}, expired" in lines["old"]
    assert f"{TODAY}, today" in lines["today"]
    assert "not seen" in lines["today"]
    assert "1 day left" in lines["good"]
    assert "passed    20, release" in lines["good"]
    assert "line 16: test_x.py::nobody has no owner and no issue" in ended.stdout


@pytest.mark.parametrize("action", [("add", "a::b", *BY), ("list",), ("remove", "a::b")])
def test_a_file_that_cannot_be_understood_stays_as_it_is(project, testaudit, action):
    made = project({FILE: "<<<<<<< ours\n"})

    ended = testaudit("quarantine", *action, cwd=made)

    assert ended.code == 2
    assert ".testaudit/quarantine.toml, line 1: a merge was not finished here" in ended.stderr
    assert (made / FILE).read_text(encoding="utf-8") == "<<<<<<< ours\n"


def test_names_that_would_move_the_cursor_are_shown_harmless(project, testaudit):
    made = project({})

    testaudit("quarantine", "add", "a.py::b[\x1b[31m]", *BY, cwd=made)
    listed = testaudit("quarantine", "list", cwd=made)

    assert listed.code == 0
    assert "\x1b" not in listed.stdout


def test_those_who_add_at_once_lose_nothing(project):
    made = project({})

    running = [start("quarantine", "add", f"test_x.py::test_{n}", *BY, cwd=made) for n in range(6)]
    codes = [one.wait(60) for one in running]
    for one in running:
        one.stdout.close()
        one.stderr.close()

    text = (made / FILE).read_text(encoding="utf-8")
    assert codes == [0] * 6
    assert sorted(line for line in text.splitlines() if "test_" in line) == [
        f'test = "test_x.py::test_{n}"' for n in range(6)
    ]


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is read-only for root")
def test_a_checkout_that_cannot_be_written_is_said(project, testaudit):
    made = project({})
    made.chmod(0o555)

    ended = testaudit("quarantine", "add", "a::b", *BY, cwd=made)

    made.chmod(0o755)
    assert ended.code == 3
    assert "Run this in a checkout that can be written" in ended.stderr


def test_a_file_in_the_place_of_the_folder_is_said(project, testaudit):
    made = project({".testaudit": "no folder"})

    ended = testaudit("quarantine", "add", "a::b", *BY, cwd=made)

    assert ended.code == 3
    ended.assert_no_traceback()
