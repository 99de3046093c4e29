"""The formats for CI by command: where they go, the job summary, and that a runner of GitHub obeys nothing of the suite."""

import json
import os
import re
import subprocess
import sys
from xml.etree import ElementTree as ET

import pytest

SUITE = """\
import pytest

@pytest.mark.parametrize("x", ["##[error]forged", "a|b `c` @octocat", "fine"])
def test_it(x):
    assert x == "fine", "\\n::error::forged\\n##[error]forged"
"""


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """An audit of a hostile suite, saved as JSON."""
    root = tmp_path_factory.mktemp("hostile")
    (root / "pyproject.toml").write_text("[project]\nname = 'hostile'\n")
    (root / "test_hostile.py").write_text(SUITE)
    done = testaudit("scan", "--python", sys.executable, "--reruns", "0", "--output", "json=audit.json", cwd=root)
    assert done.returncode == 1, done.stderr
    return root / "audit.json"


def testaudit(*arguments, cwd, **environ):
    clean = {name: value for name, value in os.environ.items() if not name.startswith("GITHUB_")}
    command = [sys.executable, "-m", "testaudit", *arguments]
    return subprocess.run(
        command, cwd=cwd, env={**clean, **environ}, capture_output=True, text=True, check=False, timeout=120
    )


testaudit.__test__ = False


def obeyed(text):
    """The commands that a runner of GitHub takes from a log."""
    token, found = "", []
    for line in re.split(r"\r\n|\r|\n", text):
        new = re.match(r"\s*::([\w-]+)(?: [^:]*)?::(.*)", line)
        old = re.search(r"##\[([\w-]+)[^\]]*\](.*)", line)
        name, data = (new or old).groups() if new or old else ("", "")
        if token:
            token = "" if name == token else token
        elif name == "stop-commands":
            token = data
        elif name in {"error", "warning", "notice"}:
            found.append((name, data))
    assert token == ""
    return found


@pytest.mark.parametrize(
    ("name", "first"),
    [("sarif", "{"), ("gitlab", "["), ("junit", "<?xml"), ("markdown", "<!-- testaudit -->"), ("github", "::error")],
)
def test_each_format_goes_to_standard_output_or_a_file(saved, tmp_path, name, first):
    shown = testaudit("report", str(saved), "--output", name, cwd=tmp_path)
    written = testaudit("report", str(saved), "--output", f"{name}=out", cwd=tmp_path)

    assert (shown.returncode, written.returncode) == (0, 0)
    assert shown.stdout.startswith(first)
    assert (tmp_path / "out").read_text() == shown.stdout
    assert "Gate failed" in written.stdout


@pytest.mark.parametrize("name", ["terminal", "json", "sarif", "gitlab", "junit", "markdown"])
@pytest.mark.parametrize("detail", ["--quiet", "--verbose"])
def test_a_runner_obeys_nothing_of_the_suite(saved, tmp_path, name, detail):
    done = testaudit("report", str(saved), "--output", name, detail, cwd=tmp_path, GITHUB_ACTIONS="true")

    assert obeyed(done.stdout) == []
    assert obeyed(done.stderr) == []


def test_the_annotations_are_ours_alone(saved, tmp_path):
    done = testaudit("report", str(saved), "--output", "github", cwd=tmp_path, GITHUB_ACTIONS="true")

    names = [name for name, _ in obeyed(done.stdout)]
    assert len(names) == len(done.stdout.splitlines())
    assert not any(data.startswith("forged") for _, data in obeyed(done.stdout))


def test_a_scan_and_a_lint_are_wrapped_too(saved):
    scan = testaudit("scan", "--python", sys.executable, "--reruns", "0", cwd=saved.parent, GITHUB_ACTIONS="true")
    lint = testaudit("lint", cwd=saved.parent, GITHUB_ACTIONS="true")

    assert scan.stdout.startswith("::stop-commands::")
    assert lint.stdout.startswith("::stop-commands::")
    assert obeyed(scan.stdout) == obeyed(scan.stderr) == obeyed(lint.stdout) == []


def test_tokens_differ_and_nothing_is_wrapped_elsewhere(saved, tmp_path):
    first, second = (
        testaudit("report", str(saved), cwd=tmp_path, GITHUB_ACTIONS="true").stdout.split("\n", 1)[0] for _ in range(2)
    )

    assert first != second
    assert "stop-commands" not in testaudit("report", str(saved), cwd=tmp_path).stdout


def test_what_goes_into_a_file_by_the_shell_is_left_alone(saved, tmp_path):
    with (tmp_path / "report.txt").open("w") as stream:
        environ = {**os.environ, "GITHUB_ACTIONS": "true"}
        subprocess.run(
            [sys.executable, "-m", "testaudit", "report", str(saved)],
            env=environ,
            stdout=stream,
            check=True,
            timeout=60,
        )

    assert "stop-commands" not in (tmp_path / "report.txt").read_text()


def test_machines_get_the_same_values_on_a_runner(saved, tmp_path):
    there = [
        testaudit("report", str(saved), "--output", name, cwd=tmp_path, GITHUB_ACTIONS="true").stdout
        for name in ("json", "junit")
    ]
    here = [testaudit("report", str(saved), "--output", name, cwd=tmp_path).stdout for name in ("json", "junit")]

    assert json.loads(there[0]) == json.loads(here[0])
    assert [dict(case.attrib) for case in ET.fromstring(there[1]).iter()] == [
        dict(case.attrib) for case in ET.fromstring(here[1]).iter()
    ]


def test_the_job_summary_is_appended_beside_annotations(saved, tmp_path):
    summary = tmp_path / "summary.md"
    summary.write_text("# Another step's\n")

    for output in ("github", "github=annotations.txt"):
        testaudit("report", str(saved), "--output", output, cwd=tmp_path, GITHUB_STEP_SUMMARY=str(summary))

    text = summary.read_text()
    assert text.startswith("# Another step's\n")
    assert text.count("## ❌ Gate failed") == 2


def test_without_annotations_there_is_no_summary(saved, tmp_path):
    testaudit("report", str(saved), cwd=tmp_path, GITHUB_STEP_SUMMARY=str(tmp_path / "summary.md"))

    assert not (tmp_path / "summary.md").exists()


@pytest.mark.parametrize("where", ["missing/summary.md", ".", "x" * 400])
def test_a_summary_that_cannot_be_written_is_a_note(saved, tmp_path, where):
    done = testaudit(
        "report", str(saved), "--output", "github", cwd=tmp_path, GITHUB_STEP_SUMMARY=str(tmp_path / where)
    )

    assert done.returncode == 0
    assert done.stdout.startswith("::error")
    assert "note: the job summary could not be written" in done.stderr


def test_a_full_summary_is_left_as_it_is(saved, tmp_path):
    summary = tmp_path / "summary.md"
    summary.write_text("x" * (1_048_576 - 1_100))

    done = testaudit("report", str(saved), "--output", "github", cwd=tmp_path, GITHUB_STEP_SUMMARY=str(summary))

    assert summary.stat().st_size == 1_048_576 - 1_100
    assert "the job summary is full" in done.stderr


def test_an_own_junit_file_is_read_back_to_the_same_counts(saved):
    root = saved.parent
    testaudit("report", str(saved), "--output", "junit=own.xml", cwd=root)

    done = testaudit("scan", "--junit", "own.xml", "--output", "json", cwd=root)

    counts = ("collected", "passed", "failed", "error", "skipped", "xfailed", "pass_rate", "expected")
    before, after = json.loads(saved.read_text())["summary"], json.loads(done.stdout)["summary"]
    assert {name: after[name] for name in counts} == {name: before[name] for name in counts}
