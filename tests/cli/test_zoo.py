"""The failure zoo: over two hundred failing tests whose causes were planted, told apart by one scan.

`tests/targets/zoo/truth.json` names cause and group of each; the zoo's README says how to read it.
"""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Ended

ZOO = Path(__file__).parents[1] / "targets" / "zoo"
FAILING = {"failed", "error", "crashed", "timed-out"}
RIGHT_AT_LEAST = 0.90
WRONG_AT_MOST = 0.03
TOGETHER_AT_LEAST = 0.60
"""Of the pairs of tests that share a planted mistake, averaged over the groups. Some of these pairs differ in all that a
failure shows: a service that two methods talk to, a method that one test calls and the other checks on a mock."""
MIXED_AT_MOST = 6
"""Pairs of tests in one failure, though they do not share a planted mistake."""


@dataclass(frozen=True)
class Planted:
    """What truth.json says of one test."""

    cause: str
    group: str
    sometimes: bool

    def allows(self, cause: str) -> bool:
        return cause in self.cause.split("-or-")


@dataclass(frozen=True)
class Told:
    """One scan of the zoo, beside the truth."""

    ended: Ended
    planted: dict[str, Planted]
    """Of each test that was collected and is in the truth, by node id."""
    absent: list[str]
    """Keys of the truth that stand for no test of the audit."""

    @property
    def failing(self) -> dict[str, str]:
        return {node_id: outcome for node_id, outcome in self.ended.outcomes.items() if outcome in FAILING}

    @property
    def failures(self) -> list[Any]:
        return list(self.ended.audit["failures"])

    @property
    def causes(self) -> dict[str, str]:
        return {node_id: failure["cause"] for failure in self.failures for node_id in failure["node_ids"]}

    @property
    def judged(self) -> dict[str, Planted]:
        """Failing tests whose cause can be demanded: not those that fail in half of all runs."""
        return {
            node_id: planted
            for node_id, planted in self.planted.items()
            if node_id in self.failing and not planted.sometimes
        }

    def wrong(self, *, with_unknown: bool) -> list[str]:
        """A line for each failing test that was told another cause than the planted one."""
        return [
            f"{node_id}: {self.causes.get(node_id)}, planted was {planted.cause} ({planted.group})"
            for node_id, planted in self.planted.items()
            if node_id in self.failing and not planted.allows(self.causes.get(node_id, "unknown"))
            if self.causes.get(node_id, "unknown") != "unknown" or (with_unknown and not planted.sometimes)
        ]


@pytest.fixture(scope="module")
def told(scan: Callable[..., Ended], tmp_path_factory: pytest.TempPathFactory) -> Told:
    folder = tmp_path_factory.mktemp("zoo")
    project = folder / "project"
    shutil.copytree(ZOO, project, ignore=shutil.ignore_patterns("__pycache__", ".*", "truth.json"))
    truth = json.loads((ZOO / "truth.json").read_text(encoding="utf-8"))
    unset = ("VAULT_KEY", "REGION_TOKEN", "MAIL_SENDER", "CURRENCY")
    variables = {f"SEEDLIBRARY_{name}": None for name in unset} | {"SEEDLIBRARY_STATE": str(folder / "state")}

    ended = scan(project, "--timeout", "2", "--reruns", "2", env=variables)

    version = _version(ended.audit["environment"]["pytest"])
    expected = {key: entry for key, entry in truth.items() if _version(entry.get("pytest", "0.0")) <= version}
    keys = {node_id: key for node_id in ended.outcomes if (key := _key(node_id, expected))}
    planted = {
        node_id: Planted(expected[key]["cause"], expected[key]["group"], expected[key].get("sometimes", False))
        for node_id, key in keys.items()
    }
    return Told(ended, planted, sorted(set(expected) - set(keys.values())))


def test_what_fails_is_what_was_planted(told: Told) -> None:
    passing = {node_id for node_id, planted in told.planted.items() if not planted.sometimes} - set(told.failing)
    unplanted = set(told.failing) - set(told.planted)

    assert (told.absent, sorted(passing), sorted(unplanted)) == ([], [], [])


def test_nine_in_ten_causes_are_right(told: Told) -> None:
    wrong = told.wrong(with_unknown=True)
    share = 1 - len(wrong) / len(told.judged)

    assert share >= RIGHT_AT_LEAST, "\n".join([f"{share:.1%} of {len(told.judged)} are right; wrong are", *wrong])


def test_a_wrong_cause_is_rarer_than_one_in_thirty(told: Told) -> None:
    wrong = told.wrong(with_unknown=False)
    share = len(wrong) / len(told.judged)

    assert share <= WRONG_AT_MOST, "\n".join([f"{share:.1%} of {len(told.judged)} are wrong", *wrong])


def test_failing_tests_of_one_mistake_are_one_failure(told: Told) -> None:
    failure_of = {node_id: failure["id"] for failure in told.failures for node_id in failure["node_ids"]}
    members: dict[str, list[str]] = {}
    for node_id, planted in told.judged.items():
        members.setdefault(planted.group, []).append(node_id)
    shares = {
        group: sum(failure_of[a] == failure_of[b] for a, b in pairs) / len(pairs)
        for group, node_ids in members.items()
        if (pairs := list(combinations(node_ids, 2)))
    }
    share = sum(shares.values()) / len(shares)

    assert share >= TOGETHER_AT_LEAST, f"{share:.1%} of the pairs; torn apart: {[g for g in shares if shares[g] < 1]}"


def test_failures_of_different_mistakes_are_not_mixed(told: Told) -> None:
    mixed: list[str] = []
    for failure in told.failures:
        groups = Counter(told.planted[node_id].group for node_id in failure["node_ids"] if node_id in told.planted)
        mixed += [f"{a} and {b}: {groups[a] * groups[b]} pairs" for a, b in combinations(sorted(groups), 2)]
    pairs = sum(int(line.split(": ")[1].split()[0]) for line in mixed)

    assert pairs <= MIXED_AT_MOST, "\n".join(mixed)


def _key(node_id: str, truth: dict[str, Any]) -> str | None:
    """The entry of a test: its own, or its function's."""
    return next((key for key in (node_id, node_id.split("[", maxsplit=1)[0]) if key in truth), None)


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(".")[:2])
