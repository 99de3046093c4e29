"""Baselines on disk that cannot be read or written: what is wrong and what comes next is said, and nothing is lost."""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.baseline.suites import audit, case, cases
from tests.cli.typed import BASELINE, saved, typed
from tests.conftest import environment

SUITE = {"tests/test_a.py": "def test_a(): assert 1\ndef test_b(): assert 2\ndef test_c(): assert 3\n"}
A, B, C = (f"tests/test_a.py::test_{name}" for name in "abc")
COMMANDS = {
    "write": ("baseline", "write", "--audit", "../audit.json"),
    "lower": ("baseline", "write", "--audit", "../audit.json", "--lower", "--why", "#1"),
    "show": ("baseline", "show"),
    "diff": ("baseline", "diff", "--audit", "../audit.json"),
    "accept": ("baseline", "accept", A, "--issue", "A-1"),
    "accept --removed": ("baseline", "accept", "--removed", A, "--why", "#1"),
    "upgrade": ("baseline", "upgrade"),
    "gate": ("gate", "--audit", "../audit.json"),
    "gate --junit": ("gate", "--junit", "../report.xml"),
    "scan": ("scan", "--no-run"),
    "lint": ("lint",),
}
WRITING = ("write", "accept", "accept --removed", "upgrade")


@pytest.fixture
def suite(project):
    """A suite, its baseline and results of today."""
    made = project(SUITE)
    assert typed("baseline", "write", "--audit", saved(made, audit(*cases(A, B, C))), cwd=made).code == 0
    (made.parent / "report.xml").write_text(
        '<testsuite name="pytest"><testcase classname="tests.test_a" name="test_a"/></testsuite>'
    )
    return made


def tree(folder):
    """What lies there, with contents."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.is_symlink() and path.stat().st_size < 10**6
    }


def truncated(path):
    path.write_bytes(path.read_bytes()[:300])


def merge_markers(path):
    path.write_text(path.read_text().replace('  "tests"', '<<<<<<< HEAD\n=======\n>>>>>>> other\n  "tests"'))


def newer(path):
    path.write_text(path.read_text().replace('"testaudit_baseline": 1', '"testaudit_baseline": 2'))


def duplicates(path):
    path.write_text(path.read_text().replace('"flaky": []', '"flaky": [],\n  "flaky": []'))


def unknown(path):
    path.write_text(path.read_text().replace('"flaky": []', '"flaky": [],\n  "flakey": []'))


def folder(path):
    path.unlink()
    path.mkdir()


def fifo(path):
    path.unlink()
    os.mkfifo(path)


def device(path):
    path.unlink()
    path.symlink_to("/dev/zero")


def ring(path):
    path.unlink()
    path.symlink_to(path.name)


def nowhere(path):
    path.unlink()
    path.symlink_to("nowhere.json")


def huge(path):
    with path.open("r+b") as stream:
        stream.truncate(300 << 20)


DAMAGES = {
    truncated: "is no baseline: it is cut short",
    merge_markers: "merge markers",
    newer: "has version 2; this testaudit reads version 1",
    duplicates: "`flaky` stands there twice",
    unknown: "`flakey`: no such entry is known",
    folder: "is not a regular file",
    fifo: "is not a regular file",
    device: "is not a regular file",
    ring: "cannot be read",
    nowhere: "is a link to nowhere",
    huge: "is larger than 256 MB",
}


@pytest.mark.parametrize(("damage", "said"), DAMAGES.items(), ids=lambda value: getattr(value, "__name__", ""))
def test_what_cannot_be_read_is_named_with_what_to_do_and_left_as_it_is(suite, damage, said):
    damage(suite / BASELINE)
    before = tree(suite)

    ended = {name: typed(*command, cwd=suite) for name, command in COMMANDS.items()}

    assert {name: one.code for name, one in ended.items()} == dict.fromkeys(COMMANDS, 2)
    assert [name for name, one in ended.items() if f"{BASELINE}" not in one.stderr] == []
    assert [name for name, one in ended.items() if said not in one.stderr or "next: " not in one.stderr] == []
    assert tree(suite) == before


@pytest.mark.parametrize("damage", [truncated, duplicates, unknown], ids=lambda damage: damage.__name__)
def test_what_comes_next_works(suite, damage):
    damage(suite / BASELINE)
    told = typed("gate", "--audit", "../audit.json", cwd=suite).stderr

    (suite / BASELINE).unlink()
    ended = typed("baseline", "write", "--audit", "../audit.json", cwd=suite)

    assert "delete" in told
    assert ended.code == 0
    assert typed("gate", "--audit", "../audit.json", cwd=suite).code == 0


def test_after_a_merge_one_side_and_the_other_acceptance_again_make_it_whole(suite):
    typed("baseline", "accept", A, "--issue", "A-1", cwd=suite)
    one_side = (suite / BASELINE).read_bytes()
    merge_markers(suite / BASELINE)
    refused = typed("baseline", "accept", B, "--issue", "A-2", cwd=suite)

    (suite / BASELINE).write_bytes(one_side)
    ended = typed("baseline", "accept", B, "--issue", "A-2", cwd=suite)

    assert (refused.code, ended.code) == (2, 0)
    assert "take one side" in refused.stderr
    assert list(json.loads((suite / BASELINE).read_text())["known_failures"]) == [A, B]


def test_windows_line_ends_are_read(suite):
    path = suite / BASELINE
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))

    assert typed("gate", "--audit", "../audit.json", cwd=suite).code == 0


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is forbidden to root")
@pytest.mark.parametrize("name", COMMANDS)
def test_a_file_without_permission_is_said(suite, name):
    (suite / BASELINE).chmod(0)

    ended = typed(*COMMANDS[name], cwd=suite)

    (suite / BASELINE).chmod(0o644)
    assert ended.code == 2
    assert f"{BASELINE} cannot be read: Permission denied" in ended.stderr


# ---------------------------------------------------------------- links


@pytest.mark.parametrize("name", WRITING)
def test_a_link_stays_a_link_and_its_file_is_written(suite, name):
    shared = suite.parent / "shared.json"
    shutil.move(suite / BASELINE, shared)
    (suite / BASELINE).symlink_to("../../shared.json")
    shared.write_text(json.dumps(json.loads(shared.read_text())), encoding="utf-8")
    before = shared.read_bytes()

    ended = typed(*COMMANDS[name], cwd=suite)

    assert ended.code == 0, ended.stderr
    assert (suite / BASELINE).is_symlink()
    assert shared.read_bytes() != before
    assert json.loads(shared.read_bytes())["testaudit_baseline"] == 1


# ---------------------------------------------------------------- places that cannot be written


@pytest.mark.parametrize("name", WRITING)
def test_a_full_disk_leaves_the_file_as_it_was(suite, name, monkeypatch):
    path = suite / BASELINE
    path.write_text(json.dumps(json.loads(path.read_text())), encoding="utf-8")
    before = tree(suite)

    def full(self, target):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "replace", full)
    ended = typed(*COMMANDS[name], cwd=suite)

    assert ended.code == 3
    assert f"{BASELINE} could not be written: No space left on device" in ended.stderr
    assert "next: " in ended.stderr
    assert tree(suite) == before


def test_a_disk_that_is_full_half_way_leaves_no_half_of_a_file(suite):
    big = saved(suite, audit(*cases(*(f"tests/test_{n}.py::test_{n}" for n in range(300)))), "big.json")
    before = tree(suite)
    limited = "import resource, runpy, signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); "
    limited += (
        "resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192)); runpy.run_module('testaudit', run_name='__main__')"
    )
    command = [sys.executable, "-B", "-c", limited, "baseline", "write", "--audit", big, "--lower", "--why", "#1"]

    ended = subprocess.run(
        command, cwd=suite, env=environment(), capture_output=True, text=True, check=False, timeout=60
    )

    assert ended.returncode == 3, ended.stderr
    assert f"{BASELINE} could not be written: File too large" in ended.stderr
    assert tree(suite) == before


@pytest.mark.parametrize("name", WRITING)
@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is read-only for root")
def test_a_folder_that_cannot_be_written_is_said(suite, name):
    path = suite / BASELINE
    path.write_text(json.dumps(json.loads(path.read_text())), encoding="utf-8")
    path.parent.chmod(0o555)

    ended = typed(*COMMANDS[name], cwd=suite)

    path.parent.chmod(0o755)
    assert ended.code == 3
    assert "could not be written" in ended.stderr


@pytest.mark.parametrize("there", [".testaudit", "bars"])
def test_a_file_in_the_place_of_the_folder_is_said(project, there):
    made = project({**SUITE, there: "no folder"})
    options = ("--baseline", "bars/deep/bar.json") if there == "bars" else ()
    results = saved(made, audit(*cases(A, B, C)))

    ended = typed("baseline", "write", "--audit", results, *options, cwd=made)

    assert ended.code == 3
    assert "cannot be made" in ended.stderr
    assert (made / there).read_text() == "no folder"


def test_a_folder_in_the_place_of_a_new_baseline_is_said(suite):
    (suite / "bar").mkdir()

    ended = typed(*COMMANDS["write"], "--baseline", "bar", cwd=suite)

    assert ended.code == 2
    assert "bar is not a regular file" in ended.stderr


@pytest.mark.parametrize("name", ["x" * 300, "", "x/" * 3000], ids=["too long", "empty", "too deep"])
def test_a_name_that_no_file_can_have_is_said(suite, name):
    ended = typed("baseline", "show", "--baseline", name, cwd=suite)

    assert ended.code == 2
    assert "next: " in ended.stderr


# ---------------------------------------------------------------- large


def test_thousands_of_known_failures_are_written_and_shown(project):
    made = project(SUITE)
    names = [f"tests/test_{n % 100}.py::test_{n}" for n in range(3_000)]
    results = saved(made, audit(*(case(name, "failed") for name in names)))

    wrote = typed("baseline", "write", "--audit", results, "--issue", "A-1", cwd=made)
    shown = typed("baseline", "show", cwd=made)

    assert (wrote.code, shown.code) == (0, 0)
    assert "3,000 known failures" in wrote.stdout
    assert len(shown.stdout.splitlines()) < 40
