"""JUnit XML: every test with its outcome, as pytest itself writes it, with what the audit knows besides.

The shapes are pytest's (xunit1, with `file` and `line`), so that whatever reads pytest's files reads this one, and
`testaudit scan --junit` too: a failing set-up or teardown is an `<error>` that says so, an xfail is a
`<skipped type="pytest.xfail">`, a crash says that the worker crashed. A test that was not run is no case: pytest writes
none. Earlier attempts of a flaky test stand in it as in Surefire's files (`flakyFailure`, `rerunFailure`).

Known and quarantined failures are failures here: the file says what happened, and the gate what blocks. Properties tell
them apart: `testaudit.standing`, `testaudit.cause`, `testaudit.outcome` (where JUnit has no word for it).
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from testaudit.masking.interface import clean, mask
from testaudit.model import RED
from testaudit.report.standing import in_repository, standings

if TYPE_CHECKING:
    from collections.abc import Iterable

    from testaudit.model import Attempt, Audit, AuditedTest, Failure, NodeId, Outcome, Trouble
    from testaudit.report.standing import Standing

_NO_XML = re.compile("[\ufffe\uffff]")
"""What `clean` leaves, and XML forbids."""
_ATTRIBUTE = 2_000
_ATTEMPTS = 20
_TAGS: dict[Outcome, str] = {"failed": "failure", "error": "error", "crashed": "error", "timed-out": "failure"}
_UNSAID: frozenset[Outcome] = frozenset({"xpassed", "crashed", "timed-out"})
"""Outcomes that a JUnit reader cannot tell from others."""


def dump(audit: Audit) -> str:
    """The file: one suite, one case a test."""
    cases = [test for test in audit.tests if test.outcome is not None]
    counts = Counter(_TAGS.get(test.outcome, test.outcome) for test in cases if test.outcome is not None)
    totals = {
        "name": "pytest",
        "errors": str(counts["error"]),
        "failures": str(counts["failure"]),
        "skipped": str(counts["skipped"] + counts["xfailed"]),
        "tests": str(len(cases)),
        "time": _seconds(audit.summary.duration_s),
        **({"timestamp": _text(audit.generated)} if audit.generated else {}),
    }
    root = Element("testsuites", {"name": "pytest tests"})
    suite = SubElement(root, "testsuite", totals)
    _properties(suite, _about(audit, len(audit.tests) - len(cases)))
    how, failures = standings(audit), {failure.id: failure for failure in audit.failures}
    used: set[tuple[str, str]] = set()
    for test in cases:
        _case(suite, test, _name(audit, test, used), how, failures.get(test.failure or ""))
    indent(root, " ")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{tostring(root, encoding="unicode")}\n'


def _about(audit: Audit, not_run: int) -> Iterable[tuple[str, str]]:
    yield "testaudit.complete", "true" if audit.complete else "false"
    if audit.verdict is not None:
        yield "testaudit.gate", "passed" if audit.verdict.passed else "failed"
    if not_run:
        yield "testaudit.not-run", str(not_run)


def _name(audit: Audit, test: AuditedTest, used: set[tuple[str, str]]) -> dict[str, str]:
    """How the case is called. Two tests of one name would be two attempts of one to a reader."""
    if test.path and test.node_id == test.path:  # a module that did not import, or skipped itself
        classname, name = "", test.path.removesuffix(".py").replace("/", ".")
    else:
        classname, _, name = _split(test.junit_key)
    classname, name = _text(classname), _text(name) or "(no name)"
    plain, number = name, 1
    while (classname, name) in used:
        number += 1
        name = f"{plain} #{number}"
    used.add((classname, name))
    named = {"classname": classname, "name": name}
    if path := in_repository(audit, test.path):
        named["file"] = _text(path)
        if test.line > 0:
            named["line"] = str(test.line - 1)  # pytest counts from 0 here
    return {**named, "time": _seconds(test.duration_s)}


def _split(key: str) -> tuple[str, str, str]:
    """`classname::name[a::b]`: a parameter may hold anything."""
    plain, bracket, parameters = key.partition("[")
    classname, colons, name = plain.rpartition("::")
    return classname, colons, f"{name}{bracket}{parameters}"


def _case(
    suite: Element, test: AuditedTest, named: dict[str, str], how: dict[NodeId, Standing], failure: Failure | None
) -> None:
    case = SubElement(suite, "testcase", named)
    _properties(case, _facts(test, how.get(test.node_id, ""), failure))
    for attempt in _earlier(test):
        tag = "error" if attempt.outcome == "error" else "failure"
        kind = "rerun" if test.outcome in RED else "flaky"
        _result(case, f"{kind}{tag.capitalize()}", attempt.outcome, attempt.troubles, None)
    match test.outcome:
        case "skipped":
            skipped = SubElement(case, "skipped", {"type": "pytest.skip", "message": _text(test.reason)})
            if test.skip_site is not None:
                skipped.text = _text(f"{test.skip_site.path}:{test.skip_site.line}: {test.reason}")
        case "xfailed":
            SubElement(case, "skipped", {"type": "pytest.xfail", "message": _text(test.reason)})
        case "failed" | "error" | "crashed" | "timed-out":
            troubles = test.attempts[-1].troubles if test.attempts else ()
            _result(case, _TAGS[test.outcome], test.outcome, troubles, failure)
            if failure is not None and failure.text and failure.node_ids[:1] == (test.node_id,):
                _explain(case, failure.text)
        case _:
            pass


def _facts(test: AuditedTest, standing: Standing, failure: Failure | None) -> Iterable[tuple[str, str]]:
    if test.outcome in RED and standing:
        yield "testaudit.standing", standing
    if test.outcome in RED and failure is not None:
        yield "testaudit.cause", failure.cause
    if test.outcome in _UNSAID:
        yield "testaudit.outcome", str(test.outcome)
    if test.flaky:
        attempts = [attempt.outcome for attempt in (*test.attempts, *test.reruns)]
        more = ["…"] if len(attempts) > _ATTEMPTS else []
        yield "testaudit.flaky", ", ".join([*attempts[:_ATTEMPTS], *more])


def _earlier(test: AuditedTest) -> list[Attempt]:
    """The failing attempts of a flaky test besides the one that decided."""
    if not test.flaky:
        return []
    return [attempt for attempt in (*test.attempts[:-1], *test.reruns) if attempt.outcome in RED][:_ATTEMPTS]


def _result(case: Element, tag: str, outcome: Outcome, troubles: tuple[Trouble, ...], failure: Failure | None) -> None:
    """What went wrong: the first exception decides the message, all of them stand in the text."""
    first = troubles[0] if troubles else None
    if outcome == "error":
        first = next((trouble for trouble in troubles if trouble.phase in {"setup", "teardown", "collect"}), first)
    said = f"{first.type}: {first.message}" if first is not None and first.type else ""
    said = said or (first.message if first is not None else "") or (failure.message if failure is not None else "")
    texts = [trouble.text for trouble in troubles if trouble.text]
    message = said or str(outcome)
    if outcome == "crashed":
        message = f"worker 'testaudit' crashed while running {case.get('name')}: {message}"
    elif outcome == "error" and first is not None and first.phase in {"setup", "teardown"}:
        message = f'failed on {first.phase} with "{message}"'
    element = SubElement(case, tag, {"message": _text(message, _ATTRIBUTE)})
    if first is not None and first.type:
        element.set("type", _text(first.type, _ATTRIBUTE))
    element.text = _text("\n\n".join(texts)) or None


def _explain(case: Element, text: str) -> None:
    """The long text of a failure, where its attempt does not hold it; once for all tests that fail alike."""
    if not case[-1].text:
        case[-1].text = _text(text)


def _properties(parent: Element, named: Iterable[tuple[str, str]]) -> None:
    entries = list(named)
    if entries:
        properties = SubElement(parent, "properties")
        for name, value in entries:
            SubElement(properties, "property", {"name": name, "value": _text(value)})


def _seconds(duration_s: float) -> str:
    return f"{duration_s:.3f}"


def _text(text: str, limit: int = 0) -> str:
    """Text that XML can hold, without secrets; what it cannot hold becomes visible."""
    text = clean(mask(text))
    if not text.isprintable():
        text = _NO_XML.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
    return f"{text[: limit - 2]}…{text[-1]}" if 0 < limit < len(text) else text
