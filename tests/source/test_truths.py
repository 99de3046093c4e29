"""Expressions that cannot be false."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from testaudit.config import Config
from testaudit.source.interface import sources_of
from testaudit.source.truths import is_mock, is_plain_truth, why_always_true


def expression(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


@pytest.mark.parametrize(
    "text",
    [
        *("(x, 1)", "[x]", "{x}", "{x: 1}", "'a'", "b'a'", "f'a{x}'", "(y for y in x)", "lambda: x"),
        *("len(x) >= 0", "len(x) > -1", "0 <= len(x)", "-1 < len(x)"),
    ],
)
def test_always_true(text: str) -> None:
    assert why_always_true(expression(text))


@pytest.mark.parametrize(
    "text",
    [
        "()",
        "[]",
        "{}",
        "[*x]",
        "{**x}",
        "''",
        "f'{x}'",
        "x",
        "len(x) > 0",
        "len(x) >= 1",
        "0 < len(x)",
        "True",
        "x == x",
    ],
)
def test_may_be_false_or_says_so_openly(text: str) -> None:
    assert why_always_true(expression(text)) == ""


@pytest.mark.parametrize(
    ("text", "expected"), [("True", True), ("1", True), ("...", True), ("'a'", False), ("0", False)]
)
def test_a_plain_truth_is_a_placeholder(text: str, *, expected: bool) -> None:
    assert is_plain_truth(expression(text)) is expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("m = Mock()", True),
        ("m = mock.MagicMock(spec=X)", True),
        ("m = Mock()\n    m = g(m)", False),
        ("m = g()", False),
        ("pass", False),
    ],
)
def test_a_mock_is_one_that_the_function_made(body: str, *, expected: bool) -> None:
    sources = sources_of({"test_a.py": f"def test_x():\n    {body}\n"}, Config(), root=Path("/nowhere"))
    file = sources.file("test_a.py")
    assert file is not None

    assert is_mock(expression("m"), file.functions[0], file) is expected
