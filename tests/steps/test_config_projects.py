"""Which folder is the project, and which folders are several."""

from __future__ import annotations

from pathlib import Path

import pytest

from testaudit.config import Config
from testaudit.errors import UsageError
from testaudit.projects import find_root, members


def plant(root: Path, *files: str) -> Path:
    for name in files:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
    return root


@pytest.mark.parametrize(
    "mark", ["pyproject.toml", "pytest.ini", ".pytest.ini", "setup.py", "testaudit.toml", ".git/HEAD", ".git"]
)
@pytest.mark.parametrize("inside", [".", "tests", "tests/unit/test_a.py"])
def test_the_nearest_folder_that_is_set_up_as_one_is_the_project(tmp_path: Path, mark: str, inside: str) -> None:
    root = plant(tmp_path / "shop", mark, "tests/unit/test_a.py")

    assert find_root(root / inside) == root


@pytest.mark.parametrize(
    ("file", "text", "counts"),
    [
        ("tox.ini", "[tox]\nenvlist = py311\n", True),
        ("tox.ini", "[flake8]\nmax-line-length = 100\n", False),
        ("setup.cfg", "[metadata]\nname = x\n", True),
        ("setup.cfg", "[tool:pytest]\n", True),
        ("setup.cfg", "[isort]\n", False),
    ],
)
def test_settings_of_a_linter_begin_no_project(tmp_path: Path, file: str, text: str, counts: bool) -> None:
    root = plant(tmp_path, "pyproject.toml", "tests/test_a.py")
    (root / "tests" / file).write_text(text)

    assert find_root(root / "tests") == (root / "tests" if counts else root)


def test_a_folder_without_any_mark_is_its_own_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plant(tmp_path / "loose", "test_a.py")
    monkeypatch.setattr("testaudit.projects.MARKS", ("a-name-that-no-folder-above-has",))
    monkeypatch.setattr("testaudit.projects._text", lambda _: "")

    assert find_root(tmp_path / "loose") == tmp_path / "loose"
    assert find_root(tmp_path / "loose" / "test_a.py") == tmp_path / "loose"


def test_a_relative_path_is_taken_from_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = plant(tmp_path / "shop", "setup.py", "tests/test_a.py")
    monkeypatch.chdir(root / "tests")

    assert find_root(Path()) == root


@pytest.mark.parametrize("name", ["nowhere", "a\0b", "pyproject.toml/x", "x" * 5000])
def test_a_path_that_is_none_is_wrong_use(tmp_path: Path, name: str) -> None:
    plant(tmp_path, "pyproject.toml")

    with pytest.raises(UsageError) as caught:
        find_root(tmp_path / name)
    assert caught.value.hint


def test_a_link_in_a_circle_is_wrong_use(tmp_path: Path) -> None:
    (tmp_path / "circle").symlink_to(tmp_path / "circle")

    with pytest.raises(UsageError):
        find_root(tmp_path / "circle")


MONOREPO = (
    "packages/a/pyproject.toml",
    "packages/a/tests/test_a.py",
    "packages/b/setup.py",
    "packages/b/b_test.py",
    "docs/x.md",
)


def test_several_projects_are_listed_with_the_line_to_add(tmp_path: Path) -> None:
    root = plant(tmp_path / "mono", *MONOREPO, "service/pyproject.toml", "service/tests/test_s.py")

    with pytest.raises(UsageError) as caught:
        members(root, Config())

    assert caught.value.message.splitlines() == [
        "3 projects lie below mono, which has no tests of its own:",
        "  packages/a",
        "  packages/b",
        "  service",
    ]
    assert 'members = ["packages/*", "service"]' in caught.value.hint
    assert "testaudit scan packages/a" in caught.value.hint


def test_the_line_to_add_works(tmp_path: Path) -> None:
    root = plant(tmp_path, *MONOREPO)

    found = members(root, Config(members=("packages/*", "packages/b/")))

    assert found == (root / "packages/a", root / "packages/b")


@pytest.mark.parametrize(
    "own",
    [
        ("tests/test_own.py",),
        ("deep/er/own_test.py",),
        ("pytest.ini",),
    ],
)
def test_a_project_with_tests_of_its_own_is_one(tmp_path: Path, own: tuple[str, ...]) -> None:
    assert members(plant(tmp_path, *MONOREPO, *own), Config()) == ()


def test_a_project_that_configures_pytest_for_all_is_one(tmp_path: Path) -> None:
    root = plant(tmp_path, *MONOREPO)
    (root / "pyproject.toml").write_text("[tool.pytest.ini_options]\ntestpaths = ['packages']\n")

    assert members(root, Config()) == ()
    assert members(root, Config(testpaths=("packages",))) == ()


def test_environments_and_hidden_folders_hold_no_projects(tmp_path: Path) -> None:
    root = plant(
        tmp_path,
        "api/pyproject.toml",
        "api/test_a.py",
        ".venv/lib/x/setup.py",
        ".venv/lib/x/test_x.py",
        "py/pyvenv.cfg",
        "py/lib/y/setup.py",
        "py/lib/y/test_y.py",
        "node_modules/z/setup.py",
        "node_modules/z/test_z.py",
    )

    assert members(root, Config()) == ()


def test_a_glob_that_matches_nothing_is_wrong_use(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no folder matches 'pakages/"):
        members(plant(tmp_path, *MONOREPO), Config(members=("pakages/*",)))
