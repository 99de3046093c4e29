"""What changed since a merge base: every way in which a file can differ, and every kind of checkout."""

from __future__ import annotations

import os
import subprocess
import threading

import pytest

from testaudit.revision.interface import read_revision, read_since
from tests.revision.repositories import Clone

TEXT = "".join(f"def test_{number}():\n    assert {number} == int('{number}')\n\n" for number in range(12))


@pytest.fixture
def branched(clone):
    """`main` with two test files, and a branch of it that is checked out."""
    clone.commit("first", **{"tests/test_a.py": TEXT, "tests/test_b.py": "def test_b():\n    assert 2\n"})
    clone.git("checkout", "--quiet", "-b", "topic")
    return clone


# ---------------------------------------------------------------- what changed


def test_nothing_changed(branched):
    since = read_since(branched.root, "main")

    assert (since.changed, since.deleted, since.renamed, since.messages) == (frozenset(), frozenset(), {}, ())


def test_committed_staged_unstaged_and_untracked_changes_are_all_changes(branched):
    branched.commit(**{"committed.py": "1"})
    branched.write(**{"staged.py": "1"}).git("add", "staged.py")
    branched.write(**{"untracked.py": "1", "tests/test_b.py": "def test_b():\n    assert 3\n"})

    since = read_since(branched.root, "main")

    assert since.changed == {"committed.py", "staged.py", "untracked.py", "tests/test_b.py"}
    assert since.added == {"committed.py", "staged.py", "untracked.py"}


def test_what_git_ignores_did_not_change(branched):
    branched.commit(**{".gitignore": "*.log\n"})
    branched.write(**{"run.log": "1"})

    assert read_since(branched.root, "main").changed == {".gitignore"}


def test_a_change_that_was_taken_back_is_none(branched):
    branched.commit(**{"tests/test_b.py": "def test_b():\n    assert 3\n"})
    branched.write(**{"tests/test_b.py": "def test_b():\n    assert 2\n"})

    assert read_since(branched.root, "main").changed == frozenset()


def test_a_file_that_was_only_touched_did_not_change(branched):
    os.utime(branched.root / "tests" / "test_b.py", (1, 1))

    assert read_since(branched.root, "main").changed == frozenset()


def test_what_changed_on_main_meanwhile_is_no_change_of_this_branch(branched):
    branched.git("checkout", "--quiet", "main")
    branched.commit(**{"tests/test_b.py": "def test_b():\n    assert 'main'\n"})
    branched.git("checkout", "--quiet", "topic")
    branched.commit(**{"mine.py": "1"})

    since = read_since(branched.root, "main")

    assert since.changed == {"mine.py"}
    assert since.merge_base == branched.git("merge-base", "main", "topic")


def test_the_text_at_the_merge_base(branched):
    branched.write(**{"tests/test_b.py": "now"})

    since = read_since(branched.root, "main")

    assert since.text("tests/test_b.py") == b"def test_b():\n    assert 2\n"


def test_the_text_of_what_did_not_change_and_of_what_never_was(branched):
    since = read_since(branched.root, "main")

    assert since.text("tests/test_b.py") == b"def test_b():\n    assert 2\n"
    assert [since.text(path) for path in ("tests", "nowhere.py", "", "a\0b", "../x", "-z", ":(glob)**")] == [None] * 7


def test_a_deleted_file_keeps_its_text_under_its_old_name(branched):
    branched.git("rm", "--quiet", "tests/test_b.py")

    since = read_since(branched.root, "main")

    assert (since.changed, since.deleted) == (frozenset(), {"tests/test_b.py"})
    assert since.text("tests/test_b.py") == b"def test_b():\n    assert 2\n"


def test_an_added_file_has_no_text(branched):
    branched.write(**{"tests/test_new.py": "1"})

    assert read_since(branched.root, "main").text("tests/test_new.py") is None


@pytest.mark.parametrize("how", ["committed", "staged", "untracked"])
def test_a_renamed_file_is_followed(branched, how):
    (branched.root / "tests/test_a.py").rename(branched.root / "tests/test_moved.py")
    branched.write(**{"tests/test_moved.py": TEXT.replace("== int('3')", "== 3")})
    if how != "untracked":
        branched.git("add", "--all")
    if how == "committed":
        branched.git("commit", "--quiet", "-m", "moved")

    since = read_since(branched.root, "main")

    assert since.renamed == {"tests/test_a.py": "tests/test_moved.py"}
    assert (since.changed, since.added, since.deleted) == ({"tests/test_moved.py"}, frozenset(), frozenset())
    assert since.text("tests/test_moved.py") == TEXT.encode()


def test_a_file_that_left_the_index_and_stayed_on_disk_is_changed_not_deleted(branched):
    branched.git("rm", "--quiet", "--cached", "tests/test_b.py")
    branched.write(**{"tests/test_b.py": "now"})

    since = read_since(branched.root, "main")

    assert (since.changed, since.added, since.deleted) == ({"tests/test_b.py"}, frozenset(), frozenset())
    assert since.text("tests/test_b.py") == b"def test_b():\n    assert 2\n"


def test_the_index_is_left_alone(branched):
    branched.git("rm", "--quiet", "--cached", "tests/test_b.py")
    branched.write(**{"new.py": "1"})
    before = (branched.root / ".git/index").read_bytes()

    read_since(branched.root, "main")

    assert (branched.root / ".git/index").read_bytes() == before
    assert branched.git("status", "--porcelain") == "D  tests/test_b.py\n?? new.py\n?? tests/test_b.py"


def test_commit_messages_newest_first_and_whole(branched):
    branched.commit("Second thoughts", a="1")
    branched.commit("Delete obsolete test: test_x\n\nReason: it is gone\nIssue: #7", b="1")

    assert read_since(branched.root, "main").messages == (
        "Delete obsolete test: test_x\n\nReason: it is gone\nIssue: #7",
        "Second thoughts",
    )


def test_an_endless_commit_message_is_capped(branched):
    branched.commit("x" * 90_000)

    assert len(read_since(branched.root, "main").messages[0]) <= 20_000


@pytest.mark.parametrize(
    "name", ["with space.py", "quo\"te'.py", "line\nfeed.py", "tab\t.py", "ünïcode.py", "-n.py", "*.py"]
)
def test_any_name_that_a_file_can_have(branched, name):
    branched.commit("main", **{"tests/odd.py": "1"})
    branched.git("branch", "--force", "odd")
    branched.commit(**{name: "then"})
    base = branched.git("rev-parse", "HEAD")
    branched.write(**{name: "now"})

    since = read_since(branched.root, base)

    assert since.changed == {name}
    assert since.text(name) == b"then"


def test_a_name_that_is_no_utf_8(branched):
    name = os.fsdecode(b"test_\xff.py")
    branched.write(**{name: "then"})
    base = branched.commit()
    branched.write(**{name: "now"})

    since = read_since(branched.root, base)

    assert since.changed == {name}
    assert since.text(name) == b"then"


def test_a_change_of_the_same_size_in_the_same_second_is_seen_beside_a_rename(branched):
    branched.git("config", "core.trustctime", "false")
    test, index = branched.root / "tests/test_b.py", branched.root / ".git/index"
    os.utime(test, (1_700_000_000, 1_700_000_000))
    branched.git("add", "--all")
    os.utime(index, (1_700_000_000, 1_700_000_000))
    branched.write(**{"tests/test_b.py": "def test_b():\n    assert 7\n"})
    os.utime(test, (1_700_000_000, 1_700_000_000))
    (branched.root / "tests/test_a.py").rename(branched.root / "tests/test_c.py")

    assert read_since(branched.root, "main").changed == {"tests/test_b.py", "tests/test_c.py"}


def test_many_texts_in_any_order_and_some_too_large(branched, monkeypatch):
    monkeypatch.setattr("testaudit.revision.interface.MAX_FILE_BYTES", 5_000)
    monkeypatch.setattr("testaudit.revision.interface.AHEAD_BYTES", 1_000)
    then = {f"test_{number:03}.py": "x" * number * 70 + "\n\0end" for number in range(80)} | {"empty.py": ""}
    base = branched.commit(**then)
    branched.write(**dict.fromkeys(then, "now"))

    since = read_since(branched.root, base)

    for names in (sorted(then), sorted(then, reverse=True)):
        found = {name: since.text(name) for name in names}
        assert found == {name: text.encode() if len(text) <= 5_000 else None for name, text in then.items()}


# ---------------------------------------------------------------- a project inside a repository


def test_paths_are_relative_to_the_project(clone):
    clone.commit(**{"libs/app/tests/test_a.py": "then", "other/test_z.py": "then"})
    clone.write(**{"libs/app/tests/test_a.py": "now", "other/test_z.py": "now", "libs/app/new.py": "1"})

    since = read_since(clone.root / "libs/app", "HEAD")

    assert since.changed == {"tests/test_a.py", "new.py"}
    assert since.text("tests/test_a.py") == b"then"


def test_a_file_from_outside_the_project_is_added_and_its_text_is_known(clone):
    clone.commit(**{"other/test_a.py": TEXT, "app/x.py": "1"})
    clone.git("mv", "other/test_a.py", "app/test_a.py")

    since = read_since(clone.root / "app", "HEAD")

    assert (since.changed, since.added, since.renamed) == ({"test_a.py"}, {"test_a.py"}, {})
    assert since.text("test_a.py") == TEXT.encode()


def test_a_file_that_left_the_project_is_deleted(clone):
    clone.commit(**{"other/x.py": "1", "app/test_a.py": TEXT})
    clone.git("mv", "app/test_a.py", "other/test_a.py")
    (clone.root / "app").mkdir(exist_ok=True)

    since = read_since(clone.root / "app", "HEAD")

    assert (since.changed, since.deleted) == (frozenset(), {"test_a.py"})
    assert since.text("test_a.py") == TEXT.encode()


def test_a_folder_whose_name_looks_like_a_variable(clone, monkeypatch):
    monkeypatch.setenv("ELSEWHERE", "/")
    clone.commit(**{"$ELSEWHERE/test_a.py": "then"})
    clone.write(**{"$ELSEWHERE/test_a.py": "now"})

    assert read_since(clone.root / "$ELSEWHERE", "HEAD").changed == {"test_a.py"}
    assert read_revision(clone.root / "$ELSEWHERE")[3] == "$ELSEWHERE"


# ---------------------------------------------------------------- kinds of checkouts


def test_a_detached_head(branched):
    branched.commit(**{"mine.py": "1"})
    branched.git("checkout", "--quiet", "--detach")

    assert read_since(branched.root, "main").changed == {"mine.py"}


def test_githubs_merge_ref(branched):
    branched.commit("the change", **{"mine.py": "1"})
    branched.git("checkout", "--quiet", "main")
    branched.commit(**{"theirs.py": "1"})
    branched.git("checkout", "--quiet", "--detach")
    branched.git("merge", "--quiet", "--no-edit", "-m", "Merge topic into main", "topic")

    since = read_since(branched.root, "main")

    assert since.changed == {"mine.py"}
    assert since.messages == ("Merge topic into main", "the change")


def test_a_worktree(branched, tmp_path):
    branched.git("worktree", "add", "--quiet", "--detach", str(tmp_path / "second"))
    second = Clone(tmp_path / "second").write(**{"tests/test_b.py": "now"})

    since = read_since(second.root, "main")

    assert (second.root / ".git").is_file()
    assert since.changed == {"tests/test_b.py"}


def test_a_renamed_file_in_a_worktree(branched, tmp_path):
    branched.git("worktree", "add", "--quiet", "--detach", str(tmp_path / "second"))
    (tmp_path / "second/tests/test_a.py").rename(tmp_path / "second/tests/test_c.py")

    assert read_since(tmp_path / "second", "main").renamed == {"tests/test_a.py": "tests/test_c.py"}


@pytest.fixture
def with_submodule(clone, tmp_path):
    inner = Clone.made(tmp_path / "inner")
    inner.commit(**{"test_inner.py": "then"})
    clone.commit(**{"test_outer.py": "then"})
    clone.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(inner.root), "vendored")
    clone.commit("with a submodule")
    return clone


def test_inside_a_submodule_its_own_history_counts(with_submodule):
    inner = Clone(with_submodule.root / "vendored")
    inner.write(**{"test_inner.py": "now"})

    since = read_since(inner.root, "HEAD")

    assert since.changed == {"test_inner.py"}
    assert since.text("test_inner.py") == b"then"


def test_a_submodule_that_moved_on_is_one_change(with_submodule):
    Clone(with_submodule.root / "vendored").commit(**{"test_inner.py": "now"})

    since = read_since(with_submodule.root, "HEAD")

    assert since.changed == {"vendored"}
    assert since.text("vendored") is None


def test_files_changed_inside_a_submodule_are_its_own_matter(with_submodule):
    with_submodule.write(**{"vendored/test_inner.py": "now"})

    assert read_since(with_submodule.root, "HEAD").changed == frozenset()


def test_a_repository_with_sha256(tmp_path):
    made = Clone.made(tmp_path / "modern", "--object-format=sha256")
    commit = made.commit(**{"test_a.py": "then"})
    made.write(**{"test_a.py": "now"})

    since = read_since(made.root, "HEAD")

    assert (len(commit), since.merge_base, since.text("test_a.py")) == (64, commit, b"then")


def test_a_symbolic_link_to_the_project(branched, tmp_path):
    branched.write(**{"tests/test_b.py": "now"})
    (tmp_path / "link").symlink_to(branched.root)

    assert read_since(tmp_path / "link", "main").changed == {"tests/test_b.py"}


# ---------------------------------------------------------------- a surrounding hook


def test_the_variables_of_a_surrounding_hook_do_not_mislead(branched, tmp_path, monkeypatch):
    other = Clone.made(tmp_path / "other")
    other.commit(**{"unrelated.py": "1"})
    branched.write(**{"tests/test_b.py": "now"})
    monkeypatch.setenv("GIT_DIR", str(other.root / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(other.root))
    monkeypatch.setenv("GIT_INDEX_FILE", str(other.root / ".git/index"))
    monkeypatch.setenv("GIT_OBJECT_DIRECTORY", str(other.root / ".git/objects"))
    monkeypatch.setenv("GIT_PREFIX", "nowhere/")

    since = read_since(branched.root, "main")

    assert since.changed == {"tests/test_b.py"}
    assert read_revision(branched.root)[1] == "topic"


def test_the_surroundings_of_a_pull_request_make_no_revision(branched, monkeypatch):
    monkeypatch.setenv("GITHUB_BASE_REF", "elsewhere")

    assert read_since(branched.root, "main").revision == "main"


# ---------------------------------------------------------------- many hands, much work


def test_texts_are_read_from_another_thread(branched):
    branched.write(**{"tests/test_a.py": "now", "tests/test_b.py": "now"})
    since = read_since(branched.root, "main")
    found = []
    threads = [
        threading.Thread(target=lambda path=path: found.append(since.text(path)))
        for path in ("tests/test_a.py", "tests/test_b.py") * 4
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(map(len, found)) == [27] * 4 + [len(TEXT)] * 4


def test_a_long_history_is_not_walked_to_its_end(tmp_path):
    made = Clone.made(tmp_path / "long")
    lines = ["blob\nmark :1\ndata 4\nthen\n"]
    for number in range(1, 5_001):
        origin = f"from :{number}\n" if number > 1 else ""
        lines.append(
            f"commit refs/heads/main\nmark :{number + 1}\ncommitter J <j@e.org> {1_700_000_000 + number} +0000\n"
            f"data 5\nno {number % 10}\n{origin}M 100644 :1 test_{number % 50}.py\n\n"
        )
    subprocess.run(
        ["git", "fast-import", "--quiet"], cwd=made.root, input="".join(lines).encode(), check=True, timeout=60
    )
    made.git("reset", "--quiet", "--hard", "main")

    since = read_since(made.root, "HEAD~4000")

    assert (len(since.messages), since.changed) == (1_000, frozenset())
