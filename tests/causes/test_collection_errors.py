"""What a module's import raised, read from pytest's long text."""

from __future__ import annotations

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from testaudit import troubles
from testaudit.troubles import last_raised


def test_the_examples_in_its_own_docs_hold():
    assert doctest.testmod(troubles).failed == 0


@pytest.mark.parametrize(
    ("text", "raised"),
    [
        (
            'E     File "a.py", line 3\nE       def (\nE           ^\nE   SyntaxError: invalid syntax',
            "SyntaxError: invalid syntax",
        ),
        (
            "E   ModuleNotFoundError: x\n\nThe above\na.py:3: in <module>\nE   shop.ConfigError: y",
            "shop.ConfigError: y",
        ),
        ("E   ValueError: first\nE     second: line", "ValueError: first\n  second: line"),
        ("E   KeyError", "KeyError: "),
        ("import file mismatch:\nimported module 'a'", ": "),
        ("", ": "),
    ],
)
def test_the_last_exception_of_the_text_is_told(text, raised):
    assert ": ".join(last_raised(text)) == raised


@given(
    st.lists(st.sampled_from(["E   A: b", "E", "E ", "a.py:1: in f", "", "E     x", "E   not an error"])).map("\n".join)
)
def test_any_text_has_an_answer(text):
    kind, message = last_raised(text)

    assert kind or not message
