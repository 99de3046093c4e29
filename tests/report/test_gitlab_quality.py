"""GitLab's code quality report: each finding once, recognised again in the next report."""

import json
from dataclasses import replace

import pytest

from testaudit.model import Project
from testaudit.report import gitlab


def entries(audit):
    return json.loads(gitlab.dump(audit))


def test_an_entry_holds_what_gitlab_reads(sick, finding):
    audit = replace(sick, project=Project("/x", folder="shop"), findings=(finding(fingerprint="f"),))

    (entry,) = entries(audit)

    assert entry.pop("fingerprint")
    assert entry == {
        "description": f"{finding().message}. {finding().remedy}",
        "check_name": "TA301 sleep-in-test",
        "severity": "major",
        "location": {"path": "shop/tests/test_delivery.py", "lines": {"begin": 31}},
    }


def test_old_findings_stay_and_failing_tests_are_another_reports(compared):
    assert len(entries(compared)) == 6
    assert "OperationalError" not in gitlab.dump(compared)


@pytest.mark.parametrize(
    ("severity", "confidence", "new", "expected"),
    [
        ("error", "high", True, "blocker"),
        ("error", "high", None, "critical"),
        ("error", "medium", True, "major"),
        ("warning", "high", True, "major"),
        ("warning", "medium", True, "minor"),
        ("info", "high", True, "info"),
    ],
)
def test_severities_are_gitlabs(sick, finding, severity, confidence, new, expected):
    found = finding(severity=severity, confidence=confidence, new=new)

    assert entries(replace(sick, confidence="medium", findings=(found,)))[0]["severity"] == expected


def test_fingerprints_are_unique_and_stay(sick, finding):
    twins = (finding(fingerprint="f"), finding(fingerprint="f"), finding(), finding(message="other"))
    first = entries(replace(sick, findings=twins))
    moved = entries(replace(sick, findings=tuple(replace(twin, line=twin.line + 5) for twin in twins)))
    elsewhere = entries(replace(sick, findings=twins, project=Project("/x", folder="other")))

    marks = [entry["fingerprint"] for entry in first]
    assert len(set(marks)) == 4
    assert {entry["fingerprint"] for entry in moved} == set(marks)
    assert not {entry["fingerprint"] for entry in elsewhere} & set(marks)


def test_no_findings_are_an_empty_list_and_what_lies_outside_is_left_out(healthy, finding):
    assert entries(healthy) == []
    assert (
        entries(replace(healthy, findings=(finding(path="/etc/passwd"), finding(path="../x.py"), finding(path=""))))
        == []
    )


def test_no_secret_is_told(sick, finding):
    token = "ghp_" + "a1B2" * 9

    assert token not in gitlab.dump(replace(sick, findings=(finding(message=token, path=f"{token}.py"),)))
