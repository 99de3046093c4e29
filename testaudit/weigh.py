"""Suspicions x the run -> findings: which tests each belongs to, what the run proves, disproves, and alone can show."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from testaudit.model import NodeId
from testaudit.rules.examined import RuleCrash
from testaudit.rules.interface import RunEvidence
from testaudit.rules.registry import settings_of
from testaudit.rules.stamp import fingerprinted, is_ignored, stamp_sighting, worst_first
from testaudit.source.fixtures import SET_UP_NAMES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from testaudit.classify import Suspicions
    from testaudit.config import Config
    from testaudit.model import AuditedTest, EvidenceKind, Finding, Run
    from testaudit.rules.interface import Rule, Sighting
    from testaudit.rules.suppressions import Suppression
    from testaudit.source.interface import SourceFile, Sources


@dataclass(frozen=True, slots=True)
class Weighed:
    """What the source and the run say together."""

    findings: tuple[Finding, ...]
    """Worst first."""
    crashes: tuple[RuleCrash, ...] = ()


def weigh(
    suspicions: Suspicions, run: Run | None, tests: tuple[AuditedTest, ...], sources: Sources, config: Config
) -> Weighed:
    """Add what the run showed to what the source says.

    Args:
        suspicions: what the source alone says.
        run: None: nothing was run.
        tests: the run's, or those that the source shows; each with its level.
        sources: the suite.
        config: the project's.

    """
    asked = {rule.code: rule for rule in suspicions.rules}
    crashes: list[RuleCrash] = []
    found = list(suspicions.findings)
    if run is not None:
        found = list(_joined_with_run(found, asked, run, sources, crashes))
    seen = list(_seen(suspicions.rules, run, tests, sources, config, crashes))
    found = _merged(found, seen, suspicions.comments, sources)
    return Weighed(tuple(sorted(found, key=worst_first)), tuple(crashes))


# ---------------------------------------------------------------- suspicions and the run


def _joined_with_run(
    suspicions: Iterable[Finding], asked: dict[str, Rule], run: Run, sources: Sources, crashes: list[RuleCrash]
) -> Iterator[Finding]:
    by_function, by_fixture = _tests_of(run)
    modules = frozenset(sources.tests)
    for suspicion in suspicions:
        if run.collected_files and suspicion.path in modules and suspicion.path not in run.collected_files:
            continue
        joined = _joined(suspicion, by_function, by_fixture)
        ids = tuple(dict.fromkeys(NodeId(test.node_id) for test in joined))
        finding: Finding | None = replace(suspicion, node_ids=ids)
        rule = asked.get(suspicion.rule)
        if rule is not None and rule.weigh is not None and finding is not None:
            try:
                finding = rule.weigh(finding, RunEvidence(run, joined))
            except Exception as error:  # noqa: BLE001 - as in classify: the others' answers stay
                crashes.append(_crash(rule, error, finding.path if finding is not None else ""))
        if finding is not None:
            yield finding


def _crash(rule: Rule, error: Exception, path: str = "") -> RuleCrash:
    return RuleCrash(rule.slug, path, f"{type(error).__name__}: {error}", rule.may_gate)


def _tests_of(run: Run) -> tuple[dict[tuple[str, str], list[AuditedTest]], dict[tuple[str, str], list[AuditedTest]]]:
    """The run's tests by (path, qualified function), and by (path, fixture name)."""
    by_function: dict[tuple[str, str], list[AuditedTest]] = {}
    by_fixture: dict[tuple[str, str], list[AuditedTest]] = {}
    for test in run.tests:
        path, _, rest = test.node_id.partition("::")
        function = rest.partition("[")[0].replace("::", ".")
        for home in {path, test.path}:
            by_function.setdefault((home, function), []).append(test)
        for fixture in test.fixtures:
            by_fixture.setdefault((fixture.path, fixture.name), []).append(test)
    return by_function, by_fixture


def _joined(
    finding: Finding,
    by_function: dict[tuple[str, str], list[AuditedTest]],
    by_fixture: dict[tuple[str, str], list[AuditedTest]],
) -> tuple[AuditedTest, ...]:
    if finding.function.startswith("<") and finding.function.endswith(">"):
        name = finding.function.strip("<>").rpartition(".")[2]
        return tuple(by_fixture.get((finding.path, name), ()))
    found = by_function.get((finding.path, finding.function))
    if found is not None:
        return tuple(found)
    # A class, or what is set up for a class or module: everything in it.
    owner, _, name = finding.function.rpartition(".")
    around = name in SET_UP_NAMES
    prefix = f"{owner}." if around and owner else "" if around else f"{finding.function}."
    return tuple(
        test
        for (path, function), tests in by_function.items()
        if path == finding.path and function.startswith(prefix)
        for test in tests
    )


# ---------------------------------------------------------------- what only the run, or the whole, shows


def _seen(
    rules: Iterable[Rule],
    run: Run | None,
    tests: tuple[AuditedTest, ...],
    sources: Sources,
    config: Config,
    crashes: list[RuleCrash],
) -> Iterator[tuple[Finding, bool]]:
    """What was seen, and whether it proves what the rule's source side only suspects."""
    for rule in rules:
        sightings: list[tuple[Sighting, EvidenceKind]] = []
        try:
            if rule.observe is not None and run is not None:
                sightings += [(seen, "runtime") for seen in rule.observe(run, sources, settings_of(rule, config))]
            if rule.survey is not None:
                kind: EvidenceKind = "static" if run is None else "runtime"
                sightings += [(seen, kind) for seen in rule.survey(tests, sources, settings_of(rule, config))]
        except Exception as error:  # noqa: BLE001 - one rule's defect must not take the others' answers away
            crashes.append(_crash(rule, error))
        for seen, kind in sightings:
            if not is_ignored(rule, seen.path, config):
                # A shape that readings found doubtful stays so: the run proves what happens, not that it does harm.
                proves = seen.confidence != "medium" and ("static", "medium") in rule.confidence
                yield stamp_sighting(rule, seen, kind, config), proves


def _merged(
    found: list[Finding], seen: list[tuple[Finding, bool]], comments: tuple[Suppression, ...], sources: Sources
) -> list[Finding]:
    """The findings with what was seen: proof joins its suspicion, the rest stands for itself unless a comment says."""
    at = {(one.rule, one.path, line): k for k, one in enumerate(found) for line in range(one.line, one.end_line + 1)}
    fresh: dict[str, list[Finding]] = defaultdict(list)
    for finding, proves in seen:
        known = at.get((finding.rule, finding.path, finding.line))
        if known is not None:
            found[known] = _proved(found[known], finding, sure=proves)
        elif not any(one.path == finding.path and one.silences(finding) for one in comments):
            fresh[finding.path].append(finding)
    for path, findings in fresh.items():
        taken = [finding.fingerprint for finding in found if finding.path == path]
        with sources.store.lock:
            file = sources.file(path)
            found += fingerprinted((_at_home(finding, file) for finding in findings), file, taken)
    sources.trim()
    return found


def _at_home(finding: Finding, file: SourceFile | None) -> Finding:
    """The finding with the function that holds its line, where its rule did not say."""
    if finding.function or file is None:
        return finding
    return replace(finding, function=file.function_at(finding.line).qualname)


def _proved(suspicion: Finding, proof: Finding, *, sure: bool) -> Finding:
    """Both in one: the evidence of both, and `high` where either earned it or the one proves the other."""
    return replace(
        suspicion,
        evidence=(*suspicion.evidence, *proof.evidence),
        node_ids=tuple(dict.fromkeys((*suspicion.node_ids, *proof.node_ids))),
        confidence="high" if sure or "high" in {suspicion.confidence, proof.confidence} else "medium",
    )
