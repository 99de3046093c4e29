"""The quarantine's file: what it covers, what is wrong with it and where, and edits that keep every comment."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import date
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from testaudit.checks import quarantine as check
from testaudit.checks.interface import Question
from testaudit.config import GateConfig
from testaudit.errors import ImpossibleError, UsageError
from testaudit.model import AuditedTest, Comparison, NodeId, Quarantined, Summary
from testaudit.paths import junit_key
from testaudit.quarantine import FILE, Entry, parse, read_quarantine
from testaudit.quarantine_edit import locked, with_entry, without_entry

DAY = date(2026, 12, 31)
ONE = '[[quarantine]]\ntest = "t.py::a"\nowner = "me"\nissue = "#1"\nuntil = 2026-12-31\n'


def made(node_id: str) -> AuditedTest:
    return AuditedTest(NodeId(node_id), junit_key(node_id), node_id.partition("::")[0], 1, "failed")


def entry(test: str = "t.py::a") -> Entry:
    return Entry(test, "me", "#1", DAY)


def quarantining(*tests: str) -> str:
    text = ""
    for test in tests:
        text = with_entry(text, entry(test))
    return text


def written(root, content: str | bytes):
    (root / FILE).parent.mkdir()
    (root / FILE).write_bytes(content if isinstance(content, bytes) else content.encode())
    return root


def without_lines(entries) -> list[Entry]:
    return [replace(one, line=0) for one in entries]


# ---------------------------------------------------------------- reading


def test_no_file_is_an_empty_quarantine(tmp_path):
    quarantine = read_quarantine(tmp_path)

    assert (quarantine.entries, quarantine.problems) == ((), ())


def test_an_entry_is_read_with_its_line(tmp_path):
    root = written(tmp_path, "# ours\n\n" + ONE + 'reason = "race"\n')

    assert read_quarantine(root).entries == (Entry("t.py::a", "me", "#1", DAY, "race", line=3),)


@pytest.mark.parametrize(
    ("named", "covered", "left"),
    [
        ("t.py::a", ["t.py::a", "t.py::a[1]", "t.py::a[x::y]", "t.py::a[[]"], ["t.py::b", "t.py::ab", "t.py::A::a"]),
        ("t.py::a[1]", ["t.py::a[1]"], ["t.py::a", "t.py::a[2]", "t.py::a[11]"]),
        ("d[x]/t.py::a", ["d[x]/t.py::a", "d[x]/t.py::a[1]"], ["d[y]/t.py::a", "d"]),
        ("tests.t::a", ["tests/t.py::a", "tests/t.py::a[1]"], ["t.py::a"]),
        ("tests.t.T::a[1]", ["tests/t.py::T::a[1]"], ["tests/t.py::T::a[2]"]),
        ("t.py", ["t.py"], ["t.py::a"]),
    ],
)
def test_a_function_covers_its_cases_and_a_case_itself(named, covered, left):
    quarantine = parse(quarantining(named))

    answers = [quarantine.covers(made(node_id)) for node_id in (*covered, *left)]

    assert [answer is not None for answer in answers] == [True] * len(covered) + [False] * len(left)


def test_the_entry_of_the_case_decides_before_that_of_its_function():
    quarantine = parse(quarantining("t.py::a", "t.py::a[1]"))

    assert quarantine.covers(made("t.py::a[1]")).test == "t.py::a[1]"


def test_an_expired_entry_is_found_and_says_so():
    found = parse(ONE).covers(made("t.py::a"))

    assert [found.expired(DAY), found.expired(date(2027, 1, 1))] == [False, True]


@pytest.mark.parametrize(
    ("lacking", "said"),
    [
        ("owner", "has no owner"),
        ("issue", "has no issue"),
        ("until", "has no until"),
        ("owner issue until", "has no owner, no issue and no until"),
    ],
)
def test_an_entry_that_nobody_answers_for_excuses_nothing(lacking, said):
    text = "\n".join(line for line in ONE.splitlines() if line.split()[0] not in lacking.split())

    quarantine = parse(text)

    assert quarantine.covers(made("t.py::a")) is None
    assert quarantine.problems == (f".testaudit/quarantine.toml, line 1: t.py::a {said}",)


def test_a_blank_owner_is_none():
    assert parse(ONE.replace('"me"', '"  "')).entries[0].missing == ("owner",)


@pytest.mark.parametrize(
    ("text", "line", "what", "hint"),
    [
        ("[[quarantine]]\nowner = 'a'", 1, "does not name its test", 'test = "'),
        (f"{ONE}\n{ONE}", 7, "t.py::a is quarantined twice, first on line 1", "keep one"),
        (ONE + 'isue = "x"', 6, "unknown key `isue` in [[quarantine]]; did you mean `issue`?", "known keys"),
        ("[[quarantin]]\ntest = 'a'", 1, "unknown key `quarantin`; did you mean `quarantine`?", "nothing else"),
        (ONE.replace("2026-12-31", '"2026-12-31"'), 5, "`until` is a string", "without quotes"),
        (ONE.replace("2026-12-31", "2026-12-31T10:00:00"), 5, "`until` is a date and time", "without quotes"),
        (ONE.replace('"#1"', "1"), 4, "`issue` is 1", '"#12"'),
        (ONE.replace('"me"', "true"), 3, "`owner` is true or false", "a string"),
        ("[quarantine]\ntest = 'a'", 1, "`quarantine` is no array", "[[quarantine]]"),
        ("\nquarantine = [1]", 2, "an entry is no table", "[[quarantine]]"),
        ("<<<<<<< ours\n" + ONE + "=======\n>>>>>>> theirs\n", 1, "a merge was not finished", "both sides"),
        (ONE + "test = ", 6, "not valid TOML", "correct the file"),
        ('[[quarantine]]\nreason = """\n[[quarantine]]\nowner = 1\n"""\ntest = 1\n', 6, "`test` is 1", "a string"),
    ],
)
def test_what_is_wrong_is_said_with_its_line_and_the_next_step(text, line, what, hint):
    with pytest.raises(UsageError) as raised:
        parse(text)

    assert raised.value.message.startswith(f".testaudit/quarantine.toml, line {line}: ")
    assert what in raised.value.message
    assert hint in raised.value.hint


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"# \xff\n", "line 1: not UTF-8"),
        (b"#" * 1_000_001, "larger than 1 MB"),
        (b"a = " + b"[" * 20_000, "not valid TOML"),
        (b"a = " + b"1" * 20_000, "not valid TOML"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(tmp_path, content, said):
    root = written(tmp_path, content)

    with pytest.raises(UsageError) as raised:
        read_quarantine(root)

    assert said in raised.value.message


@pytest.mark.parametrize("kind", ["folder", "pipe", "lost link", "endless link"])
def test_what_is_no_file_is_refused(tmp_path, kind):
    path = tmp_path / FILE
    path.parent.mkdir()
    make = {
        "folder": path.mkdir,
        "pipe": lambda: os.mkfifo(path),
        "lost link": lambda: path.symlink_to("nowhere"),
        "endless link": lambda: path.symlink_to(path.name),
    }
    make[kind]()

    with pytest.raises(UsageError):
        read_quarantine(tmp_path)


@given(st.text())
def test_any_text_is_understood_or_refused(text):
    try:
        entries = parse(text).entries
    except UsageError as error:
        entries = error.message.startswith(".testaudit/quarantine.toml, line ")

    assert entries in {(), True}


# ---------------------------------------------------------------- editing

NAMES = st.text(st.characters(codec="utf-8"), min_size=1, max_size=30).map(str.strip).filter(bool)
ENTRIES = st.lists(st.builds(Entry, NAMES, NAMES, NAMES, st.dates(), NAMES), unique_by=lambda one: one.test, max_size=5)
COMMENTED = dedent(
    """\
    # Agreed on by all teams.

    # a is slow on Mondays
    [[quarantine]]
    test = "t.py::a"  # the first
    owner = "me"
    issue = "#1"
    until = 2026-12-31

    # b is odd
    [[quarantine]]
    # nobody knows
    test = 't.py::b'
    owner   = "you"
    until   = 2026-12-31
    issue   = "#2"
    # the end
    """
)


@given(ENTRIES)
def test_what_is_added_is_read_again(entries):
    text = ""
    for one in entries:
        text = with_entry(text, one)

    assert without_lines(parse(text).entries) == entries


@given(ENTRIES.filter(bool), st.data())
def test_removing_one_leaves_the_others(entries, data):
    gone = data.draw(st.sampled_from(entries))
    text = COMMENTED
    for one in entries:
        text = with_entry(text, one)

    left = without_entry(text, gone.test)

    assert without_lines(parse(left).entries) == without_lines(
        one for one in parse(text).entries if one.test != gone.test
    )


def test_adding_keeps_every_byte_that_was_there():
    assert with_entry(COMMENTED, entry("t.py::c")).startswith(COMMENTED)


@pytest.mark.parametrize("test", ["t.py::a", "t.py::b"])
def test_removing_keeps_the_comments_around(test):
    left = without_entry(COMMENTED, test)

    around = ["# Agreed on by all teams.", "# a is slow on Mondays", "# b is odd", "# the end"]
    assert [line for line in around if line in left] == around


def test_the_last_entry_may_go():
    assert parse(without_entry(ONE, "t.py::a")).entries == ()


@pytest.mark.parametrize(
    "text",
    ["quarantine = []\n", "quarantine = [\n  {test = 't.py::a', owner = 'x'},  # why\n]\n", "# nothing yet", "\n\n"],
)
def test_other_layouts_take_an_entry_and_give_it_back(text):
    more = with_entry(text, entry("t.py::new"))

    assert [one.test for one in parse(more).entries][-1] == "t.py::new"
    assert parse(without_entry(more, "t.py::new")).entries == parse(text).entries


def test_a_test_is_not_quarantined_twice():
    with pytest.raises(UsageError) as raised:
        with_entry(ONE, entry())

    assert raised.value.message == "t.py::a is quarantined already (.testaudit/quarantine.toml, line 1)."


def test_bytes_that_are_no_text_are_refused():
    with pytest.raises(UsageError):
        with_entry("", entry("t.py::a\udc80"))


def test_removing_what_is_not_there_names_what_is():
    with pytest.raises(UsageError) as raised:
        without_entry(ONE, "t.py::b")

    assert raised.value.hint == "Nearest: t.py::a"


def test_a_file_in_the_place_of_the_folder_is_said(tmp_path):
    (tmp_path / ".testaudit").write_text("", encoding="utf-8")

    with pytest.raises(ImpossibleError), locked(tmp_path):
        pass

    assert (tmp_path / ".testaudit").is_file()


# ---------------------------------------------------------------- the gate's question


def asked(*entries: Quarantined, problems: tuple[str, ...] = (), limit: float | None = None):
    settings = GateConfig.model_validate({"quarantine": {"limit": limit}} if limit is not None else {})
    comparison = Comparison(quarantined=entries) if entries else None
    return check.ask(
        Question(Summary(), (), (), None, None, comparison=comparison, quarantine_problems=problems, settings=settings)
    )


def quarantined(name: str = "a", **more) -> Quarantined:
    return Quarantined(NodeId(f"t.py::{name}"), "me", "#1", "2026-12-31", "passed", **more)


def test_nothing_is_asked_where_nothing_is_quarantined():
    assert asked() is None


def test_a_small_quarantine_in_date_passes():
    answer = asked(quarantined("a"), quarantined("b", passes=19))

    assert (answer.passed, answer.actual, answer.limit, answer.why) == (True, 2, 20, "2 tests are quarantined")


def test_what_passed_often_enough_is_proposed_for_release():
    answer = asked(quarantined("a[1]", passes=20), quarantined("b", passes=25))

    assert answer.passed
    assert answer.why.endswith("to be released after 20 passes in a row: t.py::a[1] and 1 more")
    assert answer.what_to_do == "testaudit quarantine remove 't.py::a[1]'"


@pytest.mark.parametrize(
    ("entries", "more", "why"),
    [
        ([quarantined(expired=True)], {}, "expired: t.py::a (me, until 2026-12-31)"),
        ([quarantined(expired=True, passes=50), quarantined("b", expired=True)], {}, "and 1 more"),
        ([quarantined()], {"problems": ("q.toml, line 1: t.py::a has no owner",)}, "line 1: t.py::a has no owner"),
        ([], {"problems": ("q.toml, line 1: t.py::a has no owner",)}, "line 1: t.py::a has no owner"),
        ([quarantined(str(n)) for n in range(21)], {}, "21 entries, 1 more than are allowed"),
        ([quarantined("a"), quarantined("b")], {"limit": 1}, "2 entries, 1 more than are allowed"),
    ],
)
def test_what_expired_is_incomplete_or_too_much_fails(entries, more, why):
    answer = asked(*entries, **more)

    assert not answer.passed
    assert why in answer.why
    assert answer.what_to_do
