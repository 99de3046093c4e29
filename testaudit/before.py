"""Which findings the merge base had already: the rules over the files of that time, under today's names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from testaudit.classify import suspicions
from testaudit.rules.examine import BAD_SUPPRESSION
from testaudit.rules.registry import resolve
from testaudit.source.before import SETTINGS_FILES, sources_before, suite_before

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from testaudit.config import Config
    from testaudit.model import Finding
    from testaudit.revision.interface import Since
    from testaudit.rules.interface import Rule
    from testaudit.source.interface import Sources


def findings_before(
    since: Since, sources: Sources, findings: Iterable[Finding], config: Config, rules: Sequence[Rule] | None = None
) -> tuple[Finding, ...]:
    """The findings of the merge base, as far as today's may be among them or a changed file had them.

    All rules are asked about the files that changed; about the others only those rules and files that speak today: what
    a changed conftest file or setting took away elsewhere is not counted. A finding of today is new exactly if its
    fingerprint is not here.
    """
    found = tuple(findings)
    if not _reads_otherwise(since):
        return found
    active = tuple(rules) if rules is not None else resolve((), (), config)
    changed = suite_before(since, sources).keys()
    then: dict[str, Finding] = {}
    for paths, asked in ((changed, active), ({one.path for one in found} - changed, _speaking(found, active))):
        if paths:
            before = suspicions(sources_before(sources, since, paths), config, asked).findings
            then.update({finding.fingerprint: finding for finding in before})
    return tuple(then.values())


def _speaking(found: Iterable[Finding], active: tuple[Rule, ...]) -> tuple[Rule, ...]:
    speaking = {finding.rule for finding in found}
    if BAD_SUPPRESSION not in speaking:
        # That rule looks at what all the others said; each of them looks at the source alone.
        active = tuple(rule for rule in active if rule.code in speaking)
    return active


def _reads_otherwise(since: Since) -> bool:
    """Whether anything changed that a rule can see."""
    touched = (*since.changed, *since.deleted, *since.renamed)
    return any(path.endswith(".py") or path in SETTINGS_FILES for path in touched)
