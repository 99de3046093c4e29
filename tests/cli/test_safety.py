"""Nothing secret, nothing endless, nothing that moves the cursor: what a hostile suite says, and what reaches the reader."""

from __future__ import annotations

import json
import sys

import pytest

PYTHON = ("--python", sys.executable)
SECRETS = {
    "a password by name": ("password = 'hunter2-hunter2'", "hunter2-hunter2"),
    "a token of known shape": ("ghp_" + "a1B2c3D4" * 5, "a1B2c3D4a1B2c3D4"),
    "a URL with a password": ("postgresql://admin:s3cr3t-word@db/x", "s3cr3t-word"),
    "a bearer header": ("Authorization: Bearer abcdef123456789", "abcdef123456789"),
}

LEAKS = """
    import os
    import warnings

    import pytest

    SAID = {said!r}

    @pytest.fixture
    def broken():
        raise RuntimeError(SAID)

    def test_message():
        raise RuntimeError(SAID)

    def test_output():
        print(SAID)
        assert 0

    def test_set_up(broken): pass

    @pytest.mark.skip(reason=SAID)
    def test_reason(): pass

    @pytest.mark.xfail(reason=SAID)
    def test_marker(): assert 0

    def test_warning():
        warnings.warn(SAID)

    def test_cause():
        try:
            raise KeyError(SAID)
        except KeyError as error:
            raise ValueError from error
"""


@pytest.mark.parametrize(("said", "secret"), SECRETS.values(), ids=list(SECRETS))
def test_secrets_reach_no_file_and_no_terminal(project, testaudit, said, secret):
    made = project({"test_x.py": LEAKS.replace("{said!r}", repr(said)), "test_y.py": f"raise ValueError({said!r})\n"})

    result = testaudit("scan", *PYTHON, "--output", "json=audit.json", "--verbose", cwd=made)
    written = (made / "audit.json").read_text(encoding="utf-8")
    kept = (made / ".testaudit/local/last-audit.json").read_text(encoding="utf-8")

    assert result.code == 1
    assert secret not in result.stdout + result.stderr
    assert secret not in written
    assert secret not in kept
    assert "***" in written


CI_SECRET = "from-ci-4711-abcdefghijklmnopqrstuvwxyz"
PLACES = f"""
    import warnings
    import pytest

    SAID = {CI_SECRET!r}
    TOKEN = {"ghp_" + "a1B2c3D4" * 5!r}

    @pytest.mark.parametrize("value", [SAID, TOKEN])
    def test_id(value): assert value == "x"

    def test_shortened():
        value = SAID
        assert value == "x" * 40

    def test_reversed():
        assert TOKEN[::-1] + "x" == TOKEN

    def test_type():
        raise type(SAID, (Exception,), {{}})("x")

    @pytest.mark.skip(reason=SAID)
    def test_skipped(): pass

    def test_warning():
        warnings.warn("x", type(TOKEN, (UserWarning,), {{}}))

    def test_statement():
        given = 1
        assert given == "AKIAIOSFODNN7EXAMPLE"
"""
FORMATS = ("json", "github", "markdown", "sarif", "gitlab", "junit")


def test_secrets_of_ids_types_statements_and_of_ci_reach_no_output(project, testaudit):
    made = project({"test_x.py": PLACES, ".github/CODEOWNERS": f"* @org/{CI_SECRET}\n"})
    env = {"DEPLOY_TOKEN": CI_SECRET}
    outputs = [arg for name in FORMATS for arg in ("--output", f"{name}={name}.out")]

    scanned = testaudit("scan", *PYTHON, *outputs, "--verbose", cwd=made, env=env)
    written = testaudit(
        "baseline", "write", "--owner", CI_SECRET, "--issue", "https://u:hunter2@x/1", cwd=made, env=env
    )
    shown = testaudit("baseline", "show", cwd=made, env=env)
    said = [one.stdout + one.stderr for one in (scanned, written, shown)]
    files = [made / f"{name}.out" for name in FORMATS]
    files += [made / ".testaudit/baseline.json", made / ".testaudit/local/last-audit.json"]
    said += [file.read_text(encoding="utf-8") for file in files]

    assert (scanned.code, written.code) == (1, 0)
    assert [
        secret
        for text in said
        for secret in ("from-ci", "uvwxyz", "ghp_", "c3D4a1B2", "AKIA", "hunter2")
        if secret in text
    ] == []


def test_a_masked_id_joins_with_the_baseline_and_the_quarantine(project, testaudit):
    made = project({"test_x.py": PLACES})
    env = {"DEPLOY_TOKEN": CI_SECRET}
    real_id = f"test_x.py::test_id[{CI_SECRET}]"

    testaudit("scan", *PYTHON, cwd=made, env=env)
    written = testaudit("baseline", "write", cwd=made, env=env)
    added = testaudit("quarantine", "add", real_id, "--owner", CI_SECRET, "--issue", "PAY-1", cwd=made, env=env)
    accepted = testaudit("baseline", "accept", real_id, "--issue", "PAY-2", cwd=made, env=env)
    again = testaudit("scan", *PYTHON, "--output", "json", cwd=made, env=env)
    removed = testaudit("quarantine", "remove", real_id, cwd=made, env=env)

    assert [one.code for one in (written, added, accepted, again, removed)] == [0, 0, 0, 0, 0]
    assert CI_SECRET not in added.stdout + accepted.stdout + removed.stdout
    assert [one["node_id"] for one in again.audit["comparison"]["quarantined"]] == ["test_x.py::test_id[***]"]
    assert again.checks["new-failures"] is True


def test_a_record_that_was_written_by_hand_joins_with_a_masked_id(project, testaudit):
    made = project(
        {"test_x.py": f"import pytest\n@pytest.mark.parametrize('v', [{CI_SECRET!r}])\ndef test_a(v): assert 0\n"}
    )
    env = {"DEPLOY_TOKEN": CI_SECRET}
    file = made / ".testaudit/baseline.json"

    testaudit("scan", *PYTHON, "--quiet", cwd=made, env=env)
    testaudit("baseline", "write", "--issue", "PAY-1", cwd=made, env=env)
    file.write_text(file.read_text(encoding="utf-8").replace("[***]", f"[{CI_SECRET}]"), encoding="utf-8")
    again = testaudit("scan", *PYTHON, cwd=made, env=env)

    assert again.code == 0
    assert CI_SECRET not in again.stdout + again.stderr


def test_the_command_for_a_masked_case_names_what_pytest_finds(project, testaudit):
    made = project(
        {"test_x.py": "import pytest\n@pytest.mark.parametrize('v', ['password=hunter2'])\ndef test_a(v): assert 0\n"}
    )

    scanned = testaudit("scan", *PYTHON, cwd=made)

    assert "python -m pytest test_x.py::test_a " in scanned.stdout


def test_a_result_of_another_runner_joins_with_a_masked_id(project, testaudit):
    made = project({"test_x.py": PLACES})
    env = {"DEPLOY_TOKEN": CI_SECRET}
    pytest_args = ("--", "--junitxml=raw.xml")

    testaudit("scan", *PYTHON, *pytest_args, cwd=made, env=env)
    testaudit("baseline", "write", cwd=made, env=env)
    judged = testaudit("gate", "--junit", "raw.xml", "--output", "json", cwd=made, env=env)

    assert CI_SECRET in (made / "raw.xml").read_text(encoding="utf-8")
    assert CI_SECRET not in judged.stdout + judged.stderr
    assert judged.checks["new-failures"] is True
    assert judged.checks["disappeared-tests"] is True


def test_a_secret_in_what_pytest_says_before_any_test_is_masked(project, testaudit):
    made = project(
        {"conftest.py": "raise ValueError('password=hunter2-hunter2')\n", "test_x.py": "def test_a(): pass\n"}
    )

    result = testaudit("scan", *PYTHON, "--output", "json=audit.json", cwd=made)

    assert result.code == 3
    assert "hunter2-hunter2" not in result.stdout + result.stderr + (made / "audit.json").read_text(encoding="utf-8")


def test_a_failure_of_ten_megabytes_is_cut(project, testaudit):
    made = project(
        {
            "test_x.py": """
                def test_message():
                    raise ValueError("m" * 10_000_000)

                def test_output():
                    print("p" * 10_000_000)
                    assert 0

                def test_many_lines():
                    print("line\\n" * 1_000_000)
                    raise ValueError("\\n".join(str(n) for n in range(100_000)))
                """
        }
    )

    result = testaudit("scan", *PYTHON, "--output", "json=audit.json", cwd=made)
    saved = json.loads((made / "audit.json").read_text(encoding="utf-8"))
    troubles = [trouble for test in saved["tests"] for trouble in test["attempts"][0]["troubles"]]

    assert result.code == 1
    assert len(troubles) == 3
    assert [len(trouble["text"].encode()) <= 20_000 for trouble in troubles] == [True] * 3
    assert [len(trouble.get("output", "").encode()) <= 64_000 for trouble in troubles] == [True] * 3
    assert (made / "audit.json").stat().st_size < 1_000_000
    assert len(result.stdout) < 20_000


def test_a_skip_reason_and_a_marker_of_a_megabyte_are_cut(project, scan):
    made = project({"test_x.py": "import pytest\n@pytest.mark.skip(reason='r' * 1_000_000)\ndef test_a(): pass\n"})

    result = scan(made)

    assert result.counts == {"collected": 1, "skipped": 1}
    assert len(result.stdout) < 100_000


@pytest.mark.parametrize("detail", [(), ("--verbose",), ("--quiet",)], ids=["normal", "verbose", "quiet"])
def test_control_characters_of_a_suite_reach_no_terminal(project, testaudit, detail):
    evil = "\x1b[2J\x1b]0;owned\x07\r\x08\x9b31m\u202e\u200b"
    made = project(
        {
            "conftest.py": f"import sys\nprint({evil!a})\nprint({evil!a}, file=sys.stderr)\n",
            "test_x.py": f"""
                import warnings
                import pytest

                EVIL = {evil!a}

                def test_message():
                    print(EVIL)
                    raise ValueError(EVIL)

                @pytest.mark.skip(reason=EVIL)
                def test_reason(): pass

                @pytest.mark.parametrize("value", [EVIL], ids=[EVIL])
                def test_id(value): assert 0

                def test_type():
                    raise type(EVIL, (Exception,), {{}})("x")
                """,
        },
        name="project",
    )

    result = testaudit("scan", *PYTHON, *detail, cwd=made)

    result.assert_no_traceback()
    assert result.code == 1
    assert not set("\x1b\x07\r\x08\x9b\u202e") & set(result.stdout + result.stderr)


def test_control_characters_in_pytests_own_words_reach_no_terminal(project, testaudit):
    made = project({"conftest.py": "raise ValueError('\\x1b[2J\\x07')\n", "test_x.py": "def test_a(): pass\n"})

    result = testaudit("scan", *PYTHON, cwd=made)

    assert result.code == 3
    assert not set("\x1b\x07") & set(result.stdout + result.stderr)


def test_an_error_names_a_hostile_argument_harmlessly(project, testaudit):
    result = testaudit("scan", "no\x1b[2Jthing\x07", cwd=project({}))

    assert result.code == 2
    assert not set("\x1b\x07") & set(result.stderr)


@pytest.mark.parametrize("lie", ["__str__", "__repr__"])
def test_an_exception_that_cannot_be_shown_is_a_failure_like_any_other(project, scan, lie):
    made = project(
        {
            "test_x.py": f"class Liar(Exception):\n    def {lie}(self): raise RuntimeError('no')\ndef test_a(): raise Liar('x')\ndef test_b(): pass\n"
        }
    )

    result = scan(made)

    assert result.outcomes == {"test_x.py::test_a": "failed", "test_x.py::test_b": "passed"}


def test_a_test_that_patches_what_recording_needs_is_recorded(project, scan):
    made = project(
        {
            "test_x.py": """
                import builtins, json, os, time

                def boom(*args, **kwargs):
                    raise RuntimeError("patched")

                def test_patches(monkeypatch):
                    for module, name in ((time, "sleep"), (time, "perf_counter_ns"), (time, "monotonic"), (os, "write"), (json, "dumps")):
                        monkeypatch.setattr(module, name, boom)

                def test_closes_files():
                    os.closerange(20, 200)

                def test_changes_the_folder(tmp_path):
                    os.chdir(tmp_path)

                def test_after(): assert 0
                """
        }
    )

    result = scan(made)

    assert list(result.outcomes.values()) == ["passed", "passed", "passed", "failed"]
    assert result.audit["complete"] is True
