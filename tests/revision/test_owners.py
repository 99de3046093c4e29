"""Whose a file is: CODEOWNERS as GitHub reads it, GitLab's sections, and files that were written to annoy."""

from __future__ import annotations

import pytest

from testaudit.revision.owners import read_owners


@pytest.fixture
def owned(tmp_path):
    """Write a CODEOWNERS file, and ask for a file's owners."""

    def ask(text: str, path: str, place: str = "CODEOWNERS") -> tuple[str, ...]:
        (tmp_path / place).parent.mkdir(exist_ok=True)
        (tmp_path / place).write_text(text, encoding="utf-8")
        return read_owners(tmp_path).of(path)

    return ask


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("*", "a/b/c.py"),
        ("*.py", "a/b/c.py"),
        ("*.py", "c.py"),
        ("/build/logs/", "build/logs/deep/x"),
        ("docs/*", "docs/getting-started.md"),
        ("/docs/*", "docs/x.md"),
        ("/*", "x.md"),
        ("apps/", "apps/x/y"),
        ("apps/", "deep/apps/x"),
        ("/docs/", "docs/a/b"),
        ("/scripts", "scripts/a/b"),
        ("/scripts", "scripts"),
        ("tests", "a/tests/b/c.py"),
        ("tests/unit", "tests/unit/a.py"),
        ("**/logs", "build/logs/x"),
        ("**/logs", "logs"),
        ("a/**/b", "a/b"),
        ("a/**/b", "a/x/y/b/c"),
        ("docs/**", "docs/a/b"),
        ("/tests/**/test_*.py", "tests/deep/er/test_a.py"),
        ("te?t_a.py", "test_a.py"),
        ("path\\ with\\ spaces/", "path with spaces/x"),
        ("\\#file", "#file"),
        ("\\*.py", "*.py"),
        ("a*b*c", "axxbxxc"),
        ("ü*.py", "über.py"),
    ],
)
def test_a_pattern_that_means_the_file(owned, pattern, path):
    assert owned(f"{pattern} @me\n", path) == ("@me",)


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("docs/*", "docs/build-app/troubleshooting.md"),
        ("/docs/*", "docs/a/b"),
        ("/*", "a/b"),
        ("*.py", "a.pyc"),
        ("/build/logs/", "deep/build/logs/x"),
        ("tests/unit", "deep/tests/unit/a.py"),
        ("/docs/", "deep/docs/a"),
        ("docs/", "docs"),
        ("apps", "my-apps/x"),
        ("a*c", "a/c"),
        ("te?t", "te/t"),
        ("Tests/", "tests/a"),
        ("\\*.py", "a.py"),
        ("a*b*c", "axxbxx"),
        ("a/**/b", "x/a/b"),
    ],
)
def test_a_pattern_that_means_others(owned, pattern, path):
    assert owned(f"{pattern} @me\n", path) == ()


def test_the_last_line_that_matches_wins(owned):
    assert owned("* @all\ntests/ @testers @org/quality\n*.js @web\n", "tests/a.py") == ("@testers", "@org/quality")


def test_a_line_without_owners_takes_the_file_from_everybody(owned):
    assert owned("/apps/ @octocat\n/apps/github\n", "apps/github/x") == ()


def test_addresses_and_comments(owned):
    assert owned("# all\n* docs@example.com @me # @nobody\n", "a") == ("docs@example.com", "@me")


@pytest.mark.parametrize(
    "line", ["!tests/ @no", "te[s]ts/ @no", "tests/ nobody", "[tests/ @no", "\\", "x" * 600 + " @no", "tests/ @"]
)
def test_a_malformed_line_is_skipped(owned, line):
    assert owned(f"* @all\n{line}\n", "tests/a.py") == ("@all",)


@pytest.mark.parametrize(
    "head", ["[Tests]", "^[Tests]", "[Tests][2]", "[More Tests][1] @default", "^[Tests] @default @more"]
)
def test_gitlabs_sections_are_tolerated(owned, head):
    assert owned(f"* @all\n{head}\ntests/ @testers\n", "tests/a.py") == ("@testers",)


def test_a_sections_default_owners(owned):
    text = "[Tests] @default\ntests/\n[Docs]\ndocs/\n"

    assert owned(text, "tests/a.py") == ("@default",)
    assert owned(text, "docs/a") == ()


@pytest.mark.parametrize("place", [".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS"])
def test_every_place(owned, place):
    assert owned("* @me\n", "a", place) == ("@me",)


def test_githubs_own_place_comes_first(owned):
    owned("* @root\n", "a")

    assert owned("* @github\n", "a", ".github/CODEOWNERS") == ("@github",)


def test_paths_are_relative_to_the_repository(tmp_path):
    (tmp_path / "libs" / "app").mkdir(parents=True)
    (tmp_path / "CODEOWNERS").write_text("/tests/ @top\n/libs/app/tests/ @app\n")

    assert read_owners(tmp_path / "libs" / "app", "libs/app").of("tests/a.py") == ("@app",)


def test_without_a_file_nobody_owns_anything(tmp_path):
    assert read_owners(tmp_path).of("a") == ()


def test_a_folder_of_that_name_and_bytes_that_are_no_text(tmp_path):
    (tmp_path / "CODEOWNERS").mkdir()
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "CODEOWNERS").write_bytes(b"\xff\xfe* @no\n* @me\r\n")

    assert read_owners(tmp_path).of("a") == ("@me",)


def test_a_pattern_made_to_take_for_ever(owned):
    hostile = "*a" * 200 + "b @no\n" + "**/" * 100 + "x @no\n" + "*" * 400 + "b @no\n"

    assert owned(f"* @me\n{hostile}", "/".join(["a" * 200] * 40)) == ("@me",)
