"""Hits and sightings -> findings: the rule's code, severity and confidence, and the identity that survives edits."""

from __future__ import annotations

import fnmatch
import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

from testaudit.model import SEVERITIES, Evidence, Finding
from testaudit.rules.registry import by_name
from testaudit.source.tokens import statement_tokens

if TYPE_CHECKING:
    from collections.abc import Iterable

    from testaudit.config import Config
    from testaudit.model import Confidence, EvidenceKind, Severity
    from testaudit.rules.interface import Hit, Rule, Sighting
    from testaudit.source.interface import SourceFile


def stamp(rule: Rule, hit: Hit, path: str, config: Config) -> Finding:
    """The finding of a hit in a file. Its fingerprint is still missing."""
    return Finding(
        rule=rule.code,
        name=rule.slug,
        antipattern=rule.antipattern,
        severity=severity_of(rule, config, hit.severity),
        confidence=_confidence(rule, "static", hit.confidence),
        path=path,
        line=hit.line,
        end_line=max(hit.line, hit.end_line),
        message=hit.message,
        remedy=hit.remedy or rule.remedy,
        function=hit.function,
        evidence=tuple(Evidence("static", text) for text in hit.evidence or (hit.message,)),
    )


def stamp_sighting(rule: Rule, seen: Sighting, kind: EvidenceKind, config: Config) -> Finding:
    """The finding of a sighting. Its fingerprint is still missing."""
    return Finding(
        rule=rule.code,
        name=rule.slug,
        antipattern=rule.antipattern,
        severity=severity_of(rule, config, seen.severity),
        confidence=_confidence(rule, kind, seen.confidence),
        path=seen.path,
        line=seen.line,
        end_line=max(seen.line, seen.end_line),
        message=seen.message,
        remedy=seen.remedy or rule.remedy,
        function=seen.function,
        evidence=tuple(Evidence(kind, text) for text in seen.evidence or (seen.message,)),
        node_ids=tuple(dict.fromkeys(seen.node_ids)),
    )


def _confidence(rule: Rule, kind: EvidenceKind, lower: Confidence | None) -> Confidence:
    return "medium" if lower == "medium" else rule.confidence_of(kind)


def severity_of(rule: Rule, config: Config, here: Severity | None = None) -> Severity:
    """The severity that the project gives the rule; else the one of this place (`here`); else the rule's own."""
    for name, severity in config.severity.items():
        if name.lower() in {rule.slug, rule.code.lower(), rule.antipattern}:
            return severity
    return here or rule.severity


def is_ignored(rule: Rule, path: str, config: Config) -> bool:
    """Whether `per-path-ignores` silences the rule in this file."""
    return any(
        any(known.code == rule.code for known in by_name(name))
        for pattern, names in config.per_path_ignores.items()
        if fnmatch.fnmatchcase(path, pattern) or path.startswith(f"{pattern.rstrip('/')}/")
        for name in names
    )


def fingerprinted(findings: Iterable[Finding], file: SourceFile | None, taken: Iterable[str] = ()) -> list[Finding]:
    """One file's findings with their identities: equal ones are told apart by their order.

    Args:
        findings: of one file.
        file: where they lie; None: it has no source (a configuration file).
        taken: the identities that other findings of the file have already.

    """
    known = set(taken)
    stamped = []
    ordinals: dict[tuple[str, ...], int] = {}
    for finding in sorted(findings, key=lambda finding: (finding.line, finding.rule, finding.message)):
        tokens = statement_tokens(file, finding.line) if file is not None else ()
        identity = (finding.name, finding.path, finding.function, *tokens)
        ordinal = ordinals.get(identity, 0)
        while (digest := _digest(identity, ordinal)) in known:
            ordinal += 1
        ordinals[identity] = ordinal + 1
        known.add(digest)
        stamped.append(replace(finding, fingerprint=digest))
    return stamped


def _digest(identity: tuple[str, ...], ordinal: int) -> str:
    text = "\0".join((*identity, str(ordinal)))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:20]


def worst_first(finding: Finding) -> tuple[int, int, str, int, str]:
    """The order in which findings are told."""
    return (
        SEVERITIES.index(finding.severity),
        0 if finding.confidence == "high" else 1,
        finding.path,
        finding.line,
        finding.rule,
    )
