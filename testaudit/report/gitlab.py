"""GitLab's code quality report: the findings, beside the lines of a merge request.

The merge request's widget compares two reports by fingerprint and shows what came and what went. So every finding that
is shown stands in it, old ones too: a finding that were left out because it is old would be shown as resolved.

Failing tests are not in it. GitLab has a report for them (`artifacts: reports: junit`, which `--output junit=FILE`
writes), with a widget of its own that says which failed newly; here they would stand twice, and a flaky one would come
and go as a change of quality.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from typing import TYPE_CHECKING, Literal

from testaudit.masking.interface import clean, mask
from testaudit.report.standing import in_repository, worst_first
from testaudit.report.words import shown

if TYPE_CHECKING:
    from testaudit.model import Audit, Finding

GitLabSeverity = Literal["info", "minor", "major", "critical", "blocker"]
_TEXT = 1_000


def dump(audit: Audit) -> str:
    """The report: a JSON array. A finding without a file in the repository cannot be shown, and is left out."""
    seen: Counter[str] = Counter()
    entries = []
    for finding in worst_first(shown(audit)):
        path = in_repository(audit, finding.path)
        if not path:
            continue
        identity = _identity(audit, finding)
        seen[identity] += 1
        entries.append(
            {
                "description": _tidy(
                    ". ".join(filter(None, (finding.message.rstrip(". "), finding.remedy))) or finding.name
                ),
                "check_name": _tidy(f"{finding.rule} {finding.name}"),
                "fingerprint": _digest(f"{identity}\0{seen[identity]}" if seen[identity] > 1 else identity),
                "severity": _severity(finding),
                "location": {"path": clean(mask(path)), "lines": {"begin": max(finding.line, 1)}},
            }
        )
    return json.dumps(entries, indent=1) + "\n"


def _severity(finding: Finding) -> GitLabSeverity:
    """`blocker` is what the gate blocks by default: new, severe and certain."""
    certain = finding.confidence == "high"
    match finding.severity:
        case "error" if finding.new and certain:
            return "blocker"
        case "error":
            return "critical" if certain else "major"
        case "warning":
            return "major" if certain else "minor"
        case _:
            return "info"


def _identity(audit: Audit, finding: Finding) -> str:
    """What stays the same while the finding does; two projects of one repository have different ones."""
    known = finding.fingerprint or f"{finding.rule}\0{finding.path}\0{finding.function}\0{finding.message}"
    return f"{audit.project.folder}\0{known}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()[:40]


def _tidy(text: str) -> str:
    text = clean(mask(text))
    return text if len(text) <= _TEXT else text[: _TEXT - 1] + "…"
