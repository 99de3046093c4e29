"""`testaudit baseline accept`: failures that have to wait and tests that were meant to go, and names of every kind."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone

import pytest

from tests.baseline.suites import audit, case, cases
from tests.cli.typed import BASELINE, LAST, saved, typed

TODAY = datetime.now(timezone.utc).date()
IN_90_DAYS, SOON = (f"{TODAY + timedelta(days=days)}" for days in (90, 30))
A, B, C = (f"tests/test_a.py::test_{name}" for name in "abc")
IN_CLASS, TWO = "tests/test_b.py::TestB::test_d", [f"tests/test_b.py::test_e[{number}]" for number in (1, 2)]
SUITE = {
    "tests/test_a.py": "".join(f"def test_{name}(): assert {number} + 1\n" for number, name in enumerate("abc")),
    "tests/test_b.py": "import pytest\nclass TestB:\n    def test_d(self): assert 'd'\n"
    "@pytest.mark.parametrize('n', [1, 2])\ndef test_e(n): assert n\n",
}
WHOLE = cases(A, B, C, IN_CLASS, *TWO)


@pytest.fixture
def suite(project):
    """A suite with a baseline of the day on which all passed."""
    made = project(SUITE)
    assert typed("baseline", "write", "--audit", saved(made, audit(*WHOLE)), cwd=made).code == 0
    return made


def failing(suite, *but, last=True):
    """An audit in which these tests fail; `last`: it is what the last scan left, too."""
    tests = [case(test.node_id, "failed") if test.node_id in but else test for test in WHOLE]
    path = saved(suite, audit(*tests))
    if last:
        (suite / LAST).parent.mkdir(parents=True, exist_ok=True)
        (suite / LAST).write_bytes(path.read_bytes())
    return path


def gate(suite, *results):
    return typed("gate", *results, "--output", "json", cwd=suite)


def accept(suite, *args):
    return typed("baseline", "accept", *args, cwd=suite)


def text(suite):
    return (suite / BASELINE).read_text(encoding="utf-8")


def known(suite):
    return json.loads(text(suite))["known_failures"]


# ---------------------------------------------------------------- failures


def test_what_is_accepted_blocks_no_more_and_what_is_not_blocks_still(suite):
    results = failing(suite, A, B)

    ended = accept(suite, A, "--issue", "PAY-12", "--owner", "@payments", "--until", SOON)
    verdict = gate(suite, "--audit", results)

    assert ended.code == 0
    assert known(suite) == {A: {"environments": ["default"], "issue": "PAY-12", "owner": "@payments", "until": SOON}}
    assert f"{A} is accepted, PAY-12" in ended.stdout
    assert "Commit .testaudit/baseline.json" in ended.stdout
    assert verdict.audit["comparison"]["new_failures"] == [B]


NAMES = {
    "a node id": ("tests/test_a.py::test_a", [A]),
    "from here": ("./tests/test_a.py::test_a", [A]),
    "a junit_key": ("tests.test_a::test_a", [A]),
    "in a class": ("tests/test_b.py::TestB::test_d", [IN_CLASS]),
    "a junit_key of a class": ("tests.test_b.TestB::test_d", [IN_CLASS]),
    "a function with its failing case": ("tests/test_b.py::test_e", TWO[1:]),
    "a case": ("tests/test_b.py::test_e[2]", TWO[1:]),
    "a junit_key of a case": ("tests.test_b::test_e[2]", TWO[1:]),
}


@pytest.mark.parametrize(("name", "meant"), NAMES.values(), ids=NAMES)
def test_a_test_is_named_in_any_way(suite, name, meant):
    results = failing(suite, A, IN_CLASS, TWO[1])

    ended = accept(suite, name, "--issue", "A-1")

    assert ended.code == 0, ended.stderr
    assert list(known(suite)) == meant
    assert set(meant).isdisjoint(gate(suite, "--audit", results).audit["comparison"]["new_failures"])


@pytest.mark.parametrize("last", ["", "{", "[]", None], ids=["empty", "cut short", "no audit", "none"])
def test_without_a_last_audit_the_baselines_own_tests_are_known(suite, last):
    if last is not None:
        (suite / LAST).parent.mkdir(parents=True, exist_ok=True)
        (suite / LAST).write_text(last, encoding="utf-8")

    ended = accept(suite, A, "tests.test_b.TestB::test_d", "--issue", "A-1")

    assert ended.code == 0, ended.stderr
    assert gate(suite, "--audit", failing(suite, A, IN_CLASS, last=False)).code == 0


def test_several_are_accepted_at_once_and_each_once(suite):
    results = failing(suite, A, B)

    ended = accept(suite, B, A, B, "--issue", "A-1")

    assert ended.code == 0
    assert list(known(suite)) == [A, B]
    assert gate(suite, "--audit", results).code == 0


def test_without_a_day_it_is_excused_for_90(suite):
    accept(suite, A, "--issue", "A-1")

    assert known(suite)[A]["until"] == IN_90_DAYS


def test_accepting_again_renews_what_is_said_and_keeps_the_owner(suite):
    accept(suite, A, "--issue", "A-1", "--owner", "me", "--until", SOON)

    accept(suite, A, "--issue", "A-2")

    assert known(suite) == {A: {"environments": ["default"], "issue": "A-2", "owner": "me", "until": IN_90_DAYS}}


def test_what_was_accepted_before_stays(suite):
    accept(suite, C, "--issue", "A-1")
    before = text(suite).splitlines()

    accept(suite, A, "--issue", "A-2")

    after = text(suite).splitlines()
    assert [line for line in before if line not in after] == []
    assert len(after) == len(before) + 1


def test_what_is_accepted_is_accepted_in_every_row_of_a_matrix(suite):
    results = failing(suite, A)
    red = (case(A, "failed"), *WHOLE[1:])
    for label, tests in (("linux", red), ("windows", WHOLE)):
        lower = ("--lower", "--why", "A-1", "--issue", "A-1") if tests is red else ()
        typed(
            "baseline", "write", "--audit", saved(suite, audit(*tests), "row.json"), "--env", label, *lower, cwd=suite
        )
    before = gate(suite, "--audit", results, "--env", "windows").code

    accept(suite, A, "--issue", "A-2")

    assert before == 1
    assert known(suite)[A]["environments"] == ["default", "linux", "windows"]
    assert gate(suite, "--audit", results, "--env", "windows").code == 0


def test_the_measured_part_is_not_touched(suite):
    before = json.loads(text(suite))

    accept(suite, A, "--issue", "A-1")

    after = json.loads(text(suite))
    assert (after["environments"], after["tests"]) == (before["environments"], before["tests"])


def test_a_figure_that_was_edited_by_hand_is_not_sealed_by_it(suite):
    (suite / BASELINE).write_text(text(suite).replace('"passed": 6', '"passed": 5'), encoding="utf-8")

    accept(suite, A, "--issue", "A-1")

    ended = gate(suite, "--audit", failing(suite))
    assert ended.code == 1
    assert "edited by hand" in json.dumps(ended.audit["gate"])


# ---------------------------------------------------------------- what is refused

BOTH = "A failure is accepted with --issue, a removal with --removed and --why"
WRONG = {
    "no issue": ((A,), BOTH),
    "a blank issue": ((A, "--issue", " "), BOTH),
    "a reason for a failure": ((A, "--issue", "A-1", "--why", "it is"), BOTH),
    "a removal without its reason": ((A, "--removed"), BOTH),
    "a removal with a blank reason": ((A, "--removed", "--why", "\t"), BOTH),
    "a removal with an issue": ((A, "--removed", "--why", "w", "--issue", "A-1"), BOTH),
    "a day that is over": ((A, "--issue", "A-1", "--until", "2020-02-02"), "--until 2020-02-02 is over"),
    "yesterday": ((A, "--issue", "A-1", "--until", f"{TODAY - timedelta(days=1)}"), "is over"),
    "no day": ((A, "--issue", "A-1", "--until", "tomorrow"), "Write it as 2026-12-31"),
    "a day that does not exist": ((A, "--issue", "A-1", "--until", "2027-02-29"), "is no date"),
    "no name": ((" ", "--issue", "A-1"), "NODEID is empty"),
    "only dots": (("./", "--issue", "A-1"), "NODEID is empty"),
    "an unknown test": (("tests/test_a.py::test_aa", "--issue", "A-1"), "There is no test"),
    "an unknown file": (("tests/test_c.py::test_a", "--issue", "A-1"), "There is no test"),
    "an unknown test among known ones": ((A, "tests/test_a.py::test_x", "--issue", "A-1"), "There is no test"),
    "an unknown test that goes": (("tests/test_a.py::test_aa", "--removed", "--why", "w"), "knows no test"),
    "no test at all": (("--issue", "A-1"), "NODEID"),
}


@pytest.mark.parametrize(("args", "said"), WRONG.values(), ids=WRONG)
def test_wrong_use_is_said_and_changes_nothing(suite, args, said):
    failing(suite, A)
    before = text(suite)

    ended = accept(suite, *args)

    assert ended.code == 2
    assert said in ended.stderr
    assert text(suite) == before


@pytest.mark.parametrize("options", [("--issue", "A-1"), ("--removed", "--why", "w")], ids=["failure", "removal"])
def test_the_nearest_tests_are_named(suite, options):
    failing(suite, A)

    ended = accept(suite, "tests/test_b.py::TestB::test_dd", *options)

    assert ended.code == 2
    assert "Did you mean:" in ended.stderr
    assert f"\n  {IN_CLASS}\n" in ended.stderr


def test_where_nothing_is_near_the_next_step_is_a_scan(suite):
    ended = accept(suite, "#", "--issue", "A-1")

    assert ended.code == 2
    assert "testaudit scan" in ended.stderr


# ---------------------------------------------------------------- removals


def without(suite, name):
    """The suite after a test was deleted, and its audit."""
    path = suite / "tests/test_a.py"
    path.write_text(
        "".join(line for line in path.read_text().splitlines(keepends=True) if f"test_{name}(" not in line),
        encoding="utf-8",
    )
    return saved(suite, audit(*(test for test in WHOLE if not test.node_id.endswith(f"test_{name}"))))


@pytest.mark.parametrize("name", [B, "tests.test_a::test_b", f"./{B}"])
def test_a_removal_with_its_reason_is_right(suite, name):
    results = without(suite, "b")
    before = gate(suite, "--audit", results)

    ended = accept(suite, "--removed", name, "--why", "the feature is gone, #12")
    after = gate(suite, "--audit", results)

    assert (before.code, ended.code, after.code) == (1, 0, 0)
    assert f"{B} is meant to go: the feature is gone, #12" in ended.stdout
    assert json.loads(text(suite))["removed"] == {B: {"date": f"{TODAY}", "why": "the feature is gone, #12"}}
    assert after.audit["comparison"]["gone"] == [
        {"node_id": B, "before": 1, "now": 0, "accepted": "the feature is gone, #12"}
    ]


def test_a_removal_is_a_record_for_its_own_test_alone(suite):
    without(suite, "a")
    without(suite, "b")

    accept(suite, "--removed", B, "--why", "#12")

    ended = gate(suite, "--audit", saved(suite, audit(*WHOLE[2:])))
    assert ended.code == 1
    assert ended.checks["disappeared-tests"] is False


def test_a_removed_test_leaves_the_baseline_with_the_next_write(suite):
    results = without(suite, "b")
    accept(suite, "--removed", B, "--why", "#12")

    ended = typed("baseline", "write", "--audit", results, cwd=suite)

    assert ended.code == 0, ended.stderr
    assert list(json.loads(text(suite))["tests"]["tests/test_a.py"]) == ["test_a", "test_c"]


@pytest.mark.parametrize("name", [TWO[1], "tests.test_b::test_e[2]"])
def test_a_record_of_a_case_serves_one_case(suite, name):
    none, one = (saved(suite, audit(*WHOLE[:4], *cases(*TWO[:left])), f"{left}.json") for left in (0, 1))

    accept(suite, "--removed", name, "--why", "#12")

    assert gate(suite, "--audit", one).code == 0
    assert gate(suite, "--audit", none).code == 1


def test_the_record_of_a_function_serves_all_its_cases(suite):
    accept(suite, "--removed", "tests/test_b.py::test_e", "--why", "#12")
    (suite / "tests/test_b.py").write_text("class TestB:\n    def test_d(self): assert 'd'\n", encoding="utf-8")

    assert gate(suite, "--audit", saved(suite, audit(*WHOLE[:4]))).code == 0


# ---------------------------------------------------------------- hostile names

HOSTILE = {
    "control characters": "tests/test_a.py::test_a[\x1b[31m\x07\x00]",
    "a line break": "tests/test_a.py::test_a[\n::error::pwned]",
    "a carriage return": "tests/test_a.py::test_a[\r::error::pwned]",
    "an annotation": "::error file=a,line=1::pwned.py::test_a",
    "an old annotation": "##[error]pwned.py::test_a",
    "a lone surrogate": "tests/test_a.py::test_a[\udc80]",
    "10,000 characters": f"tests/test_a.py::test_a[{'x' * 10_000}]",
    "quotes": "tests/test_a.py::test_a[\"'\\\\]",
    "braces": "tests/test_a.py::test_a[{}:, ]]",
    "direction marks": "tests/test_a.py::test_a[\u202egnp\u2066]",
    "a table": "tests/test_a.py::test_a[|`<b>]",
    "a space": "tests/test a.py::test_a",
    "no path": "::test_a",
    "a path alone": "tests/test_zz.py",
    "emoji": "tests/test_a.py::test_a[\U0001f4a5]",
}


def written(text):
    """As the audit file holds it."""
    return text.encode("utf-8", "backslashreplace").decode()


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE)
def test_whatever_a_test_is_called_the_file_is_read_back(suite, name):
    results = saved(suite, audit(*WHOLE, case(name, "failed")))

    wrote = typed("baseline", "write", "--audit", results, "--lower", "--why", "#1", "--issue", "A-1", cwd=suite)
    before = text(suite)
    again = typed("baseline", "upgrade", cwd=suite)

    assert (wrote.code, again.code) == (0, 0), wrote.stderr + again.stderr
    assert text(suite) == before
    assert list(known(suite)) == [written(name)]
    assert gate(suite, "--audit", results).code == 0


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize(
    "ours", [("show",), ("diff", "--audit"), ("accept",), ("write", "--audit")], ids=lambda ours: ours[0]
)
def test_nothing_that_is_said_moves_the_cursor_or_is_a_command(suite, name, ours):
    results = saved(suite, audit(*WHOLE, case(name, "failed")))
    (suite / LAST).parent.mkdir(parents=True, exist_ok=True)
    (suite / LAST).write_bytes(results.read_bytes())
    command = {
        "show": ours,
        "diff": (*ours, results),
        "accept": ("accept", written(name).replace("\x00", ""), "--issue", "A-1\n::error::pwned"),
        "write": (*ours, results),
    }[ours[0]]
    if ours == ("show",):
        typed(
            "baseline",
            "write",
            "--audit",
            results,
            "--lower",
            "--why",
            "#1\n::error::pwned",
            "--owner",
            "::x",
            cwd=suite,
        )

    ended = typed("baseline", *command, cwd=suite, env={"GITHUB_ACTIONS": "true"})

    obeyed = ended.stderr.splitlines() + [
        line for part in ended.stdout.split("::stop-commands::")[:1] for line in part.splitlines()
    ]
    said = ended.stdout + ended.stderr
    assert ended.code in {0, 1, 2}
    assert [line for line in obeyed if line.lstrip().startswith("::") or "##[" in line] == []
    assert not {"\x1b", "\x07", "\x00", "\r", "\u202e"} & set(said)
