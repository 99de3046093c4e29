"""What to type where no Python fits: how the project is set up, or how its own runner's results are audited instead."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

from testaudit.engine.environments import container_files

if TYPE_CHECKING:
    from pathlib import Path

LIMIT_BYTES = 200_000
SETUPS = (
    ("uv.lock", "uv sync"),
    ("poetry.lock", "poetry install"),
    ("pdm.lock", "pdm install"),
    ("Pipfile", "pipenv install --dev"),
    ("environment.yml", "conda env create -f environment.yml"),
    ("environment.yaml", "conda env create -f environment.yaml"),
    ("tox.ini", "tox run --notest"),
    ("noxfile.py", "nox --install-only"),
)
"""A file of a tool -> what makes the environment that its people use."""
RESULTS = "testaudit scan --junit 'reports/*.xml'"
CONFTESTS = ("conftest.py", "tests/conftest.py", "test/conftest.py", "pytest.ini", "pytest.toml", ".pytest.ini")


def without_pytest(root: Path, python: str, *, pip: bool) -> str:
    """The environment has no pytest: how to install it there; or how to audit without it."""
    packages = "'pytest>=7' pytest-django" if is_django(root) else "'pytest>=7'"
    install = f"{shlex.quote(python)} -m pip install {packages}"
    if not pip:
        install = f"uv pip install --python {shlex.quote(python)} {packages}"
    if is_django(root):
        return f"install it there: {install}\nor audit what manage.py writes:\n{_django(python)}"
    if is_unittest(root):
        return (
            f"pytest runs unittest's tests as they are; install it there: {install}\n"
            "or audit what unittest writes, with the package unittest-xml-reporting:\n"
            f"  {shlex.quote(python)} -m xmlrunner discover -o reports\n  {RESULTS}"
        )
    return f"install it there: {install}"


def without_pytest_django(root: Path, python: str, *, pip: bool) -> str:
    """The same for a project of `manage.py test`; empty where the project has its own way with pytest."""
    if not is_django(root) or uses_pytest(root):
        return ""
    tool = f"{shlex.quote(python)} -m pip install" if pip else f"uv pip install --python {shlex.quote(python)}"
    return f"audit what manage.py writes:\n{_django(python)}\nor install pytest-django there: {tool} pytest-django"


def no_environment(root: Path, line: str) -> str:
    """Nothing was found: how such a project gets its environment; `line` is how one that lies elsewhere is named."""
    if files := container_files(root):
        composed = any("compose" in name for name in files)
        run = "docker compose run --rm SERVICE" if composed else "docker run --rm -v .:/app -w /app IMAGE"
        return (
            f"the project seems to run in a container ({files[0]}); let pytest write its results, and audit them:\n"
            f"  {run} python -m pytest --junit-xml=reports/pytest.xml\n  {RESULTS}\n"
            f"or name an environment on this machine: {line}"
        )
    setup = next((command for name, command in SETUPS if (root / name).exists()), "")
    if not setup:
        what = "-e ." if any((root / name).exists() for name in ("pyproject.toml", "setup.py", "setup.cfg")) else ""
        listed = sorted(path.name for path in root.glob("*requirements*.txt"))
        what = " ".join([*filter(None, [what]), *(f"-r {shlex.quote(name)}" for name in listed), "pytest"])
        setup = f"python3 -m venv .venv && .venv/bin/python -m pip install {what}"
    return f"set one up: {setup}\nor name one that lies elsewhere: {line}"


def is_django(root: Path) -> bool:
    """The project has Django's `manage.py`."""
    return "django" in _text(root / "manage.py")


def uses_pytest(root: Path) -> bool:
    """Something in the project is written for pytest."""
    return (
        any((root / name).is_file() for name in CONFTESTS)
        or "[tool:pytest]" in _text(root / "setup.cfg")
        or "[pytest]" in _text(root / "tox.ini")
        or "[tool.pytest" in _text(root / "pyproject.toml")
    )


def is_unittest(root: Path) -> bool:
    """The first test files that are found import unittest, and none imports pytest."""
    files = [path for folder in (".", "tests", "test") for path in sorted((root / folder).glob("test*.py"))][:20]
    texts = [_text(path) for path in files]
    imports = re.compile(r"^\s*(?:from|import)\s+unittest\b", re.MULTILINE)
    return any(imports.search(text) for text in texts) and not any("pytest" in text for text in texts)


def _django(python: str) -> str:
    return (
        f"  {shlex.quote(python)} -m pip install unittest-xml-reporting\n"
        f"  {shlex.quote(python)} manage.py test --testrunner=xmlrunner.extra.djangotestrunner.XMLTestRunner\n"
        "  testaudit scan --junit 'TEST-*.xml'"
    )


def _text(file: Path) -> str:
    try:
        return file.read_bytes()[:LIMIT_BYTES].decode("utf-8", "replace") if file.is_file() else ""
    except OSError:
        return ""
