"""THE pipeline: collect, run, parse, classify, gate. One page that a reader can hold in mind; the steps do the work."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from testaudit import classify, collect, grounds, parse
from testaudit.background import Background
from testaudit.conclude import conclude
from testaudit.engine.interpreter import find_interpreter
from testaudit.engine.run import running
from testaudit.errors import ImpossibleError
from testaudit.judgement import Held
from testaudit.revision.interface import read_revision
from testaudit.rules.registry import resolve
from testaudit.whose import with_owners

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from testaudit.collect import Options
    from testaudit.comparison.interface import Grounds
    from testaudit.engine.interface import Listener, RunRequest
    from testaudit.model import Audit, Run
    from testaudit.rules.interface import Rule
    from testaudit.source.interface import Sources


def scan(options: Options, listener: Listener, environ: Mapping[str, str]) -> Audit:
    """The whole audit. The static rules work on another core while the tests run.

    Raises:
        UsageError: a rule or an option that does not exist.
        ImpossibleError: no interpreter, no pytest there, no readable result.

    """

    def prepare() -> tuple[tuple[Rule, ...], Grounds, Sources]:
        rules, held_against = resolve(options.select, options.ignore, options.config), grounds.read_grounds(options)
        return rules, held_against, collect.read_suite(options)

    # The search asks other Pythons; ours loads the rules and finds the suite while it waits for their answers.
    prepared = Background(prepare)
    prepared.start()
    request = interpreter = None
    if options.run and not options.junit:
        try:
            interpreter = find_interpreter(options.root, options.config, options.python, environ)
        except ImpossibleError:
            prepared.result()  # wrong use is said first
            raise
    rules, held_against, sources = prepared.result()
    if interpreter is not None:
        request = collect.run_request(options, interpreter, sources)
    suspected = Background(lambda: classify.suspicions(sources, options.config, rules, remember=True))
    revision = Background(lambda: read_revision(options.root))
    then = Background(lambda: grounds.findings_then(held_against, sources, suspected.result().findings, rules))
    before = Background(lambda: grounds.with_suite(held_against, sources))

    def meanwhile() -> None:
        for work in (suspected, revision, then, before):
            work.start()
        import_module("testaudit.junit")  # wanted at the end, loaded while the tests start

    run = _results(options, request, sources, listener, meanwhile)
    if run is not None and request is not None:
        from testaudit import earlier, hunt  # wanted by now, and not while the tests start
        from testaudit.comparison.memory import with_baseline

        run = with_baseline(earlier.with_memory(run, options.root, held_against.covers), held_against)
        run = hunt.rerun(run, request, sources, collect.own_paths(options, sources), options.reruns, listener)
    held = Held(before.result(), sources, then.result)
    return with_owners(conclude(options, run, sources, suspected.result(), held, revision.result()), sources)


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
        from testaudit import junit  # not above: the tests would start later

        run = parse.read_run(files, paths := collect.own_paths(options, sources))
        if request.deep is not None:
            from testaudit.reach import with_reach

            run = with_reach(run, files, paths)
        return run if files.junit is None else junit.held_against(run, files.junit)
