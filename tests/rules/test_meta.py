"""What every rule owes its reader, whichever rule it is."""

from __future__ import annotations

import importlib
import inspect
from pathlib import Path

import pytest

from testaudit.model import ANTIPATTERNS, SEVERITIES
from testaudit.rules.interface import Rule
from testaudit.rules.registry import all_rules, describe, figures_of

RULES = pytest.mark.parametrize("rule", [pytest.param(rule, id=rule.slug) for rule in all_rules()])


def file_of(rule: Rule) -> Path:
    return Path(inspect.getfile(importlib.import_module(rule.module)))


def test_codes_and_slugs_are_unique() -> None:
    names = [name for rule in all_rules() for name in (rule.code, rule.slug)]

    assert len(names) == len(set(names))


@RULES
def test_a_rule_lies_where_its_names_say(rule: Rule) -> None:
    assert file_of(rule).stem == rule.slug.replace("-", "_")
    assert file_of(rule).parent.name == rule.antipattern.replace("-", "_")


@RULES
def test_a_rule_uses_the_words_of_the_glossary(rule: Rule) -> None:
    assert rule.antipattern in ANTIPATTERNS
    assert rule.severity in SEVERITIES
    assert {kind for kind, _ in rule.confidence} <= {"static", "runtime", "history"}


@RULES
def test_a_code_belongs_to_its_antipattern(rule: Rule) -> None:
    number = list(ANTIPATTERNS).index(rule.antipattern) + 1

    assert rule.code[2:-2] == str(number)


@RULES
def test_a_rule_is_documented(rule: Rule) -> None:
    about = describe(rule)

    paragraphs = [paragraph for paragraph in about.docs.split("\n\n") if paragraph.strip()]
    assert len(paragraphs) >= 3
    assert rule.remedy.endswith(".")
    assert about.antipattern == ANTIPATTERNS[rule.antipattern]


@RULES
def test_a_rule_brings_examples(rule: Rule) -> None:
    assert len(rule.bad) >= 2
    assert len(rule.good) >= 3
    assert all(code.marked for code in rule.bad)
    assert not any(code.marked for code in rule.good)


@RULES
def test_high_confidence_is_earned_by_readings(rule: Rule) -> None:
    """At least 95 in 100 right, of thirty; or, where fewer exist, of all, with five true ones."""
    if rule.code == "TA1007":
        return  # Says what stands in the comment; there is nothing to read.
    figures = {figure.evidence: figure for figure in figures_of(rule)}
    for kind, confidence in rule.confidence:
        if confidence == "high":
            figure = figures[kind]
            assert figure.share is not None
            assert figure.share >= 0.95
            assert figure.right >= 5
