"""`report`, `explain`, `schema`, `demo`, `--help`: the commands that answer 0 whatever the answer, and the one that is sick."""

from __future__ import annotations

import json
import sys

import jsonschema
import pytest

RED = {"test_x.py": "import pytest\ndef test_a(): assert 0\n@pytest.mark.skip\ndef test_b(): pass\n"}
PYTHON = ("--python", sys.executable)
ANTIPATTERNS = (
    "implementation-details", "over-mocked", "flaky", "missing-cleanup", "multiple-workflows", "hard-coded-data",
    "xfail-as-expected", "never-runs", "cannot-fail", "organisation",
)  # fmt: skip


@pytest.fixture(scope="module")
def schema(testaudit):
    return json.loads(testaudit("schema").stdout)


def conforms(audit, schema) -> None:
    jsonschema.Draft202012Validator(schema).validate(audit)


# ---------------------------------------------------------------- report


def test_the_last_audit_is_shown_again(project, testaudit):
    made = project(RED)
    first = testaudit("scan", *PYTHON, cwd=made)

    again = testaudit("report", cwd=made)

    assert first.code == 1
    assert again.code == 0
    assert again.stdout.strip().splitlines()[0] == first.stdout.strip().splitlines()[0]


def test_a_named_audit_is_shown_from_anywhere(project, testaudit, tmp_path):
    made = project(RED)
    testaudit("scan", *PYTHON, "--output", "json=audit.json", cwd=made)

    result = testaudit("report", made / "audit.json", cwd=tmp_path)

    assert result.code == 0
    assert "Gate failed" in result.stdout


def test_json_of_a_saved_audit_is_the_saved_audit(project, testaudit):
    made = project(RED)
    testaudit("scan", *PYTHON, "--output", "json=audit.json", cwd=made)

    result = testaudit("report", "audit.json", "--output", "json", cwd=made)

    assert result.audit == json.loads((made / "audit.json").read_text(encoding="utf-8"))


def test_without_any_scan_it_says_what_to_do(project, testaudit):
    result = testaudit("report", cwd=project(RED))

    assert result.code == 3
    assert "testaudit scan" in result.stderr


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", 3),
        (b"{", 3),
        (b"not json", 2),
        (b"{}", 2),
        (b"[]", 2),
        (b"null", 2),
        (b'{"schema_version": "99.0"}', 2),
        (b'{"schema_version": "1.0"}', 3),
        (b"<testsuites/>", 2),
        (b"\xff\xfe\x00", 2),
        (b"[" * 100_000, 2),
        (b'{"schema_version": "1.0", "tests": ' + b"[" * 100_000, 3),
    ],
    ids=["empty", "cut", "text", "object", "list", "null", "future", "bare", "XML", "binary", "deep", "deep inside"],
)
def test_a_file_that_is_no_audit_is_said_in_a_sentence(project, testaudit, content, code):
    made = project({**RED, "audit.json": content})

    result = testaudit("report", "audit.json", cwd=made)

    result.assert_no_traceback()
    assert result.code == code
    assert "audit.json" in result.stderr
    assert "next:" in result.stderr


@pytest.mark.parametrize("path", ["nowhere.json", ".", "/dev/null"])
def test_a_file_that_cannot_be_read_ends_with_3(project, testaudit, path):
    result = testaudit("report", path, cwd=project(RED))

    result.assert_no_traceback()
    assert result.code == 3


# ---------------------------------------------------------------- schema


def test_the_schema_is_a_schema(schema):
    jsonschema.Draft202012Validator.check_schema(schema)

    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"


@pytest.mark.parametrize(
    "command", [("scan", *PYTHON), ("scan", "--no-run"), ("lint",)], ids=["scan", "no run", "lint"]
)
def test_every_audit_conforms_to_the_schema(project, testaudit, schema, command):
    made = project(
        {
            **RED,
            "test_y.py": "def test(:\n",
            "test_z.py": "import time\ndef test_c():\n    time.sleep(0.01)\n    assert 1\n",
        }
    )

    result = testaudit(*command, "--output", "json", cwd=made)

    conforms(result.audit, schema)
    assert result.audit["findings"] != []


def test_an_audit_of_nothing_conforms_to_the_schema(project, scan, schema):
    result = scan(project({"code.py": ""}))

    conforms(result.audit, schema)
    assert result.code == 3


def test_the_contracts_fields_are_there(project, scan):
    audit = scan(project(RED)).audit
    check = audit["gate"]["checks"][0]
    test = audit["tests"][0]

    assert audit["schema_version"] == "1.0"
    assert audit["tool"]["name"] == "testaudit"
    assert audit["project"]["root"] == "."
    assert {"commit", "branch", "dirty"} <= set(audit["project"])
    assert {"python", "pytest", "platform", "plugins"} <= set(audit["environment"])
    assert {"levels", "cost", "pass_rate", "pass_rate_executed", "flaky", "duration_s"} <= set(audit["summary"])
    assert set(audit["summary"]["cost"]) == {"slept_s", "setup_s", "reruns_s"}
    assert {"name", "passed", "actual", "limit", "why", "what_to_do"} == set(check)
    assert {
        "node_id",
        "junit_key",
        "path",
        "line",
        "level",
        "outcome",
        "flaky",
        "reason",
        "skip_kind",
        "attempts",
        "failure",
    } <= set(test)
    assert {"outcome", "duration_s", "condition"} <= set(test["attempts"][0])


def test_no_path_of_this_machine_is_in_the_audit_of_a_passing_suite(project, testaudit):
    made = project(
        {"tests/test_x.py": "import time\ndef test_a(tmp_path):\n    time.sleep(0.01)\n    assert tmp_path\n"}
    )

    result = testaudit("scan", *PYTHON, "--output", "json", cwd=made)

    assert str(made) not in result.stdout


# ---------------------------------------------------------------- explain


@pytest.fixture(scope="module")
def rules(testaudit):
    listed = testaudit("explain", env={"COLUMNS": "200"}).stdout
    return [line.split()[:2] for line in listed.splitlines() if line.startswith("TA")]


def test_explain_lists_every_rule(rules):
    assert {"sleep-in-test", "xfail-untracked", "dead-assert"} <= {slug for _, slug in rules}


def test_explain_shows_each_rule_by_its_code_and_by_its_slug(rules, testaudit):
    """One rule of each by name keeps this fast; the texts of all are asked in one process below."""
    code, slug = rules[0]

    by_code, by_slug = testaudit("explain", code.lower()), testaudit("explain", slug)

    assert by_code.code == by_slug.code == 0
    assert by_code.stdout == by_slug.stdout


@pytest.mark.parametrize("antipattern", ANTIPATTERNS)
def test_explain_shows_each_antipattern_with_its_rules(testaudit, rules, antipattern):
    result = testaudit("explain", antipattern)
    shown = [slug for code, slug in rules if f"{code} {slug}" in result.stdout.splitlines()]

    assert result.code == 0
    assert shown or "No rule" in result.stdout
    for slug in shown:
        assert f'ignore = ["{slug}"]' in result.stdout
    assert result.stdout.count("\nBad\n") == result.stdout.count("\nGood\n") == len(shown)


def test_explain_shows_how_to_configure(testaudit):
    result = testaudit("explain", "sleep-in-test")

    assert "# testaudit: ignore[sleep-in-test]" in result.stdout
    assert "time.sleep" in result.stdout
    assert "Instead:" in result.stdout


# ---------------------------------------------------------------- demo


def test_the_demo_is_sick_in_every_way_that_a_rule_exists_for(testaudit, schema, tmp_path):
    result = testaudit("demo", "--output", "json", cwd=tmp_path)
    by_rule = {rule["antipattern"] for rule in result.audit["findings"]}
    named = {line.split()[0] for line in testaudit("explain").stdout.splitlines() if line.startswith("TA")}

    conforms(result.audit, schema)
    assert result.code == 1
    assert named
    assert by_rule >= {
        "implementation-details", "over-mocked", "flaky", "missing-cleanup", "multiple-workflows", "hard-coded-data",
        "xfail-as-expected", "never-runs",
    }  # fmt: skip
    assert list(tmp_path.iterdir()) == []


def test_the_demo_shows_a_report(testaudit, tmp_path):
    result = testaudit("demo", cwd=tmp_path)

    assert result.code == 1
    assert "Gate failed" in result.stdout
    assert list(tmp_path.iterdir()) == []


# ---------------------------------------------------------------- help


def test_version(testaudit):
    from testaudit import __version__

    result = testaudit("--version")

    assert (result.code, result.stdout) == (0, f"testaudit {__version__}\n")


@pytest.mark.parametrize("flag", ["--help", "-h"])
def test_help_lists_the_commands(testaudit, flag):
    result = testaudit(flag)

    assert result.code == 0
    assert [name for name in ("scan", "lint", "report", "explain", "schema", "demo") if name not in result.stdout] == []


@pytest.mark.parametrize(
    ("command", "options"),
    [
        (
            "scan",
            [
                "--no-run",
                "--junit",
                "--python",
                "-n",
                "--timeout",
                "--select",
                "--ignore",
                "--confidence",
                "--fail-under",
                "--output",
                "--quiet",
                "--verbose",
            ],
        ),
        ("lint", ["--fail-on", "--stdin-filename", "--select", "--ignore", "--output"]),
        ("report", ["--output"]),
        ("explain", ["RULE"]),
        ("schema", []),
        ("demo", ["--output"]),
    ],
)
def test_help_of_each_command_names_its_options(testaudit, command, options):
    result = testaudit(command, "--help")

    assert result.code == 0
    assert [option for option in options if option not in result.stdout] == []


def test_without_arguments_it_shows_help(testaudit):
    result = testaudit()

    assert "Usage" in result.stdout + result.stderr
    assert result.code == 2


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shell_completion_is_shown(testaudit, shell):
    # typer would ask which shell called us; CI has any of them, or none that it knows.
    result = testaudit("--show-completion", shell, env={"_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"})

    assert result.code == 0
    assert "testaudit" in result.stdout


def test_shell_completion_completes(testaudit):
    asked = {"_TESTAUDIT_COMPLETE": "complete_bash", "COMP_WORDS": "testaudit sc", "COMP_CWORD": "1"}

    result = testaudit(env=asked)

    assert result.stdout.split() == ["scan", "schema"]
