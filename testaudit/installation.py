"""How CI installs a project: the files of its tools -> shell commands that end with an environment in `.venv`.

Only names that are plain words reach a command; everything else in a project's files is a stranger's text.
"""

from __future__ import annotations

import ast
import configparser
import re
import shlex
import sys
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

LIMIT_BYTES = 4_000_000
OLDEST, NEWEST = 8, 14
"""Minor versions of Python 3 that CI servers offer."""
USUAL = 13
WORD = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
_TESTS = re.compile(r"(?:^|[-_.])(?:tests?|testing|pytest|unittests?)(?:[-_.]|$)")
_PLAIN_TESTS = frozenset({"test", "tests", "testing", "pytest"})
_DEVELOPMENT = frozenset({"dev", "develop", "development"})
_REQUIREMENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._\-\[\],<>=!~;'\"*() ]{0,200}")
"""A requirement without a URL: no `$`, no `{`, no option, no line feed."""
_REQUIREMENTS = (
    ("{0}requirements.txt", "requirements-{0}.txt", "requirements_{0}.txt", "requirements.{0}.txt"),
    ("{0}-requirements.txt", "{0}_requirements.txt", "requirements/{0}.txt"),
)


@dataclass(frozen=True, slots=True)
class Installation:
    """What CI types, in the project's folder."""

    tool: str
    """What was recognised, as a person calls it: `uv.lock`, `pip`."""
    commands: tuple[str, ...]
    """Lines for a POSIX shell that stops at the first failure. The environment lies in `.venv` then."""
    python: str
    """The version of Python, as `3.12`."""


def read_installation(root: Path) -> Installation:
    """How the project in `root` is installed; with pip where no other tool left a file. Nothing is executed."""
    pyproject = _toml(root / "pyproject.toml")
    extras = wanted(_extras(root, pyproject))
    groups = wanted(_names(_table(pyproject, "dependency-groups")))
    tool, commands = _with_tool(root, pyproject, extras, groups)
    return Installation(tool, ("python -m venv .venv", *commands), _python(root, pyproject))


def wanted(names: Iterable[str]) -> tuple[str, ...]:
    """The names that mean tests, or else development: `test` rather than `test-mypy`, and that rather than `dev`."""
    safe = sorted({name for name in names if WORD.fullmatch(name)})
    plain = [name for name in safe if name.lower() in _PLAIN_TESTS]
    near = [name for name in safe if _TESTS.search(name.lower())]
    return tuple(plain or near or [name for name in safe if name.lower() in _DEVELOPMENT])


def _with_tool(
    root: Path, pyproject: Mapping[str, object], extras: tuple[str, ...], groups: tuple[str, ...]
) -> tuple[str, tuple[str, ...]]:
    if (root / "uv.lock").is_file():
        chosen = [f"--extra {name}" for name in extras] + [f"--group {name}" for name in groups]
        return "uv.lock", ("python -m pip install uv", " ".join(["uv sync --frozen", *chosen]))
    if (root / "poetry.lock").is_file():
        table = _table(pyproject, "tool", "poetry", "group")
        optional = [name for name in wanted(_names(table)) if _table(table, name).get("optional") is True]
        chosen = [f"--extras {name}" for name in extras] + [f"--with {name}" for name in optional]
        return "poetry.lock", (
            "python -m pip install poetry",
            " ".join(["POETRY_VIRTUALENVS_IN_PROJECT=true poetry install --no-interaction", *chosen]),
        )
    if (root / "pdm.lock").is_file():
        chosen = [f"--group {name}" for name in extras]
        install = " ".join(["pdm install --frozen-lockfile --dev", *chosen])
        return "pdm.lock", ("python -m pip install pdm", "pdm use -f .venv", install)
    if (root / "Pipfile.lock").is_file():
        return "Pipfile.lock", ("python -m pip install pipenv", "PIPENV_VENV_IN_PROJECT=1 pipenv sync --dev")
    if environment := _hatch(pyproject):
        return _with_hatch(root, pyproject, environment, extras, groups)
    return "pip", _pip(root, pyproject, extras, groups)


def _with_hatch(
    root: Path, pyproject: Mapping[str, object], environment: str, extras: tuple[str, ...], groups: tuple[str, ...]
) -> tuple[str, tuple[str, ...]]:
    table = _table(pyproject, "tool", "hatch", "envs", environment)
    if environment != "hatch-test" and "matrix" not in table and "type" not in table:
        return "hatch", (
            "python -m pip install hatch",
            f"hatch env create {environment}",
            f'rm -rf .venv && ln -s "$(hatch env find {environment})" .venv',  # hatch keeps it elsewhere
        )
    # One environment for each Python of a matrix: hatch would fetch them all.
    needed = tuple(shlex.quote(word) for word in _requirements_of(table) if _REQUIREMENT.fullmatch(word))
    return "pip (with what hatch's environment needs)", _pip(root, pyproject, extras, groups, needed)


def _pip(
    root: Path,
    pyproject: Mapping[str, object],
    extras: tuple[str, ...],
    groups: tuple[str, ...],
    needed: tuple[str, ...] = (),
) -> tuple[str, ...]:
    words = [f"-r {name}" for name in _requirements(root)]
    if _is_installable(root, pyproject):
        words.append(f"-e '.[{','.join(extras)}]'" if extras else "-e .")
    words += [f"--group {name}" for name in groups]
    upgrade = (".venv/bin/python -m pip install --upgrade pip",) if groups else ()  # --group came with pip 25.1
    return (*upgrade, " ".join([".venv/bin/python -m pip install", *words, *dict.fromkeys(("pytest", *needed))]))


def _is_installable(root: Path, pyproject: Mapping[str, object]) -> bool:
    project = _table(pyproject, "project")
    return (
        "build-system" in pyproject
        or any(key in project for key in ("dependencies", "optional-dependencies", "dynamic"))
        or (root / "setup.py").is_file()
        or _ini(root / "setup.cfg").has_section("metadata")
    )


def _requirements(root: Path) -> list[str]:
    """`requirements.txt`, and the file for tests, or else the one for development."""
    found = ["requirements.txt"] if (root / "requirements.txt").is_file() else []
    for words in (("test", "tests", "testing", "ci"), ("dev", "develop", "development")):
        names = [shape.format(word) for shapes in _REQUIREMENTS for shape in shapes for word in words]
        there = [name for name in names if (root / name).is_file()]
        if there:
            return [*found, there[0]]
    return found


def _hatch(pyproject: Mapping[str, object]) -> str:
    """The environment in which hatch would run the tests; empty where the project names none."""
    environments = _table(pyproject, "tool", "hatch", "envs")
    for name in (*wanted(_names(environments)), "hatch-test", "default"):
        table = _table(environments, name)
        if "dependencies" in table or "extra-dependencies" in table:
            return name
    return ""


def _requirements_of(table: Mapping[str, object]) -> list[str]:
    """The requirements that an environment of hatch names."""
    lists = [table.get("dependencies"), table.get("extra-dependencies")]
    return [word for words in lists if isinstance(words, list) for word in words if isinstance(word, str)]


def _extras(root: Path, pyproject: Mapping[str, object]) -> list[str]:
    """The names of the project's extras, wherever it declares them."""
    poetry = _table(pyproject, "tool", "poetry", "extras")
    declared = _names(_table(pyproject, "project", "optional-dependencies")) + _names(poetry)
    settings = _ini(root / "setup.cfg")
    if settings.has_section("options.extras_require"):
        declared += settings.options("options.extras_require")
    return declared + _extras_of_setup(root / "setup.py")


def _extras_of_setup(file: Path) -> list[str]:
    """The keys of `extras_require={...}`, where they are literal; the file is read, never executed."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of its escapes, not ours to tell
            tree = ast.parse(_text(file))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    values = [
        word.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        for word in node.keywords
        if word.arg == "extras_require" and isinstance(word.value, ast.Dict)
    ]
    keys = [key.value for value in values for key in value.keys if isinstance(key, ast.Constant)]
    return [key for key in keys if isinstance(key, str)]


# ---------------------------------------------------------------- which Python


def _python(root: Path, pyproject: Mapping[str, object]) -> str:
    """`.python-version`, or else the newest that the project says it supports, as far as CI servers offer it."""
    pinned = re.fullmatch(r"(3\.\d{1,2})(?:\.\d{1,3})?", _text(root / ".python-version").strip())
    if pinned:
        return pinned[1]
    project = _table(pyproject, "project")
    poetry = _table(pyproject, "tool", "poetry", "dependencies").get("python")
    limits = (
        project.get("requires-python")
        or poetry
        or _ini(root / "setup.cfg").get("options", "python_requires", fallback="")
    )
    fitting = [minor for minor in range(OLDEST, NEWEST + 1) if _fits(minor, limits if isinstance(limits, str) else "")]
    classifiers = project.get("classifiers")
    lines = " ".join(map(str, classifiers)) if isinstance(classifiers, list) else ""
    named = {int(minor) for minor in re.findall(r"Programming Language :: Python :: 3\.(\d{1,2})\b", lines)}
    usual = [minor for minor in fitting if minor <= USUAL]
    return f"3.{max(named & set(fitting) or usual or fitting or [USUAL])}"


def _fits(minor: int, limits: str) -> bool:
    """Whether 3.`minor` is within `>=3.9,<3.13`, `^3.9`, `~3.9`; what is written otherwise limits nothing."""
    for part in limits.split(","):
        match = re.fullmatch(r"\s*(>=|<=|==|~=|!=|<|>|\^|~)\s*3(?:\.(\d{1,3}))?(\.[\d*]+)?\s*", part)
        if match is None or match[2] is None:
            continue
        sign, limit = match[1], int(match[2])
        held = {
            ">=": minor >= limit,
            ">": minor > limit or (match[3] is not None and minor == limit),
            "<=": minor <= limit,
            "<": minor < limit,
            "==": minor == limit,
            "!=": minor != limit or match[3] not in {None, ".*"},
            "~": minor == limit,
            "^": minor >= limit,
            "~=": minor == limit if match[3] else minor >= limit,
        }
        if not held[sign]:
            return False
    return True


# ---------------------------------------------------------------- reading


def _text(file: Path) -> str:
    try:
        return file.read_bytes()[:LIMIT_BYTES].decode("utf-8-sig", "replace") if file.is_file() else ""
    except OSError:
        return ""


def _toml(file: Path) -> dict[str, object]:
    try:
        return tomllib.loads(_text(file))
    except (ValueError, RecursionError):  # config.load says it
        return {}


def _table(table: Mapping[str, object], *keys: str) -> dict[str, object]:
    value: object = table
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def _names(table: Mapping[str, object]) -> list[str]:
    return [*table]


def _ini(file: Path) -> configparser.ConfigParser:
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(_text(file))
    except configparser.Error:
        return configparser.ConfigParser()
    return parser
