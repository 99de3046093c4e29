"""What checks compare, and what names held before."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from testaudit.config import Config
from testaudit.source.comparisons import comparisons, reads_of, value_before
from testaudit.source.interface import Function, SourceFile, sources_of


def parsed(text: str) -> SourceFile:
    file = sources_of({"test_a.py": text}, Config(), root=Path("/nowhere")).file("test_a.py")
    assert file is not None
    return file


def only_test(text: str) -> Function:
    return parsed(text).functions[0]


@pytest.mark.parametrize(
    ("check", "compared"),
    [
        ("assert a == b", ["a Eq b"]),
        ("assert a < b <= c", ["a Lt b", "b LtE c"]),
        ("assert a == b and c > d", ["a Eq b", "c Gt d"]),
        ("assert a == b or c == d", []),
        ("assert not a == b", []),
        ("self.assertEqual(a, b)", ["a Eq b"]),
        ("self.assertTrue(a >= b)", ["a GtE b"]),
        ("self.assertLess(a, b, 'why')", ["a Lt b"]),
        ("self.assertEqual(a)", []),
        ("check(a == b)", []),
    ],
)
def test_what_a_check_compares(check: str, compared: list[str]) -> None:
    node = ast.parse(check).body[0]

    found = [
        f"{ast.unparse(left)} {operator.__name__} {ast.unparse(right)}" for left, operator, right in comparisons(node)
    ]

    assert found == compared


def test_the_other_side_turns_the_operator_around() -> None:
    (comparison,) = comparisons(ast.parse("assert a < b").body[0])

    assert comparison.swapped().operator is ast.Gt
    assert comparison.swapped().swapped() == comparison


def test_the_last_value_above_a_line_counts() -> None:
    test = only_test("def test_a():\n    x = 1\n    x = 2\n    assert x\n    x = 3\n")

    found = value_before("x", test.statements[2])

    assert found is not None
    assert ast.unparse(found[0]) == "2"
    assert value_before("y", test.statements[2]) is None


def test_reads_are_counted_where_they_stand_and_inside_nested_functions() -> None:
    test = only_test(
        "def test_a():\n    x = 1\n    def inner():\n        return x\n    with x:\n        y = x + x\n    x = 2\n"
    )

    lines = sorted(statement.line for _, statement in reads_of("x", test))

    assert lines == [3, 5, 6, 6]
