"""Where tools put a project's environments: folders on disk -> candidates, best known first. Nothing is run here.

Every tool has its own place and its own way to name an environment after a project: a hash of the project's path in
most of them, which tells without the tool whether an environment is this project's.
"""

from __future__ import annotations

import ast
import base64
import configparser
import hashlib
import os
import re
import sys
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PYTHONS = ("bin/python", "bin/python3", "Scripts/python.exe", "python.exe", "bin/pypy3", "bin/pypy")
"""In an environment's folder: POSIX, Windows, conda on Windows."""
CONDA_ROOTS = (
    "miniconda3",
    "anaconda3",
    "miniforge3",
    "mambaforge",
    "micromamba",
    "mamba",
    ".conda",
    ".local/share/mamba",
)
CONTAINER_FILES = (
    "Dockerfile",
    "Containerfile",
    "compose.yaml",
    "compose.yml",
    "docker-compose.yml",
    "docker-compose.yaml",
    ".devcontainer",
    ".devcontainer.json",
)
LIMIT_BYTES = 4_000_000


@dataclass(frozen=True, slots=True)
class Candidate:
    """A Python that may be the project's."""

    python: str
    """Absolute, links not followed: they decide which environment it is. Empty: there is none, `problem` says why."""
    name: str
    """As a person calls it: `.tox/py311`, `poetry's shop-AbCdEf12-py3.11`."""
    how: Literal["active", "local", "tool", "last"]
    """`last`: taken only when no other environment fits."""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Declared:
    """What a project says about its own installation."""

    names: tuple[str, ...] = ()
    """Of its distribution, normalised."""
    needs_install: bool = False
    """Its tests cannot be expected to run where it was never installed."""


def python_in(folder: Path) -> str:
    """The Python of an environment's folder; a link to nothing counts, where it is the only one (it is said later)."""
    paths = [str(folder / name) for name in PYTHONS]
    return next(filter(os.path.isfile, paths), "") or next(filter(os.path.lexists, paths), "")


def active(environ: Mapping[str, str]) -> Iterator[Candidate]:
    """What is activated in the shell. conda's `base` is active wherever conda is installed: that says nothing."""
    if folder := environ.get("VIRTUAL_ENV"):
        yield _candidate(Path(folder), "the active virtual environment", "active")
    if (folder := environ.get("CONDA_PREFIX")) and environ.get("CONDA_DEFAULT_ENV") != "base":
        yield _candidate(Path(folder), "the active conda environment", "active")


def local(root: Path) -> Iterator[Candidate]:
    """`.venv` and `venv`. As a file, `.venv` holds the path of the folder."""
    for name in (".venv", "venv"):
        folder = root / name
        if folder.is_dir():
            yield _candidate(folder, name, "local")
        elif line := _text(folder).strip().partition("\n")[0]:
            yield _candidate(root / Path(line).expanduser(), f"{name} ({line})", "local")


def of_tools(root: Path, environ: Mapping[str, str]) -> tuple[Candidate, ...]:
    """What tox, nox, uv, poetry, hatch, pdm, pipenv and conda made for this project, each once."""
    found: dict[str, Candidate] = {}
    for search in (_tox_and_nox, _uv, _poetry, _hatch, _pdm, _pipenv, _conda):
        for candidate in search(root, environ):
            found.setdefault(candidate.python or candidate.name, candidate)
    return tuple(found.values())


def declared(root: Path) -> Declared:
    """The project's distribution name, read and never executed; whether anything has to be installed for its tests."""
    pyproject = _toml(root / "pyproject.toml")
    project, poetry = _table(pyproject, "project"), _table(pyproject, "tool", "poetry")
    flit = _table(pyproject, "tool", "flit", "metadata")
    setup = _ini(root / "setup.cfg")
    names = [project.get("name"), poetry.get("name"), flit.get("dist-name"), flit.get("module"), setup, _setup_py(root)]
    dependent = (
        any(project.get(key) for key in ("dependencies", "optional-dependencies", "dynamic"))
        or any(key in pyproject for key in ("build-system", "dependency-groups"))
        or bool(poetry or flit or setup)
        or any((root / name).exists() for name in ("setup.py", "Pipfile", "environment.yml", "environment.yaml", "src"))
        or any(root.glob("*requirements*.txt"))
        or any(root.glob("requirements/*.txt"))
    )
    normal = (re.sub(r"[-_.]+", "-", name).lower() for name in names if isinstance(name, str) and name)
    return Declared(tuple(dict.fromkeys(normal)), needs_install=dependent)


def container_files(root: Path) -> tuple[str, ...]:
    """What says that the project runs in a container."""
    return tuple(name for name in CONTAINER_FILES if (root / name).exists())


# ---------------------------------------------------------------- one tool each


def _tox_and_nox(root: Path, environ: Mapping[str, str]) -> Iterator[Candidate]:
    for base, moved in ((".tox", "TOX_WORK_DIR"), (".nox", "NOX_ENVDIR")):
        folder = root / environ.get(moved, base)
        # A dot is tox's own: `.pkg` builds the package and never runs a test.
        for below in _folders(folder):
            if not below.name.startswith("."):
                yield from _if_environment(below, f"{_shown(folder, root)}/{below.name}")


def _uv(root: Path, environ: Mapping[str, str]) -> Iterator[Candidate]:
    if folder := environ.get("UV_PROJECT_ENVIRONMENT"):
        yield _candidate(root / folder, f"uv's {folder}", "tool")


def _poetry(root: Path, environ: Mapping[str, str]) -> Iterator[Candidate]:
    cache = Path(environ.get("POETRY_CACHE_DIR") or _cache(environ, "pypoetry"))
    settings = [_toml(root / "poetry.toml"), _toml(_config(environ, "pypoetry") / "config.toml")]
    paths = [environ.get("POETRY_VIRTUALENVS_PATH"), *(_table(table, "virtualenvs").get("path") for table in settings)]
    places = [Path(path.replace("{cache-dir}", str(cache))).expanduser() for path in paths if isinstance(path, str)]
    real = os.path.normcase(os.path.realpath(root))
    digest = base64.urlsafe_b64encode(hashlib.sha256(real.encode("utf-8", "surrogateescape")).digest()).decode()[:8]
    for place in (*places, cache / "virtualenvs"):
        for folder in _folders(place):
            if re.fullmatch(rf".*-{re.escape(digest)}-py[\d.]+t?", folder.name):
                yield from _if_environment(folder, f"poetry's {folder.name}")


def _hatch(root: Path, environ: Mapping[str, str]) -> Iterator[Candidate]:
    data = Path(environ.get("HATCH_DATA_DIR") or _data(environ, "hatch")) / "env" / "virtual"
    digest = base64.urlsafe_b64encode(hashlib.sha256(str(root).encode("utf-8", "surrogateescape")).digest()).decode()[
        :8
    ]
    if moved := environ.get("HATCH_ENV_TYPE_VIRTUAL_PATH"):
        yield from _if_environment(root / moved, f"hatch's {moved}")
    for place in (root / ".hatch", *(below / digest for below in _folders(data))):
        for folder in _folders(place):
            yield from _if_environment(folder, f"hatch's {folder.name}")


def _pdm(root: Path, _environ: Mapping[str, str]) -> Iterator[Candidate]:
    line = _text(root / ".pdm-python").strip().partition("\n")[0]
    if line:
        yield Candidate(str(root / line), f"pdm's {line}", "tool")
    if (root / "__pypackages__").is_dir():
        why = "it is no environment, a Python finds it through pdm alone: `pdm run testaudit scan`"
        yield Candidate("", "pdm's __pypackages__", "tool", why)


def _pipenv(root: Path, environ: Mapping[str, str]) -> Iterator[Candidate]:
    if not (root / "Pipfile").is_file():
        return
    place = Path(environ.get("WORKON_HOME") or _data(environ, "virtualenvs")).expanduser()
    digest = hashlib.sha256(str(root / "Pipfile").encode("utf-8", "surrogateescape")).digest()[:6]
    ending = base64.urlsafe_b64encode(digest).decode()[:8]
    for folder in _folders(place):
        if re.search(rf"-{re.escape(ending)}(?:-.*)?$", folder.name) or folder.name == environ.get(
            "PIPENV_CUSTOM_VENV_NAME"
        ):
            yield from _if_environment(folder, f"pipenv's {folder.name}")


def _conda(root: Path, environ: Mapping[str, str]) -> Iterator[Candidate]:
    places = [
        Path(part)
        for key in ("CONDA_ENVS_PATH", "CONDA_ENVS_DIRS")
        for part in environ.get(key, "").split(os.pathsep)
        if part
    ]
    roots = [_home(environ) / name for name in CONDA_ROOTS] + [Path("/opt/conda")]
    if executable := environ.get("CONDA_EXE"):
        roots.insert(0, Path(executable).parent.parent)
    if prefix := environ.get("MAMBA_ROOT_PREFIX"):
        roots.insert(0, Path(prefix))
    places += [folder / "envs" for folder in roots]
    for file in ("environment.yml", "environment.yaml"):
        if match := re.search(r"^name:\s*[\"']?([\w.+-]+)", _text(root / file), re.MULTILINE):
            for place in places:
                yield from _if_environment(place / match[1], f"conda's {match[1]}")
    if (prefix := environ.get("CONDA_PREFIX")) and environ.get("CONDA_DEFAULT_ENV") == "base":
        yield _candidate(Path(prefix), "conda's base", "last")


# ---------------------------------------------------------------- small things


def _candidate(folder: Path, name: str, how: Literal["active", "local", "tool", "last"]) -> Candidate:
    python = python_in(Path(os.path.abspath(folder)))  # noqa: PTH100 - resolve() would leave the environment
    return Candidate(python, name, how, "" if python else "it holds no Python")


def _if_environment(folder: Path, name: str) -> Iterator[Candidate]:
    if python_in(folder):
        yield _candidate(folder, name, "tool")


def _folders(place: Path) -> list[Path]:
    try:
        return sorted(path for path in place.iterdir() if path.is_dir())
    except OSError:
        return []


def _shown(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)


def _home(environ: Mapping[str, str]) -> Path:
    return Path(environ.get("HOME") or environ.get("USERPROFILE") or os.path.expanduser("~"))  # noqa: PTH111 - may lack a home


def _cache(environ: Mapping[str, str], app: str) -> Path:
    if sys.platform == "win32":
        return Path(environ.get("LOCALAPPDATA", _home(environ) / "AppData/Local")) / app / "Cache"
    if sys.platform == "darwin":
        return _home(environ) / "Library/Caches" / app
    return Path(environ.get("XDG_CACHE_HOME") or _home(environ) / ".cache") / app


def _data(environ: Mapping[str, str], app: str) -> Path:
    if sys.platform == "win32":
        return Path(environ.get("LOCALAPPDATA", _home(environ) / "AppData/Local")) / app
    if sys.platform == "darwin" and app == "hatch":
        return _home(environ) / "Library/Application Support" / app
    return Path(environ.get("XDG_DATA_HOME") or _home(environ) / ".local/share") / app


def _config(environ: Mapping[str, str], app: str) -> Path:
    if sys.platform == "win32":
        return Path(environ.get("APPDATA", _home(environ) / "AppData/Roaming")) / app
    if sys.platform == "darwin":
        return _home(environ) / "Library/Application Support" / app
    return Path(environ.get("XDG_CONFIG_HOME") or _home(environ) / ".config") / app


def _text(file: Path) -> str:
    try:
        return file.read_bytes()[:LIMIT_BYTES].decode("utf-8", "replace") if file.is_file() else ""
    except OSError:
        return ""


def _toml(file: Path) -> dict[str, object]:
    try:
        return tomllib.loads(_text(file))
    except (ValueError, RecursionError):  # config.load says it where it is ours
        return {}


def _table(table: dict[str, object], *keys: str) -> dict[str, object]:
    value: object = table
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def _ini(file: Path) -> str:
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(_text(file))
    except configparser.Error:
        return ""
    return parser.get("metadata", "name", fallback="")


def _setup_py(root: Path) -> str:
    """The `name=` of `setup(...)`, where it is a literal."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of its escapes, not ours to tell
            tree = ast.parse(_text(root / "setup.py"))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ""
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call))
    for call in calls:
        if getattr(call.func, "id", getattr(call.func, "attr", "")) == "setup":
            for keyword in call.keywords:
                if keyword.arg == "name" and isinstance(keyword.value, ast.Constant):
                    return str(keyword.value.value)
    return ""
