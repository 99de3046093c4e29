"""Where tools put the environments of a project, and what a project says about its installation."""

from __future__ import annotations

import base64
import hashlib
import sys
from typing import TYPE_CHECKING

import pytest

from testaudit.engine.environments import Declared, active, container_files, declared, local, of_tools, python_in

if TYPE_CHECKING:
    from pathlib import Path

LINUX = pytest.mark.skipif(sys.platform in {"win32", "darwin"}, reason="other folders on this system")


def make(folder: Path, python: str = "bin/python") -> Path:
    (folder / python).parent.mkdir(parents=True)
    (folder / python).write_text("")
    return folder


def names(root: Path, environ: dict[str, str]) -> list[str]:
    return [candidate.name for candidate in of_tools(root, environ)]


def digest(text: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode()[:8]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "shop").mkdir()
    return tmp_path / "shop"


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    return {"HOME": str(tmp_path / "home")}


@pytest.mark.parametrize("python", ["bin/python", "bin/python3", "Scripts/python.exe", "python.exe"])
def test_the_python_of_a_folder(tmp_path: Path, python: str) -> None:
    assert python_in(make(tmp_path / "env", python)) == str(tmp_path / "env" / python)


def test_a_folder_without_python(tmp_path: Path) -> None:
    assert python_in(tmp_path) == ""


def test_tox_and_nox(root: Path, environ: dict[str, str]) -> None:
    make(root / ".tox/py311")
    make(root / ".tox/.pkg")
    make(root / ".nox/tests-3-12")
    (root / ".tox/log").mkdir()

    assert names(root, environ) == [".tox/py311", ".nox/tests-3-12"]


@LINUX
def test_poetrys_cache(root: Path, environ: dict[str, str]) -> None:
    cache = root.parent / "home/.cache/pypoetry/virtualenvs"
    mine = make(cache / f"shop-{digest(str(root.resolve()))}-py3.11")
    make(cache / "shop-AAAAAAAA-py3.11")

    assert names(root, environ) == [f"poetry's {mine.name}"]


@pytest.mark.parametrize("place", ["elsewhere", "{cache-dir}/deep"])
@pytest.mark.parametrize("how", ["environment", "file"])
def test_poetrys_folder_can_be_moved(root: Path, environ: dict[str, str], place: str, how: str) -> None:
    cache = root.parent / "cache"
    folder = str(root.parent / place) if place == "elsewhere" else place
    environ["POETRY_CACHE_DIR"] = str(cache)
    mine = make(root.parent / place.replace("{cache-dir}", "cache") / f"shop-{digest(str(root.resolve()))}-py3.12")
    if how == "environment":
        environ["POETRY_VIRTUALENVS_PATH"] = folder
    else:
        (root / "poetry.toml").write_text(f'[virtualenvs]\npath = "{folder}"\n')

    assert names(root, environ) == [f"poetry's {mine.name}"]


@LINUX
def test_hatchs_folder(root: Path, environ: dict[str, str]) -> None:
    data = root.parent / "home/.local/share/hatch/env/virtual"
    make(data / "shop" / digest(str(root)) / "hatch-test.py3.12")
    make(data / "other" / "AAAAAAAA" / "other")
    make(root / ".hatch/docs")
    environ["HATCH_ENV_TYPE_VIRTUAL_PATH"] = "moved"
    make(root / "moved")

    assert names(root, environ) == ["hatch's moved", "hatch's docs", "hatch's hatch-test.py3.12"]


def test_pipenvs_folder(root: Path, environ: dict[str, str]) -> None:
    environ["WORKON_HOME"] = str(root.parent / "envs")
    ending = base64.urlsafe_b64encode(hashlib.sha256(str(root / "Pipfile").encode()).digest()[:6]).decode()
    make(root.parent / "envs" / f"shop-{ending}")
    make(root.parent / "envs" / "shop-AAAAAAAA")
    without = names(root, environ)
    (root / "Pipfile").write_text("")

    assert without == []
    assert names(root, environ) == [f"pipenv's shop-{ending}"]


def test_pdm_and_uv(root: Path, environ: dict[str, str]) -> None:
    (root / ".pdm-python").write_text(f"{root}/env/bin/python\n")
    (root / "__pypackages__").mkdir()
    environ["UV_PROJECT_ENVIRONMENT"] = "uv-env"
    make(root / "uv-env")

    found = of_tools(root, environ)

    assert [candidate.name for candidate in found] == [
        "uv's uv-env",
        f"pdm's {root}/env/bin/python",
        "pdm's __pypackages__",
    ]
    assert "pdm run testaudit" in found[-1].problem


def test_condas_environment_by_name(root: Path, environ: dict[str, str]) -> None:
    (root / "environment.yml").write_text('channels:\n  - x\nname: "shop-dev"\n')
    make(root.parent / "home/miniconda3/envs/shop-dev")

    assert names(root, environ) == ["conda's shop-dev"]


def test_a_venv_that_is_a_file_holds_the_path(root: Path) -> None:
    make(root.parent / "central/shop")
    (root / ".venv").write_text("../central/shop\n")

    (found,) = local(root)

    assert found.python == str(root.parent / "central/shop/bin/python")


def test_an_active_environment_without_python(root: Path) -> None:
    (found,) = active({"VIRTUAL_ENV": str(root / "gone")})

    assert (found.python, found.problem) == ("", "it holds no Python")


@pytest.mark.parametrize(
    ("file", "text", "expected"),
    [
        ("pyproject.toml", '[project]\nname = "The_Shop.App"\n', Declared(("the-shop-app",))),
        (
            "pyproject.toml",
            '[project]\nname = "x"\n[build-system]\nrequires = []\n',
            Declared(("x",), needs_install=True),
        ),
        ("pyproject.toml", '[tool.poetry]\nname = "x"\n', Declared(("x",), needs_install=True)),
        ("pyproject.toml", '[tool.flit.metadata]\nmodule = "x"\n', Declared(("x",), needs_install=True)),
        ("pyproject.toml", "[tool.ruff]\n", Declared()),
        ("pyproject.toml", "[[[", Declared()),
        ("pyproject.toml", 'project = "x"\n', Declared()),
        ("setup.cfg", "[metadata]\nname = x%y\n", Declared(("x%y",), needs_install=True)),
        ("setup.cfg", "no section", Declared()),
        ("setup.py", "import setuptools\nsetuptools.setup(name='x')\n", Declared(("x",), needs_install=True)),
        ("setup.py", "setup(name=NAME)\n", Declared((), needs_install=True)),
        ("setup.py", "print 'two'\n", Declared((), needs_install=True)),
        ("requirements/dev.txt", "", Declared((), needs_install=True)),
        ("test_a.py", "", Declared()),
    ],
)
def test_what_a_project_declares(root: Path, file: str, text: str, expected: Declared) -> None:
    (root / file).parent.mkdir(exist_ok=True)
    (root / file).write_text(text)

    assert declared(root) == expected


def test_containers(root: Path) -> None:
    (root / ".devcontainer").mkdir()
    (root / "compose.yml").write_text("")

    assert container_files(root) == ("compose.yml", ".devcontainer")
