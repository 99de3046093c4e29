"""What was seen -> what it means: the tests with their kinds and levels, failures, findings, verdict, as one Audit."""

from __future__ import annotations

import shlex
from collections import Counter
from dataclasses import replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from testaudit import collect, gate
from testaudit.excuses import settle
from testaudit.judgement import judged
from testaudit.levels import level_of
from testaudit.masking.interface import mask
from testaudit.model import Audit, Project
from testaudit.repairs import repairs
from testaudit.summary import slowest, summarise, where_it_slept
from testaudit.weigh import weigh
from testaudit.without_secrets import seen_without_secrets

if TYPE_CHECKING:
    from testaudit.classify import Suspicions
    from testaudit.collect import Options
    from testaudit.judgement import Held
    from testaudit.model import Failure, Finding, Run
    from testaudit.source.interface import Sources


def conclude(
    options: Options,
    run: Run | None,
    sources: Sources,
    suspected: Suspicions,
    held: Held,
    revision: tuple[str | None, str | None, bool | None, str],
) -> Audit:
    """Evidence -> conclusions -> verdict."""
    tests = collect.static_tests(suspected) if run is None else run.tests
    tests = tuple(replace(settle(test, sources), level=level_of(test, options.config.levels)) for test in tests)
    failures: tuple[Failure, ...] = ()
    subjects: dict[str, str] = {}
    if run is not None:
        # Only here: `lint` has no failures, and the causes are a fifth of its start.
        from testaudit.causes.registry import classify_failures

        failures, tests, subjects = classify_failures(
            tests,
            sources=sources,
            warnings=run.warnings,
            passed_before={test.node_id: test.passed_before for test in tests if test.passed_before},
        )
        run = replace(run, tests=tests)
    weighed = weigh(suspected, run, tests, sources, options.config)
    gaps, notes = collect.unread(suspected, run, weighed.crashes)
    summary = summarise(tests, run)
    gaps = (*(run.gaps if run is not None else ()), *gaps)
    impossible = gate.impossible(run, summary, tests, subjects)
    if impossible is not None:
        gaps = (impossible, *gaps)
    by_hand = bool(collect.selected_by_hand(run, options.config))
    audit = Audit(
        project=Project(str(options.root), options.root.name, *revision),
        environment=replace(run.environment if run is not None else collect.NOWHERE, label=options.label),
        complete=not gaps,
        incomplete=gaps,
        partial=bool(options.parts) or by_hand,
        summary=summary,
        tests=tests,
        findings=tuple(map(_masked, weighed.findings)),
        failures=failures,
        verdict=None,
        repairs=repairs(failures, tests, summary, Counter(path for path, _, _ in suspected.tests)),
        notes=(*(run.notes if run is not None else ()), *notes),
        slowest=slowest(tests),
        fixture_setup=run.fixture_setup if run is not None else (),
        sleeps=where_it_slept(tests),
        generated=datetime.now(timezone.utc).isoformat(timespec="seconds"),
        command=shlex.join(["pytest", *options.pytest_args]) if run is not None and not options.junit else "",
        probe_s=run.probe_s if run is not None else 0.0,
        confidence=options.confidence,
        impossible=impossible.why if impossible is not None else "",
        ended_by=run.ended_by if run is not None else None,
    )
    # What is compared is named as the baseline names it.
    return judged(seen_without_secrets(audit), held, options, run, by_hand=by_hand)


def _masked(finding: Finding) -> Finding:
    """Without the secrets of the source that it quotes."""
    evidence = tuple(replace(item, text=mask(item.text)) for item in finding.evidence)
    return replace(finding, message=mask(finding.message), remedy=mask(finding.remedy), evidence=evidence)
