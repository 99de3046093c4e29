"""SARIF 2.1.0: the findings for code scanning, with the help of their rules.

What is known is written, and nothing else. The fingerprint is testaudit's own, under a name of its own; whether a
finding is new stands in `baselineState` where that is known; `suppressions` is empty because what a comment suppresses
is no finding. Failing tests are no results of static analysis, and have no place here.

GitHub refuses a run of more than 25,000 results or 10 MB (compressed). The worst come first, and a notification says
how many were left out.
"""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING
from urllib.parse import quote

from testaudit import __version__
from testaudit.masking.interface import clean, mask
from testaudit.model import ANTIPATTERNS
from testaudit.report.standing import in_repository, worst_first
from testaudit.report.words import count, shown

if TYPE_CHECKING:
    from typing import Any

    from testaudit.model import Audit, Finding, Gap, Severity
    from testaudit.rules.interface import Rule

    Json = dict[str, Any]

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
RESULTS = 25_000
COMPRESSED_BYTES = 10_000_000
_BASE = "%SRCROOT%"
_LEVELS: dict[Severity, str] = {"error": "error", "warning": "warning", "info": "note"}
_PROBLEMS: dict[Severity, str] = {"error": "error", "warning": "warning", "info": "recommendation"}
_TEXT = 4_000
_EVIDENCE = 10
_SHORT = 1_000
"""Characters of a rule's descriptions that GitHub shows."""


def dump(audit: Audit) -> str:
    """The log: one run."""
    found = worst_first(shown(audit))
    kept = min(len(found), RESULTS)
    while True:
        text = json.dumps(_log(audit, found[:kept], len(found) - kept), indent=1) + "\n"
        if kept == 0 or len(text) < COMPRESSED_BYTES or len(gzip.compress(text.encode())) < COMPRESSED_BYTES:
            return text
        kept //= 2


def _log(audit: Audit, found: list[Finding], left: int) -> Json:
    known = _known_rules()
    codes = sorted({(finding.rule, finding.name) for finding in found})
    places = {code: place for place, code in enumerate(codes)}
    first = {(finding.rule, finding.name): finding for finding in reversed(found)}
    driver = {
        "name": "testaudit",
        "version": __version__,
        "semanticVersion": __version__,
        "rules": [_rule(first[code], known.get(code[0])) for code in codes],
    }
    run: Json = {
        "tool": {"driver": driver},
        "invocations": [_invocation(audit, left)],
        "originalUriBaseIds": {_BASE: {"description": {"text": "The top folder of the repository."}}},
        "columnKind": "unicodeCodePoints",
        "results": [_result(audit, finding, places[finding.rule, finding.name]) for finding in found],
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


# ---------------------------------------------------------------- rules


def _known_rules() -> dict[str, Rule]:
    from testaudit.rules.registry import all_rules

    return {rule.code: rule for rule in all_rules()}


def _rule(finding: Finding, rule: Rule | None) -> Json:
    """The rule of a finding; of one that this version does not know, what the finding says."""
    severity = rule.severity if rule is not None else finding.severity
    precision = rule.confidence_of("static") if rule is not None else finding.confidence
    remedy = _tidy(rule.remedy if rule is not None else finding.remedy) or _tidy(finding.name)
    text, markdown = _help(rule, remedy)
    summary = text.partition("\n\n")[0].replace("\n", " ")
    antipattern = _tidy(finding.antipattern)
    return {
        "id": _tidy(finding.rule) or "unknown",
        "name": _tidy(finding.name),
        "shortDescription": {"text": summary[:_SHORT] or remedy},
        "fullDescription": {"text": f"{ANTIPATTERNS.get(antipattern, antipattern)}: {summary}"[:_SHORT]},
        "help": {"text": text, "markdown": markdown},
        "defaultConfiguration": {"level": _LEVELS[severity]},
        "properties": {
            "tags": ["tests", antipattern] if antipattern else ["tests"],
            "precision": precision,
            "problem.severity": _PROBLEMS[severity],
        },
    }


def _help(rule: Rule | None, remedy: str) -> tuple[str, str]:
    """The rule's own story, as text and as Markdown with its examples."""
    if rule is None:
        return remedy, remedy
    from testaudit.rules.registry import describe

    about = describe(rule)
    docs = about.docs.strip()
    parts = [docs, f"**Instead:** {rule.remedy}"]
    for title, codes in (("Bad", about.bad[:1]), ("Good", about.good[:1])):
        parts += [f"**{title}**\n\n```python\n{code.shown}\n```" for code in codes]
    parts.append(f"`testaudit explain {rule.slug}` says more.")
    return f"{docs}\n\nInstead: {rule.remedy}", "\n\n".join(parts)


# ---------------------------------------------------------------- results


def _result(audit: Audit, finding: Finding, place: int) -> Json:
    said = [
        finding.message.rstrip(),
        *(item.text for item in finding.evidence[:_EVIDENCE] if _adds(item.text, finding)),
    ]
    if finding.remedy:
        said.append(finding.remedy)
    result: Json = {
        "ruleId": _tidy(finding.rule) or "unknown",
        "ruleIndex": place,
        "level": _LEVELS[finding.severity],
        "message": {"text": _message("\n".join(said)) or _tidy(finding.name)},
        "locations": [_location(audit, finding)],
        "suppressions": [],
        "properties": {"confidence": finding.confidence, "fixable": finding.fixable},
    }
    if finding.fingerprint:
        result["partialFingerprints"] = {"testaudit/v1": _tidy(finding.fingerprint)}
    if finding.new is not None:
        result["baselineState"] = "new" if finding.new else "unchanged"
    return result


def _adds(evidence: str, finding: Finding) -> bool:
    return evidence.strip().rstrip(".") not in finding.message


def _location(audit: Audit, finding: Finding) -> Json:
    """Where it is. GitHub refuses a result without a file and a line: one of the whole suite lies at the top of it."""
    path = in_repository(audit, finding.path) or audit.project.folder or "."
    region = {"startLine": max(finding.line, 1)}
    if finding.end_line > finding.line > 0:
        region["endLine"] = finding.end_line
    location: Json = {"physicalLocation": {"artifactLocation": _artifact(path), "region": region}}
    if finding.function:
        location["logicalLocations"] = [{"fullyQualifiedName": _tidy(finding.function), "kind": "function"}]
    return location


def _artifact(path: str) -> Json:
    data = mask(path).encode("utf-8", "surrogateescape" if _escaped(path) else "backslashreplace")
    uri = quote(data, safe="/-._~")  # a colon too, which would make a scheme of what stands before it
    return {"uri": uri, "uriBaseId": _BASE}


def _escaped(path: str) -> bool:
    """A file name that is no UTF-8, as Python spells it: its bytes can be had again."""
    return all(not "\ud800" <= char <= "\udfff" or "\udc80" <= char <= "\udcff" for char in path)


# ---------------------------------------------------------------- the run


def _invocation(audit: Audit, left: int) -> Json:
    successful = audit.complete and not audit.impossible and audit.ended_by is None
    notes = [_gap(audit, gap) for gap in audit.incomplete]
    if audit.impossible:
        notes.append({"level": "error", "message": {"text": _message(audit.impossible)}})
    if left:
        text = (
            f"{count(left, 'finding')} left out: code scanning takes {RESULTS:,} results, {COMPRESSED_BYTES:,} bytes."
        )
        notes.append({"level": "warning", "message": {"text": text}, "descriptor": {"id": "cut"}})
    invocation: Json = {"executionSuccessful": successful, "toolExecutionNotifications": notes}
    if audit.ended_by is not None and audit.ended_by > 0:
        invocation["exitSignalNumber"] = audit.ended_by
    return invocation


def _gap(audit: Audit, gap: Gap) -> Json:
    text = ": ".join(part for part in (gap.what, gap.where, gap.why) if part) or "incomplete"
    note: Json = {"level": "error", "message": {"text": _message(text)}}
    if gap.what:
        note["descriptor"] = {"id": _tidy(gap.what)}
    path = in_repository(audit, gap.where.partition("::")[0])
    if path.endswith(".py"):
        note["locations"] = [{"physicalLocation": {"artifactLocation": _artifact(path)}}]
    return note


def _message(text: str) -> str:
    """SARIF's plain text, in which `[words](target)` would be a link: there is none in ours."""
    return _tidy(text).replace("](", "] (")


def _tidy(text: str) -> str:
    text = clean(mask(text)).strip()
    return text if len(text) <= _TEXT else text[: _TEXT - 1] + "…"
