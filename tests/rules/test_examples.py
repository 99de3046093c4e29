"""Every rule's own examples, run. Those of rules that need a run are suites: `test_run_examples.py` runs them."""

from __future__ import annotations

from pathlib import Path

import pytest

from testaudit.config import Config
from testaudit.rules.interface import Code, Rule
from testaudit.rules.registry import all_rules, settings_of
from testaudit.source.interface import sources_of

FIRST_PARTY = frozenset({"shop"})
"""The package that the examples audit."""


def lines_found(rule: Rule, code: Code) -> list[int]:
    config = Config(rules={rule.slug: dict(code.options)} if code.options else {})
    sources = sources_of(
        {code.path: code.plain, **dict(code.beside)}, config, root=Path("/nowhere"), first_party=FIRST_PARTY
    )
    assert rule.find is not None
    file = sources.file(code.path)
    assert file is not None, sources.broken
    return sorted(hit.line for hit in rule.find(file, sources, settings_of(rule, config)))


def examples(kind: str) -> list[object]:
    return [
        pytest.param(rule, code, id=f"{rule.slug}-{number}")
        for rule in all_rules()
        if rule.find is not None
        for number, code in enumerate(rule.bad if kind == "bad" else rule.good)
    ]


@pytest.mark.parametrize(("rule", "code"), examples("bad"))
def test_a_bad_example_is_named_at_its_marked_lines(rule: Rule, code: Code) -> None:
    assert lines_found(rule, code) == list(code.marked)


@pytest.mark.parametrize(("rule", "code"), examples("good"))
def test_a_good_example_is_left_alone(rule: Rule, code: Code) -> None:
    assert lines_found(rule, code) == []
