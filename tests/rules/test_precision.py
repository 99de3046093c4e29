"""The readings behind the figures: complete, and summed up rightly."""

from __future__ import annotations

import json
from dataclasses import astuple
from pathlib import Path
from typing import Any

import pytest

from testaudit.rules.registry import all_rules, figures_of

READINGS = Path(__file__).resolve().parents[1] / "precision"
BLIND = READINGS / "blind.json"
"""Read once, in suites that the rules were not made on; of all rules together, each judgement with its own."""
FILES = sorted(set(READINGS.glob("*.json")) - {BLIND})


def readings(file: Path) -> dict[str, object]:
    found = json.loads(file.read_text(encoding="utf-8"))
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_figures_of_a_rule_are_those_of_its_readings(file: Path) -> None:
    rule = next(rule for rule in all_rules() if rule.slug == readings(file)["rule"])
    judgements = readings(file)["judgements"]
    assert isinstance(judgements, list)

    figure = next(figure for figure in figures_of(rule) if figure.evidence == readings(file)["evidence"])

    assert figure.read == len(judgements)
    assert figure.right == sum(judgement["right"] for judgement in judgements)
    assert figure.suites == len({judgement["project"] for judgement in judgements})


def test_the_blind_figures_of_a_rule_are_those_of_its_blind_readings() -> None:
    judgements, known = readings(BLIND)["judgements"], readings(BLIND)["known"]
    assert isinstance(judgements, list)
    assert isinstance(known, list)

    of_rules = {
        rule.slug: astuple(figure.blind)
        for rule in all_rules()
        for figure in figures_of(rule)
        if figure.blind is not None
    }

    assert of_rules == {
        slug: (
            *_sums([one for one in own if not one.get("again")]),
            len({one["project"] for one in own if not one.get("again")}),
            *_sums([one for one in own if one.get("again")]),
        )
        for slug in {judgement["rule"] for judgement in judgements}.difference(known)
        for own in [[judgement for judgement in judgements if judgement["rule"] == slug]]
    }


def _sums(judgements: list[dict[str, Any]]) -> tuple[int, int]:
    return len(judgements), sum(judgement["right"] for judgement in judgements)


@pytest.mark.parametrize("file", [*FILES, BLIND], ids=lambda file: file.stem)
def test_a_judgement_says_where_and_why(file: Path) -> None:
    judgements = readings(file)["judgements"]
    assert isinstance(judgements, list)

    for judgement in judgements:
        assert judgement["project"]
        assert judgement["version"]
        assert judgement["why"]
        assert not Path(judgement["path"]).is_absolute()
        assert len(judgement["text"]) <= 100
        assert not (judgement["right"] and "still" in judgement), "only a false alarm is still one"


def test_every_rule_but_the_one_about_comments_was_looked_for() -> None:
    looked_for = {rule.slug for rule in all_rules() if figures_of(rule)}

    assert looked_for == {rule.slug for rule in all_rules()} - {"bad-suppression"}
