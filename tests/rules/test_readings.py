"""The judged findings, asked again in the suites where they were read: still found, and still silent."""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from testaudit.classify import suspicions
from testaudit.config import load
from testaudit.rules.registry import all_rules
from testaudit.source.interface import discover, read_sources
from tests.rules.public_suites import suite

READINGS = Path(__file__).resolve().parents[1] / "precision"
pytestmark = pytest.mark.full


def judged() -> dict[tuple[str, str], list[dict[str, Any]]]:
    """The judgements on static findings, by project and version; each with its rule.

    What was right is to be found. What was wrong is not to be found any more, or is marked `still`: a known false alarm.
    """
    found = defaultdict(list)
    for file in sorted(READINGS.glob("*.json")):
        readings = json.loads(file.read_text(encoding="utf-8"))
        for judgement in readings["judgements"] if readings["evidence"] == "static" else ():
            # A file about several rules names the rule in each judgement.
            rule = judgement.get("rule") or readings["rule"]
            found[judgement["project"], judgement["version"]].append({**judgement, "rule": rule})
    return found


@pytest.mark.parametrize(("project", "version"), judged(), ids=lambda value: value[:20])
def test_what_was_right_is_found_and_what_was_wrong_is_not(project: str, version: str, tmp_path: Path) -> None:
    root = suite(project, version, tmp_path)
    if root is None:
        pytest.skip(f"{project} {version} is not to be had here")
    judgements = judged()[project, version]
    config = load(root)
    paths = [root / path for path in {judgement["path"] for judgement in judgements} if (root / path).exists()]
    result = suspicions(read_sources(discover(root, config, paths), config), config, all_rules())
    lines = {path: path.read_text(encoding="utf-8", errors="replace").split("\n") for path in paths}
    found = {
        (
            finding.name,
            finding.path,
            finding.function,
            lines[root / finding.path][finding.line - 1].strip()[:100].strip(),
        )
        for finding in result.findings
        if root / finding.path in lines
    }

    wrong = [
        f"{judgement['rule']} at {judgement['path']} in {judgement['function']}: {judgement['text']}"
        for judgement in judgements
        if ((judgement["rule"], judgement["path"], judgement["function"], judgement["text"].strip()) in found)
        is not (judgement["right"] or judgement.get("still", False))
    ]

    assert wrong == []
