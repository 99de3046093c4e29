"""Which findings the merge base had already: the rules over the files of that time, under today's names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from testaudit.classify import BAD_SUPPRESSION, suspicions
from testaudit.rules.registry import resolve
from testaudit.source.before import SETTINGS_FILES, sources_before

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from testaudit.config import Config
    from testaudit.model import Finding
    from testaudit.revision.interface import Since
    from testaudit.rules.interface import Rule
    from testaudit.source.interface import Sources


def findings_before(
    since: Since, sources: Sources, findings: Iterable[Finding], config: Config, rules: Sequence[Rule] | None = None
) -> frozenset[str]:
    """Fingerprints of the findings of the merge base, as far as today's findings may be among them.

    Only files and rules that speak today are asked. A finding of today is new exactly if its fingerprint is not here.
    """
    found = tuple(findings)
    if not found or not _reads_otherwise(since):
        return frozenset(finding.fingerprint for finding in found)
    active = tuple(rules) if rules is not None else resolve((), (), config)
    speaking = {finding.rule for finding in found}
    if BAD_SUPPRESSION not in speaking:
        # That rule looks at what all the others said; each of them looks at the source alone.
        active = tuple(rule for rule in active if rule.code in speaking)
    before = sources_before(sources, since, {finding.path for finding in found})
    return frozenset(finding.fingerprint for finding in suspicions(before, config, active).findings)


def _reads_otherwise(since: Since) -> bool:
    """Whether anything changed that a rule can see."""
    touched = (*since.changed, *since.deleted, *since.renamed)
    return any(path.endswith(".py") or path in SETTINGS_FILES for path in touched)
