"""Texts that look like live credentials, and those that only look like some. None of them was ever one."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from testaudit.source.credentials import credentials, is_said_to_be_none

GITHUB = "gh" + "p_" + "Tq7dPz2LwXn9KfB4sVc8RmY1hGj6Ue" + "3cdRYQ"
AWS = "AK" + "IA" + "5P3TGBQOU4X7T6NS"


def jwt(payload: dict[str, object]) -> str:
    part = base64.urlsafe_b64encode(json.dumps(payload).encode()).decode().rstrip("=")
    return f"eyJhbGciOiJIUzI1NiJ9.{part}.k3Vq8ZtR-xYb5WmC9dLsP0uHe7NgJa4InvU2rTzQpK8w"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (GITHUB, "GitHub token"),
        (f"url = 'https://x:{AWS}@host'", "AWS access key"),
        ("sk_" + "live_" + "9dLsP0uHe7NgJa4InvU2rTzQ", "Stripe key"),
        (jwt({"iss": "https://login.shop.io", "exp": 1893456017}), "signed token (JWT)"),
    ],
)
def test_shape_and_randomness_of_a_live_one(text: str, kind: str) -> None:
    (found,) = credentials(text)

    assert found.kind == kind
    assert text[found.start : found.end] in text
    assert len(found.shown) < 12


@pytest.mark.parametrize(
    "text",
    [
        GITHUB[:-1] + "R",
        "ghp_" + "x" * 36,
        "AKIAIOSFODNN7EXAMPLE",
        "AKIA" + "A" * 16,
        "glpat-xxxxxxxxxxxxxxxxxxxx",
        "sk_test_9dLsP0uHe7NgJa4InvU2rTzQ",
        "sk_live_abcdefghijklmnopqrstuvwx",
        jwt({"sub": "1", "name": "John Doe"}),
        jwt({"iss": "https://login.test", "exp": 1}),
        "eyJhbGciOiJIUzI1NiJ9.bm90IGpzb24.k3Vq8ZtR-xYb5WmC9dLsP0uHe7NgJa4InvU2rTzQpK8w",
        "-----BEGIN PRIVATE KEY-----\nMIIEvQ\n-----END PRIVATE KEY-----",
        "just words",
    ],
)
def test_what_is_made_up_documented_or_mistyped_is_none(text: str) -> None:
    assert credentials(text) == []


@given(st.text())
def test_any_text_is_taken(text: str) -> None:
    assert isinstance(credentials(f"{text}eyJ{text}.eyJ{text}"), list)


def test_names_that_say_so() -> None:
    assert is_said_to_be_none("FAKE_KEY")
    assert is_said_to_be_none("# revoked long ago")
    assert not is_said_to_be_none("API_KEY")
