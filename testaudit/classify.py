"""The sources x the rules -> suspicions: what the source alone says.

Pure: it starts nothing and writes nothing, so that it can work in a thread while pytest runs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from testaudit.rules.interface import Hit
from testaudit.rules.registry import all_rules, resolve, settings_of
from testaudit.rules.stamp import fingerprinted, is_ignored, stamp, worst_first
from testaudit.rules.suppressions import Suppression, suppressions_in
from testaudit.source.reading import collector_off

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from testaudit.config import Config
    from testaudit.model import Finding
    from testaudit.rules.interface import Rule, Settings
    from testaudit.source.interface import SourceFile, Sources

BAD_SUPPRESSION = "TA1007"


@dataclass(frozen=True, slots=True)
class RuleCrash:
    """A rule that failed on a file, or on what the run showed. The audit went on without its answer."""

    rule: str
    """Slug."""
    path: str
    """Empty: it looked at the suite as a whole."""
    error: str
    gates: bool
    """Its findings can fail the gate: without it the audit is incomplete."""


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


@dataclass(frozen=True, slots=True)
class Examined:
    """What one file says."""

    findings: tuple[Finding, ...] = ()
    crashes: tuple[RuleCrash, ...] = ()
    suppressed: int = 0
    tests: tuple[tuple[str, str, int], ...] = ()
    comments: tuple[Suppression, ...] = ()


def suspicions(sources: Sources, config: Config, rules: Sequence[Rule] | None = None) -> Suspicions:
    """Run the rules over the sources. `rules` defaults to what the configuration selects."""
    with collector_off:
        return _suspicions(sources, config, tuple(rules) if rules is not None else resolve((), (), config))


def _suspicions(sources: Sources, config: Config, active: tuple[Rule, ...]) -> Suspicions:
    work = tuple((rule, settings_of(rule, config)) for rule in active)
    examined = []
    for kind, path in _files(sources):
        # Others may ask the same sources meanwhile; what they hold must not be dropped under them.
        with sources.store.lock:
            file = sources.file(path)
            if file is not None:
                examined.append(_examine(file, kind, sources, work))
                sources.trim()
    broken = sources.broken
    sources.trim(0)
    return Suspicions(
        findings=tuple(sorted((finding for one in examined for finding in one.findings), key=worst_first)),
        crashes=tuple(crash for one in examined for crash in one.crashes),
        broken=broken,
        suppressed=sum(one.suppressed for one in examined),
        files=len(examined),
        tests=tuple(test for one in examined for test in one.tests),
        comments=tuple(comment for one in examined for comment in one.comments),
        rules=active,
    )


def _files(sources: Sources) -> Iterator[tuple[str, str]]:
    yield from (("conftests", path) for path in sources.conftests)
    yield from (("tests", path) for path in sources.tests)


def _examine(file: SourceFile, kind: str, sources: Sources, work: tuple[tuple[Rule, Settings], ...]) -> Examined:
    """One file's findings, stamped, without those that a comment silences."""
    config = sources.config
    here: list[Finding] = []
    spoke = []
    crashes = []
    for rule, settings in work:
        if rule.find is None or kind not in rule.where or is_ignored(rule, file.path, config):
            continue
        if rule.code == BAD_SUPPRESSION:
            continue
        spoke.append(rule.slug)
        try:
            here += [stamp(rule, hit, file.path, config) for hit in rule.find(file, sources, settings)]
        except Exception as error:  # noqa: BLE001 - one rule's defect must not take the others' answers away
            crashes.append(RuleCrash(rule.slug, file.path, f"{type(error).__name__}: {error}", rule.may_gate))
    tests: tuple[tuple[str, str, int], ...] = ()
    if kind == "tests":
        tests = tuple((file.path, function.qualname, function.line) for function in sources.tests_in(file))
    comments = suppressions_in(file)
    if not comments:
        return Examined(tuple(fingerprinted(here, file)) if here else (), tuple(crashes), 0, tests)
    used = {comment for comment in comments for finding in here if comment.silences(finding)}
    kept = [finding for finding in here if not any(comment.silences(finding) for comment in used)]
    silent = len(here) - len(kept)
    accounts = next((rule for rule, _ in work if rule.code == BAD_SUPPRESSION), None)
    if accounts is not None and not is_ignored(accounts, file.path, config):
        hits = _called_to_account(comments, used, set(spoke), file)
        kept += [stamp(accounts, hit, file.path, config) for hit in hits]
    return Examined(tuple(fingerprinted(kept, file)), tuple(crashes), silent, tests, comments)


def _called_to_account(
    comments: Iterable[Suppression], used: set[Suppression], active: set[str], file: SourceFile
) -> Iterator[Hit]:
    """Suppressions without a reason, with a name that does not exist, or that silence nothing."""
    known = {word for rule in all_rules() for word in (rule.code.lower(), rule.slug, rule.antipattern)}
    # What only a run shows, and may show on another machine, is not there to be silenced now.
    slugs = {word: rule.slug for rule in all_rules() if not rule.observe for word in (rule.code.lower(), rule.slug)}
    for comment in comments:
        unknown = [name for name in comment.names if name.lower() not in known]
        if not comment.names:
            why = "names no rule"
        elif unknown:
            why = f"names {unknown[0]!r}, which is no rule"
        elif not comment.reason:
            why = "gives no reason"
        elif comment in used or not all(slugs.get(name.lower(), "") in active for name in comment.names):
            # What was not asked for cannot be missed.
            continue
        else:
            why = "suppresses nothing"
        function = file.function_at(comment.line).qualname
        yield Hit(comment.line, comment.line, function, f"This suppression {why}.")
