"""Literals as text: what `repr` would write of them, and the days that they mean."""

from __future__ import annotations

import ast
import re
from datetime import date

from testaudit.source.expressions import unparsed

_MONTHS = {
    name: at
    for at, name in enumerate(("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1)
}
MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]{0,6}"
"""A month's English name, short or long, as a regular expression."""

_YEAR_FIRST = (
    re.compile(r"\((\d{4}), (\d{1,2}), (\d{1,2})"),
    re.compile(r"\b(\d{4})[-/](\d\d)[-/](\d\d)"),
    re.compile(r"\b(20\d\d)(\d\d)(\d\d)(?:T?\d{4,6}Z?)?\b"),
)


def dates_in(text: str) -> list[date]:
    """The days that a time may mean; both orders of day and month where it does not say."""
    for pattern in _YEAR_FIRST:
        if found := pattern.search(text):
            return _dates((found[1], found[2], found[3]))
    if found := re.search(r"\b(\d{1,2})[/.](\d{1,2})[/.](\d{4})\b", text):
        return _dates((found[3], found[1], found[2])) + _dates((found[3], found[2], found[1]))
    if found := re.search(rf"\b(\d{{1,2}}) ({MONTH}) (\d{{4}})", text):
        return _dates((found[3], str(_MONTHS[found[2][:3].lower()]), found[1]))
    if found := re.search(rf"\b({MONTH}) (\d{{1,2}}),? (\d{{4}})", text):
        return _dates((found[3], str(_MONTHS[found[1][:3].lower()]), found[2]))
    return []


def _dates(parts: tuple[str, str, str]) -> list[date]:
    try:
        return [date(int(parts[0]), int(parts[1]), int(parts[2]))]
    except ValueError:
        return []


def literal_texts(node: ast.AST) -> list[tuple[str, ast.AST]]:
    """The literal values in a piece of source as `repr` would write their content: texts, numbers, `datetime(...)`."""
    found: list[tuple[str, ast.AST]] = []
    for inner in ast.walk(node):
        if isinstance(inner, ast.Constant) and isinstance(inner.value, str | int) and not isinstance(inner.value, bool):
            found.append((str(inner.value), inner))
        elif isinstance(inner, ast.Call) and len(inner.args) >= 3:
            name = unparsed(inner.func).rpartition(".")[2]
            if name in {"datetime", "date"} and all(isinstance(argument, ast.Constant) for argument in inner.args[:3]):
                numbers = ", ".join(unparsed(argument) for argument in inner.args)
                found.append((f"datetime.{name}({numbers}", inner))
    return found
