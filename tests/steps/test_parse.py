"""The probe's log -> Run: what each record amounts to, and that no record, half a record or foreign record breaks it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from testaudit.endings import closing_line, last_error, selection, spelled
from testaudit.engine.interface import RunFiles
from testaudit.parse import read_run
from testaudit.paths import Paths, junit_key

BOOT = {"t": "boot", "python": "3.12.1", "platform": "Linux", "executable": "/bin/python"}
SESSION = {
    "t": "session",
    "worker": "",
    "pid": 1,
    "pytest": "8.4.0",
    "rootdir": "/p",
    "plugins": ["xdist 3"],
    "ini": {},
}
PASSED = [0.1, 0.2, 0.3]


def items(*ids: str, at: int = 0, marks: int = -1) -> dict:
    return {"t": "items", "w": "", "at": at, "items": [[name, name.partition("::")[0], 4, marks, []] for name in ids]}


def collected(count: int, deselected: int = 0) -> dict:
    return {"t": "collected", "n": count, "deselected": deselected}


def result(index: int, **more) -> dict:
    return {"t": "r", "i": index, "w": "", **({"d": PASSED} if "a" not in more else {"node": ""}), **more}


def phase(when: str, outcome: str, **more) -> dict:
    return {"w": when, "o": outcome, "d": 0.1, **more}


RETURNED = {"t": "returned", "status": 0}


@pytest.fixture
def read(tmp_path):
    def run(*records: dict | bytes, root: str = "/p", **files):
        log = tmp_path / "log.jsonl"
        log.write_bytes(b"".join(r if isinstance(r, bytes) else json.dumps(r).encode() + b"\n" for r in records))
        given_files = {
            "output": "",
            "exit_status": None,
            "signal": None,
            "restarts": 0,
            "culprits": (),
            "gave_up": False,
            "interrupted": None,
            "duration_s": 1.0,
            **files,
        }
        return read_run(RunFiles(folder=tmp_path, log=log, junit=None, **given_files), Paths(root))

    return run


def outcomes(run) -> dict[str, str]:
    return {test.node_id: test.outcome for test in run.tests}


def gaps(run) -> list[str]:
    return [gap.what for gap in run.gaps]


# ---------------------------------------------------------------- the common case


def test_a_run_that_ended_by_itself_has_every_test_and_no_gap(read):
    run = read(BOOT, SESSION, items("t.py::a", "t.py::b"), collected(2, 3), result(0), result(1), RETURNED)

    assert outcomes(run) == {"t.py::a": "passed", "t.py::b": "passed"}
    assert gaps(run) == []
    assert (run.deselected, run.exit_status, run.environment.pytest) == (3, 0, "8.4.0")
    assert run.tests[0].duration_s == pytest.approx(0.6)
    assert run.tests[0].line == 5


@pytest.mark.parametrize(
    ("phases", "outcome"),
    [
        ([phase("s", "p"), phase("c", "p"), phase("t", "p")], "passed"),
        ([phase("s", "p"), phase("c", "f"), phase("t", "p")], "failed"),
        ([phase("s", "f"), phase("t", "p")], "error"),
        ([phase("s", "p"), phase("c", "p"), phase("t", "f")], "error"),
        ([phase("s", "p"), phase("c", "f"), phase("t", "f")], "error"),
        ([phase("s", "s", skip=["t.py", 1, "Skipped: x"]), phase("t", "p")], "skipped"),
        ([phase("s", "p"), phase("c", "s", skip=["t.py", 1, "x"]), phase("t", "p")], "skipped"),
        ([phase("s", "p"), phase("c", "p"), phase("t", "s", skip=["t.py", 1, "x"])], "skipped"),
        ([phase("s", "p"), phase("c", "s", xfail="why"), phase("t", "p")], "xfailed"),
        ([phase("s", "p"), phase("c", "s", xfail="why"), phase("t", "f")], "error"),
        ([phase("s", "p"), phase("c", "p", xfail=""), phase("t", "p")], "xpassed"),
        ([phase("s", "p"), phase("c", "f", sub=True), phase("c", "p"), phase("t", "p")], "failed"),
        (
            [phase("s", "p"), phase("c", "f", sub=True), phase("c", "s", skip=["t.py", 1, "x"]), phase("t", "p")],
            "failed",
        ),
    ],
)
def test_phases_amount_to_one_outcome(read, phases, outcome):
    run = read(BOOT, SESSION, items("t.py::a"), collected(1), result(0, a=[phases]), RETURNED)

    assert outcomes(run) == {"t.py::a": outcome}


def test_the_runners_own_last_attempt_decides(read):
    attempts = [
        [phase("s", "p"), phase("c", "r"), phase("t", "p")],
        [phase("s", "p"), phase("c", "p"), phase("t", "p")],
    ]

    run = read(BOOT, SESSION, items("t.py::a"), collected(1), result(0, a=attempts), RETURNED)

    assert outcomes(run) == {"t.py::a": "passed"}
    assert [attempt.outcome for attempt in run.tests[0].attempts] == ["failed", "passed"]


# ---------------------------------------------------------------- what is missing


def test_a_selected_test_without_a_result_is_a_gap_and_still_a_test(read):
    run = read(BOOT, SESSION, items("t.py::a", "t.py::b"), collected(2), result(0), RETURNED)

    assert outcomes(run) == {"t.py::a": "passed", "t.py::b": None}
    assert gaps(run) == ["no-outcome"]


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"interrupted": 2}, "interrupted"),
        ({"gave_up": True, "restarts": 20, "culprits": ("t.py::a",)}, "gave-up"),
        ({"signal": 9}, "pytest-died"),
        ({}, "pytest-died"),
    ],
)
def test_a_run_that_did_not_end_by_itself_says_how(read, files, expected):
    run = read(BOOT, SESSION, items("t.py::a"), collected(1), result(0), **files)

    assert expected in gaps(run)
    assert run.exit_status is None


def test_a_crash_is_an_outcome_and_the_run_goes_on_in_another_process(read):
    run = read(
        BOOT, SESSION, items("t.py::a", "t.py::b", "t.py::c"), collected(3), result(0),
        {"t": "crash", "node": "t.py::b", "worker": ""}, {"t": "restart"},
        BOOT, SESSION, items("t.py::c"), collected(1), result(0), RETURNED,
        restarts=1, culprits=("t.py::b",),
    )  # fmt: skip

    assert outcomes(run) == {"t.py::a": "passed", "t.py::b": "crashed", "t.py::c": "passed"}
    assert gaps(run) == []
    assert [test.attempts[0].condition for test in run.tests] == ["main", "main", "after-restart"]


def test_a_killed_test_has_timed_out(read):
    run = read(
        BOOT, SESSION, items("t.py::a"), collected(1),
        {"t": "killed", "node": "t.py::a", "why": "timeout"}, {"t": "crash", "node": "t.py::a", "worker": ""},
        culprits=("t.py::a",),
    )  # fmt: skip

    assert outcomes(run) == {"t.py::a": "timed-out"}


def test_ids_that_stand_twice_have_an_outcome_each(read):
    run = read(
        BOOT, SESSION, items("t.py::a", "t.py::a"), collected(2), result(0), result(1, a=[[phase("s", "f")]]), RETURNED
    )

    assert [test.outcome for test in run.tests] == ["passed", "error"]


def test_modules_that_do_not_collect_or_skip_themselves_count_as_one_test(read):
    run = read(
        BOOT, SESSION, collected(0),
        {"t": "cerr", "node": "t.py", "text": "E   SyntaxError: bad", "x": None},
        {"t": "cskip", "node": "u.py", "reason": "Skipped: could not import 'x'", "site": ["/p/u.py", 2]},
        {"t": "cskip", "node": "v.py", "reason": "Skipped: not here", "site": ["/p/v.py", 2]},
        RETURNED,
    )  # fmt: skip

    assert outcomes(run) == {"t.py": "error", "u.py": "skipped", "v.py": "skipped"}
    assert [test.skip_by for test in run.tests] == ["", "importorskip", "module"]
    assert gaps(run) == ["not-collected"]
    assert run.broken_files == ("t.py",)


@pytest.mark.parametrize(
    ("records", "said"),
    [
        ([BOOT, {"t": "stop", "why": "no-pytest", "text": ""}], "not installed"),
        ([BOOT, {"t": "stop", "why": "import", "text": "No module named 'x'"}], "No module named 'x'"),
        ([BOOT, {"t": "returned", "status": 4}], "status 4"),
        ([BOOT, {"t": "returned", "status": 0}], "not loaded"),
        ([], "without a word"),
    ],
)
def test_a_log_without_a_session_has_a_diagnosis(read, records, said):
    assert said in read(*records).diagnosis


def test_secrets_in_the_log_are_masked(read):
    secret = "password=hunter2-hunter2"
    failing = phase("c", "f", x={"type": "E", "message": secret, "frames": []}, text=secret, out=secret)

    run = read(BOOT, SESSION, items("t.py::a"), collected(1), result(0, a=[[phase("s", "p"), failing]]), RETURNED)

    assert "hunter2-hunter2" not in repr(run)


# ---------------------------------------------------------------- what the log should never hold


@pytest.mark.parametrize(
    "rest", [b'{"t":"r","i":1,"w":"","d":[0.', b"\x00\x00\x00", b"garbage\n", b"[1]\n", b"null\n", b"\xff\xfe\n"]
)
def test_half_a_line_at_the_end_is_passed_over(read, rest):
    run = read(BOOT, SESSION, items("t.py::a", "t.py::b"), collected(2), result(0), rest)

    assert outcomes(run) == {"t.py::a": "passed", "t.py::b": None}
    assert "no-outcome" in gaps(run)


@pytest.mark.parametrize(
    "record",
    [
        {"t": "r"},
        {"t": "items", "at": "x", "items": 5},
        {"t": "marks"},
        {"t": "fixdef", "k": 1},
        {"t": "w"},
        {"t": "r", "i": 0, "w": "", "d": "x"},
    ],
)
def test_a_record_that_lacks_something_is_counted_as_a_gap(read, record):
    run = read(BOOT, SESSION, items("t.py::a"), collected(1), record, result(0), RETURNED)

    assert outcomes(run) == {"t.py::a": "passed"}
    assert gaps(run) == ["log"]


def test_a_record_of_a_kind_that_is_not_known_is_passed_over(read):
    run = read(
        BOOT, SESSION, items("t.py::a"), collected(1), {"t": "from the future"}, {"no": "kind"}, result(0), RETURNED
    )

    assert gaps(run) == []


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["t", "i", "w", "d", "a", "node", "k", "m", "at", "items", "x", "path"]), inner, max_size=4
        )
    ),
    max_leaves=8,
)
KINDS = st.sampled_from(["fixdef", "marks", "items", "collected", "file", "r", "w", "finish", "killed", "other"])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(
            KINDS,
            st.dictionaries(
                st.sampled_from(["i", "w", "d", "a", "node", "k", "m", "at", "items", "x", "path", "status", "n"]),
                JSON,
                max_size=5,
            ),
        ),
        max_size=5,
    )
)
def test_no_record_breaks_the_reading(read, made):
    run = read(
        BOOT, SESSION, items("t.py::a"), collected(1), result(0), *[{**fields, "t": kind} for kind, fields in made]
    )

    assert "t.py::a" in outcomes(run)


@given(st.permutations(range(6)))
def test_results_may_come_in_any_order(order):
    import tempfile

    names = [f"t.py::t{n}" for n in range(6)]
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log.jsonl"
        records = [
            BOOT,
            SESSION,
            items(*names[:3]),
            items(*names[3:], at=3),
            collected(6),
            *(result(n) for n in order),
            RETURNED,
        ]
        log.write_text("".join(json.dumps(record) + "\n" for record in records))
        files = RunFiles(
            Path(folder), log, None, "", None, None, 0, (), gave_up=False, interrupted=None, duration_s=1.0
        )
        run = read_run(files, Paths("/p"))

    assert [test.node_id for test in run.tests] == names


# ---------------------------------------------------------------- paths


@pytest.mark.parametrize(
    ("rootdir", "node_id", "expected"),
    [
        ("/p", "tests/t.py::a", "tests/t.py::a"),
        ("/", "p/tests/t.py::a", "tests/t.py::a"),
        ("/p/tests", "t.py::a", "tests/t.py::a"),
        ("/p/tests", "t.py::a[x/y::z]", "tests/t.py::a[x/y::z]"),
    ],
)
def test_node_ids_are_relative_to_the_project(rootdir, node_id, expected):
    assert Paths("/p").with_rootdir(rootdir).node_id(node_id) == expected


@pytest.mark.parametrize(
    ("node_id", "key"),
    [
        ("tests/unit/test_x.py::test_a", "tests.unit.test_x::test_a"),
        ("test_x.py::TestA::TestB::test_a", "test_x.TestA.TestB::test_a"),
        ("test_x.py::test_a[1.5-a/b::c]", "test_x::test_a[1.5-a/b::c]"),
        ("test_x.py::test_a[[x]]", "test_x::test_a[[x]]"),
        ("test_x.py", "::test_x"),
    ],
)
def test_junit_keys_are_mangled_as_pytest_does(node_id, key):
    assert junit_key(node_id) == key


# ---------------------------------------------------------------- endings


@pytest.mark.parametrize(
    ("session", "expected"),
    [
        ({}, ()),
        ({"keyword": "a"}, ("-k a",)),
        ({"keyword": "a", "ini": {"addopts": "-k a"}}, ()),
        ({"keyword": "a", "ini": {"addopts": ["-k", "a"]}}, ()),
        ({"keyword": "a", "ini": {"addopts": "-ka"}}, ()),
        ({"keyword": "a b", "ini": {"addopts": "-k 'a b'"}}, ()),
        ({"keyword": "a", "ini": {"addopts": "-k 'not a'"}}, ("-k a",)),
        ({"markexpr": "slow", "ini": {"addopts": "-m 'not slow'"}}, ("-m slow",)),
        ({"paths": ["tests"], "ini": {"addopts": "tests"}}, ()),
        ({"paths": ["tests"], "ini": {"addopts": "--ignore=tests/sub"}}, ("tests",)),
        ({"deselect": ["a::b"], "ini": {"addopts": "--deselect a::b"}}, ()),
        ({"deselect": ["a::b"], "ini": {"addopts": "--deselect=a::b"}}, ()),
        ({"deselect": ["a::b", "c"], "ini": {"addopts": "--deselect=a::b"}}, ("--deselect=c",)),
        ({"ignore": ["x"], "ini": {"addopts": "--ignore-glob x"}}, ()),
        ({"ignore": ["x"]}, ("--ignore=x",)),
        ({"lf": True}, ("--lf",)),
        ({"lf": True, "ini": {"addopts": "--last-failed"}}, ()),
        ({"keyword": "a", "ini": {"addopts": "-k 'unclosed"}}, ("-k a",)),
    ],
)
def test_what_the_configuration_selects_is_no_selection(monkeypatch, session, expected):
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)

    assert selection(session) == expected


def test_the_environment_is_configuration_too(monkeypatch):
    monkeypatch.setenv("PYTEST_ADDOPTS", "-k a")

    assert selection({"keyword": "a"}) == ()


@given(st.lists(st.text(max_size=10), max_size=5))
def test_any_arguments_can_be_spelled(words):
    assert set(words) <= spelled(words)


@pytest.mark.parametrize(
    ("output", "line"),
    [
        ("x\n==== 3 failed, 5 passed in 0.12s ====\n", "3 failed, 5 passed in 0.12s"),
        ("1 passed in 0.01s\n", "1 passed in 0.01s"),
        ("==== no tests ran in 0.01s ====\n", "no tests ran in 0.01s"),
        ("== 2 passed, 1 warning in 65.03s (0:01:05) ==\n", "2 passed, 1 warning in 65.03s (0:01:05)"),
        ("nothing of the kind", ""),
    ],
)
def test_pytests_closing_line_is_found(output, line):
    assert closing_line(output) == line


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a\nE   first\nE   ValueError: last\nt.py:1: in x", "ValueError: last"),
        ("a\nb\n\n", "b"),
        ("", ""),
        ("E  \nx", "x"),
    ],
)
def test_the_line_that_says_what_went_wrong(text, line):
    assert last_error(text) == line


@given(st.text(max_size=300))
def test_any_output_has_a_last_line(text):
    assert len(last_error(text)) <= 500
    assert isinstance(closing_line(text), str)


@pytest.mark.parametrize("last", ["f", "p"])
def test_attempts_whose_end_the_runner_kept_to_itself_are_none(read, last):
    untold = result(0, a=[[phase("s", "p"), phase("t", "p")]])
    told = result(0, a=[[phase("s", "p"), phase("c", last), phase("t", "p")]])

    run = read(BOOT, SESSION, items("t.py::test_a"), collected(1), untold, untold, told, RETURNED)

    assert [attempt.outcome for attempt in run.tests[0].attempts] == ["failed" if last == "f" else "passed"]
