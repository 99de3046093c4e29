"""Suites as values: tests with outcomes, the audit that they make, and the baseline that is made of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

from testaudit.baseline.interface import Baseline
from testaudit.baseline.made import Terms
from testaudit.baseline.read import parse
from testaudit.baseline.write import dump
from testaudit.collect import Options
from testaudit.comparison.interface import Grounds
from testaudit.config import Config
from testaudit.judgement import Held, judged
from testaudit.model import (
    RED,
    Attempt,
    Audit,
    AuditedTest,
    Environment,
    Failure,
    Finding,
    NodeId,
    Outcome,
    Project,
    Run,
)
from testaudit.paths import junit_key
from testaudit.record import Written, record
from testaudit.source.interface import sources_of
from testaudit.summary import summarise

TODAY = date(2026, 11, 21)
SOON, PAST = "2026-12-21", "2026-11-20"
FILE = ".testaudit/baseline.json"
PLACE = Environment(python="3.11.4", pytest="8.2", platform="linux-x86_64")


def case(node_id: str, outcome: Outcome | None = "passed", **more: object) -> AuditedTest:
    """A test; what is skipped or xfailed is so without a condition, unless said otherwise."""
    if outcome in {"skipped", "xfailed"}:
        more = {"skip_kind": "unconditional", **more}
    path = node_id.partition("::")[0]
    attempts = (Attempt(outcome, 0.01),) if outcome is not None else ()
    return AuditedTest(NodeId(node_id), junit_key(node_id), path, 0, outcome, attempts, **more)


def cases(*node_ids: str, outcome: Outcome = "passed") -> tuple[AuditedTest, ...]:
    """Tests with one outcome."""
    return tuple(case(node_id, outcome) for node_id in node_ids)


def finding(
    fingerprint: str = "f1", function: str = "test_a", path: str = "tests/test_a.py", **more: object
) -> Finding:
    """A finding that gates where it is new."""
    about = {"severity": "error", "confidence": "high", **more}
    return Finding(
        "TA804", "dead-assert", "never-runs", path=path, line=3, end_line=3, message="m", remedy="r", function=function,
        fingerprint=fingerprint, **about,
    )  # fmt: skip


def audit(*tests: AuditedTest, **more: object) -> Audit:
    """The audit of these tests, complete unless said otherwise."""
    run = Run(tests, deselected=more.pop("deselected", 0), duration_s=more.pop("duration_s", 1.0))
    failures = tuple(
        Failure(f"id{number}", "unknown", "s", (test.node_id,), "it broke")
        for number, test in enumerate(tests)
        if test.outcome in RED
    )
    about: dict[str, object] = {
        "project": Project("/project", "project"),
        "environment": PLACE,
        "complete": True,
        "incomplete": (),
        "partial": False,
        "summary": summarise(tests, run),
        "findings": (),
        "failures": failures,
        "verdict": None,
    }
    return Audit(tests=tests, **{**about, **more})


def sources(texts: dict[str, str] | None = None):
    """The suite's source, from texts: path -> Python."""
    return sources_of(texts or {}, Config(), root=Path("/project"))


def held(seen: Audit, baseline: Baseline | None = None, texts: dict[str, str] | None = None, **more: object) -> Audit:
    """The audit, compared and judged.

    Besides the fields of Grounds: `gate` (a table as in the configuration), `fail_under`, `then` (the fingerprints of
    the merge base), `rate` (`pass-rate`).
    """
    config = Config.model_validate({"gate": more.pop("gate", {}), "pass-rate": more.pop("rate", "expected")})
    options = Options(Path("/project"), config, fail_under=more.pop("fail_under", None))
    then, by_hand = more.pop("then", None), more.pop("by_hand", False)
    grounds = grounds_of(baseline, **more)
    return judged(seen, Held(grounds, sources(texts), lambda: then), options, None, by_hand=by_hand)


def grounds_of(baseline: Baseline | None, **more: object) -> Grounds:
    """What an audit is held against, on the day of these tests."""
    return Grounds(**{"today": TODAY, "baseline": baseline, "name": FILE if baseline is not None else "", **more})


def written(
    seen: Audit,
    old: Baseline | None = None,
    texts: dict[str, str] | None = None,
    *,
    terms: dict | None = None,
    **more: object,
) -> Written:
    """What `testaudit baseline write` makes of an audit, over an old one."""
    label = more.get("label", "default")
    seen = held(seen, old, texts, **more)
    more = {name: value for name, value in more.items() if name not in {"gate", "fail_under", "then", "rate"}}
    return record(seen, sources(texts), grounds_of(old, **more), Terms(label, TODAY, **(terms or {})))


def baseline_of(
    seen: Audit, old: Baseline | None = None, texts: dict[str, str] | None = None, **more: object
) -> Baseline:
    """The baseline of an audit, as it comes back from disk."""
    return kept(written(seen, old, texts, **more).baseline)


def kept(baseline: Baseline, *, resealed: bool = True) -> Baseline:
    """The baseline as it comes back from disk."""
    return parse(dump(baseline, resealed=resealed).encode(), FILE)


def failed(seen: Audit) -> set[str]:
    """The checks that failed, blocking or not."""
    return {check.name for check in seen.verdict.checks if not check.passed}


def check(seen: Audit, name: str):
    """One check of the verdict."""
    return next(check for check in seen.verdict.checks if check.name == name)


def passing(seen: AuditedTest) -> AuditedTest:
    """The same test, passing."""
    return replace(seen, outcome="passed", skip_kind=None, reason="", tracked=False, flaky=False)
