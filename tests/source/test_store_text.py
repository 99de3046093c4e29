"""A file's text, asked without parsing it."""

from __future__ import annotations

from pathlib import Path

from testaudit.source.store import Store


def test_the_text_of_a_file_that_does_not_parse() -> None:
    store = Store(Path("/nowhere"), {"shop.py": "def broken(:"})

    assert store.text("shop.py") == "def broken(:"
    assert store.broken == {}


def test_a_file_that_is_not_there_has_no_text(tmp_path: Path) -> None:
    assert Store(tmp_path).text("shop.py") == ""


def test_who_is_asked_for_text_counts_as_shared() -> None:
    store = Store(Path("/nowhere"), {"shop.py": "x = 1", "test_shop.py": "import shop"})

    with store.examining("test_shop.py"):
        store.text("shop.py")
        store.text("test_shop.py")

    assert store.shared == {"shop.py"}
