"""A configuration is read as it was meant, and whatever is wrong in one is said with its place and its remedy."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from testaudit.config import KEYS, Config, _line, load
from testaudit.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

EVERYTHING = """
[project]
name = "shop"

[tool.testaudit]
python = ".venv"
testpaths = ["tests"]
members = ["packages/*"]
pytest-args = ["-x", "--strict-markers"]
launch = "pytest"
select = ["TA301"]
extend-select = ["sleep-in-test"]
ignore = ["TA105"]
confidence = "medium"
first-party = ["shop"]
boundaries = ["shop.http"]
assert-helpers = ["check_invoice"]
issue-pattern = 'SHOP-\\d+'
fail-under = 90
pass-rate = "executed"
baseline = "base.json"
history = "env:HISTORY"
reruns = 0
timeout = 2.5
per-path-ignores = { "tests/e2e/*" = ["TA301"] }

[tool.testaudit.severity]
sleep-in-test = "error"

[tool.testaudit.levels]
"tests/e2e/*" = "e2e"

[tool.testaudit.gate]

[tool.testaudit.rules.sleep-in-test]
limit = 0.1
"""


def error_of(root: Path) -> UsageError:
    with pytest.raises(UsageError) as caught:
        load(root)
    return caught.value


def complaint(root: Path, text: str) -> tuple[str, str]:
    (root / "pyproject.toml").write_text(text, encoding="utf-8")
    error = error_of(root)
    return error.message, error.hint


def test_a_project_without_configuration_has_the_defaults(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'x'\n")

    assert load(tmp_path) == Config()
    assert load(tmp_path / "nowhere") == Config()
    assert Config().fail_under is None
    assert (Config().reruns, Config().timeout) == (2, 300.0)


def test_every_key_is_read(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(EVERYTHING, encoding="utf-8")

    config = load(tmp_path)

    assert {name for name in Config.model_fields if getattr(config, name) == getattr(Config(), name)} == {"gate"}
    assert config.pytest_args == ("-x", "--strict-markers")
    assert config.per_path_ignores == {"tests/e2e/*": ("TA301",)}
    assert config.fail_under == 90.0
    assert config.rules == {"sleep-in-test": {"limit": 0.1}}


def test_a_file_of_its_own_has_the_keys_at_its_top(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'x'\n[tool.ruff]\n")
    (tmp_path / "testaudit.toml").write_text("reruns = 5\r\n")

    assert load(tmp_path).reruns == 5


def test_the_table_of_pyproject_in_the_own_file_is_explained(tmp_path: Path) -> None:
    (tmp_path / "testaudit.toml").write_text("\n[tool.testaudit]\nreruns = 5\n")

    error = error_of(tmp_path)

    assert error.message == "testaudit.toml, line 2: unknown key `tool`"
    assert "at the top" in error.hint


def test_two_configurations_are_refused(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'x'\n\n[tool.testaudit]\nreruns = 1\n")
    (tmp_path / "testaudit.toml").write_text("reruns = 5\n")

    error = error_of(tmp_path)

    assert error.message == "two configurations: testaudit.toml, and [tool.testaudit] in pyproject.toml (line 4)"
    assert error.exit_code == 2


@pytest.mark.parametrize(
    ("body", "line", "said", "hinted"),
    [
        (
            "fail_under = 90",
            2,
            "unknown key `fail_under` in [tool.testaudit]; did you mean `fail-under`?",
            "fail-under, ",
        ),
        ("reruns = 1\nslect = ['x']", 3, "unknown key `slect` in [tool.testaudit]; did you mean `select`?", "select"),
        ("zzzz = 1", 2, "unknown key `zzzz` in [tool.testaudit]", "known keys of [tool.testaudit]: python, "),
        ("'a b' = 1", 2, 'unknown key `"a b"`', "known keys"),
        ("[tool.testaudit.gate]\nmax = 1", 3, "unknown key `max` in [tool.testaudit.gate]", "[tool.testaudit.gate]"),
        ("reruns = 'two'", 2, "`reruns` is a string", "allowed is a whole number, 0 to 100"),
        ("reruns = 2.5", 2, "`reruns` is 2.5", "a whole number"),
        ("reruns = true", 2, "`reruns` is true or false", "a whole number"),
        ("reruns = -1", 2, "`reruns` is -1", "0 to 100"),
        ("fail-under = 101", 2, "`fail-under` is 101", "0 to 100"),
        ("fail-under = nan", 2, "`fail-under` is nan", "0 to 100"),
        ("timeout = 0", 2, "`timeout` is 0", "above 0"),
        ("timeout = inf", 2, "`timeout` is inf", "above 0"),
        ("select = 'TA301'", 2, "`select` is a string", "an array"),
        ("select = [\n 'TA301',\n 7]", 2, "`select` is 7", "an array"),
        ("select = ['']", 2, "`select` is an empty string", "an array"),
        ("python = ''", 2, "`python` is an empty string", "a command"),
        ("python = 2020-01-01", 2, "`python` is a date or time", "a command"),
        ("launch = 'modul'", 2, '`launch` is "modul"', 'allowed is "module" or "pytest"; did you mean `module`?'),
        ("[tool.testaudit.severity]\n\nx = 'eror'", 4, '`severity.x` is "eror"', "did you mean `error`?"),
        ("severity.x = 1", 2, "`severity.x` is 1", '"warning"'),
        ("levels = { 'tests/*' = 'e3e' }", 2, '`levels."tests/*"` is "e3e"', "e2e"),
        ("per-path-ignores = ['x']", 2, "`per-path-ignores` is an array", "a table of globs"),
        ("rules = 3", 2, "`rules` is 3", "a table for each rule"),
        ("gate = 'strict'", 2, "`gate` is a string", "a table"),
        ("issue-pattern = '('", 2, "`issue-pattern` is wrong: not a regular expression", "a regular expression"),
        ("members = ['../other']", 2, "`members` is wrong: it leads out of the project", "inside the project"),
        ("testpaths = ['/etc']", 2, "`testpaths` is wrong: it leads out of the project", "inside the project"),
        ("note = '''\nreruns = 1\n'''", 2, "unknown key `note`", "known keys"),
        ("history = 7\nreruns = 'x'", 2, "`history` is 7", "(1 more of this kind in the file)"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(tmp_path: Path, body: str, line: int, said: str, hinted: str) -> None:
    message, hint = complaint(tmp_path, f"[tool.testaudit]\n{body}\n")

    assert message.startswith(f"pyproject.toml, line {line}: {said}")
    assert hinted in hint


def test_a_database_url_is_never_repeated(tmp_path: Path) -> None:
    message, hint = complaint(tmp_path, "[tool.testaudit]\nhistory = ['postgresql://me:hunter2@db/x']\n")

    assert "`history` is an array" in message
    assert "hunter2" not in message + hint


def test_testaudit_as_a_value_is_refused(tmp_path: Path) -> None:
    message, _ = complaint(tmp_path, "[tool]\ntestaudit = 3\n")

    assert message == "pyproject.toml, line 2: `tool.testaudit` is 3"


def test_broken_toml_names_the_line(tmp_path: Path) -> None:
    message, _ = complaint(tmp_path, "[tool.testaudit]\nreruns = = 2\n")

    assert message.startswith("pyproject.toml, line 2: not valid TOML: ")


def test_toml_that_ends_too_early_names_the_last_line(tmp_path: Path) -> None:
    message, _ = complaint(tmp_path, "[tool.testaudit]\nselect = [")

    assert message.startswith("pyproject.toml, line 2: not valid TOML: ")


def test_brackets_without_end_are_no_crash(tmp_path: Path) -> None:
    message, _ = complaint(tmp_path, "a = " + "[" * 100_000)

    assert "not valid TOML" in message


def test_other_encodings_are_refused(tmp_path: Path) -> None:
    (tmp_path / "testaudit.toml").write_bytes('python = "x"\nbaseline = "größer"\n'.encode("latin-1"))

    assert error_of(tmp_path).message == "testaudit.toml, line 2: not UTF-8 (TOML always is)"


def test_a_huge_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "testaudit.toml").write_bytes(b"# " + b"x" * 5_000_000)

    assert "larger than 4 MB" in error_of(tmp_path).message


def test_a_folder_in_the_place_of_the_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "testaudit.toml").mkdir()

    assert error_of(tmp_path).message == "testaudit.toml is not a regular file"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_named_pipe_does_not_block(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "testaudit.toml")

    assert "not a regular file" in error_of(tmp_path).message


def test_a_link_to_nothing_is_refused(tmp_path: Path) -> None:
    (tmp_path / "testaudit.toml").symlink_to(tmp_path / "gone")

    assert error_of(tmp_path).exit_code == 2


@given(st.text(max_size=300))
def test_any_text_is_a_configuration_or_a_usage_error(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    root = tmp_path_factory.mktemp("any")
    (root / "testaudit.toml").write_text(text, encoding="utf-8", errors="surrogatepass")

    try:
        config = load(root)
    except UsageError as error:
        assert error.message.startswith("testaudit.toml")
    else:
        assert isinstance(config, Config)


@given(
    st.sampled_from(KEYS),
    st.sampled_from(["1", "-7", "'x'", "[1]", "{}", "{a = 1}", "[['x']]", "1e400", "true", "07:32:00"]),
)
def test_any_value_of_any_key_is_accepted_or_named(
    tmp_path_factory: pytest.TempPathFactory, key: str, value: str
) -> None:
    root = tmp_path_factory.mktemp("value")
    (root / "testaudit.toml").write_text(f"\n{key} = {value}\n", encoding="utf-8")

    try:
        load(root)
    except UsageError as error:
        assert error.message.startswith("testaudit.toml, line 2: ")
        assert key in error.message


@pytest.mark.parametrize(
    ("text", "keys", "line"),
    [
        ("a = 1\n[tool.x]\nb = 2", ("tool", "x", "b"), 3),
        ("tool.x.b = 2", ("tool", "x", "b"), 1),
        ("\n[tool]\nx = { b = 2 }", ("tool", "x", "b"), 3),
        ('[tool."x"]\n"b" = 2', ("tool", "x", "b"), 2),
        ("[other]\nb = 1\n[tool.x]\nc = 2", ("tool", "x", "b"), 3),
        ("[tool.x.b.c]\nd = 1", ("tool", "x", "b"), 1),
        ("", ("tool",), 1),
    ],
)
def test_the_line_of_a_key_is_found(text: str, keys: tuple[str, ...], line: int) -> None:
    assert _line(text, keys) == line
