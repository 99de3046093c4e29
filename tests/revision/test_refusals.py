"""Where git cannot say what changed: what is missing, and a command that brings it, as typed."""

from __future__ import annotations

import os
import re
import shlex
import subprocess

import pytest

from testaudit.errors import UsageError
from testaudit.revision.interface import read_revision, read_since
from tests.revision.repositories import Clone


def refused(root, revision):
    with pytest.raises(UsageError) as caught:
        read_since(root, revision)
    assert caught.value.exit_code == 2
    return caught.value


def obey(clone: Clone, hint: str) -> str:
    """Type the command that the hint names, and answer the revision that is to be typed then."""
    command = re.search(r"git (fetch .*?)(?:; then --since (\S+?))?(?: \(in CI.*|\. In CI.*|\.?)$", hint)
    assert command is not None, hint
    clone.git(*shlex.split(command[1]))
    return command[2] or ""


@pytest.fixture
def origin(tmp_path):
    """Six commits on `main`, then four on `topic`."""
    made = Clone.made(tmp_path / "origin")
    for number in range(6):
        made.commit(**{"test_a.py": f"{number}"})
    made.git("tag", "v1.0")
    made.git("checkout", "--quiet", "-b", "topic")
    for number in range(4):
        made.commit(**{"test_b.py": f"{number}"})
    made.git("config", "uploadpack.allowFilter", "true")
    made.git("config", "uploadpack.allowAnySHA1InWant", "true")
    return made


@pytest.fixture
def shallow(origin, tmp_path):
    """What CI checks out by default: the newest commit of one branch."""
    return Clone.of(origin, tmp_path / "shallow", "--depth=1", "--branch=topic")


# ---------------------------------------------------------------- clones that do not reach so far


@pytest.mark.parametrize("typed", ["origin/main", "main"])
def test_a_shallow_clone_names_the_command_that_deepens_it(shallow, typed):
    error = refused(shallow.root, typed)
    then = obey(shallow, error.hint) or typed

    assert "shallow" in error.message
    assert "git fetch --unshallow origin" in error.hint
    assert "fetch-depth: 0" in error.hint
    assert then == "origin/main"
    assert read_since(shallow.root, then).changed == {"test_b.py"}


def test_a_shallow_clone_and_a_tag(shallow):
    error = refused(shallow.root, "v1.0")
    obey(shallow, error.hint)

    assert "git fetch --unshallow origin tag v1.0" in error.hint
    assert read_since(shallow.root, "v1.0").changed == {"test_b.py"}


def test_a_shallow_clone_and_a_commit(shallow, origin):
    commit = origin.git("rev-parse", "main")
    error = refused(shallow.root, commit)
    obey(shallow, error.hint)

    assert read_since(shallow.root, commit).changed == {"test_b.py"}


def test_a_shallow_clone_and_an_earlier_commit_of_its_own(shallow):
    error = refused(shallow.root, "HEAD~4")
    obey(shallow, error.hint)

    assert "git fetch --unshallow origin" in error.hint
    assert read_since(shallow.root, "HEAD~4").changed == {"test_b.py"}


def test_a_shallow_clone_that_knows_both_ends_and_not_where_they_part(shallow, origin):
    origin.git("checkout", "--quiet", "main")
    origin.commit(**{"test_a.py": "later"})
    shallow.git("fetch", "--quiet", "--depth=1", "origin", "+refs/heads/main:refs/remotes/origin/main")
    error = refused(shallow.root, "origin/main")
    obey(shallow, error.hint)

    assert "does not reach back" in error.message
    assert read_since(shallow.root, "origin/main").changed == {"test_b.py"}


def test_a_shallow_clone_that_reaches_far_enough_works(origin, tmp_path):
    deep = Clone.of(origin, tmp_path / "deep", "--depth=3", "--branch=topic")

    assert read_since(deep.root, "HEAD~2").changed == {"test_b.py"}


@pytest.mark.parametrize("without", ["blob:none", "tree:0"])
def test_a_partial_clone_names_the_command_that_completes_it(origin, tmp_path, without):
    lazy = Clone.of(origin, tmp_path / "lazy", f"--filter={without}", "--branch=topic")
    error = refused(lazy.root, "HEAD~2")
    obey(lazy, error.hint)

    assert "partial clone" in error.message
    assert read_since(lazy.root, "HEAD~2").text("test_b.py") == b"1"


def test_a_branch_that_only_the_remote_has(origin, tmp_path):
    clone = Clone.of(origin, tmp_path / "clone", "--branch=topic")

    error = refused(clone.root, "main")

    assert (error.message, error.hint) == (
        "There is no main in this clone, but there is origin/main.",
        "Type --since origin/main",
    )
    assert read_since(clone.root, "origin/main").changed == {"test_b.py"}


def test_a_clone_of_a_single_branch(origin, tmp_path):
    clone = Clone.of(origin, tmp_path / "clone", "--branch=topic", "--single-branch")
    error = refused(clone.root, "origin/main")
    obey(clone, error.hint)

    assert "shallow" not in error.message
    assert read_since(clone.root, "origin/main").changed == {"test_b.py"}


def test_a_remote_of_another_name(origin, tmp_path):
    clone = Clone.of(origin, tmp_path / "clone", "--branch=topic", "--depth=1", "--origin=upstream")

    assert (
        "git fetch --unshallow upstream +refs/heads/main:refs/remotes/upstream/main"
        in refused(clone.root, "upstream/main").hint
    )


def test_githubs_merge_ref_checked_out_shallow(origin, tmp_path):
    origin.git("checkout", "--quiet", "-b", "merged", "main")
    origin.git("merge", "--quiet", "--no-ff", "-m", "Merge", "topic")
    origin.git("update-ref", "refs/pull/1/merge", "merged")
    runner = Clone.made(tmp_path / "runner")
    runner.git("remote", "add", "origin", origin.root.as_uri())
    runner.git("fetch", "--quiet", "--depth=1", "origin", "+refs/pull/1/merge:refs/remotes/pull/1/merge")
    runner.git("checkout", "--quiet", "--detach", "refs/remotes/pull/1/merge")
    error = refused(runner.root, "HEAD^1")
    obey(runner, error.hint)

    assert "git fetch --unshallow origin" in error.hint
    assert read_since(runner.root, "HEAD^1").changed == {"test_b.py"}
    assert read_since(runner.root, "origin/main").changed == {"test_b.py"}


# ---------------------------------------------------------------- what is no revision, and no history


@pytest.mark.parametrize(
    "typed", ["nowhere", "0123456789abcdef0123456789abcdef01234567", "main..HEAD", "^HEAD", "HEAD:a"]
)
def test_an_unknown_revision_without_a_remote(clone, typed):
    clone.commit(a="1")

    error = refused(clone.root, typed)

    assert typed in error.message
    assert "git log" in error.hint


@pytest.mark.parametrize("typed", ["", "--output=/tmp/x", "-p", "a\nb", "a\0b", "\x1b[31m"])
def test_what_is_no_revision_never_reaches_git(clone, typed, monkeypatch):
    clone.commit(a="1")
    monkeypatch.setattr("testaudit.revision.command.Repository.ask", pytest.fail)

    error = refused(clone.root, typed)

    assert "no revision" in error.message
    assert error.message.isprintable()


def test_histories_without_a_common_commit(clone):
    clone.commit(a="1")
    clone.git("checkout", "--quiet", "--orphan", "other")
    clone.commit(a="2")

    assert "no commit in common" in refused(clone.root, "main").message


def test_before_the_first_commit(clone):
    assert "nothing was committed" in refused(clone.root, "main").message


# ---------------------------------------------------------------- no repository, no git


def test_outside_a_repository(tmp_path):
    error = refused(tmp_path, "main")

    assert "lies in no repository" in error.message
    assert error.hint


def test_a_bare_repository(tmp_path):
    Clone.made(tmp_path / "bare", "--bare")

    assert "bare repository" in refused(tmp_path / "bare", "main").message


@pytest.mark.parametrize("content", ["gitdir: nowhere", "garbage", ""])
def test_a_broken_link_to_a_repository(tmp_path, content):
    (tmp_path / ".git").write_text(content)

    assert refused(tmp_path, "main").hint


@pytest.mark.parametrize("damaged", ["HEAD", "config", "index"])
def test_a_damaged_repository(clone, damaged):
    clone.commit(a="1")
    (clone.root / ".git" / damaged).write_bytes(b"\x00\xffjunk")

    assert refused(clone.root, "HEAD").message.isprintable()


def test_a_repository_of_another_owner(clone, monkeypatch):
    clone.commit(a="1")
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    error = refused(clone.root, "HEAD")

    assert error.hint == f"Say that it is safe: git config --global --add safe.directory {clone.root}"
    assert read_revision(clone.root) == (None, None, None, "")


def test_a_repository_of_another_owner_that_the_user_calls_safe(clone, monkeypatch):
    clone.commit(a="1")
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "safe.directory")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", str(clone.root))

    assert read_since(clone.root, "HEAD").changed == frozenset()


@pytest.mark.parametrize("hook", [{}, {"GIT_DIR": "/nowhere"}])
def test_without_git(clone, monkeypatch, hook):
    clone.commit(a="1")
    monkeypatch.setenv("PATH", "/nowhere")
    for name, value in hook.items():
        monkeypatch.setenv(name, value)

    error = refused(clone.root, "HEAD")

    assert "git is not installed" in error.message
    assert "apt-get install git" in error.hint


def test_where_gitpython_never_found_git(clone, testaudit_python):
    code = "import sys; from pathlib import Path\nfrom testaudit.revision.interface import read_since\nread_since(Path(sys.argv[1]), 'HEAD')"
    done = subprocess.run(
        [testaudit_python, "-c", code, clone.root],
        env={**os.environ, "PATH": "/nowhere"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert "NoGitError: git is not installed on this machine" in done.stderr


# ---------------------------------------------------------------- what git says otherwise


def test_git_that_answers_too_late(clone, monkeypatch, tmp_path):
    clone.commit(a="1")
    slow = tmp_path / "bin" / "git"
    slow.parent.mkdir()
    slow.write_text('#!/bin/sh\ncase "$*" in *--raw*) sleep 60;; esac\nPATH="$OLD" exec git "$@"\n')
    slow.chmod(0o755)
    monkeypatch.setenv("OLD", os.environ["PATH"])
    monkeypatch.setenv("PATH", f"{slow.parent}:{os.environ['PATH']}")
    monkeypatch.setattr("testaudit.revision.command.TIMEOUT_S", 0.5)

    assert "in time" in refused(clone.root, "HEAD").message
