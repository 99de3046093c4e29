"""Evidence x rules -> findings. `suspicions` reads source alone; `weigh` adds what the run showed.

Both are pure: they start nothing and write nothing, so that the first can work in a thread while pytest runs.
"""

from __future__ import annotations

import fnmatch
import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from testaudit.model import SEVERITIES, Evidence, Finding, NodeId
from testaudit.rules.interface import Hit, Rule, RunEvidence, Settings
from testaudit.rules.registry import all_rules, by_name, resolve, settings_of
from testaudit.rules.suppressions import Suppression, suppressions_in
from testaudit.source.reading import collector_off
from testaudit.source.tokens import statement_tokens

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from testaudit.config import Config
    from testaudit.model import AuditedTest, Confidence, Run, Severity
    from testaudit.source.interface import SourceFile, Sources

BAD_SUPPRESSION = "TA1007"


@dataclass(frozen=True, slots=True)
class RuleCrash:
    """A rule that failed on a file. The audit went on without its answer."""

    rule: str
    """Slug."""
    path: str
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


def suspicions(sources: Sources, config: Config, rules: Sequence[Rule] | None = None) -> Suspicions:
    """Run the rules over the sources. `rules` defaults to what the configuration selects."""
    with collector_off:
        return _suspicions(sources, config, tuple(rules) if rules is not None else resolve((), (), config))


def _suspicions(sources: Sources, config: Config, active: tuple[Rule, ...]) -> Suspicions:
    work = tuple((rule, settings_of(rule, config)) for rule in active)
    found: list[Finding] = []
    crashes: list[RuleCrash] = []
    tests: list[tuple[str, str, int]] = []
    suppressed = files = 0
    for kind, path in _files(sources):
        # Others may ask the same sources meanwhile; what they hold must not be dropped under them.
        with sources.store.lock:
            file = sources.file(path)
            if file is None:
                continue
            files += 1
            if kind == "tests":
                tests += [(path, function.qualname, function.line) for function in sources.tests_in(file)]
            kept, silent = _examine(file, kind, sources, work, crashes)
            found += kept
            suppressed += silent
            sources.trim()
    broken = sources.broken
    sources.trim(0)
    return Suspicions(tuple(sorted(found, key=_worst_first)), tuple(crashes), broken, suppressed, files, tuple(tests))


def _examine(
    file: SourceFile,
    kind: str,
    sources: Sources,
    work: tuple[tuple[Rule, Settings], ...],
    crashes: list[RuleCrash],
) -> tuple[list[Finding], int]:
    """One file's findings, stamped; and how many a comment silences."""
    config = sources.config
    here: list[Finding] = []
    spoke = []
    for rule, settings in work:
        if kind not in rule.where or _ignored(rule, file.path, config):
            continue
        if rule.code == BAD_SUPPRESSION:
            continue
        spoke.append(rule.slug)
        try:
            here += [_stamp(rule, hit, file.path, config) for hit in rule.find(file, sources, settings)]
        except Exception as error:  # noqa: BLE001 - one rule's defect must not take the others' answers away
            crashes.append(RuleCrash(rule.slug, file.path, f"{type(error).__name__}: {error}", _gates(rule)))
    comments = suppressions_in(file)
    if not comments:
        return _fingerprinted(here, file) if here else [], 0
    used = {comment for comment in comments for finding in here if comment.silences(finding)}
    kept = [finding for finding in here if not any(comment.silences(finding) for comment in used)]
    silent = len(here) - len(kept)
    accounts = next((rule for rule, _ in work if rule.code == BAD_SUPPRESSION), None)
    if accounts is not None and not _ignored(accounts, file.path, config):
        hits = _called_to_account(comments, used, set(spoke), file)
        kept += [_stamp(accounts, hit, file.path, config) for hit in hits]
    return _fingerprinted(kept, file), silent


def weigh(suspicions: Suspicions, run: Run | None, sources: Sources, config: Config) -> tuple[Finding, ...]:
    """Add what the run showed: which tests a finding belongs to, what it proves, what it disproves; worst first."""
    del config
    if run is None:
        return suspicions.findings
    by_function, by_fixture = _tests_of(run)
    rules = {rule.code: rule for rule in all_rules()}
    tests = frozenset(sources.tests)
    found: list[Finding] = []
    for suspicion in suspicions.findings:
        if run.collected_files and suspicion.path in tests and suspicion.path not in run.collected_files:
            continue
        joined = _joined(suspicion, by_function, by_fixture)
        ids = tuple(dict.fromkeys(NodeId(test.node_id) for test in joined))
        finding: Finding | None = replace(suspicion, node_ids=ids)
        rule = rules.get(suspicion.rule)
        if rule is not None and rule.weigh is not None and finding is not None:
            finding = rule.weigh(finding, RunEvidence(run, joined))
        if finding is not None:
            found.append(finding)
    return tuple(sorted(found, key=_worst_first))


# ---------------------------------------------------------------- static


def _files(sources: Sources) -> Iterator[tuple[str, str]]:
    yield from (("conftests", path) for path in sources.conftests)
    yield from (("tests", path) for path in sources.tests)


def _stamp(rule: Rule, hit: Hit, path: str, config: Config) -> Finding:
    confidence: Confidence = rule.confidence_of("static")
    if hit.confidence == "medium":
        confidence = "medium"
    return Finding(
        rule=rule.code,
        name=rule.slug,
        antipattern=rule.antipattern,
        severity=_severity(rule, config),
        confidence=confidence,
        path=path,
        line=hit.line,
        end_line=max(hit.line, hit.end_line),
        message=hit.message,
        remedy=hit.remedy or rule.remedy,
        function=hit.function,
        evidence=tuple(Evidence("static", text) for text in hit.evidence),
    )


def _severity(rule: Rule, config: Config) -> Severity:
    for name, severity in config.severity.items():
        if name.lower() in {rule.slug, rule.code.lower(), rule.antipattern}:
            return severity
    return rule.severity


def _gates(rule: Rule) -> bool:
    return rule.severity == "error" and any(confidence == "high" for _, confidence in rule.confidence)


def _ignored(rule: Rule, path: str, config: Config) -> bool:
    return any(
        rule in by_name(name)
        for pattern, names in config.per_path_ignores.items()
        if fnmatch.fnmatchcase(path, pattern) or path.startswith(f"{pattern.rstrip('/')}/")
        for name in names
    )


def _called_to_account(
    comments: Iterable[Suppression], used: set[Suppression], active: set[str], file: SourceFile
) -> Iterator[Hit]:
    """Suppressions without a reason, with a name that does not exist, or that silence nothing."""
    known = {word for rule in all_rules() for word in (rule.code.lower(), rule.slug, rule.antipattern)}
    slugs = {word: rule.slug for rule in all_rules() for word in (rule.code.lower(), rule.slug)}
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


def _fingerprinted(findings: list[Finding], file: SourceFile) -> list[Finding]:
    """Stamp the identities of one file's findings: equal ones are told apart by their order."""
    seen: dict[tuple[str, ...], int] = {}
    stamped = []
    for finding in sorted(findings, key=lambda finding: (finding.line, finding.rule, finding.message)):
        tokens = statement_tokens(file, finding.line)
        identity = (finding.name, finding.path, finding.function, *tokens)
        ordinal = seen[identity] = seen.get(identity, -1) + 1
        digest = hashlib.sha256("\0".join((*identity, str(ordinal))).encode("utf-8", "surrogatepass"))
        stamped.append(replace(finding, fingerprint=digest.hexdigest()[:20]))
    return stamped


def _worst_first(finding: Finding) -> tuple[int, int, str, int, str]:
    return (
        SEVERITIES.index(finding.severity),
        0 if finding.confidence == "high" else 1,
        finding.path,
        finding.line,
        finding.rule,
    )


# ---------------------------------------------------------------- with the run


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
    # A class: everything in it.
    prefix = f"{finding.function}."
    return tuple(
        test
        for (path, function), tests in by_function.items()
        if path == finding.path and function.startswith(prefix)
        for test in tests
    )
