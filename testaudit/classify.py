"""The sources x the rules -> suspicions: what the source alone says.

It starts nothing of the project's, so that it can work in a thread while pytest runs. What it wrote down of unchanged
files is not read again; where there is much to read and a processor idle, a second process takes a half.
"""

from __future__ import annotations

import os
import sys
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

import testaudit
from testaudit.rules.examine import examine
from testaudit.rules.examined import Examined
from testaudit.rules.registry import all_rules, resolve, settings_of
from testaudit.rules.stamp import worst_first
from testaudit.source.cache import cache_of
from testaudit.source.interface import read_sources
from testaudit.source.reading import collector_off

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from concurrent.futures import Future

    from testaudit.config import Config
    from testaudit.model import Finding
    from testaudit.rules.examined import RuleCrash
    from testaudit.rules.interface import Rule
    from testaudit.rules.suppressions import Suppression
    from testaudit.source.cache import Cache
    from testaudit.source.interface import Discovery, Sources

WORTH_A_PROCESS = 2_000_000
"""Bytes: over a second of reading and asking. Starting a process and loading the rules there takes a third of one."""

Part = list[tuple[str, Examined]]
"""(path, what it says)."""


@dataclass(frozen=True, slots=True)
class Suspicions:
    """What the source alone says."""

    findings: tuple[Finding, ...]
    """Stamped, worst first; those that a comment silences are not among them."""
    crashes: tuple[RuleCrash, ...] = ()
    broken: tuple[tuple[str, str], ...] = ()
    """(path, why) of the test modules and conftests that could not be examined."""
    suppressed: int = 0
    """How many findings comments silence."""
    files: int = 0
    """How many files were examined."""
    tests: tuple[tuple[str, str, int], ...] = ()
    """(path, qualified name, line) of each test function that the source shows."""
    comments: tuple[Suppression, ...] = ()
    """Every suppression: they silence what only the run shows, too."""
    rules: tuple[Rule, ...] = ()
    """Those that were asked."""


def suspicions(
    sources: Sources, config: Config, rules: Sequence[Rule] | None = None, *, remember: bool = False, processes: int = 1
) -> Suspicions:
    """Run the rules over the sources.

    Args:
        sources: the suite.
        config: the project's.
        rules: those to ask; None: what the configuration selects.
        remember: whether what was said of a file may be taken from, and goes into, the user's cache.
        processes: how many may work, this one among them.

    """
    with collector_off:
        active = tuple(rules) if rules is not None else resolve((), (), config)
        for rule in active:
            settings_of(rule, config)  # A wrong option is told before anything is made of it.
        cache = cache_of(sources.root, _ground(sources, config, active)) if remember and sources.store.on_disk else None
        return _suspicions(sources, active, cache, processes)


def _suspicions(sources: Sources, active: tuple[Rule, ...], cache: Cache | None, processes: int) -> Suspicions:
    if cache is not None:
        cache.open(sources)
    known: dict[str, Examined] = {}
    unread: list[str] = []
    sizes = 0
    for path in (*sources.conftests, *sources.tests):
        text = cache.said(path, sources.store.digest(path)) if cache is not None else None
        said = Examined.of_text(text) if text is not None else None
        if said is not None:
            known[path] = said
        else:
            unread.append(path)
            sizes += sources.store.size(path) if processes > 1 else 0
    read = _halves(sources, active, unread) if sizes > WORTH_A_PROCESS else _read(sources, active, unread)
    for path, said in read:
        known[path] = said
        if cache is not None and not said.crashes:
            cache.keep(path, sources.store.digest(path), said.as_text())
    sources.trim(0)
    if cache is not None:
        cache.close(sources)
    examined = [known[path] for path in (*sources.conftests, *sources.tests)]
    whole = [one for one in examined if one.broken is None]
    return Suspicions(
        findings=tuple(sorted((finding for one in whole for finding in one.findings), key=worst_first)),
        crashes=tuple(crash for one in whole for crash in one.crashes),
        broken=tuple(sorted((path, one.broken) for path, one in known.items() if one.broken is not None)),
        suppressed=sum(one.suppressed for one in whole),
        files=len(whole),
        tests=tuple(test for one in whole for test in one.tests),
        comments=tuple(comment for one in whole for comment in one.comments),
        rules=active,
    )


def _read(sources: Sources, active: tuple[Rule, ...], paths: Iterable[str]) -> Iterator[tuple[str, Examined]]:
    """Read files and ask the rules."""
    work = tuple((rule, settings_of(rule, sources.config)) for rule in active)
    conftests = frozenset(sources.conftests)
    for path in paths:
        # Others may ask the same sources meanwhile; what they hold must not be dropped under them.
        with sources.store.lock, sources.store.examining(path):
            file = sources.file(path)
            if file is None:
                yield path, Examined(broken=sources.store.broken.get(path, "cannot be read"))
                continue
            said = examine(file, "conftests" if path in conftests else "tests", sources, work)
            sources.trim()
        yield path, said


# ---------------------------------------------------------------- the cache


def _ground(sources: Sources, config: Config, active: tuple[Rule, ...]) -> Iterator[str]:
    """What decides what is said of a file, beside the files."""
    discovery = sources.discovery
    yield from (testaudit.__version__, sys.version, repr(config), repr(discovery.settings))
    yield from sorted(discovery.first_party)
    for group in (discovery.tests, discovery.conftests, discovery.helpers, tuple(rule.code for rule in active)):
        yield from ("", *group)
    # In a checkout of testaudit its code changes and its version does not.
    package = Path(testaudit.__file__).parent
    for folder in ("rules", "source", "masking"):
        for file in sorted((package / folder).rglob("*.py")):
            about = file.stat()
            yield f"{file.name} {about.st_size} {about.st_mtime_ns}"


# ---------------------------------------------------------------- a second process


def _halves(sources: Sources, active: tuple[Rule, ...], paths: list[str]) -> Iterator[tuple[str, Examined]]:
    """Read the files, half of them in a process of its own; here, where that cannot be had."""
    total, half, at = sum(map(sources.store.size, paths)), 0, 0
    while half < total // 2:
        half += sources.store.size(paths[at])
        at += 1
    codes = tuple(rule.code for rule in active)
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        future: Future[tuple[Part, set[str], dict[tuple[str, str], str | None]]] | None = None
        try:
            future = pool.submit(_elsewhere, sources.discovery, sources.config, codes, paths[at:])
        except (OSError, RuntimeError):
            at = len(paths)
        yield from _read(sources, active, paths[:at])
        if future is None:
            return
        try:
            part, shared, followed = future.result()
        except (OSError, BrokenProcessPool):
            yield from _read(sources, active, paths[at:])
            return
    sources.store.shared |= shared
    sources.followed.update(followed)
    yield from part


def _elsewhere(
    discovery: Discovery, config: Config, codes: tuple[str, ...], paths: list[str]
) -> tuple[Part, set[str], dict[tuple[str, str], str | None]]:
    sources = read_sources(discovery, config)
    active = tuple(rule for rule in all_rules() if rule.code in codes)
    with collector_off:
        part = list(_read(sources, active, paths))
    return part, sources.store.shared, sources.followed


def idle_processes() -> int:
    """How many processes may work where nothing else does: two, where there are two processors."""
    try:
        return min(2, len(os.sched_getaffinity(0)))
    except AttributeError:
        return min(2, os.cpu_count() or 1)
