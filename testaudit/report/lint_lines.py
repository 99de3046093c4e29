"""Findings as lines that people, editors and `grep` read alike: `path:line: CODE slug message`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from testaudit.model import SEVERITIES
from testaudit.report.page import Page
from testaudit.report.section_findings import STYLES, repeats
from testaudit.report.words import count, first_line, one_line, shorten, shown

if TYPE_CHECKING:
    from rich.console import Console

    from testaudit.model import Audit, Finding
    from testaudit.report.interface import Detail

_TEXT = 300


def render_findings(audit: Audit, console: Console, *, detail: Detail = "normal") -> None:
    """Print the findings grouped by file, and the line that counts them; `quiet` prints the count alone."""
    page = Page(console, detail)
    found = sorted(shown(audit), key=lambda finding: (finding.path, finding.line, finding.rule))
    if detail != "quiet":
        previous = found[0].path if found else ""
        for finding in found:
            if finding.path != previous:
                page.blank()
                previous = finding.path
            _lines(page, finding)
        if found:
            page.blank()
    for gap in audit.incomplete:
        what = f"{first_line(gap.what)}: {one_line(gap.where)}" if gap.where else first_line(gap.what)
        page.hang((page.glyphs.cross, "bold red"), (f"{what}: {first_line(gap.why)}", "red"))
    _count(page, audit, found)


def _lines(page: Page, finding: Finding) -> None:
    message = finding.message if page.verbose else shorten(one_line(finding.message), _TEXT)
    line = page.text(
        (f"{page.name(finding.path) if not page.verbose else one_line(finding.path)}:{finding.line}:", "cyan"),
        " ",
        (one_line(finding.rule), STYLES[finding.severity]),
        " ",
        (one_line(finding.name), "bold"),
        f" {message}",
        ("  new", "bold magenta") if finding.new else "",
    )
    # One finding, one line, however narrow the terminal: editors and grep read it.
    page.console.print(line, soft_wrap=True)
    for evidence in finding.evidence:
        if repeats(evidence, finding):
            continue
        text = evidence.text if page.verbose else shorten(one_line(evidence.text), _TEXT)
        page.line((f"{evidence.kind}: {text}", "dim"), indent=4)
    if page.verbose and finding.remedy:
        page.hang((page.glyphs.arrow, "green"), finding.remedy, indent=4)


def _count(page: Page, audit: Audit, found: list[Finding]) -> None:
    hidden = len(audit.findings) - len(found)
    more = f" {count(hidden, 'finding')} of medium confidence not shown (--confidence medium)." if hidden else ""
    if not found:
        mark, style = (page.glyphs.tick, "bold green") if audit.complete else (page.glyphs.cross, "bold red")
        said = "No findings." if audit.complete else "No findings in what could be read."
        page.line((f"{mark} {said}", style), (more, "dim"))
        return
    kinds = [(severity, sum(finding.severity == severity for finding in found)) for severity in SEVERITIES]
    by_kind = ", ".join(
        count(number, severity, f"{severity}s" if severity != "info" else "info")
        for severity, number in kinds
        if number
    )
    files = count(len({finding.path for finding in found}), "file")
    fixable = sum(finding.fixable for finding in found)
    repair = f" {fixable:,} can be repaired by testaudit fix." if fixable else ""
    page.line((f"{count(len(found), 'finding')} in {files}: {by_kind}.", "bold"), (repair, ""), (more, "dim"))
