"""THE pipeline: collect, run, parse, classify, gate. One page that a reader can hold in mind; the steps do the work."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from testaudit import classify, collect, parse
from testaudit.background import Background
from testaudit.conclude import conclude
from testaudit.engine.interpreter import find_interpreter
from testaudit.engine.run import running
from testaudit.paths import Paths
from testaudit.revision import read_revision
from testaudit.rules.registry import resolve

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from testaudit.collect import Options
    from testaudit.engine.interface import Listener, RunRequest
    from testaudit.model import Audit, Run
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

    def meanwhile() -> None:
        suspected.start()
        revision.start()

    run = _results(options, request, sources, listener, meanwhile)
    return conclude(options, run, sources, suspected.result(), revision.result())


def lint(options: Options) -> Audit:
    """The static rules alone: nothing of the project is executed, nothing is judged by the gate."""
    return _lint(options, collect.read_suite(options))


def lint_text(options: Options, path: str, data: bytes) -> Audit:
    """As `lint`, for one file that is not on disk (an editor's buffer)."""
    return _lint(options, collect.read_text(options, path, data))


def _lint(options: Options, sources: Sources) -> Audit:
    suspected = classify.suspicions(sources, options.config, resolve(options.select, options.ignore, options.config))
    return replace(conclude(options, None, sources, suspected, (None, None, None)), verdict=None)


def _results(
    options: Options, request: RunRequest | None, sources: Sources, listener: Listener, meanwhile: Callable[[], None]
) -> Run | None:
    """What the run showed, or what the given files say; None where nothing was asked to run."""
    if options.junit:
        from testaudit import junit

        return junit.run_from_junit(options.junit, known_files=frozenset(sources.tests))
    if request is None:
        return None
    with running(request, listener, meanwhile) as files:
        return parse.read_run(files, Paths.of(options.root, sources.discovery.first_party))
