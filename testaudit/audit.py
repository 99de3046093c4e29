"""THE pipeline: collect, run, parse, classify, gate. One page that a reader can hold in mind; the steps do the work."""

from __future__ import annotations

import shlex
from dataclasses import replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from testaudit import classify, collect, gate, parse
from testaudit.background import Background
from testaudit.causes.registry import classify_failures
from testaudit.checks.interface import Question
from testaudit.engine.interpreter import find_interpreter
from testaudit.engine.run import running
from testaudit.excuses import settle
from testaudit.levels import level_of
from testaudit.masking import mask
from testaudit.model import Audit, Project, Run
from testaudit.paths import Paths
from testaudit.revision import read_revision
from testaudit.rules.registry import resolve
from testaudit.summary import slowest, summarise, where_it_slept

if TYPE_CHECKING:
    from collections.abc import Mapping

    from testaudit.classify import Suspicions
    from testaudit.collect import Options
    from testaudit.engine.interface import Listener, RunRequest
    from testaudit.model import Finding
    from testaudit.source.interface import Sources


def scan(options: Options, listener: Listener, environ: Mapping[str, str]) -> Audit:
    """The whole audit. The static rules work on another core while the tests run.

    Raises:
        UsageError: a rule or an option that does not exist.
        ImpossibleError: no interpreter, no pytest there, no readable result.

    """
    rules = resolve(options.select, options.ignore, options.config)
    request = None
    if options.run and not options.junit:
        request = collect.run_request(options, find_interpreter(options.root, options.config, options.python, environ))
    sources = collect.read_suite(options)
    suspected = Background(lambda: classify.suspicions(sources, options.config, rules))
    revision = Background(lambda: read_revision(options.root))
    run = _results(options, request, sources, listener)
    return _conclude(options, run, sources, suspected.result(), revision.result())


def lint(options: Options) -> Audit:
    """The static rules alone: nothing of the project is executed, nothing is judged by the gate."""
    return _lint(options, collect.read_suite(options))


def lint_text(options: Options, path: str, data: bytes) -> Audit:
    """As `lint`, for one file that is not on disk (an editor's buffer)."""
    return _lint(options, collect.read_text(options, path, data))


def _lint(options: Options, sources: Sources) -> Audit:
    suspected = classify.suspicions(sources, options.config, resolve(options.select, options.ignore, options.config))
    return replace(_conclude(options, None, sources, suspected, (None, None, None)), verdict=None)


def _results(options: Options, request: RunRequest | None, sources: Sources, listener: Listener) -> Run | None:
    """What the run showed, or what the given files say; None where nothing was asked to run."""
    if options.junit:
        from testaudit import junit

        return junit.run_from_junit(options.junit, known_files=frozenset(sources.tests))
    if request is None:
        return None
    with running(request, listener) as files:
        return parse.read_run(files, Paths.of(options.root, sources.discovery.first_party))


def _masked(finding: Finding) -> Finding:
    """Without the secrets of the source that it quotes."""
    evidence = tuple(replace(item, text=mask(item.text)) for item in finding.evidence)
    return replace(finding, message=mask(finding.message), remedy=mask(finding.remedy), evidence=evidence)


def _conclude(
    options: Options,
    run: Run | None,
    sources: Sources,
    suspected: Suspicions,
    revision: tuple[str | None, str | None, bool | None],
) -> Audit:
    """Evidence -> conclusions -> verdict."""
    tests = collect.static_tests(sources) if run is None else run.tests
    tests = tuple(replace(settle(test, sources), level=level_of(test, options.config.levels)) for test in tests)
    failures, tests, subjects = classify_failures(tests)
    if run is not None:
        run = replace(run, tests=tests)
    gaps, notes = collect.unread(suspected, run)
    summary = summarise(tests, run)
    gaps = (*(run.gaps if run is not None else ()), *gaps)
    impossible = gate.impossible(run, summary, tests, subjects)
    if impossible is not None:
        gaps = (impossible, *gaps)
    verdict = gate.judge(
        Question(summary, gaps, failures, run, options.fail_under, executed=options.config.pass_rate == "executed")
    )
    return Audit(
        project=Project(str(options.root), options.root.name, *revision),
        environment=run.environment if run is not None else collect.NOWHERE,
        complete=not gaps,
        incomplete=gaps,
        partial=bool(options.parts or collect.selected_by_hand(run, options.config)),
        summary=summary,
        tests=tests,
        findings=tuple(map(_masked, classify.weigh(suspected, run, sources, options.config))),
        failures=failures,
        verdict=verdict,
        notes=(
            *(run.notes if run is not None else ()),
            *notes,
            *gate.said_first(verdict, run, summary, options.fail_under),
        ),
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
