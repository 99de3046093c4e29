"""The project -> what is to be audited: options, the suite's sources, and with the run what pytest itself collected."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from testaudit.endings import spelled
from testaudit.engine.interface import Deepness, RunRequest
from testaudit.errors import UsageError
from testaudit.model import AuditedTest, Environment, Gap, NodeId
from testaudit.paths import Paths, junit_key
from testaudit.source.interface import discover, first_party, read_sources, sources_of
from testaudit.source.reading import Unreadable, decode
from testaudit.source.reading import read_text as read_file

if TYPE_CHECKING:
    from pathlib import Path

    from testaudit.classify import Suspicions
    from testaudit.config import Config
    from testaudit.engine.interpreter import Interpreter
    from testaudit.model import Confidence, Run
    from testaudit.rules.examined import RuleCrash
    from testaudit.source.interface import Sources

NOWHERE = Environment()
"""Where nothing ran."""
_RUNS_NOTHING = re.compile(
    "-h|--help|-V|--version|--markers|--fixtures|--funcargs|--fixtures-per-test|--cache-show"
    "|--collect-?only|--co|--setup-?(?:plan|only)"
)
"""Options of pytest that show something instead of running the tests."""


@dataclass(frozen=True, slots=True)
class Options:
    """What one audit was asked for: the command line over the configuration."""

    root: Path
    config: Config
    parts: tuple[Path, ...] = ()
    """Files or folders inside the project; empty for the whole of it."""
    run: bool = True
    junit: tuple[Path, ...] = ()
    python: str | None = None
    workers: str = ""
    timeout_s: float = 300.0
    reruns: int = 2
    """How often failing tests run together again; 0: never."""
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    confidence: Confidence = "high"
    fail_under: float | None = None
    """Percent, where the user set it."""
    pytest_args: tuple[str, ...] = ()
    baseline: Path | None = None
    """The file, where the command line names one."""
    since: str = ""
    """A revision: what was there at the merge base is old."""
    leaks: bool = True
    """What tests leave behind is watched while they run."""
    deep: bool = False
    """Coverage is measured test by test."""
    label: str = ""
    """Of the environment (`--env`)."""
    new_baseline: bool = False
    """The baseline's file may not be there yet: it is about to be written."""

    def only(self, parts: tuple[Path, ...]) -> Options:
        """The same for a part of the project."""
        return replace(self, parts=parts)

    def at(self, root: Path, config: Config) -> Options:
        """The same for a member of a monorepo, which has its own configuration."""
        return replace(self, root=root, config=config)


def read_suite(options: Options) -> Sources:
    """The sources of the suite, as the project's own pytest configuration finds them."""
    return read_sources(discover(options.root, options.config, options.parts), options.config)


def read_text(options: Options, path: str, data: bytes) -> Sources:
    """The sources for one file that is not on disk; the conftest files above it are read where they lie.

    Raises:
        UsageError: the text is in no encoding that Python would read.

    """
    text = decode(data, path)
    if isinstance(text, Unreadable):
        message = f"{path} {text.why}."
        raise UsageError(message, "Save it as UTF-8, or declare its encoding in the first line.")
    texts = {path: text}
    folder = options.root
    for part in ("", *path.split("/")[:-1]):
        folder = folder / part
        above = folder / "conftest.py"
        found = read_file(above, "conftest.py")
        if isinstance(found, str):
            texts.setdefault(above.relative_to(options.root).as_posix(), found)
    return sources_of(texts, options.config, root=options.root, first_party=first_party(options.root, options.config))


def own_paths(options: Options, sources: Sources) -> Paths:
    """How this project writes paths, and which code is its own."""
    return Paths.of(options.root, sources.discovery.first_party)


def run_request(options: Options, interpreter: Interpreter, sources: Sources) -> RunRequest:
    """How pytest is to be started; `-n` without pytest-xdist there is wrong use."""
    if options.workers and not interpreter.has_xdist:
        message = f"-n needs pytest-xdist in the tests' environment ({interpreter.executable})."
        raise UsageError(message, f"Install it there: {interpreter.executable} -m pip install pytest-xdist")
    args = (*options.config.pytest_args, *options.pytest_args)
    if idle := next((arg for arg in args if _RUNS_NOTHING.fullmatch(arg)), None):
        message = f"With {idle} pytest runs no test, so there would be nothing to audit."
        raise UsageError(
            message, f"Leave it out, or type it to pytest itself: {interpreter.executable} -m pytest {idle}"
        )
    parts = tuple(str(part.relative_to(options.root)) for part in options.parts)
    discovery = sources.discovery
    return RunRequest(
        executable=interpreter.executable,
        root=options.root,
        args=(*args, *parts),
        launch=options.config.launch,
        timeout_s=options.timeout_s,
        workers=options.workers,
        leaks=options.leaks,
        deep=Deepness(discovery.first_party, (*discovery.tests, *discovery.conftests, *discovery.helpers))
        if options.deep
        else None,
    )


def selected_by_hand(run: Run | None, config: Config) -> tuple[str, ...]:
    """What selected a part of the suite beyond every configuration: pytest's own, and ours (`pytest-args`)."""
    if run is None:
        return ()
    configured = spelled(config.pytest_args)
    return tuple(part for part in run.selection if part not in configured)


def static_tests(suspected: Suspicions) -> tuple[AuditedTest, ...]:
    """The tests that the source shows, without outcomes: what there is when nothing was run.

    A parametrised test stands once here; only pytest knows its cases.
    """
    tests = []
    for path, name, line in suspected.tests:
        node_id = NodeId(f"{path}::{name.replace('.', '::')}")
        tests.append(AuditedTest(node_id, junit_key(node_id), path, line, None))
    return tuple(tests)


def unread(
    suspicions: Suspicions, run: Run | None, crashes: tuple[RuleCrash, ...] = ()
) -> tuple[tuple[Gap, ...], tuple[str, ...]]:
    """What the static rules could not examine: gaps where pytest collects it, notes where it does not.

    Syntax that is newer than our Python, but not than the target's, is a note: pytest read it.
    """
    newer = run is not None and _version(run.environment.python) > sys.version_info[:2]
    failed = [
        (crash, f"{crash.rule} on {crash.path or 'what the run showed'}") for crash in (*suspicions.crashes, *crashes)
    ]
    gaps = [Gap("rule-crashed", where, crash.error) for crash, where in failed if crash.gates]
    notes = [f"the rule {where} failed ({crash.error})" for crash, where in failed if not crash.gates]
    for path, why in suspicions.broken:
        if run is None or (path in run.collected_files and not newer):
            gaps.append(Gap("not-parsed", path, why))
        elif path not in run.broken_files:
            notes.append(f"{path} was not read by the rules: {why}")
    return tuple(gaps), tuple(notes)


def _version(python: str) -> tuple[int, ...]:
    parts = python.split(".")[:2]
    return tuple(int(part) for part in parts) if all(part.isdigit() for part in parts) else (0,)
