"""Which files are tests is what the project's own pytest configuration says."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from testaudit.config import Config
from testaudit.source.interface import discover, read_settings


def project(root: Path, *paths: str, **texts: str) -> Path:
    for path in paths:
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("def test_one():\n    assert True\n", encoding="utf-8")
    for name, text in texts.items():
        (root / name.replace("__", ".")).write_text(text, encoding="utf-8")
    return root


def test_pytests_own_patterns_are_the_default(tmp_path: Path) -> None:
    project(tmp_path, "tests/test_a.py", "tests/b_test.py", "tests/helper.py", "tests/conftest.py", "shop/cart.py")

    found = discover(tmp_path, Config())

    assert found.tests == ("tests/b_test.py", "tests/test_a.py")
    assert found.conftests == ("tests/conftest.py",)
    assert found.helpers == ("tests/helper.py",)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("pytest.ini", "[pytest]\npython_files = check_*.py\ntestpaths = checks\n"),
        (".pytest.ini", "[pytest]\npython_files = check_*.py\ntestpaths = checks\n"),
        ("tox.ini", "[tox]\n[pytest]\npython_files = check_*.py\ntestpaths = checks\n"),
        ("setup.cfg", "[tool:pytest]\npython_files = check_*.py\ntestpaths = checks\n"),
        ("pyproject.toml", '[tool.pytest.ini_options]\npython_files = "check_*.py"\ntestpaths = ["checks"]\n'),
        ("pyproject.toml", '[tool.pytest]\npython_files = ["check_*.py"]\ntestpaths = ["checks"]\n'),
        ("pytest.toml", '[pytest]\npython_files = ["check_*.py"]\ntestpaths = ["checks"]\n'),
        (".pytest.toml", '[pytest]\npython_files = ["check_*.py"]\ntestpaths = ["checks"]\n'),
    ],
)
def test_every_configuration_file_is_read(tmp_path: Path, name: str, text: str) -> None:
    project(tmp_path, "checks/check_a.py", "checks/test_b.py", "other/check_c.py")
    (tmp_path / name).write_text(text, encoding="utf-8")

    found = discover(tmp_path, Config())

    assert found.tests == ("checks/check_a.py",)
    assert found.settings.source == name


def test_the_first_file_in_pytests_order_wins(tmp_path: Path) -> None:
    project(tmp_path, "test_a.py", "check_a.py")
    (tmp_path / "pytest.ini").write_text("", encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text(
        '[tool.pytest.ini_options]\npython_files = "check_*.py"\n', encoding="utf-8"
    )

    assert discover(tmp_path, Config()).tests == ("test_a.py",)


def test_a_configuration_that_cannot_be_read_is_a_note(tmp_path: Path) -> None:
    project(tmp_path, "test_a.py")
    (tmp_path / "pyproject.toml").write_text("[tool.pytest", encoding="utf-8")

    found = discover(tmp_path, Config())

    assert found.tests == ("test_a.py",)
    assert any("pyproject.toml" in note for note in found.notes)


def test_environments_builds_and_hidden_folders_are_left_out(tmp_path: Path) -> None:
    project(
        tmp_path,
        "tests/test_a.py",
        ".venv/lib/test_b.py",
        "node_modules/x/test_c.py",
        "build/lib/test_d.py",
        "dist/test_e.py",
        ".tox/py/test_f.py",
        "env/lib/test_g.py",
    )
    (tmp_path / "env" / "pyvenv.cfg").write_text("", encoding="utf-8")

    assert discover(tmp_path, Config()).tests == ("tests/test_a.py",)


def test_what_addopts_ignores_is_left_out(tmp_path: Path) -> None:
    project(tmp_path, "tests/test_a.py", "tests/old/test_b.py", "tests/test_slow_c.py")
    (tmp_path / "pytest.ini").write_text(
        "[pytest]\naddopts = -q --ignore=tests/old --ignore-glob 'tests/test_slow_*'\n", encoding="utf-8"
    )

    assert discover(tmp_path, Config()).tests == ("tests/test_a.py",)


def test_paths_narrow_the_suite_as_arguments_of_pytest_do(tmp_path: Path) -> None:
    project(tmp_path, "tests/unit/test_a.py", "tests/unit/odd_name.py", "tests/api/test_b.py", "tests/conftest.py")

    assert discover(tmp_path, Config(), [Path("tests/api")]).tests == ("tests/api/test_b.py",)
    named = discover(tmp_path, Config(), [tmp_path / "tests/unit/odd_name.py"])
    assert named.tests == ("tests/unit/odd_name.py",)
    assert named.conftests == ("tests/conftest.py",)


def test_the_configuration_of_testaudit_outranks_testpaths(tmp_path: Path) -> None:
    project(tmp_path, "a/test_a.py", "b/test_b.py")
    (tmp_path / "pytest.ini").write_text("[pytest]\ntestpaths = a\n", encoding="utf-8")

    assert discover(tmp_path, Config(testpaths=("b",))).tests == ("b/test_b.py",)


def test_a_testpath_that_does_not_exist_is_a_note(tmp_path: Path) -> None:
    project(tmp_path, "tests/test_a.py")
    (tmp_path / "pytest.ini").write_text("[pytest]\ntestpaths = tests gone\n", encoding="utf-8")

    found = discover(tmp_path, Config())

    assert found.tests == ("tests/test_a.py",)
    assert any("gone" in note for note in found.notes)


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_loops_of_links_end(tmp_path: Path) -> None:
    project(tmp_path, "tests/test_a.py")
    os.symlink(tmp_path / "tests", tmp_path / "tests" / "again", target_is_directory=True)
    os.symlink(tmp_path, tmp_path / "tests" / "up", target_is_directory=True)

    assert "tests/test_a.py" in discover(tmp_path, Config()).tests
    assert len(discover(tmp_path, Config()).tests) == 1


@pytest.mark.parametrize("layout", ["shop/__init__.py", "src/shop/__init__.py", "src/shop/models.py", "shop.py"])
def test_the_projects_own_packages_are_first_party(tmp_path: Path, layout: str) -> None:
    project(tmp_path, layout, "tests/__init__.py", "tests/test_a.py", "docs/conf.py")

    found = discover(tmp_path, Config()).first_party

    assert "shop" in found
    assert "tests" not in found
    assert "docs" not in found


def test_the_configuration_names_first_party_packages(tmp_path: Path) -> None:
    project(tmp_path, "shop/__init__.py")

    assert discover(tmp_path, Config(first_party=("store.api",))).first_party == {"store"}


def test_what_conftest_files_always_ignore_is_left_out(tmp_path: Path) -> None:
    project(
        tmp_path, "tests/test_a.py", "tests/new/test_b.py", "tests/test_c.py", "tests/old/test_d.py", "tests/test_e.py"
    )
    (tmp_path / "tests" / "conftest.py").write_text(
        "import sys\ncollect_ignore = ['old/test_d.py', 'new']\ncollect_ignore_glob = []\n"
        "collect_ignore_glob.append('*_e.py')\n"
        "if sys.version_info < (3, 99):\n    collect_ignore.append('test_c.py')\n",
        encoding="utf-8",
    )

    assert discover(tmp_path, Config()).tests == ("tests/test_a.py", "tests/test_c.py")


@pytest.mark.parametrize(
    ("name", "text", "strict"),
    [
        ("pytest.ini", "[pytest]\nxfail_strict = true\n", True),
        ("pytest.ini", "[pytest]\nxfail_strict = false\n", False),
        ("tox.ini", "[pytest]\nstrict_xfail = 1\n", True),
        ("setup.cfg", "[tool:pytest]\nxfail_strict=True\n", True),
        ("pyproject.toml", "[tool.pytest.ini_options]\nxfail_strict = true\n", True),
        ("pyproject.toml", "[tool.pytest]\nstrict = true\n", True),
        ("pyproject.toml", "[tool.pytest]\nstrict = true\nstrict_xfail = false\n", False),
        ("pytest.toml", "[pytest]\nstrict_xfail = true\n", True),
        (".pytest.toml", "[pytest]\nstrict = true\n", True),
        ("pytest.ini", "[pytest]\naddopts = -ra -o xfail_strict=true\n", True),
        ("pytest.ini", "[pytest]\naddopts = --override-ini=strict_xfail=yes\n", True),
        ("pytest.ini", "[pytest]\naddopts = --strict\n", True),
        ("pytest.ini", "[pytest]\naddopts = --strict-markers\n", False),
        ("pytest.ini", "[pytest]\n", False),
    ],
)
def test_strict_xfails_are_known_from_any_configuration(tmp_path: Path, name: str, text: str, strict: bool) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")

    assert read_settings(tmp_path).xfails_are_strict is strict


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        ("[pytest]\ntimeout = 90\n", True),
        ("[pytest]\ntimeout = 0\n", False),
        ("[pytest]\naddopts = --timeout=30\n", True),
        ("[pytest]\naddopts = --timeout 30\n", True),
        ("[pytest]\naddopts = --timeout-method=thread\n", False),
        ("[pytest]\nfaulthandler_timeout = 90\n", False),
    ],
)
def test_a_timeout_for_every_test_is_known(tmp_path: Path, text: str, ends: bool) -> None:
    (tmp_path / "pytest.ini").write_text(text, encoding="utf-8")

    assert read_settings(tmp_path).ends_what_hangs is ends


@pytest.mark.skipif(sys.platform == "win32", reason="links are a right there")
def test_links_that_lead_nowhere_are_notes(tmp_path: Path) -> None:
    project(tmp_path, "test_a.py")
    (tmp_path / "test_loop.py").symlink_to("test_loop.py")
    (tmp_path / "test_dangling.py").symlink_to("nowhere.py")

    found = discover(tmp_path, Config())

    assert found.tests == ("test_a.py",)
    assert sorted(note.partition(" ")[0] for note in found.notes) == ["test_dangling.py", "test_loop.py"]


@pytest.mark.skipif(sys.platform in {"win32", "darwin"}, reason="names are text there")
def test_a_name_that_is_not_utf_8_is_a_note(tmp_path: Path) -> None:
    project(tmp_path, "test_a.py")
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/test_\xff.py")).touch()

    found = discover(tmp_path, Config())

    assert found.tests == ("test_a.py",)
    assert found.notes == ("test_\\udcff.py has a name that is not UTF-8: left out",)


def test_a_folder_that_may_not_be_entered_is_no_crash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project(tmp_path, "shut/test_a.py", "shop/__init__.py")

    def refuse(_: Path) -> bool:
        raise PermissionError

    for name in ("is_file", "is_dir", "exists"):
        monkeypatch.setattr(Path, name, refuse)

    found = discover(tmp_path, Config(testpaths=("shut",)), [tmp_path / "shut"])
    assert found.tests == ("shut/test_a.py",)
