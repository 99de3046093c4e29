"""The house keeps its own rules: the map is true, rooms are small, the README says what the program says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import testaudit
from tests import readme

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "testaudit"
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_map_names_every_room_and_no_other():
    named = set(re.findall(r"^    (\w+(?:\.py|/)) ", testaudit.__doc__, re.MULTILINE))

    there = {path.name + ("/" if path.is_dir() else "") for path in PACKAGE.iterdir()}
    assert named == {name for name in there if name.endswith((".py", "/"))} - {"__init__.py", "__pycache__/"}


def test_modules_stay_under_400_lines():
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in PACKAGE.rglob("*.py")}

    assert {str(path.relative_to(ROOT)): length for path, length in lengths.items() if length > 400} == {}


@pytest.mark.parametrize(
    ("name", "said"),
    [("rules", readme.rules), ("causes", readme.causes), ("checks", readme.checks), ("commands", readme.commands)],
)
def test_the_readme_repeats_the_program(name, said):
    written = readme.part(README, name)

    assert written == said()


def test_the_readmes_install_command_is_the_one_that_ci_runs():
    install = "-m pip install -e '.[test]'"

    ci = (ROOT / ".ci" / "run").read_text(encoding="utf-8").replace("--quiet --disable-pip-version-check ", "")
    assert install in README
    assert install in ci


def test_the_top_level_holds_what_the_design_says():
    there = {path.name for path in ROOT.iterdir() if not path.name.startswith(".")}

    allowed = {"testaudit", "tests", "templates", "pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md"}
    assert there - {"build", "dist"} == allowed


def test_every_family_has_an_interface():
    families = [
        "report",
        "engine",
        "rules",
        "causes",
        "checks",
        "source",
        "revision",
        "baseline",
        "comparison",
        "masking",
    ]

    assert [name for name in families if not (PACKAGE / name / "interface.py").is_file()] == []
