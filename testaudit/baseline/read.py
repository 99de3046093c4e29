"""`baseline.json` -> Baseline, strictly.

A baseline that was cut short, holds merge markers, comes from a newer version or says something twice is wrong use,
said with its line. It never passes for an empty one.
"""

from __future__ import annotations

import json
import re
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from testaudit.baseline.interface import (
    VERSION,
    AcceptedFinding,
    Baseline,
    Count,
    KnownFailure,
    Lowering,
    Removal,
    TestedFunction,
)
from testaudit.errors import UsageError
from testaudit.masking.interface import clean, mask_id
from testaudit.model import Bar, Level, NodeId

if TYPE_CHECKING:
    from collections.abc import Iterable

LARGEST = 256 << 20
"""Bytes. 60,000 test functions take 6 MB."""
_STRICT = ConfigDict(extra="forbid", strict=True, frozen=True)
_MOST = 10**12
"""No suite has so many tests."""
_ANEW = "restore it from git; or delete it, and write it anew: testaudit baseline write"
_MARKERS = re.compile(rb"^(<{7}|={7}|>{7}|\|{7})(?: |$)", re.MULTILINE)


def _day(value: str) -> str:
    if value and date.fromisoformat(value).isoformat() != value:  # newer Pythons read more than 2026-12-31
        raise ValueError("a date is written as 2026-12-31")
    return value


_Day = Annotated[str, AfterValidator(_day)]
_Number = Annotated[int, Field(ge=0, le=_MOST)]
_Cases = Annotated[int, Field(ge=1, le=_MOST)]


class _BarEntry(BaseModel):
    model_config = _STRICT
    collected: _Number
    commit: str
    date: str
    deselected: _Number
    duration_s: float = Field(ge=0, le=_MOST, allow_inf_nan=False, strict=False)
    expected: _Number
    levels: dict[Level, Annotated[tuple[_Number, _Number], Field(strict=False)]]
    pass_rate: float | None = Field(strict=False)
    passed: _Number
    platform: str
    python: str
    seal: str


class _CountEntry(BaseModel):
    model_config = _STRICT
    cases: _Cases
    skipped: _Number = 0
    xfailed: _Number = 0
    missed: _Number = 0


class _FunctionEntry(BaseModel):
    model_config = _STRICT
    body: str = ""
    cases: _Cases | None = None
    skipped: _Number = 0
    xfailed: _Number = 0
    missed: _Number = 0
    environments: dict[str, _CountEntry] | None = None


class _KnownEntry(BaseModel):
    model_config = _STRICT
    environments: list[str] = Field(min_length=1)
    issue: str = ""
    owner: str = ""
    until: _Day = ""
    cause: str = ""
    cases: _Cases = 1


class _RemovalEntry(BaseModel):
    model_config = _STRICT
    why: str = Field(min_length=1)
    date: _Day = Field(min_length=1)


class _LoweringEntry(BaseModel):
    model_config = _STRICT
    date: _Day = Field(min_length=1)
    why: str = Field(min_length=1)


class _Document(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, populate_by_name=True)
    testaudit_baseline: int
    about: str = ""
    environments: dict[str, _BarEntry]
    tests: dict[str, dict[str, _FunctionEntry]]
    known_failures: dict[str, _KnownEntry] = Field(default_factory=dict)
    flaky: list[str] = Field(default_factory=list)
    findings: dict[str, str] = Field(default_factory=dict)
    removed: dict[str, _RemovalEntry] = Field(default_factory=dict)
    lowered: list[_LoweringEntry] = Field(default_factory=list)


def parse(data: bytes, name: str) -> Baseline:
    """The baseline of a file.

    Args:
        data: the whole file.
        name: what messages call it.

    Raises:
        UsageError: it is no baseline that this version can rely on.

    """
    if marker := _MARKERS.search(data):
        line = data.count(b"\n", 0, marker.start()) + 1
        raise UsageError(
            f"{name}, line {line}: merge markers: two branches changed the same lines",
            "take one side (git checkout --theirs, or --ours), then run: testaudit baseline write",
        )
    try:
        text = data.decode("utf-8")
        document = json.loads(text, object_pairs_hook=_once, parse_constant=_no_constant)
    except UnicodeDecodeError:
        raise _wrong(name, "it is not UTF-8 text") from None
    except json.JSONDecodeError as error:
        end = len(text.rstrip()) - 1
        cut = end < 0 or error.pos >= end or error.msg.startswith("Unterminated string")
        what = "it is cut short" if cut else f"it is not JSON ({error.msg})"
        raise _wrong(f"{name}, line {error.lineno}", what) from None
    except _TwiceError as error:
        raise UsageError(
            f"{name}, line {_line(text, error.key, 2)}: `{_plain(error.key)[:120]}` stands there twice",
            "keep the entry that is true and delete the other, as after a merge",
        ) from None
    except (ValueError, RecursionError) as error:
        raise _wrong(name, f"it is not JSON ({_plain(str(error))[:80]})") from None
    return _read(document, text, name)


class _TwiceError(ValueError):
    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        seen: set[str] = set()
        raise _TwiceError(next(key for key, _ in pairs if key in seen or seen.add(key)))  # type: ignore[func-returns-value]  # `add` says None
    return found


def _no_constant(value: str) -> float:
    raise ValueError(f"{value} is no number of JSON")


def _read(document: object, text: str, name: str) -> Baseline:
    version = document.get("testaudit_baseline") if isinstance(document, dict) else None
    if not isinstance(version, int) or isinstance(version, bool):
        raise _wrong(name, "it has no version (`testaudit_baseline`)")
    if version > VERSION:
        raise UsageError(
            f"{name} has version {version}; this testaudit reads version {VERSION}",
            "upgrade testaudit: pip install --upgrade testaudit",
        )
    if version < 1:
        raise _wrong(name, f"there is no version {version}")
    try:
        read = _Document.model_validate(document)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        keys = [str(part) for part in first["loc"]]
        said = f"`{_plain('.'.join(keys))[:160]}`: {_said(first['type'], first['msg'])}"
        raise UsageError(
            f"{name}, line {_line_of(text, keys)}: {said}",
            _ANEW,
        ) from None
    if not read.environments:
        raise _wrong(name, "it holds no environment")
    return _values(read)


def _plain(text: str) -> str:
    return " ".join(clean(text).split())


def _said(type_: str, message: str) -> str:
    if type_ == "extra_forbidden":
        return "no such entry is known"
    return "it is missing" if type_ == "missing" else message.lower().removeprefix("value error, ")


def _values(read: _Document) -> Baseline:
    labels = tuple(read.environments)
    return Baseline(
        bars=tuple(
            Bar(
                label=label,
                passed=bar.passed,
                expected=bar.expected,
                collected=bar.collected,
                deselected=bar.deselected,
                duration_s=bar.duration_s,
                levels=tuple((level, passed, expected) for level, (passed, expected) in bar.levels.items()),
                python=bar.python,
                platform=bar.platform,
                commit=bar.commit,
                date=bar.date,
            )
            for label, bar in read.environments.items()
        ),
        functions=tuple(
            TestedFunction(NodeId(f"{path}::{test}" if test else path), entry.body, _counts(entry, labels))
            for path, tests in read.tests.items()
            for test, entry in tests.items()
        ),
        known=tuple(
            KnownFailure(
                NodeId(mask_id(node_id)),  # as every audit names it
                tuple(entry.environments),
                entry.issue,
                entry.owner,
                entry.until,
                entry.cause,
                entry.cases,
            )
            for node_id, entry in read.known_failures.items()
        ),
        flaky=tuple(NodeId(mask_id(node_id)) for node_id in read.flaky),
        findings=tuple(_finding(fingerprint, said) for fingerprint, said in read.findings.items()),
        removed=tuple(Removal(NodeId(node_id), entry.why, entry.date) for node_id, entry in read.removed.items()),
        lowered=tuple(Lowering(entry.date, entry.why) for entry in read.lowered),
        seals=tuple((label, bar.seal if _agrees(bar) else "") for label, bar in read.environments.items()),
    )


def _agrees(bar: _BarEntry) -> bool:
    """The rate is what its counts come to."""
    return bar.pass_rate == (round(bar.passed / bar.expected, 6) if bar.expected else None)


def _counts(entry: _FunctionEntry, labels: Iterable[str]) -> tuple[tuple[str, Count], ...]:
    if entry.environments is not None:
        return tuple(
            (label, Count(count.cases, count.skipped, count.xfailed, count.missed))
            for label, count in entry.environments.items()
        )
    count = Count(entry.cases or 1, entry.skipped, entry.xfailed, entry.missed)
    return tuple((label, count) for label in labels)


def _finding(fingerprint: str, said: str) -> AcceptedFinding:
    rule, _, rest = said.partition(" ")
    path, _, function = rest.rpartition("::")
    return AcceptedFinding(fingerprint, rule, path, function)


def _wrong(name: str, why: str) -> UsageError:
    return UsageError(f"{name} is no baseline: {why}", _ANEW)


def _line_of(text: str, keys: list[str]) -> int:
    """The line of the last key in the file that can be found, each searched behind the one before it."""
    at = 0
    for key in keys:
        found = text.find(f"{json.dumps(key, ensure_ascii=False)}:", at)
        at = found if found >= 0 else at
    return text.count("\n", 0, at) + 1


def _line(text: str, key: str, time: int) -> int:
    at = -1
    for _ in range(time):
        found = text.find(f"{json.dumps(key, ensure_ascii=False)}:", at + 1)
        at = found if found >= 0 else at
    return text.count("\n", 0, max(at, 0)) + 1
