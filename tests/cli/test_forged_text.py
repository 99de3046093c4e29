"""Names, owners, reasons, arguments and configuration that would forge a command of a CI server, or hide what they say."""

from __future__ import annotations

import json
import re
import sys

import pytest

PYTHON = ("--python", sys.executable)
ON_GITHUB = {"GITHUB_ACTIONS": "true"}
FORGED = "\n::error::forged ##[error]forged ##vso[task.complete result=Succeeded] ##teamcity[x]\x1b[2J\u202e"
HIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")
FORMATS = ("json", "github", "markdown", "sarif", "gitlab", "junit", "terminal")
FILES = {
    "tests/test_\u202e\x1b[2Ja.py": "def test_a(): assert 0\ndef test_nothing(): pass\n",
    "tests/test_##[error]forged.py": "def test_a(): assert 0\ndef test_nothing(): pass\n",
    ".github/CODEOWNERS": "* @everyone ##[error]@forged.example @\u202eforged\n",
}


def obeyed(text):
    """Lines of a log that a runner of GitHub, Azure or TeamCity takes for a command."""
    until, found = "", []
    for line in re.split(r"\r\n|\r|\n", text):
        new = re.match(r"\s*::([\w-]+)[^:]*::(.*)", line)
        if re.search(r"##(vso|teamcity)\[", line):
            found.append(line)
        if until:
            until = "" if line.strip() == f"::{until}::" else until
        elif new and new[1] == "stop-commands":
            until = new[2]
        elif new or "##[" in line:
            found.append(line)
    return [*found, *filter(None, [until])]


def hidden(text):
    return sorted(set(HIDDEN.findall(text)))


@pytest.fixture
def hostile(project):
    return project(dict(FILES))


def test_names_of_files_and_owners_are_no_command_and_hide_nothing_in_any_output(hostile, testaudit):
    outputs = [arg for name in FORMATS for arg in ("--output", f"{name}={name}.out")]

    done = testaudit("scan", *PYTHON, *outputs, "--verbose", cwd=hostile, env=ON_GITHUB)
    texts = {name: (hostile / f"{name}.out").read_text(encoding="utf-8") for name in FORMATS}

    assert done.code == 1
    assert obeyed(done.stdout + done.stderr) == []
    assert [name for name, text in texts.items() if hidden(text)] == []
    assert "##[" not in texts["github"]
    assert "tests/test_\u202e\x1b[2Ja.py" in {test["path"] for test in json.loads(texts["json"])["tests"]}


def test_what_people_typed_and_accepted_is_no_command(hostile, testaudit):
    node_id = "tests/test_##[error]forged.py::test_a"
    terms = ("--owner", FORGED, "--issue", FORGED)
    commands = [
        ("scan", *PYTHON, "--quiet"),
        ("baseline", "write", *terms),
        ("baseline", "show"),
        ("baseline", "diff"),
        ("baseline", "accept", node_id, "--issue", FORGED),
        ("baseline", "accept", "--removed", node_id, "--why", FORGED),
        ("quarantine", "add", node_id, *terms, "--reason", FORGED),
        ("quarantine", "list"),
        ("gate", "--verbose"),
        ("gate", "--output", "markdown"),
        ("quarantine", "remove", node_id),
    ]

    done = [testaudit(*command, cwd=hostile, env=ON_GITHUB) for command in commands]
    said = [one.stdout + one.stderr for one in done]

    assert [one.code for one in done[1:8]] == [0] * 7
    assert [obeyed(text) for text in said] == [[]] * len(said)
    assert [hidden(text) for text in said] == [[]] * len(said)
    assert hidden((hostile / ".testaudit/baseline.json").read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "command",
    [
        ("scan", FORGED),
        ("scan", "--output", FORGED),
        ("scan", "--since", FORGED),
        ("scan", "--fail-under", FORGED),
        ("scan", "--" + FORGED),
        (FORGED,),
        ("explain", FORGED),
        ("gate", "--audit", FORGED),
        ("gate", "--junit", FORGED),
        ("quarantine", "remove", FORGED),
        ("baseline", "accept", FORGED, "--issue", "1"),
    ],
)
def test_an_argument_that_is_quoted_in_an_error_is_no_command(hostile, testaudit, command):
    done = testaudit(*command, cwd=hostile, env=ON_GITHUB)

    done.assert_no_traceback()
    assert done.code in {2, 3}
    assert obeyed(done.stdout + done.stderr) == []
    assert hidden(done.stderr) == []


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("testaudit.toml", 'fail-under = "\\n::error::forged##[error]x\\u202e"\n'),
        ("testaudit.toml", '"\\n::error::forged##[error]x" = 1\n'),
        ("testaudit.toml", '[gate]\n"\\n::error::forged##[error]x" = "block"\n'),
        ("testaudit.toml", "\n::error::forged##[error]x"),
        (".testaudit/baseline.json", '{"testaudit_baseline": 1, "\\n::error::forged##[error]x": 1}'),
        (".testaudit/baseline.json", "::error::forged\n##[error]x"),
        (".testaudit/quarantine.toml", '[[quarantine]]\ntest = "t"\n"\\n::error::forged##[error]x" = 1\n'),
        (".testaudit/quarantine.toml", "::error::forged\n##[error]x"),
    ],
)
def test_a_file_that_is_quoted_in_an_error_is_no_command(project, testaudit, name, text):
    made = project({"test_x.py": "def test_a(): pass\n", name: text})

    done = testaudit("scan", *PYTHON, cwd=made, env=ON_GITHUB)

    done.assert_no_traceback()
    assert done.code == 2
    assert obeyed(done.stdout + done.stderr) == []


def test_an_incomplete_entry_of_the_quarantine_is_listed_and_is_no_command(project, testaudit):
    entry = '[[quarantine]]\ntest = "##[error]forged"\nowner = "\\n::error::forged"\n'
    made = project({"test_x.py": "def test_a(): pass\n", ".testaudit/quarantine.toml": entry})

    done = testaudit("quarantine", "list", cwd=made, env=ON_GITHUB)

    assert done.code == 0
    assert "forged" in done.stdout
    assert obeyed(done.stdout + done.stderr) == []
