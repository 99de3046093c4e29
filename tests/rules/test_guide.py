"""The guide's own examples: each bad one is named as what the guide calls it, each good one is left alone.

The guide's code is not part of the project: `TESTAUDIT_GUIDE` names the folder that holds it. Our own examples of the
same shapes stand in the rules' files and run everywhere.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from testaudit.classify import suspicions
from testaudit.config import Config
from testaudit.model import ANTIPATTERNS, Finding
from testaudit.source.interface import sources_of

GUIDE = os.environ.get("TESTAUDIT_GUIDE", "")
pytestmark = pytest.mark.skipif(not GUIDE, reason="TESTAUDIT_GUIDE names no folder with the guide")

_BLOCK = re.compile(r"^( *)```python\n(.*?)^\1```", re.MULTILINE | re.DOTALL)
_VERDICT = re.compile(r"^# [❌✅] (?:Bad|Good|Mistake|Correct)[^\n]*$", re.MULTILINE)
EXPECTED = {
    1: {"private-state-assert"},
    2: {"mocked-integration"},
    3: {"sleep-in-async"},
    4: {"rows-left-behind"},
    5: {"many-act-assert-cycles"},
    6: {"hard-coded-id", "hard-coded-timestamp"},
    7: {"xfail-untracked"},
}
PITFALLS = {2: {"hard-coded-id"}, 3: {"sleep-in-async"}, 4: {"file-left-behind"}}
"""The first pitfall is order dependence: no source shows that."""


def found(text: str) -> list[Finding]:
    sources = sources_of({"tests/test_guide.py": text}, Config(), root=Path("/nowhere"))
    result = suspicions(sources, Config())
    assert not result.broken, result.broken
    assert not result.crashes, result.crashes
    return list(result.findings)


def blocks(text: str) -> list[str]:
    return ["\n".join(line.removeprefix(indent) for line in body.split("\n")) for indent, body in _BLOCK.findall(text)]


def section(name: str) -> dict[int, str]:
    """The guide's numbered sections of a kind: number -> text."""
    text = (Path(GUIDE) / "integration-testing-guide.md").read_text(encoding="utf-8")
    parts = re.split(rf"^(?:### |\*\*){name} #(\d+)", text, flags=re.MULTILINE)
    numbered = zip(parts[1::2], parts[2::2], strict=True)
    return {int(number): re.split(r"^## ", body, flags=re.MULTILINE)[0] for number, body in numbered}


def pitfall(number: int) -> tuple[str, str]:
    """The bad and the good half of a pitfall's block."""
    (block, *_) = blocks(section("Pitfall")[number])
    _, bad, good = _VERDICT.split(block)
    return bad, good


@pytest.mark.parametrize("number", EXPECTED)
def test_a_bad_example_is_named_as_the_guide_names_it(number: int) -> None:
    bad = blocks(section("Anti-Pattern")[number])[0]

    findings = found(bad)

    assert EXPECTED[number] <= {finding.name for finding in findings}
    assert list(ANTIPATTERNS)[number - 1] in {finding.antipattern for finding in findings}


@pytest.mark.parametrize("number", EXPECTED)
def test_the_good_examples_of_an_anti_pattern_are_left_alone(number: int) -> None:
    good = blocks(section("Anti-Pattern")[number])[1:]

    assert good
    assert [(finding.name, finding.message) for text in good for finding in found(text)] == []


@pytest.mark.parametrize("number", PITFALLS)
def test_a_pitfall_is_named_and_its_solution_left_alone(number: int) -> None:
    bad, good = pitfall(number)

    assert PITFALLS[number] <= {finding.name for finding in found(bad)}
    assert [(finding.name, finding.message) for finding in found(good)] == []


def test_the_catalogue_of_good_tests_draws_a_handful_at_most() -> None:
    text = (Path(GUIDE) / "test-examples-catalog.md").read_text(encoding="utf-8")

    findings = [finding for block in blocks(text) for finding in found(block) if finding.confidence == "high"]

    assert len(blocks(text)) > 10
    assert len(findings) <= 5, [(finding.name, finding.message) for finding in findings]
