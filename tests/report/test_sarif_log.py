"""SARIF 2.1.0: valid, with the help of the rules, and nothing in it that is not known.

The schema below holds what the standard asks of the objects that are written here, and no other member is allowed. The
files were checked against the standard's own schema when they were made.
"""

import gzip
import json
from dataclasses import replace

import pytest
from jsonschema import Draft202012Validator

from testaudit.model import Gap, Project
from testaudit.report import sarif


def thing(required=(), **properties):
    return {"type": "object", "additionalProperties": False, "required": list(required), "properties": properties}


def many(items, least=0):
    return {"type": "array", "items": items, "minItems": least}


TEXT = {"type": "string", "minLength": 1}
BAG = {"type": "object", "properties": {"tags": {"type": "array", "uniqueItems": True, "items": {"type": "string"}}}}
LEVEL = {"enum": ["none", "note", "warning", "error"]}
SAID = thing(["text"], text=TEXT)
URI = {"type": "string", "pattern": r"^(?:[A-Za-z0-9._~/-]|%[0-9A-F]{2})+$"}
PLACE = thing(
    ["artifactLocation"],
    artifactLocation=thing(["uri", "uriBaseId"], uri=URI, uriBaseId={"const": "%SRCROOT%"}),
    region=thing(["startLine"], startLine={"type": "integer", "minimum": 1}, endLine={"type": "integer", "minimum": 1}),
)
LOCATION = thing(
    ["physicalLocation"],
    physicalLocation=PLACE,
    logicalLocations=many(thing(fullyQualifiedName=TEXT, kind=TEXT)),
)
RULE = thing(
    ["id", "name", "shortDescription", "fullDescription", "help", "defaultConfiguration", "properties"],
    id=TEXT,
    name=TEXT,
    shortDescription=SAID,
    fullDescription=SAID,
    help=thing(["text", "markdown"], text=TEXT, markdown=TEXT),
    defaultConfiguration=thing(level=LEVEL),
    properties=BAG,
)
RESULT = thing(
    ["ruleId", "ruleIndex", "level", "message", "locations"],
    ruleId=TEXT,
    ruleIndex={"type": "integer", "minimum": 0},
    level=LEVEL,
    message=SAID,
    locations=many(LOCATION, 1),
    partialFingerprints={"type": "object", "additionalProperties": {"type": "string"}},
    baselineState={"enum": ["new", "unchanged", "updated", "absent"]},
    suppressions=many({"type": "object"}),
    properties=BAG,
)
NOTICE = thing(["message"], level=LEVEL, message=SAID, descriptor=thing(id=TEXT), locations=many(LOCATION))
INVOCATION = thing(
    ["executionSuccessful"],
    executionSuccessful={"type": "boolean"},
    toolExecutionNotifications=many(NOTICE),
    exitSignalNumber={"type": "integer"},
)
DRIVER = thing(["name"], name=TEXT, version=TEXT, semanticVersion=TEXT, rules=many(RULE))
RUN = thing(
    ["tool", "results"],
    tool=thing(["driver"], driver=DRIVER),
    invocations=many(INVOCATION),
    originalUriBaseIds={"type": "object", "additionalProperties": thing(description=SAID)},
    columnKind={"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
    results=many(RESULT),
)
LOG = thing(
    ["version", "runs"],
    **{"$schema": {"type": "string", "format": "uri"}, "version": {"const": "2.1.0"}, "runs": many(RUN, 1)},
)


def run_of(audit):
    log = json.loads(sarif.dump(audit))
    Draft202012Validator(LOG).validate(log)
    return log["runs"][0]


@pytest.mark.parametrize("kind", ["sick", "healthy", "not_run", "incomplete", "empty", "compared"])
def test_it_is_valid_and_each_result_has_its_rule(request, kind):
    run = run_of(request.getfixturevalue(kind))

    rules = run["tool"]["driver"]["rules"]
    assert [rules[result["ruleIndex"]]["id"] for result in run["results"]] == [
        result["ruleId"] for result in run["results"]
    ]
    assert {rule["id"] for rule in rules} == {result["ruleId"] for result in run["results"]}


def test_only_what_is_shown_by_confidence(sick):
    assert len(run_of(sick)["results"]) == 6
    assert len(run_of(replace(sick, confidence="medium"))["results"]) == 7


def test_a_rule_brings_its_help(sick):
    rule = next(rule for rule in run_of(sick)["tool"]["driver"]["rules"] if rule["id"] == "TA301")

    assert rule["shortDescription"]["text"] == "A fixed sleep before a check."
    assert "```python" in rule["help"]["markdown"]
    assert rule["defaultConfiguration"] == {"level": "warning"}
    assert rule["properties"]["problem.severity"] == "warning"
    assert rule["properties"]["tags"] == ["tests", "flaky"]


def test_a_rule_of_another_version_says_what_its_finding_says(sick, finding):
    audit = replace(sick, findings=(finding(rule="TA9999", name="from-tomorrow"),))

    rule = run_of(audit)["tool"]["driver"]["rules"][0]

    assert (rule["id"], rule["help"]["text"]) == ("TA9999", finding().remedy)


@pytest.mark.parametrize(("new", "state"), [(True, "new"), (False, "unchanged"), (None, None)])
def test_what_is_known_of_the_baseline_is_said_and_nothing_else(sick, finding, new, state):
    result = run_of(replace(sick, findings=(finding(new=new, fingerprint="abc"),)))["results"][0]

    assert result.get("baselineState") == state
    assert result["partialFingerprints"] == {"testaudit/v1": "abc"}
    assert "partialFingerprints" not in run_of(replace(sick, findings=(finding(),)))["results"][0]


def test_a_place_is_that_of_the_repository_percent_encoded(sick, finding):
    audit = replace(
        sick,
        project=Project("/x", folder="a b"),
        findings=(finding(path="t/é:%#?.py", line=3, end_line=5), finding(path="", line=0), finding(path="\udcff.py")),
    )

    places = [result["locations"][0]["physicalLocation"] for result in run_of(audit)["results"]]

    assert {place["artifactLocation"]["uri"] for place in places} == {
        "a%20b/t/%C3%A9%3A%25%23%3F.py",
        "a%20b",
        "a%20b/%FF.py",
    }
    assert {"startLine": 3, "endLine": 5} in [place["region"] for place in places]
    assert {"startLine": 1} in [place["region"] for place in places]


def test_gaps_are_notifications_of_a_run_that_did_not_succeed(incomplete):
    invocation = run_of(incomplete)["invocations"][0]

    assert invocation["executionSuccessful"] is False
    first = invocation["toolExecutionNotifications"][0]
    assert first["message"]["text"].startswith("module failed to collect: tests/test_broken.py: ModuleNotFoundError")
    assert first["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "tests/test_broken.py"


def test_a_crowd_stays_within_githubs_limits_worst_first(sick, finding, monkeypatch):
    crowd = tuple(
        finding(line=n + 1, fingerprint=f"{n}", severity="error" if n > 29_990 else "info") for n in range(30_000)
    )

    run = run_of(replace(sick, findings=crowd))

    assert len(run["results"]) == 25_000
    assert [result["level"] for result in run["results"][:10]] == ["error"] * 9 + ["note"]
    assert "5,000 findings left out" in run["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"]


def test_a_log_of_too_many_bytes_is_cut(sick, finding, monkeypatch):
    monkeypatch.setattr(sarif, "COMPRESSED_BYTES", 5_000)
    crowd = tuple(finding(line=n + 1, fingerprint=f"{n * 7919:x}" * 8) for n in range(400))

    text = sarif.dump(replace(sick, findings=crowd))

    assert len(gzip.compress(text.encode())) < 5_000
    assert 0 < len(json.loads(text)["runs"][0]["results"]) < 400


def test_no_secret_and_no_link_of_the_suites_text(sick, finding):
    token = "ghp_" + "a1B2" * 9
    audit = replace(
        sick,
        complete=False,
        findings=(finding(message=f"[click]({token})", path=f"t/{token}.py"),),
        incomplete=(Gap("x", token, token),),
    )

    text = sarif.dump(audit)

    assert token not in text
    assert "](" not in json.loads(text)["runs"][0]["results"][0]["message"]["text"]
