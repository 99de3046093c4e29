"""Where a failed assertion ends, and what comes of it."""

from __future__ import annotations

import ast

import pytest

from testaudit.source.handlers import catcher, drops


def tried(handlers: str) -> ast.Try:
    node = ast.parse(f"try:\n    work()\n{handlers}").body[0]
    assert isinstance(node, ast.Try)
    return node


@pytest.mark.parametrize(
    ("handlers", "line"),
    [
        ("except:\n    pass\n", 3),
        ("except (ValueError, AssertionError):\n    pass\n", 3),
        ("except self.failureException:\n    pass\n", 3),
        ("except ValueError:\n    pass\nexcept Exception:\n    pass\n", 5),
        ("except ValueError:\n    pass\n", None),
    ],
)
def test_the_first_handler_that_fits_takes_a_failed_assertion(handlers: str, line: int | None) -> None:
    found = catcher(tried(handlers))

    assert (found.lineno if found is not None else None) == line


@pytest.mark.parametrize(
    ("body", "how"),
    [
        ("pass", "passes"),
        ("print(1)", "only says so"),
        ("self.skipTest('no')", "skips"),
        ("raise SkipTest('no')", "skips"),
        ("return", "returns"),
        ("session.rollback()", "cleans up"),
        ("raise", ""),
        ("found.append(1)", ""),
        ("assert error.code == 1", ""),
    ],
)
def test_a_handler_that_does_something_drops_nothing(body: str, how: str) -> None:
    handler = tried(f"except Exception as error:\n    {body}\n").handlers[0]

    assert drops(handler, is_test=True) == how


def test_the_answer_of_a_helper_is_an_answer() -> None:
    handler = tried("except AssertionError:\n    return False\n").handlers[0]

    assert drops(handler, is_test=False) == ""
    assert drops(handler, is_test=True) == "returns"
