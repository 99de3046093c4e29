"""One file x the rules -> what it says: findings, stamped, without those that a comment silences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from testaudit.rules.examined import Examined, RuleCrash
from testaudit.rules.interface import Hit
from testaudit.rules.registry import all_rules
from testaudit.rules.stamp import fingerprinted, is_ignored, stamp
from testaudit.rules.suppressions import Suppression, silenced, suppressions_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from testaudit.model import Finding
    from testaudit.rules.interface import Rule, Settings
    from testaudit.source.interface import SourceFile, Sources

BAD_SUPPRESSION = "TA1007"


def examine(file: SourceFile, kind: str, sources: Sources, work: tuple[tuple[Rule, Settings], ...]) -> Examined:
    """Ask the rules about a file.

    Args:
        file: the file.
        kind: `tests` or `conftests`.
        sources: the suite around it.
        work: the rules, each with its options.

    """
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
    kept, used = silenced(comments, here)
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
