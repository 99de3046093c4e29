"""Baseline -> `baseline.json`: sorted, one test a line, so that diffs are read and branches merge."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from testaudit.baseline.interface import VERSION, seal
from testaudit.masking.interface import mask, visible_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from testaudit.baseline.interface import Baseline, Count, KnownFailure, TestedFunction
    from testaudit.model import Bar

ABOUT = "Written by testaudit. Change it with `testaudit baseline`, not by hand."


def dump(baseline: Baseline, *, resealed: bool = False) -> str:
    """The text of the file.

    Args:
        baseline: what it holds.
        resealed: its measured part was measured just now; otherwise the seals are kept as they were read.

    """
    sealed = {} if resealed else dict(baseline.seals)
    labels = sorted(bar.label for bar in baseline.bars)
    lines = [f'"testaudit_baseline": {VERSION}', f'"about": {_text(ABOUT)}']
    lines.append(
        _block(
            "environments",
            {
                # A seal that was taken away stays away: only what is measured anew is sealed anew.
                bar.label: _object(
                    _bar_pairs(bar, sealed[bar.label] if bar.label in sealed else seal(baseline, bar)), 2
                )
                for bar in sorted(baseline.bars, key=lambda bar: bar.label)
            },
        )
    )
    by_path: dict[str, dict[str, str]] = {}
    for function in baseline.functions:
        path, _, test = function.node_id.partition("::")
        by_path.setdefault(path, {})[test] = _function(function, labels)
    lines.append(_block("tests", {path: _object(sorted(tests.items()), 2) for path, tests in sorted(by_path.items())}))
    lines.append(_block("known_failures", {known.node_id: _known(known) for known in baseline.known}))
    lines.append(_list("flaky", [_text(node_id) for node_id in sorted(set(baseline.flaky))]))
    said = {
        found.fingerprint: _text(f"{found.rule} {found.path}::{found.function}")
        for found in sorted(baseline.findings, key=lambda found: (found.path, found.function, found.rule))
    }
    lines.append(_block("findings", said, ordered=False))
    lines.append(
        _block("removed", {one.node_id: _inline({"date": one.date, "why": mask(one.why)}) for one in baseline.removed})
    )
    lines.append(_list("lowered", [_inline({"date": one.date, "why": mask(one.why)}) for one in baseline.lowered]))
    return "{\n" + ",\n".join(f"  {line}" for line in lines) + "\n}\n"


def _bar_pairs(bar: Bar, sealed: str) -> list[tuple[str, str]]:
    levels = ", ".join(f"{_text(level)}: [{passed}, {expected}]" for level, passed, expected in bar.levels)
    rate = bar.pass_rate
    return [
        ("collected", str(bar.collected)),
        ("commit", _text(bar.commit)),
        ("date", _text(bar.date)),
        ("deselected", str(bar.deselected)),
        ("duration_s", str(round(bar.duration_s, 3))),
        ("expected", str(bar.expected)),
        ("levels", "{" + levels + "}"),
        ("pass_rate", "null" if rate is None else str(round(rate, 6))),
        ("passed", str(bar.passed)),
        ("platform", _text(bar.platform)),
        ("python", _text(bar.python)),
        ("seal", _text(sealed)),
    ]


def _function(function: TestedFunction, labels: list[str]) -> str:
    counts = dict(function.counts)
    entry: dict[str, object] = {"body": function.body} if function.body else {}
    if set(counts) == set(labels) and len(set(counts.values())) == 1:
        return _inline({**entry, **_count(next(iter(counts.values())))})
    return _inline({**entry, "environments": {label: _count(counts[label]) for label in sorted(counts)}})


def _count(count: Count) -> dict[str, object]:
    rare = {"skipped": count.skipped, "xfailed": count.xfailed, "missed": count.missed}
    return {"cases": count.cases, **{name: number for name, number in rare.items() if number}}


def _known(known: KnownFailure) -> str:
    entry: dict[str, object] = {
        "cause": known.cause,
        "environments": sorted(known.environments),
        "issue": mask(known.issue),
        "owner": mask(known.owner),
        "until": known.until,
    }
    if known.cases > 1:
        entry["cases"] = known.cases
    return _inline({key: value for key, value in entry.items() if value})


def _text(value: str) -> str:
    return _inline(value)


def _inline(entry: Mapping[str, object] | str) -> str:
    # A lone surrogate (a byte of a name that is not UTF-8) becomes its JSON escape, and is read back as it was.
    text = json.dumps(entry, ensure_ascii=False, sort_keys=True).encode("utf-8", "backslashreplace").decode()
    return visible_json(text)  # the reviewer of a diff sees what is there


def _object(pairs: Iterable[tuple[str, str]], depth: int) -> str:
    inner = ",\n".join(f"{'  ' * (depth + 1)}{_text(key)}: {value}" for key, value in pairs)
    return "{\n" + inner + "\n" + "  " * depth + "}" if inner else "{}"


def _block(name: str, entries: Mapping[str, str], *, ordered: bool = True) -> str:
    return f"{_text(name)}: {_object(sorted(entries.items()) if ordered else entries.items(), 1)}"


def _list(name: str, entries: list[str]) -> str:
    inner = ",\n".join(f"    {entry}" for entry in entries)
    return f"{_text(name)}: " + ("[\n" + inner + "\n  ]" if inner else "[]")
