"""What the project's own pytest configuration says about which files, classes and functions are tests."""

from __future__ import annotations

import configparser
import fnmatch
import shlex
import sys
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class PytestSettings:
    """The part of pytest's configuration that decides what a test is. Defaults are pytest's."""

    python_files: tuple[str, ...] = ("test_*.py", "*_test.py")
    python_classes: tuple[str, ...] = ("Test",)
    python_functions: tuple[str, ...] = ("test",)
    testpaths: tuple[str, ...] = ()
    norecursedirs: tuple[str, ...] = ("*.egg", ".*", "_darcs", "build", "CVS", "dist", "node_modules", "venv", "{arch}")
    pythonpath: tuple[str, ...] = ()
    addopts: tuple[str, ...] = ()
    usefixtures: tuple[str, ...] = ()
    markers: tuple[str, ...] = ()
    xfail_strict: tuple[str, ...] = ()
    strict_xfail: tuple[str, ...] = ()
    strict: tuple[str, ...] = ()
    timeout: tuple[str, ...] = ()
    """pytest-timeout's, in seconds."""
    source: str = ""
    """The file that says so; empty: pytest's defaults."""
    problem: str = ""
    """Why that file could not be read."""

    @property
    def ignored(self) -> tuple[str, ...]:
        """Paths and globs of `--ignore` and `--ignore-glob` in addopts."""
        found = []
        words = iter(self.addopts)
        for word in words:
            name, equals, value = word.partition("=")
            if name in {"--ignore", "--ignore-glob"}:
                found.append(value if equals else next(words, ""))
        return tuple(value for value in found if value)

    @property
    def xfails_are_strict(self) -> bool:
        """Whether an xfail that passes fails the run: `xfail_strict`, pytest 9's `strict_xfail`, or its `strict`."""
        given = {"strict": self.strict, "strict_xfail": self.strict_xfail or self.xfail_strict}
        words = iter(self.addopts)
        for word in words:
            name, equals, value = word.partition("=")
            if word in {"-o", "--override-ini"}:
                name, equals, value = next(words, "").partition("=")
            elif name == "--override-ini":
                name, equals, value = value.partition("=")
            elif word.startswith("-o") and equals:
                name = name.removeprefix("-o")
            elif word == "--strict":
                name, equals, value = "strict", "=", "true"
            if equals and name in {"strict", "strict_xfail", "xfail_strict"}:
                given["strict" if name == "strict" else "strict_xfail"] = (value,)
        told = given["strict_xfail"] or given["strict"]
        return bool(told) and told[0].lower() in {"true", "1", "yes", "on"}

    @property
    def ends_what_hangs(self) -> bool:
        """Whether pytest-timeout ends every test that takes too long: `timeout`, or `--timeout` in addopts."""
        limits = [word.partition("=")[2] or "1" for word in self.addopts if word.partition("=")[0] == "--timeout"]
        return any(limit.strip("0.") != "" for limit in (*self.timeout, *limits))

    def is_test_file(self, path: str) -> bool:
        """Whether pytest collects this file (path relative to the root) as a test module."""
        name = path.rpartition("/")[2]
        return any(
            fnmatch.fnmatchcase(path, f"*{pattern}" if pattern.startswith("/") else f"*/{pattern}")
            if "/" in pattern
            else fnmatch.fnmatchcase(name, pattern)
            for pattern in self.python_files
        )

    def is_test_class(self, name: str) -> bool:
        """Whether a class of this name is collected (a `TestCase` is, whatever its name)."""
        return _matches(name, self.python_classes)

    def is_test_function(self, name: str) -> bool:
        """Whether a function of this name is collected."""
        return _matches(name, self.python_functions)


def _matches(name: str, patterns: tuple[str, ...]) -> bool:
    """Pytest's own rule: a prefix, or a glob where the pattern looks like one."""
    return any(
        name.startswith(pattern) or (any(sign in pattern for sign in "*?[") and fnmatch.fnmatchcase(name, pattern))
        for pattern in patterns
    )


def read_settings(root: Path) -> PytestSettings:
    """The first configuration file that pytest would take, in its order of precedence."""
    for name in ("pytest.toml", ".pytest.toml", "pytest.ini", ".pytest.ini", "pyproject.toml", "tox.ini", "setup.cfg"):
        file = root / name
        try:
            if not file.is_file():
                continue
            text = file.read_text(encoding="utf-8")
            section = _toml_section(name, text) if name.endswith(".toml") else _ini_section(name, text)
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, configparser.Error) as error:
            return PytestSettings(source=name, problem=f"{name} cannot be read: {error}")
        if section is not None:
            return _settings(section, name)
    return PytestSettings()


def _toml_section(name: str, text: str) -> Mapping[str, object] | None:
    data = tomllib.loads(text)
    if name != "pyproject.toml":
        section = data.get("pytest", {})
        return section if isinstance(section, dict) else {}
    tool = data.get("tool", {})
    pytest = tool.get("pytest") if isinstance(tool, dict) else None
    if not isinstance(pytest, dict):
        return None
    classic = pytest.get("ini_options")
    return classic if isinstance(classic, dict) else pytest


def _ini_section(name: str, text: str) -> Mapping[str, object] | None:
    parser = configparser.RawConfigParser(strict=False, allow_no_value=True)
    parser.read_string(text)
    section = "tool:pytest" if name == "setup.cfg" else "pytest"
    if parser.has_section(section):
        return dict(parser.items(section))
    # A pytest.ini counts even when it is empty.
    return {} if name.endswith("pytest.ini") else None


_LINES = frozenset({"markers"})


def _settings(section: Mapping[str, object], source: str) -> PytestSettings:
    settings = PytestSettings(source=source)
    known = {field.name for field in fields(PytestSettings)} - {"source", "problem"}
    changes: dict[str, tuple[str, ...]] = {}
    for key, value in section.items():
        if key in known and value is not None:
            changes[key] = _words(value, by_line=key in _LINES)
    return replace(settings, **changes)  # type: ignore[arg-type]  # the keys are field names


def _words(value: object, *, by_line: bool) -> tuple[str, ...]:
    if isinstance(value, list):
        return tuple(str(word) for word in value)
    text = str(value)
    if by_line:
        return tuple(line.strip() for line in text.splitlines() if line.strip())
    try:
        return tuple(shlex.split(text, comments=False))
    except ValueError:
        return tuple(text.split())
