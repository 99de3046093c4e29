"""Baselines that cannot be read, or not be believed: one clear sentence each, and the gate is not passed."""

from __future__ import annotations

import json
import re
import shutil

import pytest

from tests.history.repository import BASELINE
from tests.history.shop import KNOWN


def merge_markers(text):
    lines = text.splitlines()
    half = len(lines) // 2
    return "\n".join(
        [*lines[:half], "<<<<<<< HEAD", lines[half], "=======", lines[half], ">>>>>>> other", *lines[half + 1 :]]
    )


def truncated(text):
    return text[: len(text) // 2]


def empty(_text):
    return ""


def newer(text):
    return re.sub(r'(?m)^(  "testaudit_baseline": )\d+', r"\g<1>99", text)


def another_value(_text):
    return "[1, 2, 3]\n"


def duplicate_keys(text):
    line = next(line for line in text.splitlines() if line.strip().startswith('"test_') and line.endswith("},"))
    return text.replace(line, f"{line}\n{line}", 1)


def no_text(_text):
    return "\x00\x01\x02"


def deep(_text):
    return "[" * 100_000


DAMAGES = {
    merge_markers: "merge",
    truncated: BASELINE,
    empty: BASELINE,
    newer: "version",
    another_value: BASELINE,
    duplicate_keys: "twice duplicate",
    no_text: BASELINE,
    deep: BASELINE,
}


@pytest.mark.parametrize(("damage", "says"), DAMAGES.items(), ids=lambda value: getattr(value, "__name__", ""))
@pytest.mark.parametrize("command", [("scan",), ("baseline", "show")], ids=" ".join)
def test_a_damaged_baseline_is_wrong_use_in_clear_words(pull_request, damage, says, command):
    text = pull_request.text(BASELINE)
    damaged = damage(text)
    (pull_request.root / BASELINE).write_text(damaged, encoding="utf-8")

    verdict = pull_request.scan() if command == ("scan",) else pull_request.testaudit(*command)

    assert damaged != text
    assert verdict.code == 2, str(verdict)
    assert any(word in verdict.words for word in says.split()), str(verdict)
    assert BASELINE in verdict.words
    assert pull_request.text(BASELINE) == damaged


def test_a_damaged_baseline_of_the_merge_base_says_whose_it_is(pull_request):
    whole = pull_request.text(BASELINE)

    def damage(shop):
        (shop.root / BASELINE).write_text(truncated(whole), encoding="utf-8")

    pull_request.merged_before(damage)
    (pull_request.root / BASELINE).write_text(whole, encoding="utf-8")
    pull_request.commit("Repair the baseline")

    verdict = pull_request.scan()

    assert verdict.code == 0, str(verdict)
    assert KNOWN in {known["node_id"] for known in verdict.comparison["known_failures"]}


def test_a_baseline_that_is_a_folder_is_wrong_use(pull_request):
    pull_request.delete(BASELINE)
    (pull_request.root / BASELINE).mkdir()

    verdict = pull_request.scan()

    assert verdict.code == 2, str(verdict)
    assert BASELINE in verdict.words


def test_a_baseline_that_is_named_and_absent_is_wrong_use(pull_request):
    verdict = pull_request.scan("--baseline", "no/such/file.json")

    assert verdict.code == 2, str(verdict)
    assert "no/such/file.json" in verdict.words


@pytest.mark.parametrize("text", ["[[", "x = 1\n", "tests = 3\n", '[["a"]]\n'])
def test_a_damaged_quarantine_is_wrong_use(pull_request, text):
    pull_request.write(".testaudit/quarantine.toml", text)

    verdict = pull_request.scan()

    assert verdict.code == 2, str(verdict)
    assert "quarantine.toml" in verdict.words


def test_a_revision_that_does_not_exist_is_wrong_use(pull_request):
    verdict = pull_request.scan(since="no-such-branch")

    assert verdict.code == 2
    assert "no-such-branch" in verdict.words


def test_a_shallow_clone_says_what_to_fetch(pull_request):
    pull_request.append("README.md", "It sells tea.")
    pull_request.commit()
    shallow = pull_request.root.parent / "shallow"
    branches = ("--no-single-branch", "--depth=1", "--branch=pull-request")
    pull_request.git("clone", "--quiet", *branches, f"file://{pull_request.root}", str(shallow))
    shutil.rmtree(pull_request.root)
    shutil.move(shallow, pull_request.root)

    verdict = pull_request.scan(since="origin/main")

    assert verdict.code == 2, str(verdict)
    assert "git fetch" in verdict.words


def test_without_a_repository_since_is_wrong_use(pull_request):
    shutil.rmtree(pull_request.root / ".git")

    verdict = pull_request.scan()

    assert verdict.code == 2, str(verdict)
    assert "git" in verdict.words


def test_without_a_repository_the_baseline_judges_all_the_same(pull_request):
    shutil.rmtree(pull_request.root / ".git")

    verdict = pull_request.scan(since="")

    assert (verdict.code, verdict.failed) == (0, set()), str(verdict)


def test_a_detached_merge_commit_is_judged_as_its_branch(pull_request):
    pull_request.append("README.md", "It sells tea.")
    pull_request.commit()
    pull_request.git("switch", "--quiet", "--detach", "main")
    pull_request.git("merge", "--quiet", "--no-ff", "--no-edit", "pull-request")

    verdict = pull_request.scan(since="HEAD^1")

    assert (verdict.code, verdict.failed) == (0, set()), str(verdict)
    assert verdict.comparison["changed"] == ["README.md"]


def test_the_baseline_says_its_version_and_is_sorted(pull_request):
    data = json.loads(pull_request.text(BASELINE))

    assert isinstance(data["testaudit_baseline"], int)
    assert [list(data["tests"]), *map(list, data["tests"].values())] == [
        sorted(data["tests"]),
        *map(sorted, data["tests"].values()),
    ]
