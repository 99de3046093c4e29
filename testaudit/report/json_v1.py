"""The audit file, version 1: Audit -> text, text -> Audit, and the JSON Schema of it.

What a person calls `audit.json`. Its fields stand in `json_schema.py`. Writing turns values into plain dictionaries
that mypy has checked; reading is where checking belongs, because a file may be a year old, cut short, or somebody
else's: whatever it holds, the answer is an Audit or one clear sentence.

The round trip loses two things by design: the project's absolute root and the interpreter's path, which are places on
one machine.
"""

from __future__ import annotations

import gc
import json
import math
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter, ValidationError
from pydantic_core import PydanticSerializationError, to_json

from testaudit import __version__
from testaudit.errors import AuditError, ImpossibleError, UsageError
from testaudit.masking.interface import clean, visible_json
from testaudit.report import json_read, json_schema, json_write

if TYPE_CHECKING:
    from collections.abc import Iterator

    from testaudit.model import Audit

SCHEMA_URI = "https://json-schema.org/draft/2020-12/schema"
_SHOWN = 3
"""Faults of a file that are named; the rest are counted."""


def schema() -> str:
    """The JSON Schema (draft 2020-12) of the audit file."""
    body = _adapter().json_schema()
    head = {"$schema": SCHEMA_URI, "title": "testaudit audit", "description": body.get("description", "")}
    return json.dumps({**head, **{key: value for key, value in body.items() if key not in head}}, indent=2) + "\n"


def dump(audit: Audit) -> str:
    """The audit as the text of a file: one JSON object, ending in a line feed."""
    with _collector_paused():
        return _text(audit)


def _text(audit: Audit) -> str:
    document = json_write.document(audit, __version__, json_schema.SCHEMA_VERSION)
    try:
        data = to_json(document, indent=1, inf_nan_mode="constants")
    except PydanticSerializationError:
        # Half a surrogate pair, from a file name or a message: no UTF-8 holds it.
        data = to_json(_scrubbed(document), indent=1)
    if b"Infinity" in data or b"NaN" in data:
        data = to_json(_scrubbed(document), indent=1)
    return visible_json(data.decode()) + "\n"


def load(text: str | bytes, *, name: str = "the audit file") -> Audit:
    """The audit that a file holds; `name` is what messages call the file."""
    if not text.strip():
        message = f"{name} is empty: no audit was saved in it."
        raise ImpossibleError(message, "Make a new one: testaudit scan --output json=audit.json")
    with _collector_paused():
        return _loaded(text, name)


def _loaded(text: str | bytes, name: str) -> Audit:
    try:
        document = _adapter().validate_json(text, strict=True)
    except ValidationError as error:
        raise _unreadable(text, name, error) from None
    except UnicodeError:
        raise _not_an_audit(name, "it is not UTF-8 text") from None
    _refuse_other_version(document["schema_version"], name)
    try:
        return json_read.audit(document)
    except (IndexError, OverflowError) as error:
        raise _damaged(name, f"a test refers to a fixture or marker that the file does not hold ({error})") from None


@contextmanager
def _collector_paused() -> Iterator[None]:
    """A big audit is a million objects without a cycle; looking for cycles among them takes longer than making them."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@cache
def _adapter() -> TypeAdapter[json_schema.AuditDocument]:
    """Built once: it compiles the checks."""
    return TypeAdapter(json_schema.AuditDocument)


def _unreadable(text: str | bytes, name: str, error: ValidationError) -> AuditError:
    """Why a file is no audit, told so that a person knows which mistake they made."""
    first = error.errors(include_url=False, include_input=False, include_context=False)
    if first and first[0]["type"] == "json_invalid":
        start = text.lstrip()[:1]
        if start in {"<", b"<"}:
            message = f"{name} is XML, not a saved audit."
            return UsageError(message, "JUnit files are read by: testaudit scan --no-run --junit FILE")
        if start not in {"{", b"{"}:
            return _not_an_audit(name, "it is not JSON")
        return _damaged(name, clean(first[0]["msg"])[:200])
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    version = found.get("schema_version") if isinstance(found, dict) else None
    if not isinstance(version, str):
        return _not_an_audit(name, "it has no schema_version")
    try:
        _refuse_other_version(version, name)
    except AuditError as other:
        return other
    faults = [f"{'.'.join(str(part) for part in fault['loc'])[:80]}: {fault['msg'][:120]}" for fault in first[:_SHOWN]]
    more = f"; {len(first) - _SHOWN} more" if len(first) > _SHOWN else ""
    return _damaged(name, clean("; ".join(faults)) + more)


def _refuse_other_version(version: str, name: str) -> None:
    known = json_schema.SCHEMA_VERSION
    if version.split(".", maxsplit=1)[0] == known.split(".", maxsplit=1)[0]:
        return
    shown = clean(version)[:40]
    message = f"{name} has schema version {shown}; this testaudit ({__version__}) reads version {known}."
    raise UsageError(message, "Read it with the testaudit that wrote it, or upgrade: pip install --upgrade testaudit")


def _not_an_audit(name: str, why: str) -> AuditError:
    message = f"{name} is not a saved audit: {why}."
    return UsageError(message, "An audit is saved by: testaudit scan --output json=audit.json")


def _damaged(name: str, why: str) -> AuditError:
    message = f"{name} is damaged or cut short: {why}."
    return ImpossibleError(message, "Make a new one: testaudit scan --output json=audit.json")


def _scrubbed(value: Any) -> Any:  # noqa: ANN401  (any JSON value)
    """The same document without what JSON cannot hold: lone surrogates become visible, endless numbers zero."""
    match value:
        case str():
            return value.encode("utf-8", "backslashreplace").decode()
        case float():
            return value if math.isfinite(value) else 0.0
        case dict():
            return {key: _scrubbed(item) for key, item in value.items()}
        case list() | tuple():
            return [_scrubbed(item) for item in value]
        case _:
            return value
