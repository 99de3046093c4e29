"""`[tool.testaudit]` in `pyproject.toml`, or `testaudit.toml` -> one frozen Config.

Whatever is wrong in a configuration is said with file, line, key, what is allowed and the nearest known word. Slugs of
rules are checked by the registry, which knows them.
"""

from __future__ import annotations

import difflib
import os
import re
import sys
from typing import TYPE_CHECKING, Annotated, Literal, NamedTuple

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError

from testaudit.errors import UsageError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

LIMIT_BYTES = 4_000_000
TABLE = ("tool", "testaudit")


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


GateLevel = Literal["block", "warn", "off"]
Percent = Annotated[float, Field(ge=0, le=100)]
Limit = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class CheckConfig(BaseModel):
    """How one check is taken: whether it blocks."""

    model_config = STRICT

    level: GateLevel = "block"


class LimitConfig(CheckConfig):
    """A check that allows some."""

    limit: Limit | None = None
    """What the check counts, or its unit says; None: its own default."""


class PassRateConfig(CheckConfig):
    """`pass-rate`: the levels of the pyramid may have limits of their own, in percent; `fail-under` is that of all."""

    unit: Percent | None = None
    integration: Percent | None = None
    e2e: Percent | None = None


class FindingsConfig(LimitConfig):
    """`new-findings`: from which severity on they count."""

    severity: Literal["error", "warning", "info"] = "error"


class WarnConfig(LimitConfig):
    """A check that warns unless it is told to block."""

    level: GateLevel = "warn"


def _table(value: object) -> object:
    """`"warn"` stands for `{ level = "warn" }`."""
    return {"level": value} if isinstance(value, str) else value


_SAID = 'a word ("block", "warn", "off") or a table, as { level = "warn", limit = 3 }'
Blocks = Annotated[LimitConfig, BeforeValidator(_table)]
Warns = Annotated[WarnConfig, BeforeValidator(_table)]
_BLOCKS = Field(default_factory=LimitConfig, description=_SAID)
_WARNS = Field(default_factory=WarnConfig, description=_SAID)


class GateConfig(BaseModel):
    """`[tool.testaudit.gate]`: a key for each check. `complete` has none: what was not examined is never green."""

    model_config = STRICT

    runner: Annotated[CheckConfig, BeforeValidator(_table)] = Field(
        default_factory=CheckConfig, description='a word ("block", "warn", "off")'
    )
    pass_rate: Annotated[PassRateConfig, BeforeValidator(_table)] = Field(
        default_factory=PassRateConfig, description=_SAID.replace("limit = 3", "unit = 99, e2e = 90")
    )
    failures: Blocks = _BLOCKS
    new_failures: Blocks = _BLOCKS
    known_failures: Blocks = _BLOCKS
    disappeared_tests: Blocks = _BLOCKS
    new_skips: Blocks = _BLOCKS
    new_xfails: Blocks = _BLOCKS
    deselected: Blocks = _BLOCKS
    new_findings: Annotated[FindingsConfig, BeforeValidator(_table)] = Field(
        default_factory=FindingsConfig, description=_SAID.replace("limit = 3", 'severity = "warning"')
    )
    new_flaky: Blocks = _BLOCKS
    quarantine: Blocks = _BLOCKS
    loosened: Warns = _WARNS
    duration: Warns = _WARNS
    pyramid: Warns = _WARNS

    def of(self, check: str) -> CheckConfig:
        """How the check of this name (`new-failures`) is taken; one without a key blocks."""
        found: object = getattr(self, check.replace("-", "_"), None)
        return found if isinstance(found, CheckConfig) else CheckConfig()


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


# ---------------------------------------------------------------- reading


class _Source(NamedTuple):
    """A file of configuration, for the errors that name a place in it."""

    file: str
    text: str
    table: Words

    def place(self, keys: Words) -> str:
        return f"{self.file}, line {_line(self.text, self.table + keys)}"


def reason(error: Exception) -> str:
    """What the system says of an error, without the path that it repeats."""
    return (error.strerror if isinstance(error, OSError) else None) or str(error)


def _read(file: Path) -> tuple[str, dict[str, object]]:
    hint = "correct the file: testaudit reads its configuration from it"
    try:
        if not file.is_file():  # a FIFO would block for ever
            raise UsageError(f"{file.name} is not a regular file", "replace it by a file, or remove it")
        with file.open("rb") as stream:
            data = stream.read(LIMIT_BYTES + 1)
    except OSError as error:
        raise UsageError(f"{file.name} cannot be read: {reason(error)}", "make it readable for this user") from None
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
    if keys[0] == "gate" and len(keys) > 1:
        field = GateConfig.model_fields[keys[1].replace("-", "_")]
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
    if type_ == "extra_forbidden":
        return "is no key of this table"
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
