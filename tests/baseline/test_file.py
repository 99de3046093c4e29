"""The file: what is written is read back, one test a line; branches merge; whatever is damaged is said, not guessed."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from testaudit.baseline import interface as file
from testaudit.baseline.interface import (
    AcceptedFinding,
    Baseline,
    Count,
    KnownFailure,
    Lowering,
    Removal,
)
from testaudit.baseline.read import parse
from testaudit.baseline.write import dump
from testaudit.errors import UsageError
from testaudit.model import Bar, NodeId
from testaudit.record import with_known
from tests.baseline.suites import FILE, TODAY, audit, baseline_of, case, cases, kept

# ---------------------------------------------------------------- any baseline

# A byte of a name that is not UTF-8 comes as a lone surrogate of the lower half.
CHARACTERS = st.characters(exclude_categories=["Cs"]) | st.sampled_from("\udc80\udcff\"'\\[]{}:,\n\r\t\x00\x1b\u2028é*")
TEXTS = st.text(CHARACTERS, max_size=12)
PATHS = st.builds("tests/{}.py".format, TEXTS.filter(lambda text: ":" not in text))
FUNCTIONS = st.builds("{}::test_{}".format, PATHS, TEXTS.filter(lambda text: not text.endswith(":"))) | PATHS
LABELS = st.sampled_from(["default", "py3.9", "Ωmega @home", "{"])
DAYS = st.dates().map(lambda day: day.isoformat())
NUMBERS = st.integers(0, 10**9)
COUNTS = st.builds(Count, st.integers(1, 10**6), NUMBERS, NUMBERS, NUMBERS)


@st.composite
def baselines(draw):
    labels = draw(st.lists(LABELS, min_size=1, unique=True))
    bars = [
        Bar(
            label,
            draw(NUMBERS),
            draw(NUMBERS),
            draw(NUMBERS),
            draw(NUMBERS),
            round(draw(st.floats(0, 10**6)), 3),
            tuple((level, draw(NUMBERS), draw(NUMBERS)) for level in draw(st.sets(st.sampled_from(("unit", "e2e"))))),
            draw(TEXTS),
            draw(TEXTS),
            draw(TEXTS),
            draw(DAYS),
        )
        for label in sorted(labels)
    ]
    names = sorted(draw(st.sets(FUNCTIONS, max_size=6)), key=lambda name: name.partition("::")[::2])
    functions = [
        file.TestedFunction(
            NodeId(name),
            draw(st.sampled_from(["", "0123456789ab"])),
            tuple((label, draw(COUNTS)) for label in sorted(draw(st.sets(st.sampled_from(labels), min_size=1)))),
        )
        for name in names
    ]
    known = [
        KnownFailure(
            NodeId(name), tuple(sorted(labels)), draw(TEXTS), draw(TEXTS), draw(DAYS | st.just("")), draw(TEXTS), draw(st.integers(1, 9))
        )
        for name in sorted(draw(st.sets(TEXTS, max_size=3)))
    ]  # fmt: skip
    findings = [
        AcceptedFinding(fingerprint, "TA301", path, "TestA.test_b")
        for path, fingerprint in sorted(
            (path, draw(TEXTS)) for path in draw(st.sets(PATHS.filter(lambda path: "::" not in path), max_size=3))
        )
    ]
    assume_unique = {finding.fingerprint: finding for finding in findings}
    return Baseline(
        tuple(bars),
        tuple(functions),
        tuple(known),
        tuple(sorted(map(NodeId, draw(st.sets(TEXTS, max_size=3))))),
        tuple(found for found in findings if assume_unique[found.fingerprint] is found),
        tuple(
            Removal(NodeId(name), "w" + draw(TEXTS), draw(DAYS)) for name in sorted(draw(st.sets(TEXTS, max_size=2)))
        ),
        tuple(Lowering(draw(DAYS), "w" + draw(TEXTS)) for _ in range(draw(st.integers(0, 2)))),
    )


@given(baselines())
def test_what_is_written_is_read_back(baseline):
    found = kept(baseline)

    assert replace(found, seals=()) == baseline
    assert found.edited == ()


@given(baselines())
def test_what_is_read_is_written_as_it_was(baseline):
    text = dump(baseline)

    assert dump(parse(text.encode(), FILE)) == text
    assert dump(parse(text.encode(), FILE), resealed=True) == text


@given(baselines())
def test_the_order_in_memory_does_not_show(baseline):
    turned = replace(
        baseline,
        bars=baseline.bars[::-1],
        functions=baseline.functions[::-1],
        known=baseline.known[::-1],
        flaky=baseline.flaky[::-1],
        removed=baseline.removed[::-1],
    )

    assert dump(turned) == dump(baseline)


SUITE = audit(
    *cases("tests/test_a.py::test_a", "tests/test_a.py::test_p[1]", "tests/test_a.py::test_p[2]"),
    case("tests/test_b.py::TestB::test_b", "failed"),
    case("tests/test_c.py", "skipped", skip_kind="conditional"),
)


def test_a_test_takes_one_line():
    lines = [line.strip().rstrip(",") for line in dump(baseline_of(SUITE)).splitlines()]

    assert '"test_a": {"cases": 1}' in lines
    assert '"test_p": {"cases": 2}' in lines
    assert '"TestB::test_b": {"cases": 1, "missed": 1}' in lines
    assert '"": {"cases": 1, "skipped": 1}' in lines


def test_windows_line_ends_change_nothing():
    text = dump(baseline_of(SUITE))

    assert parse(text.replace("\n", "\r\n").encode(), FILE) == parse(text.encode(), FILE)


# ---------------------------------------------------------------- branches


@pytest.mark.parametrize(
    ("mine", "theirs"),
    [("tests/test_a.py::test_a", "tests/test_z.py::test_z"), ("tests/test_m.py::test_1", "tests/test_y.py::test_2")],
)
def test_two_branches_that_accept_another_failure_each_merge(tmp_path, mine, theirs):
    there = [f"tests/test_{letter}.py::test_{letter}" for letter in "bcdpqrvw"]
    names = [*there, mine, theirs]
    base = with_known(baseline_of(audit(*cases(*names))), there, issue="A-1", owner="", until="", today=TODAY)
    sides = [with_known(base, [name], issue="A-2", owner="", until="", today=TODAY) for name in (mine, theirs)]
    for name, text in zip(("mine", "base", "theirs"), (dump(sides[0]), dump(base), dump(sides[1])), strict=True):
        (tmp_path / name).write_text(text, encoding="utf-8")

    merge = subprocess.run(
        ["git", "merge-file", "-p", "mine", "base", "theirs"],
        cwd=tmp_path,
        capture_output=True,
        check=False,
        timeout=60,
    )

    assert merge.returncode == 0
    assert {entry.node_id for entry in parse(merge.stdout, FILE).known} == set(names)


# ---------------------------------------------------------------- the seal

WHOLE = json.loads(dump(kept(baseline_of(SUITE))))
BAR = WHOLE["environments"]["default"]


def edited(change) -> tuple[str, ...]:
    document = json.loads(json.dumps(WHOLE))
    change(document)
    return parse(json.dumps(document).encode(), FILE).edited


@pytest.mark.parametrize("key", sorted(BAR))
def test_an_edited_figure_is_found(key):
    others = {"levels": {"unit": [1, 1]}, "pass_rate": 0.99}

    def change(document):
        was = BAR[key]
        other = others[key] if key in others else f"{was}x" if isinstance(was, str) else was + 1
        assert other != was
        document["environments"]["default"][key] = other

    assert edited(change) == ("default",)


def entries():
    return [(path, test, key) for path, tests in WHOLE["tests"].items() for test in tests for key in ("cases", "skipped", "xfailed", "missed", "body")]  # fmt: skip


@pytest.mark.parametrize(("path", "test", "key"), entries())
def test_an_edited_count_is_found(path, test, key):
    def change(document):
        entry = document["tests"][path][test]
        entry[key] = "000000000000" if key == "body" else entry.get(key, 0) + 1

    assert edited(change) == ("default",)


@pytest.mark.parametrize(("path", "test"), sorted({(path, test) for path, test, _ in entries()}))
def test_a_line_that_was_taken_out_is_found(path, test):
    assert edited(lambda document: document["tests"][path].pop(test)) == ("default",)


def test_a_test_that_was_written_in_is_found():
    assert edited(lambda document: document["tests"].update({"tests/x.py": {"test_x": {"cases": 1}}})) == ("default",)


def test_an_environment_that_nobody_measured_is_found():
    def change(document):
        document["tests"]["tests/test_a.py"]["test_a"] = {"environments": {"default": {"cases": 1}, "x": {"cases": 1}}}

    assert edited(change) == ("x",)


def test_an_environment_that_was_copied_is_found():
    assert edited(lambda document: document["environments"].update(copy=BAR)) == ("copy",)


@pytest.mark.parametrize(
    "change",
    [
        {"known_failures": {}},
        {"known_failures": {"tests/test_a.py::test_a": {"environments": ["default"], "issue": "A-1"}}},
        {"flaky": ["tests/test_a.py::test_a"]},
        {"findings": {"f": "TA301 a.py::test"}},
        {"removed": {"tests/test_a.py::test_a": {"date": "2026-11-21", "why": "w"}}},
        {"lowered": [{"date": "2026-11-21", "why": "w"}]},
        {"about": "mine"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_what_people_accept_is_not_sealed(change):
    assert edited(lambda document: document.update(change)) == ()


@pytest.mark.parametrize(
    "change", [{"seal": ""}, {"pass_rate": 0.5}, {"passed": 1}, {"passed": 1, "seal": ""}, {"seal": "0" * 16}], ids=str
)
def test_no_command_but_a_measurement_seals_what_was_edited(change):
    document = json.loads(json.dumps(WHOLE))
    document["environments"]["default"].update(change)
    found = parse(json.dumps(document).encode(), FILE)

    assert kept(found, resealed=False).edited == ("default",)


# ---------------------------------------------------------------- damage

TEXT = dump(baseline_of(SUITE)).encode()


def refused(data: bytes) -> UsageError:
    with pytest.raises(UsageError) as caught:
        parse(data, FILE)
    assert caught.value.message.startswith(FILE)
    assert caught.value.hint
    return caught.value


@pytest.mark.parametrize("end", range(0, len(TEXT) - 1, 7))
def test_a_file_that_was_cut_short_is_never_a_baseline(end):
    assert "is no baseline" in refused(TEXT[:end]).message


@given(st.integers(0, len(TEXT) - 2))
def test_a_file_that_was_cut_anywhere_is_never_a_baseline(end):
    assert refused(TEXT[:end])


@given(st.integers(0, len(TEXT) - 1), st.binary(max_size=3))
def test_bytes_that_were_exchanged_are_refused_or_found(at, other):
    data = TEXT[:at] + other + TEXT[at + max(1, len(other)) :]

    try:
        found = parse(data, FILE)
    except UsageError:
        return
    accepted = replace(found, known=(), flaky=(), findings=(), removed=(), lowered=(), seals=())
    whole = parse(TEXT, FILE)

    assert found.edited or accepted == replace(whole, known=(), flaky=(), findings=(), removed=(), lowered=(), seals=())


@given(st.binary(max_size=40) | st.text(max_size=40).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_anything_else_is_no_baseline(data):
    assert refused(data)


DAMAGE = {
    "empty": (b"", "is no baseline"),
    "blank": (b" \n\n", "is no baseline"),
    "a list": (b"[]", "no version"),
    "null": (b"null", "no version"),
    "an object": (b"{}", "no version"),
    "version true": (b'{"testaudit_baseline": true}', "no version"),
    "version zero": (b'{"testaudit_baseline": 0}', "no version 0"),
    "newer": (b'{"testaudit_baseline": 2}', "version 2; this testaudit reads version 1"),
    "no environment": (b'{"testaudit_baseline": 1, "environments": {}, "tests": {}}', "no environment"),
    "no tests": (b'{"testaudit_baseline": 1, "environments": {}}', "`tests`: it is missing"),
    "not UTF-8": (TEXT.replace(b"test_a", b"test_\xff", 1), "not UTF-8"),
    "NaN": (TEXT.replace(b'"cases": 1', b'"cases": NaN', 1), "NaN"),
    "infinity": (TEXT.replace(b'"cases": 1', b'"cases": 1e999', 1), "cases"),
    "a fraction": (TEXT.replace(b'"cases": 1', b'"cases": 1.5', 1), "cases"),
    "a word": (TEXT.replace(b'"cases": 1', b'"cases": "1"', 1), "cases"),
    "true": (TEXT.replace(b'"cases": 1', b'"cases": true', 1), "cases"),
    "none": (TEXT.replace(b'"cases": 1', b'"cases": 0', 1), "cases"),
    "less than none": (TEXT.replace(b'"cases": 1', b'"cases": -1', 1), "cases"),
    "huge": (TEXT.replace(b'"cases": 1', b'"cases": 1' + b"0" * 400, 1), "cases"),
    "thousands of digits": (TEXT.replace(b'"cases": 1', b'"cases": 1' + b"0" * 5_000, 1), "is no baseline"),
    "huge figure": (TEXT.replace(b'"passed": ', b'"passed": 1' + b"0" * 400, 1), "passed"),
    "huge level": (TEXT.replace(b'"levels": {', b'"levels": {"e2e": [1, 1' + b"0" * 400 + b"], ", 1), "levels"),
    "a negative level": (TEXT.replace(b'"levels": {', b'"levels": {"e2e": [-1, 1], ', 1), "levels"),
    "huge seconds": (TEXT.replace(b'"duration_s": ', b'"duration_s": 1' + b"0" * 400, 1), "duration_s"),
    "an unknown key": (TEXT.replace(b'"about"', b'"abuot"', 1), "`abuot`: no such entry is known"),
    "an unknown key of a test": (TEXT.replace(b'"cases": 1', b'"cases": 1, "case": 1', 1), "case`: no such entry"),
    "an unknown level": (TEXT.replace(b'"unit"', b'"units"', 1), "levels"),
    "a key twice": (TEXT.replace(b'"about"', b'"tests": {},\n  "about"', 1), "`tests` stands there twice"),
    "a test twice": (TEXT.replace(b'"test_a":', b'"test_a": {"cases": 1},\n      "test_a":', 1), "`test_a` stands"),
    "a count twice": (TEXT.replace(b'"cases": 1', b'"cases": 1, "cases": 9', 1), "`cases` stands there twice"),
    "merge markers": (TEXT.replace(b'    "tests/test_b', b'<<<<<<< HEAD\n    "tests/test_b', 1), "merge markers"),
    "a marker alone": (TEXT + b"=======\n", "merge markers"),
    "deep": (b'{"testaudit_baseline": 1, "tests": ' + b"[" * 100_000, "is no baseline"),
    "deep and whole": (b'{"tests": ' * 50_000 + b"1" + b"}" * 50_000, "is no baseline"),
    "two documents": (TEXT + TEXT, "is no baseline"),
    "a byte order mark": (b"\xef\xbb\xbf" + TEXT, "is no baseline"),
}  # fmt: skip


@pytest.mark.parametrize(("data", "says"), DAMAGE.values(), ids=DAMAGE)
def test_damage_is_said_with_what_to_do(data, says):
    assert says in refused(data).message


@pytest.mark.parametrize("name", ["an unknown key", "a test twice", "none", "merge markers", "a count twice"])
def test_damage_is_said_with_its_line(name):
    data = DAMAGE[name][0]
    first = next(
        number
        for number, (was, now) in enumerate(zip(TEXT.splitlines(), data.splitlines(), strict=False), start=1)
        if was != now
    )

    said = refused(data).message

    assert f"{FILE}, line " in said
    assert abs(int(said.split("line ")[1].split(":")[0]) - first) <= 1


@pytest.mark.parametrize("day", ["2026-13-01", "2026-02-30", "0000-01-01", "20261231", "soon", "２０２６-12-31", "2026-12-31\n"])  # fmt: skip
@pytest.mark.parametrize("where", ["until", "removed", "lowered"])
def test_a_day_that_is_none_is_refused(day, where):
    document = json.loads(TEXT)
    if where == "until":
        document["known_failures"]["tests/test_b.py::TestB::test_b"]["until"] = day
    elif where == "removed":
        document["removed"] = {"tests/test_a.py::test_a": {"date": day, "why": "w"}}
    else:
        document["lowered"] = [{"date": day, "why": "w"}]

    assert where in refused(json.dumps(document).encode()).message


def test_a_name_that_would_forge_a_line_is_cleaned():
    name = "tests/test_\x1b[31m\n::error::.py"
    data = json.dumps({**WHOLE, "tests": {name: {"test_a": {"cases": -1}}}}).encode()

    said = refused(data).message

    assert "\x1b" not in said
    assert "\n" not in said
