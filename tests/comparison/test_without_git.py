"""What is gone, moved, hidden or left out, seen from the baseline alone: no `--since`, no repository."""

from __future__ import annotations

from dataclasses import replace
from textwrap import dedent

import pytest

from tests.baseline.suites import PLACE, audit, case, cases
from tests.cli.typed import BASELINE, saved, typed

FILE = "tests/test_a.py"
SOURCE = """
    import pytest


    def test_a():
        total = 1 + 2
        assert total == 3


    def test_b():
        assert "b" in "abc"


    class TestC:
        def test_c(self):
            assert [1] + [2] == [1, 2]


    @pytest.mark.parametrize("n", [1, 2, 3])
    def test_p(n):
        assert n > 0
    """
A, B, C, P = (f"{FILE}::{name}" for name in ("test_a", "test_b", "TestC::test_c", "test_p"))
CASES = [f"{P}[{number}]" for number in (1, 2, 3)]
WHOLE = cases(A, B, C, *CASES)


@pytest.fixture
def suite(project):
    made = project({FILE: SOURCE})
    assert typed("baseline", "write", "--audit", saved(made, audit(*WHOLE)), cwd=made).code == 0
    return made


def edit(suite, old, new, path=FILE):
    """The suite's source, changed; returns where it is."""
    text = dedent((suite / FILE).read_text(encoding="utf-8"))
    assert old in text
    (suite / FILE).unlink()
    (suite / path).parent.mkdir(exist_ok=True)
    (suite / path).write_text(text.replace(old, new), encoding="utf-8")


def gate(suite, *tests, **about):
    return typed("gate", "--audit", saved(suite, audit(*tests, **about)), "--output", "json", cwd=suite)


def under(node_id, new):
    """The tests, one of them under another name."""
    named = {test.node_id: test.node_id.replace(node_id, new) for test in WHOLE}
    return cases(*named.values())


def failed(ended):
    return {check["name"] for check in ended.audit["gate"]["checks"] if not check["passed"]}


def gone(ended, field="gone"):
    return [(one["node_id"], one["before"], one["now"]) for one in ended.audit["comparison"].get(field, ())]


# ---------------------------------------------------------------- renamed, moved

MOVES = {
    "a new name": ("def test_a(", "def test_sum(", FILE, A, f"{FILE}::test_sum"),
    "another file": ("", "", "tests/test_z.py", f"{FILE}::", "tests/test_z.py::"),
    "another class": ("class TestC", "class TestZ", FILE, C, f"{FILE}::TestZ::test_c"),
    "other quotes and comments": ('def test_b():\n    assert "b" in', "def test_bee():\n    # a bee\n    assert 'b' in", FILE, B, f"{FILE}::test_bee"),
}  # fmt: skip


@pytest.mark.parametrize(("old", "new", "path", "then", "now"), MOVES.values(), ids=MOVES)
def test_a_test_is_known_by_its_body(suite, old, new, path, then, now):
    edit(suite, old, new, path)

    ended = gate(suite, *under(then, now))

    assert ended.code == 0, failed(ended)
    assert gone(ended, "unselected") == []
    assert gone(ended) == []


def test_what_was_renamed_is_said(suite):
    edit(suite, "def test_a(", "def test_sum(")

    ended = gate(suite, *under(A, f"{FILE}::test_sum"))

    assert ended.audit["comparison"]["moved"] == [[A, f"{FILE}::test_sum"]]
    assert "1 test renamed or moved" in str(ended.audit["gate"])


def test_a_renamed_test_takes_its_record_along(suite):
    typed("baseline", "accept", A, "--issue", "A-1", cwd=suite)
    edit(suite, "def test_a(", "def test_sum(")

    ended = gate(suite, *cases(B, C, *CASES), case(f"{FILE}::test_sum", "failed"))

    assert ended.code == 0, failed(ended)
    assert [one["node_id"] for one in ended.audit["comparison"]["known_failures"]] == [f"{FILE}::test_sum"]


def test_a_rename_is_no_new_excuse(suite):
    edit(suite, "def test_a(", "def test_sum(")

    ended = gate(suite, *cases(B, C, *CASES), case(f"{FILE}::test_sum", "failed"))

    assert ended.code == 1
    assert ended.audit["comparison"]["new_failures"] == [f"{FILE}::test_sum"]


def test_one_test_takes_the_place_of_one(suite):
    edit(suite, "def test_a(", "def test_sum(")
    twice = typed("baseline", "accept", "--removed", B, "--why", "#1", cwd=suite)

    ended = gate(suite, *cases(C, *CASES, f"{FILE}::test_sum"))

    assert twice.code == 0
    assert gone(ended, "unselected") == [(B, 1, 0)]
    assert [pair[0] for pair in ended.audit["comparison"]["moved"]] == [A]


def test_a_test_that_is_not_the_same_is_no_rename(suite):
    edit(suite, "def test_a():\n    total = 1 + 2\n    assert total == 3", "def test_sum():\n    assert True")

    ended = gate(suite, *under(A, f"{FILE}::test_sum"))

    assert ended.code == 1
    assert gone(ended) == [(A, 1, 0)]


def test_a_renamed_test_with_fewer_cases_has_fewer_cases(suite):
    edit(suite, "def test_p(", "def test_positive(")
    left = [f"{FILE}::test_positive[{number}]" for number in (1, 2)]

    ended = gate(suite, *cases(A, B, C, *left))

    assert ended.code == 1
    assert gone(ended) == [(f"{FILE}::test_positive", 3, 2)]


# ---------------------------------------------------------------- gone, or left out


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('def test_b():\n    assert "b" in "abc"\n', ""),
        ("def test_b(", "def _test_b("),
        ('def test_b():\n    assert "b" in "abc"\n', '# def test_b():\n#    assert "b" in "abc"\n'),
        ('def test_b():\n    assert "b" in "abc"\n', 'TEXT = """\ndef test_b():\n    assert "b" in "abc"\n"""\n'),
    ],
    ids=["deleted", "renamed so that nobody collects it", "commented out", "a text"],
)
def test_what_no_longer_stands_is_gone(suite, old, new):
    edit(suite, old, new)

    ended = gate(suite, *cases(A, C, *CASES))

    assert failed(ended) == {"disappeared-tests"}
    assert gone(ended) == [(B, 1, 0)]


def test_what_stands_and_has_no_outcome_was_left_out(suite):
    ended = gate(suite, *cases(A, C, *CASES), deselected=1)

    assert failed(ended) == {"deselected"}
    assert gone(ended, "unselected") == [(B, 1, 0)]
    assert "pytest deselected 1, at the baseline 0" in str(ended.audit["gate"])


def test_a_method_that_is_inherited_stands(suite):
    edit(suite, "class TestC:", "class Base:")
    with (suite / FILE).open("a") as stream:
        stream.write("\n\nclass TestC(Base):\n    pass\n")

    ended = gate(suite, *cases(A, B, *CASES))

    assert gone(ended, "unselected") == [(C, 1, 0)]


def test_fewer_cases_are_counted(suite):
    ended = gate(suite, *cases(A, B, C, CASES[0]))

    assert failed(ended) == {"disappeared-tests"}
    assert gone(ended) == [(P, 3, 1)]
    assert "3 cases, 1 now" in str(ended.audit["gate"])


@pytest.mark.parametrize("others", [CASES, [f"{P}[{letter}]" for letter in "xyz"], [f"{P}[{n}]" for n in range(9)]])
def test_other_cases_in_the_same_number_are_the_same(suite, others):
    assert gate(suite, *cases(A, B, C, *others)).code == 0


def test_most_of_the_suite_is_named_in_short(suite):
    (suite / FILE).write_text("def test_b():\n    assert 'b' in 'abc'\n")

    ended = gate(suite, *cases(B))

    assert failed(ended) == {"disappeared-tests"}
    assert "5 tests of 6 are gone" in str(ended.audit["gate"])


def test_a_module_that_does_not_import_is_neither_here_nor_gone(suite):
    ended = gate(suite, case(FILE, "error"))

    assert gone(ended) == gone(ended, "unselected") == []
    assert ended.code == 1
    assert ended.audit["comparison"]["new_failures"] == [FILE]


# ---------------------------------------------------------------- hidden


@pytest.mark.parametrize("kind", ["unconditional", "unknown", "conditional"])
def test_a_new_skip_is_new_whatever_its_kind(suite, kind):
    ended = gate(suite, *WHOLE[1:], case(A, "skipped", skip_kind=kind))

    assert ended.audit["comparison"]["new_skips"] == [A]
    assert ended.code == 1


@pytest.mark.parametrize("outcome", ["skipped", "xfailed"])
def test_what_is_tracked_is_not_hidden(suite, outcome):
    assert gate(suite, *WHOLE[1:], case(A, outcome, tracked=True)).code == 0


@pytest.mark.parametrize("place", [{"python": "3.13.1"}, {"platform": "windows-amd64"}], ids=["Python", "platform"])
@pytest.mark.parametrize(("kind", "code"), [("conditional", 0), ("unconditional", 1), ("unknown", 1)])
def test_a_condition_may_be_another_elsewhere(suite, place, kind, code):
    ended = gate(suite, *WHOLE[1:], case(A, "skipped", skip_kind=kind), environment=replace(PLACE, **place))

    assert ended.code == code
    assert ended.audit["comparison"].get("elsewhere", []) == ([A] if code == 0 else [])


def test_more_skipped_cases_than_before_are_new(project):
    made = project({FILE: SOURCE})
    then = (*cases(A, B, C, *CASES[:2]), case(CASES[2], "skipped", skip_kind="conditional"))
    typed("baseline", "write", "--audit", saved(made, audit(*then)), cwd=made)
    other = (*cases(A, B, C, *CASES[1:]), case(CASES[0], "skipped", skip_kind="conditional"))
    more = (
        *cases(A, B, C, CASES[1]),
        *(case(name, "skipped", skip_kind="conditional") for name in (CASES[0], CASES[2])),
    )

    assert gate(made, *other).code == 0
    assert gate(made, *more).code == 1


def test_a_module_that_skips_itself_hides_all_its_tests(suite):
    ended = gate(suite, case(FILE, "skipped"))

    assert "new-skips" in failed(ended)
    assert ended.audit["comparison"]["new_skips"] == [FILE]
    assert gone(ended) == []


def test_a_new_test_may_be_born_skipped_but_not_expected_to_fail(suite):
    born = f"{FILE}::test_new"

    skipped = gate(suite, *WHOLE, case(born, "skipped", skip_kind="conditional"))
    xfailed = gate(suite, *WHOLE, case(born, "xfailed"))

    assert skipped.code == 0, failed(skipped)
    assert xfailed.audit["comparison"]["new_xfails"] == [born]
    assert xfailed.code == 1


@pytest.mark.parametrize("outcome", ["xpassed", "passed"])
def test_what_passes_somehow_is_not_hidden(suite, outcome):
    assert gate(suite, *WHOLE[1:], case(A, outcome)).code == 0


def test_a_mended_skip_that_comes_back_is_new_once_that_was_written(project):
    made = project({FILE: SOURCE})
    then = (*WHOLE[1:], case(A, "skipped"))
    typed("baseline", "write", "--audit", saved(made, audit(*then)), cwd=made)
    before = gate(made, *then)

    typed("baseline", "write", "--audit", saved(made, audit(*WHOLE)), cwd=made)
    after = gate(made, *then)

    assert (before.code, after.code) == (0, 1)


# ---------------------------------------------------------------- flaky


@pytest.mark.parametrize(("then", "code"), [(WHOLE, 1), ((case(A, "failed", flaky=True), *WHOLE[1:]), 0)], ids=["new", "known"])  # fmt: skip
def test_a_flaky_failure_blocks_where_nobody_knew_it(project, then, code):
    made = project({FILE: SOURCE})
    wrote = typed("baseline", "write", "--audit", saved(made, audit(*then)), cwd=made)

    ended = gate(made, case(A, "failed", flaky=True), *WHOLE[1:])

    assert wrote.code == 0
    assert ended.code == code, failed(ended)
    assert ended.audit["comparison"].get("new_failures") is None


def test_a_flaky_test_that_fails_for_good_is_broken(project):
    made = project({FILE: SOURCE})
    typed("baseline", "write", "--audit", saved(made, audit(case(A, "failed", flaky=True), *WHOLE[1:])), cwd=made)

    ended = gate(made, case(A, "failed"), *WHOLE[1:])

    assert ended.code == 1
    assert ended.audit["comparison"]["new_failures"] == [A]


def test_a_flaky_test_is_no_known_failure_of_the_file(project):
    made = project({FILE: SOURCE})

    typed("baseline", "write", "--audit", saved(made, audit(case(A, "failed", flaky=True), *WHOLE[1:])), cwd=made)

    text = (made / BASELINE).read_text(encoding="utf-8")
    assert '"known_failures": {}' in text
    assert f'"flaky": [\n    "{A}"\n  ]' in text
