"""What GitHub's runner does with our lines: it obeys ours, ten of a kind, and none that the suite's text would forge."""

import re
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from testaudit.model import NodeId, Project, Verdict
from testaudit.report import github
from testaudit.report.workflow_commands import command, harmless_json, harmless_lines, harmless_xml

COMMANDS = {"error", "warning", "notice", "debug", "add-mask", "stop-commands", "group", "endgroup", "set-output"}
BITS = [
    "::error::x",
    "##[error]x",
    "###[warning]",
    "%0A",
    "%25",
    "\r",
    "\n",
    ":",
    ",",
    "::",
    " ",
    "a",
    "\x85",
    "\u2028",
]
HOSTILE = st.lists(st.sampled_from(BITS) | st.text(max_size=5), max_size=12).map("".join)


def obey(line):
    """(level, properties, message) as the runner reads a line; None where it is no command."""
    trimmed = line.lstrip()
    if trimmed.startswith("::") and "::" in trimmed[2:]:
        head, _, data = trimmed[2:].partition("::")
        name, _, rest = head.partition(" ")
        if name in COMMANDS:
            pairs = (pair.split("=", 1) for pair in rest.split(",") if "=" in pair)
            return name, {key: unescape(value, also={"%3A": ":", "%2C": ","}) for key, value in pairs}, unescape(data)
    old = re.search(r"##\[([\w-]+)[^\]]*\](.*)", line)
    return (old[1], {}, old[2]) if old and old[1] in COMMANDS else None


def unescape(text, also=None):
    for escaped, plain in {"%0D": "\r", "%0A": "\n", **(also or {}), "%25": "%"}.items():
        text = text.replace(escaped, plain)
    return text


def annotations(audit):
    return [obey(line) for line in re.split(r"[\r\n]+", github.dump(audit)) if line]


@given(HOSTILE, HOSTILE, HOSTILE)
def test_any_text_is_one_command_that_says_what_it_was_given(message, title, path):
    line = command("error", f"said {message} end", title=f"T{title}T", path=f"tests/{path}x.py", line=7)

    assert re.search(r"[\r\n]", line) is None
    assert "##[" not in line
    level, properties, said = obey(line)
    assert (level, properties["line"]) == ("error", "7")
    assert set(properties) == {"file", "line", "title"}
    assert (properties["title"][0], properties["title"][-1]) == ("T", "T")
    assert (said[:5], said[-4:]) == ("said ", " end")
    assert ("%" in said) == ("%" in message)


@given(HOSTILE)
def test_what_stands_in_json_and_xml_stays_and_is_no_command(text):
    import json
    from xml.etree.ElementTree import Element, fromstring, tostring

    element = Element("x", {"said": "".join(char for char in text if char.isprintable())})
    element.text = "".join(char for char in text if char.isprintable() or char == "\n")
    written = json.dumps({"said": text}, indent=1)
    marked = tostring(element, encoding="unicode")

    assert json.loads(harmless_json(written)) == {"said": text}
    read = fromstring(harmless_xml(marked))
    assert (read.text or "", read.get("said")) == (element.text, element.get("said"))
    for line in f"{harmless_json(written)}\n{harmless_xml(marked)}".splitlines():
        assert obey(line) is None


def test_new_failures_come_first_then_the_gates_checks_then_new_findings(compared):
    said = annotations(compared)

    assert [(level, properties["title"]) for level, properties, _ in said] == [
        ("error", "new: 1 test fails (unknown)"),
        ("error", "gate: new-failures failed"),
        ("error", "TA302 sleep-in-async"),
        ("warning", "gate: loosened warns"),
        ("warning", "TA301 sleep-in-test"),
        ("notice", "testaudit: Gate failed"),
        ("notice", "1 known failure fixed"),
    ]
    assert said[0][1]["file"] == "tests/test_delivery.py"
    assert "owners: @shop/delivery" in said[0][2]
    assert "Ada in abc1234" in said[0][2]


def test_of_a_group_that_is_partly_known_the_new_tests_are_named(compared):
    mixed = replace(compared.failures[0], node_ids=(*compared.failures[0].node_ids, *compared.failures[1].node_ids))

    said = annotations(replace(compared, failures=(mixed,)))

    assert said[0][1]["title"] == "new: 1 test fails (environment)"
    assert "test_parcel_arrives[by bike]" in said[0][2]
    assert "test_paying" not in said[0][2]


def test_without_a_baseline_every_failure_and_finding_counts(sick):
    said = annotations(sick)

    assert [properties["title"] for level, properties, _ in said if level == "error"] == [
        "5 tests fail alike (environment)",
        "1 test fails (unknown)",
        "gate: pass-rate failed",
        "gate: failures failed",
        "TA302 sleep-in-async",
    ]


def test_paths_are_those_of_the_repository(sick):
    inside = replace(sick, project=Project("/x", "shop", folder="services/shop"))
    outside = replace(sick, findings=(replace(sick.findings[0], path="../../../etc/passwd"),))

    assert annotations(inside)[0][1]["file"] == "services/shop/tests/integration/test_checkout.py"
    assert "file" not in next(entry for entry in annotations(outside) if "TA302" in entry[1]["title"])[1]


def test_a_crowd_stays_within_what_github_shows_and_says_what_is_missing(crowd):
    said = annotations(crowd)

    assert None not in said
    counts = Counter(level for level, _, _ in said)
    assert counts["error"] == counts["warning"] == counts["notice"] == 10
    errors = [properties["title"][:4] for level, properties, _ in said if level == "error"]
    assert errors == ["new:"] * 6 + ["gate"] * 3 + ["TA30"]
    assert re.search(r"\d,\d{3} failures, \d+ checks, \d,\d{3} findings more are in the job summary", said[-1][2])
    assert max(len(line) for line in github.dump(crowd).splitlines()) < 8_000


def test_a_healthy_suite_has_one_notice(healthy):
    assert annotations(healthy) == [
        ("notice", {"title": "testaudit: Gate passed"}, "This suite deserves trust: 1,204 of 1,204 expected tests passed, and nothing suspicious was found.")
    ]  # fmt: skip


@pytest.mark.parametrize("kind", ["not_run", "incomplete", "empty"])
def test_whatever_the_audit_each_line_is_a_command(request, kind):
    said = annotations(request.getfixturevalue(kind))

    assert said
    assert None not in said


def test_no_secret_of_a_test_id_or_message_is_told(sick):
    token = "ghp_" + "a1B2" * 9
    failure = replace(sick.failures[1], node_ids=(NodeId(f"tests/test_x.py::test_y[{token}]"),), message=f"no {token}")
    audit = replace(sick, failures=(failure,), verdict=Verdict(()))

    assert token not in github.dump(audit)
    assert "no ***" in github.dump(audit)


@given(HOSTILE)
def test_lines_for_a_log_hold_no_command(text):
    lines = harmless_lines(text).split("\n")

    assert [line for line in lines if obey(line)] == []


def test_a_path_hides_nothing_and_holds_no_secret():
    said = command("error", "x", path="tests/test_\x1b[2J\u202epassword=hunter2.py", line=1)

    assert said == "::error file=tests/test_\\x1b[2J\\u202epassword=***,line=1::x"
