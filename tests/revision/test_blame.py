"""A name to ask, beside a failure; nothing at all where there is any trouble."""

from __future__ import annotations

import pytest

from testaudit.revision.blame import blame
from tests.revision.repositories import Clone

PLACE = ("tests/test_a.py", 1, 3)


def by(clone: Clone, name: str, day: str, text: str, path: str = PLACE[0]) -> str:
    clone.write(**{path: text})
    clone.git("add", "--all")
    when = f"{day}T23:30:00+0200"
    env = {"GIT_AUTHOR_NAME": name, "GIT_AUTHOR_DATE": when, "GIT_COMMITTER_DATE": when}
    clone.git("commit", "--quiet", "-m", "by", env=env)
    return clone.git("rev-parse", "HEAD")[:7]


def test_the_newest_commit_among_the_lines(clone):
    by(clone, "Old Hand", "2026-01-02", "one\ntwo\nthree\nfour\n")
    commit = by(clone, "Jane Doe", "2026-11-20", "one\nTWO\nthree\nfour\n")
    by(clone, "Somebody Else", "2026-11-21", "one\nTWO\nthree\nFOUR\n")

    assert blame(clone.root, [PLACE]) == {PLACE: f"Jane Doe in {commit}, 2026-11-20"}


def test_lines_that_are_not_committed(clone):
    by(clone, "Jane Doe", "2026-11-20", "one\ntwo\nthree\n")
    clone.write(**{PLACE[0]: "one\ntwo\nTHREE\n"})

    assert blame(clone.root, [PLACE]) == {PLACE: "not committed yet"}


def test_a_project_in_a_folder_of_its_repository(clone):
    commit = by(clone, "Jane Doe", "2026-11-20", "one\ntwo\nthree\n", "app/tests/test_a.py")

    assert blame(clone.root / "app", [PLACE]) == {PLACE: f"Jane Doe in {commit}, 2026-11-20"}


@pytest.mark.parametrize(
    ("author", "shown"),
    [
        ("jane@example.org", "somebody"),
        ("Jane jane@example.org Doe", "Jane Doe"),
        ("Jane\x1b[2K Doe", "Jane\\x1b[2K Doe"),
        ("x" * 500, "x" * 60),
        ("token=ghp_abcdefghijklmnopqrstuvwxyz0123456789", "token=***"),
    ],
)
def test_the_name_alone_and_fit_to_be_shown(clone, author, shown):
    commit = by(clone, author, "2026-11-20", "one\ntwo\nthree\n")

    assert blame(clone.root, [PLACE]) == {PLACE: f"{shown} in {commit}, 2026-11-20"}


@pytest.mark.parametrize(
    "place",
    [
        ("nowhere.py", 1, 2),
        ("tests/test_a.py", 50, 60),
        ("tests/test_a.py", 0, 1),
        ("tests/test_a.py", 3, 2),
        ("a\0b", 1, 1),
        ("--contents=x", 1, 1),
        ("../x", 1, 1),
        ("", 1, 1),
    ],
)
def test_what_git_cannot_tell_is_left_out(clone, place):
    commit = by(clone, "Jane Doe", "2026-11-20", "one\ntwo\nthree\n")

    assert blame(clone.root, [place, PLACE]) == {PLACE: f"Jane Doe in {commit}, 2026-11-20"}


def test_outside_a_repository_nobody_is_named(tmp_path):
    assert blame(tmp_path, [PLACE]) == {}


def test_without_git_nobody_is_named(clone, monkeypatch):
    by(clone, "Jane Doe", "2026-11-20", "one\ntwo\nthree\n")
    monkeypatch.setenv("PATH", "/nowhere")

    assert blame(clone.root, [PLACE]) == {}


def test_at_most_twenty_places(clone):
    by(clone, "Jane Doe", "2026-11-20", "line\n" * 30)

    assert len(blame(clone.root, [(PLACE[0], line, line) for line in range(1, 31)])) == 20


def test_when_the_time_is_up_the_rest_is_left_out(clone, monkeypatch):
    by(clone, "Jane Doe", "2026-11-20", "one\ntwo\nthree\n")
    monkeypatch.setattr("testaudit.revision.blame.BUDGET_S", 0.0)

    assert blame(clone.root, [PLACE]) == {}
