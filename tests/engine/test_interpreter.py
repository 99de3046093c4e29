"""Which Python is taken for a project: real environments on disk, each a link to this Python with fake packages."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING

import pytest

from testaudit.config import Config
from testaudit.engine import ask
from testaudit.engine.interpreter import find_interpreter
from testaudit.errors import ImpossibleError

if TYPE_CHECKING:
    from pathlib import Path

NOWHERE = "/nonexistent/bin/python"
"""In the place of testaudit's own Python, where a test is not about it."""


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    project = tmp_path / "shop"
    project.mkdir()
    monkeypatch.chdir(project)
    return project


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """An environment in which nothing of this machine is found."""
    return {"PATH": str(tmp_path / "bin"), "HOME": str(tmp_path / "home")}


def make(folder: Path, *packages: str, origin: str = "", python: str = "bin/python") -> Path:
    """An environment that starts this Python and holds nothing but the named `package-version`s."""
    site = folder / f"lib/python{sys.version_info[0]}.{sys.version_info[1]}/site-packages"
    site.mkdir(parents=True)
    (folder / "pyvenv.cfg").write_text(f"home = {sys.base_prefix}/bin\ninclude-system-site-packages = false\n")
    executable = folder / python
    executable.parent.mkdir(exist_ok=True, parents=True)
    executable.symlink_to(os.path.realpath(sys.executable))
    for package in packages:
        name, version = package.rsplit("-", 1)
        info = site / f"{name.replace('-', '_')}-{version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        if origin and name not in {"pytest", "pytest-xdist"}:
            (info / "direct_url.json").write_text(json.dumps({"url": f"file://{origin}", "dir_info": {}}))
    return folder


def script(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def refused(root: Path, environ: dict[str, str], explicit: str | None = None, own: str = NOWHERE) -> tuple[str, str]:
    with pytest.raises(ImpossibleError) as caught:
        find_interpreter(root, Config(), explicit, environ, own=own)
    assert caught.value.exit_code == 3
    return caught.value.message, caught.value.hint


# ---------------------------------------------------------------- the order of the search


def test_an_environment_in_the_project_is_taken_and_asked(root: Path, environ: dict[str, str]) -> None:
    make(root / ".venv", "pytest-8.4.1", "pytest-xdist-3.6.0", "pytest-django-4.9.0")

    found = find_interpreter(root, Config(), None, environ, own=NOWHERE)

    assert (found.executable, found.source) == (str(root / ".venv/bin/python"), ".venv")
    assert found.python_version == ".".join(map(str, sys.version_info[:3]))
    assert (found.pytest_version, found.xdist_version, found.has_xdist) == ("8.4.1", "3.6.0", True)
    assert (found.has_pytest_django, found.has_pip) == (True, False)


def test_python_outranks_configuration_outranks_the_active_one(root: Path, environ: dict[str, str]) -> None:
    for name in ("one", "two", "three", ".venv"):
        make(root / name, "pytest-8.0.0")
    environ["VIRTUAL_ENV"] = str(root / "three")
    configured = Config(python="two")

    assert find_interpreter(root, configured, "one", environ, own=NOWHERE).executable == str(root / "one/bin/python")
    assert find_interpreter(root, configured, None, environ, own=NOWHERE).executable == str(root / "two/bin/python")
    assert find_interpreter(root, Config(), None, environ, own=NOWHERE).executable == str(root / "three/bin/python")


def test_python_is_relative_to_here_and_configuration_to_the_project(
    root: Path, environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    make(root / "env", "pytest-8.0.0")
    make(root.parent / "other", "pytest-8.0.0")
    monkeypatch.chdir(root.parent)

    assert find_interpreter(root, Config(), "other", environ, own=NOWHERE).executable == str(
        root.parent / "other/bin/python"
    )
    assert find_interpreter(root, Config(python="env"), None, environ, own=NOWHERE).executable == str(
        root / "env/bin/python"
    )


def test_a_command_is_looked_up_in_path(root: Path, environ: dict[str, str], tmp_path: Path) -> None:
    python = make(tmp_path / "tools", "pytest-8.0.0") / "bin/python"
    script(tmp_path / "bin/python3.77", f'exec {python} "$@"')

    assert find_interpreter(root, Config(), "python3.77", environ, own=NOWHERE).pytest_version == "8.0.0"
    assert find_interpreter(root, Config(), "3.77", environ, own=NOWHERE).source == "--python"


def test_windows_environments_are_understood(root: Path, environ: dict[str, str]) -> None:
    make(root / ".venv", "pytest-8.0.0", python="Scripts/python.exe")

    assert find_interpreter(root, Config(), None, environ, own=NOWHERE).executable.endswith("Scripts/python.exe")


def test_the_only_environment_of_tox_that_fits_is_taken(root: Path, environ: dict[str, str]) -> None:
    make(root / ".tox/lint", "ruff-0.9.0")
    make(root / ".tox/py39", "pytest-6.2.5")
    make(root / ".tox/py311", "pytest-8.0.0")
    make(root / ".tox/.pkg", "pytest-8.0.0")

    assert find_interpreter(root, Config(), None, environ, own=NOWHERE).source == ".tox/py311"


def test_several_that_fit_are_listed_with_the_line_to_type(root: Path, environ: dict[str, str]) -> None:
    make(root / ".tox/py310", "pytest-7.0.0")
    make(root / ".nox/tests", "pytest-8.0.0")
    make(root / ".tox/lint")

    message, hint = refused(root, environ)

    assert message.startswith("2 environments fit")
    assert ".tox/py310: Python 3." in message
    assert ".nox/tests: Python 3." in message
    assert "testaudit scan --python ." in hint


def test_of_several_the_one_that_has_the_project_is_taken(root: Path, environ: dict[str, str]) -> None:
    (root / "pyproject.toml").write_text('[project]\nname = "The.Shop"\n')
    make(root / ".tox/py310", "pytest-8.0.0")
    make(root / ".tox/py311", "pytest-8.0.0", "the-shop-1.0", origin=str(root))

    found = find_interpreter(root, Config(), None, environ, own=NOWHERE)

    assert (found.source, found.installed) == (".tox/py311", True)


def test_an_environment_without_pytest_gives_way_to_one_that_fits(root: Path, environ: dict[str, str]) -> None:
    make(root / ".venv", "flask-3.0.0")
    make(root / ".tox/py311", "pytest-8.0.0")

    assert find_interpreter(root, Config(), None, environ, own=NOWHERE).source == ".tox/py311"


# ---------------------------------------------------------------- testaudit's own Python


def test_the_own_python_serves_a_project_that_declares_nothing(root: Path, environ: dict[str, str]) -> None:
    (root / "test_a.py").write_text("")

    assert find_interpreter(root, Config(), None, environ).executable == sys.executable


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("pyproject.toml", '[project]\nname = "shop"\ndependencies = ["flask"]\n'),
        ("pyproject.toml", '[tool.poetry]\nname = "shop"\n'),
        ("setup.cfg", "[metadata]\nname = shop\n"),
        ("setup.py", "from setuptools import setup\nsetup(name='shop')\n"),
        ("requirements-dev.txt", "flask\n"),
        ("Dockerfile", "FROM python\n"),
    ],
)
def test_the_own_python_does_not_serve_a_project_that_needs_more(
    root: Path, environ: dict[str, str], file: str, text: str
) -> None:
    (root / file).write_text(text)

    message, hint = refused(root, environ, own=sys.executable)

    assert "the Python that testaudit runs on" in message
    assert "--python PATH/TO/ENVIRONMENT" in hint


def test_the_own_python_serves_where_the_project_is_installed(
    root: Path, environ: dict[str, str], tmp_path: Path
) -> None:
    (root / "setup.cfg").write_text("[metadata]\nname = Shop_App\n")
    own = make(tmp_path / "own", "pytest-8.0.0", "shop-app-1.0", origin=str(root)) / "bin/python"

    assert find_interpreter(root, Config(), None, environ, own=str(own)).installed


def test_another_checkout_of_the_project_is_not_this_one(root: Path, environ: dict[str, str], tmp_path: Path) -> None:
    (root / "setup.cfg").write_text("[metadata]\nname = shop\n")
    own = make(tmp_path / "own", "pytest-8.0.0", "shop-1.0", origin=str(tmp_path / "elsewhere")) / "bin/python"

    message, _ = refused(root, environ, own=str(own))

    assert "shop is not installed there" in message


def test_a_project_that_testaudit_itself_needs_is_not_installed_by_that(
    root: Path, environ: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (root / "pyproject.toml").write_text('[project]\nname = "rich"\ndependencies = ["pygments"]\n')
    own = make(tmp_path / "own", "pytest-8.0.0", "rich-13.0") / "bin/python"
    monkeypatch.setattr(ask, "own_requirements", lambda: frozenset({"rich"}))

    message, _ = refused(root, environ, own=str(own))

    assert "rich is not installed there" in message


def test_the_environment_of_testaudit_goes_last_where_the_project_is_not_in_it(
    root: Path, environ: dict[str, str], tmp_path: Path
) -> None:
    (root / "pyproject.toml").write_text('[project]\nname = "shop"\ndependencies = ["x"]\n')
    own = make(tmp_path / "own", "pytest-8.0.0")
    environ["VIRTUAL_ENV"] = str(own)

    alone = find_interpreter(root, Config(), None, environ, own=str(own / "bin/python"))
    make(root / ".tox/py311", "pytest-8.0.0")
    beside = find_interpreter(root, Config(), None, environ, own=str(own / "bin/python"))

    assert alone.source == "the active virtual environment"
    assert beside.source == ".tox/py311"


def test_condas_base_says_nothing(root: Path, environ: dict[str, str], tmp_path: Path) -> None:
    environ |= {"CONDA_PREFIX": str(make(tmp_path / "conda", "pytest-8.0.0")), "CONDA_DEFAULT_ENV": "base"}
    (root / "requirements.txt").write_text("flask\n")

    message, _ = refused(root, environ)
    environ["CONDA_DEFAULT_ENV"] = "shop"

    assert "conda's base" in message
    assert find_interpreter(root, Config(), None, environ, own=NOWHERE).source == "the active conda environment"


# ---------------------------------------------------------------- what is no Python


def test_a_file_that_is_not_executable(root: Path, environ: dict[str, str]) -> None:
    (root / "python").write_text("")

    assert refused(root, environ, "python")[0] == "--python python: the file is not executable"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("echo I am a shell", "it is no Python; it says: I am a shell"),
        ("exit 0", "it is no Python"),
        ('echo "$@"', "it is no Python"),
        ("while :; do echo yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy; done", "it is no Python; it says: yyyy"),
        ("kill -SEGV $$", "it is no Python"),
    ],
)
def test_a_program_that_is_no_python(root: Path, environ: dict[str, str], text: str, said: str) -> None:
    script(root / "fake", text)

    message, hint = refused(root, environ, "./fake")

    assert message.startswith(f"--python ./fake: {said}")
    assert "testaudit scan --python" in hint


def test_a_program_that_hangs_is_ended(root: Path, environ: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ask, "PATIENCE_S", 0.2)
    script(root / "fake", "/bin/sleep 600")

    assert refused(root, environ, "./fake")[0] == "--python ./fake: it did not answer within 0 seconds"


def test_a_file_without_interpreter_line(root: Path, environ: dict[str, str]) -> None:
    (root / "fake").write_bytes(b"\x7fELF nothing")
    (root / "fake").chmod(0o755)

    assert "it cannot be started" in refused(root, environ, "./fake")[0]


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("nope", "there is no such file, and no such command"),
        ("no/pe", "there is no such file, and no such command"),
        ("", "the name of a Python is missing"),
        ("a\0b", "the name of a Python is missing"),
        ("empty", "the folder holds no Python (neither bin/python nor Scripts/python.exe)"),
    ],
)
def test_a_word_that_names_nothing(root: Path, environ: dict[str, str], word: str, said: str) -> None:
    (root / "empty").mkdir()

    message, hint = refused(root, environ, word)

    assert message.endswith(said)
    assert "--python .venv" in hint


def test_an_environment_whose_python_is_gone(root: Path, environ: dict[str, str]) -> None:
    python = make(root / ".venv", "pytest-8.0.0") / "bin/python"
    python.unlink()
    python.symlink_to(root / "uninstalled")

    assert "its Python is gone" in refused(root, environ)[0]


def test_noise_before_the_answer_is_no_harm(root: Path, environ: dict[str, str]) -> None:
    python = make(root / "env", "pytest-8.0.0") / "bin/python"
    script(root / "noisy", f'set -x; echo "testaudit-answer-7c1e {{}}"; exec {python} "$@"')

    assert find_interpreter(root, Config(), "./noisy", environ, own=NOWHERE).pytest_version == "8.0.0"


def test_modules_of_the_project_do_not_answer_for_the_python(root: Path, environ: dict[str, str]) -> None:
    make(root / ".venv", "pytest-8.0.0")
    for name in ("json", "platform", "importlib"):
        (root / f"{name}.py").write_text("raise SystemExit(name)")

    assert find_interpreter(root, Config(), None, environ, own=NOWHERE).pytest_version == "8.0.0"


# ---------------------------------------------------------------- recipes


def test_pytest_missing_says_how_to_install_it_there(root: Path, environ: dict[str, str]) -> None:
    make(root / ".venv", "flask-3.0.0")

    message, hint = refused(root, environ)

    assert message.startswith(".venv: Python 3.")
    assert message.splitlines()[0].endswith(" without pytest")
    assert hint == f"install it there: uv pip install --python {root}/.venv/bin/python 'pytest>=7'"


def test_an_old_pytest_is_said(root: Path, environ: dict[str, str]) -> None:
    make(root / ".venv", "pytest-6.2.5", "pip-23.0")

    assert "with pytest 6.2.5, which is older than 7.0" in refused(root, environ)[0]


def test_unittest_without_pytest_gets_both_ways(root: Path, environ: dict[str, str]) -> None:
    make(root / ".venv")
    (root / "test_a.py").write_text("import unittest\n")

    _, hint = refused(root, environ)

    assert "pytest runs unittest's tests as they are" in hint
    assert "-m xmlrunner discover -o reports" in hint
    assert "testaudit scan --junit 'reports/*.xml'" in hint


def test_manage_py_without_pytest_django_gets_its_recipe(root: Path, environ: dict[str, str]) -> None:
    (root / "manage.py").write_text("from django.core.management import execute_from_command_line\n")
    make(root / ".venv", "pytest-8.0.0")

    message, hint = refused(root, environ)

    assert "pytest-django is missing" in message
    assert "manage.py test --testrunner=xmlrunner" in hint
    assert "testaudit scan --junit" in hint


@pytest.mark.parametrize("way", ["conftest.py", "pytest-django-4.9.0"])
def test_manage_py_with_a_way_to_pytest_is_run(root: Path, environ: dict[str, str], way: str) -> None:
    (root / "manage.py").write_text("import django\n")
    packages = [way] if "-" in way else []
    make(root / ".venv", "pytest-8.0.0", *packages)
    if not packages:
        (root / way).write_text("import django; django.setup()\n")

    assert find_interpreter(root, Config(), None, environ, own=NOWHERE).source == ".venv"


@pytest.mark.parametrize(("file", "run"), [("compose.yaml", "docker compose run"), ("Dockerfile", "docker run")])
def test_a_project_in_a_container_gets_the_recipe(root: Path, environ: dict[str, str], file: str, run: str) -> None:
    (root / file).write_text("")

    _, hint = refused(root, environ, own=sys.executable)

    assert run in hint
    assert "testaudit scan --junit 'reports/*.xml'" in hint


@pytest.mark.parametrize(
    ("file", "line"),
    [
        ("uv.lock", "uv sync"),
        ("poetry.lock", "poetry install"),
        ("Pipfile", "pipenv install --dev"),
        ("tox.ini", "tox run --notest"),
        ("requirements.txt", "python3 -m venv .venv && .venv/bin/python -m pip install -r requirements.txt pytest"),
        ("setup.py", "python3 -m venv .venv && .venv/bin/python -m pip install -e . pytest"),
    ],
)
def test_a_project_without_environment_is_told_how_to_make_one(
    root: Path, environ: dict[str, str], file: str, line: str
) -> None:
    (root / file).write_text("")

    assert f"set one up: {line}\n" in refused(root, environ)[1]


def test_from_elsewhere_the_line_to_type_names_the_project(
    root: Path, environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(root.parent)

    assert f"testaudit scan {root} --python" in refused(root, environ)[1]


def test_what_came_with_testaudit_is_known_to_any_depth(monkeypatch: pytest.MonkeyPatch) -> None:
    requires = {
        "testaudit": ["Rich_Text>=13", "hypothesis; extra == 'test'"],
        "rich-text": ["pygments (<3)", "testaudit"],
    }
    monkeypatch.setattr("testaudit.engine.ask.metadata.requires", requires.get)

    assert ask.own_requirements() == {"rich-text", "pygments", "testaudit"}
