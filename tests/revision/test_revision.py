"""Which revision was audited: what git says, and nothing where nobody knows."""

from __future__ import annotations

import subprocess

import pytest

from testaudit.revision.interface import read_revision

UNKNOWN = (None, None, None, "")


@pytest.fixture
def repository(tmp_path):
    def git(*arguments: str) -> str:
        identity = ("-c", "user.name=n", "-c", "user.email=e@example.org", "-c", "commit.gpgsign=false")
        done = subprocess.run(
            ["git", *identity, *arguments], cwd=tmp_path, capture_output=True, text=True, check=True, timeout=60
        )
        return done.stdout.strip()

    git("init", "--quiet", "--initial-branch", "trunk")
    (tmp_path / "file").write_text("one")
    git("add", "file")
    git("commit", "--quiet", "-m", "first")
    return tmp_path, git


def test_a_clean_checkout(repository):
    folder, git = repository

    assert read_revision(folder) == (git("rev-parse", "HEAD"), "trunk", False, "")


def test_a_changed_file_makes_it_dirty_and_an_untracked_one_does_not(repository):
    folder, _ = repository
    (folder / "report.xml").write_text("left by a run")
    untracked = read_revision(folder)
    (folder / "file").write_text("two")
    changed = read_revision(folder)

    assert (untracked[2], changed[2]) == (False, True)


def test_a_folder_inside_it_is_of_the_same_revision(repository):
    folder, _ = repository
    inside = folder / "inside" / "deep"
    inside.mkdir(parents=True)

    assert read_revision(inside) == (*read_revision(folder)[:3], "inside/deep")


def test_a_detached_head_has_no_branch(repository):
    folder, git = repository
    git("checkout", "--quiet", "--detach")

    assert read_revision(folder) == (git("rev-parse", "HEAD"), None, False, "")


def test_before_the_first_commit_there_is_no_commit(tmp_path):
    subprocess.run(["git", "init", "--quiet", "--initial-branch", "trunk"], cwd=tmp_path, check=True, timeout=60)

    assert read_revision(tmp_path) == (None, "trunk", False, "")


def test_outside_a_repository_nobody_knows(tmp_path):
    assert read_revision(tmp_path) == UNKNOWN


@pytest.mark.parametrize("content", ["gitdir: nowhere", "garbage", ""])
def test_a_broken_link_to_a_repository_is_no_error(tmp_path, content):
    (tmp_path / ".git").write_text(content)

    assert read_revision(tmp_path) == UNKNOWN


@pytest.mark.parametrize("damaged", ["HEAD", "config", "index"])
def test_a_damaged_repository_is_no_error(repository, damaged):
    folder, _ = repository
    (folder / ".git" / damaged).write_bytes(b"\x00\xffjunk")

    assert len(read_revision(folder)) == 4


def test_without_git_nobody_knows(repository, monkeypatch):
    folder, _ = repository
    monkeypatch.setenv("PATH", "/nowhere")

    assert read_revision(folder) == UNKNOWN
