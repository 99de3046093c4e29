"""The examples of rules that need a run: each is a suite of its own, run by the command."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from testaudit.rules.interface import Code, Rule
from testaudit.rules.registry import all_rules

NEEDS_A_RUN = [rule for rule in all_rules() if rule.find is None and rule.observe is not None]
Scan = Callable[..., Any]


def written(rule: Rule, code: Code, folder: Path) -> None:
    for path, text in ((code.path, code.plain), *code.beside):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    if code.options:
        section = [f"{name} = {json.dumps(value)}" for name, value in code.options]
        text = "\n".join([f"[tool.testaudit.rules.{rule.slug}]", *section])
        (folder / "pyproject.toml").write_text(text, encoding="utf-8")


def lines_seen(rule: Rule, code: Code, folder: Path, testaudit: Scan) -> list[int]:
    written(rule, code, folder)
    wanted = ("--python", sys.executable, "--select", rule.slug, "--confidence", "medium", "--reruns", "0", "--deep")
    ended = testaudit("scan", str(folder), *wanted, "--output", "json")
    assert ended.audit["summary"]["collected"] > 0, ended.stderr
    return sorted(finding["line"] for finding in ended.audit["findings"] if finding["path"] == code.path)


def examples(kind: str) -> list[Any]:
    return [
        pytest.param(rule, code, id=f"{rule.slug}-{number}")
        for rule in NEEDS_A_RUN
        for number, code in enumerate(rule.bad if kind == "bad" else rule.good)
    ]


@pytest.mark.parametrize(("rule", "code"), examples("bad"))
def test_a_bad_example_is_named_at_its_marked_lines(rule: Rule, code: Code, tmp_path: Path, testaudit: Scan) -> None:
    assert lines_seen(rule, code, tmp_path, testaudit) == list(code.marked)


@pytest.mark.parametrize(("rule", "code"), examples("good"))
def test_a_good_example_is_left_alone(rule: Rule, code: Code, tmp_path: Path, testaudit: Scan) -> None:
    assert lines_seen(rule, code, tmp_path, testaudit) == []
