"""`[tool.testaudit]` in `pyproject.toml`, or `testaudit.toml` -> one frozen Config; and which folder is the project.

Whatever is wrong in a configuration is said with file, line, key, what is allowed and the nearest known word. Slugs of
rules are checked by the registry, which knows them.
"""

from __future__ import annotations

import difflib
import os
import re
import sys
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, NamedTuple

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from testaudit.errors import UsageError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

LIMIT_BYTES = 4_000_000
TABLE = ("tool", "testaudit")
SKIPPED_FOLDERS = frozenset({"node_modules", "site-packages", "build", "dist", "__pycache__", "venv", "env"})
"""Folders without projects of their own, beside all whose name begins with a dot and all environments."""
SECTIONS = re.compile(r"^\[(?:pytest|tool:pytest|tox|testenv|metadata|options)\b", re.MULTILINE)
"""What makes a `tox.ini` or `setup.cfg` more than the settings of a linter."""
PYTEST_FILES = ("pytest.ini", ".pytest.ini", "pytest.toml", ".pytest.toml")
PYTEST_SECTIONS = (
    ("pyproject.toml", r"^\s*\[\s*tool\s*\.\s*pytest\b"),
    ("tox.ini", r"^\[pytest\]"),
    ("setup.cfg", r"^\[tool:pytest\]"),
)
MARKS = (*PYTEST_FILES, "pyproject.toml", "setup.py", "testaudit.toml", ".git")
"""What begins a project. (`.git` is a file in a worktree and a submodule.)"""
DEPTH = 6  # of the search for projects


def _regex(value: str) -> str:
    try:
        re.compile(value)
    except re.error as error:
        raise ValueError(f"not a regular expression: {error}") from None
    return value


def _inside(value: str) -> str:
    if value.startswith(("/", "~", "\\")) or ".." in re.split(r"[\\/]", value) or value[1:2] == ":":
        raise ValueError("it leads out of the project")
    return value


# Strict everywhere (`reruns = "2"` is an error), except that TOML has arrays and no tuples.
Word = Annotated[str, StringConstraints(min_length=1)]
Words = Annotated[tuple[Word, ...], Field(strict=False)]
Regex = Annotated[Word, AfterValidator(_regex)]
Globs = Annotated[tuple[Annotated[Word, AfterValidator(_inside)], ...], Field(strict=False)]
STRICT = ConfigDict(
    frozen=True, extra="forbid", strict=True, populate_by_name=True, alias_generator=lambda name: name.replace("_", "-")
)


class GateConfig(BaseModel):
    """`[tool.testaudit.gate]`: checks and limits (the checks of a baseline come with it)."""

    model_config = STRICT


class Config(BaseModel):
    """What the project decided. Field names are the keys with `_` for `-`; descriptions say what is allowed."""

    model_config = STRICT

    python: Word | None = Field(default=None, description="a string: a Python, a command or an environment's folder")
    testpaths: Globs = Field(default=(), description="an array of paths inside the project")
    members: Globs = Field(default=(), description='an array of globs inside the project, as ["packages/*"]')
    pytest_args: Words = Field(default=(), description="an array of strings, one argument each")
    launch: Literal["module", "pytest"] = Field(default="module", description='"module" or "pytest"')
    select: Words = Field(default=(), description="an array of rule names or codes")
    extend_select: Words = Field(default=(), description="an array of rule names or codes")
    ignore: Words = Field(default=(), description="an array of rule names or codes")
    per_path_ignores: dict[str, Words] = Field(
        default_factory=dict, description='a table of globs, as "tests/e2e/*" = ["sleep-in-test"]'
    )
    severity: dict[str, Literal["error", "warning", "info"]] = Field(
        default_factory=dict, description='a table of rule names, each "error", "warning" or "info"'
    )
    confidence: Literal["high", "medium"] = Field(default="high", description='"high" or "medium"')
    first_party: Words = Field(default=(), description="an array of module names")
    boundaries: Words = Field(default=(), description="an array of module names")
    assert_helpers: Words = Field(default=(), description="an array of function names")
    issue_pattern: Regex | None = Field(default=None, description="a regular expression, as 'PROJ-\\d+'")
    levels: dict[str, Literal["unit", "integration", "e2e"]] = Field(
        default_factory=dict, description='a table of markers or globs, each "unit", "integration" or "e2e"'
    )
    fail_under: float | None = Field(default=None, ge=0, le=100, description="a number of percent, 0 to 100")
    """Percent; None: 95, and the check `failures` stays on."""
    pass_rate: Literal["expected", "executed"] = Field(default="expected", description='"expected" or "executed"')
    baseline: Word | None = Field(default=None, description="a string: a file")
    history: Word | None = Field(default=None, description='a string: a file, a database URL, or "env:NAME"')
    reruns: int = Field(default=2, ge=0, le=100, description="a whole number, 0 to 100")
    timeout: float = Field(default=300.0, gt=0, allow_inf_nan=False, description="a number of seconds, above 0")
    """Seconds a test."""
    gate: GateConfig = Field(default_factory=GateConfig, description="a table of checks and limits")
    rules: dict[str, dict[str, object]] = Field(
        default_factory=dict, description="a table for each rule, as [tool.testaudit.rules.sleep-in-test]"
    )
    """A rule's own limits, by slug."""


KEYS = tuple(name.replace("_", "-") for name in Config.model_fields)


def load(root: Path) -> Config:
    """The configuration of the project in `root`; the defaults where it has none."""
    pyproject, own = root / "pyproject.toml", root / "testaudit.toml"
    table: object = None
    if os.path.lexists(pyproject):
        text, document = _read(pyproject)
        tool = document.get("tool")
        table = tool.get("testaudit") if isinstance(tool, dict) else None
    if os.path.lexists(own):
        if table is not None:
            line = _line(text, TABLE)
            raise UsageError(
                f"two configurations: testaudit.toml, and [tool.testaudit] in pyproject.toml (line {line})",
                "keep one of them: move the keys of one into the other, and delete it",
            )
        text, document = _read(own)
        if "tool" in document:
            raise UsageError(
                f"testaudit.toml, line {_line(text, ('tool',))}: unknown key `tool`",
                "in testaudit.toml the keys stand at the top of the file, without [tool.testaudit]",
            )
        return _validate(document, _Source("testaudit.toml", text, ()))
    if table is None:
        return Config()
    return _validate(table, _Source("pyproject.toml", text, TABLE))


def find_root(path: Path) -> Path:
    """The project that `path` (a folder or a file) belongs to: the nearest folder above it that is set up as one.

    As pytest finds its rootdir, with this difference: a file of settings counts wherever it says that a project begins
    there, whether or not it configures pytest. Without any, the folder itself.
    """
    try:
        absolute = path.expanduser().resolve(strict=True)
        folder = absolute if absolute.is_dir() else absolute.parent
        return next((above for above in (folder, *folder.parents) if _is_project(above)), folder)
    except FileNotFoundError:
        raise UsageError(f"{path} does not exist", "name a project, or a folder or file inside one") from None
    except (OSError, RuntimeError, ValueError) as error:
        raise UsageError(f"{str(path)!r} cannot be read: {_reason(error)}", "name another path") from None


def members(root: Path, config: Config) -> tuple[Path, ...]:
    """The projects of a monorepo; empty where `root` is one project. Several that nobody named are a UsageError."""
    if config.members:
        return tuple(_expand(root, config.members))
    if config.testpaths or _configures_pytest(root):
        return ()  # set up to be tested from here, whatever else lies below
    found = projects_below(root)
    if len(found) < 2:  # pytest reaches a single one from here
        return ()
    names = [folder.relative_to(root).as_posix() for folder in found]
    where = "testaudit.toml" if os.path.lexists(root / "testaudit.toml") else "pyproject.toml, [tool.testaudit]"
    lines = "\n".join(f"  {name}" for name in names)
    raise UsageError(
        f"{len(names)} projects lie below {root.name or root}, which has no tests of its own:\n{lines}",
        f"scan one of them, as `testaudit scan {names[0]}`; or add to {where}:\n  members = {_globs(names)}",
    )


def projects_below(root: Path) -> tuple[Path, ...]:
    """Folders below `root` that are projects with tests; empty as soon as `root` shows a test of its own."""
    found = []
    waiting = deque([(root, 0)])
    while waiting:
        folder, depth = waiting.popleft()
        if depth and _is_project(folder):
            if _has_test(folder, depth):
                found.append(folder)
            continue
        folders, names = _list(folder)
        if _are_tests(names):
            return ()
        if depth < DEPTH:
            waiting.extend((below, depth + 1) for below in folders)
    return tuple(sorted(found))


# ---------------------------------------------------------------- reading


class _Source(NamedTuple):
    """A file of configuration, for the errors that name a place in it."""

    file: str
    text: str
    table: Words

    def place(self, keys: Words) -> str:
        return f"{self.file}, line {_line(self.text, self.table + keys)}"


def _reason(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)


def _read(file: Path) -> tuple[str, dict[str, object]]:
    hint = "correct the file: testaudit reads its configuration from it"
    try:
        if not file.is_file():  # a FIFO would block for ever
            raise UsageError(f"{file.name} is not a regular file", "replace it by a file, or remove it")
        with file.open("rb") as stream:
            data = stream.read(LIMIT_BYTES + 1)
    except OSError as error:
        raise UsageError(f"{file.name} cannot be read: {_reason(error)}", "make it readable for this user") from None
    if len(data) > LIMIT_BYTES:
        raise UsageError(f"{file.name} is larger than {LIMIT_BYTES // 1_000_000} MB", "configuration is short")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UsageError(f"{file.name}, line {line}: not UTF-8 (TOML always is)", "save the file as UTF-8") from None
    text = text.replace("\r\n", "\n")
    try:
        return text, tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        at = re.search(r" \(at (?:line (\d+), column \d+|end of document)\)$", str(error))
        line = int(at[1]) if at and at[1] else text.count("\n") + 1
        what = str(error)[: at.start()] if at else str(error)
        raise UsageError(f"{file.name}, line {line}: not valid TOML: {what}", hint) from None
    except (RecursionError, ValueError) as error:  # ten thousand brackets; a number of ten thousand digits
        raise UsageError(f"{file.name} is not valid TOML: {type(error).__name__}", hint) from None


_KEY = r"""(?:[A-Za-z0-9_-]+|"(?:[^"\\]|\\.)*"|'[^']*')"""
_PATH = re.compile(rf"\s*(?P<table>\[\[?)?\s*(?P<path>{_KEY}(?:\s*\.\s*{_KEY})*)\s*(?(table)\]|=)")


def _line(text: str, keys: Words) -> int:
    """The line of a key in TOML (the parser does not tell), or of the nearest thing around it that has one."""
    best, best_length, inside = 1, 0, ""
    header: Words = ()
    for number, line in enumerate(text.split("\n"), start=1):
        if inside:  # a string over several lines: nothing in it is a key
            inside = "" if inside in line else inside
            continue
        if match := _PATH.match(line):
            path = tuple(part[1:-1] if part[0] in "\"'" else part for part in re.findall(_KEY, match["path"]))
            if match["table"]:
                header = path
            else:
                path = (*header, *path)
            if len(path) > best_length and keys[: len(path)] == path:
                best, best_length = number, len(path)
            elif len(keys) > best_length and path[: len(keys)] == keys:
                best, best_length = number, len(keys)
        for quotes in ('"""', "'''"):
            if line.count(quotes) % 2:
                inside = quotes
    return best


def _quoted(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else f'"{key[:80]}"'


# ---------------------------------------------------------------- judging


def _validate(table: object, source: _Source) -> Config:
    if not isinstance(table, dict):
        raise UsageError(
            f"{source.place(())}: `tool.testaudit` {_complaint('', '', table)}", "write it as [tool.testaudit]"
        )
    _refuse_unknown(table, KEYS, source)
    gate = table.get("gate")
    if isinstance(gate, dict):
        _refuse_unknown(gate, tuple(name.replace("_", "-") for name in GateConfig.model_fields), source, ("gate",))
    try:
        return Config.model_validate(table)
    except ValidationError as error:
        wrong = error.errors(include_url=False, include_context=True)
    first = wrong[0]
    keys = tuple(str(part) for part in first["loc"] if isinstance(part, str) and part != "[key]")
    field = Config.model_fields[keys[0].replace("-", "_")]
    hint = f"allowed is {field.description}"
    if first["type"] == "literal_error" and isinstance(first["input"], str):
        hint += _nearest(first["input"], tuple(re.findall(r'"(\w+)"', field.description or "")))
    if len(wrong) > 1:
        hint += f" ({len(wrong) - 1} more of this kind in the file)"
    name = ".".join(_quoted(key) for key in keys)
    raise UsageError(f"{source.place(keys)}: `{name}` {_complaint(first['type'], first['msg'], first['input'])}", hint)


def _refuse_unknown(table: Mapping[str, object], known: Words, source: _Source, under: Words = ()) -> None:
    header = f"[{'.'.join((*source.table, *under))}]".replace("[]", source.file)
    for key in table:
        if key not in known:
            hint = f"known keys of {header}: {', '.join(known)}" if known else f"{header} has no keys yet"
            place, near = source.place((*under, key)), _nearest(key, known)
            raise UsageError(f"{place}: unknown key `{_quoted(key)}` in {header}{near}", hint)


def _nearest(word: str, known: tuple[str, ...]) -> str:
    near = difflib.get_close_matches(word[:80].lower().replace("_", "-"), known, n=1, cutoff=0.55)
    return f"; did you mean `{near[0]}`?" if near else ""


def _complaint(type_: str, message: str, value: object) -> str:
    """What is wrong. Text that a user wrote is shown where it is a word of ours misspelt; a database URL never."""
    if type_ == "value_error":
        return f"is wrong: {message.removeprefix('Value error, ')}"
    if type_ == "string_too_short":
        return "is an empty string"
    if type_ == "literal_error" and isinstance(value, str):
        return f'is "{value[:40]}"'
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f"is {value:.10g}" if isinstance(value, float) or abs(value) < 10**15 else "is a huge number"
    return f"is {_kind(value)}"


def _kind(value: object) -> str:
    names: dict[type, str] = {bool: "true or false", str: "a string", list: "an array", dict: "a table"}
    return names.get(type(value), "a date or time")


# ---------------------------------------------------------------- projects


def _is_project(folder: Path) -> bool:
    return any(os.path.exists(folder / name) for name in MARKS) or any(  # noqa: PTH110 - Path.exists can raise
        SECTIONS.search(_text(folder / name)) for name in ("tox.ini", "setup.cfg")
    )


def _text(file: Path) -> str:
    try:
        return file.read_bytes()[:LIMIT_BYTES].decode("utf-8", "replace") if file.is_file() else ""
    except OSError:
        return ""


def _configures_pytest(folder: Path) -> bool:
    return any((folder / name).is_file() for name in PYTEST_FILES) or any(
        re.search(section, _text(folder / name), re.MULTILINE) for name, section in PYTEST_SECTIONS
    )


def _list(folder: Path) -> tuple[list[Path], list[str]]:
    folders, names = [], []
    try:
        with os.scandir(folder) as entries:
            for entry in sorted(entries, key=lambda entry: entry.name):
                if not entry.is_dir(follow_symlinks=False):
                    names.append(entry.name)
                elif entry.name[0] != "." and entry.name not in SKIPPED_FOLDERS:
                    folders.append(Path(entry.path))
    except OSError:
        pass  # what cannot be listed holds no project that could be tested
    return ([], []) if "pyvenv.cfg" in names else (folders, names)


def _has_test(folder: Path, depth: int) -> bool:
    folders, names = _list(folder)
    return _are_tests(names) or (depth < DEPTH and any(_has_test(below, depth + 1) for below in folders))


def _are_tests(names: list[str]) -> bool:
    return any(name.endswith(".py") and (name.startswith("test_") or name.endswith("_test.py")) for name in names)


def _expand(root: Path, globs: tuple[str, ...]) -> Iterator[Path]:
    seen: set[Path] = set()
    for glob in globs:
        try:
            folders = [folder for folder in sorted(root.glob(glob.rstrip("/"))) if folder.is_dir()]
        except (ValueError, NotImplementedError) as error:
            raise UsageError(f"members: {glob!r} is no glob: {_reason(error)}", 'write it as "packages/*"') from None
        if not folders:
            raise UsageError(f"members: no folder matches {glob!r} below {root.name or root}", "correct the glob")
        yield from (folder for folder in folders if folder not in seen)
        seen.update(folders)


def _globs(names: list[str]) -> str:
    parents = sorted({name.rpartition("/")[0] for name in names})
    globs = [f"{parent}/*" for parent in parents if parent] + [name for name in names if "/" not in name]
    return "[" + ", ".join(f'"{glob}"' for glob in globs) + "]"
