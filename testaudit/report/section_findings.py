"""The terminal report's findings: by anti-pattern, the worst first, each with where, what, evidence and remedy."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from testaudit.model import ANTIPATTERNS, SEVERITIES
from testaudit.report.words import count, one_line, shorten, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from testaudit.model import Audit, Evidence, Finding, Severity
    from testaudit.report.page import Page

STYLES: dict[Severity, str] = {"error": "bold red", "warning": "yellow", "info": "blue"}
_PLACES = 2
"""Findings of one rule that are shown."""
_RULES = 4
"""Rules of one anti-pattern that are shown."""
_TEXT = 260


def findings(page: Page, audit: Audit) -> None:
    """The findings that the chosen confidence shows; the others are counted."""
    seen = shown(audit)
    hidden = len(audit.findings) - len(seen)
    if not audit.findings:
        return
    old = 0 if page.verbose else sum(finding.new is False for finding in seen)
    if old:
        seen = tuple(finding for finding in seen if finding.new is not False)
    groups = _by(seen, lambda finding: finding.antipattern)
    new = "new " if old else ""
    aside = (
        f"{count(len(seen), new + 'finding')}, {count(len(groups), 'anti-pattern')}" if seen else "none that is certain"
    )
    if old and not seen:
        aside = "none that is new"
    page.title("Findings", aside)
    order = sorted(groups, key=lambda slug: (_worst(groups[slug]), -len(groups[slug]), _number(slug)))
    for place, slug in enumerate(order):
        if place:
            page.blank()
        _antipattern(page, slug, groups[slug])
    if (hidden or old) and seen:
        page.blank()
    if old:
        page.line((f"{count(old, 'older finding')}, known at the baseline (--verbose shows them).", "dim"), indent=2)
    if hidden:
        page.line(
            (f"{count(hidden, 'finding')} of medium confidence not shown (--confidence medium).", "dim"), indent=2
        )


def _antipattern(page: Page, slug: str, found: list[Finding]) -> None:
    name = ANTIPATTERNS.get(slug, slug)
    fresh = sum(finding.new is True for finding in found)
    aside = f"  {count(len(found), 'finding')}" + (f", {fresh:,} new" if fresh else "")
    page.line((name, "bold"), (aside, "dim"), indent=2)
    rules = _by(found, lambda finding: finding.name)
    order = sorted(rules, key=lambda rule: (_worst(rules[rule]), -len(rules[rule]), rule))
    visible = page.limit(_RULES, len(order))
    for rule in order[:visible]:
        _rule(page, rules[rule])
    page.cut(len(order) - visible, "rule", 4)


def _rule(page: Page, found: list[Finding]) -> None:
    first = found[0]
    page.line(
        (first.severity, STYLES[first.severity]),
        f" {one_line(first.rule)} ",
        (one_line(first.name), "bold"),
        (f"  {len(found):,}{page.glyphs.times}" if len(found) > 1 else "", "dim"),
        indent=4,
    )
    visible = page.limit(_PLACES, len(found))
    for finding in found[:visible]:
        _place(page, finding, remedy=finding.remedy != first.remedy)
    page.cut(len(found) - visible, "place", 6)
    if first.remedy:
        text = first.remedy if page.verbose else shorten(one_line(first.remedy), _TEXT)
        page.hang((page.glyphs.arrow, "green"), text, indent=6)


def _place(page: Page, finding: Finding, *, remedy: bool) -> None:
    where = f"{finding.path}:{finding.line}" if finding.line else finding.path
    new = ("  new", "bold magenta") if finding.new else ""
    place = page.name(where, 8)
    function = page.name(finding.function, len(place) + 12)
    page.line((place, "cyan"), (f"  {function}", "dim"), new, indent=6)
    message = finding.message if page.verbose else shorten(one_line(finding.message), _TEXT)
    page.line(message, indent=8)
    for evidence in _worth_saying(page, finding):
        text = evidence.text if page.verbose else shorten(one_line(evidence.text), _TEXT)
        page.line((f"{evidence.kind}: {text}", "dim"), indent=8)
    if page.verbose and finding.node_ids:
        for node_id in finding.node_ids:
            page.line((page.name(node_id, 8), "dim"), indent=8)
    if remedy and page.verbose:
        page.hang((page.glyphs.arrow, "green"), finding.remedy, indent=8)


def _worth_saying(page: Page, finding: Finding) -> list[Evidence]:
    """Everything under `--verbose`; else what was seen rather than what was read, and nothing twice."""
    said = [evidence for evidence in finding.evidence if not repeats(evidence, finding)]
    seen = [evidence for evidence in said if evidence.kind != "static"]
    return said if page.verbose or not seen else seen


def repeats(evidence: Evidence, finding: Finding) -> bool:
    """Whether the message says it already."""
    return evidence.text.strip().rstrip(".") in finding.message


def _by(found: Iterable[Finding], key: Callable[[Finding], str]) -> dict[str, list[Finding]]:
    groups: dict[str, list[Finding]] = defaultdict(list)
    for finding in found:
        groups[key(finding)].append(finding)
    return groups


def _worst(found: list[Finding]) -> int:
    return min(SEVERITIES.index(finding.severity) for finding in found)


def _number(slug: str) -> int:
    """The guide's own number of an anti-pattern."""
    slugs = list(ANTIPATTERNS)
    return slugs.index(slug) if slug in ANTIPATTERNS else len(slugs)
