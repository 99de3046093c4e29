"""Numbers that are longer than any float."""

from __future__ import annotations

from pathlib import Path

from testaudit.config import Config
from testaudit.rules.registry import by_name, settings_of
from testaudit.source.interface import sources_of


def test_a_number_of_any_length_explains_no_other() -> None:
    (rule,) = by_name("magic-number")
    text = f"def test_a():\n    x = {'9' * 400}\n    assert total(x) == 4217\n"
    sources = sources_of({"tests/test_a.py": text}, Config(), root=Path("/nowhere"), first_party=frozenset())
    file = sources.file("tests/test_a.py")
    assert rule.find is not None
    assert file is not None

    hits = list(rule.find(file, sources, settings_of(rule, Config())))

    assert [hit.line for hit in hits] == [3]
