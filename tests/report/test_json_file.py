"""The audit file: what is written can be read again, holds the contract, and whatever else is read gets a clear answer."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from testaudit import model
from testaudit.errors import AuditError, ImpossibleError, UsageError
from testaudit.experiments.interface import CONDITIONS
from testaudit.model import Attempt, Audit, AuditedTest, FixtureUse, Marker, NodeId
from testaudit.report import interface, json_v1

TEXT = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=12)
NUMBER = st.floats(allow_nan=False, allow_infinity=False)
WHOLE = st.integers(0, 2**40)
RATIO = st.floats(0, 1)
LEVELS = st.tuples(WHOLE, WHOLE, WHOLE).map(
    lambda counts: tuple(zip(("unit", "integration", "e2e"), counts, strict=True))
)
FIXED: dict[tuple[str, str], st.SearchStrategy[Any]] = {
    # What the file leaves out by design.
    ("Project", "root"): st.just("."),
    ("Environment", "executable"): st.just(""),
    ("AuditedTest", "reached"): st.none(),
    # What the model promises and its types do not say.
    ("Summary", "pass_rate"): st.none() | RATIO,
    ("Summary", "pass_rate_executed"): st.none() | RATIO,
    ("Summary", "levels"): LEVELS,
    ("Repair", "pass_rate"): st.none() | RATIO,
}


def of_type(hint: Any) -> st.SearchStrategy[Any]:
    """Values of a type as the glossary uses it."""
    plain = {str: TEXT, float: NUMBER, int: WHOLE, bool: st.booleans(), NoneType: st.none(), NodeId: TEXT.map(NodeId)}
    if hint in plain:
        return plain[hint]
    origin, args = get_origin(hint), get_args(hint)
    if origin is Literal:
        return st.sampled_from(args)
    if origin in {Union, UnionType}:
        return st.one_of([of_type(arg) for arg in args])
    if origin is tuple and args[-1] is Ellipsis:
        return st.lists(of_type(args[0]), max_size=2).map(tuple)
    if origin is tuple:
        return st.tuples(*[of_type(arg) for arg in args])
    return values(hint)


def values(kind: type[Any]) -> st.SearchStrategy[Any]:
    """Instances of one of the glossary's classes."""
    hints = get_type_hints(kind, {**vars(model), "Literal": Literal})
    parts = {
        name: FIXED[kind.__name__, name] if (kind.__name__, name) in FIXED else of_type(hints[name])
        for name in (field.name for field in fields(kind))
    }
    return st.builds(kind, **parts)


FIXED.update({("Attempt", name): st.just(()) for name in ("leaks", "connections", "binds", "opened", "doubles")})
FIXED["Attempt", "condition"] = st.sampled_from(["main", "after-restart"])
FIXED["AuditedTest", "reruns"] = st.lists(
    st.builds(replace, values(Attempt), condition=st.sampled_from(CONDITIONS)), max_size=2
).map(tuple)

AUDITS: st.SearchStrategy[Audit] = values(Audit)


@given(AUDITS)
@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large], deadline=None, max_examples=60)
def test_what_is_saved_is_read_again(audit: Audit) -> None:
    assert json_v1.load(json_v1.dump(audit)) == audit


@given(AUDITS)
@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large], deadline=None, max_examples=25)
def test_what_is_saved_holds_the_schema(audit: Audit) -> None:
    Draft202012Validator(json.loads(json_v1.schema())).validate(json.loads(json_v1.dump(audit)))


def test_the_schema_is_one_and_says_which() -> None:
    schema = json.loads(json_v1.schema())

    Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    entries = [schema, *schema["$defs"].values()]
    silent = [
        name
        for entry in entries
        for name, field in entry["properties"].items()
        if "description" not in field and "$ref" not in field
    ]
    assert silent == []


def test_the_contracts_fields_are_there(sick: Audit) -> None:
    audit = json.loads(json_v1.dump(sick))

    assert audit["schema_version"] == "1.0"
    assert audit["tool"]["name"] == "testaudit"
    assert audit["project"] == {"root": ".", "name": "shop", "commit": "abc1234", "branch": "main", "dirty": True}
    assert set(audit["environment"]) == {"python", "pytest", "platform", "plugins"}
    assert audit["complete"] is True
    assert audit["incomplete"] == []
    assert audit["partial"] is False
    assert audit["summary"]["collected"] == 37
    assert audit["summary"]["pass_rate"] == pytest.approx(29 / 36)
    assert audit["summary"]["levels"] == {"unit": 31, "integration": 6, "e2e": 0}
    assert audit["summary"]["cost"] == {"slept_s": 2.6, "setup_s": 0.21, "reruns_s": 0.0}
    test = audit["tests"][0]
    contract = "node_id junit_key path line level outcome flaky reason skip_kind attempts failure"
    assert set(contract.split()) <= set(test)
    assert test["attempts"] == [{"outcome": "passed", "duration_s": 0.02, "condition": "main"}]
    contract = "rule name antipattern severity confidence path line end_line node_ids message remedy evidence fingerprint new fixable"
    assert set(contract.split()) <= set(audit["findings"][0])
    contract = "id antipattern cause signature node_ids message evidence advice"
    assert set(contract.split()) <= set(audit["failures"][0])
    assert audit["gate"]["passed"] is False
    assert set(audit["gate"]["checks"][2]) == {"name", "passed", "actual", "limit", "why", "what_to_do"}
    assert len(audit["findings"]) == 7


def test_no_place_on_this_machine_is_saved(sick: Audit) -> None:
    assert "/home/ada" not in json_v1.dump(sick)


def test_tests_share_their_fixtures_and_markers(sick: Audit) -> None:
    use, marker = FixtureUse("db", "function", "tests/conftest.py", 4, 0.5), Marker("parametrize", ("'a'", "[1]"))
    tests = tuple(replace(test, fixtures=(use,), markers=(marker,)) for test in sick.tests)

    text = json_v1.dump(replace(sick, tests=tests))

    assert text.count('"parametrize"') == 1
    assert json_v1.load(text).tests == tests


def test_what_json_cannot_hold_is_made_visible(sick: Audit) -> None:
    odd = AuditedTest(NodeId("t.py::test_\udc80"), "k", "t.py", 1, "passed", (Attempt("passed", float("inf")),))

    read = json_v1.load(json_v1.dump(replace(sick, tests=(odd,), notes=("Infinity is a word",))))

    assert read.tests[0].node_id == "t.py::test_\\udc80"
    assert read.tests[0].attempts[0].duration_s == 0
    assert read.notes == ("Infinity is a word",)


def test_unknown_fields_of_a_later_minor_version_are_passed_over(sick: Audit) -> None:
    document = json.loads(json_v1.dump(sick)) | {"schema_version": "1.7", "weather": "mild"}

    assert json_v1.load(json.dumps(document)) == json_v1.load(json_v1.dump(sick))


@pytest.mark.parametrize(
    ("text", "kind", "words"),
    [
        ("", ImpossibleError, "audit.json is empty"),
        (" \n", ImpossibleError, "audit.json is empty"),
        ("<testsuites/>", UsageError, "audit.json is XML"),
        (b"<?xml version='1.0'?><testsuites/>", UsageError, "audit.json is XML"),
        ("hello", UsageError, "not a saved audit"),
        ("[]", UsageError, "not a saved audit"),
        ("{}", UsageError, "not a saved audit"),
        ('{"schema_version": 3}', UsageError, "not a saved audit"),
        ('{"schema_version": "2.0"}', UsageError, "schema version 2.0"),
        ('{"schema_version": "1.0"}', ImpossibleError, "damaged or cut short"),
        ('{"schema_version": "1.0", "tests": [', ImpossibleError, "damaged or cut short"),
        ('{"schema_version": "\\ud800"}', ImpossibleError, "damaged or cut short"),
        ("{" + '"a": [' * 20_000, ImpossibleError, "damaged or cut short"),
        (b'{"schema_version": "1.0", "x": "\xff"}', ImpossibleError, "damaged or cut short"),
        ("\udc80", UsageError, "not a saved audit"),
        ("\x00\x01\x02", UsageError, "not a saved audit"),
    ],
)
def test_another_file_is_told_apart(text: str | bytes, kind: type[AuditError], words: str) -> None:
    with pytest.raises(kind, match=words) as refused:
        json_v1.load(text, name="audit.json")

    assert refused.value.hint


def test_a_whole_audit_of_a_newer_version_is_refused(sick: Audit) -> None:
    text = json_v1.dump(sick).replace('"schema_version": "1.0"', '"schema_version": "2.0"')

    with pytest.raises(UsageError, match=r"schema version 2\.0") as refused:
        json_v1.load(text)

    assert "upgrade" in refused.value.hint


@pytest.mark.parametrize(
    "change",
    [
        {"tests": [{"node_id": 3}]},
        {"summary": None},
        {"complete": "yes"},
        {"slowest": [["a"]]},
        {"project": {"root": "."}},
        {"fixture_setup": [["a", "b", -1, 0.0]]},
    ],
)
def test_a_field_of_a_wrong_kind_is_named(sick: Audit, change: dict[str, object]) -> None:
    document = json.loads(json_v1.dump(sick)) | change

    with pytest.raises(ImpossibleError, match=next(iter(change))):
        json_v1.load(json.dumps(document))


def test_a_reference_to_nothing_is_named(sick: Audit) -> None:
    document = json.loads(json_v1.dump(sick))
    document["tests"][0]["markers"] = [7]

    with pytest.raises(ImpossibleError, match="does not hold"):
        json_v1.load(json.dumps(document))


@given(data=st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
def test_a_file_that_was_cut_or_scratched_never_ends_in_a_traceback(sick: Audit, data: st.DataObject) -> None:
    text = json_v1.dump(replace(sick, tests=sick.tests[-3:], findings=sick.findings[:1]))
    place = data.draw(st.integers(0, len(text) - 1))
    scratched = text[:place] + data.draw(TEXT) + text[data.draw(st.integers(place, len(text))) :]

    try:
        json_v1.load(scratched)
    except AuditError as error:
        assert error.message
        assert error.hint


def test_formats_are_found_by_name(sick: Audit) -> None:
    assert interface.find("json").dump(sick) == json_v1.dump(sick)
    with pytest.raises(UsageError) as refused:
        interface.find("jsn")
    assert "Did you mean json?" in refused.value.hint
